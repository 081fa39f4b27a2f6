"""Closed days: a manager closes them, the roster marks them and refuses, and an owner opens them."""

from __future__ import annotations

import itertools
import re
from typing import Any

from playwright.async_api import expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import eventually, undo, violations, violations_in_both_themes
from web.e2e.test_roster import (
    ada,  # noqa: F401  # a fixture
    becomes,
    cell,
    chip,
    drag,
    middle,
    plan,
    roster,
    team,
)

_numbers = itertools.count(1)


async def closed_until(visitor: Any) -> str | None:
    day: str | None = (await visitor.api("GET", "/shift-closing"))["closed_until"]
    return day


async def test_closed_days_are_marked_refused_and_opened_again(ada: Any):  # noqa: F811
    await ada.api("PATCH", "/shift-closing", {"closed_until": None})
    anna, _, _ = await team(ada)
    closed = (anna, "2026-05-11T06:00:00Z", "2026-05-11T14:00:00Z")
    later = (anna, "2026-05-14T06:00:00Z", "2026-05-14T14:00:00Z")
    for one in (closed, later):
        await plan(ada, *one)

    # The keyboard alone.
    page = await ada.open("/settings/shifts")
    card = page.get_by_role("region", name="Closed days")
    await expect(card.get_by_text("No day is closed.")).to_be_visible()
    assert await violations(page) == []
    await card.get_by_label("Last closed day").fill("2026-05-12")
    await page.keyboard.press("Enter")
    await expect(card.get_by_text("Closed until 12 May 2026, in Europe/Berlin")).to_be_visible()
    await eventually(lambda: closed_until(ada), "2026-05-12")

    grid = await roster(ada, "date=2026-05-14")
    await expect(grid.get_by_role("columnheader").filter(has_text="12")).to_have_attribute(
        "data-closed", "true"
    )
    await expect(grid.get_by_role("columnheader").filter(has_text="13")).to_have_attribute(
        "data-closed", "false"
    )
    assert await violations_in_both_themes(grid) == []
    ghost = grid.get_by_test_id("ghost")
    await drag(
        grid,
        await middle(chip(grid, "Anna Adler, Thu 14 May")),
        await middle(cell(grid, "Anna Adler, Tue 12 May")),
    )
    await expect(ghost).to_contain_text("Closed until 12 May 2026")
    await grid.mouse.up()
    await expect(ghost).to_contain_text("Nothing was changed. Closed until 12 May 2026.")
    await becomes(ada, closed, later)
    free = cell(grid, "Anna Adler, Tue 12 May, no shift, closed")
    await free.focus()
    await grid.keyboard.press("Enter")
    await expect(ghost).to_contain_text("Closed until 12 May 2026")
    await expect(grid.get_by_role("form", name="New shift")).to_have_count(0)
    await chip(grid, "Anna Adler, Mon 11 May").click()
    details = grid.get_by_role("dialog", name="Anna Adler")
    await expect(details).to_contain_text(
        "Closed until 12 May 2026: this shift does not change any more."
    )
    await grid.keyboard.press("Escape")
    await chip(grid, "Anna Adler, Mon 11 May").focus()
    await grid.keyboard.press("Delete")
    await expect(grid.get_by_role("alert").filter(has_text="are closed")).to_be_visible()
    await becomes(ada, closed, later)

    # Taken back, and live.
    await undo(page, "Shifts are closed until 12 May 2026.")
    await expect(card.get_by_text("No day is closed.")).to_be_visible()
    await expect(grid.get_by_role("columnheader").filter(has_text="12")).to_have_attribute(
        "data-closed", "false"
    )


async def test_managers_close_and_do_not_open(ada: Any, new_visitor: Any, site: Server):  # noqa: F811
    await ada.api("PATCH", "/shift-closing", {"closed_until": "2026-04-30"})
    person = {"name": "Max", "email": f"max{next(_numbers)}@example.org", "role": "manager"}
    invited = await ada.api("POST", "/people", person)
    max_ = await new_visitor(site, reduced_motion="reduce")
    await max_.api(
        "POST", f"/invitations/{invited['invitation_token']}/accept", {"password": PASSWORD}
    )
    page = await max_.open("/settings/shifts")
    card = page.get_by_role("region", name="Closed days")
    await expect(card.get_by_text("Once closed, only admins open days again.")).to_be_visible()
    await expect(card.get_by_role("button", name="Open all")).to_have_count(0)
    await card.get_by_label("Last closed day").fill("2026-05-10")
    await card.get_by_role("button", name="Close", exact=True).click()
    await expect(card.get_by_text(re.compile("Closed until 10 May 2026"))).to_be_visible()
    await ada.api("PATCH", "/shift-closing", {"closed_until": None})
    await expect(card.get_by_text("No day is closed.")).to_be_visible()
