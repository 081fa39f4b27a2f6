"""Projects, clients and tags; filing sessions under them; many sessions at once; undo throughout."""

from __future__ import annotations

import asyncio
from operator import itemgetter
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from tests.conftest import PASSWORD, Server
from web.e2e.conftest import eventually, undo, violations


@pytest.fixture
async def owner(site: Server, new_visitor: Any) -> Any:
    """The owner, with nothing left of the journeys before."""
    visitor = await new_visitor(site)
    await visitor.sign_in()
    await visitor.api("DELETE", "/timer")
    while ids := [s["id"] for s in (await visitor.api("GET", "/sessions?limit=500"))["items"]]:
        await visitor.api("POST", "/sessions/bulk", {"ids": ids, "delete": True})
    for tag in (await visitor.api("GET", "/tags?limit=500"))["items"]:
        await visitor.api("DELETE", f"/tags/{tag['id']}")
    return visitor


async def add(visitor: Any, name: str, hour: int = 9, **fields: object) -> dict[str, Any]:
    body = {"name": name, "started_at": f"2026-02-03T{hour:02}:00:00Z", "duration": "30m", **fields}
    session: dict[str, Any] = await visitor.api("POST", "/sessions", body)
    return session


async def project(visitor: Any, name: str, **fields: object) -> dict[str, Any]:
    made: dict[str, Any] = await visitor.api("POST", "/projects", {"name": name, **fields})
    return made


