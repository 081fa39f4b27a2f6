"""What goes over the wire about hours."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.timetracking.rate_schemas import RoundingRule

Note = Annotated[str, Meta(max_length=5000, description="At most 5,000 characters.")]
SessionName = Annotated[str, Meta(max_length=500, description="At most 500 characters.")]
Tags = Annotated[list[str], Meta(max_length=100, description="Names of tags; new ones are made.")]
Duration = Annotated[
    int | str,
    Meta(
        description="Whole seconds as a number, or a text as people type it: `90` and `90m` are "
        "minutes, `1.5` and `1,5` hours, `1h30`, `1:30`, `45s`.",
    ),
]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset.")]


class Session(msgspec.Struct, kw_only=True):
    """A tracked piece of time. While it runs, `ended_at` is null and `duration_seconds` counts
    the seconds up to this answer. Instants are whole seconds in UTC."""

    id: UUID
    name: str
    note: str
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: int
    project_id: UUID | None
    tags: list[str]
    billable: bool
    person_id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class SessionPage(msgspec.Struct):
    """Sessions, newest first unless asked otherwise."""

    items: list[Session]
    next_cursor: str | None


class DayTotal(msgspec.Struct):
    """What was tracked on one local day."""

    date: date
    duration_seconds: int


class SessionTotals(msgspec.Struct, kw_only=True):
    """Sums over everything that the filters show, whatever the pages. Days are those in which
    sessions start; days without any are left out.

    Only with `amounts=true`, `billable_seconds` is the part that is billable, `amount` what it
    costs, and `unrated_seconds` the part of it that no rate counts for. `amount`,
    `unrated_seconds` and `currency` are null for whoever may not see amounts."""

    count: int
    duration_seconds: int
    billable_seconds: int | UnsetType = UNSET
    unrated_seconds: int | UnsetType | None = UNSET
    amount: str | UnsetType | None = UNSET
    currency: str | UnsetType | None = UNSET
    days: list[DayTotal]


class TimerState(msgspec.Struct):
    """What the person has running."""

    running: Session | None


class TimerStarted(msgspec.Struct):
    """The session that now runs, and the one that ended because of it."""

    running: Session
    stopped: Session | None


class TimerStopped(msgspec.Struct):
    """The session that was stopped; null when nothing ran."""

    stopped: Session | None


class StartTimer(msgspec.Struct, forbid_unknown_fields=True):
    """What to start; all of it may be left out and filled in while it runs."""

    name: SessionName = ""
    note: Note = ""
    project_id: UUID | None = None
    tags: Tags = []
    billable: bool | None = None
    started_at: Instant | None = None


class ChangeTimer(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to the running session; absent fields stay as they are, null clears."""

    name: SessionName | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET
    project_id: UUID | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    billable: bool | UnsetType = UNSET
    started_at: Instant | UnsetType = UNSET


class StopTimer(msgspec.Struct, forbid_unknown_fields=True):
    """When it ended; now, unless said."""

    ended_at: Instant | None = None


class NewSession(msgspec.Struct, forbid_unknown_fields=True):
    """A session added by hand: with its end or its duration, one of the two."""

    name: SessionName
    started_at: Instant
    ended_at: Instant | None = None
    duration: Duration | None = None
    note: Note = ""
    project_id: UUID | None = None
    tags: Tags = []
    billable: bool | None = None


