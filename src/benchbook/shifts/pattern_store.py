"""The SQL of templates, patterns and what was generated of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.shifts.errors import RosterNameTaken, ShiftTemplateInUse, ShiftTemplateNotFound
from benchbook.shifts.pattern_rules import Busy
from benchbook.shifts.pattern_schemas import (
    PatternEntry,
    ShiftGeneration,
    ShiftPattern,
    ShiftTemplate,
)

_TEMPLATE = (
    "id, name, position, location_id, note, start_time, end_time, duration_minutes, "
    "break_minutes, created_at, updated_at, revision"
)
_PATTERN = """id, name, starts_on, cycle_days,
  ARRAY(SELECT (entries.day, entries.template_id)
        FROM shift_pattern_entries AS entries
        WHERE entries.organisation_id = shift_patterns.organisation_id
          AND entries.pattern_id = shift_patterns.id
        ORDER BY entries.day, entries.template_id) AS entries,
  created_at, updated_at, revision"""
_GENERATION = (
    "id, pattern_id, pattern_name, first_day, end_day, "
    "cardinality(shift_ids) AS shift_count, person_id, created_at"
)


def _translated(error: asyncpg.PostgresError) -> Exception:
    name = constraint_of(error)
    if name.startswith(("shift_template_name_is_used_once", "shift_pattern_name_is_used_once")):
        return RosterNameTaken.at("/name", "There is one of this name already.")
    if name.startswith("shift_pattern_entry_has_a_template"):
        return ShiftTemplateInUse(
            "Patterns have shifts like this template: take it out of these first."
        )
    return error


# Templates --------------------------------------------------------------------------------------


def _template_of(row: asyncpg.Record) -> tuple[ShiftTemplate, int]:
    values = dict(row)
    revision = values.pop("revision")
    for field in ("start_time", "end_time"):
        values[field] = values[field] and values[field].isoformat("minutes")
    return ShiftTemplate(**values), revision


def _template_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column: time.fromisoformat(value)
        if column in ("start_time", "end_time") and value is not None
        else value
        for column, value in values.items()
    }


async def insert_template(
    tx: Transaction, organisation_id: UUID, template_id: UUID, values: Mapping[str, Any]
) -> tuple[ShiftTemplate, int]:
    """Add a template; the keys of ``values`` are column names of ours. Raises RosterNameTaken."""
    stored = _template_values(values)
    places = ", ".join(f"${place}" for place in range(3, 3 + len(stored)))
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO shift_templates (organisation_id, id, {", ".join(stored)})
            VALUES ($1, $2, {places})
            RETURNING {_TEMPLATE}
            """,
            organisation_id,
            template_id,
            *stored.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return _template_of(row)


