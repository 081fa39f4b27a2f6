"""bb search and bb export of sequences, against a real server."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.client.conftest import BB, Bb, Somebody, TerminalRun

from benchbook_client import exit_codes


def random_letters(length: int) -> str:
    return "".join("ACGT"[byte & 3] for byte in os.urandom(length))


@pytest.fixture
def collection(as_ada: Somebody) -> str:
    """The name of a collection with two similar sequences, one of them on the other strand."""
    name = f"Reef {os.urandom(4).hex()}"
    with as_ada.client() as client:
        made = client.request("POST", "/collections", dict, body={"name": name}).data
        for sequence, bases in (("first\x1b[31m", QUERY), ("second", CHANGED), ("other", OTHER)):
            body = {
                "bases": bases,
                "name": sequence.replace("\x1b", ""),
                "collection_id": made["id"],
            }
            client.request("POST", "/sequences", dict, body=body)
    return name


QUERY = random_letters(50)
CHANGED = QUERY[:20] + ("A" if QUERY[20] != "A" else "C") + QUERY[21:]
OTHER = QUERY[:25].translate(str.maketrans("ACGT", "TGCA"))[::-1] + "ACGTTGCATTGACCATG"


def test_search_writes_a_line_a_hit_and_json_the_whole_answer(bb: Bb, collection: str):
    only = ("--collection", collection)
    found = bb("search", QUERY.lower(), "--distance", "1", *only)
    assert found.exit_code == exit_codes.DONE
    rows = [line.split("\t") for line in found.out.splitlines()]
    assert [row[:6] for row in rows] == [
        ["query", "0", "forward", "0", "50", "50="],
        ["query", "1", "forward", "0", "50", "20=1X29="],
    ]
    assert [row[7:] for row in rows] == [["first[31m", "50"], ["second", "50"]]
    told = json.loads(bb("search", QUERY, "-k", "1", *only, "--json").out)
    assert (told["query"], told["complete"]) == ("query", True)
    assert [hit["sequence"]["id"] for hit in told["items"]] == [row[6] for row in rows]
    assert len(bb("search", QUERY, "-k", "1", *only, "--limit", "1").out.splitlines()) == 1
    half = bb("search", QUERY[:25], "--strand", "both", *only)
    assert {row.split("\t")[7] for row in half.out.splitlines()} == {"first[31m", "other"}
    inside = bb("search", QUERY[10:40], "-k", "1", "--within", *only)
    assert [line.split("\t")[1] for line in inside.out.splitlines()] == ["0", "1"]
    nothing = bb("search", random_letters(60), "-k", "1", *only)
    assert (nothing.exit_code, nothing.out) == (exit_codes.DONE, "")


def test_search_fits_in_a_pipeline(as_ada: Somebody, collection: str):
    text = f">p1 forward\n{QUERY[:25]}\n{QUERY[25:]}\n\n>p2\n{CHANGED}\n"
    command = [*BB, "search", "-", "--distance", "0", "--collection", collection]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert [line.split("\t")[0] for line in run.stdout.splitlines()] == ["p1", "p2"]
    table = subprocess.run(
        [*BB, "search", QUERY, "-k", "1", "--collection", collection, "--format", "outfmt6"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert [line.split("\t")[1:3] for line in table] == [
        ["first[31m", "100.000"],
        ["second", "98.000"],
    ]
    empty = subprocess.run(
        [*BB, "search", "-"], input="\n", capture_output=True, text=True, check=False
    )
    assert empty.returncode == exit_codes.USAGE


def test_every_record_of_a_file_is_searched_for_and_the_hits_make_one_table(
    bb: Bb, collection: str, tmp_path: Path
):
    file = tmp_path / "queries.fasta.gz"
    # Too long for an address, and found in nothing.
    long = random_letters(100_000)
    file.write_bytes(gzip.compress(f">p1 x\n{QUERY}\n>p2\n{CHANGED}\n>p3\n{long}".encode()))
    options = ("--file", str(file), "--collection", collection)
    table = bb("search", *options, "--format", "outfmt6")
    assert table.exit_code == exit_codes.DONE
    assert [line.split("\t")[:2] for line in table.out.splitlines()] == [
        ["p1", "first\x1b[31m".replace("\x1b", "")],
        ["p2", "second"],
    ]
    text = bb("search", *options, "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [row["query"] for row in rows] == ["p1", "p2"]
    told = [json.loads(line) for line in bb("search", *options, "--json").out.splitlines()]
    assert [(each["query"], len(each["items"])) for each in told] == [
        ("p1", 1),
        ("p2", 1),
        ("p3", 0),
    ]
    assert bb("search", QUERY, *options).exit_code == exit_codes.USAGE
    file.write_bytes(file.read_bytes()[:60])
    cut = bb("search", *options)
    assert cut.exit_code == exit_codes.USAGE
    assert "cannot be read to its end" in cut.err


def test_a_record_that_is_no_dna_is_named_and_the_others_are_searched_for(
    bb: Bb, collection: str, tmp_path: Path
):
    file = tmp_path / "queries.fasta"
    file.write_text(f">rna\nACGU\n>none\n>right\n{QUERY}\n")
    found = bb("search", "--file", str(file), "--collection", collection)
    assert found.exit_code == exit_codes.REFUSED
    assert [line.split("\t")[0] for line in found.out.splitlines()] == ["right"]
    assert "bb: rna: Letter 4 is “U”" in found.err
    assert "bb: none: " in found.err
    told = bb("search", "--file", str(file), "--collection", collection, "--json")
    assert [json.loads(line)["query"] for line in told.out.splitlines()] == ["rna", "none", "right"]
    assert json.loads(told.out.splitlines()[0])["problem"]["code"] == "wrong_letter"


def test_search_and_export_end_quietly_when_nobody_reads_on(as_ada: Somebody, collection: str):
    for command in (
        f"search - --collection '{collection}'",
        f"search - --collection '{collection}' --format outfmt6",
        f"export --format fasta --collection '{collection}'",
    ):
        many = f">p\n{QUERY}\n" * 300
        run = subprocess.run(
            ["bash", "-c", f"{' '.join(BB)} {command} | true; echo ${{PIPESTATUS[0]}}"],
            input=many,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stderr == ""
        assert run.stdout.strip() == str(exit_codes.OUTPUT_CLOSED)


def test_search_shows_what_it_found_on_a_terminal(
    collection: str, terminal: Callable[..., TerminalRun]
):
    run = terminal("search", QUERY, "-k", "1", "--collection", collection)
    assert run.finish(60) == exit_codes.DONE
    assert "equal  first[31m  1–50 of 50  50=" in run.plain
    assert "1 edit  second  1–50 of 50  20=1X29=" in run.plain
    none = terminal("search", random_letters(50), "--collection", collection)
    assert none.finish(60) == exit_codes.DONE
    assert "There is no such sequence." in none.plain


def test_search_that_makes_no_sense_is_refused_with_a_reason(as_ada: Somebody, bb: Bb):
    wrong = bb("search", "ACGU")
    assert wrong.exit_code == exit_codes.REFUSED
    assert "Letter 4 is “U”" in wrong.err
    assert bb("search", "ACGT", "-k", "5").exit_code == exit_codes.REFUSED
    for arguments in (
        ["ACGT", "-k", "-1"],
        ["ACGT", "--within"],
        ["ACGT", "--format", "csv", "--json"],
    ):
        assert bb("search", *arguments).exit_code == exit_codes.USAGE


def test_sequences_are_written_as_fasta_and_read_again(bb: Bb, collection: str, tmp_path: Path):
    file = tmp_path / "reef.fasta"
    written = bb("export", str(file), "--collection", collection)
    assert written.exit_code == exit_codes.DONE
    assert file.read_text().splitlines()[:2] == [">first[31m", QUERY]
    assert file.read_text().count(">") == 3
    again = bb("import", str(file), "--collection", collection, "--json")
    assert json.loads(again.out)["duplicates"] == 3
    assert bb("export", "--format", "fasta", "--collection", collection).out == file.read_text()
    plasmids = tmp_path / "plasmids.gb"
    assert bb("export", str(plasmids), "--collection", collection).exit_code == exit_codes.DONE
    assert plasmids.read_text().count("LOCUS") == 3
    again = bb("import", str(plasmids), "--collection", collection, "--json")
    assert json.loads(again.out)["duplicates"] == 3
    found = bb("search", QUERY, "--format", "genbank", "--collection", collection)
    assert found.out.startswith("LOCUS       first[31m ")
    assert bb("export", "--format", "fasta", "--year", "2026").exit_code == exit_codes.USAGE
    assert bb("export", "--format", "csv", "--collection", collection).exit_code == exit_codes.USAGE
