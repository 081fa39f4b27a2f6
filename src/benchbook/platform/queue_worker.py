"""A worker on a queue in the database: what is due is claimed for a time, done, and settled.

What is taken is taken for a time only (a lease). So any number of servers may work on a queue, and
one that is killed loses nothing: what it had under way is done again by another, or by itself after
its start. What is done may therefore be done twice, where a server ends between doing and noting it.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from uuid import UUID

from benchbook.platform.database import Database, Transaction

POLL_SECONDS = 1.0
AFTER_FAILURE_SECONDS = 5.0
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class WholeOrganisation:
    """The context of a worker: an organisation, and all that is in it."""

    organisation_id: UUID
    person_id: UUID = _NOBODY
    sees_everyone: bool = True


class QueueWorker(ABC):
    """Takes what is due and does it; ``run`` until it is cancelled, then ``close``."""

    at_once: int

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: set[asyncio.Task[None]] = set()
        self._free = asyncio.Event()

    @abstractmethod
    async def claim(self, connection: Transaction, most: int) -> list[tuple[UUID, UUID]]:
        """Take up to ``most`` of what is due: its organisation and its id."""

    @abstractmethod
    async def handle(self, organisation_id: UUID, claimed_id: UUID) -> None:
        """Do one of them and note what came of it."""

    @abstractmethod
    def note_failure(self, error: BaseException) -> None:
        """Log that something was neither taken nor settled, mostly since the database was away."""

    async def run(self) -> None:
        """Do what is due, as it becomes due."""
        while True:
            pause = POLL_SECONDS
            try:
                await self._begin_due()
            except Exception as error:
                self.note_failure(error)
                pause = AFTER_FAILURE_SECONDS
            self._free.clear()
            # Not wait_for: before Python 3.12 it may swallow the cancellation that ends us.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._free.wait()

    async def send_due(self) -> int:
        """Do what is due now, to its end; how many that were."""
        sent = 0
        while tasks := await self._begin_due():
            await asyncio.gather(*tasks)
            sent += len(tasks)
        return sent

    async def close(self) -> None:
        """Let what is under way come to its end, for 5 seconds."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=5)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _begin_due(self) -> list[asyncio.Task[None]]:
        room = self.at_once - len(self._under_way)
        if room <= 0:
            return []
        async with self._database.connection() as connection:
            claimed = await self.claim(connection, room)
        tasks = [asyncio.create_task(self.handle(*pair)) for pair in claimed]
        for task in tasks:
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return tasks

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        # There may be more.
        self._free.set()
        if not task.cancelled() and (error := task.exception()):
            # Its lease ends by itself, and it is tried again.
            self.note_failure(error)
