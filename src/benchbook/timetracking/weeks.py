"""Timesheets: a person submits a week, and a manager approves it or returns it.

A week is the person's own: their week's first day, in their time zone. What was submitted keeps
the instants that it was submitted with, so that a total that was approved stays what it is when
its person travels. The weeks before and after adjoin it, and no hour is handed in twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.errors import PersonNotFound
from benchbook.platform.database import Transaction
from benchbook.platform.problems import FieldError, InvalidInput
from benchbook.timetracking import locking_store
from benchbook.timetracking import week_store as store
from benchbook.timetracking.days import period_around
from benchbook.timetracking.errors import (
    OwnTimesheet,
    TimerRunsInWeek,
    TimesheetInAnotherState,
    TimesheetNotFound,
    WeekSubmittedAlready,
)
from benchbook.timetracking.locking_schemas import TimesheetStatus
from benchbook.timetracking.reports import UNFILED
from benchbook.timetracking.rules import start_of_day
from benchbook.timetracking.schemas import DayTotal
from benchbook.timetracking.week_schemas import (
    ApproveTimesheets,
    ReopenTimesheets,
    ReturnTimesheets,
    SubmitWeek,
    Timesheet,
    TimesheetDetails,
    WeekBucket,
    WithdrawWeek,
)
from benchbook.timetracking.week_store import StoredWeek, Weekly, Window

WEEK = timedelta(days=7)
FIRST_WEEK = date(1970, 1, 8)
LAST_WEEK = date(2099, 12, 20)


async def list_timesheets(
    tx: Transaction,
    caller: Caller,
    *,
    person_id: UUID | None,
    first: date,
    after: date,
    status: TimesheetStatus | None,
    missing: bool | None,
    now: datetime,
) -> list[Timesheet]:
    """The weeks that touch the dates and have hours or were submitted once, the latest first.

    Of one person, or of all that the caller may see; people stand in the order of their names.
    """
    if not caller.sees_everyone:
        if person_id not in (None, caller.person_id):
            return []
        person_id = caller.person_id
    people = await store.list_people(tx, caller.organisation_id, person_id)
    stored = _by_person(
        await store.list_weeks(
            tx, caller.organisation_id, person_id, first - 2 * WEEK, after + 2 * WEEK
        )
    )
    weeks = [
        week
        for person in people
        for week in weeks_of(person, first, after, stored[person.id])
        if status in (None, week.status) and not (missing and week.is_closed)
    ]
    sheets = await _with_hours(tx, caller, weeks, now)
    found = [
        sheet
        for sheet in sheets
        if (sheet.id or sheet.session_count) and missing in (None, sheet.missing)
    ]
    return sorted(found, key=place_of)


def place_of(sheet: Timesheet) -> tuple[int, str, UUID]:
    """Where a week stands in a list: the latest first, then by the names of the people."""
    return -sheet.from_.toordinal(), sheet.person_name, sheet.person_id


async def read_week(
    tx: Transaction, caller: Caller, week: date, person_id: UUID | None, now: datetime
) -> TimesheetDetails:
    """A week with its hours by project and its history; raises PersonNotFound, InvalidInput."""
    person_id = person_id or caller.person_id
    person = await _person(tx, caller, person_id)
    found = await _week_at(tx, caller, person, week, "?week")
    [sheet] = await _with_hours(tx, caller, [found], now)
    projects: dict[tuple[str | None, str, str | None], dict[date, int]] = defaultdict(dict)
    for row in await store.sum_by_project(tx, caller.organisation_id, found.window):
        label = UNFILED["project"] if row["key"] is None else row["label"]
        days = projects[row["key"], label, row["colour"]]
        day = found.clamped(row["date"])
        days[day] = days.get(day, 0) + row["duration_seconds"]
    buckets = [
        WeekBucket(
            key=key,
            label=label,
            colour=colour,
            duration_seconds=sum(days.values()),
            days=[DayTotal(day, days[day]) for day in sorted(days)],
        )
        for (key, label, colour), days in projects.items()
    ]
    buckets.sort(key=lambda bucket: (-bucket.duration_seconds, bucket.label))
    history = await store.list_history(tx, caller.organisation_id, sheet.id) if sheet.id else []
    return TimesheetDetails(
        **{field: getattr(sheet, field) for field in Timesheet.__struct_fields__},
        projects=buckets,
        history=history,
    )


async def submit_week(
    tx: Transaction, caller: Caller, submit: SubmitWeek, now: datetime
) -> Timesheet:
    """Hand one's own week in, and lock its hours.

    Raises InvalidInput for a week that has not begun, TimesheetInAnotherState, TimerRunsInWeek,
    WeekSubmittedAlready.
    """
    person = await _person(tx, caller, caller.person_id)
    # From here on nobody writes hours of this person, so what is looked at is what is locked.
    await locking_store.hold_shut(tx, caller.organisation_id, caller.person_id)
    week = await _week_at(tx, caller, person, submit.week, "/week")
    if week.is_closed:
        raise _another_state("This week", week.status)
    if week.starts_at > now:
        raise InvalidInput.at("/week", "This week has not begun yet.")
    if await store.runs_within(
        tx, caller.organisation_id, caller.person_id, week.starts_at, week.ends_at
    ):
        raise TimerRunsInWeek("Stop the session that is running first: it began in this week.")
    stored = await store.submit_week(
        tx,
        caller.organisation_id,
        timesheet_id=uuid7(),
        person=person,
        first=week.first,
        after=week.after,
        starts_at=week.starts_at,
        ends_at=week.ends_at,
        note=submit.note.strip(),
    )
    await _record(tx, caller, "submitted", stored, stored.note)
    return (await _with_hours(tx, caller, [_Week.of(stored)], now))[0]


async def withdraw_week(
    tx: Transaction, caller: Caller, withdraw: WithdrawWeek, now: datetime
) -> Timesheet:
    """Take one's own week back before it is approved; raises TimesheetInAnotherState."""
    person = await _person(tx, caller, caller.person_id)
    week = await _week_at(tx, caller, person, withdraw.week, "/week")
    stored = None
    if week.stored is not None:
        locked = await store.lock_weeks(tx, caller.organisation_id, [week.stored.id])
        stored = locked.get(week.stored.id)
    if stored is None or stored.status != "submitted":
        raise _another_state("This week", stored.status if stored else "open")
    stored = (await store.set_status(tx, caller.organisation_id, [stored.id], "open"))[stored.id]
    await _record(tx, caller, "withdrawn", stored, "")
    return (await _with_hours(tx, caller, [_Week.of(stored)], now))[0]


