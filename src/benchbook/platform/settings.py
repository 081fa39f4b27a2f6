"""Everything an operator can set, read from the environment once, at the start.

Each setting ``NAME`` may instead be given as ``NAME_FILE``, the path of a file that holds the
value: the way secrets reach containers. A wrong value stops the start with a sentence that names
the variable and what it takes; docs/operations/settings.md lists them all.
"""

from __future__ import annotations

import difflib
import ipaddress
import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import formataddr, getaddresses, parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

PREFIX = "BENCHBOOK_"
# Read by commands rather than by the server, but known, so that nobody is warned of them.
COMMAND_VARIABLES = frozenset({"PASSWORD", "URL", "TOKEN", "POSTGRES_USER"})
MODULES = ("hours", "shifts", "sequences")

_HOST = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?")
_ADDRESS = re.compile(r"[!#-'*+./0-9=?A-Z^-~-]+@[A-Za-z0-9.-]+|[!#-'*+./0-9=?A-Z^-~-]+@\[[^\]]+\]")

Value = TypeVar("Value")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """A setting cannot be used; the message names it and says what it takes."""

    exit_code = 78  # EX_CONFIG


@dataclass(frozen=True)
class Settings:
    """The settings of one server.

    ``repr`` shows no secret: the database addresses are left out.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = field(default_factory=lambda: default_data_directory())
    database_url: str | None = field(default=None, repr=False)
    database_owner_url: str | None = field(default=None, repr=False)
    postgres_bin: Path | None = None
    modules: tuple[str, ...] = MODULES
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    webhook_networks: tuple[Network, ...] = ()
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_security: str = "starttls"
    smtp_user: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    smtp_sender: str | None = None
    smtp_gather_seconds: int = 60
    pool_size: int = 10
    statement_timeout_seconds: int = 30
    keep_sessions_months: int | None = None
    archive_shifts_months: int | None = None
    keep_shifts_months: int | None = None
    login_lifetime_days: int = 30
    login_attempts: int = 10
    login_window_seconds: int = 900
    max_body_bytes: int = 1_048_576
    max_import_bytes: int = 10_737_418_240
    shutdown_seconds: int = 10
    metrics: str = "auto"
    log_level: str = "info"
    log_format: str = "auto"

    @property
    def is_https(self) -> bool:
        """Whether people reach this server over TLS (``BENCHBOOK_PUBLIC_URL`` says so)."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def sends_email(self) -> bool:
        """Whether letters are sent (``BENCHBOOK_SMTP_HOST`` says where to)."""
        return self.smtp_host is not None

    @property
    def serves_metrics(self) -> bool:
        """Whether ``GET /metrics`` answers on the server's own port."""
        if self.metrics == "auto":
            return self.public_url is None and is_loopback(self.host)
        return self.metrics == "on"


