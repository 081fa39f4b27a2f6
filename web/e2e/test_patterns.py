"""A manager's month: a pattern is filled in, applied to several people, refused by a labour rule
and let be for a reason, and taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from tests.conftest import Server
from web.e2e.conftest import eventually, violations_in_both_themes

NAMES = ["Anna Adler", "Ben Brandt", "Cleo Conti"]


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    """The owner, in a lab without shifts, patterns and rules."""
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    for one in (await visitor.api("GET", "/shifts?limit=500"))["items"]:
        await visitor.api("DELETE", f"/shifts/{one['id']}")
    for path in ("shift-generations", "shift-patterns", "shift-templates", "labour-rules"):
        for one in (await visitor.api("GET", f"/{path}"))["items"]:
            await visitor.api("DELETE", f"/{path}/{one['id']}")
    known = (await visitor.api("GET", "/employees"))["items"]
    for name in NAMES[len(known) :]:
        first, last = name.split()
        body = {"first_name": first, "last_name": last, "address": f"Quay {name}"}
        await visitor.api("POST", "/employees", body)
    return visitor


async def template(visitor: Any, name: str, start: str, end: str, **more: Any) -> str:
    body = {"name": name, "start_time": start, "end_time": end, **more}
    return str((await visitor.api("POST", "/shift-templates", body))["id"])


async def pattern(visitor: Any, name: str, days: str, **templates: str) -> str:
    """A pattern from a Monday on; each letter is a day, and the first letter of its template."""
    of_letter = {key[0]: value for key, value in templates.items()}
    entries = [
        {"day": day, "template_id": of_letter[letter]}
        for day, letter in enumerate(days, 1)
        if letter != "-"
    ]
    body = {"name": name, "starts_on": "2026-05-04", "cycle_days": len(days), "entries": entries}
    return str((await visitor.api("POST", "/shift-patterns", body))["id"])


async def starts(visitor: Any) -> list[str]:
    """When all shifts start, in order."""
    listed = (await visitor.api("GET", "/shifts?limit=500"))["items"]
    return sorted(one["starts_at"] for one in listed)


def day(page: Page, label: str) -> Locator:
    return page.get_by_role("gridcell", name=re.compile(f"^{re.escape(label)}"))


async def middle(place: Locator) -> tuple[float, float]:
    await place.scroll_into_view_if_needed()
    box = await place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_pattern_is_filled_by_mouse_and_keyboard(ada: Any):
    page = await ada.open("/shifts/patterns")
    await expect(page.get_by_text("No patterns yet")).to_be_visible()
    await page.get_by_role("link", name="New pattern").click()

    # The first shift is made in place; on the nights of a change it has other hours.
    await page.get_by_role("button", name="New shift").click()
    form = page.get_by_role("form", name="New shift for patterns")
    await form.get_by_label("Name").fill("Night")
    await form.get_by_label("From").fill("22")
    await form.get_by_label("To", exact=True).fill("6")
    await form.get_by_label("Break, minutes").fill("30")
    await expect(form.get_by_text("8 h, 7 h 30 min of work.")).to_be_visible()
    # Whichever of the two changes comes next.
    odd = re.compile("^Sat .*: (7 h, because clocks go forward|9 h, because clocks go back)")
    await expect(form.get_by_text(odd).first).to_be_visible()
    assert await violations_in_both_themes(page) == []
    await form.get_by_role("button", name="Save").click()
    night = page.get_by_role("button", name="Night 22:00–06:00")
    await expect(night).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="New shift").click()
    form = page.get_by_role("form", name="New shift for patterns")
    await form.get_by_label("Name").fill("Day")
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Day 08:00–16:00")).to_be_visible()

    await page.get_by_label("Name").fill("Two on, one off")
    await page.get_by_label("A first day of it").fill("2026-05-04")
    await page.get_by_label("Begins again after").fill("3")
    grid = page.get_by_role("grid", name="Days of the cycle")

    # Drawn over five days, and one of them pressed again.
    await page.get_by_role("button", name="Day 08:00–16:00").click()
    await page.mouse.move(*await middle(day(page, "Week 1, Mon")))
    await page.mouse.down()
    await page.mouse.move(*await middle(day(page, "Week 1, Fri")), steps=5)
    await page.mouse.up()
    await expect(day(page, "Week 1, Thu: Day 08:00–16:00")).to_be_visible()
    await expect(page.get_by_text("5 shifts, 40 h in 3 weeks; 13:20 h a week")).to_be_visible()
    await day(page, "Week 1, Wed").click()
    await expect(day(page, "Week 1, Wed: free")).to_be_visible()

    # By keys: two nights, a second shift on a day, a week copied, all of it taken back.
    await day(page, "Week 1, Wed").focus()
    await page.keyboard.press("ArrowDown")
    await expect(day(page, "Week 2, Wed")).to_be_focused()
    await page.keyboard.press("2")
    await page.keyboard.press("2")
    await expect(day(page, "Week 2, Thu: Night 22:00–06:00")).to_be_visible()
    await expect(day(page, "Week 2, Fri")).to_be_focused()
    await page.keyboard.press("1")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Shift+Digit2")
    await expect(day(page, "Week 2, Fri: Day 08:00–16:00 and Night")).to_be_visible()
    await page.keyboard.press("Control+z")
    await page.keyboard.press("Home")
    await page.keyboard.press("Shift+End")
    await page.keyboard.press("Control+c")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Home")
    await page.keyboard.press("Control+v")
    await expect(day(page, "Week 3, Thu: Night 22:00–06:00")).to_be_visible()
    await page.keyboard.press("Control+z")
    await expect(day(page, "Week 3, Thu: free")).to_be_visible()
    await expect(grid.get_by_role("row").nth(2)).to_contain_text("23")
    assert await violations_in_both_themes(page) == []

    # What is not saved is not left by accident.
    await page.get_by_role("link", name="Patterns").first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    await page.get_by_role("button", name="Add pattern").click()
    await expect(page.get_by_role("heading", level=1, name="Two on, one off")).to_be_visible()

    async def kept() -> Any:
        listed = (await ada.api("GET", "/shift-patterns"))["items"]
        return [(one["cycle_days"], [e["day"] for e in one["entries"]]) for one in listed]

    await eventually(kept, [(21, [1, 2, 4, 5, 10, 11, 12])])
    await page.get_by_role("link", name="Patterns").first.click()
    line = page.get_by_role("listitem").filter(has_text="Two on, one off")
    await expect(line.first).to_contain_text("3 weeks, 7 shifts, 18:20 h a week on average")

    # Deleted and back, and a copy.
    await page.get_by_role("button", name="More for Two on, one off").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.get_by_text("No patterns yet")).to_be_visible()
    await page.get_by_role("button", name="Undo").last.click()
    await page.get_by_role("button", name="More for Two on, one off").click()
    await page.get_by_role("menuitem", name="Duplicate").click()
    await expect(page.get_by_role("link", name="Two on, one off (2)")).to_be_visible()


async def test_month_is_applied_for_several_people_against_a_rule_and_taken_back(ada: Any):
    day_shift = await template(ada, "Day", "08:00", "16:00")
    night = await template(ada, "Night", "22:00", "06:00")
    await pattern(ada, "Week and week", "DDDDD--NN-----", D=day_shift, N=night)
    rest = {"name": "Eleven hours", "kind": "minimum_rest", "limit_minutes": 660}
    await ada.api("POST", "/labour-rules", rest | {"effect": "block"})
    cleo = (await ada.api("GET", "/employees?q=cleo"))["items"][0]["id"]
    own = {"starts_at": "2026-10-05T17:00:00Z", "ends_at": "2026-10-05T19:00:00Z"}
    await ada.api("POST", "/shifts", own | {"employee_id": cleo})
    other = {"starts_at": "2026-10-06T06:00:00Z", "ends_at": "2026-10-06T08:00:00Z"}
    await ada.api("POST", "/shifts", other | {"employee_id": cleo})
    before = await starts(ada)

    page = await ada.open("/shifts/patterns")
    await page.get_by_role("link", name="Apply …").click()
    await expect(page.get_by_text("Nothing to show yet")).to_be_visible()
    await page.get_by_label("From", exact=True).fill("2026-10-05")
    await page.get_by_label("To, that day too").fill("2026-11-01")
    await page.get_by_label("Everybody").check()
    await page.get_by_role("button", name="Stagger").click()
    await expect(page.get_by_label("How far ahead Ben Brandt is")).to_have_value("7")
    preview = page.get_by_role("region", name="Preview")
    await expect(preview).to_contain_text("41 shifts, 328 h; 1 can’t be made")

    # Twice eight hours, but for three hours between them: the rule wants a reason.
    await expect(preview).to_contain_text(
        "Cleo Conti, Tue 6 Oct, Day: has another shift then, Tue 6 Oct 08:00 to 10:00"
    )
    await expect(preview).to_contain_text("Cleo Conti, Mon 5 Oct: 3 h of rest")
    await expect(preview.get_by_text("Eleven hours blocks").first).to_be_visible()
    add = page.get_by_role("button", name="Add 41 drafts")
    await expect(add).to_be_disabled()
    await expect(preview).to_contain_text("All of them or none")
    await page.get_by_label("Leave out the one that stands against something").check()
    await expect(preview).to_contain_text("A reason is needed.")
    assert await violations_in_both_themes(page) == []
    await page.get_by_label("Why it may be").fill("Cleo asked for the early evening")
    await add.click()
    await expect(page.get_by_text("41 drafts are added.")).to_be_visible()
    await expect(page.get_by_role("grid")).to_be_visible()

    async def number() -> int:
        return len(await starts(ada))

    await eventually(number, 43)
    page = await ada.open("/settings/labour-rules?month=2026-10")
    finding = page.get_by_role("listitem").filter(has_text="Cleo Conti")
    await expect(finding).to_contain_text("“Cleo asked for the early evening”")

    # Taken back as one, and brought back in spite of the rule.
    page = await ada.open("/shifts/patterns")
    applied = page.get_by_role("region", name="Applied")
    await expect(applied).to_contain_text("41 shifts")
    await applied.get_by_role("button", name="Take back").click()
    await expect(page.get_by_text("41 shifts are taken back.")).to_be_visible()
    await eventually(lambda: starts(ada), before)
    await expect(applied).to_contain_text("What patterns made is listed here")
    await page.get_by_role("button", name="Undo").last.click()
    await eventually(number, 43)


async def test_night_of_the_change_is_told_before_it_is_made(ada: Any):
    night = await template(ada, "Night", "22:00", "06:00")
    one = await pattern(ada, "Nights", "N", N=night)
    page = await ada.open(f"/shifts/patterns/{one}/apply")
    await page.get_by_label("From", exact=True).fill("2026-10-23")
    await page.get_by_label("To, that day too").fill("2026-10-25")
    await page.get_by_label("Anna Adler").check()
    preview = page.get_by_role("region", name="Preview")
    await expect(preview).to_contain_text("3 shifts, 25 h")
    await expect(preview).to_contain_text(
        "Sat 24 Oct, Night: 9 h in fact, 8 h by the clocks (Anna Adler)"
    )
    # By the clocks of another place they are the same nights, and none changes there.
    await ada.api("POST", "/locations", {"name": "Reef station", "time_zone": "Asia/Tokyo"})
    await page.reload()
    await page.get_by_label("From", exact=True).fill("2026-10-23")
    await page.get_by_label("To, that day too").fill("2026-10-25")
    await page.get_by_label("By the clocks of").select_option("Reef station (Asia/Tokyo)")
    await page.get_by_label("Anna Adler").check()
    await expect(preview).to_contain_text("3 shifts, 24 h")
    await page.get_by_role("button", name="Add 3 drafts").click()
    await expect(page.get_by_role("grid")).to_be_visible()
    tokyo = ["2026-10-23T13:00:00Z", "2026-10-24T13:00:00Z", "2026-10-25T13:00:00Z"]
    await eventually(lambda: starts(ada), tokyo)
    await page.get_by_role("button", name="Undo").last.click()
    await eventually(lambda: starts(ada), [])
