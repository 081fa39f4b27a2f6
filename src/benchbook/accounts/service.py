"""What people do with accounts: set up, sign in and out, invite, change roles, make tokens."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts import store
from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import RANK, Caller
from benchbook.accounts.errors import (
    AlreadySetUp,
    ApiTokenNotFound,
    ChooseOrganisation,
    InvitationNotFound,
    LastOwner,
    PersonNotFound,
    RoleTooHigh,
    TooManyLogins,
    WrongCredentials,
)
from benchbook.accounts.rules import (
    Credential,
    hash_password,
    known_scopes,
    known_time_zone,
    mint_credential,
    nobodys_password_hash,
    normal_email,
    password_fits,
    read_credential,
    seal_invitation,
    visible_text,
    well_formed_locale,
)
from benchbook.accounts.schemas import (
    ApiToken,
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
    ProfileChange,
    SignedIn,
)
from benchbook.platform.database import Database, Transaction, set_context
from benchbook.platform.problems import InvalidInput, NotAllowed, NotAuthenticated, Stale

INVITATION_DAYS = 14
# A client gets this many times the attempts that one address gets: an office shares its address.
CLIENT_FACTOR = 10

# Two at a time: hashing takes a core and 19 MiB each.
_hashing = asyncio.Semaphore(2)


@dataclass(frozen=True)
class LoginPolicy:
    """How long a sign-in lasts (days) and how many failures a window (seconds) allows."""

    lifetime_days: int
    attempts: int
    window_seconds: int


@dataclass(frozen=True)
class OpenedLogin:
    """A fresh sign-in: what to answer, and the secret for the cookie."""

    signed_in: SignedIn
    cookie: str


async def set_up(database: Database, new: NewOrganisation, policy: LoginPolicy) -> OpenedLogin:
    """Create the first organisation and its owner, and sign them in.

    Raises AlreadySetUp once there is an organisation, InvalidInput for a wrong field.
    """
    name = visible_text(new.organisation, "/organisation")
    person_name = visible_text(new.name, "/name")
    email = normal_email(new.email)
    time_zone = known_time_zone(new.time_zone)
    async with database.transaction() as tx:
        _refuse_second_setup(await store.organisation_exists(tx))
    password_hash = await _hashed(new.password)
    async with database.transaction() as tx:
        await store.lock_setup(tx)
        _refuse_second_setup(await store.organisation_exists(tx))
        caller, _ = await add_organisation(tx, name, person_name, email, password_hash, time_zone)
        return await _open_login(tx, caller, policy)


def _refuse_second_setup(exists: bool) -> None:
    if exists:
        raise AlreadySetUp("There is an organisation already: sign in, or ask to be invited.")


async def add_organisation(
    tx: Transaction,
    name: str,
    owner_name: str,
    email: str,
    password_hash: str,
    time_zone: str = "UTC",
) -> tuple[Caller, Person]:
    """Add an organisation with its owner; the transaction goes on in that owner's context."""
    caller = Caller(organisation_id=uuid7(), person_id=uuid7(), role="owner", scopes=None)
    await tx.execute(set_context(caller))
    await store.insert_organisation(tx, caller.organisation_id, name)
    person = await store.insert_person(
        tx,
        organisation_id=caller.organisation_id,
        person_id=caller.person_id,
        name=owner_name,
        email=email,
        role="owner",
        password_hash=password_hash,
        time_zone=time_zone,
    )
    await record_event(tx, caller, "organisation.created", "organisation", caller.organisation_id)
    return caller, person


async def sign_in(
    database: Database, request: LoginRequest, client: str, policy: LoginPolicy
) -> OpenedLogin:
    """Check address and password and open a login.

    Raises WrongCredentials, TooManyLogins, or ChooseOrganisation when both fit several.
    """
    email = request.email.strip().lower()
    async with database.transaction() as tx:
        secret = await store.server_secret(tx, "login_failures")
        of_address = _subject(secret, f"address:{email}")
        of_client = _subject(secret, f"client:{client}")
        attempts = await store.count_login_attempt(
            tx, [of_address, of_client], policy.window_seconds
        )
        accounts = await store.find_accounts(tx, email)
    for subject, limit in (
        (of_address, policy.attempts),
        (of_client, policy.attempts * CLIENT_FACTOR),
    ):
        made, seconds_left = attempts[subject]
        if made > limit:
            raise TooManyLogins(
                f"Too many attempts to sign in. Try again in {seconds_left} seconds.",
                retry_after_seconds=seconds_left,
            )
    if not accounts:
        await _fits(request.password, nobodys_password_hash())
    fitting = [
        account for account in accounts if await _fits(request.password, account["password_hash"])
    ]
    if request.organisation_id is not None:
        fitting = [
            account for account in fitting if account["organisation_id"] == request.organisation_id
        ]
    if not fitting:
        raise WrongCredentials("The e-mail address or the password is wrong.")
    async with database.transaction() as tx:
        await store.forget_login_attempts(tx, [of_address, of_client])
        if len(fitting) > 1:
            choices = [
                {"id": str(account["organisation_id"]), "name": account["organisation_name"]}
                for account in fitting
            ]
            problem = ChooseOrganisation(
                "This address belongs to several organisations: send organisation_id.",
                organisations=choices,
            )
        else:
            account = fitting[0]
            caller = Caller(account["organisation_id"], account["person_id"], "member", None)
            await tx.execute(set_context(caller))
            return await _open_login(tx, caller, policy)
    raise problem


