"""What goes over the wire about accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.accounts.caller import Role

Name = Annotated[str, Meta(min_length=1, max_length=200, description="1 to 200 characters.")]
Email = Annotated[str, Meta(min_length=3, max_length=254, description="An e-mail address.")]
NewPassword = Annotated[
    str, Meta(min_length=8, max_length=1000, description="At least 8 characters.")
]
SentPassword = Annotated[str, Meta(min_length=1, max_length=1000)]
TimeZone = Annotated[
    str, Meta(min_length=1, max_length=64, description="An IANA name such as Europe/Berlin.")
]
Locale = Annotated[str, Meta(min_length=2, max_length=35, description="A tag such as en-GB.")]
WeekStart = Literal["monday", "sunday", "saturday"]
# What a calendar feed can show: each is read with the scope of the same name.
CalendarContent = Literal["hours", "shifts"]


class Organisation(msgspec.Struct):
    """A lab, a company or one freelancer: the border of all data."""

    id: UUID
    name: str


class Person(msgspec.Struct):
    """Somebody of the organisation. Who is not active cannot sign in."""

    id: UUID
    name: str
    email: str
    role: Role
    time_zone: str
    locale: str
    week_start: WeekStart
    email_notifications: Annotated[
        bool,
        Meta(
            description="Whether what one is told in the application is sent by e-mail as well, "
            "where this server sends any."
        ),
    ]
    active: bool
    created_at: datetime
    updated_at: datetime


class SignedIn(msgspec.Struct):
    """Who is signed in, and where."""

    person: Person
    organisation: Organisation
    role: Role
    modules: Annotated[
        tuple[str, ...],
        Meta(
            description="The modules that are switched on here (`BENCHBOOK_MODULES`), in the order "
            "of their setting: `hours`, `shifts`, ….",
        ),
    ]
    sends_email: Annotated[
        bool, Meta(description="Whether this server sends e-mail (`BENCHBOOK_SMTP_HOST`).")
    ]


class SetupState(msgspec.Struct):
    """Whether the first-run page is still to be filled in."""

    needed: bool


class NewOrganisation(msgspec.Struct, forbid_unknown_fields=True):
    """The first organisation and its owner."""

    organisation: Name
    name: Name
    email: Email
    password: NewPassword
    time_zone: TimeZone = "UTC"


class LoginRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Address and password; the organisation only where both fit several."""

    email: Email
    password: SentPassword
    organisation_id: UUID | None = None


class ProfileChange(msgspec.Struct, forbid_unknown_fields=True):
    """What people change of themselves; absent fields stay as they are."""

    name: Name | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    week_start: WeekStart | UnsetType = UNSET
    email_notifications: bool | UnsetType = UNSET


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """A new password; the present one proves that it is you."""

    current_password: SentPassword
    new_password: NewPassword


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody to add. Without a password they are invited and choose their own."""

    name: Name
    email: Email
    role: Role = "member"
    password: NewPassword | None = None
    time_zone: TimeZone | None = None


class InvitedPerson(Person, kw_only=True):
    """A new person; ``invitation_token`` (shown once) opens the page /invitation/{token}."""

    invitation_token: str | None = None
    invitation_sent: Annotated[
        bool, Meta(description="Whether the invitation goes to its person by e-mail, too.")
    ] = False


class PersonChange(msgspec.Struct, forbid_unknown_fields=True):
    """What administrators change of others; absent fields stay as they are."""

    name: Name | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Invitation(msgspec.Struct):
    """Who is invited, and where to."""

    organisation: str
    name: str
    email: str


class AcceptedInvitation(msgspec.Struct, forbid_unknown_fields=True):
    """The password that the invited person chose."""

    password: NewPassword


class NewApiToken(msgspec.Struct, forbid_unknown_fields=True):
    """A token for programs; without scopes it reaches as far as its person."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    scopes: Annotated[list[str], Meta(max_length=50)] | None = None
    expires_at: datetime | None = None


class ApiToken(msgspec.Struct, kw_only=True):
    """A token, without its secret."""

    id: UUID
    name: str
    scopes: list[str] | None
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


class CreatedApiToken(ApiToken, kw_only=True):
    """A token with its secret, which is shown this once."""

    token: str


class NewCalendarFeed(msgspec.Struct, forbid_unknown_fields=True):
    """An address for calendar applications; `name` says which one it is for."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    shows: CalendarContent = "hours"


class CalendarFeed(msgspec.Struct, kw_only=True):
    """A calendar feed, without its address."""

    id: UUID
    name: str
    shows: CalendarContent
    last_used_at: Annotated[
        datetime | None, Meta(description="When it was last read, to about five minutes.")
    ]
    address_made_at: Annotated[
        datetime, Meta(description="When the address that is good now was made.")
    ]
    created_at: datetime


class CalendarFeedWithAddress(CalendarFeed, kw_only=True):
    """A calendar feed with its address, which is shown this once."""

    url: str


class AuditEvent(msgspec.Struct):
    """Who did what, and when."""

    id: UUID
    occurred_at: datetime
    actor_id: UUID | None
    action: str
    subject_type: str
    subject_id: UUID | None
    details: dict[str, Any]
    request_id: str | None


class PersonPage(msgspec.Struct):
    items: list[Person]
    next_cursor: str | None


class ApiTokenPage(msgspec.Struct):
    items: list[ApiToken]
    next_cursor: str | None


class CalendarFeedPage(msgspec.Struct):
    items: list[CalendarFeed]
    next_cursor: str | None


class AuditEventPage(msgspec.Struct):
    items: list[AuditEvent]
    next_cursor: str | None
