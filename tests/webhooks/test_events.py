"""Whatever changes a session, by whichever way, is told, once and as what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.webhooks.conftest import House

from benchbook.webhooks.schemas import EventType

HOOK = "https://hooks.example.org/"
NINE = "2026-03-02T09:00:00Z"


class Events:
    """What was kept to be told, since the last look."""

    def __init__(self, house: House, webhook: dict[str, Any]) -> None:
        self.house, self.webhook = house, webhook
        self._seen: set[str] = set()

    async def new(self) -> list[dict[str, Any]]:
        """The bodies of the new events, the oldest first."""
        async with self.house.past_security.transaction() as tx:
            rows = await tx.fetch(
                "SELECT id FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY occurred_at",
                self.webhook["id"],
            )
        bodies = []
        for row in rows:
            if (found := str(row["id"])) not in self._seen:
                self._seen.add(found)
                answer = await self.house.owner.get(f"/webhook-deliveries/{found}")
                bodies.append(answer.json()["body"])
        return bodies

    async def types(self) -> list[str]:
        return [body["type"] for body in await self.new()]


@pytest.fixture
async def events(house: House) -> Events:
    return Events(house, await house.webhook(HOOK, person_id=None))


async def add(person: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    body = {"name": "PCR", "started_at": NINE, "duration": "2h", **fields}
    answer = await person.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def test_session_in_an_event_is_the_one_of_the_api(house: House, events: Events):
    project = (await house.owner.post("/projects", json={"name": "Sequencing"})).json()
    session = await add(house.owner, project_id=project["id"], tags=["gel", "é"], note='a"b\n')
    [event] = await events.new()
    me = (await house.owner.get("/me")).json()["person"]["id"]
    assert {name: event[name] for name in ("type", "organisation_id", "actor_id")} == {
        "type": "session.created",
        "organisation_id": house.organisation_id,
        "actor_id": me,
    }
    assert event["timestamp"].endswith("Z")
    read = (await house.owner.get(f"/sessions/{session['id']}")).json()
    assert event["data"].items() <= read.items()
    assert {"id", "name", "note", "started_at", "ended_at", "duration_seconds", "project_id",
            "tags", "billable", "person_id", "created_at", "updated_at", "deleted_at"} == set(
        event["data"]
    )  # fmt: skip


async def test_timer_tells_of_start_change_switch_stop_and_discard(house: House, events: Events):
    started_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    first = await house.owner.post("/timer/start", json={"name": "A", "started_at": started_at})
    [started] = await events.new()
    assert started["type"] == "session.started"
    running = first.json()["running"]
    assert started["data"]["ended_at"] is None
    assert started["data"]["id"] == running["id"]
    assert abs(started["data"]["duration_seconds"] - 3600) <= 2
    await house.owner.patch("/timer", json={"name": "B"})
    [changed] = await events.new()
    assert (changed["type"], changed["data"]["name"]) == ("session.changed", "B")
    second = (await house.owner.post("/timer/start", json={"name": "C"})).json()["running"]
    stopped, switched = await events.new()
    assert (stopped["type"], stopped["data"]["id"]) == ("session.stopped", running["id"])
    assert stopped["data"]["ended_at"] == second["started_at"]
    assert (switched["type"], switched["data"]["id"]) == ("session.started", second["id"])
    await house.owner.post("/timer/stop")
    assert await events.types() == ["session.stopped"]
    await house.owner.post("/timer/stop")
    assert await events.types() == []
    await house.owner.post(f"/sessions/{second['id']}/unstop")
    [resumed] = await events.new()
    assert (resumed["type"], resumed["data"]["ended_at"]) == ("session.changed", None)
    await house.owner.delete("/timer")
    [discarded] = await events.new()
    assert (discarded["type"], discarded["data"]["id"]) == ("session.deleted", second["id"])


async def test_saved_session_tells_of_each_change(house: House, events: Events):
    session = await add(house.owner)
    path = f"/sessions/{session['id']}"
    await house.owner.patch(path, json={"name": "Gel", "started_at": "2026-03-02T08:00:00Z"})
    # Into another month, and so into another partition.
    await house.owner.patch(
        path, json={"started_at": "2026-04-02T08:00:00Z", "ended_at": "2026-04-02T09:00:00Z"}
    )
    await house.owner.delete(path)
    await house.owner.post(f"{path}/restore")
    found = await events.new()
    assert [event["type"] for event in found] == [
        "session.created",
        "session.changed",
        "session.changed",
        "session.deleted",
        "session.restored",
    ]
    assert found[2]["data"]["started_at"] == "2026-04-02T08:00:00Z"
    assert found[3]["data"]["deleted_at"] is not None
    assert found[4]["data"]["deleted_at"] is None


async def test_request_that_fails_tells_nothing(house: House, events: Events):
    session = await add(house.owner)
    await events.new()
    path = f"/sessions/{session['id']}"
    assert (await house.owner.patch(path, json={"duration": -1})).status_code == 400
    body = {"ids": [session["id"], house.organisation_id], "delete": True}
    assert (await house.owner.post("/sessions/bulk", json=body)).status_code == 404
    assert await events.types() == []


async def test_post_that_is_sent_again_is_told_once(house: House, events: Events):
    for _ in range(2):
        answer = await house.owner.post(
            "/sessions",
            json={"name": "PCR", "started_at": NINE, "duration": 60},
            headers={"Idempotency-Key": "once"},
        )
        assert answer.status_code == 201
    assert await events.types() == ["session.created"]


async def test_many_at_once_split_and_duplicate_tell_of_each(house: House, events: Events):
    ids = [(await add(house.owner, tags=["gel"]))["id"] for _ in range(3)]
    await events.new()
    await house.owner.post("/sessions/bulk", json={"ids": ids, "set": {"billable": True}})
    assert await events.types() == ["session.changed"] * 3
    await house.owner.post("/sessions/bulk", json={"ids": ids[:2], "delete": True})
    assert await events.types() == ["session.deleted"] * 2
    await house.owner.post("/sessions/bulk", json={"ids": ids[:2], "restore": True})
    assert await events.types() == ["session.restored"] * 2
    await house.owner.post(f"/sessions/{ids[0]}/split", json={"at": "2026-03-02T10:00:00Z"})
    assert await events.types() == ["session.changed", "session.created"]
    await house.owner.post(f"/sessions/{ids[0]}/duplicate")
    assert await events.types() == ["session.created"]


async def test_renamed_tag_changes_the_sessions_that_carry_it(house: House, events: Events):
    await add(house.owner, tags=["gel"])
    binned = await add(house.owner, tags=["gel"])
    await house.owner.delete(f"/sessions/{binned['id']}")
    await events.new()
    [tag] = (await house.owner.get("/tags")).json()["items"]
    await house.owner.patch(f"/tags/{tag['id']}", json={"name": "agarose"})
    [event] = await events.new()
    assert (event["type"], event["data"]["tags"]) == ("session.changed", ["agarose"])


def toggl(rows: int) -> dict[str, Any]:
    lines = ["Description,Start date,Start time,End date,End time"]
    lines += [
        f"row {n},2026-03-02,{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02},2026-03-03,12:00:00"
        for n in range(rows)
    ]
    files = {"file": ("hours.csv", "\n".join(lines).encode(), "text/csv")}
    return {"data": {"format": "toggl"}, "files": files}


async def test_import_is_one_event_however_long(house: House, events: Events):
    dry = toggl(3)
    await house.owner.post(
        "/sessions/imports", **(dry | {"data": {"format": "toggl", "dry_run": "true"}})
    )
    assert await events.types() == []
    done = (await house.owner.post("/sessions/imports", **toggl(2500))).json()
    assert done["added"] == 2500
    [event] = await events.new()
    assert event["type"] == "sessions.imported"
    assert event["data"] == {
        name: done[name]
        for name in ("id", "format", "person_id", "added", "duplicates", "rejected")
    }
    # A part of what was imported is told of like anything else.
    [session] = (await house.owner.get("/sessions?limit=1")).json()["items"]
    at = session["started_at"].replace("2026-03-02", "2026-03-03")[:11] + "11:30:00Z"
    split = await house.owner.post(f"/sessions/{session['id']}/split", json={"at": at})
    assert split.status_code == 200, split.text
    assert await events.types() == ["session.changed", "session.created"]
    await house.owner.delete(f"/sessions/imports/{done['id']}")
    [event] = await events.new()
    assert (event["type"], event["data"]["id"]) == ("sessions.import_taken_back", done["id"])


async def test_statement_about_more_than_a_thousand_is_one_event_a_person(
    house: House, events: Events
):
    member = await house.person("member")
    await add(member, tags=["bulk"])
    await house.owner.post("/sessions/imports", **toggl(1100))
    me = (await house.owner.get("/me")).json()["person"]["id"]
    async with house.past_security.transaction() as tx:
        await tx.execute("UPDATE sessions SET tags = '{bulk}'")
    await events.new()
    [tag] = (await house.owner.get("/tags")).json()["items"]
    await house.owner.patch(f"/tags/{tag['id']}", json={"name": "mass"})
    found = await events.new()
    assert [event["type"] for event in found] == ["sessions.changed"] * 2
    assert {event["data"]["person_id"]: event["data"]["count"] for event in found} == {
        me: 1100,
        member.person_id: 1,  # type: ignore[attr-defined]
    }


async def test_each_is_told_of_whom_it_is_for(house: House):
    member = await house.person("member")
    me = (await house.owner.get("/me")).json()["person"]["id"]
    about = {
        "everybody": Events(house, await house.webhook(HOOK, person_id=None)),
        "owner": Events(house, await house.webhook(HOOK)),
        "member": Events(house, await house.webhook(HOOK, by=member)),
        "deletions": Events(
            house, await house.webhook(HOOK, person_id=None, events=["session.deleted"])
        ),
    }
    theirs = await add(member)
    await add(house.owner)
    await house.owner.delete(f"/sessions/{theirs['id']}")
    told = {name: await each.new() for name, each in about.items()}
    assert [event["type"] for event in told["everybody"]] == [
        "session.created",
        "session.created",
        "session.deleted",
    ]
    assert [event["data"]["person_id"] for event in told["owner"]] == [me]
    assert [event["type"] for event in told["member"]] == ["session.created", "session.deleted"]
    # Who did it is told beside whose it is.
    assert (told["member"][1]["actor_id"], told["member"][1]["data"]["person_id"]) == (
        me,
        member.person_id,  # type: ignore[attr-defined]
    )
    assert [event["type"] for event in told["deletions"]] == ["session.deleted"]


async def test_webhook_ends_with_its_owners_reach(house: House):
    manager = await house.person("manager")
    everybodys = Events(house, await house.webhook(HOOK, by=manager, person_id=None))
    own = Events(house, await house.webhook(HOOK, by=manager))
    person = f"/people/{manager.person_id}"  # type: ignore[attr-defined]
    await add(manager)
    assert (await everybodys.types(), await own.types()) == (["session.created"],) * 2
    await house.owner.patch(person, json={"role": "member"})
    await add(manager)
    assert (await everybodys.types(), await own.types()) == ([], ["session.created"])
    await house.owner.patch(person, json={"role": "manager", "active": False})
    async with house.past_security.transaction() as tx:
        await tx.execute(f"SET LOCAL benchbook.organisation_id = '{house.organisation_id}'")
        await tx.execute("UPDATE sessions SET name = 'x', revision = revision + 1")
    assert (await everybodys.types(), await own.types()) == ([], [])


async def test_one_that_is_switched_off_misses_what_happens(house: House, events: Events):
    await house.owner.patch(f"/webhooks/{events.webhook['id']}", json={"enabled": False})
    await add(house.owner)
    await house.owner.patch(f"/webhooks/{events.webhook['id']}", json={"enabled": True})
    assert await events.types() == []


async def test_other_organisations_hear_nothing(house: House, events: Events):
    from benchbook.accounts.commands import create_organisation_with_owner, create_token_for

    await create_organisation_with_owner(
        house.app, "Other", "Oskar", "other@example.org", "a long enough one", "UTC"
    )
    token = await create_token_for(
        house.past_security, house.app, "other@example.org", None, "tests", None
    )
    async with httpx.AsyncClient(
        transport=house.transport,
        base_url=house.owner.base_url,
        headers={"Authorization": f"Bearer {token}"},
    ) as other:
        await add(other)
        await other.post("/timer/start", json={"name": "x"})
    assert await events.types() == []


def test_tests_wait_for_every_event_there_is():
    from tests.webhooks.conftest import EVERYTHING

    assert list(EventType.__args__) == EVERYTHING  # type: ignore[attr-defined]
