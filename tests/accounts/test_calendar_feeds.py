"""Addresses of calendars: shown once, good until replaced or revoked, and never told again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.conftest import ORIGIN, Cluster, Lab, client, run_app

from benchbook.accounts import feeds
from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.settings import Settings


async def made(person: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await person.post("/calendar-feeds", json={"name": "Phone", **body})
    assert answer.status_code == 201, answer.text
    feed: dict[str, Any] = answer.json()
    return feed


async def test_address_is_shown_once(lab: Lab):
    feed = await made(lab.owner)
    assert feed["url"].startswith(f"{ORIGIN}/ical/hours/bbc_")
    assert feed["url"].endswith(".ics")
    listed = await lab.owner.get("/calendar-feeds")
    assert "bbc_" not in listed.text
    assert listed.json() == {
        "items": [{name: value for name, value in feed.items() if name != "url"}],
        "next_cursor": None,
    }


async def test_address_is_where_people_reach_the_server(
    lab: Lab, cluster: Cluster, database_name: str
):
    async def connect() -> Database:
        return await Database.connect(size=2, **cluster.address(database_name, APPLICATION_ROLE))

    token = lab.owner.headers["Authorization"].removeprefix("Bearer ")
    async with (
        run_app(connect, Settings(public_url="https://hours.example.org")) as transport,
        client(transport, token) as person,
    ):
        feed = await made(person)
    assert feed["url"].startswith("https://hours.example.org/ical/hours/bbc_")


async def test_address_opens_without_signing_in_and_its_use_is_noted(
    lab: Lab, anonymous: httpx.AsyncClient
):
    feed = await made(lab.owner)
    assert feed["last_used_at"] is None
    answer = await anonymous.get(feed["url"])
    assert answer.status_code == 200
    [listed] = (await lab.owner.get("/calendar-feeds")).json()["items"]
    used_at = datetime.fromisoformat(listed["last_used_at"])
    assert abs(datetime.now(UTC) - used_at) < timedelta(minutes=1)


async def test_replaced_address_is_refused_and_the_new_one_opens(
    lab: Lab, anonymous: httpx.AsyncClient
):
    feed = await made(lab.owner)
    await anonymous.get(feed["url"])
    replaced = await lab.owner.post(f"/calendar-feeds/{feed['id']}/address")
    assert replaced.status_code == 201
    assert (replaced.json()["id"], replaced.json()["last_used_at"]) == (feed["id"], None)
    assert replaced.json()["address_made_at"] > feed["address_made_at"]
    gone = await anonymous.get(feed["url"])
    assert (gone.status_code, gone.json()["code"]) == (404, "calendar_feed_not_found")
    assert (await anonymous.get(replaced.json()["url"])).status_code == 200


async def test_revoked_address_is_refused(lab: Lab, anonymous: httpx.AsyncClient):
    feed = await made(lab.owner)
    assert (await lab.owner.delete(f"/calendar-feeds/{feed['id']}")).status_code == 204
    assert (await anonymous.get(feed["url"])).status_code == 404
    assert (await lab.owner.delete(f"/calendar-feeds/{feed['id']}")).status_code == 404
    events = (await lab.owner.get("/audit-events?limit=2")).json()["items"]
    assert [event["action"] for event in events] == [
        "calendar_feed.revoked",
        "calendar_feed.created",
    ]


async def test_feeds_are_ones_own_even_for_managers(lab: Lab):
    member = await lab.person("member")
    feed = await made(member)
    assert (await lab.owner.get("/calendar-feeds")).json()["items"] == []
    assert (await lab.owner.delete(f"/calendar-feeds/{feed['id']}")).status_code == 404
    assert (await lab.owner.post(f"/calendar-feeds/{feed['id']}/address")).status_code == 404
    assert len((await member.get("/calendar-feeds")).json()["items"]) == 1


async def test_feed_ends_with_its_persons_access(lab: Lab, anonymous: httpx.AsyncClient):
    member = await lab.person("member")
    feed = await made(member)
    person = f"/people/{member.person_id}"  # type: ignore[attr-defined]
    await lab.owner.patch(person, json={"active": False})
    assert (await anonymous.get(feed["url"])).status_code == 404
    await lab.owner.patch(person, json={"active": True})
    assert (await anonymous.get(feed["url"])).status_code == 200


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (["account:write", "hours:read"], 201),
        (["account:write"], 403),
        (["account:read", "hours:read"], 403),
    ],
)
async def test_token_makes_no_feed_of_what_it_cannot_read(scopes: list[str], status: int, lab: Lab):
    body = {"name": "program", "scopes": scopes}
    token = (await lab.owner.post("/api-tokens", json=body)).json()["token"]
    feed = await made(lab.owner)
    async with client(lab.transport, token) as program:
        for path, sent in (
            ("/calendar-feeds", {"name": "Phone"}),
            (f"/calendar-feeds/{feed['id']}/address", None),
        ):
            answer = await program.post(path, json=sent)
            assert answer.status_code == status, path
    if status == 403:
        # What was refused changed nothing.
        async with client(lab.transport) as anybody:
            assert (await anybody.get(feed["url"])).status_code == 200


async def test_address_is_no_api_token_and_the_other_way_round(
    lab: Lab, anonymous: httpx.AsyncClient
):
    feed = await made(lab.owner)
    secret = feed["url"].rpartition("/")[2].removesuffix(".ics")
    async with client(lab.transport, secret) as program:
        assert (await program.get("/me")).status_code == 401
    token = lab.owner.headers["Authorization"].removeprefix("Bearer ")
    for name in (
        f"{token}.ics",
        f"{secret}",
        f"{secret}.ics.ics",
        f"{secret[:-1]}.ics",
        f"bbc_{token[4:]}.ics",
        ".ics",
        "bbc_.ics",
        "bbc_é.ics",
        "x" * 3000,
    ):
        answer = await anonymous.get(f"{ORIGIN}/ical/hours/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "calendar_feed_not_found")


async def test_address_that_is_refused_is_not_repeated(lab: Lab, anonymous: httpx.AsyncClient):
    feed = await made(lab.owner)
    secret = feed["url"].rpartition("/")[2].removesuffix(".ics")
    await lab.owner.delete(f"/calendar-feeds/{feed['id']}")
    for path in (f"hours/{secret}.ics", f"hours/{secret}", f"other/{secret}.ics", secret):
        for method in ("GET", "HEAD", "POST", "DELETE"):
            answer = await anonymous.request(method, f"{ORIGIN}/ical/{path}")
            assert answer.status_code in (404, 405)
            assert secret not in answer.text
            assert secret not in str(answer.headers)


async def test_address_that_is_read_too_often_is_429(lab: Lab, anonymous: httpx.AsyncClient):
    one, other = await made(lab.owner), await made(lab.owner)
    for _ in range(feeds.READS):
        assert (await anonymous.get(one["url"])).status_code == 200
    answer = await anonymous.get(one["url"])
    assert (answer.status_code, answer.json()["code"]) == (429, "calendar_feed_asked_too_often")
    assert 1 <= int(answer.headers["retry-after"]) <= feeds.WINDOW_SECONDS
    assert (await anonymous.get(other["url"])).status_code == 200


async def test_feed_of_another_organisation_stays_theirs(make_lab: Any, database: Database):
    ours, theirs = await make_lab(), await make_lab()
    feed = await made(theirs.owner)
    assert (await ours.owner.delete(f"/calendar-feeds/{feed['id']}")).status_code == 404
    secret = feed["url"].rpartition("/")[2].removesuffix(".ics")
    own = (await made(ours.owner))["url"].rpartition("/")[2].removesuffix(".ics")
    # The text begins with the organisation: put ours there.
    forged = f"bbc_{own[4:26]}{secret[26:]}"
    async with client(ours.transport) as anybody:
        answer = await anybody.get(f"{ORIGIN}/ical/hours/{forged}.ics")
    assert answer.status_code == 404
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM calendar_feeds") == 0
