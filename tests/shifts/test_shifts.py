"""Shifts: one, many and swaps; only the outcome counts, and it never has an overlap."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Cluster, Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import Hire, at, roster, saved, shift

from benchbook.accounts.caller import Caller
from benchbook.platform.database import APPLICATION_ROLE, set_context
from benchbook.shifts.store import list_query

NOBODY = "01900000-0000-7000-8000-000000000000"


# One ------------------------------------------------------------------------------------------


async def test_shift_is_added_read_changed_and_deleted(lab: Lab, hire: Hire):
    erna = await hire()
    body = shift(erna, 8, 16, position="Bench 2", note="Bring the key")
    added = await lab.owner.post("/shifts", json=body)
    assert added.status_code == 201
    stored = added.json()
    assert stored | body == stored
    assert stored["published"] is True
    path = f"/shifts/{stored['id']}"
    assert added.headers["location"] == f"/api/v1{path}"
    read = await lab.owner.get(path)
    assert (read.json(), read.headers["etag"]) == (stored, added.headers["etag"])
    changed = await lab.owner.patch(
        path,
        json={"ends_at": at(17), "note": None, "published": False},
        headers={"If-Match": read.headers["etag"]},
    )
    assert changed.status_code == 200
    assert changed.json()["ends_at"] == at(17)
    assert (changed.json()["note"], changed.json()["position"]) == (None, "Bench 2")
    assert changed.json()["published"] is False
    old = {"If-Match": read.headers["etag"]}
    assert (await lab.owner.patch(path, json={"note": "x"}, headers=old)).status_code == 412
    assert (await lab.owner.delete(path, headers=old)).status_code == 412
    assert (await lab.owner.delete(path)).status_code == 204
    for answer in (await lab.owner.get(path), await lab.owner.patch(path, json={"note": "x"})):
        assert (answer.status_code, answer.json()["code"]) == (404, "shift_not_found")


async def test_seconds_are_cut_off_before_anything_is_checked(lab: Lab, hire: Hire):
    erna = await hire()
    times = {"starts_at": "2026-03-02T09:00:59.9+01:00", "ends_at": "2026-03-02T09:01:01+01:00"}
    added = await lab.owner.post("/shifts", json={"employee_id": erna} | times)
    assert added.json()["starts_at"] == "2026-03-02T08:00:00Z"
    assert added.json()["ends_at"] == "2026-03-02T08:01:00Z"
    times = {"starts_at": "2026-03-02T09:00:01Z", "ends_at": "2026-03-02T09:00:59Z"}
    nothing = await lab.owner.post("/shifts", json={"employee_id": erna} | times)
    assert nothing.json()["code"] == "shift_ends_before_it_starts"
    touching = {"starts_at": "2026-03-02T08:01:30Z", "ends_at": "2026-03-02T08:02:00Z"}
    answer = await lab.owner.post("/shifts", json={"employee_id": erna} | touching)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (8, 8, "shift_ends_before_it_starts"),
        (8, 7, "shift_ends_before_it_starts"),
        (0, 48 + 1 / 60, "shift_too_long"),
    ],
)
async def test_length_that_cannot_be_is_400(
    start: float, end: float, code: str, lab: Lab, hire: Hire
):
    erna = await hire()
    one = await lab.owner.post("/shifts", json=shift(erna, start, end))
    assert (one.status_code, one.json()["code"], pointers(one)) == (400, code, ["/ends_at"])
    stored = await saved(lab, erna, 100, 108)
    moved = {"starts_at": at(start), "ends_at": at(end)}
    patched = await lab.owner.patch(f"/shifts/{stored}", json=moved)
    assert (patched.status_code, patched.json()["code"]) == (400, code)
    batch = {"create": [shift(erna, 60, 61), shift(erna, start, end)]}
    many = await lab.owner.post("/shifts/batch", json=batch)
    assert (many.status_code, pointers(many)) == (400, ["/create/1/ends_at"])
    assert len(await roster(lab)) == 1


async def test_48_hours_are_not_too_long(lab: Lab, hire: Hire):
    await saved(lab, await hire(), 0, 48)


async def test_overlap_is_409_and_names_what_was_met(lab: Lab, hire: Hire):
    erna = await hire()
    # Over the end of a month.
    stored = await saved(lab, erna, 22 + 24 * 29, 30 + 24 * 29)
    answer = await lab.owner.post("/shifts", json=shift(erna, 24 * 30, 24 * 30 + 1))
    assert (answer.status_code, answer.json()["code"]) == (409, "shift_overlap")
    met = {"shift_id": stored, "employee_id": erna}
    met |= {"starts_at": at(22 + 24 * 29), "ends_at": at(30 + 24 * 29)}
    assert answer.json()["conflicts"] == [met]
    await saved(lab, erna, 30 + 24 * 29, 31 + 24 * 29)
    await saved(lab, erna, 21 + 24 * 29, 22 + 24 * 29)
    other = await saved(lab, await hire(), 24 * 30, 24 * 30 + 1)
    handed_over = await lab.owner.patch(f"/shifts/{other}", json={"employee_id": erna})
    assert (handed_over.status_code, handed_over.json()["conflicts"]) == (409, [met])


async def test_unknown_employee_is_404(lab: Lab, hire: Hire):
    stored = await saved(lab, await hire(), 8, 16)
    for answer in (
        await lab.owner.post("/shifts", json=shift(NOBODY, 8, 16)),
        await lab.owner.patch(f"/shifts/{stored}", json={"employee_id": NOBODY}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "employee_not_found")


async def test_shift_sent_again_with_its_key_is_one(lab: Lab, hire: Hire):
    body = shift(await hire(), 8, 16)
    headers = {"Idempotency-Key": str(uuid4())}
    first = await lab.owner.post("/shifts", json=body, headers=headers)
    again = await lab.owner.post("/shifts", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()


async def test_range_shows_what_overlaps_it(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    long = await saved(lab, erna, 0, 48)
    before = await saved(lab, emil, 40, 47)
    inside = await saved(lab, emil, 47, 48)
    after = await saved(lab, emil, 49, 50)

    async def shown(**params: Any) -> list[str]:
        answer = await lab.owner.get("/shifts", params=params)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert await shown() == [long, before, inside, after]
    assert await shown(**{"from": at(47), "to": at(49)}) == [long, inside]
    assert await shown(**{"from": at(48)}) == [after]
    assert await shown(to=at(47)) == [long, before]
    assert await shown(**{"from": "2026-03-03", "to": "2026-03-04"}) == [long, before, inside]
    assert await shown(employee_id=[erna]) == [long]
    assert await shown(employee_id=[erna, emil], to=at(41)) == [long, before]
    assert await shown(employee_id=NOBODY) == []
    wrong = await lab.owner.get("/shifts", params={"from": at(2), "to": at(2)})
    assert (wrong.status_code, pointers(wrong)) == (400, ["?to"])
    first = (await lab.owner.get("/shifts", params={"limit": 3})).json()
    rest = await lab.owner.get("/shifts", params={"limit": 3, "cursor": first["next_cursor"]})
    assert [one["id"] for one in rest.json()["items"]] == [after]


# Many -----------------------------------------------------------------------------------------


async def test_batch_answers_in_the_order_of_the_request(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    ids = [await saved(lab, erna, hour, hour + 1) for hour in range(4)]
    batch = {
        "create": [shift(emil, hour, hour + 1, published=False) for hour in (5, 3, 4)],
        "update": [{"id": ids[2], "note": "c"}, {"id": ids[0], "published": False}],
        "delete": [ids[3], ids[1]],
    }
    answer = await lab.owner.post("/shifts/batch", json=batch)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [one["starts_at"] for one in body["created"]] == [at(5), at(3), at(4)]
    assert {one["published"] for one in body["created"]} == {False}
    assert [one["id"] for one in body["updated"]] == [ids[2], ids[0]]
    assert (body["updated"][0]["note"], body["updated"][1]["published"]) == ("c", False)
    assert body["deleted"] == [ids[3], ids[1]]
    assert len(await roster(lab)) == 5


async def test_row_of_touching_shifts_moves_by_an_hour(lab: Lab, hire: Hire):
    erna = await hire()
    ids = [await saved(lab, erna, hour, hour + 4) for hour in (0, 4, 8, 12)]
    for step in (1, 0):
        for order in (list(enumerate(ids)), list(enumerate(ids))[::-1]):
            moved = [
                {"id": one, "starts_at": at(4 * n + step), "ends_at": at(4 * n + 4 + step)}
                for n, one in order
            ]
            answer = await lab.owner.post("/shifts/batch", json={"update": moved})
            assert answer.status_code == 200, answer.text


async def test_what_a_batch_frees_it_may_take(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    gone, moved = await saved(lab, erna, 8, 16), await saved(lab, erna, 16, 20)
    batch = {
        "create": [shift(erna, 8, 20)],
        "update": [{"id": moved, "employee_id": emil}],
        "delete": [gone],
    }
    assert (await lab.owner.post("/shifts/batch", json=batch)).status_code == 200


async def test_refused_batch_changes_nothing_and_names_items_and_conflicts(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    stored, moved = await saved(lab, erna, 8, 16), await saved(lab, emil, 8, 16)
    gone = await saved(lab, emil, 20, 22)
    before = await roster(lab)
    batch = {
        "create": [shift(emil, 30, 31), shift(emil, 1, 3), shift(emil, 2, 4)],
        "update": [{"id": moved, "employee_id": erna}],
        "delete": [gone],
    }
    answer = await lab.owner.post("/shifts/batch", json=batch)
    assert (answer.status_code, answer.json()["code"]) == (409, "shift_overlap")
    assert set(pointers(answer)) == {"/create/1", "/create/2", "/update/0"}
    times = {"starts_at": at(8), "ends_at": at(16)}
    assert answer.json()["conflicts"] == [
        shift(emil, 1, 3) | {"pointer": "/create/1"},
        shift(emil, 2, 4) | {"pointer": "/create/2"},
        {"employee_id": erna, "shift_id": stored} | times,
    ]
    assert await roster(lab) == before


async def test_items_that_are_not_there_or_named_twice_are_pointed_at(lab: Lab, hire: Hire):
    erna = await hire()
    stored = await saved(lab, erna, 8, 16)
    before = await roster(lab)
    for batch, status, code, places in (
        ({"create": [shift(erna, 1, 2), shift(NOBODY, 1, 2)]}, 404, "employee_not_found",
         ["/create/1/employee_id"]),
        ({"update": [{"id": stored, "employee_id": NOBODY}]}, 404, "employee_not_found",
         ["/update/0/employee_id"]),
        ({"update": [{"id": stored, "note": "x"}, {"id": NOBODY, "note": "x"}]}, 404,
         "shift_not_found", ["/update/1/id"]),
        ({"create": [shift(erna, 1, 2)], "delete": [stored, NOBODY]}, 404, "shift_not_found",
         ["/delete/1"]),
        ({"update": [{"id": stored, "note": "x"}], "delete": [stored]}, 400, "invalid_input",
         ["/delete/0"]),
        ({"update": [{"id": stored}]}, 400, "invalid_input", ["/update/0"]),
        ({"create": [{"employee_id": erna}]}, 400, "invalid_input", ["/create/0/starts_at"]),
    ):  # fmt: skip
        answer = await lab.owner.post("/shifts/batch", json=batch)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert pointers(answer) == places
    assert await roster(lab) == before


async def test_batch_takes_10_000_items_and_no_more(lab: Lab, hire: Hire):
    employees = [await hire() for _ in range(10)]
    create = [
        shift(employees[n % 10], n // 10 * 8, n // 10 * 8 + 8, note="x" * 300)
        for n in range(10_000)
    ]
    answer = await lab.owner.post("/shifts/batch", json={"create": create})
    assert answer.status_code == 200, answer.text[:500]
    created = answer.json()["created"]
    assert [one["starts_at"] for one in created] == [one["starts_at"] for one in create]
    deleted = {"delete": [one["id"] for one in created]}
    more = deleted | {"create": create[:1]}
    too_many = await lab.owner.post("/shifts/batch", json=more)
    assert (too_many.status_code, pointers(too_many)) == (400, ["/delete"])
    assert (await lab.owner.post("/shifts/batch", json=deleted)).status_code == 200
    assert await roster(lab) == set()


async def test_one_conflict_among_10_000_short_shifts_is_named(lab: Lab, hire: Hire):
    erna = await hire()
    there = await saved(lab, erna, 0, 1 / 60)
    minutes = [shift(erna, n / 60, (n + 1) / 60) for n in range(1, 10_000)]
    batch = {"create": [*minutes, shift(erna, 0, 1 / 60)]}
    async with asyncio.timeout(20):
        answer = await lab.owner.post("/shifts/batch", json=batch)
    assert (answer.status_code, pointers(answer)) == (409, ["/create/9999"]), answer.text[:500]
    assert [one["shift_id"] for one in answer.json()["conflicts"]] == [there]


async def test_many_are_deleted_or_none(lab: Lab, hire: Hire):
    erna = await hire()
    ids = [await saved(lab, erna, hour, hour + 1) for hour in range(3)]
    refused = await lab.owner.delete("/shifts", params={"id": [ids[0], NOBODY]})
    assert (refused.status_code, refused.json()["code"]) == (404, "shift_not_found")
    assert len(await roster(lab)) == 3
    assert (await lab.owner.delete("/shifts", params={"id": ids[:2]})).status_code == 204
    assert {one for one, *_ in await roster(lab)} == {ids[2]}
    nothing = await lab.owner.delete("/shifts")
    assert (nothing.status_code, pointers(nothing)) == (400, ["?id"])


# Swaps ----------------------------------------------------------------------------------------


async def test_two_exchange_shifts_that_overlap(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    a, b = await saved(lab, erna, 8, 16), await saved(lab, emil, 9, 17)
    answer = await lab.owner.post("/shifts/swap", json={"shift_ids": [a, b]})
    assert answer.status_code == 200, answer.text
    assert [(one["id"], one["employee_id"]) for one in answer.json()["shifts"]] == [
        (a, emil),
        (b, erna),
    ]


async def test_many_pass_their_shifts_on_in_a_circle(lab: Lab, hire: Hire):
    people = [await hire() for _ in range(5)]
    ids = [await saved(lab, one, 8 + n, 16 + n) for n, one in enumerate(people)]
    answer = await lab.owner.post("/shifts/swap", json={"shift_ids": ids})
    assert answer.status_code == 200, answer.text
    got = [one["employee_id"] for one in answer.json()["shifts"]]
    assert got == [people[-1], *people[:-1]]


async def test_swap_that_cannot_be_changes_nothing(lab: Lab, hire: Hire):
    erna, emil = await hire(), await hire()
    a, b = await saved(lab, erna, 8, 16), await saved(lab, emil, 20, 28)
    blocking, mine = await saved(lab, emil, 9, 10), await saved(lab, erna, 40, 41)
    before = await roster(lab)
    overlap = await lab.owner.post("/shifts/swap", json={"shift_ids": [a, b]})
    assert (overlap.status_code, overlap.json()["code"]) == (409, "shift_overlap")
    assert [one["shift_id"] for one in overlap.json()["conflicts"]] == [blocking]
    for ids, status in (([a], 400), ([], 400), ([a, mine], 400), ([a, a], 400), ([a, NOBODY], 404)):
        answer = await lab.owner.post("/shifts/swap", json={"shift_ids": ids})
        assert answer.status_code == status, ids
    assert await roster(lab) == before


# Who ------------------------------------------------------------------------------------------


async def test_members_read_what_is_published_and_write_nothing(lab: Lab, hire: Hire):
    erna = await hire()
    draft = await saved(lab, erna, 8, 16, published=False)
    shown = await saved(lab, erna, 16, 20)
    member, manager = await lab.person("member"), await lab.person("manager")
    assert [one["id"] for one in (await member.get("/shifts")).json()["items"]] == [shown]
    assert (await member.get(f"/shifts/{draft}")).status_code == 404
    assert (await manager.get(f"/shifts/{draft}")).status_code == 200
    for answer in (
        await member.post("/shifts", json=shift(erna, 1, 2)),
        await member.patch(f"/shifts/{shown}", json={"note": "x"}),
        await member.delete(f"/shifts/{shown}"),
        await member.delete("/shifts", params={"id": shown}),
        await member.post("/shifts/batch", json={}),
        await member.post("/shifts/swap", json={"shift_ids": [draft, shown]}),
    ):
        assert answer.status_code == 403
    published = await manager.patch(f"/shifts/{draft}", json={"published": True})
    assert published.status_code == 200
    assert (await member.get(f"/shifts/{draft}")).status_code == 200


async def test_shifts_and_employees_of_others_are_not_there(
    lab: Lab, hire: Hire, make_lab: Callable[..., Any]
):
    erna = await hire()
    ours, second = await saved(lab, erna, 8, 16), await saved(lab, await hire(), 8, 16)
    elsewhere = await make_lab()
    owner = elsewhere.owner
    assert (await owner.get("/shifts")).json()["items"] == []
    for answer in (
        await owner.post("/shifts", json=shift(erna, 1, 2)),
        await owner.post("/shifts/batch", json={"create": [shift(erna, 1, 2)]}),
        await owner.post("/shifts/batch", json={"update": [{"id": ours, "note": "x"}]}),
        await owner.post("/shifts/batch", json={"delete": [ours]}),
        await owner.post("/shifts/swap", json={"shift_ids": [ours, second]}),
        await owner.delete("/shifts", params={"id": ours}),
    ):
        assert answer.status_code == 404
    assert len(await roster(lab)) == 2


# At the same instant --------------------------------------------------------------------------


async def test_of_identical_requests_at_the_same_instant_one_is_done(lab: Lab, hire: Hire):
    for _ in range(3):
        body = shift(await hire(), 8, 16)
        answers = await asyncio.gather(*(lab.owner.post("/shifts", json=body) for _ in range(6)))
        assert sorted(one.status_code for one in answers) == [201, *[409] * 5]


async def test_batches_that_take_opposite_ways_are_both_answered(lab: Lab, hire: Hire):
    people = [await hire() for _ in range(6)]
    ids = [await saved(lab, one, 8, 16) for one in people]
    for turn in range(4):
        changes = [{"id": one, "starts_at": at(8 + turn), "ends_at": at(16 + turn)} for one in ids]
        extra = [shift(one, 40 + turn, 41 + turn) for one in people]
        answers = await asyncio.gather(
            lab.owner.post("/shifts/batch", json={"update": changes, "create": extra}),
            lab.owner.post("/shifts/batch", json={"update": changes[::-1], "create": extra[::-1]}),
            lab.owner.post("/shifts/swap", json={"shift_ids": ids}),
            lab.owner.post("/shifts/swap", json={"shift_ids": ids[::-1]}),
        )
        statuses = [one.status_code for one in answers]
        assert sorted(statuses[:2]) == [200, 409], [one.text for one in answers]
        # One that lost its way five times over may say so; none crashes.
        assert set(statuses[2:]) <= {200, 503}
    stored = await roster(lab)
    assert {one for _, one, *_ in stored} == set(people)


async def test_the_constraint_holds_without_the_application(
    lab: Lab, hire: Hire, cluster: Cluster, database_name: str
):
    """Two connections that know no lock: one commits, the other is refused by the database."""
    erna = UUID(await hire())
    caller = Caller(UUID(lab.organisation_id), uuid4(), "manager", None)
    both = [
        await asyncpg.connect(**cluster.address(database_name, APPLICATION_ROLE)) for _ in range(2)
    ]

    async def insert(connection: asyncpg.Connection) -> str:
        try:
            async with connection.transaction():
                await connection.execute(set_context(caller))
                await connection.execute(
                    "SET CONSTRAINTS one_shift_at_a_time_per_employee DEFERRED"
                )
                await connection.execute(
                    "INSERT INTO shifts (organisation_id, id, employee_id, starts_at, ends_at) "
                    "VALUES ($1, $2, $3, '2026-03-02 08:00Z', '2026-03-02 16:00Z')",
                    caller.organisation_id,
                    uuid4(),
                    erna,
                )
                await asyncio.sleep(0.05)
        except (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError):
            return "refused"
        return "done"

    try:
        assert sorted(await asyncio.gather(*map(insert, both))) == ["done", "refused"]
        for times in (
            "'2026-03-02 08:00:30Z', '2026-03-02 16:00Z'",
            "'2026-05-02 08:00Z', '2026-05-04 08:01Z'",
            "'2026-05-02 08:00Z', '2026-05-02 08:00Z'",
        ):
            await both[0].execute(f"BEGIN;{set_context(caller)}")
            with pytest.raises(asyncpg.CheckViolationError):
                await both[0].execute(
                    "INSERT INTO shifts (organisation_id, id, employee_id, starts_at, ends_at) "
                    f"VALUES ($1, $2, $3, {times})",
                    caller.organisation_id,
                    uuid4(),
                    erna,
                )
            await both[0].execute("ROLLBACK")
    finally:
        for connection in both:
            await connection.close()


# Against a model ------------------------------------------------------------------------------

_HOURS = st.integers(0, 11)
_TIMES = st.tuples(_HOURS, st.integers(1, 4)).map(lambda one: (one[0], one[0] + one[1]))
_STEP = st.fixed_dictionaries(
    {
        "create": st.lists(st.tuples(st.integers(0, 2), _TIMES), max_size=4),
        "update": st.lists(
            st.tuples(st.integers(0, 9), st.integers(0, 2), _TIMES),
            max_size=4,
            unique_by=lambda one: one[0],
        ),
        "delete": st.lists(st.integers(0, 9), max_size=2, unique=True),
    }
)
Model = dict[str, tuple[str, int, int]]


def _is_free_of_overlaps(model: Model) -> bool:
    shifts = sorted(model.values())
    return all(
        one[0] != next_one[0] or one[2] <= next_one[1]
        for one, next_one in itertools.pairwise(shifts)
    )


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(_STEP, min_size=1, max_size=5))
async def test_random_batches_do_what_a_model_says(
    steps: list[dict[str, Any]], lab: Lab, hire: Hire
):
    people = [await hire() for _ in range(3)]
    model: Model = {}
    for step in steps:
        known = sorted(model)
        deleted = [known[n] for n in step["delete"] if n < len(known)]
        updated = [
            (known[n], people[person], times)
            for n, person, times in step["update"]
            if n < len(known) and known[n] not in deleted
        ]
        after = {one: value for one, value in model.items() if one not in deleted}
        after |= {one: (person, *times) for one, person, times in updated}
        new = {f"new {n}": (people[p], *times) for n, (p, times) in enumerate(step["create"])}
        answer = await lab.owner.post(
            "/shifts/batch",
            json={
                "create": [shift(people[person], *times) for person, times in step["create"]],
                "update": [shift(person, *times, id=one) for one, person, times in updated],
                "delete": deleted,
            },
        )
        if _is_free_of_overlaps(after | new):
            assert answer.status_code == 200, answer.text
            created = [one["id"] for one in answer.json()["created"]]
            model = after | dict(zip(created, new.values(), strict=True))
        else:
            assert answer.status_code == 409
            assert answer.json()["conflicts"]
        stored = {one for one in await roster(lab) if one[1] in people}
        assert stored == {(one, who, at(a), at(b)) for one, (who, a, b) in model.items()}


# Plans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_employee", [True, False])
async def test_range_is_read_from_an_index_as_the_application(
    by_employee: bool, cluster: Cluster, empty_database: str
):
    organisation_id, employee_id = uuid4(), uuid4()
    owner = await asyncpg.connect(**cluster.address(empty_database))
    try:
        await owner.execute(
            "INSERT INTO organisations (id, name) VALUES ($1, 'Lab')", organisation_id
        )
        for number, one in enumerate([employee_id, *(uuid4() for _ in range(9))]):
            await owner.execute(
                "INSERT INTO employees (organisation_id, id, first_name, last_name, address) "
                "VALUES ($1, $2, 'E', 'E', $3)",
                organisation_id,
                one,
                f"Street {number}",
            )
            await owner.execute(
                "INSERT INTO shifts (organisation_id, id, employee_id, starts_at, ends_at) "
                "SELECT $1, gen_random_uuid(), $2, day, day + interval '8 hours' "
                "FROM generate_series('2020-01-01Z'::timestamptz, '2021-12-31Z', '1 day') AS day",
                organisation_id,
                one,
            )
        await owner.execute("ANALYZE shifts")
    finally:
        await owner.close()
    start = datetime(2021, 6, 1, tzinfo=UTC)
    query, values = list_query(
        organisation_id,
        employee_ids=[employee_id] if by_employee else None,
        starting=start,
        ending=start + timedelta(days=7),
        limit=51,
    )
    caller = Caller(organisation_id, uuid4(), "member", None)
    async with cluster.open(empty_database, size=1) as database, database.transaction(caller) as tx:
        rows = await tx.fetch(f"EXPLAIN (ANALYZE, COSTS off, TIMING off) {query}", *values)
        plan = "\n".join(row[0] for row in rows)
        assert len(await tx.fetch(query, *values)) == (7 if by_employee else 51)
    assert ("shifts_by_employee" if by_employee else "shifts_by_start") in plan, plan
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "starts_at <" in condition, plan
    assert "starts_at >" in condition, plan
