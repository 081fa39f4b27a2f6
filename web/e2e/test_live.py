"""What one device does shows on the others, and one browser holds one stream for all its tabs."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
from playwright.async_api import Page, expect
from tests.conftest import PASSWORD, Server

from .conftest import EMAIL

AT_ONCE_MS = 2_000


async def test_start_rename_and_stop_show_on_another_device_within_two_seconds(
    site: Server, new_visitor: Any
):
    laptop, phone = await new_visitor(site), await new_visitor(site, width=390)
    await laptop.sign_in()
    await phone.sign_in()
    here, there = await laptop.open("/hours"), await phone.open("/hours")
    await listening(site, 2)

    await here.get_by_label("What are you working on?").fill("Western blot")
    asked = time.monotonic()
    await here.get_by_role("button", name="Start timer").click()
    await expect(there.get_by_label("What are you working on?")).to_have_value(
        "Western blot", timeout=AT_ONCE_MS
    )
    print(f"a start shows after {time.monotonic() - asked:.2f} s")
    await here.get_by_label("What are you working on?").fill("Western blot, second gel")
    await here.keyboard.press("Enter")
    await expect(there.get_by_label("What are you working on?")).to_have_value(
        "Western blot, second gel", timeout=AT_ONCE_MS
    )
    asked = time.monotonic()
    await there.get_by_role("button", name="Stop timer").click()
    await expect(here.get_by_role("button", name="Start timer")).to_be_visible(timeout=AT_ONCE_MS)
    await expect(here.get_by_role("button", name="Edit Western blot, second gel")).to_be_visible(
        timeout=AT_ONCE_MS
    )
    print(f"a stop shows after {time.monotonic() - asked:.2f} s")


async def test_tabs_of_one_browser_share_one_stream(site: Server, new_visitor: Any):
    visitor = await new_visitor(site)
    await visitor.sign_in()
    # More tabs than a browser allows connections to a server.
    tabs: list[Page] = [await visitor.open("/hours") for _ in range(7)]
    await listening(site, 1)
    for tab in tabs:
        await expect(tab.get_by_role("button", name="Start timer")).to_be_visible()
    await visitor.api("POST", "/timer/start", {"name": "Seven tabs"})
    for tab in tabs:
        await expect(tab.get_by_label("What are you working on?")).to_have_value("Seven tabs")

    # The tab that listens is closed: another one takes over.
    await tabs[0].close()
    await listening(site, 1)
    await visitor.api("POST", "/timer/stop", {})
    for tab in tabs[1:]:
        await expect(tab.get_by_role("button", name="Start timer")).to_be_visible()


async def test_page_is_up_to_date_again_after_the_server_was_away(server: Server, new_visitor: Any):
    visitor = await new_visitor(server)
    body = {"organisation": "Lab", "name": "O", "email": EMAIL, "password": PASSWORD}
    await visitor.api("POST", "/setup", body)
    page = await visitor.open("/hours")
    await listening(server, 1)
    server.stop()
    server.start()
    await listening(server, 1)
    await visitor.api("POST", "/timer/start", {"name": "After the restart"})
    await expect(page.get_by_label("What are you working on?")).to_have_value("After the restart")


async def listening(server: Server, count: int) -> None:
    """Wait until the server has this many streams open."""
    deadline = time.monotonic() + 20
    while True:
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{server.url}/metrics")).text
        found = re.search(r"^benchbook_streams_open (\S+)$", text, re.MULTILINE)
        if found and float(found[1]) == count:
            return
        assert time.monotonic() < deadline, f"not {count} streams: {found and found[1]}"
