"""The calendar: sessions are drawn, moved and lengthened by mouse, finger and keyboard, over
midnight and changes of the clocks, and whatever is refused goes back to where it was."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from tests.conftest import Server
from web.e2e.conftest import eventually, violations

HOUR_PIXELS = 48


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def add(visitor: Any, name: str, start: str, end: str) -> str:
    added = await visitor.api(
        "POST", "/sessions", {"name": name, "started_at": start, "ended_at": end}
    )
    return str(added["id"])


async def times(visitor: Any, session: str) -> tuple[str, str]:
    found = await visitor.api("GET", f"/sessions/{session}")
    return found["started_at"], found["ended_at"]


def times_of_all(page: Any) -> list[tuple[str, str]]:
    return [(item["started_at"], item["ended_at"]) for item in page["items"]]


async def saved_as(visitor: Any, session: str, *wanted: str) -> None:
    """Wait until the server has these times: the page shows a change before it is saved."""
    await eventually(lambda: times(visitor, session), wanted)


async def calendar(visitor: Any, query: str) -> Page:
    """The calendar with its sessions loaded."""
    page: Page = await visitor.open(f"/hours/calendar?{query}")
    await expect(page.get_by_role("region", name="Calendar")).to_be_visible()
    await expect(page.get_by_role("status", name="Loading sessions")).to_have_count(0)
    return page


async def spot(page: Page, day: int, hour: float, days: int = 7) -> tuple[float, float]:
    """Where on the screen an hour of a day is, once it has been scrolled to."""
    surface = page.get_by_test_id("calendar-days")
    await page.get_by_role("region", name="Calendar").evaluate(
        "(element, top) => { element.scrollTop = top; }", max(0, hour * HOUR_PIXELS - 250)
    )
    box = await surface.bounding_box()
    assert box is not None
    return box["x"] + (day + 0.5) / days * box["width"], box["y"] + hour * HOUR_PIXELS


async def drag(page: Page, start: tuple[float, float], *stops: tuple[float, float]) -> None:
    """Press, move to each place in some steps, and leave the button down."""
    await page.mouse.move(*start)
    await page.mouse.down()
    for stop in stops:
        await page.mouse.move(*stop, steps=6)


def block(page: Page, name: str) -> Locator:
    """The first part of a session, by how its label begins."""
    return page.get_by_role("button", name=re.compile(f"^{re.escape(name)}, "))


async def edge(page: Page, name: str, which: str) -> tuple[float, float]:
    await block(page, name).scroll_into_view_if_needed()
    box = await block(page, name).locator(f"[data-edge={which}]").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_session_is_drawn_named_saved_and_taken_back(ada: Any):
    page = await calendar(ada, "date=2025-06-03")
    start, stop = await spot(page, 1, 9), await spot(page, 1, 10.5)
    start = await spot(page, 1, 9)
    stop = (stop[0], start[1] + 1.5 * HOUR_PIXELS)
    await drag(page, start, stop)
    await expect(page.get_by_test_id("ghost")).to_contain_text("09:00 – 10:30 1 h 30 min")
    await page.mouse.up()
    form = page.get_by_role("form", name="New session")
    await expect(form.get_by_label("From")).to_have_value("09:00")
    await form.get_by_label("Name").fill("Gel")
    assert await violations(page) == []
    await form.get_by_role("button", name="Save").click()
    await expect(block(page, "Gel")).to_have_accessible_name("Gel, Tue, 09:00 to 10:30, 1 h 30 min")
    await eventually(
        lambda: ada.api("GET", "/sessions?from=2025-06-03&to=2025-06-04"),
        [("2025-06-03T07:00:00Z", "2025-06-03T08:30:00Z")],
        times_of_all,
    )
    await page.get_by_role("button", name="Take back").click()
    await expect(block(page, "Gel")).to_have_count(0)


async def test_session_is_moved_to_another_day_and_back_by_undo(ada: Any):
    session = await add(ada, "Digest", "2025-06-10T08:03:20Z", "2025-06-10T09:00:00Z")
    page = await calendar(ada, "date=2025-06-10")
    await drag(page, await spot(page, 1, 10.5), await spot(page, 3, 10.52))
    await page.mouse.up()
    # Sideways, an odd start is kept to the second.
    await expect(page.get_by_role("alert")).to_contain_text("is now Thu 12 Jun, 10:03 to 11:00")
    await saved_as(ada, session, "2025-06-12T08:03:20Z", "2025-06-12T09:00:00Z")
    await page.get_by_role("button", name="Undo").click()
    await expect(block(page, "Digest")).to_have_accessible_name(re.compile("^Digest, Tue"))
    await saved_as(ada, session, "2025-06-10T08:03:20Z", "2025-06-10T09:00:00Z")


async def test_edges_are_dragged_also_over_midnight(ada: Any):
    session = await add(ada, "Night", "2025-06-17T20:00:00Z", "2025-06-17T21:00:00Z")
    page = await calendar(ada, "date=2025-06-17")
    x, y = await edge(page, "Night", "start")
    await drag(page, (x, y), (x, y - HOUR_PIXELS))
    await page.mouse.up()
    await expect(block(page, "Night")).to_have_accessible_name("Night, Tue, 21:00 to 23:00, 2 h")
    await expect(page.get_by_role("alert")).to_contain_text("21:00 to 23:00")
    x, y = await edge(page, "Night", "end")
    surface = await page.get_by_test_id("calendar-days").bounding_box()
    assert surface is not None
    column = surface["width"] / 7
    # Into the next day, and up there: the calendar scrolls along.
    await drag(page, (x, y), (x + column, y - 40))
    region = await page.get_by_role("region", name="Calendar").bounding_box()
    assert region is not None
    await page.mouse.move(x + column, region["y"] + 70)
    scroller = page.get_by_role("region", name="Calendar")
    await expect(scroller).to_have_js_property("scrollTop", 0)
    surface = await page.get_by_test_id("calendar-days").bounding_box()
    assert surface is not None
    await page.mouse.move(x + column, surface["y"] + 3 * HOUR_PIXELS - 4, steps=5)
    await expect(page.get_by_test_id("ghost").first).to_contain_text("21:00 – 03:00 6 h")
    await page.mouse.up()
    await expect(page.locator(f"[data-session='{session}']")).to_have_count(2)
    await expect(block(page, "Night")).to_have_accessible_name("Night, Tue, 21:00 to 03:00, 6 h")
    await saved_as(ada, session, "2025-06-17T19:00:00Z", "2025-06-18T01:00:00Z")


async def test_escape_leaves_everything_as_it_was_and_shift_is_finer(ada: Any):
    session = await add(ada, "Assay", "2025-06-24T08:00:00Z", "2025-06-24T09:00:00Z")
    page = await calendar(ada, "date=2025-06-24")
    x, y = await spot(page, 1, 10.5)
    await drag(page, (x, y), (x, y + 100))
    await expect(page.get_by_test_id("ghost")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("ghost")).to_have_count(0)
    await page.mouse.up()
    assert await times(ada, session) == ("2025-06-24T08:00:00Z", "2025-06-24T09:00:00Z")
    # 13 pixels are a little more than a quarter of an hour; with Shift to the minute.
    await drag(page, (x, y), (x, y + 13))
    await expect(page.get_by_test_id("ghost")).to_contain_text("10:15 – 11:15")
    await page.keyboard.down("Shift")
    await expect(page.get_by_test_id("ghost")).to_contain_text("10:16 – 11:16")
    await page.mouse.up()
    await page.keyboard.up("Shift")
    await expect(page.get_by_role("alert")).to_contain_text("10:16 to 11:16")
    await eventually(lambda: times(ada, session), "2025-06-24T08:16:00Z", itemgetter(0))


async def test_keyboard_alone_finds_moves_lengthens_and_adds(ada: Any):
    first = await add(ada, "Culture", "2025-07-01T07:00:00Z", "2025-07-01T08:00:00Z")
    await add(ada, "Wash", "2025-07-01T09:00:00Z", "2025-07-01T10:00:00Z")
    await add(ada, "Image", "2025-07-03T07:00:00Z", "2025-07-03T08:00:00Z")
    page = await calendar(ada, "date=2025-07-01")
    await block(page, "Culture").focus()
    await page.keyboard.press("ArrowDown")
    await expect(block(page, "Wash")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(block(page, "Image")).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Home")
    await expect(block(page, "Culture")).to_be_focused()

    # Several presses with the key held are one change.
    await page.keyboard.down("Alt")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        await page.keyboard.press(key)
    await expect(page.get_by_test_id("ghost")).to_contain_text("09:10 – 10:10")
    await page.keyboard.up("Alt")
    await expect(block(page, "Culture")).to_have_accessible_name(
        "Culture, Wed, 09:10 to 10:10, 1 h"
    )
    await expect(block(page, "Culture")).to_be_focused()
    await expect(page.get_by_role("button", name="Undo")).to_have_count(1)
    await page.keyboard.press("Shift+ArrowUp")
    await expect(block(page, "Culture")).to_have_accessible_name(re.compile("09:10 to 10:05"))
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(block(page, "Culture")).to_have_accessible_name(re.compile("09:05 to 10:05"))
    await page.wait_for_load_state("networkidle")
    await saved_as(ada, first, "2025-07-02T07:05:00Z", "2025-07-02T08:05:00Z")

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("form", name="Edit Culture")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(block(page, "Culture")).to_be_focused()
    await page.keyboard.press("n")
    form = page.get_by_role("form", name="New session")
    await expect(form.get_by_label("From")).to_have_value("10:05")
    await page.keyboard.press("Escape")

    cursor = page.get_by_role("button", name=re.compile("^New session, "))
    await cursor.focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Shift+ArrowDown")
    await expect(cursor).to_have_accessible_name(re.compile("Tue,? 1 Jul, 09:15 to 10:00"))
    await page.keyboard.press("Enter")
    await page.keyboard.type("From the keyboard")
    await page.keyboard.press("Enter")
    await expect(block(page, "From the keyboard")).to_be_visible()
    await block(page, "Wash").focus()
    await page.keyboard.press("Delete")
    await expect(block(page, "Wash")).to_have_count(0)
    deleted = page.get_by_role("alert").filter(has_text="Deleted")
    await deleted.get_by_role("button", name="Undo").click()
    await expect(block(page, "Wash")).to_be_visible()


async def test_days_on_which_clocks_change_are_drawn_as_they_are(ada: Any):
    page = await calendar(ada, "date=2025-03-30")
    await expect(page.get_by_text("23 h day")).to_be_visible()
    start = await spot(page, 6, 1)
    await drag(page, start, (start[0], start[1] + 3 * HOUR_PIXELS))
    await expect(page.get_by_test_id("ghost")).to_contain_text("01:00 – 04:00 2 h")
    await page.keyboard.press("Escape")
    await page.mouse.up()

    # The hour that comes twice has two places, and a session may begin in its second time.
    page = await calendar(ada, "date=2025-10-26")
    await expect(page.get_by_text("25 h day")).to_be_visible()
    start = await spot(page, 6, 3.5)
    await drag(page, start, (start[0], start[1] + HOUR_PIXELS))
    await expect(page.get_by_test_id("ghost")).to_contain_text("02:30 – 03:30 1 h")
    await page.mouse.up()
    await page.get_by_role("form", name="New session").get_by_label("Name").fill("Second time")
    await page.keyboard.press("Enter")
    await expect(block(page, "Second time")).to_be_visible()
    await eventually(
        lambda: ada.api("GET", "/sessions?q=second time"),
        [("2025-10-26T01:30:00Z", "2025-10-26T02:30:00Z")],
        times_of_all,
    )


async def test_refused_change_goes_back_and_says_why(ada: Any):
    session = await add(ada, "Locked", "2025-07-08T08:00:00Z", "2025-07-08T09:00:00Z")
    page = await calendar(ada, "date=2025-07-08")

    async def refuse(route: Any) -> None:
        if route.request.method != "PATCH":
            await route.continue_()
            return
        await route.fulfill(
            status=409,
            content_type="application/problem+json",
            body=json.dumps(
                {
                    "title": "Locked",
                    "status": 409,
                    "code": "period_locked",
                    "detail": "July is locked.",
                }
            ),
        )

    await page.route("**/api/v1/sessions/*", refuse)
    x, y = await spot(page, 1, 10.5)
    await drag(page, (x, y), (x, y + 2 * HOUR_PIXELS))
    await page.mouse.up()
    await expect(page.get_by_role("alert")).to_contain_text("July is locked.")
    await expect(block(page, "Locked")).to_have_accessible_name(re.compile("10:00 to 11:00"))
    await page.unroute("**/api/v1/sessions/*")

    # Somebody else is faster, by so little that this page cannot know it yet: theirs is kept.
    async def be_faster(route: Any) -> None:
        if route.request.method == "GET":
            await ada.api("PATCH", f"/sessions/{session}", {"note": "by another tab"})
        await route.continue_()

    await page.route("**/api/v1/sessions/*", be_faster)
    await drag(page, (x, y), (x, y + 2 * HOUR_PIXELS))
    await page.mouse.up()
    stale = page.get_by_role("alert").filter(has_text="changed elsewhere")
    await expect(stale).to_be_visible()
    assert await times(ada, session) == ("2025-07-08T08:00:00Z", "2025-07-08T09:00:00Z")
    await expect(block(page, "Locked")).to_have_accessible_name(re.compile("10:00 to 11:00"))


async def test_days_add_up_as_the_report_does_and_lead_on(ada: Any):
    await add(ada, "Before", "2025-07-13T21:00:00Z", "2025-07-14T01:30:00Z")
    await add(ada, "Long night", "2025-07-15T20:00:00Z", "2025-07-16T00:20:00Z")
    page = await calendar(ada, "date=2025-07-16")
    report = await ada.api(
        "GET", "/reports/hours?period=week&date=2025-07-16&cut=split&group_by=none"
    )
    seconds = {day["date"]: day["duration_seconds"] for day in report["days"]}
    shown = await page.locator("time[title]").all_inner_texts()
    days = [str(date(2025, 7, 14) + timedelta(days=index)) for index in range(7)]
    wanted = [seconds.get(day, 0) for day in days]
    assert sum(wanted) == 3.5 * 3600 + 4 * 3600 + 20 * 60
    assert shown[:7] == [
        f"{value // 3600}:{value // 60 % 60:02}" if value else "–" for value in wanted
    ]
    await page.get_by_role("link", name="Wed 16").click()
    await expect(page).to_have_url(re.compile(r"view=day&date=2025-07-16|date=2025-07-16&view=day"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Calendar")
    await page.get_by_role("link", name="Sessions").last.click()
    await expect(page).to_have_url(re.compile(r"/hours\?from=2025-07-16&to=2025-07-17"))


async def test_what_runs_grows_and_its_start_can_be_dragged(ada: Any):
    await ada.api("POST", "/timer/start", {"name": "Ferment"})
    page = await calendar(ada, "view=day")
    running = page.get_by_role("button", name=re.compile("^Ferment, .*running since"))
    await expect(running).to_be_visible()
    before = (await ada.api("GET", "/timer"))["running"]["started_at"]
    await running.focus()
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page.get_by_role("alert")).to_contain_text("runs since")
    await eventually(
        lambda: ada.api("GET", "/timer"),
        True,
        lambda timer: timer["running"]["started_at"] < before,
    )
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("runs since")).to_have_count(0)
    await page.wait_for_load_state("networkidle")
    await eventually(
        lambda: ada.api("GET", "/timer"), before, lambda timer: timer["running"]["started_at"]
    )
    await ada.api("DELETE", "/timer")


async def test_phone_swipes_between_days_and_drags_after_a_rest(site: Server, new_visitor: Any):
    visitor = await new_visitor(site, width=390, has_touch=True, reduced_motion="reduce")
    await visitor.sign_in()
    session = await add(visitor, "Touch", "2025-08-05T08:00:00Z", "2025-08-05T09:00:00Z")
    page = await calendar(visitor, "date=2025-08-05")
    fingers = await visitor.context.new_cdp_session(page)

    async def touch(kind: str, x: float, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = await spot(page, 0, 10.5, days=1)
    await touch("touchStart", x, y)
    await page.wait_for_timeout(500)
    await expect(page.get_by_test_id("ghost")).to_be_visible()
    for step in range(1, 7):
        await touch("touchMove", x, y + step * HOUR_PIXELS / 6)
    await expect(page.get_by_test_id("ghost")).to_contain_text("11:00 – 12:00")
    await touch("touchEnd", x, y)
    await expect(block(page, "Touch")).to_have_accessible_name(re.compile("11:00 to 12:00"))
    await expect(page.get_by_role("alert")).to_contain_text("11:00 to 12:00")
    await eventually(lambda: times(visitor, session), "2025-08-05T09:00:00Z", itemgetter(0))

    await touch("touchStart", x + 80, y - 100)
    for step in range(1, 7):
        await touch("touchMove", x + 80 - step * 30, y - 100)
    await touch("touchEnd", x, y)
    await expect(page).to_have_url(re.compile("date=2025-08-06"))
    await expect(block(page, "Touch")).to_have_count(0)
    await page.get_by_role("button", name="Earlier").click()
    await expect(block(page, "Touch")).to_be_visible()
