"""A roster with more people than fit on a screen: what is far off is drawn late, and is there
nevertheless for the keyboard, the pointer, the printer and whoever searches."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from tests.conftest import Server

PEOPLE = 60


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def crowd(visitor: Any) -> list[str]:
    """The ids of sixty employees, Person 00 to Person 59, who have no shifts."""
    listed = (await visitor.api("GET", "/employees?limit=500"))["items"]
    if not listed:
        lines = [f"Person,{number:02},Quay {number}" for number in range(PEOPLE)]
        people = "\n".join(["first_name,last_name,address", *lines])
        file = {"name": "people.csv", "mimeType": "text/csv", "buffer": people.encode()}
        answer = await visitor.context.request.post(
            f"{visitor.server.url}/api/v1/employees/imports", multipart={"file": file}
        )
        assert answer.ok, await answer.text()
        listed = (await visitor.api("GET", "/employees?limit=500"))["items"]
    for one in (await visitor.api("GET", "/shifts?limit=500"))["items"]:
        await visitor.api("DELETE", f"/shifts/{one['id']}")
    return [str(one["id"]) for one in sorted(listed, key=lambda one: one["last_name"])]


async def plan(visitor: Any, employee: str, day: int) -> str:
    body = {
        "employee_id": employee,
        "starts_at": f"2026-05-{day:02}T06:00:00Z",
        "ends_at": f"2026-05-{day:02}T14:00:00Z",
    }
    return str((await visitor.api("POST", "/shifts", body))["id"])


async def month(visitor: Any) -> Page:
    page: Page = await visitor.open("/shifts?view=month&date=2026-05-13")
    await expect(page.get_by_role("grid")).to_be_visible()
    await expect(page.get_by_role("status", name="Loading shifts")).to_have_count(0)
    return page


def chip(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{re.escape(label)}"))


def cell(page: Page, label: str) -> Locator:
    return page.get_by_role("gridcell", name=re.compile(f"^{re.escape(label)}"))


async def middle(place: Locator) -> tuple[float, float]:
    box = await place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_far_rows_are_counted_found_and_printed(ada: Any):
    people = await crowd(ada)
    for number in range(0, PEOPLE, 3):
        await plan(ada, people[number], 12)
    page = await month(ada)
    grid = page.get_by_role("grid")
    await expect(grid).to_have_attribute("aria-rowcount", str(PEOPLE + 3))
    last = grid.get_by_role("row").filter(has_text="Person 59")
    await expect(last).to_have_attribute("aria-rowindex", str(PEOPLE + 2))

    # On paper there is everything.
    await page.emulate_media(media="print")
    await expect(page.locator("[data-shift]")).to_have_count(PEOPLE // 3)
    assert await grid.locator("..").evaluate("(one) => one.scrollHeight <= one.clientHeight + 1")
    await page.emulate_media(media="screen")

    # Found by name, and reached by Tab from there.
    search = page.get_by_role("searchbox", name="Search employees")
    await search.fill("person 57")
    await expect(grid).to_have_attribute("aria-rowcount", "4")
    await expect(chip(page, "Person 57, Tue 12 May")).to_be_visible()
    await search.fill("")
    await expect(grid).to_have_attribute("aria-rowcount", str(PEOPLE + 3))
    await expect(page.locator("[data-row] [tabindex='0']")).to_have_count(1)


async def test_keyboard_reaches_the_last_row_and_follows_a_shift_there(ada: Any):
    people = await crowd(ada)
    shift = await plan(ada, people[1], 12)
    page = await month(ada)
    await chip(page, "Person 01, Tue 12 May").focus()
    await page.keyboard.press("Control+End")
    last = cell(page, "Person 59, Tue 12 May, no shift")
    await expect(last).to_be_focused()
    await expect(last).to_be_in_viewport()
    await page.keyboard.press("ArrowUp")
    await expect(cell(page, "Person 58, Tue 12 May, no shift")).to_be_focused()
    await page.keyboard.press("Control+Home")
    first = cell(page, "Person 00, Fri 1 May, no shift")
    await expect(first).to_be_focused()
    await expect(first).to_be_in_viewport()

    # What others hand over far down takes the focus along.
    held = chip(page, "Person 01, Tue 12 May")
    await held.focus()
    await ada.api("PATCH", f"/shifts/{shift}", {"employee_id": people[55]})
    moved = chip(page, "Person 55, Tue 12 May")
    await expect(moved).to_be_focused()
    await expect(moved).to_be_in_viewport()


async def test_shift_is_dragged_to_a_row_that_has_to_be_scrolled_to(ada: Any):
    people = await crowd(ada)
    shift = await plan(ada, people[0], 12)
    page = await month(ada)
    await page.mouse.move(*await middle(chip(page, "Person 00, Tue 12 May")))
    await page.mouse.down()
    box = await page.get_by_role("grid").locator("..").bounding_box()
    assert box is not None
    bottom = min(box["y"] + box["height"], 900) - 10
    await page.mouse.move(box["x"] + box["width"] / 2, bottom, steps=6)
    last = page.get_by_role("row").filter(has_text="Person 59")
    await expect(last).to_be_in_viewport(ratio=0.9)
    await page.mouse.move(*await middle(cell(page, "Person 56, Thu 14 May")), steps=4)
    await expect(page.get_by_test_id("ghost")).to_contain_text("Thu 14 May 08:00")
    await expect(page.get_by_test_id("ghost")).to_contain_text("Person 56")
    await page.mouse.up()
    await expect(chip(page, "Person 56, Thu 14 May")).to_be_visible()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    stored = await ada.api("GET", f"/shifts/{shift}")
    assert (stored["employee_id"], stored["starts_at"]) == (people[56], "2026-05-14T06:00:00Z")
