"""What the roster adds up to: planned hours of each employee and ISO week, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import InvalidInput
from benchbook.platform.workbook import Column, Workbook
from benchbook.shifts import planned_store as store
from benchbook.shifts.leave_store import find_own_employee
from benchbook.shifts.planned_schemas import PlannedEmployee, PlannedHours, PlannedWeek

Period = Literal["week", "month", "year"]
COLUMNS = (
    Column("Last name", width=20),
    Column("First name", width=20),
    Column("Week", width=10),
    Column("Monday", "date"),
    Column("Shifts", "number", width=8),
    Column("Planned", "duration"),
    Column("Breaks", "duration"),
    Column("Contracted hours per week", "number", width=24),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def days_of(period: Period, day: date) -> tuple[date, date]:
    """The first day of the period that a day is in, and the first one after it.

    Raises InvalidInput outside the years that are kept.
    """
    if not 1971 <= day.year <= 2098:
        raise InvalidInput.at("?date", "The day must lie between the years 1971 and 2098.")
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(weeks=1)
    if period == "year":
        return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


async def planned_hours(
    tx: Transaction,
    caller: Caller,
    first_day: date,
    end_day: date,
    employee_ids: Sequence[UUID] | None,
) -> PlannedHours:
    """Planned hours: of everybody for managers, drafts included; for members their own."""
    wanted = list(employee_ids) if employee_ids else None
    if not caller.sees_everyone:
        own = await find_own_employee(tx, caller.organisation_id, caller.person_id)
        wanted = [one for one in ([own] if own else []) if wanted is None or one in wanted]
    rows = await store.list_planned_weeks(
        tx,
        caller.organisation_id,
        wanted,
        first_day,
        end_day,
        caller.time_zone,
        as_published=not caller.sees_everyone,
    )
    employees = []
    for _, group in groupby(rows, lambda row: row["employee_id"]):
        of_one = list(group)
        weeks = [
            PlannedWeek(
                f"{row['monday']:%G-W%V}",
                row["monday"],
                row["shifts"],
                row["planned_seconds"],
                row["break_seconds"],
            )
            for row in of_one
        ]
        employees.append(
            PlannedEmployee(
                employee_id=of_one[0]["employee_id"],
                first_name=of_one[0]["first_name"],
                last_name=of_one[0]["last_name"],
                contracted_hours_per_week=of_one[0]["contracted_hours_per_week"],
                weeks=weeks,
                **_sums(weeks),
            )
        )
    return PlannedHours(from_=first_day, to=end_day, employees=employees, **_sums(employees))


def as_csv(hours: PlannedHours) -> bytes:
    """A line an employee and week, durations in seconds; cells that look like formulas get an
    apostrophe."""
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(
        [
            *("last_name", "first_name", "week", "monday", "shifts", "planned_seconds"),
            *("break_seconds", "contracted_hours_per_week"),
        ]
    )
    for row in _rows(hours):
        lines.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(hours: PlannedHours) -> bytes:
    """The same as a workbook, durations as such."""
    book = Workbook(COLUMNS, sheet_title="Planned hours")
    return book.add(_rows(hours)) + book.close()


def _rows(hours: PlannedHours) -> Iterator[tuple[Any, ...]]:
    for employee in hours.employees:
        for week in employee.weeks:
            yield (
                employee.last_name,
                employee.first_name,
                week.week,
                week.monday,
                week.shifts,
                week.planned_seconds,
                week.break_seconds,
                employee.contracted_hours_per_week,
            )


def _sums(parts: Sequence[PlannedWeek] | Sequence[PlannedEmployee]) -> dict[str, int]:
    return {
        "shifts": sum(part.shifts for part in parts),
        "planned_seconds": sum(part.planned_seconds for part in parts),
        "break_seconds": sum(part.break_seconds for part in parts),
    }


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text
