"""What holds for every operation of the API, checked on every operation of its document."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from tests.conftest import Lab, client
from tests.contract.operations import (
    DOCUMENT,
    PROBLEM,
    Operation,
    alternatives,
    check_answer,
    every_operation,
    pointers,
    problem_of,
    resolved,
    right_body,
    wrong_value,
)

OPERATIONS = every_operation()
JSON = {"Content-Type": "application/json"}


def each(operations: list[Operation]) -> pytest.MarkDecorator:
    """The test once for each of these operations, under the operation's name."""
    assert operations
    return pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)


GUARDED = [operation for operation in OPERATIONS if not operation.is_open]
OPEN = [operation for operation in OPERATIONS if operation.is_open]
WITH_BODY = [operation for operation in OPERATIONS if operation.body is not None]
FIELDS = [
    (operation, name, schema)
    for operation in WITH_BODY
    for name, schema in (operation.body or {})["properties"].items()
]
QUERY_PARAMETERS = [
    (operation, parameter)
    for operation in OPERATIONS
    for parameter in operation.parameters
    if parameter["in"] == "query"
]
# Operations with an id in their path, and who makes what that id names.
_numbers = itertools.count(1)
MAKERS: dict[str, Callable[[httpx.AsyncClient], Awaitable[str]]] = {}


def maker(*names: str) -> Callable[[Callable[[httpx.AsyncClient], Awaitable[str]]], None]:
    def register(make: Callable[[httpx.AsyncClient], Awaitable[str]]) -> None:
        for name in names:
            MAKERS[name] = make

    return register