async def stored(visitor: Any, session: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await visitor.api("GET", f"/sessions/{session['id']}")
    return found


def row(page: Page, name: str) -> Locator:
    return page.locator("[data-session]").filter(
        has=page.get_by_role("button", name=f"Edit {name}", exact=True)
    )


async def pick(page: Page, field: str, text: str) -> None:
    """Type into the open list, and take what it marks."""
    search = page.get_by_role("combobox", name=field)
    await search.fill(text)
    await search.press("Enter")


async def test_projects_are_kept_and_every_change_can_be_undone(owner: Any):
    await owner.api("POST", "/clients", {"name": "Marine institute"})
    page = await owner.open("/projects")
    await expect(page.get_by_role("heading", name="No projects yet")).to_be_visible()
    await page.get_by_role("button", name="Add project").click()
    form = page.get_by_role("form", name="New project")
    await form.get_by_role("button", name="Add project").click()
    await expect(form.get_by_text("Give it a name.")).to_be_visible()
    await form.get_by_label("Name").fill("Reef survey")
    await form.get_by_role("combobox", name="Client").click()
    await page.get_by_role("option", name="Marine institute").click()
    await form.get_by_label("Grape").check()
    await form.get_by_label("Billable").check()
    await form.get_by_role("button", name="Add project").click()
    entries = page.get_by_role("list", name="Projects").get_by_role("listitem")
    await expect(entries).to_have_count(1)
    await expect(entries).to_contain_text("Marine institute")
    [made] = (await owner.api("GET", "/projects"))["items"]
    assert (made["colour"], made["billable"]) == ("#ae3ec9", True)

    # The name of another is refused at its field, and what was typed stays.
    await page.get_by_role("button", name="Add project").click()
    await form.get_by_label("Name").fill("Reef survey")
    await form.get_by_role("combobox", name="Client").click()
    await page.get_by_role("option", name="Marine institute").click()
    await form.get_by_role("button", name="Add project").click()
    await expect(form.get_by_text("There is one of this name already.")).to_be_visible()
    await form.get_by_label("Name").press("Escape")

    await page.get_by_role("button", name="Change Reef survey").click()
    change = page.get_by_role("form", name="Change Reef survey")
    await change.get_by_label("Name").fill("Reefs")
    await change.get_by_label("Name").press("Enter")
    await expect(entries).to_contain_text("Reefs")
    await expect(page.get_by_role("button", name="Change Reefs")).to_be_focused()
    await undo(page, "“Reef survey” is “Reefs” now.")
    await expect(entries).to_contain_text("Reef survey")

    await page.get_by_role("button", name="More for Reef survey").click()
    await page.get_by_role("menuitem", name="Archive").click()
    await expect(page.get_by_text("All projects are archived.")).to_be_visible()
    await page.get_by_text("Archived (1)").click()
    await expect(page).to_have_url(f"{owner.server.url}/projects?show=archived")
    await expect(entries).to_contain_text("Reef survey")
    await undo(page, "Archived “Reef survey”.")
    await page.get_by_text("In use").click()
    await expect(entries).to_contain_text("Reef survey")

    # Unused, it is deleted; in use, it is archived. Both come back.
    for notice in ("Deleted “Reef survey”.", "“Reef survey” is in use, so it was archived."):
        await page.get_by_role("button", name="More for Reef survey").click()
        await page.get_by_role("menuitem", name="Delete").click()
        await expect(entries).to_have_count(0)
        await undo(page, notice)
        await expect(entries).to_have_count(1)
        [back] = (await owner.api("GET", "/projects"))["items"]
        kept = ("name", "client_id", "colour", "billable", "archived")
        assert {key: back[key] for key in kept} == {key: made[key] for key in kept}
        await add(owner, "Survey", project_id=back["id"])
    await page.get_by_role("link", name="Sessions of Reef survey").click()
    await expect(row(page, "Survey").first).to_be_visible()


async def test_tags_are_renamed_merged_and_deleted_and_come_back(owner: Any):
    both = await add(owner, "Both", tags=["gel", "PCR", "pcr"])
    one = await add(owner, "One", tags=["PCR"])

    async def tags_of(*sessions: dict[str, Any]) -> list[list[str]]:
        return [(await stored(owner, session))["tags"] for session in sessions]

    page = await owner.open("/projects?tab=tags")
    entries = page.get_by_role("list", name="Tags").get_by_role("listitem")
    await expect(entries).to_have_count(3)
    await page.get_by_role("searchbox", name="Search tags").fill("pc")
    await expect(entries).to_have_count(2)

    await page.get_by_role("button", name="More for PCR", exact=True).click()
    await page.get_by_role("menuitem", name="Merge into …").click()
    await pick(page, "Merge PCR into", "pcr")
    await expect(entries).to_have_count(1)
    await eventually(lambda: tags_of(both, one), [["gel", "pcr"], ["pcr"]])
    await undo(page, "“PCR” is “pcr” now.")
    await expect(entries).to_have_count(2)
    await eventually(lambda: tags_of(both, one), [both["tags"], one["tags"]])

    await page.get_by_role("button", name="Change PCR", exact=True).click()
    await page.get_by_role("form", name="Change PCR").get_by_label("Name").fill("qPCR")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Change qPCR")).to_be_visible()
    await eventually(lambda: tags_of(one), [["qPCR"]])
    await undo(page, "“PCR” is “qPCR” now.")
    await expect(page.get_by_role("button", name="Change PCR", exact=True)).to_be_visible()

    await page.get_by_role("button", name="More for PCR", exact=True).click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(entries).to_have_count(1)
    await eventually(lambda: tags_of(both), [["gel", "pcr"]])
    await undo(page, "Deleted “PCR”.")
    await expect(entries).to_have_count(2)
    await eventually(lambda: tags_of(both), [both["tags"]])


async def test_members_see_the_lists_and_managers_keep_them(
    owner: Any, site: Server, new_visitor: Any
):
    await project(owner, "Seen by all")
    email = "mina@example.org"
    invited = await owner.api("POST", "/people", {"name": "Mina Member", "email": email})
    member = await new_visitor(site)
    await member.api(
        "POST",
        f"/invitations/{invited['invitation_token']}/accept",
        {"password": PASSWORD},
    )
    page = await member.open("/projects")
    await expect(page.get_by_role("list", name="Projects")).to_contain_text("Seen by all")
    await expect(page.get_by_role("button", name="Add project")).to_have_count(0)
    await expect(page.get_by_role("button", name="More for Seen by all")).to_have_count(0)
    await page.get_by_role("button", name="Project: none").click()
    await page.get_by_role("combobox", name="Project").fill("Made up")
    await expect(page.get_by_text("Nothing found")).to_be_visible()


async def test_timer_is_filed_before_it_starts_and_while_it_runs(owner: Any):
    page = await owner.open("/hours")
    timer = page.get_by_role("region", name="Timer")
    await timer.get_by_role("button", name="Project: none").click()
    await pick(page, "Project", "Coral genomes")
    await expect(timer.get_by_role("button", name="Project: Coral genomes")).to_be_focused()
    await timer.get_by_role("button", name="Tags: none").click()
    await pick(page, "Tags", "bench")
    await pick(page, "Tags", "nanopore")
    await page.keyboard.press("Escape")
    await timer.get_by_role("button", name="Billable").click()
    await timer.get_by_role("button", name="Note: none").click()
    await page.get_by_role("textbox", name="Note").fill("Flow cell 7")
    await page.get_by_role("button", name="Done").click()

    # It outlives a reload, as the name does.
    await page.reload()
    await expect(timer.get_by_role("button", name="Tags: bench, nanopore")).to_be_visible()
    await expect(timer.get_by_role("button", name="Start timer")).to_be_enabled()
    await timer.get_by_role("textbox", name="What are you working on?").fill("Load flow cell")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Stop timer")).to_be_visible()
    await expect(timer.get_by_role("button", name="Project: Coral genomes")).to_be_visible()
    [coral] = [p for p in (await owner.api("GET", "/projects"))["items"] if "Coral" in p["name"]]
    filing = itemgetter("project_id", "tags", "billable", "note")
    await eventually(
        lambda: owner.api("GET", "/timer"),
        (coral["id"], ["bench", "nanopore"], True, "Flow cell 7"),
        lambda timer: timer["running"] and filing(timer["running"]),
    )

    await timer.get_by_role("button", name="Tags: bench, nanopore").click()
    await pick(page, "Tags", "bench")
    await page.keyboard.press("Escape")
    await expect(timer.get_by_role("button", name="Tags: nanopore")).to_be_visible()
    await timer.get_by_role("button", name="Billable").click()
    await timer.get_by_role("button", name="Project: Coral genomes").click()
    await pick(page, "Project", "no project")
    await page.get_by_role("button", name="Stop timer").click()
    await expect(timer.get_by_role("button", name="Project: none")).to_be_visible()
    await expect(row(page, "Load flow cell")).to_be_visible()
    await eventually(
        lambda: owner.api("GET", "/sessions"),
        [(None, ["nanopore"], False, "Flow cell 7")],
        lambda page: [filing(session) for session in page["items"]],
    )


async def test_session_is_filed_shown_by_project_and_an_edit_is_undone(owner: Any):
    client = await owner.api("POST", "/clients", {"name": "University hospital"})
    antibodies = await project(owner, "Antibody panel", client_id=client["id"], billable=True)
    before = await add(owner, "ELISA", note="Plate 2")
    await add(owner, "Elsewhere", 11)
    page = await owner.open("/hours?year=2026&month=2")
    await page.get_by_role("button", name="Edit ELISA").click()
    form = page.get_by_role("form", name="Edit ELISA")
    await form.get_by_role("button", name="Project: none").click()
    await pick(page, "Project", "hospital antibody")
    # A billable project makes its sessions billable.
    await expect(form.get_by_role("switch", name="Billable")).to_be_checked()
    await form.get_by_role("button", name="Save").click()
    await expect(row(page, "ELISA")).to_contain_text("Antibody panel")
    await expect(row(page, "ELISA")).to_contain_text("University hospital")
    filing = itemgetter("project_id", "billable")
    await eventually(lambda: stored(owner, before), (antibodies["id"], True), filing)

    await row(page, "ELISA").get_by_role("button", name="Show only the project").click()
    await expect(row(page, "Elsewhere")).to_have_count(0)
    await page.get_by_role("button", name="Antibody panel. Show all projects again").click()
    await expect(row(page, "Elsewhere")).to_be_visible()
    await page.get_by_role("button", name="Choose a project to show").click()
    await pick(page, "Project", "antibody")
    await expect(row(page, "Elsewhere")).to_have_count(0)

    await undo(page, "Saved “ELISA”.")
    await expect(page.get_by_role("heading", name="No sessions here")).to_be_visible()
    await eventually(
        lambda: stored(owner, before),
        {**before, "updated_at": ""},
        lambda session: {**session, "updated_at": ""},
    )


async def test_many_sessions_are_changed_at_once_and_exactly_undone(owner: Any):
    first, second = await project(owner, "First"), await project(owner, "Second", billable=True)
    before = [
        await add(owner, "Morning", 8, project_id=first["id"], tags=["bench"]),
        await add(owner, "Noon", 12, tags=["bench", "desk"], billable=True),
        await add(owner, "Evening", 18, project_id=second["id"]),
        await add(owner, "Night", 22),
    ]
    page = await owner.open("/hours?year=2026&month=2")
    await row(page, "Evening").hover()
    await page.get_by_role("checkbox", name="Select Evening").click()
    await page.get_by_role("checkbox", name="Select Morning").click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="Selected sessions")
    await expect(bar).to_contain_text("3 sessions")
    await expect(bar).to_contain_text("1 h 30 min")

    async def values() -> list[tuple[Any, ...]]:
        return [
            (s["project_id"], s["tags"], s["billable"])
            for s in [await stored(owner, session) for session in before]
        ]

    as_before = [(s["project_id"], s["tags"], s["billable"]) for s in before]

    await bar.get_by_role("button", name="to a project").click()
    await pick(page, "Project", "first")
    await expect(row(page, "Evening")).to_contain_text("First")
    await eventually(
        values, [first["id"]] * 3 + [None], lambda found: [value[0] for value in found]
    )
    await undo(page, "Moved 3 sessions to First.")
    await expect(row(page, "Evening")).to_contain_text("Second")
    await eventually(values, as_before)

    # Carried by two of three: pressed once it is added to the third, and "grant" to all.
    await bar.get_by_role("button", name="Change the tags").click()
    await expect(page.get_by_role("option", name="bench for some")).to_be_visible()
    await pick(page, "Tags", "bench")
    await pick(page, "Tags", "grant")
    await page.keyboard.press("Escape")
    await expect(row(page, "Evening")).to_contain_text("grant")
    tagged = [["bench", "grant"], ["bench", "desk", "grant"], ["bench", "grant"], []]
    await eventually(values, tagged, lambda found: [value[1] for value in found])
    await undo(page, "Added “bench”, Added “grant”: 3 sessions.")
    await expect(row(page, "Evening")).not_to_contain_text("grant")
    await eventually(values, as_before)

    await bar.get_by_role("button", name="billable or not").click()
    await page.get_by_role("menuitem", name="Not billable").click()
    await expect(row(page, "Noon").get_by_label("Billable")).to_have_count(0)
    await undo(page, "Made 3 sessions not billable.")
    await expect(row(page, "Noon").get_by_label("Billable")).to_have_count(1)
    await eventually(values, as_before)

    await bar.get_by_role("button", name="Delete 3 sessions").click()
    await expect(page.locator("[data-session]")).to_have_count(1)
    await expect(bar).to_have_count(0)
    await undo(page, "Deleted 3 sessions.")
    await expect(page.locator("[data-session]")).to_have_count(4)
    await eventually(values, as_before)


