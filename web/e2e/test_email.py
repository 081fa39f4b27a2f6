"""E-mail in the web application: who wants none says so, and invitations go out by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import expect
from tests.conftest import PASSWORD, Server, free_port, run_server
from web.e2e.conftest import EMAIL, Visitor, eventually, violations_in_both_themes


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """A server that would send e-mail; nobody takes it, so it waits."""
    with run_server(
        BENCHBOOK_SMTP_HOST="127.0.0.1",
        BENCHBOOK_SMTP_PORT=str(free_port()),
        BENCHBOOK_SMTP_SECURITY="none",
        BENCHBOOK_SMTP_SENDER="benchbook@example.org",
        BENCHBOOK_PUBLIC_URL="http://benchbook.example.org",
    ) as running:
        owner = {"organisation": "Reef Lab", "name": "Ada Berger", "email": EMAIL}
        answer = httpx.post(
            f"{running.url}/api/v1/setup",
            json=owner | {"password": PASSWORD, "time_zone": "Europe/Berlin"},
            headers={"Origin": "http://benchbook.example.org"},
        )
        assert answer.status_code == 201, answer.text
        yield running


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Visitor:
    """The owner, signed in."""
    visitor: Visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def wants_email(visitor: Visitor) -> bool:
    return bool((await visitor.api("GET", "/me"))["person"]["email_notifications"])


async def test_email_is_switched_off_and_on_by_keyboard(ada: Visitor):
    page = await ada.open("/settings/profile")
    switch = page.get_by_role("switch", name="E-mail")
    await expect(switch).to_be_checked()
    await expect(page.get_by_text(f"also goes to {EMAIL}")).to_be_visible()
    assert await violations_in_both_themes(page) == []
    await switch.focus()
    await page.keyboard.press("Space")
    await expect(switch).not_to_be_checked()
    await page.keyboard.press("Enter")
    await eventually(lambda: wants_email(ada), False)
    await page.reload()
    await expect(page.get_by_role("switch", name="E-mail")).not_to_be_checked()


async def test_invitation_says_that_it_is_on_its_way(ada: Visitor):
    page = await ada.open("/settings/people")
    await page.get_by_role("button", name="Invite").click()
    form = page.get_by_role("form", name="Invite somebody")
    await form.get_by_label("Name").fill("Ina Ihle")
    await form.get_by_label("E-mail").fill("ina@example.org")
    await form.get_by_role("button", name="Invite").click()
    await expect(page.get_by_text("on its way to ina@example.org by e-mail")).to_be_visible()
    assert await violations_in_both_themes(page) == []
