"""Faults that a healthy server cannot be made to show: broken lines, busy servers, strangers."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from benchbook_client import Client, RetryPolicy, errors
from benchbook_client.client import SessionFilter
from benchbook_client.retries import NEVER_AGAIN, retry_after_seconds

NOW = datetime(2026, 5, 13, 12, 0, tzinfo=UTC)
BUSY = httpx.Response(
    503,
    headers={"Content-Type": "application/problem+json", "Retry-After": "3"},
    json={"title": "Busy", "detail": "The database is away.", "code": "unavailable"},
)
Step = httpx.Response | Callable[[httpx.Request], httpx.Response] | type[httpx.TransportError]


class Script:
    """A transport that plays one step a request and remembers the requests."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.pop(0)
        if isinstance(step, httpx.Response):
            return step
        if isinstance(step, type):
            raise step("broken on purpose", request=request)
        return step(request)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client makes, without making them."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def client_on(script: Script, **options: object) -> Client:
    return Client(
        "https://lab.example.org",
        token="t",
        transport=httpx.MockTransport(script),
        **options,  # type: ignore[arg-type]
    )


def timer(_request: httpx.Request | None = None) -> httpx.Response:
    return httpx.Response(200, json={"running": None})


def stopped(_request: httpx.Request | None = None) -> httpx.Response:
    return httpx.Response(200, json={"stopped": None})


@pytest.mark.parametrize(
    "fault", [httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError]
)
def test_a_read_is_repeated_after_any_broken_line(fault: type[httpx.TransportError]) -> None:
    script = Script(fault, fault, timer())
    assert client_on(script).timer().data.running is None
    assert len(script.requests) == 3


@pytest.mark.parametrize("fault", [httpx.ConnectError, httpx.ReadError])
def test_a_post_is_repeated_with_the_same_idempotency_key(
    fault: type[httpx.TransportError],
) -> None:
    script = Script(fault, stopped())
    client_on(script).stop_timer()
    keys = [request.headers["Idempotency-Key"] for request in script.requests]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_an_answer_that_takes_too_long_is_not_asked_for_again() -> None:
    script = Script(httpx.ReadTimeout)
    with pytest.raises(errors.TimedOut):
        client_on(script).timer()
    assert len(script.requests) == 1


def test_two_posts_have_different_idempotency_keys() -> None:
    script = Script(stopped(), stopped())
    client = client_on(script)
    client.stop_timer()
    client.stop_timer()
    keys = {request.headers["Idempotency-Key"] for request in script.requests}
    assert len(keys) == 2


@pytest.mark.parametrize("fault", [httpx.ReadError, httpx.ReadTimeout])
def test_a_change_that_may_have_arrived_is_not_repeated(
    fault: type[httpx.TransportError],
) -> None:
    script = Script(fault)
    with pytest.raises(errors.NotReachable):
        client_on(script).delete_session("1")
    assert len(script.requests) == 1


def test_a_change_that_cannot_have_arrived_is_repeated() -> None:
    script = Script(httpx.ConnectError, httpx.ConnectTimeout, httpx.Response(204))
    client_on(script).delete_session("1")
    assert len(script.requests) == 3


def test_attempts_and_pauses_are_bounded(waits: list[float]) -> None:
    script = Script(*[httpx.ConnectError] * 10)
    with pytest.raises(errors.NotReachable, match=r"https://lab\.example\.org"):
        client_on(script).timer()
    assert len(script.requests) == 4
    assert waits == [0.2, 0.4, 0.8]


def test_a_timeout_is_told_apart_from_a_broken_line() -> None:
    with pytest.raises(errors.TimedOut, match="did not answer in time"):
        client_on(Script(httpx.ReadTimeout), retry_policy=NEVER_AGAIN).timer()
    with pytest.raises(errors.NotReachable, match="broke off") as caught:
        client_on(Script(httpx.ReadError), retry_policy=NEVER_AGAIN).timer()
    assert not isinstance(caught.value, errors.TimedOut)


def test_a_busy_server_is_given_the_time_it_asks_for(waits: list[float]) -> None:
    told: list[float] = []
    script = Script(BUSY, stopped())
    client_on(script, on_wait=told.append).stop_timer()
    assert waits == [3.0]
    assert told == [3.0]


def test_a_busy_server_that_asks_for_too_long_is_not_waited_for(waits: list[float]) -> None:
    too_long = httpx.Response(429, headers={"Retry-After": "3600"})
    with pytest.raises(errors.TooManyRequests) as caught:
        client_on(Script(too_long)).timer()
    assert caught.value.retry_after_seconds == 3600
    assert waits == []


def test_a_busy_server_that_stays_busy_is_reported_with_its_own_words() -> None:
    script = Script(*[BUSY] * 4)
    with pytest.raises(errors.ServerFailed, match="The database is away"):
        client_on(script).timer()
    assert len(script.requests) == 4


