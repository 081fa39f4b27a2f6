"""A real Chromium against a real server. One file a journey; each journey has its own server."""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    Route,
    async_playwright,
    expect,
)
from tests.conftest import PASSWORD, Server, run_server

AXE = Path(__file__).resolve().parent.parent / "node_modules" / "axe-core" / "axe.min.js"
EMAIL = "ada@example.org"
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
# Chromium looks for its maker's services unless it is told not to.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

PATIENCE_SECONDS = 15.0
expect.set_options(timeout=PATIENCE_SECONDS * 1000)

# Up to so many seconds are added to every request of the pages: `SLOW_NETWORK=1 pytest web/e2e`
# finds tests that only pass because the server on this machine answers at once.
SLOW_NETWORK = float(os.environ.get("SLOW_NETWORK", "0"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each journey a second try: a browser on a busy machine has moods that no wait foresees.

    What passed only then is counted as rerun in the last line, and is to be mended.
    """
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and not SLOW_NETWORK:
            item.add_marker(pytest.mark.flaky(reruns=1))


def browser_path() -> str:
    """The Chromium of this machine; scripts/set_up.py sees to it that there is one."""
    found = os.environ.get("BENCHBOOK_TEST_BROWSER") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    assert found, "There is no Chromium: make setup-tests installs it or says how to."
    return found


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as running:
        yield running


@pytest.fixture(scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    launched = await playwright.chromium.launch(executable_path=browser_path(), args=arguments)
    yield launched
    await launched.close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, without an organisation, to kill and start again."""
    with run_server() as running:
        yield running


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """A server for the journeys of one file, set up with an owner in Berlin."""
    with run_server() as running:
        answer = httpx.post(
            f"{running.url}/api/v1/setup",
            json={
                "organisation": "Reef Lab",
                "name": "Ada Berger",
                "email": EMAIL,
                "password": PASSWORD,
                "time_zone": "Europe/Berlin",
            },
        )
        assert answer.status_code == 201, answer.text
        yield running


class Visitor:
    """Somebody at a browser: a context of their own, and what went wrong in it."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.context = context
        self.server = server
        self.faults: list[str] = []

    async def open(self, path: str = "/") -> Page:
        """A new tab at this path."""
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._note)
        await page.goto(f"{self.server.url}{path}")
        return page

    def _note(self, message: Any) -> None:
        # What a page may not do (a policy refused it) shows as an error in the console.
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(message.text)

    async def sign_in(self) -> None:
        """Be signed in as the owner, by the cookie."""
        answer = await self.context.request.post(
            f"{self.server.url}/api/v1/login", data={"email": EMAIL, "password": PASSWORD}
        )
        assert answer.status == 200, await answer.text()

    async def api(self, method: str, path: str, data: object = None) -> Any:
        """Ask the API with the visitor's own cookie."""
        answer = await self.context.request.fetch(
            f"{self.server.url}/api/v1{path}", method=method, data=data
        )
        assert answer.ok, await answer.text()
        return await answer.json() if answer.status != 204 else None


@pytest.fixture
async def new_visitor(browser: Browser) -> AsyncIterator[Any]:
    """Makes visitors: `await new_visitor(server, width=390)`. Their pages must raise nothing."""
    made: list[Visitor] = []

    async def make(server: Server, *, width: int = 1440, **options: Any) -> Visitor:
        # A service worker's own requests pass by what a test puts in the way of requests.
        options.setdefault("service_workers", "block")
        context = await browser.new_context(
            viewport={"width": width, "height": 900},
            locale="en-GB",
            timezone_id="Europe/Berlin",
            **options,
        )
        visitor = Visitor(context, server)
        made.append(visitor)
        if SLOW_NETWORK and options["service_workers"] == "block":
            await context.route("**/api/v1/**", answer_late)
        return visitor

    yield make
    for visitor in made:
        await visitor.context.close()
    assert [fault for visitor in made for fault in visitor.faults] == []


async def answer_late(route: Route) -> None:
    """Let a request wait, each for another time, so that their order is not to be relied on."""
    await asyncio.sleep(random.uniform(0, SLOW_NETWORK))
    # The page may be gone by now.
    with suppress(Error):
        await route.fallback()


async def eventually(
    read: Callable[[], Awaitable[Any]],
    expected: object,
    of: Callable[[Any], object] = lambda found: found,
) -> None:
    """Read until it, or what is asked `of` it, is as expected.

    What one did is shown before the server has it: asking the server right after a click needs
    patience.
    """
    last = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = of(await read())
        if found == expected or time.monotonic() > last:
            break
        await asyncio.sleep(0.05)
    assert found == expected


async def undo(page: Page, notice: str, label: str = "Undo") -> None:
    """Press the button of the notice, and see it gone."""
    toast = page.get_by_role("alert").filter(has_text=notice)
    await toast.get_by_role("button", name=label).click()
    await expect(toast).to_be_hidden()


async def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, a line each."""
    await stand_still(page)
    # Evaluated, not added as a script tag, which the page's own policy forbids.
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    return await found_by_axe(page, STANDARDS)


async def violations_in_both_themes(page: Page) -> list[str]:
    """As `violations`, and then what the other theme's colours break; it leaves the other on."""
    found = await violations(page)
    themes = {"light": "dark", "dark": "light"}
    html = page.locator("html")
    other = themes[await html.get_attribute("data-mantine-color-scheme") or ""]
    await page.emulate_media(color_scheme=cast("Any", other))
    await expect(html).to_have_attribute("data-mantine-color-scheme", other)
    await stand_still(page)
    # Nothing but colours differs between the themes.
    return found + [f"{line} ({other})" for line in await found_by_axe(page, COLOUR_RULES)]


async def stand_still(page: Page) -> None:
    """End what moves or fades: it has no colour yet that could be judged."""
    await page.evaluate(
        """() => {
             if (!window.still) {
               window.still = new CSSStyleSheet();
               window.still.replaceSync("*, ::before, ::after { transition: none !important }");
               document.adoptedStyleSheets.push(window.still);
             }
             return Promise.all(document.getAnimations()
               .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
               .map((one) => one.finished.catch(() => undefined)));
           }"""
    )


async def found_by_axe(page: Page, rules: list[str]) -> list[str]:
    """What axe, which is in the page already, finds against these rules or standards."""
    found = await page.evaluate(
        """(rules) => axe.run(document, { runOnly: rules }).then((results) =>
             results.violations.map(
               (violation) => `${violation.id}: ${violation.help} at `
                 + violation.nodes.map((node) => node.target.join(" ")).join(", ")))""",
        rules,
    )
    return list(found)


def exactly(text: str) -> re.Pattern[str]:
    """A pattern for the whole of a text."""
    return re.compile(f"^{re.escape(text)}$")
