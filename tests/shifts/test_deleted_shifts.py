"""A deleted shift comes back as the same one, or says why it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.conftest import Lab
from tests.shifts.conftest import Hire, roster, saved, shift

from benchbook.platform.database import Database
from benchbook.shifts.store import forget_deleted_shifts


async def test_deleted_shift_comes_back_as_it_was_under_its_id(lab: Lab, hire: Hire):
    erna = await hire()
    content = {"position": "Bench", "note": "keys", "published": False, "break_minutes": 30}
    lost = await saved(lab, erna, 8, 16, **content)
    before = await lab.owner.get(f"/shifts/{lost}")
    await lab.owner.delete(f"/shifts/{lost}")
    assert (await lab.owner.get(f"/shifts/{lost}")).status_code == 404

    back = await lab.owner.post(f"/shifts/{lost}/restore")
    assert back.status_code == 200, back.text
    assert back.json() | {"updated_at": ""} == before.json() | {"updated_at": ""}
    assert (await lab.owner.get(f"/shifts/{lost}")).json() == back.json()
    assert back.headers["etag"] != before.headers["etag"]
    again = await lab.owner.post(f"/shifts/{lost}/restore")
    assert (again.status_code, again.headers["etag"]) == (200, back.headers["etag"])
    actions = [one["action"] for one in (await lab.owner.get("/audit-events")).json()["items"]]
    assert actions.count("shift.restored") == 1
    # It can be deleted and restored as often as one likes.
    await lab.owner.delete(f"/shifts/{lost}")
    assert (await lab.owner.post(f"/shifts/{lost}/restore")).status_code == 200


async def test_batch_restores_beside_other_changes_all_or_nothing(lab: Lab, hire: Hire):
    erna, other = await hire(), await hire()
    lost = [await saved(lab, erna, 8, 16), await saved(lab, erna, 20, 30)]
    await lab.owner.delete("/shifts", params={"id": lost})
    taken = await saved(lab, erna, 10, 12)
    before = await roster(lab)

    met = await lab.owner.post("/shifts/batch", json={"restore": lost})
    assert (met.status_code, met.json()["code"]) == (409, "shift_overlap")
    assert [one["pointer"] for one in met.json()["errors"]] == ["/restore/0"]
    assert [one["shift_id"] for one in met.json()["conflicts"]] == [taken]
    assert await roster(lab) == before

    handed_over = {"id": taken, "employee_id": other}
    done = await lab.owner.post("/shifts/batch", json={"restore": lost, "update": [handed_over]})
    assert done.status_code == 200, done.text
    assert [one["id"] for one in done.json()["restored"]] == lost
    assert {one[0] for one in await roster(lab)} == {*lost, taken}

    unknown = await lab.owner.post("/shifts/batch", json={"restore": [taken]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "shift_not_found")
    assert unknown.json()["errors"][0]["pointer"] == "/restore/0"
    await lab.owner.delete(f"/shifts/{taken}")
    twice = await lab.owner.post("/shifts/batch", json={"restore": [taken, taken]})
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (400, "/restore/1")


async def test_restored_shift_is_held_to_labour_rules_and_overridden(lab: Lab, hire: Hire):
    erna = await hire()
    lost = await saved(lab, erna, 8, 16)
    await lab.owner.delete(f"/shifts/{lost}")
    rule = {"name": "Rest", "kind": "minimum_rest", "limit_minutes": 660, "effect": "block"}
    assert (await lab.owner.post("/labour-rules", json=rule)).status_code == 201
    await saved(lab, erna, 18, 20)
    refused = await lab.owner.post(f"/shifts/{lost}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "labour_rule_broken")
    body = {"override_reason": "There is nobody else"}
    assert (await lab.owner.post(f"/shifts/{lost}/restore", json=body)).status_code == 200


async def test_two_who_restore_the_same_shift_at_once_have_one(lab: Lab, hire: Hire):
    lost = await saved(lab, await hire(), 8, 16)
    await lab.owner.delete(f"/shifts/{lost}")
    answers = await asyncio.gather(
        *(lab.owner.post(f"/shifts/{lost}/restore") for _ in range(4)),
    )
    assert {one.status_code for one in answers} == {200}
    assert len({one.headers["etag"] for one in answers}) == 1


async def test_only_managers_of_the_same_organisation_restore(
    lab: Lab, make_lab: Callable[..., Any], hire: Hire
):
    other_lab = await make_lab()
    lost = await saved(lab, await hire(), 8, 16)
    await lab.owner.delete(f"/shifts/{lost}")
    member, manager = await lab.person("member"), await lab.person("manager")
    assert (await member.post(f"/shifts/{lost}/restore")).status_code == 403
    assert (await other_lab.owner.post(f"/shifts/{lost}/restore")).status_code == 404
    assert (await manager.post(f"/shifts/{lost}/restore")).status_code == 200


async def test_shift_of_a_deleted_employee_stays_away(lab: Lab, hire: Hire):
    erna = await hire()
    lost = await saved(lab, erna, 8, 16)
    await lab.owner.delete(f"/shifts/{lost}")
    await lab.owner.delete(f"/employees/{erna}")
    assert (await lab.owner.post(f"/shifts/{lost}/restore")).status_code == 404
    await lab.owner.post(f"/employees/{erna}/restore")
    assert (await lab.owner.post(f"/shifts/{lost}/restore")).status_code == 200


async def test_shift_comes_back_without_a_location_that_is_gone(lab: Lab, hire: Hire):
    body = {"name": "Annex", "time_zone": "UTC"}
    location = (await lab.owner.post("/locations", json=body)).json()["id"]
    lost = await saved(lab, await hire(), 8, 16, location_id=location)
    await lab.owner.delete(f"/shifts/{lost}")
    assert (await lab.owner.delete(f"/locations/{location}")).status_code == 204
    back = await lab.owner.post(f"/shifts/{lost}/restore")
    assert (back.status_code, back.json()["location_id"]) == (200, None)


async def test_thirty_days_later_it_is_gone_for_good(
    lab: Lab, hire: Hire, database: Database, owner_database: Database
):
    erna = await hire()
    old, young = await saved(lab, erna, 8, 16), await saved(lab, erna, 20, 30)
    await lab.owner.delete("/shifts", params={"id": [old, young]})
    async with owner_database.transaction() as tx:
        await tx.execute(
            "UPDATE deleted_shifts SET deleted_at = now() - interval '31 days' WHERE id = $1", old
        )
    async with database.transaction() as tx:
        await forget_deleted_shifts(tx)
    assert (await lab.owner.post(f"/shifts/{old}/restore")).status_code == 404
    assert (await lab.owner.post(f"/shifts/{young}/restore")).status_code == 200


async def test_calendars_and_offers_know_it_again(lab: Lab, hire: Hire):
    member = await lab.person("member")
    mine = await hire(person_id=member.person_id)  # type: ignore[attr-defined]
    body = shift(mine, 24 * 365 * 3, 24 * 365 * 3 + 8)
    lost = (await lab.owner.post("/shifts", json=body)).json()["id"]
    offer = await member.post("/shift-requests", json={"kind": "offer", "shift_id": lost})
    assert offer.status_code == 201, offer.text
    path = f"/shift-requests/{offer.json()['id']}"
    await lab.owner.delete(f"/shifts/{lost}")
    assert (await member.get(path)).json()["status"] == "overtaken"
    await lab.owner.post(f"/shifts/{lost}/restore")
    assert (await member.get(path)).json()["status"] == "open"
