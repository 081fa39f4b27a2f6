"""The SQL of checks: overlaps, gaps and sessions too short or too long, of one person in a range.

Only the partitions of the range are read, and of the 31 days before it (a session is at most that
long; the few longer ones have an index of their own).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from benchbook.platform.database import Transaction, one_row
from benchbook.timetracking.check_rules import USUAL_SINCE
from benchbook.timetracking.check_schemas import (
    CheckedSession,
    CheckSettings,
    FindingKind,
    FindingTotals,
    OwnCheckSettings,
    Span,
)
from benchbook.timetracking.rules import LONGEST_SESSION
from benchbook.timetracking.store import RUNNING_COLUMNS, SESSION_COLUMNS

SETTINGS_COLUMNS = """
    minimum_gap_seconds, longest_gap_seconds, short_session_seconds, long_session_seconds,
    notice_overnight"""

# In order of start, each session meets what came before it: the place of the one that reaches
# farthest, and its island (sessions that hang together by overlaps). What runs covers time, too,
# but is no finding before it is saved.
# $1 organisation, $2 person, $3 and $4 the range, $5 to $8 the thresholds in seconds, $9 now,
# $10 the kind or NULL, $11 whether those that are kept are asked for instead.
FINDINGS = f"""
    WITH chosen AS (
      SELECT {SESSION_COLUMNS}
      FROM sessions
      WHERE organisation_id = $1 AND person_id = $2 AND deleted_at IS NULL
        AND started_at >= $3::timestamptz - interval '31 days'
        AND started_at < $4::timestamptz + make_interval(secs => $6::integer)
        AND ended_at >= $3
      UNION ALL
      SELECT {SESSION_COLUMNS}
      FROM sessions
      WHERE organisation_id = $1 AND person_id = $2 AND deleted_at IS NULL
        AND started_at < $3::timestamptz - interval '31 days'
        AND ended_at >= $3
        AND duration_seconds > {int(LONGEST_SESSION / timedelta(seconds=1))}
    ), covering AS (
      SELECT id, started_at, ended_at, false AS runs
      FROM chosen
      UNION ALL
      SELECT id, started_at, greatest(started_at, $9::timestamptz), true
      FROM running_sessions
      WHERE organisation_id = $1 AND person_id = $2
    ), placed AS (
      SELECT id, started_at, ended_at, runs,
             row_number() OVER (ORDER BY started_at, ended_at, id) AS place
      FROM covering
    ), reaching AS (
      SELECT id, started_at, ended_at, runs, place,
             max(ARRAY[extract(epoch FROM ended_at)::bigint, place])
               OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS farthest,
             lead(started_at) OVER (ORDER BY place) AS next_started_at
      FROM placed
    ), islands AS (
      SELECT id, started_at, ended_at, runs, place, next_started_at,
             count(*) FILTER (
               WHERE farthest IS NULL OR farthest[1] <= extract(epoch FROM started_at)
             ) OVER (ORDER BY place) AS island
      FROM reaching
    ), kept AS (
      SELECT kind, session_id, other_session_id, started_at, ended_at, created_at
      FROM kept_findings
      WHERE organisation_id = $1 AND person_id = $2 AND ended_at >= $3
    ), overlapping AS (
      -- One for each session that starts inside another: the one that reaches farthest.
      SELECT DISTINCT ON (later.place, CASE WHEN $11::boolean THEN earlier.place END)
             'overlap' AS kind, later.started_at AS found_from,
             least(earlier.ended_at, later.ended_at) AS found_to,
             earlier.id AS first_id, later.id AS second_id,
             later.next_started_at AS free_until, kept.created_at AS kept_at
      FROM islands AS later
      JOIN islands AS earlier
        ON earlier.island = later.island AND earlier.place < later.place
        AND earlier.ended_at > later.started_at
      LEFT JOIN kept
        ON kept.kind = 'overlap' AND kept.session_id = earlier.id
        AND kept.other_session_id = later.id AND kept.started_at <= later.started_at
        AND kept.ended_at >= least(earlier.ended_at, later.ended_at)
      WHERE later.started_at >= $3 AND later.started_at < $4
        AND later.ended_at > later.started_at
        AND NOT later.runs AND NOT earlier.runs
        AND (kept.kind IS NOT NULL) = $11
      ORDER BY later.place, CASE WHEN $11::boolean THEN earlier.place END,
               earlier.ended_at DESC, earlier.place DESC
    ), gaps AS (
      SELECT 'gap' AS kind, before.ended_at AS found_from, later.started_at AS found_to,
             before.id AS first_id, later.id AS second_id, NULL::timestamptz AS free_until
      FROM reaching AS later
      JOIN placed AS before ON before.place = later.farthest[2]
      WHERE before.ended_at >= $3 AND before.ended_at < $4
        AND extract(epoch FROM later.started_at - before.ended_at) BETWEEN $5::integer AND $6::integer
        AND later.started_at <= $9
        AND NOT later.runs AND NOT before.runs
    ), others AS (
      SELECT kind, found_from, found_to, first_id, second_id, free_until
      FROM gaps
      UNION ALL
      SELECT CASE WHEN duration_seconds < $7 THEN 'short' ELSE 'long' END, started_at, ended_at,
             id, NULL, NULL
      FROM chosen
      WHERE started_at >= $3 AND started_at < $4
        AND (duration_seconds < $7::integer OR ($8::integer > 0 AND duration_seconds > $8))
    ), findings AS (
      SELECT kind, found_from, found_to, first_id, second_id, free_until, kept_at
      FROM overlapping
      UNION ALL
      SELECT others.kind, others.found_from, others.found_to, others.first_id, others.second_id,
             others.free_until, kept.created_at
      FROM others
      LEFT JOIN LATERAL (
        SELECT created_at
        FROM kept
        WHERE kept.kind = others.kind
          AND kept.session_id IS NOT DISTINCT FROM
              CASE WHEN others.kind <> 'gap' THEN others.first_id END
          AND kept.started_at <= others.found_from AND kept.ended_at >= others.found_to
        LIMIT 1
      ) AS kept ON true
      WHERE (kept.created_at IS NOT NULL) = $11
    )"""

_decode_session = msgspec.json.Decoder(CheckedSession).decode

FindingKey = tuple[datetime, str, UUID, UUID]


@dataclass(frozen=True)
class FoundRow:
    """A finding as the database tells it. ``free_until`` is when the next session starts."""

    kind: FindingKind
    span: Span
    sessions: list[CheckedSession]
    free_until: datetime | None
    kept_at: datetime | None

    @property
    def key(self) -> FindingKey:
        return self.span.started_at, self.kind, self.sessions[0].id, self.sessions[-1].id


@dataclass(frozen=True)
class CheckFilters:
    """Whose hours to look at, from when to when, and what for."""

    person_id: UUID
    start: datetime
    end: datetime
    settings: CheckSettings
    kind: FindingKind | None = None
    kept: bool = False

    def values(self, organisation_id: UUID, now: datetime) -> list[Any]:
        """The parameters of the query, in order."""
        return [
            organisation_id,
            self.person_id,
            self.start,
            self.end,
            self.settings.minimum_gap_seconds,
            self.settings.longest_gap_seconds,
            self.settings.short_session_seconds,
            self.settings.long_session_seconds,
            now,
            self.kind,
            self.kept,
        ]


async def list_findings(
    tx: Transaction,
    organisation_id: UUID,
    filters: CheckFilters,
    *,
    now: datetime,
    after: FindingKey | None,
    limit: int,
) -> list[FoundRow]:
    """At most ``limit`` findings, newest first."""
    rows = await tx.fetch(
        f"""
        {FINDINGS}
        SELECT findings.kind, found_from, found_to, free_until, kept_at,
               row_to_json(first_session)::text AS first_session,
               CASE WHEN second_id IS NOT NULL THEN row_to_json(second_session)::text END
                 AS second_session
        FROM findings
        JOIN chosen AS first_session ON first_session.id = first_id
        LEFT JOIN chosen AS second_session ON second_session.id = second_id
        WHERE ($10::text IS NULL OR findings.kind = $10)
          AND ($12::timestamptz IS NULL
               OR (found_from, findings.kind, first_id, coalesce(second_id, first_id))
                  < ($12, $13::text, $14::uuid, $15::uuid))
        ORDER BY found_from DESC, findings.kind DESC, first_id DESC,
                 coalesce(second_id, first_id) DESC
        LIMIT $16
        """,
        *filters.values(organisation_id, now),
        *(after or (None, None, None, None)),
        limit,
    )
    return [
        FoundRow(
            kind=row["kind"],
            span=Span(row["found_from"], row["found_to"]),
            sessions=[
                _decode_session(text)
                for text in (row["first_session"], row["second_session"])
                if text is not None
            ],
            free_until=row["free_until"],
            kept_at=row["kept_at"],
        )
        for row in rows
    ]


async def count_findings(
    tx: Transaction, organisation_id: UUID, filters: CheckFilters, now: datetime
) -> FindingTotals:
    """How many findings there are of each kind."""
    rows = await tx.fetch(
        f"""
        {FINDINGS}
        SELECT kind, count(*) AS count
        FROM findings
        WHERE $10::text IS NULL OR kind = $10
        GROUP BY kind
        """,
        *filters.values(organisation_id, now),
    )
    counts: dict[str, int] = {row["kind"]: row["count"] for row in rows}
    return FindingTotals(
        count=sum(counts.values()),
        overlaps=counts.get("overlap", 0),
        gaps=counts.get("gap", 0),
        short=counts.get("short", 0),
        long=counts.get("long", 0),
    )


async def is_covered(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    span: Span,
    *,
    except_for: list[UUID],
) -> bool:
    """Whether any other of the person's sessions, saved or running, lies within these times."""
    covered: bool = await tx.fetchval(
        f"""
        SELECT EXISTS (
          SELECT FROM sessions
          WHERE organisation_id = $1 AND person_id = $2 AND deleted_at IS NULL
            AND started_at >= $3::timestamptz - interval '31 days'
            AND started_at < $4 AND ended_at > $3
            AND id <> ALL ($5::uuid[])
          UNION ALL
          SELECT FROM sessions
          WHERE organisation_id = $1 AND person_id = $2 AND deleted_at IS NULL
            AND started_at < $3::timestamptz - interval '31 days' AND ended_at > $3
            AND duration_seconds > {int(LONGEST_SESSION / timedelta(seconds=1))}
            AND id <> ALL ($5::uuid[])
          UNION ALL
          SELECT FROM running_sessions
          WHERE organisation_id = $1 AND person_id = $2 AND started_at < $4
            AND clock_timestamp() > $3
        )
        """,
        organisation_id,
        person_id,
        span.started_at,
        span.ended_at,
        except_for,
    )
    return covered


