"""The overview: what the API holds adds up on the page, and every figure leads to its sessions."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import EMAIL, eventually, exactly, violations_in_both_themes

# A week in Berlin whose last day has 23 hours.
WEEK = "/hours/overview?date=2025-03-26"
# (name, start, duration, project, tags); the last one runs over the skipped hour of Sunday.
SESSIONS: list[tuple[str, str, str, str | None, list[str]]] = [
    ("Before", "2025-03-17T09:00:00Z", "6h40", None, []),
    ("DNA extraction", "2025-03-24T08:00:00Z", "3h", "Reef survey", ["bench", "pcr"]),
    ("ELISA", "2025-03-25T08:00:00Z", "2h", "Antibody panel", ["bench"]),
    ("Post", "2025-03-26T08:00:00Z", "1h", None, []),
    ("Night shift", "2025-03-29T22:00:00Z", "4h", "Reef survey", []),
]


@pytest.fixture(scope="module")
def lab(site: Server) -> Server:
    """The site with a week of Ada's, an hour of Chiara's in it, and a week of twelve tags."""
    with httpx.Client(base_url=f"{site.url}/api/v1", headers={"Origin": site.url}) as ada:
        ask(ada, "/login", email=EMAIL, password=PASSWORD)
        projects = {
            name: ask(ada, "/projects", name=name, colour=colour)["id"]
            for name, colour in (("Reef survey", "#1c7ed6"), ("Antibody panel", "#c2255c"))
        }
        for name, start, duration, project, tags in SESSIONS:
            ask(
                ada,
                "/sessions",
                name=name,
                started_at=start,
                duration=duration,
                project_id=project and projects[project],
                tags=tags,
            )
        for number in range(12):
            ask(
                ada,
                "/sessions",
                name=f"Task {number}",
                started_at="2025-05-05T08:00:00Z",
                duration=f"{60 - number}m",
                tags=[f"tag {number:02}"],
            )
        invited = ask(ada, "/people", name="Chiara Rossi", email="chiara@example.org")
    with httpx.Client(base_url=f"{site.url}/api/v1", headers={"Origin": site.url}) as chiara:
        ask(chiara, f"/invitations/{invited['invitation_token']}/accept", password=PASSWORD)
        ask(
            chiara,
            "/sessions",
            name="Sort cells",
            started_at="2025-03-25T12:00:00Z",
            duration="1h",
            project_id=projects["Antibody panel"],
        )
    return site


def ask(client: httpx.Client, path: str, **body: object) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


@pytest.fixture
async def ada(lab: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(lab, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def rows(page: Page) -> list[list[str]]:
    """Name, share and duration of every row of the table."""
    lines = await page.get_by_role("table").locator("tbody tr").all()
    return [
        [text.strip() for text in await line.locator("th, td").all_inner_texts()] for line in lines
    ]


async def choose(page: Page, label: str) -> None:
    """Press one part of a segmented control; its radio button itself is not drawn."""
    await page.locator("label").filter(has_text=exactly(label)).click()


def total(page: Page, text: str) -> Any:
    """The page says this total."""
    return expect(page.locator("section[aria-label^='Hours of']").locator("time")).to_have_text(
        text
    )


async def test_person_finds_the_overview_from_the_hours(ada: Any):
    page = await ada.open("/hours")
    await page.get_by_role("link", name="Overview").click()
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    await expect(page.get_by_role("radio", name="Week")).to_be_checked()


async def test_week_shows_what_was_tracked_and_what_changed(ada: Any):
    page = await ada.open(WEEK)
    await total(page, "10:00:00")
    await eventually(
        lambda: rows(page),
        [
            ["Reef survey", "70%", "7:00:00"],
            ["Antibody panel", "20%", "2:00:00"],
            ["No project", "10%", "1:00:00"],
        ],
    )
    summary = page.locator("section[aria-label^='Hours of']")
    await expect(summary).to_contain_text("3 h 20 min more than the week before.")
    await expect(summary).to_contain_text("2 h 30 min a day on 4 days with hours.")
    column = page.get_by_role("link", name="Mon 24 Mar: 3 h. Reef survey 3 h")
    await column.hover()
    await expect(page.locator("figure")).to_contain_text("Reef survey3:00:00")


async def test_night_over_the_clock_change_is_split_at_midnight_on_demand(ada: Any):
    page = await ada.open(WEEK)
    await expect(page.get_by_role("link", name="Sat 29 Mar: 4 h. Reef survey 4 h")).to_be_attached()
    await page.get_by_role("switch", name="Split at midnight").check()
    await expect(page.get_by_role("link", name="Sun 30 Mar: 3 h. Reef survey 3 h")).to_be_attached()
    await expect(page.get_by_role("link", name="Sat 29 Mar: 1 h. Reef survey 1 h")).to_be_attached()
    await total(page, "10:00:00")
    assert "cut=split" in page.url


async def test_choices_live_in_the_address_and_back_works(ada: Any):
    page = await ada.open(WEEK)
    await total(page, "10:00:00")
    await choose(page, "Month")
    await total(page, "16:40:00")
    await page.get_by_role("combobox", name="Group by").select_option("tag")
    await expect(page.get_by_role("columnheader", name="Tag")).to_be_visible()
    await eventually(
        lambda: rows(page),
        [
            ["No tag", "70%", "11:40:00"],
            ["bench", "30%", "5:00:00"],
            ["pcr", "18%", "3:00:00"],
        ],
    )
    await expect(page.get_by_text("the rows add up to more than the total")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("columnheader", name="Tag")).to_be_visible()
    await total(page, "16:40:00")

    await choose(page, "Year")
    await expect(
        page.get_by_role("link", name=re.compile(r"^March 2025: 16 h 40 min\."))
    ).to_be_visible()
    await page.get_by_role("button", name="Previous year").click()
    await expect(page.get_by_role("heading", name="Nothing tracked here")).to_be_visible()
    await page.go_back()
    await page.go_back()
    await page.go_back()
    await expect(page.get_by_role("columnheader", name="Project")).to_be_visible()
    await expect(page.get_by_role("radio", name="Month")).to_be_checked()
    await page.get_by_role("button", name="This month").click()
    assert "date=" not in page.url


async def test_row_and_column_lead_to_their_sessions(ada: Any):
    page = await ada.open(WEEK)
    await page.get_by_role("link", name="Reef survey", exact=True).click()
    await expect(page.get_by_role("button", name="Edit Night shift")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^Edit "))).to_have_count(2)
    await expect(page.get_by_role("button", name="Show all projects again")).to_contain_text("Reef")
    await page.go_back()

    # By keyboard alone: one stop for the chart, arrows within, Enter to go.
    first = page.get_by_role("link", name=re.compile("^Mon 24 Mar"))
    await expect(first).to_have_attribute("tabindex", "0")
    await first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("link", name=re.compile("^Tue 25 Mar"))).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Edit ELISA")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^Edit "))).to_have_count(1)
    assert "from=2025-03-25&to=2025-03-26" in page.url
    await page.get_by_role("button", name="Show all days again").click()
    await expect(page.get_by_role("button", name="Edit Post")).to_be_visible()


async def test_managers_see_everybody_and_go_on_to_one_person(ada: Any):
    page = await ada.open(WEEK)
    await total(page, "10:00:00")
    await choose(page, "Everybody’s")
    await total(page, "11:00:00")
    await page.get_by_role("link", name="Antibody panel", exact=True).click()
    await total(page, "3:00:00")
    await eventually(
        lambda: rows(page),
        [
            ["Ada Berger", "67%", "2:00:00"],
            ["Chiara Rossi", "33%", "1:00:00"],
        ],
    )
    await page.get_by_role("link", name="Chiara Rossi", exact=True).click()
    await expect(page.get_by_role("button", name="Edit Sort cells")).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Chiara Rossi. Show your own")).click()
    await expect(page.get_by_role("button", name="Edit ELISA")).to_be_visible()
    await expect(page.get_by_role("button", name="Edit Sort cells")).to_be_hidden()


async def test_members_see_their_own_hours_only(lab: Server, new_visitor: Any):
    visitor = await new_visitor(lab)
    await visitor.api("POST", "/login", {"email": "chiara@example.org", "password": PASSWORD})
    page = await visitor.open(f"{WEEK}&group_by=person")
    await total(page, "1:00:00")
    await eventually(lambda: rows(page), [["Antibody panel", "100%", "1:00:00"]])
    await expect(page.get_by_role("radio", name="Mine")).to_have_count(0)


async def test_many_tags_fold_and_unfold(ada: Any):
    page = await ada.open("/hours/overview?date=2025-05-05&group_by=tag")
    unfold = page.get_by_role("button", name="and 2 more")
    await expect(unfold).to_have_attribute("aria-expanded", "false")
    shown = await rows(page)
    assert len(shown) == 11
    assert shown[-1] == ["and 2 more", shown[-1][1], "1:39:00"]
    assert sum(int(share.rstrip("%")) for _, share, _ in shown) == 100
    await unfold.press("Enter")
    await expect(page.get_by_role("link", name="tag 11")).to_be_visible()
    await expect(page.get_by_role("button", name="Only the first 10")).to_be_focused()


async def test_failure_offers_a_retry_that_works(ada: Any):
    page = await ada.open("/hours")
    await page.route("**/api/v1/reports/**", lambda route: route.fulfill(status=500, body="{}"))
    await page.get_by_role("link", name="Overview").click()
    await expect(page.get_by_role("alert")).to_contain_text("The overview couldn’t be loaded")
    await page.unroute("**/api/v1/reports/**")
    await page.get_by_role("button", name="Retry").click()
    await total(page, "0:00:00")


@pytest.mark.parametrize("width", [1440, 390])
async def test_overview_has_no_violations_and_fits(lab: Server, new_visitor: Any, width: int):
    visitor = await new_visitor(lab, width=width, reduced_motion="reduce")
    await visitor.sign_in()
    found: dict[str, list[str]] = {}
    for query in (
        "?date=2025-03-26",
        "?period=day&date=2025-03-24&group_by=person",
        "?period=month&date=2025-05-05&group_by=tag",
        "?period=year&date=2025-05-05&everybody=yes",
        "?period=year&date=1999-01-01",
    ):
        page = await visitor.open(f"/hours/overview{query}")
        await expect(
            page.locator("section[aria-label^='Hours of']").locator("time")
        ).to_be_visible()
        await page.wait_for_load_state("networkidle")
        found[query] = await violations_in_both_themes(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await page.close()
    assert {query: lines for query, lines in found.items() if lines} == {}
