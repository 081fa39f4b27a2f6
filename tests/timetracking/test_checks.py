"""What is odd in somebody's hours is found, repaired as stated, and put back exactly."""

from __future__ import annotations

import asyncio
import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Lab

from benchbook.accounts.caller import Caller
from benchbook.timetracking import check_store
from benchbook.timetracking.check_rules import (
    ACTIONS,
    DEFAULTS,
    found_in,
    is_still_so,
    offers,
    plan_repair,
    sensible_ends,
    suspicious_from,
    usual_end_of_day,
)
from benchbook.timetracking.check_schemas import CheckedSession, CheckSettings, RepairAction, Span
from benchbook.timetracking.check_store import CheckFilters
from benchbook.timetracking.errors import RepairNotPossible

NOBODYS = "01900000-0000-7000-8000-000000000000"
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def instant(clock: str, day: datetime = DAY) -> datetime:
    hours, minutes = clock.split(":")
    return day + timedelta(hours=int(hours), minutes=int(minutes))


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def add(
    client: httpx.AsyncClient, name: str, start: str, end: str, **fields: object
) -> dict[str, Any]:
    body = {"name": name, "started_at": text(instant(start)), "ended_at": text(instant(end))}
    answer = await client.post("/sessions", json=body | fields)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def find(client: httpx.AsyncClient, **params: object) -> list[dict[str, Any]]:
    chosen = {"from": "2026-02-01", "to": "2026-05-01", **params}
    answer = await client.get("/sessions/checks", params=chosen)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def repair(
    client: httpx.AsyncClient, finding: dict[str, Any], action: str, **fields: object
) -> httpx.Response:
    body = {
        "kind": finding["kind"],
        "action": action,
        "sessions": [
            {"id": session["id"], "revision": session["revision"]}
            for session in finding["sessions"]
        ],
    }
    return await client.post("/sessions/repairs", json=body | fields)


async def listed(client: httpx.AsyncClient) -> list[tuple[str, str, str]]:
    """Name, start and end of every session, the oldest first."""
    items = (await client.get("/sessions?order=oldest&limit=500")).json()["items"]
    return [(s["name"], s["started_at"][11:16], s["ended_at"][11:16]) for s in items]


async def total(client: httpx.AsyncClient) -> int:
    seconds: int = (await client.get("/sessions/totals")).json()["duration_seconds"]
    return seconds


# What is found ----------------------------------------------------------------------------------


async def test_overlap_names_both_sessions_and_what_both_cover(lab: Lab):
    earlier = await add(lab.owner, "PCR", "9:00", "11:00")
    later = await add(lab.owner, "Gel", "10:30", "12:00")
    [finding] = await find(lab.owner)
    assert finding["kind"] == "overlap"
    assert [session["id"] for session in finding["sessions"]] == [earlier["id"], later["id"]]
    assert (finding["from"], finding["to"]) == ("2026-03-02T10:30:00Z", "2026-03-02T11:00:00Z")
    assert (finding["date"], finding["duration_seconds"]) == ("2026-03-02", 1800)
    whole = {key: value for key, value in finding["sessions"][0].items() if key != "revision"}
    assert whole == earlier


async def test_sessions_that_touch_are_no_finding(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "11:00", "12:00")
    assert await find(lab.owner) == []


async def test_each_session_inside_a_long_one_is_found_once(lab: Lab):
    await add(lab.owner, "All day", "9:00", "17:00")
    for hour in range(10, 15):
        await add(lab.owner, f"PCR {hour}", f"{hour}:00", f"{hour}:30")
    found = await find(lab.owner, kind="overlap")
    assert [finding["sessions"][1]["name"] for finding in found] == [
        f"PCR {hour}" for hour in range(14, 9, -1)
    ]
    assert {finding["sessions"][0]["name"] for finding in found} == {"All day"}


async def test_gap_is_found_between_the_farthest_end_and_the_next_start(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "12:00")
    await add(lab.owner, "Gel", "9:30", "10:00")
    await add(lab.owner, "ELISA", "13:00", "14:00")
    [gap] = await find(lab.owner, kind="gap")
    assert [session["name"] for session in gap["sessions"]] == ["PCR", "ELISA"]
    assert (gap["from"][11:16], gap["to"][11:16]) == ("12:00", "13:00")


async def test_gaps_are_neither_shorter_nor_longer_than_they_may_be(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "10:00")
    await add(lab.owner, "Gel", "10:44", "11:00")
    await add(lab.owner, "ELISA", "11:45", "12:00")
    await add(lab.owner, "Report", "18:00", "19:00")
    await add(lab.owner, "Night", "25:01", "26:00")
    found = await find(lab.owner)
    assert [(f["from"][11:16], f["to"][11:16]) for f in found] == [
        ("12:00", "18:00"),
        ("11:00", "11:45"),
    ]
    assert len(await find(lab.owner, minimum_gap_seconds=60)) == 3
    assert len(await find(lab.owner, longest_gap_seconds=7 * 3600)) == 3
    assert await find(lab.owner, longest_gap_seconds=60) == []


async def test_gap_after_midnight_belongs_to_the_working_day_before(lab: Lab):
    await add(lab.owner, "Night run", "22:00", "23:30")
    await add(lab.owner, "Night run", "24:30", "26:00")
    [gap] = await find(lab.owner)
    assert (gap["date"], gap["duration_seconds"]) == ("2026-03-02", 3600)


