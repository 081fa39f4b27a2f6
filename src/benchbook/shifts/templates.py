"""What managers do with templates: shifts as they are done again and again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import visible_text
from benchbook.platform.database import Transaction
from benchbook.platform.problems import Stale
from benchbook.shifts import pattern_store as store
from benchbook.shifts.catalogue_store import known_locations
from benchbook.shifts.errors import LocationNotFound, ShiftTemplateNotFound
from benchbook.shifts.pattern_rules import check_template
from benchbook.shifts.pattern_schemas import ChangeShiftTemplate, NewShiftTemplate, ShiftTemplate
from benchbook.shifts.rules import optional_text


async def add_template(
    tx: Transaction, caller: Caller, new: NewShiftTemplate
) -> tuple[ShiftTemplate, int]:
    """Add a template; raises RosterNameTaken, LocationNotFound, InvalidInput."""
    check_template(new)
    values = await _checked(tx, caller, structs.asdict(new))
    added = await store.insert_template(tx, caller.organisation_id, uuid7(), values)
    await record_event(tx, caller, "shift_template.created", "shift_template", added[0].id)
    return added


async def read_template(
    tx: Transaction, caller: Caller, template_id: UUID, *, lock: bool = False
) -> tuple[ShiftTemplate, int]:
    """A template and its revision; raises ShiftTemplateNotFound."""
    found = await store.find_template(tx, caller.organisation_id, template_id, lock=lock)
    if found is None:
        raise ShiftTemplateNotFound("There is no shift template with this id.")
    return found


async def change_template(
    tx: Transaction,
    caller: Caller,
    template_id: UUID,
    change: ChangeShiftTemplate,
    expected: int | None,
) -> tuple[ShiftTemplate, int]:
    """Change a template; shifts that were made like it stay as they are.

    Raises ShiftTemplateNotFound, Stale, RosterNameTaken, LocationNotFound, InvalidInput.
    """
    before = await read_template(tx, caller, template_id, lock=True)
    expect(before[1], expected)
    given = {name: value for name, value in structs.asdict(change).items() if value is not UNSET}
    for one, other in (("end_time", "duration_minutes"), ("duration_minutes", "end_time")):
        if given.get(one) is not None and other not in given:
            given[other] = None
    check_template(structs.replace(before[0], **given))
    values = await _checked(tx, caller, given)
    if not values:
        return before
    changed = await store.update_template(tx, caller.organisation_id, template_id, values)
    await record_event(
        tx,
        caller,
        "shift_template.changed",
        "shift_template",
        template_id,
        fields=sorted(values),
    )
    return changed


async def remove_template(
    tx: Transaction, caller: Caller, template_id: UUID, expected: int | None
) -> None:
    """Delete a template; raises ShiftTemplateNotFound, ShiftTemplateInUse, Stale."""
    before = await read_template(tx, caller, template_id, lock=True)
    expect(before[1], expected)
    await store.delete_template(tx, caller.organisation_id, template_id)
    await record_event(tx, caller, "shift_template.deleted", "shift_template", template_id)


def expect(revision: int, expected: int | None) -> None:
    """Raise Stale unless this is the revision that was read."""
    if expected not in (None, revision):
        raise Stale("It was changed since you read it: read it again and repeat your change.")


async def _checked(tx: Transaction, caller: Caller, values: dict[str, Any]) -> dict[str, Any]:
    if "name" in values:
        values["name"] = visible_text(values["name"], "/name")
    for field in values.keys() & {"position", "note"}:
        values[field] = optional_text(values[field], f"/{field}")
    if (location_id := values.get("location_id")) and not await known_locations(
        tx, caller.organisation_id, [location_id]
    ):
        raise LocationNotFound.at("/location_id", "There is no location with this id.")
    return values
