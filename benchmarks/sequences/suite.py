"""Similar sequences, found by the index and by what else there is, side by side."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import uvloop
from uuid_utils.compat import uuid7

from benchbook.platform.database import Database, let_disk_follow
from benchbook.platform.embedded_postgres import EmbeddedPostgres, Endpoint, find_binaries
from benchbook.sequences.import_formats import PIECE_RECORDS
from benchbook.sequences.rules import prepare
from benchbook.sequences.search import census_of, search
from benchbook.sequences.search_rules import Search, read_search
from benchbook.sequences.store import (
    NewRow,
    insert_sequences,
    sort_in_keys,
    sort_in_keys_later,
)
from benchbook.serving import DATABASE_NAME
from benchmarks import machine
from benchmarks.processes import KeptOpen, Server, free_port
from benchmarks.sequences import dataset, peers, report
from benchmarks.sequences.dataset import GROUPS, Group, Lab
from benchmarks.sequences.report import Cell, Facts, Peer

# By whatever case: 1M and 1m are the same.
SCALES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
DISTANCES = (1, 2, 3, 5, 8)
# Of each cell; every one is compared with the truth.
VERIFIED = 15
# Rows that pg_trgm, vsearch and blastn are given: their indexes take minutes for more.
FEWER_ROWS = 100_000
# The original takes ten seconds for a million.
MOST_ROWS_OF_THE_ORIGINAL = 1_000_000
IMPORTED_ROWS = 50_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this suite; the defaults are what results/sequences.md is made with."""
    parser.add_argument(
        "--scale", type=str.lower, choices=SCALES, default=os.environ.get("SCALE", "1m").lower()
    )
    parser.add_argument(
        "--queries", type=int, help="of each kind; 60, or 20 where reading all rows takes seconds"
    )
    parser.add_argument(
        "--amplicons",
        type=Path,
        default=os.environ.get("AMPLICONS"),
        help="a FASTA file of real ones",
    )
    parser.add_argument(
        "--alone", action="store_true", help="only Benchbook, and none of the other ways"
    )
    parser.add_argument(
        "--patience", type=int, default=120, help="seconds to wait for a quiet machine, in all"
    )
    parser.add_argument("--output", type=Path, help="where to write the report instead")


