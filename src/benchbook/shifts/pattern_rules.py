"""Which shifts a pattern makes of which days: cycles, clocks, and who is busy. No database."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from benchbook.platform.problems import InvalidInput
from benchbook.shifts.local_times import day_exists, instant_of
from benchbook.shifts.pattern_schemas import (
    NewShiftTemplate,
    PatternEmployee,
    PatternEntry,
    ShiftPattern,
    ShiftTemplate,
)
from benchbook.shifts.rules import LONGEST_SHIFT

DAY_MINUTES = 24 * 60
MOST_DAYS = 731
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(2099, 12, 28)


@dataclass(frozen=True)
class Planned:
    """A shift as a pattern has it for one employee and one local day."""

    place: int
    employee_id: UUID
    template: ShiftTemplate
    day: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    nominal_seconds: int

    @property
    def duration_seconds(self) -> int:
        """How long it is in fact."""
        return int((self.ends_at - self.starts_at).total_seconds())

    @property
    def impossible(self) -> Literal["no_such_time", "shorter_than_break"] | None:
        """Why the clocks leave no such shift; None where they do not."""
        if self.ends_at <= self.starts_at:
            return "no_such_time"
        if self.duration_seconds <= self.template.break_minutes * 60:
            return "shorter_than_break"
        return None


def check_template(template: NewShiftTemplate | ShiftTemplate) -> None:
    """Raise InvalidInput unless it has one of end and length, and a break that leaves some."""
    if (template.end_time is None) == (template.duration_minutes is None):
        raise InvalidInput.at(
            "/end_time", "Give either the end_time or the duration_minutes, not both."
        )
    if template.break_minutes >= nominal_minutes(template):
        raise InvalidInput.at("/break_minutes", "The break is shorter than the shift.")


def nominal_minutes(template: NewShiftTemplate | ShiftTemplate) -> int:
    """How long the shift is on a day without a change of the clocks."""
    if template.duration_minutes is not None:
        return template.duration_minutes
    start, end = _minutes(template.start_time), _minutes(template.end_time or "")
    return end - start if end > start else end - start + DAY_MINUTES


def check_entries(cycle_days: int, entries: Sequence[PatternEntry]) -> None:
    """Raise InvalidInput for a day beyond the cycle, and for an entry that is there twice."""
    for index, entry in enumerate(entries):
        if entry.day > cycle_days:
            raise InvalidInput.at(
                f"/entries/{index}/day", f"The cycle has {cycle_days} days, 1 to {cycle_days}."
            )
        if entry in entries[:index]:
            raise InvalidInput.at(f"/entries/{index}", "This is among the entries twice.")


def check_days(first: date, after: date) -> None:
    """Raise InvalidInput unless these are some days of a time that is kept."""
    for day, pointer in ((first, "/from"), (after, "/to")):
        if not FIRST_DAY <= day <= LAST_DAY:
            raise InvalidInput.at(pointer, "The day must lie between the years 1970 and 2099.")
    if after <= first:
        raise InvalidInput.at("/to", "The range ends after it begins.")
    if (after - first).days > MOST_DAYS:
        raise InvalidInput.at("/to", f"Generate at most {MOST_DAYS} days at once.")


def planned_shifts(
    pattern: ShiftPattern,
    templates: Mapping[UUID, ShiftTemplate],
    employees: Sequence[PatternEmployee],
    first: date,
    after: date,
    zones: Mapping[UUID, ZoneInfo],
) -> Iterator[Planned]:
    """What the pattern has for each employee (their place in the list comes along) and each of
    these days, by the clocks of each template's zone; also what the clocks make impossible."""
    by_day: dict[int, list[ShiftTemplate]] = {}
    for entry in sorted(pattern.entries):
        by_day.setdefault(entry.day, []).append(templates[entry.template_id])
    spans: dict[tuple[UUID, date], tuple[datetime, datetime, int]] = {}
    for place, employee in enumerate(employees):
        day = first
        while day < after:
            phase = (day - pattern.starts_on).days + employee.offset_days
            for template in by_day.get(phase % pattern.cycle_days + 1, ()):
                key = (template.id, day)
                span = spans[key] = spans.get(key) or _span(template, day, zones[template.id])
                zone = zones[template.id].key
                yield Planned(place, employee.employee_id, template, day, zone, *span)
            day += timedelta(days=1)


def _span(template: ShiftTemplate, day: date, zone: ZoneInfo) -> tuple[datetime, datetime, int]:
    """Start, end, and how many seconds lie between them by the clocks."""
    start = datetime.combine(day, time.fromisoformat(template.start_time))
    starts_at = instant_of(day, start.time(), zone)
    if template.duration_minutes is not None:
        if not day_exists(day, zone):
            return starts_at, starts_at, template.duration_minutes * 60
        ends_at = starts_at + timedelta(minutes=template.duration_minutes)
        by_clocks = ends_at.astimezone(zone).replace(tzinfo=None) - start
        return starts_at, ends_at, int(by_clocks.total_seconds())
    end = start + timedelta(minutes=nominal_minutes(template))
    ends_at = instant_of(end.date(), end.time(), zone)
    return starts_at, ends_at, int((end - start).total_seconds())


@dataclass(frozen=True)
class Busy:
    """When an employee has a shift: a stored one, or one that is planned (its place in a list)."""

    starts_at: datetime
    ends_at: datetime
    shift_id: UUID | None = None
    planned: int | None = None


def sort_out(
    planned: Sequence[Planned], stored: Mapping[UUID, Iterable[Busy]]
) -> tuple[list[Planned], dict[int, list[Busy]]]:
    """Those that fit, first come first served, and what each other one met (by its place).

    ``stored`` has what each employee has already.
    """
    taken = {
        employee_id: sorted(busy, key=lambda one: one.starts_at)
        for employee_id, busy in stored.items()
    }
    fitting: list[Planned] = []
    met: dict[int, list[Busy]] = {}
    for number, shift in enumerate(planned):
        busy = taken.setdefault(shift.employee_id, [])
        # None is longer than the longest: what starts earlier than that is over.
        at = bisect_left(busy, shift.starts_at - LONGEST_SHIFT, key=lambda one: one.starts_at)
        in_the_way = []
        while at < len(busy) and busy[at].starts_at < shift.ends_at:
            if busy[at].ends_at > shift.starts_at:
                in_the_way.append(busy[at])
            at += 1
        if in_the_way:
            met[number] = in_the_way
        else:
            fitting.append(shift)
            insort(
                busy,
                Busy(shift.starts_at, shift.ends_at, planned=number),
                key=lambda one: one.starts_at,
            )
    return fitting, met


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
