"""The typed client, against a real server."""

import itertools
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.client.conftest import ServedLab, Somebody

from benchbook_client import (
    Client,
    Conflict,
    Invalid,
    NotFound,
    NotSignedIn,
    SessionFilter,
    Stale,
    TimerStarted,
)
from benchbook_client import client as client_module

MAY = datetime(2026, 5, 12, 7, 30, tzinfo=UTC)


def nobodys_id() -> str:
    return "0196c0de-0000-7000-8000-000000000001"


def test_signing_in_with_a_password_gives_a_login_that_can_make_tokens(ada: Somebody) -> None:
    with Client(ada.url) as client:
        who = client.sign_in(ada.email, ada.password).data
        assert (who.person.email, who.organisation.name) == (ada.email, "Shared Lab")
        created = client.create_api_token("laptop").data
        client.sign_out()
        with pytest.raises(NotSignedIn):
            client.me()
    with Client(ada.url, token=created.token) as client:
        assert client.me().data.person == ada.person
        listed = list(client.api_tokens())
        assert created.id in {token.id for token in listed}
        client.delete_api_token(created.id)
        with pytest.raises(NotSignedIn):
            client.me()


def test_a_wrong_password_is_not_signed_in(ada: Somebody) -> None:
    with Client(ada.url) as client, pytest.raises(NotSignedIn) as caught:
        client.sign_in(ada.email, "something else")
    assert caught.value.code == "wrong_credentials"
    assert caught.value.request_id


def test_the_timer_is_started_changed_and_stopped(ada: Somebody) -> None:
    with ada.client() as client:
        assert client.timer().data.running is None
        started = client.start_timer("Plate 3", tags=["pcr"], started_at=MAY, billable=True).data
        assert started.stopped is None
        assert (started.running.name, started.running.tags) == ("Plate 3", ("pcr",))
        assert started.running.started_at == MAY
        assert started.running.ended_at is None
        assert started.running.billable
        changed = client.change_timer(name="Plate 4", tags=[]).data.running
        assert changed is not None
        assert (changed.name, changed.tags, changed.started_at) == ("Plate 4", (), MAY)
        stopped = client.stop_timer(ended_at=MAY + timedelta(hours=1)).data.stopped
        assert stopped is not None
        assert stopped.duration_seconds == 3600
        assert client.stop_timer().data.stopped is None


def test_a_second_start_ends_the_first(ada: Somebody) -> None:
    with ada.client() as client:
        first = client.start_timer("one").data.running
        second = client.start_timer("two").data
        assert second.stopped is not None
        assert second.stopped.id == first.id
        client.discard_timer()
        assert client.timer().data.running is None


def test_a_session_is_saved_read_changed_deleted_and_restored(ada: Somebody) -> None:
    with ada.client() as client:
        saved = client.create_session("Gel", started_at=MAY, duration="1h30", tags=["pcr"])
        assert saved.status == 201
        assert saved.data.ended_at == MAY + timedelta(minutes=90)
        read = client.session(saved.data.id)
        assert read.data == saved.data
        assert read.etag == saved.etag
        changed = client.change_session(saved.data.id, name="Gel 2", duration=60).data
        assert (changed.name, changed.duration_seconds, changed.tags) == ("Gel 2", 60, ("pcr",))
        client.delete_session(saved.data.id)
        assert list(client.sessions()) == []
        binned = list(client.sessions(SessionFilter(deleted=True)))
        assert [session.id for session in binned] == [saved.data.id]
        assert binned[0].deleted_at is not None
        assert client.restore_session(saved.data.id).data.deleted_at is None
        again = client.continue_session(saved.data.id).data.running
        assert (again.name, again.tags) == ("Gel 2", ("pcr",))


def test_a_change_of_something_changed_elsewhere_is_stale(ada: Somebody) -> None:
    with ada.client() as client:
        seen = client.create_session("Gel", started_at=MAY, duration=60)
        client.change_session(seen.data.id, name="Changed elsewhere", if_match=seen.etag)
        with pytest.raises(Stale):
            client.change_session(seen.data.id, name="Mine", if_match=seen.etag)
        with pytest.raises(Stale):
            client.delete_session(seen.data.id, if_match=seen.etag)
        assert client.session(seen.data.id).data.name == "Changed elsewhere"


def test_the_list_goes_through_all_pages_in_order(
    ada: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "LARGEST_PAGE", 3)
    with ada.client() as client:
        for number in range(8):
            client.create_session(
                f"s{number}", started_at=MAY + timedelta(days=number), duration=60
            )
        assert [s.name for s in client.sessions()] == [f"s{n}" for n in range(7, -1, -1)]
        assert [s.name for s in client.sessions(limit=4)] == ["s7", "s6", "s5", "s4"]
        sizes = [len(page.data.items) for page in client.session_pages()]
        assert sizes == [3, 3, 2]
        first = list(client.sessions(SessionFilter(order="oldest"), limit=1))
        assert first[0].name == "s0"


