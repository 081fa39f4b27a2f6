"""Closed days: managers close them, admins open them, and nobody writes there meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.conftest import Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import DAY, Hire, at, saved, shift
from uuid_utils.compat import uuid7

from benchbook.accounts.caller import Caller
from benchbook.shifts import closing_store
from benchbook.shifts.errors import ShiftPeriodClosed

# The day of the tests; `at(24)` is its end.
CLOSED = DAY.date().isoformat()


async def close(who: httpx.AsyncClient, until: str | None, **more: Any) -> httpx.Response:
    body = {"closed_until": until, "time_zone": "UTC"} | more
    return await who.patch("/shift-closing", json=body)


async def test_managers_close_and_admins_open_again(lab: Lab):
    manager, admin, member = [await lab.person(role) for role in ("manager", "admin", "member")]
    assert (await lab.owner.get("/shift-closing")).json() == {
        "closed_until": None,
        "time_zone": "UTC",
        "closed_before": None,
        "archived_before": None,
    }
    assert (await close(member, CLOSED)).status_code == 403
    closed = await manager.patch(
        "/shift-closing", json={"closed_until": CLOSED, "time_zone": "Europe/Berlin"}
    )
    assert closed.status_code == 200, closed.text
    assert closed.json()["closed_before"] == at(23), "days end where the clocks say so"
    assert (await member.get("/shift-closing")).json() == closed.json()
    later = await close(manager, "2026-03-03")
    assert later.json()["closed_before"] == at(48)
    stale = {"If-Match": closed.headers["etag"]}
    body = {"closed_until": None, "reason": "A shift was forgotten"}
    refused = await admin.patch("/shift-closing", json=body, headers=stale)
    assert refused.status_code == 412
    for until in (CLOSED, None):
        refused = await close(manager, until)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    opened = await admin.patch("/shift-closing", json=body)
    assert (opened.status_code, opened.json()["closed_before"]) == (200, None)
    events = (await lab.owner.get("/audit-events")).json()["items"]
    told = [one["details"] for one in events if one["action"].startswith("shifts.")]
    assert told == [
        {"before": "2026-03-03", "after": None, "reason": "A shift was forgotten"},
        {"before": CLOSED, "after": "2026-03-03"},
        {"before": None, "after": CLOSED},
    ]


@pytest.mark.parametrize("day", ["2090-01-01", "9999-12-31", "1969-12-31", date.max.isoformat()])
async def test_only_days_that_are_over_are_closed(lab: Lab, day: str):
    refused = await close(lab.owner, day)
    assert (refused.status_code, pointers(refused)) == (400, ["/closed_until"])
    assert pointers(await close(lab.owner, CLOSED, time_zone="Atlantis/Reef")) == ["/time_zone"]


async def test_nobody_writes_to_closed_days(lab: Lab, hire: Hire):
    erna, emil, ina = await hire(), await hire(), await hire()
    closed = await saved(lab, erna, 8, 16, published=False)
    across = await saved(lab, erna, 20, 30)
    after = await saved(lab, emil, 40, 48)
    deleted = await saved(lab, emil, 8, 16)
    assert (await lab.owner.delete(f"/shifts/{deleted}")).status_code == 204
    answer = await lab.owner.post(
        "/shift-templates", json={"name": "Day", "start_time": "08:00", "end_time": "16:00"}
    )
    entries = [{"day": 1, "template_id": answer.json()["id"]}]
    pattern = await lab.owner.post(
        "/shift-patterns",
        json={"name": "P", "cycle_days": 1, "starts_on": CLOSED, "entries": entries},
    )
    generate = f"/shift-patterns/{pattern.json()['id']}/generate"
    wish = {"employees": [{"employee_id": emil}], "from": CLOSED, "to": "2026-03-03"}
    generated = await lab.owner.post(generate, json=wish)
    assert generated.status_code in (200, 201), generated.text
    open_shift = await lab.owner.post("/open-shifts", json={"starts_at": at(8), "ends_at": at(16)})
    assert (await close(lab.owner, CLOSED)).status_code == 200
    before = (await lab.owner.get("/shifts", params={"limit": 500})).json()
    new, fine = shift(emil, 23, 25), shift(erna, 60, 64)
    later = {"starts_at": at(72), "ends_at": at(80)}
    requests: list[tuple[str, str, Any, list[str]]] = [
        ("POST", "/shifts", new, []),
        ("POST", "/shifts/batch", {"create": [fine, new]}, ["/create/1"]),
        ("POST", "/shifts/batch", {"update": [{"id": closed, **later}]}, ["/update/0/id"]),
        ("POST", "/shifts/batch", {"create": [fine], "delete": [closed]}, ["/delete/0"]),
        ("POST", "/shifts/batch", {"restore": [deleted]}, ["/restore/0"]),
        ("POST", f"/shifts/{deleted}/restore", None, []),
        ("PATCH", f"/shifts/{across}", {"note": "x"}, []),
        ("PATCH", f"/shifts/{closed}", later, []),
        ("PATCH", f"/shifts/{after}", {"starts_at": at(23)}, []),
        ("POST", "/shifts/swap", {"shift_ids": [after, across]}, ["/shift_ids/1"]),
        ("DELETE", f"/shifts/{closed}", None, []),
        ("DELETE", f"/shifts?id={closed}", None, []),
        ("POST", "/shifts/publish", {"from": CLOSED, "to": "2026-03-04"}, []),
        ("POST", generate, wish | {"employees": [{"employee_id": ina}]}, ["/employees/0"]),
        ("DELETE", f"/shift-generations/{generated.json()['id']}", None, []),
        ("POST", "/open-shifts", {"starts_at": at(8), "ends_at": at(16)}, []),
        ("PATCH", f"/open-shifts/{open_shift.json()['id']}", later, []),
    ]
    for method, path, body, places in requests:
        answer = await lab.owner.request(method, path, json=body)
        assert answer.status_code == 409, f"{method} {path}: {answer.text}"
        assert answer.json()["code"] == "shift_period_closed", answer.text
        assert answer.json()["closed_before"] == at(24)
        assert set(places) <= set(pointers(answer)), answer.text
    assert (await lab.owner.get("/shifts", params={"limit": 500})).json() == before
    rest = wish | {"employees": [{"employee_id": ina}], "to": "2026-03-04"}
    for more in ({"dry_run": True}, {"skip_conflicts": True}):
        made = (await lab.owner.post(generate, json=rest | more)).json()
        assert [(one["date"], one["reason"]) for one in made["left_out"]] == [(CLOSED, "closed")]
        assert [one["date"] for one in made["shifts"]] == ["2026-03-03"]
    assert (await lab.owner.post("/shifts", json=fine)).status_code == 201
    # What touches the border is after it.
    assert (await lab.owner.post("/shifts", json=shift(emil, 24, 25))).status_code == 201
    assert (await close(lab.owner, None)).status_code == 200
    assert (await lab.owner.delete(f"/shifts/{closed}")).status_code == 204


async def test_what_is_closed_of_one_organisation_is_open_in_another(
    lab: Lab, make_lab: Callable[..., Any], hire: Hire
):
    elsewhere = await make_lab()
    assert (await close(elsewhere.owner, CLOSED)).status_code == 200
    await saved(lab, await hire(), 8, 16)


async def test_employees_with_closed_shifts_are_deleted_and_come_back(lab: Lab, hire: Hire):
    erna = await hire()
    kept = await saved(lab, erna, 8, 16)
    await close(lab.owner, CLOSED)
    assert (await lab.owner.delete(f"/employees/{erna}")).status_code == 204
    assert (await lab.owner.post(f"/employees/{erna}/restore")).status_code == 200
    assert (await lab.owner.get(f"/shifts/{kept}")).status_code == 200


# Two at the same instant --------------------------------------------------------------------------


def of_owner(lab: Lab) -> Caller:
    return Caller(UUID(lab.organisation_id), UUID(int=0), "owner", None)


async def insert(tx: Any, lab: Lab, employee_id: str, start: float, end: float) -> None:
    await tx.execute(
        """
        INSERT INTO shifts (organisation_id, id, employee_id, starts_at, ends_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        lab.organisation_id,
        uuid7(),
        employee_id,
        datetime.fromisoformat(at(start)),
        datetime.fromisoformat(at(end)),
    )


