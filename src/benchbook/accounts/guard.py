"""Makes a Caller of a request, before anything else of it is looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from benchbook.accounts import store
from benchbook.accounts.caller import Caller, Role
from benchbook.accounts.rules import read_credential
from benchbook.platform.database import Database
from benchbook.platform.origin import SAFE_METHODS, require_own_origin
from benchbook.platform.problems import NotAllowed, NotAuthenticated
from benchbook.platform.settings import Settings

LOGIN_COOKIE = "benchbook_login"
SECURE_LOGIN_COOKIE = "__Host-benchbook_login"
TOUCH_AFTER = timedelta(minutes=5)

Connection = ASGIConnection[Any, Any, Any, Any]


async def require_caller(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard: the request must carry a good credential that reaches this route.

    The route's ``opt`` says how far: ``scope`` (``hours``: read for safe methods, else write, unless
    ``verb`` says which) and ``role`` (the least that will do). Raises NotAuthenticated, NotAllowed, CrossOrigin.
    """
    caller = await _authenticate(connection)
    verb = "read" if connection.scope["method"] in SAFE_METHODS else "write"  # type: ignore[typeddict-item]
    verb = handler.opt.get("verb", verb)
    scope = handler.opt.get("scope")
    if scope and not caller.may(f"{scope}:{verb}"):
        raise NotAllowed(f"This API token does not have the scope {scope}:{verb}.")
    role = cast("Role | None", handler.opt.get("role"))
    if role and not caller.is_at_least(role):
        raise NotAllowed(f"This takes the role {role}; yours is {caller.role}.")
    connection.scope["user"] = caller


async def require_own_pages(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard for what needs no credential but sets one: not from another site's page.

    It waits for nothing; the framework would take a plain function to a thread.
    """
    settings: Settings = connection.app.state.settings
    require_own_origin(
        connection.scope["method"],  # type: ignore[typeddict-item]
        connection.headers,
        settings.public_url,
    )


def caller_of(request: Connection) -> Caller:
    """The caller that require_caller found."""
    return cast("Caller", request.scope["user"])


def login_cookie_name(settings: Settings) -> str:
    """Over TLS the name promises that no other host could have set the cookie."""
    return SECURE_LOGIN_COOKIE if settings.is_https else LOGIN_COOKIE


async def _authenticate(connection: Connection) -> Caller:
    state = connection.app.state
    settings, database = cast("Settings", state.settings), cast("Database", state.database)
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        kind, _, text = authorization.partition(" ")
        if kind.lower() != "bearer":
            raise NotAuthenticated("Authorization takes Bearer and an API token.")
        return await _caller_with_token(database, text.strip())
    cookie = connection.cookies.get(login_cookie_name(settings))
    if not cookie:
        raise NotAuthenticated("Sign in, or send an API token: Authorization: Bearer <token>.")
    require_own_origin(
        connection.scope["method"],  # type: ignore[typeddict-item]
        connection.headers,
        settings.public_url,
    )
    return await _caller_with_login(database, cookie, settings.login_lifetime_days)


async def _caller_with_token(database: Database, text: str) -> Caller:
    credential = read_credential(text)
    row = None
    if credential is not None and credential.kind == "token":
        async with database.connection() as tx:
            row = await store.find_api_token(tx, credential)
    if credential is None or row is None:
        raise NotAuthenticated("This API token is unknown, revoked or expired.")
    caller = Caller(
        credential.organisation_id,
        row["person_id"],
        row["role"],
        frozenset(row["scopes"]) if row["scopes"] is not None else None,
        row["time_zone"],
        api_token_id=row["api_token_id"],
    )
    if _is_old(row["last_used_at"]):
        await _touch(database, caller)
    return caller


async def _caller_with_login(database: Database, text: str, lifetime_days: int) -> Caller:
    credential = read_credential(text)
    row = None
    if credential is not None and credential.kind == "login":
        async with database.connection() as tx:
            row = await store.find_login(tx, credential)
    if credential is None or row is None:
        raise NotAuthenticated("Your sign-in has ended. Sign in again.")
    caller = Caller(
        credential.organisation_id,
        row["person_id"],
        row["role"],
        None,
        row["time_zone"],
        login_id=row["login_id"],
    )
    if _is_old(row["last_used_at"]):
        await _touch(database, caller, lifetime_days)
    return caller


def _is_old(instant: datetime | None) -> bool:
    return instant is None or datetime.now(UTC) - instant > TOUCH_AFTER


async def _touch(database: Database, caller: Caller, lifetime_days: int = 0) -> None:
    """Note the use, at most every five minutes."""
    async with database.transaction(caller) as tx:
        if caller.login_id:
            await store.touch_login(tx, caller.organisation_id, caller.login_id, lifetime_days)
        elif caller.api_token_id:
            await store.touch_api_token(tx, caller.organisation_id, caller.api_token_id)
