"""Which sessions are meant: the filters of lists, totals, reports and exports, and their SQL.

This is the one place that turns filters into conditions, so that whatever shows sessions by the
same filters shows the same sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from benchbook.timetracking.rules import earliest_start_reaching

Without = Literal["project", "client", "tag"]


@dataclass(frozen=True)
class SessionFilters:
    """Which sessions to show. Ranges are half-open, over the instant of the start."""

    person_id: UUID | None = None
    ranges: Sequence[tuple[datetime | None, datetime | None]] = field(default_factory=list)
    ends_after: datetime | None = None
    project_id: UUID | None = None
    client_id: UUID | None = None
    tag: str | None = None
    without: frozenset[Without] = frozenset()
    billable: bool | None = None
    text: str | None = None
    deleted: bool = False

    @property
    def range(self) -> tuple[datetime | None, datetime | None]:
        """What all ranges have in common; None where they leave a side open."""
        starts = [start for start, _ in self.ranges if start is not None]
        ends = [end for _, end in self.ranges if end is not None]
        return max(starts, default=None), min(ends, default=None)


# What a session is filed under none of. A session has a client through its project.
_WITHOUT: dict[Without, str] = {
    "project": "project_id IS NULL",
    "client": """
      (project_id IS NULL
       OR project_id IN (SELECT projects.id
                         FROM projects
                         WHERE projects.organisation_id = $1 AND projects.client_id IS NULL))""",
    "tag": "tags = '{}'",
}
_OF_CLIENT = """
      project_id IN (SELECT projects.id
                     FROM projects
                     WHERE projects.organisation_id = $1 AND projects.client_id = {})"""


def conditions_of(organisation_id: UUID, filters: SessionFilters) -> tuple[list[str], list[Any]]:
    """The WHERE of a list: fixed texts with numbered parameters, and the parameters."""
    conditions = ["organisation_id = $1"]
    values: list[Any] = [organisation_id]

    def add(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    conditions.append(f"deleted_at IS {'NOT ' if filters.deleted else ''}NULL")
    if filters.person_id is not None:
        add("person_id = {}", filters.person_id)
    for start, end in filters.ranges:
        if start is not None:
            add("started_at >= {}", start)
        if end is not None:
            add("started_at < {}", end)
    if filters.ends_after is not None:
        add("ended_at > {}", filters.ends_after)
        # No session is longer, and only the start tells PostgreSQL which months to read.
        add("started_at >= {}", earliest_start_reaching(filters.ends_after))
    if filters.project_id is not None:
        add("project_id = {}", filters.project_id)
    if filters.client_id is not None:
        add(_OF_CLIENT, filters.client_id)
    if filters.tag is not None:
        add("{} = ANY (tags)", filters.tag)
    conditions += [_WITHOUT[thing] for thing in sorted(filters.without)]
    if filters.billable is not None:
        add("billable = {}", filters.billable)
    if filters.text is not None:
        add("position(lower({}) IN lower(name)) > 0", filters.text)
    return conditions, values
