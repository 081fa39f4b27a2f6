"""Labour rules at work: kept by managers, asked before every change of shifts, and reported.

A change is judged after the employees concerned are locked: of two that break a rule only
together, the second one sees the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import known_time_zone, visible_text
from benchbook.platform.database import Transaction
from benchbook.platform.problems import FieldError, NotAllowed, Stale
from benchbook.shifts import labour_store as store
from benchbook.shifts.errors import LabourRuleBroken, LabourRuleNotFound
from benchbook.shifts.labour_rules import (
    Broken,
    Duty,
    check_rule,
    days_that_matter,
    violation_of,
    what_is_broken,
    what_is_worse,
)
from benchbook.shifts.labour_schemas import (
    ChangeLabourRule,
    LabourRule,
    LabourRuleViolation,
    NewLabourRule,
)
from benchbook.shifts.rules import optional_text
from benchbook.shifts.schemas import Shift

MOST_VIOLATIONS = 100


async def add_rule(tx: Transaction, caller: Caller, new: NewLabourRule) -> tuple[LabourRule, int]:
    """Add a rule; raises EmployeeNotFound, InvalidInput."""
    check_rule(new.kind, new.limit_minutes, new.limit_days, new.break_minutes)
    values = _checked(structs.asdict(new) | {"time_zone": new.time_zone or caller.time_zone})
    added = await store.insert_rule(tx, caller.organisation_id, values)
    await record_event(tx, caller, "labour_rule.created", "labour_rule", added[0].id)
    return added


async def read_rule(
    tx: Transaction, caller: Caller, rule_id: UUID, *, lock: bool = False
) -> tuple[LabourRule, int]:
    """A rule and its revision; raises LabourRuleNotFound."""
    found = await store.find_rule(tx, caller.organisation_id, rule_id, lock=lock)
    if found is None:
        raise LabourRuleNotFound("There is no labour rule with this id.")
    return found


async def change_rule(
    tx: Transaction, caller: Caller, rule_id: UUID, change: ChangeLabourRule, expected: int | None
) -> tuple[LabourRule, int]:
    """Change a rule, from now on; raises LabourRuleNotFound, Stale, EmployeeNotFound,
    InvalidInput."""
    before = await _lock(tx, caller, rule_id, expected)
    given = {name: value for name, value in structs.asdict(change).items() if value is not UNSET}
    after = structs.replace(before[0], **given)
    check_rule(after.kind, after.limit_minutes, after.limit_days, after.break_minutes)
    values = _checked(given)
    if not values:
        return before
    changed = await store.update_rule(tx, caller.organisation_id, rule_id, values)
    await record_event(
        tx, caller, "labour_rule.changed", "labour_rule", rule_id, fields=sorted(values)
    )
    return changed


async def remove_rule(tx: Transaction, caller: Caller, rule_id: UUID, expected: int | None) -> None:
    """Delete a rule; raises LabourRuleNotFound, Stale."""
    await _lock(tx, caller, rule_id, expected)
    await store.delete_rule(tx, caller.organisation_id, rule_id)
    await record_event(tx, caller, "labour_rule.deleted", "labour_rule", rule_id)


async def list_violations(
    tx: Transaction,
    caller: Caller,
    *,
    starting: datetime,
    ending: datetime,
    employee_ids: Collection[UUID] | None,
) -> list[LabourRuleViolation]:
    """What is against the rules in this half-open range, by its beginning."""
    rules = await store.rules_that_hold(tx, caller.organisation_id)
    if not rules:
        return []
    around = days_that_matter(rules)
    duties = await store.duties_between(
        tx, caller.organisation_id, starting - around, ending + around, employee_ids
    )
    let_be = await store.overrides_between(tx, caller.organisation_id, starting, ending)
    found = [
        one
        for employee_id, theirs in duties.items()
        for one in what_is_broken(rules, employee_id, theirs)
        if one.starts_at < ending and one.ends_at > starting
    ]
    found.sort(key=lambda one: (one.starts_at, one.employee_id, one.rule.id))
    violations = []
    for one in found:
        violation = violation_of(one, lambda _: True)
        for rule_id, employee_id, begins, ends, excess, override in let_be:
            former = Broken(one.rule, employee_id, begins, ends, (), 0, excess)
            if rule_id == one.rule.id and one.is_no_worse_than(former):
                violation.override = override
                break
        violations.append(violation)
    return violations


# Judging a change -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judge:
    """The rules, and the shifts as they were before a change."""

    rules: Sequence[LabourRule]
    before: Mapping[UUID, Sequence[Duty]]

    def what_gets_worse(self, changed: Iterable[Shift], gone: Collection[UUID]) -> list[Broken]:
        """What these shifts, as they are to be, break that was not broken, or not as much."""
        changed = list(changed)
        replaced = {shift.id for shift in changed} | set(gone)
        theirs: dict[UUID, list[Duty]] = {}
        for shift in changed:
            theirs.setdefault(shift.employee_id, []).append(duty_of(shift))
        worse: list[Broken] = []
        for employee_id, new in theirs.items():
            before = self.before.get(employee_id, ())
            kept = [duty for duty in before if duty.shift_id not in replaced]
            now = what_is_broken(self.rules, employee_id, [*kept, *new])
            worse += what_is_worse(now, what_is_broken(self.rules, employee_id, before))
        return worse


async def judge_of(tx: Transaction, caller: Caller, shifts: Sequence[Shift]) -> Judge | None:
    """Who judges a change that leaves these shifts behind; None where there are no rules.

    To be asked for before anything is written, with the employees locked.
    """
    if not shifts:
        return None
    rules = await store.rules_that_hold(tx, caller.organisation_id)
    if not rules:
        return None
    around = days_that_matter(rules)
    before = await store.duties_between(
        tx,
        caller.organisation_id,
        min(shift.starts_at for shift in shifts) - around,
        max(shift.ends_at for shift in shifts) + around,
        {shift.employee_id for shift in shifts},
    )
    return Judge(rules, before)


async def uphold(
    tx: Transaction,
    caller: Caller,
    worse: Sequence[Broken],
    *,
    reason: str | None,
    pointers: Mapping[UUID, str],
    created: Collection[UUID],
) -> list[LabourRuleViolation]:
    """Refuse what blocks, unless there is a reason, which is kept; answers what only warns.

    Raises LabourRuleBroken, and NotAllowed for a reason of somebody who is no manager.
    """
    blocked = [one for one in worse if one.rule.effect == "block"]
    if reason is not None and not caller.is_at_least("manager"):
        raise NotAllowed("Letting a shift be against a labour rule takes the role manager.")
    if blocked and reason is None:
        failing = dict.fromkeys(
            pointers[duty.shift_id]
            for one in blocked
            for duty in one.duties
            if pointers.get(duty.shift_id)
        )
        raise LabourRuleBroken(
            f"{blocked[0].rule.name}: this would be against it, and nothing was changed. "
            "A manager may send an override_reason.",
            errors=[FieldError(pointer, "This is against a labour rule.") for pointer in failing],
            # Members would learn of drafts from the times.
            violations=[
                violation_of(one, lambda shift_id: shift_id not in created)
                for one in blocked[:MOST_VIOLATIONS]
                if caller.sees_everyone
            ],
        )
    if blocked and reason is not None:
        reason = visible_text(reason, "/override_reason")
        await store.insert_overrides(tx, caller.organisation_id, blocked, reason, caller.person_id)
        for rule_id in dict.fromkeys(one.rule.id for one in blocked):
            of_rule = [one for one in blocked if one.rule.id == rule_id]
            await record_event(
                tx,
                caller,
                "labour_rule.overridden",
                "labour_rule",
                rule_id,
                reason=reason,
                times=len(of_rule),
                employee_ids=sorted({str(one.employee_id) for one in of_rule})[:MOST_VIOLATIONS],
            )
    return [violation_of(one, lambda _: True) for one in worse if one.rule.effect == "warn"][
        :MOST_VIOLATIONS
    ]


def duty_of(shift: Shift) -> Duty:
    """What the rules look at of a shift."""
    return Duty(shift.id, shift.starts_at, shift.ends_at, shift.break_minutes, shift.position)


async def _lock(
    tx: Transaction, caller: Caller, rule_id: UUID, expected: int | None
) -> tuple[LabourRule, int]:
    found = await read_rule(tx, caller, rule_id, lock=True)
    if expected not in (None, found[1]):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    return found


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if "name" in values:
        values["name"] = visible_text(values["name"], "/name")
    if "position" in values:
        values["position"] = optional_text(values["position"], "/position")
    if "time_zone" in values:
        values["time_zone"] = known_time_zone(values["time_zone"])
    return values
