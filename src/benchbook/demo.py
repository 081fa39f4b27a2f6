"""A lab to try Benchbook with: people, clients, projects, half a year of their hours, a roster,
and real sequences.

Made from a seed, so that every demo looks alike, and dated so that it always ends now.
"""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from benchbook.accounts import service as accounts_service
from benchbook.accounts import store as accounts_store
from benchbook.accounts.caller import Caller, Role
from benchbook.accounts.rules import hash_password
from benchbook.platform.database import Database, Transaction
from benchbook.sequences import collection_service
from benchbook.sequences import store as sequence_store
from benchbook.sequences.rules import prepare
from benchbook.sequences.schemas import NewCollection
from benchbook.shifts import employees, labour, leave, open_shifts, patterns, staffing, templates
from benchbook.shifts.labour_schemas import NewLabourRule
from benchbook.shifts.leave_schemas import LeaveKind, NewAvailability, NewLeaveRequest
from benchbook.shifts.pattern_schemas import NewShiftPattern, NewShiftTemplate, PatternEntry
from benchbook.shifts.request_schemas import NewOpenShift
from benchbook.shifts.schemas import NewEmployee, NewShift, ShiftBatch
from benchbook.shifts.service import change_many
from benchbook.shifts.staffing_schemas import NewStaffingPlan, StaffingNeed
from benchbook.timetracking import catalogue, store
from benchbook.timetracking.schemas import NewClient, NewProject, StartTimer
from benchbook.timetracking.service import prepare_month, start_timer
from benchbook.timetracking.target_schemas import NewTarget
from benchbook.timetracking.targets import add_target

PASSWORD = "benchbook-demo"  # noqa: S105 - shown to whoever runs the demo, and meant to be
TIME_ZONE = "Europe/Berlin"
WEEKS = 26
# Six and a half hours from Monday to Friday.
TARGET = [23_400] * 5 + [0, 0]

PEOPLE: list[tuple[str, Role]] = [
    ("Ada Berger", "owner"),
    ("Bilal Yıldız", "manager"),
    ("Chiara Rossi", "member"),
    ("Daniel Okafor", "member"),
    ("Emma Lindqvist", "member"),
]
CLIENTS = ["University hospital", "Marine institute"]
PROJECTS = [
    ("Reef survey", "Marine institute", "#1c7ed6", True),
    ("Antibody panel", "University hospital", "#c2255c", True),
    ("Method development", None, "#2b8a3e", False),
    ("Lab upkeep", None, "#868e96", False),
]
WORK: dict[str, list[tuple[str, list[str]]]] = {
    "Reef survey": [
        ("DNA extraction, plate 4", ["bench"]),
        ("18S amplicon PCR", ["bench", "pcr"]),
        ("Pool and quantify libraries", ["bench"]),
        ("Cluster amplicons", ["analysis"]),
    ],
    "Antibody panel": [
        ("VH repertoire alignment", ["analysis"]),
        ("ELISA, second round", ["bench"]),
        ("Sort antigen-specific B cells", ["bench"]),
        ("Report for the clinic", ["writing"]),
    ],
    "Method development": [
        ("Primer design", ["analysis", "pcr"]),
        ("qPCR standard curve", ["bench", "pcr"]),
        ("Draft of the methods section", ["writing"]),
    ],
    "Lab upkeep": [
        ("Order consumables", []),
        ("Calibrate pipettes", ["bench"]),
        ("Group meeting", ["meeting"]),
    ],
}
# Who can be on duty; those of the same name as a person are linked to them.
EMPLOYEES = [
    "Ada Berger",
    "Chiara Rossi",
    "Daniel Okafor",
    "Emma Lindqvist",
    "Farid Haddad",
    "Greta Holm",
    "Hana Kimura",
    "Ivo Novák",
    "Jamila Osei",
    "Kai Petersen",
    "Lucía Moreno",
    "Mats Nyberg",
]
# Position, first and last hour of the clock, and how many people it takes from Monday to Sunday.
DUTIES = [
    ("Sequencer", 6, 14, (2, 2, 2, 2, 2, 1, 1)),
    ("Sequencer", 14, 22, (2, 2, 2, 2, 2, 1, 1)),
    ("Night desk", 22, 6, (1, 1, 1, 1, 1, 1, 1)),
    ("Sample desk", 8, 16, (2, 2, 2, 2, 2, 0, 0)),
]
# Collection, what it is, file in demo_sequences (SOURCES.md there says whose), tags, circular.
SEQUENCES = [
    (
        "Reef survey, 18S",
        "The most abundant amplicons, with how often each was read.",
        "marine_18s.fasta.gz",
        ["18S", "amplicon"],
        False,
    ),
    (
        "IGHV germline",
        "Human alleles of the heavy chain's V genes; many are a few letters apart.",
        "human_ighv.fasta.gz",
        ["IGHV", "germline"],
        False,
    ),
    ("Controls", "Spiked into every run.", "phix174.fasta.gz", ["control"], True),
]
ROSTER_WEEKS_BEFORE, ROSTER_WEEKS_AHEAD = 3, 3
CONTRACTED_HOURS = (38.5, 30.0, 20.0)
RULES = [
    NewLabourRule(
        "Eleven hours of rest", "minimum_rest", "block", limit_minutes=11 * 60, time_zone=TIME_ZONE
    ),
    NewLabourRule(
        "Ten hours a day",
        "maximum_daily_hours",
        "block",
        limit_minutes=10 * 60,
        time_zone=TIME_ZONE,
    ),
    NewLabourRule(
        "48 hours a week",
        "maximum_weekly_hours",
        "warn",
        limit_minutes=48 * 60,
        time_zone=TIME_ZONE,
    ),
    NewLabourRule(
        "Six days in a row", "maximum_consecutive_days", "warn", limit_days=6, time_zone=TIME_ZONE
    ),
]


