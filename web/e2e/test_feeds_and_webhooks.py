"""What leaves Benchbook by itself: calendar feeds, set up in the browser and read from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pytest
from playwright.async_api import expect
from tests.conftest import Server
from web.e2e.conftest import violations


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
