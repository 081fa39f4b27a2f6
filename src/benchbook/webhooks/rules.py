"""Decisions about webhooks without I/O: signatures, secrets, when to try again, where to send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import os
import secrets
import socket
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchbook.platform.retries import Retries
from benchbook.platform.settings import Network
from benchbook.webhooks.errors import AddressNotAllowed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret of the standard begins with
SECRET_BYTES = 32
FORMER_SECRET_HOURS = 24
MOST_ATTEMPTS = 10
# 5 s, 20 s, 80 s, … up to 8 hours: within about a day.
RETRIES = Retries(timedelta(seconds=5), 4, timedelta(hours=8), MOST_ATTEMPTS)
_NONCE_BYTES = 12
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


# Signatures (https://www.standardwebhooks.com) -----------------------------------------------------


def new_secret() -> str:
    """A fresh secret: 256 random bits."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def signatures(keys: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``: one signature for each secret, with spaces between.

    ``timestamp`` is in whole seconds since 1970.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = []
    for key in keys:
        secret = base64.b64decode(key.removeprefix(SECRET_PREFIX))
        digest = hmac.new(secret, signed, hashlib.sha256).digest()
        made.append("v1," + base64.b64encode(digest).decode("ascii"))
    return " ".join(made)


def seal(secret: str, key: bytes, webhook_id: UUID) -> bytes:
    """A secret as it is stored: encrypted, for this webhook alone."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode(), webhook_id.bytes)


def unseal(sealed: bytes, key: bytes, webhook_id: UUID) -> str:
    """The secret that ``seal`` was given."""
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return AESGCM(key).decrypt(nonce, text, webhook_id.bytes).decode()


# Where to send ----------------------------------------------------------------------------------------


def checked_url(url: str, allowed: Sequence[Network], pointer: str = "/url") -> str:
    """The address as it is kept; raises AddressNotAllowed for one that cannot be sent to.

    A name is looked up whenever something is sent, and its addresses are checked then: today's
    answer says nothing about tomorrow's.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except (ValueError, UnicodeError):
        raise AddressNotAllowed.at(pointer, "This is not an address.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise AddressNotAllowed.at(pointer, "The address begins with https:// and names a host.")
    if parts.scheme == "http" and not allowed:
        raise AddressNotAllowed.at(pointer, "The address must be https://, so nobody listens in.")
    if parts.username is not None or parts.password is not None:
        raise AddressNotAllowed.at(
            pointer, "The address must not hold a user or a password: requests are signed instead."
        )
    if parts.fragment:
        raise AddressNotAllowed.at(pointer, "Leave out what follows the #: it is never sent.")
    if not url.isascii() or any(character <= " " or character == "\\" for character in url.strip()):
        raise AddressNotAllowed.at(
            pointer,
            "Write the address in ASCII without spaces: percent-encoded, names in Punycode.",
        )
    literal = literal_address(host)
    if literal is not None and not may_connect(literal, parts.scheme, allowed):
        raise AddressNotAllowed.at(pointer, NOT_PUBLIC)
    return parts.geturl()


NOT_PUBLIC = (
    "This is not a public address. Whoever runs the server can allow more with "
    "BENCHBOOK_WEBHOOK_NETWORKS."
)


def literal_address(host: str) -> Address | None:
    """The address that a host is without being looked up; None for a name.

    Also what C libraries take for one (``2130706433``, ``0x7f.1``), and ``localhost``.
    """
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def may_connect(address: Address, scheme: str, allowed: Sequence[Network]) -> bool:
    """Whether a request may go to this address.

    Public ones by https, and what the operator allows. An IPv4 address within an IPv6 one
    (mapped, 6to4, Teredo, NAT64) must be allowed as well.
    """
    if any(address in network for network in allowed):
        return True
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return may_connect(address.ipv4_mapped, scheme, allowed)
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
            return may_connect(inner, scheme, allowed)
        if address.is_site_local:
            return False
        if not all(
            _is_public(each) for each in (address.sixtofour, *(address.teredo or ())) if each
        ):
            return False
    return scheme == "https" and _is_public(address)


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
    )
