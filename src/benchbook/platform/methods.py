"""The methods that every path takes: HEAD wherever GET is taken, and OPTIONS that names them all.

The framework answers HEAD with 405, and OPTIONS with the methods of a path's first handler alone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from litestar import Litestar


def allowed(methods: Iterable[str]) -> str:
    """The value of `Allow`: HEAD goes with GET."""
    named = set(methods)
    return ", ".join(sorted(named | {"HEAD"} if "GET" in named else named))


class EveryMethod:
    """ASGI around the API; see the module."""

    def __init__(self, api: Litestar) -> None:
        self._api: Any = api
        methods: dict[str, set[str]] = defaultdict(set)
        for route in api.routes:
            methods[route.path_format] |= route.methods
        self._allowed = {path: allowed(taken).encode() for path, taken in methods.items()}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        method = scope["method"] if scope["type"] == "http" else None
        if method == "HEAD":
            await self._answer_head(scope, receive, send)
        elif method == "OPTIONS":
            await self._answer_options(scope, receive, send)
        else:
            await self._api(scope, receive, send)

    async def _answer_head(self, scope: Any, receive: Any, send: Any) -> None:
        as_get = {**scope, "method": "GET"}
        answered = asyncio.Event()

        async def send_headers(message: Any) -> None:
            if message["type"] != "http.response.start":
                return
            # The log names the route by it.
            if "path_template" in as_get:
                scope["path_template"] = as_get["path_template"]
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            answered.set()

        async def receive_until_answered() -> Any:
            # To whatever streams a body it looks as if the client had gone: nobody reads it.
            message = asyncio.ensure_future(receive())
            told = asyncio.ensure_future(answered.wait())
            try:
                await asyncio.wait({message, told}, return_when=asyncio.FIRST_COMPLETED)
                return {"type": "http.disconnect"} if told.done() else message.result()
            finally:
                message.cancel()
                told.cancel()

        await self._api(as_get, receive_until_answered, send_headers)

    async def _answer_options(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_with_all(message: Any) -> None:
            methods = self._allowed.get(scope.get("path_template", ""))
            if message["type"] == "http.response.start" and methods:
                headers = [pair for pair in message["headers"] if pair[0].lower() != b"allow"]
                message = {**message, "headers": [*headers, (b"allow", methods)]}
            await send(message)

        await self._api(scope, receive, send_with_all)
