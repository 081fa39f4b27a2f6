"""Templates and patterns: what they make of days, by which clocks, and how it is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import Hire, roster

from benchbook.shifts.pattern_rules import Busy, Planned, planned_shifts, sort_out
from benchbook.shifts.pattern_schemas import (
    PatternEmployee,
    PatternEntry,
    ShiftPattern,
    ShiftTemplate,
)

NOBODY = "01900000-0000-7000-8000-000000000000"


async def template(lab: Lab, name: str, start: str, end: str | None = None, **more: Any) -> str:
    body = {"name": name, "start_time": start, "end_time": end, **more}
    answer = await lab.owner.post("/shift-templates", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def pattern(lab: Lab, days: dict[int, str], cycle: int = 7, on: str = "2026-03-02") -> str:
    """A pattern with a template on some days of its cycle."""
    body = {
        "name": f"Pattern {uuid4()}",
        "starts_on": on,
        "cycle_days": cycle,
        "entries": [{"day": day, "template_id": one} for day, one in days.items()],
    }
    answer = await lab.owner.post("/shift-patterns", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def generate(lab: Lab, pattern_id: str, who: list[Any], first: str, to: str, **more: Any):
    employees = [{"employee_id": one} if isinstance(one, str) else one for one in who]
    return await lab.owner.post(
        f"/shift-patterns/{pattern_id}/generate",
        json={"employees": employees, "from": first, "to": to, **more},
    )


# Keeping them -----------------------------------------------------------------------------------


async def test_template_is_added_read_changed_and_deleted(lab: Lab):
    body = {"name": "Night", "start_time": "22:00", "end_time": "06:00", "break_minutes": 30}
    added = await lab.owner.post("/shift-templates", json=body)
    assert added.status_code == 201
    stored = added.json()
    assert stored | body == stored
    path = f"/shift-templates/{stored['id']}"
    assert added.headers["location"] == f"/api/v1{path}"
    again = await lab.owner.post("/shift-templates", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "roster_name_taken")
    # A length takes the place of the end.
    etag = {"If-Match": added.headers["etag"]}
    changed = await lab.owner.patch(path, json={"duration_minutes": 480}, headers=etag)
    assert (changed.json()["end_time"], changed.json()["duration_minutes"]) == (None, 480)
    assert (await lab.owner.patch(path, json={"name": "N"}, headers=etag)).status_code == 412
    assert (await lab.owner.get(path)).json() == changed.json()
    for wrong, place in (
        ({"end_time": "06:00", "duration_minutes": 480}, "/end_time"),
        ({"duration_minutes": None}, "/end_time"),
        ({"break_minutes": 480}, "/break_minutes"),
        ({"start_time": "24:00"}, "/start_time"),
        ({"location_id": NOBODY}, "/location_id"),
    ):
        refused = await lab.owner.patch(path, json=wrong)
        assert (refused.status_code // 100, pointers(refused)) == (4, [place])
    used_by = await pattern(lab, {1: stored["id"]})
    in_use = await lab.owner.delete(path)
    assert (in_use.status_code, in_use.json()["code"]) == (409, "shift_template_in_use")
    assert (await lab.owner.delete(f"/shift-patterns/{used_by}")).status_code == 204
    assert (await lab.owner.delete(path)).status_code == 204
    assert (await lab.owner.get(path)).json()["code"] == "shift_template_not_found"


async def test_pattern_is_changed_whole_and_wrong_entries_are_pointed_at(lab: Lab):
    day, night = (
        await template(lab, "Day", "08:00", "16:00"),
        await template(lab, "N", "22:00", "06:00"),
    )
    one = await pattern(lab, {1: day, 3: night})
    path = f"/shift-patterns/{one}"
    before = (await lab.owner.get(path)).json()
    assert [entry["day"] for entry in before["entries"]] == [1, 3]
    for change, status, place in (
        ({"cycle_days": 2}, 400, "/entries/1/day"),
        ({"entries": [{"day": 8, "template_id": day}]}, 400, "/entries/0/day"),
        ({"entries": [{"day": 1, "template_id": day}] * 2}, 400, "/entries/1"),
        ({"entries": [{"day": 1, "template_id": NOBODY}]}, 404, "/entries/0/template_id"),
    ):
        refused = await lab.owner.patch(path, json=change)
        assert (refused.status_code, pointers(refused)) == (status, [place])
    assert (await lab.owner.get(path)).json() == before
    change = {"cycle_days": 2, "entries": [{"day": 2, "template_id": night}]}
    changed = await lab.owner.patch(path, json=change)
    assert changed.json() | change == changed.json()
    listed = (await lab.owner.get("/shift-patterns")).json()["items"]
    assert listed == [changed.json()]


# Generating -------------------------------------------------------------------------------------


async def test_two_weeks_on_and_one_off_with_offsets(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    early = await template(lab, "Early", "06:00", "14:00", position="Bench", break_minutes=30)
    cycle = {day: early for week in (0, 7) for day in range(week + 1, week + 6)}
    one = await pattern(lab, cycle, cycle=21)
    who = [erna, {"employee_id": emil, "offset_days": 7}]
    # From the middle of a cycle on: where one is in it depends on the day alone.
    answer = await generate(lab, one, who, "2026-03-09", "2026-03-30", time_zone="Europe/Berlin")
    assert answer.status_code == 200, answer.text
    made = answer.json()["shifts"]
    weeks = {
        employee: {
            date.fromisoformat(s["date"]).isocalendar().week
            for s in made
            if s["employee_id"] == employee
        }
        for employee in (erna, emil)
    }
    assert weeks == {erna: {11, 13}, emil: {12, 13}}
    assert len(made) == 20
    first = made[0]
    assert (first["starts_at"], first["ends_at"]) == (
        "2026-03-09T05:00:00Z",
        "2026-03-09T13:00:00Z",
    )
    stored = (await lab.owner.get(f"/shifts/{first['shift_id']}")).json()
    assert (stored["published"], stored["position"], stored["break_minutes"]) == (
        False,
        "Bench",
        30,
    )
    listed = (await lab.owner.get("/shift-generations")).json()["items"]
    assert [(g["id"], g["shift_count"]) for g in listed] == [(answer.json()["id"], 20)]
    # Published since: somebody may count on it.
    assert (
        await lab.owner.patch(f"/shifts/{first['shift_id']}", json={"published": True})
    ).status_code == 200
    back = await lab.owner.delete(f"/shift-generations/{answer.json()['id']}")
    assert (back.json()["deleted"], back.json()["kept"]) == (19, 1)
    assert back.json()["shifts"][0]["id"] == made[1]["shift_id"]
    assert {one[0] for one in await roster(lab)} == {first["shift_id"]}
    again = await lab.owner.delete(f"/shift-generations/{answer.json()['id']}")
    assert again.json()["code"] == "shift_generation_not_found"
    # What was deleted is told as it was, so that it can be brought back.
    given = ("employee_id", "starts_at", "ends_at", "break_minutes", "position", "published")
    create = [{name: one[name] for name in given} for one in back.json()["shifts"]]
    assert (await lab.owner.post("/shifts/batch", json={"create": create})).status_code == 200
    assert len(await roster(lab)) == 20


@pytest.mark.parametrize(("night", "seconds"), [("2026-03-28", 7 * 3600), ("2026-10-24", 9 * 3600)])
async def test_night_in_which_the_clocks_change_shows_the_hours_in_fact(
    night: str, seconds: int, lab: Lab, hire: Hire
):
    place = {"name": "Bench", "time_zone": "Europe/Berlin"}
    location = (await lab.owner.post("/locations", json=place)).json()["id"]
    by_clocks = await template(lab, "By clocks", "22:00", "06:00", location_id=location)
    in_fact = await template(lab, "In fact", "22:00", duration_minutes=480, location_id=location)
    to = (date.fromisoformat(night) + timedelta(days=1)).isoformat()
    for used, (duration, nominal) in (
        (by_clocks, (seconds, 28800)),
        (in_fact, (28800, 28800 + 28800 - seconds)),
    ):
        one = await pattern(lab, {1: used}, cycle=1)
        answer = await generate(lab, one, [await hire()], night, to)
        [made] = answer.json()["shifts"]
        assert (made["duration_seconds"], made["nominal_seconds"]) == (duration, nominal)
        assert made["time_zone"] == "Europe/Berlin"
        stored = (await lab.owner.get(f"/shifts/{made['shift_id']}")).json()
        assert (stored["starts_at"], stored["ends_at"]) == (made["starts_at"], made["ends_at"])
        assert stored["location_id"] == location


async def test_conflicts_are_listed_refused_or_left_out(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    day = await template(lab, "Day", "08:00", "16:00")
    one = await pattern(lab, {1: day}, cycle=1)
    times = {"starts_at": "2026-03-03T15:00:00Z", "ends_at": "2026-03-03T18:00:00Z"}
    met = (await lab.owner.post("/shifts", json={"employee_id": erna} | times)).json()["id"]
    before = await roster(lab)
    days = ("2026-03-02", "2026-03-05")
    dry = await generate(lab, one, [emil, erna], *days, dry_run=True)
    assert (dry.status_code, dry.json()["id"], len(dry.json()["shifts"])) == (200, None, 5)
    [left_out] = dry.json()["left_out"]
    assert (left_out["employee_id"], left_out["date"], left_out["reason"]) == (
        erna,
        "2026-03-03",
        "overlap",
    )
    assert left_out["conflicts"] == [{"shift_id": met, "employee_id": erna} | times]
    refused = await generate(lab, one, [emil, erna], *days)
    assert (refused.status_code, refused.json()["code"]) == (409, "shift_overlap")
    assert pointers(refused) == ["/employees/1"]
    assert refused.json()["conflicts"] == left_out["conflicts"]
    assert await roster(lab) == before
    done = await generate(lab, one, [emil, erna], *days, skip_conflicts=True)
    assert (done.status_code, done.json()["left_out"]) == (200, [left_out])
    assert len(await roster(lab)) == 6
    # Once more, there is nothing left to make, and nothing to take back.
    more = await generate(lab, one, [emil, erna], *days, skip_conflicts=True)
    assert (more.json()["id"], more.json()["shifts"], len(more.json()["left_out"])) == (None, [], 6)


async def test_leave_is_left_out_where_it_blocks(lab: Lab, hire: Hire):
    erna = await hire()
    leave = {"employee_id": erna, "kind": "vacation", "status": "approved"}
    days = {"first_day": "2026-03-03", "last_day": "2026-03-03"}
    assert (await lab.owner.post("/leave-requests", json=leave | days)).status_code == 201
    blocking = {"blocks_shifts": True}
    assert (await lab.owner.patch("/leave-settings", json=blocking)).status_code == 200
    one = await pattern(lab, {1: await template(lab, "Day", "08:00", "16:00")}, cycle=1)
    wish = (lab, one, [erna], "2026-03-02", "2026-03-05")
    dry = (await generate(*wish, dry_run=True)).json()
    assert [(x["date"], x["reason"]) for x in dry["left_out"]] == [("2026-03-03", "leave")]
    refused = await generate(*wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "shift_during_leave")
    done = (await generate(*wish, skip_conflicts=True)).json()
    assert (len(done["shifts"]), done["left_out"]) == (2, dry["left_out"])


async def test_what_the_clocks_leave_out_is_told(lab: Lab, hire: Hire):
    inside = await template(lab, "Inside", "02:10", "02:50")
    short = await template(lab, "Short", "01:30", "03:30", break_minutes=60)
    erna = await hire()
    one = await pattern(lab, {1: inside, 2: short}, cycle=2, on="2026-03-29")
    answer = await generate(lab, one, [erna], "2026-03-29", "2026-03-30", time_zone="Europe/Berlin")
    assert [(x["reason"], x["conflicts"]) for x in answer.json()["left_out"]] == [
        ("no_such_time", [])
    ]
    other = await pattern(lab, {1: short}, cycle=1)
    answer = await generate(
        lab, other, [erna], "2026-03-29", "2026-03-30", time_zone="Europe/Berlin"
    )
    assert [x["reason"] for x in answer.json()["left_out"]] == ["shorter_than_break"]
    assert await roster(lab) == set()


async def test_wishes_that_cannot_be_are_named(lab: Lab, hire: Hire):
    erna = await hire()
    day = await template(lab, "Day", "08:00", "08:01")
    one = await pattern(lab, {1: day}, cycle=1)
    for who, first, to, more, status, place in (
        ([erna], "2026-03-02", "2026-03-02", {}, 400, "/to"),
        ([erna], "2026-03-02", "2029-03-02", {}, 400, "/to"),
        ([erna], "1960-03-02", "1960-03-03", {}, 400, "/from"),
        ([erna], "2026-03-02", "2026-03-03", {"time_zone": "Nowhere"}, 400, "/time_zone"),
        ([erna, erna], "2026-03-02", "2026-03-03", {}, 400, "/employees/1/employee_id"),
        ([erna, NOBODY], "2026-03-02", "2026-03-03", {}, 404, "/employees/1/employee_id"),
        ([erna, NOBODY], "2026-03-02", "2026-03-03", {"dry_run": True}, 404, "/employees/1/employee_id"),
    ):  # fmt: skip
        answer = await generate(lab, one, who, first, to, **more)
        assert (answer.status_code, pointers(answer)) == (status, [place]), answer.text
    many = [await hire() for _ in range(14)]
    too_many = await generate(lab, one, many, "2026-01-01", "2027-12-31")
    assert (too_many.status_code, pointers(too_many)) == (400, ["/to"])
    assert await roster(lab) == set()


async def test_plans_are_for_managers_of_the_organisation(
    lab: Lab, hire: Hire, make_lab: Callable[..., Any]
):
    day = await template(lab, "Day", "08:00", "16:00")
    one = await pattern(lab, {1: day})
    member, elsewhere = await lab.person("member"), (await make_lab()).owner
    for path in ("/shift-templates", "/shift-patterns", "/shift-generations"):
        assert (await member.get(path)).status_code == 403
        assert (await elsewhere.get(path)).json()["items"] == []
    theirs = {"name": "x", "starts_on": "2026-03-02", "cycle_days": 1}
    entries = {"entries": [{"day": 1, "template_id": day}]}
    assert (await elsewhere.post("/shift-patterns", json=theirs | entries)).status_code == 404
    assert (await elsewhere.get(f"/shift-patterns/{one}")).status_code == 404


async def test_of_two_who_generate_at_once_one_is_refused(lab: Lab, hire: Hire):
    people = [await hire() for _ in range(3)]
    day = await template(lab, "Day", "08:00", "16:00")
    one = await pattern(lab, {1: day}, cycle=1)
    answers = await asyncio.gather(
        generate(lab, one, people, "2026-03-02", "2026-03-12"),
        generate(lab, one, people[::-1], "2026-03-02", "2026-03-12"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await roster(lab)) == 30


# Properties -------------------------------------------------------------------------------------

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
# Around changes of each of these zones, and the day that Apia left out.
DAYS = [date(2026, 3, 7), date(2026, 3, 28), date(2026, 4, 4), date(2026, 10, 3)]
DAYS += [date(2026, 10, 24), date(2026, 10, 31), date(2011, 12, 28), date(2012, 3, 31)]
_CLOCKS = st.integers(0, 24 * 4 - 1).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def made(clocks: list[str], cycle: int, offset: int, zone: str, first: date) -> list[Planned]:
    """The shifts of an employee who is on duty from each of these times to the next, each day."""
    templates = {
        (one := uuid4()): ShiftTemplate(
            id=one, name="x", position=None, location_id=None, note=None, start_time=start,
            end_time=end, duration_minutes=None, break_minutes=0, created_at=_NOW, updated_at=_NOW,
        )
        for start, end in pairwise([*clocks, clocks[0]])
    }  # fmt: skip
    entries = [PatternEntry(day, one) for day in range(1, cycle + 1) for one in templates]
    whole = ShiftPattern(
        id=uuid4(), name="x", starts_on=date(2026, 1, 1), cycle_days=cycle, entries=entries,
        created_at=_NOW, updated_at=_NOW,
    )  # fmt: skip
    who = [PatternEmployee(uuid4(), offset)]
    zones = dict.fromkeys(templates, ZoneInfo(zone))
    return list(planned_shifts(whole, templates, who, first, first + timedelta(days=4), zones))


@given(
    clocks=st.lists(_CLOCKS, min_size=2, max_size=5, unique=True).map(sorted),
    cycle=st.integers(1, 9),
    offset=st.integers(0, 20),
    zone=st.sampled_from(ZONES),
    first=st.sampled_from(DAYS),
)
def test_round_the_clock_has_neither_gaps_nor_overlaps_whatever_the_clocks_do(
    clocks: list[str], cycle: int, offset: int, zone: str, first: date
):
    planned = made(clocks, cycle, offset, zone, first)
    possible = sorted(
        (shift for shift in planned if shift.impossible is None), key=lambda one: one.starts_at
    )
    fitting, met = sort_out(possible, {})
    assert met == {}
    assert len(fitting) == len(possible)
    for one, other in pairwise(possible):
        assert one.ends_at == other.starts_at
    # All hours of these days are somebody's: as many as there are in fact.
    in_fact = (possible[-1].ends_at - possible[0].starts_at).total_seconds()
    assert in_fact == sum(shift.duration_seconds for shift in possible)
    for shift in possible:
        if shift.duration_seconds == shift.nominal_seconds:
            continue
        # It differs from the clocks by what these were moved, and never by more. (One that starts
        # in what is left out starts at the change itself.)
        around = (shift.starts_at - timedelta(minutes=1), shift.ends_at)
        before, after = (t.astimezone(ZoneInfo(zone)).utcoffset() or timedelta() for t in around)
        moved = abs(after - before)
        assert moved, shift
        assert abs(shift.duration_seconds - shift.nominal_seconds) <= moved.total_seconds()


@given(st.data())
def test_what_is_sorted_out_is_what_a_look_at_every_pair_finds(data: st.DataObject):
    spans = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda s: (s[0], s[0] + s[1]))
    at = lambda hour: _NOW + timedelta(hours=hour)  # noqa: E731
    employee = uuid4()
    stored: list[Busy] = []
    for start, end in data.draw(st.lists(spans, max_size=4)):
        if not any(b.starts_at < at(end) and b.ends_at > at(start) for b in stored):
            stored.append(Busy(at(start), at(end), shift_id=uuid4()))
    planned = [
        Planned(0, employee, None, _NOW.date(), "UTC", at(start), at(end), 0)  # type: ignore[arg-type]
        for start, end in data.draw(st.lists(spans, max_size=6))
    ]
    fitting, met = sort_out(planned, {employee: stored})
    taken = [(busy.starts_at, busy.ends_at, busy.shift_id) for busy in stored]
    expected: list[Planned] = []
    for number, shift in enumerate(planned):
        in_the_way = {t for t in taken if t[0] < shift.ends_at and t[1] > shift.starts_at}
        assert {(b.starts_at, b.ends_at, b.shift_id) for b in met.get(number, [])} == in_the_way
        if not in_the_way:
            expected.append(shift)
            taken.append((shift.starts_at, shift.ends_at, None))
    assert fitting == expected


def test_ids_of_stored_shifts_are_told_and_planned_ones_have_none():
    employee, stored = uuid4(), UUID(NOBODY)
    start = datetime.combine(date(2026, 3, 2), time(8), UTC)
    shift = Planned(
        0, employee, None, date(2026, 3, 2), "UTC", start, start + timedelta(hours=8), 0
    )  # type: ignore[arg-type]
    _, met = sort_out([shift], {employee: [Busy(start, start + timedelta(hours=1), stored)]})
    assert [one.shift_id for one in met[0]] == [stored]
    _, met = sort_out([shift, shift], {})
    assert [(one.shift_id, one.planned) for one in met[1]] == [(None, 0)]
