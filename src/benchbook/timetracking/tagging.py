"""What happens to tags with the sessions that carry them: rename, remove, merge, bring back."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking import catalogue, catalogue_store
from benchbook.timetracking import tag_store as store
from benchbook.timetracking.catalogue_store import TAGS
from benchbook.timetracking.errors import TagNotFound
from benchbook.timetracking.schemas import ChangeTag, Tag


async def rename_tag(
    tx: Transaction, caller: Caller, tag_id: UUID, change: ChangeTag, expected: int | None
) -> tuple[Tag, int]:
    """Rename a tag, in all sessions that carry it; raises TagNotFound, Stale, NameTaken."""
    before, _ = await catalogue.read_item(tx, caller, TAGS, tag_id)
    after, revision = await catalogue.change_item(
        tx, caller, TAGS, tag_id, structs.asdict(change), expected
    )
    if after.name != before.name:
        await store.rename_tag_in_sessions(tx, caller.organisation_id, before.name, after.name)
    return after, revision


async def remove_tag(tx: Transaction, caller: Caller, tag_id: UUID, expected: int | None) -> None:
    """Delete a tag and take it from all sessions; raises TagNotFound, Stale."""
    tag = await catalogue.lock_item(tx, caller, TAGS, tag_id, expected)
    await _take_away(tx, caller, tag, None)
    await record_event(tx, caller, "tag.deleted", "tag", tag_id)


async def merge_tag(
    tx: Transaction, caller: Caller, tag_id: UUID, into_id: UUID
) -> tuple[Tag, int]:
    """Put one tag in the place of another, which goes; answered with its revision.

    Raises TagNotFound, InvalidInput.
    """
    # In the order of the ids, so that two merges in opposite directions do not wait for each other.
    for either in sorted({tag_id, into_id}):
        await catalogue.lock_item(tx, caller, TAGS, either, None)
    if tag_id == into_id:
        raise InvalidInput.at("/into", "Name another tag: this one is to be merged into it.")
    tag, _ = await catalogue.read_item(tx, caller, TAGS, tag_id)
    into, revision = await catalogue.read_item(tx, caller, TAGS, into_id)
    await _take_away(tx, caller, tag, into)
    await record_event(tx, caller, "tag.merged", "tag", tag_id, into=str(into_id))
    return into, revision


async def restore_tag(tx: Transaction, caller: Caller, tag_id: UUID) -> tuple[Tag, int]:
    """Bring back a tag that was deleted or merged in the last 30 days, in its sessions, too.

    One that was not removed is answered as it is; raises TagNotFound.
    """
    removed = await store.find_removed(tx, caller.organisation_id, tag_id)
    if removed is None:
        return await catalogue.read_item(tx, caller, TAGS, tag_id)
    name, into_name = removed
    await store.put_back_tag(tx, caller.organisation_id, tag_id)
    await store.give_back_to_sessions(tx, caller.organisation_id, tag_id, name, into_name)
    # A session may have named the same tag anew in the meantime; then that one is the tag.
    found = await store.find_tag_named(tx, caller.organisation_id, name)
    if found is None:
        raise TagNotFound("There is no tag with this id.")
    await record_event(tx, caller, "tag.restored", "tag", found)
    return await catalogue.read_item(tx, caller, TAGS, found)


async def _take_away(tx: Transaction, caller: Caller, tag: Tag, into: Tag | None) -> None:
    await store.take_from_sessions(tx, caller.organisation_id, tag, into)
    await catalogue_store.delete_if_unused(tx, TAGS, caller.organisation_id, tag.id)
