"""The worker: sends what is due, for all organisations of a server.

The queue is in the database, and what is taken from it is taken for a time only. So any number of
servers may work on it, and one that is killed loses nothing: what it was sending is sent again by
another, or by itself after its start. A receiver may therefore get something twice, and tells it
by the ``webhook-id``.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Database, Transaction
from benchbook.platform.logs import get_logger
from benchbook.platform.metrics import WEBHOOK_REQUESTS
from benchbook.platform.queue_worker import QueueWorker, WholeOrganisation
from benchbook.webhooks import store
from benchbook.webhooks.rules import RETRIES, signatures, unseal
from benchbook.webhooks.sender import TIMEOUT_SECONDS, Answer, Sender
from benchbook.webhooks.service import body_of
from benchbook.webhooks.store import Message

AT_ONCE = 20
# Longer than an attempt can take, its bookkeeping included.
LEASE = timedelta(seconds=TIMEOUT_SECONDS + 15)
_GONE = 410


class Worker(QueueWorker):
    """Takes what is due and sends it; ``run`` until it is cancelled, then ``close``."""

    at_once = AT_ONCE

    def __init__(self, database: Database, sender: Sender) -> None:
        super().__init__(database)
        self._sender = sender

    async def claim(self, connection: Transaction, most: int) -> list[tuple[UUID, UUID]]:
        return await store.claim_deliveries(connection, most, LEASE)

    def note_failure(self, error: BaseException) -> None:
        get_logger().warning("webhooks_not_sent", cause=type(error).__name__)

    async def handle(self, organisation_id: UUID, claimed_id: UUID) -> None:
        context = WholeOrganisation(organisation_id)
        async with self._database.transaction(context) as tx:
            message = await store.find_message(tx, organisation_id, claimed_id)
            if message is None:
                return
            key = await store.sealing_key(tx)
        attempted_at = datetime.now(UTC)
        body, headers = _signed(organisation_id, message, key, attempted_at)
        answer = await self._sender.send(message.url, headers, body)
        WEBHOOK_REQUESTS.labels("delivered" if answer.failure is None else "failed").inc()
        async with self._database.transaction(context) as tx:
            await _settle(tx, organisation_id, message, attempted_at, answer)


def _signed(
    organisation_id: UUID, message: Message, key: bytes, now: datetime
) -> tuple[bytes, dict[str, str]]:
    body = msgspec.json.encode(
        body_of(
            organisation_id,
            message.event_type,
            message.occurred_at,
            message.actor_id,
            msgspec.Raw(message.data.encode()),
        )
    )
    keys = [unseal(sealed, key, message.webhook_id) for sealed in message.secrets]
    timestamp = int(now.timestamp())
    message_id = str(message.event_id)
    return body, {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(keys, message_id, timestamp, body),
    }


async def _settle(
    tx: Transaction,
    organisation_id: UUID,
    message: Message,
    attempted_at: datetime,
    answer: Answer,
) -> None:
    """Note what came of an attempt, and decide on the next one."""
    if not await store.lock_delivery(tx, organisation_id, message.delivery_id):
        return  # the webhook was deleted or switched off meanwhile
    await store.insert_attempt(
        tx,
        organisation_id=organisation_id,
        attempt_id=uuid7(),
        webhook_id=message.webhook_id,
        delivery_id=message.delivery_id,
        attempted_at=attempted_at,
        answer=answer,
    )
    succeeded = answer.failure is None
    again_at = None
    if not succeeded and answer.status_code != _GONE:
        again_at = RETRIES.next_attempt(
            message.attempts,
            datetime.now(UTC),
            random.random(),  # noqa: S311  # jitter is no secret
            answer.retry_after,
        )
    await store.settle_delivery(
        tx,
        organisation_id,
        message.delivery_id,
        status="delivered" if succeeded else "pending" if again_at else "failed",
        status_code=answer.status_code,
        next_attempt_at=again_at,
    )
    await store.note_outcome(tx, organisation_id, message.webhook_id, succeeded=succeeded)
    if succeeded or again_at:
        return
    lately = message.last_success_at and message.last_success_at > message.queued_at
    if answer.status_code == _GONE or not lately:
        await _disable(
            tx, organisation_id, message, "gone" if answer.status_code == _GONE else "failing"
        )


async def _disable(tx: Transaction, organisation_id: UUID, message: Message, reason: str) -> None:
    """Switch a webhook off to which nothing can be delivered; its page and the audit say so."""
    changes = {"disabled_at": datetime.now(UTC), "disabled_reason": reason}
    await store.update_webhook(tx, organisation_id, message.webhook_id, changes)
    await store.give_up_pending(tx, organisation_id, message.webhook_id)
    owner = Caller(organisation_id, message.owner_id, "member", None)
    await record_event(
        tx, owner, "webhook.disabled", "webhook", message.webhook_id, reason=reason, by="Benchbook"
    )
