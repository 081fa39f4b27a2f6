"""Labour rules: what they find, what they stop, and what a reason lets pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.conftest import Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import DAY, Hire, at, roster, saved, shift

from benchbook.shifts.labour_rules import Broken, Duty, what_is_broken, what_is_worse
from benchbook.shifts.labour_schemas import LabourRule

NOBODY = "01900000-0000-7000-8000-000000000000"
REST = {"kind": "minimum_rest", "limit_minutes": 660}


async def rule(lab: Lab, effect: str = "block", **body: Any) -> str:
    body = {"name": "A rule", "effect": effect} | body
    answer = await lab.owner.post("/labour-rules", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def checks(lab: Lab, **params: Any) -> list[dict[str, Any]]:
    answer = await lab.owner.get(
        "/shifts/checks", params={"from": "2026-02-01", "to": "2026-05-01"} | params
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


# Pure -------------------------------------------------------------------------------------------

WHO = uuid4()


def a_rule(kind: str, **fields: Any) -> LabourRule:
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "name": "x", "effect": "block", "enabled": True, "limit_minutes": None, "limit_days": None,
        "break_minutes": None, "position": None, "employee_id": None, "time_zone": "UTC",
    } | fields  # fmt: skip
    return LabourRule(id=uuid4(), kind=kind, created_at=now, updated_at=now, **values)  # type: ignore[arg-type]


def duty(start: float, end: float, pause: int = 0, position: str | None = None) -> Duty:
    hours = (DAY + timedelta(hours=start), DAY + timedelta(hours=end))
    return Duty(uuid4(), *hours, pause, position)


def found(rule: LabourRule, *duties: Duty) -> list[tuple[int, int]]:
    """(actual, excess) of what is broken."""
    return [(one.actual, one.excess) for one in what_is_broken([rule], WHO, duties)]


def test_rest_is_between_shifts_that_do_not_touch():
    rest = a_rule("minimum_rest", limit_minutes=660)
    assert found(rest, duty(8, 16), duty(27, 35)) == []
    assert found(rest, duty(8, 16), duty(26.5, 35)) == [(630, 30)]
    assert found(rest, duty(8, 12), duty(12, 16)) == []
    assert found(rest, duty(8, 12), duty(12, 16), duty(20, 22)) == [(240, 420)]
    of_nights = a_rule("minimum_rest", limit_minutes=660, position="Night")
    assert found(of_nights, duty(8, 16), duty(20, 22)) == []
    assert found(of_nights, duty(8, 16, position="Night"), duty(20, 22)) == [(240, 420)]


def test_hours_count_without_breaks_where_their_shift_starts():
    daily = a_rule("maximum_daily_hours", limit_minutes=480)
    assert found(daily, duty(8, 17, 60)) == []
    assert found(daily, duty(8, 12), duty(13, 18)) == [(540, 60)]
    # Until the next morning, and a second one in that day.
    assert found(daily, duty(20, 28), duty(30, 38)) == []
    weekly = a_rule("maximum_weekly_hours", limit_minutes=2400)
    week = [duty(24 * day + 8, 24 * day + 16) for day in range(6)]  # from a Monday on
    assert found(weekly, *week[:5]) == []
    assert found(weekly, *week) == [(2880, 480)]
    assert found(weekly, *week[1:], duty(24 * 7, 24 * 7 + 8)) == []
    [broken] = what_is_broken([weekly], WHO, week)
    assert (broken.starts_at, broken.ends_at) == (DAY, DAY + timedelta(days=7))


def test_days_in_a_row_are_local_days_with_a_start():
    row = a_rule("maximum_consecutive_days", limit_days=3)
    days = [duty(24 * day + 8, 24 * day + 16) for day in range(5)]
    assert found(row, *days[:3]) == []
    assert found(row, *days) == [(5, 2)]
    assert found(row, *days[:2], *days[3:]) == []
    assert found(row, *days[:3], duty(24 * 2 + 18, 24 * 2 + 20)) == []
    # 23:30 in UTC is the next day in Berlin: the same starts make four days in a row there.
    berlin = a_rule("maximum_consecutive_days", limit_days=3, time_zone="Europe/Berlin")
    starts = [duty(8, 9), duty(23.5, 24.5), duty(48 + 8, 49 + 8), duty(72 + 8, 73 + 8)]
    assert (found(row, *starts), found(berlin, *starts)) == ([], [(4, 1)])


def test_break_is_of_a_whole_stretch():
    after = a_rule("break_after", limit_minutes=360, break_minutes=30)
    assert found(after, duty(8, 14)) == []
    assert found(after, duty(8, 14.5)) == [(0, 30)]
    assert found(after, duty(8, 16, 20)) == [(20, 10)]
    assert found(after, duty(8, 12), duty(12, 16)) == [(0, 30)]
    assert found(after, duty(8, 12, 15), duty(12, 16, 15)) == []


def test_rule_of_one_employee_is_for_nobody_else():
    own = a_rule("maximum_daily_hours", limit_minutes=60, employee_id=uuid4())
    assert found(own, duty(8, 16)) == []
    assert found(a_rule("maximum_daily_hours", limit_minutes=60, employee_id=WHO), duty(8, 16))


_DUTIES = st.lists(st.tuples(st.integers(0, 23), st.integers(1, 7)), max_size=8).map(
    lambda steps: [
        duty(sum(a + b for a, b in steps[:n]) + gap, sum(a + b for a, b in steps[: n + 1]))
        for n, (gap, _) in enumerate(steps)
    ]
)
_RULES = [
    a_rule("minimum_rest", limit_minutes=660),
    a_rule("maximum_daily_hours", limit_minutes=480),
    a_rule("maximum_weekly_hours", limit_minutes=1200),
    a_rule("maximum_consecutive_days", limit_days=2),
    a_rule("break_after", limit_minutes=240, break_minutes=30),
]


@given(_DUTIES, st.data())
def test_taking_a_shift_away_makes_nothing_worse(duties: list[Duty], data: st.DataObject):
    before = what_is_broken(_RULES, WHO, duties)
    assert what_is_worse(before, before) == []
    if duties:
        gone = data.draw(st.sampled_from(duties))
        # Out of the middle of touching ones it leaves a short rest where there was none.
        met = {one.starts_at for one in duties} & {gone.ends_at}
        assume(not (met and {one.ends_at for one in duties} & {gone.starts_at}))
        now = what_is_broken(_RULES, WHO, [one for one in duties if one is not gone])
        assert what_is_worse(now, before) == []


@given(_DUTIES, st.data())
def test_what_a_new_shift_breaks_alone_is_worse(duties: list[Duty], data: st.DataObject):
    """What nobody's roster had before and the new shift is part of is always told."""
    if not duties:
        return
    new = data.draw(st.sampled_from(duties))
    before = what_is_broken(_RULES, WHO, [one for one in duties if one is not new])
    now = what_is_broken(_RULES, WHO, duties)
    worse = what_is_worse(now, before)
    places = {(one.rule.id, one.starts_at, one.ends_at): one.excess for one in before}

    def is_known(one: Broken) -> bool:
        return any(one.is_no_worse_than(former) for former in before)

    for one in now:
        told = one in worse
        same = places.get((one.rule.id, one.starts_at, one.ends_at))
        assert told == (not is_known(one))
        if same is not None:
            assert told == (one.excess > same)
        if one.rule.kind in ("maximum_daily_hours", "maximum_weekly_hours") and same is None:
            assert told


