"""What is done without the server is done once it is back: not lost, and not twice."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, Playwright, Route, expect
from tests.conftest import PASSWORD, Server, run_server
from web.e2e.conftest import EMAIL, QUIET, browser_path, eventually, violations

AWAY = "Benchbook can’t be reached."


@pytest.fixture
async def lab(site: Server) -> AsyncIterator[httpx.AsyncClient]:
    """The owner by the API, from a device that is never cut off; nothing is there at first."""
    base = f"{site.url}/api/v1"
    async with httpx.AsyncClient(base_url=base, headers={"Origin": site.url}) as owner:
        answer = await owner.post("/login", json={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        await owner.delete("/timer")
        for session in await stored(owner):
            await owner.delete(f"/sessions/{session['id']}")
        yield owner


async def stored(owner: httpx.AsyncClient) -> list[dict[str, Any]]:
    """What is saved, and what runs: all that is in the database."""
    items: list[dict[str, Any]] = (await owner.get("/sessions", params={"limit": 500})).json()[
        "items"
    ]
    running = (await owner.get("/timer")).json()["running"]
    return [*items, running] if running else items


async def arrived(owner: httpx.AsyncClient, *names: str) -> list[dict[str, Any]]:
    """Wait until exactly these are stored; whatever is doubled would come soon after."""
    deadline = time.monotonic() + 30
    while sorted(names) != (now := sorted([one["name"] for one in await stored(owner)])):
        assert time.monotonic() < deadline, now
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    found = await stored(owner)
    assert sorted(one["name"] for one in found) == sorted(names)
    return found


def field(page: Page) -> Any:
    return page.get_by_label("What are you working on?")


async def start(page: Page, name: str) -> None:
    await field(page).fill(name)
    await page.get_by_role("button", name="Start timer").click()
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()


async def open_hours(visitor: Any) -> Page:
    """The page of hours, and all that it needs without the server kept."""
    page: Page = await visitor.open("/hours")
    await expect(page.get_by_role("button", name="Start timer")).to_be_enabled()
    await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    return page


async def write_down(page: Page, name: str) -> None:
    """Add a session of the past."""
    await page.get_by_role("button", name="Add session").click()
    form = page.get_by_role("form", name="New session")
    await form.get_by_label("Name").fill(name)
    await form.get_by_label("Date").fill("2026-03-03")
    await form.get_by_label("From").fill("9:00")
    await form.get_by_label("Duration").fill("90m")
    await form.get_by_role("button", name="Save").click()


async def test_start_rename_and_stop_without_network_arrive_once_with_their_times(
    site: Server, new_visitor: Any, lab: httpx.AsyncClient
):
    visitor = await new_visitor(site, service_workers="allow")
    await visitor.sign_in()
    page = await open_hours(visitor)
    await visitor.context.set_offline(True)
    await expect(page.get_by_text(AWAY)).to_be_visible()

    began = time.monotonic()
    await start(page, "Gel")
    await field(page).fill("Gel, cut off")
    await page.keyboard.press("Enter")
    await asyncio.sleep(2.2)
    await page.get_by_role("button", name="Stop timer").click()
    await expect(page.get_by_role("button", name="Start timer")).to_be_visible()
    worked = time.monotonic() - began
    await expect(page.get_by_role("button", name="Edit Gel, cut off")).to_be_visible()
    await expect(page.get_by_text("3 changes are kept here")).to_be_visible()
    assert await stored(lab) == []
    assert await violations(page) == []

    await asyncio.sleep(3)
    await visitor.context.set_offline(False)
    [session] = await arrived(lab, "Gel, cut off")
    assert 2 <= session["duration_seconds"] <= worked + 1
    await expect(page.get_by_text(AWAY)).to_be_hidden()
    await expect(page.get_by_role("button", name="Edit Gel, cut off")).to_have_count(1)


async def test_sessions_written_changed_and_deleted_without_network(
    site: Server, new_visitor: Any, lab: httpx.AsyncClient
):
    for name in ("To change", "To delete"):
        body = {"name": name, "started_at": "2026-03-02T09:00:00Z", "duration": "1h"}
        assert (await lab.post("/sessions", json=body)).is_success
    visitor = await new_visitor(site, service_workers="allow")
    await visitor.sign_in()
    page = await open_hours(visitor)
    await visitor.context.set_offline(True)
    await expect(page.get_by_text(AWAY)).to_be_visible()

    await write_down(page, "Written offline")
    await page.get_by_role("button", name="Edit Written offline").click()
    form = page.get_by_role("form", name="Edit Written offline")
    await form.get_by_label("Name").fill("Written and renamed offline")
    await form.get_by_role("button", name="Save").click()
    await expect(
        page.get_by_role("button", name="Edit Written and renamed offline")
    ).to_be_visible()
    await page.get_by_role("button", name="Edit To change").click()
    form = page.get_by_role("form", name="Edit To change")
    await form.get_by_label("Name").fill("Changed offline")
    await form.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Edit To delete").click()
    await (
        page.get_by_role("form", name="Edit To delete").get_by_role("button", name="Delete").click()
    )
    await expect(page.get_by_role("button", name="Edit To delete")).to_be_hidden()

    await visitor.context.set_offline(False)
    found = await arrived(lab, "Written and renamed offline", "Changed offline")
    assert {one["duration_seconds"] for one in found} == {3600, 5400}
    binned = (await lab.get("/sessions", params={"deleted": True, "limit": 500})).json()["items"]
    assert [one["name"] for one in binned].count("To delete") == 1


@pytest.mark.parametrize("path", ["timer/start", "sessions"])
async def test_change_whose_answer_is_lost_is_done_once(
    site: Server, new_visitor: Any, lab: httpx.AsyncClient, path: str
):
    visitor = await new_visitor(site, service_workers="allow")
    await visitor.sign_in()
    page = await open_hours(visitor)
    lost: list[int] = []

    async def lose_first_answer(route: Route) -> None:
        if route.request.method != "POST" or lost:
            await route.continue_()
            return
        answer = await route.fetch()
        lost.append(answer.status)
        await route.abort("connectionreset")

    await page.route(f"**/api/v1/{path}", lose_first_answer)
    if path == "timer/start":
        await start(page, "Once")
    else:
        await write_down(page, "Once")
    [session] = await arrived(lab, "Once")
    await expect(page.get_by_text("kept here")).to_be_hidden()
    assert lost == [201]
    if path == "timer/start":
        # The page goes on with the session that the server has.
        await page.get_by_role("button", name="Stop timer").click()
        await expect(page.get_by_role("button", name="Start timer")).to_be_visible()
        await eventually(
            lambda: stored(lab),
            [(session["id"], True)],
            lambda found: [(one["id"], one["ended_at"] is not None) for one in found],
        )


async def test_stop_counts_from_when_it_is_pressed_though_the_start_is_unanswered(
    site: Server, new_visitor: Any, lab: httpx.AsyncClient
):
    visitor = await new_visitor(site)
    await visitor.sign_in()
    page = await visitor.open("/hours")
    await expect(page.get_by_role("button", name="Start timer")).to_be_enabled()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        await asyncio.sleep(5)
        await route.fulfill(response=answer)

    await page.route("**/api/v1/timer/start", answer_late)
    began = time.monotonic()
    await start(page, "Slow line")
    await page.get_by_role("button", name="Stop timer").click()
    pressed_after = time.monotonic() - began
    await eventually(
        lambda: stored(lab),
        [True],
        lambda found: [one["ended_at"] is not None for one in found],
    )
    [session] = await stored(lab)
    # To the second either way; it was five more until the stop could be sent.
    assert 1 <= session["duration_seconds"] <= pressed_after + 2


async def test_two_tabs_send_what_both_did_once(
    site: Server, new_visitor: Any, lab: httpx.AsyncClient
):
    visitor = await new_visitor(site, service_workers="allow")
    await visitor.sign_in()
    one, other = await open_hours(visitor), await open_hours(visitor)
    await visitor.context.set_offline(True)
    for tab, name in ((one, "First tab"), (other, "Second tab")):
        await expect(tab.get_by_text(AWAY)).to_be_visible()
        await write_down(tab, name)
        await expect(tab.get_by_role("button", name=f"Edit {name}")).to_be_visible()
    await visitor.context.set_offline(False)
    await arrived(lab, "First tab", "Second tab")
    for tab in (one, other):
        for name in ("First tab", "Second tab"):
            await expect(tab.get_by_role("button", name=f"Edit {name}")).to_have_count(1)


async def test_change_that_meets_anothers_is_kept_until_somebody_decides(
    site: Server, new_visitor: Any, lab: httpx.AsyncClient
):
    body = {"name": "Blot", "started_at": "2026-03-02T09:00:00Z", "duration": "1h"}
    session = (await lab.post("/sessions", json=body)).json()
    visitor = await new_visitor(site, service_workers="allow")
    await visitor.sign_in()
    page = await open_hours(visitor)
    await expect(page.get_by_role("button", name="Edit Blot")).to_be_visible()
    await visitor.context.set_offline(True)
    await expect(page.get_by_text(AWAY)).to_be_visible()
    await page.get_by_role("button", name="Edit Blot").click()
    form = page.get_by_role("form", name="Edit Blot")
    await form.get_by_label("Name").fill("Blot, mine")
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Edit Blot, mine")).to_be_visible()
    answer = await lab.patch(f"/sessions/{session['id']}", json={"name": "Blot, theirs"})
    assert answer.is_success

    await visitor.context.set_offline(False)
    await expect(page.get_by_text("1 change couldn’t be saved.")).to_be_visible()
    await arrived(lab, "Blot, theirs")
    # It outlives the page, and signing out asks.
    await page.reload()
    await expect(page.get_by_text("1 change couldn’t be saved.")).to_be_visible()
    await page.get_by_role("button", name="Account of").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.get_by_role("button", name="Stay signed in").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Show changes").click()
    await expect(page.get_by_text("was changed elsewhere")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Save mine").click()
    await arrived(lab, "Blot, mine")
    await expect(page.get_by_text("Everything has arrived.")).to_be_visible()


async def test_signing_out_leaves_nothing_and_the_next_person_sends_nothing_of_it(
    site: Server, new_visitor: Any, lab: httpx.AsyncClient
):
    visitor = await new_visitor(site, service_workers="allow")
    await visitor.sign_in()
    page = await open_hours(visitor)
    # A change of Ada's waits, and her login ends behind her back.
    await visitor.context.set_offline(True)
    await expect(page.get_by_text(AWAY)).to_be_visible()
    await start(page, "Ada’s")
    await page.close()
    await visitor.context.set_offline(False)
    answer = await lab.post(
        "/people",
        json={"name": "Ben", "email": f"ben{time.time_ns()}@example.org", "role": "member"},
    )
    invited = answer.json()
    token = invited["invitation_token"]
    await visitor.context.clear_cookies()
    answer = await visitor.context.request.post(
        f"{site.url}/api/v1/invitations/{token}/accept", data={"password": PASSWORD}
    )
    assert answer.ok, await answer.text()
    page = await open_hours(visitor)
    await page.wait_for_timeout(1500)
    assert await stored(lab) == []
    assert (await visitor.api("GET", "/timer"))["running"] is None

    await page.get_by_role("button", name="Account of").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.wait_for_url("**/login")
    assert await kept(page, "pages") == 0
    # Ada is back: what she did is sent now.
    await visitor.sign_in()
    page = await visitor.open("/hours")
    await arrived(lab, "Ada’s")
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()


async def kept(page: Page, store: str) -> int:
    """How much this browser keeps in a store."""
    count: int = await page.evaluate(
        """(store) => new Promise((resolve, reject) => {
             const request = indexedDB.open("benchbook");
             request.onerror = () => reject(request.error);
             request.onsuccess = () => {
               const count = request.result.transaction(store).objectStore(store).count();
               count.onsuccess = () => { request.result.close(); resolve(count.result); };
             };
           })""",
        store,
    )
    return count


# Closed and opened again ---------------------------------------------------------------------------


@asynccontextmanager
async def profile(playwright: Playwright, folder: Path) -> AsyncIterator[BrowserContext]:
    """A browser with this profile, as somebody opens and closes it."""
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    context = await playwright.chromium.launch_persistent_context(
        folder,
        executable_path=browser_path(),
        args=arguments,
        locale="en-GB",
        timezone_id="Europe/Berlin",
        viewport={"width": 1200, "height": 900},
    )
    yield context
    await context.close()


async def test_browser_closed_and_opened_without_the_server_loses_nothing(
    playwright: Playwright, tmp_path: Path
):
    with run_server() as server:
        api = f"{server.url}/api/v1"
        body = {"organisation": "Lab", "name": "Ada", "email": EMAIL, "password": PASSWORD}
        async with profile(playwright, tmp_path) as context:
            made = await context.request.post(f"{api}/setup", data=body)
            assert made.ok, await made.text()
            page = await context.new_page()
            await page.goto(f"{server.url}/hours")
            await expect(page.get_by_role("button", name="Start timer")).to_be_enabled()
            await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
            # Long enough for what is shown to be written down.
            await page.wait_for_timeout(1200)
            await asyncio.to_thread(server.kill)
            await start(page, "Through the night")

        async with profile(playwright, tmp_path) as context:
            page = await context.new_page()
            await page.goto(f"{server.url}/hours")
            await expect(page.get_by_text(AWAY)).to_be_visible()
            await expect(page.get_by_text("Shown as of")).to_be_visible()
            await expect(field(page)).to_have_value("Through the night")
            await asyncio.sleep(1)
            await page.get_by_role("button", name="Stop timer").click()
            await expect(page.get_by_role("button", name="Edit Through the night")).to_be_visible()

        await asyncio.to_thread(server.start)
        async with profile(playwright, tmp_path) as context:
            page = await context.new_page()
            await page.goto(f"{server.url}/hours")
            await expect(page.get_by_role("button", name="Edit Through the night")).to_be_visible()
            deadline = time.monotonic() + 20
            while await kept(page, "letters"):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
            answer = await context.request.get(f"{api}/sessions")
            [session] = (await answer.json())["items"]
            assert session["name"] == "Through the night"
            assert session["duration_seconds"] >= 1
            timer = await context.request.get(f"{api}/timer")
            assert (await timer.json())["running"] is None


# Installed -----------------------------------------------------------------------------------------


async def test_chromium_finds_it_installable(playwright: Playwright, site: Server, tmp_path: Path):
    async with profile(playwright, tmp_path) as context:
        page = await context.new_page()
        await page.goto(f"{site.url}/login")
        await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        chromium = await context.new_cdp_session(page)
        manifest = await chromium.send("Page.getAppManifest")
        assert manifest["url"] == f"{site.url}/manifest.webmanifest"
        assert manifest["errors"] == []
        found = await chromium.send("Page.getInstallabilityErrors")
        # A profile of a test is not one that applications are installed in.
        errors = {error["errorId"] for error in found["installabilityErrors"]}
        assert errors <= {"in-incognito"}, errors


def test_service_worker_and_manifest_are_served_as_such(site: Server):
    worker = httpx.get(f"{site.url}/sw.js")
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-type"].startswith("text/javascript")
    manifest = httpx.get(f"{site.url}/manifest.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    for icon in manifest.json()["icons"]:
        assert httpx.get(f"{site.url}{icon['src']}").status_code == 200
    kept_files = worker.text.split("const FILES = ")[1].split(";\n")[0]
    assert '"/"' in kept_files
    assert "/api/" not in kept_files
