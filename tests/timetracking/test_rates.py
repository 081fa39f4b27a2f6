"""What an hour costs, and that all views agree on what hours cost, to the cent."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Lab

from benchbook.timetracking.days import local_days
from benchbook.timetracking.money import (
    CURRENCIES,
    Rounding,
    amount_text,
    rate_text,
    smallest_units,
)
from benchbook.timetracking.rules import start_of_day

NOBODY = "01900000-0000-7000-8000-000000000000"


async def set_rate(who: httpx.AsyncClient, hourly_rate: str | None, **fields: Any) -> Any:
    body = {"hourly_rate": hourly_rate, "effective_from": None} | fields
    answer = await who.post("/rates", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def track(who: httpx.AsyncClient, **fields: Any) -> Any:
    body = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": "1h"} | fields
    answer = await who.post("/sessions", json={"billable": True} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def totals(who: httpx.AsyncClient, **query: Any) -> Any:
    answer = await who.get("/sessions/totals", params={"amounts": "true"} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def report(who: httpx.AsyncClient, **query: Any) -> Any:
    answer = await who.get(
        "/reports/hours", params={"period": "year", "date": "2026-03-02"} | query
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def exported(who: httpx.AsyncClient, **query: Any) -> list[dict[str, str]]:
    answer = await who.get("/sessions/export", params=query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


# Which rate counts --------------------------------------------------------------------------------


async def test_most_specific_rate_counts(lab: Lab):
    member = await lab.person("member")
    me = (await lab.owner.get("/me")).json()["person"]["id"]
    member_id = member.person_id  # type: ignore[attr-defined]
    reef, kelp = [
        (await lab.owner.post("/projects", json={"name": name})).json()["id"]
        for name in ("Reef", "Kelp")
    ]
    await set_rate(lab.owner, "10")
    await set_rate(lab.owner, "20", person_id=member_id)
    await set_rate(lab.owner, "40.50", project_id=reef)
    await set_rate(lab.owner, "80", project_id=reef, person_id=member_id)
    # Nobody else's business.
    await set_rate(lab.owner, "999", project_id=kelp, person_id=me)
    for who, project in product((lab.owner, member), (None, reef)):
        await track(who, project_id=project)
    await track(member, project_id=kelp)
    await track(member, project_id=reef, billable=False)
    billable = await exported(lab.owner, billable="true")
    rates = {(row["email"], row["project"]): row["rate"] for row in billable}
    assert rates == {
        (lab.owner_email, ""): "10.00",
        (lab.owner_email, "Reef"): "40.50",
        (member.email, ""): "20.00",  # type: ignore[attr-defined]
        (member.email, "Kelp"): "20.00",  # type: ignore[attr-defined]
        (member.email, "Reef"): "80.00",  # type: ignore[attr-defined]
    }
    assert all(row["rate"] == row["amount"] for row in billable)
    [unbilled] = await exported(lab.owner, billable="false")
    assert (unbilled["rate"], unbilled["amount"], unbilled["currency"]) == ("", "", "")
    assert (await totals(lab.owner))["amount"] == "170.50"


async def test_new_rate_leaves_the_past_as_it_was(lab: Lab):
    old = await set_rate(lab.owner, "60")
    await track(lab.owner, started_at="2026-03-01T23:59:59Z")
    await track(lab.owner, started_at="2026-03-02T00:00:00Z")
    new = await set_rate(lab.owner, "90", effective_from="2026-03-02")
    assert (await totals(lab.owner))["amount"] == "150.00"
    # Whoever asks for the past to change, changes the rate that counted then.
    answer = await lab.owner.patch(f"/rates/{old['id']}", json={"hourly_rate": "70"})
    assert answer.json()["hourly_rate"] == "70.00"
    assert (await totals(lab.owner))["amount"] == "160.00"
    await lab.owner.patch(f"/rates/{new['id']}", json={"effective_from": "2026-03-01"})
    assert (await totals(lab.owner))["amount"] == "180.00"
    assert (await lab.owner.delete(f"/rates/{new['id']}")).status_code == 204
    assert (await totals(lab.owner))["amount"] == "140.00"


async def test_day_from_which_a_rate_counts_is_one_of_its_zone(make_lab: Callable[..., Any]):
    lab: Lab = await make_lab(time_zone="Europe/Berlin")
    await set_rate(lab.owner, "1")
    rate = await set_rate(lab.owner, "100", effective_from="2026-03-02")
    assert rate["time_zone"] == "Europe/Berlin"
    await track(lab.owner, started_at="2026-03-01T22:59:59Z")
    await track(lab.owner, started_at="2026-03-01T23:00:00Z")
    assert (await totals(lab.owner))["amount"] == "101.00"
    # The zone of whoever looks does not matter.
    assert (await totals(lab.owner, time_zone="Asia/Tokyo"))["amount"] == "101.00"


async def test_rate_that_ends_gives_way_to_a_less_specific_one(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Reef"})).json()["id"]
    await set_rate(lab.owner, "50")
    await set_rate(lab.owner, "80", project_id=project)
    await set_rate(lab.owner, None, project_id=project, effective_from="2026-03-02")
    await track(lab.owner, project_id=project, started_at="2026-03-01T10:00:00Z")
    await track(lab.owner, project_id=project, started_at="2026-03-03T10:00:00Z")
    assert sorted(row["amount"] for row in await exported(lab.owner)) == ["50.00", "80.00"]


async def test_rate_without_a_day_counts_from_today(lab: Lab):
    answer = await lab.owner.post("/rates", json={"hourly_rate": "50"})
    assert answer.json()["effective_from"] == datetime.now(UTC).date().isoformat()
    await track(lab.owner)
    summed = await totals(lab.owner)
    assert (summed["amount"], summed["billable_seconds"], summed["unrated_seconds"]) == (
        "0.00", 3600, 3600,
    )  # fmt: skip


async def test_one_rate_from_a_day_on(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Reef"})).json()["id"]
    for fields in ({}, {"project_id": project}, {"effective_from": "2026-03-02"}):
        await set_rate(lab.owner, "50", **fields)
        again = await lab.owner.post(
            "/rates", json={"hourly_rate": "60", "effective_from": None} | fields
        )
        assert (again.status_code, again.json()["code"]) == (409, "rate_taken")
        assert again.json()["errors"][0]["pointer"] == "/effective_from"


@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        ({"hourly_rate": 50}, 400, "/hourly_rate"),
        ({"hourly_rate": "-1"}, 400, "/hourly_rate"),
        ({"hourly_rate": "1e3"}, 400, "/hourly_rate"),
        ({"hourly_rate": "1.23456"}, 400, "/hourly_rate"),
        ({"hourly_rate": "123456789"}, 400, "/hourly_rate"),
        ({"effective_from": "2026-02-30"}, 400, "/effective_from"),
        ({"effective_from": "9999-01-01"}, 400, "/effective_from"),
        ({"time_zone": "Mars/Base"}, 400, "/time_zone"),
        ({"person_id": NOBODY}, 404, None),
        ({"project_id": NOBODY}, 404, None),
    ],
    ids=str,
)
async def test_rate_that_cannot_be_is_refused(
    fields: dict[str, Any], status: int, pointer: str | None, lab: Lab
):
    answer = await lab.owner.post("/rates", json={"hourly_rate": "50"} | fields)
    assert answer.status_code == status, answer.text
    if pointer:
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await lab.owner.get("/rates")).json()["items"] == []


async def test_project_with_a_rate_is_archived_and_not_lost(lab: Lab):
    project = (await lab.owner.post("/projects", json={"name": "Reef"})).json()["id"]
    await set_rate(lab.owner, "50", project_id=project)
    await lab.owner.delete(f"/projects/{project}")
    assert (await lab.owner.get(f"/projects/{project}")).json()["archived"] is True


# Who sees what ------------------------------------------------------------------------------------


async def test_members_see_amounts_only_where_the_organisation_says_so(lab: Lab):
    member, other = await lab.person("member"), await lab.person("member")
    await set_rate(lab.owner, "50")
    await set_rate(lab.owner, "70", person_id=other.person_id)  # type: ignore[attr-defined]
    await set_rate(lab.owner, "60", person_id=member.person_id)  # type: ignore[attr-defined]
    await track(member)
    await track(other)

    assert (await member.get("/rates")).json()["items"] == []
    for hidden in (await totals(member), await report(member)):
        assert hidden["billable_seconds"] == 3600
        assert (hidden["amount"], hidden["currency"], hidden["unrated_seconds"]) == (None,) * 3
    [row] = await exported(member)
    assert (row["rate"], row["amount"], row["currency"]) == ("", "", "")
    as_json = (await member.get("/sessions/export", params={"format": "json"})).json()
    assert (as_json["currency"], as_json["items"][0]["amount"]) == (None, None)

    answer = await lab.owner.patch("/billing-settings", json={"members_see_amounts": True})
    assert answer.json() == {"currency": "EUR", "members_see_amounts": True, "rounding": None}
    rates = (await member.get("/rates")).json()["items"]
    assert sorted(rate["hourly_rate"] for rate in rates) == ["50.00", "60.00"]
    for shown in (await totals(member), await report(member)):
        assert (shown["amount"], shown["currency"], shown["unrated_seconds"]) == ("60.00", "EUR", 0)
    assert [row["amount"] for row in await exported(member)] == ["60.00"]
    # A person's rate is not another one's to read, nor any rate a member's to set.
    everything = (await lab.owner.get("/rates")).json()["items"]
    [others] = [rate for rate in everything if rate["hourly_rate"] == "70.00"]
    assert (await member.get(f"/rates/{others['id']}")).status_code == 404
    assert (await member.post("/rates", json={"hourly_rate": "1"})).status_code == 403
    assert (await member.patch(f"/rates/{rates[0]['id']}", json={})).status_code == 403
    assert (await member.delete(f"/rates/{rates[0]['id']}")).status_code == 403


async def test_managers_set_rates_and_admins_the_currency(lab: Lab):
    manager = await lab.person("manager")
    await set_rate(manager, "80.5")
    assert (await manager.patch("/billing-settings", json={"currency": "CHF"})).status_code == 403
    admin = await lab.person("admin")
    assert (await admin.patch("/billing-settings", json={"currency": "XYZ"})).status_code == 400
    answer = await admin.patch("/billing-settings", json={"currency": "CHF"})
    assert answer.status_code == 200
    stale = {"If-Match": '"0"'}
    answer = await admin.patch("/billing-settings", json={"currency": "USD"}, headers=stale)
    assert answer.status_code == 412
    await track(manager)
    summed = await totals(manager)
    assert (summed["amount"], summed["currency"]) == ("80.50", "CHF")
    events = (await lab.owner.get("/audit-events")).json()["items"]
    assert {"rate.added", "billing_settings.changed"} <= {event["action"] for event in events}


async def test_currencies_have_their_own_digits(lab: Lab):
    await set_rate(lab.owner, "33.3333")
    await track(lab.owner, duration=1000)
    for currency, amount, rate in (
        ("EUR", "9.26", "33.3333"),
        ("JPY", "9", "33.3333"),
        ("KWD", "9.259", "33.3333"),
    ):
        await lab.owner.patch("/billing-settings", json={"currency": currency})
        assert (await totals(lab.owner))["amount"] == amount
        [row] = await exported(lab.owner)
        assert (row["rate"], row["amount"], row["currency"]) == (rate, amount, currency)
        [item] = (await lab.owner.get("/sessions/export?format=json")).json()["items"]
        assert (item["hourly_rate"], item["amount"]) == (rate, amount)


# Money and rounding, without a database -----------------------------------------------------------


@given(
    st.decimals(0, 99_999_999, places=4),
    st.integers(0, 31 * 86_400),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_amount_is_the_exact_one_rounded_half_up(rate: Decimal, seconds: int, currency: str):
    step = Decimal(1).scaleb(-CURRENCIES[currency])
    # Of 60 digits nothing is lost before the rounding: the exact value has a period after 16.
    exact = Decimal(int(rate * 10_000) * seconds) / Decimal(36_000_000)
    remainder = int(rate * 10_000) * seconds * 10 ** CURRENCIES[currency] % 36_000_000
    units = smallest_units(rate, seconds, currency)
    assert abs(Decimal(amount_text(units, currency)) - exact) <= step / 2
    if remainder == 18_000_000:
        assert Decimal(amount_text(units, currency)) > exact
    assert Decimal(amount_text(units, currency)) == exact.quantize(step, ROUND_HALF_UP)


def test_half_a_cent_is_rounded_up():
    assert smallest_units(Decimal("0.18"), 100, "EUR") == 1
    assert smallest_units(Decimal("0.18"), 99, "EUR") == 0
    assert rate_text(Decimal("85.5"), "EUR") == "85.50"
    assert rate_text(Decimal("85.1250"), "EUR") == "85.125"
    assert rate_text(Decimal(8500), "JPY") == "8500"


@given(
    st.integers(0, 31 * 86_400),
    st.sampled_from(["up", "down", "nearest"]),
    st.sampled_from([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]),
)
def test_rounded_duration_is_a_whole_number_of_steps_and_near(
    seconds: int, mode: Any, minutes: int
):
    step = minutes * 60
    rounded = Rounding(mode, minutes)(seconds)
    assert rounded % step == 0
    difference = rounded - seconds
    lowest, highest = {"up": (0, step - 1), "down": (1 - step, 0)}.get(
        mode, (-(step - 1) // 2, step // 2)
    )
    assert lowest <= difference <= highest
    assert Rounding(mode, minutes)(rounded) == rounded


# All views agree ----------------------------------------------------------------------------------


@dataclass
class Tracked:
    """A session as the test knows it."""

    person: int
    project: int | None
    tags: list[str]
    billable: bool
    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        return int((self.end - self.start).total_seconds())


ZONES = [
    "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
]  # fmt: skip
ROUNDINGS = [None, Rounding("up", 15), Rounding("down", 6), Rounding("nearest", 60)]


async def fill(lab: Lab, chance: random.Random, zone: ZoneInfo) -> tuple[list[Tracked], Any]:
    """Random sessions around the year's turn and a change of clocks, and random rates."""
    members = [await lab.person("member") for _ in range(2)]
    people = [member.person_id for member in members]  # type: ignore[attr-defined]
    client = (await lab.owner.post("/clients", json={"name": "Institute"})).json()["id"]
    projects = [
        (await lab.owner.post("/projects", json={"name": name, "client_id": of})).json()["id"]
        for name, of in (("Reef", client), ("Kelp", None))
    ]
    rates: dict[tuple[int | None, int | None], list[tuple[datetime, Decimal | None]]] = {}
    for person, project in product((None, 0, 1), (None, 0, 1)):
        if chance.random() < 0.3:
            continue
        days = [None, *chance.sample([date(2025, 12, 31), date(2026, 1, 1), date(2026, 4, 5)], 2)]
        for day in days:
            rate = chance.choice([None, "0", "19.99", "33.3333", "85", "120.505"])
            await set_rate(
                lab.owner, rate,
                person_id=None if person is None else people[person],
                project_id=None if project is None else projects[project],
                effective_from=day and day.isoformat(), time_zone=zone.key,
            )  # fmt: skip
            start = start_of_day(day, zone) if day else datetime.min.replace(tzinfo=UTC)
            rates.setdefault((person, project), []).append((start, rate and Decimal(rate)))
    tracked = []
    for _ in range(60):
        middle = chance.choice([datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)])
        start = middle + timedelta(seconds=chance.randrange(-3 * 86_400, 3 * 86_400))
        length = chance.choice([1, 450, 451, 1799, 3600, 5000, 86_400, 200_001])
        tracked.append(
            Tracked(
                chance.randrange(2), chance.choice([None, 0, 1]),
                chance.sample(["a", "b", "c"], chance.randrange(3)), chance.random() < 0.8,
                start, start + timedelta(seconds=length),
            )
        )  # fmt: skip
    async with lab.past_security.transaction() as tx:
        for month in ("2025-12-15", "2026-01-15", "2026-04-15", "2026-03-15"):
            await tx.execute(f"SELECT make_sessions_partition('{month} 00:00Z')")
        await tx.executemany(
            """
            INSERT INTO sessions (organisation_id, id, person_id, project_id, name, tags, billable,
                                  started_at, ended_at)
            VALUES ($1, $2, $3, $4, 'PCR', $5, $6, $7, $8)
            """,
            [
                (
                    UUID(lab.organisation_id), uuid4(), UUID(people[each.person]),
                    None if each.project is None else UUID(projects[each.project]),
                    each.tags, each.billable, each.start, each.end,
                )
                for each in tracked
            ],
        )  # fmt: skip

    def units(each: Tracked, rounding: Rounding | None) -> int | None:
        if not each.billable:
            return None
        whose = each.person, each.project
        for scope in (whose, (None, each.project), (each.person, None), (None, None)):
            history = sorted(rates.get(scope, []), key=lambda rate: rate[0])
            found = [rate for start, rate in history if start <= each.start]
            if found and found[-1] is not None:
                seconds = rounding(each.seconds) if rounding else each.seconds
                return smallest_units(found[-1], seconds, "EUR")
        return None

    return tracked, units


def cents(amount: str) -> int:
    return int(Decimal(amount) * 100)


@pytest.mark.parametrize("zone_name", ZONES)
async def test_all_views_agree_to_the_second_and_to_the_cent(zone_name: str, lab: Lab):
    zone = ZoneInfo(zone_name)
    chance = random.Random(zone_name)
    tracked, units = await fill(lab, chance, zone)
    groups = ("project", "client", "person", "tag", "none")
    for rounding in ROUNDINGS:
        asked: dict[str, Any] = {"time_zone": zone_name}
        if rounding:
            asked |= {"rounding": rounding.mode, "rounding_minutes": rounding.minutes}
        seconds = [rounding(each.seconds) if rounding else each.seconds for each in tracked]
        amounts = [units(each, rounding) for each in tracked]
        expected = {
            "seconds": sum(seconds),
            "billable": sum(s for s, each in zip(seconds, tracked, strict=True) if each.billable),
            "unrated": sum(
                s
                for s, each, amount in zip(seconds, tracked, amounts, strict=True)
                if each.billable and amount is None
            ),
            "cents": sum(amount or 0 for amount in amounts),
        }

        summed = await totals(lab.owner, **asked)
        assert {
            "seconds": summed["duration_seconds"],
            "billable": summed["billable_seconds"],
            "unrated": summed["unrated_seconds"],
            "cents": cents(summed["amount"]),
        } == expected

        rows = await exported(lab.owner, **asked)
        assert sum(int(row["duration_seconds"]) for row in rows) == expected["seconds"]
        assert sum(cents(row["amount"]) for row in rows if row["amount"]) == expected["cents"]

        for cut in ("start_day", "split"):
            years = {
                (year, by): await report(
                    lab.owner, date=f"{year}-06-01", cut=cut, group_by=by, **asked
                )
                for year, by in product((2025, 2026), groups)
                if by == "none" or rounding in (None, ROUNDINGS[1])
            }
            ungrouped = [years[year, "none"] for year in (2025, 2026)]
            assert {
                "seconds": sum(year["total_seconds"] for year in ungrouped),
                "billable": sum(year["billable_seconds"] for year in ungrouped),
                "unrated": sum(year["unrated_seconds"] for year in ungrouped),
                "cents": sum(cents(year["amount"]) for year in ungrouped),
            } == expected
            for (year, by), made in years.items():
                assert made["days"] == years[year, "none"]["days"]
                assert sum(day["duration_seconds"] for day in made["days"]) == made["total_seconds"]
                assert sum(cents(day["amount"]) for day in made["days"]) == cents(made["amount"])
                for bucket in made["buckets"]:
                    days = bucket["days"]
                    assert sum(d["duration_seconds"] for d in days) == bucket["duration_seconds"]
                    assert sum(cents(d["amount"]) for d in days) == cents(bucket["amount"])
                if by != "tag":
                    assert sum(cents(b["amount"]) for b in made["buckets"]) == cents(made["amount"])
                    assert (
                        sum(b["billable_seconds"] for b in made["buckets"])
                        == made["billable_seconds"]
                    )
        if rounding is None:
            first, after = date(2026, 1, 1), date(2027, 1, 1)
            by_day = {day["date"]: day["duration_seconds"] for day in ungrouped[1]["days"]}
            for day in local_days(first, after, zone):
                real = sum(
                    max(
                        0,
                        int((min(each.end, day.end) - max(each.start, day.start)).total_seconds()),
                    )
                    for each in tracked
                )
                assert by_day.get(day.date.isoformat(), 0) == real


