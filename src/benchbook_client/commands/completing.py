"""Completion in the shell: ``bb completion``, and the names that Tab may put in.

What is completed comes from the server, asked once and without patience: a shell must not hang
because a network does. Whatever goes wrong, Tab then simply knows nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from benchbook_client.invocation import Invocation, json_option, pass_invocation

if TYPE_CHECKING:
    from benchbook_client.client import Client

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_BB_COMPLETE"
PATIENCE_SECONDS = 1.5
OFFERED_SESSIONS = 25


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@json_option
@pass_invocation
def completion(invocation: Invocation, shell: str | None) -> None:
    """Print the script that lets a SHELL complete commands, options and names.

    Without SHELL it is the one that you use. Put one of these lines into the shell's start-up
    file:

    \b
      eval "$(bb completion bash)"        ~/.bashrc
      eval "$(bb completion zsh)"         ~/.zshrc
      bb completion fish | source         ~/.config/fish/config.fish
    """
    chosen = shell or os.path.basename(os.environ.get("SHELL", ""))  # noqa: PTH119
    maker = get_completion_class(chosen) if chosen in SHELLS else None
    if maker is None:
        raise click.UsageError(f"Which shell? Give one of {', '.join(SHELLS)}.")
    # Only the script is wanted of it, so it may know any command.
    source = maker(click.Command("bb"), {}, "bb", VARIABLE)
    variables = source.source_vars()
    script = source.source_template % variables
    if invocation.answers_in_json:
        import msgspec

        invocation.answer(msgspec.json.encode({"shell": chosen, "script": script}))
    else:
        invocation.say(script.strip())


def project_names(
    _context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """The projects whose name begins with, or holds, what was typed."""
    return _offer(
        begun, lambda client: ((p.name, None) for p in client.projects(archived=False)), part=True
    )


def tag_names(
    _context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """The tags that begin with what was typed."""
    return _offer(begun, lambda client: ((tag.name, None) for tag in client.tags()))


def session_ids(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """The last letters of the ids of the latest sessions, with their names beside."""
    from benchbook_client.display import duration_text, one_line, short_id

    def latest(client: Client) -> Iterable[tuple[str, str | None]]:
        from benchbook_client.client import SessionFilter

        which = SessionFilter(
            person_id=client.me().data.person.id, deleted=context.info_name == "restore"
        )
        for session in client.sessions(which, limit=OFFERED_SESSIONS):
            told = f"{one_line(session.name)}, {duration_text(session.duration_seconds)}"
            yield short_id(session.id), told

    return _offer(begun, latest)


def _offer(
    begun: str,
    ask: Callable[[Client], Iterable[tuple[str, str | None]]],
    *,
    part: bool = False,
) -> list[CompletionItem]:
    from benchbook_client.client import Client
    from benchbook_client.credentials import find_credentials
    from benchbook_client.retries import NEVER_AGAIN

    typed = begun.replace("\\", "").casefold()
    try:
        credentials = find_credentials()
        with Client(
            credentials.url,
            token=credentials.token,
            timeout_seconds=PATIENCE_SECONDS,
            retry_policy=NEVER_AGAIN,
        ) as client:
            found = [
                (name, told)
                for name, told in ask(client)
                if name.casefold().startswith(typed) or (part and typed in name.casefold())
            ]
    except Exception:
        return []
    return [CompletionItem(_as_typed(name), help=told) for name, told in found]


def _as_typed(name: str) -> str:
    """Writes a name as one word of bash, which does not do so itself; other shells do."""
    from benchbook_client.display import one_line

    plain = one_line(name)
    if os.environ.get(VARIABLE, "").startswith("bash"):
        return re.sub(r"([^\w@%+=:,./-])", r"\\\1", plain)
    return plain
