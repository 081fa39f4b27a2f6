"""Sequences as files: everything that the filters show, read back to what it was."""

from __future__ import annotations

import csv
import io
import re

import pytest
from tests.conftest import Lab
from tests.sequences.conftest import added, letters

from benchbook.sequences import hit_exports, search
from benchbook.sequences.exports import LINE_LETTERS, PAGE_ROWS, PIECE_LETTERS, fasta_lines
from benchbook.sequences.rules import reverse_complement


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
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["?format"]


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
        left_out = await store.insert_sequences(
            tx,
            caller.organisation_id,
            rows,
            collection_id=UUID(default_collection),
            created_by=caller.person_id,
        )
    assert not left_out
    records = fasta((await lab.owner.get("/sequences/export")).text)
    assert records == [(row.name, row.prepared.bases) for row in sorted(rows, key=lambda r: r.id)]


@pytest.mark.parametrize("length", [1, 79, 80, 81, 160, 1000])
def test_lines_have_eighty_letters(length: int):
    bases = letters(length)
    lines = fasta_lines(bases).splitlines()
    assert "".join(lines) == bases
    assert all(len(line) == LINE_LETTERS for line in lines[:-1])
    assert 1 <= len(lines[-1]) <= LINE_LETTERS


# What a search finds ----------------------------------------------------------------------------

QUERY = letters(60, seed=50)


async def hits(lab: Lab, file_format: str, **asked: object) -> str:
    params = {"format": file_format, "query": QUERY, **asked}
    answer = await lab.owner.get("/sequences/export", params=params)
    assert answer.status_code == 200, answer.text
    return answer.text.removeprefix("\ufeff")


async def test_outfmt6_has_the_places_as_blast_writes_them(lab: Lab):
    # One letter replaced, one left out, two inserted beside each other.
    other = "A" if QUERY[10] != "A" else "C"
    changed = QUERY[:10] + other + QUERY[11:30] + QUERY[31:50] + "GATC"[:2] + QUERY[50:]
    await added(lab, QUERY, name="same as asked")
    [reversed_one] = [await added(lab, reverse_complement(QUERY))]
    await added(lab, changed, name="changed")
    text = await hits(lab, "outfmt6", distance=4, strand="both")
    rows = [line.split("\t") for line in text.splitlines()]
    assert rows[0] == [
        *("query", reversed_one["digest"], "100.000", "60", "0", "0"),
        *("1", "60", "60", "1", "-1", "0"),
    ]
    assert rows[1] == ["query", "same", "100.000", "60", "0", "0", "1", "60", "1", "60", "-1", "0"]
    [_, name, identity, columns, mismatches, gaps, *rest] = rows[2]
    found = (
        await lab.owner.get("/sequences/search", params={"query": QUERY, "distance": 4})
    ).json()
    cigar = found["items"][1]["cigar"]
    runs = [(int(count), kind) for count, kind in re.findall(r"(\d+)([=XID])", cigar)]
    assert (name, int(columns)) == ("changed", sum(count for count, _ in runs))
    assert int(mismatches) == sum(count for count, kind in runs if kind == "X")
    assert int(gaps) == sum(1 for _, kind in runs if kind in "ID") == 2
    same = sum(count for count, kind in runs if kind == "=")
    assert identity == f"{100 * same / int(columns):.3f}"
    assert rest == ["1", "60", "1", str(len(changed)), "-1", "0"]


async def test_fasta_of_hits_has_the_letters_of_each_place_as_the_query_reads_them(lab: Lab):
    around = letters(70, seed=51)
    await added(lab, around + reverse_complement(QUERY) + around[::-1], name="other strand")
    long = letters(12_000, seed=52)
    await added(lab, QUERY[25:] + long + QUERY[:25], name="plasmid", circular=True)
    text = await hits(lab, "fasta", strand="both")
    assert [bases for _, bases in fasta(text)] == [QUERY, QUERY]
    titles = [title.split()[0] for title, _ in fasta(text)]
    assert titles == ["other:70-130(-)", "plasmid:12035-12095(+)"]


async def test_csv_of_hits_has_every_hit_of_every_page(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    for number in range(7):
        await added(lab, QUERY + "ACGT" * number, name=f"={number}")
    await added(lab, letters(60, seed=53), name="unlike")
    monkeypatch.setattr(hit_exports, "PAGE_HITS", 2)
    rows = list(csv.DictReader(io.StringIO(await hits(lab, "csv"), newline="")))
    assert [row["name"] for row in rows] == [f"'={number}" for number in range(7)]
    assert {(row["start"], row["end"], row["cigar"]) for row in rows} == {("0", "60", "60=")}
    elsewhere = (await lab.owner.post("/collections", json={"name": "Other"})).json()["id"]
    assert await hits(lab, "outfmt6", collection_id=elsewhere) == ""


async def test_files_of_hits_tell_the_name_of_the_query(lab: Lab):
    await added(lab, QUERY, name="found")
    named = {"query_name": "p1 with\tmore"}
    assert (await hits(lab, "outfmt6", **named)).split("\t")[0] == "p1"
    assert [
        row["query"] for row in csv.DictReader(io.StringIO(await hits(lab, "csv", **named)))
    ] == ["p1"]
    assert (await hits(lab, "fasta", **named)).splitlines()[0].endswith(" query=p1")
    assert (await hits(lab, "outfmt6")).split("\t")[0] == "query"


async def test_a_query_that_is_too_long_for_an_address_is_posted(lab: Lab):
    long = letters(200_000, seed=54)
    await added(lab, long, name="long")
    asked = {"query": long, "format": "outfmt6", "query_name": "q", "strand": "both"}
    answer = await lab.owner.post("/sequences/export", json=asked)
    assert answer.status_code == 200
    assert answer.text.split("\t")[:4] == ["q", "long", "100.000", "200000"]
    get = await lab.owner.get("/sequences/export", params={**asked, "query": long[:60]})
    post = await lab.owner.post("/sequences/export", json={**asked, "query": long[:60]})
    assert (get.text, get.headers["content-type"]) == (post.text, post.headers["content-type"])
    wrong = await lab.owner.post("/sequences/export", json={"query": "ACGU"})
    assert wrong.json()["errors"][0]["pointer"] == "/query"


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"query_name": "p1"}, "?query_name"),
        ({"distance": 2}, "?query"),
        ({"query": "ACGU"}, "?query"),
        ({"query": "ACGT", "distance": 5}, "?distance"),
        ({"query": "ACGT", "name": "plasmid"}, "?name"),
        ({"query": "ACGT", "max_length": 100}, "?max_length"),
    ],
)
async def test_export_that_makes_no_sense_is_told_where(
    lab: Lab, params: dict[str, str], pointer: str
):
    answer = await lab.owner.get("/sequences/export", params=params)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_file_that_would_lack_hits_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    await added(lab, QUERY)
    monkeypatch.setattr(search, "SCAN_SECONDS", -1.0)
    params = {"query": QUERY[:12], "mode": "within", "distance": 6, "format": "outfmt6"}
    answer = await lab.owner.get("/sequences/export", params=params)
    assert (answer.status_code, answer.json()["code"]) == (400, "search_takes_too_long")
