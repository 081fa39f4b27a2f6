"""A typed client of the HTTP API: one method an operation, errors as exceptions, safe retries."""

import contextlib
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import NoneType
from typing import BinaryIO, Generic, Literal, Self, TypeVar

import httpx
import msgspec

from benchbook_client.addresses import origin_of, server_url
from benchbook_client.errors import (
    NotReachable,
    Problem,
    ServerFailed,
    TimedOut,
    TooManyRequests,
    UnexpectedAnswer,
    problem_from_document,
)
from benchbook_client.retries import (
    NEVER_AGAIN,
    RetryPolicy,
    retry_after_seconds,
)
from benchbook_client.schemas import (
    ApiToken,
    Collection,
    Employee,
    HoursReport,
    NewApiToken,
    Page,
    Project,
    ProjectClient,
    SearchPage,
    SequenceImport,
    Session,
    SessionImport,
    SessionTotals,
    Shift,
    SignedIn,
    Tag,
    TimerStarted,
    TimerState,
    TimerStopped,
)
from benchbook_client.version import version

Data = TypeVar("Data")
Unset = msgspec.UnsetType
UNSET = msgspec.UNSET
CONNECT_TIMEOUT_SECONDS = 5.0
LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Answer(Generic[Data]):
    """What the server answered: ``data`` as a type, and the rest of what a caller may need.

    ``body`` is the document exactly as it came (empty for 204); ``etag`` goes into ``if_match``
    of a later change.
    """

    data: Data
    status: int
    body: bytes
    etag: str | None
    request_id: str | None


