"""Reports agree with the lists and with each other, to the second."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.conftest import Lab

from benchbook.timetracking.days import cut_by_day, local_days

# Each with the week of a change of its clocks.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Asia/Kolkata", date(2026, 5, 31)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def add_random_sessions(lab: Lab, around: date, number: int = 40) -> list[dict[str, Any]]:
    """Sessions in the days around a date, some of them over several midnights."""
    chance = random.Random(f"{around}")
    project = (await lab.owner.post("/projects", json={"name": "Reef", "colour": "#1c7ed6"})).json()
    middle = datetime(around.year, around.month, around.day, tzinfo=UTC)
    sessions = []
    for _ in range(number):
        start = middle + timedelta(seconds=chance.randrange(-5 * 86_400, 5 * 86_400))
        answer = await lab.owner.post(
            "/sessions",
            json={
                "name": "PCR",
                "started_at": start.isoformat(),
                "duration": chance.choice([1, 599, 3600, 86_400, 100_000, 250_000]),
                "project_id": chance.choice([None, project["id"]]),
                "tags": chance.sample(["a", "b", "c"], chance.randrange(3)),
            },
        )
        assert answer.status_code == 201, answer.text
        sessions.append(answer.json())
    return sessions


async def report(lab: Lab, **query: object) -> dict[str, Any]:
    answer = await lab.owner.get("/reports/hours", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def expected(sessions: list[dict[str, Any]], days: list[Any], cut: Any) -> dict[str, int]:
    sums: dict[str, int] = {}
    for session in sessions:
        pieces = cut_by_day(instant(session["started_at"]), instant(session["ended_at"]), days, cut)
        for day, seconds in pieces:
            sums[day.isoformat()] = sums.get(day.isoformat(), 0) + seconds
    return sums


def by_day(days: list[dict[str, Any]]) -> dict[str, int]:
    return {day["date"]: day["duration_seconds"] for day in days}


@pytest.mark.parametrize(("zone", "around"), CHANGES, ids=lambda value: str(value))
async def test_reports_lists_and_totals_reconcile_over_a_change_of_the_clocks(
    lab: Lab, zone: str, around: date
):
    sessions = await add_random_sessions(lab, around)
    common = {"time_zone": zone, "date": around.isoformat()}
    for period, first, after in (
        ("month", around.replace(day=1), (around.replace(day=1) + timedelta(31)).replace(day=1)),
        ("year", date(around.year, 1, 1), date(around.year + 1, 1, 1)),
        ("day", around, around + timedelta(1)),
    ):
        days = local_days(first, after, ZoneInfo(zone))
        for cut in ("start_day", "split"):
            made = await report(lab, period=period, cut=cut, **common)
            assert by_day(made["days"]) == expected(sessions, days, cut)
            assert made["total_seconds"] == sum(by_day(made["days"]).values())
            for group_by in ("project", "person"):
                grouped = await report(lab, period=period, cut=cut, group_by=group_by, **common)
                buckets = grouped["buckets"]
                assert sum(b["duration_seconds"] for b in buckets) == made["total_seconds"]
                assert all(
                    sum(by_day(b["days"]).values()) == b["duration_seconds"] for b in buckets
                )
        filters = {"time_zone": zone, "from": first.isoformat(), "to": after.isoformat()}
        totals = (await lab.owner.get("/sessions/totals", params=filters)).json()
        whole = await report(lab, period=period, **common)
        assert totals["duration_seconds"] == whole["total_seconds"]
        assert by_day(totals["days"]) == by_day(whole["days"])
        listed, cursor = 0, None
        while True:
            page = {**filters, "limit": 7} | ({"cursor": cursor} if cursor else {})
            answer = (await lab.owner.get("/sessions", params=page)).json()
            listed += sum(session["duration_seconds"] for session in answer["items"])
            cursor = answer["next_cursor"]
            if cursor is None:
                break
        assert listed == totals["duration_seconds"]


async def test_split_days_add_up_to_all_that_was_tracked(lab: Lab):
    sessions = await add_random_sessions(lab, date(2026, 1, 1))
    years = [
        await report(lab, period="year", date=f"{year}-06-01", cut="split") for year in (2025, 2026)
    ]
    tracked = sum(session["duration_seconds"] for session in sessions)
    assert sum(year["total_seconds"] for year in years) == tracked


async def test_session_that_a_forgotten_timer_made_longer_than_a_month_is_counted(lab: Lab):
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=70)
    await lab.owner.post(
        "/timer/start", json={"name": "forgotten", "started_at": start.isoformat()}
    )
    stopped = (await lab.owner.post("/timer/stop")).json()["stopped"]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    day = await report(lab, period="day", date=yesterday.isoformat(), cut="split", time_zone="UTC")
    assert stopped["duration_seconds"] > 69 * 86_400
    assert day["total_seconds"] == 86_400


async def test_buckets_name_projects_clients_tags_and_people(lab: Lab):
    client = (await lab.owner.post("/clients", json={"name": "Institute"})).json()
    project = (
        await lab.owner.post(
            "/projects", json={"name": "Reef", "client_id": client["id"], "colour": "#112233"}
        )
    ).json()
    for fields in ({"project_id": project["id"], "tags": ["a", "b"]}, {}):
        await lab.owner.post(
            "/sessions",
            json={"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": "1h", **fields},
        )
    query = {"period": "day", "date": "2026-03-02"}

    async def buckets(group_by: str) -> dict[str, tuple[str | None, int]]:
        made = await report(lab, group_by=group_by, **query)
        assert made["total_seconds"] == 7200
        return {b["label"]: (b["key"], b["duration_seconds"]) for b in made["buckets"]}

    assert await buckets("project") == {"Reef": (project["id"], 3600), "No project": (None, 3600)}
    assert await buckets("client") == {"Institute": (client["id"], 3600), "No client": (None, 3600)}
    assert await buckets("tag") == {"a": ("a", 3600), "b": ("b", 3600), "No tag": (None, 3600)}
    [(name, (_, seconds))] = (await buckets("person")).items()
    assert (name, seconds) == ("Olga Owner", 7200)
    assert await buckets("none") == {"All": (None, 7200)}


async def test_week_begins_where_the_person_says(lab: Lab):
    query = {"period": "week", "date": "2026-03-04"}
    assert (await report(lab, **query))["from"] == "2026-03-02"
    await lab.owner.patch("/me", json={"week_start": "sunday"})
    assert (await report(lab, **query))["from"] == "2026-03-01"
    assert (await report(lab, week_start="saturday", **query))["from"] == "2026-02-28"


async def test_members_see_their_own_hours_and_managers_everybodys(lab: Lab):
    member, manager = await lab.person("member"), await lab.person("manager")
    for who in (member, manager):
        await who.post(
            "/sessions",
            json={"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": "1h"},
        )
    query = "/reports/hours?period=day&date=2026-03-02"
    assert (await member.get(query)).json()["total_seconds"] == 3600
    assert (await manager.get(query)).json()["total_seconds"] == 7200
    assert (await manager.get(f"{query}&person_id={member.person_id}")).json()[  # type: ignore[attr-defined]
        "total_seconds"
    ] == 3600


@pytest.mark.parametrize(
    "query",
    [
        {"period": "decade"},
        {"date": "2026-02-30"},
        {"date": "9999-01-01"},
        {"group_by": "mood"},
        {"time_zone": "Mars/Base"},
        {"cut": "maybe"},
        {"week_start": "tuesday"},
        {"person_id": "me"},
    ],
    ids=str,
)
async def test_wrong_parameters_are_named(lab: Lab, query: dict[str, str]):
    answer = await lab.owner.get("/reports/hours", params=query)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"?{next(iter(query))}"]
