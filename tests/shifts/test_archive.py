"""Closed months: moved, read as before, changed by nobody, dropped as a whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import PASSWORD, Cluster, client, run_app
from tests.contract.operations import pointers
from uuid_utils.compat import uuid7

import benchbook.app
from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.platform.database import APPLICATION_ROLE, Database, set_context
from benchbook.platform.migrations import OWNER_ROLE
from benchbook.platform.settings import Settings
from benchbook.shifts import archive_store, store

MONTHS = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 9)]
ERA = {"from": "2025-12-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}


def instant(text: str) -> str:
    return f"2026-{text}:00Z"


@dataclass
class Team:
    """An organisation in a database of its own: borders are of all organisations of a database."""

    app: Database
    past_security: Database
    transport: httpx.ASGITransport
    address: dict[str, Any]
    organisation_id: str
    owner: httpx.AsyncClient
    member: httpx.AsyncClient
    employees: list[str] = field(default_factory=list)

    async def close(self, border: datetime | None) -> int:
        async with self.app.connection() as connection:
            return await archive_store.keep_archive_before(connection, border)

    async def save(self, employee: int, start: str, end: str, **more: Any) -> str:
        answer = await self.owner.post("/shifts", json=self.body(employee, start, end, **more))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def body(self, employee: int, start: str, end: str, **more: Any) -> dict[str, Any]:
        times = {"starts_at": instant(start), "ends_at": instant(end)}
        return {"employee_id": self.employees[employee]} | times | more

    async def count(self, table: str) -> int:
        async with self.past_security.transaction() as tx:
            return int(await tx.fetchval(f"SELECT count(*) FROM {table}"))

    async def all_that_is_read(self) -> dict[str, Any]:
        """What every kind of read answers, to managers and to members."""
        answers: dict[str, Any] = {}
        for who, person in (("owner", self.owner), ("member", self.member)):
            for path, query in (
                ("/shifts", {"limit": 500}),
                ("/shifts", ERA | {"limit": 500}),
                ("/shifts", {"from": "2026-03-31T23:00:00Z", "to": "2026-05-01T01:00:00Z"}),
                ("/shifts", {"employee_id": self.employees[0], "limit": 500}),
                ("/shifts/totals", ERA),
                ("/shifts/totals", {"from": "2026-02-28T12:00:00Z", "to": "2026-04-01T00:00:00Z"}),
            ):
                answer = await person.get(path, params=query)
                assert answer.status_code == 200, answer.text
                answers[f"{who} {path} {json.dumps(query)}"] = answer.json()
            planned = await person.get(
                "/reports/shifts", params={"period": "year", "date": "2026-05-01"}
            )
            assert planned.status_code == 200, planned.text
            answers[f"{who} planned"] = planned.json()
            for shift in answers[f"{who} /shifts {json.dumps({'limit': 500})}"]["items"][:5]:
                one = await person.get(f"/shifts/{shift['id']}")
                answers[f"{who} {shift['id']}"] = (one.json(), one.headers["ETag"])
        return answers


async def _rest(*_: object) -> None:
    """Tidy nothing: a test alone says what is closed."""


@pytest.fixture
async def team(
    cluster: Cluster, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Team]:
    monkeypatch.setattr(benchbook.app, "_maintain", _rest)
    async with open_team(cluster, empty_database) as opened:
        yield opened


@asynccontextmanager
async def open_team(cluster: Cluster, database: str) -> AsyncIterator[Team]:
    address = cluster.address(database, APPLICATION_ROLE)

    async def connect() -> Database:
        return await Database.connect(size=10, **address)

    async with (
        AsyncExitStack() as stack,
        cluster.open(database) as app,
        cluster.open(database, OWNER_ROLE, size=2) as past_security,
        run_app(connect) as transport,
    ):

        async def signed_in(email: str) -> httpx.AsyncClient:
            token = await create_token_for(past_security, app, email, None, "tests", None)
            return await stack.enter_async_context(client(transport, token))

        organisation_id = await create_organisation_with_owner(
            app, "Reef Lab", "Olga", "owner@example.org", PASSWORD, "UTC"
        )
        owner = await signed_in("owner@example.org")
        person = {"name": "Mia", "email": "mia@example.org", "password": PASSWORD}
        added = await owner.post("/people", json=person)
        member = await signed_in("mia@example.org")
        team = Team(app, past_security, transport, address, str(organisation_id), owner, member)
        for number in range(2):
            employee = {"first_name": "E", "last_name": f"E{number}", "address": f"S {number}"}
            if number == 0:
                employee["person_id"] = added.json()["id"]
            hired = await owner.post("/employees", json=employee)
            assert hired.status_code == 201, hired.text
            team.employees.append(hired.json()["id"])
        yield team


async def test_closed_months_are_read_as_before_and_come_back(team: Team):
    await team.save(0, "01-10T08:00", "01-10T16:00", position="Bench", note="n", break_minutes=30)
    await team.save(0, "03-31T20:00", "04-01T06:00")
    await team.save(1, "04-10T08:00", "04-10T16:00", published=False)
    edited = await team.save(0, "04-12T08:00", "04-12T16:00")
    kept_back = await team.owner.patch(f"/shifts/{edited}", json={"note": "x", "published": False})
    assert kept_back.status_code == 200, kept_back.text
    await team.save(1, "06-10T08:00", "06-10T16:00")
    before = await team.all_that_is_read()
    assert before["owner /shifts/totals " + json.dumps(ERA)]["count"] == 5
    told = await team.count("notifications")
    assert await team.close(MONTHS[3]) > 0
    assert await team.count("archived_shifts") == 1, "what goes on past the border stays live"
    assert await team.all_that_is_read() == before
    await team.close(MONTHS[5])
    assert await team.count("archived_shifts") == 4
    assert await team.all_that_is_read() == before
    assert await team.close(MONTHS[5]) == 0
    assert await team.count("shift_cancellations") == 0
    assert await team.count("deleted_shifts") == 0
    assert await team.count("notifications") == told
    await team.close(MONTHS[2])
    assert await team.count("archived_shifts") == 1
    assert await team.all_that_is_read() == before
    await team.close(None)
    assert await team.count("archived_shifts") == 0
    assert await team.count("shift_archives") == 0
    assert await team.all_that_is_read() == before


async def test_nobody_writes_to_closed_months(team: Team):
    archived = await team.save(0, "03-10T08:00", "03-10T16:00")
    across = await team.save(0, "04-30T20:00", "05-01T06:00")
    live = await team.save(1, "05-10T08:00", "05-10T16:00")
    await team.close(MONTHS[4])
    before = await team.all_that_is_read()
    new = team.body(1, "04-01T08:00", "04-01T16:00")
    fine = team.body(1, "05-02T08:00", "05-02T16:00")
    earlier = {"starts_at": instant("04-30T22:00"), "ends_at": instant("05-01T02:00")}
    requests: list[tuple[str, str, Any, set[str]]] = [
        ("POST", "/shifts", new, set()),
        ("POST", "/shifts/batch", {"create": [fine, new]}, {"/create/1"}),
        ("PATCH", f"/shifts/{archived}", {"note": "x"}, set()),
        ("PATCH", f"/shifts/{across}", {"note": "x"}, set()),
        ("PATCH", f"/shifts/{live}", earlier, set()),
        ("POST", "/shifts/batch", {"update": [{"id": archived, "note": "x"}]}, {"/update/0/id"}),
        ("POST", "/shifts/batch", {"create": [fine], "delete": [archived]}, {"/delete/0"}),
        ("POST", "/shifts/swap", {"shift_ids": [live, archived]}, {"/shift_ids/1"}),
        ("DELETE", f"/shifts/{archived}", None, set()),
        ("DELETE", f"/shifts/{across}", None, set()),
        ("DELETE", f"/shifts?id={archived}", None, set()),
    ]
    for method, path, body, places in requests:
        answer = await team.owner.request(method, path, json=body)
        assert answer.status_code == 409, f"{method} {path}: {answer.text}"
        problem = answer.json()
        assert problem["code"] == "shift_month_closed"
        assert problem["closed_before"] == "2026-05-01T00:00:00Z"
        assert "1 May 2026" in problem["detail"]
        if places:
            assert places & set(pointers(answer)), problem
    assert await team.all_that_is_read() == before
    kept = await team.owner.post("/shifts", json=fine)
    assert kept.status_code == 201


async def test_deleted_shift_does_not_come_back_to_a_closed_month(team: Team):
    deleted = await team.save(0, "03-10T08:00", "03-10T16:00")
    assert (await team.owner.delete(f"/shifts/{deleted}")).status_code == 204
    await team.close(MONTHS[4])
    refused = await team.owner.post(f"/shifts/{deleted}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "shift_month_closed")
    refused = await team.owner.post("/shifts/batch", json={"restore": [deleted]})
    assert refused.status_code == 409
    assert pointers(refused) == ["/restore/0"]
    await team.close(None)
    restored = await team.owner.post(f"/shifts/{deleted}/restore")
    assert restored.status_code == 200, restored.text


async def test_shift_across_the_border_still_excludes_others(team: Team):
    await team.save(0, "03-31T20:00", "04-01T06:00")
    await team.close(MONTHS[3])
    met = await team.owner.post("/shifts", json=team.body(0, "04-01T05:00", "04-01T09:00"))
    assert (met.status_code, met.json()["code"]) == (409, "shift_overlap")
    touching = await team.owner.post("/shifts", json=team.body(0, "04-01T06:00", "04-01T09:00"))
    assert touching.status_code == 201, touching.text


async def test_labour_rules_know_what_was_worked_before_the_border(team: Team):
    rule = {"name": "Rest", "effect": "block", "kind": "minimum_rest", "limit_minutes": 660}
    made = await team.owner.post("/labour-rules", json=rule)
    assert made.status_code == 201, made.text
    await team.save(0, "03-31T14:00", "03-31T23:00")
    await team.close(MONTHS[3])
    tired = await team.owner.post("/shifts", json=team.body(0, "04-01T05:00", "04-01T09:00"))
    assert (tired.status_code, tired.json()["code"]) == (409, "labour_rule_broken")


# Two at the same instant ---------------------------------------------------------------------------


@asynccontextmanager
async def writer(team: Team) -> AsyncIterator[Any]:
    """A connection of the application in a transaction of the owner's, committed by whoever likes."""
    connection = await asyncpg.connect(**team.address)
    try:

        @dataclass
        class Context:
            organisation_id: Any = team.organisation_id
            person_id: Any = "00000000-0000-0000-0000-000000000000"
            sees_everyone: bool = True

        await connection.execute(f"BEGIN; {set_context(Context())}")
        yield connection
    finally:
        await connection.close()


