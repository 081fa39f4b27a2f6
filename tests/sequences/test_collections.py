"""Collections: always a default one, counted without counting."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conftest import Lab
from tests.sequences.conftest import added, letters

from benchbook.sequences import collection_service


async def collection(lab: Lab, name: str) -> str:
    answer = await lab.owner.post("/collections", json={"name": name})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def counts(lab: Lab) -> dict[str, tuple[int, int]]:
    items = (await lab.owner.get("/collections")).json()["items"]
    return {one["name"]: (one["sequence_count"], one["letter_count"]) for one in items}


async def test_new_organisation_has_a_default_collection(lab: Lab):
    [default] = (await lab.owner.get("/collections")).json()["items"]
    assert default["is_default"]
    assert (default["name"], default["sequence_count"]) == ("Default", 0)
    refused = await lab.owner.delete(f"/collections/{default['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "default_collection_stays")
    renamed = await lab.owner.patch(f"/collections/{default['id']}", json={"name": "All"})
    assert (renamed.json()["name"], renamed.json()["is_default"]) == ("All", True)


async def test_collection_is_added_changed_and_deleted(lab: Lab):
    answer = await lab.owner.post(
        "/collections", json={"name": " Reef ", "description": "18S of 2026"}
    )
    made = answer.json()
    assert (made["name"], made["description"], made["is_default"]) == ("Reef", "18S of 2026", False)
    path = answer.headers["location"].removeprefix("/api/v1")
    read = await lab.owner.get(path)
    assert (read.json(), read.headers["etag"]) == (made, answer.headers["etag"])
    changed = await lab.owner.patch(path, json={"description": None})
    assert (changed.json()["name"], changed.json()["description"]) == ("Reef", "")
    stale = await lab.owner.patch(
        path, json={"name": "x"}, headers={"If-Match": answer.headers["etag"]}
    )
    assert stale.status_code == 412
    assert (await lab.owner.delete(path)).status_code == 204
    assert (await lab.owner.get(path)).json()["code"] == "collection_not_found"


async def test_name_is_used_once_in_either_case(lab: Lab):
    await collection(lab, "Reef")
    other = await collection(lab, "Other")
    for answer in (
        await lab.owner.post("/collections", json={"name": "rEEF"}),
        await lab.owner.patch(f"/collections/{other}", json={"name": "REEF"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "collection_name_taken")
    for name in (" ", "two\nlines", "x" * 201):
        answer = await lab.owner.post("/collections", json={"name": name})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/name")


async def test_list_is_by_name_in_pages(lab: Lab):
    for name in ("beta", "Alpha", "gamma"):
        await collection(lab, name)
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await lab.owner.get("/collections", params={"limit": 2} | cursor)).json()
        seen += [one["name"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["Alpha", "beta", "Default", "gamma"]


async def test_counts_follow_whatever_happens_to_sequences(lab: Lab):
    other = await collection(lab, "Other")
    made = [await added(lab, letters(10 + seed, seed)) for seed in range(3)]
    assert await counts(lab) == {"Default": (3, 33), "Other": (0, 0)}
    await lab.owner.post("/sequences", json={"bases": made[0]["bases"], "name": "a duplicate"})
    await lab.owner.patch(f"/sequences/{made[0]['id']}", json={"collection_id": other})
    assert await counts(lab) == {"Default": (2, 23), "Other": (1, 10)}
    await lab.owner.patch(f"/sequences/{made[0]['id']}", json={"name": "x"})
    await lab.owner.delete(f"/sequences/{made[1]['id']}")
    assert await counts(lab) == {"Default": (1, 12), "Other": (1, 10)}


async def test_counts_hold_while_many_add_and_rows_are_added_up(lab: Lab):
    async def add_up() -> None:
        for _ in range(10):
            async with lab.app.connection() as connection:
                await connection.execute("SELECT add_up_collection_counts()")

    await asyncio.gather(
        *(added(lab, letters(20, seed)) for seed in range(60)), *(add_up() for _ in range(3))
    )
    assert await counts(lab) == {"Default": (60, 1200)}
    await add_up()
    assert await counts(lab) == {"Default": (60, 1200)}


async def test_collection_that_holds_sequences_goes_only_with_them(lab: Lab):
    other = await collection(lab, "Other")
    made = await added(lab, "ACGT", collection_id=other, aliases=["also"])
    refused = await lab.owner.delete(f"/collections/{other}")
    assert (refused.status_code, refused.json()["code"]) == (409, "collection_not_empty")
    assert refused.json()["sequence_count"] == 1
    gone = await lab.owner.delete(f"/collections/{other}", params={"with_sequences": "true"})
    assert gone.status_code == 204
    assert (await lab.owner.get(f"/sequences/{made['id']}")).status_code == 404


async def test_deleting_a_collection_while_others_add_to_it_never_fails(lab: Lab):
    other = await collection(lab, "Other")

    async def add(seed: int) -> int:
        body = {"bases": letters(20, seed), "collection_id": other}
        return (await lab.owner.post("/sequences", json=body)).status_code

    async def remove() -> int:
        answer = await lab.owner.delete(f"/collections/{other}", params={"with_sequences": "true"})
        return answer.status_code

    statuses = await asyncio.gather(*(add(seed) for seed in range(10)), remove(), remove())
    assert set(statuses[:10]) <= {201, 404}
    assert set(statuses[10:]) <= {204, 404, 409}


async def test_collection_of_very_many_may_take_longer_than_other_statements(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    other = await collection(lab, "Huge")
    await added(lab, letters(60), collection_id=other)
    remove = collection_service.delete_sequences_of
    limits: list[str] = []

    async def see_limit(tx: Any, *which: Any) -> int:
        limits.append(await tx.fetchval("SHOW statement_timeout"))
        return await remove(tx, *which)

    monkeypatch.setattr(collection_service, "delete_sequences_of", see_limit)
    answer = await lab.owner.delete(f"/collections/{other}", params={"with_sequences": "true"})
    assert (answer.status_code, limits) == (204, ["10min"])
