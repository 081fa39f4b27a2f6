"""The commands around the running session: start, stop, status, continue and discard."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from benchbook_client import exit_codes
from benchbook_client.commands.arguments import (
    billable_option,
    end,
    instant,
    name_of,
    project_option,
    tag_option,
)
from benchbook_client.commands.completing import session_ids
from benchbook_client.commands.finding import find_session_id
from benchbook_client.commands.wording import running_text, session_text, started_text
from benchbook_client.invocation import Invocation, json_option, pass_invocation

if TYPE_CHECKING:
    from datetime import datetime

    from benchbook_client.client import Client, Unset
    from benchbook_client.schemas import TimerStarted


@click.command()
@click.argument("name", nargs=-1)
@project_option("The project; a part of its name will do.")
@tag_option
@click.option("--at", metavar="TIME", help="When it started, if not now: 09:30, “20m ago”.")
@billable_option
@json_option
@pass_invocation
def start(
    invocation: Invocation,
    name: tuple[str, ...],
    project: str | None,
    tag: tuple[str, ...],
    at: str | None,
    billable: bool | None,
) -> None:
    """Start the timer, with a NAME if you have one already.

    A session that is running ends at the moment when the new one starts.

    \b
    Examples:
      bb start "Plate 3"
      bb start Plate 3 --project amplicons --tag pcr
      bb start "Plate 3" --at 09:30
      bb start --at "20m ago"
    """
    from benchbook_client.client import UNSET
    from benchbook_client.commands.projects import find_project_id

    with invocation.connect() as client:
        started_at: datetime | Unset = UNSET
        if at is not None:
            started_at = instant(at, "--at", zone=invocation.zone(client), now=invocation.now())
        answer = client.start_timer(
            name_of(name) or UNSET,
            project_id=find_project_id(client, project) if project else UNSET,
            tags=list(tag) or UNSET,
            billable=UNSET if billable is None else billable,
            started_at=started_at,
        )
        invocation.answer(answer.body)
        _say_started(invocation, client, answer.data)


@click.command()
@click.option("--at", metavar="TIME", help="When it ended, if not now: 17:00, “yesterday 18:30”.")
@json_option
@pass_invocation
def stop(invocation: Invocation, at: str | None) -> None:
    """Stop the timer and save the session.

    A time without a day is the first such time after the start: bb stop --at 18:00, said the next
    morning, ends it yesterday at 18:00.

    Nothing running is fine: it says so, and the exit code is 0.
    """
    from benchbook_client.client import UNSET

    with invocation.connect() as client:
        ended_at = _when_it_ended(invocation, client, at) if at is not None else UNSET
        answer = client.stop_timer(ended_at=ended_at)
        invocation.answer(answer.body)
        stopped = answer.data.stopped
        if stopped is None:
            invocation.say("Nothing was running.")
        elif not invocation.answers_in_json:
            invocation.say(f"Stopped {session_text(invocation, client, stopped)}.")


@click.command()
@json_option
@pass_invocation
def status(invocation: Invocation) -> int:
    """Say what is running.

    The exit code is 0 if something is, and 1 if nothing is.
    """
    with invocation.connect() as client:
        answer = client.timer()
        invocation.answer(answer.body)
        running = answer.data.running
        if running is None:
            invocation.say("Nothing is running.")
            return exit_codes.NOTHING_RUNNING
        if not invocation.answers_in_json:
            invocation.say(f"Running: {running_text(invocation, client, running)}.")
    return exit_codes.DONE


@click.command("continue")
@click.argument("session_id", metavar="[ID]", required=False, shell_complete=session_ids)
@json_option
@pass_invocation
def continue_(invocation: Invocation, session_id: str | None) -> None:
    """Start the timer as for an earlier session.

    It takes over name, project and tags of the session with this ID, or of your latest saved one.
    IDs are shown by bb sessions; the last
    letters are enough.
    """
    with invocation.connect() as client:
        answer = client.continue_session(find_session_id(invocation, client, session_id))
        invocation.answer(answer.body)
        _say_started(invocation, client, answer.data)


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_invocation
def discard(invocation: Invocation, yes: bool) -> int:
    """Throw the running session away.

    It cannot be taken back, so bb asks first. Exit code 1 if nothing is running.
    """
    with invocation.connect() as client:
        running = client.timer().data.running
        if running is None:
            invocation.answer(b"")
            invocation.say("Nothing is running.")
            return exit_codes.NOTHING_RUNNING
        what = running_text(invocation, client, running)
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("There is no terminal to ask on: give --yes.")
            if not click.confirm(f"Throw away {what}?", err=True):
                raise click.Abort
        invocation.answer(client.discard_timer().body)
        invocation.say(f"Thrown away: {what}.")
    return exit_codes.DONE


def _say_started(invocation: Invocation, client: Client, started: TimerStarted) -> None:
    if invocation.answers_in_json:
        return
    if started.stopped is not None:
        invocation.say(f"Stopped {session_text(invocation, client, started.stopped)}.")
    invocation.say(f"Started {started_text(invocation, client, started.running)}.")


def _when_it_ended(invocation: Invocation, client: Client, text: str) -> datetime:
    zone, now = invocation.zone(client), invocation.now()
    running = client.timer().data.running
    if running is None:
        return instant(text, "--at", zone=zone, now=now)
    return end(text, "--at", start=running.started_at, zone=zone, now=now)
