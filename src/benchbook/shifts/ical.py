"""A person's shifts as a calendar: what is published, and for a while what was cancelled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec

from benchbook.accounts.feeds import OpenedFeed
from benchbook.platform.database import Transaction
from benchbook.platform.icalendar import Event, write_calendar
from benchbook.shifts import ical_store as store

DAYS = 92
MOST_EVENTS = 5_000
REFRESH = "PT1H"


def first_instant(now: datetime) -> datetime:
    """From when on shifts are shown: the same instant all day, so that readings can be equal."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=DAYS)


async def read_calendar(tx: Transaction, feed: OpenedFeed, since: datetime) -> list[Event]:
    """The events of the calendar: shifts that end after ``since``, 5,000 at most."""
    caller = feed.caller
    rows = await store.list_for_calendar(
        tx, caller.organisation_id, caller.person_id, since, MOST_EVENTS
    )
    return [_event(row) for row in rows]


def state_of(feed: OpenedFeed, events: list[Event]) -> str:
    """What names the present content of the calendar, for its ETag."""
    return hashlib.sha256(msgspec.json.encode([feed.name, events])).hexdigest()[:32]


def write(feed: OpenedFeed, events: list[Event]) -> Iterator[bytes]:
    """The calendar's text in pieces."""
    return write_calendar(feed.name, events, refresh=REFRESH)


def _event(row: asyncpg.Record) -> Event:
    return Event(
        uid=str(row["id"]),
        revision=row["revision"],
        summary=row["position"] or "Shift",
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        created_at=row["created_at"],
        changed_at=row["updated_at"],
        description=row["note"] or "",
        location=row["location"] or "",
        is_busy=not row["is_cancelled"],
        is_cancelled=row["is_cancelled"],
    )