@dataclass(frozen=True)
class _Stretch:
    """A piece of somebody's day."""

    name: str
    project: str
    tags: list[str]
    started_at: datetime
    ended_at: datetime


async def create_demo(database: Database) -> str:
    """Add the demo's organisation; a text that says how to sign in."""
    password_hash = await asyncio.to_thread(hash_password, PASSWORD)
    suffix = uuid7().hex[-6:]
    now = datetime.now(UTC).replace(microsecond=0)
    for week in range(WEEKS + 2):
        await prepare_month(database, now - timedelta(weeks=week))
    emails = [f"{name.split()[0].lower()}.{suffix}@example.org" for name, _ in PEOPLE]
    async with database.transaction() as tx:
        owner, _ = await accounts_service.add_organisation(
            tx, "Tidewater Lab (demo)", PEOPLE[0][0], emails[0], password_hash, TIME_ZONE
        )
        projects = await _add_projects(tx, owner)
        callers = [owner]
        for (name, role), email in zip(PEOPLE[1:], emails[1:], strict=True):
            person = await accounts_store.insert_person(
                tx,
                organisation_id=owner.organisation_id,
                person_id=uuid7(),
                name=name,
                email=email,
                role=role,
                password_hash=password_hash,
                time_zone=TIME_ZONE,
            )
            callers.append(Caller(owner.organisation_id, person.id, role, None, TIME_ZONE))
        # There is nobody at these addresses.
        for caller in callers:
            await accounts_store.update_person(
                tx, owner.organisation_id, caller.person_id, {"email_notifications": False}
            )
        sessions = 0
        for number, caller in enumerate(callers):
            stretches = _half_a_year(random.Random(number), now)  # noqa: S311 - no secret
            for stretch in _with_slips(stretches):
                await _save(tx, caller, stretch, projects)
                sessions += 1
            await add_target(tx, caller, NewTarget(now.date() - timedelta(weeks=WEEKS), TARGET))
    for caller, minutes in zip(callers[:3], (47, 12, 95), strict=True):
        async with database.transaction(caller) as tx:
            await start_timer(
                tx,
                caller,
                StartTimer(
                    name="18S amplicon PCR",
                    project_id=projects["Reef survey"],
                    tags=["bench", "pcr"],
                    started_at=now - timedelta(minutes=minutes),
                ),
            )
    async with database.transaction(owner) as tx:
        shifts = await _plan_shifts(tx, callers, now)
        sequences = await _add_sequences(tx, owner)
    people = "\n".join(
        f"  {email}  ({role})" for (_, role), email in zip(PEOPLE, emails, strict=True)
    )
    return (
        f"Added «Tidewater Lab (demo)» with {len(PEOPLE)} people, {sessions} sessions,\n"
        f"{len(EMPLOYEES)} employees, {shifts} shifts and {sequences:,} sequences.\n"
        f"Sign in with the password {PASSWORD} as one of\n{people}"
    )


