"""What goes over the wire about balances."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

BalancePeriodKind = Literal["week", "month"]


class BalancePeriod(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """A week or month of a person; `to` is the first day after it.

    `target_seconds` is what the targets in force say, `leave_seconds` what of it was approved
    leave, and `expected_seconds` the rest: null where no target is in force on any day.
    `tracked_seconds` is everything that was tracked. `difference_seconds` is tracked less
    expected, over the days that are over and have a target in force; null where there is none.
    `balance_seconds` is what the differences add up to from the first target on until the end of
    the period, or until today; null before that target, and of periods to come."""

    from_: date
    to: date
    target_seconds: int | None
    leave_seconds: int
    expected_seconds: int | None
    tracked_seconds: int
    difference_seconds: int | None
    balance_seconds: int | None


class PersonBalance(msgspec.Struct, kw_only=True):
    """A person's weeks or months in order. `since` is the day of the first target, null for who has
    none by the end of the range. `opening_seconds` is the balance at the beginning of the first
    period, and `balance_seconds` the one at the end of the range, or today."""

    person_id: UUID
    name: str
    active: bool
    time_zone: str
    since: date | None
    opening_seconds: int | None
    balance_seconds: int | None
    periods: list[BalancePeriod]


class BalanceReport(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """Balances of people by name. `to` is the first day after the last period."""

    from_: date
    to: date
    by: BalancePeriodKind
    people: list[PersonBalance]
