"""The SQL of accounts: one function a query."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.accounts.caller import Role
from benchbook.accounts.errors import EmailTaken
from benchbook.accounts.rules import Credential
from benchbook.accounts.schemas import ApiToken, AuditEvent, Organisation, Person
from benchbook.platform.database import Transaction, constraint_of, one_row

PERSON_COLUMNS = """
    id, name, email, role, time_zone, locale, week_start, email_notifications, deactivated_at,
    created_at, updated_at"""


def _person(row: asyncpg.Record) -> Person:
    return Person(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        role=row["role"],
        time_zone=row["time_zone"],
        locale=row["locale"],
        week_start=row["week_start"],
        email_notifications=row["email_notifications"],
        active=row["deactivated_at"] is None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


# Before anybody is signed in -------------------------------------------------------------------


async def organisation_exists(tx: Transaction) -> bool:
    """Whether Benchbook has been set up."""
    return bool(await tx.fetchval("SELECT organisation_exists()"))


async def lock_setup(tx: Transaction) -> None:
    """Make a second first-run wait for this one."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('benchbook setup'))")


async def find_login(tx: Transaction, credential: Credential) -> asyncpg.Record | None:
    """The good login with this secret: login_id, person_id, role, time_zone, last_used_at."""
    return await tx.fetchrow(
        "SELECT login_id, person_id, role, time_zone, last_used_at FROM find_login($1, $2)",
        credential.organisation_id,
        credential.token_hash,
    )


async def find_api_token(tx: Transaction, credential: Credential) -> asyncpg.Record | None:
    """The good API token with this secret: its id, scopes and use, its person's role and zone."""
    return await tx.fetchrow(
        """
        SELECT api_token_id, person_id, role, time_zone, scopes, last_used_at
        FROM find_api_token($1, $2)
        """,
        credential.organisation_id,
        credential.token_hash,
    )


async def credential_holds(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    role: Role,
    *,
    login_id: UUID | None,
    api_token_id: UUID | None,
) -> bool:
    """Whether the login or API token is still good, and its person still has this role."""
    return bool(
        await tx.fetchval(
            """
            SELECT EXISTS (
                     SELECT FROM people
                     WHERE organisation_id = $1 AND id = $2 AND role = $3
                       AND deactivated_at IS NULL)
               AND (EXISTS (
                      SELECT FROM logins
                      WHERE organisation_id = $1 AND id = $4 AND expires_at > now())
                 OR EXISTS (
                      SELECT FROM api_tokens
                      WHERE organisation_id = $1 AND id = $5
                        AND (expires_at IS NULL OR expires_at > now())))
            """,
            organisation_id,
            person_id,
            role,
            login_id,
            api_token_id,
        )
    )


async def find_invitation(tx: Transaction, credential: Credential) -> asyncpg.Record | None:
    """The open invitation with this secret: person_id, organisation_name, name, email."""
    return await tx.fetchrow(
        "SELECT person_id, organisation_name, name, email FROM find_invitation($1, $2)",
        credential.organisation_id,
        credential.token_hash,
    )


async def find_accounts(tx: Transaction, email: str) -> list[asyncpg.Record]:
    """The accounts of an address: organisation_id, organisation_name, person_id, password_hash."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT organisation_id, organisation_name, person_id, password_hash
        FROM find_accounts($1)
        """,
        email,
    )
    return rows


async def find_people_by_email(tx: Transaction, email: str) -> list[asyncpg.Record]:
    """As the owner, over all organisations: organisation_id, organisation_name, person_id."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT people.organisation_id, organisations.name AS organisation_name, people.id AS person_id
        FROM people
        JOIN organisations ON organisations.id = people.organisation_id
        WHERE people.email = $1 AND people.deactivated_at IS NULL
        ORDER BY people.created_at
        """,
        email,
    )
    return rows


async def server_secret(tx: Transaction, name: str) -> bytes:
    """A random key of this database."""
    return bytes(await tx.fetchval("SELECT value FROM server_secrets WHERE name = $1", name))


