"""The audit trail: what was changed, by whom, in the transaction that changed it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from benchbook.accounts import store
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction


async def record_event(
    tx: Transaction,
    caller: Caller,
    action: str,
    subject_type: str,
    subject_id: UUID | None = None,
    **details: Any,
) -> None:
    """Record that ``caller`` did ``action`` (``person.invited``, say); details are JSON values."""
    await store.insert_audit_event(
        tx,
        organisation_id=caller.organisation_id,
        event_id=uuid7(),
        actor_id=caller.person_id,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        details=details,
        request_id=structlog.contextvars.get_contextvars().get("request_id"),
    )
