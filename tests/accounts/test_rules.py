"""Decisions about accounts that need no database."""

from __future__ import annotations

import contextlib
import hashlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import (
    PREFIXES,
    hash_password,
    known_time_zone,
    mint_credential,
    normal_email,
    password_fits,
    read_credential,
    well_formed_locale,
)
from benchbook.platform.problems import InvalidInput

KINDS = st.sampled_from(sorted(PREFIXES))


@given(KINDS, st.uuids())
def test_minted_credential_is_read_as_what_it_was_minted(kind: str, organisation: UUID):
    text, credential = mint_credential(kind, organisation)  # type: ignore[arg-type]
    assert read_credential(text) == credential
    assert credential.organisation_id == organisation
    assert credential.kind == kind
    assert credential.token_hash == hashlib.sha256(text.encode()).digest()


@given(KINDS, st.uuids())
def test_no_credential_is_minted_twice(kind: str, organisation: UUID):
    assert mint_credential(kind, organisation) != mint_credential(kind, organisation)  # type: ignore[arg-type]


@given(st.text() | st.builds(lambda p, t: PREFIXES[p] + t, KINDS, st.text()))
def test_reading_a_credential_never_raises(text: str):
    credential = read_credential(text)
    assert credential is None or credential.kind in PREFIXES


@given(st.uuids(), st.integers(0, 59), st.characters())
def test_changed_credential_has_another_hash(organisation: UUID, place: int, letter: str):
    text, credential = mint_credential("token", organisation)
    place = min(place, len(text) - 1)
    changed = text[:place] + letter + text[place + 1 :]
    read = read_credential(changed)
    assert changed == text or read is None or read.token_hash != credential.token_hash


@given(st.text())
def test_address_is_normal_or_refused(text: str):
    try:
        email = normal_email(text)
    except InvalidInput:
        return
    assert email == normal_email(email)
    assert email.count("@") == 1
    assert 3 <= len(email) <= 254
    assert not any(character.isspace() for character in email)


@given(st.text())
def test_zones_and_locales_are_known_or_refused(text: str):
    for read in (known_time_zone, well_formed_locale):
        with contextlib.suppress(InvalidInput):
            assert read(text) == text


@pytest.mark.parametrize("password", ["correct horse", "пароль 漢字", "x" * 1000, "a\0b"])
def test_password_fits_its_own_hash_alone(password: str):
    stored = hash_password(password)
    assert stored.startswith("$argon2id$")
    assert password not in stored
    assert password_fits(password, stored)
    assert not password_fits(password + "x", stored)
    assert not password_fits(password, "no hash")


@pytest.mark.parametrize(
    ("scopes", "asked", "granted"),
    [
        (None, "hours:write", True),
        (["hours:read"], "hours:read", True),
        (["hours:read"], "hours:write", False),
        (["hours:write"], "hours:read", True),
        (["hours:write"], "people:read", False),
        ([], "hours:read", False),
    ],
)
def test_scope_to_write_includes_reading(scopes: list[str] | None, asked: str, granted: bool):
    nobody = UUID(int=0)
    scoped = frozenset(scopes) if scopes is not None else None
    assert Caller(nobody, nobody, "owner", scoped).may(asked) is granted