def test_filters_mean_the_same_here_and_on_the_server(ada: Somebody) -> None:
    with ada.client() as client:
        # In Berlin the first is May's last session, in UTC June's first is still May's.
        starts = {
            "may": datetime(2026, 5, 31, 21, 59, tzinfo=UTC),
            "june": datetime(2026, 5, 31, 22, 0, tzinfo=UTC),
            "last year": datetime(2025, 5, 31, 12, 0, tzinfo=UTC),
        }
        for name, start in starts.items():
            client.create_session(name, started_at=start, duration=600, tags=[name])

        def names(**which: object) -> list[str]:
            chosen = SessionFilter(**which)  # type: ignore[arg-type]
            listed = [session.name for session in client.sessions(chosen)]
            totals = client.session_totals(chosen).data
            assert totals.count == len(listed)
            assert totals.duration_seconds == 600 * len(listed)
            assert sum(day.duration_seconds for day in totals.days) == totals.duration_seconds
            return listed

        assert names() == ["june", "may", "last year"]
        assert names(year=2026) == ["june", "may"]
        assert names(year=2026, month=5) == ["may"]
        assert names(year=2026, month=5, time_zone="UTC") == ["june", "may"]
        assert names(starts_from=date(2026, 6, 1)) == ["june"]
        assert names(starts_before=date(2026, 6, 1)) == ["may", "last year"]
        assert names(starts_from=starts["may"], starts_before=starts["june"]) == ["may"]
        assert names(text="LAST") == ["last year"]
        assert names(tag="may") == ["may"]
        assert names(person_id=ada.person.id, deleted=True) == []


def test_wrong_fields_are_named(ada: Somebody) -> None:
    with ada.client() as client:
        with pytest.raises(Invalid) as caught:
            client.create_session("x" * 501, started_at=MAY, duration=60)
        assert "/name" in {error.pointer for error in caught.value.errors}
        with pytest.raises(Invalid) as caught:
            list(client.sessions(SessionFilter(month=5)))
        assert "?month" in {error.pointer for error in caught.value.errors}


def test_what_is_not_there_is_not_found(ada: Somebody) -> None:
    with ada.client() as client:
        with pytest.raises(NotFound) as caught:
            client.session(nobodys_id())
        assert caught.value.code == "session_not_found"
        with pytest.raises(NotFound) as caught:
            client.change_timer(name="x")
        assert caught.value.code == "no_running_session"


def test_nobody_reads_the_sessions_of_others(ada: Somebody, served_lab: ServedLab) -> None:
    with ada.client() as client:
        saved = client.create_session("Private", started_at=MAY, duration=60).data
    with served_lab.new_person().client() as stranger:
        with pytest.raises(NotFound):
            stranger.session(saved.id)
        assert list(stranger.sessions()) == []


def test_an_idempotency_key_of_ones_own_is_honoured(ada: Somebody) -> None:
    with ada.client() as client:

        def start(name: str) -> TimerStarted:
            return client.request(
                "POST",
                "/timer/start",
                TimerStarted,
                body={"name": name},
                idempotency_key=f"key-{ada.person.id}",
            ).data

        assert start("once").running.id == start("once").running.id
        with pytest.raises(Conflict) as caught:
            start("something else")
        assert caught.value.code == "idempotency_key_reused"


def test_a_start_whose_answer_is_lost_is_done_once(ada: Somebody) -> None:
    """The server has done the work, the line breaks before the answer, the client asks again."""
    with (
        _line_that_loses_the_first_answer(ada.url) as address,
        Client(address, token=ada.token) as client,
    ):
        running = client.start_timer("Plate 3").data.running
    with ada.client() as client:
        now_running = client.timer().data.running
        assert now_running is not None
        assert now_running.id == running.id
        # A second start would have ended, and so saved, the first.
        assert list(client.sessions()) == []


@contextmanager
def _line_that_loses_the_first_answer(url: str) -> Iterator[str]:
    """A line to the server that swallows the answer to the first request, and only that."""
    host, port = url.removeprefix("http://").split(":")
    listener = socket.create_server(("127.0.0.1", 0))
    lost: list[bytes] = []

    def carry() -> None:
        for number in itertools.count():
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller, socket.create_connection((host, int(port))) as server:
                server.sendall(_whole_request(caller).replace(b"keep-alive", b"close"))
                answer = b""
                while piece := server.recv(65536):
                    answer += piece
                if number == 0:
                    lost.append(answer)
                else:
                    caller.sendall(answer)

    carrier = threading.Thread(target=carry, daemon=True)
    carrier.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert len(lost) == 1
        assert lost[0].startswith(b"HTTP/1.1 201")
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        carrier.join(timeout=10)


def _whole_request(caller: socket.socket) -> bytes:
    request = b""
    while True:
        request += caller.recv(65536)
        head, end_of_head, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        if end_of_head and len(body) >= int(length[1] if length else 0):
            return request
