"""The timer: one running session per person, switches, stops, and what it refuses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from tests.conftest import Lab


def ago(seconds: int, now: datetime | None = None) -> str:
    """So long before now; of two that are compared, now is to be the same."""
    instant = (now or datetime.now(UTC)) - timedelta(seconds=seconds)
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


async def test_nothing_runs_at_first(lab: Lab):
    assert (await lab.owner.get("/timer")).json() == {"running": None}


async def test_started_session_runs(lab: Lab):
    answer = await lab.owner.post("/timer/start", json={"name": "PCR", "tags": ["bench"]})
    assert answer.status_code == 201
    running = answer.json()["running"]
    assert answer.json()["stopped"] is None
    assert (running["name"], running["tags"], running["ended_at"]) == ("PCR", ["bench"], None)
    assert (await lab.owner.get("/timer")).json()["running"]["id"] == running["id"]


async def test_timer_may_be_started_without_a_body(lab: Lab):
    answer = await lab.owner.post("/timer/start")
    assert answer.status_code == 201
    assert answer.json()["running"]["name"] == ""


async def test_second_timer_ends_the_first_at_its_own_start(lab: Lab):
    now = datetime.now(UTC)
    earlier, later = ago(600, now), ago(60, now)
    first = (await lab.owner.post("/timer/start", json={"started_at": earlier})).json()["running"]
    switched = (
        await lab.owner.post("/timer/start", json={"name": "Gel", "started_at": later})
    ).json()
    assert switched["stopped"]["id"] == first["id"]
    assert switched["stopped"]["ended_at"] == switched["running"]["started_at"]
    assert switched["stopped"]["duration_seconds"] == 540
    listed = (await lab.owner.get("/sessions")).json()["items"]
    assert [session["id"] for session in listed] == [first["id"]]


async def test_start_before_the_running_one_is_refused_and_changes_nothing(lab: Lab):
    await lab.owner.post("/timer/start", json={"name": "PCR", "started_at": ago(60)})
    answer = await lab.owner.post("/timer/start", json={"started_at": ago(120)})
    assert answer.status_code == 400
    assert answer.json()["code"] == "starts_before_running_session"
    assert (await lab.owner.get("/timer")).json()["running"]["name"] == "PCR"
    assert (await lab.owner.get("/sessions")).json()["items"] == []


async def test_start_in_the_future_is_refused(lab: Lab):
    answer = await lab.owner.post("/timer/start", json={"started_at": ago(-60)})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/started_at"


async def test_stopping_saves_the_session(lab: Lab):
    await lab.owner.post("/timer/start", json={"name": "PCR", "started_at": ago(90)})
    stopped = (await lab.owner.post("/timer/stop")).json()["stopped"]
    assert 90 <= stopped["duration_seconds"] <= 95
    assert (await lab.owner.get(f"/sessions/{stopped['id']}")).json() == stopped


async def test_stopping_twice_is_no_error(lab: Lab):
    await lab.owner.post("/timer/start")
    assert (await lab.owner.post("/timer/stop")).json()["stopped"] is not None
    again = await lab.owner.post("/timer/stop")
    assert (again.status_code, again.json()) == (200, {"stopped": None})


async def test_timer_stops_at_the_given_instant(lab: Lab):
    now = datetime.now(UTC)
    start, end = ago(600, now), ago(300, now)
    await lab.owner.post("/timer/start", json={"started_at": start})
    stopped = (await lab.owner.post("/timer/stop", json={"ended_at": end})).json()["stopped"]
    assert stopped["duration_seconds"] == 300


async def test_stop_before_the_start_is_refused_and_the_timer_runs_on(lab: Lab):
    await lab.owner.post("/timer/start", json={"started_at": ago(60)})
    answer = await lab.owner.post("/timer/stop", json={"ended_at": ago(120)})
    assert (answer.status_code, answer.json()["code"]) == (400, "session_ends_before_it_starts")
    assert (await lab.owner.get("/timer")).json()["running"] is not None


async def test_running_session_is_changed_while_it_runs(lab: Lab):
    await lab.owner.post("/timer/start", json={"name": "PCR", "tags": ["a"]})
    changed = await lab.owner.patch("/timer", json={"name": "qPCR", "started_at": ago(3600)})
    assert changed.status_code == 200
    running = changed.json()["running"]
    assert (running["name"], running["tags"]) == ("qPCR", ["a"])
    assert running["duration_seconds"] >= 3600

    noted = {"note": "two bands", "name": "Gel"}
    assert (await lab.owner.patch("/timer", json=noted)).json()["running"]["note"] == "two bands"
    cleared = await lab.owner.patch("/timer", json={"name": None, "note": None, "tags": None})
    assert cleared.status_code == 200, cleared.text
    running = cleared.json()["running"]
    assert (running["name"], running["note"], running["tags"]) == ("", "", [])


async def test_changing_what_does_not_run_is_not_found(lab: Lab):
    answer = await lab.owner.patch("/timer", json={"name": "PCR"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_running_session")


async def test_discarded_session_leaves_nothing(lab: Lab):
    await lab.owner.post("/timer/start")
    assert (await lab.owner.delete("/timer")).status_code == 204
    assert (await lab.owner.get("/timer")).json() == {"running": None}
    assert (await lab.owner.get("/sessions")).json()["items"] == []


async def test_each_person_has_a_timer_of_their_own(lab: Lab):
    member = await lab.person()
    await lab.owner.post("/timer/start", json={"name": "mine"})
    await member.post("/timer/start", json={"name": "theirs"})
    assert (await lab.owner.get("/timer")).json()["running"]["name"] == "mine"
    assert (await member.get("/timer")).json()["running"]["name"] == "theirs"


async def test_twenty_concurrent_starts_leave_one_running_and_nothing_lost(lab: Lab):
    answers = await asyncio.gather(
        *(lab.owner.post("/timer/start", json={"name": f"start {n}"}) for n in range(20))
    )
    assert [answer.status_code for answer in answers] == [201] * 20
    running = (await lab.owner.get("/timer")).json()["running"]
    saved = (await lab.owner.get("/sessions")).json()["items"]
    assert len(saved) == 19
    assert {session["name"] for session in saved} | {running["name"]} == {
        f"start {n}" for n in range(20)
    }


async def test_concurrent_stops_save_the_session_once(lab: Lab):
    await lab.owner.post("/timer/start", json={"started_at": ago(60)})
    answers = await asyncio.gather(*(lab.owner.post("/timer/stop") for _ in range(10)))
    stopped = [answer.json()["stopped"] for answer in answers]
    assert [answer.status_code for answer in answers] == [200] * 10
    assert sum(session is not None for session in stopped) == 1
    assert len((await lab.owner.get("/sessions")).json()["items"]) == 1


async def test_unknown_project_is_not_found(lab: Lab):
    answer = await lab.owner.post(
        "/timer/start", json={"project_id": "01900000-0000-7000-8000-000000000000"}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
    assert (await lab.owner.get("/timer")).json()["running"] is None
