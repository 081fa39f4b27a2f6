"""Locked periods: no write reaches hours in them, whichever way it comes, whoever sends it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from tests.conftest import Cluster, Lab

from benchbook.accounts.caller import Caller
from benchbook.platform.database import APPLICATION_ROLE, Database, set_context
from benchbook.timetracking import store as timetracking_store
from benchbook.timetracking.rules import start_of_day

MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
IN_MARCH = "2026-03-10T09:00:00Z"
IN_APRIL = "2026-04-10T09:00:00Z"


async def add(client: httpx.AsyncClient, started_at: str = IN_MARCH, **fields: Any) -> str:
    body = {"name": "PCR", "started_at": started_at, "duration": 3600} | fields
    answer = await client.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def lock(client: httpx.AsyncClient, **fields: Any) -> str:
    answer = await client.post("/locked-periods", json=MARCH | fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def unlock(client: httpx.AsyncClient, period_id: str) -> None:
    answer = await client.post(f"/locked-periods/{period_id}/unlock", json={"reason": "A mistake"})
    assert answer.status_code == 200, answer.text


async def everything(client: httpx.AsyncClient) -> list[Any]:
    """All that writes could change."""
    return [
        (await client.get(path)).json()
        for path in ("/sessions?limit=500", "/sessions?deleted=true&limit=500")
    ] + [((await client.get("/timer")).json()["running"] or {}).get("id")]


def assert_locked(answer: httpx.Response, period_id: str | None = None) -> dict[str, Any]:
    assert answer.status_code == 409, answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == "period_locked"
    assert problem["detail"].startswith("2026-03-01 to 2026-03-31 is locked")
    first: dict[str, Any] = problem["locked"][0]
    assert (first["from"], first["to"]) == ("2026-03-01", "2026-04-01")
    if period_id:
        assert first["locked_period_id"] == period_id
    return problem


def ago(**length: float) -> str:
    return (datetime.now(UTC) - timedelta(**length)).isoformat()


def today_and_before(days: int = 5) -> dict[str, str]:
    today = datetime.now(UTC).date()
    return {
        "from": str(today - timedelta(days=days)),
        "to": str(today + timedelta(days=2)),
    }


# Every way to write ------------------------------------------------------------------------------

WRITES: dict[str, Callable[[httpx.AsyncClient, str, str], Any]] = {
    "add": lambda client, _s, _b: client.post(
        "/sessions", json={"name": "x", "started_at": "2026-03-31T23:59:59Z", "duration": 60}
    ),
    "rename": lambda client, session, _b: client.patch(f"/sessions/{session}", json={"name": "x"}),
    "tag": lambda client, session, _b: client.patch(f"/sessions/{session}", json={"tags": ["x"]}),
    "lengthen": lambda client, session, _b: client.patch(
        f"/sessions/{session}", json={"duration": 7200}
    ),
    "move out": lambda client, session, _b: client.patch(
        f"/sessions/{session}", json={"started_at": IN_APRIL, "ended_at": "2026-04-10T10:00:00Z"}
    ),
    "delete": lambda client, session, _b: client.delete(f"/sessions/{session}"),
    "restore": lambda client, _s, binned: client.post(f"/sessions/{binned}/restore"),
    "split": lambda client, session, _b: client.post(
        f"/sessions/{session}/split", json={"at": "2026-03-10T09:30:00Z"}
    ),
    "duplicate": lambda client, session, _b: client.post(f"/sessions/{session}/duplicate"),
    "bulk change": lambda client, session, _b: client.post(
        "/sessions/bulk", json={"ids": [session], "set": {"billable": True}}
    ),
    "bulk delete": lambda client, session, _b: client.post(
        "/sessions/bulk", json={"ids": [session], "delete": True}
    ),
    "bulk restore": lambda client, _s, binned: client.post(
        "/sessions/bulk", json={"ids": [binned], "restore": True}
    ),
    "start in the past": lambda client, _s, _b: client.post(
        "/timer/start", json={"started_at": IN_MARCH}
    ),
}


@pytest.mark.parametrize("write", WRITES)
async def test_no_write_reaches_a_locked_session(lab: Lab, write: str):
    member = await lab.person()
    session, binned = await add(member), await add(member)
    await member.delete(f"/sessions/{binned}")
    period = await lock(lab.owner)
    before = await everything(member)
    for client in (member, lab.owner):
        if write in ("add", "start in the past") or client is member:
            assert_locked(await WRITES[write](client, session, binned), period)
    assert await everything(member) == before
    await unlock(lab.owner, period)
    assert (await WRITES[write](member, session, binned)).status_code < 300


async def test_manager_is_refused_as_well(lab: Lab):
    member, manager = await lab.person(), await lab.person("manager")
    session = await add(member)
    await lock(manager)
    assert_locked(await manager.patch(f"/sessions/{session}", json={"name": "x"}))
    assert_locked(await manager.delete(f"/sessions/{session}"))


async def test_session_is_not_moved_into_a_locked_period(lab: Lab):
    session = await add(lab.owner, IN_APRIL)
    await lock(lab.owner)
    problem = assert_locked(
        await lab.owner.patch(f"/sessions/{session}", json={"started_at": "2026-03-31T23:00:00Z"})
    )
    assert problem["locked"][0]["session_id"] == session
    copy = await lab.owner.post(f"/sessions/{session}/duplicate", json={"started_at": IN_MARCH})
    assert_locked(copy)


async def test_locked_session_may_be_copied_to_an_open_day(lab: Lab):
    session = await add(lab.owner)
    await lock(lab.owner)
    copy = await lab.owner.post(f"/sessions/{session}/duplicate", json={"started_at": IN_APRIL})
    assert copy.status_code == 201


async def test_continuing_a_locked_session_starts_a_new_one_now(lab: Lab):
    session = await add(lab.owner)
    await lock(lab.owner)
    answer = await lab.owner.post(f"/sessions/{session}/continue")
    assert answer.status_code == 201
    assert answer.json()["running"]["name"] == "PCR"


async def test_start_is_refused_while_today_is_locked(lab: Lab):
    await lock(lab.owner, **today_and_before())
    answer = await lab.owner.post("/timer/start")
    assert (answer.status_code, answer.json()["code"]) == (409, "period_locked")
    session = await add(lab.owner, IN_MARCH)
    assert (await lab.owner.post(f"/sessions/{session}/continue")).status_code == 409


async def test_session_that_only_ends_in_a_locked_period_is_free(lab: Lab):
    session = await add(lab.owner, "2026-02-28T23:00:00Z", duration=7200)
    await lock(lab.owner)
    answer = await lab.owner.patch(f"/sessions/{session}", json={"duration": 10800})
    assert answer.status_code == 200


async def test_bounds_of_a_period_are_half_open(lab: Lab):
    await lock(lab.owner)
    await add(lab.owner, "2026-02-28T23:59:59Z")
    await add(lab.owner, "2026-04-01T00:00:00Z")
    for inside in ("2026-03-01T00:00:00Z", "2026-03-31T23:59:59Z"):
        body = {"name": "x", "started_at": inside, "duration": 60}
        assert_locked(await lab.owner.post("/sessions", json=body))


async def test_bulk_change_names_all_that_are_locked_and_changes_none(lab: Lab):
    free, one, two = [
        await add(lab.owner, instant) for instant in (IN_APRIL, IN_MARCH, "2026-03-31T12:00:00Z")
    ]
    await lock(lab.owner)
    before = await everything(lab.owner)
    for change in ({"set": {"name": "x"}}, {"delete": True}):
        answer = await lab.owner.post("/sessions/bulk", json={"ids": [one, free, two]} | change)
        assert (answer.status_code, answer.json()["code"]) == (409, "period_locked")
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/ids/0", "/ids/2"]
        assert [each["session_id"] for each in answer.json()["locked"]] == [one, two]
        assert answer.json()["detail"].startswith("2 of 3 sessions are locked")
    assert await everything(lab.owner) == before


async def test_bulk_restore_of_what_is_not_in_the_bin_changes_nothing_locked(lab: Lab):
    session = await add(lab.owner)
    await lock(lab.owner)
    answer = await lab.owner.post("/sessions/bulk", json={"ids": [session], "restore": True})
    assert_locked(answer)


async def test_period_of_one_person_locks_nobody_else(lab: Lab):
    one, other = await lab.person(), await lab.person()
    mine, theirs = await add(one), await add(other)
    period = await lock(lab.owner, person_id=one.person_id)  # type: ignore[attr-defined]
    assert_locked(await one.delete(f"/sessions/{mine}"), period)
    assert (await other.delete(f"/sessions/{theirs}")).status_code == 204


async def test_period_of_another_organisation_locks_nothing_here(
    lab: Lab, make_lab: Callable[..., Any]
):
    elsewhere: Lab = await make_lab()
    await lock(elsewhere.owner)
    await add(lab.owner)


# The timer ---------------------------------------------------------------------------------------


async def test_stopping_what_ran_when_its_period_was_locked_loses_nothing(lab: Lab):
    member = await lab.person()
    running = (
        await member.post("/timer/start", json={"name": "overnight", "started_at": ago(days=1)})
    ).json()["running"]
    await lock(lab.owner, **today_and_before(days=3) | {"to": str(datetime.now(UTC).date())})
    stopped = (await member.post("/timer/stop")).json()["stopped"]
    assert (stopped["id"], stopped["started_at"]) == (running["id"], running["started_at"])
    assert stopped["duration_seconds"] >= 86_400
    assert (await member.delete(f"/sessions/{stopped['id']}")).status_code == 409
    assert (await member.post(f"/sessions/{stopped['id']}/unstop")).status_code == 409


async def test_switching_from_what_ran_when_its_period_was_locked_saves_it(lab: Lab):
    member = await lab.person()
    await member.post("/timer/start", json={"name": "overnight", "started_at": ago(days=1)})
    await lock(lab.owner, **today_and_before(days=3) | {"to": str(datetime.now(UTC).date())})
    switched = (await member.post("/timer/start", json={"name": "today"})).json()
    assert switched["stopped"]["name"] == "overnight"
    assert switched["running"]["name"] == "today"


async def test_running_session_in_a_locked_period_is_completed_but_not_moved_or_discarded(lab: Lab):
    member = await lab.person()
    await member.post("/timer/start", json={"name": "", "started_at": ago(days=1)})
    period = await lock(
        lab.owner, **today_and_before(days=3) | {"to": str(datetime.now(UTC).date())}
    )
    assert (await member.patch("/timer", json={"name": "overnight"})).status_code == 200
    for answer in (
        await member.patch("/timer", json={"started_at": ago(minutes=1)}),
        await member.patch("/timer", json={"started_at": ago(days=1, hours=1)}),
        await member.delete("/timer"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "period_locked")
    assert (await member.get("/timer")).json()["running"]["name"] == "overnight"
    await unlock(lab.owner, period)
    assert (await member.delete("/timer")).status_code == 204


async def test_running_session_is_not_moved_into_a_locked_period(lab: Lab):
    await lab.owner.post("/timer/start")
    await lock(lab.owner)
    assert_locked(await lab.owner.patch("/timer", json={"started_at": IN_MARCH}))


async def test_timer_outside_of_locked_periods_stops_and_is_discarded_as_ever(lab: Lab):
    await lock(lab.owner)
    for _ in range(2):
        await lab.owner.post("/timer/start", json={"name": "x", "started_at": ago(minutes=1)})
        assert (await lab.owner.post("/timer/stop")).json()["stopped"]
    await lab.owner.post("/timer/start")
    assert (await lab.owner.delete("/timer")).status_code == 204


async def test_stop_is_taken_back_while_nothing_is_locked(lab: Lab):
    await lab.owner.post("/timer/start", json={"name": "x", "started_at": ago(minutes=1)})
    stopped = (await lab.owner.post("/timer/stop")).json()["stopped"]
    assert (await lab.owner.post(f"/sessions/{stopped['id']}/unstop")).status_code == 200
    assert (await lab.owner.post("/timer/stop")).json()["stopped"]["id"] == stopped["id"]


# Imports -----------------------------------------------------------------------------------------

CSV = (
    "Description,Start date,Start time,End date,End time\n"
    "in February,2026-02-10,09:00:00,2026-02-10,10:00:00\n"
    "in March,2026-03-10,09:00:00,2026-03-10,10:00:00\n"
    "in April,2026-04-10,09:00:00,2026-04-10,10:00:00\n"
)


async def send_file(client: httpx.AsyncClient, dry_run: bool = False) -> Any:
    answer = await client.post(
        "/sessions/imports",
        data={"format": "toggl", "time_zone": "UTC", "dry_run": str(dry_run).lower()},
        files={"file": ("hours.csv", CSV.encode(), "text/csv")},
    )
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def test_import_rejects_lines_of_locked_periods_and_adds_the_rest(lab: Lab):
    await lock(lab.owner)
    for dry_run in (True, False):
        done = await send_file(lab.owner, dry_run)
        assert (done["added"], done["rejected"]) == (2, 1)
        [error] = done["errors"]
        assert error["line"] == 3
        assert error["detail"].startswith("2026-03-01 to 2026-03-31 is locked")
    names = {item["name"] for item in (await lab.owner.get("/sessions")).json()["items"]}
    assert names == {"in February", "in April"}


async def test_line_that_is_stored_already_is_a_duplicate_even_if_it_is_locked(lab: Lab):
    await send_file(lab.owner)
    await lock(lab.owner)
    again = await send_file(lab.owner)
    assert (again["added"], again["duplicates"], again["rejected"]) == (0, 3, 0)


async def test_import_is_not_taken_back_from_a_locked_period(lab: Lab):
    done = await send_file(lab.owner)
    period = await lock(lab.owner)
    before = await everything(lab.owner)
    assert_locked(await lab.owner.delete(f"/sessions/imports/{done['id']}"), period)
    assert await everything(lab.owner) == before
    assert (await lab.owner.get(f"/sessions/imports/{done['id']}")).status_code == 200
    await unlock(lab.owner, period)
    assert (await lab.owner.delete(f"/sessions/imports/{done['id']}")).status_code == 204


# What is no change of hours ------------------------------------------------------------------------


async def test_bin_is_emptied_of_what_lies_in_a_locked_period(lab: Lab):
    old, kept = await add(lab.owner), await add(lab.owner)
    await lab.owner.delete(f"/sessions/{old}")
    await lock(lab.owner)
    async with lab.past_security.connection() as tx:
        await tx.execute(
            "UPDATE sessions SET deleted_at = now() - interval '31 days' WHERE id = $1", UUID(old)
        )
    async with lab.app.connection() as connection:
        await timetracking_store.keep_sessions_in_order(connection)
    assert (await lab.owner.get("/sessions?deleted=true")).json()["items"] == []
    assert (await lab.owner.get(f"/sessions/{kept}")).status_code == 200


async def test_tag_is_renamed_in_locked_sessions_too(lab: Lab):
    session = await add(lab.owner, tags=["bench"])
    await lock(lab.owner)
    [tag] = (await lab.owner.get("/tags")).json()["items"]
    renamed = await lab.owner.patch(f"/tags/{tag['id']}", json={"name": "wet lab"})
    assert renamed.status_code == 200
    assert (await lab.owner.get(f"/sessions/{session}")).json()["tags"] == ["wet lab"]


async def test_partition_made_after_the_migration_keeps_its_locks(lab: Lab):
    await lock(lab.owner, **{"from": "2058-05-01", "to": "2058-06-01"})
    body = {"name": "x", "started_at": "2058-05-10T09:00:00Z", "duration": 60}
    answer = await lab.owner.post("/sessions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "period_locked")


# Days and zones ------------------------------------------------------------------------------------


async def test_dates_are_read_in_each_persons_time_zone(make_lab: Callable[..., Any]):
    lab: Lab = await make_lab(time_zone="Europe/Berlin")
    far = await lab.person(time_zone="America/New_York")
    await lock(lab.owner)
    midnight_in_berlin = {"name": "x", "started_at": "2026-02-28T23:30:00Z", "duration": 60}
    assert_locked(await lab.owner.post("/sessions", json=midnight_in_berlin))
    assert (await far.post("/sessions", json=midnight_in_berlin)).status_code == 201
    last_evening = {"name": "x", "started_at": "2026-04-01T03:00:00Z", "duration": 60}
    assert_locked(await far.post("/sessions", json=last_evening))
    assert (await lab.owner.post("/sessions", json=last_evening)).status_code == 201


async def test_another_time_zone_opens_nothing_that_was_locked(lab: Lab):
    session = await add(lab.owner, "2026-03-31T20:00:00Z")
    await lock(lab.owner)
    assert (await lab.owner.patch("/me", json={"time_zone": "Pacific/Auckland"})).status_code == 200
    assert_locked(await lab.owner.delete(f"/sessions/{session}"))


async def test_who_joins_later_finds_locked_what_is_locked_for_everybody(lab: Lab):
    await lock(lab.owner)
    opened = await lock(lab.owner, **{"from": "2026-05-01", "to": "2026-06-01"})
    await unlock(lab.owner, opened)
    late = await lab.person(time_zone="Asia/Kolkata")
    body = {"name": "x", "started_at": "2026-02-28T18:30:00Z", "duration": 60}
    assert_locked(await late.post("/sessions", json=body))
    await add(late, "2026-02-28T18:29:59Z")
    await add(late, "2026-05-10T09:00:00Z")


async def test_days_of_the_database_begin_when_those_of_the_application_do(lab: Lab):
    days = [
        ("America/Havana", date(2026, 11, 1)),  # midnight comes twice
        ("America/Asuncion", date(2023, 3, 26)),  # the day before ends an hour late
        ("Asia/Beirut", date(2026, 3, 29)),  # midnight does not come
        ("Africa/Cairo", date(2026, 4, 24)),
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 11, 1)),
        ("Asia/Kolkata", date(2026, 3, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Pacific/Apia", date(2011, 12, 30)),  # a day that was skipped
        ("Pacific/Apia", date(2011, 12, 31)),
        ("Atlantic/Azores", date(2026, 10, 25)),
        ("CET", date(2026, 7, 1)),
        ("UTC", date(2026, 3, 1)),
    ]
    async with lab.app.connection() as connection:
        for zone, day in days:
            starts = await connection.fetchval("SELECT start_of_local_day($1, $2)", day, zone)
            assert starts == start_of_day(day, ZoneInfo(zone)), (zone, day)
        unknown = await connection.fetchval(
            "SELECT start_of_local_day('2026-03-01', 'Mars/Olympus')"
        )
        assert unknown == datetime(2026, 3, 1, tzinfo=UTC)


# Periods themselves --------------------------------------------------------------------------------


async def test_members_lock_and_unlock_nothing(lab: Lab):
    member = await lab.person()
    assert (await member.post("/locked-periods", json=MARCH)).status_code == 403
    period = await lock(lab.owner)
    answer = await member.post(f"/locked-periods/{period}/unlock", json={"reason": "please"})
    assert answer.status_code == 403


async def test_members_see_the_periods_that_concern_them(lab: Lab):
    one, other = await lab.person(), await lab.person()
    everybodys = await lock(lab.owner)
    ones = await lock(lab.owner, person_id=one.person_id)  # type: ignore[attr-defined]
    seen = {item["id"] for item in (await one.get("/locked-periods")).json()["items"]}
    assert seen == {everybodys, ones}
    seen = {item["id"] for item in (await other.get("/locked-periods")).json()["items"]}
    assert seen == {everybodys}
    assert (await other.get(f"/locked-periods/{ones}")).status_code == 404


async def test_locking_and_unlocking_is_in_the_audit(lab: Lab):
    period = await lock(lab.owner, reason="Payroll")
    await unlock(lab.owner, period)
    events = (await lab.owner.get("/audit-events")).json()["items"][:2]
    assert [event["action"] for event in events] == [
        "locked_period.unlocked",
        "locked_period.locked",
    ]
    assert [event["details"]["reason"] for event in events] == ["A mistake", "Payroll"]
    assert events[0]["details"]["from"] == "2026-03-01"
    found = (await lab.owner.get(f"/locked-periods/{period}")).json()
    assert (found["unlock_reason"], found["unlocked_by"]) == ("A mistake", found["locked_by"])
    assert (await lab.owner.get("/locked-periods")).json()["items"] == []
    [unlocked] = (await lab.owner.get("/locked-periods?unlocked=true")).json()["items"]
    assert unlocked == found


async def test_the_same_dates_are_locked_once(lab: Lab):
    period = await lock(lab.owner)
    again = await lab.owner.post("/locked-periods", json=MARCH)
    assert (again.status_code, again.json()["code"]) == (409, "period_locked_already")
    await unlock(lab.owner, period)
    twice = await lab.owner.post(f"/locked-periods/{period}/unlock", json={"reason": "x"})
    assert (twice.status_code, twice.json()["code"]) == (409, "period_not_locked")
    await lock(lab.owner)


async def test_hours_under_two_locks_are_free_when_both_are_gone(lab: Lab):
    session = await add(lab.owner)
    month = await lock(lab.owner)
    year = await lock(lab.owner, **{"from": "2026-01-01", "to": "2027-01-01"})
    await unlock(lab.owner, month)
    assert (await lab.owner.delete(f"/sessions/{session}")).status_code == 409
    await unlock(lab.owner, year)
    assert (await lab.owner.delete(f"/sessions/{session}")).status_code == 204


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"from": "2026-04-01", "to": "2026-04-01"}, "/to"),
        ({"from": "2026-04-02", "to": "2026-04-01"}, "/to"),
        ({"from": "1969-12-31", "to": "2026-04-01"}, "/from"),
        ({"from": "2026-04-01", "to": "2100-01-02"}, "/to"),
        ({"from": "2026-04-01", "to": "2026-05-01", "reason": "x" * 501}, "/reason"),
    ],
)
async def test_period_that_cannot_be_is_refused(lab: Lab, body: dict[str, str], pointer: str):
    answer = await lab.owner.post("/locked-periods", json=body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_period_of_nobody_is_not_found(lab: Lab, make_lab: Callable[..., Any]):
    elsewhere: Lab = await make_lab()
    stranger = await elsewhere.person()
    for person in ("01900000-0000-7000-8000-000000000000", stranger.person_id):  # type: ignore[attr-defined]
        answer = await lab.owner.post("/locked-periods", json=MARCH | {"person_id": person})
        assert (answer.status_code, answer.json()["code"]) == (404, "person_not_found")


async def test_unlocking_takes_a_reason(lab: Lab):
    period = await lock(lab.owner)
    for reason in ("", "   "):
        answer = await lab.owner.post(f"/locked-periods/{period}/unlock", json={"reason": reason})
        assert answer.status_code == 400
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/reason"]


async def test_periods_are_paged_and_filtered_by_date(lab: Lab):
    months = [f"2026-{month:02}-01" for month in range(1, 8)]
    for first, after in itertools.pairwise(months):
        await lock(lab.owner, **{"from": first, "to": after})
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await lab.owner.get(f"/locked-periods?limit=4{cursor}")).json()
        seen += [item["from"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == months[-2::-1]
    some = (await lab.owner.get("/locked-periods?from=2026-02-15&to=2026-04-01")).json()["items"]
    assert [item["from"] for item in some] == ["2026-03-01", "2026-02-01"]


async def test_locked_spans_are_those_of_ones_own(lab: Lab):
    member = await lab.person(time_zone="Europe/Berlin")
    period = await lock(lab.owner, reason="Payroll")
    [span] = (await member.get("/locked-spans")).json()["items"]
    assert (span["starts_at"], span["ends_at"]) == ("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")
    assert (span["locked_period_id"], span["reason"]) == (period, "Payroll")
    everybodys = (await lab.owner.get("/locked-spans?limit=1")).json()
    more = (await lab.owner.get(f"/locked-spans?cursor={everybodys['next_cursor']}")).json()
    people = [item["person_id"] for item in everybodys["items"] + more["items"]]
    assert len(people) == len(set(people)) == 2
    assert (await lab.owner.get("/locked-spans?from=2026-04-01")).json()["items"] == []
    assert len((await lab.owner.get("/locked-spans?to=2026-03-02")).json()["items"]) == 2


# Races ---------------------------------------------------------------------------------------------


class Desk:
    """A connection of its own as the application's role, in a transaction of a person."""

    def __init__(self, connection: asyncpg.Connection, caller: Caller) -> None:
        self.connection, self.caller = connection, caller

    async def begin(self) -> None:
        await self.connection.execute("BEGIN;" + set_context(self.caller))

    async def insert(self, started_at: str) -> None:
        await self.connection.execute(
            """
            INSERT INTO sessions (organisation_id, id, person_id, name, started_at, ended_at)
            VALUES ($1, gen_random_uuid(), $2, 'race', $3, $3::timestamptz + interval '1 hour')
            """,
            self.caller.organisation_id,
            self.caller.person_id,
            datetime.fromisoformat(started_at),
        )

    async def lock_march(self, person: UUID | None) -> None:
        """As the application locks, statement by statement."""
        await self.connection.execute(
            "SELECT hold_hours_shut($1, $2)", self.caller.organisation_id, person
        )
        await self.connection.execute(
            """
            WITH period AS (
              INSERT INTO locked_periods
                (organisation_id, id, person_id, first_date, after_date, reason, locked_by)
              VALUES ($1, gen_random_uuid(), $2, '2026-03-01', '2026-04-01', '', $3)
              RETURNING id
            )
            INSERT INTO locked_spans (organisation_id, id, person_id, starts_at, ends_at, locked_period_id)
            SELECT $1, gen_random_uuid(), people.id, '2026-03-01Z', '2026-04-01Z', period.id
            FROM people, period
            WHERE organisation_id = $1 AND ($2::uuid IS NULL OR people.id = $2)
            """,
            self.caller.organisation_id,
            person,
            self.caller.person_id,
        )

    async def end(self, how: str = "COMMIT") -> None:
        await self.connection.execute(how)


