"""What letters say: the news of the application, in words, and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from benchbook.platform.mail import Letter, Section
from benchbook.platform.retries import Retries

# The news of one letter that is told one by one; more is counted.
MOST_LINES = 40
MOST_ATTEMPTS = 10
# A minute, 3, 9, 27, 81 minutes, and then every 4 to 6 hours: within a day and a bit.
RETRIES = Retries(timedelta(minutes=1), 3, timedelta(hours=6), MOST_ATTEMPTS)
# Where what a letter tells of is to be seen.
PAGES = {
    "shifts": "/shifts/mine",
    "shift_request": "/shifts/mine",
    "shift_request_waits": "/shifts/requests",
    "leave_requested": "/shifts/leave",
    "leave_decided": "/shifts/leave",
    "shifts_offered": "/shifts/mine",
    "open_shifts": "/shifts/open",
}
# What anybody may have: one and several of it, and under which heading it stands.
TO_TAKE = {
    "shifts_offered": (
        "a shift that is offered",
        "{} shifts that are offered",
        "Offered to everybody",
    ),
    "open_shifts": ("an open shift", "{} open shifts", "Open shifts"),
}


class Recipient(msgspec.Struct, frozen=True):
    """Whom a letter is for, and where they read on."""

    name: str
    email: str
    time_zone: str
    organisation: str
    public_url: str


class News(msgspec.Struct, frozen=True):
    """Something that a person is told, as it was kept for a letter."""

    kind: str
    data: dict[str, Any]


def news_letter(to: Recipient, news: Sequence[News]) -> Letter:
    """The letter that tells all of this news."""
    lines: dict[str, list[str]] = {}
    subjects: list[str] = []
    shifts = [item.data for item in news if item.kind == "shifts"]
    if shifts:
        subjects.append(_counted(shifts))
        for heading, told in _shift_lines(shifts, ZoneInfo(to.time_zone)).items():
            lines.setdefault(heading, []).extend(told)
    for kind, (one, several, heading) in TO_TAKE.items():
        found = [item.data for item in news if item.kind == kind]
        if count := sum(int(data["count"]) for data in found):
            subjects.append(f"You could take: {one if count == 1 else several.format(count)}")
            lines[heading] = _listed(
                [shift for data in found for shift in data["shifts"]], count, ZoneInfo(to.time_zone)
            )
    for item in news:
        if item.kind == "shifts" or item.kind in TO_TAKE:
            continue
        heading, line = _one(item, ZoneInfo(to.time_zone))
        subjects.append(line)
        lines.setdefault(heading, []).append(line)
    sections = [
        Section(tuple(_shortened(told)), heading=heading) for heading, told in lines.items()
    ]
    sections[-1] = msgspec.structs.replace(
        sections[-1], link=("Open Benchbook", f"{to.public_url}{_page(news)}")
    )
    subject = subjects[0] if len(subjects) == 1 else f"{len(subjects)} notifications"
    return Letter(
        to_name=to.name,
        to_address=to.email,
        subject=f"{subject.rstrip('.')} – {to.organisation}",
        sections=(Section((f"Hello {to.name},",)), *sections),
        footer=(
            f"You get this because you belong to {to.organisation} on Benchbook. To get no more "
            f"e-mail, switch it off in your profile: {profile_address(to.public_url)}"
        ),
    )


def profile_address(public_url: str) -> str:
    """Where people switch their e-mail off."""
    return f"{public_url}/settings/profile"


def invitation_letter(to: Recipient, token: str) -> Letter:
    """The letter with the link under which somebody chooses a password."""
    return Letter(
        to_name=to.name,
        to_address=to.email,
        subject=f"Your invitation to {to.organisation} on Benchbook",
        sections=(
            Section((f"Hello {to.name},",)),
            Section(
                (
                    f"you are invited to {to.organisation} on Benchbook.",
                    "Choose a password under this link. It works once, for 14 days.",
                ),
                link=("Choose a password", f"{to.public_url}/invitation/{token}"),
            ),
        ),
        footer="If you do not know what this is about, do nothing: nobody can sign in as you.",
    )


# Words ----------------------------------------------------------------------------------------------


def _counted(shifts: list[dict[str, Any]]) -> str:
    counts = {
        change: sum(int(data.get(change, 0)) for data in shifts)
        for change in ("added", "changed", "cancelled")
    }
    return "Your shifts: " + ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def _shift_lines(shifts: list[dict[str, Any]], zone: ZoneInfo) -> dict[str, list[str]]:
    headings = {"added": "New shifts", "changed": "Changed shifts", "cancelled": "Cancelled shifts"}
    lines: dict[str, list[str]] = {}
    for change, heading in headings.items():
        told = [
            shift
            for data in shifts
            for shift in data.get("shifts", ())
            if shift["change"] == change
        ]
        if total := sum(int(data.get(change, 0)) for data in shifts):
            lines[heading] = _listed(told, total, zone)
    return lines


def _listed(shifts: list[dict[str, Any]], total: int, zone: ZoneInfo) -> list[str]:
    """These shifts by their start, a line each, and how many of ``total`` are not among them."""
    lines = [
        _span(shift["starts_at"], shift["ends_at"], zone)
        + (f", {shift['position']}" if shift.get("position") else "")
        for shift in sorted(shifts, key=lambda shift: str(shift["starts_at"]))
    ]
    return [*lines, f"and {total - len(shifts)} more"] if total > len(shifts) else lines


def _one(news: News, zone: ZoneInfo) -> tuple[str, str]:
    """The heading and the sentence of news that is not about one's own roster."""
    data = news.data
    who = data.get("employee") or "Somebody"
    match news.kind:
        case "leave_requested":
            return "Leave", f"{who} asks for leave{_leave(data, zone)}."
        case "leave_decided":
            said = {"requested": "waits again to be decided on"}.get(
                str(data.get("status")), f"is {data.get('status')}"
            )
            return "Leave", f"Leave{_leave(data, zone)} {said}."
        case "shift_request" | "shift_request_waits":
            kind = {"offer": "offer", "swap": "swap", "claim": "wish for an open shift"}.get(
                str(data.get("kind")), "request"
            )
            when = f" on {_moment(data['starts_at'], zone)}" if data.get("starts_at") else ""
            if news.kind == "shift_request_waits":
                return "Shift requests", f"{who}’s {kind}{when} waits for you to decide."
            said = {
                "open": "is open",
                "accepted": "is accepted and waits to be approved",
                "done": "is done",
                "declined": "is declined",
                "withdrawn": "is withdrawn",
                "refused": "is refused",
            }.get(str(data.get("status")), "has changed")
            return "Shift requests", f"{who}’s {kind}{when} {said}."
        case _:
            return "Notifications", "There is news for you."


