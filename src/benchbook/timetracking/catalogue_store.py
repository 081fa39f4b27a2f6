"""The SQL of clients, projects and tags: what sessions are filed under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, constraint_of, one_row, savepoint
from benchbook.timetracking.errors import ClientNotFound, NameTaken
from benchbook.timetracking.schemas import Client, Project, Tag

Item = TypeVar("Item", Client, Project, Tag)


@dataclass(frozen=True)
class Shelf(Generic[Item]):
    """A table of named things. ``columns`` are those that a client sets, besides the name."""

    table: str
    kind: type[Item]
    columns: tuple[str, ...]
    can_be_archived: bool

    @property
    def selected(self) -> str:
        archived = "archived_at IS NOT NULL AS archived, " if self.can_be_archived else ""
        return ", ".join(("id", *self.columns, f"{archived}created_at", "updated_at", "revision"))

    def item(self, row: asyncpg.Record) -> tuple[Item, int]:
        values = dict(row)
        revision = values.pop("revision")
        return self.kind(**values), revision


CLIENTS = Shelf("clients", Client, ("name",), can_be_archived=True)
PROJECTS = Shelf(
    "projects", Project, ("name", "client_id", "colour", "billable"), can_be_archived=True
)
TAGS = Shelf("tags", Tag, ("name",), can_be_archived=False)


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if "name_is_used_once" in name:
        return NameTaken.at("/name", "There is one of this name already.")
    if name.startswith("project_client_exists"):
        return ClientNotFound.at("/client_id", "There is no client with this id.")
    return error


async def insert(
    tx: Transaction,
    shelf: Shelf[Item],
    organisation_id: UUID,
    item_id: UUID,
    values: dict[str, Any],
) -> tuple[Item, int]:
    """Add an item, and answer it with its revision. Raises NameTaken, ClientNotFound."""
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
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
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
    archived: bool | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Item]:
    """Items by name, after a sort key; ``archived`` None shows both."""
    condition = "$5::boolean IS NULL OR (archived_at IS NOT NULL) = $5"
    rows = await tx.fetch(
        f"""
        SELECT {shelf.selected}
        FROM {shelf.table}
        WHERE organisation_id = $1
          AND ($2::text IS NULL OR (name, id) > ($2, $3::uuid))
          AND ({condition if shelf.can_be_archived else "$5::boolean IS NULL OR true"})
        ORDER BY name, id
        LIMIT $4
        """,
        organisation_id,
        after[0] if after else None,
        after[1] if after else None,
        limit,
        archived,
    )
    return [shelf.item(row)[0] for row in rows]


async def update(
    tx: Transaction,
    shelf: Shelf[Item],
    organisation_id: UUID,
    item_id: UUID,
    values: dict[str, Any],
) -> tuple[Item, int]:
    """Set columns of a locked item. Raises NameTaken, ClientNotFound.

    ``archived`` archives or brings back; the other keys are column names of ours.
    """
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
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
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
