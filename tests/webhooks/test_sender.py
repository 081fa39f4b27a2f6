"""One request, to where it may go and nowhere else."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from tests.webhooks.conftest import LOOPBACK, Receiver

from benchbook.webhooks import sender as sending
from benchbook.webhooks.sender import Sender

NOT_PUBLIC = "The name does not lead to a public address."


class Names:
    """The name service: answers of each look-up, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "getaddrinfo", self._look_up)

    async def _look_up(self, host: Any, port: Any, **_: Any) -> list[Any]:
        host = host.decode() if isinstance(host, bytes) else host
        self.asked.append(host)
        if host not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        answers = self.answers[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


async def test_request_is_a_post_with_its_headers_and_body(receiver: Receiver):
    answer = await Sender(LOOPBACK).send(f"{receiver.url}?a=b", {"webhook-id": "1"}, b'{"a":1}')
    assert (answer.status_code, answer.failure) == (204, None)
    [request] = receiver.requests
    assert request.body == b'{"a":1}'
    assert request.headers["webhook-id"] == "1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["user-agent"].startswith("Benchbook/")
    assert "cookie" not in request.headers


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_nothing_is_sent_to_this_machine(host: str, scheme: str, receiver: Receiver):
    answer = await Sender().send(f"{scheme}://{host}:{receiver.port}/", {}, b"{}")
    assert (answer.status_code, answer.failure) == (None, NOT_PUBLIC)
    assert receiver.requests == []


async def test_name_that_leads_inside_is_refused(receiver: Receiver, names: Names):
    for addresses in (["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.7"]):
        names.answers["evil.example.org"] = [addresses]
        answer = await Sender().send(f"https://evil.example.org:{receiver.port}/", {}, b"{}")
        assert answer.failure == NOT_PUBLIC
        # Neither where it leads is told.
        assert answer.body == ""
    assert receiver.requests == []


async def test_name_is_looked_up_once_and_what_was_checked_is_connected_to(
    receiver: Receiver, names: Names, monkeypatch: pytest.MonkeyPatch
):
    # At the second look the name would lead elsewhere.
    names.answers["rebind.example.org"] = [["127.0.0.1"], ["169.254.169.254"]]
    connected: list[str] = []
    connect = sending.httpcore.AnyIOBackend.connect_tcp

    async def note(self: Any, host: str, *arguments: Any, **named: Any) -> Any:
        connected.append(host)
        return await connect(self, host, *arguments, **named)

    monkeypatch.setattr(sending.httpcore.AnyIOBackend, "connect_tcp", note)
    url = f"http://rebind.example.org:{receiver.port}/"
    assert (await Sender(LOOPBACK).send(url, {}, b"{}")).status_code == 204
    assert names.asked == ["rebind.example.org"]
    assert connected == ["127.0.0.1"]
    assert receiver.requests[0].headers["host"] == f"rebind.example.org:{receiver.port}"
    refused = await Sender(LOOPBACK).send(url, {}, b"{}")
    assert refused.failure == NOT_PUBLIC
    assert len(receiver.requests) == 1


async def test_redirect_is_not_followed(receiver: Receiver):
    receiver.answers = [f"302 Found\nLocation: {receiver.url}/elsewhere\nContent-Length: 0\n\n"]
    answer = await Sender(LOOPBACK).send(receiver.url, {}, b"{}")
    assert answer.status_code == 302
    assert answer.failure == "It was answered 302, and redirects are not followed."
    assert len(receiver.requests) == 1


async def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await Sender(LOOPBACK).send(receiver.url, {}, b"{}")).status_code == 204


async def test_answer_is_kept_in_part_and_without_control_characters(receiver: Receiver):
    receiver.answers = ["500 Oops\nRetry-After: 90\n\nno\x00 \x1b[31mluck" + "x" * 100_000]
    answer = await Sender(LOOPBACK).send(receiver.url, {}, b"{}")
    assert (answer.status_code, answer.failure) == (500, "It was answered 500.")
    assert answer.body.startswith("no [31mluckxxx")
    assert len(answer.body) == 1000
    assert answer.retry_after is not None
    assert answer.retry_after.total_seconds() == 90


async def test_answer_that_never_ends_is_let_go(receiver: Receiver):
    receiver.answers = ["200 OK\nContent-Length: 99999999\n\n" + "x" * 10_000]
    answer = await Sender(LOOPBACK).send(receiver.url, {}, b"{}")
    assert (answer.status_code, answer.failure, len(answer.body)) == (200, None, 1000)


async def test_receiver_that_takes_too_long_is_given_up(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    receiver.pause_seconds = 2
    answer = await Sender(LOOPBACK).send(receiver.url, {}, b"{}")
    assert answer.failure == "No answer within 0.2 seconds."
    assert 150 < answer.duration_ms < 1500


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        (["hang up"], "The connection broke off before there was an answer."),
        (["nonsense"], "It was answered"),
    ],
)
async def test_receiver_that_is_no_server_is_a_failure(
    answers: list[str], failure: str, receiver: Receiver
):
    receiver.answers = answers
    answer = await Sender(LOOPBACK).send(receiver.url, {}, b"{}")
    assert answer.failure is not None
    assert answer.failure.startswith(failure) or "broke off" in answer.failure


async def test_why_there_is_no_connection_is_told(receiver: Receiver, names: Names):
    sender = Sender(LOOPBACK)
    nobody = await sender.send("https://nobody.example.org/", {}, b"{}")
    assert nobody.failure == "There is no server of this name."
    closed = await sender.send("http://127.0.0.1:1/", {}, b"{}")
    assert closed.failure == "The server cannot be reached."
    plain = await sender.send(f"https://127.0.0.1:{receiver.port}/", {}, b"{}")
    assert plain.failure == "The server does not speak TLS there, or not as it should."