def default_data_directory() -> Path:
    """Where the embedded database lives unless ``BENCHBOOK_DATA_DIR`` or ``--data-dir`` says."""
    if os.geteuid() == 0:
        return Path("/var/lib/benchbook")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "benchbook"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """The settings that ``environment`` (default: the process's) describes.

    ``overrides`` are options of the command line: those that are not None win.
    Raises SettingsError for the first value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        name = PREFIX + setting.name.upper()
        text = _text_of(environment, name)
        if text is not None and text != "":
            values[setting.name] = PARSERS[setting.name](name, text)
    values |= {name: value for name, value in overrides.items() if value is not None}
    settings = Settings(**values)
    _check_together(settings)
    return settings


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """A sentence for each ``BENCHBOOK_*`` variable that no part of Benchbook reads."""
    environment = os.environ if environment is None else environment
    with_file = {setting.name.upper() for setting in fields(Settings)} | {"PASSWORD"}
    known = with_file | COMMAND_VARIABLES
    sentences = []
    for variable in sorted(environment):
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX)
        if name in known or name.removesuffix("_FILE") in with_file:
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {PREFIX}{close[0]}?" if close else ""
        sentences.append(f"{variable} is not a setting of Benchbook and has no effect{hint}")
    return sentences


def _text_of(environment: Mapping[str, str], name: str) -> str | None:
    path = environment.get(f"{name}_FILE")
    if not path:
        return environment.get(name)
    if environment.get(name):
        raise SettingsError(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{name}_FILE names {path}, which cannot be read: {reason}.") from None


def _text(name: str, text: str) -> str:
    del name
    return text


def _path(name: str, text: str) -> Path:
    del name
    return Path(text).expanduser()


def _whole_number(minimum: int, maximum: int) -> Callable[[str, str], int]:
    def parse(name: str, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = minimum - 1
        if not minimum <= number <= maximum:
            raise SettingsError(
                f"{name} is {text!r}: it takes a whole number from {minimum} to {maximum}."
            )
        return number

    return parse


def _one_of(*choices: str) -> Callable[[str, str], str]:
    def parse(name: str, text: str) -> str:
        if text.lower() not in choices:
            raise SettingsError(f"{name} is {text!r}: it takes one of {', '.join(choices)}.")
        return text.lower()

    return parse


def _database_url(name: str, text: str) -> str:
    # The value is a secret: no message may repeat it.
    if urlsplit(text).scheme not in ("postgres", "postgresql"):
        raise SettingsError(
            f"{name} is not a PostgreSQL address: it looks like "
            "postgresql://user:password@host:5432/database."
        )
    return text


def _public_url(name: str, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise SettingsError(
            f"{name} is {text!r}: it takes the address people open, such as "
            "https://benchbook.example.org, without a path."
        )
    return f"{parts.scheme}://{parts.netloc}"


def _host(name: str, text: str) -> str:
    if not _HOST.fullmatch(text):
        raise SettingsError(
            f"{name} is {text!r}: it takes the name or the address of a server, such as "
            "mail.example.org; the port has a setting of its own."
        )
    return text.strip("[]")


def _sender(name: str, text: str) -> str:
    shown_name, address = parseaddr(text)
    if (
        len(getaddresses([text])) != 1
        or not _ADDRESS.fullmatch(address)
        or any(character in text for character in "\r\n")
    ):
        raise SettingsError(
            f"{name} is {text!r}: it takes an e-mail address, benchbook@example.org or "
            "Benchbook <benchbook@example.org>."
        )
    return formataddr((shown_name, address)) if shown_name else address


def _modules(name: str, text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    unknown = [module for module in chosen if module not in MODULES]
    if unknown or not chosen:
        raise SettingsError(f"{name} is {text!r}: it takes some of {', '.join(MODULES)}.")
    return chosen


def _proxies(name: str, text: str) -> tuple[str, ...]:
    proxies = tuple(part.strip() for part in text.split(",") if part.strip())
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            raise SettingsError(
                f"{name} holds {proxy!r}: it takes addresses or networks such as "
                "10.0.0.0/8, separated by commas."
            ) from None
    return proxies


def _networks(name: str, text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(network, strict=False) for network in _proxies(name, text))


PARSERS: dict[str, Callable[[str, str], Any]] = {
    "host": _text,
    "port": _whole_number(0, 65535),
    "data_dir": _path,
    "database_url": _database_url,
    "database_owner_url": _database_url,
    "postgres_bin": _path,
    "modules": _modules,
    "public_url": _public_url,
    "trusted_proxies": _proxies,
    "webhook_networks": _networks,
    "smtp_host": _host,
    "smtp_port": _whole_number(1, 65535),
    "smtp_security": _one_of("starttls", "tls", "none"),
    "smtp_user": _text,
    "smtp_password": _text,
    "smtp_sender": _sender,
    "smtp_gather_seconds": _whole_number(0, 3600),
    "pool_size": _whole_number(1, 200),
    "statement_timeout_seconds": _whole_number(1, 3600),
    "keep_sessions_months": _whole_number(12, 1200),
    "archive_shifts_months": _whole_number(1, 1200),
    "keep_shifts_months": _whole_number(12, 1200),
    "login_lifetime_days": _whole_number(1, 365),
    "login_attempts": _whole_number(1, 1000),
    "login_window_seconds": _whole_number(1, 86_400),
    "max_body_bytes": _whole_number(1024, 1_073_741_824),
    "max_import_bytes": _whole_number(1024, 1_099_511_627_776),
    "shutdown_seconds": _whole_number(0, 600),
    "metrics": _one_of("auto", "on", "off"),
    "log_level": _one_of("debug", "info", "warning", "error"),
    "log_format": _one_of("auto", "json", "pretty"),
}


def _check_together(settings: Settings) -> None:
    if settings.database_owner_url and not settings.database_url:
        raise SettingsError(
            "BENCHBOOK_DATABASE_OWNER_URL is set without BENCHBOOK_DATABASE_URL: set both, "
            "or neither to use the embedded database."
        )
    _check_smtp(settings)
    if settings.keep_shifts_months is not None and (
        settings.archive_shifts_months is None
        or settings.archive_shifts_months > settings.keep_shifts_months
    ):
        raise SettingsError(
            "BENCHBOOK_KEEP_SHIFTS_MONTHS drops archived months: set BENCHBOOK_ARCHIVE_SHIFTS_MONTHS "
            "to as many months, or fewer."
        )
    logging.getLevelNamesMapping()[settings.log_level.upper()]


def _check_smtp(settings: Settings) -> None:
    given = [
        PREFIX + name.upper()
        for name in ("smtp_port", "smtp_user", "smtp_password", "smtp_sender")
        if getattr(settings, name) is not None
    ]
    if settings.smtp_host is None:
        if given:
            raise SettingsError(
                f"{given[0]} is set without BENCHBOOK_SMTP_HOST: name the server that takes the "
                "e-mail, or leave both out."
            )
        return
    if settings.smtp_sender is None:
        raise SettingsError(
            "BENCHBOOK_SMTP_HOST is set without BENCHBOOK_SMTP_SENDER: say which address the "
            "e-mail comes from, such as Benchbook <benchbook@example.org>."
        )
    if settings.public_url is None:
        raise SettingsError(
            "BENCHBOOK_SMTP_HOST is set without BENCHBOOK_PUBLIC_URL: e-mail holds links, so say "
            "at which address people open Benchbook."
        )
    if (settings.smtp_user is None) != (settings.smtp_password is None):
        raise SettingsError(
            "BENCHBOOK_SMTP_USER and BENCHBOOK_SMTP_PASSWORD go together: set both, or neither."
        )
    if (
        settings.smtp_user
        and settings.smtp_security == "none"
        and not is_loopback(settings.smtp_host)
    ):
        raise SettingsError(
            "BENCHBOOK_SMTP_SECURITY is 'none': the password would be sent in clear. Use starttls "
            "or tls, or leave BENCHBOOK_SMTP_USER and BENCHBOOK_SMTP_PASSWORD out."
        )
