"""Turns what went wrong into one sentence for a person and one exit code for a script. Pure."""

from math import ceil

from benchbook_client import exit_codes
from benchbook_client.credentials import CredentialsFileError, NotSignedInHereError
from benchbook_client.errors import (
    BenchbookError,
    NotAllowed,
    NotSignedIn,
    Problem,
    ServerFailed,
    Stale,
    TooManyRequests,
    UnexpectedAnswer,
)


def explain(error: BaseException) -> tuple[str, int] | None:
    """Gives the sentence and the exit code of a failure, or ``None`` for one that is a bug."""
    if isinstance(error, NotSignedInHereError):
        return str(error), exit_codes.NOT_SIGNED_IN
    if isinstance(error, CredentialsFileError):
        return str(error), exit_codes.NOT_SIGNED_IN
    if isinstance(error, Problem):
        return _explain_problem(error)
    if isinstance(error, UnexpectedAnswer):
        return str(error), exit_codes.NOT_REACHABLE
    if isinstance(error, BenchbookError):
        return (
            f"{error} Check the address and your network, or try again later.",
            exit_codes.NOT_REACHABLE,
        )
    return None


def _explain_problem(problem: Problem) -> tuple[str, int]:
    if isinstance(problem, NotSignedIn):
        return (
            "The server does not accept your token (any more). Sign in again with: bb login URL",
            exit_codes.NOT_SIGNED_IN,
        )
    if isinstance(problem, TooManyRequests):
        when = "later"
        if problem.retry_after_seconds is not None:
            when = f"in {ceil(problem.retry_after_seconds)} seconds"
        return f"{_said(problem)} Try again {when}.", exit_codes.NOT_REACHABLE
    if isinstance(problem, ServerFailed):
        trace = f" Its log tells more under request {problem.request_id}." * bool(
            problem.request_id
        )
        return (
            f"The server failed: {_said(problem)} Try again later.{trace}",
            exit_codes.NOT_REACHABLE,
        )
    if isinstance(problem, Stale):
        return (
            "It was changed elsewhere in the meantime, so nothing was done: look at it again.",
            exit_codes.REFUSED,
        )
    if problem.code == "no_running_session":
        return "Nothing is running.", exit_codes.NOTHING_RUNNING
    if isinstance(problem, NotAllowed):
        return f"You are not allowed to do this: {_said(problem)}", exit_codes.REFUSED
    return _said(problem), exit_codes.REFUSED


def _said(problem: Problem) -> str:
    """Puts the problem's detail and the fields that it names into one sentence."""
    sentence = _as_sentence(str(problem))
    named = []
    for error in problem.errors:
        field, detail = error.pointer.strip("/?"), error.detail.rstrip(".")
        if not detail or detail in sentence:
            named.append(field)
        else:
            named.append(f"{field}: {detail}" if field else detail)
    named = [words for words in named if words]
    return f"{sentence[:-1]} ({'; '.join(named)})." if named else sentence


def _as_sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
