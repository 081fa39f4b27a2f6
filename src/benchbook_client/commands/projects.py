"""Projects on the command line: the list of them, and which one a person means by a name."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from benchbook_client import exit_codes
from benchbook_client.invocation import Invocation, json_option, pass_invocation, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchbook_client.client import Client
    from benchbook_client.schemas import Project

_WHOLE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHOWN_CANDIDATES = 5


class NoSuchProjectError(click.ClickException):
    """No project, or more than one, is what was meant."""

    exit_code = exit_codes.REFUSED


@click.command()
@click.option("--archived", is_flag=True, help="Those that were archived instead.")
@json_option
@pass_invocation
def projects(invocation: Invocation, archived: bool) -> None:
    """List the projects of your organisation, by client and name.

    Into a pipe or a file goes one line a project, with tabs between: id, name, client.
    """
    with invocation.connect() as client:
        found = list(client.projects(archived=archived))
        if invocation.answers_in_json:
            import msgspec

            invocation.answer(msgspec.json.encode({"items": found}))
            return
        from benchbook_client.display import one_line

        names = _client_names(client, found)
        rows = sorted(
            ((one_line(names.get(p.client_id or "", "")), one_line(p.name), p) for p in found),
            key=lambda row: (row[0].casefold(), row[1].casefold()),
        )
        if sys.stdout.isatty():
            if not rows:
                write("No projects are archived." if archived else "There are no projects yet.")
            width = max((len(name) for _, name, _ in rows), default=0)
            for client_name, name, project in rows:
                billable = "billable" if project.billable else ""
                write(f"{name:<{width}}  {client_name}{'  ' * bool(billable)}{billable}".rstrip())
        else:
            for client_name, name, project in rows:
                write(f"{project.id}\t{name}\t{client_name}")


def find_project_id(client: Client, given: str) -> str:
    """Gives the id of the project that was meant: by id, name, "client / name" or a part of it.

    Raises NoSuchProjectError for none or several, and names those that could be meant.
    """
    typed = " ".join(given.split()).casefold()
    if _WHOLE_ID.fullmatch(typed):
        return typed
    found = list(client.projects(archived=False))
    by_name = [p for p in found if p.name.casefold() == typed]
    if len(by_name) == 1:
        return by_name[0].id
    names = _client_names(client, found)
    full = {p.id: _full_name(p, names) for p in found}
    for matches in (
        [p for p in found if full[p.id].casefold() == typed],
        by_name,
        [p for p in found if p.name.casefold().startswith(typed)],
        [p for p in found if typed in full[p.id].casefold()],
    ):
        if len(matches) == 1 and typed:
            return matches[0].id
        if len(matches) > 1 and typed:
            raise NoSuchProjectError(
                f"“{given}” may mean {_listed([full[p.id] for p in matches])}: give more of it."
            )
    if not found:
        raise NoSuchProjectError("There are no projects yet.")
    raise NoSuchProjectError(
        f"No project is called “{given}”. There are {_listed([full[p.id] for p in found])}."
    )


def _client_names(client: Client, found: Sequence[Project]) -> dict[str, str]:
    if not any(project.client_id for project in found):
        return {}
    return {item.id: item.name for item in client.project_clients()}


def _full_name(project: Project, client_names: dict[str, str]) -> str:
    client_name = client_names.get(project.client_id or "")
    return f"{client_name} / {project.name}" if client_name else project.name


def _listed(names: Sequence[str]) -> str:
    from benchbook_client.display import name_text

    shown = [name_text(name) for name in sorted(names, key=str.casefold)[:SHOWN_CANDIDATES]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
