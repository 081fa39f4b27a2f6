"""The SQL of webhooks: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.platform.problems import InvalidInput
from benchbook.webhooks.schemas import Attempt, Delivery, DeliveryStatus, Webhook
from benchbook.webhooks.sender import Answer

_WEBHOOK = """
    id, url, description, events, owner_id, person_id, disabled_at, disabled_reason,
    CASE WHEN former_until > now() THEN former_until END AS former_secret_until,
    last_success_at, last_failure_at, created_at, updated_at, revision"""
_DELIVERY = """
    id, webhook_id, event_id, event_type, occurred_at, status, attempts,
    CASE WHEN status = 'pending' THEN next_attempt_at END AS next_attempt_at,
    status_code, finished_at"""


@dataclass(frozen=True)
class Message:
    """What is to be sent, where to, and with what it is signed."""

    delivery_id: UUID
    webhook_id: UUID
    owner_id: UUID
    url: str
    secrets: list[bytes]
    event_id: UUID
    event_type: str
    occurred_at: datetime
    queued_at: datetime
    actor_id: UUID | None
    data: str
    attempts: int
    last_success_at: datetime | None


async def sealing_key(tx: Transaction) -> bytes:
    """The key that secrets are encrypted with: random, and this database's own."""
    value: bytes = await tx.fetchval(
        "SELECT value FROM server_secrets WHERE name = 'webhook_secrets'"
    )
    return value


def _webhook(row: asyncpg.Record) -> tuple[Webhook, int]:
    values = dict(row)
    revision: int = values.pop("revision")
    return Webhook(**values), revision


# Webhooks -------------------------------------------------------------------------------------------


async def count_webhooks_of(tx: Transaction, organisation_id: UUID, owner_id: UUID) -> int:
    """How many somebody has, counted one after the other."""
    row = await one_row(
        tx,
        """
        SELECT pg_advisory_xact_lock(hashtextextended('webhooks of ' || ($2::uuid)::text, 0)),
               (SELECT count(*) FROM webhooks WHERE organisation_id = $1 AND owner_id = $2) AS count
        """,
        organisation_id,
        owner_id,
    )
    count: int = row["count"]
    return count


