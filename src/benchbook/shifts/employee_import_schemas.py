"""What goes over the wire about employees from files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class EmployeeLineError(msgspec.Struct, frozen=True):
    """A line of the file that could not be added: its number, from 1, and why."""

    line: int
    detail: str


class EmployeeImport(msgspec.Struct, kw_only=True):
    """What became of an import, with the first 1,000 lines that could not be added. `duplicates`
    counts lines whose address is there already. A dry run has no id: nothing of it is kept."""

    id: UUID | None
    dry_run: bool
    file_name: str
    person_id: UUID
    created_at: datetime
    added: int
    duplicates: int
    rejected: int
    errors: list[EmployeeLineError]


class EmployeeImportPage(msgspec.Struct):
    """Imports that can be taken back, newest first."""

    items: list[EmployeeImport]
    next_cursor: str | None