# What is kept ------------------------------------------------------------------------------------


async def insert_kept(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    *,
    kept_id: UUID,
    kind: str,
    session_ids: list[UUID],
    span: Span,
) -> None:
    """Remember that a finding is meant to be so."""
    first, second = _kept_of(kind, session_ids)
    await tx.execute(
        """
        INSERT INTO kept_findings
          (organisation_id, id, person_id, kind, session_id, other_session_id, started_at, ended_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        organisation_id,
        kept_id,
        person_id,
        kind,
        first,
        second,
        span.started_at,
        span.ended_at,
    )


async def is_kept(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    *,
    kind: str,
    session_ids: list[UUID],
    span: Span,
) -> bool:
    """Whether a finding is kept from being shown."""
    first, second = _kept_of(kind, session_ids)
    kept: bool = await tx.fetchval(
        """
        SELECT EXISTS (
          SELECT FROM kept_findings
          WHERE organisation_id = $1 AND person_id = $2 AND kind = $3
            AND session_id IS NOT DISTINCT FROM $4::uuid
            AND other_session_id IS NOT DISTINCT FROM $5::uuid
            AND started_at <= $6 AND ended_at >= $7
        )
        """,
        organisation_id,
        person_id,
        kind,
        first,
        second,
        span.started_at,
        span.ended_at,
    )
    return kept


async def take_kept(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    *,
    kind: str,
    session_ids: list[UUID],
    span: Span,
) -> list[dict[str, Any]]:
    """Forget whatever keeps a finding from being shown, and answer what it was."""
    first, second = _kept_of(kind, session_ids)
    rows = await tx.fetch(
        """
        DELETE FROM kept_findings
        WHERE organisation_id = $1 AND person_id = $2 AND kind = $3
          AND session_id IS NOT DISTINCT FROM $4::uuid
          AND other_session_id IS NOT DISTINCT FROM $5::uuid
          AND started_at <= $6 AND ended_at >= $7
        RETURNING id, started_at, ended_at
        """,
        organisation_id,
        person_id,
        kind,
        first,
        second,
        span.started_at,
        span.ended_at,
    )
    return [dict(row) for row in rows]


def _kept_of(kind: str, session_ids: list[UUID]) -> tuple[UUID | None, UUID | None]:
    """What a finding is remembered by: a gap by its times alone, the others by their sessions."""
    if kind == "gap":
        return None, None
    return session_ids[0], session_ids[1] if len(session_ids) > 1 else None


async def delete_kept(tx: Transaction, organisation_id: UUID, kept_ids: list[UUID]) -> None:
    """Forget that findings were kept."""
    await tx.execute(
        "DELETE FROM kept_findings WHERE organisation_id = $1 AND id = ANY ($2::uuid[])",
        organisation_id,
        kept_ids,
    )


# Settings ----------------------------------------------------------------------------------------


async def find_settings(
    tx: Transaction, organisation_id: UUID, person_id: UUID | None, *, lock: bool = False
) -> tuple[OwnCheckSettings, int]:
    """What a person (None: the organisation) has set, and its revision; 0 while nothing was."""
    row = await tx.fetchrow(
        f"""
        SELECT {SETTINGS_COLUMNS}, revision
        FROM {"check_settings" if person_id else "check_defaults"}
        WHERE organisation_id = $1 {"AND person_id = $2" if person_id else ""}
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        *([person_id] if person_id else []),
    )
    return _settings_of(row) if row else (OwnCheckSettings(), 0)


