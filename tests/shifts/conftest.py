"""A lab with employees, and shifts said briefly: `shift(erna, 8, 16)` is on one day, in hours."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Lab

_numbers = itertools.count(1)
DAY = datetime(2026, 3, 2, tzinfo=UTC)

Hire = Callable[..., Awaitable[str]]


def at(hours: float) -> str:
    """The instant so many hours after the beginning of the day."""
    return (DAY + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def shift(employee_id: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    return {"employee_id": employee_id, "starts_at": at(start), "ends_at": at(end), **more}


async def saved(lab: Lab, employee_id: str, start: float, end: float, **more: Any) -> str:
    """The id of a new shift."""
    answer = await lab.owner.post("/shifts", json=shift(employee_id, start, end, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def roster(lab: Lab) -> set[tuple[str, str, str, str]]:
    """All shifts as (id, employee, start, end)."""
    answer = await lab.owner.get("/shifts", params={"limit": 500})
    assert answer.json()["next_cursor"] is None
    return {
        (one["id"], one["employee_id"], one["starts_at"], one["ends_at"])
        for one in answer.json()["items"]
    }


@pytest.fixture
def hire(lab: Lab) -> Hire:
    """Makes employees: `await hire()` answers an id."""

    async def make(**fields: Any) -> str:
        number = next(_numbers)
        body = {"first_name": "Erna", "last_name": f"E{number}", "address": f"Street {number}"}
        answer = await lab.owner.post("/employees", json=body | fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    return make
