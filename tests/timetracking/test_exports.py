"""Exports hold what the filters show, all of it, and nothing that a spreadsheet would run."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import msgspec
import openpyxl
import pytest
from tests.conftest import PASSWORD, Lab, Server, run_server

from benchbook.platform.database import Database
from benchbook.timetracking import exports
from benchbook.timetracking.exports import CSV_COLUMNS, XLSX_COLUMNS
from benchbook.timetracking.schemas import SessionExport

FORMATS = ["csv", "xlsx", "json"]


async def add(who: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    body = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": "1h"} | fields
    answer = await who.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def exported(who: httpx.AsyncClient, form: str, **query: object) -> list[dict[str, Any]]:
    """The rows of an export, cells as the format gives them."""
    answer = await who.get("/sessions/export", params={"format": form, **query})
    assert answer.status_code == 200, answer.text
    if form == "csv":
        assert answer.content.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    if form == "json":
        items: list[dict[str, Any]] = answer.json()["items"]
        return items
    return [row for sheet in sheets(answer.content) for row in sheet]


def sheets(content: bytes) -> list[list[dict[str, Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    found = []
    for sheet in book.worksheets:
        header, *rows = sheet.iter_rows(values_only=True)
        assert header == tuple(column.title for column in XLSX_COLUMNS)
        found.append([dict(zip_longest(header, row)) for row in rows])
    return found


async def listed(who: httpx.AsyncClient, **query: object) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = query | ({"cursor": cursor} if cursor else {})
        answer = (await who.get("/sessions", params=page)).json()  # type: ignore[arg-type]
        items += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return items


async def test_csv_has_a_row_a_session_with_local_times_and_their_offset(lab: Lab):
    client = (await lab.owner.post("/clients", json={"name": "Institute"})).json()
    project = (
        await lab.owner.post("/projects", json={"name": "Reef", "client_id": client["id"]})
    ).json()
    session = await add(
        lab.owner,
        name='Count "fish", and\r\nsquid',
        note="two\nlines",
        started_at="2026-10-25T00:30:00Z",
        duration=5400 + 36 * 3600,
        project_id=project["id"],
        tags=["dive", "a, b"],
        billable=True,
    )
    answer = await lab.owner.get("/sessions/export", params={"time_zone": "Europe/Berlin"})
    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
    first, _ = answer.content.split(b"\r\n", 1)
    assert first == b"\xef\xbb\xbf" + ",".join(CSV_COLUMNS).encode()
    assert answer.content.endswith(b"\r\n")
    [row] = await exported(lab.owner, "csv", time_zone="Europe/Berlin")
    assert row == {
        "id": session["id"],
        "name": 'Count "fish", and\r\nsquid',
        "note": "two\nlines",
        "person": "Olga Owner",
        "email": lab.owner_email,
        "project": "Reef",
        "client": "Institute",
        "tags": 'dive,"a, b"',
        "billable": "yes",
        "date": "2026-10-25",
        "start": "2026-10-25T02:30:00+02:00",
        "end": "2026-10-26T15:00:00+01:00",
        "duration": "37:30:00",
        "duration_seconds": "135000",
        "time_zone": "Europe/Berlin",
        "rate": "",
        "amount": "",
        "currency": "",
        "rounding": "",
    }


async def test_json_has_the_fields_of_the_list_and_names(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": 'Reef "2"'})).json()
    await add(lab.owner, project_id=project["id"], name="é 漢字 🧬 \u2028")
    await add(lab.owner, started_at="2026-03-03T09:00:00Z")
    answer = await lab.owner.get("/sessions/export", params={"format": "json"})
    assert answer.headers["content-type"] == "application/json"
    msgspec.json.decode(answer.content, type=SessionExport, strict=True)
    named = [
        session
        | {
            "project_name": 'Reef "2"' if session["project_id"] else None,
            "client_name": None,
            "person_name": "Olga Owner",
            "hourly_rate": None,
            "amount": None,
        }
        for session in await listed(lab.owner)
    ]
    assert answer.json() == {"rounding": None, "currency": "EUR", "items": named}


async def test_xlsx_has_dates_durations_and_booleans_as_such(lab: Lab):
    await add(
        lab.owner,
        name="=1+1",
        started_at="2026-03-28T23:30:00Z",
        duration=3 * 3600 + 25,
        tags=["a", "b"],
        billable=True,
    )
    answer = await lab.owner.get(
        "/sessions/export", params={"format": "xlsx", "time_zone": "Europe/Berlin"}
    )
    assert answer.headers["content-type"] == exports.MEDIA_TYPES["xlsx"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    [sheet] = book.worksheets
    assert (sheet.title, sheet.freeze_panes) == ("Sessions", "A2")
    cells = dict(zip([cell.value for cell in sheet[1]], sheet[2], strict=True))
    assert cells["name"].value == "=1+1"
    assert cells["name"].data_type in ("s", "inlineStr")
    assert cells["note"].value is None
    assert cells["billable"].value is True
    assert cells["date"].value == datetime(2026, 3, 29)  # noqa: DTZ001 - a cell has no zone
    assert cells["start"].value == datetime(2026, 3, 29, 0, 30)  # noqa: DTZ001
    assert cells["end"].value == datetime(2026, 3, 29, 4, 30, 25)  # noqa: DTZ001
    assert cells["utc_offset"].value == "+01:00"
    assert cells["duration"].value == timedelta(hours=3, seconds=25)
    assert cells["duration"].number_format == "[h]:mm:ss"
    assert cells["duration_seconds"].value == 10_825


async def test_cells_that_look_like_formulas_are_made_harmless_in_csv(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "@SUM(A1)"})).json()
    await add(
        lab.owner,
        name="=HYPERLINK(1)",
        note="\t-1",
        tags=["+1", "x"],
        project_id=project["id"],
    )
    [row] = await exported(lab.owner, "csv")
    assert (row["name"], row["note"]) == ("'=HYPERLINK(1)", "'\t-1")
    assert (row["project"], row["tags"]) == ("'@SUM(A1)", "'+1, x")
    for value in row.values():
        assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("form", FORMATS)
async def test_export_holds_what_the_list_shows_whatever_the_filters(
    lab: Lab, form: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "PAGE_ROWS", 3)
    project = (await lab.owner.post("/projects", json={"name": "Reef"})).json()
    member = await lab.person("member")
    for number in range(7):
        # Some start in the same second, so that pages end among equals; two months are touched.
        await add(
            lab.owner,
            name=f"PCR {number}",
            started_at=f"2026-0{2 + number % 2}-0{1 + number // 3}T09:00:00Z",
            tags=["a"] if number % 3 else [],
            project_id=project["id"] if number % 2 else None,
        )
    await add(member, name="theirs")
    binned = await add(lab.owner, name="binned")
    await lab.owner.delete(f"/sessions/{binned['id']}")
    filters: list[dict[str, object]] = [
        {},
        {"order": "oldest"},
        {"year": 2026, "month": 2},
        {"from": "2026-02-02", "to": "2026-03-03"},
        {"project_id": project["id"]},
        {"tag": "a"},
        {"q": "pcr 1"},
        {"person_id": member.person_id},  # type: ignore[attr-defined]
        {"deleted": True},
        {"year": 1999},
    ]
    for query in filters:
        shown = [session["id"] for session in await listed(lab.owner, **query)]
        assert [row["id"] for row in await exported(lab.owner, form, **query)] == shown, query
    assert len(await exported(lab.owner, form)) == 8


@pytest.mark.parametrize("form", FORMATS)
async def test_member_exports_their_own_and_a_manager_everybodys(lab: Lab, form: str):
    member, manager = await lab.person("member"), await lab.person("manager")
    mine, theirs = await add(member), await add(manager)
    assert [row["id"] for row in await exported(member, form)] == [mine["id"]]
    assert {row["id"] for row in await exported(manager, form)} == {mine["id"], theirs["id"]}
    others = {"person_id": manager.person_id}  # type: ignore[attr-defined]
    assert await exported(member, form, **others) == []


@pytest.mark.parametrize("form", FORMATS)
async def test_export_of_nothing_is_a_whole_file(lab: Lab, form: str):
    assert await exported(lab.owner, form) == []


async def test_workbook_goes_on_on_another_sheet_where_one_is_full(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "SHEET_ROWS", 4)
    for number in range(7):
        await add(lab.owner, name=f"PCR {number}", started_at=f"2026-03-0{number + 1}T09:00:00Z")
    answer = await lab.owner.get("/sessions/export?format=xlsx&order=oldest")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Sessions", "Sessions 2", "Sessions 3"]
    names = [[row["name"] for row in sheet] for sheet in sheets(answer.content)]
    assert names == [["PCR 0", "PCR 1", "PCR 2"], ["PCR 3", "PCR 4", "PCR 5"], ["PCR 6"]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({}, "benchbook-hours.csv"),
        ({"year": 2026, "month": 3, "format": "json"}, "benchbook-hours-2026-03.json"),
        (
            {"from": "2026-03-01", "to": "2026-04-01"},
            "benchbook-hours-2026-03-01-to-2026-04-01.csv",
        ),
        ({"tag": 'Näh/"\r\nx', "format": "xlsx"}, "benchbook-hours-Näh-x.xlsx"),
        ({"tag": "漢字"}, "benchbook-hours-漢字.csv"),
    ],
    ids=range(5),
)
async def test_file_name_tells_what_is_in_it(lab: Lab, query: dict[str, str], name: str):
    answer = await lab.owner.get("/sessions/export", params=query)
    match = re.fullmatch(
        r"attachment; filename=\"([\x20-\x7e]+)\"; filename\*=UTF-8''([A-Za-z0-9._%~-]+)",
        answer.headers["content-disposition"],
    )
    assert match
    assert unquote(match[2]) == name
    assert match[1] == re.sub(r"[^\x20-\x7e]", "_", name)


@pytest.mark.parametrize(
    "query",
    [
        {"format": "docx"},
        {"time_zone": "Mars/Base"},
        {"month": "3"},
        {"from": "yesterday"},
        {"order": "random"},
        {"person_id": "me"},
    ],
    ids=str,
)
async def test_wrong_parameters_are_told_before_anything_is_sent(lab: Lab, query: dict[str, str]):
    answer = await lab.owner.get("/sessions/export", params=query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "content-disposition" not in answer.headers
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"?{next(iter(query))}"]


@pytest.mark.parametrize("form", [*FORMATS, "pdf"])
@pytest.mark.parametrize("accepted", ["gzip, br", "br;q=1, gzip;q=0", "identity"])
async def test_texts_are_compressed_for_who_takes_gzip_and_what_is_already_is_not(
    lab: Lab, form: str, accepted: str
):
    for day in range(1, 20):
        await add(lab.owner, started_at=f"2026-03-{day:02}T09:00:00Z")
    answer = await lab.owner.get(
        "/sessions/export", params={"format": form}, headers={"Accept-Encoding": accepted}
    )
    zipped = form in ("csv", "json") and accepted == "gzip, br"
    assert answer.headers.get("content-encoding") == ("gzip" if zipped else None)
    if form in ("csv", "json"):
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.text.count("PCR") == 19
    else:
        assert answer.content.startswith(b"PK" if form == "xlsx" else b"%PDF-")


async def test_export_needs_credentials(anonymous: httpx.AsyncClient):
    answer = await anonymous.get("/sessions/export?format=xlsx")
    assert answer.status_code == 401


async def test_sessions_that_come_and_go_meanwhile_put_no_other_out_or_in_twice(
    lab: Lab, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "PAGE_ROWS", 2)
    made = [await add(lab.owner, started_at=f"2026-03-0{day}T09:00:00Z") for day in range(1, 8)]
    read = exports.export_store.read_export_page
    pages = 0

    async def read_and_change(*arguments: Any, **options: Any) -> Any:
        nonlocal pages
        page = await read(*arguments, **options)
        pages += 1
        if pages == 2:
            # One before the place where the export is, and the one that its key names.
            await add(lab.owner, started_at="2026-03-09T09:00:00Z")
            await lab.owner.delete(f"/sessions/{page[-1]['id']}")
        return page

    monkeypatch.setattr(exports.export_store, "read_export_page", read_and_change)
    rows = await exported(lab.owner, "csv")
    assert [row["id"] for row in rows] == [session["id"] for session in reversed(made)]


# Many -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A process of its own, whose memory can be looked at."""
    with run_server() as running:
        yield running


