"""What several commands read from the command line: names, tags, times and days."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from benchbook_client.commands.completing import project_names, tag_names

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

Command = TypeVar("Command", bound=Callable[..., Any])
Result = TypeVar("Result")


def tag_option(command: Command) -> Command:
    """Adds ``--tag``, which may be given several times."""
    return click.option(
        "--tag",
        metavar="TAG",
        multiple=True,
        shell_complete=tag_names,
        help="A tag; may be given several times.",
    )(command)


def project_option(what: str) -> Callable[[Command], Command]:
    """Adds ``--project``, a name or a part of one that no other project has."""
    return click.option("--project", metavar="NAME", shell_complete=project_names, help=what)


def billable_option(command: Command) -> Command:
    """Adds ``--billable`` and ``--not-billable``; neither leaves it to the project."""
    return click.option(
        "--billable/--not-billable", default=None, help="Whether it is to be billed."
    )(command)


def name_of(words: tuple[str, ...]) -> str:
    """Joins the words of a name, so that it needs no quotes."""
    return " ".join(words).strip()


def instant(
    text: str, option: str, *, zone: tzinfo, now: datetime, day: date | None = None
) -> datetime:
    """Reads a time given with an option. Raises click.BadParameter that names it."""
    from benchbook_client.times import parse_instant

    return _read(option, lambda: parse_instant(text, zone=zone, now=now, day=day))


def end(text: str, option: str, *, start: datetime, zone: tzinfo, now: datetime) -> datetime:
    """Reads the end of what began at ``start``. Raises click.BadParameter that names the option."""
    from benchbook_client.times import parse_end

    return _read(option, lambda: parse_end(text, start=start, zone=zone, now=now))


def past(text: str, option: str, *, zone: tzinfo, now: datetime) -> datetime:
    """Reads a time that has passed: without a day, the latest such time. Raises BadParameter."""
    from benchbook_client.times import parse_past

    return _read(option, lambda: parse_past(text, zone=zone, now=now))


def range_start(text: str, option: str, *, zone: tzinfo, now: datetime) -> date | datetime:
    """Reads where a range of sessions begins. Raises click.BadParameter that names the option."""
    from benchbook_client.times import parse_day_or_instant

    return _read(option, lambda: parse_day_or_instant(text, zone=zone, now=now))


def range_end(text: str, option: str, *, zone: tzinfo, now: datetime) -> date | datetime:
    """Reads where a range of sessions ends, half-open as the API wants it.

    A day that a person names as the end belongs to the range. Raises click.BadParameter.
    """
    from datetime import datetime, timedelta

    border = range_start(text, option, zone=zone, now=now)
    return border if isinstance(border, datetime) else border + timedelta(days=1)


def day_of(text: str, option: str, *, zone: tzinfo, now: datetime) -> date:
    """Reads a local day; of a point in time, its day. Raises click.BadParameter that names it."""
    from datetime import datetime

    border = range_start(text, option, zone=zone, now=now)
    return border.astimezone(zone).date() if isinstance(border, datetime) else border


def _read(option: str, parse: Callable[[], Result]) -> Result:
    from benchbook_client.times import TimeNotUnderstoodError

    try:
        return parse()
    except TimeNotUnderstoodError as error:
        raise click.BadParameter(str(error), param_hint=option) from None
