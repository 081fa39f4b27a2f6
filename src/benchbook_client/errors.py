"""What can go wrong when talking to a server, as a tree that callers can catch by branch.

BenchbookError
├── NotReachable           nobody answered: refused, unknown host, line broke, bad certificate
│   └── TimedOut           the server took longer than the timeout
├── UnexpectedAnswer       an answer that is not Benchbook's (another server, a proxy's page)
└── Problem                the server said no (RFC 9457): status, code, detail, errors, request_id
    ├── Invalid            400, 413, 415, 422: the request is wrong; `errors` names the fields
    ├── NotSignedIn        401: no token, or one that is not accepted (any more)
    ├── NotAllowed         403: signed in, but the role or the token's scopes do not allow it
    ├── NotFound           404: absent, or of another organisation
    ├── Conflict           409: it does not fit what is stored
    ├── Stale              412: changed since it was read
    ├── TooManyRequests    429: try again in `retry_after_seconds`
    └── ServerFailed       5xx: not the caller's fault; `request_id` finds it in the server's log
"""

from collections.abc import Mapping
from dataclasses import dataclass


class BenchbookError(Exception):
    """Any failure of a request. Its text is a sentence for a person."""


class NotReachable(BenchbookError):
    """Nobody answered at ``url``. Whether the server did the work is unknown unless it was a read."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"No Benchbook server could be reached at {url}: {reason}.")
        self.url = url
        self.reason = reason


class TimedOut(NotReachable):
    """The server did not answer within the timeout."""


class UnexpectedAnswer(BenchbookError):
    """Something answered, but not in the words of this API. ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field. ``pointer`` is a JSON pointer into the body, or ``?name`` for a parameter."""

    pointer: str
    detail: str


class Problem(BenchbookError):
    """The server's refusal, as it was sent.

    ``code`` is stable and meant for programs, ``detail`` is meant for people, ``extensions`` holds
    members that only this kind of problem has, and ``body`` is the document as it came.
    """

    def __init__(
        self,
        *,
        status: int,
        code: str,
        title: str,
        detail: str,
        errors: tuple[FieldError, ...] = (),
        request_id: str | None = None,
        extensions: Mapping[str, object] | None = None,
        retry_after_seconds: float | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(detail or title or f"HTTP {status}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.request_id = request_id
        self.extensions = dict(extensions or {})
        self.retry_after_seconds = retry_after_seconds
        self.body = body


class Invalid(Problem):
    """400, 413, 415 or 422: the request itself is wrong; ``errors`` names the fields."""


class NotSignedIn(Problem):
    """401: no credentials, or ones that are not accepted (any more)."""


class NotAllowed(Problem):
    """403: signed in, but not allowed to do this."""


class NotFound(Problem):
    """404: absent, or of another organisation."""


class Conflict(Problem):
    """409: it does not fit what is stored."""


class Stale(Problem):
    """412: it was changed since the ``ETag`` given as ``if_match`` was read."""


class TooManyRequests(Problem):
    """429: try again in ``retry_after_seconds`` (``None`` if the server did not say)."""


class ServerFailed(Problem):
    """5xx: not the caller's fault; ``request_id`` finds it in the server's log."""


_PROBLEM_OF_STATUS: dict[int, type[Problem]] = {
    400: Invalid,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Stale,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: TooManyRequests,
}
_STANDARD_MEMBERS = {
    "type",
    "title",
    "status",
    "detail",
    "code",
    "instance",
    "request_id",
    "errors",
}


def problem_from_document(
    document: Mapping[str, object],
    *,
    status: int,
    retry_after_seconds: float | None = None,
    body: bytes = b"",
) -> Problem:
    """Builds the error of the right branch from a decoded problem document.

    Members of the wrong type are treated as absent: a broken error must not hide the error.
    """

    def text(member: str) -> str:
        value = document.get(member)
        return value if isinstance(value, str) else ""

    if status >= 500:
        problem_type: type[Problem] = ServerFailed
    else:
        problem_type = _PROBLEM_OF_STATUS.get(status, Problem)
    return problem_type(
        status=status,
        code=text("code"),
        title=text("title"),
        detail=text("detail"),
        errors=_field_errors(document.get("errors")),
        request_id=text("request_id") or None,
        extensions={k: v for k, v in document.items() if k not in _STANDARD_MEMBERS},
        retry_after_seconds=retry_after_seconds,
        body=body,
    )


def _field_errors(value: object) -> tuple[FieldError, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        FieldError(pointer=str(item.get("pointer", "")), detail=str(item.get("detail", "")))
        for item in value
        if isinstance(item, dict)
    )
