"""How long people mean to work: from a day on, so that history stays what it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Lab

from benchbook.timetracking.target_rules import day_target
from benchbook.timetracking.target_schemas import Target

HOUR = 3600
FULL = [8 * HOUR] * 5 + [0, 0]


async def add(client: httpx.AsyncClient, day: str, **fields: object) -> dict[str, Any]:
    body = {"effective_from": day, "daily_seconds": FULL} | fields
    answer = await client.post("/targets", json=body)
    assert answer.status_code == 201, answer.text
    target: dict[str, Any] = answer.json()
    return target


async def track(client: httpx.AsyncClient, start: str, hours: float) -> None:
    body = {"name": "PCR", "started_at": start, "duration": int(hours * HOUR)}
    assert (await client.post("/sessions", json=body)).status_code == 201


async def progress(client: httpx.AsyncClient, **params: object) -> dict[str, Any]:
    answer = await client.get("/targets/progress", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_week_and_its_days_against_what_was_tracked(lab: Lab):
    await add(lab.owner, "2026-01-01")
    await track(lab.owner, "2026-03-02T09:00:00Z", 9)
    await track(lab.owner, "2026-03-07T09:00:00Z", 2)
    found = await progress(lab.owner, **{"from": "2026-03-02", "to": "2026-03-09"})
    assert (found["target_seconds"], found["tracked_seconds"]) == (40 * HOUR, 11 * HOUR)
    assert found["balance_seconds"] == -29 * HOUR
    assert [day["target_seconds"] for day in found["days"]] == FULL
    assert [day["share_seconds"] for day in found["days"]] == FULL
    assert [day["tracked_seconds"] for day in found["days"]] == [9 * HOUR, 0, 0, 0, 0, 2 * HOUR, 0]


async def test_without_a_range_it_is_this_week_as_the_person_has_it(lab: Lab):
    await lab.owner.patch("/me", json={"week_start": "sunday"})
    found = await progress(lab.owner)
    first = date.fromisoformat(found["from"])
    assert (first.weekday(), date.fromisoformat(found["to"]) - first) == (6, timedelta(days=7))
    assert first <= datetime.now(UTC).date() < first + timedelta(days=7)
    assert (found["target_seconds"], found["balance_seconds"]) == (None, None)
    assert {day["target_seconds"] for day in found["days"]} == {None}


async def test_new_target_leaves_the_days_before_it_as_they_were(lab: Lab):
    await add(lab.owner, "2026-01-01")
    before = await progress(lab.owner, **{"from": "2026-02-23", "to": "2026-03-02"})
    await add(lab.owner, "2026-03-04", daily_seconds=[4 * HOUR] * 5 + [0, 0])
    assert await progress(lab.owner, **{"from": "2026-02-23", "to": "2026-03-02"}) == before
    found = await progress(lab.owner, **{"from": "2026-03-02", "to": "2026-03-09"})
    assert [day["target_seconds"] // HOUR for day in found["days"]] == [8, 8, 4, 4, 4, 0, 0]
    assert found["target_seconds"] == 28 * HOUR


async def test_weeks_own_target_is_shared_out_and_leaves_days_without_one(lab: Lab):
    await add(lab.owner, "2026-01-01", daily_seconds=[0] * 7, weekly_seconds=30 * HOUR)
    found = await progress(lab.owner, **{"from": "2026-03-02", "to": "2026-03-09"})
    assert found["target_seconds"] == 30 * HOUR
    assert {day["target_seconds"] for day in found["days"]} == {None}
    assert sum(day["share_seconds"] for day in found["days"]) == 30 * HOUR


async def test_balance_is_of_days_that_are_over(lab: Lab):
    today = datetime.now(UTC).date()
    await add(lab.owner, "2020-01-01", daily_seconds=[HOUR] * 7)
    await track(lab.owner, f"{today - timedelta(days=1)}T09:00:00Z", 3)
    await track(lab.owner, f"{today}T00:00:00Z", 5)
    params = {"from": today - timedelta(days=2), "to": today + timedelta(days=2)}
    found = await progress(lab.owner, **params)
    assert (found["target_seconds"], found["tracked_seconds"]) == (4 * HOUR, 8 * HOUR)
    assert found["balance_seconds"] == 1 * HOUR


async def test_tracked_time_is_cut_as_asked_also_where_days_have_23_hours(make_lab: Any):
    lab = await make_lab(time_zone="Europe/Berlin")
    await add(lab.owner, "2026-01-01")
    # From 22:00 to 10:00 on the clock, over the night in which an hour is missing.
    await track(lab.owner, "2026-03-28T22:00:00+01:00", 11)
    params = {"from": "2026-03-28", "to": "2026-03-30"}
    whole = await progress(lab.owner, **params)
    assert [day["tracked_seconds"] for day in whole["days"]] == [11 * HOUR, 0]
    cut = await progress(lab.owner, cut="split", **params)
    assert [day["tracked_seconds"] for day in cut["days"]] == [2 * HOUR, 9 * HOUR]
    assert whole["tracked_seconds"] == cut["tracked_seconds"]


async def test_targets_are_listed_changed_and_removed(lab: Lab):
    first = await add(lab.owner, "2026-01-01")
    second = await add(lab.owner, "2026-03-01", weekly_seconds=30 * HOUR)
    page = (await lab.owner.get("/targets?limit=1")).json()
    assert page["items"] == [second]
    rest = (await lab.owner.get("/targets", params={"cursor": page["next_cursor"]})).json()
    assert (rest["items"], rest["next_cursor"]) == ([first], None)
    read = await lab.owner.get(f"/targets/{second['id']}")
    fresh = {"If-Match": read.headers["etag"]}
    path = f"/targets/{second['id']}"
    changed = await lab.owner.patch(path, json={"weekly_seconds": None}, headers=fresh)
    assert (changed.json()["weekly_seconds"], changed.json()["daily_seconds"]) == (None, FULL)
    assert (await lab.owner.patch(path, json={}, headers=fresh)).status_code == 412
    assert (await lab.owner.delete(path, headers=fresh)).status_code == 412
    taken = await lab.owner.patch(path, json={"effective_from": "2026-01-01"})
    assert (taken.status_code, taken.json()["code"]) == (409, "target_taken")
    assert (await lab.owner.delete(path)).status_code == 204
    assert (await lab.owner.get(path)).status_code == 404
    actions = [e["action"] for e in (await lab.owner.get("/audit-events")).json()["items"][:4]]
    assert actions == ["target.removed", "target.changed", "target.added", "target.added"]


async def test_one_target_a_day(lab: Lab):
    await add(lab.owner, "2026-01-01")
    answer = await lab.owner.post(
        "/targets", json={"effective_from": "2026-01-01", "daily_seconds": FULL}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "target_taken")
    assert answer.json()["errors"][0]["pointer"] == "/effective_from"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"daily_seconds": [HOUR] * 6}, "/daily_seconds"),
        ({"daily_seconds": [86401] * 7}, "/daily_seconds"),
        ({"daily_seconds": [-1] * 7}, "/daily_seconds"),
        ({"weekly_seconds": 604801}, "/weekly_seconds"),
        ({"effective_from": "2026-02-30"}, "/effective_from"),
        ({"effective_from": "1969-12-31"}, "/effective_from"),
    ],
)
async def test_nonsense_is_named(lab: Lab, fields: dict[str, object], pointer: str):
    body = {"effective_from": "2026-01-01", "daily_seconds": FULL} | fields
    answer = await lab.owner.post("/targets", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


async def test_range_of_progress_is_checked(lab: Lab):
    for params, pointer in (
        ({"from": "2026-03-02", "to": "2026-03-02"}, "?to"),
        ({"from": "2024-01-01", "to": "2026-03-02"}, "?to"),
        ({"from": "0001-01-01"}, "?from"),
        ({"to": "9999-12-31"}, "?to"),
    ):
        answer = await lab.owner.get("/targets/progress", params=params)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_managers_set_anybodys_targets_and_members_their_own(lab: Lab):
    member, other = await lab.person(), await lab.person()
    manager = await lab.person("manager")
    whose = member.person_id
    target = await add(manager, "2026-01-01", person_id=whose)
    assert (await member.get("/targets")).json()["items"] == [target]
    assert (await other.get("/targets", params={"person_id": whose})).json()["items"] == []
    assert (await other.get(f"/targets/{target['id']}")).status_code == 404
    assert (await other.delete(f"/targets/{target['id']}")).status_code == 404
    body = {"effective_from": "2026-02-01", "daily_seconds": FULL, "person_id": whose}
    assert (await other.post("/targets", json=body)).status_code == 403
    nobodys = body | {"person_id": "01900000-0000-7000-8000-000000000000"}
    answer = await manager.post("/targets", json=nobodys)
    assert (answer.status_code, answer.json()["code"]) == (404, "person_not_found")
    params = {"from": "2026-03-02", "to": "2026-03-09", "person_id": whose}
    assert (await progress(manager, **params))["target_seconds"] == 40 * HOUR
    assert (await progress(other, **params))["target_seconds"] is None


# Whatever the targets ---------------------------------------------------------------------------


def target(day: date, daily: list[int], weekly: int | None) -> Target:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Target(
        id=UUID(int=1),
        person_id=UUID(int=0),
        effective_from=day,
        daily_seconds=daily,
        weekly_seconds=weekly,
        created_at=moment,
        updated_at=moment,
    )


dates = st.dates(date(2025, 1, 1), date(2027, 1, 1))
weeks = st.lists(st.integers(0, 86400), min_size=7, max_size=7)


@given(dates, weeks, st.none() | st.integers(0, 604800), dates)
def test_any_seven_days_add_up_to_the_weeks_target(
    since: date, daily: list[int], weekly: int | None, first: date
):
    targets = [target(since, daily, weekly)]
    found = [day_target(targets, first + timedelta(days=number)) for number in range(7)]
    assert [day is None for day in found] == [
        first + timedelta(days=number) < since or not (sum(daily) or weekly) for number in range(7)
    ]
    if None not in found:
        expected = sum(daily) if weekly is None else weekly
        assert sum(day.share_seconds for day in found if day) == expected
        assert all(day.share_seconds >= 0 for day in found if day)


@given(st.lists(st.tuples(dates, weeks), min_size=1, max_size=5, unique_by=lambda t: t[0]), dates)
def test_the_last_target_that_began_is_in_force(versions: list[tuple[date, list[int]]], day: date):
    versions.sort()
    targets = [target(since, daily, None) for since, daily in versions]
    begun = [daily for since, daily in versions if since <= day]
    found = day_target(targets, day)
    if not begun or not sum(begun[-1]):
        assert found is None
    else:
        assert found is not None
        assert found.target_seconds == begun[-1][day.weekday()]
