"""Bodies that cannot be taken, and how the answer says what is wrong with them."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from tests.conftest import Lab

SESSION = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("post", "/sessions", SESSION | {"name": "a\0b"}, "/name"),
        ("post", "/sessions", SESSION | {"tags": ["a", "b\0"]}, "/tags/1"),
        ("post", "/timer/start", {"note": "\0"}, "/note"),
        ("patch", "/me", {"name": "a\0"}, "/name"),
        ("post", "/people", {"name": "a\0", "email": "nul@example.org"}, "/name"),
        ("get", "/sessions?q=a%00", None, "?q"),
        ("get", "/sessions/totals?tag=%00", None, "?tag"),
    ],
)
async def test_text_that_cannot_be_stored_is_named_by_its_place(
    method: str, path: str, body: dict[str, Any] | None, pointer: str, lab: Lab
):
    answer = await lab.owner.request(method, path, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "invalid_input")
    assert "U+0000" in problem["detail"]
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_backslash_that_is_part_of_a_text_is_kept(lab: Lab):
    answer = await lab.owner.post("/sessions", json=SESSION | {"name": r"a\u0000"})
    assert (answer.status_code, answer.json()["name"]) == (201, r"a\u0000")


async def test_form_of_too_many_fields_is_too_large(lab: Lab):
    form = {f"field{number}": (None, "x") for number in range(2000)}
    answer = await lab.owner.post("/sessions/imports", files=form)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_compressed_body_is_of_the_wrong_type(lab: Lab):
    answer = await lab.owner.post(
        "/timer/stop",
        content=gzip.compress(b"{}"),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
