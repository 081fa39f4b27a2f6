"""Talks to a Benchbook server from Python and from the command line.

:class:`Client` is a small typed client of the HTTP API; ``bb`` (in :mod:`benchbook_client.main`)
is the person's command on top of it. Both know the API and nothing else of Benchbook: what the
contract does not promise, they do not use.

    with Client("https://benchbook.example.org", token="…") as client:
        client.start_timer("Plate 3")

The names below are loaded when they are first used, because ``bb --help`` must not pay for an
HTTP library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchbook_client.client import Answer, Client, Download, SessionFilter
    from benchbook_client.errors import (
        BenchbookError,
        Conflict,
        FieldError,
        Invalid,
        NotAllowed,
        NotFound,
        NotReachable,
        NotSignedIn,
        Problem,
        ServerFailed,
        Stale,
        TimedOut,
        TooManyRequests,
        UnexpectedAnswer,
    )
    from benchbook_client.retries import RetryPolicy
    from benchbook_client.schemas import (
        ApiToken,
        Collection,
        DayTotal,
        HoursReport,
        ImportLineError,
        ImportRecordError,
        NewApiToken,
        Organisation,
        Page,
        Person,
        Project,
        ProjectClient,
        ReportBucket,
        SequenceImport,
        Session,
        SessionImport,
        SessionTotals,
        SignedIn,
        Tag,
        TimerStarted,
        TimerState,
        TimerStopped,
    )

__all__ = [
    "Answer",
    "ApiToken",
    "BenchbookError",
    "Client",
    "Collection",
    "Conflict",
    "DayTotal",
    "Download",
    "FieldError",
    "HoursReport",
    "ImportLineError",
    "ImportRecordError",
    "Invalid",
    "NewApiToken",
    "NotAllowed",
    "NotFound",
    "NotReachable",
    "NotSignedIn",
    "Organisation",
    "Page",
    "Person",
    "Problem",
    "Project",
    "ProjectClient",
    "ReportBucket",
    "RetryPolicy",
    "SequenceImport",
    "ServerFailed",
    "Session",
    "SessionFilter",
    "SessionImport",
    "SessionTotals",
    "SignedIn",
    "Stale",
    "Tag",
    "TimedOut",
    "TimerStarted",
    "TimerState",
    "TimerStopped",
    "TooManyRequests",
    "UnexpectedAnswer",
]


def __getattr__(name: str) -> object:
    """Loads a public name from the module that defines it."""
    if name in __all__:
        for module_name in ("schemas", "errors", "retries", "client"):
            module = import_module(f"benchbook_client.{module_name}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module 'benchbook_client' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Lists the public names also before they are loaded."""
    return sorted({*globals(), *__all__})
