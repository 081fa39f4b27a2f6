"""What people do with webhooks: make, change, test and end them, look at what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import NotAllowed, Stale
from benchbook.platform.settings import Network
from benchbook.webhooks import store
from benchbook.webhooks.errors import (
    DeliveryNotFound,
    TooManyWebhooks,
    WebhookDisabled,
    WebhookNotFound,
)
from benchbook.webhooks.rules import FORMER_SECRET_HOURS, checked_url, new_secret, seal
from benchbook.webhooks.schemas import (
    Delivery,
    DeliveryWithAttempts,
    NewWebhook,
    Webhook,
    WebhookChange,
    WebhookWithSecret,
)

MOST_WEBHOOKS = 20
TEST_EVENT = "webhook.test"


async def create_webhook(
    tx: Transaction, caller: Caller, new: NewWebhook, allowed: Sequence[Network]
) -> tuple[WebhookWithSecret, int]:
    """Make a webhook and its secret; ``allowed`` are networks that are reached though private.

    Raises AddressNotAllowed, NotAllowed for sessions that the caller does not see,
    TooManyWebhooks, InvalidInput for a person who is not there.
    """
    url = checked_url(new.url, allowed)
    person_id = caller.person_id if new.person_id is UNSET else new.person_id
    if person_id != caller.person_id and not caller.sees_everyone:
        raise NotAllowed(
            "Only managers and above are told of other people's sessions: leave person_id out."
        )
    _require_reach(caller)
    if await store.count_webhooks_of(tx, caller.organisation_id, caller.person_id) >= MOST_WEBHOOKS:
        raise TooManyWebhooks(f"You have {MOST_WEBHOOKS} webhooks: delete one first.")
    webhook_id = uuid7()
    secret = new_secret()
    webhook, revision = await store.insert_webhook(
        tx,
        organisation_id=caller.organisation_id,
        webhook_id=webhook_id,
        owner_id=caller.person_id,
        person_id=person_id,
        url=url,
        description=new.description.strip(),
        events=list(dict.fromkeys(new.events)),
        secret=seal(secret, await store.sealing_key(tx), webhook_id),
    )
    await record_event(tx, caller, "webhook.created", "webhook", webhook_id)
    return WebhookWithSecret(**structs.asdict(webhook), secret=secret), revision


async def read_webhook(tx: Transaction, caller: Caller, webhook_id: UUID) -> tuple[Webhook, int]:
    """A webhook and its revision; raises WebhookNotFound."""
    return await _find(tx, caller, webhook_id)


async def change_webhook(
    tx: Transaction,
    caller: Caller,
    webhook_id: UUID,
    change: WebhookChange,
    expected_revision: int | None,
    allowed: Sequence[Network],
) -> tuple[Webhook, int]:
    """Change a webhook, switch it off or on again.

    Raises WebhookNotFound, Stale, AddressNotAllowed.
    """
    webhook, revision = await _lock(tx, caller, webhook_id, expected_revision)
    changes: dict[str, Any] = {
        field: value for field, value in structs.asdict(change).items() if value is not UNSET
    }
    if "url" in changes:
        _require_reach(caller)
        changes["url"] = checked_url(changes["url"], allowed)
    if "events" in changes:
        changes["events"] = list(dict.fromkeys(changes["events"]))
    if "description" in changes:
        changes["description"] = changes["description"].strip()
    enabled = changes.pop("enabled", None)
    if enabled is True and webhook.disabled_at is not None:
        changes |= {"disabled_at": None, "disabled_reason": None}
    elif enabled is False and webhook.disabled_at is None:
        changes |= {"disabled_at": datetime.now(UTC), "disabled_reason": "by_hand"}
        await store.give_up_pending(tx, caller.organisation_id, webhook_id)
    if not changes:
        return webhook, revision
    changed = await store.update_webhook(tx, caller.organisation_id, webhook_id, changes)
    await record_event(tx, caller, "webhook.changed", "webhook", webhook_id, fields=sorted(changes))
    return changed


async def replace_secret(
    tx: Transaction, caller: Caller, webhook_id: UUID
) -> tuple[WebhookWithSecret, int]:
    """A fresh secret; for a day, requests are signed with the former one as well.

    Raises WebhookNotFound.
    """
    await _lock(tx, caller, webhook_id, None)
    _require_reach(caller)
    secret = new_secret()
    webhook, revision = await store.replace_secret(
        tx,
        caller.organisation_id,
        webhook_id,
        seal(secret, await store.sealing_key(tx), webhook_id),
        datetime.now(UTC) + timedelta(hours=FORMER_SECRET_HOURS),
    )
    await record_event(tx, caller, "webhook.secret_replaced", "webhook", webhook_id)
    return WebhookWithSecret(**structs.asdict(webhook), secret=secret), revision


async def delete_webhook(
    tx: Transaction, caller: Caller, webhook_id: UUID, expected_revision: int | None
) -> None:
    """End a webhook; what still waited for it is not sent. Raises WebhookNotFound, Stale."""
    await _lock(tx, caller, webhook_id, expected_revision)
    await store.delete_webhook(tx, caller.organisation_id, webhook_id)
    await record_event(tx, caller, "webhook.deleted", "webhook", webhook_id)


async def send_test_event(tx: Transaction, caller: Caller, webhook_id: UUID) -> Delivery:
    """Queue an event that tells of nothing; raises WebhookNotFound, WebhookDisabled."""
    webhook, _ = await _find(tx, caller, webhook_id)
    _require_enabled(webhook)
    return await store.insert_delivery(
        tx,
        organisation_id=caller.organisation_id,
        delivery_id=uuid7(),
        webhook_id=webhook_id,
        event_id=uuid7(),
        event_type=TEST_EVENT,
        actor_id=caller.person_id,
        data=msgspec.json.encode({"webhook_id": webhook_id, "events": webhook.events}),
    )


async def read_delivery(tx: Transaction, caller: Caller, delivery_id: UUID) -> DeliveryWithAttempts:
    """A delivery with its body and its attempts; raises DeliveryNotFound."""
    found = await store.find_delivery(tx, caller.organisation_id, delivery_id)
    if found is None:
        raise _no_delivery()
    delivery, actor_id, data = found
    body = body_of(
        caller.organisation_id, delivery.event_type, delivery.occurred_at, actor_id, data
    )
    log = await store.list_attempts(tx, caller.organisation_id, delivery_id)
    return DeliveryWithAttempts(**structs.asdict(delivery), body=body, log=log)


async def deliver_again(tx: Transaction, caller: Caller, delivery_id: UUID) -> Delivery:
    """Send something once more, whatever became of it.

    Raises DeliveryNotFound, WebhookDisabled.
    """
    found = await store.find_delivery(tx, caller.organisation_id, delivery_id)
    if found is None:
        raise _no_delivery()
    webhook, _ = await _lock(tx, caller, found[0].webhook_id, None)
    _require_enabled(webhook)
    return await store.queue_again(tx, caller.organisation_id, delivery_id)


def body_of(
    organisation_id: UUID,
    event_type: str,
    occurred_at: datetime,
    actor_id: UUID | None,
    data: Any,
) -> dict[str, Any]:
    """What requests hold: the same at each attempt."""
    return {
        "type": event_type,
        "timestamp": occurred_at,
        "organisation_id": organisation_id,
        "actor_id": actor_id,
        "data": data,
    }


def _require_reach(caller: Caller) -> None:
    """A token gets hours told only if it could read them."""
    if not caller.may("hours:read"):
        raise NotAllowed("This API token does not have the scope hours:read.")


def _require_enabled(webhook: Webhook) -> None:
    if webhook.disabled_at is not None:
        raise WebhookDisabled("The webhook is switched off: send enabled: true to it first.")


async def _find(
    tx: Transaction, caller: Caller, webhook_id: UUID, *, lock: bool = False
) -> tuple[Webhook, int]:
    found = await store.find_webhook(tx, caller.organisation_id, webhook_id, lock=lock)
    if found is None:
        raise WebhookNotFound("There is no webhook with this id.")
    return found


async def _lock(
    tx: Transaction, caller: Caller, webhook_id: UUID, expected_revision: int | None
) -> tuple[Webhook, int]:
    webhook, revision = await _find(tx, caller, webhook_id, lock=True)
    if expected_revision not in (None, revision):
        raise Stale("The webhook was changed since you read it: read it again and repeat.")
    return webhook, revision


def _no_delivery() -> DeliveryNotFound:
    return DeliveryNotFound("There is no delivery with this id; the log goes back 30 days.")
