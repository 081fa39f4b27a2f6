"""Identifiers, ranges and media types of refget, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook.platform.problems import InvalidInput, Problem
from benchbook.sequences.errors import RangeNotSatisfiable
from benchbook.sequences.refget_rules import (
    Identifier,
    json_media_type,
    parts_of,
    read_asked,
    read_identifier,
    sequence_media_type,
)
from benchbook.sequences.rules import sha512t24

DIGEST = sha512t24(b"ACGT")
MD5 = bytes.fromhex("f1f8f4bf413b16ad135722aa4591043e")


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("ga4gh:SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2", Identifier(digest=DIGEST)),
        ("SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2", Identifier(digest=DIGEST)),
        ("f1f8f4bf413b16ad135722aa4591043e", Identifier(md5=MD5)),
        ("F1F8F4BF413B16AD135722AA4591043E", Identifier(md5=MD5)),
        ("md5:f1f8f4bf413b16ad135722aa4591043e", Identifier(md5=MD5)),
        (DIGEST.hex(), Identifier(digest=DIGEST)),
        (f"TRUNC512:{DIGEST.hex().upper()}", Identifier(digest=DIGEST)),
        ("sq.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2", None),
        ("md5:SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2", None),
        ("SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw", None),
        ("trunc512:f1f8f4bf413b16ad135722aa4591043e", None),
        ("f1f8f4bf413b16ad135722aa4591043", None),
        ("Garbagechecksum", None),
        (":f1f8f4bf413b16ad135722aa4591043e", None),
        ("", None),
    ],
)
def test_identifiers(text: str, identifier: Identifier | None):
    assert read_identifier(text) == identifier


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "", "+1", "4294967296", "٣"])
def test_what_is_no_whole_number_is_400(text: str):
    for start, end in ((text, None), (None, text)):
        with pytest.raises(InvalidInput):
            read_asked(start, end, None)


@pytest.mark.parametrize(
    "header",
    [
        "units=20-30",
        "bytes=ab-19",
        "bytes=-10--19",
        "bytes=10--19",
        "bytes=-10-",
        "bytes==10-19",
        "bytes=-",
        "bytes=0-1,3-4",
        "bytes=0 - 1",
        "0-1",
        "",
    ],
)
def test_what_is_no_range_is_400(header: str):
    with pytest.raises(InvalidInput):
        read_asked(None, None, header)


def test_both_kinds_of_range_are_400():
    for start, end in (("0", None), (None, "1"), ("0", "1")):
        with pytest.raises(InvalidInput):
            read_asked(start, end, "bytes=0-1")


LETTERS = "".join("ACGT"[number * 7 % 4] for number in range(40))


@given(st.integers(0, 45) | st.none(), st.integers(0, 45) | st.none(), st.booleans())
def test_start_and_end_are_a_slice_or_416(start: int | None, end: int | None, circular: bool):
    """Against the specification's own words."""
    asked = read_asked(
        None if start is None else str(start), None if end is None else str(end), None
    )
    first, last = start or 0, len(LETTERS) if end is None else end
    try:
        parts = parts_of(asked, len(LETTERS), circular=circular)
    except RangeNotSatisfiable:
        assert first >= len(LETTERS) or last > len(LETTERS) or (first > last and not circular)
        return
    answered = "".join(LETTERS[begin:stop] for begin, stop in parts)
    if first <= last:
        assert answered == LETTERS[first:last]
    else:
        assert circular
        assert answered == LETTERS[first:] + LETTERS[:last]


@given(st.integers(0, 60), st.integers(0, 60) | st.none())
def test_range_header_is_a_slice_with_its_last_letter_or_416(first: int, last: int | None):
    asked = read_asked(None, None, f"bytes={first}-{'' if last is None else last}")
    if first >= len(LETTERS) or (last is not None and last < first):
        with pytest.raises(RangeNotSatisfiable) as refused:
            parts_of(asked, len(LETTERS), circular=True)
        assert refused.value.headers["Content-Range"] == "bytes */40"
        return
    [(start, end)] = parts_of(asked, len(LETTERS), circular=True)
    assert LETTERS[start:end] == LETTERS[first : None if last is None else last + 1]


@given(st.integers(0, 60))
def test_suffix_is_the_end(suffix: int):
    asked = read_asked(None, None, f"bytes=-{suffix}")
    try:
        [(start, end)] = parts_of(asked, len(LETTERS), circular=False)
    except RangeNotSatisfiable:
        assert suffix == 0
        return
    assert LETTERS[start:end] == LETTERS[-suffix:]


V2 = "text/vnd.ga4gh.refget.v2.0.0+plain"
V1 = "text/vnd.ga4gh.refget.v1.0.0+plain"


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, V2),
        ("*/*", V2),
        ("text/*", V2),
        (V2, V2),
        (f"{V2}; charset=us-ascii", V2),
        (V1, V1),
        ("text/plain", V2),
        ("text/html, text/plain;q=0.5", V2),
        (f"text/plain;q=0.5, {V2};q=0.9", V2),
        (f"*/*, {V1}", V1),
        (f"{V1}, {V2}", V2),
        (f"{V1}, {V2};q=0.9", V1),
        (f"{V2};q=0", None),
        ("embl/some_json", None),
        ("application/json", None),
        ("", V2),
        ("nonsense", None),
    ],
)
def test_media_types_of_letters(accept: str | None, answered: str | None):
    expected = f"{answered}; charset=us-ascii" if answered else None
    assert sequence_media_type(accept) == expected


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, "application/vnd.ga4gh.refget.v2.0.0+json; charset=us-ascii"),
        ("application/json", "application/vnd.ga4gh.refget.v2.0.0+json; charset=us-ascii"),
        (
            "application/vnd.ga4gh.refget.v1.2.6+json",
            "application/vnd.ga4gh.refget.v1.2.6+json; charset=us-ascii",
        ),
        ("text/plain", None),
    ],
)
def test_media_types_of_metadata(accept: str | None, answered: str | None):
    assert json_media_type(accept) == answered


def test_problems_have_the_statuses_of_the_specification():
    from benchbook.sequences.errors import NotAcceptable, SequenceNotFound

    kinds: list[type[Problem]] = [SequenceNotFound, NotAcceptable, RangeNotSatisfiable]
    assert [kind.status for kind in kinds] == [404, 406, 416]
