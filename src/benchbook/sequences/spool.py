"""Files that wait to be imported, in a directory of this server.

A file is named after its import and that import's organisation, so the directory is this server's
list of what it can work on. One that is still arriving ends in ``.part``.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from benchbook.platform.problems import TooLarge, Unavailable

STEP_BYTES = 1024 * 1024
# So much of the disk is left to others, the database first of all.
LEAST_FREE_BYTES = 256 * 1024 * 1024
# Nobody writes any more to what has not changed for so long.
STALE_SECONDS = 3600
_ARRIVING = ".part"


@dataclass(frozen=True)
class Waiting:
    """A file that has arrived."""

    organisation_id: UUID
    import_id: UUID
    path: Path

    @property
    def is_stale(self) -> bool:
        """Whether it has been there for long."""
        return _age_seconds(self.path) > STALE_SECONDS


class Spool:
    """The directory; it is made when the first file arrives."""

    def __init__(self, directory: Path, most_bytes: int) -> None:
        self._directory = directory
        self._most_bytes = most_bytes

    def begin(self, announced_bytes: int | None) -> Upload:
        """A file that is about to arrive; raises TooLarge, Unavailable."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Upload(self._directory, self._most_bytes, announced_bytes)
        except OSError as error:
            raise _cannot_keep(error) from error

    def waiting(self) -> list[Waiting]:
        """The files that have arrived, oldest first. What never arrived whole is removed."""
        found = []
        try:
            paths = sorted(self._directory.iterdir(), key=lambda path: path.name.partition(".")[2])
        except OSError:
            return []
        for path in paths:
            organisation, _, name = path.name.partition(".")
            try:
                found.append(Waiting(UUID(organisation), UUID(name), path))
            except ValueError:
                if path.name.endswith(_ARRIVING) and _age_seconds(path) > STALE_SECONDS:
                    path.unlink(missing_ok=True)
        return found

    def place(self, organisation_id: UUID, import_id: UUID) -> Path:
        """Where the file of an import is, if it is here."""
        return self._directory / f"{organisation_id}.{import_id}"

    @property
    def is_full(self) -> bool:
        """Whether the disk has too little room left to go on."""
        try:
            return shutil.disk_usage(self._directory).free < LEAST_FREE_BYTES
        except OSError:
            return False


class Upload:
    """A file as it arrives: written to disk in steps, and hashed on the way."""

    def __init__(self, directory: Path, most_bytes: int, announced_bytes: int | None) -> None:
        """Raises TooLarge, Unavailable, OSError."""
        self.size_bytes = 0
        self._most_bytes = most_bytes
        self._refuse_larger(announced_bytes or 0)
        if shutil.disk_usage(directory).free < LEAST_FREE_BYTES + (announced_bytes or 0):
            raise Unavailable(
                "The server's disk has no room for this file.", retry_after_seconds=60
            )
        descriptor, name = tempfile.mkstemp(suffix=_ARRIVING, dir=directory)
        self.path = Path(name)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._hash = hashlib.sha256()
        self._pending: list[bytes] = []
        self._pending_bytes = 0

    @property
    def digest(self) -> bytes:
        """A hash of what has been written."""
        return self._hash.digest()

    async def write(self, piece: bytes | bytearray) -> None:
        """Take the next bytes; raises TooLarge, Unavailable."""
        self._refuse_larger(self.size_bytes + len(piece))
        self.size_bytes += len(piece)
        self._pending.append(bytes(piece))
        self._pending_bytes += len(piece)
        if self._pending_bytes >= STEP_BYTES:
            await self._flush()

    async def finish(self) -> None:
        """All has come; raises Unavailable."""
        await self._flush()
        self._file.close()

    def keep_as(self, path: Path) -> None:
        """Put the finished file into its place."""
        try:
            self.path.rename(path)
        except OSError as error:
            raise _cannot_keep(error) from error
        self.path = path

    def discard(self) -> None:
        """Remove what has come."""
        self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    async def _flush(self) -> None:
        block, self._pending, self._pending_bytes = b"".join(self._pending), [], 0
        try:
            await asyncio.to_thread(self._write, block)
        except OSError as error:
            raise _cannot_keep(error) from error

    def _write(self, block: bytes) -> None:
        self._hash.update(block)
        rest = memoryview(block)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _refuse_larger(self, size_bytes: int) -> None:
        if size_bytes > self._most_bytes:
            raise TooLarge(
                f"The file is larger than the {self._most_bytes:,} bytes that this server takes "
                "(BENCHBOOK_MAX_IMPORT_BYTES). Send it in parts."
            )


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0


def _cannot_keep(error: OSError) -> Unavailable:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable("The server's disk has no room for this file.", retry_after_seconds=60)
    return Unavailable(
        "The server cannot keep files: whoever runs it should see that it may write to its data "
        "directory.",
        retry_after_seconds=60,
    )