async def test_very_short_and_implausibly_long_sessions_are_found(lab: Lab):
    await add(lab.owner, "Slip", "8:00", "8:00", ended_at="2026-03-02T08:00:59Z")
    await add(lab.owner, "Minute", "9:00", "9:01")
    await add(lab.owner, "Forgotten", "9:10", "19:11")
    await add(lab.owner, "Ten hours", "19:11", "29:11")
    found = await find(lab.owner, minimum_gap_seconds=86400)
    assert [(f["kind"], f["sessions"][0]["name"]) for f in found] == [
        ("long", "Forgotten"),
        ("short", "Slip"),
    ]
    assert await find(lab.owner, short_session_seconds=30, kind="short") == []
    off = {"short_session_seconds": 0, "long_session_seconds": 0, "longest_gap_seconds": 0}
    assert (await lab.owner.patch("/sessions/checks/settings", json=off)).status_code == 200
    assert await find(lab.owner) == []


async def test_filters_pages_and_totals_agree(lab: Lab):
    for number in range(7):
        day = DAY + timedelta(days=number)
        for name, start, end in (("PCR", 9, 11), ("Gel", 10, 12), ("ELISA", 14, 15)):
            body = {
                "name": name,
                "started_at": text(day + timedelta(hours=start)),
                "ended_at": text(day + timedelta(hours=end)),
            }
            assert (await lab.owner.post("/sessions", json=body)).status_code == 201
    found = await find(lab.owner)
    assert len(found) == 14
    assert [f["from"] for f in found] == sorted((f["from"] for f in found), reverse=True)
    paged: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        chosen = {"year": 2026, "month": 3, "limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await lab.owner.get("/sessions/checks", params=chosen)).json()
        paged += page["items"]
        cursor = page["next_cursor"]
    assert paged == found
    totals = (await lab.owner.get("/sessions/checks/totals?year=2026&month=3")).json()
    assert totals == {"count": 14, "overlaps": 7, "gaps": 7, "short": 0, "long": 0}
    assert len(await find(lab.owner, **{"from": "2026-03-04", "to": "2026-03-06"})) == 4
    answer = await lab.owner.get("/sessions/checks?from=2024-01-01&to=2026-01-01")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "?from")


async def test_without_a_range_the_last_three_months_are_looked_at(lab: Lab):
    start = datetime.now(UTC).replace(microsecond=0)
    for days_ago in (3, 90, 100):
        day = start - timedelta(days=days_ago)
        for hours in (0, 1):
            body = {
                "name": f"{days_ago} days ago",
                "started_at": text(day + timedelta(hours=hours)),
                "duration": "2h",
            }
            await lab.owner.post("/sessions", json=body)
    items = (await lab.owner.get("/sessions/checks")).json()["items"]
    assert [f["sessions"][0]["name"] for f in items] == ["3 days ago", "90 days ago"]


async def test_session_that_reaches_into_the_range_counts(lab: Lab):
    await add(lab.owner, "Incubation", "0:00", "700:00")
    later = await add(lab.owner, "PCR", "690:00", "691:00")
    day = later["started_at"][:10]
    [finding] = await find(lab.owner, **{"from": day, "kind": "overlap"})
    assert [s["name"] for s in finding["sessions"]] == ["Incubation", "PCR"]


async def test_what_runs_fills_gaps_and_is_no_finding_itself(lab: Lab):
    now = datetime.now(UTC).replace(microsecond=0)
    for name, start, end in (("PCR", 5, 4), ("Gel", 2, 1)):
        body = {
            "name": name,
            "started_at": text(now - timedelta(hours=start)),
            "ended_at": text(now - timedelta(hours=end)),
        }
        await lab.owner.post("/sessions", json=body)
    found = await find(lab.owner, **{"from": text(now - timedelta(days=1)), "to": text(now)})
    assert [finding["kind"] for finding in found] == ["gap"]
    running = {"name": "Run", "started_at": text(now - timedelta(hours=4))}
    await lab.owner.post("/timer/start", json=running)
    assert await find(lab.owner, **{"from": text(now - timedelta(days=1)), "to": text(now)}) == []


async def test_checks_are_private_and_managers_look_at_anybodys(lab: Lab):
    member = await lab.person()
    await add(member, "PCR", "9:00", "11:00")
    await add(member, "Gel", "10:00", "12:00")
    manager = await lab.person("manager")
    assert await find(manager) == []
    [finding] = await find(manager, person_id=member.person_id)  # type: ignore[attr-defined]
    other = await lab.person()
    assert await find(other, person_id=member.person_id) == []  # type: ignore[attr-defined]
    assert (await repair(other, finding, "trim_earlier")).status_code == 404
    done = await repair(manager, finding, "trim_earlier")
    assert done.status_code == 201
    assert done.json()["person_id"] == member.person_id  # type: ignore[attr-defined]
    assert await listed(member) == [("PCR", "09:00", "10:00"), ("Gel", "10:00", "12:00")]
    repairs = (await member.get("/sessions/repairs")).json()["items"]
    assert [item["id"] for item in repairs] == [done.json()["id"]]
    assert (await other.get(f"/sessions/repairs/{done.json()['id']}")).status_code == 404
    assert (await other.post(f"/sessions/repairs/{done.json()['id']}/undo")).status_code == 404


# Found by the database as by hand ---------------------------------------------------------------