def _subject(secret: bytes, text: str) -> bytes:
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()


async def _open_login(tx: Transaction, caller: Caller, policy: LoginPolicy) -> OpenedLogin:
    cookie, credential = mint_credential("login", caller.organisation_id)
    await store.insert_login(
        tx,
        organisation_id=caller.organisation_id,
        login_id=uuid7(),
        person_id=caller.person_id,
        token_hash=credential.token_hash,
        lifetime_days=policy.lifetime_days,
    )
    await record_event(tx, caller, "person.signed_in", "person", caller.person_id)
    signed_in, _ = await who_am_i(tx, caller)
    return OpenedLogin(signed_in, cookie)


async def sign_out(tx: Transaction, caller: Caller) -> None:
    """End the login that the request came with."""
    if caller.login_id:
        await store.delete_login(tx, caller.organisation_id, caller.login_id)


async def who_am_i(tx: Transaction, caller: Caller) -> tuple[SignedIn, int]:
    """The caller's person and organisation, and the person's revision."""
    found = await store.find_person(tx, caller.organisation_id, caller.person_id)
    if found is None:
        raise NotAuthenticated("Your account is no longer there.")
    person, revision = found
    organisation = await store.find_organisation(tx, caller.organisation_id)
    # What is switched on is the server's business: the routes say it.
    return SignedIn(person, organisation, person.role, modules=(), sends_email=False), revision


async def change_profile(
    tx: Transaction, caller: Caller, change: ProfileChange, expected_revision: int | None
) -> tuple[SignedIn, int]:
    """Change what people may change of themselves; raises Stale, InvalidInput."""
    changes = _set_fields(change)
    if "name" in changes:
        changes["name"] = visible_text(changes["name"], "/name")
    if "time_zone" in changes:
        known_time_zone(changes["time_zone"])
    if "locale" in changes:
        well_formed_locale(changes["locale"])
    await _update(tx, caller, caller.person_id, changes, expected_revision)
    if changes:
        await record_event(
            tx, caller, "person.changed", "person", caller.person_id, fields=sorted(changes)
        )
    return await who_am_i(tx, caller)


async def change_password(tx: Transaction, caller: Caller, change: PasswordChange) -> None:
    """Change one's own password and sign out everywhere else.

    Raises InvalidInput when the present password is not the one given.
    """
    found = await store.find_person(tx, caller.organisation_id, caller.person_id)
    assert found
    accounts = await store.find_accounts(tx, found[0].email)
    mine = [account for account in accounts if account["person_id"] == caller.person_id]
    if not mine or not await _fits(change.current_password, mine[0]["password_hash"]):
        raise InvalidInput.at("/current_password", "This is not your present password.")
    password_hash = await _hashed(change.new_password)
    await store.update_person(
        tx, caller.organisation_id, caller.person_id, {"password_hash": password_hash}
    )
    await store.delete_logins_of(tx, caller.organisation_id, caller.person_id, but=caller.login_id)
    await record_event(tx, caller, "person.password_changed", "person", caller.person_id)


# People ---------------------------------------------------------------------------------------


