"""The worker: sends what is due, for all organisations of a server.

The queue is in the database, and what is taken from it is taken for a time only. So any number of
servers may work on it, and one that is killed loses nothing: what it was sending is sent again by
another, or by itself after its start. A receiver may therefore get something twice, and tells it
by the ``webhook-id``.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Database, Transaction
from benchbook.platform.logs import get_logger
from benchbook.platform.metrics import WEBHOOK_REQUESTS
from benchbook.webhooks import store
from benchbook.webhooks.rules import next_attempt, signatures, unseal
from benchbook.webhooks.sender import TIMEOUT_SECONDS, Answer, Sender
from benchbook.webhooks.service import body_of
from benchbook.webhooks.store import Message

AT_ONCE = 20
POLL_SECONDS = 1.0
AFTER_FAILURE_SECONDS = 5.0
# Longer than an attempt can take, its bookkeeping included.
LEASE = timedelta(seconds=TIMEOUT_SECONDS + 15)
_GONE = 410
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class _Organisation:
    """The context of the worker: an organisation, and all that is in it."""

    organisation_id: UUID
    person_id: UUID = _NOBODY
    sees_everyone: bool = True


class Worker:
    """Takes what is due and sends it; ``run`` until it is cancelled, then ``close``."""

    def __init__(self, database: Database, sender: Sender) -> None:
        self._database = database
        self._sender = sender
        self._under_way: set[asyncio.Task[None]] = set()
        self._free = asyncio.Event()

    async def run(self) -> None:
        """Send what is due, as it becomes due."""
        while True:
            pause = POLL_SECONDS
            try:
                await self._begin_due()
            except Exception as error:
                get_logger().warning("webhooks_not_sent", cause=type(error).__name__)
                pause = AFTER_FAILURE_SECONDS
            self._free.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._free.wait(), pause)

    async def send_due(self) -> int:
        """Send what is due now, to its end; how many requests that were."""
        sent = 0
        while tasks := await self._begin_due():
            await asyncio.gather(*tasks)
            sent += len(tasks)
        return sent

    async def close(self) -> None:
        """Let requests that are under way come to their end, for 5 seconds."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=5)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _begin_due(self) -> list[asyncio.Task[None]]:
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return []
        async with self._database.connection() as connection:
            claimed = await store.claim_deliveries(connection, room, LEASE)
        tasks = [asyncio.create_task(self._send(*pair)) for pair in claimed]
        for task in tasks:
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return tasks

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        # There may be more for the same webhook.
        self._free.set()
        if not task.cancelled() and (error := task.exception()):
            # Its lease ends by itself, and it is tried again.
            get_logger().warning("webhooks_not_sent", cause=type(error).__name__)

    async def _send(self, organisation_id: UUID, delivery_id: UUID) -> None:
        context = _Organisation(organisation_id)
        async with self._database.transaction(context) as tx:
            message = await store.find_message(tx, organisation_id, delivery_id)
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
        again_at = next_attempt(
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