def resident_kib(server: Server, kind: str) -> int:
    assert server.process
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    match = re.search(rf"^{kind}:\s+(\d+) kB", status, re.MULTILINE)
    assert match
    return int(match[1])


def toggl_file(lines: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["Project", "Description", "Start date", "Start time", "End date", "End time", "Duration"]
    )
    at = datetime(2025, 1, 1, tzinfo=UTC)
    for number in range(lines):
        end = at + timedelta(seconds=60)
        writer.writerow(
            [f"Project {number % 9}", f"Work {number}", at.date(), at.time(), end.date(), end.time(), "0:01:00"]
        )  # fmt: skip
        at += timedelta(seconds=90)
    return text.getvalue().encode()


def test_export_and_import_of_100_000_rows_do_not_grow_memory(server: Server):
    """The peak of the process, after a small export and import have loaded all there is to load."""
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=250) as owner:
        person = {
            "organisation": "Many",
            "name": "O",
            "email": "o@example.org",
            "password": PASSWORD,
        }
        assert owner.post("/setup", json=person).status_code == 201
        token = owner.post("/api-tokens", json={"name": "many"}).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}

        def load(lines: int) -> None:
            answer = owner.post(
                "/sessions/imports",
                headers=headers,
                files={"file": ("toggl.csv", toggl_file(lines))},
                data={"format": "toggl"},
            )
            assert (answer.status_code, answer.json()["rejected"]) == (201, 0)

        def export(form: str) -> int:
            size = 0
            path = f"/sessions/export?format={form}"
            with owner.stream("GET", path, headers=headers) as answer:
                assert answer.status_code == 200
                for piece in answer.iter_bytes():
                    size += len(piece)
            return size

        load(2_000)
        small = {form: export(form) for form in FORMATS}
        before = resident_kib(server, "VmHWM")
        load(100_000)
        large = {form: export(form) for form in FORMATS}
        after = resident_kib(server, "VmHWM")
        total = owner.get("/sessions/totals", headers=headers).json()["count"]
        assert total == 100_000
        assert large["json"] > 40 * small["json"] > 0
        assert large["csv"] > 12_000_000
        # A digest of 16 bytes a line is what an import keeps; an export keeps nothing.
        assert after - before < 60 * 1024, f"{before} KiB grew to {after} KiB"


async def test_export_that_fails_on_the_way_breaks_off_instead_of_looking_whole(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "PAGE_ROWS", 2)
    for day in range(1, 6):
        await add(lab.owner, started_at=f"2026-03-0{day}T09:00:00Z")
    read = exports.export_store.read_export_page
    pages = 0

    async def read_twice(*arguments: Any, **options: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise ConnectionResetError
        return await read(*arguments, **options)

    monkeypatch.setattr(exports.export_store, "read_export_page", read_twice)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        # The client waits, and never goes away.
        return await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/v1/sessions/export",
        "raw_path": b"/api/v1/sessions/export",
        "root_path": "",
        "query_string": b"format=json",
        "headers": [(b"authorization", lab.owner.headers["authorization"].encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    with pytest.raises(Exception, match="after response started"):
        await lab.transport.app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent).count(b'"id"') == 4
    # The server closes the connection of an answer that was never ended.
    assert sent[-1]["more_body"] is True
