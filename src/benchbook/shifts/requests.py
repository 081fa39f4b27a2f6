"""What people do with shifts among themselves: offer, swap, claim, and all that becomes of it.

A request is agreed on in a certain state of its shifts. Whoever carries it out locks the request,
then the employees and the shifts as every change does, sees that the shifts are in that state
still, and asks once more whether the people can have them. Of two that want the same, one wins.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction, savepoint
from benchbook.platform.problems import InvalidInput, NotAllowed, Stale
from benchbook.shifts import leave_store
from benchbook.shifts import request_store as store
from benchbook.shifts.candidates import obstacles, unfit
from benchbook.shifts.changes import Outcome, carry_out, lock
from benchbook.shifts.errors import (
    EmployeeNotFound,
    NotEligible,
    ShiftNotFound,
    ShiftRequestDecided,
    ShiftRequestNotFound,
    ShiftRequestOvertaken,
)
from benchbook.shifts.labour import MOST_VIOLATIONS, judge_of
from benchbook.shifts.labour_rules import violation_of
from benchbook.shifts.open_shifts import as_shift_of, read_open_shift
from benchbook.shifts.request_schemas import (
    DecideShiftRequest,
    Decision,
    EmployeeEligibility,
    NewShiftRequest,
    ShiftRequest,
    ShiftRequestCheck,
)
from benchbook.shifts.rules import optional_text, whole_minute
from benchbook.shifts.schemas import Shift
from benchbook.shifts.store import find_shift

# From which status a decision leads on.
DECIDED_FROM: dict[Decision, tuple[str, ...]] = {
    "accepted": ("open",),
    "declined": ("open",),
    "withdrawn": ("open", "accepted"),
    "approved": ("accepted",),
    "refused": ("open", "accepted"),
    "reopened": ("done",),
}


async def add_request(
    tx: Transaction, caller: Caller, new: NewShiftRequest
) -> tuple[ShiftRequest, int]:
    """Offer one's shift, ask for a swap, or claim an open shift, which is carried out at once
    where no manager approves.

    Raises NotAllowed, ShiftNotFound, OpenShiftNotFound, EmployeeNotFound, ShiftRequestedAlready,
    InvalidInput, and, for a claim, what ``decide_request`` raises.
    """
    own = await leave_store.find_own_employee(tx, caller.organisation_id, caller.person_id)
    if own is None:
        raise NotAllowed("You are not linked to an employee: ask a manager to do so.")
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "kind": new.kind,
        "status": "accepted" if new.kind == "claim" else "open",
        "employee_id": own,
        "note": optional_text(new.note, "/note"),
    }
    values |= await (_claimed if new.kind == "claim" else _given)(tx, caller, new, own)
    if values["expires_at"] <= now:
        raise InvalidInput.at("/shift_id", "This has begun already.")
    values["expires_at"] = _expiry(new.expires_at, now, values["expires_at"])
    request_id = uuid7()
    await store.insert_request(tx, caller.organisation_id, request_id, values)
    await record_event(
        tx, caller, "shift_request.created", "shift_request", request_id, kind=new.kind
    )
    if new.kind == "claim":
        request, _ = await read_request(tx, caller, request_id)
        await _carry_out_or_rehearse(tx, caller, request)
    return await read_request(tx, caller, request_id)


async def read_request(
    tx: Transaction, caller: Caller, request_id: UUID, *, lock: bool = False
) -> tuple[ShiftRequest, int]:
    """A request that the caller may see, and its revision; raises ShiftRequestNotFound."""
    found = await store.find_request(tx, caller.organisation_id, request_id, lock=lock)
    if found is None:
        raise ShiftRequestNotFound("There is no shift request with this id.")
    return found


async def check_request(tx: Transaction, caller: Caller, request_id: UUID) -> ShiftRequestCheck:
    """What would come of a request if it were carried out now; of an offer to anybody, if the
    caller took it.

    Raises ShiftRequestNotFound.
    """
    request, _ = await read_request(tx, caller, request_id)
    own = await leave_store.find_own_employee(tx, caller.organisation_id, caller.person_id)
    if request.status not in ("open", "accepted"):
        return ShiftRequestCheck(False, [], [])
    await store.see_drafts_too(tx)
    if request.other_employee_id is None and own != request.employee_id:
        request = structs.replace(request, other_employee_id=own)
    shifts = await _wished_for(tx, caller, request)
    [against] = await obstacles(tx, caller, [shifts])
    judge = await judge_of(tx, caller, shifts)
    return ShiftRequestCheck(
        eligible=not any(against.values()),
        employees=[
            EmployeeEligibility(
                employee_id, not why, why if _may_know(caller, own, employee_id) else None
            )
            for employee_id, why in against.items()
        ],
        violations=[
            violation_of(one, lambda _: True)
            for one in (judge.what_gets_worse(shifts, ()) if judge else [])[:MOST_VIOLATIONS]
            if caller.sees_everyone
        ],
    )


async def _wished_for(tx: Transaction, caller: Caller, request: ShiftRequest) -> list[Shift]:
    """The shifts of a request as they would be; none where it is not said yet who gets them."""
    if request.kind == "claim":
        found = await store.find_open_shift(tx, caller.organisation_id, request.shift_id)
        return [as_shift_of(request.employee_id, found[0])] if found else []
    takers = {request.shift_id: request.other_employee_id}
    if request.other_shift_id is not None:
        takers[request.other_shift_id] = request.employee_id
    wished = []
    for shift_id, taker in takers.items():
        stored = await find_shift(tx, caller.organisation_id, shift_id)
        if stored is not None and taker is not None:
            wished.append(structs.replace(stored[0], employee_id=taker))
    return wished


async def decide_request(
    tx: Transaction,
    caller: Caller,
    request_id: UUID,
    decision: DecideShiftRequest,
    expected: int | None,
) -> tuple[ShiftRequest, int]:
    """Accept, decline, withdraw, approve, refuse or reopen a request; the last word carries it out.

    Raises ShiftRequestNotFound, Stale, NotAllowed, ShiftRequestDecided, ShiftRequestOvertaken,
    NotEligible, ShiftOverlap, ShiftDuringLeave, LabourRuleBroken, InvalidInput.
    """
    request, revision = await read_request(tx, caller, request_id, lock=True)
    if expected not in (None, revision):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    own = await leave_store.find_own_employee(tx, caller.organisation_id, caller.person_id)
    _require_part(caller, own, request, decision.status)
    if request.status == "overtaken" and decision.status in ("accepted", "approved"):
        raise _overtaken()
    if request.status not in DECIDED_FROM[decision.status] and not (
        request.status == "overtaken" and decision.status in ("declined", "withdrawn", "refused")
    ):
        raise ShiftRequestDecided(f"This request is {request.status}: it cannot be decided so.")
    if decision.override_reason is not None and decision.status not in ("approved", "reopened"):
        raise InvalidInput.at(
            "/override_reason", "This goes with the status approved, or reopened."
        )
    values: dict[str, Any] = {"status": decision.status}
    if decision.status == "reopened":
        given_back = await _give_back(tx, caller, request, decision.override_reason)
        values = {"status": "accepted", "decided_by": None, "decision_note": None} | given_back
    elif decision.status == "accepted":
        values |= {"other_employee_id": own}
        request = structs.replace(request, other_employee_id=own)
    else:
        values |= {"decided_by": caller.person_id}
    if decision.decision_note is not None:
        values["decision_note"] = optional_text(decision.decision_note, "/decision_note")
    if decision.status == "approved":
        values["status"] = "done"
    await store.update_request(tx, caller.organisation_id, request_id, values)
    await record_event(tx, caller, f"shift_request.{decision.status}", "shift_request", request_id)
    if decision.status == "approved":
        await _carry_out(tx, caller, request, decision.override_reason)
    elif decision.status == "accepted":
        await _carry_out_or_rehearse(tx, caller, request)
    return await read_request(tx, caller, request_id)


# What is asked for ------------------------------------------------------------------------------


async def _given(
    tx: Transaction, caller: Caller, new: NewShiftRequest, own: UUID
) -> dict[str, Any]:
    """The shift that is offered, and what for."""
    shift, revision = await _published(tx, caller, new.shift_id, "/shift_id")
    if shift.employee_id != own:
        raise NotAllowed("This is not a shift of yours.")
    values: dict[str, Any] = {
        "shift_id": shift.id,
        "shift_revision": revision,
        "other_employee_id": new.other_employee_id,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "position": shift.position,
        "expires_at": shift.starts_at,
    }
    if new.kind == "offer":
        if new.other_shift_id is not None:
            raise InvalidInput.at("/other_shift_id", "An offer is of one shift; ask for a swap.")
        if new.other_employee_id == own:
            raise InvalidInput.at("/other_employee_id", "This is you.")
        if new.other_employee_id and not await leave_store.lock_employee(
            tx, caller.organisation_id, new.other_employee_id
        ):
            raise EmployeeNotFound.at("/other_employee_id", "There is no employee with this id.")
        return values
    if new.other_shift_id is None:
        raise InvalidInput.at("/other_shift_id", "Say which shift you would have instead.")
    other, other_revision = await _published(tx, caller, new.other_shift_id, "/other_shift_id")
    if other.employee_id == own:
        raise InvalidInput.at("/other_shift_id", "This shift is yours already.")
    if new.other_employee_id not in (None, other.employee_id):
        raise InvalidInput.at("/other_employee_id", "The other shift is somebody else's.")
    return values | {
        "other_employee_id": other.employee_id,
        "other_shift_id": other.id,
        "other_shift_revision": other_revision,
        # What begins first ends the time to agree on it.
        "expires_at": min(shift.starts_at, other.starts_at),
    }


async def _claimed(
    tx: Transaction, caller: Caller, new: NewShiftRequest, own: UUID
) -> dict[str, Any]:
    """The open shift that is claimed; its row is locked."""
    del own
    for pointer in ("other_employee_id", "other_shift_id"):
        if getattr(new, pointer) is not None:
            raise InvalidInput.at(f"/{pointer}", "A claim is of one open shift alone.")
    open_shift, revision = await read_open_shift(tx, caller, new.shift_id, lock=True)
    return {
        "shift_id": open_shift.id,
        "shift_revision": revision,
        "starts_at": open_shift.starts_at,
        "ends_at": open_shift.ends_at,
        "position": open_shift.position,
        "expires_at": open_shift.starts_at,
    }


async def _published(
    tx: Transaction, caller: Caller, shift_id: UUID, pointer: str
) -> tuple[Shift, int]:
    found = await find_shift(tx, caller.organisation_id, shift_id)
    if found is None or not found[0].published:
        raise ShiftNotFound.at(pointer, "There is no published shift with this id.")
    return found


def _expiry(asked_for: datetime | None, now: datetime, starts_at: datetime) -> datetime:
    if asked_for is None:
        return starts_at
    expires_at = whole_minute(asked_for, "/expires_at")
    if not now < expires_at:
        raise InvalidInput.at("/expires_at", "This lies in the past.")
    return min(expires_at, starts_at)


def _require_part(
    caller: Caller, own: UUID | None, request: ShiftRequest, decision: Decision
) -> None:
    """Raise NotAllowed for somebody whose decision this is not."""
    if decision in ("approved", "refused", "reopened"):
        if not caller.is_at_least("manager"):
            raise NotAllowed(f"This takes the role manager; yours is {caller.role}.")
    elif decision == "withdrawn":
        if own != request.employee_id:
            raise NotAllowed("Only who made a request withdraws it; managers refuse it.")
    elif decision == "declined":
        if own is None or own != request.other_employee_id:
            raise NotAllowed("Only who was asked declines.")
    elif own is None or own == request.employee_id or request.other_employee_id not in (None, own):
        raise NotAllowed("This is for somebody else to accept.")


# Carrying out -----------------------------------------------------------------------------------


class _Rehearsed(Exception):
    """All went well, and is to be undone."""


async def _carry_out_or_rehearse(tx: Transaction, caller: Caller, request: ShiftRequest) -> None:
    """Carry it out where no manager approves; else see that it could be done as things are now."""
    if (await store.approval(tx, caller.organisation_id))[0] == "none":
        await _carry_out(tx, caller, request, None)
        return
    with contextlib.suppress(_Rehearsed):
        async with savepoint(tx):
            await _carry_out(tx, caller, request, None)
            raise _Rehearsed


async def _carry_out(
    tx: Transaction, caller: Caller, request: ShiftRequest, override_reason: str | None
) -> None:
    """Hand the shifts over, if all is as it was agreed on and everybody can have them."""
    await store.see_drafts_too(tx)
    created, updated = await _handed_over(tx, caller, request)
    await _require_fit(tx, caller, [*created, *updated])
    if created:
        await store.delete_open_shift(tx, caller.organisation_id, request.shift_id)
    await carry_out(
        tx,
        caller,
        Outcome(created=created, updated=updated, override_reason=override_reason),
    )
    await store.update_request(tx, caller.organisation_id, request.id, {"status": "done"})
    await record_event(tx, caller, "shift_request.done", "shift_request", request.id)


async def _handed_over(
    tx: Transaction, caller: Caller, request: ShiftRequest
) -> tuple[list[Shift], list[Shift]]:
    """The shifts as they are to be, created and updated, all of them locked.

    Raises ShiftRequestOvertaken where they are not what was agreed on any more.
    """
    agreed, other_agreed = await store.revisions_agreed_on(tx, caller.organisation_id, request.id)
    if request.kind == "claim":
        found = await store.find_open_shift(tx, caller.organisation_id, request.shift_id, lock=True)
        if found is None or found[1] != agreed:
            raise _overtaken()
        await lock(tx, caller, {}, {"/shift_id": request.employee_id})
        return [as_shift_of(request.employee_id, found[0])], []
    assert request.other_employee_id is not None
    wanted = {request.shift_id: agreed}
    if request.other_shift_id is not None and other_agreed is not None:
        wanted[request.other_shift_id] = other_agreed
    try:
        stored = await lock(tx, caller, dict.fromkeys(wanted, ""), {"": request.other_employee_id})
    except (ShiftNotFound, EmployeeNotFound):
        raise _overtaken() from None
    if any(stored[shift_id][1] != revision for shift_id, revision in wanted.items()):
        raise _overtaken()
    takers = {request.shift_id: request.other_employee_id}
    if request.other_shift_id is not None:
        takers[request.other_shift_id] = request.employee_id
    return [], [
        structs.replace(stored[shift_id][0], employee_id=taker)
        for shift_id, taker in takers.items()
    ]


async def _give_back(
    tx: Transaction, caller: Caller, request: ShiftRequest, override_reason: str | None
) -> dict[str, Any]:
    """Have everybody have what they had before it was carried out; answers which shifts, in which
    state, the request is for now.

    Raises ShiftRequestDecided for what has begun, ShiftRequestOvertaken for what was changed since.
    """
    if request.expires_at <= datetime.now(UTC):
        raise ShiftRequestDecided("Its shifts have begun, or its time is over: it stays done.")
    agreed, other_agreed = await store.revisions_agreed_on(tx, caller.organisation_id, request.id)
    # A claim made its shift; an offer and a swap changed theirs once.
    had = {request.shift_id: (1, request.employee_id)}
    if request.kind != "claim":
        assert request.other_employee_id is not None
        had = {request.shift_id: (agreed + 1, request.other_employee_id)}
    if request.other_shift_id is not None and other_agreed is not None:
        had[request.other_shift_id] = (other_agreed + 1, request.employee_id)
    try:
        stored = await lock(tx, caller, dict.fromkeys(had, ""), {"": request.employee_id})
    except (ShiftNotFound, EmployeeNotFound):
        raise _overtaken() from None
    if any((stored[one][1], stored[one][0].employee_id) != state for one, state in had.items()):
        raise _overtaken()
    if request.kind == "claim":
        await carry_out(tx, caller, Outcome(deleted=[request.shift_id]))
        return await _open_again(tx, caller, stored[request.shift_id][0])
    owners = {request.shift_id: request.employee_id}
    if request.other_shift_id is not None and request.other_employee_id is not None:
        owners[request.other_shift_id] = request.other_employee_id
    updated = [structs.replace(stored[one][0], employee_id=owner) for one, owner in owners.items()]
    done = await carry_out(tx, caller, Outcome(updated=updated, override_reason=override_reason))
    values: dict[str, Any] = {"shift_revision": done.stored[request.shift_id][1]}
    if request.other_shift_id is not None:
        values["other_shift_revision"] = done.stored[request.other_shift_id][1]
    return values


async def _open_again(tx: Transaction, caller: Caller, shift: Shift) -> dict[str, Any]:
    """An open shift like this one, under an id of its own: the shift keeps its in what is deleted."""
    open_shift, revision = await store.insert_open_shift(
        tx,
        caller.organisation_id,
        uuid7(),
        {
            "starts_at": shift.starts_at,
            "ends_at": shift.ends_at,
            "break_minutes": shift.break_minutes,
            "position": shift.position,
            "location_id": shift.location_id,
            "note": shift.note,
        },
    )
    return {"shift_id": open_shift.id, "shift_revision": revision}


async def _require_fit(tx: Transaction, caller: Caller, shifts: Sequence[Shift]) -> None:
    """Raise NotEligible for an employee on leave, or without a skill that it takes."""
    against = await unfit(tx, caller, shifts)
    if not any(against):
        return
    own = await leave_store.find_own_employee(tx, caller.organisation_id, caller.person_id)
    raise NotEligible(
        "Somebody cannot have this shift: they have leave then, or lack a skill that it takes.",
        employees=[
            {
                "employee_id": str(shift.employee_id),
                "obstacles": why if _may_know(caller, own, shift.employee_id) else None,
            }
            for shift, why in zip(shifts, against, strict=True)
            if why
        ],
    )


def _may_know(caller: Caller, own: UUID | None, employee_id: UUID) -> bool:
    """Whether the caller is told what stands against an employee."""
    return caller.sees_everyone or employee_id == own


def _overtaken() -> ShiftRequestOvertaken:
    return ShiftRequestOvertaken(
        "A shift of this request was changed, taken or deleted since: nothing was handed over."
    )
