"""How PostgreSQL is set up: for a small server, and with a log that tells nothing of anybody."""

import os
from collections.abc import Mapping
from pathlib import Path

PORT = 5432  # nothing but the name of the socket: PostgreSQL does not listen on the network

# Clients find the server by these, so nobody may change them.
FIXED_SETTINGS = {
    "port": str(PORT),
    "unix_socket_directories": "../run",  # seen from the data: short, however deep these are
}
# For a small server of one's own: server and idle database together stay far below 250 MB.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "huge_pages": "off",
    "max_connections": "50",
    "autovacuum_max_workers": "2",
    "max_logical_replication_workers": "0",
    "jit": "off",  # costs more than it gains on queries of milliseconds
    "random_page_cost": "1.1",
    # After a checkpoint each page is written to the log whole, once: an import touches all of an
    # index, so it pays for that as seldom as the disk allows.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # That log fills its buffers in a tenth of a second then. Somebody is to write it out meanwhile, or
    # whoever adds rows does it himself, page by page.
    "wal_writer_delay": "20ms",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The log is for whoever runs the server. Statements, and the values in them, are personal data:
    # an error of a statement goes to the client alone, and details (a row's values) go nowhere.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_checkpoints": "off",
    "logging_collector": "on",
    "log_destination": "stderr",
    "log_directory": "../log",
    "log_filename": "postgresql-%u.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}
_SETTINGS_SINCE = {
    18: {
        "io_method": "sync",  # no three processes that wait for reads a small server rarely has
        "autovacuum_worker_slots": "4",
    }
}


_MB = 1024**2
_LEAST_BUFFERS, _MOST_BUFFERS = 128 * _MB, 2048 * _MB


def settings_text(version: int, configuration: Mapping[str, str]) -> str:
    """Returns the text of `benchbook.conf` for a major version; `configuration` goes before ours."""
    # Taken from the system page by page, as data come in. An index that does not fit is read again
    # and again: a search for similar sequences takes four times as long then.
    buffers = min(max(memory_bytes() // 4, _LEAST_BUFFERS), _MOST_BUFFERS)
    settings = _SETTINGS | {"shared_buffers": f"{buffers // _MB}MB"}
    for since, added in _SETTINGS_SINCE.items():
        if version >= since:
            settings |= added
    settings |= configuration
    quoted = {
        name: value.replace("\\", "\\\\").replace("'", "''") for name, value in settings.items()
    }
    return "# Written by Benchbook at every start. Changes belong into ALTER SYSTEM.\n" + "".join(
        f"{name} = '{value}'\n" for name, value in quoted.items()
    )


def memory_bytes(root: Path = Path("/")) -> int:
    """Returns the memory that there is for this process: the machine's, or less where its control
    group is held to less (a container, a service). 0 if nobody says. `root` is for tests.
    """
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        memory = 0
    limits = [limit for limit in _limits_of_groups(root) if limit > 0]
    return min([memory, *limits]) if memory > 0 else min(limits, default=0)


def _limits_of_groups(root: Path) -> list[int]:
    """The limits of the control group of this process and of those around it, of version 2 or 1."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in groups:
        _, controllers, name = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top, file = root / "sys/fs/cgroup", "memory.max"
        if controllers:
            top, file = top / "memory", "memory.limit_in_bytes"
        group = top / name.lstrip("/")
        # In a container the name may be that on the host, of which nothing is to be seen here.
        for directory in {top, group, *(one for one in group.parents if top in one.parents)}:
            try:
                limit = (directory / file).read_text().strip()
            except OSError:
                continue
            if limit.isascii() and limit.isdigit():
                found.append(int(limit))
    return found
