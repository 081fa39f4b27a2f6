"""Letters, digests and names, without a database."""

from __future__ import annotations

import hashlib
import re
import time
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook.platform.problems import InvalidInput
from benchbook.sequences.errors import SequenceTooLong, WrongLetter
from benchbook.sequences.rules import (
    LONGEST_SEQUENCE,
    clean_tags,
    digest_text,
    names_revision,
    one_line,
    prepare,
    read_digest,
    reverse_complement,
    sha512t24,
)

BASES = st.text("ACGT", min_size=1, max_size=200)
COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A"}


def test_digests_are_those_of_the_specification():
    # The example of GA4GH's refget specification.
    assert digest_text(sha512t24(b"ACGT")) == "SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2"
    assert prepare("acGT").md5.hex() == "f1f8f4bf413b16ad135722aa4591043e"


@given(BASES)
def test_prepared_bases_carry_the_digests_of_both_strands(bases: str):
    prepared = prepare(bases.lower())
    other = "".join(COMPLEMENT[letter] for letter in reversed(bases))
    assert prepared.bases == bases
    assert reverse_complement(bases) == other
    expected = urlsafe_b64encode(hashlib.sha512(bases.encode()).digest()[:24]).decode()
    assert digest_text(prepared.digest) == f"SQ.{expected}"
    assert prepared.reverse_digest == prepare(other).digest
    assert prepare(other).reverse_digest == prepared.digest


@given(st.text("ACGTacgt", max_size=30), st.characters(), st.text(max_size=30))
def test_first_wrong_letter_is_named_with_its_place(before: str, wrong: str, after: str):
    if wrong in "ACGTacgt":
        return
    with pytest.raises(WrongLetter) as refused:
        prepare(before + wrong + after)
    assert refused.value.extra == {"letter": wrong, "place": len(before) + 1}
    [error] = refused.value.errors
    assert error.pointer == "/bases"
    assert f"Letter {len(before) + 1:,} is " in error.detail


@pytest.mark.parametrize(
    ("bases", "place", "named"),
    [
        ("ACTG\n", 5, "a line break"),
        ("AC TG", 3, "a space"),
        ("ACU", 3, "“U”"),
        ("n", 1, "“n”"),
        ("AÇGT", 2, "“Ç”"),
        ("A\0", 2, "U+0000"),
        ("АCGT", 1, "“А”"),  # the Cyrillic letter
    ],
)
def test_what_is_no_base_is_named(bases: str, place: int, named: str):
    with pytest.raises(WrongLetter, match=re.escape(f"Letter {place} is {named}:")):
        prepare(bases)


def test_there_is_a_letter_and_there_are_at_most_ten_million():
    with pytest.raises(InvalidInput, match="at least one letter"):
        prepare("")
    with pytest.raises(SequenceTooLong, match="10,000,000"):
        prepare("A" * (LONGEST_SEQUENCE + 1))


def test_ten_million_letters_are_prepared_in_a_second():
    started = time.process_time()
    prepare("acgt" * (LONGEST_SEQUENCE // 4))
    assert time.process_time() - started < 1


@pytest.mark.parametrize("text", ["", "SQ.", "SQ.x", "XX." + "A" * 32, "SQ." + "é" * 32, "A" * 35])
def test_what_is_no_digest_is_none(text: str):
    assert read_digest(text) is None


def test_digest_is_read_as_it_is_written():
    digest = sha512t24(b"ACGT")
    assert read_digest(digest_text(digest)) == digest


def test_names_are_on_one_line():
    assert one_line("  a name ", "/name") == "a name"
    with pytest.raises(InvalidInput):
        one_line("two\nlines", "/name")


def test_tags_are_trimmed_and_come_once():
    assert clean_tags([" 18S ", "reef", "18S"]) == ["18S", "reef"]
    for wrong in ([""], ["x" * 51], [str(number) for number in range(51)]):
        with pytest.raises(InvalidInput):
            clean_tags(wrong)


def test_if_match_means_the_revision():
    assert names_revision(None, 3)
    assert names_revision("3", 3)
    assert names_revision("3-1f", 3)
    assert not names_revision("4-1f", 3)
    assert not names_revision("", 3)
