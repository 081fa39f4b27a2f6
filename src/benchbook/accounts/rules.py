"""Decisions about accounts that need no database: credentials, passwords, addresses, zones."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import zoneinfo
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from functools import cache
from typing import Literal
from uuid import UUID

import argon2
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchbook.platform.problems import InvalidInput

CredentialKind = Literal["login", "token", "invitation", "calendar"]
PREFIXES: dict[CredentialKind, str] = {
    "login": "bbl_",
    "token": "bbt_",
    "invitation": "bbi_",
    "calendar": "bbc_",
}
SECRET_BYTES = 24
_NONCE_BYTES = 12

SCOPES = frozenset(
    f"{subject}:{verb}"
    for subject in ("account", "people", "hours", "shifts", "sequences")
    for verb in ("read", "write")
)

# OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
_LOCALE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret as it is looked up: its organisation and its hash."""

    kind: CredentialKind
    organisation_id: UUID
    token_hash: bytes


def mint_credential(kind: CredentialKind, organisation_id: UUID) -> tuple[str, Credential]:
    """A fresh secret and what is stored of it.

    The text names its organisation, so that the look-up is routed by it, and holds 192 random
    bits, for which a plain SHA-256 is hash enough.
    """
    payload = organisation_id.bytes + secrets.token_bytes(SECRET_BYTES)
    text = PREFIXES[kind] + urlsafe_b64encode(payload).decode("ascii")
    return text, Credential(kind, organisation_id, hashlib.sha256(text.encode()).digest())


def read_credential(text: str) -> Credential | None:
    """The credential in a token, cookie or invitation; None for anything else."""
    for kind, prefix in PREFIXES.items():
        if text.startswith(prefix):
            try:
                payload = urlsafe_b64decode(text.removeprefix(prefix))
            except (Base64Error, ValueError):
                return None
            if len(payload) != 16 + SECRET_BYTES:
                return None
            digest = hashlib.sha256(text.encode()).digest()
            return Credential(kind, UUID(bytes=payload[:16]), digest)
    return None


def seal_invitation(token: str, key: bytes, letter_id: UUID) -> bytes:
    """An invitation's secret as it waits to be sent: encrypted, for this letter alone."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, token.encode(), letter_id.bytes)


def unseal_invitation(sealed: bytes, key: bytes, letter_id: UUID) -> str:
    """The secret that ``seal_invitation`` was given."""
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return AESGCM(key).decrypt(nonce, text, letter_id.bytes).decode()


def hash_password(password: str) -> str:
    """The argon2id hash to store (about 20 ms and 19 MiB)."""
    return _hasher.hash(password)


def password_fits(password: str, password_hash: str) -> bool:
    """Whether the password is the one that was hashed."""
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


@cache
def nobodys_password_hash() -> str:
    """A hash that no password fits: verifying it takes as long as verifying a real one."""
    return _hasher.hash(secrets.token_urlsafe())


def normal_email(email: str, pointer: str = "/email") -> str:
    """The address as it is stored and compared: trimmed, in lower case.

    Raises InvalidInput for what cannot be an address.
    """
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email) or not 3 <= len(email) <= 254:
        raise InvalidInput.at(pointer, "This is not an e-mail address.")
    return email


def known_time_zone(name: str, pointer: str = "/time_zone") -> str:
    """``name`` if it is an IANA time zone; raises InvalidInput otherwise."""
    if name not in _time_zones():
        raise InvalidInput.at(
            pointer, f"{name[:60]!r} is not an IANA time zone such as Europe/Berlin."
        )
    return name


def well_formed_locale(name: str, pointer: str = "/locale") -> str:
    """``name`` if it has the form of a language tag (BCP 47); raises InvalidInput otherwise."""
    if not _LOCALE.fullmatch(name):
        raise InvalidInput.at(pointer, "This is not a language tag such as en-GB.")
    return name


def visible_text(text: str, pointer: str) -> str:
    """``text`` trimmed; raises InvalidInput where nothing is left."""
    text = text.strip()
    if not text:
        raise InvalidInput.at(pointer, "This must not be empty.")
    return text


def known_scopes(scopes: list[str]) -> list[str]:
    """``scopes`` sorted, each once; raises InvalidInput for one that there is not."""
    for index, scope in enumerate(scopes):
        if scope not in SCOPES:
            raise InvalidInput.at(
                f"/scopes/{index}",
                f"{scope[:60]!r} is not a scope; there are {', '.join(sorted(SCOPES))}.",
            )
    if not scopes:
        raise InvalidInput.at("/scopes", "Name at least one scope, or leave scopes out for all.")
    return sorted(set(scopes))


@cache
def _time_zones() -> frozenset[str]:
    # Two that Python finds on some machines and that stand for no place: whatever the machine is
    # set to, and "not set yet".
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "Factory"}
