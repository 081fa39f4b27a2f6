"""The timesheet says what the lists say, in print: totals, days, names of any script."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pypdf
import pytest
from tests.conftest import Lab

from benchbook.platform import typesetting
from benchbook.timetracking import exports, timesheets
from benchbook.timetracking.filters import SessionFilters
from benchbook.timetracking.places import Place

BERLIN = ZoneInfo("Europe/Berlin")
BRITISH = Place("en-GB", BERLIN)


async def add(who: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    body = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": "1h"} | fields
    answer = await who.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def exported(who: httpx.AsyncClient, **query: object) -> pypdf.PdfReader:
    answer = await who.get("/sessions/export", params={"format": "pdf", **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert re.search(r"benchbook-hours[^;]*\.pdf", answer.headers["content-disposition"])
    return pypdf.PdfReader(io.BytesIO(answer.content))


def text_of(document: pypdf.PdfReader) -> str:
    return "\n".join(page.extract_text() for page in document.pages)


def seconds_of(clock: str) -> int:
    hours, minutes, *seconds = map(int, clock.split(":"))
    return hours * 3600 + minutes * 60 + sum(seconds)


async def test_totals_of_the_pdf_are_those_of_the_api(lab: Lab):
    reef = (await lab.owner.post("/projects", json={"name": "Reef"})).json()
    for number in range(40):
        # Over the change of the clocks, over midnight, and in two months.
        await add(
            lab.owner,
            name=f"Dive {number}",
            started_at=f"2026-{3 + number % 2:02}-{20 + number % 10}T{number % 24:02}:50:00Z",
            duration=60 * (17 + 13 * number),
            project_id=reef["id"] if number % 3 else None,
            billable=number % 5 == 0,
        )
    query: dict[str, str] = {"time_zone": "Europe/Berlin"}
    totals = (await lab.owner.get("/sessions/totals", params=query)).json()
    text = text_of(await exported(lab.owner, **query))
    assert totals["count"] == 40
    clocks = re.findall(r"^Total (?:40 100\.0 % )?(\d+:\d\d)$", text, re.MULTILINE)
    assert [seconds_of(clock) for clock in clocks] == [totals["duration_seconds"]] * 2
    assert f"{totals['duration_seconds'] / 3600:,.2f} hours · 40 sessions" in text
    days = {
        datetime.strptime(day, "%A, %d %B %Y").date().isoformat(): seconds_of(clock)  # noqa: DTZ007
        for day, clock in re.findall(r"^(\w+day, \d+ \w+ 2026) (\d+:\d\d)$", text, re.MULTILINE)
    }
    assert days == {day["date"]: day["duration_seconds"] for day in totals["days"]}
    of_reef = (
        await lab.owner.get("/sessions/totals", params=query | {"project_id": reef["id"]})
    ).json()
    [clock] = re.findall(r"^Reef \d+ [\d.]+ % (\d+:\d\d)$", text, re.MULTILINE)
    assert seconds_of(clock) == of_reef["duration_seconds"]


async def test_durations_show_seconds_where_any_has_them(lab: Lab):
    await add(lab.owner, duration=3600)
    await add(lab.owner, started_at="2026-03-03T09:00:00Z", duration=61)
    assert "1:01:01" in text_of(await exported(lab.owner))


async def test_it_is_tagged_titled_and_numbered_for_readers_of_screens(lab: Lab):
    for number in range(60):
        await add(lab.owner, started_at=f"2026-03-02T{number // 3:02}:{number % 3 * 20:02}:00Z")
    document = await exported(lab.owner, year=2026, month=3)
    root: Any = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert document.metadata
    assert str(document.metadata.title).startswith("Timesheet, ")
    pages = [page.extract_text() for page in document.pages]
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "From To What Project Duration" in page
        assert "March 2026" in page


@pytest.mark.parametrize(
    ("locale", "width_points"),
    [("en-GB", 595), ("en-US", 612), ("de-DE", 595), ("zh-Hant-TW", 595)],
)
async def test_paper_is_that_of_the_reader(lab: Lab, locale: str, width_points: int):
    assert (await lab.owner.patch("/me", json={"locale": locale})).status_code == 200
    [page, *_] = (await exported(lab.owner)).pages
    assert round(float(page.mediabox.width)) == width_points


@pytest.mark.parametrize(
    ("locale", "day", "start", "hours"),
    [
        ("en-GB", "Monday, 2 March 2026", "15:05", "1,234.50 hours"),
        ("en-US", "Monday, March 2, 2026", "3:05 PM", "1,234.50 hours"),
        ("de-CH", "Montag, 2. März 2026", "15:05", "1’234.50 hours"),
        ("de", "Montag, 2. März 2026", "15:05", "1.234,50 hours"),
        ("zh-Hant-TW", "2026年3月2日 星期一", "下午3:05", "1,234.50 hours"),
        ("tlh-Latn", "Monday, 2 March 2026", "15:05", "1,234.50 hours"),
    ],
)
async def test_days_times_and_numbers_are_the_readers(
    lab: Lab, locale: str, day: str, start: str, hours: str
):
    await lab.owner.patch("/me", json={"locale": locale, "time_zone": "Europe/Berlin"})
    # The longest that there can be is 744 hours.
    for started_at, duration in (
        ("2026-03-02T14:05:00Z", 700 * 3600),
        ("2026-04-02T14:05:00Z", 534 * 3600 + 1800),
    ):
        await add(lab.owner, started_at=started_at, duration=duration)
    # Where fonts change, the reader of the file sees spaces that are none.
    text = "".join(text_of(await exported(lab.owner)).split())
    for part in (day, start, hours):
        assert "".join(part.split()) in text


async def test_names_of_any_script_are_in_it_as_text(lab: Lab):
    names = ["山田 太郎", "Иван Петров", "Ngô Bảo Châu", "김철수", "Ελένη", "สมชาย", "Zoë Ødegård"]
    for hour, name in enumerate(names):
        await add(lab.owner, name=name, started_at=f"2026-03-02T{hour:02}:00:00Z")
    text = text_of(await exported(lab.owner))
    for name in names:
        assert name in text


async def test_characters_that_no_font_has_do_not_stand_in_the_way(lab: Lab):
    await add(lab.owner, name="private \ue000, bell \x07, 𓀀", note="line\nbreak")
    assert "private" in text_of(await exported(lab.owner))


async def test_names_are_never_taken_for_markup(lab: Lab):
    name = '#panic("x") = [ $ * _ \\ ` @ref <label> // /*'
    await add(lab.owner, name=name, note=name)
    assert text_of(await exported(lab.owner)).count("#panic") == 2


async def test_sessions_come_in_the_order_of_time_unless_told_otherwise(lab: Lab):
    for day in (3, 1, 2):
        await add(lab.owner, name=f"on the {day}.", started_at=f"2026-03-0{day}T09:00:00Z")
    oldest = re.findall(r"on the (\d)\.", text_of(await exported(lab.owner)))
    newest = re.findall(r"on the (\d)\.", text_of(await exported(lab.owner, order="newest")))
    assert (oldest, newest) == (["1", "2", "3"], ["3", "2", "1"])


async def test_what_the_filters_show_is_said(lab: Lab):
    reef = (await lab.owner.post("/projects", json={"name": "Reef"})).json()
    member = await lab.person("member")
    await add(member, name="theirs")
    await add(lab.owner, name="Dive", project_id=reef["id"], tags=["sea"])
    everybody = text_of(await exported(lab.owner))
    assert "By person" in everybody
    assert "People" in everybody
    chosen = text_of(
        await exported(lab.owner, project_id=reef["id"], tag="sea", q="div", year=2026)
    )
    for fact in ("Period 2026", "Project Reef", "Tag sea", "Text “div” in the name"):
        assert fact in chosen
    assert "By person" not in chosen
    assert "theirs" not in chosen
    less = text_of(await exported(lab.owner, without=["client", "tag"], billable=False))
    for fact in ("Without a client, a tag", "Billable only not billable"):
        assert fact in less
    own = text_of(await exported(member))
    assert "theirs" in own
    assert "Dive" not in own


async def test_a_timesheet_of_nothing_says_so(lab: Lab):
    text = text_of(await exported(lab.owner, year=1999))
    assert "Nothing was found." in text
    assert "0:00" in text


async def test_more_sessions_than_a_pdf_takes_are_refused_with_what_to_do(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "MOST_PDF_SESSIONS", 3)
    for day in range(1, 5):
        await add(lab.owner, started_at=f"2026-03-0{day}T09:00:00Z")
    await exported(lab.owner, **{"from": "2026-03-02"})
    answer = await lab.owner.get("/sessions/export?format=pdf")
    assert (answer.status_code, answer.json()["code"]) == (400, "too_much_for_pdf")
    [error] = answer.json()["errors"]
    assert error["pointer"] == "?format"
    assert "CSV or XLSX" in error["detail"]


async def test_a_document_that_takes_too_long_is_given_up(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    await add(lab.owner)
    monkeypatch.setattr(typesetting, "LONGEST_SECONDS", 0.01)
    answer = await lab.owner.get("/sessions/export?format=pdf")
    assert (answer.status_code, answer.json()["code"]) == (400, "too_much_for_pdf")


async def test_a_document_that_takes_too_much_memory_is_given_up(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    await add(lab.owner)
    monkeypatch.setattr(typesetting, "MOST_BYTES", 1 << 29)
    monkeypatch.setattr(
        timesheets, "template", lambda: "#range(100).map(n => range(10000000).map(k => k + n))"
    )
    answer = await lab.owner.get("/sessions/export?format=pdf")
    assert (answer.status_code, answer.json()["code"]) == (400, "too_much_for_pdf")


# Periods ----------------------------------------------------------------------------------------


def at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN)


DAYS = [date(2026, 3, 2), date(2026, 5, 5)]


@pytest.mark.parametrize(
    ("ranges", "days", "period"),
    [
        ([(at(2026, 3, 1), at(2026, 4, 1))], DAYS, "March 2026"),
        ([(at(2026, 1, 1), at(2027, 1, 1))], DAYS, "2026"),
        ([(at(2026, 12, 1), at(2027, 1, 1))], DAYS, "December 2026"),
        ([(at(2026, 3, 2), at(2026, 3, 3))], DAYS, "Monday, 2 March 2026"),
        ([(at(2026, 3, 2), at(2026, 3, 9))], DAYS, "2 March 2026 to 8 March 2026"),
        ([(at(2025, 12, 29), at(2026, 1, 5))], DAYS, "29 December 2025 to 4 January 2026"),
        ([], DAYS, "all time: 2 March 2026 to 5 May 2026"),
        ([], [], "all time"),
        ([(at(2026, 3, 1), None)], DAYS, "from 1 March 2026 (2 March 2026 to 5 May 2026)"),
        ([(None, at(2026, 6, 1))], [], "until 31 May 2026"),
        (
            [(at(2026, 1, 1), at(2027, 1, 1)), (at(2026, 3, 1), None)],
            DAYS,
            "1 March 2026 to 31 December 2026",
        ),
        (
            [(at(2026, 3, 1, 8), at(2026, 3, 2))],
            DAYS,
            "from 1 March 2026, 08:00:00 to 2 March 2026, 00:00:00",
        ),
        ([(at(2026, 3, 3), at(2026, 3, 2))], [], "no day at all"),
    ],
    ids=range(13),
)
def test_periods_are_named_as_people_do(
    ranges: list[tuple[datetime | None, datetime | None]], days: Sequence[date], period: str
):
    assert timesheets._period(SessionFilters(ranges=ranges), BRITISH, days) == period


def test_many_days_are_added_up_by_month():
    row = {
        "ended_at": datetime(2026, 1, 1, 1, tzinfo=UTC),
        "duration_seconds": 3600,
    }
    by_day: Any = [(date(2026, 1 + day // 25, 1 + day % 25), [row]) for day in range(100)]
    [part] = timesheets._periods(by_day, timesheets._Clock(with_seconds=False), BRITISH)
    assert part["rows"] == [
        [f"{month} 2026", "25:00"] for month in ("January", "February", "March", "April")
    ]
