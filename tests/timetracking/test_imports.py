"""A history moves in whole, once, for the right people, and can be taken back."""

from __future__ import annotations

import asyncio
import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.conftest import PASSWORD, Lab

from benchbook.timetracking import imports

# As Toggl documents its detailed report.
TOGGL = [
    "User",
    "Email",
    "Client",
    "Project",
    "Task",
    "Description",
    "Billable",
    "Start date",
    "Start time",
    "End date",
    "End time",
    "Duration",
    "Tags",
    "Amount ()",
]
Row = dict[str, str]


def toggl_csv(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, TOGGL, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def row(day: int = 2, hour: int = 9, minutes: int = 60, **cells: str) -> Row:
    """A line of Toggl's, in March 2026."""
    start = datetime(2026, 3, day, hour, tzinfo=UTC)
    end = start + timedelta(minutes=minutes)
    return {
        "User": "Max",
        "Email": "max@example.org",
        "Description": "PCR",
        "Billable": "No",
        "Start date": f"{start:%Y-%m-%d}",
        "Start time": f"{start:%H:%M:%S}",
        "End date": f"{end:%Y-%m-%d}",
        "End time": f"{end:%H:%M:%S}",
        "Duration": f"{minutes // 60:02}:{minutes % 60:02}:00",
    } | {name.replace("_", " "): value for name, value in cells.items()}


async def send(
    who: httpx.AsyncClient, content: str | bytes, headers: dict[str, str] | None = None, **form: str
) -> httpx.Response:
    data = {"format": "toggl"} | form
    files = {"file": ("hours.csv", content)}
    return await who.post("/sessions/imports", files=files, data=data, headers=headers)


async def imported(who: httpx.AsyncClient, content: str | bytes, **form: str) -> dict[str, Any]:
    answer = await send(who, content, **form)
    assert answer.status_code == (200 if form.get("dry_run") == "true" else 201), answer.text
    body: dict[str, Any] = answer.json()
    return body


def counts(done: dict[str, Any]) -> tuple[int, int, int]:
    return done["added"], done["duplicates"], done["rejected"]


async def sessions(who: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await who.get("/sessions/export", params={"format": "json", **query})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def names(who: httpx.AsyncClient, what: str) -> list[str]:
    return [item["name"] for item in (await who.get(f"/{what}?limit=500")).json()["items"]]


# Moving in ----------------------------------------------------------------------------------------


def as_toggl_writes_it(session: dict[str, Any], zone: ZoneInfo) -> Row:
    """A session in Toggl's columns: local times without an offset, as its report has them."""
    start = datetime.fromisoformat(session["started_at"]).astimezone(zone)
    end = datetime.fromisoformat(session["ended_at"]).astimezone(zone)
    seconds = session["duration_seconds"]
    return {
        "User": "Max",
        "Email": "max@elsewhere.example",
        "Client": session["client_name"] or "",
        "Project": session["project_name"] or "",
        "Description": session["name"],
        "Billable": "Yes" if session["billable"] else "No",
        "Start date": f"{start:%Y-%m-%d}",
        "Start time": f"{start:%H:%M:%S}",
        "End date": f"{end:%Y-%m-%d}",
        "End time": f"{end:%H:%M:%S}",
        "Duration": f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
        "Tags": ", ".join(session["tags"]),
    }


def comes_twice(session: dict[str, Any], zone: ZoneInfo) -> bool:
    """Whether both ends lie in the hour that comes twice, in the same of the two: a file of local
    times cannot tell such a session from the one an hour later."""
    both = []
    for name in ("started_at", "ended_at"):
        local = datetime.fromisoformat(session[name]).astimezone(zone)
        other = local.replace(fold=1 - local.fold)
        both.append(local.utcoffset() != other.utcoffset())
    start = datetime.fromisoformat(session["started_at"]).astimezone(zone)
    end = datetime.fromisoformat(session["ended_at"]).astimezone(zone)
    return all(both) and start.fold == end.fold


async def sums(who: httpx.AsyncClient, zone: str, cut: str) -> dict[tuple[str, str], int]:
    """Seconds by project and local day, over the years that the test touches."""
    found: dict[tuple[str, str], int] = {}
    for year in (2025, 2026):
        answer = await who.get(
            "/reports/hours",
            params={
                "period": "year",
                "date": f"{year}-06-01",
                "group_by": "project",
                "time_zone": zone,
                "cut": cut,
            },
        )
        for bucket in answer.json()["buckets"]:
            for day in bucket["days"]:
                found[bucket["label"], day["date"]] = day["duration_seconds"]
    return found


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", ["2026-03-29T01:00:00", "2026-10-25T01:00:00"]),
        ("America/New_York", ["2026-03-08T07:00:00", "2026-11-01T06:00:00"]),
        ("Australia/Lord_Howe", ["2026-04-04T15:00:00", "2026-10-03T15:30:00"]),
        ("Asia/Kolkata", ["2026-01-01T00:00:00"]),
    ],
)
async def test_history_from_toggl_adds_up_to_the_second_by_day_and_project(
    make_lab: Callable[..., Any], zone: str, changes: list[str]
):
    """Sessions made here, written as Toggl would write them, and imported into an empty place."""
    before, after = await make_lab(zone), await make_lab(zone)
    place = ZoneInfo(zone)
    chance = random.Random(zone)
    projects = [None]
    for name, of in (("Reef", "Institute"), ("Kelp", None), ("Reef 2, “deep”", "Institute")):
        client_id = None
        if of and of not in await names(before.owner, "clients"):
            client_id = (await before.owner.post("/clients", json={"name": of})).json()["id"]
        elif of:
            client_id = (await before.owner.get("/clients")).json()["items"][0]["id"]
        made = await before.owner.post("/projects", json={"name": name, "client_id": client_id})
        projects.append(made.json()["id"])
    for change in changes:
        around = datetime.fromisoformat(change).replace(tzinfo=UTC)
        for number in range(40):
            # Half of them within the hours of the change, the others days around it.
            spread = 3 * 3600 if number % 2 else 4 * 86_400
            start = around + timedelta(seconds=chance.randrange(-spread, spread))
            answer = await before.owner.post(
                "/sessions",
                json={
                    "name": chance.choice(
                        ["PCR", "Dive; boat, crew", 'Read "Nature"', "two\nlines"]
                    ),
                    "started_at": start.isoformat(),
                    "duration": chance.choice([1, 61, 1799, 3600, 5400, 7201, 30_000, 100_000]),
                    "project_id": chance.choice(projects),
                    "tags": chance.sample(["a", "b", "näh"], chance.randrange(3)),
                    "billable": chance.random() < 0.5,
                },
            )
            assert answer.status_code == 201, answer.text
    # What no file of local times can tell is left out here; that it is named is tested beside.
    blurred = [s["id"] for s in await sessions(before.owner) if comes_twice(s, place)]
    for session_id in blurred:
        await before.owner.delete(f"/sessions/{session_id}")
    history = await sessions(before.owner)
    assert len(history) > 30 * len(changes)

    content = toggl_csv(as_toggl_writes_it(session, place) for session in history)
    done = await imported(after.owner, content, time_zone=zone)
    assert done["errors"] == []
    assert counts(done) == (len(history), 0, 0)
    assert (done["projects_added"], done["clients_added"], done["tags_added"]) == (3, 1, 3)
    for cut in ("start_day", "split"):
        assert await sums(after.owner, zone, cut) == await sums(before.owner, zone, cut)
    told = [
        "name", "started_at", "ended_at", "duration_seconds", "project_name", "client_name", "tags",
        "billable",
    ]  # fmt: skip
    moved = [{name: s[name] for name in told} for s in await sessions(after.owner)]
    assert sorted(moved, key=str) == sorted(({n: s[n] for n in told} for s in history), key=str)