async def test_everything_that_the_filter_shows_is_selected(owner: Any):
    await asyncio.gather(*(add(owner, f"Aliquot {n}", n % 24) for n in range(60)))
    await add(owner, "Something else")
    page = await owner.open("/hours?year=2026&month=2&q=aliquot")
    await page.get_by_role("checkbox", name="Select all of ").first.check(force=True)
    bar = page.get_by_role("region", name="Selected sessions")
    await bar.get_by_role("button", name="Select all 60").click()
    await expect(bar).to_contain_text("60 sessions")
    await expect(bar.get_by_role("button", name="Select all")).to_have_count(0)
    await bar.get_by_role("button", name="Delete 60 sessions").click()
    await expect(page.get_by_role("heading", name="No sessions here")).to_be_visible()
    await eventually(lambda: owner.api("GET", "/sessions/totals"), 1, itemgetter("count"))
    await undo(page, "Deleted 60 sessions.")
    await expect(page.locator("[data-session]").first).to_be_visible()
    await eventually(lambda: owner.api("GET", "/sessions/totals"), 61, itemgetter("count"))


async def test_failed_change_of_many_says_why_and_changes_nothing(owner: Any):
    kept, gone = await add(owner, "Kept"), await add(owner, "Gone", 12)
    page = await owner.open("/hours?year=2026&month=2")
    await page.get_by_role("checkbox", name="Select all of ").check(force=True)
    await owner.api("DELETE", f"/sessions/{gone['id']}")
    bar = page.get_by_role("region", name="Selected sessions")
    await bar.get_by_role("button", name="billable or not").click()
    await page.get_by_role("menuitem", name="Billable", exact=True).click()
    failure = page.get_by_role("alert").filter(has_text="2 sessions couldn’t be made billable")
    await expect(failure).to_contain_text("Some of these sessions are not there")
    assert (await stored(owner, kept))["billable"] is False
    await owner.api("POST", f"/sessions/{gone['id']}/restore")
    await failure.get_by_role("button", name="Retry").click()
    await expect(row(page, "Gone").get_by_label("Billable")).to_be_visible()
    await eventually(lambda: stored(owner, kept), True, itemgetter("billable"))


