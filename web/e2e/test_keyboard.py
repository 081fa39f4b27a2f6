"""Hands on the keyboard: single keys, the palette, and that both keep out of the way of typing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.conftest import Server

from .conftest import Visitor, eventually, violations, violations_in_both_themes

pytestmark = pytest.mark.browser

FIELD = "Type a command, a page or what you work on"


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> AsyncIterator[Visitor]:
    """The owner, signed in, with nothing running."""
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    yield visitor
    await visitor.api("POST", "/timer/stop", {})


async def opened(ada: Visitor, path: str = "/hours") -> Page:
    page = await ada.open(path)
    await expect(page.get_by_role("button", name="Start timer")).to_be_enabled()
    return page


async def runs(ada: Visitor, name: str) -> None:
    """Wait until the server knows what the page shows at once."""
    await eventually(lambda: running(ada), name, lambda timer: timer and timer["name"])


async def running(ada: Visitor) -> Any:
    return (await ada.api("GET", "/timer"))["running"]


async def test_single_keys_start_name_and_stop_the_timer(ada: Visitor):
    page = await opened(ada)
    await page.keyboard.press("s")
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    await page.keyboard.press("n")
    name = page.get_by_role("textbox", name="What are you working on?")
    await expect(name).to_be_focused()
    # Letters are letters while one types, those of shortcuts too.
    await page.keyboard.type("gels and cats?")
    await page.keyboard.press("Enter")
    await expect(name).to_have_value("gels and cats?")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("s")
    await expect(page.get_by_role("button", name="Start timer")).to_be_visible()
    await expect(page.get_by_role("button", name="Edit gels and cats?")).to_be_visible()
    await eventually(lambda: running(ada), None)
    await page.keyboard.press("c")
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    await expect(name).to_have_value("gels and cats?")
    await runs(ada, "gels and cats?")


async def test_keys_lead_to_pages_and_add_from_anywhere(ada: Visitor):
    page = await opened(ada)
    await page.keyboard.press("g")
    await page.keyboard.press("o")
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    await page.keyboard.press("a")
    await expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_visible()
    assert "#add" not in page.url
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await expect(page.get_by_role("heading", level=1, name="Bin")).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox", name="Search sessions")).to_be_focused()


async def test_palette_finds_commands_and_pages_by_typing(ada: Visitor):
    page = await opened(ada)
    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name=FIELD)
    await expect(field).to_be_focused()
    await page.keyboard.type("overv")
    option = page.get_by_role("option", name="Hours: Overview")
    await expect(option).to_have_attribute("aria-selected", "true")
    active = await field.get_attribute("aria-activedescendant")
    assert active == await option.get_attribute("id")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_palette_starts_what_is_typed_and_continues_what_was(ada: Visitor):
    page = await opened(ada)
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox", name=FIELD).fill("Zygote imaging")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    await runs(ada, "Zygote imaging")
    await page.keyboard.press("s")
    await expect(page.get_by_role("button", name="Start timer")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox", name=FIELD).fill("zygo")
    await (
        page.get_by_role("group", name="Continue")
        .get_by_role("option", name="Zygote imaging")
        .click()
    )
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    await runs(ada, "Zygote imaging")


async def test_escape_closes_the_palette_and_gives_the_focus_back(ada: Visitor):
    page = await opened(ada)
    button = page.get_by_role("button", name="Jump to…")
    await button.click()
    await expect(page.get_by_role("combobox", name=FIELD)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(button).to_be_focused()


async def test_shortcuts_are_listed_and_can_be_switched_off(ada: Visitor):
    page = await opened(ada)
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog.get_by_text("Start the timer")).to_be_visible()
    assert await violations(page) == []
    await dialog.get_by_role("switch", name="Single-key shortcuts").press("Space")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.keyboard.press("s")
    await page.reload()
    await expect(page.get_by_role("button", name="Start timer")).to_be_enabled()
    await page.keyboard.press("s")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name=FIELD)).to_be_focused()
    assert await running(ada) is None


@pytest.mark.parametrize("width", [1440, 390])
async def test_palette_is_accessible(site: Server, new_visitor: Any, width: int):
    visitor = await new_visitor(site, width=width, reduced_motion="reduce")
    await visitor.sign_in()
    page = await opened(visitor)
    await page.get_by_role("button", name="Jump to…").click()
    dialog = page.get_by_role("dialog", name="Jump to")
    await expect(dialog.get_by_role("option", name="Hours: Overview")).to_be_visible()
    assert await violations_in_both_themes(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
