"""Decisions about targets that need no database: which one is in force, and a day's part of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from benchbook.timetracking.target_schemas import Target


@dataclass(frozen=True)
class DayTarget:
    """What is meant for a day: its own target (None where only the week has one), and its part
    of the week's."""

    target_seconds: int | None
    share_seconds: int


def day_target(targets: Sequence[Target], day: date) -> DayTarget | None:
    """What is meant for a day by the target in force, None where there is none.

    ``targets`` are in the order of ``effective_from``. A week's own target is shared out among
    its days as their targets are, or evenly where they have none; rounding is such that any seven
    days in a row add up to the week's to the second.
    """
    place = bisect_right([target.effective_from for target in targets], day)
    if place == 0:
        return None
    target = targets[place - 1]
    week = sum(target.daily_seconds)
    own = target.daily_seconds[day.weekday()] if week or not target.weekly_seconds else None
    if not week and not target.weekly_seconds:
        return None
    if target.weekly_seconds is None:
        return DayTarget(own, own or 0)
    weights = target.daily_seconds if week else [1] * 7
    before, whole = sum(weights[: day.weekday()]), sum(weights)
    until = before + weights[day.weekday()]
    share = target.weekly_seconds * until // whole - target.weekly_seconds * before // whole
    return DayTarget(own, share)
