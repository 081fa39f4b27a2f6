"""The bare handlers that Benchbook is measured beside: installed from their locks, and started."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.processes import CannotMeasure, Server, found_program, free_port

SOURCES = Path(__file__).parents[1] / "peers"
INSTALLED = Path(__file__).parents[2] / ".benchbook" / "benchmarks"

GET_NODE = "install Node 20 or newer from your distribution"


def express(environment: Mapping[str, str], logs: Path) -> Server:
    """Express and pg. Raises CannotMeasure where they cannot be installed."""
    node, npm = found_program("node", GET_NODE), found_program("npm", GET_NODE)
    folder = INSTALLED / "express"
    _copy("express", folder)
    if _is_outdated(folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"):
        _install([npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    port = free_port()
    return Server(
        "Express",
        [node, "server.js"],
        port=port,
        ready_path="/ready",
        log=logs / "express.log",
        environment=dict(environment) | {"PORT": str(port), "NODE_ENV": "production"},
        directory=folder,
    )


def fastapi(environment: Mapping[str, str], logs: Path) -> Server:
    """FastAPI and asyncpg. Raises CannotMeasure where they cannot be installed."""
    folder = INSTALLED / "fastapi"
    _copy("fastapi", folder)
    python, done = folder / "venv" / "bin" / "python", folder / "venv" / "installed"
    if _is_outdated(folder / "requirements.txt", done):
        _install([sys.executable, "-m", "venv", "--clear", "venv"], folder)
        _install(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "-q",
                "--require-hashes",
                "-r",
                "requirements.txt",
            ],
            folder,
        )
        done.touch()
    port = free_port()
    return Server(
        "FastAPI",
        [str(python), "server.py"],
        port=port,
        ready_path="/ready",
        log=logs / "fastapi.log",
        environment=dict(environment) | {"PORT": str(port)},
        directory=folder,
    )


def versions(node: str = "node") -> dict[str, str]:
    """The versions of what the peers are made of, by name."""
    found = {"Node": _output([node, "--version"]).lstrip("v")}
    for package in ("express", "pg"):
        manifest = INSTALLED / "express" / "node_modules" / package / "package.json"
        found[package] = _output([node, "-p", f"require({str(manifest)!r}).version"])
    python = str(INSTALLED / "fastapi" / "venv" / "bin" / "python")
    for package in ("fastapi", "asyncpg", "uvicorn", "orjson"):
        code = f"import importlib.metadata as m; print(m.version({package!r}))"
        found[package] = _output([python, "-c", code])
    return found


def _copy(name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for source in (SOURCES / name).iterdir():
        if source.is_file():
            shutil.copy2(source, folder)


def _is_outdated(lock: Path, installed: Path) -> bool:
    return not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime


def _install(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode != 0:
        raise CannotMeasure(f"{' '.join(command[:3])} failed in {folder}:\n{done.stderr[-2000:]}")


def _output(command: list[str]) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()
