"""Every page is accessible, in both themes and on a phone: axe finds nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect
from tests.conftest import Server
from web.e2e.conftest import violations, violations_in_both_themes

SIGNED_IN = [
    "/hours",
    "/hours?year=2026&month=2",
    "/hours/timesheets",
    "/hours/bin",
    "/hours/calendar?date=2026-02-03",
    "/hours/week?date=2026-02-03",
    "/projects",
    "/projects?tab=clients",
    "/projects?tab=tags",
    "/hours/checks?year=2026&month=2",
    "/hours/checks?view=repairs",
    "/hours/balance",
    "/hours/balance?by=month&everybody=yes",
    "/sequences",
    "/sequences/search?q=ACGTTGCAAC",
    "/sequences/imports",
    "/sequences/imports/00000000-0000-0000-0000-000000000000",
    "/sequences/collections",
    "/sequences/00000000-0000-0000-0000-000000000000",
    "/shifts?date=2026-02-03",
    "/shifts/employees",
    "/shifts/patterns",
    "/shifts/patterns/new",
    "/shifts/leave?past=shown",
    "/shifts/leave?view=away&month=2026-02",
    "/shifts/leave?view=availability",
    "/shifts/planned?date=2026-02-03",
    "/shifts/mine",
    "/shifts/open",
    "/shifts/requests",
    "/nowhere",
]
SETTINGS = [
    "/settings/profile",
    "/settings/hours",
    "/settings/rates",
    "/settings/labour-rules?month=2026-02",
    "/settings/shifts",
    "/settings/tokens",
    "/settings/calendar-feeds",
    "/settings/import",
    "/settings/webhooks",
    "/settings/people",
]


async def fill(visitor: Any) -> None:
    """Sessions to show, one of them in the bin, and one that runs; projects to file them under."""
    if not (await visitor.api("GET", "/projects"))["items"]:
        client = await visitor.api("POST", "/clients", {"name": "Marine institute"})
        reefs = {"name": "Reef survey", "client_id": client["id"], "billable": True}
        await visitor.api("POST", "/projects", reefs)
    project = (await visitor.api("GET", "/projects"))["items"][0]["id"]
    for name, day in (("DNA extraction", "02"), ("18S amplicon PCR", "03"), ("Gel", "03")):
        await visitor.api(
            "POST",
            "/sessions",
            {
                "name": name,
                "started_at": f"2026-02-{day}T09:00:00Z",
                "duration": "1h30",
                "tags": ["bench"],
                "billable": True,
                "project_id": project,
            },
        )
    [gel] = (await visitor.api("GET", "/sessions?q=gel"))["items"]
    await visitor.api("DELETE", f"/sessions/{gel['id']}")
    reef = {"bases": "ACGTTGCAAC" * 30, "name": "reef-18S-1", "tags": ["reef"]}
    await visitor.api("POST", "/sequences", reef)
    await visitor.api("POST", "/timer/start", {"name": "Pool libraries"})
    if not (await visitor.api("GET", "/employees"))["items"]:
        greta = {"first_name": "Greta", "last_name": "Holm", "address": "Quay 6"}
        employee = await visitor.api("POST", "/employees", greta)
        night = {"starts_at": "2026-02-03T21:00:00Z", "ends_at": "2026-02-04T05:00:00Z"}
        shift = {"employee_id": employee["id"], "position": "Night desk", "published": False}
        await visitor.api("POST", "/shifts", shift | night)
        need = {"position": "Night desk", "weekday": 2, "from_time": "22:00", "to_time": "06:00"}
        needs = {"time_zone": "Europe/Berlin", "needs": [need | {"number": 2}]}
        await visitor.api("PUT", "/staffing-needs", needs)
        away = {"employee_id": employee["id"], "first_day": "2026-02-02", "last_day": "2026-02-06"}
        await visitor.api("POST", "/leave-requests", away | {"kind": "vacation"})
        friday = {"employee_id": employee["id"], "kind": "cannot", "weekday": 5}
        await visitor.api("POST", "/availability", friday | {"end_time": "12:00"})
        hours = {"kind": "maximum_daily_hours", "limit_minutes": 420}
        for effect, enabled in (("warn", True), ("block", False)):
            rule = {"name": f"Seven hours {effect}", "effect": effect, "enabled": enabled}
            await visitor.api("POST", "/labour-rules", rule | hours)
        night = {"name": "Night", "start_time": "22:00", "end_time": "06:00"}
        template = (await visitor.api("POST", "/shift-templates", night))["id"]
        entries = [{"day": day, "template_id": template} for day in (1, 2, 9)]
        nights = {"name": "Nights", "starts_on": "2026-02-02", "cycle_days": 14}
        await visitor.api("POST", "/shift-patterns", nights | {"entries": entries})
        me = (await visitor.api("GET", "/me"))["person"]["id"]
        ada = {"first_name": "Ada", "last_name": "Berger", "address": "Quay 7", "person_id": me}
        own = await visitor.api("POST", "/employees", ada)
        day = {"starts_at": "2090-03-06T07:00:00Z", "ends_at": "2090-03-06T15:00:00Z"}
        mine = await visitor.api("POST", "/shifts", day | {"employee_id": own["id"]})
        offer = {"kind": "offer", "shift_id": mine["id"], "note": "A wedding"}
        await visitor.api("POST", "/shift-requests", offer)
        # One that could be had, claimed by oneself, and one that meets a shift.
        later = {"starts_at": "2090-03-08T07:00:00Z", "ends_at": "2090-03-08T15:00:00Z"}
        for times in (day, later):
            made = await visitor.api("POST", "/open-shifts", times | {"position": "Bench"})
        claim = {"kind": "claim", "shift_id": made["id"]}
        await visitor.api("POST", "/shift-requests", claim)


@pytest.mark.parametrize("width", [1440, 390])
async def test_signed_in_pages_have_no_violations(site: Server, new_visitor: Any, width: int):
    visitor = await new_visitor(site, width=width, reduced_motion="reduce")
    await visitor.sign_in()
    await fill(visitor)
    found: dict[str, list[str]] = {}
    for path in (*SIGNED_IN, *SETTINGS):
        page = await visitor.open(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await page.wait_for_load_state("networkidle")
        found[path] = await violations_in_both_themes(page)
        await page.close()
    assert {path: lines for path, lines in found.items() if lines} == {}


async def test_open_forms_have_no_violations(site: Server, new_visitor: Any):
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    await fill(visitor)
    page = await visitor.open("/hours?year=2026&month=2")
    await page.get_by_role("button", name="Edit DNA extraction").first.click()
    await expect(page.get_by_role("form", name="Edit DNA extraction")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Add session").click()
    await expect(page.get_by_label("Duration")).to_be_visible()
    assert await violations(page) == []


async def test_front_pages_have_no_violations(site: Server, server: Server, new_visitor: Any):
    empty = await new_visitor(server, reduced_motion="reduce")
    page = await empty.open("/")
    await expect(page.get_by_role("button", name="Create Benchbook")).to_be_visible()
    assert await violations_in_both_themes(page) == []

    owner = await new_visitor(site, reduced_motion="reduce")
    await owner.sign_in()
    chiara = {"name": "Chiara Rossi", "email": "chiara@example.org"}
    invited = await owner.api("POST", "/people", chiara)
    guest = await new_visitor(site, reduced_motion="reduce")
    page = await guest.open(f"/invitation/{invited['invitation_token']}")
    await expect(page.get_by_label("Password")).to_be_visible()
    assert await violations_in_both_themes(page) == []
    page = await guest.open("/login")
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await violations_in_both_themes(page) == []


async def test_api_reference_has_no_violations_and_needs_no_foreign_host(
    site: Server, new_visitor: Any
):
    visitor = await new_visitor(site)
    page = await visitor.context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    await page.goto(f"{site.url}/docs")
    # Only what is in view is drawn.
    await expect(page.get_by_role("link", name="/api/v1/login")).to_be_visible()
    await page.get_by_role("link", name="/api/v1/login").hover()
    await page.mouse.wheel(0, 3000)
    await expect(page.get_by_role("link", name="/api/v1/timer/start")).to_be_visible()
    assert hosts == {f"127.0.0.1:{site.port}"}
