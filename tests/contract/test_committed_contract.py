"""The contract that is committed, the one that is served and what the database answers agree."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
from tests.conftest import Lab, clean_environment
from tests.contract.operations import DOCUMENT, SECURITY_HEADERS

from benchbook.app import contract
from benchbook.timetracking.schemas import Session

COMMITTED = Path(__file__).parents[2] / "api" / "openapi.json"


class StrictSession(Session, forbid_unknown_fields=True):
    """A session with exactly the fields of its schema: all are required, none may be added."""


def test_committed_contract_is_the_one_of_this_code():
    assert COMMITTED.read_bytes() == contract(), (
        "api/openapi.json is stale. Write it anew with: make openapi "
        "(or: benchbook openapi > api/openapi.json)"
    )


def test_command_prints_the_contract():
    printed = subprocess.run(
        [sys.executable, "-m", "benchbook.main", "openapi"],
        env=clean_environment(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert printed.stdout == contract()
    assert printed.stderr == b""


async def test_server_answers_the_contract_to_anybody(anonymous: httpx.AsyncClient):
    answer = await anonymous.get("/openapi.json")
    assert (answer.status_code, answer.content) == (200, contract())
    assert answer.headers["content-type"] == "application/json"
    assert {name.lower() for name in answer.headers} >= SECURITY_HEADERS


def test_contract_is_the_same_every_time_it_is_made():
    assert contract() == contract()


async def test_listed_session_is_as_its_schema_says_and_as_it_is_read_alone(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Genome"})).json()
    sessions = [
        {
            "name": 'PCR "quoted" \\ é 漢字 🧬 \u2028 </script>',
            "started_at": "2026-03-02T09:00:00.987654+02:00",
            "duration": "1h30",
            "project_id": project["id"],
            "tags": ["bench", "näh", 'q"uote'],
            "billable": True,
        },
        {"name": "plain", "started_at": "1975-01-01T00:00:00Z", "duration": 1},
        {"name": "binned", "started_at": "2099-12-31T23:00:00Z", "duration": 60},
    ]
    made = [(await lab.owner.post("/sessions", json=session)).json() for session in sessions]
    await lab.owner.patch(f"/sessions/{made[0]['id']}", json={"name": sessions[0]["name"] + "!"})
    listed = (await lab.owner.get("/sessions?order=oldest")).json()["items"]
    assert [item["id"] for item in listed] == [made[1]["id"], made[0]["id"], made[2]["id"]]
    for item in listed:
        assert item == (await lab.owner.get(f"/sessions/{item['id']}")).json()
        session = msgspec.convert(item, StrictSession, strict=True)
        # The texts are the very ones that the serialiser writes, and no others that would do.
        assert msgspec.to_builtins(session) == item
        assert list(item) == list(DOCUMENT["components"]["schemas"]["Session"]["properties"])

    await lab.owner.delete(f"/sessions/{made[2]['id']}")
    [binned] = (await lab.owner.get("/sessions?deleted=true")).json()["items"]
    session = msgspec.convert(binned, StrictSession, strict=True)
    assert session.id == UUID(made[2]["id"])
    assert session.deleted_at is not None
    assert abs((datetime.now(UTC) - session.deleted_at).total_seconds()) < 60


def test_session_in_the_contract_has_the_fields_of_the_design():
    assert set(DOCUMENT["components"]["schemas"]["Session"]["required"]) == {
        "id",
        "name",
        "note",
        "started_at",
        "ended_at",
        "duration_seconds",
        "project_id",
        "tags",
        "billable",
        "person_id",
        "created_at",
        "updated_at",
        "deleted_at",
    }
