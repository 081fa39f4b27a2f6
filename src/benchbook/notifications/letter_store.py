"""The SQL of letters, for the worker that sends them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from benchbook.notifications.letters import News
from benchbook.platform.database import Transaction


class WaitingLetter(msgspec.Struct, frozen=True):
    """A letter to be sent, and whom it is for."""

    letter_id: UUID
    kind: str
    sealed_secret: bytes | None
    attempts: int
    person_id: UUID
    name: str
    email: str
    time_zone: str
    organisation: str
    # The person is still there, and has e-mail switched on where the letter is news.
    is_wanted: bool
    news: list[News]


async def switch_letters(tx: Transaction, *, on: bool) -> None:
    """Say whether letters are sent: without that, none are written."""
    await tx.execute("SELECT switch_letters($1)", on)


async def form_letters(tx: Transaction, quiet: timedelta, longest: timedelta) -> None:
    """Make letters of news that was followed by none for a while, or has waited for long enough."""
    await tx.execute("SELECT form_letters($1, $2)", quiet, longest)


async def claim_letters(tx: Transaction, most: int, lease: timedelta) -> list[tuple[UUID, UUID]]:
    """What is due, for this server alone until the lease ends: pairs of organisation and letter."""
    rows = await tx.fetch(
        "SELECT organisation_id, letter_id FROM claim_letters($1, $2)", most, lease
    )
    return [(row["organisation_id"], row["letter_id"]) for row in rows]


async def find_letter(
    tx: Transaction, organisation_id: UUID, letter_id: UUID
) -> WaitingLetter | None:
    """A letter that waits; None when it was withdrawn or settled in the meantime."""
    row = await tx.fetchrow(
        """
        SELECT letters.id AS letter_id, letters.kind, letters.sealed_secret, letters.attempts,
               people.id AS person_id, people.name, people.email, people.time_zone,
               organisations.name AS organisation,
               people.deactivated_at IS NULL
                 AND (people.email_notifications OR letters.kind = 'invitation') AS is_wanted
        FROM letters
        JOIN people
          ON people.organisation_id = letters.organisation_id AND people.id = letters.person_id
        JOIN organisations ON organisations.id = letters.organisation_id
        WHERE letters.organisation_id = $1 AND letters.id = $2 AND letters.status = 'pending'
        """,
        organisation_id,
        letter_id,
    )
    if row is None:
        return None
    news = await tx.fetch(
        """
        SELECT kind, data
        FROM letter_news
        WHERE organisation_id = $1 AND letter_id = $2
        ORDER BY created_at, id
        """,
        organisation_id,
        letter_id,
    )
    return WaitingLetter(
        **dict(row),
        news=[News(item["kind"], msgspec.json.decode(item["data"])) for item in news],
    )


async def settle_letter(
    tx: Transaction, organisation_id: UUID, letter_id: UUID, status: str, failure: str | None = None
) -> None:
    """Note what became of a letter; what it told goes, and so does its secret."""
    await tx.execute(
        """
        UPDATE letters
        SET status = $3, failure = $4, settled_at = now(), sealed_secret = NULL,
            claimed_until = NULL
        WHERE organisation_id = $1 AND id = $2 AND status = 'pending'
        """,
        organisation_id,
        letter_id,
        status,
        failure,
    )
    await tx.execute(
        "DELETE FROM letter_news WHERE organisation_id = $1 AND letter_id = $2",
        organisation_id,
        letter_id,
    )


async def put_letter_off(
    tx: Transaction, organisation_id: UUID, letter_id: UUID, until: datetime, failure: str
) -> None:
    """Try again at ``until``."""
    await tx.execute(
        """
        UPDATE letters
        SET next_attempt_at = $3, failure = $4, claimed_until = NULL
        WHERE organisation_id = $1 AND id = $2 AND status = 'pending'
        """,
        organisation_id,
        letter_id,
        until,
        failure,
    )


async def forget_old_letters(tx: Transaction) -> None:
    """Delete what became of letters 30 days ago."""
    await tx.execute("SELECT forget_old_letters()")
