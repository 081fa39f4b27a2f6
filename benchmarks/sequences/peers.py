"""Other ways to find the same, each over the same rows. What is not on this machine is said so."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import edlib
import sassy
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from benchmarks.sequences.dataset import Lab

Hits = set[str]


ByLength = Mapping[int, Sequence[str]]


def by_length(rows: Sequence[str]) -> ByLength:
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(len(row), []).append(row)
    return found


def truth(rows: ByLength, query: str, distance: int) -> Hits:
    """All rows within the distance, by comparing each of like length."""
    lengths = range(len(query) - distance, len(query) + distance + 1)
    return {
        row
        for length in lengths
        for row, _, _ in process.extract(
            query,
            rows.get(length, ()),
            scorer=Levenshtein.distance,
            score_cutoff=distance,
            limit=None,
        )
    }


async def original(
    connection: asyncpg.Connection[Any], lab: Lab, query: str, distance: int
) -> Hits:
    """What the applications this grew from do: every row, every letter."""
    found = await connection.fetch(
        """
        SELECT bases FROM sequences
        WHERE organisation_id = $1 AND length <= 255 AND levenshtein(bases, $2) <= $3
        """,
        lab.organisation_id,
        query,
        distance,
    )
    return {row["bases"] for row in found}


async def less_equal(
    connection: asyncpg.Connection[Any], lab: Lab, query: str, distance: int
) -> Hits:
    """As well as SQL alone can: rows of like length, compared as far as need be."""
    found = await connection.fetch(
        """
        SELECT bases FROM sequences
        WHERE organisation_id = $1 AND length BETWEEN $4 AND least($5, 255)
          AND levenshtein_less_equal(bases, $2, $3) <= $3
        """,
        lab.organisation_id,
        query,
        distance,
        len(query) - distance,
        len(query) + distance,
    )
    return {row["bases"] for row in found}


async def trigrams(connection: asyncpg.Connection[Any], query: str, distance: int) -> Hits:
    """pg_trgm, over the rows in ``trigram_rows``, at its default similarity."""
    found = await connection.fetch(
        """
        SELECT bases FROM trigram_rows
        WHERE bases % $1 AND length(bases) <= 255
          AND levenshtein_less_equal(bases, $1, $2) <= $2
        """,
        query,
        distance,
    )
    return {row["bases"] for row in found}


async def like(connection: asyncpg.Connection[Any], lab: Lab, query: str) -> Hits:
    found = await connection.fetch(
        "SELECT bases FROM sequences WHERE organisation_id = $1 AND bases LIKE '%' || $2 || '%'",
        lab.organisation_id,
        query,
    )
    return {row["bases"] for row in found}


def by_edlib(rows: Sequence[str], query: str, distance: int) -> Hits:
    return {
        row
        for row in rows
        if abs(len(row) - len(query)) <= distance
        and edlib.align(query, row, mode="NW", task="distance", k=distance)["editDistance"] >= 0
    }


def within_by_sassy(rows: Sequence[bytes], query: str, distance: int) -> Hits:
    """Rows with a place within the distance, all rows read."""
    searcher = sassy.Searcher("iupac", rc=False)
    pattern = query.encode("ascii")
    return {row.decode() for row in rows if searcher.search(pattern, row, distance)}


def write_fasta(path: Path, rows: Sequence[str]) -> None:
    path.write_text(
        "".join(f">{number}\n{row}\n" for number, row in enumerate(rows)), encoding="ascii"
    )


def by_vsearch(
    fasta: Path, rows: Sequence[str], query: str, distance: int
) -> tuple[Hits, float] | None:
    """vsearch --usearch_global, as generous as it can be; the hits within the distance."""
    program = shutil.which("vsearch")
    if program is None:
        return None
    asked = fasta.with_name("query.fasta")
    asked.write_text(f">q\n{query}\n", encoding="ascii")
    output = fasta.with_name("vsearch.txt")
    began = time.perf_counter()
    subprocess.run(
        [
            program,
            *("--usearch_global", str(asked), "--db", str(fasta), "--id", "0.5"),
            *("--maxaccepts", "0", "--maxrejects", "0", "--minseqlength", "1", "--wordlength", "6"),
            *("--userout", str(output), "--userfields", "target", "--quiet"),
        ],
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - began
    targets = [rows[int(line)] for line in output.read_text().split()]
    return {row for row in targets if Levenshtein.distance(row, query) <= distance}, seconds


def by_blastn(
    database: Path, rows: Sequence[str], query: str, distance: int
) -> tuple[Hits, float] | None:
    """blastn-short; the hits within the distance."""
    program, maker = shutil.which("blastn"), shutil.which("makeblastdb")
    if program is None or maker is None:
        return None
    if not list(database.parent.glob(f"{database.name}.n*")):
        subprocess.run(
            [maker, "-in", str(database), "-dbtype", "nucl"], check=True, capture_output=True
        )
    asked = database.with_name("query.fasta")
    asked.write_text(f">q\n{query}\n", encoding="ascii")
    began = time.perf_counter()
    answer = subprocess.run(
        [
            program,
            *("-task", "blastn-short", "-query", str(asked), "-db", str(database)),
            *("-outfmt", "6 sseqid", "-max_target_seqs", "5000", "-evalue", "1000"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - began
    targets = {rows[int(line)] for line in answer.stdout.split()}
    return {row for row in targets if Levenshtein.distance(row, query) <= distance}, seconds