async def approve(
    tx: Transaction, caller: Caller, approval: ApproveTimesheets, now: datetime
) -> list[Timesheet]:
    """Approve submitted weeks, all or none.

    Raises TimesheetNotFound, TimesheetInAnotherState and OwnTimesheet with pointers to the ids.
    """
    return await _decide(
        tx, caller, approval.ids, ("submitted",), "approved", approval.comment.strip(), now
    )


async def return_for_repair(
    tx: Transaction, caller: Caller, returned: ReturnTimesheets, now: datetime
) -> list[Timesheet]:
    """Return submitted or approved weeks with a comment, all or none; their hours are unlocked.

    Raises InvalidInput, TimesheetNotFound, TimesheetInAnotherState, OwnTimesheet.
    """
    comment = returned.comment.strip()
    if not comment:
        raise InvalidInput.at("/comment", "Say what is to be mended.")
    return await _decide(
        tx, caller, returned.ids, ("submitted", "approved"), "returned", comment, now
    )


async def reopen(
    tx: Transaction, caller: Caller, reopened: ReopenTimesheets, now: datetime
) -> list[Timesheet]:
    """Take approvals back, all or none: the weeks are submitted again, their hours stay locked.

    Raises TimesheetNotFound, TimesheetInAnotherState, OwnTimesheet.
    """
    return await _decide(tx, caller, reopened.ids, ("approved",), "submitted", "", now)


_ACTIONS = {"approved": "approved", "returned": "returned", "submitted": "reopened"}


