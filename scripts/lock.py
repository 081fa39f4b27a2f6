"""Pins the dependencies of pyproject.toml, with hashes and without the address of any registry.

runtime.txt is what the wheel needs, serving.txt adds what a clone needs to build and serve itself,
development.txt adds the tools of the tests. Run by `make lock`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GROUPS = {"runtime.txt": [], "serving.txt": ["build"], "development.txt": ["build", "dev"]}


def main() -> None:
    """Write the three lock files; the later ones agree with the earlier."""
    constraint: list[str] = []
    for name, groups in GROUPS.items():
        subprocess.run(
            [
                str(ROOT / ".venv/bin/uv"),
                "pip",
                "compile",
                "pyproject.toml",
                *(argument for group in groups for argument in ("--group", group)),
                *constraint,
                "--universal",
                "--python-version=3.11",
                "--generate-hashes",
                "--no-emit-index-url",
                "--no-header",
                "--quiet",
                f"--output-file=requirements/{name}",
            ],
            cwd=ROOT,
            check=True,
        )
        constraint = [f"--constraint=requirements/{name}"]


if __name__ == "__main__":
    main()
