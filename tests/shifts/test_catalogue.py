"""Skills, positions and locations: kept once, archived while in use, given to employees."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.conftest import Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import Hire, at, saved, shift


async def made(lab: Lab, path: str, name: str, **more: Any) -> str:
    answer = await lab.owner.post(path, json={"name": name} | more)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/v1{path}/{answer.json()['id']}"
    return str(answer.json()["id"])


async def test_skill_is_kept_once_renamed_and_archived_while_somebody_has_it(lab: Lab, hire: Hire):
    pcr = await made(lab, "/skills", " PCR ")
    again = await lab.owner.post("/skills", json={"name": "PCR"})
    assert (again.status_code, again.json()["code"]) == (409, "roster_name_taken")
    assert pointers(again) == ["/name"]
    read = await lab.owner.get(f"/skills/{pcr}")
    changed = await lab.owner.patch(
        f"/skills/{pcr}", json={"name": "qPCR"}, headers={"If-Match": read.headers["etag"]}
    )
    assert changed.json()["name"] == "qPCR"
    stale = await lab.owner.patch(
        f"/skills/{pcr}", json={"name": "x"}, headers={"If-Match": read.headers["etag"]}
    )
    assert stale.status_code == 412
    erna = await hire(skill_ids=[pcr])
    assert (await lab.owner.delete(f"/skills/{pcr}")).status_code == 204
    assert (await lab.owner.get(f"/skills/{pcr}")).json()["archived"] is True
    assert (await lab.owner.get(f"/employees/{erna}")).json()["skill_ids"] == [pcr]
    await lab.owner.patch(f"/skills/{pcr}", json={"archived": False})
    assert (await lab.owner.patch(f"/employees/{erna}", json={"skill_ids": []})).json()[
        "skill_ids"
    ] == []
    assert (await lab.owner.delete(f"/skills/{pcr}")).status_code == 204
    gone = await lab.owner.get(f"/skills/{pcr}")
    assert (gone.status_code, gone.json()["code"]) == (404, "skill_not_found")


async def test_lists_are_by_name_and_in_pages(lab: Lab):
    for name in ("c", "a", "b"):
        await made(lab, "/positions", name)
    first = (await lab.owner.get("/positions", params={"limit": 2})).json()
    assert [item["name"] for item in first["items"]] == ["a", "b"]
    second = await lab.owner.get("/positions", params={"cursor": first["next_cursor"]})
    assert [item["name"] for item in second.json()["items"]] == ["c"]


async def test_position_takes_skills(lab: Lab):
    skills = sorted([await made(lab, "/skills", "Gel"), await made(lab, "/skills", "Cells")])
    bench = await made(lab, "/positions", "Bench", skill_ids=[*skills, skills[0]])
    path = f"/positions/{bench}"
    assert (await lab.owner.get(path)).json()["skill_ids"] == skills
    changed = await lab.owner.patch(path, json={"skill_ids": skills[:1]})
    assert changed.json()["skill_ids"] == skills[:1]
    unknown = await lab.owner.patch(path, json={"skill_ids": [str(uuid4())]})
    assert (unknown.status_code, pointers(unknown)) == (404, ["/skill_ids"])
    assert (await lab.owner.get(path)).json()["skill_ids"] == skills[:1]
    assert (await lab.owner.delete(path)).status_code == 204


async def test_position_is_renamed_in_all_that_has_its_name(lab: Lab, hire: Hire):
    member = await lab.person("member")
    erna = await hire(person_id=member.person_id)  # type: ignore[attr-defined]
    bench = await made(lab, "/positions", "Bench")
    path = f"/positions/{bench}"
    out = await saved(lab, erna, 10**5, 10**5 + 8, position="Bench")
    kept_back = await saved(lab, erna, 10**5 + 24, 10**5 + 32, position="Bench")
    await lab.owner.patch(f"/shifts/{kept_back}", json={"note": "x", "published": False})
    gone = await saved(lab, erna, 10**5 + 48, 10**5 + 56, position="Bench")
    await lab.owner.delete(f"/shifts/{gone}")
    other = await saved(lab, erna, 10**5 + 72, 10**5 + 80, position="Bench 2")
    offer = await member.post("/shift-requests", json={"kind": "offer", "shift_id": out})
    assert offer.status_code == 201, offer.text
    times = {"starts_at": at(10**5), "ends_at": at(10**5 + 8)}
    for where, body in (
        ("/open-shifts", times),
        ("/shift-templates", {"name": "Day", "start_time": "08:00", "end_time": "16:00"}),
        (
            "/labour-rules",
            {"name": "Rest", "kind": "minimum_rest", "limit_minutes": 660, "effect": "warn"},
        ),
    ):
        answer = await lab.owner.post(where, json=body | {"position": "Bench"})
        assert answer.status_code == 201, answer.text
    need = {
        "position": "Bench",
        "weekday": 1,
        "from_time": "08:00",
        "to_time": "16:00",
        "number": 1,
    }
    plan = {"time_zone": "UTC", "needs": [need]}
    assert (await lab.owner.put("/staffing-needs", json=plan)).status_code == 200
    await member.post("/notifications/read", json={})

    for taken in ("Bench 2", await _name_of(lab, await made(lab, "/positions", "Desk"))):
        refused = await lab.owner.patch(path, json={"name": taken})
        assert (refused.status_code, refused.json()["code"]) == (409, "roster_name_taken")
        assert pointers(refused) == ["/name"]
    renamed = await lab.owner.patch(path, json={"name": " Wet bench "})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Wet bench")

    for one in (out, kept_back):
        for who in (lab.owner, member):
            read = await who.get(f"/shifts/{one}")
            assert read.json()["position"] == "Wet bench"
    assert (await lab.owner.get(f"/shifts/{other}")).json()["position"] == "Bench 2"
    for where in ("/open-shifts", "/shift-templates", "/labour-rules", "/shift-requests"):
        [item] = (await lab.owner.get(where)).json()["items"]
        assert item["position"] == "Wet bench", where
    assert (await lab.owner.get("/staffing-needs")).json()["needs"][0]["position"] == "Wet bench"
    back = await lab.owner.post(f"/shifts/{gone}/restore")
    assert (back.status_code, back.json()["position"]) == (200, "Wet bench")
    # Nobody is told, and what was asked for still stands.
    told = (await member.get("/notifications", params={"unread": "true"})).json()["items"]
    assert [item["data"]["added"] for item in told] == [1], "the restored one alone"
    assert (await member.get(f"/shift-requests/{offer.json()['id']}")).json()["status"] == "open"
    events = (await lab.owner.get("/audit-events")).json()["items"]
    [event] = [one for one in events if one["action"] == "position.renamed"]
    assert event["details"] == {"before": "Bench", "after": "Wet bench", "shifts": 2}
    # And taken back.
    assert (await lab.owner.patch(path, json={"name": "Bench"})).status_code == 200
    assert (await lab.owner.get(f"/shifts/{out}")).json()["position"] == "Bench"


async def _name_of(lab: Lab, position_id: str) -> str:
    return str((await lab.owner.get(f"/positions/{position_id}")).json()["name"])


async def test_location_has_a_time_zone_and_is_archived_while_a_shift_names_it(
    lab: Lab, hire: Hire
):
    wrong = await lab.owner.post("/locations", json={"name": "X", "time_zone": "Mars/Base"})
    assert (wrong.status_code, pointers(wrong)) == (400, ["/time_zone"])
    leeds = await made(lab, "/locations", "Leeds", time_zone="Europe/London")
    erna = await hire(location_id=leeds)
    stored = await saved(lab, erna, 8, 16, location_id=leeds)
    assert (await lab.owner.get(f"/shifts/{stored}")).json()["location_id"] == leeds
    assert (await lab.owner.delete(f"/locations/{leeds}")).status_code == 204
    assert (await lab.owner.get(f"/locations/{leeds}")).json()["archived"] is True
    cleared = await lab.owner.patch(f"/shifts/{stored}", json={"location_id": None})
    assert cleared.json()["location_id"] is None
    await lab.owner.patch(f"/employees/{erna}", json={"location_id": None})
    assert (await lab.owner.delete(f"/locations/{leeds}")).status_code == 204
    assert (await lab.owner.get(f"/locations/{leeds}")).status_code == 404


async def test_unknown_location_of_a_shift_is_named_by_its_place(lab: Lab, hire: Hire):
    erna, nowhere = await hire(), str(uuid4())
    one = await lab.owner.post("/shifts", json=shift(erna, 8, 9, location_id=nowhere))
    assert (one.status_code, one.json()["code"]) == (404, "location_not_found")
    assert pointers(one) == ["/location_id"]
    batch = {"create": [shift(erna, 8, 9), shift(erna, 9, 10, location_id=nowhere)]}
    many = await lab.owner.post("/shifts/batch", json=batch)
    assert (many.status_code, pointers(many)) == (404, ["/create/1/location_id"])


async def test_put_with_the_first_fields_alone_clears_what_came_later(lab: Lab):
    gel = await made(lab, "/skills", "Gel")
    leeds = await made(lab, "/locations", "Leeds", time_zone="Europe/London")
    plain = {"first_name": "Erna", "last_name": "Meier", "address": "Long Lane 7"}
    more = {"skill_ids": [gel], "location_id": leeds, "contracted_hours_per_week": 38.5}
    added = (await lab.owner.post("/employees", json=plain | more)).json()
    assert added | more == added
    replaced = await lab.owner.put(f"/employees/{added['id']}", json=plain)
    assert replaced.status_code == 200
    assert replaced.json()["skill_ids"] == []
    assert replaced.json()["location_id"] is None
    assert replaced.json()["contracted_hours_per_week"] is None


async def test_contracted_hours_are_none_of_other_members_business(lab: Lab, hire: Hire):
    member = await lab.person()
    erna = await hire(contracted_hours_per_week=20)
    own = await hire(contracted_hours_per_week=7.126, person_id=member.person_id)
    assert (await member.get(f"/employees/{erna}")).json()["contracted_hours_per_week"] is None
    assert (await member.get(f"/employees/{own}")).json()["contracted_hours_per_week"] == 7.13
    wrong = await lab.owner.patch(f"/employees/{erna}", json={"contracted_hours_per_week": 168.5})
    assert (wrong.status_code, pointers(wrong)) == (400, ["/contracted_hours_per_week"])


async def test_members_read_and_do_not_write(lab: Lab):
    member = await lab.person()
    skill = await made(lab, "/skills", "Gel")
    assert (await member.get("/skills")).json()["items"][0]["id"] == skill
    assert (await member.post("/skills", json={"name": "x"})).status_code == 403
    assert (await member.delete(f"/skills/{skill}")).status_code == 403
