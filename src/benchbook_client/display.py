"""Turns answers into text: tables for people, tab-separated lines for programs. Pure functions."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from benchbook_client.schemas import HoursReport, Session

SHORT_ID_LENGTH = 8
_NARROWEST_NAME = 12
_LONGEST_MONTH = 31


def duration_text(seconds: int) -> str:
    """Writes a duration to the second, ``1:05:09``: parts then add up to what totals say."""
    sign = "-" if seconds < 0 else ""
    minutes, seconds = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02}:{seconds:02}"


def moment_text(instant: datetime, *, zone: tzinfo, today: date) -> str:
    """Writes an instant as a local time, with its day unless that is today."""
    local = instant.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    days_ago = (today - local.date()).days
    if days_ago == 0:
        return clock
    if days_ago == 1:
        return f"yesterday {clock}"
    return f"{day_text(local.date())}, {clock}"


def span_text(start: datetime, end: datetime | None, *, zone: tzinfo, today: date) -> str:
    """Writes from when to when, naming the end's day only if it is another one."""
    begin = moment_text(start, zone=zone, today=today)
    if end is None:
        return f"since {begin}"
    local_end = end.astimezone(zone)
    if local_end.date() == start.astimezone(zone).date():
        clock = f"{local_end:%H:%M:%S}" if local_end.second else f"{local_end:%H:%M}"
        return f"{begin}–{clock}"
    return f"{begin} – {moment_text(end, zone=zone, today=today)}"


def day_text(day: date) -> str:
    """Writes a day, ``Tue 12 May 2026``, in English whatever the computer's locale is."""
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[
        day.month - 1
    ]
    return f"{weekday} {day.day} {month} {day.year}"


def name_text(name: str) -> str:
    """Writes a session's name in quotes, or says that it has none; never a control character."""
    plain = one_line(name)
    return f"“{plain}”" if plain else "(no name)"


def one_line(text: str) -> str:
    """Makes text safe for one line of a terminal: control characters become spaces.

    Names may come from other people, and an escape sequence in one must not do anything here.
    """
    return "".join(
        " "
        if unicodedata.category(letter) in {"Cc", "Zl", "Zp", "Cs"} or letter in _DIRECTION
        else letter
        for letter in text
    ).strip()


# Characters that turn the direction of what follows; they could make a line read as another.
_DIRECTION = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def short_id(session_id: str) -> str:
    """Gives the end of an id: the random part, which people can type."""
    return session_id[-SHORT_ID_LENGTH:]


def session_lines(
    sessions: Sequence[Session],
    *,
    day_seconds: Mapping[date, int],
    zone: tzinfo,
    columns: int,
) -> Iterable[tuple[str, bool]]:
    """Makes the lines of a table grouped by local day; the flag says which are headings.

    ``day_seconds`` are the days' totals as the server counts them, whatever part of a day is
    shown. Lines are at most ``columns`` wide where names can be shortened to fit.
    """
    rows = [_cells(session, zone) for session in sessions]
    span_width = max((len(span) for _, span, *_ in rows), default=0)
    duration_width = max(
        [len(duration) for _, _, duration, *_ in rows]
        + [len(duration_text(seconds)) for seconds in day_seconds.values()],
        default=0,
    )
    name_width = max(
        _NARROWEST_NAME, columns - (2 + SHORT_ID_LENGTH + 2 + span_width + 2 + duration_width + 2)
    )
    heading_width = 2 + SHORT_ID_LENGTH + 2 + span_width + 2
    shown_day: date | None = None
    for day, span, duration, name, identifier in rows:
        if day != shown_day:
            if shown_day is not None:
                yield "", False
            shown_day = day
            total = duration_text(day_seconds[day]) if day in day_seconds else ""
            yield f"{day_text(day):<{heading_width}}{total:>{duration_width}}".rstrip(), True
        yield (
            (
                f"  {identifier}  {span:<{span_width}}  {duration:>{duration_width}}  "
                f"{shortened(name, name_width)}"
            ).rstrip(),
            False,
        )