@pytest.fixture
async def desks(cluster: Cluster, database_name: str, lab: Lab) -> Any:
    """A manager's and a member's connection."""
    member = await lab.person()
    owner_id = (await lab.owner.get("/me")).json()["person"]["id"]
    organisation = UUID(lab.organisation_id)
    connections = [
        await asyncpg.connect(**cluster.address(database_name, APPLICATION_ROLE)) for _ in range(2)
    ]
    yield (
        Desk(connections[0], Caller(organisation, UUID(owner_id), "owner", None)),
        Desk(connections[1], Caller(organisation, UUID(member.person_id), "member", None)),  # type: ignore[attr-defined]
    )
    for connection in connections:
        await connection.close()


@pytest.mark.parametrize("of_one_person", [True, False])
async def test_lock_waits_for_a_write_that_was_first(desks: Any, of_one_person: bool):
    manager, member = desks
    await member.begin()
    await member.insert(IN_MARCH)
    await manager.begin()
    person = member.caller.person_id if of_one_person else None
    locking = asyncio.create_task(manager.lock_march(person))
    await asyncio.sleep(0.2)
    assert not locking.done()
    await member.end()
    await locking
    await manager.end()
    await member.begin()
    assert await member.connection.fetchval("SELECT count(*) FROM sessions") == 1
    await member.end()