def _leave(data: dict[str, Any], zone: ZoneInfo) -> str:
    leave = data.get("leave")
    if not leave:
        return ""
    if not leave["whole_days"]:
        return f", {_span(leave['starts_at'], leave['ends_at'], zone)}"
    there = ZoneInfo(leave["time_zone"])
    first = _instant(leave["starts_at"], there).date()
    last = (_instant(leave["ends_at"], there) - timedelta(seconds=1)).date()
    if first == last:
        return f" on {first:%a} {first.day} {first:%b %Y}"
    return f" from {first:%a} {first.day} {first:%b %Y} to {last:%a} {last.day} {last:%b %Y}"


def _page(news: Sequence[News]) -> str:
    """Where all of it is to be seen; where that is not one page, the roster."""
    pages = {PAGES.get(item.kind, "/") for item in news}
    return pages.pop() if len(pages) == 1 else "/shifts"


def _instant(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


def _moment(text: str, zone: ZoneInfo) -> str:
    at = _instant(text, zone)
    return f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M}"


def _span(start: str, end: str, zone: ZoneInfo) -> str:
    first, last = _instant(start, zone), _instant(end, zone)
    until = (
        f"{last:%H:%M}"
        if first.date() == last.date()
        else f"{last:%a} {last.day} {last:%b}, {last:%H:%M}"
    )
    return f"{_moment(start, zone)} – {until}"


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more"]
