"""Planned hours: by employee and ISO week, in the place's own zone, as a report and as files."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
from tests.conftest import Lab
from tests.shifts.conftest import Hire, at, saved


async def report(who: Any, **params: Any) -> dict[str, Any]:
    answer = await who.get("/reports/shifts", params={"date": "2026-03-02"} | params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_shifts_are_added_up_by_employee_and_iso_week(lab: Lab, hire: Hire):
    erna = await hire(last_name="Abel", contracted_hours_per_week=38.5)
    emil = await hire(last_name="Bell")
    await saved(lab, erna, 8, 16, break_minutes=30)
    await saved(lab, erna, 24 * 7 - 2, 24 * 7 + 6)
    await saved(lab, erna, 24 * 8, 24 * 8 + 4, published=False)
    await saved(lab, emil, 8, 9)
    await saved(lab, emil, -24 * 2, -24 * 2 + 1)
    month = await report(lab.owner)
    assert (month["from"], month["to"]) == ("2026-03-01", "2026-04-01")
    assert (month["shifts"], month["planned_seconds"]) == (4, int(20.5 * 3600))
    [of_erna, of_emil] = month["employees"]
    assert (of_erna["employee_id"], of_erna["contracted_hours_per_week"]) == (erna, 38.5)
    # The night of Sunday belongs to the week in which it starts.
    assert [(week["week"], week["planned_seconds"]) for week in of_erna["weeks"]] == [
        ("2026-W10", int(15.5 * 3600)),
        ("2026-W11", 4 * 3600),
    ]
    assert of_erna["weeks"][0]["break_seconds"] == 1800
    assert of_erna["weeks"][1]["monday"] == "2026-03-09"
    assert of_emil["planned_seconds"] == 3600
    week = await report(lab.owner, period="week", employee_id=erna)
    assert (week["from"], week["to"], week["shifts"]) == ("2026-03-02", "2026-03-09", 2)
    year = await report(lab.owner, period="year")
    assert year["shifts"] == 5


async def test_days_are_those_of_the_place(lab: Lab, hire: Hire):
    east = {"name": "Auckland", "time_zone": "Pacific/Auckland"}
    place = (await lab.owner.post("/locations", json=east)).json()["id"]
    erna, emil = await hire(), await hire(location_id=place)
    # Sunday evening in UTC is Monday morning there.
    await saved(lab, erna, -4, 4, location_id=place)
    await saved(lab, emil, -4, 4)
    await saved(lab, await hire(), -4, 4)
    week = await report(lab.owner, period="week")
    assert {one["employee_id"] for one in week["employees"]} == {erna, emil}
    assert (await report(lab.owner, period="week", date="2026-03-01"))["shifts"] == 1


async def test_members_see_their_own_as_published(lab: Lab, hire: Hire):
    member = await lab.person()
    own, other = await hire(person_id=member.person_id), await hire()
    stored = await saved(lab, own, 8, 16)
    await saved(lab, own, 32, 40, published=False)
    await saved(lab, other, 8, 16)
    await lab.owner.patch(f"/shifts/{stored}", json={"ends_at": at(20), "published": False})
    seen = await report(member)
    assert [one["employee_id"] for one in seen["employees"]] == [own]
    assert seen["planned_seconds"] == 8 * 3600
    assert (await report(member, employee_id=other))["employees"] == []
    assert (await report(lab.owner))["planned_seconds"] == (12 + 8 + 8) * 3600


async def test_exports_hold_what_the_report_holds(lab: Lab, hire: Hire):
    erna = await hire(last_name="=Abel", contracted_hours_per_week=20)
    await saved(lab, erna, 8, 16, break_minutes=30)
    params = {"date": "2026-03-02"}
    answer = await lab.owner.get("/reports/shifts/export", params=params)
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="benchbook-shifts-2026-03-01.csv"' in answer.headers["content-disposition"]
    [line] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert (line["last_name"], line["week"]) == ("'=Abel", "2026-W10")
    assert (line["planned_seconds"], line["break_seconds"]) == ("27000", "1800")
    answer = await lab.owner.get("/reports/shifts/export", params=params | {"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][0] == "=Abel"
    assert rows[1][4] == 1
