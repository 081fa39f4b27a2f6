"""Lists: pages without gaps or repetitions, and ETags of what is in them."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Lab

Add = Callable[[httpx.AsyncClient, int], Awaitable[str]]


async def _add_session(client: httpx.AsyncClient, number: int) -> str:
    # Four sessions share each start, so that the order depends on the id as well.
    start = f"2026-03-{1 + number // 4:02}T09:00:00Z"
    body = {"name": f"session {number}", "started_at": start, "duration": 60}
    return await _made(client, "/sessions", body)


async def _add_token(client: httpx.AsyncClient, number: int) -> str:
    return await _made(client, "/api-tokens", {"name": f"token {number}"})


async def _add_person(client: httpx.AsyncClient, number: int) -> str:
    # Names repeat, so that the order depends on the id as well.
    email = f"{uuid4().hex}@example.org"
    return await _made(client, "/people", {"name": f"Person {number % 3}", "email": email})


async def _add_project(client: httpx.AsyncClient, number: int) -> str:
    return await _made(client, "/projects", {"name": f"Project {number} {uuid4().hex}"})


async def _made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> str:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


LISTS: list[tuple[str, Add]] = [
    ("/sessions", _add_session),
    ("/sessions?order=oldest", _add_session),
    ("/api-tokens", _add_token),
    ("/people", _add_person),
    ("/projects", _add_project),
]
each_list = pytest.mark.parametrize(("path", "add"), LISTS, ids=[path for path, _ in LISTS])


async def pages(
    client: httpx.AsyncClient, path: str, limit: int, between: Callable[[], Awaitable[object]]
) -> list[dict[str, Any]]:
    """All items, page by page, with something happening between the pages."""
    items: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": limit}
    for _ in range(60):
        answer = await client.get(path, params=dict(httpx.URL(path).params) | params)
        assert answer.status_code == 200
        page = answer.json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(page["items"]) == limit
        params["cursor"] = page["next_cursor"]
        await between()
    raise AssertionError("the list has no end")


@each_list
async def test_pages_hold_everything_once_while_more_is_added(path: str, add: Add, lab: Lab):
    there = {await add(lab.owner, number) for number in range(11)}
    whole = [item["id"] for item in (await lab.owner.get(path)).json()["items"]]
    assert there <= set(whole)

    added = 0

    async def add_more() -> None:
        nonlocal added
        # A list that grows faster than it is read has no end.
        if added < 20:
            added += 1
            await add(lab.owner, 5)

    for limit in (1, 3, 4, 7):
        paged = [item["id"] for item in await pages(lab.owner, path, limit, add_more)]
        assert len(paged) == len(set(paged)), "something is repeated"
        assert [id_ for id_ in paged if id_ in whole] == whole, "something is missing or moved"


@each_list
async def test_page_that_holds_all_has_no_next(path: str, add: Add, lab: Lab):
    for number in range(3):
        await add(lab.owner, number)
    total = len((await lab.owner.get(path)).json()["items"])
    params = dict(httpx.URL(path).params)
    exact = (await lab.owner.get(path, params=params | {"limit": total})).json()
    assert (len(exact["items"]), exact["next_cursor"]) == (total, None)


async def test_item_deleted_between_pages_hides_no_other(lab: Lab):
    ids = [await _add_session(lab.owner, number) for number in range(8)]
    first = (await lab.owner.get("/sessions?limit=4")).json()
    for item in first["items"][-2:]:
        await lab.owner.delete(f"/sessions/{item['id']}")
    rest = await lab.owner.get("/sessions", params={"cursor": first["next_cursor"]})
    seen = {item["id"] for item in first["items"] + rest.json()["items"]}
    assert seen == set(ids)


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


SOME_ID = "01900000-0000-7000-8000-000000000000"


@each_list
async def test_cursor_of_anything_else_is_refused(path: str, add: Add, lab: Lab):
    del add
    for cursor in (
        "x",
        "====",
        "é",
        "%00",
        "nulls",
        _cursor([]),
        _cursor({}),
        _cursor(None),
        _cursor("x"),
        _cursor([SOME_ID] * 3),
        _cursor([1, 2]),
        _cursor(["x", "y"]),
        "A" * 5000,
    ):
        params = dict(httpx.URL(path).params) | {"cursor": cursor}
        answer = await lab.owner.get(path, params=params)
        assert answer.status_code == 400, cursor
        assert answer.json()["errors"][0]["pointer"] == "?cursor"


@pytest.mark.parametrize(
    "instant",
    [
        "2026-03-02T09:00:00",
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "infinity",
    ],
)
async def test_forged_cursor_is_no_crash(instant: str, lab: Lab):
    for order in ("newest", "oldest"):
        answer = await lab.owner.get(
            "/sessions", params={"cursor": _cursor([instant, SOME_ID]), "order": order}
        )
        assert answer.status_code in (200, 400)
    answer = await lab.owner.get("/people", params={"cursor": _cursor(["a\0b", SOME_ID])})
    assert answer.status_code == 400


@each_list
async def test_limit_is_from_1_to_500(path: str, add: Add, lab: Lab):
    del add
    params = dict(httpx.URL(path).params)
    for limit, status in ((0, 400), (-1, 400), (501, 400), ("x", 400), (1, 200), (500, 200)):
        answer = await lab.owner.get(path, params=params | {"limit": limit})
        assert answer.status_code == status


async def test_fifty_items_are_a_page_unless_asked_otherwise(lab: Lab):
    for number in range(51):
        await _add_session(lab.owner, number % 28)
    page = (await lab.owner.get("/sessions")).json()
    assert len(page["items"]) == 50
    assert page["next_cursor"] is not None


# ETags -----------------------------------------------------------------------------------------


async def _person(lab: Lab) -> str:
    return f"/people/{await _add_person(lab.owner, 1)}"


async def _session(lab: Lab) -> str:
    return f"/sessions/{await _add_session(lab.owner, 1)}"


async def _project(lab: Lab) -> str:
    return f"/projects/{await _add_project(lab.owner, 1)}"


async def _me(_: Lab) -> str:
    return "/me"


async def _timer(lab: Lab) -> str:
    await lab.owner.post("/timer/start", json={"name": "PCR"})
    return "/timer"


Make = Callable[[Lab], Awaitable[str]]
RESOURCES: list[Make] = [_person, _session, _project, _me, _timer]
each_resource = pytest.mark.parametrize("make", RESOURCES, ids=lambda make: make.__name__)


@each_resource
async def test_change_is_made_only_in_the_state_that_was_read(make: Make, lab: Lab):
    path = await make(lab)
    read = await lab.owner.get(path)
    tag = read.headers["etag"]
    assert tag == (await lab.owner.get(path)).headers["etag"]

    changed = await lab.owner.patch(path, json={"name": "one"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert (await lab.owner.get(path)).headers["etag"] == changed.headers["etag"]

    for stale in (tag, '"99999"', '"x"', "x", "", f"{tag}, {changed.headers['etag']}"):
        answer = await lab.owner.patch(path, json={"name": "two"}, headers={"If-Match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "stale"), stale
    assert "two" not in (await lab.owner.get(path)).text

    for good in (changed.headers["etag"], "*"):
        answer = await lab.owner.patch(path, json={"name": "three"}, headers={"If-Match": good})
        assert answer.status_code == 200


@pytest.mark.parametrize("make", [_person, _session, _project], ids=lambda make: make.__name__)
async def test_what_the_client_has_is_not_sent_again(make: Make, lab: Lab):
    path = await make(lab)
    tag = (await lab.owner.get(path)).headers["etag"]
    for sent in (tag, f"W/{tag}", f'"0", {tag}', "*"):
        answer = await lab.owner.get(path, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    assert (await lab.owner.get(path, headers={"If-None-Match": '"0"'})).status_code == 200
    await lab.owner.patch(path, json={"name": "changed"})
    assert (await lab.owner.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_switched_timer_is_not_the_one_that_was_read(lab: Lab):
    await _timer(lab)
    tag = (await lab.owner.get("/timer")).headers["etag"]
    await lab.owner.post("/timer/start", json={"name": "another"})
    answer = await lab.owner.patch("/timer", json={"name": "x"}, headers={"If-Match": tag})
    assert answer.status_code == 412
    assert (await lab.owner.get("/timer")).json()["running"]["name"] == "another"


async def test_deleting_asks_for_the_state_as_well(lab: Lab):
    path = await _session(lab)
    tag = (await lab.owner.get(path)).headers["etag"]
    await lab.owner.patch(path, json={"name": "changed"})
    assert (await lab.owner.delete(path, headers={"If-Match": tag})).status_code == 412
    now = (await lab.owner.get(path)).headers["etag"]
    assert (await lab.owner.delete(path, headers={"If-Match": now})).status_code == 204
