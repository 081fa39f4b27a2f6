"""The roster: a manager plans by mouse and by keyboard, is refused what cannot be, and takes back
whatever they did."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import eventually, undo, violations

NAMES = ["Anna Adler", "Ben Brandt", "Cleo Conti"]


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def team(visitor: Any) -> list[str]:
    """The ids of three employees, who have no shifts."""
    known = (await visitor.api("GET", "/employees"))["items"]
    for one in (await visitor.api("GET", "/shifts?limit=500"))["items"]:
        await visitor.api("DELETE", f"/shifts/{one['id']}")
    for name in NAMES[len(known) :]:
        first, last = name.split()
        body = {"first_name": first, "last_name": last, "address": f"Quay {name}"}
        known.append(await visitor.api("POST", "/employees", body))
    return [str(one["id"]) for one in known]


async def plan(visitor: Any, employee: str, start: str, end: str, **more: Any) -> str:
    body = {"employee_id": employee, "starts_at": start, "ends_at": end, **more}
    return str((await visitor.api("POST", "/shifts", body))["id"])


async def stored(visitor: Any) -> set[tuple[str, str, str]]:
    """All shifts, as employee, start and end."""
    listed = (await visitor.api("GET", "/shifts?limit=500"))["items"]
    return {(one["employee_id"], one["starts_at"], one["ends_at"]) for one in listed}


async def becomes(visitor: Any, *wanted: tuple[str, str, str]) -> None:
    """Wait until the server has these shifts: the page shows a change before it is saved."""
    await eventually(lambda: stored(visitor), set(wanted))


async def roster(visitor: Any, query: str) -> Page:
    page: Page = await visitor.open(f"/shifts?{query}")
    await expect(page.get_by_role("grid")).to_be_visible()
    await expect(page.get_by_role("status", name="Loading shifts")).to_have_count(0)
    return page


def chip(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{re.escape(label)}"))


def cell(page: Page, label: str) -> Locator:
    return page.get_by_role("gridcell", name=re.compile(f"^{re.escape(label)}"))


async def middle(place: Locator) -> tuple[float, float]:
    await place.scroll_into_view_if_needed()
    box = await place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def drag(page: Page, start: tuple[float, float], stop: tuple[float, float]) -> None:
    """Press, move there in some steps, and leave the button down."""
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move(*stop, steps=6)


async def test_week_is_planned_by_mouse(ada: Any):
    anna, ben, _ = await team(ada)
    page = await roster(ada, "date=2026-05-13")

    # Drawn over three days: one form, three shifts.
    await drag(
        page,
        await middle(cell(page, "Anna Adler, Mon 11 May")),
        await middle(cell(page, "Anna Adler, Wed 13 May")),
    )
    await expect(page.get_by_test_id("ghost")).to_contain_text("3 days from Mon 11 May")
    await page.mouse.up()
    form = page.get_by_role("form", name="New shifts on 3 days")
    await form.get_by_label("From").fill("22:00")
    await form.get_by_label("To", exact=True).fill("6")
    await form.get_by_label("Position").fill("Night desk")
    await expect(form.get_by_text("8 h.")).to_be_visible()
    assert await violations(page) == []
    await form.get_by_role("button", name="Add 3 shifts").click()
    nights = [
        (anna, f"2026-05-{day}T20:00:00Z", f"2026-05-{day + 1}T04:00:00Z") for day in (11, 12, 13)
    ]
    await expect(page.get_by_test_id("total")).to_have_text("24:00")
    await becomes(ada, *nights)
    first = chip(page, "Anna Adler, Mon 11 May 22:00 to Tue 06:00, 8 h, Night desk, draft")
    await expect(first).to_be_visible()

    # Handed over and moved in one drag.
    await drag(page, await middle(first), await middle(cell(page, "Ben Brandt, Fri 15 May")))
    await expect(page.get_by_test_id("ghost")).to_contain_text("Fri 15 May 22:00")
    await page.mouse.up()
    moved = (ben, "2026-05-15T20:00:00Z", "2026-05-16T04:00:00Z")
    await becomes(ada, moved, *nights[1:])
    await expect(chip(page, "Ben Brandt, Fri 15 May 22:00")).to_be_visible()
    await undo(page, "Ben Brandt has the shift")
    await becomes(ada, *nights)

    # Over one's own next night: the reason is there before the button is let go.
    await drag(page, await middle(first), await middle(chip(page, "Anna Adler, Tue 12 May")))
    ghost = page.get_by_test_id("ghost")
    await expect(ghost).to_have_attribute("data-trouble", "true")
    await expect(ghost).to_contain_text("Overlaps Tue 12 May 22:00 to Wed 06:00, Night desk")
    assert await violations(page) == []
    await page.mouse.up()
    await expect(page.get_by_test_id("ghost")).to_contain_text("Nothing was changed: it overlaps")
    await expect(chip(page, "Anna Adler, Tue 12 May")).to_have_attribute("data-met", "true")
    await becomes(ada, *nights)
    await expect(first).to_be_visible()


async def test_week_is_copied_whole_or_not_at_all(ada: Any):
    anna, ben, _ = await team(ada)
    await plan(ada, anna, "2026-10-20T20:00:00Z", "2026-10-21T04:00:00Z")
    # The night in which clocks go back a week later: nine hours.
    await plan(ada, ben, "2026-10-17T20:00:00Z", "2026-10-18T04:00:00Z")
    source = await stored(ada)
    page = await roster(ada, "date=2026-10-14")
    await page.get_by_role("button", name="More for the roster").click()
    await page.get_by_role("menuitem", name="Copy this week").click()
    await page.get_by_role("button", name="Later").click()
    await expect(page.get_by_text("19 – 25 October 2026")).to_be_visible()
    await page.get_by_role("button", name="More for the roster").click()
    await page.get_by_role("menuitem", name="Paste 1 shift as drafts").click()
    copied = (ben, "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z")
    await becomes(ada, *source, copied)
    await expect(
        chip(page, "Ben Brandt, Sat 24 Oct 22:00 to Sun 06:00, 9 h, draft")
    ).to_be_visible()
    await expect(page.get_by_role("columnheader", name="Sun 25 25 h")).to_be_visible()

    # Again, it would overlap: all or nothing, and the reason is at the place.
    await page.get_by_role("button", name="More for the roster").click()
    await page.get_by_role("menuitem", name="Paste 1 shift as drafts").click()
    await expect(page.get_by_test_id("ghost")).to_contain_text("Ben Brandt, Sat 24 Oct 22:00")
    await becomes(ada, *source, copied)
    await undo(page, "1 draft pasted.")
    await becomes(ada, *source)


async def test_month_is_changed_by_keyboard_alone(ada: Any):
    anna, ben, cleo = await team(ada)
    await plan(ada, anna, "2026-05-12T06:00:00Z", "2026-05-12T14:00:00Z", position="Bench")
    await plan(ada, ben, "2026-05-14T06:00:00Z", "2026-05-14T14:00:00Z", position="Bench")
    page = await roster(ada, "view=month&date=2026-05-13")
    await page.get_by_role("button", name="More for the roster").focus()
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.matches('[data-cell], [data-shift]')"):
            break
    for key in ("Home", *["ArrowRight"] * 11):
        await page.keyboard.press(key)
    bench = chip(page, "Anna Adler, Tue 12 May 08:00 to 16:00, 8 h, Bench")
    await expect(bench).to_be_focused()

    # Two days on, half an hour longer, and to Cleo; past Ben, who has a shift then.
    await page.keyboard.down("Alt")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("status").filter(has_text="Overlaps Thu 14 May")).to_be_attached()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.up("Alt")
    bens = (ben, "2026-05-14T06:00:00Z", "2026-05-14T14:00:00Z")
    await becomes(ada, (cleo, "2026-05-14T06:00:00Z", "2026-05-14T14:00:00Z"), bens)
    await expect(chip(page, "Cleo Conti, Thu 14 May 08:00")).to_be_focused()
    await page.keyboard.down("Shift")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.up("Shift")
    longer = (cleo, "2026-05-14T06:00:00Z", "2026-05-14T14:30:00Z")
    await becomes(ada, longer, bens)

    # Both selected and swapped.
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowUp")
    await expect(chip(page, "Ben Brandt, Thu 14 May 08:00")).to_be_focused()
    await page.keyboard.press("Space")
    selected = page.get_by_role("region", name="Selected shifts")
    await expect(selected).to_contain_text("2 shifts")
    assert await violations(page) == []
    await selected.get_by_role("button", name="Swap").click()
    await becomes(ada, (ben, *longer[1:]), (cleo, *bens[1:]))
    await undo(page, "The shifts are swapped.")
    await becomes(ada, longer, bens)

    # Deleted, a new one by Enter, and a copy of it.
    await chip(page, "Ben Brandt, Thu 14 May").focus()
    await page.keyboard.press("Delete")
    await becomes(ada, longer)
    await expect(cell(page, "Ben Brandt, Thu 14 May")).to_be_focused()
    await page.keyboard.press("Enter")
    form = page.get_by_role("form", name="New shift")
    await form.get_by_label("From").fill("8")
    await form.get_by_label("To", exact=True).fill("12")
    await page.keyboard.press("Enter")
    morning = ("2026-05-14T06:00:00Z", "2026-05-14T10:00:00Z")
    await becomes(ada, longer, (ben, *morning))
    await chip(page, "Ben Brandt, Thu 14 May").focus()
    await page.keyboard.press("Control+c")
    await page.keyboard.press("ArrowUp")
    await expect(cell(page, "Anna Adler, Thu 14 May")).to_be_focused()
    await page.keyboard.press("Control+v")
    await becomes(ada, longer, (ben, *morning), (anna, *morning))


async def test_day_is_drawn_and_lengthened_along_its_hours(ada: Any):
    anna, _, _ = await team(ada)
    await plan(ada, anna, "2026-05-12T06:00:00Z", "2026-05-12T10:00:00Z")
    page = await roster(ada, "view=day&date=2026-05-12")
    track = page.locator("[data-row='0'] [data-track]")
    box = await track.bounding_box()
    assert box is not None
    hour = box["width"] / 32
    y = box["y"] + box["height"] / 2
    await drag(page, (box["x"] + 12 * hour - 3, y), (box["x"] + 14.5 * hour, y))
    await expect(page.get_by_test_id("ghost")).to_contain_text("08:00 to 14:30")
    await page.mouse.up()
    await becomes(ada, (anna, "2026-05-12T06:00:00Z", "2026-05-12T12:30:00Z"))
    await drag(page, (box["x"] + 22 * hour, y), (box["x"] + 30 * hour, y))
    await expect(page.get_by_test_id("ghost")).to_contain_text("22:00 to Wed 06:00")
    await page.mouse.up()
    form = page.get_by_role("form", name="New shift")
    await expect(form.get_by_label("Ends")).to_have_value("1")
    await form.get_by_label("Position").fill("Night desk")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")


async def test_missing_people_are_counted_and_drafts_published(ada: Any, new_visitor: Any):
    anna, ben, _ = await team(ada)
    page = await roster(ada, "date=2026-05-13")
    await page.get_by_role("button", name="More for the roster").click()
    await page.get_by_role("menuitem", name="Staffing needs").click()
    form = page.get_by_role("form", name="Staffing needs")
    await form.get_by_role("button", name="Add a need").click()
    await form.get_by_label("Position").fill("Night desk")
    await form.get_by_label("From").fill("22")
    await form.get_by_label("To", exact=True).fill("6")
    await form.get_by_label("People").fill("2")
    assert await violations(page) == []
    await form.get_by_role("button", name="Save").click()
    monday = page.get_by_role("button", name="Mon 11 May: 2 missing")
    await expect(monday).to_be_visible()
    night = ("2026-05-11T20:00:00Z", "2026-05-12T04:00:00Z")
    draft = {"position": "Night desk", "published": False}
    await plan(ada, anna, *night, **draft)
    # Told by the server, without a reload.
    await page.get_by_role("button", name="Mon 11 May: 1 missing").click()
    await expect(page.get_by_text("1 of 2 missing")).to_be_visible()
    await plan(ada, ben, *night, **draft)
    await expect(
        page.get_by_role("button", name=re.compile("Mon 11 May: everybody"))
    ).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="More for the roster").click()
    await page.get_by_role("menuitem", name="Publish 2 drafts").click()
    await page.get_by_role("button", name="Publish 2 changes").click()
    await expect(chip(page, "Anna Adler, Mon 11 May")).to_have_attribute("data-draft", "false")

    phone = await new_visitor(ada.server, width=390, has_touch=True, reduced_motion="reduce")
    await phone.sign_in()
    page = await phone.open("/shifts?view=week&date=2026-05-13")
    day = page.get_by_role("region", name=re.compile("^Monday,? 11 May"))
    await day.get_by_role("button", name=re.compile("Anna Adler")).tap()
    form = page.get_by_role("form", name="Edit shift")
    await form.get_by_label("To", exact=True).fill("5:30")
    await form.get_by_role("button", name="Save").tap()
    await expect(day).to_contain_text("22:00–05:30")
    await expect(day).to_contain_text("1 of 2 missing")


async def test_form_says_what_stands_against_a_shift_and_takes_a_reason(ada: Any):
    anna, ben, _ = await team(ada)
    await ada.api("POST", "/locations", {"name": "North annex", "time_zone": "Europe/Berlin"})
    skill = await ada.api("POST", "/skills", {"name": "Biosafety 2"})
    await ada.api("POST", "/positions", {"name": "Virology", "skill_ids": [skill["id"]]})
    tuesday = {"kind": "cannot", "weekday": 2, "start_time": "06:00", "end_time": "12:00"}
    await ada.api("POST", "/availability", tuesday | {"employee_id": anna})
    rest = {"name": "Eleven hours", "kind": "minimum_rest", "limit_minutes": 660}
    rule = await ada.api("POST", "/labour-rules", rest | {"effect": "block"})
    try:
        await plan(ada, anna, "2026-05-11T12:00:00Z", "2026-05-11T20:00:00Z")
        page = await roster(ada, "date=2026-05-13")
        await cell(page, "Anna Adler, Tue 12 May").click()
        form = page.get_by_role("form", name="New shift")
        await form.get_by_label("From").fill("7:30")
        await form.get_by_label("To", exact=True).fill("14")
        await form.get_by_label("Break, minutes").fill("390")
        await expect(form.get_by_text("The break is as long as the shift.")).to_be_visible()
        await form.get_by_label("Break, minutes").fill("30")
        await expect(form.get_by_text("6 h 30 min, 6 h of work.")).to_be_visible()
        await form.get_by_label("Location").select_option("North annex")
        await form.get_by_label("Position").fill("Virology")
        await form.get_by_label("Note").fill("keys")
        await expect(form).to_contain_text("Anna Adler cannot work Tue 12 May 06:00 to 12:00.")
        await expect(form).to_contain_text("Anna Adler lacks Biosafety 2.")
        await form.get_by_role("button", name="Save").click()
        refused = form.get_by_role("alert")
        await expect(refused).to_contain_text("Eleven hours:")
        assert await violations(page) == []
        await expect(form.get_by_label("Reason to allow it nevertheless")).to_be_focused()
        await form.get_by_label("Reason to allow it nevertheless").fill("Nobody else is there")
        await form.get_by_role("button", name="Save nevertheless").click()
        await expect(form).to_have_count(0)
        saved = chip(page, "Anna Adler, Tue 12 May 07:30 to 14:00")
        await expect(saved).to_be_visible()
        shifts = (await ada.api("GET", "/shifts?limit=500"))["items"]
        [new] = [one for one in shifts if one["position"] == "Virology"]
        assert (new["break_minutes"], new["note"]) == (30, "keys")
        assert new["location_id"] is not None

        # A drag against a rule is put back, and made for a reason.
        monday = cell(page, "Ben Brandt, Mon 11 May")
        await plan(ada, ben, "2026-05-12T06:00:00Z", "2026-05-12T14:00:00Z")
        late = chip(page, "Anna Adler, Mon 11 May 14:00 to 22:00")
        await expect(chip(page, "Ben Brandt, Tue 12 May")).to_be_visible()
        await drag(page, await middle(late), await middle(monday))
        await page.mouse.up()
        dialog = page.get_by_role("dialog", name="Against a labour rule")
        await expect(dialog).to_contain_text("Ben Brandt")
        await expect(dialog).to_contain_text("Eleven hours:")
        assert await violations(page) == []
        await dialog.get_by_role("button", name="Leave it").click()
        await expect(dialog).to_have_count(0)
        await expect(late).to_be_visible()
        await drag(page, await middle(late), await middle(monday))
        await page.mouse.up()
        await dialog.get_by_label("Reason to make it nevertheless").fill("Swapped by phone")
        await page.keyboard.press("Enter")
        await expect(chip(page, "Ben Brandt, Mon 11 May 14:00")).to_be_visible()
        await becomes(
            ada,
            (anna, "2026-05-12T05:30:00Z", "2026-05-12T12:00:00Z"),
            (ben, "2026-05-11T12:00:00Z", "2026-05-11T20:00:00Z"),
            (ben, "2026-05-12T06:00:00Z", "2026-05-12T14:00:00Z"),
        )
    finally:
        await ada.api("DELETE", f"/labour-rules/{rule['id']}")


async def test_leave_and_warnings_are_told_where_they_arise(ada: Any):
    anna, ben, _ = await team(ada)
    rest = {"name": "Eleven hours", "kind": "minimum_rest", "limit_minutes": 660}
    rule = await ada.api("POST", "/labour-rules", rest | {"effect": "warn"})
    leave = {"kind": "vacation", "first_day": "2026-05-14", "last_day": "2026-05-14"}
    await ada.api("PATCH", "/leave-settings", {"blocks_shifts": True})
    await ada.api("POST", "/leave-requests", leave | {"employee_id": ben, "status": "approved"})
    try:
        await plan(ada, ben, "2026-05-11T06:00:00Z", "2026-05-11T14:00:00Z")
        await plan(ada, anna, "2026-05-13T06:00:00Z", "2026-05-13T14:00:00Z")
        page = await roster(ada, "date=2026-05-13")
        await drag(
            page,
            await middle(chip(page, "Ben Brandt, Mon 11 May")),
            await middle(cell(page, "Ben Brandt, Thu 14 May")),
        )
        await page.mouse.up()
        await expect(page.get_by_test_id("ghost")).to_contain_text("there is approved leave")
        await expect(chip(page, "Ben Brandt, Mon 11 May")).to_be_visible()
        await cell(page, "Ben Brandt, Thu 14 May").click()
        form = page.get_by_role("form", name="New shift")
        await expect(form).to_contain_text("Ben Brandt has leave then.")
        await form.get_by_role("button", name="Save").click()
        await expect(form.get_by_role("alert")).to_contain_text("there is approved leave")
        await form.get_by_role("button", name="Cancel").click()

        await cell(page, "Anna Adler, Tue 12 May").click()
        await form.get_by_label("From").fill("14")
        await form.get_by_label("To", exact=True).fill("22:30")
        await form.get_by_role("button", name="Save").click()
        warning = page.get_by_role("alert").filter(has_text="Against a labour rule that warns")
        await expect(warning).to_contain_text("Eleven hours:")
    finally:
        await ada.api("DELETE", f"/labour-rules/{rule['id']}")
        await ada.api("PATCH", "/leave-settings", {"blocks_shifts": False})


async def test_deleted_shift_comes_back_by_undo_as_the_same_one(ada: Any):
    anna, _, _ = await team(ada)
    span = ("2026-05-12T06:00:00Z", "2026-05-12T14:00:00Z")
    shift = await plan(ada, anna, *span, note="keys")
    page = await roster(ada, "date=2026-05-13")
    await chip(page, "Anna Adler, Tue 12 May").focus()
    await page.keyboard.press("Delete")
    await becomes(ada)
    await undo(page, "The shift is deleted.")
    await becomes(ada, (anna, *span))
    assert (await ada.api("GET", f"/shifts/{shift}"))["note"] == "keys"
    await expect(page.locator(f"[data-shift='{shift}']")).to_be_visible()


async def test_member_looks_at_shifts_and_changes_none(ada: Any, new_visitor: Any):
    anna, _, _ = await team(ada)
    span = ("2026-05-12T06:00:00Z", "2026-05-12T14:00:00Z")
    await plan(ada, anna, *span, position="Bench", note="keys", break_minutes=30)
    invited = await ada.api(
        "POST", "/people", {"name": "Mia", "email": "mia@example.org", "role": "member"}
    )
    mia = await new_visitor(ada.server, reduced_motion="reduce")
    await mia.api(
        "POST", f"/invitations/{invited['invitation_token']}/accept", {"password": PASSWORD}
    )
    page = await roster(mia, "date=2026-05-13")
    await expect(page.get_by_role("button", name="Add", exact=True)).to_have_count(0)
    await cell(page, "Anna Adler, Wed 13 May").click()
    await chip(page, "Anna Adler, Tue 12 May").focus()
    await page.keyboard.press("Delete")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Anna Adler")
    await expect(dialog).to_contain_text("Tue 12 May 08:00 to 16:00")
    await expect(dialog).to_contain_text("30 min of break")
    await expect(dialog).to_contain_text("keys")
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert await stored(ada) == {(anna, *span)}


async def test_employee_is_added_changed_deleted_and_brought_back_with_their_shifts(ada: Any):
    await team(ada)
    page = await ada.open("/shifts/employees")
    await page.get_by_role("button", name="Add employee").click()
    form = page.get_by_role("form", name="New employee")
    await form.get_by_label("First name").fill("Dora")
    await form.get_by_label("Last name").fill("Dahl")
    await form.get_by_label("Address").fill("Quay Anna Adler")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("Another employee has this address.")).to_be_visible()
    await form.get_by_label("Address").fill("Quay 9")
    await form.get_by_label("Signs in as").select_option("Ada Berger")
    assert await violations(page) == []
    await form.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text="Dora Dahl")
    await expect(row).to_contain_text("You")
    [dora] = (await ada.api("GET", "/employees?q=dora"))["items"]
    shift = await plan(ada, dora["id"], "2026-05-11T06:00:00Z", "2026-05-11T14:00:00Z")
    await row.get_by_role("button", name="Delete Dora Dahl").click()
    dialog = page.get_by_role("dialog", name="Delete Dora Dahl?")
    await expect(dialog).to_contain_text("1 shift goes, too; none of them is still to come.")
    await dialog.get_by_role("button", name="Delete with 1 shift").click()
    await expect(row).to_have_count(0)
    await becomes(ada)
    await undo(page, "Dora Dahl is deleted.")
    await expect(row).to_be_visible()
    assert (await ada.api("GET", f"/shifts/{shift}"))["employee_id"] == dora["id"]
    await page.get_by_role("searchbox", name="Search employees").fill("dor")
    await expect(page.get_by_role("status").filter(has_text="1 of 4 employees")).to_be_visible()
    await ada.api("DELETE", f"/employees/{dora['id']}")
    await expect(page.get_by_text("Nobody is found")).to_be_visible()
