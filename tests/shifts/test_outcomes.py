"""Only the outcome counts: swaps in circles and moves of whole rows against a model, over the ends
of months, and with batches that take hold of people in opposite orders."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Cluster, Lab
from tests.shifts.conftest import DAY, Hire, at, roster, saved, shift

few = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Times = tuple[str, int, int]
# The last midnight of March, in hours from DAY: shifts around it are in two months.
MONTH_END = int((DAY.replace(day=1, month=4) - DAY) / timedelta(hours=1))


def is_free_of_overlaps(model: dict[str, Times]) -> bool:
    """Whether nobody has two at once."""
    return all(
        one[0] != other[0] or one[2] <= other[1]
        for one, other in itertools.pairwise(sorted(model.values()))
    )


async def stored(lab: Lab, people: list[str]) -> set[tuple[str, str, str, str]]:
    return {one for one in await roster(lab) if one[1] in people}


def as_stored(model: dict[str, Times]) -> set[tuple[str, str, str, str]]:
    return {(one, who, at(start), at(end)) for one, (who, start, end) in model.items()}


async def filled(lab: Lab, people: list[str], wanted: list[tuple[int, int, int]]):
    """A roster of those of these (person, start after the month's end, hours) that fit."""
    model: dict[str, Times] = {}
    for person, start, hours in wanted:
        times = (people[person], MONTH_END + start, MONTH_END + start + hours)
        if is_free_of_overlaps(model | {"new": times}):
            model[await saved(lab, *times)] = times
    return model


_WANTED = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-14, 10), st.integers(1, 9)), min_size=2, max_size=9
)


@few
@given(wanted=_WANTED, data=st.data())
async def test_circles_of_any_size_do_what_a_model_says(
    wanted: list[tuple[int, int, int]], data: st.DataObject, lab: Lab, hire: Hire
):
    people = [await hire() for _ in range(4)]
    model = await filled(lab, people, wanted)
    for _ in range(3):
        circle = data.draw(st.permutations(sorted(model)))
        circle = circle[: data.draw(st.integers(2, len(circle)))] if len(circle) > 1 else circle
        answer = await lab.owner.post("/shifts/swap", json={"shift_ids": circle})
        if len({model[one][0] for one in circle}) < 2:
            assert answer.status_code == 400
            continue
        after = dict(model)
        for n, one in enumerate(circle):
            after[one] = (model[circle[n - 1]][0], *model[one][1:])
        if is_free_of_overlaps(after):
            assert answer.status_code == 200, answer.text
            model = after
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "shift_overlap")
            assert answer.json()["conflicts"]
        assert await stored(lab, people) == as_stored(model)


@few
@given(
    lengths=st.lists(st.integers(1, 8), min_size=2, max_size=8),
    before=st.integers(0, 30),
    step=st.integers(-9, 9),
    moved=st.sets(st.integers(0, 7), min_size=1),
    order=st.randoms(use_true_random=False),
)
async def test_row_of_touching_shifts_moves_over_the_end_of_a_month(
    lengths: list[int], before: int, step: int, moved: set[int], order: Any, lab: Lab, hire: Hire
):
    """Whole or in part, by any number of hours, named in any order."""
    erna = await hire()
    ends = [MONTH_END - before + sum(lengths[: n + 1]) for n in range(len(lengths))]
    row = [(erna, end - length, end) for end, length in zip(ends, lengths, strict=True)]
    answer = await lab.owner.post("/shifts/batch", json={"create": [shift(*one) for one in row]})
    assert answer.status_code == 200, answer.text
    ids = [one["id"] for one in answer.json()["created"]]
    model: dict[str, Times] = dict(zip(ids, row, strict=True))
    after = {
        one: (who, start + step, end + step) if n in moved else (who, start, end)
        for n, (one, (who, start, end)) in enumerate(model.items())
    }
    changes = [
        {"id": one, "starts_at": at(after[one][1]), "ends_at": at(after[one][2])}
        for n, one in enumerate(ids)
        if n in moved
    ]
    order.shuffle(changes)
    answer = await lab.owner.post("/shifts/batch", json={"update": changes})
    if is_free_of_overlaps(after):
        assert answer.status_code == 200, answer.text
        model = after
    else:
        assert answer.status_code == 409
        # What stays and what moves met: both sides are named.
        named = {one["shift_id"] for one in answer.json()["conflicts"]}
        assert named
        assert named <= set(ids)
    assert await stored(lab, [erna]) == as_stored(model)


async def test_deadlock_with_a_program_that_locks_the_other_way_is_tried_again(
    lab: Lab, hire: Hire, cluster: Cluster, database_name: str
):
    """Another program has the second employee and comes for the first: PostgreSQL ends one of the
    two, and the batch is done all the same."""
    people = sorted([await hire(), await hire()])
    organisation_id = UUID(lab.organisation_id)
    other = await asyncpg.connect(**cluster.address(database_name))
    take = "SELECT FROM employees WHERE organisation_id = $1 AND id = $2 FOR NO KEY UPDATE"
    try:
        for turn in range(2):
            # Who notices first that it waits in a circle is the one that is ended.
            await other.execute("BEGIN")
            await other.execute(f"SET LOCAL deadlock_timeout = '{(50, 5000)[turn]}ms'")
            await other.execute(take, organisation_id, UUID(people[1]))
            batch = {"create": [shift(one, 8 + turn * 8, 16 + turn * 8) for one in people]}
            writing = asyncio.create_task(lab.owner.post("/shifts/batch", json=batch))
            await asyncio.sleep(0.3)
            assert not writing.done()
            try:
                await other.execute(take, organisation_id, UUID(people[0]))
            except asyncpg.DeadlockDetectedError:
                pass
            finally:
                await other.execute("ROLLBACK")
            answer = await writing
            assert answer.status_code == 200, answer.text
    finally:
        await other.close()
    assert len(await roster(lab)) == 4


async def test_passes_in_opposite_directions_end_in_one_of_the_outcomes_there_are(
    lab: Lab, hire: Hire
):
    """Circles one way and the other, and moves of all, at the same instant."""
    people = [await hire() for _ in range(5)]
    ids = [await saved(lab, one, 8 + n, 16 + n) for n, one in enumerate(people)]
    answers = await asyncio.gather(
        *(
            lab.owner.post("/shifts/swap", json={"shift_ids": which})
            for which in (ids, ids[::-1], ids, ids[::-1])
        )
    )
    statuses = [one.status_code for one in answers]
    assert set(statuses) <= {200, 503}, [one.text for one in answers]
    # Each that was done turned the circle by one; all of them are accounted for.
    turns = sum(
        step for step, status in zip((1, -1, 1, -1), statuses, strict=True) if status == 200
    )
    expected = {(one, people[(n - turns) % 5]) for n, one in enumerate(ids)}
    assert {(one, who) for one, who, *_ in await roster(lab)} == expected
