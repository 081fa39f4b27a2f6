"""What managers do with patterns: keep them, generate shifts of them, take these back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import known_time_zone, visible_text
from benchbook.platform.database import Transaction
from benchbook.platform.problems import FieldError, InvalidInput
from benchbook.shifts import closing_store, leave_store
from benchbook.shifts import pattern_store as store
from benchbook.shifts.changes import Outcome, carry_out, lock
from benchbook.shifts.errors import (
    EmployeeNotFound,
    ShiftGenerationNotFound,
    ShiftOverlap,
    ShiftPatternNotFound,
    ShiftTemplateNotFound,
)
from benchbook.shifts.labour import MOST_VIOLATIONS, judge_of
from benchbook.shifts.labour_rules import violation_of
from benchbook.shifts.pattern_rules import (
    Busy,
    Planned,
    check_days,
    check_entries,
    planned_shifts,
    sort_out,
)
from benchbook.shifts.pattern_schemas import (
    ChangeShiftPattern,
    GeneratedShift,
    GeneratedShifts,
    GenerateShifts,
    NewShiftPattern,
    PatternEntry,
    ShiftNotMade,
    ShiftPattern,
    ShiftTemplate,
    TakenBack,
)
from benchbook.shifts.rules import LONGEST_SHIFT
from benchbook.shifts.schemas import LARGEST_BATCH, Shift, ShiftInTheWay
from benchbook.shifts.store import (
    MOST_CONFLICTS,
    delete_unchanged,
    employees_of_shifts,
    lock_employees,
)
from benchbook.shifts.templates import expect


async def add_pattern(
    tx: Transaction, caller: Caller, new: NewShiftPattern
) -> tuple[ShiftPattern, int]:
    """Add a pattern; raises RosterNameTaken, ShiftTemplateNotFound, InvalidInput."""
    name = visible_text(new.name, "/name")
    check_entries(new.cycle_days, new.entries)
    await _templates_of(tx, caller, new.entries)
    pattern_id = uuid7()
    await store.insert_pattern(
        tx, caller.organisation_id, pattern_id, name, new.starts_on, new.cycle_days
    )
    await store.set_entries(tx, caller.organisation_id, pattern_id, new.entries)
    await record_event(tx, caller, "shift_pattern.created", "shift_pattern", pattern_id)
    return await read_pattern(tx, caller, pattern_id)


async def read_pattern(
    tx: Transaction, caller: Caller, pattern_id: UUID, *, lock: bool = False
) -> tuple[ShiftPattern, int]:
    """A pattern and its revision; raises ShiftPatternNotFound."""
    found = await store.find_pattern(tx, caller.organisation_id, pattern_id, lock=lock)
    if found is None:
        raise ShiftPatternNotFound("There is no shift pattern with this id.")
    return found


async def change_pattern(
    tx: Transaction,
    caller: Caller,
    pattern_id: UUID,
    change: ChangeShiftPattern,
    expected: int | None,
) -> tuple[ShiftPattern, int]:
    """Change a pattern; what was generated of it stays as it is.

    Raises ShiftPatternNotFound, Stale, RosterNameTaken, ShiftTemplateNotFound, InvalidInput.
    """
    before = await read_pattern(tx, caller, pattern_id, lock=True)
    expect(before[1], expected)
    given: dict[str, Any] = {
        name: getattr(change, name)
        for name in change.__struct_fields__
        if getattr(change, name) is not UNSET
    }
    if not given:
        return before
    if "name" in given:
        given["name"] = visible_text(given["name"], "/name")
    after = structs.replace(before[0], **given)
    check_entries(after.cycle_days, after.entries)
    if "entries" in given:
        await _templates_of(tx, caller, after.entries)
        await store.set_entries(tx, caller.organisation_id, pattern_id, after.entries)
    columns = {name: value for name, value in given.items() if name != "entries"}
    await store.update_pattern(tx, caller.organisation_id, pattern_id, columns)
    await record_event(
        tx, caller, "shift_pattern.changed", "shift_pattern", pattern_id, fields=sorted(given)
    )
    return await read_pattern(tx, caller, pattern_id)


async def remove_pattern(
    tx: Transaction, caller: Caller, pattern_id: UUID, expected: int | None
) -> None:
    """Delete a pattern; its shifts stay, and can be taken back. Raises ShiftPatternNotFound,
    Stale."""
    before = await read_pattern(tx, caller, pattern_id, lock=True)
    expect(before[1], expected)
    await store.delete_pattern(tx, caller.organisation_id, pattern_id)
    await record_event(tx, caller, "shift_pattern.deleted", "shift_pattern", pattern_id)


# Generating -------------------------------------------------------------------------------------


async def generate_shifts(
    tx: Transaction, caller: Caller, pattern_id: UUID, wish: GenerateShifts
) -> GeneratedShifts:
    """Make the shifts of a pattern for some days, all or nothing, or see what they would be.

    With ``skip_conflicts`` those are left out whose employee is busy then. Raises
    ShiftPatternNotFound, EmployeeNotFound, ShiftOverlap, ShiftDuringLeave, LabourRuleBroken,
    InvalidInput.
    """
    pattern, _ = await read_pattern(tx, caller, pattern_id)
    employees = _employees(wish)
    planned = await _planned(tx, caller, pattern, wish)
    if wish.dry_run:
        known = await store.known_employees(tx, caller.organisation_id, employees.values())
        _require_employees(employees, known)
    else:
        await lock(tx, caller, {}, employees)
    possible = [shift for shift in planned if shift.impossible is None]
    fitting, met = sort_out(possible, await _busy(tx, caller, possible))
    left_out = [_not_made(shift, ()) for shift in planned if shift.impossible is not None]
    left_out += [_not_made(possible[number], busy) for number, busy in met.items()]
    away = await _away(tx, caller, fitting)
    if wish.dry_run or wish.skip_conflicts:
        closed = await _closed(tx, caller, fitting)
        left_out += [_not_made(fitting[number], (), "closed") for number in sorted(closed)]
        left_out += [_not_made(fitting[number], (), "leave") for number in sorted(away - closed)]
        fitting = [shift for number, shift in enumerate(fitting) if number not in away | closed]
    left_out.sort(key=lambda one: (one.date, str(one.employee_id)))
    if wish.dry_run:
        made = [_shift_of(shift, wish.published) for shift in fitting]
        judge = await judge_of(tx, caller, made)
        worse = judge.what_gets_worse(made, ()) if judge else []
        stored = lambda shift_id: shift_id not in {shift.id for shift in made}  # noqa: E731
        return GeneratedShifts(
            id=None,
            shifts=[_generated(shift, None) for shift in fitting],
            left_out=left_out,
            warnings=[violation_of(one, stored) for one in worse[:MOST_VIOLATIONS]],
        )
    if met and not wish.skip_conflicts:
        raise _overlap(possible, met)
    created = [_shift_of(shift, wish.published) for shift in fitting]
    pointers = {
        shift.id: f"/employees/{planned.place}"
        for shift, planned in zip(created, fitting, strict=True)
    }
    done = await carry_out(
        tx,
        caller,
        Outcome(created=created, pointers=pointers, override_reason=wish.override_reason),
    )
    generation_id = uuid7() if created else None
    if generation_id is not None:
        await store.insert_generation(
            tx,
            caller.organisation_id,
            generation_id,
            pattern,
            caller.person_id,
            (wish.from_, wish.to),
            [shift.id for shift in created],
        )
        await record_event(
            tx,
            caller,
            "shifts.generated",
            "shift_pattern",
            pattern.id,
            generation_id=str(generation_id),
            created=len(created),
        )
    return GeneratedShifts(
        id=generation_id,
        shifts=[
            _generated(planned, shift.id) for planned, shift in zip(fitting, created, strict=True)
        ],
        left_out=left_out,
        warnings=done.warnings,
    )


async def take_back(tx: Transaction, caller: Caller, generation_id: UUID) -> TakenBack:
    """Delete what was generated together, but for shifts that were changed since.

    Raises ShiftGenerationNotFound.
    """
    shift_ids = await store.delete_generation(tx, caller.organisation_id, generation_id)
    if shift_ids is None:
        raise ShiftGenerationNotFound("There is no generation with this id.")
    owners = await employees_of_shifts(tx, caller.organisation_id, shift_ids)
    await lock_employees(tx, caller.organisation_id, set(owners.values()))
    deleted, left = await delete_unchanged(tx, caller.organisation_id, shift_ids)
    await record_event(
        tx,
        caller,
        "shifts.taken_back",
        "shift_generation",
        generation_id,
        deleted=len(deleted),
        kept=left,
    )
    return TakenBack(len(deleted), left, deleted)


def _employees(wish: GenerateShifts) -> dict[str, UUID]:
    """Pointer → id; raises InvalidInput for one that is there twice."""
    seen: set[UUID] = set()
    for index, one in enumerate(wish.employees):
        if one.employee_id in seen:
            raise InvalidInput.at(
                f"/employees/{index}/employee_id", "This employee is in the list twice."
            )
        seen.add(one.employee_id)
    return {
        f"/employees/{index}/employee_id": one.employee_id
        for index, one in enumerate(wish.employees)
    }


def _require_employees(employees: Mapping[str, UUID], known: set[UUID]) -> None:
    if missing := [pointer for pointer, one in employees.items() if one not in known]:
        raise EmployeeNotFound(
            "There is no employee with this id.",
            errors=[FieldError(place, "There is no employee with this id.") for place in missing],
        )


async def _planned(
    tx: Transaction, caller: Caller, pattern: ShiftPattern, wish: GenerateShifts
) -> list[Planned]:
    check_days(wish.from_, wish.to)
    if wish.time_zone is not None:
        known_time_zone(wish.time_zone)
    templates = await _templates_of(tx, caller, pattern.entries)
    zones = await _zones(tx, caller, templates, wish.time_zone)
    planned: list[Planned] = []
    for shift in planned_shifts(pattern, templates, wish.employees, wish.from_, wish.to, zones):
        if len(planned) == LARGEST_BATCH:
            raise InvalidInput.at(
                "/to", f"These are more than {LARGEST_BATCH} shifts: generate fewer days at once."
            )
        planned.append(shift)
    return planned


async def _zones(
    tx: Transaction,
    caller: Caller,
    templates: Mapping[UUID, ShiftTemplate],
    asked_for: str | None,
) -> dict[UUID, ZoneInfo]:
    """By whose clocks each template is meant."""
    places = {one.location_id for one in templates.values() if one.location_id is not None}
    known: dict[UUID, str] = {}
    if places and asked_for is None:
        known = await store.zones_of_locations(tx, caller.organisation_id, places)
    default = asked_for or caller.time_zone
    return {
        one.id: ZoneInfo(known.get(one.location_id, default) if one.location_id else default)
        for one in templates.values()
    }


async def _templates_of(
    tx: Transaction, caller: Caller, entries: Sequence[PatternEntry]
) -> dict[UUID, ShiftTemplate]:
    """The templates of these entries; raises ShiftTemplateNotFound."""
    wanted = {entry.template_id for entry in entries}
    found = await store.known_templates(tx, caller.organisation_id, wanted)
    missing = [
        FieldError(f"/entries/{index}/template_id", "There is no shift template with this id.")
        for index, entry in enumerate(entries)
        if entry.template_id not in found
    ]
    if missing:
        raise ShiftTemplateNotFound("There is no shift template with this id.", errors=missing)
    return found


async def _busy(
    tx: Transaction, caller: Caller, planned: Sequence[Planned]
) -> dict[UUID, list[Busy]]:
    if not planned:
        return {}
    return await store.busy_times(
        tx,
        caller.organisation_id,
        {shift.employee_id for shift in planned},
        min(shift.starts_at for shift in planned) - LONGEST_SHIFT,
        max(shift.ends_at for shift in planned),
    )


async def _away(tx: Transaction, caller: Caller, planned: Sequence[Planned]) -> set[int]:
    """Which of these (their places) are in leave, where the organisation wants no shifts then."""
    if not planned or not (await leave_store.blocks_shifts(tx, caller.organisation_id))[0]:
        return set()
    return set(
        await leave_store.spans_during_leave(
            tx, [(shift.employee_id, shift.starts_at, shift.ends_at) for shift in planned]
        )
    )


async def _closed(tx: Transaction, caller: Caller, planned: Sequence[Planned]) -> set[int]:
    """Which of these (their places) start where shifts do not change any more."""
    border = await closing_store.border(tx, caller.organisation_id)
    if border is None:
        return set()
    return {place for place, shift in enumerate(planned) if shift.starts_at < border}


def _not_made(
    shift: Planned,
    met: Sequence[Busy],
    otherwise: Literal["overlap", "leave", "closed"] = "overlap",
) -> ShiftNotMade:
    return ShiftNotMade(
        employee_id=shift.employee_id,
        template_id=shift.template.id,
        date=shift.day,
        reason=shift.impossible or otherwise,
        conflicts=[_in_the_way(shift, one) for one in met],
    )


def _in_the_way(shift: Planned, busy: Busy) -> ShiftInTheWay:
    return ShiftInTheWay(
        employee_id=shift.employee_id,
        starts_at=busy.starts_at,
        ends_at=busy.ends_at,
        shift_id=busy.shift_id,
        # Of two shifts that the pattern itself has at once, neither has an id yet.
        pointer=None if busy.shift_id else f"/employees/{shift.place}",
    )


def _overlap(planned: Sequence[Planned], met: Mapping[int, Sequence[Busy]]) -> ShiftOverlap:
    failing = dict.fromkeys(f"/employees/{planned[number].place}" for number in met)
    return ShiftOverlap(
        "An employee would have two shifts at once; nothing was generated.",
        errors=[
            FieldError(pointer, "They have other shifts then; skip_conflicts leaves these out.")
            for pointer in failing
        ],
        conflicts=[
            _in_the_way(planned[number], one) for number, busy in met.items() for one in busy
        ][:MOST_CONFLICTS],
    )


def _shift_of(planned: Planned, published: bool) -> Shift:
    now = datetime.now(UTC)
    return Shift(
        id=uuid7(),
        employee_id=planned.employee_id,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        break_minutes=planned.template.break_minutes,
        position=planned.template.position,
        location_id=planned.template.location_id,
        note=planned.template.note,
        published=published,
        created_at=now,
        updated_at=now,
    )


def _generated(planned: Planned, shift_id: UUID | None) -> GeneratedShift:
    return GeneratedShift(
        employee_id=planned.employee_id,
        template_id=planned.template.id,
        date=planned.day,
        time_zone=planned.time_zone,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        duration_seconds=planned.duration_seconds,
        nominal_seconds=planned.nominal_seconds,
        break_minutes=planned.template.break_minutes,
        position=planned.template.position,
        shift_id=shift_id,
    )
