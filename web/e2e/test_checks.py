"""Checks: what is odd is shown, repaired by one press and put back; targets and forgotten timers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import EMAIL, eventually, violations

MONTH = "/hours/checks?year=2026&month=3"


@pytest.fixture
def lab(site: Server) -> Server:
    """The site without any hours."""
    with httpx.Client(base_url=f"{site.url}/api/v1", headers={"Origin": site.url}) as ada:
        assert ada.post("/login", json={"email": EMAIL, "password": PASSWORD}).is_success
        while items := ada.get("/sessions?limit=500").json()["items"]:
            ids = [session["id"] for session in items]
            assert ada.post("/sessions/bulk", json={"ids": ids, "delete": True}).is_success
        assert ada.delete("/timer").is_success
        for target in ada.get("/targets").json()["items"]:
            assert ada.delete(f"/targets/{target['id']}").is_success
    return site


@pytest.fixture
async def ada(lab: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(lab, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def add(visitor: Any, name: str, start: str, end: str) -> None:
    """A session on 2 March, by the clock in Berlin."""
    times = {"started_at": f"2026-03-02T{start}:00+01:00", "ended_at": f"2026-03-02T{end}:00+01:00"}
    await visitor.api("POST", "/sessions", {"name": name, **times})


async def listed(visitor: Any) -> list[tuple[str, str, str]]:
    items = (await visitor.api("GET", "/sessions?order=oldest"))["items"]
    return [(s["name"], s["started_at"][11:16], s["ended_at"][11:16]) for s in items]


def card(page: Page, title: str) -> Any:
    return page.get_by_role("article", name=title)


async def test_overlap_is_repaired_by_one_press_and_put_back_from_the_toast(ada: Any):
    await add(ada, "PCR", "09:00", "11:00")
    await add(ada, "Gel", "10:30", "12:00")
    before = await listed(ada)
    page = await ada.open(MONTH)
    found = card(page, "30 min counted twice")
    await expect(found).to_contain_text("10:30 – 11:00")
    await expect(page.get_by_text("1 overlap")).to_be_visible()
    # The outcome is drawn before it is chosen: A ends where B starts.
    bar = found.locator("[aria-hidden] > span > span").first
    # Two of the three and a half hours up to where a repair would move the end.
    assert await bar.evaluate("bar => bar.style.width") == "57.1429%"
    trim = found.get_by_role("button", name="End A at 10:30 −30 min")
    await trim.focus()
    assert await bar.evaluate("bar => bar.style.width") == "42.8571%"
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Nothing is odd")).to_be_visible()
    await eventually(lambda: listed(ada), [("PCR", "08:00", "09:30"), ("Gel", "09:30", "11:00")])
    toast = page.get_by_role("alert").filter(
        has_text="Ended “PCR” where the next one starts, −30 min"
    )
    await toast.get_by_role("button", name="Undo").click()
    await expect(found).to_be_visible()
    await eventually(lambda: listed(ada), before)


async def test_gap_is_filled_with_what_one_types(ada: Any):
    await add(ada, "PCR", "09:00", "11:00")
    await add(ada, "Gel", "12:00", "13:00")
    page = await ada.open(MONTH)
    found = card(page, "1 h not tracked")
    await found.get_by_role("button", name="Fill the gap").click()
    field = found.get_by_label("What was it?")
    await expect(field).to_be_focused()
    await expect(found.get_by_role("button", name="Fill 1 h")).to_be_disabled()
    assert await violations(page) == []
    await field.fill("Group meeting")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Nothing is odd")).to_be_visible()
    await eventually(
        lambda: listed(ada), True, lambda found: ("Group meeting", "10:00", "11:00") in found
    )


async def test_what_is_kept_waits_elsewhere_until_it_is_shown_again(ada: Any):
    await add(ada, "PCR", "09:00", "11:00")
    await add(ada, "Gel", "10:30", "12:00")
    page = await ada.open(MONTH)
    await card(page, "30 min counted twice").get_by_role("button", name="Keep both").click()
    await expect(page.get_by_role("heading", name="Nothing is odd")).to_be_visible()
    await page.get_by_text("Kept", exact=True).click()
    await expect(page).to_have_url(re.compile(r"view=kept"))
    await card(page, "30 min counted twice").get_by_role("button", name="Show again").click()
    await expect(page.get_by_role("heading", name="Nothing is kept")).to_be_visible()
    await page.get_by_text("To look at", exact=True).click()
    await expect(card(page, "30 min counted twice")).to_be_visible()


async def test_repairs_are_listed_and_each_can_be_taken_back(ada: Any):
    await add(ada, "Slip", "09:00", "09:01")
    for name, start, end in (("PCR", "10:00", "12:00"), ("Gel", "11:00", "13:00")):
        await add(ada, name, start, end)
    page = await ada.open(MONTH)
    await card(page, "1 h counted twice").get_by_role("button", name="Start B at 12:00").click()
    await expect(card(page, "1 h counted twice")).to_have_count(0)
    await page.get_by_text("Repairs", exact=True).click()
    row = page.get_by_role("listitem").filter(has_text="Started “Gel” where the one before ends")
    await expect(row.first).to_contain_text("started 12:00, was 11:00")
    await row.first.get_by_role("button", name="Undo").click()
    await expect(row.first).to_contain_text("Taken back")
    await eventually(lambda: listed(ada), True, lambda found: ("Gel", "10:00", "12:00") in found)


async def test_repair_of_what_somebody_changed_says_so_and_shows_what_is(ada: Any):
    await add(ada, "PCR", "09:00", "11:00")
    await add(ada, "Gel", "10:30", "12:00")
    # Nothing tells the page but the refusal.
    await ada.context.route("**/api/v1/events?*", lambda route: route.abort())
    page = await ada.open(MONTH)
    found = card(page, "30 min counted twice")
    await expect(found).to_be_visible()
    [gel] = (await ada.api("GET", "/sessions?q=gel"))["items"]
    await ada.api("PATCH", f"/sessions/{gel['id']}", {"started_at": "2026-03-02T10:45:00+01:00"})
    await found.get_by_role("button", name="End A at 10:30").click()
    shown = card(page, "15 min counted twice")
    await expect(shown).to_be_visible()
    assert ("PCR", "08:00", "10:00") in await listed(ada)


async def test_long_session_ends_at_a_time_one_types(ada: Any):
    await add(ada, "Forgotten", "09:00", "23:00")
    page = await ada.open(MONTH)
    found = card(page, "A session of 14 h")
    await found.get_by_role("button", name="End at …").click()
    await found.get_by_label("Ended at").fill("23:30")
    await expect(found.get_by_text("A time before the end it has.")).to_be_visible()
    await found.get_by_label("Ended at").fill("17")
    await expect(found.get_by_text("17:00, after 8 h")).to_be_visible()
    await found.get_by_role("button", name="End there").click()
    await expect(page.get_by_role("heading", name="Nothing is odd")).to_be_visible()
    await eventually(lambda: listed(ada), [("Forgotten", "08:00", "16:00")])


async def test_forgotten_timer_is_asked_about_and_ends_when_it_did(ada: Any):
    started = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
    body = {"name": "Incubation", "started_at": started.isoformat()}
    await ada.api("POST", "/timer/start", body)
    page = await ada.open("/hours")
    notice = page.get_by_role("complementary", name="Long timer")
    await expect(notice).to_contain_text("When did you stop?")
    await notice.get_by_role("button", name="after 10 h").click()
    await expect(page.get_by_role("button", name="Start timer")).to_be_visible()
    await eventually(
        lambda: ada.api("GET", "/sessions"),
        [36_000],
        lambda page: [session["duration_seconds"] for session in page["items"]],
    )
    # Taken back, it runs on; put off, nobody asks for an hour.
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    await expect(notice).to_be_visible()
    assert await violations(page) == []
    await notice.get_by_role("button", name="Keep running").click()
    await expect(notice).to_have_count(0)
    await page.reload()
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await expect(notice).to_have_count(0)
    await ada.api("DELETE", "/timer")


async def test_target_is_set_shown_and_removed_with_undo(ada: Any):
    today = datetime.now(UTC).date()
    times = {"started_at": f"{today}T00:00:00Z", "duration": "2h"}
    await ada.api("POST", "/sessions", {"name": "PCR", **times})
    page = await ada.open("/settings/hours")
    form = page.get_by_role("form", name="New target")
    for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"):
        await form.get_by_label(day).fill("7,5")
    await expect(form.get_by_text("52 h 30 min a week.")).to_be_visible()
    await form.get_by_label("Sun").fill("25")
    await expect(form.get_by_role("button", name="Set target")).to_be_disabled()
    await form.get_by_label("Sun").fill("7:30")
    await form.get_by_role("button", name="Set target").click()
    kept = page.get_by_role("list", name="Targets so far")
    await expect(kept).to_contain_text("52 h 30 min a week: Mon – Sun 7 h 30 min")
    hours = await ada.open("/hours")
    shown = hours.get_by_role("region", name="Targets")
    await expect(shown).to_contain_text("2 h of 7 h 30 min")
    await expect(shown).to_contain_text("2 h of 52 h 30 min")
    await kept.get_by_role("button", name="Remove the target").click()
    await expect(kept).to_have_count(0)
    await expect(shown).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(kept).to_be_visible()


async def test_what_counts_as_odd_is_set_here(ada: Any):
    await add(ada, "PCR", "09:00", "11:00")
    await add(ada, "Gel", "11:20", "12:00")
    checks = await ada.open(MONTH)
    await expect(checks.get_by_role("heading", name="Nothing is odd")).to_be_visible()
    page = await ada.open("/settings/hours")
    form = page.get_by_role("form", name="What is odd")
    await form.get_by_label("Gaps from").fill("lunch")
    await expect(form.get_by_role("button", name="Save")).to_be_disabled()
    await form.get_by_label("Gaps from").fill("15")
    await expect(form.get_by_text("15 min", exact=True)).to_be_visible()
    await form.get_by_role("button", name="Save").click()
    await expect(card(checks, "20 min not tracked")).to_be_visible()
    await form.get_by_label("Gaps from").fill("")
    await form.get_by_role("button", name="Save").click()
    await expect(checks.get_by_role("heading", name="Nothing is odd")).to_be_visible()


async def test_start_of_what_runs_is_corrected_and_put_back(ada: Any):
    started = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    body = {"name": "Incubation", "started_at": started.isoformat()}
    await ada.api("POST", "/timer/start", body)
    page = await ada.open("/hours")

    async def starts_at(expected: datetime) -> None:
        await eventually(
            lambda: ada.api("GET", "/timer"),
            expected,
            lambda timer: datetime.fromisoformat(timer["running"]["started_at"]),
        )

    await page.get_by_role("button", name="change the start").click()
    form = page.get_by_role("dialog", name="Change the start")
    earlier = (started - timedelta(hours=1)).replace(second=0).astimezone(ZoneInfo("Europe/Berlin"))
    await form.get_by_label("On").fill(earlier.date().isoformat())
    await form.get_by_label("Started at").fill(f"{earlier:%H:%M}")
    await form.get_by_role("button", name="Save").click()
    await starts_at(earlier)
    await expect(form).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await starts_at(started)
    await ada.api("DELETE", "/timer")