@pytest.mark.parametrize("of_one_person", [True, False])
async def test_write_waits_for_a_lock_that_was_first_and_is_refused(
    desks: Any, of_one_person: bool
):
    manager, member = desks
    await manager.begin()
    await manager.lock_march(member.caller.person_id if of_one_person else None)
    await member.begin()
    writing = asyncio.create_task(member.insert(IN_MARCH))
    await asyncio.sleep(0.2)
    assert not writing.done()
    await manager.end()
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await writing
    assert refused.value.constraint_name == "no_hours_change_in_a_locked_period"
    await member.end("ROLLBACK")


async def test_write_that_waited_for_a_lock_that_was_given_up_goes_on(desks: Any):
    manager, member = desks
    await manager.begin()
    await manager.lock_march(None)
    await member.begin()
    writing = asyncio.create_task(member.insert(IN_MARCH))
    await asyncio.sleep(0.1)
    await manager.end("ROLLBACK")
    await writing
    await member.end()


async def test_lock_of_one_person_does_not_wait_for_another(desks: Any):
    manager, member = desks
    await member.begin()
    await member.insert(IN_MARCH)
    await manager.begin()
    await asyncio.wait_for(manager.lock_march(manager.caller.person_id), 5)
    await manager.end()
    await member.end()


async def test_locks_and_writes_at_the_same_time_leave_nothing_written_after_a_lock(lab: Lab):
    member = await lab.person()
    for number in range(4):
        day = f"2026-03-{number + 1:02}"
        after = f"2026-03-{number + 2:02}"

        async def write(minute: int, day: str = day) -> int:
            body = {"name": "race", "started_at": f"{day}T09:{minute:02}:00Z", "duration": 60}
            return (await member.post("/sessions", json=body)).status_code

        answers = await asyncio.gather(
            *(write(minute) for minute in range(6)),
            lab.owner.post("/locked-periods", json={"from": day, "to": after}),
            *(write(minute) for minute in range(6, 12)),
        )
        statuses = [answer for answer in answers if isinstance(answer, int)]
        assert set(statuses) <= {201, 409}
        assert answers[6].status_code == 201  # type: ignore[union-attr]
        stored = (await member.get(f"/sessions?from={day}&to={after}")).json()["items"]
        assert len(stored) == statuses.count(201)
        assert await write(59) == 409


