"""What can go wrong with employees and shifts.

Problem
├── NotFound ── EmployeeNotFound, ShiftNotFound, SkillNotFound, LocationNotFound, PositionNotFound,
│               LeaveNotFound, AvailabilityNotFound, EmployeeImportNotFound,
│               ShiftTemplateNotFound, ShiftPatternNotFound, ShiftGenerationNotFound,
│               LabourRuleNotFound, OpenShiftNotFound, ShiftRequestNotFound
├── Conflict ── AddressTaken, PersonLinkedAlready, RosterNameTaken, ShiftOverlap, ShiftDuringLeave,
│               ShiftsClosed ── ShiftPeriodClosed, ShiftMonthClosed,
│               LeaveOverlap, LeaveMeetsShifts, LeaveDecided, ShiftTemplateInUse, LabourRuleBroken,
│               ShiftRequestDecided, ShiftRequestOvertaken, ShiftRequestedAlready,
│               NotEligible
└── InvalidInput ── ShiftEndsBeforeItStarts, ShiftTooLong, EmployeeFileNotReadable
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


class LeaveNotFound(NotFound):
    code, title = "leave_not_found", "There is no such leave"


class AvailabilityNotFound(NotFound):
    code, title = "availability_not_found", "There is no such entry"


class ShiftTemplateNotFound(NotFound):
    code, title = "shift_template_not_found", "There is no such shift template"


class ShiftPatternNotFound(NotFound):
    code, title = "shift_pattern_not_found", "There is no such shift pattern"


class ShiftGenerationNotFound(NotFound):
    code, title = "shift_generation_not_found", "There is no such generation of shifts"


class LabourRuleNotFound(NotFound):
    code, title = "labour_rule_not_found", "There is no such labour rule"


class OpenShiftNotFound(NotFound):
    code, title = "open_shift_not_found", "There is no such open shift"


class ShiftRequestNotFound(NotFound):
    code, title = "shift_request_not_found", "There is no such shift request"


class ShiftRequestDecided(Conflict):
    code, title = "shift_request_decided", "The request was decided already"


class ShiftRequestedAlready(Conflict):
    code, title = "shift_requested_already", "The same was asked for already"


class ShiftRequestOvertaken(Conflict):
    code, title = "shift_request_overtaken", "A shift of the request was changed since"


class NotEligible(Conflict):
    """`employees` holds who cannot have a shift and, where it may be told, why."""

    code, title = "not_eligible", "Somebody cannot have this shift"


class LabourRuleBroken(Conflict):
    """`violations` holds what would be broken, and by how much."""

    code, title = "labour_rule_broken", "The shifts would be against a labour rule"


class ShiftTemplateInUse(Conflict):
    code, title = "shift_template_in_use", "Patterns have shifts like this template"


class EmployeeImportNotFound(NotFound):
    code, title = "employee_import_not_found", "There is no such import"


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


class ShiftsClosed(Conflict):
    """`closed_before` holds the instant before which no shift changes any more."""


class ShiftPeriodClosed(ShiftsClosed):
    code, title = "shift_period_closed", "The shifts of these days are closed"


class ShiftMonthClosed(ShiftsClosed):
    code, title = "shift_month_closed", "The shifts of this month are archived"


class ShiftDuringLeave(Conflict):
    code, title = "shift_during_leave", "An employee has approved leave at the time"


class LeaveOverlap(Conflict):
    code, title = "leave_overlap", "The employee has other leave at the time"


class LeaveMeetsShifts(Conflict):
    """`conflicts` holds the shifts that were met."""

    code, title = "leave_meets_shifts", "The employee has shifts at the time"


class LeaveDecided(Conflict):
    code, title = "leave_decided", "This leave can no longer be decided on so"


class ShiftEndsBeforeItStarts(InvalidInput):
    code, title = "shift_ends_before_it_starts", "A shift ends after it starts"


class ShiftTooLong(InvalidInput):
    code, title = "shift_too_long", "A shift is at most 48 hours long"


class EmployeeFileNotReadable(InvalidInput):
    code, title = "employee_file_not_readable", "The file cannot be read"