async def add_person(
    tx: Transaction,
    caller: Caller,
    new: NewPerson,
    password_hash: str | None,
    *,
    sends_email: bool = False,
) -> InvitedPerson:
    """Add somebody: with a password they can sign in at once, without one they are invited.

    The invitation goes to them by e-mail as well, where this server ``sends_email``.
    Raises EmailTaken, RoleTooHigh, InvalidInput.
    """
    _require_reach(caller, new.role)
    name = visible_text(new.name, "/name")
    email = normal_email(new.email)
    time_zone = known_time_zone(new.time_zone) if new.time_zone else None
    if time_zone is None:
        found = await store.find_person(tx, caller.organisation_id, caller.person_id)
        time_zone = found[0].time_zone if found else "UTC"
    person = await store.insert_person(
        tx,
        organisation_id=caller.organisation_id,
        person_id=uuid7(),
        name=name,
        email=email,
        role=new.role,
        password_hash=password_hash,
        time_zone=time_zone,
    )
    token = None
    if password_hash is None:
        token = await _invite(tx, caller, person.id, sends_email=sends_email)
    await record_event(tx, caller, "person.added", "person", person.id, role=person.role)
    return InvitedPerson(
        **structs.asdict(person),
        invitation_token=token,
        invitation_sent=token is not None and sends_email,
    )


async def renew_invitation(
    tx: Transaction, caller: Caller, person_id: UUID, *, sends_email: bool = False
) -> InvitedPerson:
    """A fresh invitation for somebody, in the place of an earlier one.

    It lets them choose a new password, so it serves who forgot theirs, too.
    Raises PersonNotFound, RoleTooHigh.
    """
    found = await store.find_person(tx, caller.organisation_id, person_id)
    if found is None:
        raise PersonNotFound("There is no such person in your organisation.")
    person = found[0]
    _require_reach(caller, person.role)
    token = await _invite(tx, caller, person.id, sends_email=sends_email)
    await record_event(tx, caller, "person.invited", "person", person.id)
    return InvitedPerson(
        **structs.asdict(person), invitation_token=token, invitation_sent=sends_email
    )


async def _invite(tx: Transaction, caller: Caller, person_id: UUID, *, sends_email: bool) -> str:
    token, credential = mint_credential("invitation", caller.organisation_id)
    await store.insert_invitation(
        tx,
        organisation_id=caller.organisation_id,
        invitation_id=uuid7(),
        person_id=person_id,
        token_hash=credential.token_hash,
        lifetime_days=INVITATION_DAYS,
    )
    if sends_email:
        letter_id = uuid7()
        key = await store.server_secret(tx, "letters")
        await store.replace_invitation_letter(
            tx,
            organisation_id=caller.organisation_id,
            letter_id=letter_id,
            person_id=person_id,
            sealed_secret=seal_invitation(token, key, letter_id),
        )
    return token


async def change_person(
    tx: Transaction,
    caller: Caller,
    person_id: UUID,
    change: PersonChange,
    expected_revision: int | None,
) -> tuple[Person, int]:
    """Change somebody's name or role, or whether they may sign in.

    Raises PersonNotFound, RoleTooHigh, LastOwner, Stale.
    """
    await store.lock_organisation(tx, caller.organisation_id)
    found = await store.find_person(tx, caller.organisation_id, person_id)
    if found is None:
        raise PersonNotFound("There is no such person in your organisation.")
    before = found[0]
    _require_reach(caller, before.role)
    changes = _set_fields(change)
    if "name" in changes:
        changes["name"] = visible_text(changes["name"], "/name")
    if "role" in changes:
        _require_reach(caller, changes["role"])
    if "active" in changes:
        active = changes.pop("active")
        if active != before.active:
            changes["deactivated_at"] = None if active else datetime.now(UTC)
    person, revision = await _update(tx, caller, person_id, changes, expected_revision)
    if await store.count_owners(tx, caller.organisation_id) == 0:
        raise LastOwner("This is the last owner: make somebody else an owner first.")
    if before.active and not person.active:
        await store.delete_logins_of(tx, caller.organisation_id, person_id)
    if changes:
        await record_event(
            tx, caller, "person.changed", "person", person_id, fields=sorted(changes)
        )
    return person, revision


async def _update(
    tx: Transaction,
    caller: Caller,
    person_id: UUID,
    changes: dict[str, Any],
    expected_revision: int | None,
) -> tuple[Person, int]:
    if changes:
        updated = await store.update_person(
            tx,
            caller.organisation_id,
            person_id,
            changes,
            expected_revision=expected_revision,
        )
    else:
        updated = await store.find_person(tx, caller.organisation_id, person_id)
        if updated and expected_revision not in (None, updated[1]):
            updated = None
    if updated is None:
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    return updated


def _require_reach(caller: Caller, role: str) -> None:
    if RANK[role] > RANK[caller.role]:  # type: ignore[index]  # a role, by its schema
        raise RoleTooHigh(f"As {caller.role} you cannot grant, change or take away {role}.")


