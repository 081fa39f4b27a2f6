"""What managers do to tell people of the roster: publish drafts, seeing first what that changes."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction, TryAgain
from benchbook.platform.problems import InvalidInput
from benchbook.shifts import changes
from benchbook.shifts import publishing_store as store
from benchbook.shifts.publishing_schemas import ChangedShift, PublishedShifts, PublishShifts
from benchbook.shifts.rules import read_bound
from benchbook.shifts.schemas import LARGEST_BATCH

LONGEST_RANGE = timedelta(days=400)


async def publish_shifts(tx: Transaction, caller: Caller, wanted: PublishShifts) -> PublishedShifts:
    """Publish the drafts of a range, or say what that would change.

    Raises InvalidInput, ShiftDuringLeave.
    """
    zone = ZoneInfo(caller.time_zone)
    starting, ending = read_bound(wanted.from_, zone, "/from"), read_bound(wanted.to, zone, "/to")
    if ending <= starting:
        raise InvalidInput.at("/to", "The range ends after it starts.")
    if ending - starting > LONGEST_RANGE:
        raise InvalidInput.at("/to", "The range is at most 400 days long.")
    organisation_id = caller.organisation_id
    drafts = await store.find_drafts(
        tx,
        organisation_id,
        wanted.employee_ids,
        wanted.shift_ids,
        starting,
        ending,
        LARGEST_BATCH + 1,
    )
    if len(drafts) > LARGEST_BATCH:
        raise InvalidInput.at("/to", "These are more than 10,000 drafts: choose a shorter range.")
    if not wanted.dry_run and drafts:
        stored = await changes.lock(tx, caller, {draft.id: "" for draft in drafts}, {})
        if any(stored[draft.id][0] != draft for draft in drafts):
            raise TryAgain("The drafts were changed at the same instant. Try again.")
    versions = await store.find_versions(tx, organisation_id, [draft.id for draft in drafts])
    outcome = PublishedShifts(dry_run=wanted.dry_run, added=[], changed=[], cancelled=[])
    for draft in drafts:
        before, after = versions.get(draft.id), structs.replace(draft, published=True)
        if before is None:
            outcome.added.append(after)
        elif before.employee_id != after.employee_id:
            outcome.cancelled.append(before)
            outcome.added.append(after)
        else:
            outcome.changed.append(ChangedShift(before, after))
    if not wanted.dry_run and drafts:
        await store.publish(tx, organisation_id, [draft.id for draft in drafts])
        await record_event(
            tx,
            caller,
            "shifts.published",
            "shift",
            None,
            added=len(outcome.added),
            changed=len(outcome.changed),
            cancelled=len(outcome.cancelled),
        )
    return outcome