async def make_settings(tx: Transaction, organisation_id: UUID, person_id: UUID | None) -> None:
    """See to it that there is a row to lock and change."""
    if person_id is None:
        await tx.execute(
            """
            INSERT INTO check_defaults (organisation_id, revision)
            VALUES ($1, 0)
            ON CONFLICT ON CONSTRAINT check_defaults_pkey DO NOTHING
            """,
            organisation_id,
        )
        return
    await tx.execute(
        """
        INSERT INTO check_settings (organisation_id, person_id, revision)
        VALUES ($1, $2, 0)
        ON CONFLICT ON CONSTRAINT check_settings_pkey DO NOTHING
        """,
        organisation_id,
        person_id,
    )


async def update_settings(
    tx: Transaction, organisation_id: UUID, person_id: UUID | None, changes: dict[str, Any]
) -> int:
    """Set some settings of a locked row; answers its revision.

    The keys of ``changes`` are column names of ours, never text from outside.
    """
    keys: list[Any] = [organisation_id, *([person_id] if person_id else [])]
    assignments = "".join(
        f"{column} = ${place}, " for place, column in enumerate(changes, len(keys) + 1)
    )
    row = await one_row(
        tx,
        f"""
        UPDATE {"check_settings" if person_id else "check_defaults"}
        SET {assignments} updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 {"AND person_id = $2" if person_id else ""}
        RETURNING revision
        """,
        *keys,
        *changes.values(),
    )
    revision: int = row["revision"]
    return revision


