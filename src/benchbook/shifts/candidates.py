"""Who could take a shift, and what stands against it: asked before, and again when it is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from msgspec import structs

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.shifts import employee_store, leave_store
from benchbook.shifts import request_store as store
from benchbook.shifts.labour import judge_of
from benchbook.shifts.request_schemas import Candidate, Obstacle
from benchbook.shifts.schemas import Employee, Shift


async def list_candidates(
    tx: Transaction,
    caller: Caller,
    shift: Shift,
    *,
    after: tuple[str, str, UUID] | None,
    limit: int,
) -> tuple[list[Candidate], Employee | None]:
    """Employees by name, and the last one looked at where there are more than ``limit``.

    Whoever has the shift now is left out. Members are told no reasons but their own.
    """
    own = await leave_store.find_own_employee(tx, caller.organisation_id, caller.person_id)
    found = await employee_store.list_employees(
        tx, caller.organisation_id, text=None, in_addresses=False, after=after, limit=limit + 1
    )
    page = found[:limit]
    others = [one for one in page if one.id != shift.employee_id]
    await store.see_drafts_too(tx)
    against = await obstacles(tx, caller, shift, [one.id for one in others])
    return [
        Candidate(
            employee_id=one.id,
            first_name=one.first_name,
            last_name=one.last_name,
            eligible=not against[one.id],
            obstacles=against[one.id] if caller.sees_everyone or one.id == own else None,
        )
        for one in others
    ], (page[-1] if len(found) > limit else None)


async def obstacles(
    tx: Transaction, caller: Caller, shift: Shift, employee_ids: Sequence[UUID]
) -> dict[UUID, list[Obstacle]]:
    """What stands against each of these employees having this shift as well as their own."""
    theirs = [structs.replace(shift, employee_id=employee_id) for employee_id in employee_ids]
    against = await unfit(tx, caller, theirs)
    busy = await store.who_is_busy(
        tx, caller.organisation_id, shift.starts_at, shift.ends_at, employee_ids
    )
    judge = await judge_of(tx, caller, theirs)
    for one in theirs:
        if one.employee_id in busy:
            against[one.employee_id].insert(0, "overlap")
        worse = judge.what_gets_worse([one], ()) if judge else []
        if any(broken.rule.effect == "block" for broken in worse):
            against[one.employee_id].append("labour_rule")
    return against


async def unfit(
    tx: Transaction, caller: Caller, shifts: Collection[Shift]
) -> dict[UUID, list[Obstacle]]:
    """What stands against each employee of these shifts whatever else they have: leave that was
    approved, and skills that the position takes."""
    against: dict[UUID, list[Obstacle]] = {shift.employee_id: [] for shift in shifts}
    if not shifts:
        return against
    in_order = list(shifts)
    away = await leave_store.spans_during_leave(
        tx, [(shift.employee_id, shift.starts_at, shift.ends_at) for shift in in_order]
    )
    for employee_id in {in_order[place].employee_id for place in away}:
        against[employee_id].append("leave")
    for position in {shift.position for shift in in_order}:
        of_it = [shift.employee_id for shift in in_order if shift.position == position]
        for employee_id in await store.who_lacks_a_skill(
            tx, caller.organisation_id, position, of_it
        ):
            against[employee_id].append("skill")
    return against
