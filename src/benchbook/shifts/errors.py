"""What can go wrong with employees and shifts.

Problem
├── NotFound ── EmployeeNotFound, ShiftNotFound
├── Conflict ── AddressTaken, PersonLinkedAlready, ShiftOverlap
└── InvalidInput ── ShiftEndsBeforeItStarts, ShiftTooLong
"""

from __future__ import annotations

from benchbook.platform.problems import Conflict, InvalidInput, NotFound


class EmployeeNotFound(NotFound):
    code, title = "employee_not_found", "There is no such employee"


class ShiftNotFound(NotFound):
    code, title = "shift_not_found", "There is no such shift"


class AddressTaken(Conflict):
    """The address itself is personal, and is not repeated."""

    code, title = "address_taken", "Another employee has this address"


class PersonLinkedAlready(Conflict):
    code, title = "person_linked_already", "Another employee is linked to this person"


class ShiftOverlap(Conflict):
    """`conflicts` holds the shifts that were met, as the request would have left them."""

    code, title = "shift_overlap", "An employee would have two shifts at once"


class ShiftEndsBeforeItStarts(InvalidInput):
    code, title = "shift_ends_before_it_starts", "A shift ends after it starts"


class ShiftTooLong(InvalidInput):
    code, title = "shift_too_long", "A shift is at most 48 hours long"
