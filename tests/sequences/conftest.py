"""Sequences, said briefly: `await added(lab, "ACGT", name="x")`."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.conftest import Lab


def letters(length: int, seed: int = 0) -> str:
    """Bases that look like any, the same for the same seed."""
    return "".join(random.Random(seed).choices("ACGT", k=length))


async def added(lab: Lab, bases: str, **fields: Any) -> dict[str, Any]:
    """A new sequence."""
    answer = await lab.owner.post("/sequences", json={"bases": bases, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
async def default_collection(lab: Lab) -> str:
    """The id of the lab's default collection."""
    [collection] = (await lab.owner.get("/collections")).json()["items"]
    assert collection["is_default"]
    return str(collection["id"])
