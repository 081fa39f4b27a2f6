"""Balances: worked against expected, reconciled with targets and totals, private to each person."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Lab
from tests.contract.operations import pointers

from benchbook.balance.rules import (
    Leave,
    away_by_day,
    balance_of,
    periods_within,
    spans_of,
)
from benchbook.timetracking.target_rules import day_target
from benchbook.timetracking.target_schemas import Target

HOUR, DAY = 3600, timedelta(days=1)
FULL = [8 * HOUR] * 5 + [0, 0]
MONDAY = date(2026, 3, 2)
_numbers = itertools.count(1)


async def read(who: httpx.AsyncClient, **params: object) -> dict[str, Any]:
    answer = await who.get("/reports/balance", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def one(who: httpx.AsyncClient, **params: object) -> dict[str, Any]:
    """The balance of the only person."""
    [found] = (await read(who, **params))["people"]
    balance: dict[str, Any] = found
    return balance


async def aim(who: httpx.AsyncClient, day: date, **fields: object) -> None:
    body = {"effective_from": day.isoformat(), "daily_seconds": FULL} | fields
    assert (await who.post("/targets", json=body)).status_code == 201


async def track(who: httpx.AsyncClient, start: str, hours: float) -> None:
    body = {"name": "PCR", "started_at": start, "duration": int(hours * HOUR)}
    answer = await who.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text


async def be_away(lab: Lab, person_id: str, *, status: str = "approved", **fields: object) -> None:
    """Leave of a person, who is made an employee for it."""
    number = next(_numbers)
    body = {"first_name": "Erna", "last_name": "E", "address": f"Balance {number}"}
    hired = (await lab.owner.post("/employees", json=body | {"person_id": person_id})).json()
    asked = await lab.owner.post(
        "/leave-requests",
        json={"kind": "vacation", "employee_id": hired["id"], "time_zone": "UTC"} | fields,
    )
    assert asked.status_code == 201, asked.text
    path = f"/leave-requests/{asked.json()['id']}"
    if status != asked.json()["status"]:
        assert (await lab.owner.patch(path, json={"status": status})).status_code == 200


async def test_weeks_carry_their_difference_on(lab: Lab):
    await aim(lab.owner, MONDAY)
    await track(lab.owner, "2026-03-03T08:00:00Z", 42)
    await track(lab.owner, "2026-03-10T08:00:00Z", 35.5)
    found = await one(lab.owner, **{"from": "2026-03-02", "to": "2026-03-16"})
    assert (found["since"], found["opening_seconds"]) == ("2026-03-02", 0)
    assert [week["difference_seconds"] for week in found["periods"]] == [2 * HOUR, -4.5 * HOUR]
    assert [week["balance_seconds"] for week in found["periods"]] == [2 * HOUR, -2.5 * HOUR]
    # Weeks that are not looked at count all the same.
    later = await one(lab.owner, **{"from": "2026-03-16"})
    assert later["opening_seconds"] == -2.5 * HOUR
    assert later["balance_seconds"] == -42.5 * HOUR
    month = await one(lab.owner, by="month", **{"from": "2026-03-31"})
    [march] = month["periods"]
    assert (march["from"], march["to"]) == ("2026-03-01", "2026-04-01")
    assert march["expected_seconds"] == 22 * 8 * HOUR
    assert march["difference_seconds"] == march["balance_seconds"] == (77.5 - 176) * HOUR


async def test_new_target_leaves_what_was_as_it_was(lab: Lab):
    await aim(lab.owner, MONDAY)
    weeks = {"from": "2026-03-02", "to": "2026-03-16"}
    before = await one(lab.owner, **weeks)
    await aim(lab.owner, date(2026, 3, 18), daily_seconds=[4 * HOUR] * 5 + [0, 0])
    after = await one(lab.owner, **weeks)
    assert after == before
    [week] = (await one(lab.owner, **{"from": "2026-03-18"}))["periods"]
    assert week["target_seconds"] == 28 * HOUR


async def test_hours_before_the_first_target_are_shown_and_count_for_nothing(lab: Lab):
    await track(lab.owner, "2026-03-03T08:00:00Z", 5)
    found = await one(lab.owner, **{"from": "2026-03-02"})
    assert (found["since"], found["opening_seconds"], found["balance_seconds"]) == (None,) * 3
    await aim(lab.owner, date(2026, 3, 4))
    found = await one(lab.owner, **{"from": "2026-02-23", "to": "2026-03-09"})
    before, week = found["periods"]
    assert (before["expected_seconds"], before["balance_seconds"]) == (None, None)
    assert (week["tracked_seconds"], week["target_seconds"]) == (5 * HOUR, 24 * HOUR)
    assert week["difference_seconds"] == week["balance_seconds"] == -24 * HOUR


@pytest.mark.parametrize(
    ("fields", "hours"),
    [
        # The Saturday of it had no target.
        ({"first_day": "2026-03-05", "last_day": "2026-03-07"}, 16),
        ({"starts_at": "2026-03-05T09:00:00Z", "ends_at": "2026-03-05T12:30:00Z"}, 3.5),
        ({"starts_at": "2026-03-05T00:00:00Z", "ends_at": "2026-03-05T23:00:00Z"}, 8),
        ({"first_day": "2026-03-05", "last_day": "2026-03-05", "status": "requested"}, 0),
    ],
    ids=["days", "hours", "more hours than were meant", "not decided"],
)
async def test_approved_leave_takes_off_what_is_expected(
    lab: Lab, fields: dict[str, str], hours: float
):
    member = await lab.person()
    await aim(member, MONDAY)
    await be_away(lab, member.person_id, **fields)  # type: ignore[attr-defined]
    found = await one(member, **{"from": "2026-03-02"})
    [week] = found["periods"]
    assert (week["target_seconds"], week["leave_seconds"]) == (40 * HOUR, hours * HOUR)
    assert week["expected_seconds"] == (40 - hours) * HOUR
    assert week["difference_seconds"] == (hours - 40) * HOUR


async def test_today_is_not_over_yet(lab: Lab):
    today = datetime.now(UTC).date()
    first = today - timedelta(days=3)
    await aim(lab.owner, first, daily_seconds=[HOUR] * 7)
    found = await one(
        lab.owner, by="month", **{"from": first.isoformat(), "to": (today + DAY).isoformat()}
    )
    assert found["balance_seconds"] == -3 * HOUR
    ahead = await one(lab.owner, **{"from": (today + timedelta(days=21)).isoformat()})
    [week] = ahead["periods"]
    assert (week["target_seconds"], week["difference_seconds"]) == (7 * HOUR, None)
    assert (week["balance_seconds"], ahead["balance_seconds"]) == (None, ahead["opening_seconds"])


async def test_members_see_theirs_and_managers_everybodys(make_lab: Callable[..., Any]):
    lab, elsewhere = await make_lab(), await make_lab()
    member, other, manager = await lab.person(), await lab.person(), await lab.person("manager")
    await aim(member, MONDAY)
    seen = (await read(member))["people"]
    assert [each["person_id"] for each in seen] == [member.person_id]
    assert (
        await member.get("/reports/balance", params={"person_id": other.person_id})
    ).status_code == 403
    everybody = (await read(manager, **{"from": "2026-03-02"}))["people"]
    assert len(everybody) == 4
    [same] = [each for each in everybody if each["person_id"] == member.person_id]
    assert same == await one(member, **{"from": "2026-03-02"})
    assert same == await one(manager, person_id=member.person_id, **{"from": "2026-03-02"})
    assert (await read(elsewhere.owner, person_id=member.person_id))["people"] == []


async def test_each_persons_own_days_count_whoever_looks(lab: Lab):
    member = await lab.person()
    await member.patch("/me", json={"time_zone": "Asia/Tokyo"})
    await aim(member, MONDAY)
    # Already Monday in Tokyo.
    await track(member, "2026-03-08T20:00:00Z", 1)
    for who in (member, lab.owner):
        found = await one(who, person_id=member.person_id, **{"from": "2026-03-09"})  # type: ignore[attr-defined]
        assert found["time_zone"] == "Asia/Tokyo"
        assert found["periods"][0]["tracked_seconds"] == HOUR


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "2026-03-02", "to": "2026-03-02"}, "?to"),
        ({"from": "2026-03-02", "to": "2028-09-02"}, "?to"),
        ({"from": "1969-12-31"}, "?from"),
        ({"by": "year"}, "?by"),
        ({"time_zone": "Mars/Olympus"}, "?time_zone"),
    ],
    ids=str,
)
async def test_what_cannot_be_read_is_named(lab: Lab, query: dict[str, str], pointer: str):
    answer = await lab.owner.get("/reports/balance", params=query)
    assert answer.status_code == 400, answer.text
    assert pointers(answer) == [pointer]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("by", ["week", "month"])
async def test_balances_reconcile_with_totals_and_targets(lab: Lab, zone: str, by: str):
    chance = random.Random(f"{zone} {by}")
    await lab.owner.patch("/me", json={"time_zone": zone})
    today = datetime.now(ZoneInfo(zone)).date()
    first = today - timedelta(days=200)
    for day in sorted(chance.sample(range(30, 190), 3)):
        await aim(
            lab.owner,
            first + day * DAY,
            daily_seconds=[chance.randrange(0, 9 * HOUR) for _ in range(7)],
            weekly_seconds=chance.choice([None, chance.randrange(40 * HOUR)]),
        )
    for _ in range(40):
        at = datetime.combine(first, time(), UTC) + timedelta(seconds=chance.randrange(199 * 86400))
        await track(lab.owner, at.isoformat(), chance.choice([0.5, 3, 7.77, 30]))
    for cut in ("start_day", "split"):
        found = await one(
            lab.owner, by=by, cut=cut, **{"from": first.isoformat(), "to": today.isoformat()}
        )
        for period in found["periods"]:
            days = {"from": period["from"], "to": period["to"]}
            if cut == "start_day":
                totals = (await lab.owner.get("/sessions/totals", params=days)).json()
                assert period["tracked_seconds"] == totals["duration_seconds"]
            meant = (await lab.owner.get("/targets/progress", params=days | {"cut": cut})).json()
            assert period["target_seconds"] == meant["target_seconds"]
            assert period["tracked_seconds"] == meant["tracked_seconds"]
            if period["difference_seconds"] is not None:
                assert period["difference_seconds"] == meant["balance_seconds"]
        ever = {"from": first.isoformat(), "to": today.isoformat(), "cut": cut}
        meant = (await lab.owner.get("/targets/progress", params=ever)).json()
        assert found["balance_seconds"] == meant["balance_seconds"]


# Without a database -------------------------------------------------------------------------------


def target(day: date, daily: list[int], weekly: int | None) -> Target:
    now = datetime.now(UTC)
    return Target(
        id=UUID(int=1),
        person_id=UUID(int=2),
        effective_from=day,
        daily_seconds=daily,
        weekly_seconds=weekly,
        created_at=now,
        updated_at=now,
    )


some_days = st.integers(0, 120).map(lambda number: MONDAY + number * DAY)
week_of_seconds = st.lists(st.integers(0, 86_400), min_size=7, max_size=7)
some_targets = st.lists(
    st.tuples(some_days, week_of_seconds, st.none() | st.integers(0, 604_800)),
    max_size=4,
    unique_by=lambda each: each[0],
).map(lambda found: [target(*each) for each in sorted(found, key=lambda each: each[0])])


@given(
    targets=some_targets,
    away=st.dictionaries(some_days, st.integers(0, 172_800), max_size=20),
    hours=st.dictionaries(some_days, st.integers(0, 100_000), max_size=30),
    first=some_days,
    length=st.integers(1, 60),
    by=st.sampled_from(["week", "month"]),
    today=some_days,
)
def test_spans_add_up_to_what_their_days_do(
    targets: list[Target],
    away: dict[date, int],
    hours: dict[date, int],
    first: date,
    length: int,
    by: Any,
    today: date,
):
    periods = periods_within(first, first + length * DAY, by, "monday")
    spans = spans_of(periods, [each.effective_from for each in targets], today)
    tracked = {
        begin: sum(seconds for day, seconds in hours.items() if begin <= day < end)
        for begin, end in spans
    }
    found = balance_of(targets, away, tracked, spans=spans, periods=periods, today=today)

    def difference(day: date) -> int:
        meant = day_target(targets, day)
        if meant is None or day >= today:
            return 0
        share = meant.share_seconds
        return hours.get(day, 0) - share + min(share, away.get(day, 0))

    def total(begin: date, end: date) -> int:
        return sum(difference(begin + n * DAY) for n in range(max(0, (end - begin).days)))

    since = targets[0].effective_from if targets else periods[0][0]
    before = min(since, periods[0][0])
    assert (found.opening_seconds or 0) == total(before, periods[0][0])
    for (begin, end), period in zip(periods, found.periods, strict=True):
        days = [begin + n * DAY for n in range((end - begin).days)]
        meant = [each for day in days if (each := day_target(targets, day))]
        assert (period.target_seconds or 0) == sum(each.share_seconds for each in meant)
        assert (period.target_seconds is None) == (not meant)
        assert period.tracked_seconds == sum(hours.get(day, 0) for day in days)
        assert (period.difference_seconds or 0) == total(begin, end)
        if period.balance_seconds is not None:
            assert period.balance_seconds == total(before, end)


def test_leave_of_days_is_that_of_its_own_zone():
    tokyo = ZoneInfo("Asia/Tokyo")
    leave = Leave(
        whole_days=True,
        time_zone="Asia/Tokyo",
        starts_at=datetime(2026, 3, 2, tzinfo=tokyo).astimezone(UTC),
        ends_at=datetime(2026, 3, 4, tzinfo=tokyo).astimezone(UTC),
    )
    assert set(away_by_day([leave], ZoneInfo("America/New_York"))) == {MONDAY, MONDAY + DAY}
