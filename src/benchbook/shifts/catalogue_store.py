"""The SQL of skills, locations and positions: what a roster is planned with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, constraint_of, one_row, savepoint
from benchbook.shifts.catalogue_schemas import Location, Position, Skill
from benchbook.shifts.errors import (
    LocationNotFound,
    PositionNotFound,
    RosterNameTaken,
    SkillNotFound,
)

Item = TypeVar("Item", Skill, Location, Position)

_SKILLS_OF_POSITION = """
  ARRAY(SELECT position_skills.skill_id FROM position_skills
        WHERE position_skills.organisation_id = positions.organisation_id
          AND position_skills.position_id = positions.id
        ORDER BY position_skills.skill_id) AS skill_ids"""


@dataclass(frozen=True)
class Shelf(Generic[Item]):
    """A table of named things. ``shown`` are the columns and expressions of its own."""

    table: str
    kind: type[Item]
    shown: str
    not_found: type[SkillNotFound | LocationNotFound | PositionNotFound]

    @property
    def selected(self) -> str:
        return f"id, name, {self.shown}, created_at, updated_at, revision"

    @property
    def subject(self) -> str:
        return self.table.removesuffix("s")

    def item(self, row: asyncpg.Record) -> tuple[Item, int]:
        values = dict(row)
        revision = values.pop("revision")
        return self.kind(**values), revision


SKILLS = Shelf("skills", Skill, "archived_at IS NOT NULL AS archived", SkillNotFound)
LOCATIONS = Shelf(
    "locations", Location, "time_zone, archived_at IS NOT NULL AS archived", LocationNotFound
)
POSITIONS = Shelf("positions", Position, _SKILLS_OF_POSITION, PositionNotFound)


async def insert(
    tx: Transaction,
    shelf: Shelf[Item],
    organisation_id: UUID,
    item_id: UUID,
    values: dict[str, Any],
) -> tuple[Item, int]:
    """Add an item; the keys of ``values`` are column names of ours. Raises RosterNameTaken."""
    places = ", ".join(f"${place}" for place in range(3, 3 + len(values)))
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO {shelf.table} (organisation_id, id, {", ".join(values)})
            VALUES ($1, $2, {places})
            RETURNING {shelf.selected}
            """,
            organisation_id,
            item_id,
            *values.values(),
        )
    except asyncpg.UniqueViolationError as error:
        raise _name_taken(error) from None
    return shelf.item(row)


async def find(
    tx: Transaction, shelf: Shelf[Item], organisation_id: UUID, item_id: UUID, *, lock: bool = False
) -> tuple[Item, int] | None:
    """An item and its revision; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {shelf.selected}
        FROM {shelf.table}
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        item_id,
    )
    return shelf.item(row) if row else None


async def list_items(
    tx: Transaction,
    shelf: Shelf[Item],
    organisation_id: UUID,
    *,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Item]:
    """Items by name, after a sort key."""
    rows = await tx.fetch(
        f"""
        SELECT {shelf.selected}
        FROM {shelf.table}
        WHERE organisation_id = $1 AND ($2::text IS NULL OR (name, id) > ($2, $3::uuid))
        ORDER BY name, id
        LIMIT $4
        """,
        organisation_id,
        *(after or (None, None)),
        limit,
    )
    return [shelf.item(row)[0] for row in rows]


async def update(
    tx: Transaction,
    shelf: Shelf[Item],
    organisation_id: UUID,
    item_id: UUID,
    values: dict[str, Any],
) -> tuple[Item, int]:
    """Set columns of a locked item. ``archived`` archives or brings back; the other keys are
    column names of ours. Raises RosterNameTaken."""
    values = dict(values)
    archived = values.pop("archived", None)
    assignments: list[str] = [f"{column} = ${place}" for place, column in enumerate(values, 3)]
    if archived is not None:
        assignments.append(
            "archived_at = coalesce(archived_at, now())" if archived else "archived_at = NULL"
        )
    try:
        row = await one_row(
            tx,
            f"""
            UPDATE {shelf.table}
            SET {", ".join([*assignments, "updated_at = now()", "revision = revision + 1"])}
            WHERE organisation_id = $1 AND id = $2
            RETURNING {shelf.selected}
            """,
            organisation_id,
            item_id,
            *values.values(),
        )
    except asyncpg.UniqueViolationError as error:
        raise _name_taken(error) from None
    return shelf.item(row)


async def delete_if_unused(
    tx: Transaction, shelf: Shelf[Item], organisation_id: UUID, item_id: UUID
) -> bool:
    """Delete an item that nothing refers to; whether it could be deleted."""
    try:
        async with savepoint(tx):
            await tx.execute(
                f"DELETE FROM {shelf.table} WHERE organisation_id = $1 AND id = $2",
                organisation_id,
                item_id,
            )
    except asyncpg.ForeignKeyViolationError:
        return False
    return True


async def position_is_used(tx: Transaction, name: str) -> bool:
    """Whether shifts, or what they are planned with, have this position."""
    is_used: bool = await tx.fetchval("SELECT position_is_used($1)", name)
    return is_used


async def rename_position(tx: Transaction, before: str, after: str) -> int:
    """Have all that is of one position be of the other; answers how many shifts that were."""
    renamed: int = await tx.fetchval("SELECT rename_position($1, $2)", before, after)
    return renamed


async def set_skills_of_position(
    tx: Transaction, organisation_id: UUID, position_id: UUID, skill_ids: Sequence[UUID]
) -> None:
    """Have a locked position take these skills and no others; raises SkillNotFound."""
    await _set_skills(tx, "position_skills", "position_id", organisation_id, position_id, skill_ids)


async def set_skills_of_employee(
    tx: Transaction, organisation_id: UUID, employee_id: UUID, skill_ids: Sequence[UUID]
) -> None:
    """Give a locked employee these skills and no others; raises SkillNotFound."""
    await _set_skills(tx, "employee_skills", "employee_id", organisation_id, employee_id, skill_ids)


async def _set_skills(
    tx: Transaction,
    table: str,
    owner: str,
    organisation_id: UUID,
    owner_id: UUID,
    skill_ids: Sequence[UUID],
) -> None:
    await tx.execute(
        f"""
        DELETE FROM {table}
        WHERE organisation_id = $1 AND {owner} = $2 AND skill_id <> ALL ($3::uuid[])
        """,
        organisation_id,
        owner_id,
        skill_ids,
    )
    try:
        await tx.execute(
            f"""
            INSERT INTO {table} (organisation_id, {owner}, skill_id)
            SELECT DISTINCT $1::uuid, $2::uuid, skill_id FROM unnest($3::uuid[]) AS skill_id
            ON CONFLICT DO NOTHING
            """,
            organisation_id,
            owner_id,
            skill_ids,
        )
    except asyncpg.ForeignKeyViolationError as error:
        if "skill_exists" in constraint_of(error):
            raise SkillNotFound.at(
                "/skill_ids", "There is no skill with one of these ids."
            ) from None
        raise


async def known_locations(
    tx: Transaction, organisation_id: UUID, location_ids: Sequence[UUID]
) -> set[UUID]:
    """Which of these locations there are; they stay until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT id
        FROM locations
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        ORDER BY id
        FOR KEY SHARE
        """,
        organisation_id,
        location_ids,
    )
    return {row["id"] for row in rows}


def _name_taken(error: Exception) -> Exception:
    if "name_is_used_once" in constraint_of(error):
        return RosterNameTaken.at("/name", "There is one of this name already.")
    return error
