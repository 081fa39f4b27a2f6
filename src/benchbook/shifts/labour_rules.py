"""Whether shifts keep to labour rules. Pure: rules and shifts in, what is broken out.

What a rule finds is *worse* than before if nothing of the same rule was found at that place
already, or less of it. Only that stops a change: what is wrong in a roster for other reasons (a
rule that is newer than it, an override) does not stand in the way of mending something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from benchbook.platform.problems import InvalidInput
from benchbook.shifts.labour_schemas import Kind, LabourRule, LabourRuleViolation
from benchbook.shifts.local_times import instant_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Duty:
    """What the rules look at of a shift."""

    shift_id: UUID
    starts_at: datetime
    ends_at: datetime
    break_minutes: int
    position: str | None

    @property
    def worked_minutes(self) -> int:
        """How long it is, without its break."""
        return _minutes(self.ends_at - self.starts_at) - self.break_minutes


@dataclass(frozen=True)
class Broken:
    """A rule that does not hold, from when to when. ``actual`` and ``excess`` are minutes, or days
    for the rule that counts these."""

    rule: LabourRule
    employee_id: UUID
    starts_at: datetime
    ends_at: datetime
    duties: tuple[Duty, ...]
    actual: int
    excess: int

    def is_no_worse_than(self, former: Broken) -> bool:
        """Whether as much, or more, was broken here already."""
        if (self.rule.id, self.employee_id) != (former.rule.id, former.employee_id):
            return False
        if self.rule.kind == "minimum_rest":  # may be between shifts that do not even touch
            meets = self.starts_at <= former.ends_at and former.starts_at <= self.ends_at
        else:
            meets = self.starts_at < former.ends_at and former.starts_at < self.ends_at
        return meets and self.excess <= former.excess


def what_is_broken(
    rules: Iterable[LabourRule], employee_id: UUID, duties: Iterable[Duty]
) -> list[Broken]:
    """Where these shifts of one employee, which never overlap, are against these rules."""
    in_order = sorted(duties, key=lambda duty: duty.starts_at)
    return [
        broken
        for rule in rules
        if rule.employee_id in (None, employee_id)
        for broken in _CHECKS[rule.kind](rule, employee_id, in_order)
    ]


def what_is_worse(now: Iterable[Broken], before: Sequence[Broken]) -> list[Broken]:
    """What is broken now and was not, or not as much."""
    return [one for one in now if not any(one.is_no_worse_than(former) for former in before)]


def days_that_matter(rules: Iterable[LabourRule]) -> timedelta:
    """How far from a shift others can lie that break a rule together with it."""
    longest = max((rule.limit_days or 0 for rule in rules), default=0)
    return timedelta(days=max(10, 2 * longest + 2))


def check_rule(
    kind: Kind, limit_minutes: int | None, limit_days: int | None, break_minutes: int | None
) -> None:
    """Raise InvalidInput unless the rule has what its kind takes, and nothing else."""
    wanted = {
        "/limit_minutes": (kind != "maximum_consecutive_days", limit_minutes),
        "/limit_days": (kind == "maximum_consecutive_days", limit_days),
        "/break_minutes": (kind == "break_after", break_minutes),
    }
    for pointer, (takes, value) in wanted.items():
        if takes and value is None:
            raise InvalidInput.at(pointer, f"A rule of the kind {kind} takes this.")
        if not takes and value is not None:
            raise InvalidInput.at(pointer, f"A rule of the kind {kind} does not take this.")
    if kind == "maximum_daily_hours" and (limit_minutes or 0) > 48 * 60:
        raise InvalidInput.at("/limit_minutes", "A shift has at most 48 hours, 2,880 minutes.")


def violation_of(broken: Broken, stored: Callable[[UUID], bool]) -> LabourRuleViolation:
    """As it goes over the wire; ``stored`` says which shifts have ids that a client may know."""
    rule = broken.rule
    found = LabourRuleViolation(
        rule_id=rule.id,
        rule=rule.name,
        kind=rule.kind,
        effect=rule.effect,
        employee_id=broken.employee_id,
        starts_at=broken.starts_at,
        ends_at=broken.ends_at,
        shift_ids=[duty.shift_id for duty in broken.duties if stored(duty.shift_id)],
        detail=_detail(broken),
    )
    if rule.kind == "maximum_consecutive_days":
        found.limit_days, found.actual_days = rule.limit_days, broken.actual
        found.excess_days = broken.excess
    else:
        is_break = rule.kind == "break_after"
        found.limit_minutes = rule.break_minutes if is_break else rule.limit_minutes
        found.actual_minutes, found.excess_minutes = broken.actual, broken.excess
    return found


# Each kind of rule ------------------------------------------------------------------------------


def _rest(rule: LabourRule, employee_id: UUID, duties: Sequence[Duty]) -> Iterator[Broken]:
    for one, other in pairwise(_stretches(duties)):
        if not _concerns(rule, (one[-1], other[0])):
            continue
        rest = _minutes(other[0].starts_at - one[-1].ends_at)
        if rest < (rule.limit_minutes or 0):
            yield Broken(
                rule,
                employee_id,
                one[-1].ends_at,
                other[0].starts_at,
                (one[-1], other[0]),
                rest,
                (rule.limit_minutes or 0) - rest,
            )


def _daily(rule: LabourRule, employee_id: UUID, duties: Sequence[Duty]) -> Iterator[Broken]:
    return _too_long(rule, employee_id, duties, lambda day: day, 1)


def _weekly(rule: LabourRule, employee_id: UUID, duties: Sequence[Duty]) -> Iterator[Broken]:
    return _too_long(rule, employee_id, duties, lambda day: day - timedelta(days=day.weekday()), 7)


def _too_long(
    rule: LabourRule,
    employee_id: UUID,
    duties: Sequence[Duty],
    beginning: Callable[[date], date],
    days: int,
) -> Iterator[Broken]:
    zone = ZoneInfo(rule.time_zone)
    periods: dict[date, list[Duty]] = {}
    for duty in duties:
        if _concerns(rule, (duty,)):
            periods.setdefault(beginning(_day_of(duty, zone)), []).append(duty)
    for first, within in periods.items():
        worked = sum(duty.worked_minutes for duty in within)
        if worked > (rule.limit_minutes or 0):
            yield Broken(
                rule,
                employee_id,
                _midnight(first, zone),
                _midnight(first + timedelta(days=days), zone),
                tuple(within),
                worked,
                worked - (rule.limit_minutes or 0),
            )


def _consecutive(rule: LabourRule, employee_id: UUID, duties: Sequence[Duty]) -> Iterator[Broken]:
    zone = ZoneInfo(rule.time_zone)
    run: list[Duty] = []
    days = 0
    last: date | None = None
    for duty in [*(duty for duty in duties if _concerns(rule, (duty,))), None]:
        day = _day_of(duty, zone) if duty else None
        if last is not None and day != last and (day is None or day - last > DAY):
            if days > (rule.limit_days or 0):
                yield Broken(
                    rule,
                    employee_id,
                    _midnight(last - timedelta(days=days - 1), zone),
                    _midnight(last + DAY, zone),
                    tuple(run),
                    days,
                    days - (rule.limit_days or 0),
                )
            run, days = [], 0
            last = None
        if duty is not None:
            run.append(duty)
            days += day != last
            last = day


def _breaks(rule: LabourRule, employee_id: UUID, duties: Sequence[Duty]) -> Iterator[Broken]:
    for stretch in _stretches(duties):
        length = _minutes(stretch[-1].ends_at - stretch[0].starts_at)
        rests = sum(duty.break_minutes for duty in stretch)
        if (
            _concerns(rule, stretch)
            and length > (rule.limit_minutes or 0)
            and rests < (rule.break_minutes or 0)
        ):
            yield Broken(
                rule,
                employee_id,
                stretch[0].starts_at,
                stretch[-1].ends_at,
                tuple(stretch),
                rests,
                (rule.break_minutes or 0) - rests,
            )


_CHECKS: dict[Kind, Callable[[LabourRule, UUID, Sequence[Duty]], Iterator[Broken]]] = {
    "minimum_rest": _rest,
    "maximum_daily_hours": _daily,
    "maximum_weekly_hours": _weekly,
    "maximum_consecutive_days": _consecutive,
    "break_after": _breaks,
}


def _stretches(duties: Sequence[Duty]) -> list[list[Duty]]:
    """Shifts that touch, together: nobody leaves in between."""
    stretches: list[list[Duty]] = []
    for duty in duties:
        if stretches and stretches[-1][-1].ends_at >= duty.starts_at:
            stretches[-1].append(duty)
        else:
            stretches.append([duty])
    return stretches


def _concerns(rule: LabourRule, duties: Iterable[Duty]) -> bool:
    return rule.position is None or any(duty.position == rule.position for duty in duties)


def _day_of(duty: Duty, zone: ZoneInfo) -> date:
    return duty.starts_at.astimezone(zone).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant_of(day, time(), zone)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _detail(broken: Broken) -> str:
    rule = broken.rule
    match rule.kind:
        case "minimum_rest":
            return (
                f"{_hours(broken.actual)} of rest between two shifts, "
                f"{_hours(broken.excess)} too short."
            )
        case "maximum_daily_hours":
            return f"{_hours(broken.actual)} in a day, {_hours(broken.excess)} too long."
        case "maximum_weekly_hours":
            return f"{_hours(broken.actual)} in a week, {_hours(broken.excess)} too long."
        case "maximum_consecutive_days":
            return f"{broken.actual} days in a row, {broken.excess} too many."
        case "break_after":
            return (
                f"{broken.actual} minutes of break, {broken.excess} too few for more than "
                f"{_hours(rule.limit_minutes or 0)}."
            )


def _hours(minutes: int) -> str:
    """`10 h`, `10 h 30 min`, `30 min`."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{rest} min"] * (rest > 0 or hours == 0))