# Rounding -----------------------------------------------------------------------------------------


async def test_rounding_is_of_reports_alone(lab: Lab):
    await set_rate(lab.owner, "60")
    session = await track(lab.owner, duration=61)
    asked = {"rounding": "up", "rounding_minutes": 15}
    made = await report(lab.owner, **asked)
    assert (made["total_seconds"], made["amount"]) == (900, "15.00")
    assert (await lab.owner.get(f"/sessions/{session['id']}")).json()["duration_seconds"] == 61
    assert (await report(lab.owner))["amount"] == "1.02"
    [row] = await exported(lab.owner, **asked)
    assert (row["duration"], row["duration_seconds"]) == ("0:15:00", "900")
    assert (row["amount"], row["rounding"]) == ("15.00", "up to 15 minutes")
    assert row["end"] == "2026-03-02T09:01:01+00:00"
    as_json = (await lab.owner.get("/sessions/export", params={"format": "json"} | asked)).json()
    assert as_json["rounding"] == {"mode": "up", "minutes": 15}
    assert as_json["items"][0]["duration_seconds"] == 900
    content = (await lab.owner.get("/sessions/export", params={"format": "xlsx"} | asked)).content
    titles, values = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    cells = dict(zip(titles, values, strict=True))
    assert (cells["duration_seconds"], cells["amount"], cells["rounding"]) == (
        900, 15, "up to 15 minutes",
    )  # fmt: skip


