"""What can go wrong with the embedded PostgreSQL, as a tree.

    EmbeddedPostgresError
    ├── BinariesNotFound          72  no usable PostgreSQL programs
    ├── NoUnprivilegedUser        77  started as root, and nobody else to run PostgreSQL as
    ├── DataDirectoryUnusable     73  not a directory, not writable, somebody else's, incomplete
    │   └── DataOfAnotherVersion  65  made by another major version of PostgreSQL
    ├── AlreadyServed             75  another process serves this directory; `pid` names it
    ├── StillInUse                71  PostgreSQL processes of an earlier start do not end
    ├── DiskFull                  74  no space left
    ├── StartFailed               70  PostgreSQL ended at its start; its log's last lines follow
    └── NotRunning                69  nothing to attach to

The numbers are the exit codes a command ends with. They are those of BSD's sysexits.h whose meaning
is nearest. Every message is a sentence that says what is wrong and what to do about it.
"""

from typing import ClassVar


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""

    exit_code: ClassVar[int] = 70


class BinariesNotFound(EmbeddedPostgresError):
    """There are no PostgreSQL programs that can be run."""

    exit_code = 72


class NoUnprivilegedUser(EmbeddedPostgresError):
    """PostgreSQL refuses to run as root, and there is no other account it could run as."""

    exit_code = 77


class DataDirectoryUnusable(EmbeddedPostgresError):
    """The directory cannot hold a cluster, or what it holds cannot be served."""

    exit_code = 73


class DataOfAnotherVersion(DataDirectoryUnusable):
    """The data were made by another major version of PostgreSQL than the programs at hand."""

    exit_code = 65


class AlreadyServed(EmbeddedPostgresError):
    """Another living process owns the directory."""

    exit_code = 75

    def __init__(self, message: str, pid: int | None) -> None:
        super().__init__(message)
        self.pid = pid


class StillInUse(EmbeddedPostgresError):
    """Processes of an earlier PostgreSQL use the data and could not be ended."""

    exit_code = 71


class DiskFull(EmbeddedPostgresError):
    """There is no space left, or the quota is used up."""

    exit_code = 74


class StartFailed(EmbeddedPostgresError):
    """PostgreSQL ended while it started; the message ends with the last lines of its log."""

    exit_code = 70


class NotRunning(EmbeddedPostgresError):
    """No PostgreSQL serves the directory."""

    exit_code = 69
