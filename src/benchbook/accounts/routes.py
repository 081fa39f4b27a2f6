"""The HTTP of accounts."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody

from benchbook.accounts import service, store
from benchbook.accounts.errors import PersonNotFound
from benchbook.accounts.guard import (
    caller_of,
    login_cookie_name,
    require_caller,
    require_own_pages,
)
from benchbook.accounts.schemas import (
    AcceptedInvitation,
    ApiTokenPage,
    AuditEventPage,
    CreatedApiToken,
    Invitation,
    InvitedPerson,
    LoginRequest,
    NewApiToken,
    NewOrganisation,
    NewPerson,
    PasswordChange,
    Person,
    PersonChange,
    PersonPage,
    ProfileChange,
    SetupState,
    SignedIn,
)
from benchbook.accounts.service import LoginPolicy, OpenedLogin
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
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.platform.settings import Settings

# As long as browsers keep one. The server decides when a login ends, and puts that off with use.
COOKIE_SECONDS = 400 * 86_400


def _policy(request: ApiRequest) -> LoginPolicy:
    settings: Settings = request.app.state.settings
    return LoginPolicy(
        settings.login_lifetime_days, settings.login_attempts, settings.login_window_seconds
    )


def _with_settings(request: ApiRequest, signed_in: SignedIn) -> SignedIn:
    settings: Settings = request.app.state.settings
    return msgspec.structs.replace(
        signed_in, modules=settings.modules, sends_email=settings.sends_email
    )


def _signed_in(request: ApiRequest, opened: OpenedLogin, status_code: int) -> Response[SignedIn]:
    settings: Settings = request.app.state.settings
    response = json_response(_with_settings(request, opened.signed_in), status_code=status_code)
    response.set_cookie(
        Cookie(
            key=login_cookie_name(settings),
            value=opened.cookie,
            path="/",
            max_age=COOKIE_SECONDS,
            secure=settings.is_https,
            httponly=True,
            samesite="lax",
        )
    )
    return response


# Before one is signed in ------------------------------------------------------------------------


@get("/setup", tags=["Setup and login"], summary="Is the first run still to come?")
async def read_setup(request: ApiRequest) -> SetupState:
    """Whether there is no organisation yet: then the first-run page is shown."""
    async with request.database.connection() as tx:
        return SetupState(needed=not await store.organisation_exists(tx))


@post("/setup", tags=["Setup and login"], summary="Create the first organisation")
async def set_up(request: ApiRequest, data: JSONBody[NewOrganisation]) -> Response[SignedIn]:
    """Create the organisation and its owner, and sign the owner in (cookie).

    Only while there is no organisation: afterwards 409 `already_set_up`.
    """
    opened = await service.set_up(request.database, data, _policy(request))
    return _signed_in(request, opened, 201)


@post("/login", tags=["Setup and login"], summary="Sign in", status_code=200)
async def sign_in(request: ApiRequest, data: JSONBody[LoginRequest]) -> Response[SignedIn]:
    """Sign in with address and password; the answer sets the login cookie.

    409 `choose_organisation` lists `organisations` when both fit several: send the chosen
    `organisation_id` along. Too many failures are answered with 429 and Retry-After.
    """
    client = request.client.host if request.client else "unknown"
    opened = await service.sign_in(request.database, data, client, _policy(request))
    return _signed_in(request, opened, 200)


@get("/invitations/{token:str}", tags=["Setup and login"], summary="Read an invitation")
async def read_invitation(request: ApiRequest, token: FromPath[str]) -> Invitation:
    """What the secret of an invitation opens; 404 once it was used or has expired."""
    async with request.database.connection() as tx:
        invitation, _, _ = await service.find_invitation(tx, token)
    return invitation


@post(
    "/invitations/{token:str}/accept",
    tags=["Setup and login"],
    summary="Accept an invitation",
    status_code=200,
)
async def accept_invitation(
    request: ApiRequest, token: FromPath[str], data: JSONBody[AcceptedInvitation]
) -> Response[SignedIn]:
    """Choose a password and be signed in (cookie)."""
    opened = await service.accept_invitation(
        request.database, token, data.password, _policy(request)
    )
    return _signed_in(request, opened, 200)


# One's own account ------------------------------------------------------------------------------


@post("/logout", tags=["Setup and login"], summary="Sign out", status_code=204)
async def sign_out(request: ApiRequest) -> Response[None]:
    """End the login that the cookie stands for. An API token is not revoked by this."""
    caller = caller_of(request)
    async with request.database.transaction(caller) as tx:
        await service.sign_out(tx, caller)
    response = Response(None, status_code=204)
    settings: Settings = request.app.state.settings
    response.set_cookie(
        Cookie(
            key=login_cookie_name(settings),
            value="",
            path="/",
            max_age=0,
            secure=settings.is_https,
            httponly=True,
            samesite="lax",
        )
    )
    return response


@get("/me", tags=["Account"], summary="Who am I?", opt={"scope": "account"})
async def read_me(request: ApiRequest) -> Response[SignedIn]:
    """The signed-in person, their organisation and role, and the modules that are switched on."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        signed_in, revision = await service.who_am_i(tx, caller)
    return json_response(_with_settings(request, signed_in), headers={"ETag": etag(revision)})


