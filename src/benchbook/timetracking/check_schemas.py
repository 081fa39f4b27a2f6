"""What goes over the wire about checks, repairs and timers that run too long."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.timetracking.schemas import Instant, Note, Session, SessionName, Tags

FindingKind = Literal["overlap", "gap", "short", "long"]
RepairKind = Literal["overlap", "gap", "short", "long", "running"]
RepairAction = Literal[
    "trim_earlier",
    "trim_later",
    "move_later",
    "split_around",
    "delete_earlier",
    "delete_later",
    "extend_previous",
    "extend_next",
    "meet",
    "fill",
    "end_at",
    "delete",
    "keep",
    "show",
]
EndReason = Literal["usual_end", "after_limit", "last_activity"]
MinimumGap = Annotated[int, Meta(ge=60, le=86400, description="60 to 86,400 seconds.")]
LongestGap = Annotated[
    int, Meta(ge=0, le=86400, description="At most 86,400 seconds; 0 looks for no gaps.")
]
ShortSession = Annotated[
    int, Meta(ge=0, le=3600, description="At most 3,600 seconds; 0 finds no session too short.")
]
LongSession = Annotated[
    int, Meta(ge=0, le=2678400, description="At most 31 days; 0 finds no session too long.")
]


class CheckedSession(Session, kw_only=True):
    """A session with its revision, which a repair asks for."""

    revision: int


class Span(msgspec.Struct, frozen=True):
    """A session's times."""

    started_at: datetime
    ended_at: datetime


class OutcomeSpan(msgspec.Struct, frozen=True):
    """A session's times after a repair; `session_id` is null for one that the repair adds."""

    session_id: UUID | None
    started_at: datetime
    ended_at: datetime


class RepairOffer(msgspec.Struct, kw_only=True):
    """A repair that fits a finding. `outcome` shows the sessions as they would be; one that is
    not among them would be in the bin. `at` is to be sent along where it is given."""

    action: RepairAction
    at: datetime | None = None
    reason: EndReason | None = None
    total_change_seconds: int
    outcome: list[OutcomeSpan]


class Finding(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """Something odd in one person's hours, and the repairs that fit it.

    `overlap`: the first of two sessions has not ended when the second one starts; `from` and `to`
    are what both cover. `gap`: between the end of the first and the start of the second nothing
    is tracked. `short` and `long`: one session. `date` is the local day of `from`."""

    kind: FindingKind
    person_id: UUID
    date: date
    from_: datetime
    to: datetime
    duration_seconds: int
    sessions: list[CheckedSession]
    repairs: list[RepairOffer]
    kept_at: datetime | None


class FindingPage(msgspec.Struct):
    """Findings, newest first."""

    items: list[Finding]
    next_cursor: str | None


class FindingTotals(msgspec.Struct):
    """How much there is to look at."""

    count: int
    overlaps: int
    gaps: int
    short: int
    long: int


class CheckSettings(msgspec.Struct, kw_only=True, frozen=True):
    """From when on something counts as odd.

    A gap is at least `minimum_gap_seconds` long and at most `longest_gap_seconds`: a longer break
    ends the working day. A session shorter than `short_session_seconds` or longer than
    `long_session_seconds` is a finding; the latter is when a running timer is asked about, and
    `notice_overnight` is whether one that ran over the night is."""

    minimum_gap_seconds: int
    longest_gap_seconds: int
    short_session_seconds: int
    long_session_seconds: int
    notice_overnight: bool


class OwnCheckSettings(msgspec.Struct, kw_only=True):
    """What is set here; null where the settings above it count."""

    minimum_gap_seconds: int | None = None
    longest_gap_seconds: int | None = None
    short_session_seconds: int | None = None
    long_session_seconds: int | None = None
    notice_overnight: bool | None = None


class CheckSettingsState(msgspec.Struct):
    """The settings that count for a person, and where they come from: the person's own before the
    organisation's before Benchbook's."""

    effective: CheckSettings
    own: OwnCheckSettings
    organisation: OwnCheckSettings
    defaults: CheckSettings


class ChangeCheckSettings(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to settings; absent fields stay as they are, null goes back to the default."""

    minimum_gap_seconds: MinimumGap | UnsetType | None = UNSET
    longest_gap_seconds: LongestGap | UnsetType | None = UNSET
    short_session_seconds: ShortSession | UnsetType | None = UNSET
    long_session_seconds: LongSession | UnsetType | None = UNSET
    notice_overnight: bool | UnsetType | None = UNSET


class SessionState(msgspec.Struct, forbid_unknown_fields=True):
    """A session and the revision that the repair was decided on."""

    id: UUID
    revision: Annotated[int, Meta(ge=1, le=2147483647)]


class DoRepair(msgspec.Struct, forbid_unknown_fields=True):
    """Which finding to repair, and how: the action of one of its offers.

    `sessions` are those of the finding, in its order. `end_at` takes `at`, and `meet` may (the
    middle of the gap, to the minute, unless said). `fill` takes what the new session is to hold."""

    kind: RepairKind
    action: RepairAction
    sessions: Annotated[list[SessionState], Meta(min_length=1, max_length=2)]
    at: Instant | None = None
    name: SessionName | None = None
    note: Note = ""
    project_id: UUID | None = None
    tags: Tags = []
    billable: bool | None = None


class RepairedSession(msgspec.Struct, kw_only=True):
    """What a repair did to one session. `former` is null for one that it added, `present` for one
    that it put in the bin (and, once undone, the other way round is true)."""

    session_id: UUID
    name: str
    former: Span | None
    present: Span | None


class Repair(msgspec.Struct, kw_only=True):
    """A repair that was carried out, and everything it changed."""

    id: UUID
    kind: RepairKind
    action: RepairAction
    person_id: UUID
    done_by: UUID
    total_change_seconds: int
    sessions: list[RepairedSession]
    created_at: datetime
    undone_at: datetime | None


class RepairPage(msgspec.Struct):
    """Repairs, newest first."""

    items: list[Repair]
    next_cursor: str | None


class SuggestedEnd(msgspec.Struct):
    """When a timer may really have ended, why that is likely, and how long it would have run."""

    reason: EndReason
    ended_at: datetime
    duration_seconds: int


class TimerCheck(msgspec.Struct, kw_only=True):
    """Whether what runs has been running for suspiciously long.

    `suspicious` is `long` or `overnight`, or null while all is well or the notice is snoozed;
    `suspicious_from` is when it will be (or has been). `ends` are sensible ends, earliest first;
    end it by the repair `end_at` of the kind `running`."""

    running: CheckedSession | None
    suspicious: Literal["long", "overnight"] | None
    suspicious_from: datetime | None
    snoozed_until: datetime | None
    limit_seconds: int
    ends: list[SuggestedEnd]


class Snooze(msgspec.Struct, forbid_unknown_fields=True):
    """For how long not to ask."""

    seconds: Annotated[int, Meta(ge=60, le=86400)] = 3600
