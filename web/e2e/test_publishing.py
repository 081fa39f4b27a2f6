"""Publishing: a manager sees what goes out for whom, holds some of it back, and a member has it."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Locator, Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import eventually, violations_in_both_themes


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    for one in (await visitor.api("GET", "/employees"))["items"]:
        await visitor.api("DELETE", f"/employees/{one['id']}")
    return visitor


@pytest.fixture
async def chiara(ada: Any, new_visitor: Any) -> Any:
    """A member, signed in, and linked to no employee yet."""
    email = f"chiara.{uuid4()}@example.org"
    invited = await ada.api("POST", "/people", {"name": "Chiara Rossi", "email": email})
    async with httpx.AsyncClient(base_url=f"{ada.server.url}/api/v1") as client:
        path = f"/invitations/{invited['invitation_token']}/accept"
        accepted = await client.post(path, json={"password": PASSWORD})
        assert accepted.status_code < 300, accepted.text
    member = await new_visitor(ada.server, reduced_motion="reduce")
    await member.api("POST", "/login", {"email": email, "password": PASSWORD})
    return member


async def hire(visitor: Any, name: str, **more: Any) -> str:
    first, last = name.split()
    body = {"first_name": first, "last_name": last, "address": f"Quay {uuid4()}", **more}
    return str((await visitor.api("POST", "/employees", body))["id"])


async def plan(visitor: Any, employee: str, day: int, **more: Any) -> str:
    """A shift in May 2098 from 08:00 to 16:00 in Berlin: to come, whatever the day is today."""
    times = {"starts_at": f"2098-05-{day}T06:00:00Z", "ends_at": f"2098-05-{day}T14:00:00Z"}
    body = {"employee_id": employee, "position": "Bench", **times, **more}
    return str((await visitor.api("POST", "/shifts", body))["id"])


async def seen(visitor: Any) -> list[tuple[str, str]]:
    """Which shifts a person sees, as employee and start."""
    listed = (await visitor.api("GET", "/shifts?limit=500"))["items"]
    return sorted((one["employee_id"], one["starts_at"]) for one in listed)


async def becomes(visitor: Any, *wanted: tuple[str, str]) -> None:
    """Wait until the person sees these shifts."""
    await eventually(lambda: seen(visitor), sorted(wanted))


def line(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog").locator("li").filter(has=page.get_by_text(name, exact=True))


async def open_dialog(page: Page, item: str) -> Locator:
    await page.get_by_role("button", name="More for the roster").click()
    await page.get_by_role("menuitem", name=item).click()
    dialog = page.get_by_role("dialog", name=re.compile("^Publish, "))
    await expect(dialog).to_be_visible()
    return dialog


async def test_drafts_are_seen_by_person_published_and_read_by_a_member(ada: Any, chiara: Any):
    person = (await chiara.api("GET", "/me"))["person"]["id"]
    anna = await hire(ada, "Anna Adler", person_id=person)
    ben = await hire(ada, "Ben Brandt")
    cleo = await hire(ada, "Cleo Conti")
    moved = await plan(ada, anna, 13)
    handed = await plan(ada, ben, 14)
    await plan(ada, anna, 15, published=False)
    await plan(ada, cleo, 16, published=False)
    later = {"starts_at": "2098-05-13T07:00:00Z", "ends_at": "2098-05-13T15:00:00Z"}
    await ada.api("PATCH", f"/shifts/{moved}", later | {"published": False})
    await ada.api("PATCH", f"/shifts/{handed}", {"employee_id": anna, "published": False})
    before = [(anna, "2098-05-13T06:00:00Z"), (ben, "2098-05-14T06:00:00Z")]
    await becomes(chiara, *before)
    await chiara.api("POST", "/notifications/read", {})

    page = await ada.open("/shifts?date=2098-05-14")
    dialog = await open_dialog(page, "Publish 4 drafts")
    await expect(dialog).to_contain_text("3 new, 1 changed, 1 removed, for 3 people.")
    await expect(line(page, "Anna Adler")).to_contain_text("+2, 1 changed")
    await expect(line(page, "Anna Adler")).to_contain_text("is told")
    await expect(line(page, "Anna Adler")).to_contain_text(
        "Tue 13 May 08:00 to 16:00 → Tue 13 May 09:00 to 17:00, Bench"
    )
    await expect(line(page, "Ben Brandt")).to_contain_text("has no account")
    await expect(line(page, "Ben Brandt")).to_contain_text("Goes out with the changes of Anna")
    await expect(dialog).to_contain_text("1 person is told; 2 have no account here.")
    assert await violations_in_both_themes(page) == []

    # Cleo's is kept back, and of what Anna and Ben share nothing goes out alone.
    await dialog.get_by_role("checkbox", name="Publish for Ben Brandt").uncheck()
    await expect(dialog.get_by_role("checkbox", name="Publish for Anna Adler")).not_to_be_checked()
    await dialog.get_by_role("checkbox", name="Publish for Anna Adler").check()
    await dialog.get_by_role("checkbox", name="Publish for Cleo Conti").uncheck()
    await expect(line(page, "Cleo Conti")).to_contain_text("kept back")
    await expect(dialog).to_contain_text("1 change is kept back.")
    await dialog.get_by_role("button", name="Publish 4 changes").click()
    await expect(dialog).to_have_count(0)
    after = [(anna, f"2098-05-{day}:00:00Z") for day in ("13T07", "14T06", "15T06")]
    await becomes(chiara, *after)

    roster = await chiara.open("/shifts?date=2098-05-14")
    for label in ("Tue 13 May 09:00", "Wed 14 May 08:00", "Thu 15 May 08:00"):
        chip = roster.get_by_role("button", name=re.compile(f"^Anna Adler, {label}"))
        await expect(chip).to_be_visible()
    await expect(roster.get_by_role("button", name=re.compile("^Cleo Conti, "))).to_have_count(0)
    news = (await chiara.api("GET", "/notifications"))["items"][0]["data"]
    assert (news["added"], news["changed"]) == (2, 1)

    # Taken back: members see what they saw, and the drafts are drafts as they were.
    notice = page.get_by_role("alert").filter(has_text="3 shifts published.")
    await notice.get_by_role("button", name="Undo").click()
    await becomes(chiara, *before)
    await expect(page.get_by_text("The drafts are drafts again.")).to_be_visible()
    dialog = await open_dialog(page, "Publish 4 drafts")
    await expect(dialog).to_contain_text("3 new, 1 changed, 1 removed, for 3 people.")
    await dialog.get_by_role("button", name="Cancel").click()


async def test_selected_drafts_are_previewed_and_no_other_goes_out(ada: Any):
    emma = await hire(ada, "Emma Ebert")
    for day in (20, 21):
        times = {"starts_at": f"2098-05-{day}T06:00:00Z", "ends_at": f"2098-05-{day}T14:00:00Z"}
        await ada.api("POST", "/shifts", {"employee_id": emma, "published": False} | times)
    page = await ada.open("/shifts?date=2098-05-20")
    await page.get_by_role("button", name=re.compile("^Emma Ebert, Wed 21 May")).focus()
    await page.keyboard.press("Space")
    bar = page.get_by_role("region", name="Selected shifts")
    await bar.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog", name="Publish, 1 shift")
    await expect(dialog).to_contain_text("1 new, for 1 person.")
    await expect(line(page, "Emma Ebert")).to_contain_text("Wed 21 May 08:00 to 16:00")
    await dialog.get_by_role("button", name="Publish 1 change").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text("1 shift published.")).to_be_visible()
    await expect(bar).to_have_count(0)

    async def drafts() -> list[str]:
        listed = await ada.api("GET", f"/shifts?employee_id={emma}")
        return [one["starts_at"] for one in listed["items"] if not one["published"]]

    await eventually(drafts, ["2098-05-20T06:00:00Z"])


async def test_nothing_to_publish_is_said(ada: Any):
    await hire(ada, "Dora Dahl")
    page = await ada.open("/shifts?date=2097-01-14")
    dialog = await open_dialog(page, "Publish …")
    await expect(dialog).to_contain_text("There are no drafts in these days")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(dialog).to_have_count(0)
