"""No secret and nothing personal where it does not belong: not in the logs, not in a table."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest
from tests.conftest import Cluster, Lab, client
from tests.platform.conftest import Logs, token_of

from benchbook.accounts import service
from benchbook.platform.database import Database

# Distinctive values: what must not be logged, and what must not be stored readable either.
PERSONAL = {
    "email": "marked.address@example.org",
    "name": "Mia Marked-Name",
    "session": "marked session name",
    "query": "marked-query-text",
    "tag": "markedtag",
    "header": "marked-user-agent",
}
SECRET = {"password": "marked pass phrase", "other": "another marked phrase"}


async def _use_everything(transport: httpx.ASGITransport, lab: Lab) -> list[str]:
    """Send every marked value wherever it can go; answers the secrets that were handed out."""
    secrets = []
    async with client(transport, token_of(lab)) as owner:
        owner.headers["User-Agent"] = PERSONAL["header"]
        body = {"name": PERSONAL["name"], "email": PERSONAL["email"]}
        invited = (await owner.post("/people", json=body)).json()
        secrets.append(invited["invitation_token"])
        token = await owner.post(
            "/api-tokens", json={"name": "marked"}, headers={"Idempotency-Key": "marked-key-4711"}
        )
        secrets += [token.json()["token"], "marked-key-4711"]
        feed = (await owner.post("/calendar-feeds", json={"name": "marked"})).json()
        secrets.append(feed["url"].rpartition("/")[2].removesuffix(".ics"))
        session = {
            "name": PERSONAL["session"],
            "started_at": "2026-03-02T09:00:00Z",
            "duration": 60,
            "tags": [PERSONAL["tag"]],
        }
        assert (await owner.post("/sessions", json=session)).status_code == 201
        query = {"q": PERSONAL["query"], "tag": PERSONAL["tag"], "time_zone": "Europe/Berlin"}
        assert (await owner.get("/sessions", params=query)).status_code == 200
        await owner.get("/sessions", params={"time_zone": PERSONAL["query"]})
        await owner.get(f"/{PERSONAL['query']}")
        await owner.post("/people", json={"name": "", "email": PERSONAL["email"]})
        await owner.post("/people", json=body)
        await owner.post("/sessions", json={"name": PERSONAL["session"], "unknown": 1})
    async with client(transport) as anybody:
        assert (await anybody.get(feed["url"])).status_code == 200
        assert (await anybody.get(feed["url"] + "x")).status_code == 404
        assert (await anybody.delete(feed["url"])).status_code == 405
        path = f"/invitations/{invited['invitation_token']}"
        await anybody.get(path)
        accepted = await anybody.post(f"{path}/accept", json={"password": SECRET["password"]})
        assert accepted.status_code == 200
        secrets.append(accepted.cookies["benchbook_login"])
        anybody.cookies.clear()
        for password in (SECRET["other"], SECRET["password"]):
            await anybody.post("/login", json={"email": PERSONAL["email"], "password": password})
        change = {"current_password": SECRET["password"], "new_password": SECRET["other"]}
        assert (await anybody.post("/me/password", json=change)).status_code == 204
        await anybody.get("/me", headers={"Authorization": f"Bearer {secrets[1]}x"})
    return secrets


async def test_logs_hold_nothing_personal_and_no_secret(
    lab: Lab, logs: Logs, own_app: httpx.ASGITransport
):
    secrets = await _use_everything(own_app, lab)
    assert len(logs.events("request")) >= 15
    for value in [
        *PERSONAL.values(),
        *SECRET.values(),
        *secrets,
        lab.owner_email,
        lab.organisation,
    ]:
        assert value not in logs.text, value
    for fragment in (
        "marked",
        "Berlin",
        "Bearer",
        "bbt_",
        "bbl_",
        "bbi_",
        "bbc_",
        "argon2",
        "127.0.0.1",
    ):
        assert fragment not in logs.text, fragment


async def test_request_is_one_event_with_its_route_and_not_its_path(
    lab: Lab, logs: Logs, own_app: httpx.ASGITransport
):
    async with client(own_app, token_of(lab)) as owner:
        await owner.get("/sessions/01900000-0000-7000-8000-000000000000?q=1")
    [event] = logs.events()
    assert set(event) == {
        "event", "level", "method", "milliseconds", "request_id", "route", "status", "time",
    }  # fmt: skip
    assert event["route"].startswith("/api/v1/sessions/{session_id")
    assert (event["method"], event["status"], event["level"]) == ("GET", 404, "info")


async def test_crash_while_signing_in_logs_no_password(
    logs: Logs, own_app: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
):
    async def crash(password: str, _hash: str) -> bool:
        secret = f"the password is {password}"
        raise RuntimeError(secret)

    monkeypatch.setattr(service, "_fits", crash)
    async with client(own_app) as anybody:
        answer = await anybody.post(
            "/login", json={"email": PERSONAL["email"], "password": SECRET["password"]}
        )
    assert answer.status_code == 500
    assert logs.events("crash")
    assert "marked" not in logs.text


async def _everything_stored(cluster: Cluster, database: str) -> str:
    """Every row of every table as text, read by the superuser."""
    connection = await asyncpg.connect(**cluster.address(database))
    try:
        tables = await connection.fetch(
            "SELECT quote_ident(relname) AS name FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        rows: list[Any] = []
        for table in tables:
            rows += await connection.fetch(f"SELECT t::text AS row FROM {table['name']} AS t")
        return "\n".join(row["row"] for row in rows)
    finally:
        await connection.close()


async def test_no_table_holds_a_readable_secret(
    lab: Lab, transport: httpx.ASGITransport, cluster: Cluster, database_name: str
):
    secrets = await _use_everything(transport, lab)
    secrets.append(token_of(lab))
    stored = await _everything_stored(cluster, database_name)
    assert PERSONAL["session"] in stored, "the search finds what is stored"
    for secret in [*secrets, *SECRET.values()]:
        assert secret not in stored, secret
        # bytea columns show as hexadecimal.
        assert secret.encode().hex() not in stored, secret
    assert "$argon2id$v=19$" in stored


async def test_addresses_of_failed_logins_are_not_stored(
    transport: httpx.ASGITransport, cluster: Cluster, database_name: str, database: Database
):
    del database
    stranger = "stranger.marked@example.org"
    elsewhere = httpx.ASGITransport(transport.app, client=("192.0.2.77", 1234))
    async with client(elsewhere) as anybody:
        answer = await anybody.post("/login", json={"email": stranger, "password": "x"})
    assert answer.status_code == 401
    stored = await _everything_stored(cluster, database_name)
    for text in (stranger, "192.0.2.77"):
        assert text not in stored
        assert text.encode().hex() not in stored