# Over the API -----------------------------------------------------------------------------------


async def test_rule_is_added_read_changed_and_deleted(lab: Lab, hire: Hire):
    body = {"name": "Rest", "effect": "warn"} | REST
    added = await lab.owner.post("/labour-rules", json=body)
    stored = added.json()
    assert stored | body | {"time_zone": "UTC"} == stored
    path = f"/labour-rules/{stored['id']}"
    etag = {"If-Match": added.headers["etag"]}
    changed = await lab.owner.patch(path, json={"effect": "block"}, headers=etag)
    assert changed.json()["effect"] == "block"
    assert (await lab.owner.patch(path, json={"name": "x"}, headers=etag)).status_code == 412
    for wrong, status, place in (
        ({"limit_days": 3}, 400, "/limit_days"),
        ({"break_minutes": 3}, 400, "/break_minutes"),
        ({"time_zone": "Nowhere"}, 400, "/time_zone"),
        ({"employee_id": NOBODY}, 404, "/employee_id"),
    ):
        refused = await lab.owner.patch(path, json=wrong)
        assert (refused.status_code, pointers(refused)) == (status, [place])
    for kind, place in (
        ({"kind": "break_after", "limit_minutes": 360}, "/break_minutes"),
        ({"kind": "maximum_consecutive_days"}, "/limit_days"),
        ({"kind": "maximum_daily_hours", "limit_minutes": 3000}, "/limit_minutes"),
    ):
        refused = await lab.owner.post("/labour-rules", json={"name": "x", "effect": "warn"} | kind)
        assert (refused.status_code, pointers(refused)) == (400, [place])
    member = await lab.person("member")
    assert (await member.get("/labour-rules")).json()["items"] == [changed.json()]
    assert (await member.post("/labour-rules", json=body)).status_code == 403
    assert (await member.get("/shifts/checks")).status_code == 403
    assert (await lab.owner.delete(path)).status_code == 204
    assert (await lab.owner.get(path)).json()["code"] == "labour_rule_not_found"