async def test_nobody_joins_past_a_lock_that_is_being_made(desks: Any, lab: Lab):
    manager, _ = desks
    await manager.begin()
    await manager.lock_march(None)
    joining = asyncio.create_task(lab.person())
    await asyncio.sleep(0.2)
    assert not joining.done()
    await manager.end()
    assert_locked(
        await (await joining).post(
            "/sessions", json={"name": "x", "started_at": IN_MARCH, "duration": 60}
        )
    )


async def test_lock_gives_up_where_hours_are_written_for_long(desks: Any, lab: Lab):
    _, member = desks
    await member.begin()
    await member.insert(IN_APRIL)
    answer = await lab.owner.post("/locked-periods", json=MARCH)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    await member.end()
    await lock(lab.owner)


async def test_the_database_needs_no_application_to_refuse(database: Database, lab: Lab):
    member = await lab.person()
    session = await add(member)
    await lock(lab.owner)
    caller = Caller(UUID(lab.organisation_id), UUID(member.person_id), "member", None)  # type: ignore[attr-defined]
    for statement in (
        "UPDATE sessions SET name = 'x', updated_at = now() WHERE id = $1",
        "UPDATE sessions SET ended_at = ended_at + interval '1 hour' WHERE id = $1",
        "UPDATE sessions SET deleted_at = now() WHERE id = $1",
        "UPDATE sessions SET started_at = '2026-05-01Z', ended_at = '2026-05-02Z' WHERE id = $1",
        "DELETE FROM sessions WHERE id = $1",
    ):
        with pytest.raises(Exception, match="is locked"):
            async with database.transaction(caller) as tx:
                await tx.execute(statement, UUID(session))
