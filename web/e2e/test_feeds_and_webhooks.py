"""What leaves Benchbook by itself, set up in the browser: calendar feeds, read from outside, and
webhooks with a receiver that checks each signature."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pytest
from playwright.async_api import Page, expect
from tests.conftest import PASSWORD, Server, run_server
from tests.webhooks.conftest import Receiver
from web.e2e.conftest import EMAIL, violations


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """A server that may send webhooks to this machine."""
    with run_server(BENCHBOOK_WEBHOOK_NETWORKS="127.0.0.0/8") as running:
        answer = httpx.post(
            f"{running.url}/api/v1/setup",
            json={
                "organisation": "Reef Lab",
                "name": "Ada Berger",
                "email": EMAIL,
                "password": PASSWORD,
                "time_zone": "Europe/Berlin",
            },
        )
        assert answer.status_code == 201, answer.text
        yield running


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """The other end: a server of this test's own, which keeps what it gets."""
    listening = Receiver()
    server = await asyncio.start_server(listening, "127.0.0.1", 0)
    listening.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listening


async def fetch(url: str) -> httpx.Response:
    """What somebody without a sign-in finds at an address."""
    async with httpx.AsyncClient() as anybody:
        return await anybody.get(url)


async def read_calendar(url: str) -> list[str]:
    """The names of the events that a calendar application finds there."""
    answer = await fetch(url)
    assert answer.status_code == 200, answer.text
    return [
        str(event["summary"])
        for event in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    ]


@pytest.mark.parametrize("width", [1440, 390])
async def test_calendar_feed_is_made_read_replaced_and_revoked(
    site: Server, new_visitor: Any, width: int
):
    visitor = await new_visitor(site, width=width, reduced_motion="reduce")
    await visitor.sign_in()
    name = f"Phone of {width}"
    started_at = (datetime.now(UTC) - timedelta(days=2)).isoformat(timespec="seconds")
    await visitor.api(
        "POST", "/sessions", {"name": name, "started_at": started_at, "duration": "1h30"}
    )
    page = await visitor.open("/settings/profile")
    await page.get_by_role("link", name="Calendar feeds").click()
    await page.get_by_role("button", name="New feed").click()
    await page.get_by_label("Name").fill(name)
    await page.keyboard.press("Enter")
    secret = page.get_by_test_id("secret")
    await expect(secret).to_contain_text("/ical/hours/bbc_")
    assert await violations(page) == []
    first = (await secret.text_content()) or ""
    assert name in await read_calendar(first)
    webcal = page.get_by_role("link", name="open it in the calendar application")
    await expect(webcal).to_have_attribute("href", first.replace("http:", "webcal:"))
    await page.get_by_role("button", name="Done").click()

    # The address is nowhere any more; that it was read is told.
    row = page.get_by_role("listitem").filter(has_text=name)
    await expect(row).to_be_visible()
    assert "bbc_" not in await page.content()
    await page.reload()
    await expect(row).to_contain_text("last read")

    await page.get_by_role("button", name=f"New address for {name}").click()
    await page.get_by_role("button", name="Make new address").click()
    await expect(page.get_by_role("heading", name="Your new address")).to_be_visible()
    second = (await secret.text_content()) or ""
    assert (await fetch(first)).status_code == 404
    assert name in await read_calendar(second)
    await page.get_by_role("button", name="Done").click()

    await page.get_by_role("button", name=f"Revoke {name}").click()
    await page.get_by_role("button", name="Revoke feed").click()
    await expect(page.get_by_text(f"Revoked “{name}”.")).to_be_visible()
    await expect(row).to_have_count(0)
    assert (await fetch(second)).status_code == 404


async def make_webhook(page: Page, url: str) -> str:
    """Make a webhook for everybody's sessions in the browser; its secret."""
    await page.get_by_role("button", name="New webhook").click()
    form = page.get_by_role("form", name="New webhook")
    await form.get_by_label("Address").fill(url)
    await form.get_by_label("Description").fill("Door sign")
    await form.get_by_label("Whose sessions").select_option("Everybody’s")
    await form.get_by_role("checkbox", name="A file was imported").uncheck()
    assert await violations(page) == []
    await form.get_by_role("button", name="Create webhook").click()
    secret = page.get_by_test_id("secret")
    await expect(secret).to_contain_text("whsec_")
    text = (await secret.text_content()) or ""
    await page.get_by_role("button", name="Done").click()
    return text


