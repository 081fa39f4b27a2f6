"""SQL that says what sessions cost, for totals, reports and exports alike.

The most specific rate that counts at a session's start is its rate: of the person in the project,
of the project, of the person, of the organisation. Each billable session has its amount, rounded
to the smallest unit of the currency by itself; sums are sums of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from msgspec import UNSET, UnsetType

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction, one_row
from benchbook.timetracking.money import CURRENCIES, Rounding

DEFAULT_CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Prices:
    """What may be known of amounts: their currency, and whether there are any rates at all."""

    currency: str
    rates_exist: bool


async def visible_prices(tx: Transaction, caller: Caller) -> Prices | None:
    """The prices that the caller may see; None where they may see none."""
    row = await one_row(
        tx,
        """
        SELECT (SELECT currency FROM billing_settings WHERE organisation_id = $1) AS currency,
               $2 OR members_see_amounts() AS visible,
               EXISTS (SELECT FROM rates WHERE organisation_id = $1) AS rates_exist
        """,
        caller.organisation_id,
        caller.sees_everyone,
    )
    if not row["visible"]:
        return None
    return Prices(row["currency"] or DEFAULT_CURRENCY, row["rates_exist"])


async def rounding_in_force(
    tx: Transaction, organisation_id: UUID, asked: Rounding | UnsetType | None
) -> Rounding | None:
    """The rounding that was asked for or, where nothing was (UNSET), the organisation's."""
    if asked is not UNSET:
        return asked
    row = await tx.fetchrow(
        """
        SELECT rounding_mode, rounding_minutes
        FROM billing_settings
        WHERE organisation_id = $1 AND rounding_mode IS NOT NULL
        """,
        organisation_id,
    )
    return Rounding(row["rounding_mode"], row["rounding_minutes"]) if row else None


# From when until when each rate counts; $1 is the organisation.
_PERIODS = """
          SELECT person_id, project_id, hourly_rate, starts_at,
                 lead(starts_at, 1, 'infinity') OVER (
                   PARTITION BY person_id, project_id ORDER BY starts_at) AS ends_at
          FROM rates
          WHERE organisation_id = $1"""


@dataclass(frozen=True, slots=True)
class PricedColumns:
    """Expressions over rows of sessions, and the joins that they need.

    ``seconds`` is the rounded duration; ``rate`` the hourly rate and ``units`` the amount in the
    smallest unit of the currency, both NULL where a session has none.
    """

    seconds: str
    rate: str
    units: str
    joins: str


def priced(sessions: str, rounding: Rounding | None, prices: Prices | None) -> PricedColumns:
    """What sessions cost; ``sessions`` is the alias of rows that have person_id, project_id,
    billable, started_at and duration_seconds.
    """
    seconds = rounded(f"{sessions}.duration_seconds", rounding)
    if prices is None or not prices.rates_exist:
        return PricedColumns(seconds, "NULL::numeric", "NULL::numeric", "")
    joins = "".join(
        f"""
        LEFT JOIN rate_periods AS {rate}
          ON {whose} AND {sessions}.billable
         AND {sessions}.started_at >= {rate}.starts_at AND {sessions}.started_at < {rate}.ends_at"""
        for rate, whose in _whose_rates(sessions).items()
    )
    rate = (
        "coalesce(rate_in_project.hourly_rate, rate_of_project.hourly_rate, "
        "rate_of_person.hourly_rate, rate_of_all.hourly_rate)"
    )
    # Whole numbers all the way, so that half a unit is seen for what it is.
    twice = 2 * 10 ** CURRENCIES[prices.currency]
    units = f"div({rate} * {seconds} * {twice} + 3600, 7200)"
    return PricedColumns(seconds, rate, units, joins)


def _whose_rates(sessions: str) -> dict[str, str]:
    same_person = f"person_id = {sessions}.person_id"
    same_project = f"project_id = {sessions}.project_id"
    return {
        "rate_in_project": f"rate_in_project.{same_person} AND rate_in_project.{same_project}",
        "rate_of_project": f"rate_of_project.person_id IS NULL AND rate_of_project.{same_project}",
        "rate_of_person": f"rate_of_person.{same_person} AND rate_of_person.project_id IS NULL",
        "rate_of_all": "rate_of_all.person_id IS NULL AND rate_of_all.project_id IS NULL",
    }


def rate_periods(prices: Prices | None) -> str:
    """The common table that the joins of ``priced`` need, with a comma after it, or nothing."""
    if prices is None or not prices.rates_exist:
        return ""
    return f"rate_periods AS MATERIALIZED ({_PERIODS}\n        ),"


def rounded(seconds: str, rounding: Rounding | None) -> str:
    """An expression of whole seconds, rounded as ``Rounding`` does it."""
    if rounding is None:
        return seconds
    step = rounding.minutes * 60
    match rounding.mode:
        case "up":
            return f"(({seconds} + {step - 1}) / {step} * {step})"
        case "down":
            return f"({seconds} / {step} * {step})"
        case "nearest":
            return f"((2 * {seconds} + {step}) / {2 * step} * {step})"
