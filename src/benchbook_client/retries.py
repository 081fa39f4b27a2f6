"""Decides whether and when a failed request is sent again.

Repeating is only right if it cannot do the work twice: for reads, and for POSTs that carry an
``Idempotency-Key`` (the server answers the first answer again). Everything else is repeated only
where the server cannot have begun: no connection came about, or it said 429.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a client is.

    A request is sent at most ``attempts`` times. Between them the client waits what the server
    asks for (``Retry-After``), or ``first_wait_seconds``, doubled each time. It never waits
    longer than ``longest_wait_seconds`` at once: a server that asks for more gets its answer
    handed to the caller.
    """

    attempts: int = 4
    first_wait_seconds: float = 0.2
    longest_wait_seconds: float = 20.0

    def wait_before_next_seconds(
        self, *, attempts_made: int, retry_after_seconds: float | None = None
    ) -> float | None:
        """Says how many seconds to wait before the next attempt, or ``None`` to give up."""
        if attempts_made >= self.attempts:
            return None
        if retry_after_seconds is None:
            return min(
                self.first_wait_seconds * 2.0 ** (attempts_made - 1), self.longest_wait_seconds
            )
        if retry_after_seconds > self.longest_wait_seconds:
            return None
        # Never sooner than the usual pause, also when a server says "0".
        return max(retry_after_seconds, self.first_wait_seconds)


NEVER_AGAIN = RetryPolicy(attempts=1)


def retry_after_seconds(header: str | None, *, now: datetime) -> float | None:
    """Reads a ``Retry-After`` header, seconds or an HTTP date; ``None`` if absent or unreadable.

    ``now`` must be aware; a date that has passed is 0 seconds.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())
