"""What goes over the wire about skills, locations and positions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[
    str, Meta(min_length=1, max_length=100, description="1 to 100 characters, used once.")
]
TimeZone = Annotated[
    str, Meta(min_length=1, max_length=64, description="An IANA name such as Europe/Berlin.")
]
SkillIds = Annotated[list[UUID], Meta(max_length=100, description="Ids of skills, 100 at most.")]


class Skill(msgspec.Struct, kw_only=True):
    """Something that an employee can do, and that a position may take."""

    id: UUID
    name: str
    archived: bool
    created_at: datetime
    updated_at: datetime


class SkillPage(msgspec.Struct):
    """Skills, by name."""

    items: list[Skill]
    next_cursor: str | None


class NewSkill(msgspec.Struct, forbid_unknown_fields=True):
    """A skill to add."""

    name: Name


class ChangeSkill(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a skill; absent fields stay as they are."""

    name: Name | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Location(msgspec.Struct, kw_only=True):
    """A place where people work. Its days begin and end in its own time zone."""

    id: UUID
    name: str
    time_zone: str
    archived: bool
    created_at: datetime
    updated_at: datetime


class LocationPage(msgspec.Struct):
    """Locations, by name."""

    items: list[Location]
    next_cursor: str | None


class NewLocation(msgspec.Struct, forbid_unknown_fields=True):
    """A location to add."""

    name: Name
    time_zone: TimeZone


class ChangeLocation(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a location; absent fields stay as they are."""

    name: Name | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Position(msgspec.Struct, kw_only=True):
    """What somebody does on a shift whose `position` is this name, and the skills that it takes."""

    id: UUID
    name: str
    skill_ids: list[UUID]
    created_at: datetime
    updated_at: datetime


class PositionPage(msgspec.Struct):
    """Positions, by name."""

    items: list[Position]
    next_cursor: str | None


class NewPosition(msgspec.Struct, forbid_unknown_fields=True):
    """A position to add."""

    name: Name
    skill_ids: SkillIds = []


class ChangePosition(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a position; absent fields stay as they are. A new name goes to all that has the
    old one: shifts, open shifts, templates, labour rules and staffing needs."""

    name: Name | UnsetType = UNSET
    skill_ids: SkillIds | UnsetType = UNSET
