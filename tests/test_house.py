"""The house itself: formats, types, who may import whom, locks, the contract's copies."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run(*command: str | Path) -> None:
    """Run a tool over the repository; what it says is the failure's message."""
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def web(*arguments: str) -> None:
    run(sys.executable, "scripts/build_web.py", *arguments)


def test_python_is_linted():
    run(BIN / "ruff", "check", ".")


def test_python_is_formatted():
    run(BIN / "ruff", "format", "--check", ".")


def test_python_is_strictly_typed():
    run(BIN / "mypy")


def test_modules_import_only_what_the_house_allows():
    run(BIN / "lint-imports")


@pytest.mark.parametrize(
    "script", ["typecheck", "lint", "test", "size"], ids=lambda script: f"npm-{script}"
)
def test_web_application_passes_its_own_checks(script: str):
    web("--run", script)


def test_routes_that_get_read_in_transactions_that_can_only_read():
    for path in sorted((ROOT / "src").rglob("*routes.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.AsyncFunctionDef) and any(
                ast.unparse(decorator).startswith("get(") for decorator in function.decorator_list
            ):
                assert "database.transaction(" not in ast.unparse(function), (path, function.name)


def test_types_of_the_web_client_follow_the_contract():
    web("--check-contract")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda p: p.name
)
def test_python_locks_pin_with_hashes_and_name_no_registry(path: Path):
    text = path.read_text()
    assert "://" not in text
    assert "index-url" not in text
    pins = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert pins
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(
    "path",
    sorted(p for p in ROOT.glob("*/**/package-lock.json") if "node_modules" not in p.parts),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_node_locks_pin_with_hashes_and_name_no_registry(path: Path):
    packages = json.loads(path.read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert not [name for name, package in installed.items() if "integrity" not in package]


def test_locks_hold_what_the_project_asks_for():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = (ROOT / "requirements/runtime.txt").read_text()
    development = (ROOT / "requirements/development.txt").read_text()
    for wanted, lock in (
        (project["project"]["dependencies"], runtime),
        (project["dependency-groups"]["dev"], development),
    ):
        for requirement in wanted:
            name = re.match(r"[A-Za-z0-9._-]+", requirement)
            assert name
            assert re.search(rf"^{re.escape(name[0].lower())}==", lock, re.MULTILINE), requirement
