"""Who makes webhooks, of whose sessions, and who sees them."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from tests.conftest import Lab, client
from tests.webhooks.conftest import EVERYTHING, House, Receiver

from benchbook.webhooks import service

URL = "https://hooks.example.org/benchbook"
NOBODY = "01900000-0000-7000-8000-000000000000"


async def made(person: Any, **fields: Any) -> dict[str, Any]:
    answer = await person.post("/webhooks", json={"url": URL, "events": EVERYTHING, **fields})
    assert answer.status_code == 201, answer.text
    webhook: dict[str, Any] = answer.json()
    return webhook


async def test_secret_is_shown_once(lab: Lab):
    webhook = await made(lab.owner, description=" Door sign ", events=["session.started"])
    secret = webhook.pop("secret")
    assert secret.startswith("whsec_")
    assert (webhook["description"], webhook["events"]) == ("Door sign", ["session.started"])
    read = await lab.owner.get(f"/webhooks/{webhook['id']}")
    assert read.json() == webhook
    assert read.headers["etag"] == '"1"'
    listed = await lab.owner.get("/webhooks")
    assert listed.json()["items"] == [webhook]
    assert secret not in read.text + listed.text


async def test_secret_is_not_readable_in_the_database(lab: Lab):
    webhook = await made(lab.owner)
    async with lab.past_security.transaction() as tx:
        stored = await tx.fetchval("SELECT secret FROM webhooks WHERE id = $1", webhook["id"])
    assert webhook["secret"].encode() not in stored


async def test_own_sessions_unless_said_otherwise_and_everybodys_by_null(lab: Lab):
    me = (await lab.owner.get("/me")).json()["person"]["id"]
    member = await lab.person("member")
    assert (await made(lab.owner))["person_id"] == me
    assert (await made(lab.owner, person_id=None))["person_id"] is None
    theirs = await made(lab.owner, person_id=member.person_id)  # type: ignore[attr-defined]
    assert (theirs["person_id"], theirs["owner_id"]) == (member.person_id, me)  # type: ignore[attr-defined]
    answer = await lab.owner.post(
        "/webhooks", json={"url": URL, "events": EVERYTHING, "person_id": NOBODY}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/person_id")


async def test_members_have_them_for_their_own_sessions(lab: Lab):
    member = await lab.person("member")
    assert (await made(member))["person_id"] == member.person_id  # type: ignore[attr-defined]
    me = (await lab.owner.get("/me")).json()["person"]["id"]
    for person_id in (None, me):
        body = {"url": URL, "events": EVERYTHING, "person_id": person_id}
        answer = await member.post("/webhooks", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_managers_see_all_of_the_organisation_and_members_their_own(lab: Lab):
    member, manager = await lab.person("member"), await lab.person("manager")
    theirs, ours = await made(member), await made(lab.owner, person_id=None)
    about_them = await made(lab.owner, person_id=member.person_id)  # type: ignore[attr-defined]

    async def seen(person: Any) -> set[str]:
        return {item["id"] for item in (await person.get("/webhooks")).json()["items"]}

    assert await seen(manager) == {theirs["id"], ours["id"], about_them["id"]}
    assert await seen(member) == {theirs["id"]}
    for hidden in (ours, about_them):
        assert (await member.get(f"/webhooks/{hidden['id']}")).status_code == 404
        assert (await member.delete(f"/webhooks/{hidden['id']}")).status_code == 404
        assert (await member.post(f"/webhooks/{hidden['id']}/secret")).status_code == 404


async def test_manager_who_becomes_a_member_sees_others_no_more(lab: Lab):
    manager = await lab.person("manager")
    webhook = await made(manager, person_id=None)
    await lab.owner.patch(f"/people/{manager.person_id}", json={"role": "member"})  # type: ignore[attr-defined]
    assert (await manager.get("/webhooks")).json()["items"] == []
    assert (await manager.get(f"/webhooks/{webhook['id']}/deliveries")).status_code == 404


async def test_deliveries_of_another_organisation_are_not_there(make_lab: Any):
    ours, theirs = await make_lab(), await make_lab()
    webhook = await made(theirs.owner)
    delivery = (await theirs.owner.post(f"/webhooks/{webhook['id']}/test")).json()
    for method, path in (
        ("GET", f"/webhooks/{webhook['id']}"),
        ("GET", f"/webhooks/{webhook['id']}/deliveries"),
        ("POST", f"/webhooks/{webhook['id']}/test"),
        ("GET", f"/webhook-deliveries/{delivery['id']}"),
        ("POST", f"/webhook-deliveries/{delivery['id']}/redelivery"),
    ):
        assert (await ours.owner.request(method, path)).status_code == 404, path
    async with ours.app.connection() as connection:
        for table in ("webhooks", "webhook_deliveries", "webhook_attempts"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_application_cannot_make_events_up(lab: Lab):
    async with lab.app.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT emit_webhook_event('session.started', '{}', '{}')")


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (["account:write", "hours:read"], 201),
        (["account:write"], 403),
        (["account:read", "hours:write"], 403),
    ],
)
async def test_token_is_told_of_nothing_that_it_cannot_read(
    scopes: list[str], status: int, lab: Lab
):
    token = await lab.owner.post("/api-tokens", json={"name": "program", "scopes": scopes})
    async with client(lab.transport, token.json()["token"]) as program:
        answer = await program.post("/webhooks", json={"url": URL, "events": EVERYTHING})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "https://127.0.0.1/", "https://2130706433/", "https://localhost/"],
)
async def test_address_that_is_not_public_is_refused_at_once(url: str, lab: Lab):
    webhook = await made(lab.owner)
    for method, path in (("POST", "/webhooks"), ("PATCH", f"/webhooks/{webhook['id']}")):
        body = {"url": url} | ({"events": EVERYTHING} if method == "POST" else {})
        answer = await lab.owner.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "address_not_allowed")
        assert answer.json()["errors"][0]["pointer"] == "/url"


async def test_change_keeps_to_the_state_that_was_read(lab: Lab):
    webhook = await made(lab.owner)
    path = f"/webhooks/{webhook['id']}"
    changed = await lab.owner.patch(
        path,
        json={"url": f"{URL}/2", "events": ["session.deleted", "session.deleted"]},
        headers={"If-Match": '"1"'},
    )
    assert changed.status_code == 200
    assert changed.headers["etag"] == '"2"'
    assert (changed.json()["url"], changed.json()["events"]) == (f"{URL}/2", ["session.deleted"])
    for method, body in (("PATCH", {"description": "x"}), ("DELETE", None)):
        stale = await lab.owner.request(method, path, json=body, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
    assert (await lab.owner.patch(path, json={})).headers["etag"] == '"2"'


async def test_switched_off_and_on_again(lab: Lab):
    webhook = await made(lab.owner)
    path = f"/webhooks/{webhook['id']}"
    waiting = (await lab.owner.post(f"{path}/test")).json()
    off = (await lab.owner.patch(path, json={"enabled": False})).json()
    assert off["disabled_reason"] == "by_hand"
    given_up = (await lab.owner.get(f"/webhook-deliveries/{waiting['id']}")).json()
    assert (given_up["status"], given_up["next_attempt_at"]) == ("failed", None)
    for post in (f"{path}/test", f"/webhook-deliveries/{waiting['id']}/redelivery"):
        refused = await lab.owner.post(post)
        assert (refused.status_code, refused.json()["code"]) == (409, "webhook_disabled")
    on = (await lab.owner.patch(path, json={"enabled": True})).json()
    assert (on["disabled_at"], on["disabled_reason"]) == (None, None)
    again = await lab.owner.post(f"/webhook-deliveries/{waiting['id']}/redelivery")
    assert (again.status_code, again.json()["status"]) == (202, "pending")


async def test_deleted_webhook_takes_its_log_along(lab: Lab):
    webhook = await made(lab.owner)
    delivery = (await lab.owner.post(f"/webhooks/{webhook['id']}/test")).json()
    assert (await lab.owner.delete(f"/webhooks/{webhook['id']}")).status_code == 204
    gone = await lab.owner.get(f"/webhook-deliveries/{delivery['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "webhook_delivery_not_found")
    actions = [
        event["action"] for event in (await lab.owner.get("/audit-events")).json()["items"][:2]
    ]
    assert actions == ["webhook.deleted", "webhook.created"]


async def test_there_are_so_many_and_no_more(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service, "MOST_WEBHOOKS", 2)
    await made(lab.owner)
    await made(lab.owner)
    answer = await lab.owner.post("/webhooks", json={"url": URL, "events": EVERYTHING})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")


async def test_deliveries_are_listed_by_status_and_page(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    receiver.answers = ["204 No Content", "410 Gone\n\n"]
    path = f"/webhooks/{webhook['id']}"
    for _ in range(2):
        await house.owner.post(f"{path}/test")
        await house.send()
    statuses = [item["status"] for item in await house.log(webhook)]
    assert statuses == ["failed", "delivered"]
    [failed] = (await house.owner.get(f"{path}/deliveries?status=failed")).json()["items"]
    assert (failed["status_code"], failed["event_type"]) == (410, "webhook.test")
    page = (await house.owner.get(f"{path}/deliveries?limit=1")).json()
    rest = await house.owner.get(f"{path}/deliveries?limit=1&cursor={page['next_cursor']}")
    assert rest.json()["items"][0]["status"] == "delivered"
    assert rest.json()["next_cursor"] is None
