"""The timesheet: what the filters show as a PDF, for people who read, sign and file it.

Totals are made of the very rows that are printed, so that they agree with each other and, because
the rows are those of the lists, with every other sum. Durations are shown to the second where any
of them has seconds, and to the minute otherwise: nothing is rounded that was not to be. Days, times
and numbers are written as the reader's locale and time zone have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from benchbook.timetracking.filters import SessionFilters
from benchbook.timetracking.money import CURRENCIES, Rounding, amount_text
from benchbook.timetracking.places import Place
from benchbook.timetracking.pricing import Prices
from benchbook.timetracking.rules import start_of_day

# Where people print on Letter; A4 everywhere else.
_LETTER_REGIONS = frozenset(
    ["BZ", "CA", "CL", "CO", "CR", "DO", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"]
)
# Characters that East Asian languages share are drawn as the reader's own draws them.
_EAST_ASIAN_FONTS = {
    "ko": "Noto Sans CJK KR",
    "zh": "Noto Sans CJK SC",
    "zh-Hant": "Noto Sans CJK TC",
    "zh-HK": "Noto Sans CJK HK",
    "zh-TW": "Noto Sans CJK TC",
}
# Beyond so many days, their totals are given by month.
MOST_DAYS_LISTED = 93
LONGEST_NOTE = 300
_LONG_WORD = re.compile(r"\S{25,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class Heading:
    """What stands above the sessions, beside what is made of them."""

    organisation: str
    locale: str
    zone: ZoneInfo
    filters: SessionFilters
    # The names of what the filters name, where it is known.
    person: str | None
    project: str | None
    client: str | None
    made_at: datetime
    rounding: Rounding | None
    prices: Prices | None


def template() -> str:
    """The template that shows what ``timesheet`` answers."""
    return _template()


@cache
def _template() -> str:
    return files(__package__).joinpath("timesheet.typ").read_text(encoding="utf-8")


def timesheet(heading: Heading, rows: Sequence[asyncpg.Record]) -> dict[str, Any]:
    """What the template shows of sessions, which come in the order of their start."""
    place = Place(heading.locale, heading.zone)
    zone = heading.zone
    seconds = sum(row["duration_seconds"] for row in rows)
    clock = _Clock(any(row["duration_seconds"] % 60 for row in rows))
    by_day = [
        (day, list(sessions))
        for day, sessions in groupby(rows, lambda row: row["started_at"].astimezone(zone).date())
    ]
    people = {row["email"] for row in rows}
    charge = _Charge(
        heading.prices if any(row["units"] is not None for row in rows) else None, place
    )
    made = heading.made_at.astimezone(zone)
    return {
        "title": "Timesheet" if not heading.filters.deleted else "Timesheet of the bin",
        "organisation": _printable(heading.organisation),
        "paper": _paper(heading.locale),
        "east_asian_font": _east_asian_font(heading.locale),
        "period": _period(heading.filters, place, [day for day, _ in by_day]),
        "made": f"Made on {place.day(made.date())} at {place.time(made)} with Benchbook",
        "facts": _facts(heading, place, [day for day, _ in by_day], rows),
        "total": clock(seconds),
        "total_note": _total_note(rows, clock, charge, place),
        "summaries": _summaries(rows, clock, place, several_people=len(people) > 1),
        "periods_title": "By day" if len(by_day) <= MOST_DAYS_LISTED else "By month",
        "periods": _periods(by_day, clock, place),
        "shows_people": len(people) > 1,
        "time_width": _time_width(place),
        "number_titles": ["Duration", *charge.title()],
        "days": [
            {
                "title": place.weekday_and_day(day),
                "totals": [clock(_sum(sessions)), *charge(sessions)],
                "rows": [[*_row(row, place, day, clock), *charge([row])] for row in sessions],
            }
            for day, sessions in by_day
        ],
        "totals": [clock(seconds), *charge(rows)],
    }


class _Clock:
    """Durations as text: hours and minutes, and seconds where any has them."""

    def __init__(self, with_seconds: bool) -> None:
        self._with_seconds = with_seconds

    def __call__(self, seconds: int) -> str:
        text = f"{seconds // 3600}:{seconds // 60 % 60:02}"
        return f"{text}:{seconds % 60:02}" if self._with_seconds else text


class _Charge:
    """Amounts as the texts of a column, which is there only where anything has an amount."""

    def __init__(self, prices: Prices | None, place: Place) -> None:
        self._prices = prices
        self._place = place

    def title(self) -> list[str]:
        return [self._prices.currency] if self._prices else []

    def __call__(self, rows: Iterable[asyncpg.Record]) -> list[str]:
        if self._prices is None:
            return []
        units = [int(row["units"]) for row in rows if row["units"] is not None]
        if not units:
            return [""]
        currency = self._prices.currency
        amount = Decimal(amount_text(sum(units), currency))
        return [self._place.number(amount, CURRENCIES[currency])]


def _row(row: asyncpg.Record, place: Place, day: date, clock: _Clock) -> list[str]:
    days_later = (row["ended_at"].astimezone(place.zone).date() - day).days
    note = row["note"]
    if len(note) > LONGEST_NOTE:
        note = note[:LONGEST_NOTE].rstrip() + "…"
    tags = ", ".join(row["tags"])
    more = " · ".join(filter(None, (note, tags, "billable" if row["billable"] else "")))
    return [
        place.time(row["started_at"]),
        place.time(row["ended_at"]) + (f" +{days_later}" if days_later else ""),
        _printable(row["name"]),
        _printable(more),
        _printable(row["project"] or ""),
        _printable(row["client"] or ""),
        _printable(row["person"]),
        clock(row["duration_seconds"]),
    ]


def _project_of(row: asyncpg.Record) -> str:
    if not row["project"]:
        return "No project"
    return f"{row['project']} ({row['client']})" if row["client"] else str(row["project"])


def _sum(rows: Iterable[asyncpg.Record]) -> int:
    return sum(row["duration_seconds"] for row in rows)


# Above the sessions -------------------------------------------------------------------------------


def _facts(
    heading: Heading, place: Place, days: Sequence[date], rows: Sequence[asyncpg.Record]
) -> list[tuple[str, str]]:
    filters = heading.filters
    people = sorted({(row["person"], row["email"]) for row in rows})
    if filters.person_id is not None or len(people) == 1:
        who = people[0][0] if people else heading.person or "nobody who is known here"
        whose = ("Person", who)
    else:
        names = ", ".join(name for name, _ in people[:8])
        more = f" and {len(people) - 8} more" if len(people) > 8 else ""
        whose = ("People", f"{names}{more}" if people else "everybody")
    chosen = [
        ("Project", heading.project or "unknown" if filters.project_id else None),
        ("Client", heading.client or "unknown" if filters.client_id else None),
        ("Tag", filters.tag),
        ("Without", ", ".join(f"a {thing}" for thing in sorted(filters.without))),
        (
            "Billable",
            {None: None, True: "only billable", False: "only not billable"}[filters.billable],
        ),
        ("Text", f"“{filters.text}” in the name" if filters.text else None),
        ("Deleted", "only sessions in the bin" if filters.deleted else None),
    ]
    facts = [
        ("Period", _period(filters, place, days)),
        whose,
        *((name, value) for name, value in chosen if value),
        ("Times", f"as clocks show them in {heading.zone.key}"),
    ]
    if heading.rounding:
        facts.append(("Rounding", f"each session's duration {heading.rounding.words}"))
    return [(name, _printable(value)) for name, value in facts]


def _total_note(
    rows: Sequence[asyncpg.Record], clock: _Clock, charge: _Charge, place: Place
) -> str:
    billable = _sum(row for row in rows if row["billable"])
    parts = [
        f"{place.number(_sum(rows) / 3600, 2)} hours",
        f"{place.number(len(rows))} session{'s' if len(rows) != 1 else ''}",
    ]
    if billable:
        parts.append(f"{clock(billable)} billable")
    parts += [
        f"{currency} {amount}"
        for currency, amount in zip(charge.title(), charge(rows), strict=True)
    ]
    return " · ".join(parts)


def _summaries(
    rows: Sequence[asyncpg.Record], clock: _Clock, place: Place, *, several_people: bool
) -> list[dict[str, Any]]:
    """Tables of totals: by project and, where there are several, by person."""
    if not rows:
        return []
    tables = [("By project", "Project", [_project_of(row) for row in rows])]
    if several_people:
        # People may share a name, not an address.
        names = {row["email"]: row["person"] for row in rows}
        twice = {name for name in names.values() if list(names.values()).count(name) > 1}
        people = [
            f"{row['person']} ({row['email']})" if row["person"] in twice else row["person"]
            for row in rows
        ]
        tables.append(("By person", "Person", people))
    return [_summary(title, column, rows, keys, clock, place) for title, column, keys in tables]


def _summary(
    title: str,
    column: str,
    rows: Sequence[asyncpg.Record],
    keys: Sequence[str],
    clock: _Clock,
    place: Place,
) -> dict[str, Any]:
    total = _sum(rows)
    sessions: dict[str, int] = {}
    seconds: dict[str, int] = {}
    for key, row in zip(keys, rows, strict=True):
        sessions[key] = sessions.get(key, 0) + 1
        seconds[key] = seconds.get(key, 0) + row["duration_seconds"]
    lines = [
        [
            _printable(key),
            place.number(sessions[key]),
            f"{place.number(100 * seconds[key] / total, 1)} %" if total else "–",
            clock(seconds[key]),
        ]
        for key in sorted(seconds, key=lambda key: (-seconds[key], key))
    ]
    return {
        "title": title,
        "columns": [column, "Sessions", "Share", "Duration"],
        "rows": lines,
        "total": [
            "Total",
            place.number(len(rows)),
            f"{place.number(100, 1)} %" if total else "–",
            clock(total),
        ],
    }


def _periods(
    by_day: Sequence[tuple[date, Sequence[asyncpg.Record]]], clock: _Clock, place: Place
) -> list[dict[str, Any]]:
    """Totals by day, in tables by month; of very many days, by month alone."""
    if len(by_day) > MOST_DAYS_LISTED:
        months = [
            [place.month(month), clock(sum(_sum(sessions) for _, sessions in days))]
            for month, days in groupby(by_day, lambda each: each[0].replace(day=1))
        ]
        return [{"title": None, "rows": months}]
    return [
        {
            "title": place.month(month),
            "rows": [[place.day_of_month(day), clock(_sum(sessions))] for day, sessions in days],
        }
        for month, days in groupby(by_day, lambda each: each[0].replace(day=1))
    ]


def _period(filters: SessionFilters, place: Place, days: Sequence[date]) -> str:
    """The time that is covered; where the filters leave an end open, that of the sessions."""
    start, end = filters.range
    if start is None and end is None:
        return f"all time: {_span(place, min(days), max(days))}" if days else "all time"
    if not all(_is_midnight(instant, place.zone) for instant in (start, end)):
        first = f"from {_moment(start, place)}" if start else ""
        after = f"to {_moment(end, place)}" if end else ""
        return f"{first} {after}".strip()
    first_day = start.astimezone(place.zone).date() if start else None
    last_day = (end - timedelta(microseconds=1)).astimezone(place.zone).date() if end else None
    if first_day and last_day:
        return _span(place, first_day, last_day) if first_day <= last_day else "no day at all"
    if first_day:
        return f"from {place.day(first_day)}" + (
            f" ({_span(place, min(days), max(days))})" if days else ""
        )
    assert last_day
    return f"until {place.day(last_day)}" + (
        f" ({_span(place, min(days), max(days))})" if days else ""
    )


def _span(place: Place, first: date, last: date) -> str:
    """Some days by name: `March 2026`, `2026`, `Monday, 2 March 2026`,
    `2 March 2026 to 5 May 2026`."""
    after = last + timedelta(days=1)
    if first == last:
        return place.weekday_and_day(first)
    if (first.day, first.month, after.day, after.month) == (
        1,
        1,
        1,
        1,
    ) and after.year == first.year + 1:
        return f"{first.year}"
    if first.day == 1 and after.day == 1 and (last.year, last.month) == (first.year, first.month):
        return place.month(first)
    return f"{place.day(first)} to {place.day(last)}"


def _moment(instant: datetime, place: Place) -> str:
    day = instant.astimezone(place.zone).date()
    return f"{place.day(day)}, {place.time(instant, with_seconds=True)}"


def _is_midnight(instant: datetime | None, zone: ZoneInfo) -> bool:
    return instant is None or instant == start_of_day(instant.astimezone(zone).date(), zone)


# On paper -----------------------------------------------------------------------------------------


def _time_width(place: Place) -> int:
    """The millimetres of a column of times: more where the day has twice twelve hours."""
    longest = place.time(datetime(2026, 1, 1, 22, 55, tzinfo=place.zone))
    return 13 if len(longest) <= len("22:55") else 19


def _paper(locale: str) -> str:
    region = next((part for part in locale.split("-")[1:] if len(part) == 2), "")
    return "us-letter" if region.upper() in _LETTER_REGIONS else "a4"


def _east_asian_font(locale: str) -> str:
    language = locale.split("-", maxsplit=1)[0]
    return _EAST_ASIAN_FONTS.get(locale, _EAST_ASIAN_FONTS.get(language, "Noto Sans CJK JP"))


def _printable(text: str) -> str:
    """The text on one line, with places to break long words at (of which none is seen)."""
    return _LONG_WORD.sub(
        lambda match: "\u200b".join(re.findall(r".{1,20}", match[0])), _CONTROL.sub(" ", text)
    )
