"""Idempotency-Key: sending a POST again is safe."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Lab

from benchbook.platform.database import Database
from benchbook.timetracking import store

SESSION = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
POSTS: list[tuple[str, dict[str, Any]]] = [
    ("/sessions", SESSION),
    ("/timer/start", {"name": "PCR"}),
    ("/api-tokens", {"name": "laptop"}),
    ("/people", {"name": "Mia", "email": "mia@example.org"}),
    ("/projects", {"name": "Genome"}),
]
each_post = pytest.mark.parametrize(("path", "body"), POSTS, ids=[path for path, _ in POSTS])


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def count(lab: Lab, path: str) -> int:
    """How many things there are that a POST to this path makes."""
    if path == "/timer/start":
        saved = (await lab.owner.get("/sessions/totals")).json()["count"]
        running = (await lab.owner.get("/timer")).json()["running"] is not None
        return int(saved + running)
    return len((await lab.owner.get(path)).json()["items"])


@each_post
async def test_same_request_is_answered_again_and_done_once(
    path: str, body: dict[str, Any], lab: Lab
):
    before, headers = await count(lab, path), key()
    first = await lab.owner.post(path, json=body, headers=headers)
    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    for _ in range(2):
        again = await lab.owner.post(path, json=body, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        for name in ("location", "etag", "content-type"):
            assert again.headers.get(name) == first.headers.get(name)
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert await count(lab, path) == before + 1


@each_post
async def test_ten_at_the_same_instant_are_done_once(path: str, body: dict[str, Any], lab: Lab):
    before, headers = await count(lab, path), key()
    answers = await asyncio.gather(
        *(lab.owner.post(path, json=body, headers=headers) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await count(lab, path) == before + 1


@each_post
async def test_another_body_with_the_same_key_is_refused(path: str, body: dict[str, Any], lab: Lab):
    headers = key()
    await lab.owner.post(path, json=body, headers=headers)
    before = await count(lab, path)
    answer = await lab.owner.post(path, json=body | {"name": "another"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert await count(lab, path) == before


async def test_same_key_for_another_path_is_refused(lab: Lab):
    headers = key()
    assert (await lab.owner.post("/timer/start", headers=headers)).status_code == 201
    answer = await lab.owner.post("/timer/stop", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert (await lab.owner.get("/timer")).json()["running"] is not None


async def test_another_person_may_use_the_same_key(lab: Lab):
    headers, member = key(), await lab.person()
    first = await lab.owner.post("/sessions", json=SESSION, headers=headers)
    theirs = await member.post("/sessions", json=SESSION, headers=headers)
    assert theirs.status_code == 201
    assert theirs.json()["id"] != first.json()["id"]
    assert "idempotency-replayed" not in theirs.headers


async def test_replayed_stop_answers_what_it_stopped(lab: Lab):
    headers = key()
    await lab.owner.post("/timer/start")
    first = await lab.owner.post("/timer/stop", headers=headers)
    again = await lab.owner.post("/timer/stop", headers=headers)
    assert first.json()["stopped"] is not None
    assert again.json() == first.json()


async def test_refused_request_may_be_mended_and_sent_again_with_its_key(lab: Lab):
    headers = key()
    wrong = await lab.owner.post("/sessions", json=SESSION | {"duration": 0}, headers=headers)
    assert wrong.status_code == 400
    unknown = SESSION | {"project_id": str(uuid4())}
    assert (await lab.owner.post("/sessions", json=unknown, headers=headers)).status_code == 404
    assert (await lab.owner.post("/sessions", json=SESSION, headers=headers)).status_code == 201


async def test_crashed_request_may_be_sent_again(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    headers = key()

    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(store, "insert_session", crash)
        answer = await lab.owner.post("/sessions", json=SESSION, headers=headers)
    assert answer.status_code == 500
    assert (await lab.owner.post("/sessions", json=SESSION, headers=headers)).status_code == 201
    assert await count(lab, "/sessions") == 1


async def test_changed_password_is_answered_again(lab: Lab, transport: httpx.ASGITransport):
    headers = key()
    change = {"current_password": "correct horse battery", "new_password": "a new long one"}
    for _ in range(2):
        answer = await lab.owner.post("/me/password", json=change, headers=headers)
        assert answer.status_code == 204
    async with httpx.AsyncClient(transport=transport, base_url=lab.owner.base_url) as anybody:
        login = {"email": lab.owner_email, "password": "a new long one"}
        assert (await anybody.post("/login", json=login)).status_code == 200


async def test_key_means_nothing_to_other_methods(lab: Lab):
    headers = key()
    for _ in range(2):
        assert (await lab.owner.patch("/me", json={"name": "Ola"}, headers=headers)).is_success
    assert "idempotency-replayed" not in (await lab.owner.get("/me", headers=headers)).headers


async def test_key_is_free_again_after_a_day(lab: Lab, owner_database: Database):
    headers = key()
    first = await lab.owner.post("/sessions", json=SESSION, headers=headers)
    async with owner_database.transaction() as tx:
        await tx.execute(
            """
            UPDATE idempotent_answers SET created_at = now() - interval '25 hours'
            WHERE organisation_id = $1::uuid
            """,
            lab.organisation_id,
        )
    second = await lab.owner.post("/sessions", json=SESSION | {"name": "new"}, headers=headers)
    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]
    replayed = await lab.owner.post("/sessions", json=SESSION | {"name": "new"}, headers=headers)
    assert replayed.json() == second.json()


async def test_neither_keys_nor_answers_can_be_read_from_the_table(
    lab: Lab, owner_database: Database
):
    secret_key = f"readable-key-{uuid4()}"
    answer = await lab.owner.post(
        "/api-tokens", json={"name": "laptop"}, headers={"Idempotency-Key": secret_key}
    )
    token = answer.json()["token"]
    async with owner_database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT * FROM idempotent_answers WHERE organisation_id = $1::uuid", lab.organisation_id
        )
    assert rows
    stored = b"".join(
        value if isinstance(value, bytes) else str(value).encode()
        for row in rows
        for value in row.values()
    )
    for readable in (secret_key, token, "laptop", "bbt_"):
        assert readable.encode() not in stored