async def waits(task: asyncio.Task[Any]) -> bool:
    done, _ = await asyncio.wait({task}, timeout=0.5)
    return not done


async def test_closing_waits_for_who_writes(lab: Lab, hire: Hire):
    erna = await hire()
    async with lab.app.transaction(of_owner(lab)) as writing:
        await insert(writing, lab, erna, 8, 16)
        closing = asyncio.create_task(close(lab.owner, CLOSED))
        assert await waits(closing)
    assert (await closing).status_code == 200
    [kept] = (await lab.owner.get("/shifts")).json()["items"]
    assert (await lab.owner.delete(f"/shifts/{kept['id']}")).status_code == 409


@pytest.mark.parametrize("is_kept", [True, False])
async def test_who_writes_while_days_are_closed_waits_and_is_refused(
    lab: Lab, hire: Hire, is_kept: bool
):
    erna = await hire()
    closing = lab.app.transaction(of_owner(lab))
    tx = await closing.__aenter__()
    border = datetime.fromisoformat(at(24))
    await closing_store.set_closing(tx, UUID(lab.organisation_id), border.date(), "UTC", border)
    writing = [
        asyncio.create_task(lab.owner.post("/shifts", json=shift(erna, 8, 16))),
        asyncio.create_task(
            lab.owner.post("/open-shifts", json={"starts_at": at(8), "ends_at": at(16)})
        ),
    ]
    assert [await waits(task) for task in writing] == [True, True]
    if is_kept:
        await closing.__aexit__(None, None, None)
    else:
        failure = RuntimeError("it comes to nothing")
        with contextlib.suppress(RuntimeError):
            await closing.__aexit__(RuntimeError, failure, None)
    answers = [await task for task in writing]
    assert [one.status_code for one in answers] == ([409, 409] if is_kept else [201, 201])
    if is_kept:
        assert {one.json()["code"] for one in answers} == {"shift_period_closed"}


async def test_database_refuses_whoever_writes_past_the_application(lab: Lab, hire: Hire):
    erna = await hire()
    await close(lab.owner, CLOSED)
    with pytest.raises(ShiftPeriodClosed):
        async with lab.app.transaction(of_owner(lab)) as tx:
            await insert(tx, lab, erna, 23, 25)
    async with lab.app.transaction(of_owner(lab)) as tx:
        await insert(tx, lab, erna, 24, 25)
