"""What refget asks for: identifiers, ranges and media types.

https://samtools.github.io/hts-specs/refget.html, version 2.0.0; version 1 where it differs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from benchbook.platform.problems import InvalidInput
from benchbook.sequences.errors import RangeNotSatisfiable
from benchbook.sequences.rules import DIGEST_BYTES, read_digest

V2_SEQUENCE = "text/vnd.ga4gh.refget.v2.0.0+plain"
V2_JSON = "application/vnd.ga4gh.refget.v2.0.0+json"
_V1_SEQUENCE = re.compile(r"text/vnd\.ga4gh\.refget\.v1\.\d+\.\d+\+plain")
_V1_JSON = re.compile(r"application/vnd\.ga4gh\.refget\.v1\.\d+\.\d+\+json")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")
_WHOLE_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_RANGE = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})", re.ASCII)
_LARGEST_NUMBER = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a sequence is asked for by: one of its digests."""

    digest: bytes | None = None
    md5: bytes | None = None


def read_identifier(text: str) -> Identifier | None:
    """The digest in an identifier, or None for what cannot be one.

    Taken are `ga4gh:SQ.…`, `SQ.…`, MD5 in hexadecimal and version 1's TRUNC512, the latter two
    with or without `md5:` and `trunc512:` before them, in either case.
    """
    kind, colon, value = text.rpartition(":")
    kind = kind.lower()
    if digest := read_digest(value):
        return Identifier(digest=digest) if kind in ("ga4gh", "") else None
    if (colon and kind not in ("md5", "trunc512")) or not _HEXADECIMAL.fullmatch(value):
        return None
    if len(value) == 32 and kind in ("md5", ""):
        return Identifier(md5=bytes.fromhex(value))
    if len(value) == 2 * DIGEST_BYTES and kind in ("trunc512", ""):
        return Identifier(digest=bytes.fromhex(value))
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of a sequence that is asked for: 0-based, half-open, None for an open end.

    ``by_header`` is set for a Range header, whose end may lie beyond the sequence and which never
    goes across the origin. ``suffix`` asks for so many of the last letters.
    """

    start: int | None = None
    end: int | None = None
    by_header: bool = False
    suffix: int | None = None


def read_asked(start: str | None, end: str | None, range_header: str | None) -> Asked:
    """The part that query parameters or a Range header ask for.

    Raises InvalidInput for what is no range, for several, and for both kinds at once.
    """
    if range_header is None:
        return Asked(_number(start, "?start"), _number(end, "?end"))
    if start is not None or end is not None:
        raise InvalidInput.at(
            "?start" if start is not None else "?end",
            "Ask for a part by start and end or by a Range header, not by both.",
        )
    match = _RANGE.fullmatch(range_header.strip())
    if match is None or not (match["first"] or match["last"]):
        raise InvalidInput(
            "Range takes one range of bytes, 0-based, with its last byte: bytes=0-99."
        )
    if not match["first"]:
        return Asked(by_header=True, suffix=int(match["last"]))
    last = int(match["last"]) if match["last"] else None
    return Asked(int(match["first"]), None if last is None else last + 1, by_header=True)


def parts_of(asked: Asked, length: int, *, circular: bool) -> list[tuple[int, int]]:
    """The half-open pieces of a sequence that answer: none for nothing, two across the origin.

    Raises RangeNotSatisfiable.
    """
    start, end = asked.start, asked.end
    if asked.suffix is not None:
        if asked.suffix == 0:
            raise _outside(length)
        start, end = max(0, length - asked.suffix), length
    if start is None and end is None:
        return [(0, length)]
    start = 0 if start is None else start
    if asked.by_header and end is not None:
        if end <= start:
            raise _outside(length, "It ends before it starts.")
        end = min(end, length)
    end = length if end is None else end
    if start >= length or end > length:
        raise _outside(length)
    if start > end:
        if not circular:
            raise _outside(length, "It ends before it starts, and the sequence is not circular.")
        return [part for part in ((start, length), (0, end)) if part[0] < part[1]]
    return [(start, end)] if start < end else []


def sequence_media_type(accept: str | None) -> str | None:
    """The media type in which letters are answered, or None where none of ours will do.

    It is always said in full: less may be asked for, and is answered as version 2.
    """
    for asked in _accepted(accept):
        if asked in (V2_SEQUENCE, "text/plain", "*/*", "text/*"):
            return f"{V2_SEQUENCE}; charset=us-ascii"
        if _V1_SEQUENCE.fullmatch(asked):
            return f"{asked}; charset=us-ascii"
    return None


def json_media_type(accept: str | None) -> str | None:
    """The media type in which metadata are answered, or None where none of ours will do."""
    for asked in _accepted(accept):
        if asked in (V2_JSON, "application/json", "*/*", "application/*"):
            return f"{V2_JSON}; charset=us-ascii"
        if _V1_JSON.fullmatch(asked):
            return f"{asked}; charset=us-ascii"
    return None


def is_version_1(media_type: str) -> bool:
    """Whether the answer is one of refget's version 1."""
    return ".refget.v1." in media_type


def _accepted(accept: str | None) -> list[str]:
    """The media types of an Accept header without their parameters, the dearest first."""
    weighted = []
    for part in (accept or "*/*").split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if match := re.fullmatch(r"q\s*=\s*([01](?:\.\d{0,3})?)", parameter):
                quality = float(match[1])
        if quality > 0:
            weighted.append((-quality, media_type.count("*"), is_version_1(media_type), media_type))
    # Of equal weight the more exact one counts, then the newer; sorting keeps the order of the rest.
    return [media_type for *_, media_type in sorted(weighted, key=lambda item: item[:3])]


def _number(text: str | None, pointer: str) -> int | None:
    if text is None:
        return None
    if not _WHOLE_NUMBER.fullmatch(text) or int(text) > _LARGEST_NUMBER:
        raise InvalidInput.at(pointer, "This takes a whole number of letters, from 0 on.")
    return int(text)


def _outside(length: int, why: str = "It lies outside of the sequence.") -> RangeNotSatisfiable:
    return RangeNotSatisfiable(
        f"This part cannot be had of {length:,} letters. {why}",
        headers={"Content-Range": f"bytes */{length}"},
    )
