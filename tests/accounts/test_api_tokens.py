"""API tokens: shown once, as far as their scopes, until they expire or are revoked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Lab, client

from benchbook.accounts.rules import SCOPES
from benchbook.platform.database import Database

SESSION = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}


@asynccontextmanager
async def program(lab: Lab, scopes: list[str] | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's program with a token of these scopes."""
    made = await lab.owner.post("/api-tokens", json={"name": "program", "scopes": scopes})
    assert made.status_code == 201, made.text
    async with client(lab.transport, made.json()["token"]) as opened:
        yield opened


async def test_token_is_shown_once(lab: Lab):
    made = (await lab.owner.post("/api-tokens", json={"name": "laptop"})).json()
    assert made["token"].startswith("bbt_")
    listed = await lab.owner.get("/api-tokens")
    assert made["token"] not in listed.text
    [item] = [item for item in listed.json()["items"] if item["id"] == made["id"]]
    assert item == {name: value for name, value in made.items() if name != "token"}


async def test_token_signs_in_as_its_person(lab: Lab):
    async with program(lab) as script:
        assert (await script.get("/me")).json() == (await lab.owner.get("/me")).json()
        assert (await script.post("/sessions", json=SESSION)).status_code == 201


async def test_use_of_a_token_is_noted(lab: Lab):
    made = (await lab.owner.post("/api-tokens", json={"name": "laptop"})).json()
    assert made["last_used_at"] is None
    async with client(lab.transport, made["token"]) as script:
        await script.get("/timer")
    items = (await lab.owner.get("/api-tokens")).json()["items"]
    [used] = [item["last_used_at"] for item in items if item["id"] == made["id"]]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(used)) < timedelta(minutes=1)


async def test_revoked_token_is_refused_at_once(lab: Lab):
    made = (await lab.owner.post("/api-tokens", json={"name": "laptop"})).json()
    async with client(lab.transport, made["token"]) as script:
        assert (await script.get("/me")).status_code == 200
        assert (await lab.owner.delete(f"/api-tokens/{made['id']}")).status_code == 204
        assert (await script.get("/me")).status_code == 401
    assert (await lab.owner.delete(f"/api-tokens/{made['id']}")).status_code == 404


async def test_token_may_revoke_itself(lab: Lab):
    made = (await lab.owner.post("/api-tokens", json={"name": "laptop"})).json()
    async with client(lab.transport, made["token"]) as script:
        assert (await script.delete(f"/api-tokens/{made['id']}")).status_code == 204
        assert (await script.get("/me")).status_code == 401


async def test_signing_out_revokes_no_token(lab: Lab):
    async with program(lab) as script:
        assert (await script.post("/logout")).status_code == 204
        assert (await script.get("/me")).status_code == 200


async def test_expired_token_is_refused(lab: Lab, owner_database: Database):
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"name": "laptop", "expires_at": later}
    made = (await lab.owner.post("/api-tokens", json=body)).json()
    async with client(lab.transport, made["token"]) as script:
        assert (await script.get("/me")).status_code == 200
        async with owner_database.transaction() as tx:
            await tx.execute(
                "UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = $1::uuid",
                made["id"],
            )
        assert (await script.get("/me")).status_code == 401


