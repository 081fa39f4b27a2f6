"""What can go wrong with hours.

Problem
├── NotFound ── SessionNotFound, NoRunningSession, ProjectNotFound, ClientNotFound, TagNotFound
├── Conflict ── NameTaken, AnotherSessionRuns, StoppedTooLongAgo
└── InvalidInput ── StartsBeforeRunningSession, SessionEndsBeforeItStarts, SessionTooLong
"""

from __future__ import annotations

from benchbook.platform.problems import Conflict, InvalidInput, NotFound


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
