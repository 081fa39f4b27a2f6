"""Decisions about findings and repairs that need no database: what a repair would make of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from benchbook.timetracking.check_schemas import (
    CheckedSession,
    CheckSettings,
    EndReason,
    OutcomeSpan,
    RepairAction,
    RepairKind,
    RepairOffer,
    Span,
)
from benchbook.timetracking.errors import RepairNotPossible
from benchbook.timetracking.rules import LONGEST_SESSION

DEFAULTS = CheckSettings(
    minimum_gap_seconds=45 * 60,
    longest_gap_seconds=6 * 3600,
    short_session_seconds=60,
    long_session_seconds=10 * 3600,
    notice_overnight=True,
)

# What a repair of each kind may be, as it is offered, and how many sessions it takes.
ACTIONS: dict[RepairKind, tuple[RepairAction, ...]] = {
    "overlap": (
        "trim_earlier",
        "trim_later",
        "move_later",
        "split_around",
        "delete_earlier",
        "delete_later",
        "keep",
    ),
    "gap": ("extend_previous", "extend_next", "meet", "fill", "keep"),
    "short": ("delete", "keep"),
    "long": ("end_at", "delete", "keep"),
    "running": ("end_at",),
}
SESSIONS_OF: dict[RepairKind, int] = {"overlap": 2, "gap": 2, "short": 1, "long": 1, "running": 1}

# What is usual shows on so many days at least, of the weeks before.
_USUAL_DAYS = 3
USUAL_SINCE = timedelta(weeks=8)
_USUAL_STEP = timedelta(minutes=5)
# A timer that is still running at six after it was started on another day ran over the night.
_MORNING_HOUR = 6


@dataclass(frozen=True)
class Plan:
    """What a repair does: new times for sessions, parts to add, sessions to delete."""

    spans: dict[UUID, Span] = field(default_factory=dict)
    additions: list[Span] = field(default_factory=list)
    deletions: list[UUID] = field(default_factory=list)

    def total_change_seconds(self, sessions: Sequence[CheckedSession]) -> int:
        """By how much the total of all saved sessions changes."""
        change = sum(seconds_of(span) for span in self.additions)
        for session in sessions:
            if session.id in self.spans:
                change += seconds_of(self.spans[session.id])
            if session.id in self.spans or session.id in self.deletions:
                change -= seconds_of(span_of(session))
        return change

    def outcome(self, sessions: Sequence[CheckedSession]) -> list[OutcomeSpan]:
        """The sessions and the additions as they would be, by their start."""
        spans: list[tuple[UUID | None, Span]] = [
            (session.id, self.spans.get(session.id, span_of(session)))
            for session in sessions
            if session.id not in self.deletions
        ]
        spans += [(None, span) for span in self.additions]
        return [
            OutcomeSpan(session_id, span.started_at, span.ended_at)
            for session_id, span in sorted(spans, key=lambda item: item[1].started_at)
        ]


def plan_repair(
    kind: RepairKind,
    action: RepairAction,
    sessions: Sequence[CheckedSession],
    at: datetime | None = None,
) -> Plan:
    """What ``action`` makes of the sessions of a finding; ``keep`` changes nothing.

    Raises RepairNotPossible where a session would be left without length, or grow beyond 31 days.
    """
    if action in ("keep", "show"):
        return Plan()
    spans = [span_of(session) for session in sessions]
    ids = [session.id for session in sessions]
    if kind == "overlap":
        plan = _plan_overlap(action, ids, spans)
    elif kind == "gap":
        plan = _plan_gap(action, ids, spans, at)
    elif action == "delete":
        plan = Plan(deletions=[ids[0]])
    else:
        assert at is not None
        if kind == "long" and at >= spans[0].ended_at:
            raise RepairNotPossible.at("/at", "The session has ended by then already.")
        plan = Plan({ids[0]: Span(spans[0].started_at, at)})
    for span in [*plan.spans.values(), *plan.additions]:
        if span.ended_at <= span.started_at:
            raise RepairNotPossible("The session would be left without any length.")
        if span.ended_at - span.started_at > LONGEST_SESSION:
            raise RepairNotPossible("A session is at most 31 days long.")
    return plan


def _plan_overlap(action: RepairAction, ids: list[UUID], spans: list[Span]) -> Plan:
    (first, second), (earlier, later) = ids, spans
    covers_later = later.ended_at <= earlier.ended_at
    match action:
        case "trim_earlier":
            return Plan({first: Span(earlier.started_at, later.started_at)})
        case "trim_later":
            return Plan({second: Span(earlier.ended_at, later.ended_at)})
        case "move_later":
            moved_by = earlier.ended_at - later.started_at
            return Plan({second: Span(earlier.ended_at, later.ended_at + moved_by)})
        case "split_around":
            return Plan(
                {first: Span(earlier.started_at, later.started_at)},
                additions=[Span(later.ended_at, earlier.ended_at)],
            )
        case "delete_earlier" if later.started_at == earlier.started_at:
            return Plan(deletions=[first])
        case "delete_later" if covers_later:
            return Plan(deletions=[second])
        case _:
            raise RepairNotPossible("Only a session that the other one covers whole can go.")


def _plan_gap(
    action: RepairAction, ids: list[UUID], spans: list[Span], at: datetime | None
) -> Plan:
    (first, second), (before, after) = ids, spans
    start, end = before.ended_at, after.started_at
    match action:
        case "extend_previous":
            return Plan({first: Span(before.started_at, end)})
        case "extend_next":
            return Plan({second: Span(start, after.ended_at)})
        case "fill":
            return Plan(additions=[Span(start, end)])
        case _:
            middle = at or _middle(start, end)
            if not start < middle < end:
                raise RepairNotPossible.at("/at", "The instant must lie inside the gap.")
            return Plan(
                {first: Span(before.started_at, middle), second: Span(middle, after.ended_at)}
            )


def _middle(start: datetime, end: datetime) -> datetime:
    """The middle of a gap, on a whole minute where there is one."""
    middle = start + timedelta(seconds=int((end - start).total_seconds()) // 2)
    on_the_minute = middle.replace(second=0)
    return on_the_minute if start < on_the_minute else middle


def is_still_so(kind: RepairKind, sessions: Sequence[CheckedSession]) -> bool:
    """Whether two sessions still overlap, or leave a gap, in this order."""
    if kind == "overlap":
        earlier, later = (span_of(session) for session in sessions)
        return (
            earlier.started_at <= later.started_at < earlier.ended_at
            and later.started_at < later.ended_at
        )
    if kind == "gap":
        before, after = (span_of(session) for session in sessions)
        return before.ended_at < after.started_at
    return True


def found_in(kind: RepairKind, sessions: Sequence[CheckedSession]) -> Span:
    """The times that a finding is about."""
    if kind == "overlap":
        earlier, later = (span_of(session) for session in sessions)
        return Span(later.started_at, min(earlier.ended_at, later.ended_at))
    if kind == "gap":
        before, after = (span_of(session) for session in sessions)
        return Span(before.ended_at, after.started_at)
    return span_of(sessions[0])


def offers(
    kind: RepairKind,
    sessions: Sequence[CheckedSession],
    *,
    free_until: datetime | None,
    ends: Sequence[tuple[EndReason, datetime]] = (),
    is_kept: bool = False,
) -> list[RepairOffer]:
    """The repairs that fit a finding.

    ``free_until`` is when the next session after these starts, None where none does;
    ``ends`` are the sensible ends of a long one.
    """
    if is_kept:
        return [_offer("show", Plan(), sessions)]
    offered = []
    for action in ACTIONS[kind]:
        if action == "end_at":
            offered += [
                _offer(action, plan_repair(kind, action, sessions, at), sessions, at, reason)
                for reason, at in ends
            ]
            continue
        try:
            plan = plan_repair(kind, action, sessions)
        except RepairNotPossible:
            continue
        if action == "move_later" and free_until is not None:
            [moved] = plan.spans.values()
            if moved.ended_at > free_until:
                continue
        offered.append(_offer(action, plan, sessions))
    return offered


def _offer(
    action: RepairAction,
    plan: Plan,
    sessions: Sequence[CheckedSession],
    at: datetime | None = None,
    reason: EndReason | None = None,
) -> RepairOffer:
    return RepairOffer(
        action=action,
        at=at,
        reason=reason,
        total_change_seconds=plan.total_change_seconds(sessions),
        outcome=plan.outcome(sessions),
    )


def span_of(session: CheckedSession) -> Span:
    """The times of a saved session; what runs has none yet, and ends where it starts."""
    return Span(session.started_at, session.ended_at or session.started_at)


def seconds_of(span: Span) -> int:
    return int((span.ended_at - span.started_at).total_seconds())


# Sensible ends -----------------------------------------------------------------------------------


def usual_end_of_day(spans: Iterable[Span], zone: ZoneInfo) -> timedelta | None:
    """When a person's working days usually end, as time on the clock since midnight.

    The median over the days on which sessions start, to five minutes; more than 24 hours where
    work goes on after midnight. None for less than three days.
    """
    last: dict[datetime, timedelta] = {}
    for span in spans:
        start = span.started_at.astimezone(zone).replace(tzinfo=None)
        end = span.ended_at.astimezone(zone).replace(tzinfo=None)
        midnight = start.replace(hour=0, minute=0, second=0)
        last[midnight] = max(last.get(midnight, timedelta()), end - midnight)
    if len(last) < _USUAL_DAYS:
        return None
    median = sorted(last.values())[(len(last) - 1) // 2]
    return _USUAL_STEP * round(median / _USUAL_STEP)


def sensible_ends(
    started_at: datetime,
    before: datetime,
    *,
    usual_end: timedelta | None,
    limit_seconds: int,
    last_activity: datetime | None,
    zone: ZoneInfo,
) -> list[tuple[EndReason, datetime]]:
    """When a session that is too long may really have ended, earliest first: each once, a minute
    or more after its start and before the end it has (or now)."""
    found: dict[datetime, EndReason] = {}
    earliest = started_at + timedelta(minutes=1)
    if usual_end is not None:
        midnight = started_at.astimezone(zone).replace(
            hour=0, minute=0, second=0, microsecond=0, tzinfo=None
        )
        found[(midnight + usual_end).replace(tzinfo=zone).astimezone(UTC)] = "usual_end"
    if last_activity is not None:
        found.setdefault(last_activity.astimezone(UTC).replace(microsecond=0), "last_activity")
    if limit_seconds:
        found.setdefault(started_at + timedelta(seconds=limit_seconds), "after_limit")
    return [(found[at], at) for at in sorted(found) if earliest <= at < before]


def suspicious_from(
    started_at: datetime, settings: CheckSettings, zone: ZoneInfo
) -> tuple[str, datetime] | None:
    """Why and from when on a timer that was started then is suspicious; None for never."""
    reasons = []
    if settings.long_session_seconds:
        reasons.append((started_at + timedelta(seconds=settings.long_session_seconds), "long"))
    if settings.notice_overnight:
        local = started_at.astimezone(zone)
        morning = local.replace(
            hour=_MORNING_HOUR, minute=0, second=0, microsecond=0, tzinfo=None
        ) + timedelta(days=1)
        reasons.append((morning.replace(tzinfo=zone).astimezone(UTC), "overnight"))
    if not reasons:
        return None
    at, reason = min(reasons)
    return reason, at
