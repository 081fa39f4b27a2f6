"""Many at once, split, duplicate, and a stop taken back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Lab

NOBODYS = "01900000-0000-7000-8000-000000000000"


async def add(lab: Lab, **fields: object) -> dict[str, Any]:
    body = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": "2h", **fields}
    answer = await lab.owner.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def bulk(lab: Lab, **body: object) -> Any:
    return await lab.owner.post("/sessions/bulk", json=body)


async def test_many_sessions_are_changed_at_once_and_answered_in_order(lab: Lab):
    ids = [(await add(lab, name=f"PCR {n}"))["id"] for n in range(5)][::-1]
    answer = await bulk(lab, ids=ids, set={"tags": ["gel"], "billable": True})
    assert answer.status_code == 200
    changed = answer.json()["sessions"]
    assert [session["id"] for session in changed] == ids
    assert all((s["tags"], s["billable"]) == (["gel"], True) for s in changed)
    assert [session["name"] for session in changed] == [f"PCR {n}" for n in range(5)][::-1]
    assert [tag["name"] for tag in (await lab.owner.get("/tags")).json()["items"]] == ["gel"]


async def test_id_that_is_not_there_is_named_and_nothing_is_changed(lab: Lab):
    session = await add(lab)
    answer = await bulk(lab, ids=[session["id"], NOBODYS], set={"name": "Gel"})
    assert answer.status_code == 404
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/ids/1"]
    assert (await lab.owner.get(f"/sessions/{session['id']}")).json() == session


async def test_many_deletions_can_be_taken_back(lab: Lab):
    ids = [(await add(lab))["id"] for _ in range(3)]
    assert (await bulk(lab, ids=ids, delete=True)).status_code == 200
    assert (await lab.owner.get("/sessions")).json()["items"] == []
    assert len((await lab.owner.get("/sessions?deleted=true")).json()["items"]) == 3
    assert (await bulk(lab, ids=ids, restore=True)).status_code == 200
    assert len((await lab.owner.get("/sessions")).json()["items"]) == 3


async def test_bulk_takes_exactly_one_action(lab: Lab):
    session = await add(lab)
    for body in ({}, {"delete": True, "restore": True}, {"set": {}}, {"set": {"name": " "}}):
        answer = await bulk(lab, ids=[session["id"]], **body)
        assert answer.status_code == 400, body
    assert (await bulk(lab, ids=[], delete=True)).status_code == 400


async def test_tags_are_added_and_removed_beside_those_that_each_has(lab: Lab):
    first = await add(lab, tags=["bench", "gel"])
    second = await add(lab, tags=["desk"])
    answer = await bulk(
        lab,
        ids=[first["id"], second["id"]],
        set={"add_tags": ["grant", "desk"], "remove_tags": ["gel"]},
    )
    assert answer.status_code == 200, answer.text
    tags = [session["tags"] for session in answer.json()["sessions"]]
    assert tags == [["bench", "grant", "desk"], ["desk", "grant"]]
    assert {tag["name"] for tag in (await lab.owner.get("/tags")).json()["items"]} == {
        "bench", "gel", "desk", "grant",
    }  # fmt: skip


async def test_tags_are_set_or_added_but_not_both(lab: Lab):
    session = await add(lab)
    answer = await bulk(lab, ids=[session["id"]], set={"tags": ["a"], "add_tags": ["b"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/set/tags")


async def test_more_tags_than_a_session_may_have_change_nothing(lab: Lab):
    full = await add(lab, tags=[f"tag {n}" for n in range(50)])
    other = await add(lab)
    answer = await bulk(lab, ids=[other["id"], full["id"]], set={"add_tags": ["one more"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/set/add_tags")
    assert (await lab.owner.get(f"/sessions/{other['id']}")).json()["tags"] == []


async def test_former_values_take_a_bulk_change_back_whole(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Reef survey"})).json()
    before = [
        await add(lab, name="PCR", tags=["bench"], billable=True),
        await add(lab, name="Gel", project_id=project["id"], note="Lane 3"),
        await add(lab, name="Desk", tags=["desk", "mail"]),
    ]
    ids = [session["id"] for session in before]
    change = {"name": "Same", "project_id": None, "tags": ["one"], "billable": False, "note": ""}
    answer = (await bulk(lab, ids=ids, set=change)).json()
    assert answer["former"] == before
    fields = ("name", "project_id", "tags", "billable", "note")
    back = await bulk(
        lab,
        changes=[
            {"id": session["id"], "set": {field: session[field] for field in fields}}
            for session in answer["former"]
        ],
    )
    assert back.status_code == 200, back.text
    assert [{field: session[field] for field in fields} for session in back.json()["sessions"]] == [
        {field: session[field] for field in fields} for session in before
    ]


async def test_a_split_is_taken_back_in_one_request(lab: Lab):
    session = await add(lab, started_at="2003-01-31T23:00:00Z")
    at = {"at": "2003-02-01T00:00:00Z"}
    parts = (await lab.owner.post(f"/sessions/{session['id']}/split", json=at)).json()["sessions"]
    answer = await bulk(
        lab,
        changes=[
            {"id": parts[0]["id"], "set": {"ended_at": parts[1]["ended_at"]}},
            {"id": parts[1]["id"], "delete": True},
        ],
    )
    assert answer.status_code == 200, answer.text
    listed = (await lab.owner.get("/sessions")).json()["items"]
    assert [(s["id"], s["started_at"], s["ended_at"]) for s in listed] == [
        (session["id"], session["started_at"], session["ended_at"])
    ]


async def test_changes_may_move_sessions_to_other_months(lab: Lab):
    session = await add(lab)
    times = {"started_at": "2004-06-30T22:00:00+02:00", "duration": "30m"}
    answer = await bulk(lab, changes=[{"id": session["id"], "set": times}])
    assert answer.status_code == 200, answer.text
    [moved] = (await lab.owner.get("/sessions?year=2004&month=6")).json()["items"]
    assert (moved["id"], moved["ended_at"]) == (session["id"], "2004-06-30T20:30:00Z")


async def test_one_wrong_change_is_named_and_none_is_made(lab: Lab):
    first, second = await add(lab), await add(lab)
    cases: list[tuple[dict[str, object], int, str]] = [
        ({"id": NOBODYS, "delete": True}, 404, "/changes/1/id"),
        ({"id": second["id"], "set": {"name": " "}}, 400, "/changes/1/set/name"),
        ({"id": second["id"], "set": {}}, 400, "/changes/1/set"),
        ({"id": second["id"], "set": {"ended_at": first["started_at"]}}, 400,
         "/changes/1/set/ended_at"),
        ({"id": second["id"], "set": {"duration": "soon"}}, 400, "/changes/1/set/duration"),
        ({"id": second["id"]}, 400, "/changes/1/set"),
        ({"id": second["id"], "delete": True, "restore": True}, 400, "/changes/1/set"),
        ({"id": first["id"], "delete": True}, 400, "/changes/1/id"),
    ]  # fmt: skip
    for wrong, status, pointer in cases:
        answer = await bulk(lab, changes=[{"id": first["id"], "set": {"name": "Gel"}}, wrong])
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)
    for body in ({"ids": [first["id"]]}, {"delete": True}):
        changes = [{"id": first["id"], "delete": True}]
        assert (await bulk(lab, changes=changes, **body)).status_code == 400
    assert (await lab.owner.get(f"/sessions/{first['id']}")).json() == first


async def test_member_cannot_change_anothers_sessions_in_bulk(lab: Lab):
    session = await add(lab)
    member = await lab.person()
    answer = await member.post("/sessions/bulk", json={"ids": [session["id"]], "delete": True})
    assert answer.status_code == 404
    assert (await lab.owner.get(f"/sessions/{session['id']}")).status_code == 200


async def test_concurrent_bulk_changes_in_opposite_orders_all_succeed(lab: Lab):
    ids = [(await add(lab))["id"] for _ in range(20)]
    answers = await asyncio.gather(
        *(bulk(lab, ids=ids if n % 2 else ids[::-1], set={"name": f"name {n}"}) for n in range(10))
    )
    assert [answer.status_code for answer in answers] == [200] * 10
    names = {s["name"] for s in (await lab.owner.get("/sessions")).json()["items"]}
    assert len(names) == 1


async def test_split_makes_two_sessions_that_meet(lab: Lab):
    session = await add(lab, tags=["bench"], note="Plate 4", billable=True)
    answer = await lab.owner.post(
        f"/sessions/{session['id']}/split", json={"at": "2026-03-02T09:45:00Z"}
    )
    assert answer.status_code == 200
    first, second = answer.json()["sessions"]
    assert first["id"] == session["id"]
    assert first["ended_at"] == second["started_at"] == "2026-03-02T09:45:00Z"
    assert second["ended_at"] == session["ended_at"]
    kept = ("name", "note", "tags", "billable", "project_id", "person_id")
    assert [second[field] for field in kept] == [session[field] for field in kept]
    assert (await lab.owner.get("/sessions/totals")).json()["duration_seconds"] == 7200


async def test_split_outside_the_session_is_refused(lab: Lab):
    session = await add(lab)
    for at in ("2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z"):
        answer = await lab.owner.post(f"/sessions/{session['id']}/split", json={"at": at})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/at")


async def test_split_over_a_month_end_puts_each_half_in_its_month(lab: Lab):
    session = await add(lab, started_at="2003-01-31T23:00:00Z")
    answer = await lab.owner.post(
        f"/sessions/{session['id']}/split", json={"at": "2003-02-01T00:00:00Z"}
    )
    assert answer.status_code == 200
    for month in (1, 2):
        listed = (await lab.owner.get(f"/sessions?year=2003&month={month}")).json()["items"]
        assert [s["duration_seconds"] for s in listed] == [3600]


async def test_duplicate_is_as_long_at_another_start(lab: Lab):
    session = await add(lab, tags=["bench"], note="Plate 4")
    answer = await lab.owner.post(
        f"/sessions/{session['id']}/duplicate", json={"started_at": "2026-04-01T10:00:00+02:00"}
    )
    assert answer.status_code == 201
    copy = answer.json()
    assert copy["id"] != session["id"]
    assert (copy["started_at"], copy["duration_seconds"]) == ("2026-04-01T08:00:00Z", 7200)
    assert (copy["name"], copy["note"], copy["tags"]) == ("PCR", "Plate 4", ["bench"])
    assert answer.headers["location"] == f"/api/v1/sessions/{copy['id']}"


async def test_stop_is_taken_back_within_a_minute(lab: Lab):
    start = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    started = await lab.owner.post("/timer/start", json={"name": "PCR", "started_at": start})
    session = started.json()["running"]
    await lab.owner.post("/timer/stop")
    answer = await lab.owner.post(f"/sessions/{session['id']}/unstop")
    assert answer.status_code == 200
    running = answer.json()["running"]
    assert (running["id"], running["started_at"]) == (session["id"], session["started_at"])
    assert (await lab.owner.get("/timer")).json()["running"]["id"] == session["id"]
    assert (await lab.owner.get("/sessions")).json()["items"] == []


async def test_stop_is_not_taken_back_while_another_session_runs(lab: Lab):
    start = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    first = (await lab.owner.post("/timer/start", json={"started_at": start})).json()["running"]
    await lab.owner.post("/timer/start", json={"name": "Gel"})
    answer = await lab.owner.post(f"/sessions/{first['id']}/unstop")
    assert (answer.status_code, answer.json()["code"]) == (409, "another_session_runs")
    assert len((await lab.owner.get("/sessions")).json()["items"]) == 1


async def test_session_that_was_not_stopped_a_moment_ago_does_not_run_on(lab: Lab):
    session = await add(lab)
    answer = await lab.owner.post(f"/sessions/{session['id']}/unstop")
    assert (answer.status_code, answer.json()["code"]) == (409, "stopped_too_long_ago")
    assert (await lab.owner.post(f"/sessions/{NOBODYS}/unstop")).status_code == 404


async def test_note_is_kept_through_the_timer(lab: Lab):
    await lab.owner.post("/timer/start", json={"name": "PCR", "note": "Plate 4"})
    await lab.owner.patch("/timer", json={"note": "Plate 5"})
    stopped = (await lab.owner.post("/timer/stop")).json()["stopped"]
    assert stopped["note"] == "Plate 5"
    answer = await lab.owner.patch(f"/sessions/{stopped['id']}", json={"note": "x" * 5001})
    assert answer.status_code == 400
