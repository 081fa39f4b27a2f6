"""Live changes, on real servers: what is told to whom, until when, and what it may cost.

The labs' own clients talk to the application in this process; streams are read from two servers in
processes of their own over the same database. So every event here has passed between processes.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
import httpx
import pytest
from tests.conftest import PASSWORD, Cluster, Lab, Server, run_server

from benchbook.accounts import events
from benchbook.accounts.caller import Caller
from benchbook.platform.changes import (
    CHANNEL,
    MOST_IDS,
    MOST_PENDING,
    PAYLOAD_BYTES,
    Change,
    ChangeFeed,
    Follower,
    _payloads,
)
from benchbook.platform.database import APPLICATION_ROLE, Database

SECONDS = 10
HEARTBEAT = b"event: heartbeat\ndata: {}\n\n"
CSV = "Description,Start date,Start time,End date,End time\n"


@pytest.fixture(scope="module")
def servers(cluster: Cluster, database_name: str) -> Iterator[list[Server]]:
    """Two server processes over the database that the labs are in."""
    endpoint = cluster.endpoint
    place = f"@/{database_name}?host={quote(endpoint.host)}&port={endpoint.port}"
    environment = {
        "BENCHBOOK_DATABASE_URL": (
            f"postgresql://{APPLICATION_ROLE}:{cluster.passwords[APPLICATION_ROLE]}{place}"
        ),
        "BENCHBOOK_DATABASE_OWNER_URL": f"postgresql://{endpoint.user}:{endpoint.password}{place}",
    }
    with ExitStack() as stack:
        yield [
            stack.enter_context(run_server(BENCHBOOK_POOL_SIZE="4", **environment))
            for _ in range(2)
        ]


class Listener:
    """An open stream, and what it has said so far."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """The next event, and its data."""
        return await asyncio.wait_for(self._next(), SECONDS)

    async def changes(self, count: int) -> list[tuple[str, str | None]]:
        """The kind and person of the next changes."""
        told = []
        for _ in range(count):
            event, data = await self.next()
            assert event == "change"
            told.append((data["kind"], data["person_id"]))
        return told

    async def _next(self) -> tuple[str, Any]:
        event, data = "", None
        async for line in self._lines:
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
            elif line == "" and event:
                return event, data
        return "closed", None


@asynccontextmanager
async def listening(
    server: Server, token: str | None = None, *, cookie: str | None = None, whose: str = "mine"
) -> AsyncIterator[Listener]:
    """A stream that has said `ready`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {"Cookie": cookie or ""}
    async with (
        httpx.AsyncClient(timeout=SECONDS) as client,
        client.stream(
            "GET", f"{server.url}/api/v1/events", headers=headers, params={"whose": whose}
        ) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        listener = Listener(answer)
        assert await listener.next() == ("ready", {"heartbeat_seconds": 15})
        yield listener


async def settled(lab: Lab, server: Server) -> None:
    """Wait until this server has heard of all that the lab has done so far."""
    async with listening(server, token_of(lab.owner)) as listener:
        answer = await lab.owner.post("/tags", json={"name": f"settled {time.monotonic_ns()}"})
        tag = answer.json()["id"]
        while True:
            _, data = await listener.next()
            if data["kind"] == "tags" and tag in data["ids"]:
                return


async def test_what_decides_over_hours_is_told_of(lab: Lab, servers: list[Server]):
    member = await lab.person("member")
    me = await own_id(member)
    await settled(lab, servers[0])
    async with listening(servers[0], token_of(member)) as listener:
        target = {"person_id": me, "effective_from": "2026-01-01", "daily_seconds": [28800] * 7}
        rate = {"hourly_rate": "60", "effective_from": None}
        period = {"from": "2026-01-01", "to": "2026-02-01", "reason": "Billed"}
        for path, body in (("/targets", target), ("/rates", rate), ("/locked-periods", period)):
            answer = await lab.owner.post(path, json=body)
            assert answer.status_code == 201, answer.text
        told = await listener.changes(3)
    assert told == [("targets", me), ("rates", None), ("locked_periods", None)]


def token_of(client: httpx.AsyncClient) -> str:
    return client.headers["Authorization"].removeprefix("Bearer ")


async def own_id(client: httpx.AsyncClient) -> str:
    return str((await client.get("/me")).json()["person"]["id"])


async def add_session(client: httpx.AsyncClient, name: str = "PCR") -> str:
    body = {"name": name, "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    answer = await client.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + SECONDS
    while not await condition():
        assert time.monotonic() < deadline, "It did not come about."
        await asyncio.sleep(0.05)


# What is told ------------------------------------------------------------------------------------


async def test_start_and_stop_are_told_by_every_server_at_once(lab: Lab, servers: list[Server]):
    me, token = await own_id(lab.owner), token_of(lab.owner)
    async with listening(servers[0], token) as one, listening(servers[1], token) as other:
        asked = time.monotonic()
        started = (await lab.owner.post("/timer/start", json={"name": "PCR"})).json()["running"]
        for listener in (one, other):
            told = {"kind": "timer", "person_id": me, "ids": [started["id"]]}
            assert await listener.next() == ("change", told)
        assert time.monotonic() - asked < 2
        await lab.owner.post("/timer/stop", json={})
        for listener in (one, other):
            assert sorted(await listener.changes(2)) == [("sessions", me), ("timer", me)]


async def test_every_way_to_change_a_session_is_told(lab: Lab, servers: list[Server]):
    me = await own_id(lab.owner)
    async with listening(servers[0], token_of(lab.owner)) as listener:

        async def told(change: Awaitable[httpx.Response]) -> list[str] | None:
            answer = await change
            assert answer.is_success, answer.text
            event, data = await listener.next()
            assert (event, data["kind"], data["person_id"]) == ("change", "sessions", me)
            ids: list[str] | None = data["ids"]
            return ids

        session = await add_session(lab.owner)
        assert (await listener.next())[1]["ids"] == [session]
        path = f"/sessions/{session}"
        assert await told(lab.owner.patch(path, json={"name": "Gel"})) == [session]
        moved = {"started_at": "2026-04-02T09:00:00Z", "ended_at": "2026-04-02T10:00:00Z"}
        assert await told(lab.owner.patch(path, json=moved)) == [session]
        assert await told(lab.owner.delete(path)) == [session]
        assert await told(lab.owner.post(f"{path}/restore")) == [session]
        bulk = {"ids": [session], "set": {"name": "Blot"}}
        assert await told(lab.owner.post("/sessions/bulk", json=bulk)) == [session]


async def test_what_was_rolled_back_is_not_told(lab: Lab, servers: list[Server]):
    me = await own_id(lab.owner)
    first = await add_session(lab.owner)
    await settled(lab, servers[0])
    async with listening(servers[0], token_of(lab.owner)) as listener:
        nobody = "01900000-0000-7000-8000-000000000000"
        bulk = {"ids": [first, nobody], "set": {"name": "Gel"}}
        assert (await lab.owner.post("/sessions/bulk", json=bulk)).status_code == 404
        await lab.owner.post("/timer/start", json={"name": "PCR"})
        assert await listener.changes(1) == [("timer", me)]


async def test_large_import_is_told_in_a_few_words(lab: Lab, servers: list[Server]):
    rows = "".join(
        f"row {number},2026-03-{number % 28 + 1:02},{number // 3600:02}:{number // 60 % 60:02}:"
        f"{number % 60:02},2026-03-{number % 28 + 1:02},23:00:00\n"
        for number in range(4000)
    )
    async with listening(servers[0], token_of(lab.owner)) as listener:
        answer = await lab.owner.post(
            "/sessions/imports",
            data={"format": "toggl", "time_zone": "UTC"},
            files={"file": ("hours.csv", (CSV + rows).encode(), "text/csv")},
        )
        assert answer.json()["added"] == 4000, answer.text
        await lab.owner.post("/timer/start", json={"name": "the end"})
        told = []
        while not told or told[-1]["kind"] != "timer":
            told.append((await listener.next())[1])
    assert {"sessions", "imports", "timer"} == {data["kind"] for data in told}
    assert len(told) <= 6
    assert [data["ids"] for data in told if data["kind"] == "sessions"] == [None]


# To whom -------------------------------------------------------------------------------------------


async def test_other_organisations_are_not_told(
    lab: Lab, make_lab: Callable[[], Awaitable[Lab]], servers: list[Server]
):
    elsewhere = await make_lab()
    async with listening(servers[0], token_of(elsewhere.owner), whose="everyone") as listener:
        await add_session(lab.owner)
        await lab.owner.post("/projects", json={"name": "Reef"})
        await elsewhere.owner.post("/projects", json={"name": "Kelp"})
        assert await listener.changes(1) == [("projects", None)]


async def test_member_is_told_of_their_own_and_of_what_is_shared(lab: Lab, servers: list[Server]):
    member = await lab.person()
    me = await own_id(member)
    await settled(lab, servers[0])
    async with listening(servers[0], token_of(member)) as listener:
        await add_session(lab.owner)
        await add_session(member)
        await lab.owner.post("/projects", json={"name": "Reef"})
        assert await listener.changes(2) == [("sessions", me), ("projects", None)]


async def test_manager_may_follow_everyone_and_a_member_may_not(lab: Lab, servers: list[Server]):
    member, manager = await lab.person(), await lab.person("manager")
    member_id, manager_id = await own_id(member), await own_id(manager)
    await settled(lab, servers[0])
    async with (
        listening(servers[0], token_of(manager), whose="everyone") as everyone,
        listening(servers[0], token_of(manager)) as own,
    ):
        await add_session(member)
        await add_session(manager)
        told = [("sessions", member_id), ("sessions", manager_id)]
        assert await everyone.changes(2) == told
        assert await own.changes(1) == told[1:]
    answer = await ask(servers[0], token_of(member), whose="everyone")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def ask(server: Server, token: str, **parameters: str) -> httpx.Response:
    """A stream that is refused."""
    async with httpx.AsyncClient(timeout=SECONDS) as client:
        return await client.get(
            f"{server.url}/api/v1/events",
            params=parameters,
            headers={"Authorization": f"Bearer {token}"},
        )


async def test_token_is_told_of_what_its_scopes_read(lab: Lab, servers: list[Server]):
    async def token(*scopes: str) -> str:
        answer = await lab.owner.post("/api-tokens", json={"name": "t", "scopes": list(scopes)})
        return str(answer.json()["token"])

    await settled(lab, servers[0])
    async with listening(servers[0], await token("people:read")) as listener:
        await add_session(lab.owner)
        await lab.person()
        assert await listener.changes(1) == [("people", None)]


# Until when ------------------------------------------------------------------------------------------


async def test_stream_ends_when_its_token_is_revoked(lab: Lab, servers: list[Server]):
    made = (await lab.owner.post("/api-tokens", json={"name": "t"})).json()
    async with listening(servers[0], made["token"]) as listener:
        await lab.owner.delete(f"/api-tokens/{made['id']}")
        assert await listener.next() == ("end", {"reason": "credential"})
        assert await listener.next() == ("closed", None)
    assert (await ask(servers[0], made["token"])).status_code == 401


async def test_stream_ends_when_its_login_does_and_others_go_on(lab: Lab, servers: list[Server]):
    async with httpx.AsyncClient(base_url=f"{servers[0].url}/api/v1") as browser:
        answer = await browser.post("/login", json={"email": lab.owner_email, "password": PASSWORD})
        cookie = answer.headers["set-cookie"].split(";")[0]
        async with (
            listening(servers[1], cookie=cookie) as ended,
            listening(servers[1], token_of(lab.owner)) as other,
        ):
            assert (await browser.post("/logout")).status_code == 204
            assert await ended.next() == ("end", {"reason": "credential"})
            await lab.owner.post("/timer/start", json={"name": "PCR"})
            assert (await other.next())[1]["kind"] == "timer"


@pytest.mark.parametrize("change", [{"active": False}, {"role": "member"}])
async def test_stream_ends_when_its_person_loses_access_or_role(
    lab: Lab, servers: list[Server], change: dict[str, Any]
):
    manager = await lab.person("manager")
    await settled(lab, servers[0])
    async with listening(servers[0], token_of(manager), whose="everyone") as listener:
        answer = await lab.owner.patch(f"/people/{await own_id(manager)}", json=change)
        assert answer.status_code == 200
        assert await listener.next() == ("end", {"reason": "credential"})


async def test_expired_credential_is_noticed_at_the_next_heartbeat(
    lab: Lab, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)
    made = (await lab.owner.post("/api-tokens", json={"name": "t"})).json()
    me = UUID(await own_id(lab.owner))
    caller = Caller(UUID(lab.organisation_id), me, "owner", None, api_token_id=UUID(made["id"]))
    stream = events.stream_events(ChangeFeed(database), database, caller, "mine")
    assert b"event: ready" in await anext(stream)
    assert await anext(stream) == HEARTBEAT
    async with lab.past_security.connection() as connection:
        await connection.execute(
            "UPDATE api_tokens SET expires_at = now() WHERE organisation_id = $1 AND id = $2",
            caller.organisation_id,
            caller.api_token_id,
        )
    while (said := await anext(stream)) == HEARTBEAT:
        pass
    assert said == b'event: end\ndata: {"reason":"credential"}\n\n'


def test_stop_ends_open_streams_and_the_server_exits_with_0(server: Server):
    with httpx.Client(base_url=f"{server.url}/api/v1") as owner:
        body = {"organisation": "Lab", "name": "O", "email": "o@example.org", "password": PASSWORD}
        assert owner.post("/setup", json=body).status_code == 201
        with owner.stream("GET", "/events") as answer:
            lines = answer.iter_lines()
            assert "event: ready" in [next(lines), next(lines)]
            asked = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - asked < 8
            assert 'data: {"reason":"server_stops"}' in list(lines)
    assert "Traceback" not in server.log.read_text()


async def test_lost_connection_to_the_database_is_made_up_for(
    lab: Lab, cluster: Cluster, servers: list[Server]
):
    async with listening(servers[0], token_of(lab.owner)) as listener:
        superuser = await asyncpg.connect(**cluster.address("postgres"))
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_notify%'"
            " AND pid <> pg_backend_pid()"
        )
        await superuser.close()
        assert await listener.next() == ("read_again", {})
        await lab.owner.post("/timer/start", json={"name": "PCR"})
        assert (await listener.next())[1]["kind"] == "timer"


# What it costs ---------------------------------------------------------------------------------------


async def test_streams_of_a_person_are_limited_and_closed_ones_do_not_count(
    lab: Lab, servers: list[Server]
):
    token = token_of(lab.owner)
    async with httpx.AsyncClient(timeout=SECONDS) as client:
        requests = [
            client.build_request(
                "GET", f"{servers[0].url}/api/v1/events", headers=dict(lab.owner.headers)
            )
            for _ in range(events.MOST_STREAMS_PER_PERSON)
        ]
        answers = await asyncio.gather(*(client.send(one, stream=True) for one in requests))
        assert {answer.status_code for answer in answers} == {200}
        refused = await ask(servers[0], token)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert int(refused.headers["retry-after"]) > 0
        for answer in answers:
            await answer.aclose()

        async def all_are_gone() -> bool:
            return await metric(servers[0], "benchbook_streams_open") == 0

        await eventually(all_are_gone)
        async with listening(servers[0], token):
            assert await metric(servers[0], "benchbook_streams_open") == 1


async def metric(server: Server, name: str) -> float:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{server.url}/metrics")).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"no {name}"
    return float(found[1])


async def test_stream_is_neither_a_slow_request_nor_compressed(lab: Lab, servers: list[Server]):
    async with listening(servers[1], token_of(lab.owner)) as listener:
        headers = listener.answer.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in headers
        # Only the one that asks for the metrics.
        assert await metric(servers[1], "benchbook_requests_in_progress") == 1
        await asyncio.sleep(1.2)
        request_id = headers["x-request-id"]

    async def has_ended() -> bool:
        return len(logged(servers[1], request_id)) == 2

    await eventually(has_ended)
    request, ended = logged(servers[1], request_id)
    assert (request["event"], request["status"]) == ("request", 200)
    assert request["milliseconds"] < 1000
    assert (ended["event"], ended["route"]) == ("stream_ended", "/api/v1/events")
    assert ended["milliseconds"] > 1000


def logged(server: Server, request_id: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in server.log.read_text().splitlines()
        if line.startswith("{") and request_id in line
    ]


async def test_notifications_hold_ids_and_no_content(
    lab: Lab, cluster: Cluster, database_name: str
):
    heard: list[str] = []
    listener = await asyncpg.connect(**cluster.address(database_name, APPLICATION_ROLE))
    await listener.add_listener(CHANNEL, lambda *said: heard.append(str(said[3])))
    await add_session(lab.owner, name="a secret name")

    async def was_heard() -> bool:
        return lab.organisation_id in "".join(heard)

    await eventually(was_heard)
    await listener.close()
    uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    for line in "\n".join(heard).splitlines():
        assert re.fullmatch(rf"[a-z]+ {uuid} ({uuid}|-) ({uuid}|-)", line)
    assert f"sessions {lab.organisation_id} {await own_id(lab.owner)} " in "\n".join(heard)


# What waits for a follower is bounded --------------------------------------------------------------


def change(kind: str, person: str | None = "p", thing: str | None = "t") -> Change:
    return Change(kind, "o", person, thing)


async def test_changes_that_wait_are_told_together():
    follower = Follower("o", lambda change: change.kind != "timer")
    for number in range(3):
        follower.tell(change("sessions", thing=f"s{number}"))
        follower.tell(change("timer"))
    news = await follower.news(1)
    assert news
    assert news.changes == {("sessions", "p"): {"s0", "s1", "s2"}}
    assert await follower.news(0.01) is None


async def test_too_many_ids_are_not_named_and_too_many_changes_are_to_be_read_again():
    follower = Follower("o", lambda change: True)
    for number in range(MOST_IDS + 1):
        follower.tell(change("sessions", thing=f"s{number}"))
    news = await follower.news(1)
    assert news
    assert news.changes == {("sessions", "p"): None}
    for number in range(MOST_PENDING + 1):
        follower.tell(change("sessions", person=f"p{number}"))
    news = await follower.news(1)
    assert news
    assert (news.changes, news.read_again) == ({}, True)


def test_payloads_stay_within_what_postgresql_takes():
    changes = [f"sessions {'o' * 36} {'p' * 36} {number:036}" for number in range(500)]
    payloads = _payloads(changes)
    assert all(len(payload) <= PAYLOAD_BYTES for payload in payloads)
    assert "\n".join(payloads).splitlines() == changes
    assert len(payloads) < 10
