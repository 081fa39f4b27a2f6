"""Cursors: an opaque place in a list, stable while rows are added around it.

A cursor is the sort key of the last row of a page, packed; the next page is "after that row",
so that rows inserted meanwhile neither repeat nor hide others.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
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
        return msgspec.json.decode(
            base64.b64decode(padded, altchars=b"-_", validate=True), type=key_type
        )
    except (ValueError, msgspec.MsgspecError):
        raise InvalidInput.at(
            "?cursor", "This is not a cursor of this list: take next_cursor as it was answered."
        ) from None
