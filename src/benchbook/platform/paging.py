"""Cursors: an opaque place in a list, stable while rows are added around it.

A cursor is the sort key of the last row of a page, packed; the next page is "after that row",
so that rows inserted meanwhile neither repeat nor hide others.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from benchbook.platform.problems import InvalidInput

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 500

Key = TypeVar("Key")


def encode_cursor(key: Sequence[object]) -> str:
    """The cursor that stands after the row with this sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str, key_type: type[Key]) -> Key:
    """The sort key in a cursor that ``encode_cursor`` made.

    Raises InvalidInput at ``?cursor`` for anything else.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = msgspec.json.decode(
            base64.b64decode(padded, altchars=b"-_", validate=True), type=key_type
        )
        for part in key if isinstance(key, tuple) else ():
            if isinstance(part, datetime):
                _require_instant(part)
    except (ValueError, OverflowError, msgspec.MsgspecError):
        raise InvalidInput.at(
            "?cursor", "This is not a cursor of this list: take next_cursor as it was answered."
        ) from None
    return key


def _require_instant(value: datetime) -> None:
    """Raise ValueError or OverflowError for a time that is no instant that can be compared."""
    if value.tzinfo is None:
        raise ValueError(value)
    value.astimezone(UTC)