ExportFormat = Literal["csv", "xlsx", "json", "pdf"]
SearchMode = Literal["whole", "within"]
SearchStrand = Literal["forward", "reverse", "both"]
SequenceFormat = Literal["fasta", "csv", "genbank"]
HitFormat = Literal["fasta", "csv", "genbank", "outfmt6"]
ImportFormat = Literal["toggl", "clockify", "benchbook"]
Period = Literal["day", "week", "month", "year"]
Grouping = Literal["project", "client", "tag", "person", "none"]


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way: iterate over ``pieces`` for its bytes, in order.

    Iterating raises NotReachable if the connection breaks off before the end.
    """

    media_type: str
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilter:
    """Which saved sessions are meant. What is ``None`` does not restrict.

    ``starts_from`` and ``starts_before`` are half-open: instants, or local days in ``time_zone``
    (an IANA name; the person's own if ``None``). ``month`` needs ``year``.
    """

    year: int | None = None
    month: int | None = None
    starts_from: date | datetime | None = None
    starts_before: date | datetime | None = None
    text: str | None = None
    tag: str | None = None
    project_id: str | None = None
    person_id: str | None = None
    time_zone: str | None = None
    order: Literal["newest", "oldest"] | None = None
    deleted: bool = False

    def as_parameters(self) -> dict[str, str]:
        """Gives the query parameters of ``GET /sessions``. Raises ValueError for naive instants."""
        parameters: dict[str, str | int | date | datetime | None] = {
            "year": self.year,
            "month": self.month,
            "from": self.starts_from,
            "to": self.starts_before,
            "q": self.text,
            "tag": self.tag,
            "project_id": self.project_id,
            "person_id": self.person_id,
            "time_zone": self.time_zone,
            "order": self.order,
            "deleted": "true" if self.deleted else None,
        }
        return {
            name: instant_text(value) if isinstance(value, datetime) else str(value)
            for name, value in parameters.items()
            if value is not None
        }


class Client:
    """A connection to one server, as one person.

    ``url`` is the address of the server, without ``/api/v1``. With a ``token`` every request
    carries it; without one, :meth:`sign_in` gets a login cookie. A client is used by one thread
    at a time and should be closed (it is a context manager).

    Every method raises :class:`~benchbook_client.errors.Problem` (or one of its branches) if the
    server refuses, :class:`~benchbook_client.errors.NotReachable` if nobody answers, and
    :class:`~benchbook_client.errors.UnexpectedAnswer` if it is not Benchbook that answers.

    ``timeout_seconds`` is for each wait for the server, not for the whole call. ``on_wait`` is
    told how many seconds the client will wait before it tries again.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout_seconds: float = 30.0,
        retry_policy: RetryPolicy | None = None,
        on_wait: Callable[[float], None] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = server_url(url)
        self._retry_policy = retry_policy or RetryPolicy()
        self._on_wait = on_wait
        headers = {"Accept": "application/json", "User-Agent": _user_agent()}
        if token is None:
            # A cookie that changes something must come from the server's own origin.
            headers["Origin"] = origin_of(self.url)
        elif not (token.isascii() and token.isprintable() and token == token.strip()):
            raise ValueError("A token is a word of plain letters, digits and signs.")
        else:
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._http = httpx.Client(
                base_url=f"{self.url}/api/v1/",
                headers=headers,
                timeout=httpx.Timeout(
                    timeout_seconds, connect=min(timeout_seconds, CONNECT_TIMEOUT_SECONDS)
                ),
                verify=_tls_context(self.url),
                transport=transport,
            )
        except httpx.InvalidURL as error:
            raise ValueError(f"“{url}” is not an address: {error}.") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. The client cannot be used afterwards."""
        self._http.close()

    # Signing in --------------------------------------------------------------------------------

    def sign_in(
        self, email: str, password: str, *, organisation_id: str | None = None
    ) -> Answer[SignedIn]:
        """Signs in with a password; the client keeps the login cookie.

        Raises NotSignedIn if address and password do not belong together, Conflict with the code
        ``choose_organisation`` (and ``extensions["organisations"]``) if the address belongs to
        several organisations, TooManyRequests after too many failures. Never repeated by itself.
        """
        body: dict[str, object] = {"email": email, "password": password}
        if organisation_id is not None:
            body["organisation_id"] = organisation_id
        return self.request(
            "POST", "/login", SignedIn, body=body, idempotent=False, retry_policy=NEVER_AGAIN
        )

    def sign_out(self) -> Answer[None]:
        """Ends the login whose cookie this client has."""
        return self.request("POST", "/logout", NoneType, idempotent=False)

    def me(self) -> Answer[SignedIn]:
        """Says whose credentials these are."""
        return self.request("GET", "/me", SignedIn)

    def create_api_token(
        self,
        name: str,
        *,
        scopes: list[str] | None = None,
        expires_at: datetime | None = None,
    ) -> Answer[NewApiToken]:
        """Makes an API token for the signed-in person. The answer alone shows the secret."""
        body = _without_unset(
            name=name,
            scopes=UNSET if scopes is None else scopes,
            expires_at=UNSET if expires_at is None else expires_at,
        )
        return self.request("POST", "/api-tokens", NewApiToken, body=body)

    def api_tokens(self) -> Iterator[ApiToken]:
        """Goes through the person's API tokens, page by page."""
        for page in self._pages("/api-tokens", Page[ApiToken], {}):
            yield from page.data.items

    def delete_api_token(
        self, api_token_id: str, *, retry_policy: RetryPolicy | None = None
    ) -> Answer[None]:
        """Revokes an API token; from then on it is answered with 401."""
        return self.request(
            "DELETE", f"/api-tokens/{_segment(api_token_id)}", NoneType, retry_policy=retry_policy
        )

    # The timer -----------------------------------------------------------------------------------

    def timer(self) -> Answer[TimerState]:
        """Says what is running."""
        return self.request("GET", "/timer", TimerState)

    def start_timer(
        self,
        name: str | Unset = UNSET,
        *,
        project_id: str | Unset = UNSET,
        tags: list[str] | Unset = UNSET,
        billable: bool | Unset = UNSET,
        started_at: datetime | Unset = UNSET,
    ) -> Answer[TimerStarted]:
        """Starts a session, now or at ``started_at``; one that was running ends there.

        Raises Invalid if ``started_at`` lies in the future or before the running one's start.
        """
        body = _without_unset(
            name=name, project_id=project_id, tags=tags, billable=billable, started_at=started_at
        )
        return self.request("POST", "/timer/start", TimerStarted, body=body)

    def change_timer(
        self,
        *,
        name: str | Unset = UNSET,
        project_id: str | Unset | None = UNSET,
        tags: list[str] | Unset = UNSET,
        billable: bool | Unset = UNSET,
        started_at: datetime | Unset = UNSET,
    ) -> Answer[TimerState]:
        """Changes the running session: what is not given stays, ``None`` clears.

        Raises NotFound with the code ``no_running_session`` if nothing is running.
        """
        body = _without_unset(
            name=name, project_id=project_id, tags=tags, billable=billable, started_at=started_at
        )
        return self.request("PATCH", "/timer", TimerState, body=body)

    def stop_timer(self, *, ended_at: datetime | Unset = UNSET) -> Answer[TimerStopped]:
        """Ends and saves the running session, now or at ``ended_at``; nothing running is fine."""
        body = _without_unset(ended_at=ended_at)
        return self.request("POST", "/timer/stop", TimerStopped, body=body)

    def discard_timer(self) -> Answer[None]:
        """Throws the running session away, for good."""
        return self.request("DELETE", "/timer", NoneType)

    # Saved sessions ------------------------------------------------------------------------------

    def session_pages(
        self, which: SessionFilter | None = None, *, limit: int | None = None
    ) -> Iterator[Answer[Page[Session]]]:
        """Goes through the pages of the saved sessions, newest first.

        With ``limit`` the pages hold at most that many sessions together; without it, all.
        """
        parameters = (which or SessionFilter()).as_parameters()
        yield from self._pages("/sessions", Page[Session], parameters, limit=limit)

    def sessions(
        self, which: SessionFilter | None = None, *, limit: int | None = None
    ) -> Iterator[Session]:
        """Goes through the saved sessions, newest first, asking for pages as they are needed."""
        for page in self.session_pages(which, limit=limit):
            yield from page.data.items

    def session_totals(self, which: SessionFilter | None = None) -> Answer[SessionTotals]:
        """Sums the sessions of a filter, by local day and in all."""
        parameters = (which or SessionFilter()).as_parameters()
        return self.request("GET", "/sessions/totals", SessionTotals, parameters=parameters)

    def create_session(
        self,
        name: str,
        *,
        started_at: datetime,
        ended_at: datetime | Unset = UNSET,
        duration: int | str | Unset = UNSET,
        project_id: str | Unset = UNSET,
        tags: list[str] | Unset = UNSET,
        billable: bool | Unset = UNSET,
        note: str | Unset = UNSET,
    ) -> Answer[Session]:
        """Saves a session that was not timed.

        Give either ``ended_at`` or ``duration``: seconds as a number, or a text as people type it
        (``"1h30"``, ``"1:30"``, ``"90m"``), which the server reads.

        Raises Invalid if it does not end after it starts or is longer than 31 days.
        """
        body = _without_unset(
            name=name,
            started_at=started_at,
            ended_at=ended_at,
            duration=duration,
            project_id=project_id,
            tags=tags,
            billable=billable,
            note=note,
        )
        return self.request("POST", "/sessions", Session, body=body)

    def session(self, session_id: str) -> Answer[Session]:
        """Reads one session; its ``etag`` goes into ``if_match`` of a change."""
        return self.request("GET", f"/sessions/{_segment(session_id)}", Session)

    def change_session(
        self,
        session_id: str,
        *,
        name: str | Unset = UNSET,
        started_at: datetime | Unset = UNSET,
        ended_at: datetime | Unset = UNSET,
        duration: int | str | Unset = UNSET,
        project_id: str | Unset | None = UNSET,
        tags: list[str] | Unset = UNSET,
        billable: bool | Unset = UNSET,
        note: str | Unset = UNSET,
        if_match: str | None = None,
    ) -> Answer[Session]:
        """Changes a saved session: what is not given stays, ``None`` clears.

        ``duration`` (seconds, or a text as people type it) moves the end; a new start alone does
        not. Raises Stale if ``if_match`` is given and the session was changed since.
        """
        body = _without_unset(
            name=name,
            started_at=started_at,
            ended_at=ended_at,
            duration=duration,
            project_id=project_id,
            tags=tags,
            billable=billable,
            note=note,
        )
        path = f"/sessions/{_segment(session_id)}"
        return self.request("PATCH", path, Session, body=body, if_match=if_match)

    def delete_session(self, session_id: str, *, if_match: str | None = None) -> Answer[None]:
        """Puts a session into the bin, from where it can be restored for 30 days."""
        return self.request(
            "DELETE", f"/sessions/{_segment(session_id)}", NoneType, if_match=if_match
        )

    def restore_session(self, session_id: str) -> Answer[Session]:
        """Takes a session out of the bin."""
        return self.request("POST", f"/sessions/{_segment(session_id)}/restore", Session)

    def continue_session(self, session_id: str) -> Answer[TimerStarted]:
        """Starts the timer with the name, project and tags of a saved session."""
        return self.request("POST", f"/sessions/{_segment(session_id)}/continue", TimerStarted)

    # Projects, clients and tags --------------------------------------------------------------------

    def projects(self, *, archived: bool | None = None) -> Iterator[Project]:
        """Goes through the organisation's projects by name: archived ones, others, or both."""
        for page in self._pages("/projects", Page[Project], _archived(archived)):
            yield from page.data.items

    def project_clients(self, *, archived: bool | None = None) -> Iterator[ProjectClient]:
        """Goes through the clients that projects are for, by name."""
        for page in self._pages("/clients", Page[ProjectClient], _archived(archived)):
            yield from page.data.items

    def tags(self) -> Iterator[Tag]:
        """Goes through the organisation's tags, by name."""
        for page in self._pages("/tags", Page[Tag], {}):
            yield from page.data.items

    # Shifts ----------------------------------------------------------------------------------------

    def employees(self) -> Iterator[Employee]:
        """Goes through the organisation's employees, by last and first name."""
        for page in self._pages("/employees", Page[Employee], {}):
            yield from page.data.items

    def shifts(
        self, starting: datetime, ending: datetime, employee_id: str | None = None
    ) -> Iterator[Shift]:
        """Goes through the shifts that overlap a half-open range, of one employee or of all."""
        parameters = {
            "from": instant_text(starting),
            "to": instant_text(ending),
            "employee_id": employee_id,
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        for page in self._pages("/shifts", Page[Shift], given):
            yield from page.data.items

    # Reports and files -----------------------------------------------------------------------------

    def hours_report(
        self,
        period: Period = "week",
        *,
        day: date | None = None,
        group_by: Grouping = "none",
        split: bool = False,
        project_id: str | None = None,
        person_id: str | None = None,
        billable: bool | None = None,
    ) -> Answer[HoursReport]:
        """Sums the hours of the day, week, month or year that ``day`` lies in; today if ``None``.

        With ``split`` sessions are cut at local midnight, else they count for the day they start
        in. Days are the person's own.
        """
        parameters = {
            "period": period,
            "group_by": group_by,
            "cut": "split" if split else "start_day",
            "date": None if day is None else day.isoformat(),
            "project_id": project_id,
            "person_id": person_id,
            "billable": None if billable is None else str(billable).lower(),
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        return self.request("GET", "/reports/hours", HoursReport, parameters=given)

    @contextlib.contextmanager
    def export_sessions(
        self, export_format: ExportFormat, which: SessionFilter | None = None
    ) -> Iterator[Download]:
        """Opens an export of all sessions of a filter; its bytes come while they are made.

        Raises Invalid for a filter that the server does not take.
        """
        parameters = {"format": export_format, **(which or SessionFilter()).as_parameters()}
        with self._download("GET", "sessions/export", parameters) as download:
            yield download

    def import_sessions(
        self,
        file: BinaryIO,
        file_name: str,
        import_format: ImportFormat,
        *,
        time_zone: str | None = None,
        date_order: Literal["ymd", "dmy", "mdy"] | None = None,
        dry_run: bool = False,
    ) -> Answer[SessionImport]:
        """Adds the sessions of a CSV file; with ``dry_run`` only says what would be added.

        ``file`` is read from its beginning and must be seekable, for it is sent again if the
        connection breaks. ``time_zone`` is that of its local times, the person's own if ``None``.
        Waits as long as the server needs. Raises Invalid if the file cannot be read at all.
        """
        fields = {
            "format": import_format,
            "dry_run": str(dry_run).lower(),
            **({} if time_zone is None else {"time_zone": time_zone}),
            **({} if date_order is None else {"date_order": date_order}),
        }
        request = self._http.build_request(
            "POST",
            "sessions/imports",
            data=fields,
            files={"file": (file_name, file, "text/csv")},
            headers={"Idempotency-Key": str(uuid.uuid4())},
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS),
        )
        return self._read(self._send(request, self._retry_policy), SessionImport)

    def take_back_import(self, import_id: str) -> Answer[None]:
        """Deletes all sessions of an import, for good."""
        return self.request("DELETE", f"/sessions/imports/{_segment(import_id)}", NoneType)

    # Sequences -------------------------------------------------------------------------------------

    def collections(self) -> Iterator[Collection]:
        """Goes through the collections of sequences, by name."""
        for page in self._pages("/collections", Page[Collection], {}):
            yield from page.data.items

    def import_sequences(
        self,
        file: BinaryIO,
        file_name: str,
        *,
        collection_id: str | None = None,
        tags: Sequence[str] = (),
        circular: bool = False,
    ) -> Answer[SequenceImport]:
        """Sends a file of FASTA, FASTQ or GenBank; the server reads it after the answer.

        ``file`` is read from its beginning and must be seekable, for it is sent again if the
        connection breaks. Without a ``collection_id`` it goes into the default collection. ``tags``
        and ``circular`` are said about every sequence that is added. Raises Invalid if it is no
        file of sequences.
        """
        parameters: dict[str, str | list[str]] = {}
        if collection_id is not None:
            parameters["collection_id"] = collection_id
        if tags:
            parameters["tag"] = list(tags)
        if circular:
            parameters["circular"] = "true"
        request = self._http.build_request(
            "POST",
            "sequences/imports",
            params=parameters,
            files={"file": (file_name, file, "application/octet-stream")},
            headers={"Idempotency-Key": str(uuid.uuid4())},
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS),
        )
        return self._read(self._send(request, self._retry_policy), SequenceImport)

    def sequence_import(self, import_id: str) -> Answer[SequenceImport]:
        """Says how far an import of sequences is, or what became of it."""
        return self.request("GET", f"/sequences/imports/{_segment(import_id)}", SequenceImport)

    def take_back_sequence_import(self, import_id: str) -> Answer[None]:
        """Cancels an import of sequences that runs; of any other deletes all that it added."""
        return self.request("DELETE", f"/sequences/imports/{_segment(import_id)}", NoneType)

    @contextlib.contextmanager
    def export_rejections(self, import_id: str) -> Iterator[Download]:
        """Opens the CSV of all that an import of sequences rejected."""
        path = f"sequences/imports/{_segment(import_id)}/rejections"
        with self._download("GET", path) as opened:
            yield opened

    def search_sequences(
        self,
        query: str,
        *,
        distance: int | None = None,
        mode: SearchMode = "whole",
        strand: SearchStrand = "forward",
        collection_id: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Answer[SearchPage]]:
        """Goes through the pages of what a search finds, ``limit`` hits at most, by distance.

        Without a ``distance`` the query is looked for as it is, anywhere. Raises Invalid for a
        query that is no DNA, and for a distance that makes no sense.
        """
        asked: dict[str, object] = {"query": query, "mode": mode, "strand": strand}
        if distance is not None:
            asked["distance"] = distance
        if collection_id is not None:
            asked["collection_id"] = collection_id
        left = limit
        while left is None or left > 0:
            asked["limit"] = LARGEST_PAGE if left is None else min(left, LARGEST_PAGE)
            # It changes nothing: there is nothing to be done twice.
            page = self.request(
                "POST", "/sequences/search", SearchPage, body=asked, idempotent=False
            )
            yield page
            if page.data.next_cursor is None:
                return
            if left is not None:
                left -= len(page.data.items)
            asked["cursor"] = page.data.next_cursor

    @contextlib.contextmanager
    def export_sequences(
        self, export_format: SequenceFormat, parameters: Mapping[str, str]
    ) -> Iterator[Download]:
        """Opens an export of the sequences that the filters of the list show; its bytes come while
        they are made. ``parameters`` are those of the API.

        Raises Invalid for what the server does not take.
        """
        asked = {"format": export_format, **parameters}
        with self._download("GET", "sequences/export", asked) as opened:
            yield opened

    @contextlib.contextmanager
    def export_hits(
        self,
        query: str,
        export_format: HitFormat,
        *,
        query_name: str | None = None,
        distance: int | None = None,
        mode: SearchMode = "whole",
        strand: SearchStrand = "forward",
        collection_id: str | None = None,
    ) -> Iterator[Download]:
        """Opens a file of every hit of a search; its bytes come while they are made.

        Raises Invalid as ``search_sequences`` does, and for a search that takes too long.
        """
        asked = {
            "query": query,
            "format": export_format,
            "query_name": query_name,
            "distance": distance,
            "mode": mode,
            "strand": strand,
            "collection_id": collection_id,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        with self._download("POST", "sequences/export", body=given) as opened:
            yield opened

    # Underneath ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _download(
        self,
        method: Literal["GET", "POST"],
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, object] | None = None,
    ) -> Iterator[Download]:
        request = self._http.build_request(
            method,
            path,
            params=parameters,
            json=body,
            headers={"Accept": "*/*"},
            # A PDF is whole before its first byte is sent.
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS),
        )
        response = self._send(request, self._retry_policy, stream=True)
        with contextlib.closing(response):
            if response.status_code >= 300:
                response.read()
                raise self._refusal(response)
            yield Download(response.headers.get("Content-Type", ""), self._pieces(response))

    def request(
        self,
        method: str,
        path: str,
        answer_type: type[Data],
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        if_match: str | None = None,
        idempotent: bool = True,
        idempotency_key: str | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> Answer[Data]:
        """Sends one request below ``/api/v1`` and decodes its answer as ``answer_type``.

        For operations that have no method here yet. A POST gets an ``Idempotency-Key`` (a new one
        unless given), so that it can be repeated safely; ``idempotent=False`` leaves it out.
        Raises what the class says, and ValueError for instants without a time zone.
        """
        headers: dict[str, str] = {}
        content: bytes | None = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(
                {
                    name: instant_text(value) if isinstance(value, datetime) else value
                    for name, value in body.items()
                }
            )
        if if_match is not None:
            headers["If-Match"] = if_match
        if method == "POST" and idempotent:
            headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        request = self._http.build_request(
            method, path.lstrip("/"), params=parameters, headers=headers, content=content
        )
        response = self._send(request, retry_policy or self._retry_policy)
        return self._read(response, answer_type)

    def _pages(
        self,
        path: str,
        page_type: type[Page[Data]],
        parameters: Mapping[str, str],
        *,
        limit: int | None = None,
    ) -> Iterator[Answer[Page[Data]]]:
        left = limit
        cursor: str | None = None
        while left is None or left > 0:
            size = LARGEST_PAGE if left is None else min(left, LARGEST_PAGE)
            asked = {**parameters, "limit": str(size)}
            if cursor is not None:
                asked["cursor"] = cursor
            page = self.request("GET", path, page_type, parameters=asked)
            yield page
            if left is not None:
                left -= len(page.data.items)
            if page.data.next_cursor is None or page.data.next_cursor == cursor:
                return
            cursor = page.data.next_cursor

    def _send(
        self, request: httpx.Request, policy: RetryPolicy, *, stream: bool = False
    ) -> httpx.Response:
        may_repeat = request.method in {"GET", "HEAD"} or "Idempotency-Key" in request.headers
        attempts_made = 0
        while True:
            attempts_made += 1
            wait_seconds: float | None = None
            try:
                response = self._http.send(request, stream=stream)
            except httpx.HTTPError as error:
                nothing_was_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if (may_repeat or nothing_was_sent) and _may_pass(error):
                    wait_seconds = policy.wait_before_next_seconds(attempts_made=attempts_made)
                if wait_seconds is None:
                    raise self._not_reachable(error) from error
            else:
                status = response.status_code
                if status == 429 or (status == 503 and may_repeat):
                    wait_seconds = policy.wait_before_next_seconds(
                        attempts_made=attempts_made, retry_after_seconds=_retry_after(response)
                    )
                if wait_seconds is None:
                    return response
                response.close()
            if self._on_wait is not None:
                self._on_wait(wait_seconds)
            time.sleep(wait_seconds)

    def _read(self, response: httpx.Response, answer_type: type[Data]) -> Answer[Data]:
        status = response.status_code
        if status >= 300:
            raise self._refusal(response)
        body = response.content
        try:
            data = _decode(body, answer_type)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise UnexpectedAnswer(
                f"{self.url} answered something that is not from Benchbook's API. Is the address "
                f"right, and does this client fit the server's version? ({error})",
                status,
            ) from error
        return Answer(
            data=data,
            status=status,
            body=body,
            etag=response.headers.get("ETag"),
            request_id=response.headers.get("X-Request-ID"),
        )

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_bytes()
        except httpx.HTTPError as error:
            raise self._not_reachable(error) from error

    def _refusal(self, response: httpx.Response) -> Problem | UnexpectedAnswer:
        if response.status_code >= 400:
            return self._problem(response)
        where = response.headers.get("Location", "")
        return UnexpectedAnswer(
            f"{self.url} sends its callers elsewhere ({where}): use that address.",
            response.status_code,
        )

    def _problem(self, response: httpx.Response) -> Problem | UnexpectedAnswer:
        status = response.status_code
        wait_seconds = _retry_after(response)
        if response.headers.get("Content-Type", "").startswith("application/problem+json"):
            try:
                document = msgspec.json.decode(response.content, type=dict[str, object])
            except (msgspec.ValidationError, msgspec.DecodeError):
                document = {}
            if document:
                return problem_from_document(
                    document,
                    status=status,
                    retry_after_seconds=wait_seconds,
                    body=response.content,
                )
        # Not Benchbook's own words: a proxy in front of it, or another server altogether.
        if status >= 500 or status == 429:
            problem_type = TooManyRequests if status == 429 else ServerFailed
            return problem_type(
                status=status,
                code="",
                title=response.reason_phrase,
                detail=f"{self.url} answered {status} {response.reason_phrase}".rstrip(),
                retry_after_seconds=wait_seconds,
            )
        return UnexpectedAnswer(
            f"{self.url} answered {status} {response.reason_phrase}, but not as Benchbook does. "
            "Is the address right?",
            status,
        )

    def _not_reachable(self, error: httpx.HTTPError) -> NotReachable:
        if isinstance(error, httpx.TimeoutException):
            return TimedOut(self.url, "it did not answer in time")
        return NotReachable(self.url, _reason(error))


def instant_text(instant: datetime) -> str:
    """Writes an instant as the API reads it: RFC 3339 in UTC. Raises ValueError if it is naive."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs a time zone: datetime(…, tzinfo=…).")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _decode(body: bytes, answer_type: type[Data]) -> Data:
    if not body and answer_type is NoneType:
        body = b"null"
    return msgspec.json.decode(body, type=answer_type)


def _retry_after(response: httpx.Response) -> float | None:
    return retry_after_seconds(response.headers.get("Retry-After"), now=datetime.now(UTC))


def _archived(archived: bool | None) -> dict[str, str]:
    return {} if archived is None else {"archived": str(archived).lower()}


def _without_unset(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not UNSET}


def _segment(identifier: str) -> str:
    """Keeps an id from being anything but one segment of a path."""
    if not identifier or not all(c.isalnum() or c in "-_" for c in identifier):
        raise ValueError(f"“{identifier}” is not an id.")
    return identifier


def _user_agent() -> str:
    return f"benchbook-client/{version()}"


def _tls_context(url: str) -> ssl.SSLContext:
    """Trusts what the system trusts (a lab's own authority, say) besides the usual authorities."""
    if url.startswith("http://"):
        # Never used, and loading certificates is slow. Without any it would trust nobody.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def _may_pass(error: httpx.HTTPError) -> bool:
    """Says whether a failure may be gone in a moment; a bad certificate or a typo is not.

    Nor is an answer that took too long: asking again would only double a busy server's work.
    """
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        return False
    return not any(isinstance(cause, ssl.SSLError | socket.gaierror) for cause in _causes(error))


def _reason(error: httpx.HTTPError) -> str:
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "nothing listens there"
        if isinstance(cause, socket.gaierror):
            return "its name is not known"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return "it does not answer over HTTPS (does its address begin with http://?)"
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError):
        return "the connection broke off"
    return str(error).rstrip(".") or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
