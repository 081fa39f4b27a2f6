"""Whom PostgreSQL runs as, and how its programs are started.

PostgreSQL refuses to run as root. Benchbook started by root therefore gives up all of root's
rights for PostgreSQL's programs (user, group, supplementary groups and with them every capability);
started by anybody else, PostgreSQL runs as that user.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from benchbook.platform.embedded_postgres.errors import NoUnprivilegedUser

_ORDER = ("benchbook", "postgres", "nobody")
# All that PostgreSQL gets to see of our environment: no PG* variable may redirect it, and no
# secret of ours has any business in it.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Account:
    """The user PostgreSQL runs as; `differs` when that is not the user of this process."""

    name: str
    user_id: int
    group_id: int
    differs: bool

    def run(
        self, arguments: Sequence[str | os.PathLike[str]], *, descriptors: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program to its end, with its output and errors together in `stdout`."""
        return subprocess.run(
            arguments,
            check=False,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=descriptors,
            start_new_session=True,
            umask=0o077,
            user=self.user_id if self.differs else None,
            group=self.group_id if self.differs else None,
            extra_groups=[self.group_id] if self.differs else None,
        )

    def spawn(
        self, arguments: Sequence[str | os.PathLike[str]], *, descriptors: Sequence[int], log: int
    ) -> subprocess.Popen[bytes]:
        """Starts a program in a session of its own, so that no terminal's Ctrl-C reaches it."""
        return subprocess.Popen(
            arguments,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=descriptors,
            start_new_session=True,
            umask=0o077,
            user=self.user_id if self.differs else None,
            group=self.group_id if self.differs else None,
            extra_groups=[self.group_id] if self.differs else None,
        )


def account_for(owner_id: int | None, configured: str | None) -> Account:
    """Returns whom to run PostgreSQL as.

    `owner_id` is the user id that owns the existing data, if there are any: data stay with their
    owner. `configured` is the value of BENCHBOOK_POSTGRES_USER; only root can follow it.

    Raises NoUnprivilegedUser when this process is root's and cannot become anybody else.
    """
    if os.geteuid() != 0:
        return Account(_name_of(os.geteuid()), os.geteuid(), os.getegid(), differs=False)
    account = _chosen(owner_id, configured)
    try:
        account.run(["/bin/sh", "-c", ":"])
    except PermissionError as error:
        raise NoUnprivilegedUser(
            f"PostgreSQL refuses to run as root, and this process may not become {account.name!r}: "
            "grant it the capabilities CAP_SETUID and CAP_SETGID, or start Benchbook as an "
            "ordinary user."
        ) from error
    return account


def _chosen(owner_id: int | None, configured: str | None) -> Account:
    if configured:
        named = _entry(configured)
        if named is None or named.user_id == 0:
            what = "is root" if named else "does not exist"
            raise NoUnprivilegedUser(
                f"BENCHBOOK_POSTGRES_USER names {configured!r}, which {what}: "
                "name an existing user other than root."
            )
        return named
    if owner_id:
        try:
            group_id = pwd.getpwuid(owner_id).pw_gid
        except KeyError:  # a server needs no entry in /etc/passwd, only initdb does
            group_id = owner_id
        return Account(_name_of(owner_id), owner_id, group_id, differs=True)
    for name in _ORDER:
        if (found := _entry(name)) is not None and found.user_id != 0:
            return found
    raise NoUnprivilegedUser(
        f"PostgreSQL refuses to run as root, and none of the users {', '.join(_ORDER)} exists: "
        "name another one in BENCHBOOK_POSTGRES_USER, or start Benchbook as an ordinary user."
    )


def _entry(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid, differs=True)


def _name_of(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"user {user_id}"


def _environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # The messages of PostgreSQL's programs are matched and shown: they come in English.
    return passed_on | {"LC_ALL": "C", "HOME": "/"}
