"""Errors over HTTP: RFC 9457 problem details, for every failure, crashes included.

The tree: a ``Problem`` knows its status, a stable ``code`` that programs may rely on, a title
that never varies and a detail that says what happened and what to do. Modules derive their own
in their ``errors.py``. Nothing internal is told to the client but the request's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import msgspec

MEDIA_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field: ``pointer`` is a JSON pointer into the body, or ``?name`` for a parameter."""

    pointer: str
    detail: str


class ProblemDetails(msgspec.Struct, omit_defaults=True, rename={"kind": "type"}):
    """What every error answers, as ``application/problem+json`` (RFC 9457)."""

    title: str
    status: int
    detail: str
    code: str
    request_id: str
    kind: str = "about:blank"
    errors: list[FieldError] | None = None


class Problem(Exception):
    """Any failure that is told to a client."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on the server"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers or {}
        self.extra = extra

    @classmethod
    def at(cls, pointer: str, detail: str) -> Self:
        """One wrong field; the sentence serves as the problem's detail, too."""
        return cls(detail, errors=[FieldError(pointer, detail)])

    def body(self, request_id: str) -> dict[str, Any]:
        """The problem as it goes over the wire."""
        problem: dict[str, Any] = {
            "type": f"urn:benchbook:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors:
            problem["errors"] = self.errors
        return problem | self.extra


class InvalidInput(Problem):
    """The request itself is wrong: a field, a parameter or the whole body."""

    status, code, title = 400, "invalid_input", "The request is not valid"


UNSTORABLE = "The text holds a character that cannot be stored (U+0000)."


class UnstorableText(InvalidInput):
    """A text holds U+0000, which PostgreSQL cannot store. Who knows the request says where."""

    def __init__(self) -> None:
        super().__init__(UNSTORABLE)


class NotAuthenticated(Problem):
    """No credentials, or ones that are not (or no longer) good."""

    status, code, title = 401, "not_authenticated", "Sign in first"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **extra)


class NotAllowed(Problem):
    """Signed in, but the role or the token's scopes do not reach that far."""

    status, code, title = 403, "not_allowed", "You may not do that"


class CrossOrigin(NotAllowed):
    """A change asked for with the cookie, but from a page of another origin."""

    code, title = "cross_origin", "The request came from another site"


class NotFound(Problem):
    """Absent, or of another organisation, which is the same."""

    status, code, title = 404, "not_found", "There is no such thing"


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""

    status, code, title = 405, "method_not_allowed", "This path does not take that method"


class Conflict(Problem):
    """What is stored stands against the request."""

    status, code, title = 409, "conflict", "The request conflicts with what is stored"


class IdempotencyKeyReused(Conflict):
    """The same key came with another request."""

    code, title = "idempotency_key_reused", "The Idempotency-Key was used for another request"


class Stale(Problem):
    """If-Match names a state that is no longer the stored one."""

    status, code, title = 412, "stale", "It was changed in the meantime"


class TooLarge(Problem):
    """The body is larger than this server takes."""

    status, code, title = 413, "too_large", "The body is too large"


class UnsupportedMediaType(Problem):
    """The body is not JSON."""

    status, code, title = 415, "unsupported_media_type", "The body is of the wrong type"


class TooManyRequests(Problem):
    """Slow down; Retry-After says for how long (seconds)."""

    status, code, title = 429, "too_many_requests", "Too many requests"

    def __init__(self, detail: str, *, retry_after_seconds: int, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)}, **extra)


class Unavailable(Problem):
    """The database is away or too busy; trying again shortly may succeed."""

    status, code, title = 503, "unavailable", "Benchbook cannot answer just now"

    def __init__(self, detail: str, *, retry_after_seconds: int = 2, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)}, **extra)


class Crash(Problem):
    """A defect of Benchbook: logged with its traceback, told without it."""

    def __init__(self) -> None:
        super().__init__(
            "This is a fault of Benchbook, not of your request. "
            "Give the request_id to whoever runs this server."
        )
