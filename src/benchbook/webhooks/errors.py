"""What can go wrong with webhooks.

Problem
├── NotFound ── WebhookNotFound, DeliveryNotFound
├── Conflict ── TooManyWebhooks, WebhookDisabled
└── InvalidInput ── AddressNotAllowed
"""

from __future__ import annotations

from benchbook.platform.problems import Conflict, InvalidInput, NotFound


class WebhookNotFound(NotFound):
    code, title = "webhook_not_found", "There is no such webhook"


class DeliveryNotFound(NotFound):
    """Also one that is older than the log."""

    code, title = "webhook_delivery_not_found", "There is no such delivery"


class TooManyWebhooks(Conflict):
    code, title = "too_many_webhooks", "You have as many webhooks as there can be"


class WebhookDisabled(Conflict):
    """Nothing is sent to a webhook that is switched off."""

    code, title = "webhook_disabled", "The webhook is switched off"


class AddressNotAllowed(InvalidInput):
    """The server does not send requests there: it must not reach what only it can reach."""

    code, title = "address_not_allowed", "Benchbook does not send to this address"