async def find_template(
    tx: Transaction, organisation_id: UUID, template_id: UUID, *, lock: bool = False
) -> tuple[ShiftTemplate, int] | None:
    """A template and its revision; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {_TEMPLATE}
        FROM shift_templates
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        template_id,
    )
    return _template_of(row) if row else None


async def list_templates(
    tx: Transaction, organisation_id: UUID, *, after: tuple[str, UUID] | None, limit: int
) -> list[ShiftTemplate]:
    """Templates by name, after a sort key."""
    rows = await tx.fetch(
        f"""
        SELECT {_TEMPLATE}
        FROM shift_templates
        WHERE organisation_id = $1 AND ($2::text IS NULL OR (name, id) > ($2, $3::uuid))
        ORDER BY name, id
        LIMIT $4
        """,
        organisation_id,
        *(after or (None, None)),
        limit,
    )
    return [_template_of(row)[0] for row in rows]


async def known_templates(
    tx: Transaction, organisation_id: UUID, template_ids: Collection[UUID]
) -> dict[UUID, ShiftTemplate]:
    """Those of these templates that are there, held as they are until the transaction ends."""
    rows = await tx.fetch(
        f"""
        SELECT {_TEMPLATE}
        FROM shift_templates
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        ORDER BY id
        FOR SHARE
        """,
        organisation_id,
        list(template_ids),
    )
    return {row["id"]: _template_of(row)[0] for row in rows}


async def update_template(
    tx: Transaction, organisation_id: UUID, template_id: UUID, values: Mapping[str, Any]
) -> tuple[ShiftTemplate, int]:
    """Set columns of a locked template. Raises RosterNameTaken."""
    stored = _template_values(values)
    assignments = ", ".join(f"{column} = ${place}" for place, column in enumerate(stored, 3))
    try:
        row = await one_row(
            tx,
            f"""
            UPDATE shift_templates
            SET {assignments}, updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND id = $2
            RETURNING {_TEMPLATE}
            """,
            organisation_id,
            template_id,
            *stored.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return _template_of(row)


async def delete_template(tx: Transaction, organisation_id: UUID, template_id: UUID) -> None:
    """Delete a template that no pattern has. Raises ShiftTemplateInUse."""
    try:
        await tx.execute(
            "DELETE FROM shift_templates WHERE organisation_id = $1 AND id = $2",
            organisation_id,
            template_id,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error


# Patterns ---------------------------------------------------------------------------------------


def _pattern_of(row: asyncpg.Record) -> tuple[ShiftPattern, int]:
    values = dict(row)
    revision = values.pop("revision")
    values["entries"] = [PatternEntry(day, template_id) for day, template_id in values["entries"]]
    return ShiftPattern(**values), revision


async def insert_pattern(
    tx: Transaction,
    organisation_id: UUID,
    pattern_id: UUID,
    name: str,
    starts_on: date,
    cycle_days: int,
) -> None:
    """Add a pattern without entries. Raises RosterNameTaken."""
    try:
        await tx.execute(
            """
            INSERT INTO shift_patterns (organisation_id, id, name, starts_on, cycle_days)
            VALUES ($1, $2, $3, $4, $5)
            """,
            organisation_id,
            pattern_id,
            name,
            starts_on,
            cycle_days,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error


async def set_entries(
    tx: Transaction, organisation_id: UUID, pattern_id: UUID, entries: Sequence[PatternEntry]
) -> None:
    """Give a pattern these entries in place of those that it has."""
    await tx.execute(
        "DELETE FROM shift_pattern_entries WHERE organisation_id = $1 AND pattern_id = $2",
        organisation_id,
        pattern_id,
    )
    try:
        await tx.execute(
            """
            INSERT INTO shift_pattern_entries (organisation_id, pattern_id, day, template_id)
            SELECT $1, $2, entry.day, entry.template_id
            FROM unnest($3::integer[], $4::uuid[]) AS entry (day, template_id)
            """,
            organisation_id,
            pattern_id,
            [entry.day for entry in entries],
            [entry.template_id for entry in entries],
        )
    except asyncpg.ForeignKeyViolationError as error:
        # Known a moment ago, and deleted meanwhile.
        raise ShiftTemplateNotFound.at("/entries", "A template was deleted meanwhile.") from error


async def find_pattern(
    tx: Transaction, organisation_id: UUID, pattern_id: UUID, *, lock: bool = False
) -> tuple[ShiftPattern, int] | None:
    """A pattern and its revision; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {_PATTERN}
        FROM shift_patterns
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        pattern_id,
    )
    return _pattern_of(row) if row else None


async def list_patterns(
    tx: Transaction, organisation_id: UUID, *, after: tuple[str, UUID] | None, limit: int
) -> list[ShiftPattern]:
    """Patterns by name, after a sort key."""
    rows = await tx.fetch(
        f"""
        SELECT {_PATTERN}
        FROM shift_patterns
        WHERE organisation_id = $1 AND ($2::text IS NULL OR (name, id) > ($2, $3::uuid))
        ORDER BY name, id
        LIMIT $4
        """,
        organisation_id,
        *(after or (None, None)),
        limit,
    )
    return [_pattern_of(row)[0] for row in rows]


