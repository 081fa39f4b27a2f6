"""What is kept is sent: signed, again until it is taken, by one server at a time, and logged."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.webhooks.conftest import House, Receiver

from benchbook.webhooks import store
from benchbook.webhooks.rules import MOST_ATTEMPTS
from benchbook.webhooks.sender import Sender
from benchbook.webhooks.worker import LEASE, Worker

NINE = "2026-03-02T09:00:00Z"


async def add(house: House, name: str = "PCR") -> dict[str, Any]:
    body = {"name": name, "started_at": NINE, "duration": 60}
    answer = await house.owner.post("/sessions", json=body)
    assert answer.status_code == 201
    session: dict[str, Any] = answer.json()
    return session


async def read(house: House, delivery: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await house.owner.get(f"/webhook-deliveries/{delivery['id']}")).json()
    return found


async def test_event_arrives_signed(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    session = await add(house)
    assert await house.send() == 1
    [request] = receiver.requests
    assert request.is_signed_with(webhook["secret"])
    assert abs(int(request.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 5
    assert request.event["type"] == "session.created"
    assert request.event["data"]["id"] == session["id"]
    [delivery] = await house.log(webhook)
    assert (delivery["status"], delivery["attempts"], delivery["status_code"]) == (
        "delivered",
        1,
        204,
    )
    assert delivery["event_id"] == request.headers["webhook-id"]
    whole = await read(house, delivery)
    assert whole["body"] == request.event
    [attempt] = whole["log"]
    assert (attempt["status_code"], attempt["failure"]) == (204, None)
    assert 0 <= attempt["duration_ms"] < 5000
    shown = (await house.owner.get(f"/webhooks/{webhook['id']}")).json()
    assert shown["last_success_at"] is not None
    assert await house.send() == 0


async def test_event_that_fails_is_sent_again_with_the_same_id(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    receiver.answers = ["500 Oops\n\nout of luck", "hang up"]
    await add(house)
    assert await house.send() == 1
    [delivery] = await house.log(webhook)
    assert (delivery["status"], delivery["status_code"]) == ("pending", 500)
    wait = datetime.fromisoformat(delivery["next_attempt_at"]) - datetime.now(UTC)
    assert timedelta(seconds=2) < wait < timedelta(seconds=7)
    assert await house.send() == 0, "it is not due yet"
    for _ in range(2):
        await house.hasten()
        assert await house.send() == 1
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len({request.body for request in receiver.requests}) == 1
    assert all(request.is_signed_with(webhook["secret"]) for request in receiver.requests)
    whole = await read(house, delivery)
    assert (whole["status"], whole["attempts"]) == ("delivered", 3)
    assert [(entry["status_code"], entry["failure"]) for entry in whole["log"]] == [
        (204, None),
        (None, "The connection broke off before there was an answer."),
        (500, "It was answered 500."),
    ]
    assert whole["log"][2]["response_body"] == "out of luck"


async def test_replaced_secret_and_its_former_both_sign_for_a_day(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    replaced = (await house.owner.post(f"/webhooks/{webhook['id']}/secret")).json()
    until = datetime.fromisoformat(replaced["former_secret_until"]) - datetime.now(UTC)
    assert timedelta(hours=23) < until <= timedelta(hours=24)
    await add(house)
    await house.send()
    [request] = receiver.requests
    assert request.is_signed_with(webhook["secret"])
    assert request.is_signed_with(replaced["secret"])
    async with house.past_security.transaction() as tx:
        await tx.execute("UPDATE webhooks SET former_until = now() - interval '1 second'")
    await add(house)
    await house.send()
    assert not receiver.requests[1].is_signed_with(webhook["secret"])
    assert receiver.requests[1].is_signed_with(replaced["secret"])


async def test_what_lasts_is_given_up_and_the_webhook_switched_off_with_notice(
    house: House, receiver: Receiver
):
    webhook = await house.webhook(receiver.url)
    receiver.answers = ["503 Busy\n\n"] * (MOST_ATTEMPTS + 1)
    await add(house, "first")
    for _ in range(MOST_ATTEMPTS - 1):
        assert await house.send() == 1
        await house.hasten()
    await add(house, "second")
    assert await house.send() == 1, "the last attempt ends it: nothing more is sent"
    shown = (await house.owner.get(f"/webhooks/{webhook['id']}")).json()
    assert (shown["disabled_reason"], shown["last_success_at"]) == ("failing", None)
    assert {item["status"] for item in await house.log(webhook)} == {"failed"}
    [event] = (await house.owner.get("/audit-events?limit=1")).json()["items"]
    assert (event["action"], event["details"]["reason"]) == ("webhook.disabled", "failing")
    await add(house, "third")
    assert len(await house.log(webhook)) == 2
    # Its owner switches it on again, and sends what was missed.
    await house.owner.patch(f"/webhooks/{webhook['id']}", json={"enabled": True})
    receiver.answers = []
    for item in await house.log(webhook):
        await house.owner.post(f"/webhook-deliveries/{item['id']}/redelivery")
    assert await house.send() == 2
    assert {item["status"] for item in await house.log(webhook)} == {"delivered"}


async def test_one_event_that_is_never_taken_switches_nothing_off(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    await add(house)
    for _ in range(MOST_ATTEMPTS - 1):
        receiver.answers = ["422 No\n\n"]
        await house.hasten()
        await house.send()
    await add(house, "another")
    receiver.answers = ["204 No Content", "422 No\n\n"]
    assert await house.send() == 1
    await house.hasten()
    await house.send()
    shown = (await house.owner.get(f"/webhooks/{webhook['id']}")).json()
    assert shown["disabled_at"] is None
    assert [item["status"] for item in await house.log(webhook)] == ["delivered", "failed"]


async def test_receiver_that_is_gone_says_so_once(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    receiver.answers = ["410 Gone\n\n"]
    await add(house)
    await add(house)
    assert await house.send() == 1
    shown = (await house.owner.get(f"/webhooks/{webhook['id']}")).json()
    assert shown["disabled_reason"] == "gone"


async def test_events_of_one_webhook_come_in_order(house: House, receiver: Receiver):
    await house.webhook(receiver.url)
    for number in range(12):
        await add(house, str(number))
    assert await house.send() == 12
    assert [request.event["data"]["name"] for request in receiver.requests] == [
        str(number) for number in range(12)
    ]


async def test_failing_one_holds_up_neither_others_nor_what_comes_after_it(
    house: House, receiver: Receiver
):
    await house.webhook("http://127.0.0.1:1/closed")
    await house.webhook(receiver.url)
    receiver.answers = ["500 Oops\n\n"]
    await add(house, "first")
    await add(house, "second")
    await house.send()
    assert [request.event["data"]["name"] for request in receiver.requests] == ["first", "second"]


async def test_two_workers_send_nothing_twice(house: House, receiver: Receiver):
    for _ in range(4):
        await house.webhook(receiver.url)
    receiver.pause_seconds = 0.01
    for number in range(15):
        await add(house, str(number))
    workers = [house.worker() for _ in range(3)]
    sent = 0
    while found := sum(await asyncio.gather(*(worker.send_due() for worker in workers))):
        sent += found
    assert sent == 60
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert {ids.count(each) for each in ids} == {4}, "once for each webhook"


async def test_what_a_killed_server_was_sending_is_sent_again(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    await add(house)
    async with house.app.connection() as connection:
        claimed = await store.claim_deliveries(connection, 10, LEASE)
        assert len(claimed) == 1
        assert await store.claim_deliveries(connection, 10, LEASE) == []
    assert await house.send() == 0, "the other one may still be at it"
    async with house.past_security.transaction() as tx:
        await tx.execute("UPDATE webhook_deliveries SET claimed_until = clock_timestamp()")
    assert await house.send() == 1
    [delivery] = await house.log(webhook)
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 2)


async def test_worker_sends_by_itself_and_ends_in_order(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    worker = house.worker()
    running = asyncio.create_task(worker.run())
    try:
        await house.owner.post(f"/webhooks/{webhook['id']}/test")
        await receiver.arrival()
        receiver.pause_seconds = 0.3
        await house.owner.post(f"/webhooks/{webhook['id']}/test")
        await receiver.arrival()
    finally:
        running.cancel()
        await worker.close()
    # What was under way came to its end.
    assert {item["status"] for item in await house.log(webhook)} == {"delivered"}


async def test_webhook_that_is_deleted_meanwhile_is_no_failure(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    receiver.pause_seconds = 0.3
    await add(house)
    sending = asyncio.create_task(house.send())
    await receiver.arrival()
    assert (await house.owner.delete(f"/webhooks/{webhook['id']}")).status_code == 204
    assert await sending == 1


async def test_members_address_inside_is_not_called(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    await add(house)
    # As if the operator allowed it no longer.
    assert await Worker(house.app, Sender()).send_due() == 1
    assert receiver.requests == []
    [delivery] = await house.log(webhook)
    whole = await read(house, delivery)
    assert whole["log"][0]["failure"] == "The name does not lead to a public address."


async def test_log_is_kept_for_30_days(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    for name in ("old", "recent"):
        await add(house, name)
        await house.send()
    newer, older = await house.log(webhook)
    async with house.past_security.transaction() as tx:
        await tx.execute(
            "UPDATE webhook_deliveries SET occurred_at = now() - $2::interval WHERE id = $1",
            UUID(older["id"]),
            timedelta(days=30, minutes=1),
        )
        await tx.execute(
            "UPDATE webhook_deliveries SET occurred_at = now() - $2::interval WHERE id = $1",
            UUID(newer["id"]),
            timedelta(days=29, hours=23),
        )
    async with house.app.connection() as connection:
        await store.forget_old_deliveries(connection)
    assert [item["id"] for item in await house.log(webhook)] == [newer["id"]]
    async with house.past_security.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM webhook_attempts") == 1


async def test_no_secret_is_in_the_log_of_deliveries(house: House, receiver: Receiver):
    webhook = await house.webhook(receiver.url)
    await add(house)
    await house.send()
    [delivery] = await house.log(webhook)
    text = (await house.owner.get(f"/webhook-deliveries/{delivery['id']}")).text
    assert webhook["secret"] not in text
    assert receiver.requests[0].headers["webhook-signature"].removeprefix("v1,") not in text