async def test_webhook_is_made_tested_looked_into_rotated_and_deleted(
    site: Server, new_visitor: Any, receiver: Receiver
):
    visitor = await new_visitor(site, width=390, reduced_motion="reduce")
    await visitor.sign_in()
    page = await visitor.open("/settings/webhooks")
    secret = await make_webhook(page, receiver.url)
    assert "whsec_" not in await page.content()
    await page.get_by_role("link", name="Door sign").click()

    # Fails twice, and is taken then.
    receiver.answers = ["500 Oops\n\nout of luck", "503 Busy\nRetry-After: 1\n\n"]
    await page.get_by_role("button", name="Send test event").click()
    row = page.get_by_role("button", name="webhook.test")
    await expect(row).to_contain_text("Will be tried again")
    await row.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("out of luck")
    assert await violations(page) == []
    await expect(dialog.get_by_role("status")).to_contain_text("Delivered", timeout=60_000)
    await expect(dialog).to_contain_text("It was answered 503.")
    assert len(receiver.requests) == 3
    assert all(request.is_signed_with(secret) for request in receiver.requests)
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    for _ in range(3):
        await receiver.arrival()

    await dialog.get_by_role("button", name="Deliver again").click()
    await receiver.arrival()
    assert receiver.requests[3].body == receiver.requests[0].body
    await dialog.get_by_role("button", name="Close", exact=True).last.click()

    await page.get_by_role("button", name="New secret").click()
    await page.get_by_role("button", name="Make new secret").click()
    await expect(page.get_by_role("heading", name="Your new secret")).to_be_visible()
    second = (await page.get_by_test_id("secret").text_content()) or ""
    await page.get_by_role("button", name="Done").click()
    await visitor.api("POST", "/timer/start", {"name": "PCR"})
    await receiver.arrival()
    assert receiver.requests[4].event["type"] == "session.started"
    assert receiver.requests[4].is_signed_with(secret)
    assert receiver.requests[4].is_signed_with(second)

    await page.get_by_role("button", name="Switch off").click()
    await expect(page.get_by_text("It was switched off by hand.")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("button", name="Send test event")).to_be_visible()

    # A receiver that says that it is gone is not asked again, and the settings say so.
    receiver.answers = ["410 Gone\n\n"]
    await visitor.api("DELETE", "/timer")
    await receiver.arrival()
    await page.reload()
    await expect(page.get_by_text("It was answered 410 Gone")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Settings")
    await expect(tabs).to_contain_text("1 switched off after failing")
    await page.get_by_label("Show").select_option("Failed")
    await expect(page.get_by_role("button", name="session.deleted")).to_be_visible()
    assert await violations(page) == []

    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.get_by_role("button", name="Delete webhook").click()
    await expect(page.get_by_text("No webhooks yet")).to_be_visible()


async def test_address_that_is_not_allowed_is_told_at_its_field(site: Server, new_visitor: Any):
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    page = await visitor.open("/settings/webhooks")
    await page.get_by_role("button", name="New webhook").click()
    form = page.get_by_role("form", name="New webhook")
    await form.get_by_label("Address").fill("https://10.0.0.1/hook")
    await form.get_by_role("button", name="Create webhook").click()
    await expect(form).to_contain_text("This is not a public address.")
    await expect(form.get_by_label("Address")).to_have_value("https://10.0.0.1/hook")


async def test_event_survives_the_kill_of_the_server_that_was_to_send_it(receiver: Receiver):
    with run_server(BENCHBOOK_WEBHOOK_NETWORKS="127.0.0.0/8") as server:
        async with httpx.AsyncClient(base_url=f"{server.url}/api/v1") as owner:
            body = {"organisation": "Lab", "name": "Ada", "email": EMAIL, "password": PASSWORD}
            assert (await owner.post("/setup", json=body)).status_code == 201
            webhook = await owner.post(
                "/webhooks",
                json={"url": receiver.url, "events": ["session.started", "session.stopped"]},
            )
            secret = webhook.json()["secret"]
            # It has the request, and is killed before it hears that it arrived.
            receiver.pause_seconds = 60
            assert (await owner.post("/timer/start", json={"name": "PCR"})).status_code == 201
            await receiver.arrival()
            assert (await owner.post("/timer/stop")).status_code == 200
        await asyncio.to_thread(server.kill)
        receiver.pause_seconds = 0
        await asyncio.to_thread(server.start)
        # The one that nobody had begun to send comes once the other's lease has run out.
        async with asyncio.timeout(60):
            while {request.event["type"] for request in receiver.requests[1:]} != {
                "session.started",
                "session.stopped",
            }:
                await receiver.arrival()
        first, *later = receiver.requests
        again = [request for request in later if request.event["type"] == "session.started"]
        assert [request.headers["webhook-id"] for request in again] == [first.headers["webhook-id"]]
        assert all(request.is_signed_with(secret) for request in receiver.requests)
