"""What bb does without a server: help, usage, start-up, failures, interruption."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import httpx
import pytest

import benchbook_client
from benchbook_client import exit_codes
from benchbook_client.client import Client
from benchbook_client.invocation import Invocation
from benchbook_client.main import bb, run

COMMAND = [sys.executable, "-m", "benchbook_client.main"]
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "command-line.md"
COMMANDS = list(bb.commands.values())
TOKEN = "token-for-nobody"


@pytest.fixture
def silent_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("BENCHBOOK_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("BENCHBOOK_TOKEN", TOKEN)
        yield listener


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself_and_answers_in_json(
    command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command.name or "", "--help"]) == exit_codes.DONE
    shown = capsys.readouterr().out
    assert "--json" in shown
    assert command.help is not None
    assert command.help.splitlines()[0] in shown


def test_the_guide_names_every_command_and_every_option() -> None:
    guide = GUIDE.read_text()
    for command in COMMANDS:
        row = next(line for line in guide.splitlines() if line.startswith(f"| `bb {command.name}"))
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("-") and option not in {"--json", "--help"}:
                    assert f"`{option}`" in row or f"`{option}`/" in row, (command.name, option)


def test_help_and_guide_tell_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    codes = {value for name, value in vars(exit_codes).items() if name.isupper()}
    run(["--help"])
    in_help = {
        int(code) for code in re.findall(r"^    (\d+) ", capsys.readouterr().out, re.MULTILINE)
    }
    in_guide = {int(code) for code in re.findall(r"^\| (\d+) \|", GUIDE.read_text(), re.MULTILINE)}
    assert in_help == codes
    assert in_guide == codes


def test_the_guide_promises_no_command_that_is_not_there() -> None:
    promised = set(re.findall(r"(?:^|`|\$ )bb ([a-z]+)", GUIDE.read_text(), re.MULTILINE))
    assert len(promised) > 5
    assert promised <= set(bb.commands)


def test_help_loads_no_http_library() -> None:
    """The start-up time of help, completion and a mistyped command is mostly imports."""
    probe = (
        "import sys; from benchbook_client.main import run; run(sys.argv[1:]); "
        "print([m for m in ('httpx', 'msgspec', 'ssl', 'zoneinfo', 'asyncio') if m in sys.modules])"
    )
    for arguments in (["--help"], ["--version"], ["start", "--help"]):
        finished = subprocess.run(
            [sys.executable, "-c", probe, *arguments], capture_output=True, text=True, check=True
        )
        assert finished.stdout.splitlines()[-1] == "[]"


def test_every_public_name_of_the_package_is_there() -> None:
    for name in benchbook_client.__all__:
        assert getattr(benchbook_client, name).__name__ == name
    assert set(benchbook_client.__all__) <= set(dir(benchbook_client))
    with pytest.raises(AttributeError, match="nonsense"):
        benchbook_client.nonsense  # noqa: B018


def test_version_is_one_line() -> None:
    finished = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"bb (\d+\.\d+\.\d+\S*|unknown)\n", finished.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stat"], "No such command 'stat'"),
        (["start", "--tga", "x"], "No such option '--tga'"),
        (["sessions", "--month", "13"], "13 is not in the range"),
        (["sessions", "--limit", "0"], "0 is not in the range"),
        (["add", "Gel"], "Missing option '--from'"),
        (["add", "Gel", "--from", "09:30"], "either --to TIME or --duration"),
        (
            ["add", "Gel", "--from", "09:30", "--to", "10:00", "--duration", "1h"],
            "either --to TIME or --duration",
        ),
        (["edit"], "Nothing to change"),
        (["edit", "--to", "17:00"], "bb stop --at"),
        (["edit", "--tag", "x", "--no-tags"], "either --tag or --no-tags"),
        (["edit", "abcd", "--to", "9:00", "--duration", "1h"], "either --to or --duration"),
        (["delete"], "Missing argument 'ID'"),
        (["login"], "Which server?"),
        (["login", "ftp://lab.example.org"], "is not an address"),
        (["login", "https://lab.example.org"], "There is no terminal"),
        (["login", "https://lab.example.org", "--token", " "], "The token is empty"),
    ],
)
def test_what_is_not_understood_is_said_in_a_sentence(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert run(arguments) == exit_codes.USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("bb: ")
    assert message in shown.err
    assert "--help" in shown.err


@pytest.mark.parametrize("command", ["status", "stop", "sessions", "continue", "restore"])
def test_without_a_sign_in_one_is_told_how_to_sign_in(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command]) == exit_codes.NOT_SIGNED_IN
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "bb: You are not signed in on this computer. Sign in with: bb login URL\n"


def test_signing_out_without_a_sign_in_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["logout"]) == exit_codes.DONE
    assert capsys.readouterr().out == "Nobody is signed in on this computer.\n"


def test_a_server_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("BENCHBOOK_URL", f"127.0.0.1:{port}")
    monkeypatch.setenv("BENCHBOOK_TOKEN", TOKEN)
    assert run(["status", "--json"]) == exit_codes.NOT_REACHABLE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"reached at http://127.0.0.1:{port}: nothing listens there." in shown.err


def test_a_name_that_nobody_knows_is_not_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCHBOOK_URL", "https://nowhere.invalid")
    monkeypatch.setenv("BENCHBOOK_TOKEN", TOKEN)
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited for a name to appear"))
    assert run(["status"]) == exit_codes.NOT_REACHABLE
    assert "https://nowhere.invalid: its name is not known." in capsys.readouterr().err


def test_a_bad_address_in_the_environment_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCHBOOK_URL", "ftp://lab.example.org")
    monkeypatch.setenv("BENCHBOOK_TOKEN", TOKEN)
    assert run(["status"]) == exit_codes.USAGE
    assert "is not an address" in capsys.readouterr().err


def test_a_busy_server_is_waited_for_and_the_person_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(
        [
            httpx.Response(503, headers={"Retry-After": "3"}),
            httpx.Response(200, json={"stopped": None}),
        ]
    )
    _answer_with(monkeypatch, lambda _: next(answers))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert run(["stop"]) == exit_codes.DONE
    shown = capsys.readouterr()
    assert shown.out == "Nothing was running.\n"
    assert shown.err == "bb: The server is busy; trying again in 3 s.\n"


def test_a_time_zone_unknown_here_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _answer_with(monkeypatch, lambda _: httpx.Response(200, json=_me("Mars/Phobos")))
    assert run(["start", "--at", "09:30"]) == exit_codes.BROKEN
    assert "does not know your time zone, Mars/Phobos" in capsys.readouterr().err


def test_an_end_that_two_ids_share_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = {
        "items": [
            {
                "id": f"0196c0de-0000-7000-8000-{number}abcdef",
                "name": "Gel",
                "started_at": "2026-05-13T09:00:00Z",
                "ended_at": "2026-05-13T10:00:00Z",
                "duration_seconds": 3600,
                "person_id": "p",
            }
            for number in (100001, 200002)
        ],
        "next_cursor": None,
    }
    methods: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        methods.append(request.method)
        document = _me("UTC") if request.url.path.endswith("/me") else page
        return httpx.Response(200, json=document)

    _answer_with(monkeypatch, answer)
    assert run(["delete", "abcdef"]) == exit_codes.REFUSED
    assert "end with abcdef: give more letters" in capsys.readouterr().err
    assert set(methods) == {"GET"}


def test_a_bug_is_one_sentence_unless_one_looks_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_request: httpx.Request) -> httpx.Response:
        raise TypeError("wires crossed")

    _answer_with(monkeypatch, broken)
    assert run(["status"]) == exit_codes.BROKEN
    shown = capsys.readouterr().err
    assert "a mistake in bb itself: TypeError: wires crossed" in shown
    assert "Traceback" not in shown
    monkeypatch.setenv("BENCHBOOK_DEBUG", "1")
    with pytest.raises(TypeError):
        run(["status"])


def test_ctrl_c_while_waiting_for_the_server_ends_cleanly(silent_server: socket.socket) -> None:
    process = subprocess.Popen(
        [*COMMAND, "status"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    connection, _ = silent_server.accept()
    with connection:
        assert connection.recv(4096).startswith(b"GET /api/v1/timer")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == exit_codes.INTERRUPTED
    assert output == ""
    assert errors.strip() == ""


def test_a_closed_standard_output_ends_quietly(silent_server: socket.socket) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen([*COMMAND, "stop"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    connection, _ = silent_server.accept()
    with connection:
        connection.recv(65536)
        body = b'{"stopped":null}'
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
        )
        _, errors = process.communicate(timeout=30)
    assert process.returncode == exit_codes.OUTPUT_CLOSED
    assert errors == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only some systems have a full device")
@pytest.mark.parametrize("arguments", [["--help"], ["completion", "bash"]])
def test_an_output_that_cannot_be_written_is_one_sentence(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert finished.returncode == exit_codes.OUTPUT_FAILED
    assert finished.stderr == "bb: The output cannot be written: No space left on device.\n"


def _me(time_zone: str) -> dict[str, object]:
    person = {"id": "p", "name": "A", "email": "a@b.org", "role": "member"}
    return {
        "person": {**person, "time_zone": time_zone},
        "organisation": {"id": "o", "name": "Lab"},
        "role": "member",
    }


def _answer_with(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    """Lets bb talk to a function instead of a server, for faults that no server shows."""
    monkeypatch.setenv("BENCHBOOK_URL", "https://lab.example.org")
    monkeypatch.setenv("BENCHBOOK_TOKEN", TOKEN)
    original = Invocation.client

    def client(self: Invocation, url: str, *, token: str | None = None) -> Client:
        made = original(self, url, token=token)
        made._http._transport = httpx.MockTransport(answer)
        return made

    monkeypatch.setattr(Invocation, "client", client)
