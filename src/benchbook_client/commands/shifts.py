"""``bb shifts``: when one is on duty."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from benchbook_client.commands.arguments import day_of
from benchbook_client.invocation import Invocation, json_option, pass_invocation, warn, write

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from benchbook_client.schemas import Employee, Shift

DAYS = 28


@click.command()
@click.option("--from", "first", metavar="DAY", help="From this day on, if not today.")
@click.option("--to", "last", metavar="DAY", help="Up to this day, if not four weeks later.")
@click.option("--everybody", is_flag=True, help="Everybody's shifts.")
@json_option
@pass_invocation
def shifts(invocation: Invocation, first: str | None, last: str | None, everybody: bool) -> None:
    """List your shifts of the next four weeks.

    If you are no employee, everybody's. Into a pipe or a file goes one line a shift, with tabs between: id, start, end, position, name.
    """
    with invocation.connect() as client:
        zone = invocation.zone(client)
        today = invocation.now().astimezone(zone).date()
        now = invocation.now()
        begin = day_of(first, "--from", zone=zone, now=now) if first else today
        end = day_of(last, "--to", zone=zone, now=now) if last else begin + timedelta(DAYS - 1)
        employees = {employee.id: employee for employee in client.employees()}
        mine = None
        if not everybody:
            person = invocation.me(client).person.id
            mine = next((one.id for one in employees.values() if one.person_id == person), None)
            if mine is None:
                everybody = True
                warn("You are no employee here: these are everybody's shifts.")
        found = list(
            client.shifts(_midnight(begin, zone), _midnight(end + timedelta(1), zone), mine)
        )
        if invocation.answers_in_json:
            import msgspec

            invocation.answer(msgspec.json.encode({"items": found}))
            return
        if not sys.stdout.isatty():
            for shift in found:
                write("\t".join(_cells(shift, employees, zone)))
            return
        if not found:
            write("There are no shifts then.")
        from benchbook_client.display import span_text

        for shift in found:
            span = span_text(shift.starts_at, shift.ends_at, zone=zone, today=today)
            *_, position, name = _cells(shift, employees, zone)
            write("  ".join(part for part in (span, position, name if everybody else "") if part))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _cells(shift: Shift, employees: dict[str, Employee], zone: ZoneInfo) -> list[str]:
    from benchbook_client.display import one_line

    employee = employees.get(shift.employee_id)
    name = f"{employee.first_name} {employee.last_name}" if employee else ""
    return [
        shift.id,
        shift.starts_at.astimezone(zone).isoformat(),
        shift.ends_at.astimezone(zone).isoformat(),
        one_line(shift.position or ""),
        one_line(name),
    ]
