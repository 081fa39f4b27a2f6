"""The options that say which sessions are meant; a list, an export and the totals share them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from benchbook_client.commands.arguments import project_option, range_end, range_start
from benchbook_client.commands.completing import tag_names

if TYPE_CHECKING:
    from benchbook_client.client import Client, SessionFilter
    from benchbook_client.invocation import Invocation

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class FilterOptions:
    """What was given on the command line to narrow the sessions down."""

    year: int | None
    month: int | None
    from_: str | None
    to: str | None
    text: str | None
    tag: str | None
    project: str | None
    deleted: bool

    def read(
        self, invocation: Invocation, client: Client, *, everybody: bool = False
    ) -> SessionFilter:
        """Makes a filter of it: the person's own sessions, unless those of ``everybody``.

        Raises click.BadParameter and NoSuchProjectError.
        """
        from benchbook_client.client import SessionFilter
        from benchbook_client.commands.projects import find_project_id

        zone, now = invocation.zone(client), invocation.now()
        year = self.year
        if self.month is not None and year is None:
            year = now.astimezone(zone).year
        return SessionFilter(
            year=year,
            month=self.month,
            starts_from=range_start(self.from_, "--from", zone=zone, now=now)
            if self.from_ is not None
            else None,
            starts_before=range_end(self.to, "--to", zone=zone, now=now)
            if self.to is not None
            else None,
            text=self.text,
            tag=self.tag,
            project_id=find_project_id(client, self.project) if self.project else None,
            person_id=None if everybody else invocation.me(client).person.id,
            deleted=self.deleted,
        )


def filter_options(command: Command) -> Command:
    """Adds the filters to a command, which gets them as ``filters``, a FilterOptions."""

    @wraps(command)
    def with_filters(*arguments: Any, **options: Any) -> Any:
        names = FilterOptions.__dataclass_fields__
        filters = FilterOptions(**{name: options.pop(name) for name in names})
        return command(*arguments, filters=filters, **options)

    wrapped: Any = with_filters
    for option in reversed(
        (
            click.option(
                "--year",
                type=click.IntRange(1, 9999),
                metavar="YEAR",
                help="Only sessions that start in this year.",
            ),
            click.option(
                "--month",
                type=click.IntRange(1, 12),
                metavar="1–12",
                help="Only sessions that start in this month, of --year or of the current year.",
            ),
            click.option(
                "--from",
                "from_",
                metavar="DAY",
                help="Only from this day on: today, monday, 2026-05-12.",
            ),
            click.option("--to", metavar="DAY", help="Only up to this day, the day included."),
            click.option(
                "-q", "--search", "text", metavar="TEXT", help="Only with this text in the name."
            ),
            click.option(
                "--tag", metavar="TAG", shell_complete=tag_names, help="Only with this tag."
            ),
            project_option("Only of this project."),
            click.option(
                "--deleted", is_flag=True, help="Those in the bin (kept for 30 days) instead."
            ),
        )
    ):
        wrapped = option(wrapped)
    result: Command = wrapped
    return result
