"""Sequences as files: everything that the filters show, read back to what it was."""

from __future__ import annotations

import csv
import io

import pytest
from tests.conftest import Lab
from tests.sequences.conftest import added, letters

from benchbook.sequences.exports import LINE_LETTERS, PAGE_ROWS, PIECE_LETTERS, fasta_lines


def fasta(text: str) -> list[tuple[str, str]]:
    """The records of a FASTA file as (title, bases)."""
    records = []
    for record in text.split(">")[1:]:
        title, _, body = record.partition("\n")
        assert body.endswith("\n")
        assert max(map(len, body.splitlines())) <= LINE_LETTERS
        records.append((title, body.replace("\n", "")))
    return records


async def test_fasta_has_everything_in_the_order_in_which_it_was_added(lab: Lab):
    long = letters(PIECE_LETTERS + 12_345, seed=1)
    expected = [
        ("first with a description", letters(80, seed=2)),
        ("long", long),
        ("third", letters(161, seed=3)),
    ]
    await added(lab, expected[0][1], name="first", description="with a\ndescription")
    await added(lab, long, name="long")
    await added(lab, expected[2][1], name="third")
    nameless = await added(lab, "ACGT")
    answer = await lab.owner.get("/sequences/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/x-fasta")
    disposition = 'attachment; filename="benchbook-sequences.fasta"'
    assert answer.headers["content-disposition"] == disposition
    assert fasta(answer.text) == [*expected, (nameless["digest"], "ACGT")]


async def test_csv_has_everything_that_is_known(lab: Lab):
    bases = letters(10_001, seed=4)
    made = await added(
        lab,
        bases,
        name="=1+1",
        description='"quoted", and more',
        tags=["reef", "a, b"],
        aliases=["NC_1"],
        circular=True,
    )
    short = await added(lab, "ACGT", name="short")
    answer = await lab.owner.get("/sequences/export", params={"format": "csv"})
    assert answer.content.startswith(b"\xef\xbb\xbfid,name,")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert [row["bases"] for row in rows] == [bases, "ACGT"]
    assert {name: rows[0][name] for name in rows[0] if name not in ("bases", "created_at")} == {
        "id": made["id"],
        "name": "'=1+1",
        "description": '"quoted", and more',
        "aliases": "NC_1",
        "tags": 'reef,"a, b"',
        "collection": "Default",
        "length": "10001",
        "circular": "yes",
        "digest": made["digest"],
        "md5": made["md5"],
    }
    assert rows[1]["id"] == short["id"]


async def test_filters_choose_what_is_exported(lab: Lab):
    await added(lab, "ACGT", name="kept", tags=["reef"])
    await added(lab, "ACGTA", name="left out")
    answer = await lab.owner.get("/sequences/export", params={"tag": "reef"})
    assert fasta(answer.text) == [("kept", "ACGT")]
    nothing = await lab.owner.get("/sequences/export", params={"tag": "no such"})
    assert (nothing.status_code, nothing.text) == (200, "")
    wrong = await lab.owner.get("/sequences/export", params={"format": "outfmt6"})
    assert wrong.status_code == 400


async def test_pages_follow_each_other(lab: Lab, default_collection: str):
    from uuid import UUID

    from uuid_utils.compat import uuid7

    from benchbook.accounts.caller import Caller
    from benchbook.sequences import store
    from benchbook.sequences.rules import prepare

    me = (await lab.owner.get("/me")).json()["person"]["id"]
    caller = Caller(UUID(lab.organisation_id), UUID(me), "owner", None)
    rows = [
        store.NewRow(uuid7(), prepare(letters(30, seed)), name=f"row-{seed}")
        for seed in range(2 * PAGE_ROWS + 1)
    ]
    async with lab.app.transaction(caller) as tx:
        done = await store.insert_sequences(
            tx,
            caller.organisation_id,
            rows,
            collection_id=UUID(default_collection),
            created_by=caller.person_id,
        )
    assert len(done) == len(rows)
    records = fasta((await lab.owner.get("/sequences/export")).text)
    assert records == [(row.name, row.prepared.bases) for row in sorted(rows, key=lambda r: r.id)]


@pytest.mark.parametrize("length", [1, 79, 80, 81, 160, 1000])
def test_lines_have_eighty_letters(length: int):
    bases = letters(length)
    lines = fasta_lines(bases).splitlines()
    assert "".join(lines) == bases
    assert all(len(line) == LINE_LETTERS for line in lines[:-1])
    assert 1 <= len(lines[-1]) <= LINE_LETTERS