def run(options: argparse.Namespace) -> str:
    """Load, measure and answer the report as Markdown. Raises CannotMeasure."""
    with ExitStack() as stack:
        scratch = Path(tempfile.mkdtemp(prefix="benchbook-benchmark-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        port = free_port()
        server = Server(
            "Benchbook",
            [
                *(sys.executable, "-m", "benchbook.main", "serve"),
                *("--port", str(port), "--data-dir", str(scratch / "data")),
            ],
            port=port,
            ready_path="/health/ready",
            log=scratch / "benchbook.log",
            environment={"BENCHBOOK_LOG_FORMAT": "json"},
        )
        stack.callback(server.stop)
        server.start()
        postgres = EmbeddedPostgres(scratch / "data" / "postgres", binaries=find_binaries(None))
        endpoint = postgres.attach()
        stack.callback(postgres.stop)
        # On the server's kind of event loop.
        return uvloop.run(_Run(server, endpoint, scratch, options).report())


@dataclass(frozen=True)
class Asked:
    """A query, and what is to come of it (None where nobody looked)."""

    search: Search
    truth: set[str] | None = None


class _Run:
    def __init__(
        self, server: Server, endpoint: Endpoint, scratch: Path, options: argparse.Namespace
    ) -> None:
        self.server, self.scratch, self.options = server, scratch, options
        self.address: dict[str, Any] = {
            "host": endpoint.host,
            "port": endpoint.port,
            "user": endpoint.user,
            "password": endpoint.password,
            "database": DATABASE_NAME,
        }
        self.randomly = random.Random(7)
        self.cells: list[Cell] = []
        self.peers: list[Peer] = []

    async def report(self) -> str:
        owner = await asyncpg.connect(**self.address, command_timeout=7200)
        self.options.queries = self.options.queries or (
            60 if SCALES[self.options.scale] <= 1_000_000 else 20
        )
        rows = dataset.families(SCALES[self.options.scale], seed=1)
        grouped = peers.by_length(rows)
        adapters = dataset.with_adapters(max(len(rows) // 5, 2_000), seed=2)
        amplicons = dataset.of_file(self.options.amplicons) if self.options.amplicons else []
        labs = [
            await dataset.make_lab(owner, name) for name in ("families", "adapters", "amplicons")
        ]
        facts = await self.load(owner, list(zip(labs, (rows, adapters, amplicons), strict=True)))
        machine.wait_until_quiet(0.5, self.options.patience)
        busy, began = machine.busy_seconds(), time.monotonic()
        async with self.readers() as (database, client):
            for group in GROUPS:
                _say(f"rows of {group.name} letters")
                of_group = [row for row in rows if group.shortest <= len(row) <= group.longest]
                for distance in DISTANCES:
                    asked = self.similar(of_group, grouped, distance)
                    name = f"whole, {group.name} letters"
                    await self.measure(database, client, labs[0], name, distance, asked)
                if not self.options.alone:
                    await self.measure_peers(owner, labs[0], group, of_group, rows, grouped)
            _say("parts")
            long = [row for row in rows if len(row) >= 150]
            for size in (20, 23, 30, 100):
                asked = [
                    Asked(read_search(part, None, "whole", "forward", None, pointer="?"))
                    for part in self.parts(long, size)
                ]
                name = f"containing {size} letters"
                await self.measure(database, client, labs[0], name, None, asked)
            for size, distance in ((40, 1), (60, 2), (100, 5)):
                asked = [
                    Asked(
                        read_search(
                            dataset.mutated(part, distance, self.randomly),
                            distance, "within", "forward", None, pointer="?",
                        )
                    )
                    for part in self.parts(long, size)
                ]  # fmt: skip
                name = f"places of {size} letters"
                await self.measure(database, client, labs[0], name, distance, asked)
            if not self.options.alone:
                await self.measure_peers_of_parts(owner, labs[0], long, rows)
            for lab, name, other in (
                (labs[1], "shared adapters", adapters),
                (labs[2], "amplicons", amplicons),
            ):
                _say(name)
                for distance in DISTANCES if other else ():
                    asked = self.similar(other, peers.by_length(other), distance)
                    await self.measure(database, client, lab, name, distance, asked)
        facts.cores_of_others = (machine.busy_seconds() - busy) / (time.monotonic() - began)
        if not self.options.alone:
            _say("fewer rows for pg_trgm and programs")
            await self.measure_fewer(owner, rows)
        facts.imports = await self.measure_imports(owner, labs[0])
        await owner.close()
        return report.written(facts, self.cells, self.peers)

    # Loading ------------------------------------------------------------------------------------

    async def load(
        self, owner: asyncpg.Connection[Any], filled: Sequence[tuple[Lab, list[str]]]
    ) -> Facts:
        """COPY into the table without its indexes, then build them; that of the keys by itself."""
        count = sum(len(rows) for _, rows in filled)
        _say(f"loading {count:,} sequences")
        others = await owner.fetch("""
            SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
            FROM pg_index
            WHERE indrelid = 'sequences'::regclass
              AND indexrelid <> 'sequences_by_search_key'::regclass
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """)
        definition = await owner.fetchval(
            "SELECT pg_get_indexdef('sequences_by_search_key'::regclass)"
        )
        for name in (*(index["name"] for index in others), "sequences_by_search_key"):
            await owner.execute(f"DROP INDEX {name}")
        # As it grows with what is added: an index that is built in one go, in the order of its keys,
        # is left half empty by PostgreSQL.
        await owner.execute("SET max_parallel_maintenance_workers = 0")
        # Filled as often, however many rows there are: with more it would take time with the square.
        megabytes = 64 * max(count // 1_250_000, 1)
        await owner.execute(f"SET maintenance_work_mem = '{megabytes}MB'")
        began = time.monotonic()
        for lab, rows in filled:
            for start in range(0, len(rows), 100_000):
                await dataset.copy(owner, lab, rows[start : start + 100_000])
        for index in others:
            await owner.execute(index["definition"])
        copied = time.monotonic()
        _say("building the index")
        await owner.execute(definition)
        built = time.monotonic()
        await owner.execute("VACUUM ANALYZE sequences")
        # What the load still has to write is not what is measured.
        await owner.execute("CHECKPOINT")
        index_bytes, table_bytes = await owner.fetchrow("""
            SELECT pg_relation_size('sequences_by_search_key') AS index_bytes,
                   pg_total_relation_size('sequences')
                     - pg_relation_size('sequences_by_search_key') AS table_bytes
        """)
        version = await owner.fetchval("SHOW server_version")
        return Facts(
            machine=machine.description(),
            versions={"PostgreSQL": version, "Python": sys.version.split()[0]},
            rows=[len(rows) for _, rows in filled],
            load_seconds=copied - began,
            build_seconds=built - copied,
            index_bytes=index_bytes,
            table_bytes=table_bytes,
        )

    @asynccontextmanager
    async def readers(self) -> AsyncIterator[tuple[Database, KeptOpen]]:
        """The store as the application's role, and a client of the server."""
        database = await Database.connect(size=2, role="benchbook_app", **self.address)
        try:
            with KeptOpen(self.server.port) as client:
                yield database, client
        finally:
            await database.close()

    # What is asked ----------------------------------------------------------------------------------

    def similar(self, of_group: Sequence[str], rows: peers.ByLength, distance: int) -> list[Asked]:
        """Rows with as many edits as are asked for, or fewer."""
        asked = []
        for number in range(self.options.queries):
            edits = self.randomly.randint(0, distance)
            query = dataset.mutated(self.randomly.choice(of_group), edits, self.randomly)
            truth = peers.truth(rows, query, distance) if number < VERIFIED else None
            asked.append(
                Asked(read_search(query, distance, "whole", "forward", None, pointer="?"), truth)
            )
        return asked

    def parts(self, rows: Sequence[str], size: int) -> list[str]:
        chosen = []
        for _ in range(self.options.queries):
            row = self.randomly.choice(rows)
            start = self.randomly.randrange(len(row) - size + 1)
            chosen.append(row[start : start + size])
        return chosen

    # Ours ---------------------------------------------------------------------------------------------

    async def measure(
        self,
        database: Database,
        client: KeptOpen,
        lab: Lab,
        name: str,
        distance: int | None,
        asked: Sequence[Asked],
    ) -> None:
        """The same questions of the store and over HTTP, each compared with the truth."""
        census = await census_of(database, lab)
        headers = {"Authorization": f"Bearer {lab.token}"}
        # Plans and pages that are read first are not what is measured.
        for one in asked[:3]:
            async with database.reading(lab) as tx:
                await search(tx, lab.organisation_id, one.search, census, limit=500)
            client.get(_address(one.search), headers)
        store, over_http, strategies = [], [], set()
        found = expected = hits = 0
        for one in asked:
            began = time.perf_counter()
            async with database.reading(lab) as tx:
                answer = await search(tx, lab.organisation_id, one.search, census, limit=500)
            store.append(time.perf_counter() - began)
            strategies.add(answer.strategy)
            hits += len(answer.items)
            if one.truth is not None and not answer.truncated:
                found += len({hit.sequence.bases for hit in answer.items} & one.truth)
                expected += len(one.truth)
            # Its end is on the way: it is to be over before the client lets nothing else happen.
            await asyncio.sleep(0.002)
            address = _address(one.search)
            began = time.perf_counter()
            client.get(address, headers)
            over_http.append(time.perf_counter() - began)
        self.cells.append(
            Cell(
                name,
                distance,
                store,
                over_http,
                "/".join(sorted(strategies)),
                found / expected if expected else None,
                hits / len(asked),
            )
        )

    # Peers ----------------------------------------------------------------------------------------------

    async def measure_peers(
        self,
        owner: asyncpg.Connection[Any],
        lab: Lab,
        group: Group,
        of_group: Sequence[str],
        rows: Sequence[str],
        grouped: peers.ByLength,
    ) -> None:
        for distance in (2, 5):
            [asked] = self.similar(of_group, grouped, distance)[:1]
            query, truth = asked.search.query, asked.truth or set()
            ways: list[tuple[str, Callable[[], set[str] | Awaitable[set[str]]]]] = [
                (
                    "`levenshtein_less_equal`, by length",
                    partial(peers.less_equal, owner, lab, query, distance),
                ),
                ("rapidfuzz in process, by length", partial(peers.truth, grouped, query, distance)),
                ("edlib in process, by length", partial(peers.by_edlib, rows, query, distance)),
            ]
            if distance == 2 and len(rows) <= MOST_ROWS_OF_THE_ORIGINAL:
                name = "`levenshtein(bases, $1) <= k` (the original)"
                ways.insert(0, (name, partial(peers.original, owner, lab, query, distance)))
            for name, find in ways:
                began = time.perf_counter()
                found = find()
                hits = found if isinstance(found, set) else await found
                seconds = time.perf_counter() - began
                recall = len(hits & truth) / len(truth) if truth else None
                self.peers.append(
                    Peer(name, f"whole, {group.name} letters", distance, seconds, recall)
                )

    async def measure_peers_of_parts(
        self, owner: asyncpg.Connection[Any], lab: Lab, long: Sequence[str], rows: Sequence[str]
    ) -> None:
        [part] = self.parts(long, 30)[:1]
        began = time.perf_counter()
        await peers.like(owner, lab, part)
        seconds = time.perf_counter() - began
        self.peers.append(Peer("`LIKE '%…%'`", "containing 30 letters", None, seconds, 1.0))
        as_bytes = [row.encode("ascii") for row in rows]
        for size, distance in ((60, 2), (100, 5)):
            [part] = self.parts(long, size)[:1]
            began = time.perf_counter()
            peers.within_by_sassy(as_bytes, part, distance)
            seconds = time.perf_counter() - began
            self.peers.append(
                Peer(
                    "sassy in process, every row",
                    f"places of {size} letters",
                    distance,
                    seconds,
                    1.0,
                )
            )

    async def measure_fewer(self, owner: asyncpg.Connection[Any], rows: Sequence[str]) -> None:
        fewer = rows[:FEWER_ROWS]
        grouped = peers.by_length(fewer)
        await owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        await owner.execute("CREATE TABLE trigram_rows (bases text)")
        await owner.copy_records_to_table("trigram_rows", records=[(row,) for row in fewer])
        await owner.execute("CREATE INDEX ON trigram_rows USING gin (bases gin_trgm_ops)")
        await owner.execute("VACUUM ANALYZE trigram_rows")
        fasta = self.scratch / "rows.fasta"
        peers.write_fasta(fasta, fewer)
        missing: set[str] = set()
        for group in GROUPS:
            of_group = [row for row in fewer if group.shortest <= len(row) <= group.longest]
            for distance in (2, 5):
                seconds: dict[str, list[float]] = {}
                found: dict[str, int] = {}
                wanted = 0
                # PostgreSQL's levenshtein takes no more than 255 letters.
                short = (
                    one
                    for one in self.similar(of_group, grouped, distance)
                    if len(one.search.query) <= 255
                )
                for asked in itertools.islice(short, 5):
                    query, truth = asked.search.query, asked.truth or set()
                    wanted += len(truth)
                    began = time.perf_counter()
                    hits = await peers.trigrams(owner, query, distance)
                    seconds.setdefault("pg_trgm", []).append(time.perf_counter() - began)
                    found["pg_trgm"] = found.get("pg_trgm", 0) + len(hits & truth)
                    for name, find in (
                        ("vsearch", peers.by_vsearch),
                        ("blastn-short", peers.by_blastn),
                    ):
                        answer = find(fasta, fewer, query, distance)
                        if answer is None:
                            missing.add(name)
                            continue
                        found[name] = found.get(name, 0) + len(answer[0] & truth)
                        seconds.setdefault(name, []).append(answer[1])
                for name, taken in seconds.items():
                    self.peers.append(
                        Peer(
                            f"{name}, {len(fewer):,} rows",
                            f"whole, {group.name} letters",
                            distance,
                            statistics.median(taken),
                            found[name] / wanted if wanted else None,
                        )
                    )
        for name in sorted(missing):
            self.peers.append(Peer(f"{name} (not on this machine)", "", None, None, None))

    # Importing ------------------------------------------------------------------------------------------

    async def measure_imports(
        self, owner: asyncpg.Connection[Any], lab: Lab
    ) -> list[tuple[str, float]]:
        """Rows of 100 letters a second: COPY into a bare table, into this one, and by the store."""
        _say("importing")
        rows = [dataset.letters(self.randomly, 100) for _ in range(4 * IMPORTED_ROWS)]
        await owner.execute("CREATE TABLE bare (LIKE sequences INCLUDING DEFAULTS)")
        measured = []
        for name, table, part in (
            ("COPY into a bare table, digests made on the way", "bare", rows[:IMPORTED_ROWS]),
            (
                "COPY into the table with all its indexes, one transaction",
                "sequences",
                rows[IMPORTED_ROWS : 2 * IMPORTED_ROWS],
            ),
        ):
            began = time.perf_counter()
            await dataset.copy(owner, lab, part, table)
            measured.append((name, len(part) / (time.perf_counter() - began)))
        database = await Database.connect(size=2, role="benchbook_app", **self.address)
        try:
            for as_imports_do, part in (
                (False, rows[2 * IMPORTED_ROWS : 3 * IMPORTED_ROWS]),
                (True, rows[3 * IMPORTED_ROWS :]),
            ):
                began = time.perf_counter()
                await self.insert(database, lab, part, as_imports_do=as_imports_do)
                way = "keys sorted in beside it, as imports do" if as_imports_do else "alone"
                measured.append(
                    (
                        f"the store's INSERT, {PIECE_RECORDS:,} rows a transaction, {way}",
                        len(part) / (time.perf_counter() - began),
                    )
                )
        finally:
            await database.close()
        return measured

    async def insert(
        self, database: Database, lab: Lab, rows: Sequence[str], *, as_imports_do: bool
    ) -> None:
        """Add rows in transactions, digests made ahead in a thread."""

        def prepared(start: int) -> list[NewRow]:
            return [
                NewRow(uuid7(), prepare(bases)) for bases in rows[start : start + PIECE_RECORDS]
            ]

        async def sort_in() -> None:
            async with database.connection() as connection:
                await sort_in_keys(connection)

        sorting: asyncio.Task[None] | None = None
        ahead = asyncio.create_task(asyncio.to_thread(prepared, 0))
        for start in range(0, len(rows), PIECE_RECORDS):
            batch = await ahead
            ahead = asyncio.create_task(asyncio.to_thread(prepared, start + PIECE_RECORDS))
            async with database.transaction(lab) as tx:
                if as_imports_do:
                    await sort_in_keys_later(tx)
                    await let_disk_follow(tx)
                await insert_sequences(
                    tx,
                    lab.organisation_id,
                    batch,
                    collection_id=lab.collection_id,
                    created_by=lab.person_id,
                )
            if as_imports_do:
                if sorting is not None:
                    await sorting
                sorting = asyncio.create_task(sort_in())
        if sorting is not None:
            await sorting
        await ahead


def _address(asked: Search) -> str:
    values: dict[str, str | int] = {"query": asked.query, "mode": asked.mode, "limit": 500}
    if asked.distance is not None:
        values["distance"] = asked.distance
    return f"/api/v1/sequences/search?{urlencode(values)}"


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)
