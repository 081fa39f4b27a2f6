"""Labour rules are kept by managers, who also see what is against them; planned hours are read
beside contracts, and taken along as a file."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect
from tests.conftest import Server
from web.e2e.conftest import violations_in_both_themes


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    for one in (await visitor.api("GET", "/employees"))["items"]:
        await visitor.api("DELETE", f"/employees/{one['id']}")
    for one in (await visitor.api("GET", "/labour-rules"))["items"]:
        await visitor.api("DELETE", f"/labour-rules/{one['id']}")
    return visitor


async def hire(visitor: Any, name: str, **more: Any) -> str:
    first, last = name.split()
    body = {"first_name": first, "last_name": last, "address": f"Quay {uuid4()}", **more}
    return str((await visitor.api("POST", "/employees", body))["id"])


async def plan(visitor: Any, employee: str, start: str, end: str, **more: Any) -> None:
    body = {"employee_id": employee, "starts_at": start, "ends_at": end, **more}
    await visitor.api("POST", "/shifts", body)


def line(page: Page, text: str) -> Any:
    return page.get_by_role("listitem").filter(has_text=text)


async def test_rule_is_added_switched_off_changed_and_deleted_with_a_way_back(ada: Any):
    page = await ada.open("/settings/labour-rules?month=2026-05")
    await page.get_by_role("button", name="At least 11 h of rest between shifts").click()
    form = page.get_by_role("form", name="New rule")
    await expect(form.get_by_label("Name")).to_have_value("At least 11 h of rest between shifts")
    await form.get_by_label("Hours of rest").fill("eleven")
    await expect(form.get_by_text("Such as 11 or 7:30.")).to_be_visible()
    await expect(form.get_by_role("button", name="Save")).to_be_disabled()
    await form.get_by_label("Hours of rest").fill("10:30")
    await expect(form.get_by_label("Name")).to_have_value(
        "At least 10 h 30 min of rest between shifts"
    )
    await form.get_by_label("Name").fill("Night rest")
    assert await violations_in_both_themes(page) == []
    await form.get_by_role("button", name="Save").click()
    rule = line(page, "Night rest")
    await expect(rule).to_contain_text("At least 10 h 30 min of rest between shifts. For everybody")
    await expect(rule).to_contain_text("Blocks")

    await rule.get_by_role("switch").click(force=True)
    await expect(rule).to_contain_text("Off")
    await page.get_by_role("button", name="Undo").last.click()
    await expect(rule).to_contain_text("Blocks")

    await rule.get_by_role("button", name="Edit Night rest").click()
    form = page.get_by_role("form", name="Edit rule")
    await form.get_by_label("Warns").check(force=True)
    await form.get_by_text("A position").click()
    await form.get_by_label("Position", exact=True).fill("Night desk")
    await form.get_by_role("button", name="Save").click()
    await expect(rule).to_contain_text("For shifts of Night desk")
    await expect(rule).to_contain_text("Warns")

    await rule.get_by_role("button", name="Delete Night rest").click()
    await expect(rule).to_have_count(0)
    await page.get_by_role("button", name="Undo").last.click()
    await expect(rule).to_contain_text("For shifts of Night desk")


async def test_findings_say_what_is_wrong_and_who_let_it_be(ada: Any):
    anna, ben = await hire(ada, "Anna Adler"), await hire(ada, "Ben Brandt")
    rest = {"name": "Eleven hours", "kind": "minimum_rest", "limit_minutes": 660}
    await plan(ada, ben, "2026-06-10T06:00:00Z", "2026-06-10T14:00:00Z")
    await plan(ada, ben, "2026-06-10T20:00:00Z", "2026-06-11T04:00:00Z")
    await ada.api("POST", "/labour-rules", rest | {"effect": "block"})
    await plan(ada, anna, "2026-06-08T06:00:00Z", "2026-06-08T14:00:00Z")
    reason = {"override_reason": "The freezer has to be watched"}
    await plan(ada, anna, "2026-06-08T20:00:00Z", "2026-06-09T04:00:00Z", **reason)
    page = await ada.open("/settings/labour-rules?month=2026-05")
    await expect(page.get_by_text("Nothing in this month is against the rules")).to_be_visible()
    await page.get_by_role("button", name="Month after").click()
    annas = line(page, "Anna Adler").filter(has_text="6 h of rest")
    await expect(annas).to_contain_text("“The freezer has to be watched”")
    await expect(annas).to_contain_text("Ada Berger")
    await page.get_by_text("Open 1").click()
    await expect(annas).to_have_count(0)
    bens = line(page, "Ben Brandt").filter(has_text="6 h of rest")
    await expect(bens).to_contain_text("Blocks")
    await expect(page).to_have_url(re.compile("show=open"))
    await bens.get_by_role("link").click()
    await expect(page.get_by_role("grid")).to_be_visible()
    await expect(page.get_by_text(re.compile("8 – 14 June 2026"))).to_be_visible()


async def test_planned_hours_stand_beside_the_contract_and_go_out_as_a_file(ada: Any):
    dora = await hire(ada, "Dora Dahl", contracted_hours_per_week=20)
    await hire(ada, "Emil Ebers", contracted_hours_per_week=38.5)
    for day in (6, 7, 8):
        start, end = f"2026-07-{day:02}T06:00:00Z", f"2026-07-{day:02}T14:30:00Z"
        await plan(ada, dora, start, end, break_minutes=30)
    page = await ada.open("/shifts/planned?date=2026-07-15")
    doras = page.get_by_role("row").filter(has_text="Dora Dahl")
    await expect(doras.get_by_role("cell").nth(1)).to_have_text("24:00+4:00")
    await expect(doras.get_by_role("cell").nth(2)).to_have_text("–−20:00")
    # A week of which only some days are shown is compared in the sum alone.
    await expect(doras.get_by_role("cell").nth(0)).to_have_text("–")
    emil = page.get_by_role("row").filter(has_text="Emil Ebers")
    await expect(emil.get_by_role("cell").last).to_have_text("38.5 h")
    for name, kind in (("CSV", "csv"), ("Excel (XLSX)", "xlsx")):
        await page.get_by_role("button", name="Export").click()
        async with page.expect_download() as saved:
            await page.get_by_role("menuitem", name=name).click()
        file = await saved.value
        assert file.suggested_filename == f"benchbook-shifts-2026-07-01.{kind}"
    await page.get_by_text("Week", exact=True).click()
    await page.get_by_role("button", name="Later").click()
    await expect(page.get_by_text(re.compile("20 – 26 July 2026"))).to_be_visible()
    await expect(doras.get_by_role("cell").first).to_have_text("–−20:00")
