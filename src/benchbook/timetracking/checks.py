"""What people ask of their hours to be sure of them: what overlaps, is missing, too short or too
long, and whether the timer was forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET, structs

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import Stale
from benchbook.timetracking import check_store as store
from benchbook.timetracking.check_rules import (
    DEFAULTS,
    offers,
    seconds_of,
    sensible_ends,
    suspicious_from,
    usual_end_of_day,
)
from benchbook.timetracking.check_schemas import (
    ChangeCheckSettings,
    CheckedSession,
    CheckSettings,
    CheckSettingsState,
    EndReason,
    Finding,
    SuggestedEnd,
    TimerCheck,
)
from benchbook.timetracking.check_store import CheckFilters, FoundRow
from benchbook.timetracking.rules import LONGEST_SESSION
from benchbook.timetracking.store import lock_timer

# Whoever changed something a moment ago is at it now; that is no end.
_QUIET_FOR = timedelta(minutes=10)


async def read_settings(tx: Transaction, caller: Caller, person_id: UUID) -> CheckSettingsState:
    """The settings that count for a person, and where they come from."""
    own, _ = await store.find_settings(tx, caller.organisation_id, person_id)
    organisation, _ = await store.find_settings(tx, caller.organisation_id, None)
    effective = {
        name: next(
            value
            for value in (getattr(own, name), getattr(organisation, name), getattr(DEFAULTS, name))
            if value is not None
        )
        for name in CheckSettings.__struct_fields__
    }
    return CheckSettingsState(CheckSettings(**effective), own, organisation, DEFAULTS)


async def settings_revision(tx: Transaction, caller: Caller, person_id: UUID | None) -> int:
    """The revision of a person's settings (None: the organisation's); 0 while nothing is set."""
    return (await store.find_settings(tx, caller.organisation_id, person_id))[1]


async def change_settings(
    tx: Transaction,
    caller: Caller,
    person_id: UUID | None,
    change: ChangeCheckSettings,
    expected_revision: int | None,
) -> int:
    """Change a person's settings (None: the organisation's); answers their revision.

    Raises Stale.
    """
    await store.make_settings(tx, caller.organisation_id, person_id)
    _, revision = await store.find_settings(tx, caller.organisation_id, person_id, lock=True)
    if expected_revision not in (None, revision):
        raise Stale("The settings were changed since you read them: read them again.")
    changes = {
        field: value for field, value in structs.asdict(change).items() if value is not UNSET
    }
    if not changes:
        return revision
    if person_id is None:
        await record_event(
            tx, caller, "check_defaults.changed", "organisation", caller.organisation_id, **changes
        )
    return await store.update_settings(tx, caller.organisation_id, person_id, changes)


async def as_findings(
    tx: Transaction, caller: Caller, filters: CheckFilters, rows: list[FoundRow], zone: ZoneInfo
) -> list[Finding]:
    """The findings with the repairs that fit them, days in ``zone``."""
    usual_end: timedelta | None = None
    long_ones = [row.span.started_at for row in rows if row.kind == "long" and not row.kept_at]
    if long_ones:
        usual_end = await _usual_end(
            tx, caller, filters.person_id, max(long_ones), filters.settings, zone
        )
    findings = []
    for row in rows:
        ends: list[tuple[EndReason, datetime]] = []
        if row.kind == "long":
            ends = sensible_ends(
                row.span.started_at,
                row.span.ended_at,
                usual_end=usual_end,
                limit_seconds=filters.settings.long_session_seconds,
                last_activity=None,
                zone=zone,
            )
        findings.append(
            Finding(
                kind=row.kind,
                person_id=filters.person_id,
                date=row.span.started_at.astimezone(zone).date(),
                from_=row.span.started_at,
                to=row.span.ended_at,
                duration_seconds=seconds_of(row.span),
                sessions=row.sessions,
                repairs=offers(
                    row.kind,
                    row.sessions,
                    free_until=row.free_until,
                    ends=ends,
                    is_kept=row.kept_at is not None,
                ),
                kept_at=row.kept_at,
            )
        )
    return findings


# The timer ---------------------------------------------------------------------------------------


async def check_timer(tx: Transaction, caller: Caller, now: datetime, zone: ZoneInfo) -> TimerCheck:
    """Whether what runs has been running for suspiciously long, and when it may have ended."""
    settings = (await read_settings(tx, caller, caller.person_id)).effective
    found = await store.find_running(tx, caller.organisation_id, caller.person_id)
    if found is None:
        return TimerCheck(
            running=None,
            suspicious=None,
            suspicious_from=None,
            snoozed_until=None,
            limit_seconds=settings.long_session_seconds,
            ends=[],
        )
    running, snoozed_until = found
    due = suspicious_from(running.started_at, settings, zone)
    is_snoozed = snoozed_until is not None and snoozed_until > now
    is_due = due is not None and due[1] <= now
    suspicious: Any = due[0] if due is not None and is_due and not is_snoozed else None
    return TimerCheck(
        running=running,
        suspicious=suspicious,
        suspicious_from=due[1] if due else None,
        snoozed_until=snoozed_until if is_snoozed else None,
        limit_seconds=settings.long_session_seconds,
        ends=await _ends_of_timer(tx, caller, running, settings, now, zone) if is_due else [],
    )


async def snooze_timer(tx: Transaction, caller: Caller, seconds: int, zone: ZoneInfo) -> TimerCheck:
    """Ask about what runs later; nothing running is no error."""
    now = await lock_timer(tx, caller.organisation_id, caller.person_id)
    await store.snooze_running(
        tx, caller.organisation_id, caller.person_id, now + timedelta(seconds=seconds)
    )
    return await check_timer(tx, caller, now, zone)


async def _ends_of_timer(
    tx: Transaction,
    caller: Caller,
    running: CheckedSession,
    settings: CheckSettings,
    now: datetime,
    zone: ZoneInfo,
) -> list[SuggestedEnd]:
    usual_end = await _usual_end(tx, caller, caller.person_id, running.started_at, settings, zone)
    last_activity = await store.last_change(
        tx, caller.organisation_id, caller.person_id, since=running.started_at
    )
    if last_activity is not None and last_activity > now - _QUIET_FOR:
        last_activity = None
    return [
        SuggestedEnd(reason, at, int((at - running.started_at).total_seconds()))
        for reason, at in sensible_ends(
            running.started_at,
            now,
            usual_end=usual_end,
            limit_seconds=settings.long_session_seconds,
            last_activity=last_activity,
            zone=zone,
        )
    ]


async def _usual_end(
    tx: Transaction,
    caller: Caller,
    person_id: UUID,
    before: datetime,
    settings: CheckSettings,
    zone: ZoneInfo,
) -> timedelta | None:
    longest = settings.long_session_seconds or int(LONGEST_SESSION.total_seconds())
    spans = await store.recent_spans(
        tx, caller.organisation_id, person_id, before=before, longest_seconds=longest
    )
    return usual_end_of_day(spans, zone)
