"""What the tests of the client share: a lab on a real server, and a terminal for bb to run in."""

import contextlib
import fcntl
import json
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.conftest import PASSWORD, Server

from benchbook_client import Client, Session
from benchbook_client.main import run
from benchbook_client.schemas import Person

BB = [sys.executable, "-m", "benchbook_client.main"]


@pytest.fixture(autouse=True)
def config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty configuration folder, and an environment without a word about Benchbook.

    Nobody's real sign-in may be read or written by a test.
    """
    home = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in (
        "BENCHBOOK_URL",
        "BENCHBOOK_TOKEN",
        "BENCHBOOK_PASSWORD",
        "BENCHBOOK_DEBUG",
        "NO_COLOR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(variable, raising=False)
    return home


@dataclass(frozen=True)
class Somebody:
    """A person of a lab, with what they sign in with."""

    url: str
    email: str
    password: str
    token: str
    person: Person

    def client(self) -> Client:
        """Opens a client as this person."""
        return Client(self.url, token=self.token)


class TerminalRun:
    """bb in a terminal of its own, as a person sees it."""

    def __init__(self, arguments: list[str], columns: int) -> None:
        self.shown = ""
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        take_terminal = (
            "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
            "os.execv(sys.argv[1], sys.argv[1:])"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", take_terminal, *BB, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._master = master

    def expect(self, text: str, timeout_seconds: float = 30) -> None:
        """Waits until the text was shown."""
        deadline = time.monotonic() + timeout_seconds
        while text not in self.shown:
            assert self._read(deadline), f"{text!r} was not shown in:\n{self.shown}"

    def expect_password(self) -> None:
        """Waits until a password can be typed: what was typed before the echo went off is lost."""
        self.expect("Password")
        deadline = time.monotonic() + 30
        while termios.tcgetattr(self._master)[3] & termios.ECHO:
            assert time.monotonic() < deadline, f"The echo stays on after:\n{self.shown}"
            time.sleep(0.01)

    def type(self, text: str) -> None:
        """Types text, a newline for Return and \\x03 for Ctrl-C."""
        os.write(self._master, text.encode())

    def finish(self, timeout_seconds: float = 30) -> int:
        """Waits for the end and gives the exit code."""
        deadline = time.monotonic() + timeout_seconds
        while self._read(deadline):
            pass
        return self.process.wait(timeout_seconds)

    def close(self) -> None:
        """Ends it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    @property
    def plain(self) -> str:
        """What was shown, without control sequences."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.shown).replace("\r\n", "\n")

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # Linux says EIO when the other side is closed
            return False
        self.shown += piece.decode(errors="replace")
        return bool(piece)


@pytest.fixture
def terminal() -> Iterator[Callable[..., TerminalRun]]:
    """Runs bb in terminals: ``terminal("status", columns=60)``."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str, columns: int = 80) -> TerminalRun:
            opened = TerminalRun(list(arguments), columns)
            stack.callback(opened.close)
            return opened

        yield start


@dataclass(frozen=True)
class ServedLab:
    """An organisation on a real server, for clients that come over the network."""

    server: Server
    owner: Somebody

    @property
    def url(self) -> str:
        return self.server.url

    def new_person(self, *, time_zone: str = "Europe/Berlin", role: str = "member") -> Somebody:
        """Adds a person whom no other test knows, and signs them in."""
        email = f"{uuid.uuid4()}@example.org"
        with self.owner.client() as client:
            client.request(
                "POST",
                "/people",
                dict,
                body={
                    "name": "Ada Byron",
                    "email": email,
                    "password": PASSWORD,
                    "role": role,
                    "time_zone": time_zone,
                },
            )
        return signed_in(self.url, email)


def signed_in(url: str, email: str) -> Somebody:
    """Signs in with the tests' password and makes a token."""
    with Client(url) as client:
        who = client.sign_in(email, PASSWORD).data
        token = client.create_api_token("tests").data.token
    return Somebody(url, email, PASSWORD, token, who.person)


@pytest.fixture(scope="session")
def served_lab(shared_server: Server) -> ServedLab:
    """The lab on the server that this worker's tests share."""
    return ServedLab(shared_server, signed_in(shared_server.url, "owner@example.org"))


@pytest.fixture
def ada(served_lab: ServedLab) -> Somebody:
    """A member of the lab whom no other test knows; her clock is Berlin's."""
    return served_lab.new_person()


@pytest.fixture
def as_ada(ada: Somebody, monkeypatch: pytest.MonkeyPatch) -> Somebody:
    """Ada, signed in by the environment."""
    monkeypatch.setenv("BENCHBOOK_URL", ada.url)
    monkeypatch.setenv("BENCHBOOK_TOKEN", ada.token)
    return ada


BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Run:
    """What one run of bb came to."""

    exit_code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, object]:
        """The one JSON document on standard output."""
        decoded = json.loads(self.out)
        assert isinstance(decoded, dict)
        return decoded


Bb = Callable[..., Run]


@pytest.fixture
def bb(capsys: pytest.CaptureFixture[str]) -> Bb:
    """Runs bb in this process: ``bb("start", "Plate 3")``."""

    def run_it(*arguments: str) -> Run:
        capsys.readouterr()
        exit_code = run(arguments)
        shown = capsys.readouterr()
        return Run(exit_code, shown.out, shown.err)

    return run_it


def days_ago(days: int, hour: int, minute: int = 0, zone: ZoneInfo = BERLIN) -> datetime:
    """A local time some days ago, as an instant."""
    day = datetime.now(zone).date() - timedelta(days=days)
    return datetime.combine(day, clock_time(hour, minute), tzinfo=zone).astimezone(UTC)


def saved(somebody: Somebody, name: str, start: datetime, seconds: int = 3600) -> Session:
    """A saved session of somebody's."""
    with somebody.client() as client:
        return client.create_session(name, started_at=start, duration=seconds).data


def all_sessions(somebody: Somebody) -> list[Session]:
    with somebody.client() as client:
        return list(client.sessions())
