"""Money: rates are set, corrected and removed; amounts and rounding stand where hours do."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import Visitor, undo

WEEK = "/hours/overview?date=2026-03-03"


async def fill(ada: Visitor) -> None:
    """A project of a client, and three sessions, one of them not billable and of no project."""
    client = await ada.api("POST", "/clients", {"name": "Marine institute"})
    reef = {"name": "Reef survey", "client_id": client["id"], "billable": True}
    project = await ada.api("POST", "/projects", reef)
    for name, duration, project_id in (
        ("DNA extraction", "1h10", project["id"]),
        ("Sort primers", "50m", None),
        ("Tidy up", "30m", None),
    ):
        session = {
            "name": name,
            "started_at": "2026-03-03T09:00:00Z",
            "duration": duration,
            "project_id": project_id,
            "billable": name != "Tidy up",
        }
        await ada.api("POST", "/sessions", session)


async def set_rate(page: Page, cost: str, start: str, project: str = "Every project") -> None:
    form = page.get_by_role("form", name="Set a rate")
    await form.get_by_role("combobox", name="Project").select_option(label=project)
    await form.get_by_role("textbox", name="An hour costs").fill(cost)
    await form.get_by_label("From", exact=True).fill(start)
    await form.get_by_role("button", name="Set rate").click()


async def test_rates_are_set_corrected_and_seen_in_the_overview(site: Server, new_visitor: Any):
    ada = await new_visitor(site, reduced_motion="reduce")
    await ada.sign_in()
    await fill(ada)
    page = await ada.open("/settings/rates")
    await expect(page.get_by_text("No rates yet")).to_be_visible()

    # For everybody, from the beginning; then for a project, which goes before it.
    await set_rate(page, "60,50", "")
    everybody = page.get_by_role("list", name="Rates of everybody")
    await expect(everybody).to_contain_text("€60.50 an hour")
    await expect(everybody).to_contain_text("Now")
    await set_rate(page, "90", "2026-01-01", "Reef survey · Marine institute")
    reef = page.get_by_role("list", name="Rates of Reef survey")
    await expect(reef).to_contain_text("€90.00 an hour")
    trial = page.get_by_role("group", name="Try it")
    await expect(trial).to_contain_text("€60.50: the rate of everybody")
    await trial.get_by_role("combobox", name="Project").select_option(index=1)
    await expect(trial).to_contain_text("€90.00: the rate of the project")

    # A correction says what it does, and is taken back whole.
    await page.get_by_role("button", name=re.compile("^Correct the rate of Reef survey")).click()
    form = page.get_by_role("form", name=re.compile("^Correct the rate of Reef survey"))
    await expect(form).to_contain_text("past ones too")
    await form.get_by_role("textbox", name="An hour costs").fill("120")
    await form.get_by_role("button", name="Save").click()
    await expect(reef).to_contain_text("€120.00 an hour")
    await undo(page, "Corrected the rate of Reef survey")
    await expect(reef).to_contain_text("€90.00 an hour")
    await page.get_by_role("button", name=re.compile("^Remove the rate of everybody")).click()
    await expect(everybody).to_have_count(0)
    await undo(page, "Removed a rate of everybody")
    await expect(everybody).to_contain_text("€60.50 an hour")

    # 1 h 10 min at 90 and 50 min at 60.50.
    await page.goto(f"{site.url}{WEEK}")
    table = page.get_by_role("table")
    await expect(table).to_contain_text("€105.00")
    await expect(table).to_contain_text("€155.42")
    await expect(page.get_by_text("80% billable.")).to_be_visible()

    # Rounded, everything is, and says so; the address keeps it.
    await page.get_by_role("combobox", name="Rounding", exact=True).select_option("up")
    await expect(page).to_have_url(re.compile("rounding=up&rounding_minutes=15"))
    await expect(page.get_by_text("Each session is rounded up to 15 min")).to_be_visible()
    await expect(table).to_contain_text("€112.50")
    await expect(table).to_contain_text("2:45:00")
    await page.get_by_role("button", name="Export").click()
    await expect(page.get_by_text("each session rounded up to 15 min")).to_be_visible()
    async with page.expect_download() as downloading:
        await page.get_by_role("menuitem", name="CSV").click()
    lines = (await (await downloading.value).path()).read_text()
    assert "up to 15 minutes" in lines
    await page.get_by_role("combobox", name="Rounding", exact=True).select_option("")
    await expect(table).to_contain_text("2:30:00")

    await rounds_as_the_organisation_does(page, site, table)

    # Every row leads to what is behind it, also the one of no client.
    await page.get_by_role("combobox", name="Group by").select_option("client")
    await table.get_by_role("link", name="No client").click()
    await expect(page).to_have_url(re.compile("without=client"))
    await expect(page.get_by_role("button", name="Edit Sort primers")).to_be_visible()
    await expect(page.get_by_role("button", name="Edit DNA extraction")).to_have_count(0)
    await expect(page.get_by_text("2 sessions, €50.42")).to_be_visible()

    # From the project to its rates, and a currency that converts nothing.
    await page.goto(f"{site.url}/projects")
    await page.get_by_role("button", name="More for Reef survey").click()
    await page.get_by_role("menuitem", name="Rates").click()
    await expect(page.get_by_role("heading", name="Rates of Reef survey")).to_be_visible()
    await page.get_by_role("textbox", name="Currency").fill("chf")
    await page.get_by_role("button", name="Change", exact=True).click()
    await expect(reef).to_contain_text("CHF 90.00 an hour".replace(" 9", "\u00a09"))

    await members_see_no_money(ada, new_visitor)


async def rounds_as_the_organisation_does(page: Page, site: Server, table: Locator) -> None:
    """What is set once counts for the report, its export and the amount in the list."""
    await page.goto(f"{site.url}/settings/rates")
    card = page.get_by_role("region", name="Rounding")
    await card.get_by_role("combobox", name="Rounding", exact=True).select_option("up")
    await expect(page.get_by_text("Reports and exports are rounded up to 15 min.")).to_be_visible()
    await page.goto(f"{site.url}{WEEK}")
    await expect(table).to_contain_text("2:45:00")
    await expect(page.get_by_text("up to 15 min, here and in exports, as the")).to_be_visible()
    await page.get_by_role("button", name="Export").click()
    await expect(page.get_by_text("each session rounded up to 15 min")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("combobox", name="Rounding", exact=True).select_option("none")
    await expect(page).to_have_url(re.compile("rounding=none"))
    await expect(table).to_contain_text("2:30:00")
    await page.goto(f"{site.url}/settings/rates")
    await card.get_by_role("combobox", name="Rounding", exact=True).select_option("")
    await expect(page.get_by_text("Reports and exports are as tracked.")).to_be_visible()
    await page.goto(f"{site.url}{WEEK}")
    await expect(table).to_contain_text("2:30:00")


async def members_see_no_money(ada: Visitor, new_visitor: Any) -> None:
    invited = await ada.api("POST", "/people", {"name": "Chiara", "email": "chiara@example.org"})
    token = invited["invitation_token"]
    chiara = await new_visitor(ada.server, reduced_motion="reduce")
    await chiara.api("POST", f"/invitations/{token}/accept", {"password": PASSWORD})
    page = await chiara.open("/settings/rates")
    await expect(page.get_by_text("amounts are not shown to members")).to_be_visible()
    await expect(page.get_by_role("form", name="Set a rate")).to_have_count(0)
    tabs = page.get_by_role("navigation", name="Settings")
    await expect(tabs.get_by_role("link", name="Profile")).to_be_visible()
    await expect(tabs.get_by_role("link", name="Rates")).to_have_count(0)