def by_hand(
    spans: list[tuple[int, int]], kept: set[tuple[int, int]]
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Overlaps (earlier, later) and gaps (from, to), in minutes, found the slow way."""
    order = sorted(range(len(spans)), key=lambda i: (*spans[i], i))
    overlaps, gaps = set(), set()
    for place, index in enumerate(order):
        start, end = spans[index]
        before = [(spans[i][1], order.index(i), i) for i in order[:place] if spans[i][1] > start]
        open_ones = [item for item in before if (item[2], index) not in kept]
        if open_ones and end > start:
            overlaps.add((max(open_ones)[2], index))
        reached = max((spans[i][1] for i in order[:place]), default=start)
        if place and 45 <= start - reached <= 360:
            gaps.add((reached, start))
    return overlaps, gaps


@pytest.mark.parametrize("seed", range(6))
async def test_findings_are_those_found_by_hand(make_lab: Any, seed: int):
    import random

    chance = random.Random(seed)
    lab = await make_lab()
    spans = []
    for _ in range(25):
        start = chance.randrange(0, 3 * 1440, 15)
        spans.append((start, start + chance.choice((15, 30, 60, 240, 500))))
    spans.sort()
    ids = []
    for number, (start, end) in enumerate(spans):
        body = {
            "name": str(number),
            "started_at": text(DAY + timedelta(minutes=start)),
            "ended_at": text(DAY + timedelta(minutes=end)),
        }
        ids.append((await lab.owner.post("/sessions", json=body)).json()["id"])
    kept: set[tuple[int, int]] = set()
    for _ in range(4):
        found = await find(lab.owner, limit=500)
        overlaps = {
            (int(f["sessions"][0]["name"]), int(f["sessions"][1]["name"]))
            for f in found
            if f["kind"] == "overlap"
        }
        gaps = {
            tuple(
                int((datetime.fromisoformat(f[end]) - DAY).total_seconds()) // 60
                for end in ("from", "to")
            )
            for f in found
            if f["kind"] == "gap"
        }
        assert (overlaps, gaps) == by_hand(spans, kept)
        # Keep some; whatever they hid shows then.
        for finding in [f for f in found if f["kind"] == "overlap"][:3]:
            assert (await repair(lab.owner, finding, "keep")).status_code == 201
            kept.add(tuple(int(s["name"]) for s in finding["sessions"]))  # type: ignore[arg-type]
    assert len(kept) >= 6
    assert len(await find(lab.owner, kept=True, kind="overlap", limit=500)) == len(kept)


# Repairs ----------------------------------------------------------------------------------------


OVERLAP_OUTCOMES = {
    "trim_earlier": ([("PCR", "09:00", "10:00"), ("Gel", "10:00", "12:00")], -3600),
    "trim_later": ([("PCR", "09:00", "11:00"), ("Gel", "11:00", "12:00")], -3600),
    "move_later": ([("PCR", "09:00", "11:00"), ("Gel", "11:00", "13:00")], 0),
}


@pytest.mark.parametrize("action", OVERLAP_OUTCOMES)
async def test_overlap_is_repaired_and_put_back_exactly(lab: Lab, action: str):
    await add(lab.owner, "PCR", "9:00", "11:00", tags=["bench"], note="Plate 4")
    await add(lab.owner, "Gel", "10:00", "12:00")
    before, seconds = await listed(lab.owner), await total(lab.owner)
    [finding] = await find(lab.owner)
    offered = {offer["action"]: offer for offer in finding["repairs"]}
    assert set(offered) == {*OVERLAP_OUTCOMES, "keep"}
    answer = await repair(lab.owner, finding, action)
    assert answer.status_code == 201
    done = answer.json()
    outcome, change = OVERLAP_OUTCOMES[action]
    assert await listed(lab.owner) == outcome
    assert await total(lab.owner) == seconds + change
    assert done["total_change_seconds"] == offered[action]["total_change_seconds"] == change
    assert [span["started_at"][11:16] for span in offered[action]["outcome"]] == [
        start for _, start, _ in outcome
    ]
    assert await find(lab.owner) == []
    location = answer.headers["location"].removeprefix("/api/v1")
    assert (await lab.owner.get(location)).json() == done
    undone = await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert (undone.status_code, undone.json()["undone_at"] is not None) == (200, True)
    assert (await listed(lab.owner), await total(lab.owner)) == (before, seconds)
    again = await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert (again.status_code, again.json()) == (200, undone.json())


async def test_split_around_keeps_all_but_what_the_other_covers(lab: Lab):
    await add(lab.owner, "Run", "9:00", "17:00", tags=["bench"], note="Plate 4", billable=True)
    await add(lab.owner, "Meeting", "12:00", "13:00")
    [finding] = await find(lab.owner)
    offered = [offer["action"] for offer in finding["repairs"]]
    assert offered == ["trim_earlier", "move_later", "split_around", "delete_later", "keep"]
    done = (await repair(lab.owner, finding, "split_around")).json()
    assert await listed(lab.owner) == [
        ("Run", "09:00", "12:00"),
        ("Meeting", "12:00", "13:00"),
        ("Run", "13:00", "17:00"),
    ]
    items = (await lab.owner.get("/sessions")).json()["items"]
    kept = ("name", "note", "tags", "billable", "project_id", "person_id")
    assert [items[0][field] for field in kept] == [items[2][field] for field in kept]
    assert done["total_change_seconds"] == -3600
    assert [s["former"] is None for s in done["sessions"]] == [False, True]
    await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert await listed(lab.owner) == [("Run", "09:00", "17:00"), ("Meeting", "12:00", "13:00")]


async def test_the_same_twice_leaves_deleting_moving_and_keeping(lab: Lab):
    for _ in range(2):
        await add(lab.owner, "PCR", "9:00", "11:00")
    [finding] = await find(lab.owner)
    offered = [offer["action"] for offer in finding["repairs"]]
    assert offered == ["move_later", "delete_earlier", "delete_later", "keep"]
    for action in ("trim_earlier", "trim_later", "split_around"):
        answer = await repair(lab.owner, finding, action)
        assert (answer.status_code, answer.json()["code"]) == (409, "repair_not_possible")
    done = (await repair(lab.owner, finding, "delete_later")).json()
    assert (await listed(lab.owner), done["total_change_seconds"]) == (
        [("PCR", "09:00", "11:00")],
        -7200,
    )
    binned = (await lab.owner.get("/sessions?deleted=true")).json()["items"]
    assert [session["id"] for session in binned] == [finding["sessions"][1]["id"]]
    await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert len(await listed(lab.owner)) == 2


async def test_move_that_would_overlap_a_third_session_is_neither_offered_nor_done(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    await add(lab.owner, "ELISA", "12:00", "13:00")
    [finding] = await find(lab.owner)
    assert "move_later" not in [offer["action"] for offer in finding["repairs"]]
    answer = await repair(lab.owner, finding, "move_later")
    assert (answer.status_code, answer.json()["code"]) == (409, "repair_not_possible")


GAP_OUTCOMES = {
    "extend_previous": [("PCR", "09:00", "13:00"), ("Gel", "13:00", "14:00")],
    "extend_next": [("PCR", "09:00", "11:00"), ("Gel", "11:00", "14:00")],
    "meet": [("PCR", "09:00", "12:00"), ("Gel", "12:00", "14:00")],
    "fill": [("PCR", "09:00", "11:00"), ("ELISA", "11:00", "13:00"), ("Gel", "13:00", "14:00")],
}


@pytest.mark.parametrize("action", GAP_OUTCOMES)
async def test_gap_is_closed_and_opened_again_exactly(lab: Lab, action: str):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "13:00", "14:00")
    before = await listed(lab.owner)
    [finding] = await find(lab.owner)
    assert [offer["action"] for offer in finding["repairs"]] == [*GAP_OUTCOMES, "keep"]
    assert {o["total_change_seconds"] for o in finding["repairs"]} == {0, 7200}
    fields = {"name": "ELISA", "tags": ["bench"]} if action == "fill" else {}
    answer = await repair(lab.owner, finding, action, **fields)
    assert (answer.status_code, answer.json()["total_change_seconds"]) == (201, 7200)
    assert await listed(lab.owner) == GAP_OUTCOMES[action]
    assert await find(lab.owner) == []
    await lab.owner.post(f"/sessions/repairs/{answer.json()['id']}/undo")
    assert await listed(lab.owner) == before


async def test_gap_is_met_where_one_says(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "13:00", "14:00")
    [finding] = await find(lab.owner)
    answer = await repair(lab.owner, finding, "meet", at="2026-03-02T13:00:00Z")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/at")
    answer = await repair(lab.owner, finding, "meet", at="2026-03-02T12:30:00+00:00")
    assert answer.status_code == 201
    assert await listed(lab.owner) == [("PCR", "09:00", "12:30"), ("Gel", "12:30", "14:00")]


async def test_short_session_goes_to_the_bin_and_comes_back(lab: Lab):
    await add(lab.owner, "Slip", "8:00", "8:00", ended_at="2026-03-02T08:00:20Z")
    [finding] = await find(lab.owner)
    assert [offer["action"] for offer in finding["repairs"]] == ["delete", "keep"]
    done = (await repair(lab.owner, finding, "delete")).json()
    assert await listed(lab.owner) == []
    await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert await listed(lab.owner) == [("Slip", "08:00", "08:00")]


async def test_long_session_ends_when_days_usually_do(lab: Lab):
    for day in range(4):
        body = {
            "name": "Bench",
            "started_at": text(DAY - timedelta(days=day + 1) + timedelta(hours=9)),
            "ended_at": text(DAY - timedelta(days=day + 1) + timedelta(hours=17, minutes=day)),
        }
        await lab.owner.post("/sessions", json=body)
    await add(lab.owner, "Forgotten", "9:00", "32:00")
    [finding] = await find(lab.owner)
    ends = [(o["reason"], o["at"][11:16]) for o in finding["repairs"] if o["action"] == "end_at"]
    assert ends == [("usual_end", "17:00"), ("after_limit", "19:00")]
    answer = await repair(lab.owner, finding, "end_at", at=finding["repairs"][0]["at"])
    assert answer.json()["total_change_seconds"] == -15 * 3600
    assert (await listed(lab.owner))[-1] == ("Forgotten", "09:00", "17:00")
    [finding] = [
        f for f in await find(lab.owner, long_session_seconds=1) if f["date"] == "2026-03-02"
    ]
    for at, status in (("2026-03-02T18:00:00Z", 409), ("2026-03-02T09:00:00Z", 409)):
        assert (await repair(lab.owner, finding, "end_at", at=at)).status_code == status


async def test_kept_finding_is_not_shown_again_until_it_is_to_be(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    later = await add(lab.owner, "Gel", "10:00", "12:00")
    await add(lab.owner, "ELISA", "13:00", "14:00")
    for finding in await find(lab.owner):
        assert (await repair(lab.owner, finding, "keep")).status_code == 201
    assert await find(lab.owner) == []
    kept = await find(lab.owner, kept=True)
    assert [finding["kind"] for finding in kept] == ["gap", "overlap"]
    assert all(finding["kept_at"] for finding in kept)
    assert [offer["action"] for offer in kept[0]["repairs"]] == ["show"]
    # What becomes less is still meant to be so; what becomes more is not.
    await lab.owner.patch(f"/sessions/{later['id']}", json={"started_at": "2026-03-02T10:30:00Z"})
    assert await find(lab.owner) == []
    await lab.owner.patch(f"/sessions/{later['id']}", json={"started_at": "2026-03-02T09:30:00Z"})
    assert [finding["kind"] for finding in await find(lab.owner)] == ["overlap"]
    assert (await repair(lab.owner, kept[0], "show")).status_code == 412
    [gap] = await find(lab.owner, kept=True)
    shown = (await repair(lab.owner, gap, "show")).json()
    assert [finding["kind"] for finding in await find(lab.owner)] == ["gap", "overlap"]
    await lab.owner.post(f"/sessions/repairs/{shown['id']}/undo")
    assert [finding["kind"] for finding in await find(lab.owner)] == ["overlap"]
    assert (await repair(lab.owner, gap, "show")).status_code == 201
    assert (await repair(lab.owner, gap, "show")).json()["code"] == "finding_gone"


async def test_keeping_can_be_taken_back(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    done = (await repair(lab.owner, finding, "keep")).json()
    assert (done["sessions"], done["total_change_seconds"]) == ([], 0)
    await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert await find(lab.owner) == [finding]


# Who comes too late -----------------------------------------------------------------------------


async def test_session_that_was_changed_since_is_412_and_nothing_is_done(lab: Lab):
    session = await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    await lab.owner.patch(f"/sessions/{session['id']}", json={"name": "qPCR"})
    answer = await repair(lab.owner, finding, "trim_earlier")
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert answer.json()["errors"][0]["pointer"] == "/sessions/0/revision"
    assert await listed(lab.owner) == [("qPCR", "09:00", "11:00"), ("Gel", "10:00", "12:00")]


async def test_gap_that_was_filled_meanwhile_is_gone(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "13:00", "14:00")
    [finding] = await find(lab.owner)
    await add(lab.owner, "ELISA", "11:30", "12:00")
    for action, fields in (("extend_next", {}), ("fill", {"name": "Lunch"}), ("keep", {})):
        answer = await repair(lab.owner, finding, action, **fields)
        assert (answer.status_code, answer.json()["code"]) == (409, "finding_gone")


async def test_deleted_session_is_404(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    later = await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    await lab.owner.delete(f"/sessions/{later['id']}")
    answer = await repair(lab.owner, finding, "trim_earlier")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (404, "/sessions/1/id")


async def test_repair_is_not_taken_back_over_a_later_change(lab: Lab):
    session = await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    done = (await repair(lab.owner, finding, "trim_earlier")).json()
    await lab.owner.patch(f"/sessions/{session['id']}", json={"name": "qPCR"})
    answer = await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "repair_overtaken")
    assert (await listed(lab.owner))[0] == ("qPCR", "09:00", "10:00")


@pytest.mark.parametrize("action", ["trim_earlier", "trim_later", "delete_later", "keep"])
async def test_two_repairs_of_one_overlap_at_the_same_instant_are_one(lab: Lab, action: str):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "11:00" if action == "delete_later" else "12:00")
    [finding] = await find(lab.owner)
    answers = await asyncio.gather(*(repair(lab.owner, finding, action) for _ in range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 201
    assert statuses[1] != 201
    assert set(statuses[1:]) <= {404, 409, 412}
    assert len((await lab.owner.get("/sessions/repairs")).json()["items"]) == 1


async def test_one_gap_is_filled_once_and_different_repairs_exclude_each_other(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "13:00", "14:00")
    [finding] = await find(lab.owner)
    answers = await asyncio.gather(
        *(repair(lab.owner, finding, "fill", name=f"ELISA {n}") for n in range(4)),
        *(repair(lab.owner, finding, "extend_next") for _ in range(4)),
    )
    assert sorted(answer.status_code for answer in answers).count(201) == 1
    assert await total(lab.owner) == 5 * 3600


async def test_two_undos_at_the_same_instant_are_one(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    done = (await repair(lab.owner, finding, "trim_earlier")).json()
    path = f"/sessions/repairs/{done['id']}/undo"
    answers = await asyncio.gather(*(lab.owner.post(path) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["undone_at"] for answer in answers}) == 1
    assert await total(lab.owner) == 4 * 3600


async def test_same_key_repairs_once(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    lab.owner.headers["Idempotency-Key"] = str(uuid4())
    first = await repair(lab.owner, finding, "trim_earlier")
    second = await repair(lab.owner, finding, "trim_earlier")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()


async def test_repair_and_undo_stop_at_a_locked_period(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    done = (await repair(lab.owner, finding, "trim_earlier")).json()
    before = await listed(lab.owner)
    march = {"from": "2026-03-01", "to": "2026-04-01"}
    assert (await lab.owner.post("/locked-periods", json=march)).status_code == 201
    [trimmed] = await find(lab.owner, kind="long", long_session_seconds=7000)
    for answer in (
        await repair(lab.owner, trimmed, "delete"),
        await lab.owner.post(f"/sessions/repairs/{done['id']}/undo"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "period_locked")
    assert (await lab.owner.get(f"/sessions/repairs/{done['id']}")).json()["undone_at"] is None
    assert await listed(lab.owner) == before


async def test_repairs_are_audited(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    done = (await repair(lab.owner, finding, "trim_earlier")).json()
    await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    events = (await lab.owner.get("/audit-events")).json()["items"][:2]
    assert [event["action"] for event in events] == ["repair.undone", "repair.carried_out"]
    assert {event["subject_id"] for event in events} == {done["id"]}


async def test_what_fits_no_finding_is_named(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    other = await lab.person()
    theirs = {"id": (await add(other, "PCR", "9:00", "11:00"))["id"], "revision": 1}
    sessions = [{"id": s["id"], "revision": s["revision"]} for s in finding["sessions"]]
    for wrong, pointer in (
        ({"action": "fill"}, "/action"),
        ({"kind": "running", "action": "show"}, "/action"),
        ({"kind": "short", "action": "delete"}, "/sessions"),
        ({"sessions": sessions[:1] * 2}, "/sessions"),
        ({"sessions": [sessions[0], theirs]}, "/sessions"),
        ({"at": "2026-03-02T10:00:00Z"}, "/at"),
        ({"name": "PCR"}, "/name"),
        ({"kind": "gap", "action": "fill"}, "/name"),
        ({"kind": "long", "action": "end_at", "sessions": sessions[:1]}, "/at"),
        ({"sessions": [{"id": NOBODYS, "revision": 0}]}, "/sessions/0/revision"),
    ):
        body = {"kind": "overlap", "action": "keep", "sessions": sessions} | wrong
        answer = await lab.owner.post("/sessions/repairs", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer), wrong


async def test_order_of_the_sessions_matters(lab: Lab):
    await add(lab.owner, "PCR", "9:00", "11:00")
    await add(lab.owner, "Gel", "10:00", "12:00")
    [finding] = await find(lab.owner)
    finding["sessions"].reverse()
    answer = await repair(lab.owner, finding, "trim_earlier")
    assert (answer.status_code, answer.json()["code"]) == (409, "finding_gone")


async def test_repair_over_a_month_end_finds_its_partition(lab: Lab):
    for name, start, end in (
        ("PCR", "2002-06-30T20:00:00Z", "2002-07-01T04:00:00Z"),
        ("Gel", "2002-06-30T23:00:00Z", "2002-07-01T05:00:00Z"),
    ):
        body = {"name": name, "started_at": start, "ended_at": end}
        assert (await lab.owner.post("/sessions", json=body)).status_code == 201
    [finding] = await find(lab.owner, **{"from": "2002-06-01", "to": "2002-08-01"})
    done = await repair(lab.owner, finding, "trim_later")
    assert done.status_code == 201
    july = (await lab.owner.get("/sessions?year=2002&month=7")).json()["items"]
    assert [session["name"] for session in july] == ["Gel"]
    await lab.owner.post(f"/sessions/repairs/{done.json()['id']}/undo")
    assert (await lab.owner.get("/sessions?year=2002&month=7")).json()["items"] == []


async def test_old_repairs_are_forgotten(lab: Lab):
    await add(lab.owner, "Slip", "8:00", "8:00", ended_at="2026-03-02T08:00:20Z")
    [finding] = await find(lab.owner)
    done = (await repair(lab.owner, finding, "keep")).json()
    async with lab.past_security.connection() as connection:
        await connection.execute(
            "UPDATE session_repairs SET created_at = now() - interval '31 days' WHERE id = $1",
            UUID(done["id"]),
        )
    async with lab.app.connection() as connection:
        await connection.execute("SELECT forget_old_repairs()")
    answer = await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (404, "repair_not_found")
    assert await find(lab.owner) == []


# Whatever the sessions --------------------------------------------------------------------------


def checked(number: int, start: datetime, end: datetime) -> CheckedSession:
    return CheckedSession(
        id=UUID(int=number),
        name=str(number),
        note="",
        started_at=start,
        ended_at=end,
        duration_seconds=int((end - start).total_seconds()),
        project_id=None,
        tags=[],
        billable=False,
        person_id=UUID(int=0),
        created_at=start,
        updated_at=start,
        deleted_at=None,
        revision=1,
    )


# Around the nights on which clocks change, and seconds that fall on no minute.
moments = st.builds(
    lambda base, seconds: base + timedelta(seconds=seconds),
    st.sampled_from(
        [
            datetime(2026, 3, 29, tzinfo=UTC),
            datetime(2026, 10, 25, tzinfo=UTC),
            datetime(2026, 12, 31, 23, tzinfo=UTC),
        ]
    ),
    st.integers(0, 6 * 3600),
)
lengths = st.integers(0, 4 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@given(moments, lengths, st.integers(-3600, 4 * 3600), lengths)
def test_repair_of_an_overlap_leaves_none_and_changes_the_total_as_stated(
    start: datetime, length: timedelta, offset: int, other_length: timedelta
):
    other_start = start + timedelta(seconds=offset)
    pair = [checked(1, start, start + length), checked(2, other_start, other_start + other_length)]
    pair.sort(key=lambda s: (s.started_at, s.ended_at))
    if not is_still_so("overlap", pair):
        return
    before = sum(session.duration_seconds for session in pair)
    offered = offers("overlap", pair, free_until=None)
    assert len(offered) >= 2, "something besides keeping is possible always"
    for offer in offered:
        if offer.action == "keep":
            continue
        spans = sorted(offer.outcome, key=lambda span: span.started_at)
        assert all(span.started_at < span.ended_at for span in spans)
        assert all(
            first.ended_at <= second.started_at for first, second in itertools.pairwise(spans)
        )
        after = sum((span.ended_at - span.started_at).total_seconds() for span in spans)
        assert after - before == offer.total_change_seconds
        if offer.action == "move_later":
            assert offer.total_change_seconds == 0
        if offer.action == "split_around":
            assert offer.total_change_seconds == -pair[1].duration_seconds
        # Nothing is tracked that neither session tracked, but by a move.
        covered = [found for found in spans if offer.action != "move_later"]
        assert all(
            any(s.started_at <= span.started_at and span.ended_at <= s.ended_at for s in pair)
            for span in covered
        )


@given(moments, lengths, st.integers(1, 8 * 3600), lengths)
def test_repair_of_a_gap_closes_it_and_adds_its_length(
    start: datetime, length: timedelta, gap: int, other_length: timedelta
):
    end = start + length
    pair = [
        checked(1, start, end),
        checked(2, end + timedelta(seconds=gap), end + timedelta(seconds=gap) + other_length),
    ]
    before = sum(session.duration_seconds for session in pair)
    for offer in offers("gap", pair, free_until=None):
        if offer.action == "keep":
            continue
        spans = sorted(offer.outcome, key=lambda span: span.started_at)
        after = sum((span.ended_at - span.started_at).total_seconds() for span in spans)
        assert offer.total_change_seconds == gap == after - before
        assert (spans[0].started_at, spans[-1].ended_at) == (start, pair[1].ended_at)
        assert all(
            first.ended_at == second.started_at for first, second in itertools.pairwise(spans)
        )


@given(moments, lengths, st.integers(-3600, 4 * 3600), lengths, st.sampled_from(ACTIONS["overlap"]))
def test_what_is_not_offered_is_refused(
    start: datetime, length: timedelta, offset: int, other_length: timedelta, action: RepairAction
):
    other_start = start + timedelta(seconds=offset)
    pair = [checked(1, start, start + length), checked(2, other_start, other_start + other_length)]
    pair.sort(key=lambda s: (s.started_at, s.ended_at))
    if not is_still_so("overlap", pair):
        return
    offered = {offer.action for offer in offers("overlap", pair, free_until=None)}
    if action in offered:
        plan_repair("overlap", action, pair)
    else:
        with pytest.raises(RepairNotPossible):
            plan_repair("overlap", action, pair)


@settings(max_examples=15)
@given(st.data())
def test_finding_lies_within_its_sessions(data: st.DataObject):
    start = data.draw(moments)
    one = checked(1, start, start + timedelta(hours=2))
    two = checked(2, start + timedelta(hours=1), start + timedelta(hours=4))
    span = found_in("overlap", [one, two])
    assert one.started_at <= span.started_at < span.ended_at <= two.ended_at


# The timer --------------------------------------------------------------------------------------


def usual(clock: int, zone: ZoneInfo, days: int = 5) -> list[Span]:
    return [
        Span(
            datetime(2026, 3, 23 + day, 9, tzinfo=zone),
            datetime(2026, 3, 23 + day, clock, tzinfo=zone),
        )
        for day in range(days)
    ]


def test_usual_end_of_day_is_what_the_clock_shows_whatever_its_changes():
    zone = ZoneInfo("Europe/Berlin")
    assert usual_end_of_day(usual(17, zone), zone) == timedelta(hours=17)
    assert usual_end_of_day(usual(17, zone, days=2), zone) is None
    # The clocks go forward on 29 March; the usual end stays at 17:00 on them.
    started = datetime(2026, 3, 29, 7, tzinfo=UTC)
    [(reason, at)] = sensible_ends(
        started,
        started + timedelta(hours=9),
        usual_end=timedelta(hours=17),
        limit_seconds=36000,
        last_activity=None,
        zone=zone,
    )
    assert (reason, at) == ("usual_end", datetime(2026, 3, 29, 15, tzinfo=UTC))


def test_night_is_over_at_six_on_the_clock():
    zone = ZoneInfo("Europe/Berlin")
    only_nights = CheckSettings(
        minimum_gap_seconds=60,
        longest_gap_seconds=0,
        short_session_seconds=0,
        long_session_seconds=0,
        notice_overnight=True,
    )
    started = datetime(2026, 3, 28, 21, tzinfo=UTC)
    assert suspicious_from(started, only_nights, zone) == (
        "overnight",
        datetime(2026, 3, 29, 4, tzinfo=UTC),
    )


async def start_timer(lab: Lab, hours_ago: float) -> datetime:
    started_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours_ago)
    body = {"name": "Incubation", "started_at": text(started_at)}
    assert (await lab.owner.post("/timer/start", json=body)).status_code == 201
    return started_at


async def test_timer_that_runs_for_long_is_asked_about_and_ended_in_one_call(lab: Lab):
    assert (await lab.owner.get("/timer/check")).json()["running"] is None
    started_at = await start_timer(lab, 30)
    check = (await lab.owner.get("/timer/check")).json()
    assert check["suspicious"] in ("long", "overnight")
    end = text(started_at + timedelta(hours=10))
    assert [(e["reason"], e["ended_at"], e["duration_seconds"]) for e in check["ends"]] == [
        ("after_limit", end, 36000)
    ]
    running = {"id": check["running"]["id"], "revision": check["running"]["revision"]}
    body = {"kind": "running", "action": "end_at", "sessions": [running], "at": end}
    answer = await lab.owner.post("/sessions/repairs", json=body)
    assert (answer.status_code, answer.json()["total_change_seconds"]) == (201, 36000)
    assert (await lab.owner.get("/timer")).json()["running"] is None
    [session] = (await lab.owner.get("/sessions")).json()["items"]
    assert (session["id"], session["ended_at"]) == (running["id"], end)
    assert (await lab.owner.post("/sessions/repairs", json=body)).json()["code"] == "finding_gone"
    # Taken back, it runs on as if it had never been ended.
    await lab.owner.post(f"/sessions/repairs/{answer.json()['id']}/undo")
    back = (await lab.owner.get("/timer")).json()["running"]
    assert (back["id"], back["started_at"]) == (running["id"], text(started_at))
    assert (await lab.owner.get("/sessions")).json()["items"] == []


async def test_ended_timer_is_not_taken_back_while_another_session_runs(lab: Lab):
    started_at = await start_timer(lab, 30)
    running = (await lab.owner.get("/timer/check")).json()["running"]
    body = {
        "kind": "running",
        "action": "end_at",
        "sessions": [{"id": running["id"], "revision": running["revision"]}],
        "at": text(started_at + timedelta(hours=8)),
    }
    done = (await lab.owner.post("/sessions/repairs", json=body)).json()
    await lab.owner.post("/timer/start", json={"name": "Gel"})
    answer = await lab.owner.post(f"/sessions/repairs/{done['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "another_session_runs")
    assert len((await lab.owner.get("/sessions")).json()["items"]) == 1


async def test_end_of_a_timer_is_refused_where_it_is_nonsense(lab: Lab):
    started_at = await start_timer(lab, 30)
    running = (await lab.owner.get("/timer/check")).json()["running"]
    state = {"id": running["id"], "revision": running["revision"]}
    body = {"kind": "running", "action": "end_at", "sessions": [state]}
    for at, status in (
        (started_at, 400),
        (started_at - timedelta(hours=1), 400),
        (datetime.now(UTC) + timedelta(hours=1), 400),
    ):
        answer = await lab.owner.post("/sessions/repairs", json=body | {"at": text(at)})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, "/at")
    await lab.owner.patch("/timer", json={"name": "Incubation, plate 2"})
    at = text(started_at + timedelta(hours=8))
    assert (await lab.owner.post("/sessions/repairs", json=body | {"at": at})).status_code == 412
    nobodys = body | {"at": at, "sessions": [{"id": NOBODYS, "revision": 1}]}
    assert (await lab.owner.post("/sessions/repairs", json=nobodys)).status_code == 404


async def test_snoozed_timer_is_not_asked_about_for_an_hour(lab: Lab):
    assert (await lab.owner.post("/timer/snooze")).json()["running"] is None
    await start_timer(lab, 30)
    answer = await lab.owner.post("/timer/snooze")
    assert answer.status_code == 200
    check = (await lab.owner.get("/timer/check")).json()
    assert check["suspicious"] is None
    until = datetime.fromisoformat(check["snoozed_until"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < until <= timedelta(hours=1)
    # Whatever is started next is asked about anew.
    await lab.owner.post("/timer/stop")
    await start_timer(lab, 0.0)
    assert (await lab.owner.get("/timer/check")).json()["snoozed_until"] is None


# Settings ---------------------------------------------------------------------------------------


async def test_own_settings_come_before_the_organisations_before_benchbooks(lab: Lab):
    member = await lab.person()
    state = (await member.get("/sessions/checks/settings")).json()
    assert state["effective"] == state["defaults"]
    defaults = await lab.owner.patch(
        "/sessions/checks/defaults",
        json={"long_session_seconds": 7200, "minimum_gap_seconds": 1800},
    )
    assert defaults.status_code == 200
    own = await member.patch("/sessions/checks/settings", json={"long_session_seconds": 14400})
    assert own.json()["effective"]["long_session_seconds"] == 14400
    assert own.json()["effective"]["minimum_gap_seconds"] == 1800
    assert own.json()["organisation"]["long_session_seconds"] == 7200
    back = await member.patch("/sessions/checks/settings", json={"long_session_seconds": None})
    assert back.json()["effective"]["long_session_seconds"] == 7200
    await add(member, "Run", "9:00", "11:30")
    assert [finding["kind"] for finding in await find(member)] == ["long"]
    assert [finding["kind"] for finding in await find(member, long_session_seconds=9001)] == []
    assert (await member.patch("/sessions/checks/defaults", json={})).status_code == 403


async def test_settings_are_changed_in_the_state_that_was_read(lab: Lab):
    read = await lab.owner.get("/sessions/checks/settings")
    fresh = {"If-Match": read.headers["etag"]}
    path, body = "/sessions/checks/settings", {"notice_overnight": False}
    changed = await lab.owner.patch(path, json=body, headers=fresh)
    assert changed.status_code == 200
    assert (await lab.owner.get(path)).headers["etag"] == changed.headers["etag"]
    assert (await lab.owner.patch(path, json=body, headers=fresh)).status_code == 412
    read = await lab.owner.get("/sessions/checks/defaults")
    fresh = {"If-Match": read.headers["etag"]}
    path = "/sessions/checks/defaults"
    assert (await lab.owner.patch(path, json=body, headers=fresh)).status_code == 200
    assert (await lab.owner.patch(path, json=body, headers=fresh)).status_code == 412


# Which partitions are read ----------------------------------------------------------------------


async def test_only_the_partitions_of_the_range_are_read(lab: Lab):
    for month in (1, 6, 11):
        start = datetime(2001, month, 5, tzinfo=UTC)
        body = {"name": "PCR", "started_at": text(start), "duration": "1h"}
        await lab.owner.post("/sessions", json=body)
    person_id = UUID((await lab.owner.get("/me")).json()["person"]["id"])
    caller = Caller(UUID(lab.organisation_id), person_id, "owner", None)
    june = datetime(2001, 6, 1, tzinfo=UTC)
    filters = CheckFilters(person_id, june, june + timedelta(days=29), DEFAULTS)
    async with lab.app.transaction(caller) as tx:
        rows = await tx.fetch(
            f"EXPLAIN (ANALYZE, COSTS off, TIMING off) {check_store.FINDINGS} "
            "SELECT count(*) FROM findings WHERE $10::text IS NULL OR kind = $10",
            *filters.values(caller.organisation_id, datetime.now(UTC)),
        )
    plan = [row[0] for row in rows]
    # The index of sessions that are too long to be found by their month is asked for all of them.
    scanned = {
        match[1]
        for line in plan
        if (match := re.search(r" on (sessions_2001_\d\d)\b", line))
        and "never executed" not in line
        and "_organisation_id_started_at_idx" not in line
    }
    assert scanned == {"sessions_2001_06"}, "\n".join(plan)
