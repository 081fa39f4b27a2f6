"""A million sessions: one organisation of 200 people over three years, and a second beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from benchbook.accounts.rules import mint_credential

MONTHS = 36
TAGS = ("bench", "paperwork", "teaching", "meeting", "imaging", "cell culture", "writing", "field")
NAMES = (
    "Western blot, second gel",
    "PCR of the new primers",
    "Group meeting",
    "Reviewing the draft of the methods section",
    "Confocal: plates 4 to 9",
    "Ordering consumables",
    "Passaging HEK cells",
    "Analysis of the RNA-seq counts",
    "Teaching: practical course, group B",
    "Cleaning the fume hood",
    "Talk for the retreat",
    "Interviews",
    "Calibrating the pipettes",
    "Protein purification, column 2",
    "Writing the grant report",
    "Microscope booking and set-up",
)


@dataclass(frozen=True)
class Member:
    """Somebody with sessions, and a token of theirs."""

    organisation_id: UUID
    person_id: UUID
    token: str


@dataclass(frozen=True)
class Months:
    """The months that hold sessions: ``count`` of them, beginning with ``first``."""

    first: datetime
    count: int

    @property
    def end(self) -> datetime:
        return self.at(self.count)

    def at(self, number: int) -> datetime:
        """The beginning of a month, counted from 0."""
        year, month = divmod(self.first.year * 12 + self.first.month - 1 + number, 12)
        return datetime(year, month + 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Dataset:
    """What was loaded."""

    members: list[Member]
    months: Months
    sessions: int
    sessions_of_others: int
    bytes_on_disk: int


def months_before(count: int) -> Months:
    """The full months before this one."""
    now = datetime.now(UTC)
    this_month = datetime(now.year, now.month, 1, tzinfo=UTC)
    return Months(Months(this_month, 0).at(-count), count)


async def load(
    connection: asyncpg.Connection[Any],
    *,
    sessions: int,
    people: int,
    others: int,
    others_share: float = 0.1,
    months: Months | None = None,
) -> Dataset:
    """Fill an empty, migrated database, over a connection of the superuser.

    ``sessions`` are spread over ``people`` of the first organisation, ``others_share`` of as many
    over ``others`` of the second; over ``months``, the last three years unless given.
    """
    months = months or months_before(MONTHS)
    # Nobody listens, and no period is locked: what triggers would do is no part of the data.
    await connection.execute("SET session_replication_role = replica")
    for number in range(months.count):
        await connection.execute("SELECT make_sessions_partition($1)", months.at(number))
    members = await _add_organisation(connection, "Institute of Measurements", people)
    await _add_sessions(connection, members, months, sessions)
    neighbours = await _add_organisation(connection, "The lab next door", others)
    await _add_sessions(connection, neighbours, months, round(sessions * others_share))
    await connection.execute("RESET session_replication_role")
    await connection.execute("VACUUM (ANALYZE, FREEZE)")
    await connection.execute("CHECKPOINT")
    counts = dict(
        await connection.fetch(
            "SELECT organisation_id, count(*) FROM sessions GROUP BY organisation_id"
        )
    )
    return Dataset(
        members,
        months,
        sessions=counts[members[0].organisation_id],
        sessions_of_others=counts[neighbours[0].organisation_id],
        bytes_on_disk=await connection.fetchval("SELECT pg_database_size(current_database())"),
    )


async def _add_organisation(
    connection: asyncpg.Connection[Any], name: str, people: int
) -> list[Member]:
    organisation_id = uuid7()
    await connection.execute(
        "INSERT INTO organisations (id, name) VALUES ($1, $2)", organisation_id, name
    )
    members, token_hashes = [], []
    for _ in range(people):
        token, credential = mint_credential("token", organisation_id)
        members.append(Member(organisation_id, uuid7(), token))
        token_hashes.append(credential.token_hash)
    await connection.execute(
        """
        INSERT INTO people (organisation_id, id, name, email, role)
        SELECT $1, id, 'Person ' || number, 'person' || number || '@example.org', 'member'
        FROM unnest($2::uuid[]) WITH ORDINALITY AS person (id, number)
        """,
        organisation_id,
        [member.person_id for member in members],
    )
    await connection.execute(
        """
        INSERT INTO api_tokens (organisation_id, id, person_id, name, token_hash)
        SELECT $1, id, person_id, 'benchmark', token_hash
        FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS token (id, person_id, token_hash)
        """,
        organisation_id,
        [uuid7() for _ in members],
        [member.person_id for member in members],
        token_hashes,
    )
    await connection.execute(
        """
        INSERT INTO projects (organisation_id, id, name, colour, billable)
        SELECT $1, id, 'Project ' || number, '#336699', number % 2 = 0
        FROM unnest($2::uuid[]) WITH ORDINALITY AS project (id, number)
        """,
        organisation_id,
        [uuid7() for _ in range(20)],
    )
    return members


async def _add_sessions(
    connection: asyncpg.Connection[Any], members: list[Member], months: Months, sessions: int
) -> None:
    """Spread sessions evenly over people and months, in the order in which time would bring them.

    Each takes 5 minutes to 4 hours, and one person's do not overlap.
    """
    organisation_id = members[0].organisation_id
    projects = [
        row["id"]
        for row in await connection.fetch(
            "SELECT id FROM projects WHERE organisation_id = $1", organisation_id
        )
    ]
    per_person = sessions / len(members)
    for number in range(months.count):
        first = round(per_person * number / months.count)
        end = round(per_person * (number + 1) / months.count)
        await connection.execute(
            """
            WITH given AS (
              SELECT $2::uuid[] AS people, $3::uuid[] AS projects, $4::text[] AS names,
                     $5::text[] AS tags, $6::timestamptz AS month_start,
                     extract(epoch FROM $7::timestamptz - $6)::float / $8::integer AS step
            ), starts AS (
              SELECT person, random() AS dice,
                     month_start + make_interval(
                       secs => (slot + (person - 1)::float / cardinality(people)) * step) AS started_at
              FROM given, generate_series(0, $8 - 1) AS slot,
                   generate_series(1, cardinality(people)) AS person
            ), spans AS (
              SELECT person, dice, started_at,
                     started_at + make_interval(secs => 300 + random() * least(14100, step - 300))
                       AS ended_at
              FROM given, starts
            )
            INSERT INTO sessions
              (organisation_id, id, person_id, project_id, name, tags, billable,
               started_at, ended_at, created_at, updated_at)
            SELECT $1, uuidv7(started_at - clock_timestamp()), people[person],
                   CASE WHEN dice < 0.8
                        THEN projects[1 + (dice * 1000)::integer % cardinality(projects)] END,
                   names[1 + (dice * 7919)::integer % cardinality(names)],
                   CASE WHEN dice < 0.5
                        THEN ARRAY[tags[1 + (dice * 104729)::integer % cardinality(tags)]]
                        ELSE '{}' END,
                   dice < 0.3, started_at, ended_at, ended_at, ended_at
            FROM given, spans
            ORDER BY started_at, person
            """,
            organisation_id,
            [member.person_id for member in members],
            projects,
            list(NAMES),
            list(TAGS),
            months.at(number),
            months.at(number + 1),
            end - first,
        )


def as_text(dataset: Dataset) -> str:
    """The people and months, as the load generator's scripts read them.

    First line: the months. Then a line a person: id, token.
    """
    months = " ".join(
        f"{month.year}-{month.month}"
        for month in map(dataset.months.at, range(dataset.months.count))
    )
    lines = [f"{member.person_id} {member.token}" for member in dataset.members]
    return "\n".join([months, *lines, ""])
