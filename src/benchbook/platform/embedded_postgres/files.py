"""Files and folders with the owner and the mode they need, written so that a crash spoils none."""

import os
import stat
import tempfile
from pathlib import Path

from benchbook.platform.embedded_postgres.account import Account


def hand_over(folder: Path, account: Account) -> None:
    """Makes a folder the account's own and nobody else's, without following a link."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if account.differs:
            os.fchown(descriptor, account.user_id, account.group_id)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o700:
            os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)


def write_durably(path: Path, text: str, *, owner: Account | None = None) -> None:
    """Writes a file only its owner can read; after a crash it is there whole, or as it was."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if owner is not None and owner.differs:
                os.fchown(descriptor, owner.user_id, owner.group_id)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).rename(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    make_durable(path.parent)


def make_durable(folder: Path) -> None:
    """Makes sure that the names in a folder are still there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_bytes(folder: Path) -> int:
    """Returns how much an ordinary user may still write on the folder's file system, in bytes."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize
