"""The OpenAPI document: generated from the routes, with what holds for all of them added.

The framework knows each route's parameters and bodies; what every operation shares (problem+json
errors, Idempotency-Key, If-Match, how to authenticate) is said here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag

from benchbook.platform.problems import MEDIA_TYPE

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What every error answers (RFC 9457). Programs rely on `code`.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "`urn:benchbook:problem:<code>`"},
        "title": {"type": "string", "description": "The same for every problem of this code."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, and what to do."},
        "code": {"type": "string", "description": "Stable; for programs."},
        "request_id": {"type": "string", "description": "As in X-Request-ID and the logs."},
        "errors": {
            "type": "array",
            "description": "The wrong fields, where fields are wrong.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "A JSON pointer into the body, or `?name` for a parameter.",
                    },
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_ERRORS = {
    "400": "Something in the request is not valid; `errors` names it.",
    "401": "No credentials, or ones that are not good.",
    "403": "The role, or the token's scopes, do not reach that far.",
    "404": "Absent, or of another organisation.",
    "405": "The path does not take this method.",
    "409": "What is stored, or an Idempotency-Key used before, stands against it.",
    "412": "If-Match names a state that has passed.",
    "413": "The body is too large.",
    "415": "The body is of another media type than the operation takes.",
    "429": "Too many requests; Retry-After says for how many seconds.",
    "503": "The database is away or too busy; Retry-After says for how many seconds.",
}
_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Up to 255 printable ASCII characters, a UUID say. The same key and request "
    "within 24 hours is answered as the first time, and done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$"},
}
_IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the state to change; 412 when it has passed.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An ETag that was answered before; 304 while it is still the present state.",
    "schema": {"type": "string"},
}
_ETAG: dict[str, Any] = {
    "description": "Names this state of the resource, for If-Match and If-None-Match.",
    "schema": {"type": "string"},
}
_RETRY_AFTER: dict[str, Any] = {
    "description": "Seconds to wait before trying again.",
    "required": True,
    "schema": {"type": "integer", "minimum": 0},
}
_HEADERS_OF_ERRORS: dict[str, dict[str, Any]] = {
    "401": {
        "WWW-Authenticate": {
            "description": "`Bearer`",
            "required": True,
            "schema": {"type": "string"},
        }
    },
    "429": {"Retry-After": _RETRY_AFTER},
    "503": {"Retry-After": _RETRY_AFTER},
}


def describe(
    routes: Sequence[Router | HTTPRouteHandler],
    *,
    title: str,
    version: str,
    description: str,
    tags: Sequence[Tag],
    open_operations: frozenset[str],
) -> dict[str, Any]:
    """The OpenAPI document of these routes, as a JSON-ready dict with sorted paths.

    ``open_operations`` are the ids of those that need no credentials.
    """
    config = OpenAPIConfig(
        title=title,
        version=version,
        description=description,
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        tags=list(tags),
        security=[{"bearer": []}, {"cookie": []}],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http", scheme="bearer", description="An API token (`bbt_…`)."
                ),
                "cookie": SecurityScheme(
                    type="apiKey",
                    name="benchbook_login",
                    security_scheme_in="cookie",
                    description="The login cookie; requests that change something must come "
                    "from Benchbook's own origin.",
                ),
            }
        ),
    )
    app = Litestar(route_handlers=list(routes), openapi_config=config, logging_config=None)
    document: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(app.openapi_schema.to_schema())
    )
    document = _tidied(document)
    document["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
    document["paths"] = dict(sorted(document["paths"].items()))
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if operation["operationId"] in open_operations:
                operation["security"] = []
            _complete(path, method, operation)
    _forbid_unknown_fields(document)
    return document


def _tidied(node: Any) -> Any:
    """The document without choices of one, which the framework makes of fields that may be absent."""
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {name: _tidied(value) for name, value in node.items()}
    if len(node.get("oneOf", ())) == 1:
        node |= node.pop("oneOf")[0]
    return node


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say of one operation what the framework does not know."""
    is_open = operation.get("security") == []
    is_one = path.endswith(("}", "/me", "/timer", "/checks/settings", "/checks/defaults"))
    responses = operation["responses"]
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "query":
            _never_null(parameter)
    # What a handler says it raises is described as all errors are.
    wanted = {"400", "503"} | (responses.keys() & _ERRORS.keys())
    if not is_open:
        wanted |= {"401", "403"}
    if "{" in path or (path.endswith("/timer") and method != "get"):
        wanted.add("404")
    if method == "post":
        wanted |= {"409"}
        if not is_open and not path.endswith("/logout"):
            parameters.append(_IDEMPOTENCY_KEY)
    if method in ("patch", "put", "delete"):
        wanted.add("409")
        # API tokens are made and revoked, never changed; nothing runs in two states to discard.
        if is_one and "/api-tokens/" not in path and (method, path[-6:]) != ("delete", "/timer"):
            parameters.append(_IF_MATCH)
            wanted.add("412")
    if method == "get" and path.endswith("_id}"):
        parameters.append(_IF_NONE_MATCH)
        responses["304"] = {"description": "If-None-Match names the present state."}
    if body := operation.get("requestBody"):
        wanted |= {"413", "415"}
        # A form that carries a file says of itself whether it is required.
        if as_json := body["content"].get("application/json"):
            body["required"] = {"type": "null"} not in as_json["schema"].get("oneOf", [])
    if path.endswith("/login"):
        wanted |= {"401", "429"}
    if path.endswith("/events"):
        wanted.add("429")
    if method == "post" and ("201" in responses or path.endswith(("/bulk", "/batch", "/swap"))):
        # What the body names may be absent: a project, a client.
        wanted.add("404")
    if method == "post" and path.endswith("/repairs"):
        # The body names revisions.
        wanted.add("412")
    if method == "patch":
        wanted.add("404")
    for status in sorted(wanted):
        responses[status] = {
            "description": _ERRORS[status],
            "headers": _HEADERS_OF_ERRORS.get(status, {}),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    for status, answer in responses.items():
        if status in ("204", "304"):
            answer.pop("content", None)
        if is_one and method in ("get", "patch") and status in ("200", "304"):
            answer["headers"] = answer.get("headers", {}) | {"ETag": _ETAG}
        if not answer.get("headers"):
            answer.pop("headers", None)
    operation["responses"] = dict(sorted(responses.items()))
    if not parameters:
        del operation["parameters"]


def _never_null(parameter: dict[str, Any]) -> None:
    """A query parameter is absent or has a value: there is no way to send null."""
    schema = parameter["schema"]
    choices = [choice for choice in schema.pop("oneOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        schema |= choices[0]
    elif choices:
        schema["oneOf"] = choices
    for name in ("deprecated", "allowEmptyValue", "allowReserved"):
        if parameter.get(name) is False:
            del parameter[name]


def _forbid_unknown_fields(document: dict[str, Any]) -> None:
    """Whatever may be sent takes the fields that are named and no others."""
    schemas = document["components"]["schemas"]
    to_visit: list[Any] = [
        operation["requestBody"]
        for item in document["paths"].values()
        for operation in item.values()
        if "requestBody" in operation
    ]
    seen = set()
    while to_visit:
        node = to_visit.pop()
        if isinstance(node, list):
            to_visit += node
        elif isinstance(node, dict):
            to_visit += node.values()
            name = str(node.get("$ref", "")).removeprefix("#/components/schemas/")
            if name and name not in seen:
                seen.add(name)
                to_visit.append(schemas[name])
                if schemas[name].get("type") == "object":
                    schemas[name]["additionalProperties"] = False