async def test_tokens_are_ones_own(lab: Lab):
    member = await lab.person("member")
    theirs = (await member.post("/api-tokens", json={"name": "theirs"})).json()
    assert theirs["id"] not in (await lab.owner.get("/api-tokens")).text
    assert (await lab.owner.delete(f"/api-tokens/{theirs['id']}")).status_code == 404
    assert theirs["id"] in (await member.get("/api-tokens")).text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "x", "scopes": []}, "/scopes"),
        ({"name": "x", "scopes": ["hours:read", "hours:delete"]}, "/scopes/1"),
        ({"name": "x", "scopes": ["*"]}, "/scopes/0"),
        ({"name": "x", "scopes": [1]}, "/scopes/0"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "x", "expires_at": "2099-01-01T00:00:00"}, "/expires_at"),
        ({"name": "x", "expires_at": "9999-12-31T23:59:59-14:00"}, "/expires_at"),
        ({"name": "x", "expires_at": "soon"}, "/expires_at"),
    ],
)
async def test_token_that_cannot_be_made_names_why(body: dict[str, Any], pointer: str, lab: Lab):
    answer = await lab.owner.post("/api-tokens", json=body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


# Scopes ----------------------------------------------------------------------------------------

READS = {"account": "/me", "people": "/people", "hours": "/sessions"}
WRITES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "account": ("PATCH", "/me", {"locale": "de-DE"}),
    "people": ("POST", "/people", {"name": "New", "email": "new@example.org"}),
    "hours": ("POST", "/sessions", SESSION),
}


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_token_reaches_as_far_as_its_scope(scope: str, lab: Lab):
    subject, _, verb = scope.partition(":")
    async with program(lab, [scope]) as script:
        for other, path in READS.items():
            answer = await script.get(path)
            assert answer.status_code == (200 if other == subject else 403), path
        for other, (method, path, body) in WRITES.items():
            answer = await script.request(
                method,
                path,
                json=body | ({"email": f"{uuid4().hex}@e.org"} if other == "people" else {}),
            )
            may = other == subject and verb == "write"
            assert answer.is_success is may, f"{method} {path}: {answer.text}"
            assert may or (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
            assert may or f"{other}:write" in answer.json()["detail"]


async def test_scopes_do_not_lift_the_role(lab: Lab):
    member = await lab.person("member")
    body = {"name": "x", "scopes": ["people:write"]}
    token = (await member.post("/api-tokens", json=body)).json()["token"]
    async with client(lab.transport, token) as script:
        assert (await script.get("/people")).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        (["account:write"], 201),
        (["account:read"], 201),
        (["hours:read"], 201),
        (["hours:write"], 403),
        (["people:read"], 403),
        (["account:write", "people:write"], 403),
        (None, 403),
    ],
)
async def test_token_makes_no_token_that_reaches_further(
    wanted: list[str] | None, status: int, lab: Lab
):
    async with program(lab, ["account:write", "hours:read"]) as script:
        answer = await script.post("/api-tokens", json={"name": "child", "scopes": wanted})
    assert answer.status_code == status


async def test_token_is_asked_for_by_each_way_to_write_it(lab: Lab):
    token = lab.owner.headers["Authorization"].removeprefix("Bearer ")
    async with client(lab.transport) as script:
        for good in (f"Bearer {token}", f"bearer {token}", f"BEARER  {token}"):
            assert (await script.get("/me", headers={"Authorization": good})).status_code == 200
        for bad in (token, f"Token {token}", f"Bearer {token}x", f"Bearer {token[:-1]}", "Bearer"):
            assert (await script.get("/me", headers={"Authorization": bad})).status_code == 401


async def test_token_of_another_organisation_does_not_open_this_one(make_lab: Any):
    ours, theirs = await make_lab(), await make_lab()
    token = theirs.owner.headers["Authorization"].removeprefix("Bearer bbt_")
    # The text begins with the organisation: put ours there.
    own = ours.owner.headers["Authorization"].removeprefix("Bearer bbt_")
    forged = f"bbt_{own[:22]}{token[22:]}"
    async with client(ours.transport, forged) as script:
        assert (await script.get("/me")).status_code == 401


async def test_token_makes_none_that_is_good_for_longer_than_itself(lab: Lab):
    ends = datetime.now(UTC) + timedelta(days=1)
    made = await lab.owner.post("/api-tokens", json={"name": "day", "expires_at": f"{ends:%FT%TZ}"})
    async with client(lab.transport, made.json()["token"]) as program:
        for expires_at in (None, f"{ends + timedelta(days=1):%FT%TZ}"):
            body = {"name": "longer", "expires_at": expires_at}
            answer = await program.post("/api-tokens", json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        body = {"name": "as long", "expires_at": f"{ends:%FT%TZ}"}
        assert (await program.post("/api-tokens", json=body)).status_code == 201