async def _decide(
    tx: Transaction,
    caller: Caller,
    ids: Sequence[UUID],
    from_states: tuple[str, ...],
    status: str,
    comment: str,
    now: datetime,
) -> list[Timesheet]:
    found = await store.lock_weeks(tx, caller.organisation_id, ids)
    if missing := [
        FieldError(f"/ids/{place}", "There is no timesheet with this id.")
        for place, timesheet_id in enumerate(ids)
        if timesheet_id not in found
    ]:
        raise TimesheetNotFound(
            "Some of these weeks are not there; nothing was changed.", errors=missing
        )
    own = [place for place, each in enumerate(ids) if found[each].person_id == caller.person_id]
    if own and await store.others_can_decide(tx, caller.organisation_id, caller.person_id):
        raise OwnTimesheet(
            "Somebody else decides about your own hours; nothing was changed.",
            errors=[FieldError(f"/ids/{place}", "This is your own week.") for place in own],
        )
    if others := [
        (place, found[each].status)
        for place, each in enumerate(ids)
        if found[each].status not in from_states
    ]:
        problem = _another_state("Not all of these weeks are as they were: one", others[0][1])
        problem.errors = [
            FieldError(f"/ids/{place}", f"This week is {state}.") for place, state in others
        ]
        raise problem
    changed = await store.set_status(
        tx,
        caller.organisation_id,
        list(found),
        status,
        decided_by=None if status == "submitted" else caller.person_id,
        comment=comment,
    )
    for stored in changed.values():
        await _record(tx, caller, _ACTIONS[status], stored, comment)
    weeks = [_Week.of(changed[each]) for each in dict.fromkeys(ids)]
    return await _with_hours(tx, caller, weeks, now)


# Weeks ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Week:
    """Somebody's week: as it was submitted, or as their calendar has it now."""

    person_id: UUID
    person_name: str
    first: date
    after: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    stored: StoredWeek | None

    @classmethod
    def of(cls, stored: StoredWeek) -> _Week:
        return cls(
            stored.person_id,
            stored.person_name,
            stored.first_date,
            stored.after_date,
            stored.time_zone,
            stored.starts_at,
            stored.ends_at,
            stored,
        )

    @property
    def status(self) -> str:
        return self.stored.status if self.stored else "open"

    @property
    def is_closed(self) -> bool:
        return self.stored is not None and self.stored.is_closed

    @property
    def window(self) -> Window:
        return Window(self.person_id, self.starts_at, self.ends_at, self.time_zone)

    def clamped(self, day: date) -> date:
        """The day, or the week's nearest: one that adjoins another zone's week may be longer."""
        return min(max(day, self.first), self.after - timedelta(days=1))


def weeks_of(person: Weekly, first: date, after: date, stored: Iterable[StoredWeek]) -> list[_Week]:
    """The weeks of a person that touch the dates [first, after), in order.

    ``stored`` are the weeks of that time, and two on either side, that were submitted once.
    """
    stored = list(stored)
    closed = [week for week in stored if week.is_closed]
    others = {week.first_date: week for week in stored if not week.is_closed}
    weeks = [
        _Week.of(week) for week in closed if week.first_date < after and week.after_date > first
    ]
    known = {week.first_date for week in closed}
    begin, _ = period_around("week", first, person.week_start)
    zone = ZoneInfo(person.time_zone)
    while begin < after:
        if begin not in known and (bounds := _bounds(begin, begin + WEEK, zone, closed)):
            weeks.append(
                _Week(
                    person.id,
                    person.name,
                    begin,
                    begin + WEEK,
                    person.time_zone,
                    *bounds,
                    others.get(begin),
                )
            )
        begin += WEEK
    return sorted(weeks, key=lambda week: week.starts_at)