@patch("/me", tags=["Account"], summary="Change one's profile", opt={"scope": "account"})
async def change_me(request: ApiRequest, data: JSONBody[ProfileChange]) -> Response[SignedIn]:
    """Change name, time zone, locale, the first day of the week, or whether one gets e-mail.

    Invitations come by e-mail whatever `email_notifications` says.
    """
    caller = caller_of(request)
    revision = expected_revision(request)

    async def work(tx: Transaction) -> Outcome[SignedIn]:
        signed_in, now = await service.change_profile(tx, caller, data, revision)
        return Outcome(_with_settings(request, signed_in), headers={"ETag": etag(now)})

    return await write(request, caller, work)


@post(
    "/me/password",
    tags=["Account"],
    summary="Change one's password",
    status_code=204,
    opt={"scope": "account"},
)
async def change_password(request: ApiRequest, data: JSONBody[PasswordChange]) -> Response[None]:
    """Change the password and sign out everywhere else; API tokens stay good."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await service.change_password(tx, caller, data)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@post("/api-tokens", tags=["API tokens"], summary="Create a token", opt={"scope": "account"})
async def create_api_token(
    request: ApiRequest, data: JSONBody[NewApiToken]
) -> Response[CreatedApiToken]:
    """Make a token for programs. `token` is shown in this answer and never again.

    Without `scopes` it reaches as far as the person; scopes are `account`, `people` and `hours`,
    each with `:read` or `:write` (which includes reading).
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[CreatedApiToken]:
        token = await service.create_api_token(tx, caller, data)
        return Outcome(token, status_code=201)

    return await write(request, caller, work)


