"""The OpenAPI document against a running server: what fits it is taken, what does not is refused.

Requests are generated from the document, the same ones in every run. What the document promises
of answers (statuses, media types, headers, schemas) is checked on each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.conftest import PASSWORD, run_server
from tests.contract.operations import DOCUMENT, every_operation

EXAMPLES = 20

# Where a value may fit its schema and be refused all the same: a schema cannot say that an end
# comes after its start, that a name is not blank, or which time zones there are. The document does
# not carry a least value of 0 nor bounds of the items of a list, and takes 60.0 for a whole number.
RULES_BEYOND_THE_SCHEMA = {
    "?cursor", "?date", "?from", "?month", "?rounding", "?rounding_minutes", "?time_zone", "?to", "?week", "?without",
    "/action", "/address", "/at", "/create", "/delete", "/ends_at", "/first_name", "/last_name", "/note",
    "/needs", "/position", "/shift_ids", "/starts_at", "/update", "/currency", "/current_password", "/duration", "/email", "/ended_at", "/expires_at", "/file", "/from", "/locale", "/name",
    "/other_employee_id", "/other_shift_id", "/shift_id",
    "/cycle_days", "/duration_minutes", "/employee_id", "/limit_days", "/limit_minutes", "/override_reason",
    "/break_minutes", "/employees", "/entries",
    "/changes", "/comment", "/effective_from", "/ids", "/into", "/organisation", "/scopes", "/sessions", "/set", "/started_at",
    "/person_id", "/reason", "/tags", "/time_zone", "/to", "/url", "/week",
    "/daily_seconds", "/longest_gap_seconds", "/long_session_seconds", "/minimum_gap_seconds", "/seconds",
    "/short_session_seconds", "/weekly_seconds", "/contracted_hours_per_week",
    "/date", "/decision_note", "/end_time", "/first_day", "/last_day", "/weekday",
    "/aliases", "/bases", "?format", "?query_name", "/collection_id", "/closed_until", "?max_length", "?min_length", "?name", "?tag", "/query", "?query", "/distance", "?distance", "/limit",
}  # fmt: skip

schema = schemathesis.openapi.from_dict(
    DOCUMENT,
    config=schemathesis.Config.from_dict(
        {
            "generation": {"deterministic": True, "allow-x00": False, "database": "none"},
            # Deliberately wrong requests may be answered 412 or 413 before anything else.
            "checks": {
                "negative_data_rejection": {
                    "expected-statuses": [
                        "400",
                        "401",
                        "403",
                        "404",
                        "405",
                        "409",
                        "412",
                        "413",
                        "415",
                    ]
                }
            },
        }
    ),
)

# A stream has no end to wait for; tests/accounts/test_events.py is about it.
finite = schema.exclude(
    path=[operation.path for operation in every_operation() if operation.is_stream]
)


@schemathesis.check
def fitting_data_is_accepted(
    ctx: schemathesis.CheckContext, response: Response, case: schemathesis.Case
) -> bool | None:
    """What fits the document is not refused as invalid, but by the rules that no schema can say."""
    del ctx
    if response.status_code != 400 or case.meta is None:
        return None
    if not case.meta.generation.mode.is_positive:
        return None
    problem = msgspec.json.decode(response.content)
    named = {"/".join(error["pointer"].split("/")[:2]) for error in problem.get("errors", [])}
    assert named, f"Fitting data was refused without naming why: {problem['detail']}"
    beyond = named - RULES_BEYOND_THE_SCHEMA
    assert not beyond, f"Fitting data was refused at {beyond}: {problem['detail']}"
    return None


@dataclass(frozen=True)
class Target:
    """A server to ask, and the token of an owner."""

    url: str
    token: str


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    """A server of its own: generated requests leave a great many things behind."""
    with run_server(BENCHBOOK_LOGIN_ATTEMPTS="1000") as server:
        api = f"{server.url}/api/v1"
        with httpx.Client(base_url=api) as owner:
            organisation = {
                "organisation": "Generated",
                "name": "Olga Owner",
                "email": "owner@example.org",
                "password": PASSWORD,
            }
            assert owner.post("/setup", json=organisation).status_code == 201
            token = owner.post("/api-tokens", json={"name": "generated"}).json()["token"]
        yield Target(server.url, token)


@finite.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_server_keeps_to_its_document(case: schemathesis.Case, target: Target):
    case.call_and_validate(
        base_url=target.url,
        headers={"Authorization": f"Bearer {target.token}"},
        # fitting_data_is_accepted is the sharper one here.
        excluded_checks=[positive_data_acceptance],
    )
