"""A person's hours in a calendar application."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pytest
from tests.conftest import Lab

from benchbook.timetracking import ical

YESTERDAY = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(1)


class Reader:
    """A calendar application that was given an address."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self.http, self.url = http, url

    async def fetch(self, **headers: str) -> httpx.Response:
        return await self.http.get(self.url, headers=headers)

    async def events(self) -> list[icalendar.Event]:
        answer = await self.fetch()
        assert answer.status_code == 200, answer.text
        return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


@pytest.fixture
async def reader(lab: Lab, anonymous: httpx.AsyncClient) -> Reader:
    feed = await lab.owner.post("/calendar-feeds", json={"name": "Olga's hours"})
    return Reader(anonymous, feed.json()["url"])


async def add(person: httpx.AsyncClient, name: str = "PCR", **fields: object) -> dict[str, Any]:
    body = {"name": name, "started_at": YESTERDAY.isoformat(), "duration": 5400, **fields}
    answer = await person.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def test_saved_session_is_an_event(lab: Lab, reader: Reader):
    acme = (await lab.owner.post("/clients", json={"name": "Acme"})).json()
    body = {"name": "Sequencing", "client_id": acme["id"]}
    project = (await lab.owner.post("/projects", json=body)).json()
    session = await add(
        lab.owner, "PCR; plate 3", project_id=project["id"], tags=["bench"], note="Went well."
    )
    answer = await reader.fetch()
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert calendar["x-wr-calname"] == "Olga's hours"
    [event] = calendar.walk("VEVENT")
    assert event["uid"] == session["id"]
    assert event["summary"] == "PCR; plate 3"
    assert event["description"] == "Sequencing (Acme)\n\nWent well."
    assert [str(category) for category in event["categories"].cats] == ["bench"]
    assert event["dtstart"].dt == YESTERDAY
    assert event["dtend"].dt == YESTERDAY + timedelta(seconds=5400)
    assert event["transp"] == "TRANSPARENT"


async def test_changed_session_keeps_its_uid_and_counts_on(lab: Lab, reader: Reader):
    session = await add(lab.owner)
    [before] = await reader.events()
    await lab.owner.patch(f"/sessions/{session['id']}", json={"name": "Gel"})
    [after] = await reader.events()
    assert (after["uid"], after["summary"]) == (before["uid"], "Gel")
    assert after["sequence"] > before["sequence"]
    assert after["last-modified"].dt >= before["last-modified"].dt


async def test_deleted_session_is_gone_and_restored_one_is_back(lab: Lab, reader: Reader):
    session = await add(lab.owner)
    await lab.owner.delete(f"/sessions/{session['id']}")
    assert await reader.events() == []
    await lab.owner.post(f"/sessions/{session['id']}/restore")
    assert len(await reader.events()) == 1


async def test_running_session_comes_when_it_is_stopped(lab: Lab, reader: Reader):
    started_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await lab.owner.post("/timer/start", json={"name": "", "started_at": started_at})
    assert await reader.events() == []
    await lab.owner.post("/timer/stop")
    [event] = await reader.events()
    assert event["summary"] == "Untitled session"


async def test_nobody_elses_sessions_are_in_it_not_even_a_managers(lab: Lab, reader: Reader):
    member = await lab.person("member")
    await add(member, "Theirs")
    await add(lab.owner, "Ours")
    assert [str(event["summary"]) for event in await reader.events()] == ["Ours"]


async def test_it_goes_back_a_year(lab: Lab, reader: Reader):
    inside = YESTERDAY - timedelta(days=ical.DAYS - 2)
    outside = YESTERDAY - timedelta(days=ical.DAYS + 1)
    await add(lab.owner, "Inside", started_at=inside.isoformat())
    await add(lab.owner, "Outside", started_at=outside.isoformat())
    assert [str(event["summary"]) for event in await reader.events()] == ["Inside"]


async def test_newest_ones_are_shown_where_there_are_too_many(
    lab: Lab, reader: Reader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ical, "MOST_EVENTS", 3)
    for hours in range(5):
        at = YESTERDAY + timedelta(hours=hours)
        await add(lab.owner, str(hours), started_at=at.isoformat(), duration=60)
    assert [str(event["summary"]) for event in await reader.events()] == ["4", "3", "2"]


async def test_unchanged_calendar_is_304(lab: Lab, reader: Reader):
    await add(lab.owner)
    tag = (await reader.fetch()).headers["etag"]
    again = await reader.fetch(**{"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await reader.fetch(**{"If-None-Match": '"other"'})).status_code == 200


async def test_every_change_that_shows_gives_another_etag(lab: Lab, reader: Reader):
    seen = []

    async def look() -> None:
        seen.append((await reader.fetch()).headers["etag"])

    await look()
    client = (await lab.owner.post("/clients", json={"name": "Acme"})).json()
    body = {"name": "Sequencing", "client_id": client["id"]}
    project = (await lab.owner.post("/projects", json=body)).json()
    session = await add(lab.owner, project_id=project["id"])
    await look()
    await lab.owner.patch(f"/sessions/{session['id']}", json={"name": "Gel"})
    await look()
    await lab.owner.patch(f"/projects/{project['id']}", json={"name": "Assembly"})
    await look()
    await lab.owner.patch(f"/clients/{client['id']}", json={"name": "Acme Ltd"})
    await look()
    # One goes as another comes: as many as before, and none newer than the newest.
    await add(lab.owner, "Other")
    await lab.owner.delete(f"/sessions/{session['id']}")
    await look()
    assert len(set(seen)) == len(seen)
    await look()
    assert seen[-1] == seen[-2]


async def test_head_tells_the_etag(lab: Lab, reader: Reader):
    await add(lab.owner)
    whole = await reader.fetch()
    head = await reader.http.head(reader.url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert head.headers["content-type"].startswith("text/calendar")


async def test_calendar_is_kept_out_of_shared_caches_and_search(reader: Reader):
    headers = (await reader.fetch()).headers
    assert headers["cache-control"] == "private, no-cache"
    assert headers["x-robots-tag"] == "noindex"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer"
