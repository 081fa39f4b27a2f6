"""When to try again what has failed: later each time, and at the end not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_JITTER = 0.2


@dataclass(frozen=True)
class Retries:
    """Waits that grow by a factor, up to the longest, between the attempts that are allowed."""

    first: timedelta
    growth: float
    longest: timedelta
    most_attempts: int

    def next_attempt(
        self, attempts: int, now: datetime, chance: float, at_least: timedelta | None = None
    ) -> datetime | None:
        """When to try again after so many attempts; None after the last one.

        ``chance`` (0 to 1) spreads each wait by a fifth to either side, so that not all come back
        together. Whoever asks for a wait (``at_least``) is believed, up to the longest.
        """
        if attempts >= self.most_attempts:
            return None
        delay = min(self.first * self.growth ** (attempts - 1), self.longest)
        delay *= 1 - _JITTER + 2 * _JITTER * chance
        if at_least is not None:
            delay = max(delay, min(at_least, self.longest))
        return now + delay
