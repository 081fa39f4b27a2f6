"""The commands around saved sessions: list, add, edit, delete and restore."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from benchbook_client.commands.arguments import (
    billable_option,
    end,
    instant,
    name_of,
    past,
    project_option,
    tag_option,
)
from benchbook_client.commands.completing import session_ids, tag_names
from benchbook_client.commands.filters import FilterOptions, filter_options
from benchbook_client.commands.finding import find_session_id
from benchbook_client.commands.wording import running_text, session_text
from benchbook_client.invocation import Invocation, json_option, pass_invocation, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchbook_client.client import Answer, Client, SessionFilter, Unset
    from benchbook_client.schemas import Page, Session

USUAL_LIMIT = 50


@click.command()
@filter_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    default=USUAL_LIMIT,
    help=f"Show at most this many, the newest (usually {USUAL_LIMIT}).",
)
@click.option("--all", "everything", is_flag=True, help="Show all, however many.")
@json_option
@pass_invocation
def sessions(
    invocation: Invocation,
    filters: FilterOptions,
    limit: int,
    everything: bool,
) -> None:
    """List your saved sessions, newest first.

    A session belongs to the day, month and year in which it starts. On a terminal they are
    grouped by day; the totals are those of all sessions that match, shown or not. Into a pipe or
    a file goes one line a session, with tabs between: id, start, end, seconds, name, tags.

    --from and --to also take a point in time, such as "monday 12:00".

    \b
    Examples:
      bb sessions --from monday
      bb sessions --year 2026 --month 5 --all
      bb sessions -q plate --tag pcr
      bb sessions --all | cut -f 4 | paste -sd+ | bc
    """
    with invocation.connect() as client:
        zone = invocation.zone(client)
        which = filters.read(invocation, client)
        pages = client.session_pages(which, limit=None if everything else limit)
        if invocation.answers_in_json:
            invocation.answer(_one_document(pages))
        elif sys.stdout.isatty():
            _print_table(invocation, client, which, pages)
        else:
            from benchbook_client.display import session_as_tabs

            for page in pages:
                if page.data.items:
                    write("\n".join(session_as_tabs(item, zone) for item in page.data.items))


@click.command()
@click.argument("name", nargs=-1, required=True)
@click.option("--from", "from_", metavar="TIME", required=True, help="When it started.")
@click.option("--to", metavar="TIME", help="When it ended; without a day, the first after --from.")
@click.option("--duration", metavar="LENGTH", help="How long it was: 90m, 1h30, 1:30 or 1.5.")
@project_option("Its project; a part of the name will do.")
@tag_option
@click.option("--note", metavar="TEXT", help="What else there is to say.")
@billable_option
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    name: tuple[str, ...],
    from_: str,
    to: str | None,
    duration: str | None,
    project: str | None,
    tag: tuple[str, ...],
    note: str | None,
    billable: bool | None,
) -> None:
    """Save a session that was not timed.

    Give either --to or --duration.

    \b
    Examples:
      bb add "Lab meeting" --from 09:30 --to 11:00
      bb add "Night run" --from "yesterday 22:00" --to 01:30
      bb add "Gel" --from "monday 14:00" --duration 1h30 --tag pcr
    """
    from benchbook_client.client import UNSET
    from benchbook_client.commands.projects import find_project_id

    if (to is None) == (duration is None):
        raise click.UsageError("Give either --to TIME or --duration LENGTH.")
    with invocation.connect() as client:
        zone, now = invocation.zone(client), invocation.now()
        started_at = instant(from_, "--from", zone=zone, now=now)
        answer = client.create_session(
            name_of(name),
            started_at=started_at,
            ended_at=end(to, "--to", start=started_at, zone=zone, now=now)
            if to is not None
            else UNSET,
            duration=UNSET if duration is None else duration,
            project_id=find_project_id(client, project) if project else UNSET,
            tags=list(tag) or UNSET,
            billable=UNSET if billable is None else billable,
            note=UNSET if note is None else note,
        )
        invocation.answer(answer.body)
        invocation.say(f"Saved {session_text(invocation, client, answer.data)}.")


@click.command()
@click.argument("session_id", metavar="[ID]", required=False, shell_complete=session_ids)
@click.option("--name", metavar="NAME", help="Its new name.")
@click.option(
    "--from",
    "from_",
    metavar="TIME",
    help="When it started. Without a day: on the day it has, or, for the running one, the latest "
    "such time.",
)
@click.option(
    "--to", metavar="TIME", help="When it ended; without a day, the first after its start."
)
@click.option("--duration", metavar="LENGTH", help="How long it was: 90m, 1h30, 1:30 or 1.5.")
@project_option("Its new project; a part of the name will do.")
@click.option("--no-project", is_flag=True, help="Take the project away.")
@click.option(
    "--tag",
    metavar="TAG",
    multiple=True,
    shell_complete=tag_names,
    help="Its new tags; give it once for each.",
)
@click.option("--no-tags", is_flag=True, help="Take all tags away.")
@click.option("--note", metavar="TEXT", help="Its new note, of a saved one; “” takes it away.")
@billable_option
@json_option
@pass_invocation
def edit(
    invocation: Invocation,
    session_id: str | None,
    name: str | None,
    from_: str | None,
    to: str | None,
    duration: str | None,
    project: str | None,
    no_project: bool,
    tag: tuple[str, ...],
    no_tags: bool,
    note: str | None,
    billable: bool | None,
) -> None:
    """Change a session: the running one, or a saved one by its ID.

    What you do not name stays as it is. IDs are shown by bb sessions; the last letters are enough.
    Exit code 1 if no ID was given and nothing is running.

    \b
    Examples:
      bb edit --name "Plate 3, second run"
      bb edit --from 09:15
      bb edit 1f0c9a2b --to 17:30 --tag pcr
    """
    if tag and no_tags:
        raise click.UsageError("Give either --tag or --no-tags.")
    if project and no_project:
        raise click.UsageError("Give either --project or --no-project.")
    if all(
        value is None for value in (name, from_, to, duration, project, note, billable)
    ) and not (tag or no_tags or no_project):
        raise click.UsageError(
            "Nothing to change: give --name, --from, --to, --project, --tag, --note or --billable."
        )
    if to is not None and duration is not None:
        raise click.UsageError("Give either --to or --duration.")
    if session_id is None and (to is not None or duration is not None):
        raise click.UsageError("The running session has no end yet: use bb stop --at TIME.")
    if session_id is None and note is not None:
        raise click.UsageError("The running session takes no note yet: give it once it is saved.")
    from benchbook_client.client import UNSET
    from benchbook_client.commands.projects import find_project_id

    new_name = UNSET if name is None else name
    new_tags = [] if no_tags else list(tag) or UNSET
    new_billable = UNSET if billable is None else billable
    with invocation.connect() as client:
        zone, now = invocation.zone(client), invocation.now()
        new_project: str | Unset | None = None if no_project else UNSET
        if project:
            new_project = find_project_id(client, project)
        if session_id is None:
            state = client.change_timer(
                name=new_name,
                project_id=new_project,
                tags=new_tags,
                billable=new_billable,
                started_at=past(from_, "--from", zone=zone, now=now)
                if from_ is not None
                else UNSET,
            )
            invocation.answer(state.body)
            if state.data.running is not None:
                invocation.say(f"Running: {running_text(invocation, client, state.data.running)}.")
            return
        before = client.session(find_session_id(invocation, client, session_id))
        start = before.data.started_at
        day = start.astimezone(zone).date()
        if from_ is not None:
            start = instant(from_, "--from", zone=zone, now=now, day=day)
        after = client.change_session(
            before.data.id,
            name=new_name,
            project_id=new_project,
            tags=new_tags,
            billable=new_billable,
            note=UNSET if note is None else note,
            started_at=start if from_ is not None else UNSET,
            ended_at=end(to, "--to", start=start, zone=zone, now=now) if to is not None else UNSET,
            duration=UNSET if duration is None else duration,
            if_match=before.etag,
        )
        invocation.answer(after.body)
        invocation.say(f"Changed to {session_text(invocation, client, after.data)}.")


@click.command()
@click.argument("session_id", metavar="ID", shell_complete=session_ids)
@json_option
@pass_invocation
def delete(invocation: Invocation, session_id: str) -> None:
    """Put the session with this ID into the bin.

    It stays there for 30 days; bb restore takes it back. IDs are shown by bb sessions; the last
    letters are enough.
    """
    with invocation.connect() as client:
        session = client.session(find_session_id(invocation, client, session_id)).data
        invocation.answer(client.delete_session(session.id).body)
        if not invocation.answers_in_json:
            from benchbook_client.display import short_id

            invocation.say(
                f"Deleted {session_text(invocation, client, session)}.\n"
                f"Take it back within 30 days with: bb restore {short_id(session.id)}"
            )


@click.command()
@click.argument("session_id", metavar="[ID]", required=False, shell_complete=session_ids)
@json_option
@pass_invocation
def restore(invocation: Invocation, session_id: str | None) -> None:
    """Take a session out of the bin.

    That is the last one deleted, or the one with this ID.
    What is in the bin is shown by bb sessions --deleted.
    """
    with invocation.connect() as client:
        identifier = find_session_id(invocation, client, session_id, in_the_bin=True)
        answer = client.restore_session(identifier)
        invocation.answer(answer.body)
        if not invocation.answers_in_json:
            invocation.say(f"Restored {session_text(invocation, client, answer.data)}.")


def _one_document(pages: Iterator[Answer[Page[Session]]]) -> bytes:
    """Puts pages into one document of the same shape, each session as it came."""
    import msgspec

    from benchbook_client.schemas import UnreadPage

    first = next(pages)
    rest = list(pages)
    if not rest:
        return first.body
    decoded = [msgspec.json.decode(page.body, type=UnreadPage) for page in (first, *rest)]
    return msgspec.json.encode(
        UnreadPage(
            items=tuple(item for page in decoded for item in page.items),
            next_cursor=decoded[-1].next_cursor,
        )
    )


def _print_table(
    invocation: Invocation,
    client: Client,
    which: SessionFilter,
    pages: Iterator[Answer[Page[Session]]],
) -> None:
    import shutil

    from benchbook_client.display import duration_text, session_lines

    shown = [session for page in pages for session in page.data.items]
    if not shown:
        write(
            "Nothing in the bin matches."
            if which.deleted
            else "No sessions found. Start one with: bb start NAME"
        )
        return
    totals = client.session_totals(which).data
    lines = session_lines(
        shown,
        day_seconds={day.date: day.duration_seconds for day in totals.days},
        zone=invocation.zone(client),
        columns=shutil.get_terminal_size().columns,
    )
    write("\n".join(click.style(line, bold=True) if bold else line for line, bold in lines))
    count = f"{totals.count:,} session{'s' * (totals.count != 1)}"
    in_all = f"{duration_text(totals.duration_seconds)} in all"
    if len(shown) < totals.count:
        write(f"\nThe newest {len(shown):,} of {count}, {in_all}. See more with --limit or --all.")
    else:
        write(f"\n{count}, {in_all}.")
