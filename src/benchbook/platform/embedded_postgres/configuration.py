"""How PostgreSQL is set up: for a small server, and with a log that tells nothing of anybody."""

from collections.abc import Mapping

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
    "shared_buffers": "128MB",  # taken from the system page by page, as data come in
    "huge_pages": "off",
    "max_connections": "50",
    "autovacuum_max_workers": "2",
    "max_logical_replication_workers": "0",
    "jit": "off",  # costs more than it gains on queries of milliseconds
    "random_page_cost": "1.1",
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


def settings_text(version: int, configuration: Mapping[str, str]) -> str:
    """Returns the text of `benchbook.conf` for a major version; `configuration` goes before ours."""
    settings = dict(_SETTINGS)
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