async def test_reports_and_exports_round_as_the_organisation_does_unless_asked_otherwise(lab: Lab):
    rule = {"mode": "up", "minutes": 15}
    await set_rate(lab.owner, "60")
    member = await lab.person("member")
    for whoever in (lab.owner, member):
        await track(whoever, duration=61)
    assert (await report(lab.owner))["rounding"] is None
    assert (await member.patch("/billing-settings", json={"rounding": rule})).status_code == 403
    answer = await lab.owner.patch("/billing-settings", json={"rounding": rule})
    assert answer.json()["rounding"] == rule

    made = await report(lab.owner)
    assert (made["total_seconds"], made["amount"], made["rounding"]) == (1800, "30.00", rule)
    assert (await report(member))["total_seconds"] == 900
    assert {row["rounding"] for row in await exported(lab.owner)} == {"up to 15 minutes"}
    as_json = (await lab.owner.get("/sessions/export?format=json")).json()
    assert (as_json["rounding"], as_json["items"][0]["duration_seconds"]) == (rule, 900)
    # Totals are those of the list, which shows what was tracked.
    assert (await totals(lab.owner))["duration_seconds"] == 122

    down = {"rounding": "nearest", "rounding_minutes": 1}
    assert (await report(lab.owner, **down))["rounding"] == {"mode": "nearest", "minutes": 1}
    for asked, seconds in (({"rounding": "none"}, 122), (down, 120)):
        assert (await report(lab.owner, **asked))["total_seconds"] == seconds
        assert (await totals(lab.owner, **asked))["duration_seconds"] == seconds
        rows = await exported(lab.owner, **asked)
        assert sum(int(row["duration_seconds"]) for row in rows) == seconds

    # Another change leaves it alone; null ends it.
    await lab.owner.patch("/billing-settings", json={"members_see_amounts": True})
    assert (await report(lab.owner))["rounding"] == rule
    answer = await lab.owner.patch("/billing-settings", json={"rounding": None})
    assert answer.json() == {"currency": "EUR", "members_see_amounts": True, "rounding": None}
    assert (await report(lab.owner))["total_seconds"] == 122


