"""What can go wrong with hours.

Problem
├── NotFound ── SessionNotFound, NoRunningSession, ProjectNotFound, ClientNotFound, TagNotFound,
│               ImportNotFound, RepairNotFound, TargetNotFound,
│               LockedPeriodNotFound, TimesheetNotFound, RateNotFound
├── Conflict ── NameTaken, AnotherSessionRuns, SessionRuns, StoppedTooLongAgo, FindingGone,
│               RepairNotPossible, RepairOvertaken, TargetTaken, PeriodLocked, PeriodLockedAlready,
│               PeriodNotLocked, TimesheetInAnotherState, TimerRunsInWeek, WeekSubmittedAlready,
│               RateTaken
├── NotAllowed ── ImportHoldsHoursOfOthers, OwnTimesheet
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


class SessionRuns(Conflict):
    """What is done to saved sessions cannot be done to the one that runs."""

    code, title = "session_is_running", "The session is running"


class StoppedTooLongAgo(Conflict):
    code, title = "stopped_too_long_ago", "The session was not stopped a moment ago"


class StartsBeforeRunningSession(InvalidInput):
    """The new session would start before the running one did."""

    code, title = "starts_before_running_session", "The running session started later than that"


class SessionEndsBeforeItStarts(InvalidInput):
    code, title = "session_ends_before_it_starts", "A session ends after it starts"


class SessionTooLong(InvalidInput):
    code, title = "session_too_long", "A session is at most 31 days long"


class SessionNotKept(InvalidInput):
    """The session would start in a month that this server does not keep any more."""

    code, title = "session_not_kept", "Sessions of that time are not kept any more"


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


class RateNotFound(NotFound):
    code, title = "rate_not_found", "There is no such rate"


class RateTaken(Conflict):
    """A person and project have one rate from a day on."""

    code, title = "rate_taken", "There is a rate from this day on already"


# Locked periods and timesheets ------------------------------------------------------------------


class LockedPeriodNotFound(NotFound):
    code, title = "locked_period_not_found", "There is no such locked period"


class PeriodLocked(Conflict):
    """Hours that start in a locked period do not change. ``locked`` names period and session."""

    code, title = "period_locked", "The period is locked"


class PeriodLockedAlready(Conflict):
    code, title = "period_locked_already", "The period is locked already"


class PeriodNotLocked(Conflict):
    code, title = "period_not_locked", "The period is not locked"


class TimesheetNotFound(NotFound):
    code, title = "timesheet_not_found", "There is no such timesheet"


class TimesheetInAnotherState(Conflict):
    """Only what is submitted can be approved, and so on."""

    code, title = "timesheet_in_another_state", "The week is in another state"


class TimerRunsInWeek(Conflict):
    """A week is submitted whole, so nothing that started in it may still run."""

    code, title = "timer_runs_in_week", "A session of the week is still running"


class WeekSubmittedAlready(Conflict):
    """All of the week's hours were submitted with weeks that began on another day."""

    code, title = "week_submitted_already", "The hours of the week were submitted already"


class OwnTimesheet(NotAllowed):
    """Somebody else decides about one's own hours."""

    code, title = "own_timesheet", "It is your own week"
