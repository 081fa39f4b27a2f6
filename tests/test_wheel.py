"""The wheel is all that an operator needs."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.conftest import clean_environment, free_port

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the repository's files."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(target), str(ROOT)],
        check=True,
        capture_output=True,
    )
    [built] = target.glob("*.whl")
    return built


def test_wheel_carries_the_web_application_and_the_migrations(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert "benchbook/web/index.html" in names
    assert "benchbook/web/reference/index.html" in names
    assert any(re.fullmatch(r"benchbook/web/assets/.+\.js\.br", name) for name in names)
    assert "benchbook/migrations/0001_accounts.sql" in names
    assert not [name for name in names if name.startswith(("tests/", "web/", "benchmarks/"))]


@pytest.mark.timeout(600)
def test_installed_into_an_empty_environment_it_serves(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("operator")
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    lock = str(ROOT / "requirements" / "runtime.txt")
    for arguments in (["--require-hashes", "--no-deps", "-r", lock], ["--no-deps", str(wheel)]):
        subprocess.run([*pip, *arguments], check=True, cwd=folder)
    port = free_port()
    command = [str(python.parent / "benchbook"), "serve", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--data-dir", str(folder / "data")],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == f"Benchbook is ready at http://127.0.0.1:{port}\n"
        address = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{address}/api/v1/setup").json() == {"needed": True}
        page = httpx.get(address)
        assert page.status_code == 200
        assert "<title>Benchbook" in page.text
        [script] = re.findall(r'src="(/assets/[^"]+\.js)"', page.text)[:1]
        loaded = httpx.get(f"{address}{script}")
        assert loaded.status_code == 200
        assert "immutable" in loaded.headers["cache-control"]
    finally:
        process.terminate()
        started = time.monotonic()
        assert process.wait(30) == 0
        assert time.monotonic() - started < 20