def _settings_of(row: asyncpg.Record) -> tuple[OwnCheckSettings, int]:
    values = dict(row)
    revision: int = values.pop("revision")
    return OwnCheckSettings(**values), revision


# The timer ---------------------------------------------------------------------------------------


async def find_running(
    tx: Transaction, organisation_id: UUID, person_id: UUID, *, lock: bool = False
) -> tuple[CheckedSession, datetime | None] | None:
    """What a person has running with its revision, and until when nobody is to be asked."""
    row = await tx.fetchrow(
        f"""
        SELECT {RUNNING_COLUMNS}, notice_snoozed_until
        FROM running_sessions
        WHERE organisation_id = $1 AND person_id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        person_id,
    )
    if row is None:
        return None
    values = dict(row)
    snoozed_until = values.pop("notice_snoozed_until")
    return CheckedSession(**values), snoozed_until


async def snooze_running(
    tx: Transaction, organisation_id: UUID, person_id: UUID, until: datetime
) -> None:
    """Put the notice off."""
    await tx.execute(
        """
        UPDATE running_sessions
        SET notice_snoozed_until = $3
        WHERE organisation_id = $1 AND person_id = $2
        """,
        organisation_id,
        person_id,
        until,
    )


async def recent_spans(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    *,
    before: datetime,
    longest_seconds: int,
) -> list[Span]:
    """The person's sessions of the eight weeks before, without those that are too long."""
    rows = await tx.fetch(
        """
        SELECT started_at, ended_at
        FROM sessions
        WHERE organisation_id = $1 AND person_id = $2 AND deleted_at IS NULL
          AND started_at >= $3 AND started_at < $4 AND duration_seconds <= $5
        """,
        organisation_id,
        person_id,
        before - USUAL_SINCE,
        before,
        longest_seconds,
    )
    return [Span(row["started_at"], row["ended_at"]) for row in rows]


async def last_change(
    tx: Transaction, organisation_id: UUID, person_id: UUID, *, since: datetime
) -> datetime | None:
    """When the person's hours were last changed by hand after ``since``, while something ran."""
    changed: datetime | None = await tx.fetchval(
        """
        SELECT max(updated_at)
        FROM (
          SELECT updated_at
          FROM running_sessions
          WHERE organisation_id = $1 AND person_id = $2
          UNION ALL
          SELECT updated_at
          FROM sessions
          WHERE organisation_id = $1 AND person_id = $2 AND deleted_at IS NULL
            AND started_at >= $3::timestamptz - interval '31 days'
        ) AS changes
        WHERE updated_at > $3
        """,
        organisation_id,
        person_id,
        since,
    )
    return changed
