"""What can go wrong with hours.

Problem
├── NotFound ── SessionNotFound, NoRunningSession, ProjectNotFound, ClientNotFound, TagNotFound,
│               ImportNotFound, RepairNotFound, TargetNotFound
├── Conflict ── NameTaken, AnotherSessionRuns, StoppedTooLongAgo, FindingGone, RepairNotPossible,
│               RepairOvertaken, TargetTaken
├── NotAllowed ── ImportHoldsHoursOfOthers
└── InvalidInput ── StartsBeforeRunningSession, SessionEndsBeforeItStarts, SessionTooLong,
                    FileNotReadable, DateOrderUnclear, TooMuchForPdf
"""

from __future__ import annotations

from benchbook.platform.problems import Conflict, InvalidInput, NotAllowed, NotFound


class SessionNotFound(NotFound):
    code, title = "session_not_found", "There is no such session"


class NoRunningSession(NotFound):
    code, title = "no_running_session", "Nothing is running"


class ProjectNotFound(NotFound):
    code, title = "project_not_found", "There is no such project"


class ClientNotFound(NotFound):
    code, title = "client_not_found", "There is no such client"


class TagNotFound(NotFound):
    code, title = "tag_not_found", "There is no such tag"


class NameTaken(Conflict):
    code, title = "name_taken", "The name is taken"


class AnotherSessionRuns(Conflict):
    code, title = "another_session_runs", "Another session runs already"


class StoppedTooLongAgo(Conflict):
    code, title = "stopped_too_long_ago", "The session was not stopped a moment ago"


class StartsBeforeRunningSession(InvalidInput):
    """The new session would start before the running one did."""

    code, title = "starts_before_running_session", "The running session started later than that"


class SessionEndsBeforeItStarts(InvalidInput):
    code, title = "session_ends_before_it_starts", "A session ends after it starts"


class SessionTooLong(InvalidInput):
    code, title = "session_too_long", "A session is at most 31 days long"


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no such import"


class ImportHoldsHoursOfOthers(NotAllowed):
    """A member cannot take back an import that holds other people's sessions."""

    code, title = "import_holds_hours_of_others", "The import holds other people's hours"


class FileNotReadable(InvalidInput):
    """A file as a whole is not what it was said to be."""

    code, title = "file_not_readable", "The file cannot be read"


class DateOrderUnclear(InvalidInput):
    """Dates can be read in more than one way, and nothing says in which."""

    code, title = "date_order_unclear", "The order of day and month is not clear"


class TooMuchForPdf(InvalidInput):
    """More sessions, or more text, than one PDF takes; other formats take any number."""

    code, title = "too_much_for_pdf", "This is too much for one PDF"


# Checks, repairs and targets ----------------------------------------------------------------------


class RepairNotFound(NotFound):
    code, title = "repair_not_found", "There is no such repair"


class FindingGone(Conflict):
    """The sessions do not overlap any more, or the gap is filled."""

    code, title = "finding_gone", "What was found is no longer so"


class RepairNotPossible(Conflict):
    """The outcome would be nonsense: a session without length, or a new overlap."""

    code, title = "repair_not_possible", "This repair does not fit these sessions"


class RepairOvertaken(Conflict):
    """A session that the repair touched was changed after it."""

    code, title = "repair_overtaken", "The sessions were changed since the repair"


class TargetNotFound(NotFound):
    code, title = "target_not_found", "There is no such target"


class TargetTaken(Conflict):
    code, title = "target_taken", "There is a target from this day on already"