async def test_every_write_that_breaks_a_blocking_rule_is_refused(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    late = await saved(lab, erna, 14, 22)
    other, far = await saved(lab, emil, 30, 38), await saved(lab, erna, 100, 108)
    rest = await rule(lab, **REST)
    before = await roster(lab)
    early = shift(erna, 30, 38)
    template = {"name": "Early", "start_time": "06:00", "end_time": "14:00"}
    made = (await lab.owner.post("/shift-templates", json=template)).json()["id"]
    pattern = {"name": "P", "starts_on": "2026-03-02", "cycle_days": 1}
    entries = {"entries": [{"day": 1, "template_id": made}]}
    one = (await lab.owner.post("/shift-patterns", json=pattern | entries)).json()["id"]
    generate = {"employees": [{"employee_id": erna}], "from": "2026-03-03", "to": "2026-03-04"}
    writes: list[tuple[str, str, dict[str, Any], list[str]]] = [
        ("POST", "/shifts", early, []),
        ("PATCH", f"/shifts/{far}", {"starts_at": at(30), "ends_at": at(38)}, []),
        ("PATCH", f"/shifts/{other}", {"employee_id": erna}, []),
        ("POST", "/shifts/batch", {"create": [shift(emil, 200, 201), early]}, ["/create/1"]),
        ("POST", "/shifts/swap", {"shift_ids": [far, other]}, ["/shift_ids/1"]),
        ("POST", f"/shift-patterns/{one}/generate", generate, ["/employees/0"]),
    ]
    for method, path, body, places in writes:
        answer = await lab.owner.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "labour_rule_broken"), path
        assert pointers(answer) == places
        [violation] = answer.json()["violations"]
        expected = {
            "rule_id": rest, "rule": "A rule", "kind": "minimum_rest", "effect": "block",
            "employee_id": erna, "starts_at": at(22), "ends_at": at(30),
            "limit_minutes": 660, "actual_minutes": 480, "excess_minutes": 180,
        }  # fmt: skip
        assert violation | expected == violation
        assert late in violation["shift_ids"]
        assert await roster(lab) == before
    dry = await lab.owner.post(f"/shift-patterns/{one}/generate", json=generate | {"dry_run": True})
    assert [w["excess_minutes"] for w in dry.json()["warnings"]] == [180]
    # All of them are possible for a reason.
    for method, path, body, _ in writes[1:2]:
        reason = {"override_reason": "Nobody else is there"}
        assert (await lab.owner.request(method, path, json=body | reason)).status_code == 200


async def test_override_is_kept_shown_and_audited(lab: Lab, hire: Hire):
    erna = await hire()
    await saved(lab, erna, 14, 22)
    rest = await rule(lab, **REST)
    early = shift(erna, 30, 38)
    done = await lab.owner.post("/shifts", json=early | {"override_reason": "Emil is ill"})
    assert done.status_code == 201
    [violation] = await checks(lab)
    assert violation["override"]["reason"] == "Emil is ill"
    events = (await lab.owner.get("/audit-events")).json()["items"]
    [event] = [one for one in events if one["action"] == "labour_rule.overridden"]
    assert (event["subject_id"], event["details"]["reason"]) == (rest, "Emil is ill")
    assert event["details"]["employee_ids"] == [erna]
    path = f"/shifts/{done.json()['id']}"
    # It is no objection any more, unless it gets worse.
    assert (await lab.owner.patch(path, json={"note": "x"})).status_code == 200
    assert (await lab.owner.patch(path, json={"starts_at": at(31)})).status_code == 200
    worse = await lab.owner.patch(path, json={"starts_at": at(29)})
    assert worse.json()["code"] == "labour_rule_broken"


async def test_what_was_wrong_before_does_not_stop_other_changes(lab: Lab, hire: Hire):
    erna = await hire()
    await saved(lab, erna, 14, 22)
    early = await saved(lab, erna, 30, 38)
    await rule(lab, **REST)
    await rule(lab, kind="maximum_consecutive_days", limit_days=2)
    [violation] = await checks(lab)
    assert "override" not in violation
    assert (await lab.owner.patch(f"/shifts/{early}", json={"note": "x"})).status_code == 200
    await saved(lab, erna, 200, 208)
    assert (await lab.owner.delete(f"/shifts/{early}")).status_code == 204
    assert await checks(lab) == []