async def count_login_attempt(
    tx: Transaction, subjects: list[bytes], window_seconds: int
) -> dict[bytes, tuple[int, int]]:
    """Count an attempt for each subject; answers attempts and seconds left in the window, each.

    Counting comes before the password is looked at, so that attempts at the same instant
    cannot slip past the limit; success takes the count back.
    """
    rows = await tx.fetch(
        """
        INSERT INTO login_failures AS stored (subject, failures, first_failed_at)
        SELECT subject, 1, now()
        FROM unnest($1::bytea[]) AS subject
        ORDER BY subject
        ON CONFLICT ON CONSTRAINT login_failures_pkey DO UPDATE
          SET failures = CASE WHEN stored.first_failed_at < now() - make_interval(secs => $2)
                              THEN 1 ELSE stored.failures + 1 END,
              first_failed_at = CASE WHEN stored.first_failed_at < now() - make_interval(secs => $2)
                                     THEN now() ELSE stored.first_failed_at END
        RETURNING subject, failures,
          ceil(extract(epoch FROM first_failed_at + make_interval(secs => $2) - now()))::integer AS seconds_left
        """,
        subjects,
        float(window_seconds),
    )
    return {row["subject"]: (row["failures"], max(1, row["seconds_left"])) for row in rows}


async def forget_login_attempts(tx: Transaction, subjects: list[bytes]) -> None:
    """Take the counts of these subjects back; locked in the order in which they are counted."""
    await tx.execute(
        """
        DELETE FROM login_failures
        WHERE subject IN (
          SELECT subject
          FROM login_failures
          WHERE subject = ANY ($1::bytea[])
          ORDER BY subject
          FOR UPDATE
        )
        """,
        subjects,
    )


# Organisations and people -------------------------------------------------------------------


async def insert_organisation(tx: Transaction, organisation_id: UUID, name: str) -> None:
    """Add an organisation."""
    await tx.execute("INSERT INTO organisations (id, name) VALUES ($1, $2)", organisation_id, name)


async def find_organisation(tx: Transaction, organisation_id: UUID) -> Organisation:
    """The caller's organisation."""
    row = await one_row(tx, "SELECT id, name FROM organisations WHERE id = $1", organisation_id)
    return Organisation(id=row["id"], name=row["name"])


async def lock_organisation(tx: Transaction, organisation_id: UUID) -> None:
    """Make other changes of roles wait, so that the last owner cannot be lost to a race."""
    await tx.execute("SELECT id FROM organisations WHERE id = $1 FOR UPDATE", organisation_id)


async def insert_person(
    tx: Transaction,
    *,
    organisation_id: UUID,
    person_id: UUID,
    name: str,
    email: str,
    role: Role,
    password_hash: str | None,
    time_zone: str,
) -> Person:
    """Add a person; raises EmailTaken."""
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO people (organisation_id, id, name, email, role, password_hash, time_zone)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            RETURNING {PERSON_COLUMNS}
            """,
            organisation_id,
            person_id,
            name,
            email,
            role,
            password_hash,
            time_zone,
        )
    except asyncpg.UniqueViolationError as error:
        if constraint_of(error).startswith("person_email_is_used_once_per_organisation"):
            raise EmailTaken(
                "Somebody in this organisation has this e-mail address already."
            ) from None
        raise
    return _person(row)


async def find_person(
    tx: Transaction, organisation_id: UUID, person_id: UUID
) -> tuple[Person, int] | None:
    """A person and the revision."""
    row = await tx.fetchrow(
        f"""
        SELECT {PERSON_COLUMNS}, revision
        FROM people
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        person_id,
    )
    return (_person(row), row["revision"]) if row else None


async def list_people(
    tx: Transaction, organisation_id: UUID, *, after: tuple[str, UUID] | None, limit: int
) -> list[Person]:
    """People by name, after a sort key."""
    rows = await tx.fetch(
        f"""
        SELECT {PERSON_COLUMNS}
        FROM people
        WHERE organisation_id = $1
          AND ($2::text IS NULL OR (name, id) > ($2, $3::uuid))
        ORDER BY name, id
        LIMIT $4
        """,
        organisation_id,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_person(row) for row in rows]


