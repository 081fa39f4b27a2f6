"""Whoever asks for a range reads the months of that range, whatever else is filtered by.

PostgreSQL counts the scans of each partition in a transaction; what is counted here are those of
the very functions that the routes call, with the plans that they get there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.conftest import Lab

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.timetracking import export_store, reports, store
from benchbook.timetracking.filters import SessionFilters

MONTHS = [datetime(2021, month, 10, 9, tzinfo=UTC) for month in range(1, 13)]
MAY = (datetime(2021, 5, 1, tzinfo=UTC), datetime(2021, 6, 1, tzinfo=UTC))
UTC_ZONE = ZoneInfo("UTC")
Question = Callable[[Transaction, Caller, SessionFilters], Awaitable[Any]]


async def a_list(tx: Transaction, caller: Caller, filters: SessionFilters) -> None:
    await store.list_sessions(
        tx,
        caller.organisation_id,
        replace(filters, ranges=[MAY]),
        after=None,
        newest_first=True,
        limit=50,
    )


async def totals(tx: Transaction, caller: Caller, filters: SessionFilters) -> None:
    await reports.total_sessions(tx, caller, replace(filters, ranges=[MAY]), UTC_ZONE)


async def an_export(tx: Transaction, caller: Caller, filters: SessionFilters) -> None:
    await export_store.read_export_page(
        tx,
        caller.organisation_id,
        replace(filters, ranges=[MAY]),
        after=None,
        newest_first=True,
        limit=50,
        as_json=False,
        rounding=None,
        prices=None,
    )


def a_report(cut: Any, group_by: Any) -> Question:
    async def ask(tx: Transaction, caller: Caller, filters: SessionFilters) -> None:
        await reports.report_hours(
            tx,
            caller,
            filters,
            period="month",
            day=date(2021, 5, 10),
            week_start="monday",
            zone=UTC_ZONE,
            group_by=group_by,
            cut=cut,
        )

    return ask


NOBODY = UUID("01900000-0000-7000-8000-000000000000")
FILTERS = [
    SessionFilters(),
    SessionFilters(client_id=NOBODY, billable=True),
    SessionFilters(project_id=NOBODY),
    SessionFilters(without=frozenset({"project", "tag"})),
    SessionFilters(without=frozenset({"client"}), text="x"),
]


# A session is at most 31 days long: one of the month before may reach into May. For those that a
# forgotten timer made longer, earlier months are asked too, through an index that holds no others.
CASES = [
    pytest.param(a_list, False, id="list"),
    pytest.param(totals, False, id="totals"),
    pytest.param(an_export, False, id="export"),
    pytest.param(a_report("start_day", "client"), False, id="report"),
    pytest.param(a_report("split", "tag"), True, id="split report"),
]


@pytest.mark.parametrize("role", ["owner", "member"])
@pytest.mark.parametrize(("ask", "reaches_back"), CASES)
async def test_only_the_months_of_the_range_are_read(
    ask: Question, reaches_back: bool, role: Any, lab: Lab
):
    for start in MONTHS:
        await lab.owner.post(
            "/sessions",
            json={"name": "PCR", "started_at": start.isoformat(), "duration": "1h"},
        )
    me = (await lab.owner.get("/me")).json()["person"]["id"]
    caller = Caller(UUID(lab.organisation_id), UUID(me), role, None)
    for filters in FILTERS:
        if role == "member":
            filters = replace(filters, person_id=caller.person_id)
        async with lab.app.transaction(caller) as tx:
            before = await counts(tx)
            await ask(tx, caller, filters)
            after = await counts(tx)
        scanned = {name for name, (scans, _) in after.items() if scans > before[name][0]}
        read = {name for name, (_, rows) in after.items() if rows > before[name][1]}
        if reaches_back:
            assert read <= {"sessions_2021_04", "sessions_2021_05"}
            assert not any(name > "sessions_2021_05" for name in scanned if name[9:11] == "20")
        else:
            assert scanned <= {"sessions_2021_05"}
        # PostgreSQL need not look at all where no project can fit.
        assert "sessions_2021_05" in scanned or filters.client_id or filters.without


async def counts(tx: Transaction) -> dict[str, tuple[int, int]]:
    """By partition, how often it was scanned and how many rows were fetched from it so far."""
    rows = await tx.fetch(
        """
        SELECT relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0) AS scans,
               coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS fetched
        FROM pg_stat_xact_user_tables
        WHERE relname LIKE 'sessions\\_%'
        """
    )
    return {row["relname"]: (row["scans"], row["fetched"]) for row in rows}
