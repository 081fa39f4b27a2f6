"""What goes over the wire about webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

# What can be waited for. A test event (``webhook.test``) is sent when it is asked for, to anybody.
EventType = Literal[
    "session.started",
    "session.stopped",
    "session.created",
    "session.changed",
    "session.deleted",
    "session.restored",
    "sessions.changed",
    "sessions.imported",
    "sessions.import_taken_back",
]
DisabledReason = Literal["by_hand", "failing", "gone"]
DeliveryStatus = Literal["pending", "delivered", "failed"]

Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description="An https address that is reached from the server and is no private one.",
    ),
]
Events = Annotated[
    list[EventType], Meta(min_length=1, max_length=50, description="Which events to be told of.")
]
Description = Annotated[
    str, Meta(max_length=200, description="What it is for, so that it is recognised later.")
]


class NewWebhook(msgspec.Struct, forbid_unknown_fields=True):
    """Where to send which events, and whose: `person_id` left out means one's own sessions, null
    those of everybody in the organisation."""

    url: Url
    events: Events
    description: Description = ""
    person_id: UUID | UnsetType | None = UNSET


class WebhookChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be different; `enabled: true` takes up again what failed for too long."""

    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Webhook(msgspec.Struct, kw_only=True):
    """A webhook, without its secret."""

    id: UUID
    url: str
    description: str
    events: list[EventType]
    owner_id: Annotated[UUID, Meta(description="Who made it; it ends with their access.")]
    person_id: Annotated[UUID | None, Meta(description="Whose sessions; null: everybody's.")]
    disabled_at: datetime | None
    disabled_reason: Annotated[
        DisabledReason | None,
        Meta(
            description="`failing`: nothing could be delivered for about a day; `gone`: it was "
            "answered 410."
        ),
    ]
    former_secret_until: Annotated[
        datetime | None,
        Meta(description="Until then the secret before the present one signs as well."),
    ]
    last_success_at: datetime | None
    last_failure_at: datetime | None
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(Webhook, kw_only=True):
    """A webhook with the secret that signs its requests, which is shown this once."""

    secret: str


class WebhookPage(msgspec.Struct):
    items: list[Webhook]
    next_cursor: str | None


class Delivery(msgspec.Struct, kw_only=True):
    """An event on its way to a webhook, or what became of it."""

    id: UUID
    webhook_id: UUID
    event_id: Annotated[
        UUID, Meta(description="The `webhook-id` of its requests: the same whenever it is sent.")
    ]
    event_type: str
    occurred_at: datetime
    status: DeliveryStatus
    attempts: int
    next_attempt_at: Annotated[
        datetime | None, Meta(description="When it is tried next; null once it is finished.")
    ]
    status_code: Annotated[
        int | None, Meta(description="What the last attempt was answered; null: nothing.")
    ]
    finished_at: datetime | None


class Attempt(msgspec.Struct):
    """One time that it was sent. `failure` says in a sentence what went wrong."""

    attempted_at: datetime
    duration_ms: int
    status_code: int | None
    failure: str | None
    response_body: str


class DeliveryWithAttempts(Delivery, kw_only=True):
    """A delivery with the body of its requests, and each attempt, the newest first."""

    body: dict[str, Any]
    log: list[Attempt]


class DeliveryPage(msgspec.Struct):
    items: list[Delivery]
    next_cursor: str | None
