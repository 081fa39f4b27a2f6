"""The operations of the contract, and requests that are right, or wrong in one way each.

Everything is derived from the OpenAPI document, so an operation that is added tomorrow is tested
tomorrow. What a schema cannot say (a good time zone, say) stands in SAMPLES.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from benchbook.app import contract

DOCUMENT: dict[str, Any] = msgspec.json.decode(contract())
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"
NOBODY = "01900000-0000-7000-8000-000000000000"

SAMPLES: dict[str, Any] = {
    "email": "somebody@example.org",
    "time_zone": "Europe/Berlin",
    "locale": "en-GB",
    "colour": "#336699",
    "scopes": ["hours:read"],
    "starts_at": "2026-03-02T09:00:00Z",
    "ends_at": "2026-03-02T10:00:00Z",
    "started_at": "2026-03-02T09:00:00Z",
    "ended_at": "2026-03-02T10:00:00Z",
    "expires_at": "2099-01-01T00:00:00Z",
    "bases": "ACGTTGCA",
    "query": "ACGTTGCA",
    "date": "2026-03-02",
    "hourly_rate": "85.50",
    "currency": "CHF",
    "starts_on": "2026-03-02",
    "start_time": "22:00",
    "end_time": "06:00",
    "effective_from": "2026-03-02",
    "week": "2026-02-02",
    "from": "2031-06-01",
    "to": "2031-06-02",
    "password": "a long enough one",
    "url": "https://hooks.example.org/benchbook",
    "file": "Description,Start date,Start time,End date,End time\n"
    "imported,2026-03-02,09:00:00,2026-03-02,10:00:00\n",
}

SECURITY_HEADERS = {
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
}


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    about: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.about["operationId"])

    @property
    def is_open(self) -> bool:
        """Whether it needs no credentials."""
        return self.about.get("security") == []

    @property
    def is_stream(self) -> bool:
        """Whether it answers for as long as one listens: only refusals of it can be tested here."""
        return "text/event-stream" in self.about["responses"].get("200", {}).get("content", {})

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of its JSON body, resolved; None where it takes none, or a form."""
        as_json = self.about.get("requestBody", {}).get("content", {}).get("application/json")
        return None if as_json is None else not_null(resolved(as_json["schema"]))

    @property
    def form(self) -> dict[str, Any] | None:
        """The schema of the form that it takes; None where it takes none, or something else too."""
        content = self.about.get("requestBody", {}).get("content", {})
        as_form = content.get("multipart/form-data") if len(content) == 1 else None
        return None if as_form is None else resolved(as_form["schema"])

    def right_request(self) -> dict[str, Any]:
        """What httpx needs to send a body with what is required."""
        if self.body is not None:
            return {"json": right_body(self.body)}
        if "text/x-fasta" in self.about.get("requestBody", {}).get("content", {}):
            return {"content": b">one\nACGT\n"}
        if self.form is None:
            return {}
        fields = {
            name: sample(name, self.form["properties"][name]) for name in self.form["required"]
        }
        file = fields.pop("file")
        return {"data": fields, "files": {"file": ("hours.csv", file.encode(), "text/csv")}}

    @property
    def path_parameters(self) -> list[str]:
        return [p["name"] for p in self.parameters if p["in"] == "path"]

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [resolved(parameter) for parameter in self.about.get("parameters", [])]

    def takes(self, parameter: str) -> bool:
        """Whether the contract names this parameter or header for it."""
        return any(known["name"] == parameter for known in self.parameters)

    def url(self, **ids: str) -> str:
        """The path below /api/v1, its parameters filled in by ``ids`` or with what names nothing."""
        values = {name: ids.get(name, NOBODY) for name in self.path_parameters}
        return self.path.removeprefix("/api/v1").format(**values)

    async def call(
        self, client: httpx.AsyncClient, url: str | None = None, **request: Any
    ) -> httpx.Response:
        """Send a request, and check of the answer what holds for every answer there is."""
        answer = await client.request(self.method.upper(), url or self.url(), **request)
        documented = self.about["responses"].get(str(answer.status_code), {}).get("content", {})
        check_answer(answer, set(documented) or {"application/json"})
        assert str(answer.status_code) in self.about["responses"], (
            f"{self.name} answered {answer.status_code}, which the contract does not mention:\n"
            f"{answer.text[:500]}"
        )
        return answer


