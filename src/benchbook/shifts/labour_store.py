"""The SQL of labour rules, of what they look at, and of overrides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.shifts.errors import EmployeeNotFound
from benchbook.shifts.labour_rules import Broken, Duty
from benchbook.shifts.labour_schemas import LabourRule, LabourRuleOverride

_RULE = (
    "id, name, kind, effect, enabled, limit_minutes, limit_days, break_minutes, position, "
    "employee_id, time_zone, created_at, updated_at, revision"
)


def _rule_of(row: asyncpg.Record) -> tuple[LabourRule, int]:
    values = dict(row)
    revision = values.pop("revision")
    return LabourRule(**values), revision


def _translated(error: asyncpg.PostgresError) -> Exception:
    if constraint_of(error).startswith("labour_rule_employee_exists"):
        return EmployeeNotFound.at("/employee_id", "There is no employee with this id.")
    return error


async def insert_rule(
    tx: Transaction, organisation_id: UUID, values: Mapping[str, Any]
) -> tuple[LabourRule, int]:
    """Add a rule; the keys of ``values`` are column names of ours. Raises EmployeeNotFound."""
    places = ", ".join(f"${place}" for place in range(3, 3 + len(values)))
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO labour_rules (organisation_id, id, {", ".join(values)})
            VALUES ($1, $2, {places})
            RETURNING {_RULE}
            """,
            organisation_id,
            uuid7(),
            *values.values(),
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise _translated(error) from error
    return _rule_of(row)


async def find_rule(
    tx: Transaction, organisation_id: UUID, rule_id: UUID, *, lock: bool = False
) -> tuple[LabourRule, int] | None:
    """A rule and its revision; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {_RULE}
        FROM labour_rules
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        rule_id,
    )
    return _rule_of(row) if row else None


async def list_rules(
    tx: Transaction,
    organisation_id: UUID,
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[LabourRule]:
    """Rules in the order in which they were added; all of them unless there is a limit."""
    rows = await tx.fetch(
        f"""
        SELECT {_RULE}
        FROM labour_rules
        WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id > $2)
        ORDER BY id
        LIMIT $3
        """,
        organisation_id,
        after,
        limit,
    )
    return [_rule_of(row)[0] for row in rows]


async def rules_that_hold(tx: Transaction, organisation_id: UUID) -> list[LabourRule]:
    """The rules that are not switched off."""
    return [rule for rule in await list_rules(tx, organisation_id) if rule.enabled]


async def update_rule(
    tx: Transaction, organisation_id: UUID, rule_id: UUID, values: Mapping[str, Any]
) -> tuple[LabourRule, int]:
    """Set columns of a locked rule. Raises EmployeeNotFound."""
    assignments = ", ".join(f"{column} = ${place}" for place, column in enumerate(values, 3))
    try:
        row = await one_row(
            tx,
            f"""
            UPDATE labour_rules
            SET {assignments}, updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND id = $2
            RETURNING {_RULE}
            """,
            organisation_id,
            rule_id,
            *values.values(),
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise _translated(error) from error
    return _rule_of(row)


async def delete_rule(tx: Transaction, organisation_id: UUID, rule_id: UUID) -> None:
    """Delete a locked rule."""
    await tx.execute(
        "DELETE FROM labour_rules WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        rule_id,
    )


async def duties_between(
    tx: Transaction,
    organisation_id: UUID,
    starting: datetime,
    ending: datetime,
    employee_ids: Collection[UUID] | None = None,
) -> dict[UUID, list[Duty]]:
    """The shifts that start in this half-open range, by employee; of some, or of everybody."""
    rows = await tx.fetch(
        f"""
        SELECT employee_id, id, starts_at, ends_at, break_minutes, position
        FROM all_shifts
        WHERE organisation_id = $1 AND starts_at >= $2 AND starts_at < $3
        {"AND employee_id = ANY ($4::uuid[])" if employee_ids is not None else ""}
        """,
        organisation_id,
        starting,
        ending,
        *([list(employee_ids)] if employee_ids is not None else []),
    )
    found: dict[UUID, list[Duty]] = {}
    for row in rows:
        employee_id, *duty = row
        found.setdefault(employee_id, []).append(Duty(*duty))
    return found


async def insert_overrides(
    tx: Transaction,
    organisation_id: UUID,
    broken: Sequence[Broken],
    reason: str,
    person_id: UUID,
) -> None:
    """Keep that somebody let these be, and why."""
    await tx.executemany(
        """
        INSERT INTO labour_rule_overrides
          (organisation_id, id, rule_id, rule_name, employee_id, starts_at, ends_at, excess, reason,
           person_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        [
            (
                organisation_id,
                uuid7(),
                one.rule.id,
                one.rule.name,
                one.employee_id,
                one.starts_at,
                one.ends_at,
                one.excess,
                reason,
                person_id,
            )
            for one in broken
        ],
    )


async def overrides_between(
    tx: Transaction, organisation_id: UUID, starting: datetime, ending: datetime
) -> list[tuple[UUID | None, UUID, datetime, datetime, int, LabourRuleOverride]]:
    """What was let be in this range, the latest first: rule, employee, from when to when, by how
    much it was too much."""
    rows = await tx.fetch(
        """
        SELECT rule_id, employee_id, starts_at, ends_at, excess, reason, person_id, created_at
        FROM labour_rule_overrides
        WHERE organisation_id = $1 AND starts_at <= $3 AND ends_at >= $2
        ORDER BY id DESC
        """,
        organisation_id,
        starting,
        ending,
    )
    return [(*row[:5], LabourRuleOverride(*row[5:])) for row in rows]
