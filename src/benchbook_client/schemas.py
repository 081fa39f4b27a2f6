"""What comes over the wire, as types.

Members that a newer server adds are ignored, so that an older client goes on working. Ids are
UUIDs as text, instants are aware and in UTC, durations are whole seconds.
"""

from datetime import date, datetime
from typing import Generic, TypeVar

from msgspec import Raw, Struct

Item = TypeVar("Item")


class Person(Struct, frozen=True, kw_only=True):
    """Somebody in an organisation. ``time_zone`` is an IANA name."""

    id: str
    name: str
    email: str
    role: str
    time_zone: str = "UTC"
    locale: str = "en-GB"
    week_start: str = "monday"


class Organisation(Struct, frozen=True, kw_only=True):
    """A lab, a firm or one freelancer: what nobody sees across."""

    id: str
    name: str


class SignedIn(Struct, frozen=True, kw_only=True):
    """Who the credentials belong to, and in which organisation and role."""

    person: Person
    organisation: Organisation
    role: str


class ApiToken(Struct, frozen=True, kw_only=True):
    """An API token without its secret. No ``scopes`` means all that its person may do."""

    id: str
    name: str
    created_at: datetime
    scopes: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class NewApiToken(ApiToken, frozen=True, kw_only=True):
    """A token just created: the only answer that carries the secret, ``token``."""

    token: str


class Session(Struct, frozen=True, kw_only=True):
    """A tracked piece of time. While it runs, ``ended_at`` is ``None``.

    ``duration_seconds`` of a running session is the time elapsed when the server answered.
    ``deleted_at`` is set while it lies in the bin.
    """

    id: str
    name: str
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: int
    person_id: str
    project_id: str | None = None
    tags: tuple[str, ...] = ()
    billable: bool = False
    note: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


class TimerState(Struct, frozen=True, kw_only=True):
    """The session that is running, if one is."""

    running: Session | None


class TimerStarted(Struct, frozen=True, kw_only=True):
    """The session that runs now, and the one that ended at its start, if one was running."""

    running: Session
    stopped: Session | None = None


class TimerStopped(Struct, frozen=True, kw_only=True):
    """The session that was ended and saved; ``None`` if nothing was running."""

    stopped: Session | None


class DayTotal(Struct, frozen=True, kw_only=True):
    """The seconds of the sessions that start on one local day."""

    date: date
    duration_seconds: int


class SessionTotals(Struct, frozen=True, kw_only=True):
    """Sums over all sessions of a filter, independent of paging."""

    count: int
    duration_seconds: int
    days: tuple[DayTotal, ...]


class Project(Struct, frozen=True, kw_only=True):
    """What sessions are tracked for."""

    id: str
    name: str
    client_id: str | None = None
    colour: str = ""
    billable: bool = False
    archived: bool = False


class ProjectClient(Struct, frozen=True, kw_only=True):
    """Whom projects are for."""

    id: str
    name: str
    archived: bool = False


class Employee(Struct, frozen=True, kw_only=True):
    """Somebody who can be on duty."""

    id: str
    first_name: str
    last_name: str
    person_id: str | None = None


class Shift(Struct, frozen=True, kw_only=True):
    """When an employee is on duty."""

    id: str
    employee_id: str
    starts_at: datetime
    ends_at: datetime
    break_minutes: int = 0
    position: str | None = None
    location_id: str | None = None
    note: str | None = None
    published: bool = True


class Tag(Struct, frozen=True, kw_only=True):
    """A word that sessions are marked with."""

    id: str
    name: str


class ReportBucket(Struct, frozen=True, kw_only=True):
    """One project, client, tag or person; ``key`` is ``None`` for what is filed under none."""

    key: str | None
    label: str
    duration_seconds: int
    days: tuple[DayTotal, ...] = ()


class HoursReport(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The hours of a period: ``from_`` is its first day, ``to`` the first day after it."""

    from_: date
    to: date
    total_seconds: int
    days: tuple[DayTotal, ...] = ()
    buckets: tuple[ReportBucket, ...] = ()


class ImportLineError(Struct, frozen=True, kw_only=True):
    """A line of a file that could not be added: its number, from 1, and why."""

    line: int
    detail: str


class SessionImport(Struct, frozen=True, kw_only=True):
    """What became of an import; a dry run has no id. ``errors`` are the first of ``rejected``."""

    id: str | None
    added: int
    duplicates: int
    rejected: int
    errors: tuple[ImportLineError, ...] = ()
    projects_added: int = 0
    clients_added: int = 0
    tags_added: int = 0


class Collection(Struct, frozen=True, kw_only=True):
    """A set of sequences."""

    id: str
    name: str
    sequence_count: int
    is_default: bool = False


class FoundSequence(Struct, frozen=True, kw_only=True):
    """What a hit says of its sequence; there is more in the answer."""

    id: str
    name: str
    length: int
    digest: str


class SearchHit(Struct, frozen=True, kw_only=True):
    """A place where a query was found; ``start`` and ``end`` are 0-based and half-open."""

    sequence: FoundSequence
    distance: int
    strand: str
    start: int
    end: int
    cigar: str


class SearchPage(Struct, frozen=True, kw_only=True):
    """A page of hits, which stay the JSON that they came as.

    ``truncated`` without a ``next_cursor`` says that time was up before everything was read.
    """

    items: tuple[Raw, ...]
    next_cursor: str | None
    truncated: bool
    strategy: str
    took_ms: float


class ImportRecordError(Struct, frozen=True, kw_only=True):
    """A record of a file that was not added: the line it begins on, its name, and why."""

    line: int
    name: str
    detail: str


class SequenceImport(Struct, frozen=True, kw_only=True):
    """An import of a file of sequences: how far it is, or what became of it.

    ``status`` is ``running``, ``done``, ``failed`` (``failure`` says why) or ``cancelled``;
    ``errors`` are the first of ``rejected``.
    """

    id: str
    status: str
    records_read: int
    added: int
    duplicates: int
    rejected: int
    bytes_read: int
    bytes_total: int
    failure: str | None = None
    errors: tuple[ImportRecordError, ...] = ()


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """One page of a list; ``next_cursor`` is ``None`` on the last one."""

    items: tuple[Item, ...]
    next_cursor: str | None = None


class UnreadPage(Struct, frozen=True, kw_only=True):
    """One page whose items stay the JSON that they came as."""

    items: tuple[Raw, ...]
    next_cursor: str | None = None
