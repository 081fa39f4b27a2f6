"""What people do with files of sessions: try one, add what it holds, take it back.

An import is one transaction: all of it is there, or none. It goes through the file in pieces, in
constant memory; reading and sorting a piece is done in a thread, so that other requests are
answered meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Database, Transaction, TryAgain, allow_long_work
from benchbook.timetracking import import_store as store
from benchbook.timetracking import locking_store
from benchbook.timetracking.errors import (
    ImportHoldsHoursOfOthers,
    ImportNotFound,
    SessionNotKept,
)
from benchbook.timetracking.import_formats import Survey
from benchbook.timetracking.import_lines import ImportedSession, LineError, read_lines
from benchbook.timetracking.import_store import Made, NewLine, ProjectKey
from benchbook.timetracking.locking import explanation
from benchbook.timetracking.schemas import (
    ImportLineError,
    ImportPreview,
    ImportPreviewSession,
    SessionImport,
)
from benchbook.timetracking.store import make_partition

PIECE_LINES = 2_000
MOST_ERRORS = 1_000
MOST_PREVIEWED = 20


@dataclass(frozen=True)
class ImportFile:
    """A file to import: its bytes, what was found out about it, and how it is to be read."""

    file: BinaryIO
    name: str
    survey: Survey
    zone: ZoneInfo
    dry_run: bool


async def prepare_months(database: Database, survey: Survey) -> None:
    """See to it that every month of the file has its partition, before the import begins.

    Making one waits for other imports that are making projects, so it may take as long as they do.
    Raises SessionNotKept.
    """
    for year, month in sorted(survey.months):
        key = ("sessions", year, month)
        if year >= 2000 and key not in database.prepared:
            async with database.transaction() as tx:
                await allow_long_work(tx, store.LONGEST_WAIT_SECONDS)
                try:
                    await make_partition(tx, datetime(year, month, 1, tzinfo=UTC))
                except SessionNotKept:
                    raise SessionNotKept.at(
                        "/file",
                        f"The file holds sessions of {year:04}-{month:02}, and this server keeps "
                        "sessions for a time only. Take the lines of that time out.",
                    ) from None
            database.prepared.add(key)


async def import_sessions(tx: Transaction, caller: Caller, source: ImportFile) -> SessionImport:
    """Add what the file holds and is not stored yet; a dry run only says what would be.

    What cannot be added is named by its line. Raises FileNotReadable.
    """
    await allow_long_work(tx, store.LONGEST_WAIT_SECONDS)
    owners = await _owners(tx, caller, source.survey)
    if not source.dry_run:
        await store.lock_imports(tx, caller.organisation_id, owners.everybody())
        await locking_store.hold_open(tx, caller.organisation_id, owners.everybody())
    work = _Import(
        caller=caller,
        owners=owners,
        projects=dict(await store.list_projects(tx, caller.organisation_id)),
        clients=await store.list_names(tx, caller.organisation_id, "clients"),
        tags=set(await store.list_names(tx, caller.organisation_id, "tags")),
        import_id=None if source.dry_run else uuid7(),
    )
    lines = read_lines(source.file, source.survey, source.zone)
    while (piece := await asyncio.to_thread(work.next_piece, lines)) is not None:
        if piece:
            await work.add(tx, piece)
    done = work.outcome(source)
    if work.import_id is not None:
        made = Made(work.people_ids, work.project_ids, work.client_ids, work.tag_ids)
        done.created_at = await store.insert_import(tx, caller.organisation_id, done, made)
        await record_event(
            tx,
            caller,
            "session_import.created",
            "session_import",
            work.import_id,
            format=done.format,
            added=done.added,
            duplicates=done.duplicates,
            rejected=done.rejected,
            projects_added=done.projects_added,
            clients_added=done.clients_added,
            tags_added=done.tags_added,
        )
    return done


async def read_import(tx: Transaction, caller: Caller, import_id: UUID) -> SessionImport:
    """What became of an import; raises ImportNotFound."""
    found = await store.find_import(tx, caller.organisation_id, import_id)
    if found is None:
        raise ImportNotFound("There is no import with this id.")
    return found


async def take_back_import(tx: Transaction, caller: Caller, import_id: UUID) -> None:
    """Delete what an import added, changed or not, and what it made and nothing else uses.

    Raises ImportNotFound, ImportHoldsHoursOfOthers.
    """
    await allow_long_work(tx, store.LONGEST_WAIT_SECONDS)
    made = await store.delete_import(tx, caller.organisation_id, import_id)
    if made is None:
        raise ImportNotFound("There is no import with this id.")
    if not caller.sees_everyone and set(made.people_ids) - {caller.person_id}:
        raise ImportHoldsHoursOfOthers(
            "This import holds hours of other people: taking it back takes the role manager."
        )
    if not caller.sees_everyone:
        # Who does not see everybody's sessions cannot tell whether a project is in use.
        made = Made(tag_ids=made.tag_ids)
    sessions = await store.delete_sessions_of(tx, caller.organisation_id, import_id)
    try:
        await store.delete_unused(tx, caller.organisation_id, made)
    except asyncpg.ForeignKeyViolationError as error:
        raise TryAgain("Something of the import is being taken into use. Try again.") from error
    await record_event(
        tx, caller, "session_import.taken_back", "session_import", import_id, sessions=sessions
    )


# Whose ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Owners:
    """Whose the lines of a file are: all of them one person's, or by e-mail address."""

    everything: UUID | None
    by_email: dict[str, UUID]
    is_manager: bool

    def everybody(self) -> set[UUID]:
        return {self.everything} if self.everything else set(self.by_email.values())

    def owner_of(self, session: ImportedSession) -> UUID | str:
        """The person, or a sentence on why there is none."""
        if self.everything is not None:
            return self.everything
        if person_id := self.by_email.get(session.email):
            return person_id
        whose = session.email or session.user
        if not whose:
            return "The line does not say whose it is, and the file holds several people's hours."
        if not self.is_manager:
            return f"These are hours of {whose[:100]}: members import their own, by e-mail address."
        if not session.email:
            return f"There is no e-mail address to tell who {whose[:100]} is."
        return f"Nobody here has the e-mail address {whose[:100]}."


