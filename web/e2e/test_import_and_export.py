"""Moving in and out: a Toggl report comes in through the browser, looked at first, and goes out."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from playwright.async_api import Page, expect
from tests.conftest import Server
from web.e2e.conftest import exactly, violations

HEADER = (
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,"
    "Duration,Tags,Amount (EUR)"
)


def toggl_report(lines: int, *extra: str) -> str:
    """A detailed report as Toggl Track writes it: an hour a day, from 2 March 2026 on."""
    rows = [HEADER]
    day = datetime(2026, 3, 2, tzinfo=UTC)
    for number in range(lines):
        rows.append(
            f"Ada Berger,ada@example.org,Institute,Reef survey,,Dive {number},Yes,"
            f"{day:%Y-%m-%d},09:00:00,{day:%Y-%m-%d},10:30:00,01:30:00,sea,"
        )
        day += timedelta(days=1)
    return "\r\n".join([*rows, *extra]) + "\r\n"


def a_file(name: str, content: str | bytes) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "text/csv", "buffer": data}


async def choose(page: Page, name: str, content: str | bytes) -> None:
    await page.locator("input[type=file]").set_input_files(a_file(name, content))


async def exported(page: Page, label: str, where: Path) -> Path:
    """What the Export menu hands to the browser."""
    await page.get_by_role("button", name=exactly("Export")).click()
    async with page.expect_download() as waiting:
        await page.get_by_role("menuitem", name=re.compile(f"^{label}")).click()
    download = await waiting.value
    path = where / download.suggested_filename
    await download.save_as(path)
    return path


@pytest.fixture
async def ada(site: Server, new_visitor: Any) -> Any:
    visitor = await new_visitor(site, reduced_motion="reduce")
    await visitor.sign_in()
    return visitor


async def test_toggl_history_moves_in_out_and_in_again(ada: Any, tmp_path: Path):
    report = toggl_report(
        12,
        "Ada Berger,ada@example.org,,,,Wrong,No,2026-02-30,09:00:00,2026-02-30,10:00:00,1:00:00,,",
    )
    page = await ada.open("/settings/import")
    await choose(page, "Toggl_time_entries.csv", report)

    # It is tried first: what would be added, and the line that cannot be.
    await expect(page.get_by_label("Exported by")).to_have_value("toggl")
    await expect(page.get_by_role("button", name="Import 12 sessions")).to_be_enabled()
    preview = page.get_by_role("region", name="Sessions to be added")
    await expect(preview.get_by_role("row")).to_have_count(13)
    await expect(preview).to_contain_text("2 Mar")
    await expect(preview).to_contain_text("09:00–10:30")
    await expect(page.get_by_text("It also makes 1 project, 1 client and 1 tag.")).to_be_visible()
    left_out = page.get_by_role("region", name="Lines left out")
    await expect(left_out.get_by_role("row").nth(1)).to_contain_text("14")
    await expect(left_out).to_contain_text("“2026-02-30” is not a date")
    assert (await ada.api("GET", "/sessions/totals"))["count"] == 0
    assert await violations(page) == []
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download this list").click()
    problems = await (await waiting.value).path()
    assert problems.read_text(encoding="utf-8-sig").startswith("line,detail\n14,")

    await page.get_by_role("button", name="Import 12 sessions").click()
    await expect(page.get_by_role("heading", name="12 sessions added")).to_be_focused()
    totals = await ada.api("GET", "/sessions/totals")
    assert (totals["count"], totals["duration_seconds"]) == (12, 12 * 5400)
    [done] = (await ada.api("GET", "/sessions/imports"))["items"]

    # Out again, of the very month that is shown, in every format.
    await page.get_by_role("link", name="Show the sessions").click()
    await page.goto(f"{ada.server.url}/hours?year=2026&month=3")
    await expect(page.get_by_text("Dive 0", exact=True)).to_be_visible()
    own = await exported(page, "CSV", tmp_path)
    assert own.name == "benchbook-hours-2026-03.csv"
    rows = list(csv.DictReader(io.StringIO(own.read_text(encoding="utf-8-sig"))))
    assert sum(int(row["duration_seconds"]) for row in rows) == totals["duration_seconds"]
    book = openpyxl.load_workbook(await exported(page, "Excel", tmp_path))
    assert book.worksheets[0].max_row == 13
    sheet = pypdf.PdfReader(await exported(page, "PDF", tmp_path))
    assert "18:00" in sheet.pages[0].extract_text()
    assert (await exported(page, "JSON", tmp_path)).stat().st_size > 1000

    # And in once more: all of it is here already.
    await page.goto(f"{ada.server.url}/settings/import")
    await choose(page, own.name, own.read_bytes())
    await expect(page.get_by_label("Exported by")).to_have_value("benchbook")
    await expect(page.get_by_text("All of this file is here already.")).to_be_visible()
    await expect(page.get_by_role("button", name="Import sessions")).to_be_disabled()

    # Taken back as a whole, and then it can come in from our own file with the same total.
    await page.get_by_role("button", name="Take back Toggl_time_entries.csv").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("All 12 sessions that it added are deleted for good")
    await dialog.get_by_role("button", name="Take back").click()
    await expect(page.get_by_text("None yet.")).to_be_visible()
    assert (await ada.api("GET", "/sessions/totals"))["count"] == 0
    assert done["id"] not in str(await ada.api("GET", "/sessions/imports"))
    await page.get_by_role("button", name="Another file").click()
    await choose(page, own.name, own.read_bytes())
    await page.get_by_role("button", name="Import 12 sessions").click()
    await expect(page.get_by_role("heading", name="12 sessions added")).to_be_visible()
    assert await ada.api("GET", "/sessions/totals") == totals
    # The toast takes it back at once.
    await page.get_by_role("alert").get_by_role("button", name="Take back").click()
    await expect(page.get_by_text("None yet.")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^Choose a CSV file"))).to_be_visible()
    assert (await ada.api("GET", "/sessions/totals"))["count"] == 0


async def test_dates_that_can_be_read_in_two_ways_are_asked_about(ada: Any):
    content = (
        "Description,Start date,Start time,End date,End time,Duration\r\n"
        "PCR,03/04/2026,09:00:00,03/04/2026,10:00:00,01:00:00\r\n"
    )
    page = await ada.open("/settings/import")
    await choose(page, "two-ways.csv", content)
    await expect(page.get_by_text("Which is the day, and which the month?")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_label("Dates").select_option("dmy")
    preview = page.get_by_role("region", name="Sessions to be added")
    await expect(preview).to_contain_text("3 Apr")
    await page.get_by_label("Dates").select_option("mdy")
    await expect(preview).to_contain_text("4 Mar")


async def test_files_that_are_no_such_thing_are_told_at_once(ada: Any):
    page = await ada.open("/settings/import")
    await choose(page, "hours.xlsx", b"PK\x03\x04 and more")
    await expect(page.get_by_role("alert")).to_contain_text("save the sheet as CSV")
    await choose(page, "empty.csv", b"")
    await expect(page.get_by_role("alert")).to_contain_text("The file is empty.")
    # Over 100 MB nothing is sent at all.
    await page.evaluate(
        """() => {
          const file = new File([new Uint8Array(106_000_000)], "years.csv");
          const dropped = new DataTransfer();
          dropped.items.add(file);
          const place = document.querySelector("main button[data-over]");
          place.dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: dropped }));
        }"""
    )
    await expect(page.get_by_role("alert")).to_contain_text("is 106 MB large")
    # What only the server can tell.
    await choose(page, "letters.csv", "a,b,c\r\n1,2,3\r\n")
    await expect(page.get_by_role("alert")).to_contain_text("This can’t be imported yet")
    await expect(page.get_by_role("button", name="Import sessions")).to_be_disabled()


async def test_an_import_without_an_answer_is_sent_again_and_added_once(ada: Any):
    page = await ada.open("/settings/import")
    await choose(page, "once.csv", toggl_report(3))
    await expect(page.get_by_role("button", name="Import 3 sessions")).to_be_enabled()
    failures = 0

    async def lose_the_first_answer(route: Any) -> None:
        nonlocal failures
        if failures == 0:
            failures += 1
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/api/v1/sessions/imports", lose_the_first_answer)
    await page.get_by_role("button", name="Import 3 sessions").click()
    await expect(page.get_by_role("heading", name="3 sessions added")).to_be_visible()
    assert failures == 1
    totals = await ada.api("GET", "/sessions/totals?q=Dive")
    assert totals["count"] == 3
    for done in (await ada.api("GET", "/sessions/imports"))["items"]:
        await ada.api("DELETE", f"/sessions/imports/{done['id']}")


async def test_an_export_that_fails_says_so_and_can_be_tried_again(ada: Any, tmp_path: Path):
    await ada.api(
        "POST", "/sessions", {"name": "PCR", "started_at": "2026-05-04T09:00:00Z", "duration": "1h"}
    )
    page = await ada.open("/hours?year=2026&month=5")
    await expect(page.get_by_text("PCR", exact=True)).to_be_visible()
    attempts = 0

    async def fail_first(route: Any) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            await route.fulfill(
                status=400,
                content_type="application/problem+json",
                json={"code": "too_much_for_pdf", "detail": "A PDF holds at most 5,000 sessions."},
            )
        else:
            await route.continue_()

    await page.route("**/api/v1/sessions/export?*", fail_first)
    await page.get_by_role("button", name=exactly("Export")).click()
    await expect(page.get_by_text("Export May 2026")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("menuitem", name=re.compile("^PDF")).click()
    failure = page.get_by_role("alert")
    await expect(failure).to_contain_text("Couldn’t export May 2026 as PDF")
    await expect(failure).to_contain_text("A PDF holds at most 5,000 sessions.")
    async with page.expect_download() as waiting:
        await failure.get_by_role("button", name="Retry").click()
    path = tmp_path / "again.pdf"
    await (await waiting.value).save_as(path)
    assert len(pypdf.PdfReader(path).pages) == 1


async def test_the_overview_exports_the_period_it_shows(ada: Any, tmp_path: Path):
    for day in ("06", "15"):
        await ada.api(
            "POST",
            "/sessions",
            {"name": f"On {day}", "started_at": f"2026-04-{day}T09:00:00Z", "duration": "1h"},
        )
    page = await ada.open("/hours/overview?date=2026-04-08")
    await expect(page.get_by_role("region", name=re.compile("^Hours of"))).to_be_visible()
    path = await exported(page, "CSV", tmp_path)
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    assert [row["name"] for row in rows] == ["On 06"]
