"""Open shifts, offers, swaps and claims: who may, what stands against it, and who of two wins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.conftest import Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import Hire

# A Monday far enough ahead: what has begun is not handed over any more.
MONDAY = datetime(2090, 3, 6, tzinfo=UTC)


def at(hours: float) -> str:
    return (MONDAY + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


@dataclass
class Colleague:
    """Somebody who signs in and is an employee."""

    client: httpx.AsyncClient
    employee_id: str


@pytest.fixture
def colleague(lab: Lab, hire: Hire) -> Callable[..., Any]:
    """Makes members who are employees."""

    async def make(**fields: Any) -> Colleague:
        client = await lab.person("member")
        employee_id = await hire(person_id=client.person_id, **fields)  # type: ignore[attr-defined]
        return Colleague(client, employee_id)

    return make


async def saved(lab: Lab, who: Colleague | str, start: float, end: float, **more: Any) -> str:
    employee = who if isinstance(who, str) else who.employee_id
    body = {"employee_id": employee, "starts_at": at(start), "ends_at": at(end), **more}
    answer = await lab.owner.post("/shifts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def open_shift(lab: Lab, start: float, end: float, **more: Any) -> str:
    body = {"starts_at": at(start), "ends_at": at(end), **more}
    answer = await lab.owner.post("/open-shifts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def asked(who: Colleague, kind: str, shift_id: str, **more: Any) -> str:
    body = {"kind": kind, "shift_id": shift_id, **more}
    answer = await who.client.post("/shift-requests", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def decide(client: httpx.AsyncClient, request_id: str, status: str, **more: Any):
    return await client.patch(f"/shift-requests/{request_id}", json={"status": status, **more})


async def no_approval(lab: Lab) -> None:
    answer = await lab.owner.patch("/shift-request-settings", json={"approval": "none"})
    assert answer.status_code == 200, answer.text


async def owner_of(lab: Lab, shift_id: str) -> str:
    return str((await lab.owner.get(f"/shifts/{shift_id}")).json()["employee_id"])


# Open shifts ------------------------------------------------------------------------------------


async def test_open_shift_is_added_listed_changed_and_deleted(lab: Lab):
    draft = await open_shift(lab, 8, 16, published=False, position="Bench")
    shown = await open_shift(lab, 16, 20)
    member = await lab.person("member")
    assert [one["id"] for one in (await member.get("/open-shifts")).json()["items"]] == [shown]
    assert (await member.get(f"/open-shifts/{draft}")).json()["code"] == "open_shift_not_found"
    assert (await member.post("/open-shifts", json={})).status_code == 403
    found = await lab.owner.get("/open-shifts", params={"from": at(10), "to": at(16)})
    assert [one["id"] for one in found.json()["items"]] == [draft]
    read = await lab.owner.get(f"/open-shifts/{draft}")
    tag = {"If-Match": read.headers["etag"]}
    changed = await lab.owner.patch(f"/open-shifts/{draft}", json={"published": True}, headers=tag)
    assert changed.json() == read.json() | {
        "published": True,
        "updated_at": changed.json()["updated_at"],
    }
    path = f"/open-shifts/{draft}"
    assert (await lab.owner.patch(path, json={"note": "x"}, headers=tag)).status_code == 412
    for wrong, place in (
        ({"ends_at": at(8)}, "/ends_at"),
        ({"break_minutes": 480}, "/break_minutes"),
        ({"position": " "}, "/position"),
    ):
        assert pointers(await lab.owner.patch(path, json=wrong)) == [place]
    assert (await lab.owner.delete(path)).status_code == 204


async def test_candidates_are_told_with_what_stands_against_them(
    lab: Lab, hire: Hire, colleague: Callable[..., Any]
):
    skill = (await lab.owner.post("/skills", json={"name": "Radiation"})).json()["id"]
    position = {"name": "Source", "skill_ids": [skill]}
    assert (await lab.owner.post("/positions", json=position)).status_code == 201
    free = await colleague(skill_ids=[skill], last_name="A")
    busy = await hire(skill_ids=[skill], last_name="B")
    away = await hire(skill_ids=[skill], last_name="C")
    tired = await hire(skill_ids=[skill], last_name="D")
    unskilled = await colleague(last_name="E")
    await saved(lab, busy, 10, 11, published=False)
    await saved(lab, tired, 0, 3)
    day = "2090-03-06"
    leave = {"employee_id": away, "kind": "vacation", "first_day": day, "last_day": day}
    leave["status"] = "approved"
    assert (await lab.owner.post("/leave-requests", json=leave)).status_code == 201
    rule = {"name": "Rest", "kind": "minimum_rest", "limit_minutes": 660, "effect": "block"}
    assert (await lab.owner.post("/labour-rules", json=rule)).status_code == 201
    which = await open_shift(lab, 8, 16, position="Source")
    seen = await lab.owner.get(f"/open-shifts/{which}/candidates")
    assert {one["employee_id"]: one["obstacles"] for one in seen.json()["items"]} == {
        free.employee_id: [],
        busy: ["overlap"],
        away: ["leave"],
        tired: ["labour_rule"],
        unskilled.employee_id: ["skill"],
    }
    # Leave and drafts of others are none of a member's business.
    mine = await unskilled.client.get(f"/open-shifts/{which}/candidates")
    assert {one["employee_id"]: one["obstacles"] for one in mine.json()["items"]} == {
        free.employee_id: None,
        busy: None,
        away: None,
        tired: None,
        unskilled.employee_id: ["skill"],
    }
    assert [one["eligible"] for one in mine.json()["items"]] == [True, False, False, False, False]
    # And it is so when they try.
    for who, code in ((unskilled, "not_eligible"),):
        body = {"kind": "claim", "shift_id": which}
        answer = await who.client.post("/shift-requests", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    stored = await saved(lab, free, 8, 16, position="Source")
    others = await lab.owner.get(f"/shifts/{stored}/candidates", params={"limit": 2})
    rest = await lab.owner.get(
        f"/shifts/{stored}/candidates", params={"cursor": others.json()["next_cursor"]}
    )
    found = [*others.json()["items"], *rest.json()["items"]]
    assert [one["employee_id"] for one in found] == [busy, away, tired, unskilled.employee_id]


async def test_swap_candidates_are_told_with_what_stands_against_the_exchange(
    lab: Lab, colleague: Callable[..., Any]
):
    erna, emil, third = await colleague(), await colleague(), await colleague()
    mine = await saved(lab, erna, 8, 16)
    # Only what would be there after the exchange counts: they overlap each other.
    meets = await saved(lab, emil, 9, 17)
    later = await saved(lab, emil, 40, 48)
    night = await saved(lab, third, 41, 47)
    await saved(lab, third, 7, 9, published=False)
    await saved(lab, erna, 47, 48)
    mine_too = await saved(lab, erna, 60, 62)
    path = f"/shifts/{mine}/swap-candidates"
    seen = (await erna.client.get(path, params={"to": at(55)})).json()
    assert [
        (one["shift"]["id"], one["eligible"], one["obstacles"], one["other_obstacles"])
        for one in seen["items"]
    ] == [
        (meets, True, [], None),
        (later, False, ["overlap"], None),
        # That the other one cannot is said; a draft is none of a member's business.
        (night, False, [], None),
    ]
    whole = (await lab.owner.get(path)).json()["items"]
    assert {one["shift"]["id"]: one["other_obstacles"] for one in whole} == {
        meets: [],
        later: ["overlap"],
        night: ["overlap"],
    }
    pages, cursor = [], None
    while cursor != "":
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await erna.client.get(path, params=params)).json()
        pages += [one["shift"]["id"] for one in page["items"]]
        cursor = page["next_cursor"] or ""
    assert pages == [meets, later, night]
    assert (await emil.client.get(path)).status_code == 403
    assert (await emil.client.get(f"/shifts/{mine_too}/swap-candidates")).status_code == 403


async def test_one_is_told_which_open_shifts_one_could_have(
    lab: Lab, colleague: Callable[..., Any]
):
    erna = await colleague()
    await saved(lab, erna, 8, 16, published=False)
    met, free = await open_shift(lab, 15, 20), await open_shift(lab, 30, 38)
    hidden = await open_shift(lab, 50, 58, published=False)
    seen = (await erna.client.get("/open-shifts/eligibility")).json()["items"]
    assert seen == [
        {"open_shift_id": met, "eligible": False, "obstacles": ["overlap"]},
        {"open_shift_id": free, "eligible": True, "obstacles": []},
    ]
    assert hidden not in str(seen)
    assert (await lab.owner.get("/open-shifts/eligibility")).json()["items"] == []


async def test_open_shifts_are_changed_together_or_not_at_all(lab: Lab):
    one = {"starts_at": at(8), "ends_at": at(16), "position": "Bench"}
    made = await lab.owner.post("/open-shifts/batch", json={"create": [one, one, one]})
    assert made.status_code == 200, made.text
    first, second, third = (str(each["id"]) for each in made.json()["created"])
    later = {"id": first, "ends_at": at(17)}
    for wrong, status, place in (
        ({"create": [one, one | {"ends_at": at(7)}]}, 400, "/create/1/ends_at"),
        ({"update": [later, {"id": third, "position": " "}]}, 400, "/update/1/position"),
        ({"update": [later], "delete": [third, third]}, 404, "/delete/1"),
    ):
        answer = await lab.owner.post("/open-shifts/batch", json=wrong)
        assert (answer.status_code, pointers(answer)) == (status, [place])
    listed = (await lab.owner.get("/open-shifts")).json()["items"]
    assert {each["ends_at"] for each in listed} == {at(16)}
    assert len(listed) == 3
    batch = {"update": [later], "delete": [third]}
    done = (await lab.owner.post("/open-shifts/batch", json=batch)).json()
    assert (done["updated"][0]["ends_at"], done["deleted"]) == (at(17), [third])
    listed = (await lab.owner.get("/open-shifts")).json()["items"]
    assert {each["id"] for each in listed} == {first, second}
    member = await lab.person("member")
    assert (await member.post("/open-shifts/batch", json=batch)).status_code == 403


async def test_request_is_checked_as_things_are_now(lab: Lab, colleague: Callable[..., Any]):
    erna, emil, third = await colleague(), await colleague(), await colleague()
    shift = await saved(lab, erna, 8, 16)
    offer = await asked(erna, "offer", shift)
    path = f"/shift-requests/{offer}/check"
    mine = (await emil.client.get(path)).json()
    assert mine == {
        "eligible": True,
        "employees": [{"employee_id": emil.employee_id, "eligible": True, "obstacles": []}],
        "violations": [],
    }
    # To who asked it is not said yet who would have it.
    assert (await erna.client.get(path)).json() == {
        "eligible": True,
        "employees": [],
        "violations": [],
    }
    assert (await decide(emil.client, offer, "accepted")).status_code == 200
    await saved(lab, emil, 16, 20)
    rule = {"name": "Rest", "kind": "maximum_daily_hours", "limit_minutes": 600, "effect": "block"}
    assert (await lab.owner.post("/labour-rules", json=rule)).status_code == 201
    seen = (await lab.owner.get(path)).json()
    why = {"employee_id": emil.employee_id, "eligible": False, "obstacles": ["labour_rule"]}
    assert (seen["eligible"], seen["employees"]) == (False, [why])
    assert [(one["rule"], one["effect"]) for one in seen["violations"]] == [("Rest", "block")]
    theirs = (await erna.client.get(path)).json()
    assert (theirs["employees"], theirs["violations"]) == ([why | {"obstacles": None}], [])
    assert (await third.client.get(path)).status_code == 404
    done = await decide(lab.owner, offer, "approved", override_reason="Nobody else can")
    assert done.status_code == 200
    assert (await lab.owner.get(path)).json() == {
        "eligible": False,
        "employees": [],
        "violations": [],
    }


# Handing over -----------------------------------------------------------------------------------


async def test_claim_without_approval_is_a_shift_at_once(lab: Lab, colleague: Callable[..., Any]):
    await no_approval(lab)
    erna = await colleague()
    which = await open_shift(lab, 8, 16, position="Bench", break_minutes=30)
    body = {"kind": "claim", "shift_id": which}
    answer = await erna.client.post("/shift-requests", json=body)
    assert (answer.status_code, answer.json()["status"]) == (201, "done")
    shift = (await erna.client.get(f"/shifts/{which}")).json()
    assert (shift["employee_id"], shift["break_minutes"]) == (erna.employee_id, 30)
    assert (await lab.owner.get(f"/open-shifts/{which}")).status_code == 404
    # Not twice, and not over another one; a draft that is met is not told.
    emil = await colleague()
    gone = await emil.client.post("/shift-requests", json=body)
    assert (gone.status_code, gone.json()["code"]) == (404, "open_shift_not_found")
    await saved(lab, emil, 30, 31, published=False)
    body["shift_id"] = await open_shift(lab, 28, 36)
    met = await emil.client.post("/shift-requests", json=body)
    assert (met.status_code, met.json()["code"], met.json()["conflicts"]) == (
        409,
        "shift_overlap",
        [],
    )
    assert (await lab.owner.get(f"/open-shifts/{body['shift_id']}")).status_code == 200


async def test_offer_to_anybody_is_accepted_and_approved(lab: Lab, colleague: Callable[..., Any]):
    erna, emil, third = await colleague(), await colleague(), await colleague()
    shift = await saved(lab, erna, 8, 16)
    offer = await asked(erna, "offer", shift, note="I have a wedding to go to")
    seen = (await emil.client.get("/shift-requests", params={"status": "open"})).json()["items"]
    assert [one["id"] for one in seen] == [offer]
    own = await decide(erna.client, offer, "accepted")
    assert own.status_code == 403
    accepted = await decide(emil.client, offer, "accepted")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    assert await owner_of(lab, shift) == erna.employee_id
    for who, kind in ((erna.client, "shift_request"), (lab.owner, "shift_request_waits")):
        told = (await who.get("/notifications")).json()["items"][0]
        assert (told["kind"], told["data"]["status"]) == (kind, "accepted")
        assert told["data"]["shift_request_id"] == offer
    # It is between the two now, and the managers.
    assert (await third.client.get(f"/shift-requests/{offer}")).status_code == 404
    assert (await decide(emil.client, offer, "approved")).status_code == 403
    done = await decide(lab.owner, offer, "approved", decision_note="Enjoy it")
    assert (done.status_code, done.json()["status"]) == (200, "done")
    assert await owner_of(lab, shift) == emil.employee_id
    again = await decide(lab.owner, offer, "approved")
    assert (again.status_code, again.json()["code"]) == (409, "shift_request_decided")
    actions = {one["action"] for one in (await lab.owner.get("/audit-events")).json()["items"]}
    assert {
        "shift_request.created",
        "shift_request.accepted",
        "shift_request.approved",
        "shift_request.done",
    } <= actions


async def test_offer_to_one_is_declined_withdrawn_or_refused(
    lab: Lab, colleague: Callable[..., Any]
):
    erna, emil, third = await colleague(), await colleague(), await colleague()
    shift = await saved(lab, erna, 8, 16)
    to_emil = {"other_employee_id": emil.employee_id}
    offer = await asked(erna, "offer", shift, **to_emil)
    assert (await third.client.get(f"/shift-requests/{offer}")).status_code == 404
    assert (await decide(erna.client, offer, "declined")).status_code == 403
    declined = await decide(emil.client, offer, "declined", decision_note="Sorry")
    assert (declined.json()["status"], declined.json()["decision_note"]) == ("declined", "Sorry")
    offer = await asked(erna, "offer", shift, **to_emil)
    assert (await decide(emil.client, offer, "withdrawn")).status_code == 403
    assert (await decide(erna.client, offer, "withdrawn")).json()["status"] == "withdrawn"
    late = await decide(emil.client, offer, "accepted")
    assert (late.status_code, late.json()["code"]) == (409, "shift_request_decided")
    offer = await asked(erna, "offer", shift, **to_emil)
    assert (await decide(lab.owner, offer, "refused")).json()["status"] == "refused"


async def test_two_swap_shifts_that_overlap(lab: Lab, colleague: Callable[..., Any]):
    await no_approval(lab)
    erna, emil = await colleague(), await colleague()
    mine, other = await saved(lab, erna, 8, 16), await saved(lab, emil, 9, 17)
    swap = await asked(erna, "swap", mine, other_shift_id=other)
    done = await decide(emil.client, swap, "accepted")
    assert (done.status_code, done.json()["status"]) == (200, "done")
    assert await owner_of(lab, mine) == emil.employee_id
    assert await owner_of(lab, other) == erna.employee_id


async def test_approval_is_held_to_labour_rules_and_takes_a_reason(
    lab: Lab, colleague: Callable[..., Any]
):
    erna, emil = await colleague(), await colleague()
    shift = await saved(lab, erna, 8, 16)
    await saved(lab, emil, 20, 24)
    offer = await asked(erna, "offer", shift)
    assert (await decide(emil.client, offer, "accepted")).status_code == 200
    rule = {"name": "Rest", "kind": "minimum_rest", "limit_minutes": 660, "effect": "block"}
    assert (await lab.owner.post("/labour-rules", json=rule)).status_code == 201
    refused = await decide(lab.owner, offer, "approved")
    assert (refused.status_code, refused.json()["code"]) == (409, "labour_rule_broken")
    assert (await lab.owner.get(f"/shift-requests/{offer}")).json()["status"] == "accepted"
    done = await decide(lab.owner, offer, "approved", override_reason="Nobody else can")
    assert done.json()["status"] == "done"
    # A member is told that it is so, not when others work.
    other = await asked(emil, "offer", shift)
    third = await colleague()
    await saved(lab, third, 17, 18, published=False)
    against = await decide(third.client, other, "accepted")
    assert (against.json()["code"], against.json()["violations"]) == ("labour_rule_broken", [])


async def test_what_was_changed_since_is_overtaken(lab: Lab, colleague: Callable[..., Any]):
    erna, emil = await colleague(), await colleague()
    shift, which = await saved(lab, erna, 8, 16), await open_shift(lab, 30, 38)
    offer, claim = await asked(erna, "offer", shift), await asked(emil, "claim", which)
    assert (await decide(emil.client, offer, "accepted")).status_code == 200
    moved = {"ends_at": at(17)}
    assert (await lab.owner.patch(f"/shifts/{shift}", json=moved)).status_code == 200
    assert (await lab.owner.delete(f"/open-shifts/{which}")).status_code == 204
    for one in (offer, claim):
        assert (await lab.owner.get(f"/shift-requests/{one}")).json()["status"] == "overtaken"
        answer = await decide(lab.owner, one, "approved")
        assert (answer.status_code, answer.json()["code"]) == (409, "shift_request_overtaken")
    assert await owner_of(lab, shift) == erna.employee_id
    assert (await decide(erna.client, offer, "withdrawn")).status_code == 200


async def test_same_is_asked_for_once_while_it_waits(lab: Lab, colleague: Callable[..., Any]):
    erna, emil = await colleague(), await colleague()
    mine, other = await saved(lab, erna, 8, 16), await saved(lab, emil, 30, 38)
    which = await open_shift(lab, 50, 58)
    wishes: list[dict[str, Any]] = [
        {"kind": "offer", "shift_id": mine},
        {"kind": "swap", "shift_id": mine, "other_shift_id": other},
        {"kind": "claim", "shift_id": which},
    ]
    for wish in wishes:
        # Two at the same instant: one is made.
        both = [erna.client.post("/shift-requests", json=wish) for _ in range(2)]
        answers = sorted(await asyncio.gather(*both), key=lambda answer: answer.status_code)
        assert [one.status_code for one in answers] == [201, 409]
        assert answers[1].json()["code"] == "shift_requested_already"
        assert pointers(answers[1]) == ["/shift_id"]
        withdrawn = await decide(erna.client, answers[0].json()["id"], "withdrawn")
        assert withdrawn.status_code == 200
        assert (await erna.client.post("/shift-requests", json=wish)).status_code == 201
    # Somebody else may want the same.
    await asked(emil, "claim", which)
    # What was overtaken by a change is asked for anew.
    assert (await lab.owner.patch(f"/shifts/{mine}", json={"note": "x"})).status_code == 200
    assert (await erna.client.post("/shift-requests", json=wishes[0])).status_code == 201


async def test_what_ran_out_may_be_asked_for_again(lab: Lab, colleague: Callable[..., Any]):
    erna = await colleague()
    shift = await saved(lab, erna, 8, 16)
    offer = await asked(erna, "offer", shift)
    async with lab.past_security.transaction() as tx:
        await tx.execute(
            "UPDATE shift_requests SET expires_at = now() - interval '1 minute' WHERE id = $1",
            offer,
        )
    again = await asked(erna, "offer", shift)
    seen = (await erna.client.get("/shift-requests")).json()["items"]
    assert [(one["id"], one["status"]) for one in seen] == [(again, "open"), (offer, "expired")]


async def test_request_that_ran_out_is_expired(lab: Lab, colleague: Callable[..., Any]):
    erna, emil = await colleague(), await colleague()
    shift = await saved(lab, erna, 8, 16)
    offer = await asked(erna, "offer", shift)
    async with lab.past_security.transaction() as tx:
        await tx.execute(
            "UPDATE shift_requests SET expires_at = now() - interval '1 minute' WHERE id = $1",
            offer,
        )
    assert (await emil.client.get(f"/shift-requests/{offer}")).json()["status"] == "expired"
    late = await decide(emil.client, offer, "accepted")
    assert (late.status_code, late.json()["code"]) == (409, "shift_request_decided")


async def test_requests_that_cannot_be_are_refused(
    lab: Lab, hire: Hire, colleague: Callable[..., Any]
):
    erna, emil = await colleague(), await colleague()
    mine, other = await saved(lab, erna, 8, 16), await saved(lab, emil, 8, 16)
    draft = await saved(lab, erna, 20, 21, published=False)
    body = {"employee_id": erna.employee_id}
    times = {"starts_at": "2020-03-02T08:00:00Z", "ends_at": "2020-03-02T16:00:00Z"}
    past = (await lab.owner.post("/shifts", json=body | times)).json()["id"]
    for wish, status, places in (
        ({"kind": "offer", "shift_id": other}, 403, []),
        ({"kind": "offer", "shift_id": draft}, 404, ["/shift_id"]),
        ({"kind": "offer", "shift_id": past}, 400, ["/shift_id"]),
        ({"kind": "offer", "shift_id": mine, "other_employee_id": erna.employee_id}, 400,
         ["/other_employee_id"]),
        ({"kind": "offer", "shift_id": mine, "other_shift_id": other}, 400, ["/other_shift_id"]),
        ({"kind": "offer", "shift_id": mine, "expires_at": "2020-01-01T00:00:00Z"}, 400,
         ["/expires_at"]),
        ({"kind": "swap", "shift_id": mine}, 400, ["/other_shift_id"]),
        ({"kind": "swap", "shift_id": mine, "other_shift_id": mine}, 400, ["/other_shift_id"]),
        ({"kind": "claim", "shift_id": mine}, 404, []),
    ):  # fmt: skip
        answer = await erna.client.post("/shift-requests", json=wish)
        assert (answer.status_code, pointers(answer)) == (status, places), wish
    nobody = await lab.person("member")
    wish = {"kind": "offer", "shift_id": mine}
    assert (await nobody.post("/shift-requests", json=wish)).status_code == 403


async def test_requests_of_another_organisation_are_not_there(
    lab: Lab, colleague: Callable[..., Any], make_lab: Callable[..., Any]
):
    erna = await colleague()
    offer = await asked(erna, "offer", await saved(lab, erna, 8, 16))
    elsewhere = (await make_lab()).owner
    assert (await elsewhere.get("/shift-requests")).json()["items"] == []
    assert (await decide(elsewhere, offer, "approved")).status_code == 404


# At the same instant, on connections of their own -----------------------------------------------


async def test_of_people_who_claim_the_same_shift_one_has_it(
    lab: Lab, colleague: Callable[..., Any]
):
    await no_approval(lab)
    people = [await colleague() for _ in range(4)]
    for turn in range(3):
        which = await open_shift(lab, 24 * turn + 8, 24 * turn + 16)
        body = {"kind": "claim", "shift_id": which}
        answers = await asyncio.gather(
            *(one.client.post("/shift-requests", json=body) for one in people)
        )
        assert sorted(one.status_code for one in answers) == [201, 404, 404, 404]
        [winner] = [one for one, got in zip(people, answers, strict=True) if got.is_success]
        assert await owner_of(lab, which) == winner.employee_id


async def test_of_people_who_accept_the_same_offer_one_has_it(
    lab: Lab, colleague: Callable[..., Any]
):
    await no_approval(lab)
    erna, *others = [await colleague() for _ in range(4)]
    shift = await saved(lab, erna, 8, 16)
    offer = await asked(erna, "offer", shift)
    answers = await asyncio.gather(*(decide(one.client, offer, "accepted") for one in others))
    assert sorted(one.status_code for one in answers) in (
        [200, 404, 404],
        [200, 404, 409],
        [200, 409, 409],
    )
    [winner] = [one for one, got in zip(others, answers, strict=True) if got.is_success]
    assert await owner_of(lab, shift) == winner.employee_id


async def test_approval_and_change_of_the_shift_come_one_after_the_other(
    lab: Lab, colleague: Callable[..., Any]
):
    """Either the shift was handed over and then moved, or moved and not handed over."""
    outcomes = set()
    for turn in range(4):
        erna, emil = await colleague(), await colleague()
        shift = await saved(lab, erna, 8, 16)
        offer = await asked(erna, "offer", shift)
        assert (await decide(emil.client, offer, "accepted")).status_code == 200
        both = [
            decide(lab.owner, offer, "approved"),
            lab.owner.patch(f"/shifts/{shift}", json={"ends_at": at(17)}),
        ]
        answers = await asyncio.gather(*(both if turn % 2 else both[::-1]))
        approved, moved = answers if turn % 2 else answers[::-1]
        assert moved.status_code == 200
        who = await owner_of(lab, shift)
        if approved.status_code == 200:
            assert who == emil.employee_id
        else:
            assert (approved.status_code, approved.json()["code"]) == (
                409,
                "shift_request_overtaken",
            )
            assert who == erna.employee_id
        outcomes.add(approved.status_code)
    assert outcomes <= {200, 409}


async def test_two_requests_for_one_shift_hand_it_over_once(
    lab: Lab, colleague: Callable[..., Any]
):
    erna, emil, third = [await colleague() for _ in range(3)]
    shift, other = await saved(lab, erna, 8, 16), await saved(lab, third, 30, 38)
    offers = [
        await asked(erna, "offer", shift, other_employee_id=emil.employee_id),
        await asked(erna, "swap", shift, other_shift_id=other),
    ]
    for one, offer in zip((emil, third), offers, strict=True):
        assert (await decide(one.client, offer, "accepted")).status_code == 200
    answers = await asyncio.gather(*(decide(lab.owner, one, "approved") for one in offers))
    assert sorted(one.status_code for one in answers) == [200, 409]
    [winner] = [n for n, one in enumerate(answers) if one.status_code == 200]
    assert await owner_of(lab, shift) == (emil, third)[winner].employee_id


# Who is told of what anybody may have -----------------------------------------------------------


async def told_of(who: Colleague | httpx.AsyncClient, kind: str) -> list[dict[str, Any]]:
    client = who.client if isinstance(who, Colleague) else who
    items = (await client.get("/notifications")).json()["items"]
    return [item["data"] for item in items if item["kind"] == kind]


async def test_offer_to_everybody_is_told_to_those_who_could_take_it(
    lab: Lab, colleague: Callable[..., Any]
):
    skill = (await lab.owner.post("/skills", json={"name": "Laser"})).json()["id"]
    await lab.owner.post("/positions", json={"name": "Laser desk", "skill_ids": [skill]})
    erna, fit, busy, planned, away, waiting = [await colleague(skill_ids=[skill]) for _ in range(6)]
    unskilled, gone, removed = (
        await colleague(),
        await colleague(skill_ids=[skill]),
        await colleague(skill_ids=[skill]),
    )
    shift = await saved(lab, erna, 8, 16, position="Laser desk")
    await saved(lab, busy, 15, 17)
    await saved(lab, planned, 7, 9, published=False)
    # One that only touches stands in nobody's way.
    await saved(lab, fit, 16, 20)
    for who, status in ((away, "approved"), (waiting, "requested")):
        leave = {
            "kind": "vacation",
            "employee_id": who.employee_id,
            "starts_at": at(10),
            "ends_at": at(11),
            "status": status,
        }
        answer = await lab.owner.post("/leave-requests", json=leave)
        assert answer.status_code == 201, answer.text
    person = (await gone.client.get("/me")).json()["person"]["id"]
    await lab.owner.patch(f"/people/{person}", json={"active": False})
    await lab.owner.delete(f"/employees/{removed.employee_id}")
    offer = await asked(erna, "offer", shift)
    for who in (fit, waiting):
        assert await told_of(who, "shifts_offered") == [
            {
                "count": 1,
                "shifts": [
                    {
                        "shift_id": shift,
                        "starts_at": at(8),
                        "ends_at": at(16),
                        "position": "Laser desk",
                        "shift_request_id": offer,
                        "employee_id": erna.employee_id,
                    }
                ],
            }
        ]
    for who in (erna, busy, planned, away, unskilled, removed):
        assert await told_of(who, "shifts_offered") == []
    assert await told_of(lab.owner, "shifts_offered") == [], "no employee, no shift to take"


async def test_offer_to_one_is_told_to_no_other(lab: Lab, colleague: Callable[..., Any]):
    erna, emil, third = await colleague(), await colleague(), await colleague()
    await asked(erna, "offer", await saved(lab, erna, 8, 16), other_employee_id=emil.employee_id)
    for who in (emil, third):
        assert await told_of(who, "shifts_offered") == []


async def test_open_shifts_are_told_once_they_are_published_and_gathered(
    lab: Lab, colleague: Callable[..., Any]
):
    erna, busy = await colleague(), await colleague()
    await saved(lab, busy, 8, 16)
    draft = await open_shift(lab, 8, 16, published=False)
    assert await told_of(erna, "open_shifts") == []
    path = f"/open-shifts/{draft}"
    for published in (True, False, True):
        answer = await lab.owner.patch(path, json={"published": published})
        assert answer.status_code == 200, answer.text
    await lab.owner.patch(path, json={"note": "Bring a coat"})
    assert [one["count"] for one in await told_of(erna, "open_shifts")] == [1], "told once"
    times = {"starts_at": at(32), "ends_at": at(40)}
    batch = await lab.owner.post("/open-shifts/batch", json={"create": [times] * 24})
    assert batch.status_code == 200, batch.text
    [gathered] = await told_of(erna, "open_shifts")
    assert (gathered["count"], len(gathered["shifts"])) == (25, 20)
    assert [one["count"] for one in await told_of(busy, "open_shifts")] == [24]
    # What was read is told no more: the next one is news again.
    await erna.client.post("/notifications/read", json={})
    await open_shift(lab, 56, 60)
    assert [one["count"] for one in await told_of(erna, "open_shifts")] == [1, 25]


# Taking back what was approved -------------------------------------------------------------------


async def waiting(lab: Lab, colleague: Callable[..., Any], kind: str) -> tuple[str, Any, Any, Any]:
    """A request that waits for a manager, and its two people; last, what they had."""
    erna, emil = await colleague(), await colleague()
    if kind == "claim":
        request = await asked(erna, "claim", await open_shift(lab, 8, 16, position="Bench"))
        return request, erna, emil, {}
    shift = await saved(lab, erna, 8, 16)
    had = {shift: erna.employee_id}
    more = {}
    if kind == "swap":
        other = await saved(lab, emil, 32, 40)
        had[other] = emil.employee_id
        more = {"other_shift_id": other}
    request = await asked(erna, kind, shift, **more)
    assert (await decide(emil.client, request, "accepted")).status_code == 200
    return request, erna, emil, had


@pytest.mark.parametrize("kind", ["offer", "swap"])
async def test_approval_is_taken_back_and_given_again(
    lab: Lab, colleague: Callable[..., Any], kind: str
):
    request, erna, emil, had = await waiting(lab, colleague, kind)
    early = await decide(lab.owner, request, "reopened")
    assert (early.status_code, early.json()["code"]) == (409, "shift_request_decided")
    assert (await decide(lab.owner, request, "approved")).status_code == 200
    for who in (erna, emil):
        assert (await decide(who.client, request, "reopened")).status_code == 403
    back = await decide(lab.owner, request, "reopened")
    assert (back.status_code, back.json()["status"]) == (200, "accepted")
    assert back.json()["decided_by"] is None
    for shift, employee_id in had.items():
        assert await owner_of(lab, shift) == employee_id
    # It waits as before, also for the two.
    assert (await decide(lab.owner, request, "approved")).json()["status"] == "done"
    for shift, employee_id in had.items():
        assert await owner_of(lab, shift) != employee_id
    actions = [one["action"] for one in (await lab.owner.get("/audit-events")).json()["items"]]
    assert "shift_request.reopened" in actions


async def test_approved_claim_is_taken_back_to_an_open_shift(
    lab: Lab, colleague: Callable[..., Any]
):
    request, erna, _, _ = await waiting(lab, colleague, "claim")
    done = await decide(lab.owner, request, "approved")
    taken = done.json()["shift_id"]
    back = await decide(lab.owner, request, "reopened")
    assert (back.status_code, back.json()["status"]) == (200, "accepted")
    assert (await lab.owner.get(f"/shifts/{taken}")).status_code == 404
    [again] = (await erna.client.get("/open-shifts")).json()["items"]
    assert (again["id"], again["position"]) == (back.json()["shift_id"], "Bench")
    assert (await decide(lab.owner, request, "approved")).json()["status"] == "done"
    assert await owner_of(lab, again["id"]) == erna.employee_id


@pytest.mark.parametrize("kind", ["offer", "swap", "claim"])
async def test_what_was_changed_since_it_was_approved_stays_with_who_has_it(
    lab: Lab, colleague: Callable[..., Any], kind: str
):
    request, _, _, _ = await waiting(lab, colleague, kind)
    done = await decide(lab.owner, request, "approved")
    shift = done.json()["shift_id"]
    had = await owner_of(lab, shift)
    await lab.owner.patch(f"/shifts/{shift}", json={"note": "Bring a coat"})
    refused = await decide(lab.owner, request, "reopened")
    assert (refused.status_code, refused.json()["code"]) == (409, "shift_request_overtaken")
    assert await owner_of(lab, shift) == had
    assert (await lab.owner.get(f"/shift-requests/{request}")).json()["status"] == "done"


async def test_nobody_gets_back_what_they_have_no_time_for_any_more(
    lab: Lab, colleague: Callable[..., Any]
):
    request, erna, _, had = await waiting(lab, colleague, "offer")
    assert (await decide(lab.owner, request, "approved")).status_code == 200
    await saved(lab, erna, 9, 10)
    refused = await decide(lab.owner, request, "reopened")
    assert (refused.status_code, refused.json()["code"]) == (409, "shift_overlap")
    [shift] = had
    assert await owner_of(lab, shift) != erna.employee_id


async def test_approval_is_taken_back_once_of_two_at_the_same_instant(
    lab: Lab, colleague: Callable[..., Any]
):
    request, erna, _, had = await waiting(lab, colleague, "offer")
    assert (await decide(lab.owner, request, "approved")).status_code == 200
    answers = await asyncio.gather(*(decide(lab.owner, request, "reopened") for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [200, 409]
    [shift] = had
    assert await owner_of(lab, shift) == erna.employee_id
