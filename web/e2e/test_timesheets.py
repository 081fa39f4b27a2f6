"""Weeks and locks: submitted, returned, mended and approved; and what refuses to change says why."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import EMAIL, violations_in_both_themes

# A week that is over, within those that the page shows at first.

MONDAY = (datetime.now(UTC) - timedelta(days=datetime.now(UTC).weekday() + 14)).date()
CHIARA, DANIEL = "chiara@example.org", "daniel@example.org"


@pytest.fixture(scope="module")
def lab(site: Server) -> Server:
    """The site with two members who have tracked a week."""
    tokens = {}
    with httpx.Client(base_url=f"{site.url}/api/v1", headers={"Origin": site.url}) as ada:
        ask(ada, "/login", email=EMAIL, password=PASSWORD)
        for name, email in (("Chiara Rossi", CHIARA), ("Daniel Okafor", DANIEL)):
            tokens[email] = ask(ada, "/people", name=name, email=email)["invitation_token"]
    for token in tokens.values():
        with httpx.Client(base_url=f"{site.url}/api/v1", headers={"Origin": site.url}) as member:
            ask(member, f"/invitations/{token}/accept", password=PASSWORD)
            for day in range(3):
                ask(
                    member,
                    "/sessions",
                    name=f"Sort cells {day}",
                    started_at=f"{MONDAY + timedelta(days=day)}T08:00:00Z",
                    duration="2h",
                )
    return site


def ask(client: httpx.Client, path: str, **body: object) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def signed_in(new_visitor: Any, lab: Server, email: str, **options: Any) -> Any:
    visitor = await new_visitor(lab, reduced_motion="reduce", **options)
    await visitor.api("POST", "/login", {"email": email, "password": PASSWORD})
    return visitor


async def week_of(page: Page, name: str = "") -> Any:
    """The week of somebody, or the only one of one's own."""
    found = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Details"))
    return found.filter(has_text=name).first if name else found.first


async def test_week_goes_from_member_to_manager_and_back_until_it_is_approved(
    lab: Server, new_visitor: Any
):
    chiara = await signed_in(new_visitor, lab, CHIARA)
    page = await chiara.open("/hours")
    await page.get_by_role("link", name="Timesheets").click()
    await expect(page.get_by_role("heading", level=1, name="Timesheets")).to_be_visible()
    await expect(page.get_by_text("One week is over and was not submitted yet.")).to_be_visible()
    mine = await week_of(page)
    await expect(mine).to_contain_text("6:00:00")
    await mine.get_by_role("button", name=re.compile("^Submit")).click()
    await page.get_by_role("dialog").get_by_label("Note").fill("All of it")
    await page.get_by_role("dialog").get_by_role("button", name="Submit").click()
    await expect(mine).to_contain_text("Submitted")

    ada = await signed_in(new_visitor, lab, EMAIL)
    desk = await ada.open("/hours/timesheets?view=everybody")
    theirs = await week_of(desk, "Chiara Rossi")
    await expect(theirs).to_contain_text("All of it")
    await theirs.get_by_role("button", name=re.compile("^Show details")).click()
    await expect(theirs.get_by_role("region", name="Sessions")).to_contain_text("Sort cells 2")
    await expect(theirs.get_by_role("region", name="Hours by project")).to_contain_text("6:00")
    await theirs.get_by_role("button", name=re.compile("^Return")).click()
    dialog = desk.get_by_role("dialog")
    await dialog.get_by_label("What is to be mended").fill("Tuesday was one hour")
    await dialog.get_by_role("button", name="Return").click()
    await expect(desk.get_by_role("heading", name="Nothing to approve")).to_be_visible()

    # The member reads why, mends it and submits again.
    await page.reload()
    mine = await week_of(page)
    await expect(mine).to_contain_text("Tuesday was one hour")
    await mine.get_by_role("link", name="Sessions").click()
    await page.get_by_role("button", name="Edit Sort cells 1").click()
    await page.get_by_label("Duration").fill("1h")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Duration")).to_be_hidden()
    await page.get_by_role("link", name="Timesheets").click()
    mine = await week_of(page)
    await expect(mine).to_contain_text("5:00:00")
    await mine.get_by_role("button", name=re.compile("^Submit")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Submit").click()
    await expect(mine).to_contain_text("Submitted")

    await desk.reload()
    theirs = await week_of(desk, "Chiara Rossi")
    await expect(theirs).to_contain_text("5:00:00")
    await theirs.get_by_role("button", name=re.compile("^Approve")).click()
    await expect(desk.get_by_role("heading", name="Nothing to approve")).to_be_visible()

    # What is approved does not change, and says so.
    await page.goto(f"{lab.url}/hours?from={MONDAY}&to={MONDAY + timedelta(days=7)}")
    await expect(page.get_by_role("img", name=re.compile("^Approved"))).to_have_count(3)
    await page.get_by_role("button", name="Edit Sort cells 2").click()
    await page.get_by_label("Duration").fill("3h")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("is approved: ask a manager to return it")).to_be_visible()
    await expect(page.get_by_label("Duration")).to_have_value("3h")

    # An approval is taken back from where it was given.
    await desk.get_by_role("button", name="Undo").click()
    await expect(await week_of(desk, "Chiara Rossi")).to_contain_text("Submitted")