def report_lines(report: HoursReport, *, columns: int) -> Iterable[tuple[str, bool]]:
    """Makes the lines of a report: what was summed by, then the days; the flag marks headings.

    A report of a year shows its months instead of its days. Bars are as long as there is room,
    in proportion to the largest line of their part.
    """
    last = report.to - timedelta(days=1)
    heading = day_text(report.from_)
    if last != report.from_:
        heading = f"{heading} – {day_text(last)}"
    yield f"{heading}: {duration_text(report.total_seconds)}", True
    if not report.total_seconds:
        return
    by_label = [(one_line(b.label) or "–", b.duration_seconds) for b in report.buckets]
    parts = [by_label] if len(by_label) > 1 or (by_label and report.buckets[0].key) else []
    if last != report.from_:
        parts.append(_by_day(report))
    for part in parts:
        yield "", False
        yield from ((line, False) for line in _bar_lines(part, columns))


def _by_day(report: HoursReport) -> list[tuple[str, int]]:
    if (report.to - report.from_).days <= _LONGEST_MONTH:
        return [(day_text(day.date), day.duration_seconds) for day in report.days]
    months: dict[str, int] = {}
    for day in report.days:
        month = day_text(day.date).split(" ", 2)[2]
        months[month] = months.get(month, 0) + day.duration_seconds
    return list(months.items())


def _bar_lines(rows: Sequence[tuple[str, int]], columns: int) -> Iterable[str]:
    durations = [duration_text(seconds) for _, seconds in rows]
    duration_width = max(map(len, durations))
    label_width = min(max(text_width(label) for label, _ in rows), columns // 2)
    bar_width = min(40, columns - (2 + label_width + 2 + duration_width + 2))
    largest = max(seconds for _, seconds in rows)
    for (label, seconds), duration in zip(rows, durations, strict=True):
        shown = shortened(label, label_width)
        padding = " " * (label_width - text_width(shown))
        bar = "█" * round(bar_width * seconds / largest) if largest > 0 and bar_width > 4 else ""
        yield f"  {shown}{padding}  {duration:>{duration_width}}  {bar}".rstrip()


def session_as_tabs(session: Session, zone: tzinfo) -> str:
    """Writes a session for programs: id, start, end, seconds, name, tags, between tabs.

    Instants carry the person's offset; the end of a running session is empty.
    """
    ended_at = "" if session.ended_at is None else session.ended_at.astimezone(zone).isoformat()
    return "\t".join(
        (
            session.id,
            session.started_at.astimezone(zone).isoformat(),
            ended_at,
            str(session.duration_seconds),
            one_line(session.name),
            ",".join(one_line(tag) for tag in session.tags),
        )
    )


def shortened(text: str, width: int) -> str:
    """Cuts text to what fits into ``width`` columns, wide East Asian letters counted as two."""
    if text_width(text) <= width:
        return text
    kept: list[str] = []
    used = 0
    for letter in text:
        used += text_width(letter)
        if used > width - 1:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def text_width(text: str) -> int:
    """Counts the columns that text takes on a terminal."""
    return sum(
        0
        if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(letter) in {"W", "F"}
        else 1
        for letter in text
    )


def _cells(session: Session, zone: tzinfo) -> tuple[date, str, str, str, str]:
    start = session.started_at.astimezone(zone)
    span = f"{start:%H:%M}"
    if session.ended_at is not None:
        end = session.ended_at.astimezone(zone)
        later_days = (end.date() - start.date()).days
        span += f"–{end:%H:%M}" + (f" +{later_days}" if later_days else "")
    name = one_line(session.name) or "(no name)"
    if session.tags:
        name += "  " + " ".join(f"#{one_line(tag)}" for tag in session.tags)
    duration = duration_text(session.duration_seconds)
    return start.date(), span, duration, name, short_id(session.id)
