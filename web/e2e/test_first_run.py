"""The main journey: from an empty server to tracked time that outlives every crash."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from playwright.async_api import Page, expect
from tests.conftest import Server
from web.e2e.conftest import eventually


async def test_person_sets_up_tracks_time_and_finds_it_after_a_crash(
    server: Server, new_visitor: Any
):
    visitor = await new_visitor(server)
    page = await visitor.open("/")
    await set_up(page)
    await start_timer(page)

    # The browser is closed, the server and its database are killed, and the server comes back.
    await visitor.context.close()
    server.kill_everything()
    server.start()

    visitor = await new_visitor(server)
    page = await visitor.open("/")
    await sign_in(page)
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    field = page.get_by_role("textbox", name="What are you working on?")
    await expect(field).to_have_value("Extract DNA")
    await expect(page.get_by_role("timer", name="Elapsed time")).to_contain_text("0:0")

    # Named anew while it runs, then stopped.
    await field.fill("Extract DNA, plate 4")
    await page.get_by_role("button", name="Stop timer").click()
    row = page.get_by_role("button", name="Edit Extract DNA, plate 4")
    await expect(row).to_be_visible()
    await expect(page.get_by_role("button", name="Start timer")).to_be_visible()

    await edit(page)
    await filter_by_year_and_month(page)
    await delete_and_take_it_back(page)
    await eventually(
        lambda: visitor.api("GET", "/sessions"),
        ["Extract and elute DNA"],
        lambda page: [session["name"] for session in page["items"]],
    )


async def set_up(page: Page) -> None:
    await page.get_by_label("Organisation").fill("Reef Lab")
    await page.get_by_label("Your name").fill("Ada Berger")
    await page.get_by_label("E-mail").fill("ada@example.org")
    await page.get_by_label("Password").fill("correct horse battery")
    await page.get_by_role("button", name="Create Benchbook").click()
    await expect(page.get_by_role("heading", name="Hours")).to_be_visible()


async def sign_in(page: Page) -> None:
    await page.get_by_label("E-mail").fill("ada@example.org")
    await page.get_by_label("Password").fill("correct horse battery")
    await page.get_by_role("button", name="Sign in").click()


async def start_timer(page: Page) -> None:
    await page.get_by_role("textbox", name="What are you working on?").fill("Extract DNA")
    await page.get_by_role("button", name="Start timer").click()
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    # Only what the server has acknowledged is sure to be there after a crash. (A function of
    # the page that answers later would count as true at once: ask from here.)
    deadline = time.monotonic() + 15
    while True:
        answer = await page.evaluate("fetch('/api/v1/timer').then((answer) => answer.json())")
        running = answer["running"]
        if running and running["name"] == "Extract DNA":
            return
        assert time.monotonic() < deadline, "the server never had the start"
        await asyncio.sleep(0.05)


async def edit(page: Page) -> None:
    await page.get_by_role("button", name="Edit Extract DNA, plate 4").click()
    form = page.get_by_role("form", name="Edit Extract DNA, plate 4")
    await form.get_by_label("Name").fill("Extract and elute DNA")
    await form.get_by_label("From").fill("9:00")
    await form.get_by_label("Duration").fill("90")
    await expect(form.get_by_role("status").first).to_contain_text("1 h 30 min")
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Edit Extract and elute DNA")).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("1:30:00")


async def filter_by_year_and_month(page: Page) -> None:
    row = page.get_by_role("button", name="Edit Extract and elute DNA")
    year = page.get_by_role("combobox", name="Year")
    this_year = await page.evaluate("String(new Date().getFullYear())")
    this_month = await page.evaluate("String(new Date().getMonth() + 1)")
    other_month = "1" if this_month != "1" else "2"
    await year.select_option(this_year)
    await page.get_by_role("combobox", name="Month").select_option(other_month)
    await expect(row).to_be_hidden()
    assert f"year={this_year}" in page.url
    assert f"month={other_month}" in page.url
    await page.get_by_role("combobox", name="Month").select_option(this_month)
    await expect(row).to_be_visible()
    await page.reload()
    await expect(row).to_be_visible()
    assert f"month={this_month}" in page.url


async def delete_and_take_it_back(page: Page) -> None:
    row = page.get_by_role("button", name="Edit Extract and elute DNA")
    await page.get_by_role("button", name="More for Extract and elute DNA").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(row).to_be_hidden()
    await page.get_by_role("button", name="Undo").click()
    await expect(row).to_be_visible()