async def _plan_shifts(tx: Transaction, callers: list[Caller], now: datetime) -> int:
    """Add employees, what is needed, and a roster of some weeks; answers how many shifts it has.

    The weeks that come after the next one are drafts still, and a few shifts are open.
    """
    owner = callers[0]
    person_of = {name: caller.person_id for (name, _), caller in zip(PEOPLE, callers, strict=True)}
    team = []
    for number, name in enumerate(EMPLOYEES, 1):
        first, last = name.split()
        employee, _ = await employees.add_employee(
            tx,
            owner,
            NewEmployee(
                first,
                last,
                f"Quay {number}",
                person_id=person_of.get(name),
                contracted_hours_per_week=CONTRACTED_HOURS[number % len(CONTRACTED_HOURS)],
            ),
        )
        team.append(employee.id)
    needs = [
        StaffingNeed(position, weekday, f"{start:02}:00", f"{end:02}:00", number)
        for position, start, end, numbers in DUTIES
        for weekday, number in enumerate(numbers, 1)
        if number
    ]
    await staffing.replace_plan(tx, owner, NewStaffingPlan(TIME_ZONE, needs), None)
    zone = ZoneInfo(TIME_ZONE)
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    first_day = monday - timedelta(weeks=ROSTER_WEEKS_BEFORE)
    chance = random.Random(31)  # noqa: S311 - no secret
    busy_until = [datetime.min.replace(tzinfo=UTC)] * len(team)
    worked = [timedelta()] * len(team)
    planned = []
    for day_number in range(7 * (ROSTER_WEEKS_BEFORE + 1 + ROSTER_WEEKS_AHEAD)):
        day = first_day + timedelta(days=day_number)
        for position, start, end, numbers in DUTIES:
            starts_at = datetime.combine(day, time(start), zone).astimezone(UTC)
            last_day = day + timedelta(days=end <= start)
            ends_at = datetime.combine(last_day, time(end), zone).astimezone(UTC)
            for _ in range(numbers[day.weekday()]):
                # Eleven hours of rest, and whoever has worked least comes next.
                rested = [
                    place
                    for place, until in enumerate(busy_until)
                    if until + timedelta(hours=11) <= starts_at
                ]
                if not rested or (day > today and chance.random() < 0.06):
                    continue
                place = min(rested, key=lambda one: (worked[one], chance.random()))
                busy_until[place] = ends_at
                worked[place] += ends_at - starts_at
                planned.append(
                    NewShift(
                        team[place],
                        starts_at,
                        ends_at,
                        position=position,
                        published=day < monday + timedelta(weeks=2),
                    )
                )
    await change_many(tx, owner, ShiftBatch(create=planned))
    for rule in RULES:
        await labour.add_rule(tx, owner, rule)
    await _add_pattern(tx, owner, monday)
    await _add_wishes(tx, callers, team, monday)
    return len(planned)


async def _add_pattern(tx: Transaction, owner: Caller, monday: date) -> None:
    """Add a cycle of three weeks: early, late, and a week of nights with the days off after it."""
    early, late, night = [
        (
            await templates.add_template(
                tx,
                owner,
                NewShiftTemplate(name, start, end_time=end, break_minutes=30, position=position),
            )
        )[0].id
        for name, start, end, position in (
            ("Early", "06:00", "14:00", "Sequencer"),
            ("Late", "14:00", "22:00", "Sequencer"),
            ("Night", "22:00", "06:00", "Night desk"),
        )
    ]
    entries = [PatternEntry(day, early) for day in range(1, 6)]
    entries += [PatternEntry(day, late) for day in range(8, 13)]
    entries += [PatternEntry(day, night) for day in range(15, 19)]
    await patterns.add_pattern(
        tx, owner, NewShiftPattern("Early, late, night", monday, 21, entries)
    )


async def _add_wishes(
    tx: Transaction, callers: list[Caller], team: list[UUID], monday: date
) -> None:
    """Add what people ask for in the weeks that are drafts, and shifts that anybody may take."""
    owner, _, chiara, daniel, _ = callers
    away = monday + timedelta(weeks=2)
    asked: list[tuple[Caller, LeaveKind, int, int]] = [
        (chiara, "vacation", 0, 4),
        (daniel, "training", 9, 9),
    ]
    for caller, kind, first, last in asked:
        await leave.request_leave(
            tx,
            caller,
            NewLeaveRequest(
                kind,
                first_day=away + timedelta(days=first),
                last_day=away + timedelta(days=last),
            ),
        )
    await leave.request_leave(
        tx,
        owner,
        NewLeaveRequest(
            "parental",
            team[6],
            first_day=away + timedelta(days=2),
            last_day=away + timedelta(days=13),
            status="approved",
        ),
    )
    await leave.add_availability(
        tx, owner, NewAvailability("cannot", team[8], weekday=3, start_time="14:00")
    )
    zone = ZoneInfo(TIME_ZONE)
    for ahead, position, start, end in ((8, "Sample desk", 8, 16), (12, "Sequencer", 6, 14)):
        day = monday + timedelta(days=ahead)
        await open_shifts.add_open_shift(
            tx,
            owner,
            NewOpenShift(
                datetime.combine(day, time(start), zone).astimezone(UTC),
                datetime.combine(day, time(end), zone).astimezone(UTC),
                break_minutes=30,
                position=position,
            ),
        )


