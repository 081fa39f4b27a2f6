"""The embedded server itself: making its cluster, starting, finding and stopping it.

Inside the directory:

    owner.lock        held by the process that serves; its text is that process's id
    postmaster.lock   held by the postmaster and every process it starts
    secrets/          one file a secret, readable by the user of Benchbook alone
    cluster/          all that PostgreSQL's user may reach
        data/         the cluster; made as `benchbook-….new` beside it, then renamed
        run/          the Unix socket
        log/          a file a weekday, overwritten after a week
        start.log     what PostgreSQL says before it opens its log, of the last start
        benchbook.conf  our settings, written at every start; ALTER SYSTEM has the last word
"""

import errno
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from benchbook.platform.embedded_postgres.account import Account, account_for
from benchbook.platform.embedded_postgres.binaries import major_version, reachable_binaries
from benchbook.platform.embedded_postgres.configuration import FIXED_SETTINGS, PORT, settings_text
from benchbook.platform.embedded_postgres.errors import (
    AlreadyServed,
    DataDirectoryUnusable,
    DataOfAnotherVersion,
    DiskFull,
    EmbeddedPostgresError,
    NotRunning,
    NoUnprivilegedUser,
    StartFailed,
    StillInUse,
)
from benchbook.platform.embedded_postgres.files import (
    free_bytes,
    hand_over,
    make_durable,
    write_durably,
)
from benchbook.platform.embedded_postgres.processes import (
    disarm_record,
    held,
    is_held,
    open_lock,
    processes_of,
    read_record,
    read_text,
    refuses_connections,
    send,
    take,
)

SUPERUSER = "postgres"

_LONGEST_SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
_ROOM_FOR_A_NEW_CLUSTER_BYTES = 64 * 1024 * 1024

_ATTACH_WITHIN_SECONDS = 30.0
_FAST_SHUTDOWN_SECONDS = 20.0  # what is not written by then is in the write-ahead log
_IMMEDIATE_SHUTDOWN_SECONDS = 10.0
_ORPHANS_END_THEMSELVES_SECONDS = 3.0
_KILLED_SECONDS = 10.0