async def update_person(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    changes: dict[str, Any],
    *,
    expected_revision: int | None = None,
) -> tuple[Person, int] | None:
    """Set some columns of a person; None when there is none, or none in that revision.

    The keys of ``changes`` are column names of ours, never text from outside.
    """
    assignments = ", ".join(f"{column} = ${place}" for place, column in enumerate(changes, 4))
    row = await tx.fetchrow(
        f"""
        UPDATE people
        SET {assignments}, updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id = $2 AND revision = coalesce($3, revision)
        RETURNING {PERSON_COLUMNS}, revision
        """,
        organisation_id,
        person_id,
        expected_revision,
        *changes.values(),
    )
    return (_person(row), row["revision"]) if row else None


async def count_owners(tx: Transaction, organisation_id: UUID) -> int:
    """How many owners can get in: not one who was invited and has not come yet."""
    return int(
        await tx.fetchval(
            """
            SELECT count(*)
            FROM people
            WHERE organisation_id = $1 AND role = 'owner' AND deactivated_at IS NULL
              AND (EXISTS (SELECT
                           FROM find_accounts(people.email) AS account
                           WHERE account.person_id = people.id)
                   OR EXISTS (SELECT
                              FROM api_tokens
                              WHERE api_tokens.organisation_id = $1
                                AND api_tokens.person_id = people.id
                                AND (api_tokens.expires_at IS NULL
                                     OR api_tokens.expires_at > now())))
            """,
            organisation_id,
        )
    )


# Logins, tokens, invitations ------------------------------------------------------------------


async def insert_login(
    tx: Transaction,
    *,
    organisation_id: UUID,
    login_id: UUID,
    person_id: UUID,
    token_hash: bytes,
    lifetime_days: int,
) -> None:
    """Keep a web sign-in."""
    await tx.execute(
        """
        INSERT INTO logins (organisation_id, id, person_id, token_hash, expires_at)
        VALUES ($1, $2, $3, $4, now() + make_interval(days => $5))
        """,
        organisation_id,
        login_id,
        person_id,
        token_hash,
        lifetime_days,
    )