async def _add_sequences(tx: Transaction, owner: Caller) -> int:
    """Add the collections of SEQUENCES; answers how many sequences they hold."""
    count = 0
    for title, about, file, tags, is_circular in SEQUENCES:
        collection, _ = await collection_service.add_collection(
            tx, owner, NewCollection(title, about)
        )
        rows = [
            sequence_store.NewRow(uuid7(), prepare(bases), name, description, circular=is_circular)
            for name, description, bases in _records(file)
        ]
        left_out = await sequence_store.insert_sequences(
            tx,
            owner.organisation_id,
            rows,
            collection_id=collection.id,
            tags=tags,
            created_by=owner.person_id,
        )
        count += len(rows) - len(left_out)
        # Alleles of the same bases become one sequence with several names.
        ids = await sequence_store.find_by_digests(
            tx, owner.organisation_id, collection.id, {row.prepared.digest for row in rows}
        )
        others = [(ids[row.prepared.digest], row.name) for row in rows if row.id in left_out]
        await sequence_store.insert_aliases(tx, owner.organisation_id, others)
    return count


def _records(file: str) -> Iterator[tuple[str, str, str]]:
    """Name, description and bases of each sequence of a gzipped FASTA file of ours."""
    content = (resources.files("benchbook") / "demo_sequences" / file).read_bytes()
    for record in gzip.decompress(content).decode("ascii").split(">")[1:]:
        title, *lines = record.splitlines()
        name, _, description = title.partition(" ")
        yield name, description, "".join(lines)


async def _add_projects(tx: Transaction, owner: Caller) -> dict[str, UUID]:
    clients: dict[str | None, UUID | None] = {None: None}
    for name in CLIENTS:
        client, _ = await catalogue.add_client(tx, owner, NewClient(name=name))
        clients[name] = client.id
    projects = {}
    for name, client_name, colour, billable in PROJECTS:
        project, _ = await catalogue.add_project(
            tx,
            owner,
            NewProject(name=name, client_id=clients[client_name], colour=colour, billable=billable),
        )
        projects[name] = project.id
    tags = {tag for works in WORK.values() for _, names in works for tag in names}
    await store.remember_tags(tx, owner.organisation_id, [(uuid7(), tag) for tag in sorted(tags)])
    return projects


async def _save(
    tx: Transaction, caller: Caller, stretch: _Stretch, projects: dict[str, UUID]
) -> None:
    await store.insert_session(
        tx,
        organisation_id=caller.organisation_id,
        person_id=caller.person_id,
        session_id=uuid7(),
        name=stretch.name,
        started_at=stretch.started_at,
        ended_at=stretch.ended_at,
        project_id=projects[stretch.project],
        tags=stretch.tags,
        billable=None,
    )


def _half_a_year(chance: random.Random, now: datetime) -> list[_Stretch]:
    """Working days up to yesterday, and the morning of today as far as it has passed."""
    zone = ZoneInfo(TIME_ZONE)
    today = now.astimezone(zone).date()
    stretches: list[_Stretch] = []
    for days_ago in range(WEEKS * 7, -1, -1):
        day = today - timedelta(days=days_ago)
        if day.weekday() >= 5 or chance.random() < 0.06:
            continue
        stretches += _working_day(chance, day, zone)
    latest = now - timedelta(minutes=100)
    return [stretch for stretch in stretches if stretch.ended_at <= latest]


def _with_slips(stretches: list[_Stretch]) -> list[_Stretch]:
    """What happens to everybody: a stop too late, a session that was never written down, and a
    start by mistake, so that the checks have something to show."""
    if len(stretches) < 12:
        return stretches
    late, missing, slip = stretches[-4], stretches[-7], stretches[-10]
    changed = [stretch for stretch in stretches if stretch not in (late, missing)]
    changed.append(replace(late, ended_at=late.ended_at + timedelta(minutes=40)))
    changed.append(
        replace(slip, started_at=slip.ended_at, ended_at=slip.ended_at + timedelta(seconds=8))
    )
    return changed


def _working_day(chance: random.Random, day: date, zone: ZoneInfo) -> list[_Stretch]:
    clock = datetime.combine(day, time(8), zone) + timedelta(minutes=chance.randrange(75))
    stretches = []
    for _ in range(chance.choice((3, 4, 4, 5))):
        project = chance.choices(list(WORK), weights=(5, 4, 3, 1))[0]
        name, tags = chance.choice(WORK[project])
        started_at = clock.astimezone(UTC)
        ended_at = started_at + timedelta(minutes=chance.randrange(35, 150))
        stretches.append(_Stretch(name, project, tags, started_at, ended_at))
        clock = (ended_at + timedelta(minutes=chance.choice((0, 5, 10, 35)))).astimezone(zone)
    return stretches
