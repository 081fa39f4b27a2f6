"""Which processes serve a cluster: locks that end with their holders, and PostgreSQL's own record.

A process id in a file proves nothing: its process may be gone, may be a zombie, may be somebody
else's by now. A lock (`flock`) is held exactly as long as a process that holds it lives. The
postmaster inherits one and hands it to every process it starts, so "does anything of this cluster
still run?" has one true answer.
"""

import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Somebody who only asks whether a lock is held takes it for an instant.
_INSTANT_SECONDS = 0.2


def open_lock(path: Path) -> int:
    """Opens a lock file, making it when it is missing; the caller closes the descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def take(lock: int, *, within_seconds: float = _INSTANT_SECONDS) -> bool:
    """Takes a lock unless somebody holds it for longer than `within_seconds`."""
    deadline = time.monotonic() + within_seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        else:
            return True


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock in this file."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Holds the lock in this file, waiting for it."""
    lock = open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@dataclass(frozen=True)
class PostmasterRecord:
    """What `postmaster.pid` says: line 1 is the process id, the last one how far the start is."""

    pid: int
    is_ready: bool


def read_record(data: Path) -> PostmasterRecord | None:
    """Reads `postmaster.pid`; None when it is missing, half-written or damaged."""
    try:
        lines = read_text(data / "postmaster.pid").splitlines()
        return PostmasterRecord(int(lines[0]), lines[-1].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):
        return None


def disarm_record(data: Path) -> None:
    """Takes the power to prevent a start from a `postmaster.pid` that a dead postmaster left.

    PostgreSQL refuses to start while a process with the recorded id exists, whatever that process
    is by now. It makes an exception for its own parent, so the record gets the id of this process.
    The file stays, because its other lines tell PostgreSQL which shared memory to look at: that
    check still finds processes which our lock does not know, of a postmaster started by hand say.

    The caller holds the postmaster's lock.
    """
    path = data / "postmaster.pid"
    try:
        lines = read_text(path).splitlines(keepends=True)
    except FileNotFoundError:
        return
    if read_record(data) is None:
        path.unlink()  # empty or damaged by a crash: PostgreSQL would stumble over it
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines([f"{os.getpid()}\n", *lines[1:]])


def refuses_connections(socket_path: str) -> bool:
    """Whether the server says that it takes no connections now, because it starts or recovers.

    Sends the first message of PostgreSQL's protocol (version 3.0) and looks at the answer; no
    password is asked for so early. Silence is no refusal.
    """
    wanted = b"user\0postgres\0database\0postgres\0\0"
    hello = struct.pack("!ii", 8 + len(wanted), 3 << 16) + wanted
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(socket_path)
            connection.sendall(hello)
            answer = connection.recv(1024)
        except OSError:
            return False
    return answer.startswith(b"E") and b"C57P03\0" in answer  # cannot_connect_now


def read_text(path: Path, *, beginning_at: int = 0) -> str:
    """Reads a file of PostgreSQL's, which as root must not lead us anywhere else by a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        file.seek(beginning_at)
        return file.read().decode("utf-8", "replace")


def processes_of(cluster_name: str, user_id: int) -> list[int]:
    """Returns the ids of the user's PostgreSQL processes that name the cluster.

    The postmaster has the name in its arguments, and PostgreSQL puts it in the title of every
    other process. Both can be read without any right to look into the processes.
    """
    return sorted(
        pid
        for pid, owner_id, title in _processes()
        if owner_id == user_id
        and cluster_name in title
        and ("postgres" in title or "initdb" in title)
    )


def send(pid: int, number: signal.Signals, cluster_name: str, user_id: int) -> None:
    """Signals one of the cluster's processes, and surely no other that was given its id since."""
    try:
        if not hasattr(os, "pidfd_open"):
            os.kill(pid, number)
            return
        process = os.pidfd_open(pid)
        try:
            if pid in processes_of(cluster_name, user_id):
                signal.pidfd_send_signal(process, number)
        finally:
            os.close(process)
    except ProcessLookupError:
        pass


def _processes() -> Iterator[tuple[int, int, str]]:
    """Yields id, owner's id and title of every process that can be seen."""
    if not Path("/proc/self/cmdline").exists():  # not Linux
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,uid=,args="],
            check=False,
            capture_output=True,
            text=True,
        )
        for line in listed.stdout.splitlines():
            pid, owner_id, title = (*line.split(maxsplit=2), "", "", "")[:3]
            yield int(pid), int(owner_id), title
        return
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                title = os.fsdecode(Path(entry.path, "cmdline").read_bytes())
                yield int(entry.name), entry.stat().st_uid, title.replace("\0", " ")
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue  # ended meanwhile, or hidden from us