async def test_warning_comes_with_what_was_saved(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    await rule(lab, "warn", kind="maximum_daily_hours", limit_minutes=480)
    quiet = await lab.owner.post("/shifts", json=shift(erna, 8, 16))
    assert "warnings" not in quiet.json()
    long = await lab.owner.post("/shifts", json=shift(emil, 8, 17))
    assert long.status_code == 201
    assert [w["detail"] for w in long.json()["warnings"]] == ["9 h in a day, 1 h too long."]
    assert "warnings" not in (await lab.owner.get(f"/shifts/{long.json()['id']}")).json()
    with_break = await lab.owner.patch(f"/shifts/{long.json()['id']}", json={"break_minutes": 60})
    assert "warnings" not in with_break.json()
    batch = await lab.owner.post("/shifts/batch", json={"create": [shift(erna, 17, 20)]})
    assert [w["excess_minutes"] for w in batch.json()["warnings"]] == [180]
    swap = {"shift_ids": [quiet.json()["id"], long.json()["id"]]}
    assert "warnings" not in (await lab.owner.post("/shifts/swap", json=swap)).json()


async def test_rule_that_is_switched_off_judges_nothing_until_it_is_on_again(lab: Lab, hire: Hire):
    erna = await hire()
    one = await rule(lab, enabled=False, **REST)
    listed = (await lab.owner.get("/labour-rules")).json()["items"]
    assert [(it["id"], it["enabled"]) for it in listed] == [(one, False)]
    await saved(lab, erna, 14, 22)
    await saved(lab, erna, 30, 38)
    assert await checks(lab) == []
    on = await lab.owner.patch(f"/labour-rules/{one}", json={"enabled": True})
    assert on.json()["enabled"] is True
    assert [it["excess_minutes"] for it in await checks(lab)] == [180]
    refused = await lab.owner.post("/shifts", json=shift(erna, 45, 46))
    assert refused.json()["code"] == "labour_rule_broken"


async def test_checks_are_paged_and_of_the_range(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    for who in (erna, emil):
        for day in range(3):
            await saved(lab, who, 24 * day + 8, 24 * day + 18, published=False)
    await rule(lab, kind="maximum_daily_hours", limit_minutes=480)
    everything = await checks(lab)
    assert len(everything) == 6
    params = {"from": "2026-03-03", "to": "2026-03-04"}
    assert {v["starts_at"] for v in await checks(lab, **params)} == {"2026-03-03T00:00:00Z"}
    assert {v["employee_id"] for v in await checks(lab, employee_id=erna)} == {erna}
    first = await lab.owner.get("/shifts/checks", params={"from": at(0), "to": at(99), "limit": 4})
    rest = await lab.owner.get(
        "/shifts/checks",
        params={"from": at(0), "to": at(99), "cursor": first.json()["next_cursor"]},
    )
    assert [*first.json()["items"], *rest.json()["items"]] == everything
    for wrong, place in (
        ({"from": at(2), "to": at(2)}, "?to"),
        ({"from": at(0), "to": "2028-01-01"}, "?to"),
        ({"from": "1970-01-01"}, "?from"),
    ):
        answer = await lab.owner.get("/shifts/checks", params=wrong)
        assert (answer.status_code, pointers(answer)) == (400, [place])


@pytest.mark.parametrize("effect", ["warn", "block"])
async def test_of_two_writes_that_break_a_rule_together_one_is_refused(
    effect: str, lab: Lab, hire: Hire
):
    """Each is right alone; they come at the same instant, on connections of their own."""
    await rule(lab, effect, **REST)
    await rule(lab, effect, kind="maximum_weekly_hours", limit_minutes=1200)
    for _ in range(3):
        erna, emil = await hire(), await hire()
        # In opposite orders, so that without the lock they would also wait for each other.
        one = {"create": [shift(erna, 8, 16), shift(emil, 8, 16)]}
        other = {"create": [shift(emil, 20, 28), shift(erna, 20, 28)]}
        answers = await asyncio.gather(
            *(lab.owner.post("/shifts/batch", json=body) for body in (one, other))
        )
        statuses = sorted(answer.status_code for answer in answers)
        if effect == "block":
            assert statuses == [200, 409]
            refused = max(answers, key=lambda answer: answer.status_code)
            assert refused.json()["code"] == "labour_rule_broken"
        else:
            assert statuses == [200, 200]
            assert sorted("warnings" in answer.json() for answer in answers) == [False, True]


async def test_rules_of_another_organisation_are_not_there(
    lab: Lab, hire: Hire, make_lab: Callable[..., Any]
):
    ours = await rule(lab, kind="maximum_daily_hours", limit_minutes=60)
    elsewhere = await make_lab()
    assert (await elsewhere.owner.get(f"/labour-rules/{ours}")).status_code == 404
    assert (await elsewhere.owner.get("/labour-rules")).json()["items"] == []
    theirs = {"name": "x", "effect": "warn", "employee_id": await hire()} | REST
    assert (await elsewhere.owner.post("/labour-rules", json=theirs)).status_code == 404
