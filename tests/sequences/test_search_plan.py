"""Plans look up a key of every row that can be a hit, wherever in it."""

from __future__ import annotations

import random

import pytest

from benchbook.sequences.keys import codes_of_row
from benchbook.sequences.search_plan import Census, plan_parts

MANY = Census({100: 1e9})


@pytest.mark.parametrize("letters", range(17, 25))
@pytest.mark.parametrize("circular", [False, True], ids=["linear", "circular"])
def test_parts_share_a_key_with_their_rows_wherever_they_are(letters: int, circular: bool) -> None:
    randomly = random.Random(letters)
    for length in range(letters, letters + 25):
        row = "".join(randomly.choices("ACGT", k=length))
        keys = set(codes_of_row(row, circular=circular))
        around = row + row[: letters - 1] if circular else row
        last = len(around) - letters
        for start in {0, randomly.randint(0, last), last}:
            plan = plan_parts(around[start : start + letters], 0, MANY)
            assert keys & set(plan.codes), (length, start)


def test_a_primer_takes_few_keys() -> None:
    primer = "GTGCCAGCAGCCGCGGTAATTC"
    keys = {letters: len(plan_parts(primer[:letters], 0, MANY).codes) for letters in range(17, 23)}
    assert keys[22] == 11 + 4
    assert keys[20] == 9 + 4 + 16 + 64
    assert keys[17] <= 6 + 4 + 16 + 64 + 256 + 1024 + 4096


def test_parts_that_few_letters_leave_open_read_everything() -> None:
    for letters in (1, 11, 12, 16):
        assert plan_parts("ACGTACCTGATCGATTACGA"[:letters], 0, MANY).scans_everything


def test_parts_that_all_rows_have_read_everything() -> None:
    primer = "GTGCCAGCAGCCGCGGTAAT"
    codes = codes_of_row(primer[4:])
    everywhere = Census({100: 1e6}, dict.fromkeys(codes, 1e6))
    assert plan_parts(primer, 0, everywhere).scans_everything
    assert not plan_parts(primer, 0, Census({100: 1e6})).scans_everything
