"""When a line began and ended: local times, which a change of the clocks may blur."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from benchbook.timetracking.import_cells import Unreadable
from benchbook.timetracking.rules import END_OF_INSTANTS, FIRST_INSTANT, LONGEST_SESSION


def resolve_span(
    zone: ZoneInfo,
    start: datetime,
    end: datetime | None,
    duration: tuple[int, int] | None,
    *,
    times_are_exact: bool = True,
) -> tuple[datetime, datetime]:
    """The instants (UTC) of local times, one of which a change of the clocks may blur.

    ``duration`` is seconds and how far they may be off. A local time that comes twice, or never,
    is settled by the other two of start, end and duration; where they leave it open this raises,
    for an hour too much or too little would be a guess. Either ``end`` or ``duration`` is needed.
    """
    starts = _instants(start, zone)
    if end is None:
        assert duration is not None
        spans = [(begin, begin + timedelta(seconds=duration[0])) for begin in starts]
        return _only(spans, start, None, zone, starts, None)
    ends = _instants(end, zone)
    if duration is None:
        spans = [(begin, finish) for begin in starts for finish in ends if finish > begin]
        return _only(spans, start, end, zone, starts, ends)
    seconds, off_by = duration
    slack = off_by + (0 if times_are_exact else 60)
    length = timedelta(seconds=seconds)
    spans = [
        (begin, finish)
        for begin in starts
        for finish in ends
        if abs((finish - begin - length).total_seconds()) <= slack
    ]
    if not spans and not starts:
        spans = [(finish - length, finish) for finish in ends]
    elif not spans and not ends:
        spans = [(begin, begin + length) for begin in starts]
    elif not spans:
        begin, finish = starts[0], ends[-1]
        if finish < begin:
            raise Unreadable("The line ends before it starts.")
        raise Unreadable(
            f"From start to end it is {_clock(finish - begin)}, but the duration says "
            f"{_clock(length)}. Is the time zone right, or the report rounded?"
        )
    begin, finish = _only(spans, start, end, zone, starts, ends)
    if not times_are_exact and off_by == 0:
        # The times are cut to the minute, the duration is not: it counts.
        finish = begin + length
    return begin, finish


def _only(
    spans: list[tuple[datetime, datetime]],
    start: datetime,
    end: datetime | None,
    zone: ZoneInfo,
    starts: list[datetime],
    ends: list[datetime] | None,
) -> tuple[datetime, datetime]:
    """The one way to read local times; raises where there are several, or none."""
    if len(spans) == 1:
        return spans[0]
    if spans:
        twice = start if len(starts) > 1 or end is None else end
        raise Unreadable(
            f"{twice:%Y-%m-%d %H:%M} comes twice in {zone.key}, where the clocks are put back, and "
            "the line does not tell which is meant."
        )
    for local, instants in ((start, starts), (end, ends)):
        if local is not None and not instants:
            raise Unreadable(
                f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key}, where the clocks are put "
                "forward over it."
            )
    raise Unreadable("The line ends before it starts.")


def _instants(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants that have this local time: one, or two or none at a change of the clocks."""
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    assert before is not None
    assert after is not None
    if before == after:
        return [(local - before).replace(tzinfo=UTC)]
    if before < after:
        return []
    return [(local - before).replace(tzinfo=UTC), (local - after).replace(tzinfo=UTC)]


def check_span(started_at: datetime, ended_at: datetime) -> None:
    if ended_at <= started_at:
        raise Unreadable(
            "The line takes no time at all."
            if ended_at == started_at
            else "The line ends before it starts."
        )
    if ended_at - started_at > LONGEST_SESSION:
        raise Unreadable("A session is at most 31 days long.")
    if started_at < FIRST_INSTANT or ended_at >= END_OF_INSTANTS:
        raise Unreadable("The date must lie between the years 1970 and 2099.")


def _clock(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