class ChangeSession(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a saved session; absent fields stay as they are, null clears.

    `duration` moves the end; a changed start leaves the end where it is."""

    name: SessionName | UnsetType = UNSET
    note: Note | UnsetType | None = UNSET
    started_at: Instant | UnsetType = UNSET
    ended_at: Instant | UnsetType = UNSET
    duration: Duration | UnsetType = UNSET
    project_id: UUID | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    billable: bool | UnsetType = UNSET


# Clients, projects, tags ------------------------------------------------------------------------

CatalogueName = Annotated[
    str, Meta(min_length=1, max_length=200, description="1 to 200 characters.")
]
TagName = Annotated[str, Meta(min_length=1, max_length=50, description="1 to 50 characters.")]
Colour = Annotated[
    str, Meta(pattern="^#[0-9a-fA-F]{6}$", description="Red, green and blue, as #1c7ed6.")
]


class Client(msgspec.Struct, kw_only=True):
    """Whom projects are for."""

    id: UUID
    name: str
    archived: bool
    created_at: datetime
    updated_at: datetime


class NewClient(msgspec.Struct, forbid_unknown_fields=True):
    """A client to add; the name is used once in the organisation."""

    name: CatalogueName


class ChangeClient(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a client; absent fields stay as they are."""

    name: CatalogueName | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Project(msgspec.Struct, kw_only=True):
    """What sessions are tracked for. New sessions take `billable` from it unless they say."""

    id: UUID
    name: str
    client_id: UUID | None
    colour: str
    billable: bool
    archived: bool
    created_at: datetime
    updated_at: datetime


class NewProject(msgspec.Struct, forbid_unknown_fields=True):
    """A project to add; the name is used once for each client."""

    name: CatalogueName
    client_id: UUID | None = None
    colour: Colour = "#1c7ed6"
    billable: bool = False


class ChangeProject(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a project; absent fields stay as they are, null clears."""

    name: CatalogueName | UnsetType = UNSET
    client_id: UUID | UnsetType | None = UNSET
    colour: Colour | UnsetType = UNSET
    billable: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Tag(msgspec.Struct, kw_only=True):
    """A word that sessions are marked with."""

    id: UUID
    name: str
    created_at: datetime
    updated_at: datetime


class NewTag(msgspec.Struct, forbid_unknown_fields=True):
    """A tag to add; the name is used once in the organisation."""

    name: TagName


class ChangeTag(msgspec.Struct, forbid_unknown_fields=True):
    """A tag's new name; the sessions that carry it follow."""

    name: TagName | UnsetType = UNSET


class MergeTag(msgspec.Struct, forbid_unknown_fields=True):
    """Which tag is left."""

    into: UUID


class ClientPage(msgspec.Struct):
    items: list[Client]
    next_cursor: str | None


class ProjectPage(msgspec.Struct):
    items: list[Project]
    next_cursor: str | None


class TagPage(msgspec.Struct):
    items: list[Tag]
    next_cursor: str | None


# Reports ------------------------------------------------------------------------------------------


class ReportDay(DayTotal, kw_only=True):
    """What was tracked on one local day; `amount` is null for whoever may not see amounts."""

    billable_seconds: int
    amount: str | None


class ReportBucket(msgspec.Struct, kw_only=True):
    """One project, client, tag or person; `key` is null for what is filed under none."""

    key: str | None
    label: str
    colour: str | None
    duration_seconds: int
    billable_seconds: int
    unrated_seconds: int | None
    amount: str | None
    days: list[ReportDay]


class HoursReport(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """The hours of a period. `to` is the first day after it; days without hours are left out.

    Amounts are decimal numbers as texts. Each billable session has its amount, rounded to the
    smallest unit of the currency by itself (half a unit up); `amount` is the sum of these.
    `unrated_seconds` are billable and have no rate. Whoever may not see amounts gets null for
    `amount`, `unrated_seconds` and `currency`. `rounding` is the one of all durations and amounts;
    null: they are as tracked."""

    from_: date
    to: date
    time_zone: str
    total_seconds: int
    billable_seconds: int
    unrated_seconds: int | None
    amount: str | None
    currency: str | None
    rounding: RoundingRule | None
    days: list[ReportDay]
    buckets: list[ReportBucket]


# Changes to several sessions, and of one into another ----------------------------------------------


class BulkSet(msgspec.Struct, forbid_unknown_fields=True):
    """What to set on every one of the sessions; absent fields stay as they are, null clears.

    `add_tags` and `remove_tags` leave the other tags of each session as they are."""

    name: SessionName | UnsetType = UNSET
    note: Note | UnsetType | None = UNSET
    project_id: UUID | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    add_tags: Tags | UnsetType = UNSET
    remove_tags: Tags | UnsetType = UNSET
    billable: bool | UnsetType = UNSET


class OneOfManyChanges(msgspec.Struct, forbid_unknown_fields=True):
    """What is to become of one session: `set`, `delete` or `restore`, one of them."""

    id: UUID
    set: ChangeSession | None = None
    delete: bool = False
    restore: bool = False


class BulkChange(msgspec.Struct, forbid_unknown_fields=True):
    """Change, delete or restore up to 500 sessions.

    Either the same for all of them: `ids` with one of `set`, `delete` and `restore`. Or for each
    its own: `changes`."""

    ids: Annotated[list[UUID], Meta(min_length=1, max_length=500)] | UnsetType = UNSET
    set: BulkSet | None = None
    delete: bool = False
    restore: bool = False
    changes: Annotated[list[OneOfManyChanges], Meta(min_length=1, max_length=500)] | UnsetType = (
        UNSET
    )


class SplitSession(msgspec.Struct, forbid_unknown_fields=True):
    """Where to split: an instant between the session's start and end."""

    at: Instant


class DuplicateSession(msgspec.Struct, forbid_unknown_fields=True):
    """When the copy starts; at the same time, unless said."""

    started_at: Instant | None = None


class Sessions(msgspec.Struct):
    """Some sessions."""

    sessions: list[Session]


class ChangedSessions(msgspec.Struct):
    """The sessions as they are now and, in the same order, as they were before: what to send in
    `changes` to have them back."""

    sessions: list[Session]
    former: list[Session]


# Import and export --------------------------------------------------------------------------------


class ExportedSession(Session, kw_only=True):
    """A session with the names of what it is filed under, and what it costs: null where it is not
    billable or has no rate, and for whoever may not see amounts. `duration_seconds` is rounded
    as the export says, and `amount` that of the rounded duration."""

    project_name: str | None
    client_name: str | None
    person_name: str
    hourly_rate: str | None
    amount: str | None


class SessionExport(msgspec.Struct):
    """Everything that the filters show; `currency` is null for whoever may not see amounts."""

    rounding: RoundingRule | None
    currency: str | None
    items: list[ExportedSession]


class ImportLineError(msgspec.Struct, frozen=True):
    """A line of the file that could not be added: its number, from 1, and why."""

    line: int
    detail: str


class SessionImportSummary(msgspec.Struct, kw_only=True):
    """What became of an import. `rejected` counts all lines that could not be added."""

    id: UUID | None
    dry_run: bool
    format: Literal["toggl", "clockify", "benchbook"]
    file_name: str
    time_zone: str
    person_id: UUID
    created_at: datetime
    added: int
    duplicates: int
    rejected: int
    projects_added: int
    clients_added: int
    tags_added: int


class ImportPreviewSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that an import would add, and the line it comes from."""

    line: int
    name: str
    started_at: datetime
    ended_at: datetime
    duration_seconds: int
    project_name: str | None
    client_name: str | None
    tags: list[str]


class ImportPreview(msgspec.Struct, kw_only=True):
    """What a dry run would add: its duration and span in all, and its first 20 sessions."""

    duration_seconds: int
    first_started_at: datetime | None
    last_started_at: datetime | None
    sessions: list[ImportPreviewSession]


class SessionImport(SessionImportSummary, kw_only=True):
    """What became of an import, with the first 1,000 lines that could not be added. A dry run
    has no id, for nothing of it is kept, and alone has a preview."""

    errors: list[ImportLineError]
    preview: ImportPreview | None


class SessionImportPage(msgspec.Struct):
    """Imports, newest first."""

    items: list[SessionImportSummary]
    next_cursor: str | None
