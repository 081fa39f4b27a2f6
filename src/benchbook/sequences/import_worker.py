"""The worker: reads the files that wait at this server, and adds what they hold.

A file is read in pieces, and a piece is added in one transaction, in which is also noted how many
records have been read. So whoever goes on, after a crash or a restart, goes on after the last piece
that is there; nothing is added twice, and nothing is left out. A lease in the database keeps two
servers that share a directory from reading the same file. What is cancelled or fails is taken back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import UUID, uuid4

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import (
    Database,
    Transaction,
    TryAgain,
    allow_long_work,
    let_disk_follow,
)
from benchbook.platform.logs import get_logger
from benchbook.platform.problems import Unavailable
from benchbook.sequences import feature_store, import_store, store
from benchbook.sequences.errors import CollectionNotFound
from benchbook.sequences.import_formats import FileBroken, Format, Piece, Reading
from benchbook.sequences.import_store import Held, Step
from benchbook.sequences.spool import Spool, Waiting

AT_ONCE = 3
POLL_SECONDS = 2.0
AFTER_FAILURE_SECONDS = 5.0
# Longer than a piece takes. Whoever holds the row's lock keeps it for longer if need be.
LEASE = timedelta(seconds=20)
FORSAKEN = timedelta(hours=1)
LOOK_FOR_FORSAKEN_SECONDS = 300.0
_NOBODY = UUID(int=0)


class _Superseded(Exception):
    """The import was cancelled or deleted, or another worker has it."""


@dataclass(frozen=True)
class _Organisation:
    """The context of the worker: an organisation, and all that is in it."""

    organisation_id: UUID
    person_id: UUID = _NOBODY
    sees_everyone: bool = True


class ImportWorker:
    """Does the imports whose files are here; ``run`` until it is cancelled, then ``close``."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool
        self._id = uuid4()
        self._under_way: dict[UUID, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Import what waits, as it arrives."""
        looked_at = -LOOK_FOR_FORSAKEN_SECONDS
        while True:
            pause = POLL_SECONDS
            self._wake.clear()
            try:
                await self._begin_waiting()
                if time.monotonic() - looked_at >= LOOK_FOR_FORSAKEN_SECONDS:
                    looked_at = time.monotonic()
                    await self.end_forsaken(FORSAKEN)
            except Exception as error:
                get_logger().warning("imports_not_begun", cause=type(error).__name__)
                pause = AFTER_FAILURE_SECONDS
            with contextlib.suppress(TimeoutError):
                # Not wait_for: before Python 3.12 it may swallow the cancellation that ends us.
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def close(self) -> None:
        """Stop between two pieces; another worker, or the next start, goes on at once."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def end_forsaken(self, since: timedelta) -> None:
        """Let imports fail that nobody has worked on for so long: their file is nowhere."""
        async with self._database.connection() as connection:
            forsaken = await import_store.list_forsaken(connection, since)
        here = {waiting.import_id for waiting in await asyncio.to_thread(self._spool.waiting)}
        for organisation_id, import_id in forsaken:
            if import_id not in here:
                sentence = "The server lost the file before it was read: send it again."
                await self._fail(organisation_id, import_id, sentence, only_forsaken=since)

    async def _begin_waiting(self) -> None:
        for waiting in await asyncio.to_thread(self._spool.waiting):
            if len(self._under_way) >= AT_ONCE:
                return
            if waiting.import_id in self._under_way:
                continue
            context = _Organisation(waiting.organisation_id)
            async with self._database.transaction(context) as tx:
                status = await import_store.claim_import(
                    tx, waiting.organisation_id, waiting.import_id, self._id, LEASE
                )
            if status == "running":
                task = asyncio.create_task(self._import(waiting))
                self._under_way[waiting.import_id] = task
                task.add_done_callback(partial(self._ended, waiting.import_id))
            elif status != "leased" and (status or waiting.is_stale):
                # It has ended; or it was never begun, for its transaction failed.
                waiting.path.unlink(missing_ok=True)

    def _ended(self, import_id: UUID, task: asyncio.Task[None]) -> None:
        self._under_way.pop(import_id, None)
        if not task.cancelled() and (error := task.exception()):
            get_logger().warning("import_interrupted", cause=type(error).__name__)
        else:
            self._wake.set()

    async def _import(self, waiting: Waiting) -> None:
        """Do an import to its end, whatever that is; only a database that is away interrupts it."""
        organisation_id, import_id = waiting.organisation_id, waiting.import_id
        try:
            await self._read(waiting)
        except _Superseded:
            pass
        except (FileBroken, CollectionNotFound) as error:
            await self._fail(organisation_id, import_id, str(error))
        except (Unavailable, asyncio.CancelledError):
            with contextlib.suppress(Exception):
                await asyncio.shield(self._release(waiting))
            raise
        except Exception as error:
            get_logger().error("crash", exc_info=error)
            sentence = "This is a fault of Benchbook; its log says more."
            await self._fail(organisation_id, import_id, sentence)
        # By now the import has ended, or is another's who has looked the file up already.
        await self._forget_file_of_ended(waiting)

    async def _read(self, waiting: Waiting) -> None:
        context = _Organisation(waiting.organisation_id)
        async with self._database.transaction(context) as tx:
            held = await self._hold(tx, waiting)
        try:
            kind = cast("Format", held.format)
            reading = await asyncio.to_thread(Reading, waiting.path, kind, circular=held.circular)
        except FileNotFoundError:
            raise _Superseded from None
        ahead: asyncio.Task[Piece | None] | None = None
        sorting: asyncio.Task[None] | None = None
        try:
            records_read = held.records_read
            await asyncio.to_thread(reading.skip, records_read)
            ahead = asyncio.create_task(asyncio.to_thread(reading.next_piece))
            while (piece := await asyncio.shield(ahead)) is not None:
                # The next piece is read while this one is stored.
                ahead = asyncio.create_task(asyncio.to_thread(reading.next_piece))
                if self._spool.is_full:
                    raise FileBroken("The server's disk is nearly full.")
                await self._database.run(context, partial(self._add, waiting, piece, records_read))
                records_read += piece.records
                # The keys of a piece are sorted in while the next is added, and no later: searches
                # look through what is not.
                if sorting is not None:
                    await sorting
                sorting = asyncio.create_task(self._sort_in_keys())
            # Searches find the last piece already: nobody waits for its keys.
            await self._database.run(context, partial(self._finish, waiting, records_read))
        finally:
            if sorting is not None and not sorting.done():
                await asyncio.wait([sorting])
            if ahead is not None:
                await asyncio.wait([ahead])
                ahead.exception()
            reading.close()

    async def _sort_in_keys(self) -> None:
        try:
            async with self._database.connection() as connection:
                await store.sort_in_keys(connection)
        except Exception as error:
            # Whoever adds next does it.
            get_logger().warning("keys_not_sorted_in", cause=type(error).__name__)

    async def _add(
        self, waiting: Waiting, piece: Piece, records_read: int, tx: Transaction
    ) -> None:
        organisation_id, import_id = waiting.organisation_id, waiting.import_id
        await allow_long_work(tx, import_store.LONGEST_WAIT_SECONDS)
        await store.sort_in_keys_later(tx)
        # Whoever goes on after a crash begins after the last piece that is there, so none has to be
        # on the disk at once; ``_finish`` waits for all of them.
        await let_disk_follow(tx)
        held = await self._hold(tx, waiting, records_read)
        left_out: set[UUID] = set()
        names_not_kept = 0
        if piece.rows:
            left_out = await store.insert_sequences(
                tx,
                organisation_id,
                piece.rows,
                collection_id=held.collection_id,
                tags=held.tags,
                created_by=held.person_id,
                import_id=import_id,
            )
        added = [row.id for row in piece.rows if row.id not in left_out]
        duplicates = [row for row in piece.rows if row.id in left_out]
        stored: dict[bytes, UUID] = {}
        if duplicates:
            stored = await store.find_by_digests(
                tx, organisation_id, held.collection_id, {row.prepared.digest for row in duplicates}
            )
            if any(row.prepared.digest not in stored for row in duplicates):
                raise TryAgain("A sequence was deleted at the same instant. Try again.")
            names = [(stored[row.prepared.digest], row.name) for row in duplicates if row.name]
            fitting, names_not_kept = await import_store.new_aliases(tx, organisation_id, names)
            await store.insert_aliases(tx, organisation_id, fitting, import_id=import_id)
        if piece.features:
            id_of = dict(zip(added, added, strict=True))
            id_of |= {row.id: stored[row.prepared.digest] for row in duplicates}
            await feature_store.insert_features(
                tx,
                organisation_id,
                {id_of[row_id]: features for row_id, features in piece.features.items()},
                import_id=import_id,
            )
        step = Step(
            added=added,
            duplicates=len(duplicates),
            names_not_kept=names_not_kept,
            rejections=piece.rejections,
            bytes_read=piece.bytes_read,
        )
        await import_store.note_step(
            tx, organisation_id, import_id, step, LEASE, rejected_before=held.rejected
        )

    async def _finish(self, waiting: Waiting, records_read: int, tx: Transaction) -> None:
        held = await self._hold(tx, waiting, records_read)
        await import_store.end_import(tx, waiting.organisation_id, waiting.import_id, "done")
        await _record(tx, waiting.organisation_id, waiting.import_id, held, "done")

    async def _fail(
        self,
        organisation_id: UUID,
        import_id: UUID,
        sentence: str,
        *,
        only_forsaken: timedelta | None = None,
    ) -> None:
        """Take back what an import added, and say why it failed."""

        async def work(tx: Transaction) -> None:
            await allow_long_work(tx, import_store.LONGEST_WAIT_SECONDS)
            held = await import_store.hold_import(tx, organisation_id, import_id)
            if held is None or held.status != "running":
                return
            if only_forsaken and (organisation_id, import_id) not in (
                await import_store.list_forsaken(tx, only_forsaken)
            ):
                return
            await import_store.take_back(tx, organisation_id, import_id, held)
            await import_store.end_import(tx, organisation_id, import_id, "failed", sentence)
            await _record(tx, organisation_id, import_id, held, "failed")

        await self._database.run(_Organisation(organisation_id), work)

    async def _hold(
        self, tx: Transaction, waiting: Waiting, records_read: int | None = None
    ) -> Held:
        held = await import_store.hold_claimed(
            tx, waiting.organisation_id, waiting.import_id, self._id
        )
        if held is None:
            raise _Superseded
        if records_read not in (None, held.records_read):
            # PostgreSQL has crashed since, and its last pieces are gone: begin again after the one
            # that is there.
            raise Unavailable("The database has lost what was added last.")
        return held

    async def _release(self, waiting: Waiting) -> None:
        async with self._database.transaction(_Organisation(waiting.organisation_id)) as tx:
            await import_store.release_import(
                tx, waiting.organisation_id, waiting.import_id, self._id
            )

    async def _forget_file_of_ended(self, waiting: Waiting) -> None:
        async with self._database.transaction(_Organisation(waiting.organisation_id)) as tx:
            found = await import_store.find_progress(tx, waiting.organisation_id, waiting.import_id)
        if found is None or found.status != "running":
            waiting.path.unlink(missing_ok=True)


async def _record(
    tx: Transaction, organisation_id: UUID, import_id: UUID, held: Held, status: str
) -> None:
    # Whoever began it; the worker has no name of its own.
    caller = Caller(organisation_id, held.person_id, "member", None)
    await record_event(tx, caller, f"sequence_import.{status}", "sequence_import", import_id)
