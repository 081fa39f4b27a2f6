"""A PostgreSQL of Benchbook's own, so that one command is all an operator needs.

The programs come from a wheel or from an installed PostgreSQL; the cluster lives in a directory of
Benchbook's data. It runs as an ordinary user whoever starts it, listens on a Unix socket only,
trusts nobody without a password, and comes back by itself after any kill. Nothing here knows what
the database holds. docs/decisions/0002-embedded-postgresql.md says why it is built this way.
"""

from benchbook.platform.embedded_postgres.binaries import find_binaries
from benchbook.platform.embedded_postgres.errors import (
    AlreadyServed,
    BinariesNotFound,
    DataDirectoryUnusable,
    DataOfAnotherVersion,
    DiskFull,
    EmbeddedPostgresError,
    NotRunning,
    NoUnprivilegedUser,
    StartFailed,
    StillInUse,
)
from benchbook.platform.embedded_postgres.server import EmbeddedPostgres, Endpoint

__all__ = [
    "AlreadyServed",
    "BinariesNotFound",
    "DataDirectoryUnusable",
    "DataOfAnotherVersion",
    "DiskFull",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "Endpoint",
    "NoUnprivilegedUser",
    "NotRunning",
    "StartFailed",
    "StillInUse",
    "find_binaries",
]
