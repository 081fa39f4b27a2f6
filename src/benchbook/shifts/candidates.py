"""Who could take a shift, and what stands against it: asked before, and again when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import structs

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import NotAllowed
from benchbook.shifts import employee_store, leave_store
from benchbook.shifts import request_store as store
from benchbook.shifts.labour import judge_of
from benchbook.shifts.open_shifts import as_shift_of
from benchbook.shifts.request_schemas import (
    Candidate,
    Obstacle,
    OpenShift,
    OpenShiftEligibility,
    SwapCandidate,
)
from benchbook.shifts.schemas import Employee, Shift
from benchbook.shifts.store import list_shifts

# Shifts as they would be, each with whom it would go to; one way that things could go.
Handover = Sequence[Shift]


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
    against = await obstacles(
        tx, caller, [[structs.replace(shift, employee_id=one.id)] for one in others]
    )
    return [
        Candidate(
            employee_id=one.id,
            first_name=one.first_name,
            last_name=one.last_name,
            eligible=not why[one.id],
            obstacles=why[one.id] if caller.sees_everyone or one.id == own else None,
        )
        for one, why in zip(others, against, strict=True)
    ], (page[-1] if len(found) > limit else None)


async def list_swap_candidates(
    tx: Transaction,
    caller: Caller,
    shift: Shift,
    *,
    now: datetime,
    starting: datetime | None,
    ending: datetime | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> tuple[list[SwapCandidate], Shift | None]:
    """Published shifts of others that are to come, by their start, with what stands against a swap
    of them for ``shift``, and the last one looked at where there are more than ``limit``.

    Raises NotAllowed for a member whose shift it is not.
    """
    own = await leave_store.find_own_employee(tx, caller.organisation_id, caller.person_id)
    if shift.employee_id != own and not caller.sees_everyone:
        raise NotAllowed("This is not a shift of yours.")
    found = await list_shifts(
        tx,
        caller.organisation_id,
        employee_ids=None,
        starting=max(starting, now) if starting else now,
        ending=ending,
        after=after,
        limit=limit + 1,
        as_published=False,
    )
    page = found[:limit]
    others = [
        one
        for one in page
        if one.published and one.employee_id != shift.employee_id and one.starts_at > now
    ]
    await store.see_drafts_too(tx)
    against = await obstacles(tx, caller, [swap_of(shift, one) for one in others])
    return [
        SwapCandidate(
            shift=one,
            eligible=not any(why.values()),
            obstacles=why[shift.employee_id],
            other_obstacles=why[one.employee_id] if caller.sees_everyone else None,
        )
        for one, why in zip(others, against, strict=True)
    ], (page[-1] if len(found) > limit else None)


async def list_own_eligibility(
    tx: Transaction, caller: Caller, open_shifts: Sequence[OpenShift]
) -> list[OpenShiftEligibility]:
    """What stands against the caller having these; nothing is said to who is no employee."""
    own = await leave_store.find_own_employee(tx, caller.organisation_id, caller.person_id)
    if own is None:
        return []
    await store.see_drafts_too(tx)
    against = await obstacles(tx, caller, [[as_shift_of(own, one)] for one in open_shifts])
    return [
        OpenShiftEligibility(open_shift_id=one.id, eligible=not why[own], obstacles=why[own])
        for one, why in zip(open_shifts, against, strict=True)
    ]


def swap_of(one: Shift, other: Shift) -> Handover:
    """Two shifts as they are once their employees have exchanged them."""
    return [
        structs.replace(one, employee_id=other.employee_id),
        structs.replace(other, employee_id=one.employee_id),
    ]


async def obstacles(
    tx: Transaction, caller: Caller, handovers: Sequence[Handover]
) -> list[dict[UUID, list[Obstacle]]]:
    """For each of these, were it alone to happen, what stands against each employee of it.

    What an employee gives away in it does not stand in their way. The transaction has to see drafts.
    """
    shifts = [shift for handover in handovers for shift in handover]
    # Of a swap, the shift that is given away beside the one that is got.
    away = [handover[-1 - place].id for handover in handovers for place in range(len(handover))]
    is_unfit = iter(await unfit(tx, caller, shifts))
    is_met = iter(await store.which_overlap(tx, caller.organisation_id, shifts, away))
    judge = await judge_of(tx, caller, shifts)
    found = []
    for handover in handovers:
        against: dict[UUID, list[Obstacle]] = {}
        for shift in handover:
            met: list[Obstacle] = ["overlap"] if next(is_met) else []
            against[shift.employee_id] = [*met, *next(is_unfit)]
        for broken in judge.what_gets_worse(handover, ()) if judge else []:
            theirs = against[broken.employee_id]
            if broken.rule.effect == "block" and "labour_rule" not in theirs:
                theirs.append("labour_rule")
        found.append(against)
    return found


async def unfit(tx: Transaction, caller: Caller, shifts: Sequence[Shift]) -> list[list[Obstacle]]:
    """For each of these shifts, what stands against its employee whatever else they have: leave that
    was approved, and skills that the position takes."""
    against: list[list[Obstacle]] = [[] for _ in shifts]
    if not shifts:
        return against
    for place in await leave_store.spans_during_leave(
        tx, [(shift.employee_id, shift.starts_at, shift.ends_at) for shift in shifts]
    ):
        against[place].append("leave")
    for position in {shift.position for shift in shifts}:
        of_it = {shift.employee_id for shift in shifts if shift.position == position}
        lacking = await store.who_lacks_a_skill(tx, caller.organisation_id, position, of_it)
        for shift, why in zip(shifts, against, strict=True):
            if shift.position == position and shift.employee_id in lacking:
                why.append("skill")
    return against
