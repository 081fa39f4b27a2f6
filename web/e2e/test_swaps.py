"""Members swap, offer and claim shifts in their browsers, a manager decides, and the bell tells."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import eventually, undo, violations, violations_in_both_themes
from web.e2e.test_live import listening

_numbers = itertools.count(1)

# A Monday far ahead, so that nothing of it has begun.
MONDAY, WEDNESDAY, FRIDAY = "2090-03-06", "2090-03-08", "2090-03-10"
MONDAY_SPAN = "Mon 6 Mar 08:00 to 16:00"
WEDNESDAY_SPAN = "Wed 8 Mar 08:00 to 16:00"
FRIDAY_SPAN = "Fri 10 Mar 08:00 to 16:00"


@dataclass
class Colleague:
    """A member who is an employee, at a browser of their own."""

    visitor: Any
    name: str
    employee_id: str


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    """The owner; as it is from the beginning, managers have the last word."""
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    await visitor.api("PATCH", "/shift-request-settings", {"approval": "manager"})
    return visitor


async def hired(site: Server, new_visitor: Any, ada: Any, first: str, **options: Any) -> Colleague:
    """Somebody new, whose name no other test knows."""
    name = f"{first} Adler{next(_numbers):03}"
    last = name.split()[1]
    body = {"name": name, "email": f"{first}.{last}@example.org".lower(), "role": "member"}
    invited = await ada.api("POST", "/people", body)
    visitor = await new_visitor(site, reduced_motion="reduce", **options)
    token = invited["invitation_token"]
    await visitor.api("POST", f"/invitations/{token}/accept", {"password": PASSWORD})
    person_id = (await visitor.api("GET", "/me"))["person"]["id"]
    employee = {"first_name": first, "last_name": last, "address": f"Quay {last}"}
    hired = await ada.api("POST", "/employees", employee | {"person_id": person_id})
    return Colleague(visitor, name, str(hired["id"]))


async def planned(ada: Any, who: Colleague, day: str, **more: Any) -> str:
    """A shift from 8 to 16, of which its employee knows already."""
    times = {"starts_at": f"{day}T07:00:00Z", "ends_at": f"{day}T15:00:00Z"}
    made = await ada.api("POST", "/shifts", {"employee_id": who.employee_id} | times | more)
    await who.visitor.api("POST", "/notifications/read", {})
    return str(made["id"])


async def own_page(who: Colleague) -> Page:
    page: Page = await who.visitor.open("/shifts/mine")
    await expect(page.get_by_role("heading", level=1, name="My shifts")).to_be_visible()
    await expect(page.get_by_role("status", name="Loading your shifts")).to_have_count(0)
    return page


async def told(page: Page, unread: int, text: str) -> None:
    """The bell counts so many, and the list has this; it is left open."""
    bell = page.get_by_role("button", name=re.compile(rf"Notifications.*{unread} unread"))
    await expect(bell).to_be_visible()
    await bell.click()
    await expect(page.get_by_role("link", name=re.compile(re.escape(text)))).to_be_visible()


async def test_members_swap_is_accepted_and_approved_and_both_are_told(
    site: Server, new_visitor: Any, ada: Any
):
    anna = await hired(site, new_visitor, ada, "Anna")
    ben = await hired(site, new_visitor, ada, "Ben")
    await planned(ada, anna, MONDAY)
    await planned(ada, ben, WEDNESDAY, position="Bench")
    annas, bens = await own_page(anna), await own_page(ben)
    adas = await ada.open("/shifts/requests")
    await expect(adas.get_by_text("Nothing waits for you")).to_be_visible()
    await listening(site, 3)

    await annas.get_by_role("button", name=f"Swap {MONDAY_SPAN}").click()
    dialog = annas.get_by_role("dialog", name="Swap this shift")
    await dialog.get_by_role("radio", name=re.compile(f"{ben.name}.*{WEDNESDAY_SPAN}")).check()
    await dialog.get_by_label("Note").fill("I have a wedding to go to")
    assert await violations(annas) == []
    await dialog.get_by_role("button", name="Ask for swap").click()
    await expect(dialog).to_have_count(0)
    waiting = annas.get_by_role("region", name="Waiting")
    await expect(waiting).to_contain_text(f"You ask {ben.name} for a swap")
    await expect(waiting).to_contain_text(f"Waits for {ben.name}")

    asked = bens.get_by_role("region", name="Asked of you")
    await expect(asked).to_contain_text(f"{anna.name} asks you for a swap")
    await expect(asked).to_contain_text("I have a wedding to go to")
    await told(bens, 1, f"{anna.name} asks you for a swap")
    assert await violations(bens) == []
    await bens.get_by_role("link", name=re.compile("asks you for a swap")).click()
    await expect(bens).to_have_url(re.compile(r"/shifts/mine#request-"))
    await expect(bens.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    assert await violations_in_both_themes(bens) == []
    await asked.get_by_role("button", name=re.compile("^Accept")).click()
    await expect(bens.get_by_role("region", name="Waiting")).to_contain_text("Waits for a manager")

    await expect(waiting).to_contain_text("Waits for a manager")
    await told(annas, 1, f"{ben.name} accepted your swap; a manager decides")
    await annas.keyboard.press("Escape")

    decide = adas.get_by_role("region", name="For you to decide")
    await expect(decide).to_contain_text(f"{anna.name} asks {ben.name} for a swap")
    await expect(decide).to_contain_text(f"{anna.name} can have it.")
    await expect(decide).to_contain_text(f"{ben.name} can have it.")
    await told(adas, 1, f"{anna.name} and {ben.name} want to swap: your decision")
    await adas.keyboard.press("Escape")
    assert await violations_in_both_themes(adas) == []
    await decide.get_by_role("button", name=re.compile("^Approve")).click()
    await expect(adas.get_by_text("Nothing waits for you")).to_be_visible()

    for page, span, other in (
        (annas, WEDNESDAY_SPAN, MONDAY_SPAN),
        (bens, MONDAY_SPAN, WEDNESDAY_SPAN),
    ):
        await expect(page.get_by_role("button", name=f"Offer {span}")).to_be_visible()
        await expect(page.get_by_role("button", name=f"Offer {other}")).to_have_count(0)
        await expect(page.get_by_role("region", name="Waiting")).to_have_count(0)
    # The last step, beside the one that was not read yet, and the shifts as they are now.
    await told(annas, 3, f"Your swap with {ben.name} is done")
    await told(bens, 2, f"Your swap with {anna.name} is done")
    await bens.get_by_role("button", name="Mark all as read").click()
    await expect(bens.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    await bens.get_by_role("link", name=re.compile("Your swap with")).click()
    card = bens.get_by_role("listitem").filter(has_text=f"{anna.name} asks you for a swap")
    await expect(card).to_contain_text("Swapped")
    await expect(card).to_be_focused()


async def test_offer_is_withdrawn_put_back_and_taken_where_nobody_approves(
    site: Server, new_visitor: Any, ada: Any
):
    anna = await hired(site, new_visitor, ada, "Anna")
    ben = await hired(site, new_visitor, ada, "Ben")
    carl = await hired(site, new_visitor, ada, "Carl")
    await planned(ada, anna, MONDAY)
    await planned(ada, carl, MONDAY)
    annas, bens, carls = await own_page(anna), await own_page(ben), await own_page(carl)
    adas = await ada.open("/shifts/requests")
    await listening(site, 4)

    approval = adas.get_by_role("switch", name="A manager has the last word")
    await expect(approval).to_be_checked()
    await approval.click()
    await expect(adas.get_by_text("What two agree on is carried out at once now.")).to_be_visible()
    await expect(approval).not_to_be_checked()

    await annas.get_by_role("button", name=f"Offer {MONDAY_SPAN}").click()
    dialog = annas.get_by_role("dialog", name="Offer this shift")
    # Said before: who has a shift then cannot have another.
    await expect(dialog.get_by_role("radio", name=re.compile(carl.name))).to_be_disabled()
    await expect(dialog.get_by_role("radio", name=re.compile(ben.name))).to_be_enabled()
    assert await violations(annas) == []
    await dialog.get_by_role("button", name="Offer shift").click()
    offered = annas.get_by_role("region", name="Waiting")
    await expect(offered).to_contain_text("You offer a shift to everybody")
    # Not twice at once.
    await expect(annas.get_by_role("button", name=f"Offer {MONDAY_SPAN}")).to_have_count(0)
    await expect(annas.get_by_role("button", name=f"Swap {MONDAY_SPAN}")).to_be_visible()

    here, there = [
        page.get_by_role("listitem").filter(has_text=f"{anna.name} offers a shift to everybody")
        for page in (bens, carls)
    ]
    await expect(here.get_by_role("button", name=re.compile("^Take it"))).to_be_enabled()
    first = await here.get_attribute("id")
    assert first is not None
    await expect(there).to_contain_text("You cannot have it: you have another shift then.")
    await expect(there.get_by_role("button", name=re.compile("^Take it"))).to_be_disabled()

    await offered.get_by_role("button", name=re.compile("^Withdraw")).click()
    withdrawn = annas.get_by_role("alert").filter(has_text="Withdrawn.")
    await withdrawn.get_by_role("button", name="Undo").click()
    await expect(offered).to_contain_text("You offer a shift to everybody")
    await told(bens, 1, f"{anna.name} offers a shift to everybody")
    await bens.keyboard.press("Escape")
    # It is another one than before.
    await expect(here).not_to_have_attribute("id", first)
    await here.get_by_role("button", name=re.compile("^Take it")).click()
    await expect(bens.get_by_role("button", name=f"Offer {MONDAY_SPAN}")).to_be_visible()
    await expect(annas.get_by_text("No shifts to come")).to_be_visible()
    await told(annas, 2, f"{ben.name} has your shift now")


async def test_open_shift_is_claimed_by_one_and_another_is_told_why_not(
    site: Server, new_visitor: Any, ada: Any
):
    ben = await hired(site, new_visitor, ada, "Ben")
    carl = await hired(site, new_visitor, ada, "Carl")
    await planned(ada, carl, FRIDAY)
    adas = await ada.open("/shifts/open")
    # As a second try of this test finds what the first one left.
    position = f"Sequencer {next(_numbers):03}"
    await adas.get_by_role("button", name="Add open shift").click()
    form = adas.get_by_role("form", name="New open shift")
    await form.get_by_label("Date").fill(FRIDAY)
    await form.get_by_label("From").fill("8:00")
    await form.get_by_label("To", exact=True).fill("16:00")
    await form.get_by_label("People needed").fill("2")
    await form.get_by_label("Position").fill(position)
    await expect(form.get_by_text("8 h.")).to_be_visible()
    assert await violations(adas) == []
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    line = adas.get_by_role("listitem").filter(has_text=position)
    await expect(line).to_contain_text("2 needed")

    what = f"{position}, {FRIDAY_SPAN}"
    carls = await carl.visitor.open("/shifts/open")
    theirs = carls.get_by_role("listitem").filter(has_text=position)
    await expect(theirs).to_contain_text("You cannot have it: you have another shift then.")
    await expect(carls.get_by_role("button", name=f"Claim {what}")).to_have_count(0)

    bens = await ben.visitor.open("/shifts/open")
    await listening(site, 3)
    # The bell rang for who could have it, and for no other.
    await told(bens, 1, "You could claim 2 open shifts")
    await bens.keyboard.press("Escape")
    await expect(carls.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    # The keyboard alone.
    await bens.get_by_role("button", name=f"Claim {what}").focus()
    await bens.keyboard.press("Enter")
    await expect(bens.get_by_text("Claimed, waits for a manager")).to_be_visible()
    await expect(line).to_contain_text(f"Claimed by {ben.name}")
    await adas.get_by_role("link", name=f"Claimed by {ben.name}").click()
    decide = adas.get_by_role("region", name="For you to decide")
    await expect(decide).to_contain_text(f"{ben.name} claims an open shift")
    await decide.get_by_role("button", name=re.compile("^Approve")).click()

    await expect(bens.get_by_role("listitem").filter(has_text=position)).to_contain_text("1 needed")
    await told(bens, 3, "The shift that you claimed is yours")
    await bens.keyboard.press("Escape")
    await bens.get_by_role("link", name="My shifts").first.click()
    await expect(bens.get_by_role("button", name=f"Offer {FRIDAY_SPAN}")).to_be_visible()

    # Fewer, more, none; each is taken back.
    await adas.goto(f"{site.url}/shifts/open")
    await adas.get_by_role("button", name=f"Edit {what}").click()
    form = adas.get_by_role("form", name="Edit open shift")
    await form.get_by_label("People needed").fill("3")
    await form.get_by_role("button", name="Save").click()
    await expect(line).to_contain_text("3 needed")
    await adas.get_by_role("button", name=f"Delete {what}").click()
    await expect(line).to_have_count(0)
    deleted = adas.get_by_role("alert").filter(has_text="3 open shifts are deleted.")
    await deleted.get_by_role("button", name="Undo").click()
    await expect(line).to_contain_text("3 needed")


async def test_swap_that_was_overtaken_is_refused_with_the_reason(
    site: Server, new_visitor: Any, ada: Any
):
    anna = await hired(site, new_visitor, ada, "Anna")
    ben = await hired(site, new_visitor, ada, "Ben")
    mine, other = await planned(ada, anna, MONDAY), await planned(ada, ben, WEDNESDAY)
    swap = {"kind": "swap", "shift_id": mine, "other_shift_id": other}
    await anna.visitor.api("POST", "/shift-requests", swap)
    # Ben's browser is not told of what changes, as one that sleeps is not.
    await ben.visitor.context.route("**/api/v1/events*", lambda route: route.abort())
    bens = await own_page(ben)
    accept = bens.get_by_role("button", name=re.compile("^Accept"))
    await expect(accept).to_be_enabled()
    await ada.api("PATCH", f"/shifts/{mine}", {"ends_at": f"{MONDAY}T16:00:00Z"})
    await accept.click()
    alert = bens.get_by_role("alert").filter(has_text="It wasn’t accepted")
    await expect(alert).to_contain_text(
        "A shift of this request was changed, taken or deleted since: nothing was handed over."
    )
    await expect(accept).to_have_count(0)
    await bens.get_by_role("button", name="Show earlier requests").click()
    card = bens.get_by_role("listitem").filter(has_text=f"{anna.name} asks you for a swap")
    await expect(card).to_contain_text("Overtaken")
    assert (await ada.api("GET", f"/shifts/{other}"))["employee_id"] == ben.employee_id


async def test_bell_works_by_keyboard_on_a_phone(site: Server, new_visitor: Any, ada: Any):
    anna = await hired(site, new_visitor, ada, "Anna", width=390)
    page = await anna.visitor.open("/settings/profile")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await listening(site, 1)
    times = {"starts_at": f"{MONDAY}T07:00:00Z", "ends_at": f"{MONDAY}T15:00:00Z"}
    await ada.api("POST", "/shifts", {"employee_id": anna.employee_id} | times)
    bell = page.get_by_role("button", name=re.compile("Notifications.*1 unread"))
    await expect(bell).to_be_visible()
    await bell.focus()
    await page.keyboard.press("Enter")
    news = page.get_by_role("link", name=re.compile("You have a new shift"))
    await expect(news).to_be_visible()
    await expect(page.get_by_role("button", name="Mark all as read")).to_be_focused()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await violations_in_both_themes(page) == []
    await page.keyboard.press("Enter")
    bell = page.get_by_role("button", name="Notifications", exact=True)
    await expect(bell).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(news).to_have_count(0)
    await expect(bell).to_be_focused()
    await page.keyboard.press("Enter")
    await news.click()
    await expect(page).to_have_url(re.compile("/shifts/mine$"))
    await expect(page.get_by_role("button", name=f"Offer {MONDAY_SPAN}")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_approval_is_taken_back(site: Server, new_visitor: Any, ada: Any):
    anna = await hired(site, new_visitor, ada, "Anna")
    ben = await hired(site, new_visitor, ada, "Ben")
    shift = await planned(ada, anna, MONDAY)
    offer = {"kind": "offer", "shift_id": shift, "other_employee_id": ben.employee_id}
    asked = await anna.visitor.api("POST", "/shift-requests", offer)
    await ben.visitor.api("PATCH", f"/shift-requests/{asked['id']}", {"status": "accepted"})

    async def owner() -> str:
        return str((await ada.api("GET", f"/shifts/{shift}"))["employee_id"])

    page = await ada.open("/shifts/requests")
    waiting = page.locator(f"#request-{asked['id']}")
    await waiting.get_by_role("button", name=re.compile("^Approve")).click()
    await eventually(owner, ben.employee_id)
    await undo(page, "Approved.")
    await expect(waiting.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    await eventually(owner, anna.employee_id)
    # What was changed since stays, and it is said why.
    await waiting.get_by_role("button", name=re.compile("^Approve")).click()
    await eventually(owner, ben.employee_id)
    await ada.api("PATCH", f"/shifts/{shift}", {"note": "Bring a coat"})
    await undo(page, "Approved.")
    failure = page.get_by_role("alert").filter(has_text="It couldn’t be taken back")
    await expect(failure).to_contain_text("changed")
    assert await owner() == ben.employee_id