async def test_default_rounding_ends_at_the_border_of_the_organisation(
    make_lab: Callable[..., Any],
):
    lab, elsewhere = await make_lab(), await make_lab()
    await lab.owner.patch("/billing-settings", json={"rounding": {"mode": "up", "minutes": 60}})
    await track(elsewhere.owner, duration=61)
    made = await report(elsewhere.owner)
    assert (made["total_seconds"], made["rounding"]) == (61, None)


@pytest.mark.parametrize(
    ("rounding", "pointer"),
    [
        ({"mode": "up"}, "/rounding"),
        ({"mode": "none", "minutes": 15}, "/rounding/mode"),
        ({"mode": "up", "minutes": 7}, "/rounding/minutes"),
        ({"mode": "up", "minutes": 15, "of": "days"}, "/rounding"),
    ],
    ids=str,
)
async def test_default_rounding_that_cannot_be_is_refused(
    rounding: dict[str, Any], pointer: str, lab: Lab
):
    answer = await lab.owner.patch("/billing-settings", json={"rounding": rounding})
    assert answer.status_code == 400, answer.text
    assert next(error["pointer"] for error in answer.json()["errors"]).startswith(pointer)


async def test_rounded_export_is_imported_as_it_was_tracked(make_lab: Callable[..., Any]):
    lab, elsewhere = await make_lab(), await make_lab()
    await track(lab.owner, duration=61)
    query = {"rounding": "up", "rounding_minutes": 15}
    content = (await lab.owner.get("/sessions/export", params=query)).content
    content = content.replace(lab.owner_email.encode(), elsewhere.owner_email.encode())
    answer = await elsewhere.owner.post(
        "/sessions/imports",
        data={"format": "benchbook"},
        files={"file": ("hours.csv", content, "text/csv")},
    )
    assert (answer.status_code, answer.json()["added"]) == (201, 1), answer.text
    assert (await totals(elsewhere.owner))["duration_seconds"] == 61


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"rounding": "up"}, "?rounding_minutes"),
        ({"rounding_minutes": 15}, "?rounding"),
        ({"rounding": "sideways", "rounding_minutes": 15}, "?rounding"),
        ({"rounding": "up", "rounding_minutes": 7}, "?rounding_minutes"),
        ({"rounding": "none", "rounding_minutes": 15}, "?rounding_minutes"),
        ({"rounding": "up", "rounding_minutes": "null"}, "?rounding_minutes"),
    ],
    ids=str,
)
async def test_rounding_that_cannot_be_is_refused(query: dict[str, Any], pointer: str, lab: Lab):
    for path in ("/reports/hours", "/sessions/totals", "/sessions/export"):
        answer = await lab.owner.get(path, params=query)
        assert answer.status_code == 400, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
