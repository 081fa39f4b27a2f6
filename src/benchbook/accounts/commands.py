"""What operators do with accounts on the server itself, without signing in."""

from __future__ import annotations

import asyncio
from uuid import UUID

from uuid_utils.compat import uuid7

from benchbook.accounts import store
from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.errors import ChooseOrganisation, PersonNotFound
from benchbook.accounts.rules import (
    hash_password,
    known_scopes,
    known_time_zone,
    mint_credential,
    normal_email,
    visible_text,
)
from benchbook.accounts.service import add_organisation
from benchbook.platform.database import Database


async def create_organisation_with_owner(
    database: Database, organisation: str, name: str, email: str, password: str, time_zone: str
) -> UUID:
    """Add an organisation and its owner; the organisation's id. Raises InvalidInput."""
    organisation = visible_text(organisation, "/organisation")
    name = visible_text(name, "/name")
    email = normal_email(email)
    time_zone = known_time_zone(time_zone)
    password_hash = await asyncio.to_thread(hash_password, password)
    async with database.transaction() as tx:
        caller, _ = await add_organisation(tx, organisation, name, email, password_hash, time_zone)
    return caller.organisation_id


async def create_token_for(
    owner: Database,
    app: Database,
    email: str,
    organisation: str | None,
    name: str,
    scopes: list[str] | None,
) -> str:
    """Make an API token for the person with this address, and answer its secret.

    Looks over all organisations as the owner. Raises PersonNotFound, ChooseOrganisation,
    InvalidInput.
    """
    email = normal_email(email)
    name = visible_text(name, "/name")
    scopes = known_scopes(scopes) if scopes is not None else None
    async with owner.transaction() as tx:
        people = await store.find_people_by_email(tx, email)
    if organisation is not None:
        people = [
            person
            for person in people
            if organisation in (person["organisation_name"], str(person["organisation_id"]))
        ]
    if not people:
        raise PersonNotFound(f"There is no active person with the address {email}.")
    if len(people) > 1:
        choices = ", ".join(
            f"{person['organisation_name']} ({person['organisation_id']})" for person in people
        )
        raise ChooseOrganisation(
            f"{email} belongs to several organisations; name one with --organisation: {choices}."
        )
    person = people[0]
    caller = Caller(person["organisation_id"], person["person_id"], "member", None)
    token, credential = mint_credential("token", caller.organisation_id)
    async with app.transaction(caller) as tx:
        stored = await store.insert_api_token(
            tx,
            organisation_id=caller.organisation_id,
            api_token_id=uuid7(),
            person_id=caller.person_id,
            name=name,
            token_hash=credential.token_hash,
            scopes=scopes,
            expires_at=None,
        )
        await record_event(
            tx, caller, "api_token.created", "api_token", stored.id, by="the operator's command"
        )
    return token