async def insert_webhook(
    tx: Transaction,
    *,
    organisation_id: UUID,
    webhook_id: UUID,
    owner_id: UUID,
    person_id: UUID | None,
    url: str,
    description: str,
    events: Sequence[str],
    secret: bytes,
) -> tuple[Webhook, int]:
    """Keep a webhook; raises InvalidInput for a person who is not there."""
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO webhooks
              (organisation_id, id, owner_id, person_id, url, description, events, secret)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            RETURNING {_WEBHOOK}
            """,
            organisation_id,
            webhook_id,
            owner_id,
            person_id,
            url,
            description,
            events,
            secret,
        )
    except asyncpg.ForeignKeyViolationError as error:
        if constraint_of(error).startswith("webhook_tells_of_a_person"):
            raise InvalidInput.at("/person_id", "There is no person with this id.") from None
        raise
    return _webhook(row)


async def find_webhook(
    tx: Transaction, organisation_id: UUID, webhook_id: UUID, *, lock: bool = False
) -> tuple[Webhook, int] | None:
    """A webhook and its revision; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {_WEBHOOK}
        FROM webhooks
        WHERE organisation_id = $1 AND id = $2
        {"FOR NO KEY UPDATE" if lock else ""}
        """,
        organisation_id,
        webhook_id,
    )
    return _webhook(row) if row else None


async def list_webhooks(
    tx: Transaction, organisation_id: UUID, *, after: UUID | None, limit: int
) -> list[Webhook]:
    """Webhooks, newest first (ids are UUIDv7: by time of creation)."""
    rows = await tx.fetch(
        f"""
        SELECT {_WEBHOOK}
        FROM webhooks
        WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC
        LIMIT $3
        """,
        organisation_id,
        after,
        limit,
    )
    return [_webhook(row)[0] for row in rows]


async def update_webhook(
    tx: Transaction, organisation_id: UUID, webhook_id: UUID, changes: dict[str, Any]
) -> tuple[Webhook, int]:
    """Set some columns of a locked webhook.

    The keys of ``changes`` are column names of ours, never text from outside.
    """
    assignments = "".join(f"{column} = ${place}, " for place, column in enumerate(changes, 3))
    row = await one_row(
        tx,
        f"""
        UPDATE webhooks
        SET {assignments} updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id = $2
        RETURNING {_WEBHOOK}
        """,
        organisation_id,
        webhook_id,
        *changes.values(),
    )
    return _webhook(row)


async def replace_secret(
    tx: Transaction, organisation_id: UUID, webhook_id: UUID, secret: bytes, former_until: datetime
) -> tuple[Webhook, int]:
    """Give a locked webhook another secret; the one before signs as well, until then."""
    row = await one_row(
        tx,
        f"""
        UPDATE webhooks
        SET former_secret = secret, former_until = $4, secret = $3,
            updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id = $2
        RETURNING {_WEBHOOK}
        """,
        organisation_id,
        webhook_id,
        secret,
        former_until,
    )
    return _webhook(row)


async def delete_webhook(tx: Transaction, organisation_id: UUID, webhook_id: UUID) -> None:
    """Forget a webhook with its deliveries."""
    await tx.execute(
        "DELETE FROM webhooks WHERE organisation_id = $1 AND id = $2", organisation_id, webhook_id
    )


async def give_up_pending(tx: Transaction, organisation_id: UUID, webhook_id: UUID) -> None:
    """Nothing that still waits for a webhook is sent by itself any more."""
    await tx.execute(
        """
        UPDATE webhook_deliveries
        SET status = 'failed', finished_at = now(), claimed_until = NULL
        WHERE organisation_id = $1 AND webhook_id = $2 AND status = 'pending'
        """,
        organisation_id,
        webhook_id,
    )


# Deliveries -----------------------------------------------------------------------------------------


async def insert_delivery(
    tx: Transaction,
    *,
    organisation_id: UUID,
    delivery_id: UUID,
    webhook_id: UUID,
    event_id: UUID,
    event_type: str,
    actor_id: UUID,
    data: bytes,
) -> Delivery:
    """Keep something to be sent to one webhook, whatever it waits for."""
    row = await one_row(
        tx,
        f"""
        INSERT INTO webhook_deliveries
          (organisation_id, id, webhook_id, event_id, event_type, actor_id, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
        RETURNING {_DELIVERY}
        """,
        organisation_id,
        delivery_id,
        webhook_id,
        event_id,
        event_type,
        actor_id,
        data.decode(),
    )
    return Delivery(**dict(row))


async def list_deliveries(
    tx: Transaction,
    organisation_id: UUID,
    webhook_id: UUID,
    *,
    status: DeliveryStatus | None,
    after: UUID | None,
    limit: int,
) -> list[Delivery]:
    """What is or was to be sent to a webhook, newest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_DELIVERY}
        FROM webhook_deliveries
        WHERE organisation_id = $1 AND webhook_id = $2
          AND ($3::text IS NULL OR status = $3)
          AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC
        LIMIT $5
        """,
        organisation_id,
        webhook_id,
        status,
        after,
        limit,
    )
    return [Delivery(**dict(row)) for row in rows]


async def find_delivery(
    tx: Transaction, organisation_id: UUID, delivery_id: UUID
) -> tuple[Delivery, UUID | None, Any] | None:
    """A delivery, who did what it tells of, and its data."""
    row = await tx.fetchrow(
        f"""
        SELECT {_DELIVERY}, actor_id, data::text AS data
        FROM webhook_deliveries
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        delivery_id,
    )
    if row is None:
        return None
    values = dict(row)
    actor_id, data = values.pop("actor_id"), values.pop("data")
    return Delivery(**values), actor_id, msgspec.json.decode(data)


async def list_attempts(tx: Transaction, organisation_id: UUID, delivery_id: UUID) -> list[Attempt]:
    """Each time that something was sent, the newest first; the last fifty."""
    rows = await tx.fetch(
        """
        SELECT attempted_at, duration_ms, status_code, failure, response_body
        FROM webhook_attempts
        WHERE organisation_id = $1 AND delivery_id = $2
        ORDER BY id DESC
        LIMIT 50
        """,
        organisation_id,
        delivery_id,
    )
    return [Attempt(**dict(row)) for row in rows]


