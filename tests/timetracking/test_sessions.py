"""Saved sessions: adding, finding, adding up, changing, deleting and bringing back."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import PASSWORD, Lab, client

from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.platform.database import Database

NOBODY = "01900000-0000-7000-8000-000000000000"

START = "2026-03-02T09:00:00Z"


def session(**fields: Any) -> dict[str, Any]:
    """A body that adds a session of an hour."""
    body = {"name": "PCR", "started_at": START, "duration": 3600} | fields
    return {name: value for name, value in body.items() if value is not ...}


async def add(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/sessions", json=session(**fields))
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


async def names(client: httpx.AsyncClient, **filters: Any) -> list[str]:
    answer = await client.get("/sessions", params=filters)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


# Adding ----------------------------------------------------------------------------------------


async def test_session_is_added_with_its_end(lab: Lab):
    body = session(duration=..., ended_at="2026-03-02T10:30:00Z", tags=["bench"], billable=True)
    answer = await lab.owner.post("/sessions", json=body)
    added = answer.json()
    assert answer.headers["location"] == f"/api/v1/sessions/{added['id']}"
    assert added["duration_seconds"] == 5400
    assert (added["name"], added["tags"], added["billable"]) == ("PCR", ["bench"], True)
    assert (added["project_id"], added["deleted_at"]) == (None, None)
    assert (await lab.owner.get(answer.headers["location"].removeprefix("/api/v1"))).json() == added


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [(5400, 5400), ("90", 5400), ("1.5", 5400), ("1,5", 5400), ("1h30", 5400), ("1:30", 5400),
     ("90m", 5400), ("1h", 3600), ("45s", 45)],
)  # fmt: skip
async def test_session_is_added_with_a_duration_as_people_type_it(
    duration: str | int, seconds: int, lab: Lab
):
    added = await add(lab.owner, duration=duration)
    assert added["duration_seconds"] == seconds
    started, ended = (datetime.fromisoformat(added[f]) for f in ("started_at", "ended_at"))
    assert ended - started == timedelta(seconds=seconds)


async def test_instants_are_taken_in_any_offset_and_answered_in_utc_by_the_second(lab: Lab):
    added = await add(lab.owner, started_at="2026-03-02T14:30:00.999999+05:30")
    assert (added["started_at"], added["ended_at"]) == (START, "2026-03-02T10:00:00Z")


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"duration": ...}, "/ended_at", "invalid_input"),
        ({"ended_at": "2026-03-02T10:00:00Z"}, "/ended_at", "invalid_input"),
        ({"duration": ..., "ended_at": START}, "/ended_at", "session_ends_before_it_starts"),
        (
            {"duration": ..., "ended_at": "2026-03-02T09:00:00.9Z"},
            "/ended_at",
            "session_ends_before_it_starts",
        ),
        (
            {"duration": ..., "ended_at": "2026-03-02T08:59:59Z"},
            "/ended_at",
            "session_ends_before_it_starts",
        ),
        ({"duration": ..., "ended_at": "2026-04-02T09:00:01Z"}, "/ended_at", "session_too_long"),
        ({"duration": ..., "ended_at": "2026-03-02T10:00:00"}, "/ended_at", "invalid_input"),
        ({"duration": ..., "ended_at": "9999-12-31T23:59:59-14:00"}, "/ended_at", "invalid_input"),
        ({"duration": "soon"}, "/duration", "invalid_input"),
        ({"duration": 0}, "/duration", "invalid_input"),
        ({"duration": -60}, "/duration", "invalid_input"),
        ({"duration": 1.5}, "/duration", "invalid_input"),
        ({"duration": "745h"}, "/duration", "session_too_long"),
        ({"started_at": ...}, "/started_at", "invalid_input"),
        ({"started_at": "2026-03-02T09:00:00"}, "/started_at", "invalid_input"),
        ({"started_at": "2026-03-02"}, "/started_at", "invalid_input"),
        ({"started_at": "2026-02-30T09:00:00Z"}, "/started_at", "invalid_input"),
        ({"started_at": 1772442000}, "/started_at", "invalid_input"),
        ({"started_at": "1969-12-31T23:59:59Z"}, "/started_at", "invalid_input"),
        ({"started_at": "2100-01-01T00:00:00Z"}, "/started_at", "invalid_input"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "/started_at", "invalid_input"),
        ({"name": ...}, "/name", "invalid_input"),
        ({"name": ""}, "/name", "invalid_input"),
        ({"name": " \n\t "}, "/name", "invalid_input"),
        ({"name": "x" * 501}, "/name", "invalid_input"),
        ({"name": None}, "/name", "invalid_input"),
        ({"tags": ["a", ""]}, "/tags/1", "invalid_input"),
        ({"tags": ["x" * 51]}, "/tags/0", "invalid_input"),
        ({"tags": ["a", 1]}, "/tags/1", "invalid_input"),
        ({"tags": [f"t{n}" for n in range(51)]}, "/tags", "invalid_input"),
        ({"tags": None}, "/tags", "invalid_input"),
        ({"project_id": "x"}, "/project_id", "invalid_input"),
        ({"billable": "yes"}, "/billable", "invalid_input"),
        ({"person_id": str(uuid4())}, "/person_id", "invalid_input"),
    ],
)
async def test_session_that_cannot_be_is_refused_and_names_why(
    fields: dict[str, Any], pointer: str, code: str, lab: Lab
):
    answer = await lab.owner.post("/sessions", json=session(**fields))
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["code"] == code
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert await names(lab.owner) == []


async def test_longest_of_everything_is_taken(lab: Lab):
    added = await add(
        lab.owner,
        name="é" * 500,
        tags=[f"{number:02}" + "t" * 48 for number in range(50)],
        duration=31 * 86_400,
    )
    assert len(added["name"]) == 500
    assert len(added["tags"]) == 50
    assert added["duration_seconds"] == 31 * 86_400


async def test_name_and_tags_are_trimmed(lab: Lab):
    added = await add(lab.owner, name="  PCR \n", tags=[" b ", "a", "b"])
    assert (added["name"], added["tags"]) == ("PCR", ["b", "a"])


async def test_project_must_be_one_of_the_organisation(make_lab: Callable[..., Any]):
    ours, theirs = await make_lab(), await make_lab()
    foreign = (await theirs.owner.post("/projects", json={"name": "Theirs"})).json()["id"]
    own = await add(ours.owner)
    for project_id in (foreign, str(uuid4())):
        for answer in (
            await ours.owner.post("/sessions", json=session(project_id=project_id)),
            await ours.owner.patch(f"/sessions/{own['id']}", json={"project_id": project_id}),
            await ours.owner.post("/timer/start", json={"project_id": project_id}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
    assert (await ours.owner.get(f"/sessions/{own['id']}")).json() == own


async def test_session_is_billable_as_its_project_is_unless_said(lab: Lab):
    body = {"name": "Paid", "billable": True}
    project = (await lab.owner.post("/projects", json=body)).json()["id"]
    assert (await add(lab.owner, project_id=project))["billable"] is True
    assert (await add(lab.owner, project_id=project, billable=False))["billable"] is False
    assert (await add(lab.owner))["billable"] is False


@pytest.mark.parametrize(
    "started_at",
    ["1970-01-01T00:00:00Z", "1975-06-15T12:00:00Z", "1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z",
     "2003-05-05T05:05:05Z", "2099-12-31T22:59:59Z"],
)  # fmt: skip
async def test_sessions_of_months_long_past_or_far_ahead_are_kept(started_at: str, lab: Lab):
    added = await add(lab.owner, started_at=started_at)
    year, month = int(started_at[:4]), int(started_at[5:7])
    assert added["started_at"] == started_at
    assert await names(lab.owner, year=year, month=month) == ["PCR"]
    report = await lab.owner.get(
        "/reports/hours", params={"period": "year", "date": f"{year}-01-01"}
    )
    assert report.json()["total_seconds"] == added["duration_seconds"]
    moved = await lab.owner.patch(
        f"/sessions/{added['id']}", json={"started_at": "2031-07-01T00:00:00Z", "duration": 60}
    )
    assert moved.status_code == 200, moved.text
    back = await lab.owner.patch(
        f"/sessions/{added['id']}", json={"started_at": started_at, "duration": 60}
    )
    assert back.json()["started_at"] == started_at


async def test_many_at_once_in_a_month_that_has_no_partition_yet_are_all_kept(
    lab: Lab,
):
    month = f"20{50 + int(uuid4().int % 40)}-0{1 + int(uuid4().int % 9)}"
    answers = await asyncio.gather(
        *(
            lab.owner.post("/sessions", json=session(started_at=f"{month}-{day:02}T09:00:00Z"))
            for day in range(1, 21)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    totals = await lab.owner.get(f"/sessions/totals?year={month[:4]}&month={int(month[5:])}")
    assert totals.json()["count"] == 20


# Finding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "first", "last", "before", "after"),
    [
        # March 2026, in zones whose clocks change then, and in ones with odd offsets.
        ("UTC", "2026-03-01T00:00:00Z", "2026-03-31T23:59:59Z",
         "2026-02-28T23:59:59Z", "2026-04-01T00:00:00Z"),
        ("Europe/Berlin", "2026-03-01T00:00:00+01:00", "2026-03-31T23:59:59+02:00",
         "2026-02-28T23:59:59+01:00", "2026-04-01T00:00:00+02:00"),
        ("America/New_York", "2026-03-01T00:00:00-05:00", "2026-03-31T23:59:59-04:00",
         "2026-02-28T23:59:59-05:00", "2026-04-01T00:00:00-04:00"),
        ("Asia/Kolkata", "2026-03-01T00:00:00+05:30", "2026-03-31T23:59:59+05:30",
         "2026-02-28T23:59:59+05:30", "2026-04-01T00:00:00+05:30"),
        ("Australia/Lord_Howe", "2026-03-01T00:00:00+11:00", "2026-03-31T23:59:59+11:00",
         "2026-02-28T23:59:59+11:00", "2026-04-01T00:00:00+11:00"),
    ],
)  # fmt: skip
async def test_month_is_the_local_one(
    zone: str, first: str, last: str, before: str, after: str, make_lab: Callable[..., Any]
):
    lab = await make_lab(time_zone=zone)
    for name, start in (("first", first), ("last", last), ("before", before), ("after", after)):
        await add(lab.owner, name=name, started_at=start)
    for given_zone in ({}, {"time_zone": zone}):
        assert await names(lab.owner, year=2026, month=3, **given_zone) == ["last", "first"]
        assert await names(lab.owner, year=2026, month=2, **given_zone) == ["before"]
        assert await names(lab.owner, year=2026, month=4, **given_zone) == ["after"]
        assert len(await names(lab.owner, year=2026, **given_zone)) == 4
        totals = await lab.owner.get(
            "/sessions/totals", params={"year": 2026, "month": 3, **given_zone}
        )
        days = [day["date"] for day in totals.json()["days"]]
        assert days == ["2026-03-01", "2026-03-31"]


async def test_zone_may_be_asked_for_another_than_ones_own(lab: Lab):
    await add(lab.owner, started_at="2026-03-31T23:30:00Z")
    assert await names(lab.owner, year=2026, month=3) == ["PCR"]
    assert await names(lab.owner, year=2026, month=3, time_zone="Europe/Berlin") == []
    assert await names(lab.owner, year=2026, month=4, time_zone="Europe/Berlin") == ["PCR"]


async def test_year_is_the_local_one(make_lab: Callable[..., Any]):
    lab = await make_lab(time_zone="Europe/Berlin")
    await add(lab.owner, name="new", started_at="2025-12-31T23:30:00Z")
    await add(lab.owner, name="old", started_at="2025-12-31T22:59:59Z")
    assert await names(lab.owner, year=2026) == ["new"]
    assert await names(lab.owner, year=2025) == ["old"]


async def test_day_that_a_zone_skipped_holds_nothing(make_lab: Callable[..., Any]):
    lab = await make_lab(time_zone="Pacific/Apia")
    await add(lab.owner, name="29th", started_at="2011-12-30T09:59:59Z")
    await add(lab.owner, name="31st", started_at="2011-12-30T10:00:00Z")
    assert await names(lab.owner, **{"from": "2011-12-30", "to": "2011-12-31"}) == []
    assert await names(lab.owner, **{"from": "2011-12-29", "to": "2011-12-30"}) == ["29th"]
    assert await names(lab.owner, **{"from": "2011-12-31", "to": "2012-01-01"}) == ["31st"]
    totals = (await lab.owner.get("/sessions/totals?year=2011&month=12")).json()
    assert [day["date"] for day in totals["days"]] == ["2011-12-29", "2011-12-31"]


async def test_what_reaches_into_a_range_from_before_is_found_by_its_end(lab: Lab):
    # In Berlin, 2 March begins at 23:00Z of the first.
    await add(lab.owner, name="ends at midnight", started_at="2026-03-01T21:00:00Z", duration="2h")
    await add(lab.owner, name="night", started_at="2026-03-01T22:00:00Z", duration="1:00:01")
    await add(lab.owner, name="longest", started_at="2026-01-30T00:00:00Z", duration=31 * 86400)
    await add(lab.owner, name="day", started_at="2026-03-02T08:00:00Z")
    zone = {"time_zone": "Europe/Berlin"}
    assert await names(lab.owner, to="2026-03-02", ends_after="2026-03-02", **zone) == [
        "night",
        "longest",
    ]
    assert len(await names(lab.owner, ends_after="2026-03-02", **zone)) == 3
    at = "2026-03-01T23:59:59Z"
    assert await names(lab.owner, to="2026-02-01", ends_after=at) == ["longest"]
    assert await names(lab.owner, ends_after="0001-01-01") != []
    answer = await lab.owner.get("/sessions", params={"ends_after": "soon"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "?ends_after"


async def test_range_is_half_open_and_takes_dates_and_instants(lab: Lab):
    for hour in (8, 9, 10):
        await add(lab.owner, name=str(hour), started_at=f"2026-03-02T{hour:02}:00:00Z")
    between = {"from": "2026-03-02T09:00:00Z", "to": "2026-03-02T11:00:00+01:00"}
    assert await names(lab.owner, **between) == ["9"]
    assert await names(lab.owner, **{"from": "2026-03-02T09:00:00Z"}) == ["10", "9"]
    assert await names(lab.owner, to="2026-03-02T09:00:00Z") == ["8"]
    assert len(await names(lab.owner, **{"from": "2026-03-02", "to": "2026-03-03"})) == 3
    assert await names(lab.owner, **{"from": "2026-03-03"}) == []
    assert await names(lab.owner, **{"from": "2026-03-03", "to": "2026-03-01"}) == []
    # Together with a year and month, both hold.
    assert await names(lab.owner, year=2026, month=4, **{"from": "2026-03-02"}) == []


@pytest.mark.parametrize(
    "zone", ["CET", "EET", "MET", "WET", "EST", "EST5EDT", "Japan", "Etc/GMT-14", "Asia/Kathmandu"]
)
async def test_days_of_totals_are_those_of_the_list_in_every_zone(zone: str, lab: Lab):
    """PostgreSQL knows some of these as abbreviations, without summer time."""
    info = ZoneInfo(zone)
    for hour in range(0, 24, 3):
        await add(lab.owner, started_at=f"2026-07-15T{hour:02}:30:00Z", duration=60 + hour)
    totals = (await lab.owner.get("/sessions/totals", params={"time_zone": zone})).json()
    expected: dict[str, int] = defaultdict(int)
    for hour in range(0, 24, 3):
        local = datetime(2026, 7, 15, hour, 30, tzinfo=UTC).astimezone(info)
        expected[local.date().isoformat()] += 60 + hour
    assert {day["date"]: day["duration_seconds"] for day in totals["days"]} == expected


async def test_day_on_which_the_clock_goes_back_past_midnight_ends_once(lab: Lab):
    """In St John's, 7 November 2010 began, and a minute later it was 11:01 p.m. of the 6th again.

    The wall shows the 6th twice. A day is one range of time, for the range of a list, totals and
    reports alike: what starts in that second hour belongs to the 7th.
    """
    zone = "America/St_Johns"
    await add(lab.owner, name="eve", started_at="2010-11-07T02:29:00Z", duration=60)
    await add(lab.owner, name="again", started_at="2010-11-07T02:45:00Z", duration=600)
    for day, name, seconds in (("2010-11-06", "eve", 60), ("2010-11-07", "again", 600)):
        following = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        params = {"time_zone": zone, "from": day, "to": following}
        assert await names(lab.owner, **params) == [name]
        expected = [{"date": day, "duration_seconds": seconds}]
        totals = (await lab.owner.get("/sessions/totals", params=params)).json()
        assert totals["days"] == expected
        for cut in ("start_day", "split"):
            report = await lab.owner.get(
                "/reports/hours",
                params={"period": "day", "date": day, "cut": cut, "time_zone": zone},
            )
            days = report.json()["days"]
            assert [{key: one[key] for key in ("date", "duration_seconds")} for one in days] == (
                expected
            )
    whole = (await lab.owner.get("/sessions/totals", params={"time_zone": zone})).json()
    assert [day["duration_seconds"] for day in whole["days"]] == [60, 600]


async def test_totals_of_all_time_know_the_days_of_decades(lab: Lab):
    starts = ["1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2099-12-31T23:00:00Z"]
    for start in starts:
        await add(lab.owner, started_at=start, duration=60)
    for params in ({}, {"from": "1900-01-01"}, {"from": "1900-01-01", "to": "9000-01-01"}):
        totals = (await lab.owner.get("/sessions/totals", params=params)).json()
        assert [day["date"] for day in totals["days"]] == [start[:10] for start in starts]
        assert totals["count"] == 3


async def test_text_is_found_in_either_case_anywhere_in_the_name(lab: Lab):
    for name in ("PCR of Überstand", "gel 100%", "under_score", "back\\slash"):
        await add(lab.owner, name=name)
    for text, found in (
        ("pcr", "PCR of Überstand"),
        ("ÜBER", "PCR of Überstand"),
        ("of", "PCR of Überstand"),
        ("100%", "gel 100%"),
        ("r_s", "under_score"),
        ("\\", "back\\slash"),
    ):
        assert await names(lab.owner, q=text) == [found], text
    for nothing in ("nothing", "g_l", "PCR%", "' OR true --"):
        assert await names(lab.owner, q=nothing) == []


async def test_tag_and_project_and_text_all_hold_together(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Genome"})).json()["id"]
    await add(lab.owner, name="one", tags=["a", "b"], project_id=project)
    await add(lab.owner, name="two", tags=["a"])
    await add(lab.owner, name="three", project_id=project)
    assert sorted(await names(lab.owner, tag="a")) == ["one", "two"]
    assert await names(lab.owner, tag="A") == [], "tags are told apart by their case"
    assert sorted(await names(lab.owner, project_id=project)) == ["one", "three"]
    assert await names(lab.owner, tag="a", project_id=project) == ["one"]
    assert await names(lab.owner, tag="a", project_id=project, q="two") == []
    assert await names(lab.owner, project_id=str(uuid4())) == []


async def test_order_is_newest_first_unless_asked_otherwise(lab: Lab):
    for day in (2, 1, 3):
        await add(lab.owner, name=str(day), started_at=f"2026-03-0{day}T09:00:00Z")
    assert await names(lab.owner) == await names(lab.owner, order="newest") == ["3", "2", "1"]
    assert await names(lab.owner, order="desc") == ["3", "2", "1"]
    assert await names(lab.owner, order="oldest") == ["1", "2", "3"]
    assert await names(lab.owner, order="asc") == ["1", "2", "3"]


async def test_running_session_is_not_in_the_list_but_can_be_read(lab: Lab):
    running = (await lab.owner.post("/timer/start", json={"name": "now"})).json()["running"]
    assert await names(lab.owner) == []
    read = (await lab.owner.get(f"/sessions/{running['id']}")).json()
    assert (read["id"], read["ended_at"]) == (running["id"], None)


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"month": 3}, "?month"),
        ({"year": 2026, "month": 13}, "?month"),
        ({"year": 2026, "month": 0}, "?month"),
        ({"year": 1969}, "?year"),
        ({"year": 2100}, "?year"),
        ({"year": "x"}, "?year"),
        ({"from": "yesterday"}, "?from"),
        ({"from": "2026-02-30"}, "?from"),
        ({"from": "2026-03-02T09:00:00"}, "?from"),
        ({"to": "0000-00-00"}, "?to"),
        ({"time_zone": "Mars/Olympus"}, "?time_zone"),
        ({"time_zone": "localtime"}, "?time_zone"),
        ({"project_id": "x"}, "?project_id"),
        ({"person_id": "x"}, "?person_id"),
        ({"deleted": "perhaps"}, "?deleted"),
        ({"tag": "x" * 51}, "?tag"),
        ({"q": "x" * 501}, "?q"),
        ({"client_id": "x"}, "?client_id"),
        ({"client_id": "null"}, "?client_id"),
        ({"billable": "perhaps"}, "?billable"),
        ({"billable": "null"}, "?billable"),
        ({"without": "money"}, "?without"),
        ({"without": ["tag", "money"]}, "?without"),
        ({"without": "project", "project_id": NOBODY}, "?without"),
        ({"without": "project", "client_id": NOBODY}, "?without"),
        ({"without": "client", "client_id": NOBODY}, "?without"),
        ({"without": ["project", "tag"], "tag": "bench"}, "?without"),
    ],
)
async def test_filter_that_cannot_be_is_refused(parameters: dict[str, Any], pointer: str, lab: Lab):
    for path in ("/sessions", "/sessions/totals", "/sessions/export"):
        answer = await lab.owner.get(path, params=parameters)
        assert answer.status_code == 400
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


# Who sees what ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["manager", "admin", "owner"])
async def test_managers_and_above_see_and_change_everybodys(role: str, lab: Lab):
    member = await lab.person("member")
    theirs = await add(member, name="theirs")
    boss = lab.owner if role == "owner" else await lab.person(role)
    await add(boss, name="own")
    assert sorted(await names(boss)) == ["own", "theirs"]
    assert await names(boss, person_id=theirs["person_id"]) == ["theirs"]
    assert (await boss.get("/sessions/totals")).json()["count"] == 2
    changed = await boss.patch(f"/sessions/{theirs['id']}", json={"name": "seen"})
    assert changed.status_code == 200
    assert changed.json()["person_id"] == theirs["person_id"]
    assert (await boss.delete(f"/sessions/{theirs['id']}")).status_code == 204
    assert (await boss.post(f"/sessions/{theirs['id']}/restore")).status_code == 200


async def test_member_sees_and_changes_their_own_alone(lab: Lab):
    member, other = await lab.person("member"), await lab.person("member")
    theirs, own = await add(other, name="theirs"), await add(member, name="own")
    await add(lab.owner, name="the owner's")
    assert await names(member) == ["own"]
    assert await names(member, person_id=theirs["person_id"]) == []
    assert await names(member, person_id=own["person_id"]) == ["own"]
    totals = await member.get("/sessions/totals", params={"person_id": theirs["person_id"]})
    assert totals.json() == {"count": 0, "duration_seconds": 0, "days": []}
    path = f"/sessions/{theirs['id']}"
    for request in (
        member.get(path),
        member.patch(path, json={"name": "stolen"}),
        member.delete(path),
        member.post(f"{path}/restore"),
        member.post(f"{path}/continue"),
    ):
        answer = await request
        assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert (await other.get(path)).json() == theirs


async def test_manager_continues_anothers_session_as_their_own(lab: Lab):
    member = await lab.person("member")
    theirs = await add(member, name="theirs", tags=["a"])
    answer = await lab.owner.post(f"/sessions/{theirs['id']}/continue")
    assert answer.status_code == 201
    running = answer.json()["running"]
    assert (running["name"], running["tags"]) == ("theirs", ["a"])
    assert running["person_id"] != theirs["person_id"]
    assert (await member.get("/timer")).json() == {"running": None}


async def test_organisations_do_not_see_each_others(make_lab: Callable[..., Any]):
    ours, theirs = await make_lab(), await make_lab()
    foreign = await add(theirs.owner)
    assert await names(ours.owner) == []
    assert await names(ours.owner, person_id=foreign["person_id"]) == []
    assert (await ours.owner.get(f"/sessions/{foreign['id']}")).status_code == 404


# Totals ----------------------------------------------------------------------------------------


async def test_totals_add_up_days_by_where_sessions_start(make_lab: Callable[..., Any]):
    lab = await make_lab(time_zone="Europe/Berlin")
    await add(lab.owner, started_at="2026-03-28T22:30:00Z", duration="2h")  # over midnight
    await add(lab.owner, started_at="2026-03-29T00:30:00Z", duration="2h")  # over the change
    await add(lab.owner, started_at="2026-03-29T21:59:59Z", duration=1)
    totals = (await lab.owner.get("/sessions/totals?year=2026&month=3")).json()
    assert totals == {
        "count": 3,
        "duration_seconds": 14_401,
        "days": [
            {"date": "2026-03-28", "duration_seconds": 7200},
            {"date": "2026-03-29", "duration_seconds": 7201},
        ],
    }


async def test_nothing_adds_up_to_nothing(lab: Lab):
    assert (await lab.owner.get("/sessions/totals")).json() == {
        "count": 0,
        "duration_seconds": 0,
        "days": [],
    }


ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
    "Pacific/Apia", "America/St_Johns",
]  # fmt: skip
TAGS = ["bench", "field", "ÄÖ"]


@dataclass
class Crowd:
    """A lab with a few hundred sessions, and what is known of them."""

    lab: Lab
    sessions: list[dict[str, Any]]
    projects: list[str]
    # By the id of a project, that of its client.
    clients: dict[str, str | None]


@pytest.fixture(scope="module")
async def crowd(
    transport: httpx.ASGITransport, database: Database, owner_database: Database
) -> AsyncIterator[Crowd]:
    email = f"{uuid4().hex}@example.org"
    organisation_id = str(
        await create_organisation_with_owner(database, "Crowd", "Olga", email, PASSWORD, "UTC")
    )
    token = await create_token_for(owner_database, database, email, None, "tests", None)
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(client(transport, token))
        lab = Lab(
            transport, database, owner_database, "Crowd", organisation_id, email, owner, stack
        )
        people = [owner, await lab.person("member"), await lab.person("member")]
        institute = (await owner.post("/clients", json={"name": "Institute"})).json()["id"]
        projects = [
            (await owner.post("/projects", json={"name": name, "client_id": of})).json()["id"]
            for name, of in (("A", None), ("B", institute), ("C", institute))
        ]
        clients = dict(zip(projects, [None, institute, institute], strict=True))
        sessions = []
        # Dense around a clock change, a month's and a year's end; equal starts among them.
        bases = ("2026-03-28T20:00:00Z", "2025-12-31T10:00:00Z", "2011-12-29T08:00:00Z")
        for number in range(240):
            start = datetime.fromisoformat(bases[number % 3]) + timedelta(
                minutes=17 * (number // 2)
            )
            sessions.append(
                await add(
                    people[number % 3 if number % 5 else 0],
                    name=f"{'PCR' if number % 2 else 'gel'} {number}",
                    started_at=start.isoformat(),
                    duration=60 + 37 * number % 9000,
                    tags=TAGS[: number % 4],
                    project_id=[None, *projects][number // 3 % 4],
                    billable=number % 7 < 3,
                )
            )
        for binned in sessions[::17]:
            await owner.delete(f"/sessions/{binned['id']}")
            binned["deleted_at"] = "now"
        yield Crowd(lab, sessions, projects, clients)


def _contradicts_itself(filters: dict[str, Any]) -> bool:
    without = filters.get("without", [])
    return (
        ("month" in filters and "year" not in filters)
        or ("project" in without and ("project_id" in filters or "client_id" in filters))
        or ("client" in without and "client_id" in filters)
        or ("tag" in without and "tag" in filters)
    )


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "time_zone": st.sampled_from(ZONES),
        "year": st.sampled_from([2011, 2025, 2026]),
        "month": st.sampled_from([1, 3, 4, 12]),
        "from": st.dates(date(2011, 12, 28), date(2026, 4, 2)).map(date.isoformat)
        | st.sampled_from(["2026-03-29T01:00:00Z", "2025-12-31T12:00:00+05:30"]),
        "to": st.dates(date(2011, 12, 28), date(2026, 4, 2)).map(date.isoformat)
        | st.sampled_from(["2026-03-29T03:00:00Z"]),
        "tag": st.sampled_from([*TAGS, "none"]),
        "q": st.sampled_from(["PCR", "pcr 1", "gel", "x"]),
        "project_id": st.integers(0, 1),
        "client_id": st.just(0),
        "without": st.lists(st.sampled_from(["project", "client", "tag"]), unique=True, min_size=1),
        "billable": st.booleans(),
        "person_id": st.integers(0, 3),
        "deleted": st.booleans(),
    },
).filter(lambda filters: not _contradicts_itself(filters))


def _start_of(day: str, zone: ZoneInfo) -> datetime:
    year, month, number = map(int, day.split("-"))
    return datetime(year, month, number, tzinfo=zone).astimezone(UTC)


def _expected(crowd: Crowd, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """What the filters should show, worked out without the database."""
    zone = ZoneInfo(filters.get("time_zone", "UTC"))

    def shows(session: dict[str, Any]) -> bool:
        start = datetime.fromisoformat(session["started_at"])
        local = start.astimezone(zone)
        conditions = [
            (session["deleted_at"] is not None) == filters.get("deleted", False),
            "year" not in filters or local.year == filters["year"],
            "month" not in filters or local.month == filters["month"],
            "tag" not in filters or filters["tag"] in session["tags"],
            "q" not in filters or filters["q"].lower() in session["name"].lower(),
            "project_id" not in filters or session["project_id"] == filters["project_id"],
            "person_id" not in filters or session["person_id"] == filters["person_id"],
            "billable" not in filters or session["billable"] == filters["billable"],
        ]
        client_of_session = crowd.clients.get(session["project_id"])
        conditions.append(
            "client_id" not in filters or client_of_session == filters["client_id"],
        )
        missing = {
            "project": session["project_id"] is None,
            "client": client_of_session is None,
            "tag": session["tags"] == [],
        }
        conditions += [missing[thing] for thing in filters.get("without", [])]
        for name, sign in (("from", 1), ("to", -1)):
            if name in filters:
                text = filters[name]
                bound = datetime.fromisoformat(text) if "T" in text else _start_of(text, zone)
                conditions.append(start >= bound if sign > 0 else start < bound)
        return all(conditions)

    return [session for session in crowd.sessions if shows(session)]


@settings(
    max_examples=45,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(filters=FILTERS, limit=st.integers(1, 90), order=st.sampled_from(["newest", "oldest"]))
async def test_list_and_totals_show_what_the_filters_say_whatever_the_pages(
    filters: dict[str, Any], limit: int, order: str, crowd: Crowd
):
    people = [*sorted({session["person_id"] for session in crowd.sessions}), str(uuid4())]
    if "project_id" in filters:
        filters["project_id"] = crowd.projects[filters["project_id"]]
    if "person_id" in filters:
        filters["person_id"] = people[filters["person_id"]]
    if "client_id" in filters:
        [filters["client_id"]] = {of for of in crowd.clients.values() if of}
    expected = _expected(crowd, filters)

    listed: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    params = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in filters.items()
    }
    while True:
        answer = await crowd.lab.owner.get(
            "/sessions", params={**params, "limit": limit, "order": order, **cursor}
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()
        listed += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    keys = [(item["started_at"], item["id"]) for item in listed]
    assert keys == sorted(keys, reverse=order == "newest")
    assert {item["id"] for item in listed} == {item["id"] for item in expected}
    assert len(listed) == len(expected)

    totals = (await crowd.lab.owner.get("/sessions/totals", params=params)).json()
    assert totals["count"] == len(listed)
    assert totals["duration_seconds"] == sum(item["duration_seconds"] for item in listed)
    zone = ZoneInfo(filters.get("time_zone", "UTC"))
    days: dict[str, int] = defaultdict(int)
    for item in listed:
        local = datetime.fromisoformat(item["started_at"]).astimezone(zone)
        days[local.date().isoformat()] += item["duration_seconds"]
    assert totals["days"] == [{"date": day, "duration_seconds": days[day]} for day in sorted(days)]


# Changing --------------------------------------------------------------------------------------


async def test_change_leaves_alone_what_is_absent_and_clears_what_is_null(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Genome"})).json()["id"]
    before = await add(lab.owner, tags=["a"], project_id=project, billable=True)
    path = f"/sessions/{before['id']}"

    renamed = (await lab.owner.patch(path, json={"name": " Gel "})).json()
    assert renamed == before | {"name": "Gel", "updated_at": renamed["updated_at"]}
    assert renamed["updated_at"] > before["updated_at"]

    cleared = (await lab.owner.patch(path, json={"project_id": None, "tags": []})).json()
    assert (cleared["project_id"], cleared["tags"]) == (None, [])
    assert (cleared["name"], cleared["billable"]) == ("Gel", True)

    same = (await lab.owner.patch(path, json={})).json()
    assert same == cleared

    noted = {"note": "two bands", "tags": ["b"]}
    assert (await lab.owner.patch(path, json=noted)).status_code == 200
    emptied = await lab.owner.patch(path, json={"note": None, "tags": None})
    assert (emptied.status_code, emptied.json()["note"], emptied.json()["tags"]) == (200, "", [])


async def test_null_clears_the_tags_of_many(lab: Lab):
    ids = [(await add(lab.owner, tags=["a"], note="x"))["id"] for _ in range(2)]
    change = {"ids": ids, "set": {"tags": None, "note": None}}
    changed = (await lab.owner.post("/sessions/bulk", json=change)).json()["sessions"]
    assert [(one["tags"], one["note"]) for one in changed] == [([], "")] * 2


async def test_project_that_is_not_there_is_named_by_its_place(lab: Lab):
    made = await add(lab.owner)
    nowhere = {"project_id": "01900000-0000-7000-8000-00000000dead"}
    session = {"name": "x", "started_at": START, "duration": 60, **nowhere}
    bulk = {"ids": [made["id"]], "set": nowhere}
    each = {"changes": [{"id": made["id"], "set": nowhere}]}
    for answer, pointer in (
        (await lab.owner.post("/sessions", json=session), "/project_id"),
        (await lab.owner.patch(f"/sessions/{made['id']}", json=nowhere), "/project_id"),
        (await lab.owner.post("/timer/start", json=nowhere), "/project_id"),
        (await lab.owner.post("/sessions/bulk", json=bulk), "/set/project_id"),
        (await lab.owner.post("/sessions/bulk", json=each), "/changes/0/set/project_id"),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (404, "project_not_found")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("change", "started_at", "ended_at"),
    [
        ({"started_at": "2026-03-02T08:00:00Z"}, "2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z"),
        ({"ended_at": "2026-03-02T11:00:00Z"}, START, "2026-03-02T11:00:00Z"),
        ({"duration": "2h"}, START, "2026-03-02T11:00:00Z"),
        ({"started_at": "2026-02-28T23:00:00Z", "duration": 60}, "2026-02-28T23:00:00Z", "2026-02-28T23:01:00Z"),
        ({"started_at": "2027-01-01T00:00:00Z", "ended_at": "2027-01-01T01:00:00Z"},
         "2027-01-01T00:00:00Z", "2027-01-01T01:00:00Z"),
    ],
)  # fmt: skip
async def test_times_are_changed_alone_or_together(
    change: dict[str, Any], started_at: str, ended_at: str, lab: Lab
):
    before = await add(lab.owner)
    after = (await lab.owner.patch(f"/sessions/{before['id']}", json=change)).json()
    assert (after["id"], after["started_at"], after["ended_at"]) == (
        before["id"],
        started_at,
        ended_at,
    )
    assert (await lab.owner.get(f"/sessions/{before['id']}")).json() == after
    assert (await lab.owner.get("/sessions/totals")).json()["count"] == 1


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"started_at": "2026-03-02T10:00:00Z"}, "/started_at", "session_ends_before_it_starts"),
        ({"started_at": "2026-01-01T00:00:00Z"}, "/started_at", "session_too_long"),
        ({"ended_at": START}, "/ended_at", "session_ends_before_it_starts"),
        ({"ended_at": "2026-05-01T00:00:00Z"}, "/ended_at", "session_too_long"),
        ({"ended_at": "2026-03-02T11:00:00Z", "duration": 60}, "/duration", "invalid_input"),
        ({"duration": "x"}, "/duration", "invalid_input"),
        ({"duration": None}, "/duration", "invalid_input"),
        ({"started_at": None}, "/started_at", "invalid_input"),
        ({"ended_at": None}, "/ended_at", "invalid_input"),
        ({"name": None}, "/name", "invalid_input"),
        ({"name": " "}, "/name", "invalid_input"),
        ({"billable": None}, "/billable", "invalid_input"),
        ({"person_id": str(uuid4())}, "/person_id", "invalid_input"),
        ({"id": str(uuid4())}, "/id", "invalid_input"),
    ],
)
async def test_change_that_cannot_be_is_refused_and_changes_nothing(
    change: dict[str, Any], pointer: str, code: str, lab: Lab
):
    before = await add(lab.owner)
    answer = await lab.owner.patch(f"/sessions/{before['id']}", json={"name": "new"} | change)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await lab.owner.get(f"/sessions/{before['id']}")).json() == before


async def test_running_session_is_changed_at_the_timer(lab: Lab):
    running = (await lab.owner.post("/timer/start")).json()["running"]
    path = f"/sessions/{running['id']}"
    for answer in (
        await lab.owner.patch(path, json={"name": "x"}),
        await lab.owner.delete(path),
        await lab.owner.post(f"{path}/split", json={"at": START}),
        await lab.owner.post(f"{path}/duplicate"),
        await lab.owner.post(f"{path}/unstop"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "session_is_running")
    # It is in no bin.
    restored = await lab.owner.post(f"{path}/restore")
    assert (restored.status_code, restored.json()["id"]) == (200, running["id"])
    # What others cannot see does not run for them.
    stranger = await lab.person()
    assert (await stranger.patch(path, json={"name": "x"})).status_code == 404
    assert (await stranger.post(f"{path}/restore")).status_code == 404


async def test_changes_at_the_same_instant_are_all_made_one_after_the_other(lab: Lab):
    made = await add(lab.owner)
    path = f"/sessions/{made['id']}"
    # Every other one moves the session to another month's partition and back.
    changes = [
        {"name": f"name {number}"}
        if number % 2
        else {"started_at": f"2026-0{1 + number % 6}-10T09:00:00Z", "duration": 60 + number}
        for number in range(24)
    ]
    answers = await asyncio.gather(*(lab.owner.patch(path, json=change) for change in changes))
    assert {answer.status_code for answer in answers} == {200}
    assert (await lab.owner.get("/sessions/totals")).json()["count"] == 1
    # Twenty-four changes of a new session are twenty-five states: none was lost.
    assert (await lab.owner.get(path)).headers["etag"] == '"25"'


async def test_of_changes_to_the_same_state_one_is_made(lab: Lab):
    made = await add(lab.owner)
    path = f"/sessions/{made['id']}"
    tag = (await lab.owner.get(path)).headers["etag"]
    answers = await asyncio.gather(
        *(
            lab.owner.patch(path, json={"name": f"{number}"}, headers={"If-Match": tag})
            for number in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_change_and_deletion_at_the_same_instant_are_no_crash(lab: Lab):
    for _ in range(5):
        path = f"/sessions/{(await add(lab.owner))['id']}"
        answers = await asyncio.gather(
            lab.owner.patch(path, json={"started_at": "2026-04-10T09:00:00Z", "duration": 60}),
            lab.owner.delete(path),
            lab.owner.patch(path, json={"name": "x"}),
            lab.owner.delete(path),
        )
        assert {answer.status_code for answer in answers} <= {200, 204, 404}
        assert (await lab.owner.get(path)).status_code == 404


# The bin ---------------------------------------------------------------------------------------


async def test_deleted_session_is_in_the_bin_and_comes_back_as_it_was(lab: Lab):
    before = await add(lab.owner, tags=["a"])
    path = f"/sessions/{before['id']}"
    assert (await lab.owner.delete(path)).status_code == 204
    assert (await lab.owner.get(path)).status_code == 404
    assert await names(lab.owner) == []
    assert (await lab.owner.get("/sessions/totals")).json()["count"] == 0
    [binned] = (await lab.owner.get("/sessions?deleted=true")).json()["items"]
    assert binned["id"] == before["id"]
    assert binned["deleted_at"] is not None
    assert (await lab.owner.get("/sessions/totals?deleted=true")).json()["count"] == 1

    restored = await lab.owner.post(f"{path}/restore")
    assert restored.status_code == 200
    assert restored.json() == before | {"updated_at": restored.json()["updated_at"]}
    assert await names(lab.owner) == ["PCR"]
    assert await names(lab.owner, deleted=True) == []


async def test_what_is_in_the_bin_is_neither_changed_nor_deleted_nor_continued(lab: Lab):
    path = f"/sessions/{(await add(lab.owner))['id']}"
    await lab.owner.delete(path)
    assert (await lab.owner.patch(path, json={"name": "x"})).status_code == 404
    assert (await lab.owner.delete(path)).status_code == 404
    assert (await lab.owner.post(f"{path}/continue")).status_code == 404


async def test_restoring_what_is_not_in_the_bin_changes_nothing(lab: Lab):
    made = await add(lab.owner)
    for _ in range(2):
        answer = await lab.owner.post(f"/sessions/{made['id']}/restore")
        assert (answer.status_code, answer.json()) == (200, made)


async def test_bin_is_emptied_after_thirty_days(lab: Lab, owner_database: Database):
    old, new = await add(lab.owner, name="old"), await add(lab.owner, name="new")
    for made in (old, new):
        await lab.owner.delete(f"/sessions/{made['id']}")
    async with owner_database.transaction() as tx:
        for made, days in ((old, 31), (new, 29)):
            await tx.execute(
                f"UPDATE sessions SET deleted_at = now() - interval '{days} days' WHERE id = $1::uuid",
                made["id"],
            )
    async with lab.app.connection() as tx:
        await tx.execute("SELECT keep_sessions_in_order()")
    assert await names(lab.owner, deleted=True) == ["new"]
    assert (await lab.owner.post(f"/sessions/{old['id']}/restore")).status_code == 404


async def test_continued_session_runs_with_its_name_project_and_tags(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Genome"})).json()["id"]
    made = await add(lab.owner, tags=["a"], project_id=project, billable=True)
    before = (await lab.owner.post("/timer/start", json={"name": "before"})).json()["running"]
    answer = await lab.owner.post(f"/sessions/{made['id']}/continue")
    assert answer.status_code == 201
    running, stopped = answer.json()["running"], answer.json()["stopped"]
    assert stopped["id"] == before["id"]
    for field in ("name", "project_id", "tags", "billable"):
        assert running[field] == made[field]
    assert running["id"] != made["id"]
    assert (await lab.owner.get(f"/sessions/{made['id']}")).json() == made
