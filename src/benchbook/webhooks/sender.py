"""Sends one request to an address that people chose, and nowhere else.

The name is looked up here, its addresses are checked, and the connection is made to one of the
addresses that were checked: there is no second look-up that could answer otherwise. Redirects are
not followed, proxies of the environment not used, cookies not kept, and little is read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpcore
import httpx

from benchbook import __version__
from benchbook.platform.settings import Network
from benchbook.webhooks.rules import Address, literal_address, may_connect

TIMEOUT_SECONDS = 15
CONNECT_SECONDS = 5
MOST_ADDRESSES = 3
_READ_BYTES = 4_000
_KEPT_CHARACTERS = 1_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Answer:
    """What came of a request. ``failure`` says in a sentence why it does not count as delivered."""

    duration_ms: int
    status_code: int | None = None
    failure: str | None = None
    body: str = ""
    retry_after: timedelta | None = None


class Forbidden(httpcore.ConnectError):
    """The name leads to an address that requests must not go to."""


class Sender:
    """Sends requests. ``allowed`` are networks that may be reached though they are not public."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = allowed
        self._trust: ssl.SSLContext | None = None

    async def send(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """POST ``body``; whatever goes wrong is an answer, too."""
        started = time.perf_counter()

        def answer(**fields: Any) -> Answer:
            return Answer(round((time.perf_counter() - started) * 1000), **fields)

        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return answer(**await self._post(httpx.URL(url), headers, body))
        except Forbidden:
            return answer(failure="The name does not lead to a public address.")
        except (TimeoutError, httpcore.TimeoutException):
            return answer(failure=f"No answer within {TIMEOUT_SECONDS} seconds.")
        except httpcore.ConnectError as error:
            return answer(failure=_why_not_connected(error))
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            return answer(failure="The connection broke off before there was an answer.")
        except (httpx.InvalidURL, httpcore.UnsupportedProtocol, UnicodeError):
            return answer(failure="This is not an address.")

    async def _post(self, url: httpx.URL, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        if self._trust is None:
            self._trust = await asyncio.to_thread(httpx.create_ssl_context, trust_env=True)
        sent = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": f"Benchbook/{__version__}",
            "Accept": "*/*",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **headers,
        }
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._trust,
            network_backend=_CheckedNetwork(url.scheme, self._allowed),
            max_keepalive_connections=0,
        ) as pool:
            target = httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            )
            timeouts = {
                "connect": CONNECT_SECONDS,
                "read": TIMEOUT_SECONDS,
                "write": TIMEOUT_SECONDS,
            }
            async with pool.stream(
                "POST",
                target,
                headers=list(sent.items()),
                content=body,
                extensions={"timeout": timeouts},
            ) as response:
                text = await _beginning(response.aiter_stream())
                return {
                    "status_code": response.status,
                    "failure": _why_not_taken(response.status),
                    "body": text,
                    "retry_after": _retry_after(response.headers),
                }


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to what was checked. TLS is still told the name, and verifies it."""

    def __init__(self, scheme: str, allowed: Sequence[Network]) -> None:
        self._scheme = scheme
        self._allowed = allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as the library has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await addresses_of(host, port)
        if not all(may_connect(address, self._scheme, self._allowed) for address in addresses):
            raise Forbidden("not a public address")
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses[:MOST_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


async def addresses_of(host: str, port: int) -> list[Address]:
    """What a name leads to, each address once; raises ConnectError where it leads nowhere."""
    literal = literal_address(host)
    if literal is not None and not host.endswith("localhost"):
        return [literal]
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError("unknown name") from error
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return [ipaddress.ip_address(text) for text in texts]


async def _beginning(stream: Any) -> str:
    """The first characters of an answer; the rest is left where it is."""
    content = b""
    async for piece in stream:
        content += piece
        if len(content) >= _READ_BYTES:
            break
    text = content[:_READ_BYTES].decode("utf-8", errors="replace")
    return _CONTROL.sub("", text)[:_KEPT_CHARACTERS]


def _why_not_taken(status_code: int) -> str | None:
    if 200 <= status_code < 300:
        return None
    if 300 <= status_code < 400:
        return f"It was answered {status_code}, and redirects are not followed."
    return f"It was answered {status_code}."


def _why_not_connected(error: httpcore.ConnectError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "The server's certificate is not valid for this name."
        if isinstance(cause, ssl.SSLError):
            return "The server does not speak TLS there, or not as it should."
        if isinstance(cause, socket.gaierror):
            return "There is no server of this name."
        cause = cause.__cause__ or cause.__context__
    return "The server cannot be reached."


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> timedelta | None:
    """Whole seconds only; a date is left out of account."""
    for name, value in headers:
        if name.lower() == b"retry-after" and re.fullmatch(rb"\d{1,6}", value.strip()):
            return timedelta(seconds=int(value))
    return None