@dataclass(frozen=True)
class Endpoint:
    """Where the server is reached, in the words of asyncpg's `connect`.

    `host` is the directory of the Unix socket. A path too long for a socket is given by a
    descriptor of this process (`/proc/<pid>/fd/…`), valid until `stop`.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)


class EmbeddedPostgres:
    """A PostgreSQL server whose cluster lives in `directory`.

    `binaries` is what `find_binaries` returned. `configuration` holds settings of PostgreSQL that
    go before Benchbook's own. `user` is whom root runs PostgreSQL as, by default what
    BENCHBOOK_POSTGRES_USER says, else the owner of the data, else the first that exists of
    benchbook, postgres and nobody.

    The methods raise EmbeddedPostgresError and nothing else for what an operator can mend. An
    object is to be used by one thread at a time.
    """

    def __init__(
        self,
        directory: Path,
        *,
        binaries: Path,
        configuration: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        self._directory = directory.absolute()
        self._cluster = self._directory / "cluster"
        self._data = self._cluster / "data"
        self._log = self._cluster / "log"
        self._start_log = self._cluster / "start.log"
        self._owner_lock_path = self._directory / "owner.lock"
        self._postmaster_lock_path = self._directory / "postmaster.lock"
        self._binaries = binaries
        self._configuration = dict(configuration or {})
        if wrong := self._configuration.keys() & (FIXED_SETTINGS.keys() | {"cluster_name"}):
            raise ValueError(f"not to be configured: {', '.join(sorted(wrong))}")
        self._user = user or os.environ.get("BENCHBOOK_POSTGRES_USER") or None

        self._owner_lock: int | None = None
        self._cluster_descriptor: int | None = None
        self._socket_link: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._endpoint: Endpoint | None = None

    # What callers use

    def start(self) -> Endpoint:
        """Starts the server, making the cluster if there is none, and returns where it is reached.

        Returns once it accepts connections, after crash recovery if need be, however long that
        takes. What an earlier server left running is ended first. A server that this object has
        started and that still runs is simply returned.
        """
        if self._endpoint is not None and self._process is not None and self.is_alive():
            return self._endpoint
        try:
            with self._explained():
                return self._started()
        except BaseException:
            self.stop()
            raise

    def attach(self) -> Endpoint:
        """Returns where the server that another process has started is reached.

        Waits a while for one that is just starting. Raises NotRunning when there is none.
        """
        deadline = time.monotonic() + _ATTACH_WITHIN_SECONDS
        with self._explained():
            while not (
                is_held(self._postmaster_lock_path)
                and (record := read_record(self._data)) is not None
                and record.is_ready
            ):
                if not is_held(self._owner_lock_path) and not is_held(self._postmaster_lock_path):
                    raise NotRunning(
                        f"No PostgreSQL serves {self._directory}: start `benchbook serve` with "
                        "this data directory first."
                    )
                if time.monotonic() >= deadline:
                    raise NotRunning(
                        f"The PostgreSQL of {self._directory} is not ready yet, perhaps because it "
                        "recovers from a crash: try again in a moment."
                    )
                time.sleep(0.05)
            self._open_cluster()
            self._endpoint = self._reached_at()
            return self._endpoint

    def stop(self) -> None:
        """Stops the server that this object has started, cleanly, and gives the directory free.

        Open transactions are rolled back and everything is written out. Does nothing where there
        is nothing to stop.
        """
        if self._process is not None:
            self._end(self._process)
        self._process = self._endpoint = None
        self._release()

    def is_alive(self) -> bool:
        """Whether the server that was started or attached to still runs."""
        if self._process is not None:
            return self._process.poll() is None
        return self._endpoint is not None and is_held(self._postmaster_lock_path)

    def secret(self, name: str) -> str:
        """Returns the secret of this name, made at random when it is first asked for.

        Secrets stay with the directory. Any number of processes may ask at once and get the same.
        """
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name):
            raise ValueError(f"not a name for a secret: {name!r}")
        with self._explained():
            folder = self._secrets()
            path = folder / name
            with held(folder / ".lock"):
                if not path.exists():
                    write_durably(path, secrets.token_urlsafe(32))
                return read_text(path)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # Starting, step by step

    def _started(self) -> Endpoint:
        self._make_directory()
        self._own()
        account = account_for(self._owner_of_data(), self._user)
        version = major_version(self._binaries)
        binaries = reachable_binaries(self._binaries, account)
        self._require_data_of(version)
        self._lay_out(account)
        lock = open_lock(self._postmaster_lock_path)
        try:
            self._end_predecessors(lock, account)
            if not self._data.exists():
                self._make_cluster(binaries, account, version, lock)
            self._clear_away_remains()
            self._write_settings(account, version)
            self._forget_old_logs()
            logged = self._log_sizes()
            self._process = self._spawn(binaries, account, lock)
        finally:
            os.close(lock)  # from here on the postmaster's family alone holds it
        self._wait_until_ready(self._process, logged)
        self._endpoint = self._reached_at()
        return self._endpoint

    def _make_directory(self) -> None:
        if not self._directory.exists():
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._directory.is_dir():
            raise DataDirectoryUnusable(
                f"{self._directory} is not a directory: name another data directory."
            )

    def _own(self) -> None:
        if self._owner_lock is not None:  # a server of ours that died is started again
            return
        lock = open_lock(self._owner_lock_path)
        if not take(lock):
            said = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
            os.close(lock)
            pid = int(said) if said.isdecimal() else None
            who = f"process {pid}" if pid else "another process"
            raise AlreadyServed(
                f"{self._directory} is already served by {who}: stop that one, or use another "
                "data directory.",
                pid,
            )
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._owner_lock = lock

    def _owner_of_data(self) -> int | None:
        """The id of the user who owns the existing data; None for none, and for root's.

        Root's are data that an administrator has copied back: they become the account's.
        """
        try:
            owner_id = self._data.lstat().st_uid
        except FileNotFoundError:
            return None
        if os.geteuid() != 0 and owner_id != os.geteuid():
            raise DataDirectoryUnusable(
                f"{self._data} belongs to another user (id {owner_id}): start Benchbook as that "
                "user, or change the owner of the data directory and all that is in it."
            )
        return owner_id or None

    def _require_data_of(self, version: int) -> None:
        if not self._data.exists():
            return
        try:
            found = read_text(self._data / "PG_VERSION").strip()
        except FileNotFoundError:
            raise DataDirectoryUnusable(
                f"{self._data} is no PostgreSQL cluster (it has no PG_VERSION): restore it from a "
                "backup, or move it away to begin anew."
            ) from None
        if found != str(version):
            raise DataOfAnotherVersion(
                f"The data in {self._directory} were made by PostgreSQL {found}, and the programs "
                f"in {self._binaries} are PostgreSQL {version}: name the programs of PostgreSQL "
                f"{found} in BENCHBOOK_POSTGRES_BIN, or move the data with pg_dump and pg_restore."
            )
        if not (self._directory / "secrets" / SUPERUSER).exists():
            raise DataDirectoryUnusable(
                f"The password of the data in {self._directory} is missing: restore the file "
                f"secrets/{SUPERUSER} from the same backup as the data."
            )

    def _lay_out(self, account: Account) -> None:
        """Makes what is missing, each part with its owner and its mode.

        PostgreSQL's user must not own `cluster` itself: root works in it by name.
        """
        self._cluster.mkdir(exist_ok=True)
        self._open_cluster()
        assert self._cluster_descriptor is not None
        if account.differs:
            os.fchown(self._cluster_descriptor, 0, account.group_id)
        os.fchmod(self._cluster_descriptor, 0o710 if account.differs else 0o700)
        for folder in (self._cluster / "run", self._log):
            folder.mkdir(exist_ok=True)
            hand_over(folder, account)
        if not self._data.exists():
            return
        if account.differs and self._data.lstat().st_uid != account.user_id:
            if self._data.lstat().st_uid != 0:
                raise DataDirectoryUnusable(
                    f"{self._data} belongs to user id {self._data.lstat().st_uid}, and "
                    f"BENCHBOOK_POSTGRES_USER says {account.name}: leave that setting away, or "
                    f"change the owner of {self._data} and all that is in it to {account.name}."
                )
            for folder_path, _, names, folder_descriptor in os.fwalk(self._data):
                for name in names:
                    os.chown(
                        name,
                        account.user_id,
                        account.group_id,
                        dir_fd=folder_descriptor,
                        follow_symlinks=False,
                    )
                if folder_path != str(self._data):
                    os.fchown(folder_descriptor, account.user_id, account.group_id)
        hand_over(self._data, account)  # last, so that an interrupted change of owner is done again

    def _end_predecessors(self, lock: int, account: Account) -> None:
        """Takes the postmaster's lock, ending what a killed server left behind.

        A postmaster whose server was killed is shut down in order. Processes whose postmaster was
        killed may be in the middle of a long statement; they get some time, then what the
        postmaster would have sent them. What they had not committed is lost either way, and what
        they had committed is in the write-ahead log.
        """
        if take(lock):
            return
        name, user_id = self._cluster_name(), account.user_id
        running = processes_of(name, user_id)
        record = read_record(self._data)
        if record is not None and record.pid in running:
            send(record.pid, self._orderly_end(), name, user_id)
            if take(lock, within_seconds=_FAST_SHUTDOWN_SECONDS):
                return
        elif take(lock, within_seconds=_ORPHANS_END_THEMSELVES_SECONDS):
            return
        for number, patience_seconds in (
            (signal.SIGQUIT, _IMMEDIATE_SHUTDOWN_SECONDS),
            (signal.SIGKILL, _KILLED_SECONDS),
        ):
            for pid in processes_of(name, user_id):
                send(pid, number, name, user_id)
            if take(lock, within_seconds=patience_seconds):
                return
        pids = ", ".join(map(str, processes_of(name, user_id))) or "which cannot be seen from here"
        raise StillInUse(
            f"Processes of an earlier PostgreSQL still use {self._directory} and do not end "
            f"({pids}): end them, then start again."
        )

    def _make_cluster(self, binaries: Path, account: Account, version: int, lock: int) -> None:
        new = self._cluster / f"{self._cluster_name()}.new"
        password_file = self._cluster / "initdb.password"
        for leftover in self._cluster.glob("benchbook-*.new"):
            shutil.rmtree(leftover)
        password_file.unlink(missing_ok=True)
        left_bytes = free_bytes(self._cluster)
        if left_bytes < _ROOM_FOR_A_NEW_CLUSTER_BYTES:
            raise DiskFull(
                f"A new database needs {_ROOM_FOR_A_NEW_CLUSTER_BYTES >> 20} MB, and "
                f"{self._directory} has {left_bytes >> 20} MB left: free some space, or use "
                "another data directory."
            )
        try:
            new.mkdir(mode=0o700)
            hand_over(new, account)
            write_durably(password_file, self.secret(SUPERUSER), owner=account)
            seen = self._seen_by(account)
            made = account.run(
                [
                    binaries / "initdb",
                    f"--pgdata={seen / new.name}",
                    f"--username={SUPERUSER}",
                    "--auth=scram-sha-256",
                    f"--pwfile={seen / password_file.name}",
                    "--encoding=UTF8",
                    "--locale=C",
                    *(_UNICODE_CASE if version >= 17 else ()),
                    "--data-checksums",
                ],
                descriptors=self._inherited(account, lock),
            )
            if made.returncode != 0:
                raise self._failure("PostgreSQL could not make a new database", made.stdout)
            with (new / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write("\n# Benchbook's settings. What stands below them wins.\n")
                file.write("include '../benchbook.conf'\n")
                file.flush()
                os.fsync(file.fileno())
            new.rename(self._data)
            make_durable(self._cluster)
        finally:
            password_file.unlink(missing_ok=True)
            shutil.rmtree(new, ignore_errors=True)

    def _clear_away_remains(self) -> None:
        """Clears away what a crash leaves in the way of a start; the caller holds the lock."""
        disarm_record(self._data)
        for leftover in (self._cluster / "run").glob(".s.PGSQL.*"):
            leftover.unlink()

    def _write_settings(self, account: Account, version: int) -> None:
        text = settings_text(version, self._configuration)
        write_durably(self._cluster / "benchbook.conf", text, owner=account)

    def _forget_old_logs(self) -> None:
        """Removes logs whose weekday has come again since, which PostgreSQL would append to."""
        for path in self._log.glob("postgresql-*.log"):
            if time.time() - path.lstat().st_mtime > 6 * 24 * 3600:
                path.unlink()

    def _spawn(self, binaries: Path, account: Account, lock: int) -> subprocess.Popen[bytes]:
        settings = FIXED_SETTINGS | {"cluster_name": self._cluster_name()}
        log = os.open(
            self._start_log,
            os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC,
            0o600,
        )
        try:
            return account.spawn(
                [
                    binaries / "postgres",
                    "-D",
                    self._seen_by(account) / "data",
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                descriptors=self._inherited(account, lock),
                log=log,
            )
        finally:
            os.close(log)

    def _wait_until_ready(self, process: subprocess.Popen[bytes], logged: dict[Path, int]) -> None:
        while process.poll() is None:
            record = read_record(self._data)
            if record is not None and record.pid == process.pid and record.is_ready:
                return
            time.sleep(0.01)
        raise self._failure("PostgreSQL ended while it started", self._said_since(logged))

    # Ending

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        def has_ended(within_seconds: float) -> bool:
            with suppress(subprocess.TimeoutExpired):
                process.wait(within_seconds)
            return process.poll() is not None

        process.send_signal(self._orderly_end())
        if has_ended(_FAST_SHUTDOWN_SECONDS):
            return
        process.send_signal(signal.SIGQUIT)
        if not has_ended(_IMMEDIATE_SHUTDOWN_SECONDS):
            process.kill()
            process.wait()

    def _orderly_end(self) -> signal.Signals:
        """The signal that ends a postmaster best: a fast shutdown, if it could be finished.

        PostgreSQL never finishes one that it is asked for while it recovers from the crash of one
        of its processes (seen with 15 and 18: the checkpointer is not told to end). An immediate
        shutdown breaks recovery off and loses nothing; the next start recovers again.
        """
        recovers = refuses_connections(f"{self._socket_directory()}/.s.PGSQL.{PORT}")
        return signal.SIGQUIT if recovers else signal.SIGINT

    # What the steps stand on

    def _cluster_name(self) -> str:
        """Names the cluster in the titles of its processes: a copy of the directory has another."""
        state = self._postmaster_lock_path.stat()
        return f"benchbook-{state.st_dev:x}-{state.st_ino:x}"

    def _open_cluster(self) -> None:
        if self._cluster_descriptor is None:
            self._cluster_descriptor = os.open(
                self._cluster, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            )

    def _seen_by(self, account: Account) -> Path:
        """The path of `cluster` for PostgreSQL's user.

        Root's directories above it may be closed to that user and stay so. A descriptor opened by
        root and inherited leads into `cluster` all the same, and no further.
        """
        if not account.differs:
            return self._cluster
        through = Path(f"/proc/self/fd/{self._cluster_descriptor}")
        if not through.exists():
            raise NoUnprivilegedUser(
                "As root, Benchbook runs PostgreSQL as another user by way of /proc, which is not "
                "there: start Benchbook as an ordinary user."
            )
        return through

    def _inherited(self, account: Account, lock: int) -> list[int]:
        assert self._cluster_descriptor is not None
        return [lock, self._cluster_descriptor] if account.differs else [lock]

    def _reached_at(self) -> Endpoint:
        return Endpoint(self._socket_directory(), PORT, SUPERUSER, self.secret(SUPERUSER))

    def _socket_directory(self) -> str:
        """A path to `run` that fits into a socket's address, for this process and its children."""
        real = self._cluster / "run"
        # asyncpg takes a comma for the border between two hosts.
        if _fits_a_socket(real) and "," not in str(real):
            return str(real)
        if Path("/proc/self/fd").exists():
            return f"/proc/{os.getpid()}/fd/{self._cluster_descriptor}/run"
        if self._socket_link is None:
            self._socket_link = Path(tempfile.mkdtemp(prefix="benchbook-")) / "run"
            self._socket_link.symlink_to(real)
        return str(self._socket_link)

    def _secrets(self) -> Path:
        self._make_directory()
        folder = self._directory / "secrets"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _log_sizes(self) -> dict[Path, int]:
        return {path: path.lstat().st_size for path in self._log.glob("postgresql-*.log")}

    def _said_since(self, sizes: dict[Path, int]) -> str:
        """What PostgreSQL has said of this start, before it opened its log and in it."""
        said = read_text(self._start_log)
        for path in sorted(self._log_sizes()):
            said += read_text(path, beginning_at=sizes.get(path, 0))
        return said

    def _failure(self, what: str, said: str) -> EmbeddedPostgresError:
        lines = [line for line in said.splitlines() if line.strip()][-15:]
        if re.search(r"No space left on device|Disk quota exceeded", said):
            return DiskFull(_disk_full(self._directory))
        if "shared memory block" in said and "still in use" in said:
            return StillInUse(
                f"A PostgreSQL that Benchbook did not start uses the data in {self._directory}: "
                "stop it, then start again."
            )
        return StartFailed(
            f"{what} in {self._directory}. The last lines of its log:\n" + "\n".join(lines)
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns what the file system refuses into sentences."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(_disk_full(self._directory)) from error
            where = error.filename or self._directory
            raise DataDirectoryUnusable(
                f"The data directory {self._directory} cannot be used: {where}: {error.strerror}. "
                "Give the user who runs Benchbook the right to write there, or use another data "
                "directory."
            ) from error

    def _release(self) -> None:
        if self._socket_link is not None:
            shutil.rmtree(self._socket_link.parent, ignore_errors=True)
            self._socket_link = None
        for descriptor in (self._cluster_descriptor, self._owner_lock):
            if descriptor is not None:
                os.close(descriptor)
        self._cluster_descriptor = self._owner_lock = None


# Text is compared by code points, as everywhere with the locale C, and upper and lower case are
# known for all of Unicode, on every machine alike.
_UNICODE_CASE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")


def _fits_a_socket(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET_PATH_BYTES


def _disk_full(directory: Path) -> str:
    return (
        f"There is no space left for {directory}: free some, then start again. "
        "Nothing that was saved is lost."
    )
