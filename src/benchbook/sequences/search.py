"""Searching: which way a question takes, and what is made of what it finds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from time import monotonic, perf_counter
from typing import TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg

from benchbook.platform.database import Context, Database, Transaction, savepoint
from benchbook.platform.paging import encode_cursor
from benchbook.sequences import schemas
from benchbook.sequences import search_store as store
from benchbook.sequences.alignment import (
    TimeIsUp,
    cigar_of,
    distance_between,
    ends_of_places,
    stretch_before,
)
from benchbook.sequences.errors import CollectionNotFound, SequenceNotFound
from benchbook.sequences.rules import sha512t24
from benchbook.sequences.search_plan import Census, Plan, plan_parts, plan_whole
from benchbook.sequences.search_rules import Best, Found, Place, Search, read_search
from benchbook.sequences.search_schemas import SearchAnswer, SearchHit, Strand, Strategy

# How long reading rows one by one may take, before the answer says that it is not all.
SCAN_SECONDS = 20.0
# More edits than these PostgreSQL's own comparison is too slow for, row by row.
MOST_EDITS_COMPARED_IN_SQL = 8
# Letters to compare from which on it is done in a thread, beside other requests.
LETTERS_WORTH_A_THREAD = 50_000
# Pieces of a query that are shorter are in most rows.
SHORTEST_TELLING_PIECE = 5
CENSUS_SECONDS = 60.0

STRANDS: tuple[Strand, Strand] = ("forward", "reverse")
Answer = TypeVar("Answer")


@dataclass
class _Progress:
    """What a search has found so far, and how."""

    best: Best
    deadline: float
    strategy: Strategy = "exact"
    out_of_time: bool = False

    def used(self, plan: Plan) -> None:
        scans = plan.scans_everything or bool(plan.scanned)
        self.strategy = "scan" if scans or self.strategy == "scan" else "index"


@dataclass
class _Known:
    """The census of an organisation, and when it was taken."""

    census: Census
    taken_at: float
    renewal: asyncio.Task[None] | None = field(default=None, repr=False)


_censuses: WeakKeyDictionary[Database, dict[UUID, _Known]] = WeakKeyDictionary()


async def census_of(database: Database, context: Context) -> Census:
    """What is known of an organisation's rows: at most a minute old, or just being taken anew.

    It is kept in this process. A wrong one costs time and nothing else.
    """
    known_here = _censuses.setdefault(database, {})
    known = known_here.get(context.organisation_id)
    if known is None:
        known_here[context.organisation_id] = known = _Known(
            await _take_census(database, context), monotonic()
        )
    elif monotonic() - known.taken_at > CENSUS_SECONDS and known.renewal is None:
        known.renewal = asyncio.create_task(_renew(database, context, known))
    return known.census


def forget_census(database: Database, organisation_id: UUID) -> None:
    """Have it taken anew before the next search: much has changed."""
    _censuses.get(database, {}).pop(organisation_id, None)


async def _take_census(database: Database, context: Context) -> Census:
    async with database.reading(context) as tx:
        return await store.take_census(tx, context.organisation_id)


async def _renew(database: Database, context: Context, known: _Known) -> None:
    try:
        known.census = await _take_census(database, context)
    finally:
        # Also after a failure: the next search a minute later tries again, with the old one.
        known.taken_at, known.renewal = monotonic(), None


async def search(
    tx: Transaction,
    organisation_id: UUID,
    asked: Search,
    census: Census,
    *,
    limit: int,
    after: Place | None = None,
    but: UUID | None = None,
) -> SearchAnswer:
    """The first ``limit`` hits after a place; every one there is, unless it says otherwise.

    Hits in the sequence ``but`` are left out.

    Raises CollectionNotFound.
    """
    began = perf_counter()
    if asked.collection_id is not None and not await store.collection_exists(
        tx, organisation_id, asked.collection_id
    ):
        raise CollectionNotFound("There is no collection with this id.")
    progress = _Progress(Best(limit + 1, after, but), monotonic() + SCAN_SECONDS)
    for strand in asked.strands:
        if asked.distance is None:
            await _find_containing(tx, organisation_id, asked, strand, census, progress)
        elif asked.mode == "within":
            await _find_within(tx, organisation_id, asked, strand, census, progress)
        elif asked.distance == 0:
            await _find_equal(tx, organisation_id, asked, strand, progress)
        else:
            await _find_similar(tx, organisation_id, asked, strand, census, progress)
    found = list(progress.best)
    is_more = len(found) > limit
    return SearchAnswer(
        await _hits(tx, organisation_id, asked, found[:limit]),
        encode_cursor(found[limit - 1].place) if is_more else None,
        is_more or progress.out_of_time,
        progress.strategy,
        round((perf_counter() - began) * 1000, 3),
    )


async def find_neighbours(
    tx: Transaction,
    organisation_id: UUID,
    sequence_id: UUID,
    distance: int,
    census: Census,
    *,
    limit: int,
    after: Place | None = None,
) -> SearchAnswer:
    """The other sequences within a distance of this one, on either strand.

    Raises SequenceNotFound, and InvalidInput where no search for it makes sense.
    """
    found = await store.read_bases(tx, organisation_id, [sequence_id])
    if sequence_id not in found:
        raise SequenceNotFound("There is no sequence with this id.")
    asked = read_search(found[sequence_id], distance, "whole", "both", None, pointer="?")
    return await search(
        tx, organisation_id, asked, census, limit=limit, after=after, but=sequence_id
    )


async def _find_equal(
    tx: Transaction, organisation_id: UUID, asked: Search, strand: Strand, progress: _Progress
) -> None:
    digest = sha512t24(asked.on(strand).encode("ascii"))
    for one in await store.find_equal(tx, organisation_id, digest, asked.collection_id):
        progress.best.offer(_found(one, 0, strand, one.length))


async def _find_containing(
    tx: Transaction,
    organisation_id: UUID,
    asked: Search,
    strand: Strand,
    census: Census,
    progress: _Progress,
) -> None:
    query, best = asked.on(strand), progress.best
    # Of what is read, the hit that the page begins after and the sequence to leave out are no hits.
    plan = plan_parts(query, 0, census)
    progress.used(plan)
    read = partial(
        store.find_containing,
        tx,
        organisation_id,
        query,
        plan,
        collection_id=asked.collection_id,
        after=best.after and (best.after.name, best.after.sequence_id),
        limit=best.size + 2,
    )
    rows = await (_in_time(tx, progress, read) if plan.scans_everything else read())
    for one, start in rows or []:
        best.offer(_found(one, 0, strand, start + len(query)))


async def _find_similar(
    tx: Transaction,
    organisation_id: UUID,
    asked: Search,
    strand: Strand,
    census: Census,
    progress: _Progress,
) -> None:
    query, distance, best = asked.on(strand), asked.distance or 0, progress.best
    plan = plan_whole(query, distance, census)
    progress.used(plan)
    fits = len(query) + distance <= store.LONGEST_COMPARED
    if not fits or (plan.scanned and distance > MOST_EDITS_COMPARED_IN_SQL):
        await _compare(
            tx,
            organisation_id,
            asked,
            plan,
            (max(len(query) - distance, 1), len(query) + distance),
            partial(_similar_among, query, distance, strand),
            progress,
        )
        return
    read = partial(
        store.find_similar,
        tx,
        organisation_id,
        query,
        distance,
        collection_id=asked.collection_id,
        after=best.after and best.after[:3],
        limit=best.size + 2,
    )
    # What the index has comes first, so that it is there even if the rest takes too long.
    rows = await read(Plan(plan.codes)) if plan.codes else []
    if plan.scanned:
        rows += await _in_time(tx, progress, partial(read, Plan(scanned=plan.scanned))) or []
    for one, edits in rows:
        best.offer(_found(one, edits, strand, one.length))


def _found(sequence: schemas.Sequence, distance: int, strand: Strand, end: int) -> Found:
    place = Place(distance, sequence.name, sequence.id, STRANDS.index(strand), end)
    return Found(place, sequence.length, sequence=sequence)


async def _find_within(
    tx: Transaction,
    organisation_id: UUID,
    asked: Search,
    strand: Strand,
    census: Census,
    progress: _Progress,
) -> None:
    query, distance = asked.on(strand), asked.distance or 0
    plan = plan_parts(query, distance, census)
    progress.used(plan)
    # Of distance + 1 pieces of the query at least one is in a place without an edit.
    piece = len(query) // (distance + 1)
    pieces = []
    if plan.scans_everything and piece >= SHORTEST_TELLING_PIECE:
        pieces = [query[piece * at : piece * (at + 1)] for at in range(distance + 1)]
    await _compare(
        tx,
        organisation_id,
        asked,
        plan,
        (max(len(query) - distance, 1), 10_000_000),
        partial(_places_among, query, distance, strand),
        progress,
        pieces,
    )


async def _compare(
    tx: Transaction,
    organisation_id: UUID,
    asked: Search,
    plan: Plan,
    lengths: tuple[int, int],
    look: Callable[[Sequence[store.Row], Best, float], None],
    progress: _Progress,
    pieces: Sequence[str] = (),
) -> None:
    """Have ``look`` offer what it finds among the candidates, as long as there is time."""
    candidates = store.candidates(
        tx,
        organisation_id,
        plan,
        *lengths,
        collection_id=asked.collection_id,
        containing_any=pieces,
    )

    async def compare_all() -> None:
        async with aclosing(candidates):
            async for rows in candidates:
                if monotonic() > progress.deadline:
                    raise TimeIsUp
                if sum(len(row.bases) for row in rows) > LETTERS_WORTH_A_THREAD:
                    await asyncio.to_thread(look, rows, progress.best, progress.deadline)
                else:
                    look(rows, progress.best, progress.deadline)

    if plan.scanned or plan.scans_everything:
        await _in_time(tx, progress, compare_all)
        return
    try:
        # No statement of the index's takes long; that they are many is seen between them.
        await compare_all()
    except TimeIsUp:
        progress.out_of_time = True


def _similar_among(
    query: str, distance: int, strand: Strand, rows: Sequence[store.Row], best: Best, _: float
) -> None:
    for row in rows:
        edits = distance_between(query, row.bases, distance)
        if edits is not None:
            length = len(row.bases)
            place = Place(edits, row.name, row.id, STRANDS.index(strand), length)
            best.offer(Found(place, length))


def _places_among(
    query: str,
    distance: int,
    strand: Strand,
    rows: Sequence[store.Row],
    best: Best,
    deadline: float,
) -> None:
    lead = len(query) + distance
    for row in rows:
        bases = row.bases
        ends = ends_of_places(query, bases, distance, circular=row.circular, deadline=deadline)
        for end, edits in ends:
            place = Place(edits, row.name, row.id, STRANDS.index(strand), end)
            if not best.would_take(place):
                continue
            stretch = bases[max(end - lead, 0) : end]
            if row.circular and end < lead:
                # At most once around.
                stretch = bases[max(end, len(bases) + end - lead) :] + stretch
            best.offer(Found(place, len(bases), stretch))


async def _in_time(
    tx: Transaction, progress: _Progress, work: Callable[[], Awaitable[Answer]]
) -> Answer | None:
    """What ``work`` answers; None where time was up before, which the answer will tell."""
    milliseconds = max(int((progress.deadline - monotonic()) * 1000), 1)
    try:
        async with savepoint(tx):
            await tx.execute(f"SET LOCAL statement_timeout = {milliseconds}")
            answer = await work()
            # Not forgotten with the savepoint, unlike after a failure.
            await tx.execute(f"SET LOCAL statement_timeout = {int(SCAN_SECONDS * 1000)}")
            return answer
    except (TimeIsUp, asyncpg.QueryCanceledError):
        progress.out_of_time = True
        return None


async def _hits(
    tx: Transaction, organisation_id: UUID, asked: Search, found: Sequence[Found]
) -> list[SearchHit]:
    sequences = {one.place.sequence_id: one.sequence for one in found if one.sequence}
    if unread := list({one.place.sequence_id for one in found} - sequences.keys()):
        sequences |= await store.read_sequences(tx, organisation_id, unread)
    bases = {key: one.bases for key, one in sequences.items() if one.bases is not None}
    compared = asked.mode == "whole" and asked.distance
    if compared and (long := [key for key in sequences if key not in bases]):
        bases |= await store.read_bases(tx, organisation_id, long)

    def hit(one: Found) -> SearchHit:
        place, strand = one.place, STRANDS[one.place.strand]
        query, key = asked.on(strand), one.place.sequence_id
        if one.stretch is not None:
            stretch = stretch_before(query, one.stretch, place.distance)
            cigar = cigar_of(query, one.stretch[-stretch:])
        elif compared:
            stretch, cigar = one.length, cigar_of(query, bases[key])
        else:
            stretch, cigar = len(query), f"{len(query)}="
        start = place.end - stretch
        if start < 0:
            start += one.length
        return SearchHit(sequences[key], place.distance, strand, start, start + stretch, cigar)

    if len(asked.query) * len(found) > LETTERS_WORTH_A_THREAD:
        return await asyncio.to_thread(lambda: [hit(one) for one in found])
    return [hit(one) for one in found]
