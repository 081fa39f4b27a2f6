"""Timesheets: weeks are submitted, approved and returned, and their totals agree with the hours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.conftest import Lab

MONDAY = "2026-03-02"
YEAR = "from=2026-01-01&to=2026-12-31"


async def add(client: httpx.AsyncClient, started_at: str, hours: float = 1, **fields: Any) -> str:
    body = {"name": "PCR", "started_at": started_at, "duration": int(hours * 3600)} | fields
    answer = await client.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def submit(client: httpx.AsyncClient, week: str = MONDAY, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/timesheets/submit", json={"week": week} | fields)
    assert answer.status_code == 200, answer.text
    sheet: dict[str, Any] = answer.json()
    return sheet


async def weeks(client: httpx.AsyncClient, query: str = YEAR) -> list[dict[str, Any]]:
    answer = await client.get(f"/timesheets?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def decide(client: httpx.AsyncClient, what: str, *ids: str, **fields: Any) -> httpx.Response:
    return await client.post(f"/timesheets/{what}", json={"ids": list(ids)} | fields)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# The way of a week ---------------------------------------------------------------------------------


async def test_week_is_submitted_returned_mended_and_approved(lab: Lab):
    member, manager = await lab.person(), await lab.person("manager")
    session = await add(member, "2026-03-03T09:00:00Z", 2)
    sheet = await submit(member, "2026-03-05", note="All of it")
    assert (sheet["status"], sheet["from"], sheet["to"]) == ("submitted", MONDAY, "2026-03-09")
    assert (sheet["duration_seconds"], sheet["note"]) == (7200, "All of it")
    refused = await member.patch(f"/sessions/{session}", json={"duration": 3600})
    assert code(refused) == (409, "period_locked")
    assert "is submitted: withdraw it" in refused.json()["detail"]
    assert refused.json()["locked"][0]["timesheet_id"] == sheet["id"]

    returned = await decide(manager, "return", sheet["id"], comment="Tuesday was one hour")
    assert returned.status_code == 200
    [week] = returned.json()["items"]
    assert (week["status"], week["comment"]) == ("returned", "Tuesday was one hour")
    assert (await member.patch(f"/sessions/{session}", json={"duration": 3600})).status_code == 200

    again = await submit(member)
    assert (again["id"], again["duration_seconds"]) == (sheet["id"], 3600)
    approved = (await decide(manager, "approve", sheet["id"])).json()["items"][0]
    assert (approved["status"], approved["decided_by"]) == (
        "approved",
        manager.person_id,  # type: ignore[attr-defined]
    )
    refused = await member.delete(f"/sessions/{session}")
    assert code(refused) == (409, "period_locked")
    assert "is approved: ask a manager" in refused.json()["detail"]

    details = (await member.get(f"/timesheets/week?week={MONDAY}")).json()
    assert [event["action"] for event in details["history"]] == [
        "approved",
        "submitted",
        "returned",
        "submitted",
    ]
    assert details["history"][2]["comment"] == "Tuesday was one hour"
    assert details["history"][3]["comment"] == "All of it"


async def test_submitted_week_locks_its_hours_for_managers_too(lab: Lab):
    member = await lab.person()
    session = await add(member, "2026-03-03T09:00:00Z")
    await submit(member)
    refused = await lab.owner.patch(f"/sessions/{session}", json={"name": "x"})
    assert code(refused) == (409, "period_locked")


async def test_withdrawn_week_is_open_again(lab: Lab):
    session = await add(lab.owner, "2026-03-03T09:00:00Z")
    await submit(lab.owner)
    answer = await lab.owner.post("/timesheets/withdraw", json={"week": "2026-03-08"})
    assert (answer.status_code, answer.json()["status"]) == (200, "open")
    assert (await lab.owner.delete(f"/sessions/{session}")).status_code == 204


async def test_approval_is_taken_back(lab: Lab):
    member = await lab.person()
    session = await add(member, "2026-03-03T09:00:00Z")
    sheet = await submit(member)
    await decide(lab.owner, "approve", sheet["id"])
    reopened = (await decide(lab.owner, "reopen", sheet["id"])).json()["items"][0]
    assert (reopened["status"], reopened["decided_by"]) == ("submitted", None)
    assert (await member.delete(f"/sessions/{session}")).status_code == 409
    assert (await member.post("/timesheets/withdraw", json={"week": MONDAY})).status_code == 200


async def test_approved_week_may_be_returned(lab: Lab):
    member = await lab.person()
    session = await add(member, "2026-03-03T09:00:00Z")
    sheet = await submit(member)
    await decide(lab.owner, "approve", sheet["id"])
    assert (await decide(lab.owner, "return", sheet["id"], comment="x")).status_code == 200
    assert (await member.delete(f"/sessions/{session}")).status_code == 204


async def test_week_without_hours_may_be_submitted(lab: Lab):
    sheet = await submit(lab.owner)
    assert (sheet["duration_seconds"], sheet["days"], sheet["session_count"]) == (0, [], 0)
    body = {"name": "x", "started_at": "2026-03-03T09:00:00Z", "duration": 60}
    assert code(await lab.owner.post("/sessions", json=body)) == (409, "period_locked")


@pytest.mark.parametrize(
    ("what", "allowed"),
    [
        ("submit", {"open", "returned"}),
        ("withdraw", {"submitted"}),
        ("approve", {"submitted"}),
        ("return", {"submitted", "approved"}),
        ("reopen", {"approved"}),
    ],
)
async def test_states_that_do_not_follow_each_other_are_refused(
    lab: Lab, what: str, allowed: set[str]
):
    for number, state in enumerate(("open", "submitted", "approved", "returned")):
        member = await lab.person()
        sheet = await submit(member)
        if state == "open":
            await member.post("/timesheets/withdraw", json={"week": MONDAY})
        elif state == "approved":
            await decide(lab.owner, "approve", sheet["id"])
        elif state == "returned":
            await decide(lab.owner, "return", sheet["id"], comment="x")
        if what in ("submit", "withdraw"):
            answer = await member.post(f"/timesheets/{what}", json={"week": MONDAY})
        else:
            comment = {"comment": "x"} if what == "return" else {}
            answer = await decide(lab.owner, what, sheet["id"], **comment)
        if state in allowed:
            assert answer.status_code == 200, (number, state)
        else:
            assert code(answer) == (409, "timesheet_in_another_state"), state
            assert answer.json()["timesheet_status"] == state


# Who may -------------------------------------------------------------------------------------------


async def test_members_decide_nothing(lab: Lab):
    member, other = await lab.person(), await lab.person()
    sheet = await submit(member)
    for what in ("approve", "return", "reopen"):
        for client in (member, other):
            comment = {"comment": "x"} if what == "return" else {}
            assert (await decide(client, what, sheet["id"], **comment)).status_code == 403


async def test_nobody_approves_their_own_week_where_somebody_else_could(lab: Lab):
    manager = await lab.person("manager")
    for client, other in ((manager, lab.owner), (lab.owner, manager)):
        sheet = await submit(client)
        answer = await decide(client, "approve", sheet["id"])
        assert code(answer) == (403, "own_timesheet")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/ids/0"]
        assert (await decide(other, "approve", sheet["id"])).status_code == 200
        assert code(await decide(client, "reopen", sheet["id"])) == (403, "own_timesheet")


async def test_who_is_the_only_one_that_could_approves_their_own_week(lab: Lab):
    await lab.person()
    manager = await lab.person("manager")
    path = f"/people/{manager.person_id}"  # type: ignore[attr-defined]
    assert (await lab.owner.patch(path, json={"active": False})).status_code == 200
    sheet = await submit(lab.owner)
    assert (await decide(lab.owner, "approve", sheet["id"])).status_code == 200


async def test_members_see_their_own_weeks_and_managers_everybodys(lab: Lab):
    one, other = await lab.person(name="Ada"), await lab.person(name="Bea")
    for client in (one, other):
        await add(client, "2026-03-03T09:00:00Z")
    assert [week["person_name"] for week in await weeks(one)] == ["Ada"]
    assert [week["person_name"] for week in await weeks(lab.owner)] == ["Ada", "Bea"]
    theirs = f"person_id={other.person_id}"  # type: ignore[attr-defined]
    assert await weeks(one, f"{YEAR}&{theirs}") == []
    answer = await one.get(f"/timesheets/week?week={MONDAY}&{theirs}")
    assert code(answer) == (404, "person_not_found")
    assert [week["person_name"] for week in await weeks(lab.owner, f"{YEAR}&{theirs}")] == ["Bea"]


async def test_weeks_of_another_organisation_are_not_there(lab: Lab, make_lab: Callable[..., Any]):
    elsewhere: Lab = await make_lab()
    theirs = await submit(elsewhere.owner)
    mine = await submit(await lab.person())
    for what in ("approve", "return", "reopen"):
        comment = {"comment": "x"} if what == "return" else {}
        answer = await decide(lab.owner, what, mine["id"], theirs["id"], **comment)
        assert code(answer) == (404, "timesheet_not_found")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/ids/1"]
    [week] = await weeks(elsewhere.owner)
    assert week["status"] == "submitted"


async def test_bulk_approval_is_all_or_nothing(lab: Lab):
    one, other = await lab.person(), await lab.person()
    first, second = await submit(one), await submit(other)
    third = await submit(one, "2026-03-09")
    await decide(lab.owner, "return", second["id"], comment="x")
    answer = await decide(lab.owner, "approve", first["id"], second["id"], third["id"])
    assert code(answer) == (409, "timesheet_in_another_state")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/ids/1"]
    assert {week["status"] for week in await weeks(one)} == {"submitted"}
    answer = await decide(lab.owner, "approve", third["id"], first["id"], third["id"])
    assert [week["id"] for week in answer.json()["items"]] == [third["id"], first["id"]]
    assert {week["status"] for week in await weeks(one)} == {"approved"}


async def test_every_step_is_in_the_audit(lab: Lab):
    member = await lab.person()
    sheet = await submit(member)
    await member.post("/timesheets/withdraw", json={"week": MONDAY})
    await submit(member)
    await decide(lab.owner, "approve", sheet["id"])
    await decide(lab.owner, "reopen", sheet["id"])
    await decide(lab.owner, "return", sheet["id"], comment="Mend it")
    events = [
        event
        for event in (await lab.owner.get("/audit-events")).json()["items"]
        if event["subject_id"] == sheet["id"]
    ]
    assert [event["action"].removeprefix("timesheet.") for event in reversed(events)] == [
        "submitted",
        "withdrawn",
        "submitted",
        "approved",
        "reopened",
        "returned",
    ]
    assert events[0]["details"]["comment"] == "Mend it"


# Weeks and sums --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "week_start"),
    [
        ("Europe/Berlin", "monday"),
        ("America/New_York", "sunday"),
        ("Asia/Kolkata", "saturday"),
        ("Australia/Lord_Howe", "monday"),
    ],
)
async def test_weeks_agree_with_totals_and_reports(
    make_lab: Callable[..., Any], zone: str, week_start: str
):
    lab: Lab = await make_lab(time_zone=zone)
    member = await lab.person()
    await member.patch("/me", json={"week_start": week_start})
    instant = datetime(2026, 3, 1, 0, 10, tzinfo=UTC)
    for number in range(60):
        start = instant + timedelta(hours=17 * number)
        await add(member, start.isoformat(), 0.5 + number % 5)
    found = await weeks(member)
    totals = (await member.get("/sessions/totals?year=2026")).json()
    assert sum(week["duration_seconds"] for week in found) == totals["duration_seconds"]
    assert sum(week["session_count"] for week in found) == totals["count"] == 60
    assert sorted(
        (day["date"], day["duration_seconds"]) for week in found for day in week["days"]
    ) == [(day["date"], day["duration_seconds"]) for day in totals["days"]]
    for week in found:
        report = (await member.get(f"/reports/hours?period=week&date={week['from']}")).json()
        assert (report["from"], report["to"]) == (week["from"], week["to"])
        assert report["total_seconds"] == week["duration_seconds"]
        assert [(day["date"], day["duration_seconds"]) for day in report["days"]] == [
            (day["date"], day["duration_seconds"]) for day in week["days"]
        ]
        by_instant = await member.get(
            "/sessions/totals", params={"from": week["starts_at"], "to": week["ends_at"]}
        )
        assert by_instant.json()["count"] == week["session_count"]


async def test_submitted_week_keeps_its_hours_when_its_person_travels(make_lab: Callable[..., Any]):
    lab: Lab = await make_lab(time_zone="Europe/Berlin")
    member = await lab.person()
    # An hour on each of two weeks' 14 days and on the hours where they meet.
    instant = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    for number in range(56):
        await add(member, (instant + timedelta(hours=6 * number)).isoformat())
    before = {week["from"]: week for week in await weeks(member)}
    submitted = await submit(member, "2026-03-02")
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        await member.patch("/me", json={"time_zone": zone})
        after = {week["from"]: week for week in await weeks(member)}
        kept = after["2026-03-02"]
        for field in ("duration_seconds", "days", "starts_at", "ends_at", "time_zone"):
            assert kept[field] == before["2026-03-02"][field] == submitted[field]
        # Nothing is counted twice and nothing is lost between the weeks.
        assert sum(week["session_count"] for week in after.values()) == 56
        assert after["2026-03-09"]["starts_at"] == kept["ends_at"]
    second = await submit(member, "2026-03-09")
    assert second["starts_at"] == submitted["ends_at"]


async def test_weeks_that_begin_on_another_day_by_now_count_no_hour_twice(lab: Lab):
    member = await lab.person()
    instant = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    for number in range(16):
        await add(member, (instant + timedelta(days=number)).isoformat())
    submitted = await submit(member, "2026-03-02")
    await member.patch("/me", json={"week_start": "sunday"})
    found = await weeks(member)
    assert sum(week["session_count"] for week in found) == 16
    assert [(week["from"], week["session_count"]) for week in reversed(found)] == [
        ("2026-03-01", 1),
        ("2026-03-02", 7),
        ("2026-03-08", 6),
        ("2026-03-15", 2),
    ]
    following = await submit(member, "2026-03-10")
    assert following["starts_at"] == submitted["ends_at"]
    # All that is left of the week before is its Sunday.
    assert (await submit(member, "2026-03-01"))["session_count"] == 1
    assert (
        await member.post("/timesheets/withdraw", json={"week": "2026-03-05"})
    ).status_code == 200


async def test_days_of_a_week_are_those_in_which_sessions_start(make_lab: Callable[..., Any]):
    lab: Lab = await make_lab(time_zone="Europe/Berlin")
    await add(lab.owner, "2026-03-08T22:30:00Z", 2)  # Sunday 23:30 to Monday 01:30
    await add(lab.owner, "2026-03-08T23:00:00Z")  # Monday 00:00
    later, earlier = await weeks(lab.owner)
    assert earlier["days"] == [{"date": "2026-03-08", "duration_seconds": 7200}]
    assert later["days"] == [{"date": "2026-03-09", "duration_seconds": 3600}]


async def test_details_show_hours_by_project(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Reef"})).json()["id"]
    await add(lab.owner, "2026-03-02T09:00:00Z", 2, project_id=project)
    await add(lab.owner, "2026-03-04T09:00:00Z", 1, project_id=project)
    await add(lab.owner, "2026-03-04T12:00:00Z", 0.5)
    details = (await lab.owner.get("/timesheets/week?week=2026-03-08")).json()
    assert [(row["label"], row["duration_seconds"]) for row in details["projects"]] == [
        ("Reef", 10_800),
        ("No project", 1800),
    ]
    assert [day["date"] for day in details["projects"][0]["days"]] == ["2026-03-02", "2026-03-04"]
    assert details["duration_seconds"] == 12_600
    assert (details["id"], details["status"], details["history"]) == (None, "open", [])


async def test_missing_weeks_are_over_have_hours_and_were_not_submitted(lab: Lab):
    member = await lab.person()
    today = datetime.now(UTC).date()
    this_week = today - timedelta(days=today.weekday())
    for ago in (1, 2, 3, 4):
        await add(member, f"{this_week - timedelta(weeks=ago)}T09:00:00Z")
    await add(member, f"{this_week}T00:00:00Z", 0.01)
    await submit(member, str(this_week - timedelta(weeks=2)))
    sheet = await submit(member, str(this_week - timedelta(weeks=3)))
    await decide(lab.owner, "return", sheet["id"], comment="x")
    missing = await weeks(lab.owner, "missing=true")
    assert [(week["from"], week["status"]) for week in missing] == [
        (str(this_week - timedelta(weeks=1)), "open"),
        (str(this_week - timedelta(weeks=3)), "returned"),
        (str(this_week - timedelta(weeks=4)), "open"),
    ]
    assert all(week["missing"] for week in missing)
    others = await weeks(lab.owner, "missing=false")
    assert [week["from"] for week in others] == [
        str(this_week),
        str(this_week - timedelta(weeks=2)),
    ]


async def test_weeks_are_filtered_by_status_and_paged(lab: Lab):
    people = [await lab.person(name=name) for name in ("Ada", "Bea", "Cai")]
    for person in people:
        for monday in ("2026-03-02", "2026-03-09", "2026-03-16"):
            await add(person, f"{monday}T09:00:00Z")
    await submit(people[1])
    [only] = await weeks(lab.owner, f"{YEAR}&status=submitted")
    assert only["person_name"] == "Bea"
    assert len(await weeks(lab.owner, f"{YEAR}&status=open")) == 8
    seen, cursor = [], ""
    while True:
        page = (await lab.owner.get(f"/timesheets?{YEAR}&limit=2{cursor}")).json()
        seen += [(week["from"], week["person_name"]) for week in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [
        (monday, name)
        for monday in ("2026-03-16", "2026-03-09", "2026-03-02")
        for name in ("Ada", "Bea", "Cai")
    ]


# What is refused -------------------------------------------------------------------------------------


async def test_week_is_not_submitted_while_something_of_it_runs(lab: Lab):
    await lab.owner.post("/timer/start")
    today = str(datetime.now(UTC).date())
    answer = await lab.owner.post("/timesheets/submit", json={"week": today})
    assert code(answer) == (409, "timer_runs_in_week")
    assert await weeks(lab.owner, "status=submitted") == []
    await submit(lab.owner, MONDAY)
    await lab.owner.post("/timer/stop")
    await submit(lab.owner, today)
    assert code(await lab.owner.post("/timer/start")) == (409, "period_locked")


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("submit", {"week": "2098-03-02"}, "/week"),
        ("submit", {"week": "1969-03-02"}, "/week"),
        ("submit", {"week": "9999-12-31"}, "/week"),
        ("withdraw", {"week": "0001-01-01"}, "/week"),
        ("approve", {"ids": []}, "/ids"),
        ("return", {"ids": ["01900000-0000-7000-8000-000000000000"], "comment": " "}, "/comment"),
        ("return", {"ids": ["01900000-0000-7000-8000-000000000000"], "comment": ""}, "/comment"),
    ],
)
async def test_what_cannot_be_is_named(lab: Lab, path: str, body: dict[str, Any], pointer: str):
    answer = await lab.owner.post(f"/timesheets/{path}", json=body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=2026-03-02&to=2026-03-02", "?to"),
        ("from=2026-03-02&to=2027-03-10", "?to"),
        ("from=0001-01-01&to=0001-02-01", "?from"),
        ("to=0001-01-01", "?from"),
        ("from=2026-03-02&to=9999-12-31", "?to"),
        ("from=9999-12-01&to=9999-12-31", "?from"),
        ("cursor=x", "?cursor"),
    ],
)
async def test_ranges_that_cannot_be_are_named(lab: Lab, query: str, pointer: str):
    answer = await lab.owner.get(f"/timesheets?{query}")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await lab.owner.get("/timesheets/week?week=0001-01-01")).status_code == 400


# Races -----------------------------------------------------------------------------------------------


async def test_total_that_was_submitted_is_the_total_of_what_is_stored(lab: Lab):
    for number in range(3):
        member = await lab.person()
        monday = f"2026-03-{2 + 7 * number:02}"

        async def write(
            minute: int, client: httpx.AsyncClient = member, monday: str = monday
        ) -> int:
            body = {"name": "x", "started_at": f"{monday}T09:{minute:02}:00Z", "duration": 60}
            return (await client.post("/sessions", json=body)).status_code

        answers = await asyncio.gather(
            *(write(minute) for minute in range(5)),
            member.post("/timesheets/submit", json={"week": monday}),
            *(write(minute) for minute in range(5, 10)),
        )
        sheet = answers[5].json()  # type: ignore[union-attr]
        statuses = [answer for answer in answers if isinstance(answer, int)]
        assert set(statuses) <= {201, 409}
        totals = (
            await member.get(
                "/sessions/totals", params={"from": sheet["starts_at"], "to": sheet["ends_at"]}
            )
        ).json()
        assert totals["duration_seconds"] == sheet["duration_seconds"]
        assert totals["count"] == statuses.count(201) == sheet["session_count"]


async def test_week_submitted_many_times_at_once_is_submitted_once(lab: Lab):
    answers = await asyncio.gather(
        *(lab.owner.post("/timesheets/submit", json={"week": MONDAY}) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert len((await lab.owner.get("/locked-spans")).json()["items"]) == 1


async def test_approval_and_withdrawal_at_once_end_in_one_of_the_two(lab: Lab):
    for _ in range(4):
        member = await lab.person()
        sheet = await submit(member)
        approved, withdrawn = await asyncio.gather(
            decide(lab.owner, "approve", sheet["id"]),
            member.post("/timesheets/withdraw", json={"week": MONDAY}),
        )
        assert sorted([approved.status_code, withdrawn.status_code]) == [200, 409]
        [week] = await weeks(member)
        spans = (await member.get("/locked-spans")).json()["items"]
        assert (week["status"], len(spans)) == (
            ("approved", 1) if approved.status_code == 200 else ("open", 0)
        )


async def test_timer_is_not_started_into_a_week_that_is_being_submitted(lab: Lab):
    today = str(datetime.now(UTC).date())
    for _ in range(4):
        member = await lab.person()
        started, submitted = await asyncio.gather(
            member.post("/timer/start"),
            member.post("/timesheets/submit", json={"week": today}),
        )
        assert sorted([started.status_code, submitted.status_code]) in ([200, 409], [201, 409])
        running = (await member.get("/timer")).json()["running"]
        assert (running is not None) == (started.status_code == 201)
