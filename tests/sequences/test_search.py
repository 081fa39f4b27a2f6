"""Searches answer everything that there is: against a model, through the database."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Lab
from tests.sequences.search_model import Answer, Stored, expected
from tests.sequences.search_strategies import distances, edited, families

from benchbook.platform.database import Database
from benchbook.platform.paging import decode_cursor
from benchbook.sequences import search_plan
from benchbook.sequences.rules import prepare
from benchbook.sequences.search import search
from benchbook.sequences.search_plan import Census
from benchbook.sequences.search_rules import Place, Search, read_search
from benchbook.sequences.store import NewRow, insert_sequences


@dataclass(frozen=True)
class Reader:
    """Who searches: the context of an organisation."""

    organisation_id: UUID
    person_id: UUID
    sees_everyone: bool = True


MANY = Census(dict.fromkeys(range(1, 700), 1e9))


async def keep(database: Database, reader: Reader, rows: Sequence[Stored]) -> None:
    """Replace what the organisation has by these rows."""
    async with database.transaction(reader) as tx:
        await tx.execute("DELETE FROM sequences")
        collection_id = await tx.fetchval("SELECT id FROM collections WHERE is_default")
        added = await insert_sequences(
            tx,
            reader.organisation_id,
            [NewRow(row.id, prepare(row.bases), row.name, circular=row.circular) for row in rows],
            collection_id=collection_id,
            created_by=None,
        )
        assert len(added) == len(rows)


async def answered(
    database: Database, reader: Reader, asked: Search, census: Census, limit: int
) -> tuple[list[Answer], set[str]]:
    """All pages, and the ways in which they were found."""
    found: list[Answer] = []
    strategies: set[str] = set()
    after: Place | None = None
    for _ in itertools.repeat(None, 500):
        async with database.transaction(reader) as tx:
            page = await search(tx, reader.organisation_id, asked, census, limit=limit, after=after)
        strategies.add(page.strategy)
        for hit in page.items:
            found.append(
                (hit.distance, hit.sequence.name, hit.sequence.id, hit.strand, hit.start, hit.end)
            )
            check_alignment(hit, asked)
        assert page.truncated == (page.next_cursor is not None)
        if page.next_cursor is None:
            return found, strategies
        assert len(page.items) == limit
        after = decode_cursor(page.next_cursor, Place)
    raise AssertionError("pages do not come to an end")


def check_alignment(hit: Any, asked: Search) -> None:
    """The CIGAR says how the query became what stands there."""
    stored, length = hit.sequence.bases, hit.sequence.length
    place = (stored + stored)[hit.start : hit.end]
    assert 0 <= hit.start < length
    assert hit.end - hit.start <= length
    query, at, made, edits = asked.on(hit.strand), 0, 0, 0
    for count, letter in cigar_steps(hit.cigar):
        if letter in "=X":
            for step in range(count):
                assert (query[at + step] == place[made + step]) == (letter == "=")
        at += count if letter in "=XI" else 0
        made += count if letter in "=XD" else 0
        edits += count if letter != "=" else 0
    assert (at, made, edits) == (len(query), len(place), hit.distance)


def cigar_steps(cigar: str) -> list[tuple[int, str]]:
    steps, number = [], ""
    for letter in cigar:
        if letter.isdigit():
            number += letter
        else:
            steps.append((int(number), letter))
            number = ""
    return steps


@pytest.fixture
async def reader(lab: Lab) -> Reader:
    return Reader(UUID(lab.organisation_id), uuid4())


@st.composite
def collections(draw: Any, longest: int) -> list[Stored]:
    """Rows, some circular, with names that are in another order elsewhere, and the same ones."""
    names = st.sampled_from(["", "a", "B", "é", "Z", "😀"])
    return [
        Stored(draw(st.uuids(version=4)), draw(names), sequence, draw(st.booleans()))
        for sequence in draw(families(longest))
    ]


@st.composite
def searches(draw: Any, rows: Sequence[Stored], modes: Sequence[str]) -> Search:
    """For something that is nearly in one of the rows."""
    row = draw(st.sampled_from(rows))
    mode = draw(st.sampled_from(modes))
    is_similar = draw(st.integers(0, 3)) > 0
    query = row.bases
    if not is_similar or mode == "within":
        start = draw(st.integers(0, len(query) - 1))
        longest = draw(st.sampled_from([5, 30, 60, 100, 300]))
        around = query + query if row.circular else query
        query = around[start : start + draw(st.integers(1, min(len(query), longest)))]
    query = draw(edited(query, draw(st.sampled_from([0, 0, 1, 2, 3, 5]))))
    if draw(st.booleans()):
        query = query.lower()
    return read_search(
        query,
        draw(distances(query)) if is_similar else None,
        mode,
        draw(st.sampled_from(["forward", "reverse", "both"])),
        None,
        pointer="?",
    )


QUICK = settings(
    max_examples=int(os.environ.get("BENCHBOOK_SEARCH_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(("modes", "longest"), [(["whole"], 300), (["within"], 70)])
class TestAgainstTheModel:
    @QUICK
    @given(data=st.data())
    async def test_searches_find_everything_there_is(
        self,
        database: Database,
        reader: Reader,
        modes: list[str],
        longest: int,
        data: st.DataObject,
    ) -> None:
        rows = data.draw(collections(longest))
        await keep(database, reader, rows)
        for _ in range(4):
            asked = data.draw(searches(rows, modes))
            wanted = expected(rows, asked)
            limit = data.draw(st.sampled_from([1, 3, 50])) if len(wanted) < 20 else 50
            for way in ("index", "scan"):
                # With so many rows the index is used wherever it can be; then not at all.
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(search_plan, "COST_TO_SPARE", 0 if way == "index" else -inf)
                    found, _ = await answered(database, reader, asked, MANY, limit)
                assert found == wanted