class ProblemBody(msgspec.Struct, forbid_unknown_fields=False):
    """What every error answers; decoding is strict about what must be there."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldErrorBody] | msgspec.UnsetType = msgspec.UNSET


class FieldErrorBody(msgspec.Struct, forbid_unknown_fields=True):
    pointer: str
    detail: str


def check_answer(
    answer: httpx.Response, media_types: Collection[str] = ("application/json",)
) -> None:
    """What holds for every answer of the API, whatever was asked."""
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    assert answer.headers["x-request-id"]
    missing = SECURITY_HEADERS - {name.lower() for name in answer.headers}
    assert not missing, f"without {missing}"
    assert answer.headers["cache-control"]
    assert len(answer.headers.get_list("content-type")) <= 1
    if answer.status_code >= 400:
        problem_of(answer)
    elif answer.status_code in (204, 304):
        assert answer.content == b""
    else:
        assert answer.headers["content-type"].split(";")[0] in media_types


def problem_of(answer: httpx.Response) -> ProblemBody:
    """The problem that an answer tells; fails unless it is a whole and true one."""
    assert answer.headers["content-type"] == PROBLEM, answer.text
    problem = msgspec.json.decode(answer.content, type=ProblemBody)
    assert problem.status == answer.status_code
    assert problem.type == f"urn:benchbook:problem:{problem.code}"
    assert problem.request_id == answer.headers["x-request-id"]
    assert problem.title
    assert problem.detail
    return problem


def pointers(answer: httpx.Response) -> list[str]:
    """The places that a problem names."""
    errors = problem_of(answer).errors
    return [] if errors is msgspec.UNSET else [error.pointer for error in errors]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference stands for."""
    if reference := schema.get("$ref"):
        found: dict[str, Any] = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return resolved(found)
    return schema


def alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas of which a value fits one."""
    schema = resolved(schema)
    choices = schema.get("oneOf") or schema.get("anyOf")
    return [resolved(choice) for choice in choices] if choices else [schema]


def not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The first alternative that is not null."""
    return next(choice for choice in alternatives(schema) if choice.get("type") != "null")


def sample(name: str, schema: dict[str, Any]) -> Any:
    """A value that fits."""
    if name in SAMPLES:
        return SAMPLES[name]
    schema = not_null(schema)
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "string" if schema.get("format") == "uuid":
            return NOBODY
        case "string" if schema.get("format") == "date":
            return SAMPLES["started_at"][:10]
        case "string" if schema.get("format") == "date-time":
            return SAMPLES["started_at"]
        case "string":
            return "x" * max(1, schema.get("minLength", 1))
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
        case "array":
            return [sample("item", schema["items"])] * schema.get("minItems", 0)
        case "object":
            return right_body(schema)
        case kind:
            raise AssertionError(f"{name} is of the type {kind}: say here what fits it")


def right_body(schema: dict[str, Any]) -> dict[str, Any]:
    """A body with what is required and no more."""
    return {name: sample(name, schema["properties"][name]) for name in schema.get("required", [])}


def wrong_value(schema: dict[str, Any]) -> Any:
    """A value of a type that the schema does not take."""
    kinds = {choice.get("type") for choice in alternatives(schema)}
    for kind, value in (("object", {"un": "fit"}), ("boolean", True), ("integer", 1)):
        if kind not in kinds:
            return value
    raise AssertionError(f"everything fits {schema}")


def every_operation() -> list[Operation]:
    """All operations of the document."""
    return list(_operations())


def _operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(method, path, item[method])