async def test_split_shows_both_halves_and_is_made_one_again(owner: Any):
    before = await add(owner, "Long day", 8, duration="6h")
    page = await owner.open("/hours?year=2026&month=2")
    await row(page, "Long day").hover()
    await page.get_by_role("button", name="More for Long day").click()
    await page.get_by_role("menuitem", name="Split …").click()
    dialog = page.get_by_role("dialog", name="Split Long day")
    # In Berlin it was from 9 to 15; the middle is offered.
    await expect(dialog.get_by_label("Split at")).to_have_value("12:00")
    await expect(dialog.get_by_text("3 h", exact=True)).to_have_count(2)
    await dialog.get_by_label("Split at").fill("16:00")
    await expect(dialog.get_by_text("A time between 09:00 and 15:00.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Split")).to_be_disabled()
    await dialog.get_by_label("Split at").fill("10:30")
    await expect(dialog.get_by_text("1 h 30 min")).to_be_visible()
    await expect(dialog.get_by_text("4 h 30 min")).to_be_visible()
    assert await violations(page) == []
    await dialog.get_by_label("Where to split").press("ArrowRight")
    await expect(dialog.get_by_label("Split at")).to_have_value("10:31")
    await dialog.get_by_label("Split at").press("Enter")
    await expect(page.locator("[data-session]")).to_have_count(2)
    await eventually(
        lambda: owner.api("GET", "/sessions?order=oldest"),
        [91 * 60, 269 * 60],
        lambda page: [part["duration_seconds"] for part in page["items"]],
    )
    await undo(page, "Split “Long day” in two.")
    await expect(page.locator("[data-session]")).to_have_count(1)
    times = itemgetter("started_at", "ended_at")
    await eventually(lambda: stored(owner, before), times(before), times)


