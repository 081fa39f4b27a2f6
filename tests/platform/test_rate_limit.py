"""So many uses in a window, for each key."""

from __future__ import annotations

import pytest

from benchbook.platform import rate_limit
from benchbook.platform.rate_limit import RateLimit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_uses_up_to_the_limit_are_free_and_then_told_how_long_to_wait():
    clock = Clock()
    limit = RateLimit(2, 60, clock=clock)
    assert [limit.spend("a"), limit.spend("a")] == [None, None]
    clock.now += 10.5
    assert limit.spend("a") == 50
    assert limit.spend("b") is None
    clock.now += 49.5
    assert limit.spend("a") is None


def test_it_remembers_no_more_than_it_should(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limit, "MOST_KEYS", 3)
    limit = RateLimit(1, 60, clock=Clock())
    for key in "abcd":
        assert limit.spend(key) is None
    assert limit.spend("d") == 60
    assert limit.spend("a") is None, "the oldest one was forgotten"