def _bounds(
    first: date, after: date, zone: ZoneInfo, closed: Iterable[StoredWeek]
) -> tuple[datetime, datetime] | None:
    """The instants of an open week; None when other weeks have all of its hours.

    It begins where the week before it ended as it was submitted, and gives way to weeks that
    were submitted when they began on another day of the week.
    """
    starts_at, ends_at = start_of_day(first, zone), start_of_day(after, zone)
    for week in closed:
        if week.after_date == first:
            starts_at = week.ends_at
        elif week.first_date == after:
            ends_at = week.starts_at
    for week in closed:
        if week.starts_at <= starts_at < week.ends_at:
            starts_at = week.ends_at
        if week.starts_at < ends_at <= week.ends_at:
            ends_at = week.starts_at
    return (starts_at, ends_at) if starts_at < ends_at else None


async def _week_at(
    tx: Transaction, caller: Caller, person: Weekly, day: date, pointer: str
) -> _Week:
    """The person's week with this date; raises InvalidInput, WeekSubmittedAlready."""
    if not FIRST_WEEK <= day <= LAST_WEEK:
        raise InvalidInput.at(pointer, "The date must lie between the years 1970 and 2099.")
    stored = await store.list_weeks(
        tx, caller.organisation_id, person.id, day - 2 * WEEK, day + 2 * WEEK
    )
    # Where weeks begin on another day by now, a date may lie in two; the calendar's comes first.
    found = weeks_of(person, day, day + timedelta(days=1), stored)
    begin, _ = period_around("week", day, person.week_start)
    for week in sorted(found, key=lambda week: week.first != begin):
        return week
    raise WeekSubmittedAlready("All hours of this week were submitted with other weeks.")


async def _with_hours(
    tx: Transaction, caller: Caller, weeks: Sequence[_Week], now: datetime
) -> list[Timesheet]:
    seconds: list[dict[date, int]] = [{} for _ in weeks]
    counts = [0] * len(weeks)
    if weeks:
        windows = [week.window for week in weeks]
        for place, day, duration, count in await store.sum_windows(
            tx, caller.organisation_id, windows
        ):
            day = weeks[place].clamped(day)
            seconds[place][day] = seconds[place].get(day, 0) + duration
            counts[place] += count
    return [
        _timesheet(week, days, count, now)
        for week, days, count in zip(weeks, seconds, counts, strict=True)
    ]


def _timesheet(week: _Week, days: dict[date, int], count: int, now: datetime) -> Timesheet:
    stored = week.stored
    return Timesheet(
        id=stored.id if stored else None,
        person_id=week.person_id,
        person_name=week.person_name,
        from_=week.first,
        to=week.after,
        time_zone=week.time_zone,
        starts_at=week.starts_at,
        ends_at=week.ends_at,
        status=cast("TimesheetStatus", week.status),
        missing=count > 0 and not week.is_closed and week.ends_at <= now,
        session_count=count,
        duration_seconds=sum(days.values()),
        days=[DayTotal(day, days[day]) for day in sorted(days)],
        note=stored.note if stored else "",
        comment=stored.comment if stored else "",
        submitted_at=stored.submitted_at if stored and stored.status != "open" else None,
        decided_at=stored.decided_at if stored else None,
        decided_by=stored.decided_by if stored else None,
    )


async def _person(tx: Transaction, caller: Caller, person_id: UUID) -> Weekly:
    people = []
    if caller.sees_everyone or person_id == caller.person_id:
        people = await store.list_people(tx, caller.organisation_id, person_id)
    if not people:
        raise PersonNotFound("There is no such person in your organisation.")
    return people[0]


def _by_person(weeks: Iterable[StoredWeek]) -> defaultdict[UUID, list[StoredWeek]]:
    found: defaultdict[UUID, list[StoredWeek]] = defaultdict(list)
    for week in weeks:
        found[week.person_id].append(week)
    return found


def _another_state(what: str, status: str) -> TimesheetInAnotherState:
    return TimesheetInAnotherState(f"{what} is {status}. Read it again.", timesheet_status=status)


async def _record(
    tx: Transaction, caller: Caller, what: str, week: StoredWeek, comment: str
) -> None:
    await record_event(
        tx,
        caller,
        f"timesheet.{what}",
        "timesheet",
        week.id,
        person_id=str(week.person_id),
        week=week.first_date.isoformat(),
        comment=comment,
    )
