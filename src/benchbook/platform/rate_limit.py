"""A limit on how often something may be asked for, kept in this process.

For what does no harm if each of several servers counts for itself. Where the count must outlast a
restart or hold over all servers (signing in), it belongs into the database.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_KEYS = 10_000


class RateLimit:
    """``uses`` a window of ``window_seconds``, for each key."""

    def __init__(
        self,
        uses: int,
        window_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._uses = uses
        self._window_seconds = window_seconds
        self._clock = clock
        # Key → (when its window began, how often it was used since); the oldest window first.
        self._windows: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def spend(self, key: Hashable) -> int | None:
        """Count a use; None where it is within the limit, else the whole seconds to wait."""
        now = self._clock()
        began, used = self._windows.get(key, (now, 0))
        if now - began >= self._window_seconds:
            began, used = now, 0
        if used == 0:
            self._windows.pop(key, None)
        self._windows[key] = (began, used + 1)
        if len(self._windows) > MOST_KEYS:
            self._windows.popitem(last=False)
        if used < self._uses:
            return None
        return max(1, math.ceil(began + self._window_seconds - now))