async def test_duplicate_is_saved_and_taken_back(owner: Any):
    before = await add(owner, "Standards", tags=["bench"], note="Twice a week")
    page = await owner.open("/hours?year=2026&month=2")
    await row(page, "Standards").hover()
    await page.get_by_role("button", name="More for Standards").click()
    await page.get_by_role("menuitem", name="Duplicate").click()
    await expect(row(page, "Standards")).to_have_count(2)
    await eventually(
        lambda: owner.api("GET", "/sessions"),
        [(before["note"], before["started_at"])] * 2,
        lambda page: [(s["note"], s["started_at"]) for s in page["items"]],
    )
    await undo(page, "Duplicated “Standards”.", "Take back")
    await expect(row(page, "Standards")).to_have_count(1)
    assert (await stored(owner, before))["id"] == before["id"]


async def test_rows_are_walked_and_selected_by_keyboard_alone(owner: Any):
    for number, hour in enumerate((20, 16, 12, 8)):
        await add(owner, f"Step {number}", hour)
    page = await owner.open("/hours?year=2026&month=2")
    await page.get_by_role("button", name="Edit Step 0").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("button", name="Edit Step 1")).to_be_focused()
    await page.keyboard.press("Shift+ArrowDown")
    bar = page.get_by_role("region", name="Selected sessions")
    await expect(bar).to_contain_text("2 sessions")
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("checkbox", name="Select Step 2")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await expect(bar).to_contain_text("3 sessions")
    assert await violations(page) == []

    await bar.get_by_role("button", name="to a project").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="Project")).to_be_focused()
    assert await violations(page) == []
    # Escape closes the list first, and only then ends the selection.
    await page.keyboard.press("Escape")
    await expect(bar.get_by_role("button", name="to a project")).to_be_focused()
    await expect(bar).to_contain_text("3 sessions")
    await page.keyboard.press("Escape")
    await expect(bar).to_have_count(0)


