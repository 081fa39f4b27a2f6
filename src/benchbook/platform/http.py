"""What every route does the same way: strict bodies, one transaction, ETags, problems.

Routes call ``write`` (anything that changes something: retried when PostgreSQL asks for it, and
done once per Idempotency-Key) or read inside ``request.database.reading(caller)``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from typing import Any, Generic, TypeVar, cast

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from benchbook.platform.database import Context, Database, Transaction, translated
from benchbook.platform.idempotency import Answer, IdempotencyKey
from benchbook.platform.logs import get_logger
from benchbook.platform.methods import allowed
from benchbook.platform.problems import (
    MEDIA_TYPE,
    UNSTORABLE,
    Crash,
    FieldError,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Problem,
    Stale,
    TooLarge,
    Unavailable,
    UnstorableText,
    UnsupportedMediaType,
)

JSON = "application/json"
Payload = TypeVar("Payload")

_encode = msgspec.json.Encoder().encode
_PATH_IN_MESSAGE = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")
# The only letters and signs in which a number that is read leniently differs from digits, and null.
_MAY_BE_LENIENT = re.compile(rb"=[^&]*[.e%]|null")
_WHOLE_NUMBER = re.compile(r"-?\d+", re.ASCII)
_MISSING_PARAMETER = re.compile(r"Missing required query parameter '(?P<name>[^']+)'")
_PATH_STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>\d+|\.\.\.)\]")


class ApiRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded strictly into the type that its handler names."""

    @property
    def database(self) -> Database:
        return cast("Database", self.app.state.database)

    @property
    def request_id(self) -> str:
        return str(self.scope.get("request_id", ""))

    async def json(self) -> Any:
        """The body as the handler's own type.

        Litestar converts leniently ("1" for 1) and reads any media type; an API that other
        people's programs talk to should not. Raises UnsupportedMediaType and InvalidInput.
        """
        body = await self.body()
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding != "identity":
            raise UnsupportedMediaType("The body must be sent as it is, without Content-Encoding.")
        media_type = self.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type != JSON and not media_type.endswith("+json"):
            raise UnsupportedMediaType(
                f"The body must be {JSON}; this one says it is {media_type or 'of no type'}."
            )
        handler = self.scope["route_handler"]
        field = handler.parsed_data_field
        return decode_body(body, field.annotation if field else Any)


async def refuse_lenient_parameters(request: Request[Any, Any, Any]) -> None:
    """A hook before every handler: what the framework reads as something else than was written.

    The text `null` is no number, no id and no yes or no: taken for an absent parameter, it would
    silently leave a filter out. A whole number is digits: `1.0` and `1e2` are none. Raises
    InvalidInput.
    """
    sent = request.scope["query_string"].lower()
    if not _MAY_BE_LENIENT.search(sent):
        return
    handler = request.scope["route_handler"]
    signatures = [handler.parsed_fn_signature]
    signatures += [
        provided.parsed_fn_signature for provided in handler.resolve_dependencies().values()
    ]
    for field in chain.from_iterable(signature.parameters.values() for signature in signatures):
        name = getattr(field.kwarg_definition, "name", None) or field.name
        kinds = {field.annotation, *(inner.annotation for inner in field.inner_types)}
        for text in request.query_params.getall(name, []):
            if str not in kinds and text.lower() == "null":
                raise InvalidInput.at(f"?{name}", "This is null: leave the parameter out instead.")
            if int in kinds and str not in kinds and not _WHOLE_NUMBER.fullmatch(text):
                raise InvalidInput.at(f"?{name}", "This takes a whole number, in digits.")


