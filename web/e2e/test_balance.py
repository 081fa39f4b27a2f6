"""Balance: what was worked against what was expected, one's own and everybody's."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import Visitor

LAST_WEEKS = "/hours/balance?date=2026-03-10"


async def test_balance_runs_on_from_week_to_week(site: Server, new_visitor: Any):
    ada: Visitor = await new_visitor(site, reduced_motion="reduce")
    await ada.sign_in()
    page = await ada.open(LAST_WEEKS)
    await expect(page.get_by_text("No target to compare with")).to_be_visible()

    target = {"effective_from": "2026-03-02", "daily_seconds": [8 * 3600] * 5 + [0, 0]}
    await ada.api("POST", "/targets", target)
    for start, duration in (("2026-03-03T08:00:00Z", "42h"), ("2026-03-09T08:00:00Z", "30h30")):
        session = {"name": "PCR", "started_at": start, "duration": duration}
        await ada.api("POST", "/sessions", session)
    await page.reload()
    first = page.get_by_role("row", name=re.compile("2.*8 Mar 2026"))
    await expect(first).to_contain_text("40:00:00")
    await expect(first).to_contain_text("+2:00:00")
    second = page.get_by_role("row", name=re.compile("9.*15 Mar 2026"))
    await expect(second).to_contain_text("−9:30:00")
    await expect(second.get_by_role("cell").last).to_have_text("−7:30:00")
    running = page.get_by_role("region", name="Running balance")
    await expect(running).to_contain_text("−7:30:00")
    await expect(running).to_contain_text("from 2 Mar 2026 on")

    await page.get_by_text("Months", exact=True).click()
    await expect(page).to_have_url(re.compile("by=month"))
    march = page.get_by_role("row", name="March 2026")
    await expect(march).to_contain_text("72:30:00")
    await page.get_by_text("Weeks", exact=True).click()
    await first.get_by_role("link").click()
    await expect(page).to_have_url(re.compile("/hours\\?from=2026-03-02&to=2026-03-09"))
    await expect(page.get_by_role("button", name="Edit PCR")).to_be_visible()

    await everybody_is_the_managers_to_see(ada, new_visitor)


async def everybody_is_the_managers_to_see(ada: Visitor, new_visitor: Any) -> None:
    invited = await ada.api("POST", "/people", {"name": "Chiara", "email": "chiara@example.org"})
    token = invited["invitation_token"]
    chiara = await new_visitor(ada.server, reduced_motion="reduce")
    await chiara.api("POST", f"/invitations/{token}/accept", {"password": PASSWORD})
    page = await chiara.open(f"{LAST_WEEKS}&everybody=yes")
    await expect(page.get_by_text("No target to compare with")).to_be_visible()
    await expect(page.get_by_role("combobox", name="Whose balance")).to_have_count(0)

    page = await ada.open(LAST_WEEKS)
    await page.get_by_role("combobox", name="Whose balance").select_option("Everybody")
    await expect(page.get_by_role("heading", name=re.compile("9.*15 March 2026"))).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("^Ada Berger"))).to_contain_text(
        "−7:30:00"
    )
    await page.get_by_role("button", name="Earlier").click()
    await expect(page.get_by_role("row", name=re.compile("^Ada Berger"))).to_contain_text(
        "+2:00:00"
    )
    await page.get_by_role("link", name="Chiara").click()
    await expect(page.get_by_text("No target to compare with")).to_be_visible()
