"""The caller: who makes a request, for which organisation, and how far they reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["owner", "admin", "manager", "member"]
RANK: dict[Role, int] = {"member": 0, "manager": 1, "admin": 2, "owner": 3}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``scopes`` is None where the credential reaches as far as its person."""

    organisation_id: UUID
    person_id: UUID
    role: Role
    scopes: frozenset[str] | None
    time_zone: str = "UTC"
    login_id: UUID | None = None
    api_token_id: UUID | None = None

    @property
    def sees_everyone(self) -> bool:
        """Whether private data of the organisation's other people is shown: managers and above."""
        return self.is_at_least("manager")

    def is_at_least(self, role: Role) -> bool:
        """Whether the caller's role reaches as far as ``role``."""
        return RANK[self.role] >= RANK[role]

    def may(self, scope: str) -> bool:
        """Whether the credential's scopes include ``scope`` (``hours:read``, say).

        A scope to write includes the one to read.
        """
        if self.scopes is None or scope in self.scopes:
            return True
        subject, _, verb = scope.partition(":")
        return verb == "read" and f"{subject}:write" in self.scopes