def decode_body(body: bytes, kind: Any) -> Any:
    """``body`` as ``kind``; raises InvalidInput with a JSON pointer to what is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        pointer, detail = _pointer_and_detail(str(error))
        raise InvalidInput.at(pointer, detail) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise InvalidInput("The body is nested too deeply.") from None


def _escaped(step: str) -> str:
    """A step of a JSON pointer, as RFC 6901 writes it."""
    return step.replace("~", "~0").replace("/", "~1")


def _pointer_and_detail(message: str) -> tuple[str, str]:
    """A msgspec message ("… - at `$.create[3].name`") as a JSON pointer and a sentence."""
    match = _PATH_IN_MESSAGE.search(message)
    detail = message[: match.start()] if match else message
    steps = [
        _escaped(step["name"] or step["index"])
        for step in _PATH_STEP.finditer(match["path"] if match else "")
    ]
    if field := re.search(r"(?:unknown|required) field `([^`]+)`", detail):
        steps.append(field[1])
    return "".join(f"/{step}" for step in steps), f"{detail}."


class Outcome(Generic[Payload]):
    """What a piece of work answers: a payload (JSON bytes pass through), a status, headers."""

    def __init__(
        self,
        payload: Payload | bytes | None = None,
        *,
        status_code: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.payload = payload
        self.status_code = status_code
        self.headers = headers or {}

    def sealed(self) -> Answer:
        if self.payload is None:
            content = b""
        elif isinstance(self.payload, bytes):
            content = self.payload
        else:
            content = _encode(self.payload)
        return Answer(self.status_code, content, self.headers)


def accept_idempotency_key(request: ApiRequest) -> None:
    """For a POST that changes nothing: no answer has to be kept for its key, but it must be one.

    Raises InvalidInput for what cannot be a key.
    """
    if (key := request.headers.get("idempotency-key")) is not None:
        IdempotencyKey(key, b"")


async def write(
    request: ApiRequest,
    context: Context,
    work: Callable[[Transaction], Awaitable[Outcome[Payload]]],
    *,
    body_hash: bytes | None = None,
) -> Response[Payload]:
    """Do ``work`` in one transaction and answer its outcome.

    A POST with an Idempotency-Key is done once; ``work`` may run again from its beginning after
    a deadlock or a serialization failure, so it must do nothing outside the database.
    ``body_hash`` stands for a body that is not kept in memory.
    """
    sent_key = request.headers.get("idempotency-key") if request.method == "POST" else None
    key = None
    if sent_key is not None:
        key = IdempotencyKey(sent_key, await _request_hash(request, body_hash))
    replayed = False

    async def attempt(tx: Transaction) -> Answer:
        nonlocal replayed
        if key is None:
            return (await work(tx)).sealed()
        if kept := await key.claim(tx, context):
            replayed = True
            return kept
        answer = (await work(tx)).sealed()
        await key.keep(tx, context, answer)
        return answer

    try:
        answer = await request.database.run(context, attempt)
    except UnstorableText as problem:
        if body_hash is None and (body := await request.body()):
            problem.errors += _errors_of_nul(msgspec.json.decode(body))
        raise
    headers = answer.headers | ({"Idempotency-Replayed": "true"} if replayed else {})
    return json_response(answer.content, status_code=answer.status_code, headers=headers)


def _errors_of_nul(value: Any, pointer: str = "") -> Iterator[FieldError]:
    """The texts in a body that hold U+0000."""
    match value:
        case str() if "\0" in value:
            yield FieldError(pointer, UNSTORABLE)
        case list():
            for index, item in enumerate(value):
                yield from _errors_of_nul(item, f"{pointer}/{index}")
        case dict():
            for name, item in value.items():
                yield from _errors_of_nul(item, f"{pointer}/{_escaped(name)}")


async def _request_hash(request: ApiRequest, body_hash: bytes | None) -> bytes:
    target = f"{request.method} {request.scope['path']}?".encode()
    body = await request.body() if body_hash is None else body_hash
    return hashlib.sha256(target + request.scope["query_string"] + b"\n" + body).digest()


def json_response(
    payload: Payload | bytes, *, status_code: int = 200, headers: dict[str, str] | None = None
) -> Response[Payload]:
    """``payload`` as JSON; bytes are JSON already (PostgreSQL's or a kept answer)."""
    content = payload if isinstance(payload, bytes) else _encode(payload)
    if status_code == 204:
        return Response(cast("Payload", None), status_code=204, headers=headers)
    return Response(
        cast("Payload", content), status_code=status_code, headers=headers, media_type=JSON
    )


def etag(state: int | str) -> str:
    """The entity tag of a resource in this state: its revision, mostly."""
    return f'"{state}"'


def not_modified(request: ApiRequest, tag: str) -> bool:
    """Whether If-None-Match says that the client has this state already."""
    sent = request.headers.get("if-none-match")
    return sent is not None and (sent.strip() == "*" or tag in _tags(sent))


def expected_revision(request: ApiRequest) -> int | None:
    """The revision that If-Match asks for; None where anything will do.

    Raises Stale for a tag that no revision of ours can have.
    """
    state = expected_state(request)
    if state is None:
        return None
    if not re.fullmatch(r"\d{1,9}", state, re.ASCII):
        raise Stale("If-Match names a state that this resource never had.")
    return int(state)


def expected_state(request: ApiRequest) -> str | None:
    """What ``etag`` made the one tag in If-Match of; None where anything will do.

    Raises Stale for what is not one tag.
    """
    sent = request.headers.get("if-match")
    if sent is None or sent.strip() == "*":
        return None
    tags = _tags(sent)
    if len(tags) != 1 or not re.fullmatch(r'"[^"]*"', tags[0]):
        raise Stale("If-Match takes the one ETag that the resource was answered with.")
    return tags[0].strip('"')


def _tags(header: str) -> list[str]:
    return [part.strip().removeprefix("W/") for part in header.split(",")]


# Problems ------------------------------------------------------------------------------------


def problem_response(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """The answer that tells a problem."""
    request_id = str(request.scope.get("request_id", ""))
    return Response(
        _encode(problem.body(request_id)),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def on_exception(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Turn whatever was raised into a problem; log it where it is a defect of ours."""
    problem = as_problem(error, request)
    if isinstance(problem, Crash):
        get_logger().error("crash", exc_info=error)
    elif isinstance(problem, Unavailable):
        cause = error.__cause__ or error
        get_logger().warning("unavailable", cause=type(cause).__name__)
    return problem_response(request, problem)


def as_problem(error: Exception, request: Request[Any, Any, Any]) -> Problem:
    """The problem that an exception means."""
    if isinstance(error, asyncpg.PostgresError):
        error = translated(error)
    match error:
        case UnstorableText():
            error.errors += [
                FieldError(f"?{name}", UNSTORABLE)
                for name, text in request.query_params.multi_items()
                if "\0" in text
            ]
            return error
        case Problem():
            return error
        case ValidationException():
            return _invalid(error, request)
        case NotFoundException():
            return NotFound("There is nothing at this path.")
        case MethodNotAllowedException():
            headers = {name.lower(): value for name, value in (error.headers or {}).items()}
            methods = allowed(headers.get("allow", "").split(", "))
            return MethodNotAllowed(
                "This path does not take that method."
                + (f" It takes {methods}." if methods else ""),
                headers={"Allow": methods} if methods else {},
            )
        case HTTPException() if error.status_code == 413:
            return TooLarge("The body is larger than this server takes.")
        case HTTPException() if error.status_code < 500:
            return InvalidInput(error.detail or "The request is not valid.")
        case _:
            return Crash()


def _invalid(error: ValidationException, request: Request[Any, Any, Any]) -> Problem:
    errors = []
    for item in error.extra if isinstance(error.extra, list) else []:
        key, message = str(item.get("key", "")), str(item.get("message", ""))
        source = getattr(item.get("source"), "value", item.get("source"))
        if source == "body" or key in ("data", ""):
            return InvalidInput("The request needs a JSON body.")
        if field := request.scope["route_handler"].parsed_fn_signature.parameters.get(key):
            key = getattr(field.kwarg_definition, "name", None) or key
        pointer = f"?{key}" if source != "path" else f"/{{{key}}}"
        message = re.sub(r" - at .*$", "", message).rstrip(".")
        errors.append(FieldError(pointer, f"{message}."))
    if not errors:
        if missing := _MISSING_PARAMETER.match(error.detail or ""):
            return InvalidInput.at(f"?{missing['name']}", "This parameter is needed.")
        return InvalidInput(error.detail or "The request is not valid.")
    return InvalidInput(f"{errors[0].pointer.strip('?/{}')}: {errors[0].detail}", errors=errors)


__all__ = [
    "ApiRequest",
    "Outcome",
    "accept_idempotency_key",
    "decode_body",
    "etag",
    "expected_revision",
    "expected_state",
    "json_response",
    "not_modified",
    "on_exception",
    "refuse_lenient_parameters",
    "write",
]
