"""GenBank files: what was imported is written again, and reads as what it was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.conftest import Lab
from tests.sequences.conftest import added, letters
from tests.sequences.test_features import BASES, features, genbank
from tests.sequences.test_imports import everything, imported, take_back

from benchbook.sequences import exports, hit_exports
from benchbook.sequences.exports import PIECE_LETTERS
from benchbook.sequences.genbank import feature_lines, genbank_bases, genbank_head
from benchbook.sequences.schemas import FeatureQualifier, SequenceFeature

MANY = "".join(
    f'     gene            {place}..{place + 3}\n                     /gene="g{place}"\n'
    for place in range(1, 118)
)


async def exported(lab: Lab, **params: Any) -> str:
    answer = await lab.owner.get("/sequences/export", params={"format": "genbank", **params})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/x-genbank")
    assert answer.headers["content-disposition"].endswith('"benchbook-sequences.gb"')
    return answer.text


async def described(lab: Lab) -> dict[str, Any]:
    """What is known of everything that a GenBank file can say."""
    told = {}
    for name, item in (await everything(lab.owner)).items():
        whole = (await lab.owner.get(f"/sequences/{item['id']}")).json()
        said = {key: whole[key] for key in ("description", "circular", "bases")}
        those = await features(lab, item["id"], limit=500)
        told[name] = {**said, "features": those["items"]}
    return told


async def test_what_is_exported_reads_as_what_it_was(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    # The middle one has more features than are read at once, and the last is read in pieces.
    monkeypatch.setattr(exports, "FEATURES_AT_ONCE", 30)
    long = letters(PIECE_LETTERS + 61, seed=9)
    await imported(lab.owner, genbank("plasmid", BASES))
    await imported(lab.owner, genbank("many", BASES[::-1], MANY, shape="linear"))
    await imported(lab.owner, genbank("long", long, MANY))
    await added(
        lab, "ACGT", name="bare", description="A sequence of four letters, " * 9 + "no more"
    )
    before = await described(lab)
    assert [len(each["features"]) for each in before.values()] == [0, 117, 117, 5]
    text = await exported(lab)
    assert text.count("\n//\n") == 4
    assert max(map(len, text.splitlines())) <= 80
    for item in (await everything(lab.owner)).values():
        await lab.owner.delete(f"/sequences/{item['id']}")
    done = await imported(lab.owner, text.encode())
    assert (done["added"], done["rejected"], done["format"]) == (4, 0, "genbank")
    assert await described(lab) == before
    assert await exported(lab) == text
    await take_back(lab.owner, done["id"])


async def test_filters_choose_and_nothing_is_a_whole_file(lab: Lab):
    await imported(lab.owner, genbank("plasmid", BASES), tag="lab")
    await added(lab, "ACGT", name="other")
    assert "LOCUS       plasmid.1 " in await exported(lab, tag="lab")
    assert (await exported(lab, tag="lab")).count("LOCUS") == 1
    assert await exported(lab, tag="none") == ""


async def test_sequences_with_hits_are_written_once_with_their_features(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    repeated = letters(30, seed=7)
    around = letters(40, seed=8)
    await imported(
        lab.owner, genbank("twice", repeated + around + repeated, MANY.split(" gene")[0])
    )
    await imported(lab.owner, genbank("once", around[::-1] + repeated))
    await added(lab, letters(90, seed=10), name="unlike")
    monkeypatch.setattr(hit_exports, "PAGE_HITS", 1)
    text = await exported(lab, query=repeated, distance=0, mode="within", strand="both")
    assert [line.split()[1] for line in text.splitlines() if line.startswith("LOCUS")] == [
        "once.1",
        "twice.1",
    ]
    assert text.count('/organism="Escherichia phage"') == 1
    asked = {"query": repeated, "format": "genbank", "distance": 0, "mode": "within"}
    posted = await lab.owner.post("/sequences/export", json={**asked, "strand": "both"})
    assert posted.text == text


def feature(location: str, **qualifiers: str) -> SequenceFeature:
    return SequenceFeature(
        place=0,
        type="CDS",
        label="",
        strand="forward",
        location=location,
        spans=[],
        qualifiers=[FeatureQualifier(name, value) for name, value in qualifiers.items()],
    )


def test_long_locations_break_at_commas_and_values_at_blanks_only():
    places = ",".join(f"{at}..{at + 5}" for at in range(1, 200, 10))
    lines = feature_lines(
        [feature(f"join({places})", note="a word, " * 20 + "x" * 70)]
    ).splitlines()
    assert lines[0] == (
        "     CDS             join(1..6,11..16,21..26,31..36,41..46,51..56,61..66,71..76,"
    )
    assert "".join(
        line[21:] for line in lines if not line[21:].startswith(("/", "a ", "x", "word"))
    )
    assert [line for line in lines if len(line) > 80] == [" " * 21 + "x" * 70 + '"']


def test_values_stand_in_quotation_marks_where_the_format_has_them():
    text = feature_lines([feature("1..2", codon_start="1", note='a "b"', pseudo="", gene="12")])
    assert [line.strip() for line in text.splitlines()[1:]] == [
        *("/codon_start=1", '/note="a ""b"""', "/pseudo", '/gene="12"')
    ]


def test_head_keeps_the_columns_of_the_format():
    row = {
        "name": "pUC 19",
        "digest": "SQ.x",
        "description": " cloning\nvector ",
        "length": 72,
        "circular": True,
        "created_at": datetime(2026, 3, 2, 9, tzinfo=UTC),
    }
    lines = genbank_head(row).splitlines()
    assert lines[0] == (
        "LOCUS       pUC_19                    72 bp    DNA     circular UNK 02-MAR-2026"
    )
    assert lines[1:4] == [
        *("DEFINITION  cloning vector", "ACCESSION   pUC_19", "VERSION     pUC_19")
    ]
    nameless = genbank_head({**row, "name": "", "digest": "SQ." + "x" * 32, "circular": False})
    assert nameless.splitlines()[0].split()[1:4] == ["SQ." + "x" * 32, "72", "bp"]
    assert genbank_bases("ACGT" * 18, 60).splitlines() == [
        "       61 " + " ".join(["acgtacgtac", "gtacgtacgt"] * 3),
        "      121 acgtacgtac gt",
    ]