async def update_pattern(
    tx: Transaction, organisation_id: UUID, pattern_id: UUID, values: Mapping[str, Any]
) -> None:
    """Set columns of a locked pattern, and count a revision. Raises RosterNameTaken."""
    assignments = "".join(f"{column} = ${place}, " for place, column in enumerate(values, 3))
    try:
        await tx.execute(
            f"""
            UPDATE shift_patterns
            SET {assignments} updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND id = $2
            """,
            organisation_id,
            pattern_id,
            *values.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error


async def delete_pattern(tx: Transaction, organisation_id: UUID, pattern_id: UUID) -> None:
    """Delete a pattern; what was generated of it stays."""
    await tx.execute(
        "DELETE FROM shift_patterns WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        pattern_id,
    )


# What was generated -----------------------------------------------------------------------------


async def busy_times(
    tx: Transaction,
    organisation_id: UUID,
    employee_ids: Collection[UUID],
    starting: datetime,
    ending: datetime,
) -> dict[UUID, list[Busy]]:
    """When each of these employees has shifts that start between these instants."""
    rows = await tx.fetch(
        """
        SELECT employee_id, starts_at, ends_at, id
        FROM all_shifts
        WHERE organisation_id = $1 AND employee_id = ANY ($2::uuid[])
          AND starts_at > $3 AND starts_at < $4
        """,
        organisation_id,
        list(employee_ids),
        starting,
        ending,
    )
    found: dict[UUID, list[Busy]] = {}
    for row in rows:
        found.setdefault(row["employee_id"], []).append(
            Busy(row["starts_at"], row["ends_at"], shift_id=row["id"])
        )
    return found


async def known_employees(
    tx: Transaction, organisation_id: UUID, employee_ids: Collection[UUID]
) -> set[UUID]:
    """Those of these employees that are there."""
    rows = await tx.fetch(
        "SELECT id FROM employees WHERE organisation_id = $1 AND id = ANY ($2::uuid[])",
        organisation_id,
        list(employee_ids),
    )
    return {row["id"] for row in rows}


async def zones_of_locations(
    tx: Transaction, organisation_id: UUID, location_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The time zones of these locations."""
    rows = await tx.fetch(
        "SELECT id, time_zone FROM locations WHERE organisation_id = $1 AND id = ANY ($2::uuid[])",
        organisation_id,
        list(location_ids),
    )
    return {row["id"]: row["time_zone"] for row in rows}


async def insert_generation(
    tx: Transaction,
    organisation_id: UUID,
    generation_id: UUID,
    pattern: ShiftPattern,
    person_id: UUID,
    days: tuple[date, date],
    shift_ids: Sequence[UUID],
) -> None:
    """Note which shifts were generated together."""
    await tx.execute(
        """
        INSERT INTO shift_generations
          (organisation_id, id, pattern_id, pattern_name, person_id, first_day, end_day, shift_ids)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        organisation_id,
        generation_id,
        pattern.id,
        pattern.name,
        person_id,
        *days,
        shift_ids,
    )


async def list_generations(
    tx: Transaction,
    organisation_id: UUID,
    *,
    pattern_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[ShiftGeneration]:
    """What was generated, the latest first, after a sort key."""
    rows = await tx.fetch(
        f"""
        SELECT {_GENERATION}
        FROM shift_generations
        WHERE organisation_id = $1
          AND ($2::uuid IS NULL OR pattern_id = $2)
          AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC
        LIMIT $4
        """,
        organisation_id,
        pattern_id,
        before,
        limit,
    )
    return [_generation_of(row) for row in rows]


def _generation_of(row: asyncpg.Record) -> ShiftGeneration:
    values = dict(row)
    return ShiftGeneration(from_=values.pop("first_day"), to=values.pop("end_day"), **values)


async def delete_generation(
    tx: Transaction, organisation_id: UUID, generation_id: UUID
) -> list[UUID] | None:
    """Forget that shifts were generated together; answers them, None where nothing is known."""
    row = await tx.fetchrow(
        """
        DELETE FROM shift_generations
        WHERE organisation_id = $1 AND id = $2
        RETURNING shift_ids
        """,
        organisation_id,
        generation_id,
    )
    return list(row["shift_ids"]) if row else None
