"""A person's hours as a calendar.

What is saved is in it; what runs is not: its end would be another at every look, and calendars
that come once an hour would show a wrong one. What was deleted is gone from the next reading on,
for readers take each as the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg

from benchbook.accounts.feeds import OpenedFeed
from benchbook.platform.database import Transaction
from benchbook.platform.icalendar import Event, write_calendar
from benchbook.timetracking import ical_store as store

DAYS = 366
MOST_EVENTS = 10_000
REFRESH = "PT1H"
# Part of the ETag: to be raised when the same sessions are written in another way.
_EDITION = 1


def first_instant(now: datetime) -> datetime:
    """From when on sessions are shown: the same instant all day, so that readings can be equal."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=DAYS)


async def calendar_state(tx: Transaction, feed: OpenedFeed, since: datetime) -> str:
    """What names the present content of the calendar, for its ETag."""
    caller = feed.caller
    count, fingerprint = await store.find_state(tx, caller.organisation_id, caller.person_id, since)
    name = hashlib.sha256(feed.name.encode()).hexdigest()[:8]
    return f"{_EDITION}-{name}-{count}-{fingerprint & 0xFFFFFFFFFFFFFFFF:x}"


async def read_calendar(tx: Transaction, feed: OpenedFeed, since: datetime) -> Iterator[bytes]:
    """The calendar's text in pieces, of the newest 10,000 sessions at most.

    All of them are read here, so that a slow reader keeps no transaction open.
    """
    caller = feed.caller
    rows = await store.list_for_calendar(
        tx, caller.organisation_id, caller.person_id, since, MOST_EVENTS
    )
    return write_calendar(feed.name, map(_event, rows), refresh=REFRESH)


def _event(row: asyncpg.Record) -> Event:
    project = row["project"]
    filed = f"{project} ({row['client']})" if row["client"] else project
    return Event(
        uid=str(row["id"]),
        revision=row["revision"],
        summary=row["name"] or "Untitled session",
        starts_at=row["started_at"],
        ends_at=row["ended_at"],
        created_at=row["created_at"],
        changed_at=row["updated_at"],
        description="\n\n".join(part for part in (filed, row["note"]) if part),
        categories=row["tags"],
        # It is past: nobody is to be kept from an appointment by it.
        is_busy=False,
    )
