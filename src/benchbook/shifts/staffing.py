"""How many people are needed when: one plan, read and replaced as a whole."""

from __future__ import annotations

from msgspec import structs

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import known_time_zone, visible_text
from benchbook.platform.database import Transaction
from benchbook.platform.problems import InvalidInput, Stale
from benchbook.shifts import staffing_store as store
from benchbook.shifts.staffing_schemas import NewStaffingPlan, StaffingPlan


async def read_plan(tx: Transaction, caller: Caller) -> tuple[StaffingPlan, int]:
    """The plan and its revision, which is 0 before there is one."""
    found = await store.find_plan(tx, caller.organisation_id)
    if found is None:
        return StaffingPlan(time_zone=None, needs=[], updated_at=None), 0
    time_zone, updated_at, revision = found
    needs = await store.list_needs(tx, caller.organisation_id)
    return StaffingPlan(time_zone=time_zone, needs=needs, updated_at=updated_at), revision


async def replace_plan(
    tx: Transaction, caller: Caller, new: NewStaffingPlan, expected: int | None
) -> tuple[StaffingPlan, int]:
    """Make the plan what is given; raises InvalidInput with pointers, and Stale."""
    time_zone = known_time_zone(new.time_zone)
    needs = []
    places: dict[tuple[str, int, str, str], int] = {}
    for index, need in enumerate(new.needs):
        position = visible_text(need.position, f"/needs/{index}/position")
        key = (position, need.weekday, need.from_time, need.to_time)
        if key in places:
            raise InvalidInput.at(
                f"/needs/{index}", f"This is the same as /needs/{places[key]}: name it once."
            )
        places[key] = index
        needs.append(structs.replace(need, position=position))
    found = await store.find_plan(tx, caller.organisation_id, lock=True)
    if expected not in (None, found[2] if found else 0):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    updated_at, revision = await store.replace_plan(tx, caller.organisation_id, time_zone, needs)
    await record_event(
        tx, caller, "staffing_needs.changed", "staffing_plan", None, needs=len(needs)
    )
    return StaffingPlan(time_zone=time_zone, needs=sorted(needs), updated_at=updated_at), revision
