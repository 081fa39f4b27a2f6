"""Installs what Benchbook needs into .venv, from the lock files; does nothing when all is there.

    python3 scripts/set_up.py serve   # what `make run` needs
    python3 scripts/set_up.py test    # and what the tests need: tools, and a browser

Plain standard library, for it runs before anything is installed. Whatever is missing on the
machine itself is named, with the command that installs it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
OLDEST = (3, 11)
LOCKS = {"serve": "serving.txt", "test": "development.txt"}
# The first is Chromium without the windows that nobody would see: it takes less of the processor.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


def main(purpose: str) -> None:
    """Set up for ``purpose``: serve or test."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:3]))
        stop(
            f"Benchbook needs Python 3.11 or newer; {sys.executable} is {version}. "
            "Name another with: make PYTHON=/path/to/python3.12 …"
        )
    lock = ROOT / "requirements" / LOCKS[purpose]
    wanted = fingerprint(lock)
    # What the tests need holds all that serving needs.
    everything = fingerprint(ROOT / "requirements" / LOCKS["test"])
    if not {wanted, everything} & set(installed()):
        current = {fingerprint(ROOT / "requirements" / name) for name in LOCKS.values()}
        before = current & set(installed())
        install(lock)
        # Of earlier installations only those of the present lock files still hold.
        STAMP.write_text("".join(f"{word}\n" for word in sorted({wanted} | before)))
    if purpose == "test":
        find_browser()


def fingerprint(lock: Path) -> str:
    """What an installation depends on, as one word."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (lock, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return f"{lock.stem}:{digest.hexdigest()}"


def installed() -> list[str]:
    """The fingerprints of what .venv holds."""
    return STAMP.read_text().split() if STAMP.exists() else []


def install(lock: Path) -> None:
    """Make .venv if need be, and install the lock file and Benchbook itself into it."""
    python = VENV / "bin" / "python"
    if not python.exists() or not works(python):
        shutil.rmtree(VENV, ignore_errors=True)
        say("Making .venv …")
        if run([sys.executable, "-m", "venv", str(VENV)], quiet=True) != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            stop(
                "This Python cannot make virtual environments. On Debian and Ubuntu: "
                f"apt-get install python{version}-venv"
            )
    say(f"Installing requirements/{lock.name} …")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-q"]
    for arguments in (
        ["--require-hashes", "--no-deps", "-r", str(lock)],
        ["--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ):
        if run([*pip, *arguments]) != 0:
            stop("The installation failed; what pip said stands above. Is the network there?")


def works(python: Path) -> bool:
    """Whether the environment's Python runs and is of the version that runs this."""
    answer = subprocess.run(
        [str(python), "-c", "import sys; print(sys.version)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() == sys.version.strip()


def find_browser() -> None:
    """See that there is a Chromium for the browser tests; as root on Debian, install it."""
    if os.environ.get("BENCHBOOK_TEST_BROWSER") or any(map(shutil.which, BROWSERS)):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Chromium for the browser tests …")
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], quiet=True, environment=environment)
        for package in BROWSERS[:2]:
            packages = [package, "fonts-dejavu-core"]
            run(
                ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
                quiet=True,
                environment=environment,
            )
            if any(map(shutil.which, BROWSERS)):
                return
    stop(
        "The browser tests need Chromium. On Debian: apt-get install chromium. Elsewhere install "
        "Chromium or Chrome, or name it: BENCHBOOK_TEST_BROWSER=/path/to/chrome make test"
    )


def run(
    command: list[str], *, quiet: bool = False, environment: dict[str, str] | None = None
) -> int:
    """Run a command and answer its exit code; ``quiet`` shows its output only if it fails."""
    if not quiet:
        return subprocess.run(command, env=environment, check=False).returncode
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def stop(sentence: str) -> None:
    """End with a sentence that says what to do."""
    sys.exit(f"benchbook: {sentence}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        stop("say what to set up for: serve or test")
    main(sys.argv[1])
