"""Leave, availability and what a roster is planned with: asked for by members, decided by managers,
kept by hand or keyboard, and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.conftest import Server
from web.e2e.conftest import Visitor, violations, violations_in_both_themes
from web.e2e.test_live import listening


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Visitor:
    """The owner, signed in."""
    visitor: Visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def becomes(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Wait until the server answers so: a page may show a change before it is saved."""
    for _ in range(80):
        if await ask() == wanted:
            return
        await asyncio.sleep(0.1)
    assert await ask() == wanted


async def names(visitor: Visitor, path: str) -> list[str]:
    return [one["name"] for one in (await visitor.api("GET", path))["items"]]


async def undo(page: Page, done: str) -> None:
    """Take back what a notice says was done."""
    notice = page.get_by_role("alert").filter(has_text=done)
    await notice.get_by_role("button", name="Undo").click()


async def test_skills_positions_and_locations_are_kept_by_keyboard(ada: Visitor):
    page = await ada.open("/settings/shifts")
    skills = page.get_by_role("region", name="Skills")
    await expect(skills.get_by_text("None yet.")).to_be_visible()
    keys = page.keyboard

    # Added, and the same name refused at its field.
    add = skills.get_by_role("button", name="Add skill")
    await add.focus()
    await keys.press("Enter")
    form = skills.get_by_role("form", name="New skill")
    await expect(form.get_by_label("Name")).to_be_focused()
    await keys.type("Cell culture")
    await keys.press("Enter")
    listed = skills.get_by_role("list", name="Skills")
    await expect(listed.get_by_text("Cell culture")).to_be_visible()
    await expect(add).to_be_focused()
    await keys.press("Enter")
    await expect(form.get_by_label("Name")).to_be_focused()
    await keys.type("Cell culture")
    await keys.press("Enter")
    await expect(form.get_by_text("of this name")).to_be_visible()
    assert await violations(page) == []
    await keys.press("Escape")
    await expect(form).to_have_count(0)
    await expect(add).to_be_focused()

    # Renamed, and called as before again.
    rename = skills.get_by_role("button", name="Change Cell culture")
    await rename.focus()
    await keys.press("Enter")
    field = skills.get_by_label("Name")
    await expect(field).to_be_focused()
    await field.fill("Tissue culture")
    await keys.press("Enter")
    await expect(skills.get_by_role("button", name="Change Tissue culture")).to_be_focused()
    await undo(page, "Cell culture is called Tissue culture.")
    await expect(listed.get_by_text("Cell culture")).to_be_visible()

    # A position takes the skill, chosen by keyboard.
    positions = page.get_by_role("region", name="Positions")
    await positions.get_by_role("button", name="Add position").focus()
    await keys.press("Enter")
    form = positions.get_by_role("form", name="New position")
    await form.get_by_label("Name").fill("Incubator round")
    taken = form.get_by_role("combobox", name="Skills that it takes")
    await taken.focus()
    await keys.press("ArrowDown")
    await expect(page.get_by_role("option", name="Cell culture")).to_be_visible()
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(form.get_by_text("Cell culture")).to_be_visible()
    await keys.press("Escape")
    await form.get_by_role("button", name="Add").focus()
    await keys.press("Enter")
    round_ = positions.get_by_role("listitem").filter(has_text="Incubator round")
    await expect(round_).to_contain_text("Cell culture")

    # What is in use is archived, and used again; what is not is gone, and comes back.
    await skills.get_by_role("button", name="Delete Cell culture").focus()
    await keys.press("Enter")
    await expect(skills.get_by_role("button", name="Show 1 archived")).to_be_visible()
    await skills.get_by_role("button", name="Show 1 archived").click()
    again = skills.get_by_role("button", name="Use Cell culture again")
    await again.focus()
    await keys.press("Enter")
    await expect(skills.get_by_role("button", name="Change Cell culture")).to_be_visible()
    await positions.get_by_role("button", name="Delete Incubator round").focus()
    await keys.press("Enter")
    await expect(round_).to_have_count(0)
    await undo(page, "Incubator round is deleted.")
    await expect(round_).to_contain_text("Cell culture")
    await becomes(lambda: names(ada, "/positions"), ["Incubator round"])

    places = page.get_by_role("region", name="Locations")
    await places.get_by_role("button", name="Add location").focus()
    await keys.press("Enter")
    form = places.get_by_role("form", name="New location")
    await form.get_by_label("Name").fill("Field station")
    zone = form.get_by_role("combobox", name="Time zone")
    await expect(zone).to_have_value("Europe/Berlin")
    await zone.fill("Reykj")
    await page.get_by_role("option", name="Atlantic/Reykjavik").click()
    await form.get_by_role("button", name="Add").click()
    station = places.get_by_role("listitem").filter(has_text="Field station")
    await expect(station).to_contain_text("Atlantic/Reykjavik")
    assert await violations_in_both_themes(page) == []


async def test_deleted_employees_are_listed_and_restored(ada: Visitor, site: Server):
    body = {"first_name": "Edda", "last_name": "Ek", "address": "Quay Edda"}
    edda = await ada.api("POST", "/employees", body)
    times = {"starts_at": "2026-05-11T06:00:00Z", "ends_at": "2026-05-11T14:00:00Z"}
    await ada.api("POST", "/shifts", {"employee_id": edda["id"]} | times)
    page = await ada.open("/shifts/employees")
    await expect(page.get_by_role("button", name="Edit Edda Ek")).to_be_visible()
    # Deleted elsewhere: it shows here, live.
    await listening(site, 1)
    await ada.api("DELETE", f"/employees/{edda['id']}")
    await page.get_by_role("button", name="1 deleted employee").click()
    row = page.get_by_role("list", name="Deleted employees").get_by_role("listitem")
    await expect(row).to_contain_text("Edda Ek")
    await expect(row).to_contain_text("1 shift")
    assert await violations_in_both_themes(page) == []
    await row.get_by_role("button", name="Restore Edda Ek").click()
    await expect(page.get_by_role("button", name="Edit Edda Ek")).to_be_visible()
    await expect(page.get_by_role("list", name="Deleted employees")).to_have_count(0)
    await ada.api("DELETE", f"/employees/{edda['id']}")


async def test_employee_has_skills_and_a_location(ada: Visitor):
    skill = await ada.api("POST", "/skills", {"name": "Diving"})
    place = {"name": "Harbour", "time_zone": "Europe/Lisbon"}
    harbour = await ada.api("POST", "/locations", place)
    body = {"first_name": "Finn", "last_name": "Falk", "address": "Quay Finn"}
    finn = await ada.api("POST", "/employees", body)
    page = await ada.open("/shifts/employees")
    await page.get_by_role("button", name="Edit Finn Falk").click()
    form = page.get_by_role("form", name="Edit Finn Falk")
    await form.get_by_role("combobox", name="Skills").click()
    await page.get_by_role("option", name="Diving").click()
    await page.keyboard.press("Escape")
    await form.get_by_label("Mostly works at").select_option("Harbour")
    await form.get_by_label("Contracted hours a week").fill("19.5")
    await form.get_by_role("button", name="Save").click()

    async def stored() -> list[Any]:
        read = await ada.api("GET", f"/employees/{finn['id']}")
        return [read["skill_ids"], read["location_id"], read["contracted_hours_per_week"]]

    await becomes(stored, [[skill["id"]], harbour["id"], 19.5])
    await undo(page, "Finn Falk is changed.")
    await becomes(stored, [[], None, None])
