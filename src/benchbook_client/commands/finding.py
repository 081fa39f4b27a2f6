"""Finds the session that a person means: by id, by the end of one, or the latest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from benchbook_client import exit_codes

if TYPE_CHECKING:
    from benchbook_client.client import Client, SessionFilter
    from benchbook_client.invocation import Invocation
    from benchbook_client.schemas import Session

SEARCHED_SESSIONS = 2_000
_WHOLE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_END_OF_ID = re.compile(r"[0-9a-f-]{4,35}")


class NoSuchSessionError(click.ClickException):
    """No session, or more than one, is what was meant."""

    exit_code = exit_codes.REFUSED


def find_session_id(
    invocation: Invocation, client: Client, given: str | None, *, in_the_bin: bool = False
) -> str:
    """Gives the id of the person's own session that was meant.

    A whole id is taken as it is. The end of one is looked for among the latest 2,000 sessions
    (or those in the bin); nothing means the latest one: the last started, or the last deleted.
    Raises click.UsageError for what cannot be an id and NoSuchSessionError for no or several.
    """
    if given is None:
        return _latest(invocation, client, in_the_bin=in_the_bin).id
    typed = given.strip().lower()
    if _WHOLE_ID.fullmatch(typed):
        return typed
    if not _END_OF_ID.fullmatch(typed):
        raise click.UsageError(
            f"“{given}” is not an id, nor the last four or more letters of one. "
            "IDs are shown by: bb sessions"
        )
    found = [
        s for s in _candidates(invocation, client, in_the_bin=in_the_bin) if s.id.endswith(typed)
    ]
    if len(found) == 1:
        return found[0].id
    where = "in the bin" if in_the_bin else f"among your latest {SEARCHED_SESSIONS:,} sessions"
    if not found:
        raise NoSuchSessionError(f"No id {where} ends with {typed}. IDs are shown by: bb sessions")
    raise NoSuchSessionError(f"Several ids {where} end with {typed}: give more letters.")


def _latest(invocation: Invocation, client: Client, *, in_the_bin: bool) -> Session:
    if not in_the_bin:
        for session in client.sessions(_own(invocation, client), limit=1):
            return session
        raise NoSuchSessionError("You have no saved sessions yet. Start one with: bb start NAME")
    binned = [
        s for s in _candidates(invocation, client, in_the_bin=True) if s.deleted_at is not None
    ]
    if not binned:
        raise NoSuchSessionError("Your bin is empty.")
    return max(binned, key=lambda session: session.deleted_at or session.started_at)


def _candidates(invocation: Invocation, client: Client, *, in_the_bin: bool) -> list[Session]:
    which = _own(invocation, client, deleted=in_the_bin)
    return list(client.sessions(which, limit=SEARCHED_SESSIONS))


def _own(invocation: Invocation, client: Client, *, deleted: bool = False) -> SessionFilter:
    """Restricts to the person's own: who manages people would see everybody's."""
    from benchbook_client.client import SessionFilter

    return SessionFilter(person_id=invocation.me(client).person.id, deleted=deleted)