async def _owners(tx: Transaction, caller: Caller, survey: Survey) -> _Owners:
    """Whose hours a file holds.

    With one person in it, they are the caller's: that is how people move in, whatever address
    they had elsewhere. Only where a manager brings the hours of somebody else who is here under
    that address are they that person's.
    """
    people = await store.find_people(tx, caller.organisation_id, survey.users)
    manager = caller.sees_everyone
    if len(survey.users) <= 1:
        person_id = next(iter(people.values()), caller.person_id)
        return _Owners(person_id if manager else caller.person_id, {}, manager)
    if not manager:
        people = {email: person for email, person in people.items() if person == caller.person_id}
    return _Owners(None, people, manager)


# Piece by piece -----------------------------------------------------------------------------------


@dataclass
class _Candidate:
    """A line that can be added, unless it is stored already."""

    session: ImportedSession
    person_id: UUID
    # None where there is none, or none yet.
    project_id: UUID | None
    project: ProjectKey | None


@dataclass
class _Import:
    """The state of one import."""

    caller: Caller
    owners: _Owners
    projects: dict[ProjectKey, UUID | None]
    clients: dict[str, UUID]
    tags: set[str]
    # None for a dry run.
    import_id: UUID | None

    added: int = 0
    duplicates: int = 0
    rejected: int = 0
    errors: list[ImportLineError] = field(default_factory=list)
    people_ids: set[UUID] = field(default_factory=set)
    project_ids: list[UUID] = field(default_factory=list)
    client_ids: list[UUID] = field(default_factory=list)
    tag_ids: list[UUID] = field(default_factory=list)
    # What a dry run would have made.
    projects_wanted: int = 0
    clients_wanted: set[str] = field(default_factory=set)
    tags_wanted: int = 0
    preview: ImportPreview = field(
        default_factory=lambda: ImportPreview(
            duration_seconds=0, first_started_at=None, last_started_at=None, sessions=[]
        )
    )
    _seen: set[bytes] = field(default_factory=set)

    def next_piece(self, lines: Iterator[ImportedSession | LineError]) -> list[_Candidate] | None:
        """Read and sort some lines; None at the end. In a thread: nothing here is awaited."""
        piece = list(islice(lines, PIECE_LINES))
        if not piece:
            return None
        candidates = []
        for line in piece:
            if isinstance(line, LineError):
                self._reject(line.line, line.detail)
            elif candidate := self._candidate(line):
                candidates.append(candidate)
        return candidates

    def _candidate(self, session: ImportedSession) -> _Candidate | None:
        owner = self.owners.owner_of(session)
        if isinstance(owner, str):
            self._reject(session.line, owner)
            return None
        key: ProjectKey | None = (session.project, session.client) if session.project else None
        project_id = self.projects.get(key) if key else None
        if key and key not in self.projects and not self.caller.is_at_least("manager"):
            of = f" of the client “{session.client}”" if session.client else ""
            self._reject(
                session.line,
                f"There is no project “{session.project}”{of} here, and making one takes the role "
                "manager.",
            )
            return None
        # A digest for each line that was read is what grows with the file: 100 bytes a line.
        identity = "\0".join(
            (
                str(owner),
                str(session.started_at.timestamp()),
                str(session.ended_at.timestamp()),
                session.name,
                *(key or ()),
            )
        )
        digest = hashlib.blake2b(identity.encode(), digest_size=16).digest()
        if digest in self._seen:
            self.duplicates += 1
            return None
        self._seen.add(digest)
        return _Candidate(session, owner, project_id, key)

    def _reject(self, line: int, detail: str) -> None:
        self.rejected += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(ImportLineError(line, detail))

    async def add(self, tx: Transaction, candidates: list[_Candidate]) -> None:
        """Add what is not stored yet, and what it is filed under."""
        organisation_id = self.caller.organisation_id
        # What belongs to a project that is not there yet cannot be stored.
        known = [
            candidate
            for candidate in candidates
            if candidate.project is None or candidate.project_id is not None
        ]
        stored = await store.find_stored(
            tx,
            organisation_id,
            [NewLine(each.session, each.person_id, each.project_id) for each in known],
        )
        are_stored = {id(known[place]) for place in stored}
        self.duplicates += len(are_stored)
        new = await self._not_locked(
            tx, [candidate for candidate in candidates if id(candidate) not in are_stored]
        )
        self.added += len(new)
        if not new:
            return
        if self.import_id is None:
            self._count_what_would_be_made(new)
            self._look_ahead(new)
            return
        await self._make_projects(tx, new)
        await self._make_tags(tx, new)
        await store.insert_lines(
            tx,
            organisation_id,
            self.import_id,
            [
                NewLine(
                    each.session,
                    each.person_id,
                    self.projects[each.project] if each.project else None,
                )
                for each in new
            ],
        )
        self.people_ids.update(each.person_id for each in new)

    async def _not_locked(self, tx: Transaction, candidates: list[_Candidate]) -> list[_Candidate]:
        locks = await locking_store.find_locks(
            tx,
            self.caller.organisation_id,
            [(each.person_id, each.session.started_at) for each in candidates],
        )
        for place in sorted(locks):
            self._reject(candidates[place].session.line, explanation(locks[place]))
        return [each for place, each in enumerate(candidates) if place not in locks]

    async def _make_projects(self, tx: Transaction, new: list[_Candidate]) -> None:
        organisation_id = self.caller.organisation_id
        missing = {
            each.project
            for each in new
            if each.project is not None and self.projects.get(each.project) is None
        }
        if not missing:
            return
        clients = {client for _, client in missing if client and client not in self.clients}
        if clients:
            found, made = await store.make_clients(tx, organisation_id, sorted(clients))
            self.clients |= found
            self.client_ids += made
        self.project_ids += await store.make_projects(
            tx,
            organisation_id,
            [(name, self.clients[client] if client else None) for name, client in sorted(missing)],
        )
        self.projects |= await store.list_projects(tx, organisation_id)

    async def _make_tags(self, tx: Transaction, new: list[_Candidate]) -> None:
        missing = {tag for each in new for tag in each.session.tags} - self.tags
        if missing:
            self.tag_ids += await store.make_tags(tx, self.caller.organisation_id, sorted(missing))
            self.tags |= missing

    def _count_what_would_be_made(self, new: list[_Candidate]) -> None:
        for each in new:
            if each.project and each.project not in self.projects:
                self.projects[each.project] = None
                self.projects_wanted += 1
                if each.project[1] and each.project[1] not in self.clients:
                    self.clients_wanted.add(each.project[1])
            missing = set(each.session.tags) - self.tags
            self.tags |= missing
            self.tags_wanted += len(missing)

    def _look_ahead(self, new: list[_Candidate]) -> None:
        shown = self.preview
        starts = [each.session.started_at for each in new]
        shown.first_started_at = min(filter(None, (shown.first_started_at, *starts)))
        shown.last_started_at = max(filter(None, (shown.last_started_at, *starts)))
        for each in new:
            session = each.session
            seconds = int((session.ended_at - session.started_at).total_seconds())
            shown.duration_seconds += seconds
            if len(shown.sessions) < MOST_PREVIEWED:
                shown.sessions.append(
                    ImportPreviewSession(
                        line=session.line,
                        name=session.name,
                        started_at=session.started_at,
                        ended_at=session.ended_at,
                        duration_seconds=seconds,
                        project_name=session.project or None,
                        client_name=session.client or None if session.project else None,
                        tags=list(session.tags),
                    )
                )

    def outcome(self, source: ImportFile) -> SessionImport:
        """What became of it."""
        dry = self.import_id is None
        return SessionImport(
            id=self.import_id,
            dry_run=dry,
            format=source.survey.format,
            file_name=source.name,
            time_zone=source.zone.key,
            person_id=self.caller.person_id,
            created_at=datetime.now(UTC),
            added=self.added,
            duplicates=self.duplicates,
            rejected=self.rejected,
            projects_added=self.projects_wanted if dry else len(self.project_ids),
            clients_added=len(self.clients_wanted) if dry else len(self.client_ids),
            tags_added=self.tags_wanted if dry else len(self.tag_ids),
            errors=sorted(self.errors, key=lambda error: error.line),
            preview=self.preview if dry else None,
        )