async def queue_again(tx: Transaction, organisation_id: UUID, delivery_id: UUID) -> Delivery:
    """Send something once more, with all its attempts before it."""
    row = await one_row(
        tx,
        f"""
        UPDATE webhook_deliveries
        SET status = 'pending', attempts = 0, queued_at = clock_timestamp(),
            next_attempt_at = clock_timestamp(), finished_at = NULL
        WHERE organisation_id = $1 AND id = $2
        RETURNING {_DELIVERY}
        """,
        organisation_id,
        delivery_id,
    )
    return Delivery(**dict(row))


# The worker -----------------------------------------------------------------------------------------


async def claim_deliveries(tx: Transaction, most: int, lease: timedelta) -> list[tuple[UUID, UUID]]:
    """What is due, of each webhook one, for this server alone until the lease ends: pairs of
    organisation and delivery."""
    rows = await tx.fetch(
        "SELECT organisation_id, delivery_id FROM claim_webhook_deliveries($1, $2)", most, lease
    )
    return [(row["organisation_id"], row["delivery_id"]) for row in rows]


async def find_message(tx: Transaction, organisation_id: UUID, delivery_id: UUID) -> Message | None:
    """What is to be sent; None when it was deleted or done with in the meantime."""
    row = await tx.fetchrow(
        """
        SELECT delivery.id AS delivery_id, webhook.id AS webhook_id, webhook.owner_id, webhook.url,
               CASE WHEN webhook.former_until > now()
                    THEN ARRAY[webhook.secret, webhook.former_secret]
                    ELSE ARRAY[webhook.secret] END AS secrets,
               delivery.event_id, delivery.event_type, delivery.occurred_at, delivery.queued_at,
               delivery.actor_id, delivery.data::text AS data, delivery.attempts,
               webhook.last_success_at
        FROM webhook_deliveries AS delivery
        JOIN webhooks AS webhook
          ON webhook.organisation_id = delivery.organisation_id AND webhook.id = delivery.webhook_id
        WHERE delivery.organisation_id = $1 AND delivery.id = $2 AND delivery.status = 'pending'
          AND webhook.disabled_at IS NULL
        """,
        organisation_id,
        delivery_id,
    )
    return Message(**dict(row)) if row else None


async def lock_delivery(tx: Transaction, organisation_id: UUID, delivery_id: UUID) -> bool:
    """Lock a delivery that is pending; whether it still is."""
    return bool(
        await tx.fetchval(
            """
            SELECT true
            FROM webhook_deliveries
            WHERE organisation_id = $1 AND id = $2 AND status = 'pending'
            FOR NO KEY UPDATE
            """,
            organisation_id,
            delivery_id,
        )
    )


async def insert_attempt(
    tx: Transaction,
    *,
    organisation_id: UUID,
    attempt_id: UUID,
    webhook_id: UUID,
    delivery_id: UUID,
    attempted_at: datetime,
    answer: Answer,
) -> None:
    """Note that something was sent, and what came of it."""
    await tx.execute(
        """
        INSERT INTO webhook_attempts
          (organisation_id, id, webhook_id, delivery_id, attempted_at, duration_ms, status_code,
           failure, response_body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        organisation_id,
        attempt_id,
        webhook_id,
        delivery_id,
        attempted_at,
        answer.duration_ms,
        answer.status_code,
        answer.failure,
        answer.body,
    )


async def settle_delivery(
    tx: Transaction,
    organisation_id: UUID,
    delivery_id: UUID,
    *,
    status: DeliveryStatus,
    status_code: int | None,
    next_attempt_at: datetime | None,
) -> None:
    """Note what became of a locked delivery; a pending one is tried again at that instant."""
    await tx.execute(
        """
        UPDATE webhook_deliveries
        SET status = $3, status_code = $4, claimed_until = NULL,
            next_attempt_at = coalesce($5, next_attempt_at),
            finished_at = CASE WHEN $3 = 'pending' THEN NULL ELSE clock_timestamp() END
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        delivery_id,
        status,
        status_code,
        next_attempt_at,
    )


async def note_outcome(
    tx: Transaction, organisation_id: UUID, webhook_id: UUID, *, succeeded: bool
) -> None:
    """Note of a webhook when something was last delivered, or last was not."""
    column = "last_success_at" if succeeded else "last_failure_at"
    await tx.execute(
        f"UPDATE webhooks SET {column} = clock_timestamp() WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        webhook_id,
    )


async def forget_old_deliveries(tx: Transaction) -> None:
    """Forget deliveries of more than 30 days ago, and secrets that have ended."""
    await tx.execute("SELECT forget_old_webhook_deliveries()")
