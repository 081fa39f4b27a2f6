"""The HTTP of webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import (
    ApiRequest,
    Outcome,
    etag,
    expected_revision,
    json_response,
    not_modified,
    write,
)
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.platform.settings import Network, Settings
from benchbook.webhooks import service, store
from benchbook.webhooks.schemas import (
    Delivery,
    DeliveryPage,
    DeliveryStatus,
    DeliveryWithAttempts,
    NewWebhook,
    Webhook,
    WebhookChange,
    WebhookPage,
    WebhookWithSecret,
)

Status = Annotated[
    DeliveryStatus | None, QueryParameter(name="status", description="Only those of this status.")
]


def _allowed(request: ApiRequest) -> Sequence[Network]:
    settings: Settings = request.app.state.settings
    return settings.webhook_networks


@post("/webhooks", tags=["Webhooks"], summary="Create a webhook")
async def create_webhook(
    request: ApiRequest, data: JSONBody[NewWebhook]
) -> Response[WebhookWithSecret]:
    """Have events sent to an address, as POST requests signed by the Standard Webhooks.

    `secret` is shown in this answer and never again. Members are told of their own sessions;
    managers and above also of somebody else's (`person_id`) or everybody's (`person_id: null`).
    A token needs `hours:read` beside `account:write`. The address must be a public https one:
    400 `address_not_allowed`.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[WebhookWithSecret]:
        webhook, revision = await service.create_webhook(tx, caller, data, _allowed(request))
        return Outcome(
            webhook,
            status_code=201,
            headers={"Location": f"/api/v1/webhooks/{webhook.id}", "ETag": etag(revision)},
        )

    return await write(request, caller, work)


@get("/webhooks", tags=["Webhooks"], summary="List webhooks")
async def list_webhooks(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> WebhookPage:
    """One's own webhooks, newest first; for managers and above all of the organisation's."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await store.list_webhooks(tx, caller.organisation_id, after=after, limit=limit + 1)
    return WebhookPage(*page_of(items, limit, lambda item: [item.id]))


@get("/webhooks/{webhook_id:uuid}", tags=["Webhooks"], summary="Read a webhook")
async def read_webhook(request: ApiRequest, webhook_id: FromPath[UUID]) -> Response[Webhook]:
    """One webhook, without its secret."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        webhook, revision = await service.read_webhook(tx, caller, webhook_id)
    return json_response(webhook, headers={"ETag": etag(revision)})


@patch("/webhooks/{webhook_id:uuid}", tags=["Webhooks"], summary="Change a webhook")
async def change_webhook(
    request: ApiRequest, webhook_id: FromPath[UUID], data: JSONBody[WebhookChange]
) -> Response[Webhook]:
    """Change address, events or description, or switch it off and on again (`enabled`).

    While it is off nothing is kept for it, and what was waiting is given up (`failed`); it can be
    sent again from the log.
    """
    caller = caller_of(request)
    revision = expected_revision(request)

    async def work(tx: Transaction) -> Outcome[Webhook]:
        webhook, now = await service.change_webhook(
            tx, caller, webhook_id, data, revision, _allowed(request)
        )
        return Outcome(webhook, headers={"ETag": etag(now)})

    return await write(request, caller, work)


@delete("/webhooks/{webhook_id:uuid}", tags=["Webhooks"], summary="Delete a webhook")
async def delete_webhook(request: ApiRequest, webhook_id: FromPath[UUID]) -> Response[None]:
    """End a webhook for good, with its log. What was still waiting is not sent."""
    caller = caller_of(request)
    revision = expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await service.delete_webhook(tx, caller, webhook_id, revision)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@post(
    "/webhooks/{webhook_id:uuid}/secret",
    tags=["Webhooks"],
    summary="Replace the secret of a webhook",
)
async def replace_webhook_secret(
    request: ApiRequest, webhook_id: FromPath[UUID]
) -> Response[WebhookWithSecret]:
    """A fresh secret. For 24 hours requests carry a signature of the former one as well, so that
    the receiver can change over without losing any."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[WebhookWithSecret]:
        webhook, revision = await service.replace_secret(tx, caller, webhook_id)
        return Outcome(webhook, status_code=201, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@post(
    "/webhooks/{webhook_id:uuid}/test",
    tags=["Webhooks"],
    summary="Send a test event",
    status_code=202,
)
async def send_test_event(request: ApiRequest, webhook_id: FromPath[UUID]) -> Response[Delivery]:
    """Queue a `webhook.test`, which is sent within seconds and retried as any other event.

    Read the delivery to see what came of it. 409 `webhook_disabled` where it is switched off.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Delivery]:
        delivery = await service.send_test_event(tx, caller, webhook_id)
        return Outcome(delivery, status_code=202)

    return await write(request, caller, work)


@get(
    "/webhooks/{webhook_id:uuid}/deliveries",
    tags=["Webhooks"],
    summary="List the deliveries of a webhook",
)
async def list_webhook_deliveries(
    request: ApiRequest,
    webhook_id: FromPath[UUID],
    status: Status = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> DeliveryPage:
    """What was sent in the last 30 days and what is to be sent, newest first."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        await service.read_webhook(tx, caller, webhook_id)
        items = await store.list_deliveries(
            tx, caller.organisation_id, webhook_id, status=status, after=after, limit=limit + 1
        )
    return DeliveryPage(*page_of(items, limit, lambda item: [item.id]))


@get("/webhook-deliveries/{delivery_id:uuid}", tags=["Webhooks"], summary="Read a delivery")
async def read_webhook_delivery(
    request: ApiRequest, delivery_id: FromPath[UUID]
) -> Response[DeliveryWithAttempts]:
    """One delivery: the body of its requests, and each attempt with what it was answered (the
    first 1,000 characters)."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        delivery = await service.read_delivery(tx, caller, delivery_id)
    tag = etag(f"{delivery.status}.{delivery.attempts}.{len(delivery.log)}")
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if not_modified(request, tag):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(delivery, headers=headers)


@post(
    "/webhook-deliveries/{delivery_id:uuid}/redelivery",
    tags=["Webhooks"],
    summary="Deliver again",
    status_code=202,
)
async def redeliver(request: ApiRequest, delivery_id: FromPath[UUID]) -> Response[Delivery]:
    """Send it once more, with the same `webhook-id` and body, whatever became of it before."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Delivery]:
        delivery = await service.deliver_again(tx, caller, delivery_id)
        return Outcome(delivery, status_code=202)

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "account"},
    route_handlers=[
        create_webhook,
        list_webhooks,
        read_webhook,
        change_webhook,
        delete_webhook,
        replace_webhook_secret,
        send_test_event,
        list_webhook_deliveries,
        read_webhook_delivery,
        redeliver,
    ],
)
