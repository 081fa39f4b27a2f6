"""A deleted employee is gone for everybody, and comes back whole."""

from __future__ import annotations

import pytest
from tests.conftest import Lab
from tests.shifts.conftest import Hire, at, roster, saved, shift

from benchbook.platform.database import Database
from benchbook.shifts.employee_store import forget_removed_employees


async def test_deleted_employee_comes_back_with_their_shifts(lab: Lab, hire: Hire):
    erna, other = await hire(), await hire()
    lost, kept = await saved(lab, erna, 8, 16), await saved(lab, other, 8, 16)
    draft = await saved(lab, erna, 20, 30, position="Night desk", published=False)
    before = await roster(lab)
    assert (await lab.owner.delete(f"/employees/{erna}")).status_code == 204
    assert {one[0] for one in await roster(lab)} == {kept}
    assert (await lab.owner.get(f"/employees/{erna}")).status_code == 404
    for change in (
        await lab.owner.delete(f"/employees/{erna}"),
        await lab.owner.patch(f"/shifts/{lost}", json={"note": "x"}),
        await lab.owner.post("/shifts", json=shift(erna, 40, 44)),
        await lab.owner.patch(f"/shifts/{kept}", json={"employee_id": erna}),
        await lab.owner.post("/shifts/swap", json={"shift_ids": [lost, kept]}),
    ):
        assert change.status_code == 404, change.text

    back = await lab.owner.post(f"/employees/{erna}/restore")
    assert (back.status_code, back.json()["id"]) == (200, erna)
    assert await roster(lab) == before
    assert (await lab.owner.get(f"/shifts/{draft}")).json()["position"] == "Night desk"
    again = await lab.owner.post(f"/employees/{erna}/restore")
    assert (again.status_code, again.headers["etag"]) == (200, back.headers["etag"])
    actions = [one["action"] for one in (await lab.owner.get("/audit-events")).json()["items"]]
    assert actions.count("employee.restored") == 1


async def test_address_and_person_are_free_after_a_deletion(lab: Lab, hire: Hire):
    member = await lab.person("member")
    person_id = member.person_id  # type: ignore[attr-defined]
    first = await hire(address="Long Lane 7", person_id=person_id)
    await lab.owner.delete(f"/employees/{first}")
    second = await hire(address="Long Lane 7", person_id=person_id)
    taken = await lab.owner.post(f"/employees/{first}/restore")
    assert (taken.status_code, taken.json()["code"]) == (409, "address_taken")
    assert "Long Lane" not in taken.text
    await lab.owner.patch(f"/employees/{second}", json={"address": "Short Lane 8"})
    linked = await lab.owner.post(f"/employees/{first}/restore")
    assert (linked.status_code, linked.json()["code"]) == (409, "person_linked_already")
    await lab.owner.patch(f"/employees/{second}", json={"person_id": None})
    assert (await lab.owner.post(f"/employees/{first}/restore")).status_code == 200


async def test_members_restore_nobody_and_their_own_shifts_are_hidden_too(lab: Lab, hire: Hire):
    member = await lab.person("member")
    mine = await hire(person_id=member.person_id)  # type: ignore[attr-defined]
    await saved(lab, mine, 8, 16)
    assert len((await member.get("/shifts")).json()["items"]) == 1
    await lab.owner.delete(f"/employees/{mine}")
    assert (await member.get("/shifts")).json()["items"] == []
    assert (await member.post(f"/employees/{mine}/restore")).status_code == 403


async def test_managers_list_whom_they_deleted_by_name_alone(lab: Lab, hire: Hire):
    manager, member = await lab.person("manager"), await lab.person("member")
    first = await hire(last_name="Long", address="Long Lane 7")
    second = await hire(last_name="Short")
    await saved(lab, first, 8, 16)
    await lab.owner.delete(f"/employees/{first}")
    await lab.owner.delete(f"/employees/{second}")
    answer = await manager.get("/employees/deleted", params={"limit": 1})
    page = answer.json()
    rest = (await manager.get("/employees/deleted", params={"cursor": page["next_cursor"]})).json()
    listed = page["items"] + rest["items"]
    assert [(one["id"], one["shift_count"]) for one in listed[:2]] == [(second, 0), (first, 1)]
    assert "Long Lane" not in answer.text + str(rest)
    assert listed[0]["gone_at"] > listed[0]["deleted_at"]
    assert (await member.get("/employees/deleted")).status_code == 403
    assert (await manager.post(f"/employees/{second}/restore")).status_code == 200
    left = (await manager.get("/employees/deleted")).json()["items"]
    assert second not in {one["id"] for one in left}


async def test_deleted_employees_are_forgotten_after_thirty_days(
    lab: Lab, hire: Hire, database: Database, owner_database: Database
):
    late, soon = await hire(), await hire()
    await saved(lab, late, 8, 16)
    for employee, days in ((late, 31), (soon, 29)):
        await lab.owner.delete(f"/employees/{employee}")
        async with owner_database.transaction() as tx:
            await tx.execute(
                "UPDATE employees SET removed_at = now() - make_interval(days => $2) WHERE id = $1",
                employee,
                days,
            )
    async with database.transaction() as tx:
        await forget_removed_employees(tx)
    async with owner_database.transaction() as tx:
        left = await tx.fetch("SELECT id FROM employees WHERE removed_at IS NOT NULL")
        orphans = await tx.fetchval("SELECT count(*) FROM shifts WHERE employee_id = $1", late)
    assert str(soon) in {str(row["id"]) for row in left}
    assert str(late) not in {str(row["id"]) for row in left}
    assert orphans == 0
    assert (await lab.owner.post(f"/employees/{late}/restore")).status_code == 404


@pytest.mark.parametrize(("params", "count", "hours"), [
    ({}, 3, 26),
    ({"from": at(20), "to": at(24)}, 1, 10),
    ({"from": at(16)}, 2, 18),
])  # fmt: skip
async def test_totals_count_what_the_list_holds(
    lab: Lab, hire: Hire, params: dict[str, str], count: int, hours: int
):
    erna, ben = await hire(), await hire()
    for employee, start, end in ((erna, 8, 16), (erna, 22, 32), (ben, 33, 41)):
        await saved(lab, employee, start, end)
    totals = (await lab.owner.get("/shifts/totals", params=params)).json()
    assert totals == {"count": count, "duration_seconds": hours * 3600}
    listed = (await lab.owner.get("/shifts", params=params)).json()["items"]
    assert len(listed) == count
    mine = (await lab.owner.get("/shifts/totals", params={"employee_id": ben})).json()
    assert mine == {"count": 1, "duration_seconds": 8 * 3600}
