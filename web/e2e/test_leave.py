"""Leave, availability and what a roster is planned with: asked for by members, decided by managers,
kept by hand or keyboard, and taken back."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import Visitor, eventually, violations, violations_in_both_themes
from web.e2e.test_live import listening

EARLY = {
    "name": "Early",
    "start_time": "06:00",
    "end_time": "14:00",
    "position": "Incubator round",
}


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Visitor:
    """The owner, signed in."""
    visitor: Visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def names(visitor: Visitor, path: str) -> list[str]:
    return [one["name"] for one in (await visitor.api("GET", path))["items"]]


async def positions_of_templates(visitor: Visitor) -> list[str]:
    return [one["position"] for one in (await visitor.api("GET", "/shift-templates"))["items"]]


async def undo(page: Page, done: str) -> None:
    """Take back what a notice says was done."""
    notice = page.get_by_role("alert").filter(has_text=done)
    await notice.get_by_role("button", name="Undo").click()


async def found_in_a_new_tab(visitor: Visitor, path: str, shown: str) -> list[str]:
    """What axe finds on a page once it shows this: without the notices, which come and fade."""
    page = await visitor.open(path)
    await expect(page.get_by_text(shown).first).to_be_visible()
    found = await violations_in_both_themes(page)
    await page.close()
    return found


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

    # Renamed wherever it is planned, and called as before again.
    await ada.api("POST", "/shift-templates", EARLY)
    await positions.get_by_role("button", name="Change Incubator round").focus()
    await keys.press("Enter")
    field = positions.get_by_label("Name")
    await expect(field).to_be_focused()
    await field.fill("Morning round")
    await keys.press("Enter")
    await expect(positions.get_by_role("button", name="Change Morning round")).to_be_focused()
    await eventually(lambda: positions_of_templates(ada), ["Morning round"])
    await undo(page, "Incubator round is called Morning round, wherever it is planned.")
    await expect(round_).to_contain_text("Cell culture")
    await eventually(lambda: positions_of_templates(ada), ["Incubator round"])

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
    await undo(page, "Incubator round is deleted. Shifts keep its name.")
    await expect(round_).to_contain_text("Cell culture")
    await eventually(lambda: names(ada, "/positions"), ["Incubator round"])

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
    assert await found_in_a_new_tab(ada, "/settings/shifts", "Atlantic/Reykjavik") == []


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

    await eventually(stored, [[skill["id"]], harbour["id"], 19.5])
    await undo(page, "Finn Falk is changed.")
    await eventually(stored, [[], None, None])


# Days that are always to come, and of no month in which clocks change.
FIRST, LAST = "2091-06-04", "2091-06-08"


_numbers = itertools.count(1)


async def employ(visitor: Visitor, first: str, last: str, **more: Any) -> str:
    """The id of a new employee; one that an earlier try has left is deleted."""
    for one in (await visitor.api("GET", f"/employees?q={last}"))["items"]:
        await visitor.api("DELETE", f"/employees/{one['id']}")
    body = {"first_name": first, "last_name": last, "address": f"Quay {first}", **more}
    return str((await visitor.api("POST", "/employees", body))["id"])


async def member(ada: Visitor, new_visitor: Any, name: str) -> tuple[Visitor, str]:
    """A new member who is an employee, signed in, and the id of the employee."""
    email = f"{name.split()[0].lower()}{next(_numbers)}@example.org"
    invited = await ada.api("POST", "/people", {"name": name, "email": email})
    joined: Visitor = await new_visitor(ada.server, reduced_motion="reduce")
    path = f"/invitations/{invited['invitation_token']}/accept"
    await joined.api("POST", path, {"password": PASSWORD})
    me = (await joined.api("GET", "/me"))["person"]["id"]
    return joined, await employ(ada, *name.split(), person_id=me)


async def statuses(visitor: Visitor, employee: str) -> list[str]:
    listed = await visitor.api("GET", f"/leave-requests?employee_id={employee}")
    return [one["status"] for one in listed["items"]]


async def test_member_asks_the_manager_decides_and_both_see_it_live(
    ada: Visitor, new_visitor: Any, site: Server
):
    chiara, employee = await member(ada, new_visitor, "Chiara Rossi")
    times = {"starts_at": "2091-06-05T06:00:00Z", "ends_at": "2091-06-05T14:00:00Z"}
    await ada.api("POST", "/shifts", {"employee_id": employee} | times)
    manager, own = await ada.open("/shifts/leave"), await chiara.open("/shifts/leave")
    await expect(manager.get_by_text("Nothing waits.")).to_be_visible()
    await expect(own.get_by_text("No leave to come")).to_be_visible()
    await listening(site, 2)

    # Asked for, with the shift named that is planned then.
    await own.get_by_role("button", name="Ask for leave").click()
    form = own.get_by_role("form", name="Ask for leave")
    await form.get_by_label("Kind").select_option("Vacation")
    await form.get_by_label("First day").fill(FIRST)
    await form.get_by_label("Last day").fill("2091-06-03")
    await expect(form.get_by_text("This is before the first day.")).to_be_visible()
    await expect(form.get_by_role("button", name="Ask")).to_be_disabled()
    await form.get_by_label("Last day").fill(LAST)
    await expect(form.get_by_text("5 days")).to_be_visible()
    await expect(form.get_by_text("1 shift is planned then")).to_be_visible()
    await form.get_by_label("Note").fill("A wedding")
    assert await violations(own) == []
    await form.get_by_role("button", name="Ask").click()
    mine = own.get_by_role("region", name="Your leave").get_by_role("listitem")
    await expect(mine).to_contain_text("Waiting")

    # The manager sees it at once, with what stands against it, and declines it for a reason.
    waiting = manager.get_by_role("region", name="Waiting for a decision")
    row = waiting.locator("[data-leave]")
    await expect(row).to_contain_text("Chiara Rossi")
    await expect(row).to_contain_text("A wedding")
    await expect(row).to_contain_text("1 shift is planned then: Tue 5 Jun 08:00 to 16:00")
    await row.get_by_role("button", name="Decline Chiara Rossi").click()
    dialog = manager.get_by_role("dialog", name="Decline leave of Chiara Rossi?")
    await dialog.get_by_label("Reason").fill("We are too few then")
    assert await violations(manager) == []
    await dialog.get_by_role("button", name="Decline").click()
    await expect(mine).to_contain_text("Declined")
    await expect(mine).to_contain_text("We are too few then")

    # Taken back, it waits again; then it is approved.
    await undo(manager, "Chiara Rossi: declined.")
    await expect(mine).to_contain_text("Waiting")
    await row.get_by_role("button", name="Approve Chiara Rossi").click()
    await expect(mine).to_contain_text("Approved")
    await expect(waiting.get_by_text("Nothing waits.")).to_be_visible()
    to_come = manager.get_by_role("region", name="Now and to come").get_by_role("listitem")
    await expect(to_come).to_contain_text("Chiara Rossi")
    assert await found_in_a_new_tab(chiara, "/shifts/leave", "Approved") == []

    # Withdrawn by the member, which has to be approved anew when that is taken back.
    await mine.get_by_role("button", name="Withdraw").click()
    await expect(to_come).to_contain_text("Withdrawn")
    notice = own.get_by_role("alert").filter(has_text="Your leave: withdrawn.")
    await notice.get_by_role("button", name="Ask again").click()
    await expect(row).to_contain_text("Chiara Rossi")
    await eventually(lambda: statuses(ada, employee), ["requested"])


async def test_manager_enters_leave_by_keyboard_and_sees_who_is_away(ada: Visitor):
    gustav = await employ(ada, "Gustav", "Gran")
    page = await ada.open("/shifts/leave?view=away&month=2091-03")
    await expect(page.get_by_text("Nobody is away in March 2091")).to_be_visible()
    keys = page.keyboard
    await page.get_by_role("button", name="Enter leave").focus()
    await keys.press("Enter")
    form = page.get_by_role("form", name="Enter leave")
    await form.get_by_label("Whose").select_option("Gustav Gran")
    await form.get_by_label("Kind").select_option("Training")
    await form.get_by_label("First day").fill("2091-02-27")
    await form.get_by_label("Last day").fill("2091-03-02")
    await form.get_by_role("button", name="Save").focus()
    await keys.press("Enter")
    bar = page.get_by_role("button", name="Gustav Gran, training", exact=False)
    await expect(bar).to_be_visible()
    await eventually(lambda: statuses(ada, gustav), ["approved"])
    await expect(page.get_by_text("1 employee in this month")).to_be_visible()
    path = "/shifts/leave?view=away&month=2091-03"
    assert await found_in_a_new_tab(ada, path, "1 employee in this month") == []

    # Other leave at the time is refused in the form, nothing of which is lost.
    await page.get_by_role("button", name="Enter leave").click()
    await form.get_by_label("Whose").select_option("Gustav Gran")
    await form.get_by_label("First day").fill("2091-03-01")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("other leave at the time")).to_be_visible()
    await form.get_by_text("Hours", exact=True).click()
    await form.get_by_label("Date", exact=True).fill("2091-03-05")
    await form.get_by_label("From").fill("13")
    await form.get_by_label("To", exact=True).fill("15:30")
    await expect(form.get_by_text("2 h 30 min")).to_be_visible()
    await form.get_by_role("button", name="Save").click()
    await eventually(lambda: statuses(ada, gustav), ["approved", "approved"])

    # A bar is opened and withdrawn, and what was approved is approved again.
    await bar.first.focus()
    await keys.press("Enter")
    dialog = page.get_by_role("dialog", name="Leave")
    await dialog.get_by_role("button", name="Withdraw").click()
    await eventually(lambda: statuses(ada, gustav), ["cancelled", "approved"])
    await keys.press("Escape")
    await undo(page, "Gustav Gran: withdrawn.")
    await eventually(lambda: statuses(ada, gustav), ["approved", "approved"])


async def test_leave_lies_beneath_the_shifts_of_the_roster(
    ada: Visitor, new_visitor: Any, site: Server
):
    hanna = await employ(ada, "Hanna", "Holm")
    days = {"employee_id": hanna, "first_day": "2091-06-05", "last_day": "2091-06-06"}
    page = await ada.open("/shifts?date=2091-06-06&view=week")
    free = page.get_by_role("gridcell", name="Hanna Holm, Tue 5 Jun, no shift")
    await expect(free).to_be_visible()
    await listening(site, 1)
    asked = await ada.api("POST", "/leave-requests", days | {"kind": "vacation"})
    row = page.get_by_role("row").filter(has_text="Hanna Holm")
    mark = row.get_by_test_id("leave-mark")
    await expect(mark).to_have_attribute("data-status", "requested")
    await expect(mark).to_have_text("Vacation, waiting")
    path = f"/leave-requests/{asked['id']}"
    await ada.api("PATCH", path, {"status": "approved"})
    await expect(mark).to_have_attribute("data-status", "approved")
    said = page.get_by_role("gridcell", name="Hanna Holm, Wed 6 Jun, no shift, vacation")
    await expect(said).to_be_visible()
    # Over two of seven days, and in nobody's way: a press still adds a shift.
    wide, whole = await mark.bounding_box(), await row.locator("[data-track]").bounding_box()
    assert wide
    assert whole
    assert abs(wide["width"] / whole["width"] - 2 / 7) < 0.01
    assert await violations_in_both_themes(page) == []
    await said.click()
    form = page.get_by_role("form", name="New shift")
    await expect(form.get_by_label("Date")).to_have_value("2091-06-06")

    phone = await new_visitor(site, width=390, reduced_motion="reduce")
    await phone.sign_in()
    small = await phone.open("/shifts?date=2091-06-06&view=day")
    away = small.get_by_text(re.compile(r"^Away: .*Hanna Holm \(vacation\)"))
    await expect(away).to_be_visible()


async def test_members_say_when_they_cannot_work(ada: Visitor, new_visitor: Any, site: Server):
    dina, employee = await member(ada, new_visitor, "Dina Duarte")
    manager = await ada.open(f"/shifts/leave?view=availability&employee={employee}")
    await expect(manager.get_by_text("Nobody has said")).to_be_visible()
    page = await dina.open("/shifts/leave?view=availability")
    await expect(page.get_by_text("You can work at any time")).to_be_visible()
    await listening(site, 2)
    await page.get_by_role("button", name="Add times").click()
    form = page.get_by_role("form", name="Add times")
    await form.get_by_role("button", name="Wed").click()
    await form.get_by_role("button", name="Fri").click()
    await form.get_by_role("switch", name="All day").click()
    await form.get_by_label("From").fill("13")
    await form.get_by_label("To", exact=True).fill("9")
    await expect(form.get_by_text("It ends on the same day")).to_be_visible()
    await form.get_by_label("To", exact=True).fill("")
    assert await violations(page) == []
    await form.get_by_role("button", name="Save").click()
    entry = page.get_by_role("button", name="cannot work every Wednesday from 13:00")
    await expect(entry).to_be_visible()
    told = manager.get_by_role("button", name="Dina Duarte: cannot work every Friday from 13:00")
    await expect(told).to_be_visible()
    assert await violations_in_both_themes(manager) == []

    # Changed into one date, taken back, and deleted.
    await entry.click()
    change = page.get_by_role("form", name="Change the time")
    await change.get_by_text("Prefers to work").click()
    await change.get_by_text("On a date").click()
    await change.get_by_label("Date", exact=True).fill("2091-06-04")
    await change.get_by_role("button", name="Save").click()
    dated = page.get_by_role("button", name="prefers to work on Mon 4 Jun, from 13:00")
    await expect(dated).to_be_visible()
    await undo(page, "The time is changed.")
    await expect(entry).to_be_visible()
    await entry.click()
    await change.get_by_role("button", name="Delete").click()
    await expect(entry).to_have_count(0)
    await undo(page, "The time is deleted.")
    await expect(entry).to_be_visible()


async def test_who_is_no_employee_is_told_so(ada: Visitor, new_visitor: Any):
    guest, employee = await member(ada, new_visitor, "Eike Ender")
    await ada.api("PATCH", f"/employees/{employee}", {"person_id": None})
    page = await guest.open("/shifts/leave")
    await expect(page.get_by_text("You are no employee here yet")).to_be_visible()
    await expect(page.get_by_role("button", name="Ask for leave")).to_have_count(0)
    assert await violations_in_both_themes(page) == []
    await guest.open("/settings/shifts")
    profile = guest.context.pages[-1]
    await expect(profile.get_by_role("heading", name="Settings")).to_be_visible()
    await expect(profile).to_have_url(f"{ada.server.url}/settings/profile")
