"""How the commands speak of a session: its name, when it was, how long, which one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from benchbook_client.client import Client
    from benchbook_client.invocation import Invocation
    from benchbook_client.schemas import Session


def session_text(invocation: Invocation, client: Client, session: Session) -> str:
    """Describes a saved session: name, when, how long, and the end of its id."""
    from benchbook_client.display import duration_text, name_text, short_id, span_text

    zone, today = _zone_and_today(invocation, client)
    span = span_text(session.started_at, session.ended_at, zone=zone, today=today)
    return (
        f"{name_text(session.name)}, {span}, {duration_text(session.duration_seconds)} "
        f"[{short_id(session.id)}]"
    )


def running_text(invocation: Invocation, client: Client, session: Session) -> str:
    """Describes the running session: name, tags, since when, how long so far."""
    from benchbook_client.display import duration_text, name_text, one_line, span_text

    zone, today = _zone_and_today(invocation, client)
    span = span_text(session.started_at, None, zone=zone, today=today)
    tags = "".join(f" #{one_line(tag)}" for tag in session.tags)
    return (
        f"{name_text(session.name)}{tags}, {span}, {duration_text(session.duration_seconds)} so far"
    )


def started_text(invocation: Invocation, client: Client, session: Session) -> str:
    """Describes a session that has just begun: name, tags, when."""
    from benchbook_client.display import moment_text, name_text, one_line

    zone, today = _zone_and_today(invocation, client)
    tags = "".join(f" #{one_line(tag)}" for tag in session.tags)
    return f"{name_text(session.name)}{tags} at {moment_text(session.started_at, zone=zone, today=today)}"


def _zone_and_today(invocation: Invocation, client: Client) -> tuple[ZoneInfo, date]:
    zone = invocation.zone(client)
    return zone, invocation.now().astimezone(zone).date()
