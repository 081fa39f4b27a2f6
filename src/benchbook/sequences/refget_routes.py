"""The HTTP of GA4GH refget, and of who may use it.

Refget has a specification and clients of its own, so its errors are problems but its media types,
ranges and paths are refget's. It is served beside the API at `/refget`, and below it for those who
know one address only; the OpenAPI document leaves it to GA4GH's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from litestar import Response, Router, get, patch
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody

from benchbook import __version__
from benchbook.accounts.caller import Caller
from benchbook.accounts.guard import caller_of, login_cookie_name, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import (
    ApiRequest,
    Outcome,
    etag,
    expected_revision,
    json_response,
    not_modified,
    write,
)
from benchbook.platform.problems import Problem
from benchbook.sequences import refget
from benchbook.sequences import refget_store as store
from benchbook.sequences.errors import NotAcceptable
from benchbook.sequences.refget_rules import (
    is_version_1,
    json_media_type,
    read_asked,
    sequence_media_type,
)
from benchbook.sequences.rules import digest_text
from benchbook.sequences.schemas import ChangeSequenceSettings, SequenceSettings

Answer = TypeVar("Answer")
PUBLIC_SECONDS = 3600


@get("/sequence-settings", tags=["Sequences"], summary="Read who sees sequences")
async def read_sequence_settings(request: ApiRequest) -> Response[SequenceSettings]:
    """Whether the organisation's sequences are shown to everybody by refget."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        settings, revision = await store.find_settings(tx, caller.organisation_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(settings, headers=headers)


@patch(
    "/sequence-settings",
    tags=["Sequences"],
    summary="Change who sees sequences",
    opt={"role": "admin"},
)
async def change_sequence_settings(
    request: ApiRequest, data: JSONBody[ChangeSequenceSettings]
) -> Response[SequenceSettings]:
    """With `public_refget` anybody reads **all** of the organisation's sequences, with their names
    and aliases, if they know a digest: nothing lists them. Takes the role admin."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[SequenceSettings]:
        settings, revision = await refget.change_settings(tx, caller, data, expected)
        return Outcome(settings, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "sequences"},
    route_handlers=[read_sequence_settings, change_sequence_settings],
)


# refget -----------------------------------------------------------------------------------------


async def require_caller_if_any(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """A guard: a credential must be good if there is one."""
    if _caller_is_named(connection):
        await require_caller(connection, handler)


@get(["/sequence/service-info", "/service-info"], opt={"uncompressed": True})
async def read_service_info(request: ApiRequest) -> Response[bytes]:
    """What this refget server can do."""
    media_type = _agreed(json_media_type(request.headers.get("accept")))

    async def work(caller: Caller | None) -> Response[bytes]:
        provider = await refget.read_provider(request.database, caller)
        return Response(
            msgspec.json.encode(_service_info(request, provider, media_type)),
            media_type=media_type,
            headers=_headers(caller),
        )

    return await _answered(request, work)


@get("/sequence/{identifier:str}/metadata", opt={"uncompressed": True})
async def read_metadata(request: ApiRequest, identifier: FromPath[str]) -> Response[bytes]:
    """What is known of a sequence."""
    media_type = _agreed(json_media_type(request.headers.get("accept")))

    async def work(caller: Caller | None) -> Response[bytes]:
        metadata, _ = await refget.read_metadata(request.database, caller, identifier)
        return Response(
            msgspec.json.encode(metadata), media_type=media_type, headers=_headers(caller)
        )

    return await _answered(request, work)


@get("/sequence/{identifier:str}", opt={"uncompressed": True})
async def read_letters(request: ApiRequest, identifier: FromPath[str]) -> Response[bytes]:
    """A sequence, or a part of it."""
    media_type = _agreed(sequence_media_type(request.headers.get("accept")))
    by_header = request.headers.get("range")
    start, end = request.query_params.get("start"), request.query_params.get("end")
    asked = read_asked(start, end, by_header)

    async def work(caller: Caller | None) -> Response[bytes]:
        piece = await refget.read_piece(request.database, caller, identifier, asked)
        tag = etag(digest_text(piece.entry.digest))
        headers = _headers(caller) | {
            # Said here, for the framework would add a charset of its own.
            "Content-Type": media_type,
            "ETag": tag,
            "Accept-Ranges": "none" if start is not None or end is not None else "bytes",
        }
        status = 200
        if by_header is not None:
            status = 206
            last = piece.start + len(piece.content) - 1
            headers["Content-Range"] = f"bytes {piece.start}-{last}/{piece.entry.length}"
        elif not_modified(request, tag):
            return Response(b"", status_code=304, headers=headers)
        return Response(piece.content, status_code=status, headers=headers)

    return await _answered(request, work)


def refget_router(path: str) -> Router:
    """Refget below a path."""
    return Router(
        path=path,
        guards=[require_caller_if_any],
        opt={"scope": "sequences"},
        route_handlers=[read_service_info, read_metadata, read_letters],
    )


async def _answered(
    request: ApiRequest, work: Callable[[Caller | None], Awaitable[Response[Answer]]]
) -> Response[Answer]:
    """The answer for whoever asks; problems told to everybody may be read by pages of everybody."""
    caller = caller_of(request) if _caller_is_named(request) else None
    try:
        return await work(caller)
    except Problem as problem:
        problem.headers |= {} if caller else _EVERYBODY
        raise


_EVERYBODY = {"Access-Control-Allow-Origin": "*"}


def _headers(caller: Caller | None) -> dict[str, str]:
    if caller is None:
        return _EVERYBODY | {
            "Cache-Control": f"public, max-age={PUBLIC_SECONDS}",
            "Vary": "Accept, Authorization, Cookie",
        }
    return {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}


def _caller_is_named(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    cookie = login_cookie_name(connection.app.state.settings)
    return "authorization" in connection.headers or bool(connection.cookies.get(cookie))


def _agreed(media_type: str | None) -> str:
    if media_type is None:
        raise NotAcceptable("Accept names no media type that refget answers here.")
    return media_type


def _service_info(request: ApiRequest, provider: str, media_type: str) -> dict[str, Any]:
    abilities = {
        "circular_supported": True,
        "algorithms": ["md5", "ga4gh", "trunc512"],
        "subsequence_limit": None,
        "supported_api_versions": ["1.0.0", "2.0.0"],
    }
    if is_version_1(media_type):
        return {"service": abilities}
    address = request.app.state.settings.public_url or str(request.base_url).rstrip("/")
    host = urlsplit(address).hostname or "localhost"
    return {
        "id": ".".join([*reversed(host.split(".")), "benchbook", "refget"]),
        "name": "Benchbook refget",
        "type": {"group": "org.ga4gh", "artifact": "refget", "version": "2.0.0"},
        "description": "Sequences by their digests.",
        "organization": {"name": provider, "url": address},
        "version": __version__,
        # No names of others' registries are kept that could be asked for.
        "refget": abilities | {"identifier_types": []},
    }
