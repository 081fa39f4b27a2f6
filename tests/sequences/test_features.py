"""Features: read from GenBank with their places, listed, kept apart, and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import Lab
from tests.sequences.conftest import added, letters
from tests.sequences.test_imports import imported, take_back

from benchbook.sequences.features import FeatureReader, read_location

BASES = letters(120, seed=5)

TABLE = """\
     source          1..120
                     /organism="Escherichia phage"
                     /mol_type="genomic DNA"
     gene            complement(10..60)
                     /gene="lacZ"
     CDS             complement(join(10..30,
                     40..60))
                     /gene="lacZ"
                     /note="says ""cut here"" and
                     /goes on"
                     /translation="MTMITDSLAV
                     VLQRRDWE"
                     /codon_start=1
                     /pseudo
     misc_feature    J00194.1:1..12
                     /note="elsewhere"
     promoter        110..5
                     /label=pLac
"""


def genbank(name: str, bases: str, table: str = TABLE, shape: str = "circular") -> bytes:
    lines = [f"LOCUS       {name} {len(bases)} bp DNA {shape} SYN", f"VERSION     {name}.1"]
    lines += ["FEATURES             Location/Qualifiers", table.rstrip("\n"), "ORIGIN"]
    for at in range(0, len(bases), 60):
        lines.append(f"{at + 1:>9} {bases[at : at + 60].lower()}")
    return "\n".join([*lines, "//", ""]).encode()


async def features(lab: Lab, sequence_id: str, **parameters: Any) -> dict[str, Any]:
    answer = await lab.owner.get(f"/sequences/{sequence_id}/features", params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def the_sequence(lab: Lab) -> str:
    [sequence] = (await lab.owner.get("/sequences")).json()["items"]
    return str(sequence["id"])


@pytest.mark.parametrize(
    ("location", "strand", "spans"),
    [
        ("5..10", "forward", [(4, 10)]),
        ("7", "forward", [(6, 7)]),
        ("<1..>100", "forward", [(0, 100)]),
        ("102.110", None, []),
        ("12.20", "forward", [(11, 20)]),
        ("(3.5)..20", "forward", [(2, 20)]),
        ("9^10", "forward", [(9, 9)]),
        ("complement(join(1..5,7..9))", "reverse", [(0, 5), (6, 9)]),
        ("join(complement(7..9),complement(1..5))", "reverse", [(6, 9), (0, 5)]),
        ("join(1..5,complement(7..9))", "both", [(0, 5), (6, 9)]),
        ("order(1..5,7..9)", "forward", [(0, 5), (6, 9)]),
        ("90..4", "forward", [(89, 100), (0, 4)]),
        ("J00194.1:100..202", None, []),
        ("0..5", None, []),
        ("1..101", None, []),
        ("join(1..5", None, []),
        ("", None, []),
        ("complement(" * 50 + "1..5" + ")" * 50, None, []),
        ("9" * 5000, None, []),
    ],
)
def test_location_is_read_as_places(location: str, strand: str | None, spans: list[Any]):
    assert read_location(location, 100, circular=True) == (strand or "forward", spans)


def test_no_place_goes_over_the_origin_of_what_is_not_circular():
    assert read_location("90..4", 100, circular=False) == ("forward", [])


def test_lines_that_are_no_table_are_no_features():
    reader = FeatureReader()
    for line in ["", "   gene 1..5", "                     /gene=x", "\x00" * 30, "x" * 9000]:
        reader.feed(line)
    assert reader.features(100, circular=False) == []


async def test_features_of_genbank_are_kept_with_places_and_qualifiers(lab: Lab):
    await imported(lab.owner, genbank("phage", BASES))
    found = await features(lab, await the_sequence(lab))
    assert [item["type"] for item in found["items"]] == [
        "source",
        "gene",
        "CDS",
        "misc_feature",
        "promoter",
    ]
    source, gene, coding, elsewhere, promoter = found["items"]
    assert (source["label"], source["spans"]) == ("Escherichia phage", [{"start": 0, "end": 120}])
    assert (gene["label"], gene["strand"]) == ("lacZ", "reverse")
    assert gene["spans"] == [{"start": 9, "end": 60}]
    assert coding["location"] == "complement(join(10..30,40..60))"
    assert coding["spans"] == [{"start": 9, "end": 30}, {"start": 39, "end": 60}]
    assert [(one["name"], one["value"]) for one in coding["qualifiers"]] == [
        ("gene", "lacZ"),
        ("note", 'says "cut here" and /goes on'),
        ("codon_start", "1"),
        ("pseudo", ""),
    ]
    assert (elsewhere["location"], elsewhere["spans"]) == ("J00194.1:1..12", [])
    assert promoter["label"] == "pLac"
    assert promoter["spans"] == [{"start": 109, "end": 120}, {"start": 0, "end": 5}]


async def test_features_are_read_page_by_page(lab: Lab):
    await imported(lab.owner, genbank("phage", BASES))
    sequence_id = await the_sequence(lab)
    first = await features(lab, sequence_id, limit=3)
    rest = await features(lab, sequence_id, limit=3, cursor=first["next_cursor"])
    assert [item["place"] for item in first["items"] + rest["items"]] == [0, 1, 2, 3, 4]
    assert rest["next_cursor"] is None


async def test_sequence_that_was_there_gets_features_until_the_import_is_taken_back(lab: Lab):
    sequence = await added(lab, BASES, name="mine")
    done = await imported(lab.owner, genbank("phage", BASES))
    assert (done["added"], done["duplicates"]) == (0, 1)
    assert len((await features(lab, sequence["id"]))["items"]) == 5
    # It has some now: those of another file are left aside, and go with none.
    other = await imported(lab.owner, genbank("other", BASES, "     gene            1..5\n"))
    assert len((await features(lab, sequence["id"]))["items"]) == 5
    await take_back(lab.owner, other["id"])
    assert len((await features(lab, sequence["id"]))["items"]) == 5
    await take_back(lab.owner, done["id"])
    assert (await features(lab, sequence["id"]))["items"] == []


async def test_sequence_goes_with_its_features(lab: Lab):
    await imported(lab.owner, genbank("phage", BASES))
    sequence_id = await the_sequence(lab)
    assert (await lab.owner.delete(f"/sequences/{sequence_id}")).status_code == 204
    assert (await lab.owner.get(f"/sequences/{sequence_id}/features")).status_code == 404


async def test_features_of_another_organisation_are_not_there(lab: Lab, make_lab: Any):
    await imported(lab.owner, genbank("phage", BASES))
    sequence_id = await the_sequence(lab)
    other = await make_lab()
    answer = await other.owner.get(f"/sequences/{sequence_id}/features")
    assert (answer.status_code, answer.json()["code"]) == (404, "sequence_not_found")


async def test_more_features_than_are_kept_reject_the_record(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    from benchbook.sequences import import_formats

    monkeypatch.setattr(import_formats, "MOST_FEATURES", 4)
    done = await imported(lab.owner, genbank("phage", BASES))
    assert done["rejected"] == 1
    assert "at most 4 features; this has 5" in done["errors"][0]["detail"]
