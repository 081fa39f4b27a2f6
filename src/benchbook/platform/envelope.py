"""Around every request: its id, the security headers, one log event, the metrics.

A stream of events is counted as a request until it begins, and then as an open stream: that it
lasts for an hour does not make it slow. When it ends, a second log event says how long it was.

Plain ASGI, outermost, so that it also covers static files, framework errors and crashes.
"""

from __future__ import annotations

import re
import time
from typing import Any

import structlog
from uuid_utils.compat import uuid7

from benchbook.platform.logs import get_logger
from benchbook.platform.metrics import REQUEST_SECONDS, REQUESTS_IN_PROGRESS, STREAMS_OPEN
from benchbook.platform.static import API_PATHS

_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?P<trace_id>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
EVENT_STREAM = b"text/event-stream"
API_POLICY = "default-src 'none'; frame-ancestors 'none'"

_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Download-Options": "noopen",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-XSS-Protection": "0",
}


class Envelope:
    """ASGI middleware; see the module."""

    def __init__(self, app: Any, *, hsts: bool) -> None:
        """``hsts`` tells browsers to insist on TLS; set where the public address is https."""
        self._app = app
        headers = dict(_HEADERS)
        if hsts:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._log = get_logger()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, trace_id = _identify(scope["headers"])
        scope["request_id"] = request_id
        started = time.perf_counter()
        status = 500
        is_api = scope["path"].startswith(API_PATHS)
        is_stream = False

        def account() -> dict[str, Any]:
            # The template, not the path: a path may hold what a log must not.
            route = scope.get("path_template") or ("unknown" if is_api else "static")
            seconds = time.perf_counter() - started
            if not is_stream:
                REQUESTS_IN_PROGRESS.dec()
                REQUEST_SECONDS.labels(scope["method"], route, status).observe(seconds)
            return {
                "method": scope["method"],
                "route": route,
                "status": status,
                "milliseconds": round(seconds * 1000, 2),
            }

        async def send_with_headers(message: Any) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = list(message["headers"])
                present = {name.lower() for name, _ in headers}
                headers += self._headers
                headers.append((b"x-request-id", request_id.encode()))
                if b"content-security-policy" not in present:
                    policy = API_POLICY if is_api else PAGE_POLICY
                    headers.append((b"content-security-policy", policy.encode()))
                if is_api and b"cache-control" not in present:
                    headers.append((b"cache-control", b"no-store"))
                if dict(headers).get(b"content-type", b"").startswith(EVENT_STREAM):
                    self._log.info("request", **account())
                    is_stream = True
                    STREAMS_OPEN.inc()
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        if trace_id:
            structlog.contextvars.bind_contextvars(trace_id=trace_id)
        REQUESTS_IN_PROGRESS.inc()
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            if is_stream:
                STREAMS_OPEN.dec()
                self._log.info("stream_ended", **account())
            else:
                self._log.info("request", **account())


def _identify(headers: list[tuple[bytes, bytes]]) -> tuple[str, str | None]:
    """The request's id (the client's own if it is a sane one) and its W3C trace id."""
    request_id = trace_id = None
    for name, value in headers:
        if name == b"x-request-id" and _ACCEPTABLE_ID.fullmatch(text := value.decode("latin-1")):
            request_id = text
        elif name == b"traceparent" and (
            match := _TRACEPARENT.fullmatch(value.decode("latin-1").strip())
        ):
            trace_id = match["trace_id"]
    return request_id or str(uuid7()), trace_id