async def touch_login(
    tx: Transaction, organisation_id: UUID, login_id: UUID, lifetime_days: int
) -> None:
    """A login that is used lives on."""
    await tx.execute(
        """
        UPDATE logins
        SET last_used_at = now(), expires_at = now() + make_interval(days => $3)
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        login_id,
        lifetime_days,
    )


async def delete_login(tx: Transaction, organisation_id: UUID, login_id: UUID) -> None:
    """Sign out."""
    await tx.execute(
        "DELETE FROM logins WHERE organisation_id = $1 AND id = $2", organisation_id, login_id
    )


async def delete_logins_of(
    tx: Transaction, organisation_id: UUID, person_id: UUID, *, but: UUID | None = None
) -> None:
    """Sign a person out everywhere (but in one login)."""
    await tx.execute(
        """
        DELETE FROM logins
        WHERE organisation_id = $1 AND person_id = $2 AND id IS DISTINCT FROM $3
        """,
        organisation_id,
        person_id,
        but,
    )


async def insert_api_token(
    tx: Transaction,
    *,
    organisation_id: UUID,
    api_token_id: UUID,
    person_id: UUID,
    name: str,
    token_hash: bytes,
    scopes: list[str] | None,
    expires_at: datetime | None,
) -> ApiToken:
    """Keep an API token."""
    row = await one_row(
        tx,
        """
        INSERT INTO api_tokens (organisation_id, id, person_id, name, token_hash, scopes, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING id, name, scopes, expires_at, last_used_at, created_at
        """,
        organisation_id,
        api_token_id,
        person_id,
        name,
        token_hash,
        scopes,
        expires_at,
    )
    return ApiToken(**dict(row))


async def list_api_tokens(
    tx: Transaction, organisation_id: UUID, person_id: UUID, *, after: UUID | None, limit: int
) -> list[ApiToken]:
    """A person's tokens, newest first (ids are UUIDv7: by time of creation)."""
    rows = await tx.fetch(
        """
        SELECT id, name, scopes, expires_at, last_used_at, created_at
        FROM api_tokens
        WHERE organisation_id = $1 AND person_id = $2 AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC
        LIMIT $4
        """,
        organisation_id,
        person_id,
        after,
        limit,
    )
    return [ApiToken(**dict(row)) for row in rows]


async def delete_api_token(
    tx: Transaction, organisation_id: UUID, person_id: UUID, api_token_id: UUID
) -> bool:
    """Revoke a token; whether there was one."""
    return bool(
        await tx.fetchval(
            """
            DELETE FROM api_tokens
            WHERE organisation_id = $1 AND person_id = $2 AND id = $3
            RETURNING true
            """,
            organisation_id,
            person_id,
            api_token_id,
        )
    )


async def api_token_expiry(
    tx: Transaction, organisation_id: UUID, api_token_id: UUID
) -> datetime | None:
    """When a token ends; None for never."""
    expires_at: datetime | None = await tx.fetchval(
        """
        SELECT expires_at
        FROM api_tokens
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        api_token_id,
    )
    return expires_at


async def touch_api_token(tx: Transaction, organisation_id: UUID, api_token_id: UUID) -> None:
    """Note that a token was used."""
    await tx.execute(
        "UPDATE api_tokens SET last_used_at = now() WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        api_token_id,
    )


async def replace_invitation_letter(
    tx: Transaction,
    *,
    organisation_id: UUID,
    letter_id: UUID,
    person_id: UUID,
    sealed_secret: bytes,
) -> None:
    """Have an invitation sent, in the place of one that waits to be: its link is void."""
    await tx.execute(
        """
        DELETE FROM letters
        WHERE organisation_id = $1 AND person_id = $2 AND kind = 'invitation'
          AND status = 'pending'
        """,
        organisation_id,
        person_id,
    )
    await tx.execute(
        """
        INSERT INTO letters (organisation_id, id, person_id, kind, sealed_secret)
        VALUES ($1, $2, $3, 'invitation', $4)
        """,
        organisation_id,
        letter_id,
        person_id,
        sealed_secret,
    )


async def insert_invitation(
    tx: Transaction,
    *,
    organisation_id: UUID,
    invitation_id: UUID,
    person_id: UUID,
    token_hash: bytes,
    lifetime_days: int,
) -> None:
    """Keep an invitation in the place of an earlier one."""
    await tx.execute(
        """
        INSERT INTO invitations (organisation_id, id, person_id, token_hash, expires_at)
        VALUES ($1, $2, $3, $4, now() + make_interval(days => $5))
        ON CONFLICT ON CONSTRAINT one_open_invitation_per_person DO UPDATE
          SET token_hash = EXCLUDED.token_hash, created_at = now(), expires_at = EXCLUDED.expires_at
        """,
        organisation_id,
        invitation_id,
        person_id,
        token_hash,
        lifetime_days,
    )


async def delete_invitation(tx: Transaction, organisation_id: UUID, token_hash: bytes) -> bool:
    """Use an invitation up; whether it was still there."""
    return bool(
        await tx.fetchval(
            """
            DELETE FROM invitations
            WHERE organisation_id = $1 AND token_hash = $2 AND expires_at > now()
            RETURNING true
            """,
            organisation_id,
            token_hash,
        )
    )


# The audit ------------------------------------------------------------------------------------


async def insert_audit_event(
    tx: Transaction,
    *,
    organisation_id: UUID,
    event_id: UUID,
    actor_id: UUID | None,
    action: str,
    subject_type: str,
    subject_id: UUID | None,
    details: dict[str, Any],
    request_id: str | None,
) -> None:
    """Add an event."""
    await tx.execute(
        """
        INSERT INTO audit_events
          (organisation_id, id, actor_id, action, subject_type, subject_id, details, request_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)
        """,
        organisation_id,
        event_id,
        actor_id,
        action,
        subject_type,
        subject_id,
        json.dumps(details),
        request_id,
    )


async def list_audit_events(
    tx: Transaction, organisation_id: UUID, *, after: UUID | None, limit: int
) -> list[AuditEvent]:
    """Events, newest first."""
    rows = await tx.fetch(
        """
        SELECT id, occurred_at, actor_id, action, subject_type, subject_id, details, request_id
        FROM audit_events
        WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC
        LIMIT $3
        """,
        organisation_id,
        after,
        limit,
    )
    return [AuditEvent(**(dict(row) | {"details": json.loads(row["details"])})) for row in rows]


async def forget_expired(tx: Transaction) -> None:
    """Delete expired logins, invitations, kept answers and old failures."""
    await tx.execute("SELECT forget_expired()")
