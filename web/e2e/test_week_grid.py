"""The week grid: durations typed into cells become sessions without overlaps, sums agree with the
totals of the API, and everything works from the keyboard and can be undone."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from tests.conftest import Server
from web.e2e.conftest import eventually, violations


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def add(visitor: Any, name: str, start: str, end: str, **fields: Any) -> str:
    body = {"name": name, "started_at": start, "ended_at": end} | fields
    return str((await visitor.api("POST", "/sessions", body))["id"])


async def week(visitor: Any, day: str) -> Page:
    page: Page = await visitor.open(f"/hours/week?date={day}")
    await expect(page.get_by_role("heading", level=1, name="Week")).to_be_visible()
    await expect(page.get_by_role("status", name="Loading sessions")).to_have_count(0)
    return page


def cell(page: Page, name: str, day: str) -> Locator:
    return page.get_by_role("textbox", name=f"{name}, {day}", exact=True)


async def sessions(visitor: Any, start: str, stop: str) -> list[tuple[str, str, str]]:
    """Name, start and end of what starts in these days."""
    answer = await visitor.api("GET", f"/sessions?from={start}&to={stop}&order=oldest")
    return [(item["name"], item["started_at"], item["ended_at"]) for item in answer["items"]]


async def test_durations_become_sessions_one_after_the_other(ada: Any):
    page = await week(ada, "2025-02-04")
    await page.get_by_role("button", name="Add row").first.click()
    form = page.get_by_role("form", name="Add row")
    await form.get_by_label("Name").fill("Sequencing")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Add row").first.click()
    await form.get_by_label("Name").fill("Writing")
    await page.keyboard.press("Enter")

    await cell(page, "Sequencing", "Tue 4 Feb").focus()
    await page.keyboard.type("90")
    await expect(page.get_by_role("status").filter(has_text="= 1 h 30 min")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(cell(page, "Writing", "Tue 4 Feb")).to_be_focused()
    await page.keyboard.type("1,5")
    await page.keyboard.press("Tab")
    await expect(cell(page, "Writing", "Wed 5 Feb")).to_be_focused()
    await page.keyboard.type("45m")
    await page.keyboard.press("ArrowUp")
    await expect(cell(page, "Sequencing", "Wed 5 Feb")).to_be_focused()
    await eventually(
        lambda: sessions(ada, "2025-02-03", "2025-02-10"),
        [
            ("Sequencing", "2025-02-04T08:00:00Z", "2025-02-04T09:30:00Z"),
            ("Writing", "2025-02-04T09:30:00Z", "2025-02-04T11:00:00Z"),
            ("Writing", "2025-02-05T08:00:00Z", "2025-02-05T08:45:00Z"),
        ],
    )
    await expect(page.get_by_test_id("total").last).to_have_text("3:45")
    assert await violations(page) == []


async def test_changing_a_cell_changes_its_session_and_undo_brings_it_back(ada: Any):
    await add(ada, "Gel", "2025-02-11T08:00:00Z", "2025-02-11T09:00:00Z")
    await add(ada, "Blot", "2025-02-11T10:00:00Z", "2025-02-11T11:00:00Z")
    page = await week(ada, "2025-02-11")
    gel = cell(page, "Gel", "Tue 11 Feb")
    await gel.fill("1:30")
    await gel.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("“Gel” now ends at 10:30")
    await eventually(
        lambda: sessions(ada, "2025-02-11", "2025-02-12"),
        "2025-02-11T09:30:00Z",
        lambda found: found[0][2],
    )
    await page.get_by_role("button", name="Undo").click()
    await expect(gel).to_have_value("1:00")

    # Blot is in the way at 11:00, so the rest comes after it.
    await gel.fill("2.5")
    await gel.press("Enter")
    await expect(gel).to_have_value("2:30")
    await eventually(
        lambda: sessions(ada, "2025-02-11", "2025-02-12"),
        [
            ("Gel", "2025-02-11T08:00:00Z", "2025-02-11T09:00:00Z"),
            ("Blot", "2025-02-11T10:00:00Z", "2025-02-11T11:00:00Z"),
            ("Gel", "2025-02-11T11:00:00Z", "2025-02-11T12:30:00Z"),
        ],
    )
    # Two hours less is more than the last one has.
    await gel.fill("30")
    await gel.press("Enter")
    await expect(
        page.get_by_text("The last of these 2 sessions has only 1 h 30 min")
    ).to_be_visible()
    await expect(gel).to_be_focused()
    await gel.press("Escape")
    await expect(gel).to_have_value("2:30")
    await gel.fill("soon")
    await gel.press("Enter")
    await expect(gel).to_have_attribute("aria-invalid", "true")
    await gel.press("Escape")

    await gel.press("Delete")
    await expect(gel).to_have_value("")
    await expect(page.get_by_role("alert").filter(has_text="Deleted 2 sessions")).to_be_visible()
    await eventually(lambda: sessions(ada, "2025-02-11", "2025-02-12"), 1, len)
    deleted = page.get_by_role("alert").filter(has_text="Deleted 2 sessions")
    await deleted.get_by_role("button", name="Undo").click()
    await expect(gel).to_have_value("2:30")


async def test_sums_agree_with_the_totals_of_the_api(ada: Any):
    project = (await ada.api("POST", "/projects", {"name": "Reef", "colour": "#1c7ed6"}))["id"]
    for day, name in (("17", "Dive"), ("18", "Dive"), ("18", "Sort")):
        await add(
            ada, name, f"2025-02-{day}T08:00:10Z", f"2025-02-{day}T09:10:40Z", project_id=project
        )
    # A night counts whole for the day it starts in, and one from the week before not at all.
    await add(ada, "Night", "2025-02-23T22:00:00Z", "2025-02-24T03:00:00Z")
    await add(ada, "Before", "2025-02-16T22:00:00Z", "2025-02-17T01:00:00Z")
    page = await week(ada, "2025-02-20")
    totals = await ada.api("GET", "/sessions/totals?from=2025-02-17&to=2025-02-24")
    seconds = await page.locator("tfoot time").evaluate_all(
        """(times) => times.map((time) => {
             const [, hours, minutes, seconds] = /PT(\\d+)H(\\d+)M(\\d+)S/.exec(time.dateTime);
             return hours * 3600 + minutes * 60 + Number(seconds);
           })"""
    )
    by_day = {day["date"]: day["duration_seconds"] for day in totals["days"]}
    assert seconds[-1] == totals["duration_seconds"] == sum(seconds[:-1])
    assert seconds[:-1] == [by_day.get(f"2025-02-{day}", 0) for day in range(17, 24)]
    rows = await page.locator("tbody td:last-child time").all_inner_texts()
    assert rows == ["2:21", "1:10:30", "5:00"]

    # The next week begins with the rows of this one.
    await page.get_by_role("button", name="Next week").click()
    await expect(cell(page, "Sort", "Mon 24 Feb")).to_have_value("")
    await page.get_by_role("link", name="Mon 24 Feb").click()
    await expect(page).to_have_url(re.compile(r"/hours/calendar\?.*date=2025-02-24"))
    await page.get_by_role("link", name="Week grid").click()
    await expect(page).to_have_url(re.compile(r"/hours/week\?date=2025-02-24"))


async def test_targets_stand_below_the_sums(ada: Any):
    await add(ada, "Bench", "2025-04-08T08:00:00Z", "2025-04-08T09:00:00Z")
    target = {"effective_from": "2025-04-01", "daily_seconds": [28_800] * 5 + [0, 0]}
    await ada.api("POST", "/targets", target)
    page = await week(ada, "2025-04-08")
    foot = page.locator("tfoot tr")
    await expect(foot.locator("td").nth(1)).to_have_text("1:00of 8:00")
    await expect(foot.locator("td").last).to_contain_text("of 40:00")


async def test_refused_entry_goes_back_and_says_why(ada: Any):
    await add(ada, "Locked", "2025-01-07T08:00:00Z", "2025-01-07T09:00:00Z")
    page = await week(ada, "2025-01-07")

    async def refuse(route: Any) -> None:
        if route.request.method in ("PATCH", "POST"):
            problem = {"status": 409, "code": "period_locked", "detail": "January is locked."}
            await route.fulfill(
                status=409, content_type="application/problem+json", body=json.dumps(problem)
            )
        else:
            await route.continue_()

    await page.route(re.compile("/api/v1/sessions"), refuse)
    locked = cell(page, "Locked", "Tue 7 Jan")
    await locked.fill("3")
    await locked.press("Escape")
    await locked.fill("3h")
    await locked.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("January is locked.")
    await expect(locked).to_have_value("1:00")
    other = cell(page, "Locked", "Wed 8 Jan")
    await other.fill("2h")
    await other.press("Enter")
    await expect(page.get_by_text("Couldn’t add “Locked”")).to_be_visible()
    await expect(other).to_have_value("")


async def test_phone_shows_a_day_at_a_time(site: Server, new_visitor: Any):
    visitor = await new_visitor(site, width=390, has_touch=True, reduced_motion="reduce")
    await visitor.sign_in()
    await add(visitor, "Rounds", "2025-03-04T08:00:00Z", "2025-03-04T09:00:00Z")
    page = await week(visitor, "2025-03-04")
    await expect(page.get_by_role("textbox", name=re.compile("^Rounds, "))).to_have_count(1)
    await expect(cell(page, "Rounds", "Tue 4 Mar")).to_have_value("1:00")
    await page.get_by_role("button", name="Wed 5 Mar: nothing").tap()
    entry = cell(page, "Rounds", "Wed 5 Mar")
    await entry.fill("2h")
    await entry.press("Enter")
    await expect(page.get_by_role("button", name="Wed 5 Mar: 2:00")).to_be_visible()
    await eventually(lambda: sessions(visitor, "2025-03-05", "2025-03-06"), 1, len)
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
