"""``bb report``: the hours of a day, week, month or year."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import click

from benchbook_client.commands.arguments import day_of, project_option
from benchbook_client.invocation import Invocation, json_option, pass_invocation, write

if TYPE_CHECKING:
    from benchbook_client.client import Grouping, Period

PERIODS = ("day", "week", "month", "year")
GROUPINGS = ("project", "client", "tag", "person", "none")


@click.command()
@click.argument("period", type=click.Choice(PERIODS), default="week")
@click.option(
    "--date", "day", metavar="DAY", help="A day in the period, if not today: yesterday, 2026-05-12."
)
@click.option(
    "--by",
    "grouping",
    type=click.Choice(GROUPINGS),
    default="project",
    help="What to sum by (usually project).",
)
@click.option("--split", is_flag=True, help="Cut sessions at midnight, instead of by their start.")
@project_option("Only hours of this project.")
@click.option(
    "--billable/--not-billable", default=None, help="Only hours that are billed, or are not."
)
@click.option("--everybody", is_flag=True, help="Everybody's hours, if you may see them.")
@json_option
@pass_invocation
def report(
    invocation: Invocation,
    period: str,
    day: str | None,
    grouping: str,
    split: bool,
    project: str | None,
    billable: bool | None,
    everybody: bool,
) -> None:
    """Sum your hours of a day, week, month or year.

    PERIOD is day, week (the usual one), month or year. On a terminal there is a line for each
    project and one for each day. Into a pipe or a file goes one line for each project and day,
    with tabs between: day, seconds, project; in a report of a year and of a day too.

    A session with several tags counts for each of them, so that tags may add up to more than all.

    \b
    Examples:
      bb report
      bb report month --by client
      bb report day --date yesterday
      bb report year --date 2025-01-01 --by tag --json
    """
    from benchbook_client.commands.projects import find_project_id

    with invocation.connect() as client:
        zone, now = invocation.zone(client), invocation.now()
        answer = client.hours_report(
            cast("Period", period),
            day=None if day is None else day_of(day, "--date", zone=zone, now=now),
            group_by=cast("Grouping", grouping),
            split=split,
            project_id=find_project_id(client, project) if project else None,
            person_id=None if everybody else invocation.me(client).person.id,
            billable=billable,
        )
        if invocation.answers_in_json:
            invocation.answer(answer.body)
        elif sys.stdout.isatty():
            import shutil

            from benchbook_client.display import report_lines

            columns = shutil.get_terminal_size().columns
            for line, bold in report_lines(answer.data, columns=columns):
                write(click.style(line, bold=True) if bold else line)
        else:
            from benchbook_client.display import one_line

            for bucket in answer.data.buckets:
                for total in bucket.days:
                    write(f"{total.date}\t{total.duration_seconds}\t{one_line(bucket.label)}")