async def test_session_that_a_change_of_the_clocks_blurs_is_named_and_the_others_added(lab: Lab):
    blurred = row() | {
        "Start date": "2026-10-25",
        "Start time": "02:10:00",
        "End date": "2026-10-25",
        "End time": "02:40:00",
        "Duration": "00:30:00",
    }
    done = await imported(
        lab.owner, toggl_csv([row(2), blurred, row(3)]), time_zone="Europe/Berlin"
    )
    assert counts(done) == (2, 0, 1)
    assert done["errors"][0]["line"] == 3
    assert "comes twice" in done["errors"][0]["detail"]


async def test_our_own_export_makes_the_same_list_in_another_organisation(
    make_lab: Callable[..., Any],
):
    here, there = await make_lab("Europe/Berlin"), await make_lab("Asia/Kolkata")
    member = await here.person("member", email="same@example.org")
    await there.person("member", email="same@example.org")
    client = (await here.owner.post("/clients", json={"name": "=Institute"})).json()
    projects = [
        (await here.owner.post("/projects", json=body)).json()["id"]
        for body in (
            {"name": "Reef", "client_id": client["id"], "billable": True},
            {"name": "Reef"},
            {"name": "'@home", "client_id": client["id"]},
        )
    ]
    texts = [
        "=1+1",
        "'=1+1",
        "-x",
        "+y",
        "@z",
        "plain",
        "two\nlines",
        'a "b", c;d',
        "é 漢字 🧬",
        "''",
    ]
    chance = random.Random(3)
    for number, text in enumerate(texts * 3):
        # Around the end of summer time, where local times alone would not do.
        start = datetime(2026, 10, 24, 23, tzinfo=UTC) + timedelta(minutes=13 * number)
        answer = await (here.owner if number % 3 else member).post(
            "/sessions",
            json={
                "name": text,
                "note": chance.choice(["", f" {text}\r\n\t", "=note", "'"]),
                "started_at": start.isoformat(),
                "duration": chance.choice([1, 1800, 90_000]),
                "project_id": chance.choice([None, *projects]),
                "tags": chance.sample(["a", "b, c", "=d", 'e"f', "g\nh", "'"], chance.randrange(4)),
                "billable": chance.random() < 0.5,
            },
        )
        assert answer.status_code == 201, answer.text
    exported = await here.owner.get("/sessions/export?time_zone=Europe/Berlin")
    everything = await sessions(here.owner)
    # The member is known there by the same address; the owner's lines go to nobody.
    done = await imported(there.owner, exported.content, format="benchbook")
    members = [session for session in everything if session["person_name"] == "A member"]
    assert counts(done) == (len(members), 0, len(everything) - len(members))
    # An owner with the same address as well, and everything is there.
    await there.person("manager", email=here.owner_email, name="Olga Owner")
    done = await imported(there.owner, exported.content, format="benchbook")
    assert counts(done) == (len(everything) - len(members), len(members), 0)

    def same(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        differs = ("id", "project_id", "person_id", "created_at", "updated_at")
        return [{n: v for n, v in item.items() if n not in differs} for item in items]

    assert same(await sessions(there.owner)) == same(everything)
    again = await there.owner.get("/sessions/export?time_zone=Europe/Berlin")
    assert counts(await imported(here.owner, again.content, format="benchbook")) == (
        0,
        len(everything),
        0,
    )


async def test_clockify_of_an_american_is_read(lab: Lab):
    header = (
        "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,"
        "End Date,End Time,Duration (h),Duration (decimal),Billable Rate (USD),Billable Amount (USD)"
    )
    line = (
        'Reef,Institute,Count fish,Dive,Max,,max@example.org,"a, b",Yes,03/08/2026,12:30:00 AM,'
        "03/08/2026,03:30:00 AM,02:00:00,2.00,0.00,0.00"
    )
    content = f"{header}\n{line}\n"
    answer = await send(lab.owner, content, format="clockify", time_zone="America/New_York")
    assert (answer.status_code, answer.json()["code"]) == (400, "date_order_unclear")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/date_order"]
    await imported(
        lab.owner, content, format="clockify", time_zone="America/New_York", date_order="mdy"
    )
    [session] = await sessions(lab.owner)
    assert session["started_at"] == "2026-03-08T05:30:00Z"
    assert session["duration_seconds"] == 7200
    assert (session["project_name"], session["client_name"]) == ("Reef", "Institute")
    assert (session["note"], session["tags"], session["billable"]) == (
        "Task: Dive",
        ["a", "b"],
        True,
    )


async def test_local_times_are_those_of_the_person_unless_said(make_lab: Callable[..., Any]):
    lab = await make_lab("Asia/Kolkata")
    assert (await imported(lab.owner, toggl_csv([row()])))["time_zone"] == "Asia/Kolkata"
    await imported(lab.owner, toggl_csv([row()]), time_zone="UTC")
    assert [session["started_at"] for session in await sessions(lab.owner)] == [
        "2026-03-02T09:00:00Z",
        "2026-03-02T03:30:00Z",
    ]


async def test_months_are_made_ready_at_the_ends_of_what_is_kept(lab: Lab):
    lines = [
        row() | {"Start date": day, "Start time": time, "End date": "", "End time": ""}
        for day, time in (
            ("1970-01-01", "00:00:00"),
            ("1999-12-31", "23:30:00"),
            ("2000-01-01", "00:00:00"),
            ("2031-05-31", "23:59:59"),
            ("2099-12-31", "12:00:00"),
            ("2099-12-31", "23:30:00"),
        )
    ]
    done = await imported(lab.owner, toggl_csv(lines), time_zone="UTC")
    assert counts(done) == (5, 0, 1)
    assert done["errors"][0]["line"] == 7


async def test_billable_is_the_projects_where_the_file_does_not_say(lab: Lab):
    await lab.owner.post("/projects", json={"name": "Paid", "billable": True})
    await imported(
        lab.owner,
        toggl_csv([row(2, Project="Paid", Billable=""), row(3, Project="New", Billable="")]),
    )
    assert {s["project_name"]: s["billable"] for s in await sessions(lab.owner)} == {
        "Paid": True,
        "New": False,
    }


# Once ---------------------------------------------------------------------------------------------


async def test_lines_that_are_stored_or_come_twice_are_counted_and_not_added(lab: Lab):
    content = toggl_csv(
        [row(2), row(2), row(3, Project="Reef"), row(3, Project="Reef"), row(3, Project="Kelp")]
    )
    assert counts(await imported(lab.owner, content)) == (3, 2, 0)
    assert counts(await imported(lab.owner, content)) == (0, 5, 0)
    differing = [
        row(2, minutes=61),
        row(2, hour=10),
        row(2, Description="pcr"),
        row(3, Project="Reef", Client="Institute"),
    ]
    assert counts(await imported(lab.owner, toggl_csv(differing))) == (4, 0, 0)


async def test_what_is_in_the_bin_is_not_stored(lab: Lab):
    await imported(lab.owner, toggl_csv([row()]))
    [session] = await sessions(lab.owner)
    await lab.owner.delete(f"/sessions/{session['id']}")
    assert counts(await imported(lab.owner, toggl_csv([row()]))) == (1, 0, 0)


async def test_duplicates_are_recognised_across_the_pieces_of_a_file(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(imports, "PIECE_LINES", 3)
    lines = [
        row(1 + number // 20, number % 20, 30, Project=f"P{number % 5}") for number in range(40)
    ]
    content = toggl_csv([*lines, *lines])
    dry = await imported(lab.owner, content, dry_run="true")
    done = await imported(lab.owner, content)
    assert counts(dry) == counts(done) == (40, 40, 0)
    assert dry["projects_added"] == done["projects_added"] == 5


async def test_identical_imports_at_one_instant_add_everything_once(lab: Lab):
    content = toggl_csv(
        row(1 + n // 20, n % 20, 30, Project=f"P{n % 7}", Client=f"C{n % 3}", Tags=f"t{n % 5}")
        for n in range(200)
    )
    answers = await asyncio.gather(*(send(lab.owner, content) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [201] * 5
    assert Counter(answer.json()["added"] for answer in answers) == {200: 1, 0: 4}
    assert len(await sessions(lab.owner)) == 200
    assert len(await names(lab.owner, "projects")) == 21


async def test_different_imports_at_one_instant_share_what_they_are_filed_under(lab: Lab):
    managers = [await lab.person("manager") for _ in range(4)]
    contents = [
        toggl_csv(
            row(1 + n // 20, n % 20, 30, Project=f"P{n % 7}", Client="C", Tags=f"t{n % 5}")
            for n in chance.sample(range(100), 100)
        )
        for chance in map(random.Random, range(4))
    ]
    answers = await asyncio.gather(*map(send, managers, contents))
    assert [answer.json()["added"] for answer in answers] == [100] * 4
    assert sum(answer.json()["projects_added"] for answer in answers) == 7
    assert sum(answer.json()["clients_added"] for answer in answers) == 1
    assert sum(answer.json()["tags_added"] for answer in answers) == 5
    assert len(await sessions(lab.owner)) == 400


async def test_import_that_is_sent_again_with_its_key_is_answered_again(lab: Lab):
    key = {"Idempotency-Key": "moving-in"}
    first = await send(lab.owner, toggl_csv([row()]), headers=key)
    # Another boundary every time, but the same fields and file.
    again = await send(lab.owner, toggl_csv([row()]), headers=key)
    assert again.status_code == first.status_code == 201
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await send(lab.owner, toggl_csv([row(3)]), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert len((await lab.owner.get("/sessions/imports")).json()["items"]) == 1


# Trying, looking, taking back -----------------------------------------------------------------------


async def everything(lab: Lab) -> list[Any]:
    found = [await names(lab.owner, what) for what in ("projects", "clients", "tags")]
    listed = (await lab.owner.get("/sessions/imports")).json()["items"]
    audit = (await lab.owner.get("/audit-events?limit=500")).json()["items"]
    return [await sessions(lab.owner), *found, listed, audit]


@pytest.mark.parametrize(
    ("text", "status"), [("True", 200), ("1", 200), ("False", 201), ("0", 201), ("yes", 400)]
)
async def test_dry_run_is_said_as_programs_write_it(text: str, status: int, lab: Lab):
    answer = await send(lab.owner, toggl_csv([row()]), dry_run=text)
    assert answer.status_code == status, answer.text


async def test_dry_run_tells_what_would_be_and_changes_nothing(lab: Lab):
    await imported(lab.owner, toggl_csv([row(2)]))
    content = toggl_csv(
        [
            row(2),
            row(3, Project="Reef", Client="Institute", Tags="a, b"),
            row(4, Project="Reef", Client="Institute", Tags="b"),
            row(4, Project="Reef", Tags="c"),
            row(5, Duration="nonsense"),
        ]
    )
    before = await everything(lab)
    dry = await imported(lab.owner, content, dry_run="true")
    assert await everything(lab) == before
    assert (dry["id"], dry["dry_run"]) == (None, True)
    assert counts(dry) == (3, 1, 1)
    assert (dry["projects_added"], dry["clients_added"], dry["tags_added"]) == (2, 1, 3)
    start = datetime.fromisoformat(dry["preview"]["first_started_at"])
    assert [session["line"] for session in dry["preview"]["sessions"]] == [3, 4, 5]
    first = dry["preview"]["sessions"][0]
    assert (first["project_name"], first["client_name"]) == ("Reef", "Institute")
    assert (first["tags"], datetime.fromisoformat(first["started_at"])) == (["a", "b"], start)
    done = await imported(lab.owner, content)
    # What it foretold is what is there now.
    total = (await lab.owner.get("/sessions/totals")).json()["duration_seconds"]
    assert dry["preview"]["duration_seconds"] == total - first["duration_seconds"]
    assert done["preview"] is None
    changing = ("id", "dry_run", "created_at", "preview")
    assert {n: v for n, v in dry.items() if n not in changing} == {
        n: v for n, v in done.items() if n not in changing
    }


async def test_imports_are_listed_and_read(lab: Lab):
    made = [
        await imported(lab.owner, toggl_csv([row(day), row(day, Duration="?")]))
        for day in (2, 3, 4)
    ]
    listed = []
    cursor = None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await lab.owner.get("/sessions/imports", params=query)).json()  # type: ignore[arg-type]
        listed += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert [item["id"] for item in listed] == [done["id"] for done in reversed(made)]
    answer = await lab.owner.get(f"/sessions/imports/{made[0]['id']}")
    assert answer.json() == made[0]
    assert answer.json()["errors"][0]["line"] == 3
    assert answer.json()["file_name"] == "hours.csv"
    tag = {"If-None-Match": answer.headers["etag"]}
    assert (
        await lab.owner.get(f"/sessions/imports/{made[0]['id']}", headers=tag)
    ).status_code == 304


async def test_import_is_taken_back_whole_with_what_only_it_made(lab: Lab):
    await lab.owner.post("/projects", json={"name": "There before"})
    await imported(lab.owner, toggl_csv([row(1, Description="stays")]))
    before = await everything(lab)
    done = await imported(
        lab.owner,
        toggl_csv(
            row(2 + n, Project="Reef" if n % 2 else "There before", Client="", Tags="a, b")
            for n in range(6)
        ),
    )
    moved = [session for session in await sessions(lab.owner) if session["name"] != "stays"]
    # Changed, split and binned sessions go, too.
    await lab.owner.patch(
        f"/sessions/{moved[0]['id']}",
        json={"name": "changed", "started_at": "2025-12-01T09:00:00Z", "duration": "1h"},
    )
    await lab.owner.delete(f"/sessions/{moved[1]['id']}")
    middle = datetime.fromisoformat(moved[2]["started_at"]) + timedelta(minutes=20)
    split = await lab.owner.post(
        f"/sessions/{moved[2]['id']}/split", json={"at": middle.isoformat()}
    )
    assert split.status_code == 200
    answer = await lab.owner.delete(f"/sessions/imports/{done['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    after = await everything(lab)
    assert after[:5] == before[:5]
    assert await sessions(lab.owner, deleted=True) == []
    assert (await lab.owner.delete(f"/sessions/imports/{done['id']}")).status_code == 404
    assert (await lab.owner.get(f"/sessions/imports/{done['id']}")).status_code == 404
    actions = [event["action"] for event in after[5]]
    assert actions.count("session_import.taken_back") == 1


async def test_what_something_else_uses_outlives_the_import_that_made_it(lab: Lab):
    member = await lab.person("member")
    done = await imported(
        lab.owner,
        toggl_csv(
            [
                row(2, Project="Used", Client="C", Tags="used"),
                row(3, Project="Unused", Client="C", Tags="unused"),
                row(4, Project="Running", Client="D", Tags="running"),
            ]
        ),
    )
    ids = {p["name"]: p["id"] for p in (await lab.owner.get("/projects")).json()["items"]}
    kept = {"name": "x", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    used = await member.post(
        "/sessions", json={**kept, "project_id": ids["Used"], "tags": ["used"]}
    )
    assert used.status_code == 201
    await member.post("/timer/start", json={"project_id": ids["Running"], "tags": ["running"]})
    assert (await lab.owner.delete(f"/sessions/imports/{done['id']}")).status_code == 204
    assert await names(lab.owner, "projects") == ["Running", "Used"]
    assert await names(lab.owner, "clients") == ["C", "D"]
    assert await names(lab.owner, "tags") == ["running", "used"]


async def test_tag_that_only_others_use_outlives_a_members_import(lab: Lab):
    member = await lab.person("member")
    done = await imported(member, toggl_csv([row(Tags="shared, mine")]))
    await lab.owner.post(
        "/sessions",
        json={
            "name": "x",
            "started_at": "2026-03-02T09:00:00Z",
            "duration": 60,
            "tags": ["shared"],
        },
    )
    assert (await member.delete(f"/sessions/imports/{done['id']}")).status_code == 204
    assert await names(lab.owner, "tags") == ["shared"]


async def test_import_taken_back_by_two_at_once_goes_once(lab: Lab):
    done = await imported(lab.owner, toggl_csv([row(Project="Reef", Tags="a")]))
    answers = await asyncio.gather(
        *(lab.owner.delete(f"/sessions/imports/{done['id']}") for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]


# Whose ------------------------------------------------------------------------------------------


async def whose(lab: Lab) -> Counter[str]:
    return Counter(session["person_name"] for session in await sessions(lab.owner))


async def test_file_of_one_person_is_the_callers_whatever_the_address(lab: Lab):
    member = await lab.person("member", name="Mia Member")
    await imported(lab.owner, toggl_csv([row(2), row(3)]))
    await imported(member, toggl_csv([row(4, Email=lab.owner_email)]))
    await imported(member, toggl_csv([row(5, Email="", User="")]))
    assert await whose(lab) == {"Olga Owner": 2, "Mia Member": 2}


async def test_file_of_one_colleague_is_the_colleagues_when_a_manager_brings_it(lab: Lab):
    await lab.person("member", name="Mia Member", email="mia@example.org")
    manager = await lab.person("manager", name="Max Manager")
    await imported(manager, toggl_csv([row(2, Email="Mia@Example.org")]))
    assert await whose(lab) == {"Mia Member": 1}


async def test_file_of_several_goes_by_address_and_names_whom_it_does_not_know(lab: Lab):
    await lab.person("member", name="Mia Member", email="mia@example.org")
    manager = await lab.person("manager", name="Max Manager", email="max@example.org")
    content = toggl_csv(
        [
            row(2),
            row(3, User="Mia", Email="MIA@example.org"),
            row(4, User="Nobody", Email="nobody@example.org"),
            row(5, User="No Address", Email=""),
            row(6, User="", Email=""),
        ]
    )
    done = await imported(manager, content)
    assert counts(done) == (2, 0, 3)
    assert [error["line"] for error in done["errors"]] == [4, 5, 6]
    assert "nobody@example.org" in done["errors"][0]["detail"]
    assert await whose(lab) == {"Mia Member": 1, "Max Manager": 1}


async def test_member_brings_only_their_own_of_a_file_of_several(lab: Lab):
    member = await lab.person("member", name="Mia Member", email="mia@example.org")
    await lab.person("member", name="Other", email="max@example.org")
    done = await imported(member, toggl_csv([row(2), row(3, Email="mia@example.org")]))
    assert counts(done) == (1, 0, 1)
    assert "members import their own" in done["errors"][0]["detail"]
    assert await whose(lab) == {"Mia Member": 1}


async def test_member_uses_projects_that_are_there_and_makes_none(lab: Lab):
    member = await lab.person("member")
    client = (await lab.owner.post("/clients", json={"name": "Institute"})).json()
    await lab.owner.post("/projects", json={"name": "Reef", "client_id": client["id"]})
    done = await imported(
        member,
        toggl_csv(
            [
                row(2, Project="Reef", Client="Institute", Tags="mine"),
                row(3, Project="Reef"),
                row(4, Project="Kelp", Client="Institute"),
            ]
        ),
    )
    assert counts(done) == (1, 0, 2)
    assert done["errors"][1]["detail"] == (
        "There is no project “Kelp” of the client “Institute” here, and making one takes the role "
        "manager."
    )
    assert await names(lab.owner, "projects") == ["Reef"]
    assert await names(lab.owner, "tags") == ["mine"]


async def test_member_sees_and_takes_back_their_own_imports_a_manager_everybodys(lab: Lab):
    member, manager = await lab.person("member"), await lab.person("manager")
    mine = await imported(member, toggl_csv([row(2)]))
    theirs = await imported(manager, toggl_csv([row(3)]))

    async def seen(who: httpx.AsyncClient) -> set[str]:
        return {i["id"] for i in (await who.get("/sessions/imports")).json()["items"]}

    assert await seen(member) == {mine["id"]}
    assert await seen(manager) == {mine["id"], theirs["id"]}
    for method in ("GET", "DELETE"):
        answer = await member.request(method, f"/sessions/imports/{theirs['id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "import_not_found")
    assert (await manager.delete(f"/sessions/imports/{mine['id']}")).status_code == 204
    assert await sessions(member) == []


async def test_manager_who_became_a_member_cannot_take_back_the_hours_of_others(lab: Lab):
    manager = await lab.person("manager", email="max@example.org")
    await lab.person("member", email="mia@example.org")
    done = await imported(manager, toggl_csv([row(2), row(3, Email="mia@example.org")]))
    person = f"/people/{manager.person_id}"  # type: ignore[attr-defined]
    assert (await lab.owner.patch(person, json={"role": "member"})).status_code == 200
    answer = await manager.delete(f"/sessions/imports/{done['id']}")
    assert (answer.status_code, answer.json()["code"]) == (403, "import_holds_hours_of_others")
    assert len(await sessions(lab.owner)) == 2
    assert (await lab.owner.delete(f"/sessions/imports/{done['id']}")).status_code == 204
    assert await sessions(lab.owner) == []


async def test_import_of_another_organisation_is_not_there(lab: Lab, make_lab: Callable[..., Any]):
    other: Lab = await make_lab()
    done = await imported(other.owner, toggl_csv([row()]))
    for method in ("GET", "DELETE"):
        answer = await lab.owner.request(method, f"/sessions/imports/{done['id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "import_not_found")
    assert len(await sessions(other.owner)) == 1


# What cannot be read ------------------------------------------------------------------------------


async def test_lines_that_cannot_be_read_are_named_up_to_a_thousand(lab: Lab):
    lines = [row(2, Description="a\nb")] + [row(3, Duration=f"bad {n}") for n in range(1200)]
    done = await imported(lab.owner, toggl_csv(lines))
    assert counts(done) == (1, 0, 1200)
    # The first record takes two lines.
    assert [error["line"] for error in done["errors"]] == list(range(4, 1004))


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"data": {"format": "toggl"}}, "/file"),
        ({"data": {"format": "toggl", "file": "text"}}, "/file"),
        ({"files": {"file": ("a.csv", b"")}, "data": {"format": "toggl"}}, "/file"),
        ({"files": {"file": ("a.csv", b"\x00\x01")}, "data": {"format": "toggl"}}, "/file"),
        ({"files": {"file": ("a.csv", b"a,b\n")}, "data": {"format": "toggl"}}, "/file"),
        ({"files": {"file": ("a.csv", b"x")}}, "/format"),
        ({"files": {"file": ("a.csv", b"x")}, "data": {"format": "kimai"}}, "/format"),
        ({"files": {"format": ("a.csv", b"toggl")}}, "/format"),
        (
            {"files": {"file": ("a.csv", b"x")}, "data": {"format": "toggl", "dry_run": "maybe"}},
            "/dry_run",
        ),
        (
            {"files": {"file": ("a.csv", b"x")}, "data": {"format": "toggl", "time_zone": "Mars"}},
            "/time_zone",
        ),
        (
            {"files": {"file": ("a.csv", b"x")}, "data": {"format": "toggl", "date_order": "dm"}},
            "/date_order",
        ),
        (
            {"files": {"file": ("a.csv", b"x")}, "data": {"format": "toggl", "mood": "good"}},
            "/mood",
        ),
        (
            {"files": [("file", ("a.csv", b"x")), ("file", ("b.csv", b"x"))], "data": {"format": "toggl"}},
            "/file",
        ),
    ],
    ids=range(13),
)  # fmt: skip
async def test_wrong_field_of_the_form_is_named(lab: Lab, form: dict[str, Any], pointer: str):
    # httpx makes a multipart form only where there is a file; this one is not looked at.
    if "files" not in form:
        form = form | {"files": {"": ("", b"")}}
    answer = await lab.owner.post("/sessions/imports", **form)
    assert answer.status_code == 400, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("text/csv", b"a,b", 415),
        ("", b"", 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disp", 400),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="format"\r\n\r\n\xff\xfe\r\n--x--\r\n',
            400,
        ),
        (
            "multipart/form-data; boundary=x",
            (
                b'--x\r\nContent-Disposition: form-data; name="format"\r\n'
                b"Content-Type: text/plain; charset=klingon\r\n\r\ntoggl\r\n--x--\r\n"
            ),
            400,
        ),
    ],
    ids=range(9),
)
async def test_body_that_is_no_form_is_refused(lab: Lab, media_type: str, body: bytes, status: int):
    answer = await lab.owner.post(
        "/sessions/imports", content=body, headers={"Content-Type": media_type}
    )
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_file_of_two_megabytes_is_taken_and_one_above_the_limit_refused(lab: Lab):
    content = toggl_csv([row()]).encode() + (b"," * 199 + b"\n") * 10_000
    assert counts(await imported(lab.owner, content)) == (1, 0, 0)
    size = {"Content-Length": str(100 * 1024 * 1024 + 1), "Content-Type": "multipart/form-data; boundary=x"}  # fmt: skip
    answer = await lab.owner.post("/sessions/imports", content=b"", headers=size)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_token_for_reading_imports_nothing(lab: Lab, anonymous: httpx.AsyncClient):
    scopes = {"name": "reader", "scopes": ["hours:read"]}
    token = (await lab.owner.post("/api-tokens", json=scopes)).json()["token"]
    reader = {"Authorization": f"Bearer {token}"}
    assert (await send(anonymous, toggl_csv([row()]), headers=reader)).status_code == 403
    assert (await send(anonymous, toggl_csv([row()]))).status_code == 401
    export = await anonymous.get("/sessions/export", headers=reader)
    assert export.status_code == 200


async def test_page_of_another_site_imports_nothing_with_a_cookie(
    lab: Lab, anonymous: httpx.AsyncClient
):
    login = {"email": lab.owner_email, "password": PASSWORD}
    assert (await anonymous.post("/login", json=login)).status_code == 200
    from_elsewhere = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    answer = await send(anonymous, toggl_csv([row()]), headers=from_elsewhere)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")