async def test_many_weeks_are_approved_at_once_by_keyboard(lab: Server, new_visitor: Any):
    daniel = await signed_in(new_visitor, lab, DANIEL)
    for weeks in (0, 1):
        await daniel.api(
            "POST", "/timesheets/submit", {"week": str(MONDAY - timedelta(weeks=weeks))}
        )
    ada = await signed_in(new_visitor, lab, EMAIL)
    page = await ada.open("/hours/timesheets?view=everybody")
    await page.get_by_role("checkbox", name="Choose all weeks").focus()
    await page.keyboard.press("Space")
    approve = page.get_by_role("button", name=re.compile(r"^Approve \d weeks$"))
    await approve.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Nothing to approve")).to_be_visible()
    await page.get_by_role("combobox", name="Which weeks").select_option("approved")
    await expect(await week_of(page, "Daniel Okafor")).to_be_visible()
    assert "show=approved" in page.url


async def test_manager_locks_a_period_and_unlocks_it_for_a_reason(lab: Server, new_visitor: Any):
    ada = await signed_in(new_visitor, lab, EMAIL)
    page = await ada.open("/hours/timesheets?view=locked")
    await expect(page.get_by_role("heading", name="Nothing is locked")).to_be_visible()
    await page.get_by_role("button", name="Lock a period").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("From").fill("2025-03-01")
    await dialog.get_by_label("Up to and including").fill("2025-02-01")
    await expect(dialog.get_by_text("This is before the first day.")).to_be_visible()
    await dialog.get_by_label("Up to and including").fill("2025-03-31")
    await dialog.get_by_label("Reason").fill("Payroll of March")
    await dialog.get_by_role("button", name="Lock").click()
    await expect(page.get_by_text("1 – 31 March 2025, for everybody")).to_be_visible()

    daniel = await signed_in(new_visitor, lab, DANIEL)
    theirs = await daniel.open("/hours/timesheets?view=locked")
    await expect(theirs.get_by_text("Payroll of March")).to_be_visible()
    await expect(theirs.get_by_role("button", name=re.compile("^Unlock"))).to_have_count(0)
    await expect(theirs.get_by_role("button", name="Lock a period")).to_have_count(0)
    await theirs.goto(f"{lab.url}/hours?year=2025&month=3")
    await theirs.get_by_role("button", name="Add session").click()
    await theirs.get_by_label("Name").fill("Too late")
    await theirs.get_by_label("Date").fill("2025-03-10")
    await theirs.get_by_label("From").fill("9")
    await theirs.get_by_label("Duration").fill("1h")
    await theirs.get_by_role("button", name="Save").click()
    await expect(theirs.get_by_text("2025-03-01 to 2025-03-31 is locked")).to_be_visible()

    await page.get_by_role("button", name="Unlock 1 – 31 March 2025").click()
    await dialog.get_by_label("Why").fill("One was forgotten")
    await dialog.get_by_role("button", name="Unlock").click()
    await expect(page.get_by_role("heading", name="Nothing is locked")).to_be_visible()
    toast = page.get_by_role("alert").filter(has_text="Unlocked")
    await toast.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("1 – 31 March 2025, for everybody")).to_be_visible()
    await page.get_by_role("switch", name="Show what was unlocked").check()
    await expect(page.get_by_text("One was forgotten")).to_be_visible()


async def test_members_have_no_weeks_of_others(lab: Server, new_visitor: Any):
    daniel = await signed_in(new_visitor, lab, DANIEL)
    page = await daniel.open("/hours/timesheets?view=everybody")
    await expect(await week_of(page)).to_be_visible()
    await expect(page.get_by_text("Chiara Rossi")).to_have_count(0)
    await expect(page.get_by_role("radio", name="Everybody’s")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 390])
async def test_timesheets_have_no_violations_and_fit(lab: Server, new_visitor: Any, width: int):
    daniel = await signed_in(new_visitor, lab, DANIEL, width=width)
    ada = await signed_in(new_visitor, lab, EMAIL, width=width)
    found: dict[str, list[str]] = {}
    for visitor, path in (
        (daniel, ""),
        (ada, "?view=everybody&show=approved"),
        (ada, "?view=everybody&show=missing"),
        (ada, "?view=locked"),
    ):
        page = await visitor.open(f"/hours/timesheets{path}")
        await page.wait_for_load_state("networkidle")
        details = page.get_by_role("button", name=re.compile("^Show details"))
        if await details.count():
            await details.first.click()
        await page.wait_for_load_state("networkidle")
        found[path] = await violations_in_both_themes(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await page.close()
    assert {path: lines for path, lines in found.items() if lines} == {}