async def test_selection_on_a_phone(owner: Any, site: Server, new_visitor: Any):
    await add(owner, "Small screen", tags=["bench"])
    phone = await new_visitor(site, width=390, has_touch=True, is_mobile=True)
    await phone.sign_in()
    page = await phone.open("/hours?year=2026&month=2")
    box = page.get_by_role("checkbox", name="Select Small screen")
    await expect(box).to_have_css("opacity", "1")
    await box.tap()
    bar = page.get_by_role("region", name="Selected sessions")
    await expect(bar).to_contain_text("1 session")
    assert await violations(page) == []
    await bar.get_by_role("button", name="Delete 1 session").tap()
    toast = page.get_by_role("alert").filter(has_text="Deleted 1 session.")
    await toast.get_by_role("button", name="Undo").tap()
    await expect(row(page, "Small screen")).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


async def test_sessions_are_shown_by_client_billable_and_what_they_lack(owner: Any):
    client = await owner.api("POST", "/clients", {"name": "Ocean fund"})
    tides = await project(owner, "Tides", client_id=client["id"])
    plain = await project(owner, "Plain work")
    await add(owner, "Of the client", 8, project_id=tides["id"], tags=["bench"])
    await add(owner, "Of nobody", 12, project_id=plain["id"], billable=True, tags=["bench"])
    await add(owner, "Of nothing", 16)
    page = await owner.open("/hours?year=2026&month=2")

    async def shows(*names: str) -> None:
        await expect(page.locator("[data-session]")).to_have_count(len(names))
        for name in names:
            await expect(row(page, name)).to_be_visible()

    await page.get_by_role("button", name="Choose a project to show").click()
    await pick(page, "Project", "all of ocean")
    await shows("Of the client")
    await page.get_by_role("button", name="Choose a project to show").click()
    await pick(page, "Project", "no project")
    await shows("Of nothing")
    await page.get_by_role("button", name="Choose a tag to show").click()
    await pick(page, "Tags", "no tag")
    await shows("Of nothing")
    await expect(page).to_have_url(
        f"{owner.server.url}/hours?year=2026&month=2&without=project%2Ctag"
    )
    await page.reload()
    await shows("Of nothing")
    await page.get_by_role("button", name="No project. Show the others again").click()
    await page.get_by_role("button", name="No tag. Show the others again").click()
    await page.get_by_role("button", name="Show what is billable or not").click()
    await pick(page, "Billable", "not")
    await shows("Of the client", "Of nothing")
    await page.get_by_role("button", name="Not billable. Show the others again").click()
    await shows("Of the client", "Of nobody", "Of nothing")
    await page.goto(f"{owner.server.url}/projects?tab=clients")
    await page.get_by_role("link", name="Sessions of Ocean fund").click()
    await shows("Of the client")
