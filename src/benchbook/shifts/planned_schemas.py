"""What goes over the wire about planned hours."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec


class PlannedWeek(msgspec.Struct):
    """What an employee is planned for in an ISO week: shifts that start in it."""

    week: str
    monday: date
    shifts: int
    planned_seconds: int
    break_seconds: int


class PlannedEmployee(msgspec.Struct, kw_only=True):
    """An employee's planned time: the length of their shifts without breaks.

    `contracted_hours_per_week` is null for whom it is none of the business of.
    """

    employee_id: UUID
    first_name: str
    last_name: str
    contracted_hours_per_week: float | None
    shifts: int
    planned_seconds: int
    break_seconds: int
    weeks: list[PlannedWeek]


class PlannedHours(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """Planned hours of the shifts that start on the days from `from` up to, and without, `to`."""

    from_: date
    to: date
    shifts: int
    planned_seconds: int
    break_seconds: int
    employees: list[PlannedEmployee]
