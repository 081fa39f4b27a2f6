"""The SQL of rates and billing settings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.accounts.errors import PersonNotFound
from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.timetracking.errors import ProjectNotFound, RateTaken
from benchbook.timetracking.money import rate_text
from benchbook.timetracking.pricing import DEFAULT_CURRENCY
from benchbook.timetracking.rate_schemas import BillingSettings, Rate, RoundingRule

RATE_COLUMNS = f"""
    id, person_id, project_id, effective_from, time_zone, hourly_rate, created_at, updated_at,
    revision, coalesce((SELECT currency FROM billing_settings WHERE organisation_id = $1),
                       '{DEFAULT_CURRENCY}') AS currency"""


async def insert_rate(
    tx: Transaction,
    organisation_id: UUID,
    *,
    rate_id: UUID,
    person_id: UUID | None,
    project_id: UUID | None,
    hourly_rate: Decimal | None,
    effective_from: date | None,
    time_zone: str,
    starts_at: datetime | None,
) -> tuple[Rate, int]:
    """Add a rate, and answer it with its revision; ``starts_at`` None is since ever.

    Raises RateTaken, PersonNotFound, ProjectNotFound.
    """
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO rates
              (organisation_id, id, person_id, project_id, hourly_rate, effective_from, time_zone,
               starts_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, '-infinity'::timestamptz))
            RETURNING {RATE_COLUMNS}
            """,
            organisation_id,
            rate_id,
            person_id,
            project_id,
            hourly_rate,
            effective_from,
            time_zone,
            starts_at,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return _rate_of(row)


async def find_rate(
    tx: Transaction, organisation_id: UUID, rate_id: UUID, *, lock: bool = False
) -> tuple[Rate, int] | None:
    """A rate and its revision; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {RATE_COLUMNS}
        FROM rates
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        rate_id,
    )
    return _rate_of(row) if row else None


async def list_rates(
    tx: Transaction,
    organisation_id: UUID,
    *,
    person_id: UUID | None,
    project_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[Rate]:
    """At most ``limit`` rates after one, in the order in which they were added."""
    rows = await tx.fetch(
        f"""
        SELECT {RATE_COLUMNS}
        FROM rates
        WHERE organisation_id = $1
          AND ($2::uuid IS NULL OR person_id = $2)
          AND ($3::uuid IS NULL OR project_id = $3)
          AND ($4::uuid IS NULL OR id > $4)
        ORDER BY id
        LIMIT $5
        """,
        organisation_id,
        person_id,
        project_id,
        after,
        limit,
    )
    return [_rate_of(row)[0] for row in rows]


async def update_rate(
    tx: Transaction, organisation_id: UUID, rate_id: UUID, changes: dict[str, Any]
) -> tuple[Rate, int]:
    """Set some columns of a locked rate; ``starts_at`` None is since ever. Raises RateTaken.

    The keys of ``changes`` are column names of ours, never text from outside.
    """
    assignments = ""
    for place, column in enumerate(changes, 3):
        value = f"coalesce(${place}, '-infinity'::timestamptz)"
        assignments += f"{column} = {value if column == 'starts_at' else f'${place}'}, "
    try:
        row = await one_row(
            tx,
            f"""
            UPDATE rates
            SET {assignments} updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND id = $2
            RETURNING {RATE_COLUMNS}
            """,
            organisation_id,
            rate_id,
            *changes.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return _rate_of(row)


async def delete_rate(tx: Transaction, organisation_id: UUID, rate_id: UUID) -> None:
    """Remove a rate; the one before it counts on."""
    await tx.execute(
        "DELETE FROM rates WHERE organisation_id = $1 AND id = $2", organisation_id, rate_id
    )


async def find_billing_settings(
    tx: Transaction, organisation_id: UUID, *, lock: bool = False
) -> tuple[BillingSettings, int]:
    """The settings and their revision; 0 while nothing was set."""
    row = await tx.fetchrow(
        f"""
        SELECT currency, members_see_amounts, rounding_mode, rounding_minutes, revision
        FROM billing_settings
        WHERE organisation_id = $1
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
    )
    if row is None:
        return BillingSettings(
            currency=DEFAULT_CURRENCY, members_see_amounts=False, rounding=None
        ), 0
    mode, minutes = row["rounding_mode"], row["rounding_minutes"]
    settings = BillingSettings(
        currency=row["currency"],
        members_see_amounts=row["members_see_amounts"],
        rounding=RoundingRule(mode, minutes) if mode else None,
    )
    return settings, row["revision"]


async def make_billing_settings(tx: Transaction, organisation_id: UUID) -> None:
    """See to it that there is a row to lock and change."""
    await tx.execute(
        """
        INSERT INTO billing_settings (organisation_id, currency, revision)
        VALUES ($1, $2, 0)
        ON CONFLICT ON CONSTRAINT billing_settings_pkey DO NOTHING
        """,
        organisation_id,
        DEFAULT_CURRENCY,
    )


async def update_billing_settings(
    tx: Transaction, organisation_id: UUID, changes: dict[str, Any]
) -> tuple[BillingSettings, int]:
    """Set some settings of the locked row.

    The keys of ``changes`` are column names of ours, never text from outside.
    """
    assignments = "".join(f"{column} = ${place}, " for place, column in enumerate(changes, 2))
    await tx.execute(
        f"""
        UPDATE billing_settings
        SET {assignments} updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1
        """,
        organisation_id,
        *changes.values(),
    )
    return await find_billing_settings(tx, organisation_id)


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if name.startswith("one_rate_from_"):
        return RateTaken.at(
            "/effective_from", "There is a rate from this day on already: change that one."
        )
    if name.startswith("rate_person_exists"):
        return PersonNotFound.at("/person_id", "There is no person with this id.")
    if name.startswith("rate_project_exists"):
        return ProjectNotFound.at("/project_id", "There is no project with this id.")
    return error


def _rate_of(row: asyncpg.Record) -> tuple[Rate, int]:
    values = dict(row)
    revision: int = values.pop("revision")
    if values["hourly_rate"] is not None:
        values["hourly_rate"] = rate_text(values["hourly_rate"], values["currency"])
    return Rate(**values), revision
