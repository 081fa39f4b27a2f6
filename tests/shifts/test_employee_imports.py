"""Employees from files: tried, added, taken back; what is personal stays out of logs and errors."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import Hire, saved

HEAD = "first_name,last_name,address\n"


async def send(lab: Lab, content: str | bytes, *, dry_run: bool = False, who: Any = None) -> Any:
    data = {"dry_run": "true"} if dry_run else {}
    file = content.encode() if isinstance(content, str) else content
    return await (who or lab.owner).post(
        "/employees/imports", data=data, files={"file": ("people.csv", file, "text/csv")}
    )


async def names(lab: Lab) -> list[str]:
    answer = await lab.owner.get("/employees", params={"limit": 500})
    return [item["last_name"] for item in answer.json()["items"]]


async def test_file_is_tried_added_and_taken_back_with_shifts(lab: Lab, hire: Hire):
    await lab.owner.post("/skills", json={"name": "Gel"})
    leeds = {"name": "Leeds", "time_zone": "Europe/London"}
    place = (await lab.owner.post("/locations", json=leeds)).json()["id"]
    await hire(last_name="Zuse", address="Known Street 1")
    content = (
        "Last name;First name;Address;E-mail;Location;Skills;Contracted hours per week\n"
        "Abel;Ada;Street 1;Ada@Example.org;Leeds;Gel;38,5\n"
        "\n"
        '"Bruhn";"Ben";"Street 2\nBack door";;;;\n'
        "Cole;Cyd;Known Street 1;;;;\n"
        "Dorn;Dan;Street 1;;;;\n"
    )
    counts = {"added": 2, "duplicates": 2, "rejected": 0, "errors": [], "file_name": "people.csv"}
    tried = await send(lab, content, dry_run=True)
    assert tried.status_code == 200
    assert tried.json() | counts | {"id": None, "dry_run": True} == tried.json()
    assert await names(lab) == ["Zuse"]
    done = await send(lab, content)
    assert done.status_code == 201
    assert done.json() | counts == done.json()
    path = done.headers["location"].removeprefix("/api/v1")
    assert (await lab.owner.get(path)).json() == done.json()
    assert (await lab.owner.get("/employees/imports")).json()["items"] == [done.json()]
    assert await names(lab) == ["Abel", "Bruhn", "Zuse"]
    ada = (await lab.owner.get("/employees", params={"q": "abel"})).json()["items"][0]
    assert (ada["email"], ada["location_id"]) == ("ada@example.org", place)
    assert (ada["contracted_hours_per_week"], len(ada["skill_ids"])) == (38.5, 1)
    again = await send(lab, content)
    assert (again.json()["added"], again.json()["duplicates"]) == (0, 4)
    await saved(lab, ada["id"], 8, 16)
    assert (await lab.owner.delete(path)).status_code == 204
    assert await names(lab) == ["Zuse"]
    assert (await lab.owner.get("/shifts")).json()["items"] == []
    gone = await lab.owner.delete(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "employee_import_not_found")
    assert (await send(lab, content)).json()["added"] == 2


async def test_errors_name_lines_and_repeat_nothing_personal(
    lab: Lab, capfd: pytest.CaptureFixture[str]
):
    content = (
        "first_name,last_name,address,email,location,skills,contracted_hours_per_week\n"
        ",Meier,Marked Road 1,,,,\n"
        "Erna,Meier,,,,,\n"
        f"Erna,{'x' * 51},Marked Road 2,,,,\n"
        "Erna,Meier,Marked Road 3,no-address-marked,,,\n"
        '"Erna","Meier","Marked Road\n4",,Nowhere,,\n'
        "Erna,Meier,Marked Road 5,,,Flying,\n"
        "Erna,Meier,Marked Road 6,,,,many\n"
        "Erna,Good,Marked Road 7,,,,7.126\n"
        'Erna,Meier,"Marked Road 8,,,,\n'
    )
    answer = await send(lab, content)
    assert answer.status_code == 201
    body = answer.json()
    assert [error["line"] for error in body["errors"]] == [2, 3, 4, 5, 6, 8, 9, 11]
    assert (body["added"], body["rejected"]) == (1, 8)
    assert "arked" not in answer.text
    assert "arked" not in (await lab.owner.get("/employees/imports")).text
    assert "arked" not in (await lab.owner.get("/audit-events")).text
    logged = capfd.readouterr()
    assert "arked" not in logged.out + logged.err


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", HEAD.encode("utf-16"), b"\xff\xfe", b"name,street\nA,B\n", b"PK\x03\x04\0"],
)
async def test_what_is_no_such_file_is_400(content: bytes, lab: Lab):
    answer = await send(lab, content)
    assert (answer.status_code, answer.json()["code"]) == (400, "employee_file_not_readable")
    assert pointers(answer) == ["/file"]
    assert await names(lab) == []


async def test_members_import_nothing_and_see_no_imports(lab: Lab):
    member = await lab.person()
    assert (await send(lab, HEAD + "A,B,C\n", who=member)).status_code == 403
    assert (await member.get("/employees/imports")).status_code == 403


async def test_address_of_others_is_in_no_log_line_and_no_error(
    lab: Lab, hire: Hire, capfd: pytest.CaptureFixture[str]
):
    """Whatever is asked about an employee, by whomever: the address is for managers and them."""
    secret = "Secret Lane 99"
    member = await lab.person()
    erna = await hire(address=secret, email="secret.lane@example.org")
    other = await hire()
    answers = [
        await lab.owner.post(
            "/employees", json={"first_name": "A", "last_name": "B", "address": secret}
        ),
        await lab.owner.patch(f"/employees/{other}", json={"address": secret}),
        await member.get(f"/employees/{erna}"),
        await member.get("/employees", params={"q": secret}),
        await member.get("/employees"),
        await member.patch(f"/employees/{erna}", json={"address": secret + "!"}),
        await send(lab, f"{HEAD}A,B,{secret}\n"),
        await lab.owner.get("/audit-events"),
    ]
    assert [answer.status_code for answer in answers] == [409, 409, 200, 200, 200, 403, 201, 200]
    for answer in answers:
        assert "ecret" not in answer.text
    logged = capfd.readouterr()
    assert "ecret" not in logged.out + logged.err
