"""What can go wrong with employees and shifts.

Problem
├── NotFound ── EmployeeNotFound, ShiftNotFound, SkillNotFound, LocationNotFound, PositionNotFound
├── Conflict ── AddressTaken, PersonLinkedAlready, RosterNameTaken, ShiftOverlap
└── InvalidInput ── ShiftEndsBeforeItStarts, ShiftTooLong
"""

from __future__ import annotations

from benchbook.platform.problems import Conflict, InvalidInput, NotFound


class EmployeeNotFound(NotFound):
    code, title = "employee_not_found", "There is no such employee"


class ShiftNotFound(NotFound):
    code, title = "shift_not_found", "There is no such shift"


class SkillNotFound(NotFound):
    code, title = "skill_not_found", "There is no such skill"


class LocationNotFound(NotFound):
    code, title = "location_not_found", "There is no such location"


class PositionNotFound(NotFound):
    code, title = "position_not_found", "There is no such position"


class AddressTaken(Conflict):
    """The address itself is personal, and is not repeated."""

    code, title = "address_taken", "Another employee has this address"


class PersonLinkedAlready(Conflict):
    code, title = "person_linked_already", "Another employee is linked to this person"


class RosterNameTaken(Conflict):
    code, title = "roster_name_taken", "There is one of this name already"


class ShiftOverlap(Conflict):
    """`conflicts` holds the shifts that were met, as the request would have left them."""

    code, title = "shift_overlap", "An employee would have two shifts at once"


class ShiftEndsBeforeItStarts(InvalidInput):
    code, title = "shift_ends_before_it_starts", "A shift ends after it starts"


class ShiftTooLong(InvalidInput):
    code, title = "shift_too_long", "A shift is at most 48 hours long"
