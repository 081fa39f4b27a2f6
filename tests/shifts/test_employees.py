"""Employees: kept whole, found again, their addresses nobody else's business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest
from tests.conftest import Lab, run_app
from tests.contract.operations import pointers
from tests.shifts.conftest import Hire, saved

from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.settings import Settings

ERNA = {
    "first_name": "Erna",
    "last_name": "Meier",
    "address": "Marked Road 7",
    "email": "Erna@Example.org",
}


async def test_employee_is_added_read_changed_and_deleted(lab: Lab):
    added = await lab.owner.post("/employees", json=ERNA)
    assert added.status_code == 201
    employee = added.json()
    assert added.headers["location"] == f"/api/v1/employees/{employee['id']}"
    assert employee["email"] == "erna@example.org"
    assert employee["person_id"] is None
    path = f"/employees/{employee['id']}"
    read = await lab.owner.get(path)
    assert read.json() == employee
    assert read.headers["etag"] == added.headers["etag"]
    again = await lab.owner.get(path, headers={"If-None-Match": read.headers["etag"]})
    assert again.status_code == 304

    changed = await lab.owner.patch(path, json={"last_name": " Schmidt "})
    assert (changed.status_code, changed.json()["last_name"]) == (200, "Schmidt")
    assert changed.json()["address"] == "Marked Road 7"
    stale = await lab.owner.patch(
        path, json={"last_name": "X"}, headers={"If-Match": read.headers["etag"]}
    )
    assert stale.status_code == 412
    whole = {"first_name": "Ernst", "last_name": "Meier", "address": "Other Road"}
    replaced = await lab.owner.put(path, json=whole)
    assert replaced.status_code == 200
    assert replaced.json()["email"] is None
    assert replaced.json() | whole == replaced.json()
    assert (await lab.owner.delete(path)).status_code == 204
    assert (await lab.owner.get(path)).json()["code"] == "employee_not_found"
    assert (await lab.owner.put(path, json=whole)).status_code == 404


async def test_address_is_used_once_and_not_repeated_in_the_error(
    lab: Lab, make_lab: Callable[..., Any]
):
    first = (await lab.owner.post("/employees", json=ERNA)).json()
    other = (await lab.owner.post("/employees", json=ERNA | {"address": "Elsewhere"})).json()
    for taken in (
        await lab.owner.post("/employees", json=ERNA | {"address": "  Marked Road 7 "}),
        await lab.owner.patch(f"/employees/{other['id']}", json={"address": "Marked Road 7"}),
        await lab.owner.put(f"/employees/{other['id']}", json=ERNA),
    ):
        assert (taken.status_code, taken.json()["code"]) == (409, "address_taken")
        assert pointers(taken) == ["/address"]
        assert "Marked" not in taken.text
    assert (await lab.owner.put(f"/employees/{first['id']}", json=ERNA)).status_code == 200
    elsewhere = await make_lab()
    assert (await elsewhere.owner.post("/employees", json=ERNA)).status_code == 201


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"first_name": ""}, "/first_name"),
        ({"first_name": "x" * 51}, "/first_name"),
        ({"last_name": "   "}, "/last_name"),
        ({"last_name": "x" * 51}, "/last_name"),
        ({"address": ""}, "/address"),
        ({"address": "x" * 256}, "/address"),
        ({"first_name": "a\0"}, "/first_name"),
        ({"address": "\0"}, "/address"),
        ({"email": "nobody"}, "/email"),
        ({"surname": "x"}, "/surname"),
    ],
)
async def test_field_that_does_not_fit_is_named(
    change: dict[str, str], pointer: str, lab: Lab, hire: Hire
):
    path = f"/employees/{await hire()}"
    for answer in (
        await lab.owner.post("/employees", json=ERNA | change),
        await lab.owner.put(path, json=ERNA | change),
        await lab.owner.patch(path, json=change),
    ):
        assert (answer.status_code, pointers(answer)) == (400, [pointer])


async def test_text_that_cannot_be_stored_is_named_wherever_it_is(lab: Lab, hire: Hire):
    found = await lab.owner.get("/employees", params={"q": "a\0b", "limit": 5})
    assert (found.status_code, pointers(found)) == (400, ["?q"])
    when = {"starts_at": "2026-03-02T08:00:00Z", "ends_at": "2026-03-02T09:00:00Z"}
    shifts = [when | {"employee_id": await hire(), "note": note} for note in ("a", "b\0", "\0")]
    batch = await lab.owner.post("/shifts/batch", json={"create": shifts})
    assert batch.status_code == 400
    assert pointers(batch) == ["/create/1/note", "/create/2/note"]


async def test_longest_names_and_address_fit(lab: Lab, hire: Hire):
    await hire(first_name="x" * 50, last_name="ü" * 50, address="ß" * 255)


async def test_employee_goes_with_their_shifts(lab: Lab, hire: Hire):
    gone, stays = await hire(), await hire()
    lost, kept = await saved(lab, gone, 8, 16), await saved(lab, stays, 8, 16)
    assert (await lab.owner.delete(f"/employees/{gone}")).status_code == 204
    assert (await lab.owner.get(f"/shifts/{lost}")).status_code == 404
    assert (await lab.owner.get(f"/shifts/{kept}")).status_code == 200


async def test_employees_are_listed_by_name_page_by_page_and_searched(lab: Lab, hire: Hire):
    for first, last in (("Zoe", "Abel"), ("Anna", "Zorn"), ("Anna", "Abel")):
        await hire(first_name=first, last_name=last, address=f"{first} of {last} Street")
    names, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await lab.owner.get("/employees", params=params)).json()
        names += [f"{one['first_name']} {one['last_name']}" for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == ["Anna Abel", "Zoe Abel", "Anna Zorn"]
    for text, count in (("anna", 2), ("a ab", 1), ("OF ZORN", 1), ("%", 0)):
        found = (await lab.owner.get("/employees", params={"q": text})).json()["items"]
        assert len(found) == count, text


async def test_member_sees_no_address_but_their_own(lab: Lab, hire: Hire):
    member = await lab.person("member")
    mine = await hire(address="My Road", person_id=member.person_id)  # type: ignore[attr-defined]
    theirs = await hire(address="Their Road", email="their@example.org")
    assert (await member.get(f"/employees/{mine}")).json()["address"] == "My Road"
    other = (await member.get(f"/employees/{theirs}")).json()
    assert (other["address"], other["email"], other["first_name"]) == (None, None, "Erna")
    listed = (await member.get("/employees")).json()["items"]
    assert {one["id"]: one["address"] for one in listed} == {mine: "My Road", theirs: None}
    assert (await member.get("/employees", params={"q": "Their"})).json()["items"] == []
    for answer in (
        await member.post("/employees", json=ERNA),
        await member.put(f"/employees/{mine}", json=ERNA),
        await member.patch(f"/employees/{mine}", json={"address": "x"}),
        await member.delete(f"/employees/{mine}"),
    ):
        assert answer.status_code == 403


async def test_person_is_one_employee_of_their_own_organisation(
    lab: Lab, hire: Hire, make_lab: Callable[..., Any]
):
    member = await lab.person("member")
    person_id = member.person_id  # type: ignore[attr-defined]
    await hire(person_id=person_id)
    twice = await lab.owner.post("/employees", json=ERNA | {"person_id": person_id})
    assert (twice.status_code, twice.json()["code"]) == (409, "person_linked_already")
    elsewhere = await make_lab()
    foreign = await elsewhere.owner.post("/employees", json=ERNA | {"person_id": person_id})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "person_not_found")


async def test_audit_names_the_employee_and_not_the_address(lab: Lab):
    employee = (await lab.owner.post("/employees", json=ERNA)).json()["id"]
    await lab.owner.patch(f"/employees/{employee}", json={"address": "Marked Road 8"})
    await lab.owner.delete(f"/employees/{employee}")
    events = await lab.owner.get("/audit-events")
    actions = [one["action"] for one in events.json()["items"] if one["subject_id"] == employee]
    assert actions == ["employee.deleted", "employee.changed", "employee.created"]
    assert "Marked" not in events.text


@pytest.mark.parametrize(("modules", "there", "gone"), [
    (("hours",), "/sessions", "/shifts"),
    (("shifts",), "/shifts", "/sessions"),
])  # fmt: skip
async def test_module_that_is_switched_off_is_not_there(
    modules: tuple[str, ...], there: str, gone: str, lab: Lab, cluster: Any, database_name: str
):
    import httpx

    async def connect() -> Database:
        return await Database.connect(size=2, **cluster.address(database_name, APPLICATION_ROLE))

    async with (
        run_app(connect, Settings(modules=modules)) as transport,
        httpx.AsyncClient(
            transport=transport,
            base_url="http://benchbook.test/api/v1",
            headers={"Authorization": lab.owner.headers["Authorization"]},
        ) as owner,
    ):
        assert (await owner.get(there)).status_code == 200
        assert (await owner.get(gone)).status_code == 404
        me = (await owner.get("/me")).json()
        assert me["modules"] == list(modules)
        assert (await owner.patch("/me", json={"name": "Grace"})).json() == {
            **me,
            "person": ANY,
        }