async def insert(connection: Any, team: Team, start: str, end: str) -> None:
    await connection.execute(
        """
        INSERT INTO shifts (organisation_id, id, employee_id, starts_at, ends_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        team.organisation_id,
        uuid7(),
        team.employees[0],
        datetime.fromisoformat(instant(start)),
        datetime.fromisoformat(instant(end)),
    )


async def waits(task: asyncio.Task[Any]) -> bool:
    done, _ = await asyncio.wait({task}, timeout=0.5)
    return not done


async def test_closing_waits_for_who_writes_and_takes_what_they_wrote(team: Team):
    async with writer(team) as first:
        await insert(first, team, "03-10T08:00", "03-10T16:00")
        closing = asyncio.create_task(team.close(MONTHS[4]))
        assert await waits(closing)
        await first.execute("COMMIT")
        await closing
    assert await team.count("archived_shifts") == 1
    assert await team.count("shifts") == 0


async def test_who_writes_while_months_are_closed_is_refused(team: Team):
    await team.save(0, "03-10T08:00", "03-10T16:00")
    async with writer(team) as second, team.app.transaction() as closing:
        while await closing.fetchval("SELECT step_shift_archive($1)", MONTHS[4]):
            pass
        # Overlaps what is just being moved away: live rows alone would let it in.
        writing = asyncio.create_task(insert(second, team, "03-10T10:00", "03-10T12:00"))
        assert await waits(writing)
        await closing.execute("COMMIT; BEGIN")
        with pytest.raises(asyncpg.CheckViolationError, match="closed month"):
            await writing
    assert await team.count("shifts") == 0


async def test_many_write_while_the_border_moves_and_no_two_overlap(team: Team):
    async def write(day: int) -> int:
        start = f"04-{day:02}T08:00"
        answer = await team.owner.post("/shifts", json=team.body(0, start, f"04-{day:02}T16:00"))
        return answer.status_code

    outcomes = await asyncio.gather(
        *(write(day) for day in range(1, 16)),
        team.close(MONTHS[4]),
        *(write(day) for day in range(1, 31)),
    )
    assert set(outcomes[:15] + outcomes[16:]) <= {201, 409}
    async with team.past_security.transaction() as tx:
        assert not await tx.fetchval(
            """
            SELECT count(*)
            FROM all_shifts one
            JOIN all_shifts other USING (organisation_id, employee_id)
            WHERE one.id < other.id AND one.starts_at < other.ends_at
              AND one.ends_at > other.starts_at
            """
        )
    assert await team.count("shifts") == 0, "all that was written before is archived"
    assert await team.count("archived_shifts") == outcomes.count(201)


# Reading -------------------------------------------------------------------------------------------


async def test_only_the_months_of_the_range_are_read(team: Team):
    for month in range(1, 7):
        await team.save(0, f"{month:02}-10T08:00", f"{month:02}-10T16:00")
    await team.close(MONTHS[6])
    query, values = store.list_query(
        team.organisation_id,  # type: ignore[arg-type]
        starting=datetime(2026, 3, 5, tzinfo=UTC),
        ending=datetime(2026, 3, 20, tzinfo=UTC),
        limit=50,
    )
    async with writer(team) as connection:
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) {query}", *values)
    plan = "\n".join(row[0] for row in rows)
    assert "archived_shifts_2026_03" in plan
    for month in (1, 2, 4, 5, 6):
        assert f"archived_shifts_2026_{month:02}" not in plan, plan


async def test_archive_is_closed_to_members_for_drafts_and_to_others_altogether(team: Team):
    draft = await team.save(0, "03-10T08:00", "03-10T16:00", published=False)
    await team.close(MONTHS[4])
    assert (await team.owner.get(f"/shifts/{draft}")).status_code == 200
    assert (await team.member.get(f"/shifts/{draft}")).status_code == 404
    other = await create_organisation_with_owner(
        team.app, "Other Lab", "Otto", "otto@example.org", PASSWORD, "UTC"
    )
    token = await create_token_for(
        team.past_security, team.app, "otto@example.org", str(other), "tests", None
    )
    async with client(team.transport, token) as stranger:
        assert (await stranger.get(f"/shifts/{draft}")).status_code == 404
        assert (await stranger.get("/shifts")).json()["items"] == []
        refused = await stranger.patch(f"/shifts/{draft}", json={"note": "x"})
        assert refused.status_code == 404
    async with writer(team) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM archived_shifts")


async def test_archived_shifts_go_and_come_with_their_employee(team: Team):
    await team.save(0, "03-10T08:00", "03-10T16:00")
    await team.close(MONTHS[4])
    assert (await team.owner.delete(f"/employees/{team.employees[0]}")).status_code == 204
    assert (await team.owner.get("/shifts")).json()["items"] == []
    restored = await team.owner.post(f"/employees/{team.employees[0]}/restore")
    assert restored.status_code == 200, restored.text
    assert len((await team.owner.get("/shifts")).json()["items"]) == 1
    assert (await team.owner.delete(f"/employees/{team.employees[0]}")).status_code == 204
    async with team.past_security.transaction() as tx:
        await tx.execute("UPDATE employees SET removed_at = now() - interval '31 days'")
    async with team.app.connection() as connection:
        await connection.execute("SELECT forget_removed_employees()")
    assert await team.count("archived_shifts") == 0


async def test_archive_has_the_columns_of_shifts(team: Team):
    async with team.past_security.transaction() as tx:
        columns = {
            table: [
                tuple(row)
                for row in await tx.fetch(
                    """
                    SELECT attname, format_type(atttypid, atttypmod), attnotnull
                    FROM pg_attribute
                    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
                    ORDER BY attname
                    """,
                    table,
                )
            ]
            for table in ("shifts", "archived_shifts", "all_shifts")
        }
    assert columns["archived_shifts"] == columns["shifts"]
    assert [column[:2] for column in columns["all_shifts"]] == [
        column[:2] for column in columns["shifts"]
    ]


# For a time only -----------------------------------------------------------------------------------


async def drop(team: Team, border: datetime | None) -> list[str]:
    async with team.app.connection() as connection:
        return await archive_store.drop_archived_before(connection, border)


async def test_old_months_are_dropped_whole_and_the_last_twelve_never(team: Team):
    old = (datetime.now(UTC).replace(day=1) - timedelta(days=500)).replace(day=10, hour=8, minute=0)
    async with writer(team) as connection:
        for start in (old, old + timedelta(days=60), old + timedelta(days=200)):
            await connection.execute(
                """
                INSERT INTO shifts (organisation_id, id, employee_id, starts_at, ends_at)
                VALUES ($1, $2, $3, date_trunc('hour', $4::timestamptz),
                        date_trunc('hour', $4::timestamptz) + interval '8 hours')
                """,
                team.organisation_id,
                uuid7(),
                team.employees[0],
                start,
            )
        await connection.execute("COMMIT")
    await team.close(old + timedelta(days=300))
    assert await team.count("archived_shifts") == 3
    assert await drop(team, None) == []
    with pytest.raises(asyncpg.PostgresError, match="never dropped"):
        await drop(team, datetime.now(UTC))
    dropped = await drop(team, old + timedelta(days=90))
    assert dropped == [f"archived_shifts_{day:%Y_%m}" for day in (old, old + timedelta(days=60))]
    assert await team.count("archived_shifts") == 1
    assert await drop(team, old + timedelta(days=90)) == []


async def test_months_that_are_not_over_are_not_closed(team: Team):
    with pytest.raises(asyncpg.PostgresError, match="only months that are over"):
        await team.close(datetime.now(UTC) + timedelta(days=62))


async def test_server_closes_months_by_itself(
    team: Team, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
):
    await team.save(0, "03-10T08:00", "03-10T16:00")

    async def connect() -> Database:
        return await Database.connect(size=4, **team.address)

    monkeypatch.undo()
    async with run_app(connect, Settings(archive_shifts_months=1)):
        async with asyncio.timeout(60):
            while await team.count("archived_shifts") == 0:  # noqa: ASYNC110  # the database wakes nobody
                await asyncio.sleep(0.05)
    assert await team.count("shifts") == 0


# A model ------------------------------------------------------------------------------------------

SPANS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 4 * 210), st.integers(1, 8), st.booleans()),
    max_size=20,
)
BORDERS = st.lists(st.sampled_from([None, *MONTHS]), min_size=1, max_size=4)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=SPANS, borders=BORDERS)
async def test_moving_the_border_never_changes_what_is_read(
    spans: list[tuple[int, int, int, bool]], borders: list[datetime | None], team: Team
):
    """Of shifts in quarters of days over seven months, of two people, some of them drafts."""
    busy: set[tuple[int, int]] = set()
    create = []
    for employee, start, length, published in spans:
        quarters = {(employee, quarter) for quarter in range(start, start + length)}
        if quarters & busy:
            continue
        busy |= quarters
        times = [MONTHS[0] + timedelta(hours=6 * quarter) for quarter in (start, start + length)]
        create.append(
            {
                "employee_id": team.employees[employee],
                "starts_at": times[0].isoformat(),
                "ends_at": times[1].isoformat(),
                "published": published,
            }
        )
    await team.close(None)
    async with team.past_security.transaction() as tx:
        await tx.execute("DELETE FROM shifts")
    made = await team.owner.post("/shifts/batch", json={"create": create})
    assert made.status_code == 200, made.text
    before = await team.all_that_is_read()
    for border in borders:
        await team.close(border)
        assert await team.all_that_is_read() == before
        async with team.past_security.transaction() as tx:
            assert not await tx.fetchval(
                "SELECT count(*) FROM archived_shifts WHERE ends_at > $1",
                border or datetime(1970, 1, 1, tzinfo=UTC),
            )
            assert not await tx.fetchval(
                "SELECT count(*) FROM shifts WHERE ends_at <= $1",
                border or datetime(1970, 1, 1, tzinfo=UTC),
            )