def test_a_delete_is_not_repeated_when_a_server_fails_halfway(waits: list[float]) -> None:
    with pytest.raises(errors.ServerFailed):
        client_on(Script(BUSY)).delete_session("1")
    assert waits == []


def test_a_delete_is_repeated_when_the_server_says_slow_down(waits: list[float]) -> None:
    slow_down = httpx.Response(429, headers={"Retry-After": "1"})
    client_on(Script(slow_down, httpx.Response(204))).delete_session("1")
    assert waits == [1.0]


def test_signing_in_is_never_repeated() -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": "1"}))
    with pytest.raises(errors.TooManyRequests):
        client_on(script).sign_in("a@b.org", "secret")
    assert "Idempotency-Key" not in script.requests[0].headers


def test_a_crash_is_not_repeated() -> None:
    script = Script(httpx.Response(500, text="oops"))
    with pytest.raises(errors.ServerFailed):
        client_on(script).timer()
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "stranger",
    [
        httpx.Response(200, html="<html>Welcome</html>"),
        httpx.Response(200, json={"unexpected": True}),
        httpx.Response(200, json=[]),
        httpx.Response(200),
        httpx.Response(404, html="<h1>Not found</h1>"),
        httpx.Response(418),
    ],
)
def test_a_server_that_is_not_benchbook_is_told_apart(stranger: httpx.Response) -> None:
    with pytest.raises(errors.UnexpectedAnswer, match=r"https://lab\.example\.org"):
        client_on(Script(stranger)).timer()


def test_a_proxys_own_failure_is_a_failing_server() -> None:
    page = httpx.Response(502, html="<h1>Bad Gateway</h1>")
    with pytest.raises(errors.ServerFailed, match="answered 502 Bad Gateway"):
        client_on(Script(page)).timer()


def test_a_problem_document_that_is_broken_still_is_an_error() -> None:
    broken = httpx.Response(
        500, headers={"Content-Type": "application/problem+json"}, content=b"{oops"
    )
    with pytest.raises(errors.ServerFailed):
        client_on(Script(broken)).timer()


def test_a_redirect_is_named_and_the_token_not_sent_along() -> None:
    script = Script(
        httpx.Response(308, headers={"Location": "https://new.example.org/api/v1/timer"})
    )
    with pytest.raises(errors.UnexpectedAnswer, match=r"https://new\.example\.org"):
        client_on(script).timer()
    assert len(script.requests) == 1


def test_members_that_a_newer_server_adds_are_ignored() -> None:
    script = Script(httpx.Response(200, json={"running": None, "mood": "good"}))
    assert client_on(script).timer().data.running is None


def test_pages_are_asked_for_only_as_needed() -> None:
    def page(first: int, next_cursor: str | None) -> httpx.Response:
        items = [
            {
                "id": f"{number}",
                "name": f"s{number}",
                "started_at": "2026-05-13T09:00:00Z",
                "ended_at": "2026-05-13T10:00:00Z",
                "duration_seconds": 3600,
                "person_id": "p",
            }
            for number in range(first, first + 2)
        ]
        return httpx.Response(200, json={"items": items, "next_cursor": next_cursor})

    script = Script(page(0, "a"), page(2, "b"), page(4, None))
    listed: Iterator[str] = (s.name for s in client_on(script).sessions(SessionFilter(text="x")))
    assert next(listed) == "s0"
    assert len(script.requests) == 1
    assert list(listed) == ["s1", "s2", "s3", "s4", "s5"]
    assert [r.url.params.get("cursor") for r in script.requests] == [None, "a", "b"]
    assert {r.url.params["q"] for r in script.requests} == {"x"}


def test_a_cursor_that_stands_still_ends_the_list() -> None:
    stuck = {"items": [], "next_cursor": "same"}
    script = Script(*[httpx.Response(200, json=stuck)] * 5)
    assert list(client_on(script).sessions()) == []
    assert len(script.requests) == 2


def test_a_naive_instant_is_refused_before_anything_is_sent() -> None:
    script = Script()
    with pytest.raises(ValueError, match="needs a time zone"):
        client_on(script).start_timer("Gel", started_at=datetime(2026, 5, 13))  # noqa: DTZ001
    assert script.requests == []


@pytest.mark.parametrize("identifier", ["", "../people", "a/b", "a?b", "ä#"])
def test_an_id_cannot_be_more_than_one_segment_of_a_path(identifier: str) -> None:
    with pytest.raises(ValueError, match="is not an id"):
        client_on(Script()).session(identifier)


@pytest.mark.parametrize("token", ["two words\n", "line\nbreak", "ümlaut"])
def test_a_token_that_no_header_can_carry_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="A token is"):
        Client("https://lab.example.org", token=token)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 0 ", 0.0),
        ("-1", None),
        ("soon", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(header, now=NOW) == seconds


def test_a_wait_of_nothing_is_still_a_pause() -> None:
    policy = RetryPolicy(first_wait_seconds=0.5)
    wait = policy.wait_before_next_seconds(attempts_made=1, retry_after_seconds=0)
    assert wait == 0.5