@get("/api-tokens", tags=["API tokens"], summary="List one's tokens", opt={"scope": "account"})
async def list_api_tokens(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ApiTokenPage:
    """The caller's own tokens, newest first, without their secrets."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await service.list_api_tokens(tx, caller, after, limit + 1)
    return ApiTokenPage(*page_of(items, limit, lambda item: [item.id]))


@delete(
    "/api-tokens/{token_id:uuid}",
    tags=["API tokens"],
    summary="Revoke a token",
    opt={"scope": "account"},
)
async def revoke_api_token(request: ApiRequest, token_id: FromPath[UUID]) -> None:
    """Revoke one of one's own tokens; it is refused from then on."""
    caller = caller_of(request)
    async with request.database.transaction(caller) as tx:
        await service.revoke_api_token(tx, caller, token_id)


# People -----------------------------------------------------------------------------------------


@get("/people", tags=["People"], summary="List people", opt={"scope": "people", "role": "manager"})
async def list_people(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> PersonPage:
    """The organisation's people by name. Takes the role manager."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[str, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await store.list_people(tx, caller.organisation_id, after=after, limit=limit + 1)
    return PersonPage(*page_of(items, limit, lambda item: [item.name, item.id]))


@post("/people", tags=["People"], summary="Add a person", opt={"scope": "people", "role": "admin"})
async def add_person(request: ApiRequest, data: JSONBody[NewPerson]) -> Response[InvitedPerson]:
    """Add somebody, with a password or by an invitation. Takes the role admin.

    Without `password` the answer holds `invitation_token`: give the person the address
    `/invitation/{invitation_token}`, where they choose a password. It is good for 14 days. Where
    this server sends e-mail, it goes to them by itself, too (`invitation_sent`).
    """
    caller = caller_of(request)
    password_hash = await service.hashed_if_given(data.password)
    sends_email = request.app.state.settings.sends_email

    async def work(tx: Transaction) -> Outcome[InvitedPerson]:
        person = await service.add_person(tx, caller, data, password_hash, sends_email=sends_email)
        headers = {"Location": f"/api/v1/people/{person.id}", "ETag": etag(1)}
        return Outcome(person, status_code=201, headers=headers)

    return await write(request, caller, work)


@get(
    "/people/{person_id:uuid}",
    tags=["People"],
    summary="Read a person",
    opt={"scope": "people", "role": "manager"},
)
async def read_person(request: ApiRequest, person_id: FromPath[UUID]) -> Response[Person]:
    """One person of the organisation. Takes the role manager."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        found = await store.find_person(tx, caller.organisation_id, person_id)
    if found is None:
        raise PersonNotFound("There is no such person in your organisation.")
    person, revision = found
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(person, headers=headers)


@patch(
    "/people/{person_id:uuid}",
    tags=["People"],
    summary="Change a person",
    opt={"scope": "people", "role": "admin"},
)
async def change_person(
    request: ApiRequest, person_id: FromPath[UUID], data: JSONBody[PersonChange]
) -> Response[Person]:
    """Change name or role, or end (`active: false`) and renew access. Takes the role admin.

    Nobody grants or touches a role above their own, and the last owner stays (409 `last_owner`).
    """
    caller = caller_of(request)
    revision = expected_revision(request)

    async def work(tx: Transaction) -> Outcome[Person]:
        person, now = await service.change_person(tx, caller, person_id, data, revision)
        return Outcome(person, headers={"ETag": etag(now)})

    return await write(request, caller, work)


@post(
    "/people/{person_id:uuid}/invitation",
    tags=["People"],
    summary="Invite a person anew",
    opt={"scope": "people", "role": "admin"},
)
async def renew_invitation(
    request: ApiRequest, person_id: FromPath[UUID]
) -> Response[InvitedPerson]:
    """A fresh invitation: for one that was lost, or a password that was forgotten.

    Where this server sends e-mail, it goes to its person by itself, too (`invitation_sent`).
    """
    caller = caller_of(request)
    sends_email = request.app.state.settings.sends_email

    async def work(tx: Transaction) -> Outcome[InvitedPerson]:
        person = await service.renew_invitation(tx, caller, person_id, sends_email=sends_email)
        return Outcome(person, status_code=201)

    return await write(request, caller, work)


@get(
    "/audit-events",
    tags=["People"],
    summary="Read the audit",
    opt={"scope": "people", "role": "admin"},
)
async def list_audit_events(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> AuditEventPage:
    """Who did what, newest first. Takes the role admin."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await store.list_audit_events(
            tx, caller.organisation_id, after=after, limit=limit + 1
        )
    return AuditEventPage(*page_of(items, limit, lambda item: [item.id]))


_OPEN = [read_setup, set_up, sign_in, read_invitation, accept_invitation]
OPEN_OPERATIONS = frozenset(handler.handler_name for handler in _OPEN)
OPEN_ROUTES = Router(path="/", guards=[require_own_pages], route_handlers=_OPEN)
ROUTES = Router(
    path="/",
    guards=[require_caller],
    route_handlers=[
        sign_out,
        read_me,
        change_me,
        change_password,
        create_api_token,
        list_api_tokens,
        revoke_api_token,
        list_people,
        add_person,
        read_person,
        change_person,
        renew_invitation,
        list_audit_events,
    ],
)
