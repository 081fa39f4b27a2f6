"""Money and rounding, without I/O: currencies, amounts of a duration, rounded durations.

The SQL of ``pricing`` does the same for many sessions; the tests hold the two together. Amounts
are counted in the smallest unit of the currency (cents), as whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from msgspec import UNSET, UnsetType

from benchbook.platform.problems import InvalidInput

RoundingMode = Literal["up", "down", "nearest"]
# What may be asked for: a way to round, or not to.
AskedMode = Literal["none", "up", "down", "nearest"]
# Those that divide an hour.
RoundingMinutes = Literal[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]

# ISO 4217, without the codes of metals, funds and tests: the digits after the decimal point.
_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """
       AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD
       CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
       GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD
       MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
       PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
       TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
       """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}
CURRENCIES: dict[str, int] = {
    code: digits for digits, codes in _DIGITS.items() for code in codes.split()
}


@dataclass(frozen=True, slots=True)
class Rounding:
    """How the durations of sessions are rounded in a report; half a step goes up to the next."""

    mode: RoundingMode
    minutes: RoundingMinutes

    @property
    def words(self) -> str:
        """As a file says it."""
        unit = "minute" if self.minutes == 1 else "minutes"
        direction = "to the nearest" if self.mode == "nearest" else f"{self.mode} to"
        return f"{direction} {self.minutes} {unit}"

    def __call__(self, seconds: int) -> int:
        """The duration, rounded."""
        step = self.minutes * 60
        match self.mode:
            case "up":
                return -(-seconds // step) * step
            case "down":
                return seconds // step * step
            case "nearest":
                return (2 * seconds + step) // (2 * step) * step


def rounding_of(
    mode: AskedMode | None, minutes: RoundingMinutes | None
) -> Rounding | UnsetType | None:
    """The rounding that was asked for: UNSET where nothing was, None where none was.

    Raises InvalidInput where one half of it is missing.
    """
    if mode is None and minutes is None:
        return UNSET
    if mode is None:
        raise InvalidInput.at("?rounding", "Say which way to round: up, down or nearest.")
    if mode == "none":
        if minutes is not None:
            raise InvalidInput.at("?rounding_minutes", "Without rounding there are no minutes.")
        return None
    if minutes is None:
        raise InvalidInput.at("?rounding_minutes", "Say to how many minutes to round.")
    return Rounding(mode, minutes)


def known_currency(code: str, pointer: str = "/currency") -> str:
    """``code`` if it is a currency of ISO 4217; raises InvalidInput otherwise."""
    if code not in CURRENCIES:
        raise InvalidInput.at(pointer, f"{code[:10]!r} is not a currency such as EUR (ISO 4217).")
    return code


def smallest_units(hourly_rate: Decimal, seconds: int, currency: str) -> int:
    """What a duration costs in the smallest unit of the currency; half a unit is rounded up."""
    cost = hourly_rate * 10 ** CURRENCIES[currency] * seconds
    return int((2 * cost + 3600) // 7200)


def amount_text(units: int, currency: str) -> str:
    """An amount in smallest units as a decimal number: 12345 of EUR are 123.45."""
    return str(Decimal(units).scaleb(-CURRENCIES[currency]))


def rate_text(hourly_rate: Decimal, currency: str) -> str:
    """A rate with the digits of its currency, and up to four where it has them."""
    digits = CURRENCIES[currency]
    whole, _, fraction = f"{hourly_rate:.4f}".partition(".")
    fraction = fraction.rstrip("0").ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole
