"""What can go wrong with accounts.

Problem
├── NotAuthenticated ── WrongCredentials
├── NotFound ── PersonNotFound, ApiTokenNotFound, InvitationNotFound, CalendarFeedNotFound
├── NotAllowed ── RoleTooHigh
├── Conflict ── AlreadySetUp, ChooseOrganisation, EmailTaken, LastOwner
└── TooManyRequests ── TooManyLogins, CalendarFeedAskedTooOften, TooManyStreams
"""

from __future__ import annotations

from benchbook.platform.problems import (
    Conflict,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooManyRequests,
)


class WrongCredentials(NotAuthenticated):
    """Address and password do not belong together, or to nobody: which is not told."""

    code, title = "wrong_credentials", "E-mail address or password is wrong"


class PersonNotFound(NotFound):
    code, title = "person_not_found", "There is no such person"


class ApiTokenNotFound(NotFound):
    code, title = "api_token_not_found", "There is no such API token"


class InvitationNotFound(NotFound):
    code, title = "invitation_not_found", "This invitation is not (or no longer) valid"


class CalendarFeedNotFound(NotFound):
    """Also an address that was replaced or revoked: which of them is not told."""

    code, title = "calendar_feed_not_found", "There is no such calendar feed"


class RoleTooHigh(NotAllowed):
    """Nobody grants, changes or takes away a role above their own."""

    code, title = "role_too_high", "That role is above yours"


class AlreadySetUp(Conflict):
    code, title = "already_set_up", "Benchbook is set up already"


class ChooseOrganisation(Conflict):
    """The address and password fit several organisations; ``organisations`` lists them."""

    code, title = "choose_organisation", "Choose an organisation"


class EmailTaken(Conflict):
    code, title = "email_taken", "Somebody in the organisation has this address"


class LastOwner(Conflict):
    code, title = "last_owner", "An organisation keeps at least one owner"


class TooManyLogins(TooManyRequests):
    code, title = "too_many_logins", "Too many attempts to sign in"


class CalendarFeedAskedTooOften(TooManyRequests):
    code, title = "calendar_feed_asked_too_often", "The calendar was read too often"


class TooManyStreams(TooManyRequests):
    code, title = "too_many_streams", "Too many event streams are open"
