"""Every failure becomes one sentence and one exit code."""

import pytest

from benchbook_client import errors, exit_codes
from benchbook_client.credentials import CredentialsFileError, NotSignedInHereError
from benchbook_client.errors import problem_from_document
from benchbook_client.failures import explain


def problem(status: int, **members: object) -> errors.Problem:
    document: dict[str, object] = {"title": "T", "detail": "It went wrong.", "code": "c", **members}
    return problem_from_document(document, status=status)


@pytest.mark.parametrize(
    ("status", "branch"),
    [
        (400, errors.Invalid),
        (401, errors.NotSignedIn),
        (403, errors.NotAllowed),
        (404, errors.NotFound),
        (405, errors.Problem),
        (409, errors.Conflict),
        (412, errors.Stale),
        (413, errors.Invalid),
        (415, errors.Invalid),
        (429, errors.TooManyRequests),
        (500, errors.ServerFailed),
        (503, errors.ServerFailed),
    ],
)
def test_each_status_has_its_branch_of_the_tree(status: int, branch: type[errors.Problem]) -> None:
    assert type(problem(status)) is branch


def test_a_problem_keeps_all_that_was_said() -> None:
    caught = problem(
        409,
        code="choose_organisation",
        request_id="r-1",
        errors=[{"pointer": "/email", "detail": "is ambiguous"}, "nonsense"],
        organisations=[{"id": "1", "name": "Lab"}],
    )
    assert caught.code == "choose_organisation"
    assert caught.request_id == "r-1"
    assert caught.errors == (errors.FieldError("/email", "is ambiguous"),)
    assert caught.extensions == {"organisations": [{"id": "1", "name": "Lab"}]}
    assert str(caught) == "It went wrong."


def test_a_problem_with_members_of_wrong_types_is_still_a_problem() -> None:
    caught = problem(400, detail=7, code=None, errors="no", request_id=[])
    assert (caught.detail, caught.code, caught.errors, caught.request_id) == ("", "", (), None)
    assert str(caught) == "T"


@pytest.mark.parametrize(
    ("error", "sentence", "exit_code"),
    [
        (problem(400), "It went wrong.", exit_codes.REFUSED),
        (
            problem(400, errors=[{"pointer": "/started_at", "detail": "lies in the future."}]),
            "It went wrong (started_at: lies in the future).",
            exit_codes.REFUSED,
        ),
        (
            problem(
                400,
                detail="The month needs a year.",
                errors=[{"pointer": "?month", "detail": "The month needs a year."}],
            ),
            "The month needs a year (month).",
            exit_codes.REFUSED,
        ),
        (
            problem(401),
            "The server does not accept your token (any more). Sign in again with: bb login URL",
            exit_codes.NOT_SIGNED_IN,
        ),
        (problem(403), "You are not allowed to do this: It went wrong.", exit_codes.REFUSED),
        (problem(404, detail="Gone"), "Gone.", exit_codes.REFUSED),
        (
            problem(404, code="no_running_session"),
            "Nothing is running.",
            exit_codes.NOTHING_RUNNING,
        ),
        (
            problem_from_document({"detail": "Slow down."}, status=429, retry_after_seconds=39.2),
            "Slow down. Try again in 40 seconds.",
            exit_codes.NOT_REACHABLE,
        ),
        (
            problem(500, request_id="r-1"),
            (
                "The server failed: It went wrong. Try again later. "
                "Its log tells more under request r-1."
            ),
            exit_codes.NOT_REACHABLE,
        ),
        (
            errors.NotReachable("http://localhost:1", "nothing listens there"),
            (
                "No Benchbook server could be reached at http://localhost:1: nothing listens "
                "there. Check the address and your network, or try again later."
            ),
            exit_codes.NOT_REACHABLE,
        ),
        (
            errors.UnexpectedAnswer("Not Benchbook.", 200),
            "Not Benchbook.",
            exit_codes.NOT_REACHABLE,
        ),
        (NotSignedInHereError("Sign in."), "Sign in.", exit_codes.NOT_SIGNED_IN),
        (CredentialsFileError("Damaged."), "Damaged.", exit_codes.NOT_SIGNED_IN),
    ],
)
def test_each_failure_has_a_sentence_and_an_exit_code(
    error: Exception, sentence: str, exit_code: int
) -> None:
    assert explain(error) == (sentence, exit_code)


def test_a_stale_change_says_that_nothing_was_done() -> None:
    explained = explain(problem(412))
    assert explained is not None
    assert "nothing was done" in explained[0]
    assert explained[1] == exit_codes.REFUSED


def test_what_is_a_bug_is_not_explained_away() -> None:
    assert explain(TypeError("oops")) is None
