"""Leave and availability: asked for and decided on, private, and in the way of shifts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conftest import Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import DAY, Hire, at, roster, saved, shift

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Database, set_context
from benchbook.shifts.leave_rules import meets
from benchbook.shifts.leave_schemas import Availability

WEEK = {"kind": "vacation", "first_day": "2026-03-02", "last_day": "2026-03-06"}


async def leave(lab: Lab, employee_id: str, **more: Any) -> str:
    answer = await lab.owner.post(
        "/leave-requests", json=WEEK | {"employee_id": employee_id} | more
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def decide(lab: Lab, leave_id: str, status: str) -> Any:
    return await lab.owner.patch(f"/leave-requests/{leave_id}", json={"status": status})


async def conflicts(lab: Lab, **params: Any) -> list[tuple[str, str]]:
    answer = await lab.owner.get(
        "/shifts/conflicts", params={"from": "2026-03-01", "to": "2026-04-10"} | params
    )
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["shift_id"]) for one in answer.json()["items"]]


async def test_leave_is_asked_for_by_the_person_and_decided_by_a_manager(lab: Lab, hire: Hire):
    member, manager = await lab.person(), await lab.person("manager")
    await hire(person_id=member.person_id)
    asked = await member.post("/leave-requests", json=WEEK | {"note": "Skiing"})
    assert asked.status_code == 201
    body = asked.json()
    assert (body["status"], body["requested_by"]) == ("requested", member.person_id)
    assert (body["first_day"], body["last_day"]) == ("2026-03-02", "2026-03-06")
    assert (body["starts_at"], body["ends_at"]) == (
        "2026-03-02T00:00:00Z",
        "2026-03-07T00:00:00Z",
    )
    path = f"/leave-requests/{body['id']}"
    assert asked.headers["location"] == f"/api/v1{path}"
    assert (await member.patch(path, json={"status": "approved"})).status_code == 403
    stale = {"If-Match": '"7"'}
    assert (
        await manager.patch(path, json={"status": "approved"}, headers=stale)
    ).status_code == 412
    decided = await manager.patch(path, json={"status": "approved", "decision_note": "Enjoy"})
    assert decided.json()["status"] == "approved"
    assert (decided.json()["decided_by"], decided.json()["decision_note"]) == (
        manager.person_id,
        "Enjoy",
    )
    begun = await member.patch(path, json={"status": "cancelled"})
    assert (begun.status_code, begun.json()["code"]) == (409, "leave_decided")
    cancelled = await manager.patch(path, json={"status": "cancelled"})
    assert cancelled.json()["status"] == "cancelled"
    again = await manager.patch(path, json={"status": "approved"})
    assert (again.status_code, again.json()["code"]) == (409, "leave_decided")
    assert (await member.post("/leave-requests", json=WEEK)).status_code == 201


async def test_decisions_are_taken_back_and_leave_waits_again(lab: Lab, hire: Hire):
    member, manager = await lab.person(), await lab.person("manager")
    own = await hire(person_id=member.person_id)
    days = {"first_day": "2091-03-02", "last_day": "2091-03-06"}
    path = f"/leave-requests/{await leave(lab, own, **days)}"
    again = {"status": "requested"}
    for decision in ("approved", "declined", "cancelled"):
        decided = await manager.patch(path, json={"status": decision, "decision_note": "So"})
        assert (decided.status_code, decided.json()["decision_note"]) == (200, "So")
        if decision != "cancelled":
            assert (await member.patch(path, json=again)).status_code == 403
        reopened = (await manager.patch(path, json=again)).json()
        assert [reopened[field] for field in ("status", "decided_by", "decided_at")] == [
            "requested",
            None,
            None,
        ]
        assert reopened["decision_note"] is None
    await decide(lab, path.rsplit("/", 1)[1], "approved")
    noted = await manager.patch(path, json=again | {"decision_note": "So"})
    assert (noted.status_code, pointers(noted)) == (400, ["/decision_note"])

    # One's own withdrawal, approved before or not; it is managers who are told then.
    assert (await member.patch(path, json={"status": "cancelled"})).status_code == 200
    assert (await member.patch(path, json=again)).json()["status"] == "requested"
    [news] = [
        one
        for one in (await manager.get("/notifications")).json()["items"]
        if one["data"].get("leave_request_id") == path.rsplit("/", 1)[1]
    ][:1]
    assert (news["kind"], news["data"]["status"]) == ("leave_requested", "requested")
    await member.patch(path, json={"status": "cancelled"})
    await leave(lab, own, **days)
    taken = await member.patch(path, json=again)
    assert (taken.status_code, taken.json()["code"]) == (409, "leave_overlap")


async def test_days_are_those_of_the_location(lab: Lab, hire: Hire):
    berlin = {"name": "Berlin", "time_zone": "Europe/Berlin"}
    place = (await lab.owner.post("/locations", json=berlin)).json()["id"]
    erna = await hire(location_id=place)
    days = {"first_day": "2026-03-29", "last_day": "2026-03-29"}
    read = (await lab.owner.get(f"/leave-requests/{await leave(lab, erna, **days)}")).json()
    # The day on which clocks go forward has 23 hours.
    assert (read["starts_at"], read["ends_at"]) == ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
    assert (read["first_day"], read["last_day"]) == ("2026-03-29", "2026-03-29")
    assert read["time_zone"] == "Europe/Berlin"


async def test_leave_is_nobody_elses_business(lab: Lab, hire: Hire):
    member, other = await lab.person(), await lab.person()
    own = await leave(lab, await hire(person_id=member.person_id))
    theirs = await leave(lab, await hire(person_id=other.person_id))
    listed = (await member.get("/leave-requests")).json()["items"]
    assert [item["id"] for item in listed] == [own]
    assert (await member.get(f"/leave-requests/{theirs}")).status_code == 404
    for answer in (
        await member.patch(f"/leave-requests/{theirs}", json={"status": "cancelled"}),
        await lab.owner.patch(
            f"/leave-requests/{lab.organisation_id}", json={"status": "declined"}
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "leave_not_found")
    for_other = WEEK | {"employee_id": await hire()}
    assert (await member.post("/leave-requests", json=for_other)).status_code == 403
    at_once = WEEK | {"status": "approved"}
    assert (await member.post("/leave-requests", json=at_once)).status_code == 403
    nobody = await (await lab.person()).post("/leave-requests", json=WEEK)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "employee_not_found")


async def test_two_leaves_do_not_overlap_unless_one_was_declined(lab: Lab, hire: Hire):
    erna = await hire()
    first = await leave(lab, erna)
    hours = {"kind": "sick", "employee_id": erna, "starts_at": at(20), "ends_at": at(40)}
    second = await lab.owner.post("/leave-requests", json=hours)
    assert (second.status_code, second.json()["code"]) == (409, "leave_overlap")
    await decide(lab, first, "declined")
    second = await lab.owner.post("/leave-requests", json=hours)
    assert (second.status_code, second.json()["first_day"]) == (201, None)
    back = await decide(lab, first, "approved")
    assert (back.status_code, back.json()["code"]) == (409, "leave_overlap")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"first_day": "2026-03-02"}, "/last_day"),
        ({"ends_at": at(8)}, "/starts_at"),
        ({}, "/first_day"),
        ({"first_day": "2026-03-02", "last_day": "2026-03-01"}, "/last_day"),
        ({"first_day": "2026-03-02", "last_day": "2029-03-01"}, "/last_day"),
        ({"starts_at": at(8), "ends_at": at(8)}, "/ends_at"),
        ({"first_day": "2026-03-02", "last_day": "2026-03-02", "time_zone": "X"}, "/time_zone"),
    ],
)
async def test_leave_that_cannot_be_is_400(body: Any, pointer: str, lab: Lab, hire: Hire):
    answer = await lab.owner.post(
        "/leave-requests", json={"kind": "other", "employee_id": await hire()} | body
    )
    assert (answer.status_code, pointers(answer)) == (400, [pointer])


async def test_conflicts_name_leave_availability_and_missing_skills(lab: Lab, hire: Hire):
    skill = (await lab.owner.post("/skills", json={"name": "Laser"})).json()["id"]
    await lab.owner.post("/positions", json={"name": "Optics", "skill_ids": [skill]})
    erna, able = await hire(), await hire(skill_ids=[skill])
    optics = await saved(lab, erna, 8, 12, position="Optics")
    await saved(lab, able, 8, 12, position="Optics")
    away = await saved(lab, erna, 24 + 8, 24 + 16)
    request = await leave(lab, erna, first_day="2026-03-03", last_day="2026-03-03")
    assert await conflicts(lab) == [("skill", optics), ("leave_requested", away)]
    await decide(lab, request, "approved")
    wednesday = {"kind": "cannot", "employee_id": able, "weekday": 3, "end_time": "09:00"}
    entry = await lab.owner.post("/availability", json=wednesday)
    assert entry.status_code == 201
    early = await saved(lab, able, 48 + 8, 48 + 10)
    await saved(lab, able, 48 + 10, 48 + 12)
    assert await conflicts(lab) == [("skill", optics), ("leave", away), ("unavailable", early)]
    assert await conflicts(lab, employee_id=able) == [("unavailable", early)]
    assert await conflicts(lab, to="2026-03-02") == []
    await lab.owner.delete(f"/availability/{entry.json()['id']}")
    assert await conflicts(lab, employee_id=able) == []
    member = await lab.person()
    answer = await member.get("/shifts/conflicts", params={"from": "2026-03-01"})
    assert answer.json()["items"] == []
    await lab.owner.patch(f"/employees/{erna}", json={"person_id": member.person_id})
    answer = await member.get("/shifts/conflicts", params={"from": "2026-03-01"})
    assert [one["kind"] for one in answer.json()["items"]] == ["skill", "leave"]
    assert answer.json()["items"][0]["missing_skill_ids"] == [skill]


async def test_availability_is_kept_by_the_person_alone(lab: Lab, hire: Hire):
    member, other = await lab.person(), await lab.person()
    await hire(person_id=member.person_id)
    await hire(person_id=other.person_id)
    late = {"kind": "prefers", "date": "2026-03-04", "start_time": "14:00"}
    added = await member.post("/availability", json=late)
    assert added.status_code == 201
    path = f"/availability/{added.json()['id']}"
    assert (await other.get(path)).status_code == 404
    assert (await other.put(path, json=late)).status_code == 404
    assert (await other.get("/availability")).json()["items"] == []
    changed = await member.put(path, json={"kind": "cannot", "weekday": 7, "end_time": "12:30"})
    assert changed.json()["date"] is None
    assert (changed.json()["weekday"], changed.json()["end_time"]) == (7, "12:30")
    assert (await member.get(path)).json() == changed.json()
    assert (await member.delete(path)).status_code == 204
    for wrong, pointer in (
        ({"kind": "cannot"}, "/weekday"),
        ({"kind": "cannot", "weekday": 1, "date": "2026-03-04"}, "/weekday"),
        ({"kind": "cannot", "weekday": 1, "start_time": "22:00", "end_time": "06:00"}, "/end_time"),
    ):
        answer = await member.post("/availability", json=wrong)
        assert (answer.status_code, pointers(answer)) == (400, [pointer])


def test_weekly_entry_meets_a_shift_on_any_local_day_that_it_touches():
    entry = Availability(
        id=DAY, employee_id=DAY, kind="cannot", weekday=2, date=None,  # type: ignore[arg-type]
        start_time=None, end_time="01:00", time_zone="America/New_York", note=None,
        created_at=DAY, updated_at=DAY,
    )  # fmt: skip
    from datetime import timedelta

    hour = timedelta(hours=1)
    # Tuesday in New York begins at 05:00 UTC.
    assert meets(entry, DAY + 20 * hour, DAY + 30 * hour)
    assert not meets(entry, DAY + 20 * hour, DAY + 29 * hour)
    assert not meets(entry, DAY + 30 * hour, DAY + 40 * hour)


async def test_approved_leave_blocks_shifts_where_that_is_wanted(lab: Lab, hire: Hire):
    manager = await lab.person("manager")
    assert (await manager.get("/leave-settings")).json() == {"blocks_shifts": False}
    on = {"blocks_shifts": True}
    assert (await manager.patch("/leave-settings", json=on)).status_code == 403
    assert (await lab.owner.patch("/leave-settings", json=on)).json() == on
    assert (await manager.get("/leave-settings")).json() == on
    erna, emil = await hire(), await hire()
    stored = await saved(lab, erna, 8, 16)
    request = await leave(lab, erna)
    met = await decide(lab, request, "approved")
    assert (met.status_code, met.json()["code"]) == (409, "leave_meets_shifts")
    assert [one["shift_id"] for one in met.json()["conflicts"]] == [stored]
    handed_over = await lab.owner.patch(f"/shifts/{stored}", json={"employee_id": emil})
    assert handed_over.status_code == 200
    assert (await decide(lab, request, "approved")).status_code == 200
    before = await roster(lab)
    batch = {"create": [shift(emil, 16, 17), shift(erna, 100, 104)]}
    for answer, where in (
        (await lab.owner.post("/shifts", json=shift(erna, 20, 21)), []),
        (await lab.owner.post("/shifts/batch", json=batch), ["/create/1"]),
        (await lab.owner.patch(f"/shifts/{stored}", json={"employee_id": erna}), []),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "shift_during_leave")
        assert [error["pointer"] for error in answer.json().get("errors", [])] == where
    assert await roster(lab) == before
    await saved(lab, erna, 120, 128)


async def test_shift_and_leave_made_at_one_instant_never_both_stand(lab: Lab, hire: Hire):
    """Two connections, both committed: whoever comes second is refused by the database itself."""
    await lab.owner.patch("/leave-settings", json={"blocks_shifts": True})
    outcomes = set()
    for number in range(12):
        erna = await hire()
        request = await leave(lab, erna)
        pause = asyncio.sleep((number % 3) * 0.001)

        async def add(employee_id: str = erna) -> int:
            return (await lab.owner.post("/shifts", json=shift(employee_id, 8, 16))).status_code

        async def approve(leave_id: str = request, wait: Any = pause) -> int:
            await wait
            return int((await decide(lab, leave_id, "approved")).status_code)

        outcome = tuple(sorted(await asyncio.gather(add(), approve())))
        outcomes.add(outcome)
        assert outcome in ((200, 409), (201, 409))
    assert outcomes


async def test_trigger_refuses_what_goes_past_the_service(lab: Lab, hire: Hire, database: Database):
    """A transaction that knows no lock waits for the one that approves, and then is refused."""
    await lab.owner.patch("/leave-settings", json={"blocks_shifts": True})
    erna = await hire()
    request = await leave(lab, erna)
    owner = (await lab.owner.get("/me")).json()["person"]["id"]
    caller = Caller(lab.organisation_id, owner, "owner", None)  # type: ignore[arg-type]
    insert = f"""
        INSERT INTO shifts (organisation_id, id, employee_id, starts_at, ends_at)
        VALUES ('{lab.organisation_id}', gen_random_uuid(), '{erna}',
                '{at(8)}', '{at(16)}')"""
    async with database.connection() as one, database.connection() as other:
        for connection in (one, other):
            await connection.execute(f"BEGIN; {set_context(caller)}")
        await one.execute(f"UPDATE leave_requests SET status = 'approved' WHERE id = '{request}'")
        waiting = asyncio.create_task(other.execute(insert))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await one.execute("COMMIT")
        with pytest.raises(Exception, match="approved leave"):
            await waiting
        await other.execute("ROLLBACK")
    assert await roster(lab) == set()