async def _made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> str:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@maker("session_id")
async def _session(client: httpx.AsyncClient) -> str:
    body = {"name": "theirs", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    return await _made(client, "/sessions", body)


@maker("token_id")
async def _token(client: httpx.AsyncClient) -> str:
    return await _made(client, "/api-tokens", {"name": "theirs"})


@maker("feed_id")
async def _feed(client: httpx.AsyncClient) -> str:
    return await _made(client, "/calendar-feeds", {"name": "theirs"})


_WEBHOOK = {"url": "https://hooks.example.org/theirs", "events": ["session.started"]}


@maker("webhook_id")
async def _webhook(client: httpx.AsyncClient) -> str:
    return await _made(client, "/webhooks", _WEBHOOK)


@maker("delivery_id")
async def _delivery(client: httpx.AsyncClient) -> str:
    webhook_id = await _made(client, "/webhooks", _WEBHOOK)
    answer = await client.post(f"/webhooks/{webhook_id}/test")
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


@maker("client_id")
async def _client(client: httpx.AsyncClient) -> str:
    return await _made(client, "/clients", {"name": f"theirs {next(_numbers)}"})


@maker("rate_id")
async def _rate(client: httpx.AsyncClient) -> str:
    project_id = await MAKERS["project_id"](client)
    return await _made(client, "/rates", {"hourly_rate": "85.50", "project_id": project_id})


@maker("project_id")
async def _project(client: httpx.AsyncClient) -> str:
    return await _made(client, "/projects", {"name": f"theirs {next(_numbers)}"})


@maker("tag_id")
async def _tag(client: httpx.AsyncClient) -> str:
    return await _made(client, "/tags", {"name": f"theirs {next(_numbers)}"})


@maker("import_id")
async def _import(client: httpx.AsyncClient) -> str:
    [operation] = [operation for operation in OPERATIONS if operation.name == "import_sessions"]
    answer = await client.post("/sessions/imports", **operation.right_request())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@maker("sequence_import_id")
async def _sequence_import(client: httpx.AsyncClient) -> str:
    answer = await client.post("/sequences/imports", content=b">one\nACGT\n")
    assert answer.status_code == 202, answer.text
    made = answer.json()
    while made["status"] == "running":
        await asyncio.sleep(0.02)
        made = (await client.get(f"/sequences/imports/{made['id']}")).json()
    return str(made["id"])


@maker("target_id")
async def _target(client: httpx.AsyncClient) -> str:
    day = f"20{next(_numbers) % 90:02}-03-02"
    return await _made(client, "/targets", {"effective_from": day, "daily_seconds": [3600] * 7})


@maker("repair_id")
async def _repair(client: httpx.AsyncClient) -> str:
    started_at = "2026-03-02T09:00:00Z"
    body = {"name": "theirs", "started_at": started_at, "duration": 60}
    session = {"id": await _made(client, "/sessions", body), "revision": 1}
    repair = {"kind": "short", "action": "keep", "sessions": [session]}
    return await _made(client, "/sessions/repairs", repair)


@maker("locked_period_id")
async def _locked_period(client: httpx.AsyncClient) -> str:
    # Each a day of its own, far from the hours of the other tests.
    year, day = divmod(next(_numbers), 28)
    body = {"from": f"{2030 + year}-01-{day + 1:02}", "to": f"{2030 + year}-01-{day + 2:02}"}
    return await _made(client, "/locked-periods", body)


async def _employee(client: httpx.AsyncClient) -> str:
    body = {"first_name": "Erna", "last_name": "Theirs", "address": f"Street {next(_numbers)}"}
    return await _made(client, "/employees", body)


maker("employee_id")(_employee)


@maker("shift_id")
async def _shift(client: httpx.AsyncClient) -> str:
    times = {"starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-02T17:00:00Z"}
    return await _made(client, "/shifts", {"employee_id": await _employee(client)} | times)


@maker("skill_id")
async def _skill(client: httpx.AsyncClient) -> str:
    return await _made(client, "/skills", {"name": f"theirs {next(_numbers)}"})


@maker("location_id")
async def _location(client: httpx.AsyncClient) -> str:
    body = {"name": f"theirs {next(_numbers)}", "time_zone": "Europe/Berlin"}
    return await _made(client, "/locations", body)


@maker("position_id")
async def _position(client: httpx.AsyncClient) -> str:
    return await _made(client, "/positions", {"name": f"theirs {next(_numbers)}"})


@maker("employee_import_id")
async def _employee_import(client: httpx.AsyncClient) -> str:
    content = f"first_name,last_name,address\nErna,Theirs,Street {next(_numbers)}\n"
    answer = await client.post("/employees/imports", files={"file": ("a.csv", content.encode())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@maker("leave_request_id")
async def _leave(client: httpx.AsyncClient) -> str:
    days = {"first_day": "2026-03-02", "last_day": "2026-03-03"}
    body = {"kind": "vacation", "employee_id": await _employee(client)} | days
    return await _made(client, "/leave-requests", body)


@maker("availability_id")
async def _availability(client: httpx.AsyncClient) -> str:
    body = {"kind": "cannot", "weekday": 1, "employee_id": await _employee(client)}
    return await _made(client, "/availability", body)


@maker("collection_id")
async def _collection(client: httpx.AsyncClient) -> str:
    return await _made(client, "/collections", {"name": f"theirs {next(_numbers)}"})


@maker("sequence_id")
async def _sequence(client: httpx.AsyncClient) -> str:
    # A number in base 4: bases that nobody has yet.
    number = next(_numbers)
    bases = "".join("ACGT"[number >> shift & 3] for shift in range(0, 40, 2))
    return await _made(client, "/sequences", {"bases": bases})


async def _template(client: httpx.AsyncClient) -> str:
    body = {"name": f"theirs {next(_numbers)}", "start_time": "22:00", "end_time": "06:00"}
    return await _made(client, "/shift-templates", body)


maker("shift_template_id")(_template)


async def _pattern(client: httpx.AsyncClient) -> str:
    entries = [{"day": 1, "template_id": await _template(client)}]
    body = {"name": f"theirs {next(_numbers)}", "starts_on": "2026-03-02", "cycle_days": 7}
    return await _made(client, "/shift-patterns", body | {"entries": entries})


maker("shift_pattern_id")(_pattern)


@maker("shift_generation_id")
async def _generation(client: httpx.AsyncClient) -> str:
    employees = [{"employee_id": await _employee(client)}]
    answer = await client.post(
        f"/shift-patterns/{await _pattern(client)}/generate",
        json={"employees": employees, "from": "2026-03-02", "to": "2026-03-09"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def _open_shift(client: httpx.AsyncClient) -> str:
    times = {"starts_at": "2091-03-02T09:00:00Z", "ends_at": "2091-03-02T17:00:00Z"}
    return await _made(client, "/open-shifts", times)


maker("open_shift_id")(_open_shift)


@maker("shift_request_id")
async def _shift_request(client: httpx.AsyncClient) -> str:
    me = (await client.get("/me")).json()["person"]["id"]
    body = {"first_name": "Me", "last_name": "M", "address": f"Street {next(_numbers)}"}
    answer = await client.post("/employees", json=body | {"person_id": me})
    # Made by an earlier test, where it is 409.
    assert answer.status_code in (201, 409), answer.text
    claim = {"kind": "claim", "shift_id": await _open_shift(client)}
    return await _made(client, "/shift-requests", claim)


@maker("labour_rule_id")
async def _labour_rule(client: httpx.AsyncClient) -> str:
    body = {"name": "theirs", "kind": "minimum_rest", "effect": "warn", "limit_minutes": 660}
    return await _made(client, "/labour-rules", body)


@maker("person_id")
async def _person(client: httpx.AsyncClient) -> str:
    return str((await client.get("/me")).json()["person"]["id"])


WITH_ID = [
    operation
    for operation in GUARDED
    if any(name.endswith("_id") for name in operation.path_parameters)
]


def sender(operation: Operation, home: Lab, anonymous: httpx.AsyncClient) -> httpx.AsyncClient:
    """Who may send this: the owner, or anybody where no credentials are needed."""
    return anonymous if operation.is_open else home.owner


# Who asks ---------------------------------------------------------------------------------------


@each(GUARDED)
async def test_without_credentials_it_is_401(operation: Operation, anonymous: httpx.AsyncClient):
    answer = await operation.call(anonymous, **operation.right_request())
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert problem_of(answer).code == "not_authenticated"


@each(GUARDED)
async def test_with_a_bad_credential_it_is_401(operation: Operation, anonymous: httpx.AsyncClient):
    for credential in ("Bearer nonsense", "Bearer bbt_AAAA", "Bearer", "Basic b3duZXI6eA==", "é"):
        answer = await operation.call(
            anonymous, headers={"Authorization": credential.encode()}, **operation.right_request()
        )
        assert answer.status_code == 401, credential


@each([operation for operation in GUARDED if operation.body is not None])
async def test_credentials_are_looked_at_before_the_body(
    operation: Operation, anonymous: httpx.AsyncClient
):
    answer = await operation.call(anonymous, content=b"{", headers=JSON)
    assert answer.status_code == 401


@each([operation for operation in GUARDED if operation.method != "get"])
async def test_token_for_reading_changes_nothing(
    operation: Operation, home: Lab, transport: httpx.ASGITransport
):
    scopes = {"name": "reader", "scopes": ["account:read", "people:read", "hours:read"]}
    token = (await home.owner.post("/api-tokens", json=scopes)).json()["token"]
    async with client(transport, token) as reader:
        answer = await operation.call(reader, **operation.right_request())
    # Signing out ends a login; there is none behind a token.
    assert answer.status_code == (204 if operation.name == "sign_out" else 403)


# What is sent -----------------------------------------------------------------------------------


@each(WITH_BODY)
async def test_what_is_not_json_is_400(
    operation: Operation, home: Lab, anonymous: httpx.AsyncClient
):
    for content in (
        b"{",
        b'{"a": }',
        b"\xff\xfe",
        b"[" * 5000,
        b'"\\ud800"',
        b'{"name":"\\udc00"}',
    ):
        answer = await operation.call(
            sender(operation, home, anonymous), content=content, headers=JSON
        )
        assert (answer.status_code, problem_of(answer).code) == (400, "invalid_input"), content


@each(WITH_BODY)
async def test_json_that_is_no_object_is_400(
    operation: Operation, home: Lab, anonymous: httpx.AsyncClient
):
    for body in ([], "text", 1, True):
        answer = await operation.call(sender(operation, home, anonymous), json=body)
        assert (answer.status_code, pointers(answer)) == (400, [""])


@each([operation for operation in WITH_BODY if operation.about["requestBody"]["required"]])
async def test_body_that_is_missing_is_400(
    operation: Operation, home: Lab, anonymous: httpx.AsyncClient
):
    answer = await operation.call(sender(operation, home, anonymous))
    assert answer.status_code == 400


@each([operation for operation in WITH_BODY if not operation.about["requestBody"]["required"]])
async def test_body_that_may_be_left_out_may_be_null(operation: Operation, home: Lab):
    answer = await operation.call(home.owner, content=b"null", headers=JSON)
    # A path with an id names nothing here; what matters is that the body is not what is refused.
    assert answer.status_code < 300 or (answer.status_code == 404 and "{" in operation.path)


@each(WITH_BODY)
async def test_unknown_field_is_named(
    operation: Operation, home: Lab, anonymous: httpx.AsyncClient
):
    body = {"no_such_field": 1} | right_body(operation.body or {})
    answer = await operation.call(sender(operation, home, anonymous), json=body)
    assert (answer.status_code, pointers(answer)) == (400, ["/no_such_field"])


@each([operation for operation in WITH_BODY if (operation.body or {}).get("required")])
async def test_missing_field_is_named(
    operation: Operation, home: Lab, anonymous: httpx.AsyncClient
):
    for name in (operation.body or {})["required"]:
        body = right_body(operation.body or {})
        del body[name]
        answer = await operation.call(sender(operation, home, anonymous), json=body)
        assert (answer.status_code, pointers(answer)) == (400, [f"/{name}"])


@pytest.mark.parametrize(
    ("operation", "name", "schema"),
    FIELDS,
    ids=[f"{operation.name}-{name}" for operation, name, _ in FIELDS],
)
async def test_field_of_a_wrong_type_is_named(
    operation: Operation,
    name: str,
    schema: dict[str, Any],
    home: Lab,
    anonymous: httpx.AsyncClient,
):
    body = right_body(operation.body or {}) | {name: wrong_value(schema)}
    answer = await operation.call(sender(operation, home, anonymous), json=body)
    assert (answer.status_code, pointers(answer)) == (400, [f"/{name}"])


@each(WITH_BODY)
async def test_contract_says_that_bodies_take_no_other_fields(operation: Operation):
    assert (operation.body or {}).get("additionalProperties") is False


@each(WITH_BODY)
async def test_body_of_another_media_type_is_415(
    operation: Operation, home: Lab, anonymous: httpx.AsyncClient
):
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "é",
    ):
        answer = await operation.call(
            sender(operation, home, anonymous),
            content=b"{}",
            headers={"Content-Type": media_type.encode()},
        )
        assert (answer.status_code, problem_of(answer).code) == (415, "unsupported_media_type")


@each([operation for operation in OPERATIONS if operation.form is not None])
async def test_form_that_is_sent_as_something_else_is_415(operation: Operation, home: Lab):
    for media_type in ("text/csv", "application/json", ""):
        answer = await operation.call(
            home.owner, content=b"{}", headers={"Content-Type": media_type}
        )
        assert (answer.status_code, problem_of(answer).code) == (415, "unsupported_media_type")


@each([operation for operation in OPERATIONS if operation.form is not None])
async def test_form_that_is_broken_or_lacks_a_field_is_400(operation: Operation, home: Lab):
    right = operation.right_request()
    for wrong in (
        {"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data"}},
        right | {"data": {}},
        right | {"data": right["data"] | {"no_such_field": "1"}},
        {"data": right["data"], "files": {"other": ("x", b"x")}},
    ):
        assert (await operation.call(home.owner, **wrong)).status_code == 400, wrong


# A batch of shifts and the bases of a sequence may be larger than other bodies.
LARGER_BODIES = {
    "change_shifts": 17_000_000,
    "add_sequence": 11_000_000,
    "search_sequences_for": 11_000_000,
    "export_hits_as_file": 11_000_000,
}


@each(WITH_BODY)
async def test_body_that_is_too_large_is_413(
    operation: Operation, home: Lab, anonymous: httpx.AsyncClient
):
    answer = await operation.call(
        sender(operation, home, anonymous),
        content=b'{"name":"' + b"x" * LARGER_BODIES.get(operation.name, 1_100_000) + b'"}',
        headers=JSON,
    )
    assert (answer.status_code, problem_of(answer).code) == (413, "too_large")


@pytest.mark.parametrize(
    ("operation", "parameter"),
    QUERY_PARAMETERS,
    ids=[f"{operation.name}-{parameter['name']}" for operation, parameter in QUERY_PARAMETERS],
)
async def test_parameter_that_does_not_fit_is_named(
    operation: Operation, parameter: dict[str, Any], home: Lab
):
    name, schema = parameter["name"], resolved(parameter["schema"])
    values = ["x" * (schema["maxLength"] + 1)] if "maxLength" in schema else []
    if not values or name == "time_zone":
        values.append("no such thing")
    if schema.get("items") == {"type": "string"}:
        # Any short text is one of several.
        values = ["x" * 1_000]
    elif schema.get("type") != "string" or "format" in schema:
        values += ["null", "NULL"]
    if "maximum" in schema:
        values += [str(schema["maximum"] + 1), str(schema["minimum"] - 1), "9" * 40]
    if any("integer" in choice.get("type", ()) for choice in alternatives(schema)):
        values += ["1.5", "1.0", "1e0", "1.0 "]
    for value in values:
        answer = await operation.call(home.owner, params={name: value})
        assert (answer.status_code, pointers(answer)) == (400, [f"?{name}"]), value


@each(OPERATIONS)
async def test_nul_in_any_text_is_no_crash(
    operation: Operation, home: Lab, anonymous: httpx.AsyncClient
):
    if operation.body is not None:
        for name, schema in operation.body["properties"].items():
            body = right_body(operation.body)
            body[name] = ["a\0b"] if resolved(schema).get("type") == "array" else "a\0b" * 4
            answer = await operation.call(sender(operation, home, anonymous), json=body)
            assert answer.status_code < 500
    for parameter in operation.parameters:
        if parameter["in"] == "query":
            await operation.call(home.owner, params={parameter["name"]: "a\0b"})


@each([operation for operation in OPERATIONS if operation.takes("Idempotency-Key")])
async def test_key_that_cannot_be_one_is_400(operation: Operation, home: Lab):
    for key in ("", "x" * 256, "é"):
        answer = await operation.call(
            home.owner, headers={"Idempotency-Key": key.encode()}, **operation.right_request()
        )
        assert answer.status_code == 400
        assert "Idempotency-Key" in problem_of(answer).detail


# What is asked for ------------------------------------------------------------------------------


@each(WITH_ID)
async def test_what_is_not_there_is_404(operation: Operation, home: Lab):
    answer = await operation.call(home.owner, **operation.right_request())
    assert answer.status_code == 404


@each(WITH_ID)
async def test_what_is_of_another_organisation_is_404_and_untouched(
    operation: Operation, home: Lab, elsewhere: Lab
):
    [name] = operation.path_parameters
    theirs = await MAKERS[name](elsewhere.owner)
    resource = operation.path.removeprefix("/api/v1").split("{")[0]
    if any(other.method == "get" and other.path.endswith(f"{{{name}}}") for other in OPERATIONS):
        resource += theirs
    before = await elsewhere.owner.get(resource)
    answer = await operation.call(
        home.owner, operation.url(**{name: theirs}), **operation.right_request()
    )
    assert answer.status_code == 404
    after = await elsewhere.owner.get(resource)
    assert (before.status_code, theirs in before.text) == (200, True)
    assert (after.status_code, after.content) == (before.status_code, before.content)


@each(WITH_ID)
async def test_what_is_no_id_is_404(operation: Operation, home: Lab):
    [name] = operation.path_parameters
    for text in ("1", "not-an-id", "%00", "'; DROP TABLE people; --", "x" * 5000):
        answer = await operation.call(
            home.owner, operation.url(**{name: text}), **operation.right_request()
        )
        assert answer.status_code == 404


@each(OPERATIONS)
async def test_methods_that_a_path_does_not_take_are_405(operation: Operation, home: Lab):
    taken = {other.method for other in OPERATIONS if other.path == operation.path}
    for method in {"get", "post", "put", "patch", "delete"} - taken:
        answer = await home.owner.request(method, operation.url())
        check_answer(answer)
        assert answer.status_code == 405
        assert taken <= set(answer.headers["allow"].lower().split(", "))
        options = await home.owner.request("options", operation.url())
        assert (options.status_code, options.content) == (204, b"")
        assert options.headers["allow"] == answer.headers["allow"]


@each([operation for operation in OPERATIONS if operation.method == "get"])
async def test_head_is_answered_as_get_without_its_body(operation: Operation, home: Lab):
    head = await home.owner.request("head", operation.url())
    assert head.content == b""
    if head.headers["content-type"].startswith("text/event-stream"):
        return  # GET would not end here. HEAD has.
    read = await home.owner.get(operation.url())
    assert head.status_code == read.status_code
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == read.headers.get(name)


# The document -----------------------------------------------------------------------------------


@each(OPERATIONS)
def test_operation_is_described(operation: Operation):
    assert operation.about["summary"]
    assert operation.about["description"]
    assert operation.about["tags"]
    named = {tag["name"] for tag in DOCUMENT["tags"]}
    assert set(operation.about["tags"]) <= named


@each(OPERATIONS)
def test_documented_errors_are_problems(operation: Operation):
    errors = {
        status: answer
        for status, answer in operation.about["responses"].items()
        if int(status) >= 400
    }
    assert {"400", "503"} <= set(errors)
    assert operation.is_open or "401" in errors
    for answer in errors.values():
        assert list(answer["content"]) == [PROBLEM]
        assert answer["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/Problem"}


@each(OPERATIONS)
def test_answers_are_described(operation: Operation):
    successes = {
        status: answer
        for status, answer in operation.about["responses"].items()
        if int(status) < 300
    }
    assert successes
    for status, answer in successes.items():
        assert (status == "204") == ("content" not in answer)


def test_operations_have_names_of_their_own():
    names = [operation.name for operation in OPERATIONS]
    assert len(names) == len(set(names))


def test_only_signing_in_needs_no_credentials():
    assert {operation.path.removeprefix("/api/v1") for operation in OPEN} == {
        "/setup",
        "/login",
        "/invitations/{token}",
        "/invitations/{token}/accept",
    }