def _set_fields(change: ProfileChange | PersonChange) -> dict[str, Any]:
    return {field: value for field, value in structs.asdict(change).items() if value is not UNSET}


async def find_invitation(tx: Transaction, token: str) -> tuple[Invitation, Credential, UUID]:
    """What an invitation's secret opens; raises InvitationNotFound."""
    credential = read_credential(token)
    row = None
    if credential is not None and credential.kind == "invitation":
        row = await store.find_invitation(tx, credential)
    if credential is None or row is None:
        raise InvitationNotFound(
            "This invitation was used, has expired or was replaced by a newer one. "
            "Ask for a new one."
        )
    invitation = Invitation(row["organisation_name"], row["name"], row["email"])
    return invitation, credential, row["person_id"]


async def accept_invitation(
    database: Database, token: str, password: str, policy: LoginPolicy
) -> OpenedLogin:
    """Give the invited person a password and sign them in; raises InvitationNotFound."""
    async with database.transaction() as tx:
        _, credential, person_id = await find_invitation(tx, token)
    password_hash = await _hashed(password)
    caller = Caller(credential.organisation_id, person_id, "member", None)
    async with database.transaction(caller) as tx:
        if not await store.delete_invitation(tx, caller.organisation_id, credential.token_hash):
            raise InvitationNotFound("This invitation was used in this moment.")
        await store.update_person(
            tx, caller.organisation_id, person_id, {"password_hash": password_hash}
        )
        await store.delete_logins_of(tx, caller.organisation_id, person_id)
        await record_event(tx, caller, "invitation.accepted", "person", person_id)
        return await _open_login(tx, caller, policy)


# API tokens -----------------------------------------------------------------------------------


async def create_api_token(tx: Transaction, caller: Caller, new: NewApiToken) -> CreatedApiToken:
    """Make a token for the caller's programs.

    Raises NotAllowed when it would reach further than the caller's own credential, InvalidInput.
    """
    name = visible_text(new.name, "/name")
    scopes = known_scopes(new.scopes) if new.scopes is not None else None
    if caller.scopes is not None and (
        scopes is None or not all(caller.may(scope) for scope in scopes)
    ):
        raise NotAllowed("A token cannot make another one that reaches further than itself.")
    if new.expires_at is not None:
        if new.expires_at.tzinfo is None:
            raise InvalidInput.at("/expires_at", "The instant needs an offset, such as Z.")
        try:
            new.expires_at.astimezone(UTC)
        except OverflowError:
            raise InvalidInput.at("/expires_at", "This is too far away.") from None
        if new.expires_at <= datetime.now(UTC):
            raise InvalidInput.at("/expires_at", "This is in the past.")
    if caller.api_token_id is not None:
        ends = await store.api_token_expiry(tx, caller.organisation_id, caller.api_token_id)
        if ends is not None and (new.expires_at is None or new.expires_at > ends):
            raise NotAllowed("A token cannot make another one that is good for longer than itself.")
    token, credential = mint_credential("token", caller.organisation_id)
    stored = await store.insert_api_token(
        tx,
        organisation_id=caller.organisation_id,
        api_token_id=uuid7(),
        person_id=caller.person_id,
        name=name,
        token_hash=credential.token_hash,
        scopes=scopes,
        expires_at=new.expires_at,
    )
    await record_event(tx, caller, "api_token.created", "api_token", stored.id)
    return CreatedApiToken(**structs.asdict(stored), token=token)


async def revoke_api_token(tx: Transaction, caller: Caller, api_token_id: UUID) -> None:
    """Revoke one of the caller's own tokens; raises ApiTokenNotFound."""
    if not await store.delete_api_token(tx, caller.organisation_id, caller.person_id, api_token_id):
        raise ApiTokenNotFound("You have no such API token.")
    await record_event(tx, caller, "api_token.revoked", "api_token", api_token_id)


async def list_api_tokens(
    tx: Transaction, caller: Caller, after: UUID | None, limit: int
) -> list[ApiToken]:
    """The caller's own tokens, newest first."""
    return await store.list_api_tokens(
        tx, caller.organisation_id, caller.person_id, after=after, limit=limit
    )


# Hashing ----------------------------------------------------------------------------------------


async def hashed_if_given(password: str | None) -> str | None:
    """The hash of a password that may be left out."""
    return None if password is None else await _hashed(password)


async def _hashed(password: str) -> str:
    async with _hashing:
        return await asyncio.to_thread(hash_password, password)


async def _fits(password: str, password_hash: str) -> bool:
    async with _hashing:
        return await asyncio.to_thread(password_fits, password, password_hash)
