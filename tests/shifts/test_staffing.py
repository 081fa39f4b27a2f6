"""How many people are needed when: one plan, replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import Lab
from tests.contract.operations import pointers

NIGHTS = {
    "position": "Night desk",
    "weekday": 1,
    "from_time": "22:00",
    "to_time": "06:00",
    "number": 2,
}
PATH = "/staffing-needs"


def plan(*needs: dict[str, Any], time_zone: str = "Europe/Berlin") -> dict[str, Any]:
    return {"time_zone": time_zone, "needs": list(needs)}


async def test_plan_is_empty_then_set_replaced_and_read(lab: Lab):
    before = await lab.owner.get(PATH)
    assert before.json() == {"time_zone": None, "needs": [], "updated_at": None}
    early = NIGHTS | {"position": "Bench", "from_time": "06:00", "to_time": "14:00"}
    put = await lab.owner.put(
        PATH, json=plan(NIGHTS, early), headers={"If-Match": before.headers["etag"]}
    )
    assert put.status_code == 200, put.text
    read = await lab.owner.get(PATH)
    assert read.json() == put.json()
    assert read.headers["etag"] == put.headers["etag"]
    assert (read.json()["time_zone"], read.json()["needs"]) == ("Europe/Berlin", [early, NIGHTS])
    unchanged = await lab.owner.get(PATH, headers={"If-None-Match": read.headers["etag"]})
    assert unchanged.status_code == 304
    stale = await lab.owner.put(PATH, json=plan(), headers={"If-Match": before.headers["etag"]})
    assert stale.status_code == 412
    assert (await lab.owner.put(PATH, json=plan())).json()["needs"] == []


@pytest.mark.parametrize(("needs", "pointer"), [
    ([NIGHTS | {"weekday": 0}], "/needs/0/weekday"),
    ([NIGHTS | {"weekday": 8}], "/needs/0/weekday"),
    ([NIGHTS, NIGHTS | {"from_time": "24:00"}], "/needs/1/from_time"),
    ([NIGHTS | {"to_time": "6:00"}], "/needs/0/to_time"),
    ([NIGHTS | {"number": 0}], "/needs/0/number"),
    ([NIGHTS | {"number": 1000}], "/needs/0/number"),
    ([NIGHTS | {"position": " "}], "/needs/0/position"),
    ([NIGHTS, NIGHTS | {"position": "Night desk ", "number": 3}], "/needs/1"),
    ([NIGHTS | {"colour": "red"}], "/needs/0/colour"),
])  # fmt: skip
async def test_wrong_needs_are_refused_with_their_place_and_change_nothing(
    lab: Lab, needs: list[dict[str, Any]], pointer: str
):
    answer = await lab.owner.put(PATH, json=plan(*needs))
    assert (answer.status_code, pointers(answer)) == (400, [pointer])
    assert (await lab.owner.get(PATH)).json()["needs"] == []


async def test_unknown_time_zone_is_refused(lab: Lab):
    answer = await lab.owner.put(PATH, json=plan(NIGHTS, time_zone="Berlin"))
    assert (answer.status_code, pointers(answer)) == (400, ["/time_zone"])


async def test_members_read_the_plan_of_their_own_organisation_only(
    lab: Lab, make_lab: Callable[..., Any]
):
    await lab.owner.put(PATH, json=plan(NIGHTS))
    member = await lab.person("member")
    assert (await member.get(PATH)).json()["needs"] == [NIGHTS]
    assert (await member.put(PATH, json=plan())).status_code == 403
    elsewhere = await make_lab()
    assert (await elsewhere.owner.get(PATH)).json()["needs"] == []
    await elsewhere.owner.put(PATH, json=plan())
    assert (await lab.owner.get(PATH)).json()["needs"] == [NIGHTS]
