"""Days, times and numbers as the reader's locale writes them, in the reader's time zone.

The web application's pages do the same by the browser's Intl. Words around them are English, as
there.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time


@dataclass(frozen=True)
class Place:
    """Where a text is read: its language tag (BCP 47) and its time zone."""

    locale: str
    zone: ZoneInfo

    def day(self, day: date) -> str:
        """`2 March 2026`."""
        return format_date(day, "long", locale=_known(self.locale))

    def weekday_and_day(self, day: date) -> str:
        """`Monday, 2 March 2026`."""
        return format_date(day, "full", locale=_known(self.locale))

    def day_of_month(self, day: date) -> str:
        """`Mon 2`."""
        return format_skeleton("Ed", day, locale=_known(self.locale))

    def month(self, day: date) -> str:
        """`March 2026`."""
        return format_skeleton("yMMMM", day, locale=_known(self.locale))

    def time(self, instant: datetime, *, with_seconds: bool = False) -> str:
        """`14:05`, or `2:05 pm` where that is the custom."""
        local = instant.astimezone(self.zone).time()
        # Where it separates the hours from am and pm, no font need have the narrow space.
        style = "medium" if with_seconds else "short"
        return format_time(local, style, locale=_known(self.locale)).replace("\u202f", "\u00a0")

    def number(self, value: float | Decimal, digits: int = 0) -> str:
        """`1,234.50`, with so many digits after the point."""
        locale = _known(self.locale)
        pattern = copy.copy(locale.decimal_formats[None])
        pattern.frac_prec = (digits, digits)
        text: str = pattern.apply(value, locale)
        return text.replace("\u202f", "\u00a0")


@lru_cache(maxsize=64)
def _known(tag: str) -> Locale:
    """The locale, or the nearest that is known; British English where none is."""
    parts = tag.split("-")
    while parts:
        try:
            return Locale.parse("-".join(parts), sep="-")
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return Locale("en", "GB")
