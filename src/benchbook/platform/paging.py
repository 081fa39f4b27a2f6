"""Cursors: an opaque place in a list, stable while rows are added around it.

A cursor is the sort key of the last row of a page, packed; the next page is "after that row",
so that rows inserted meanwhile neither repeat nor hide others.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
from litestar.params import QueryParameter

from benchbook.platform.problems import InvalidInput

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 500

Key = TypeVar("Key")
Item = TypeVar("Item")

# The two parameters that every list takes.
Limit = Annotated[
    int, QueryParameter(name="limit", ge=1, le=LARGEST_LIMIT, description="How many items at most.")
]
Cursor = Annotated[
    str | None, QueryParameter(name="cursor", description="next_cursor of the page before.")
]


def encode_cursor(key: Sequence[object]) -> str:
    """The cursor that stands after the row with this sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str, key_type: type[Key], pointer: str = "?cursor") -> Key:
    """The sort key in a cursor that ``encode_cursor`` made.

    Raises InvalidInput at ``pointer`` for anything else.
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
            pointer, "This is not a cursor of this list: take next_cursor as it was answered."
        ) from None
    return key


def page_of(
    items: list[Item], limit: int, key: Callable[[Item], Sequence[object]]
) -> tuple[list[Item], str | None]:
    """At most ``limit`` of the items, and the cursor after them if there are more.

    Asked of the store is one item more than the page holds, which tells whether another follows.
    """
    if len(items) <= limit:
        return items, None
    return items[:limit], encode_cursor(key(items[limit - 1]))


def _require_instant(value: datetime) -> None:
    """Raise ValueError or OverflowError for a time that is no instant that can be compared."""
    if value.tzinfo is None:
        raise ValueError(value)
    value.astimezone(UTC)
