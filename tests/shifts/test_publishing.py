"""Publishing: drafts nobody sees, the difference before it goes out, and who is told of what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar
from tests.conftest import ORIGIN, Lab
from tests.contract.operations import pointers
from tests.shifts.conftest import Hire

# Shifts to come: what is over is nobody's news.
DAY = (datetime.now(UTC) + timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)


def at(hours: float) -> str:
    return (DAY + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


async def save(lab: Lab, employee: str, start: float, end: float, **more: Any) -> str:
    body = {"employee_id": employee, "starts_at": at(start), "ends_at": at(end)} | more
    answer = await lab.owner.post("/shifts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def publish(lab: Lab, **more: Any) -> dict[str, Any]:
    body = {"from": at(0), "to": at(240)} | more
    answer = await lab.owner.post("/shifts/publish", json=body)
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


async def seen(person: httpx.AsyncClient) -> dict[str, tuple[str, str, str]]:
    """The shifts that somebody sees, by id: whose, from when, to when."""
    answer = await person.get("/shifts", params={"from": at(0), "to": at(240)})
    assert answer.status_code == 200, answer.text
    return {
        one["id"]: (one["employee_id"], one["starts_at"], one["ends_at"])
        for one in answer.json()["items"]
    }


async def told(person: httpx.AsyncClient) -> dict[str, Any]:
    """The newest notification, its counts and what they are of."""
    answer = await person.get("/notifications")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["items"][0]["data"]
    return data


async def test_of_named_shifts_no_other_is_published(lab: Lab, hire: Hire):
    erna = await hire()
    first, second, third = [
        await save(lab, erna, hour, hour + 8, published=False) for hour in (8, 32, 56)
    ]
    preview = await publish(lab, shift_ids=[second, third], dry_run=True)
    assert [one["id"] for one in preview["added"]] == [second, third]
    assert (await publish(lab, shift_ids=[first], employee_ids=[await hire()]))["added"] == []
    assert (await publish(lab, shift_ids=[]))["added"] == []
    await publish(lab, shift_ids=[second, third])
    left = await publish(lab, dry_run=True)
    assert [one["id"] for one in left["added"]] == [first]


async def test_publishing_shows_the_difference_first_and_then_tells_it(lab: Lab, hire: Hire):
    erna_person, emil_person = await lab.person(), await lab.person()
    erna = await hire(person_id=erna_person.person_id)
    emil = await hire(person_id=emil_person.person_id)
    drafts = [await save(lab, erna, hour, hour + 8, published=False) for hour in (8, 32, 56)]
    await save(lab, erna, 480, 488, published=False)
    assert await seen(erna_person) == {}
    assert (await erna_person.get("/notifications")).json()["items"] == []

    preview = await publish(lab, dry_run=True)
    assert preview["dry_run"] is True
    assert [one["id"] for one in preview["added"]] == drafts
    assert await seen(erna_person) == {}
    done = await publish(lab)
    assert done | {"dry_run": True} == preview
    assert list(await seen(erna_person)) == drafts
    news = await told(erna_person)
    assert (news["added"], news["changed"], news["cancelled"]) == (3, 0, 0)
    assert [one["shift_id"] for one in news["shifts"]] == drafts
    assert news["shifts"][0]["starts_at"] == at(8)
    assert (await emil_person.get("/notifications")).json()["items"] == []

    # Changes that are kept back: one is moved, one handed over, one left as it is.
    await lab.owner.post("/notifications/read", json={})
    await erna_person.post("/notifications/read", json={})
    moved, passed_on, _ = drafts
    batch = {
        "update": [
            {"id": moved, "ends_at": at(17), "published": False},
            {"id": passed_on, "employee_id": emil, "published": False},
        ]
    }
    assert (await lab.owner.post("/shifts/batch", json=batch)).status_code == 200
    assert (await seen(erna_person))[moved] == (erna, at(8), at(16))
    assert (await seen(erna_person))[passed_on] == (erna, at(32), at(40))
    one = await erna_person.get(f"/shifts/{moved}")
    assert (one.json()["ends_at"], one.json()["published"]) == (at(16), True)
    assert (await lab.owner.get(f"/shifts/{moved}")).json()["ends_at"] == at(17)
    assert (await erna_person.get("/notifications")).json()["unread_count"] == 0

    preview = await publish(lab, dry_run=True, employee_ids=[erna])
    assert [one["before"]["ends_at"] for one in preview["changed"]] == [at(16)]
    assert [one["after"]["ends_at"] for one in preview["changed"]] == [at(17)]
    assert [(one["id"], one["employee_id"]) for one in preview["cancelled"]] == [(passed_on, erna)]
    assert [(one["id"], one["employee_id"]) for one in preview["added"]] == [(passed_on, emil)]
    await publish(lab)
    assert (await seen(erna_person))[moved] == (erna, at(8), at(17))
    assert (await seen(emil_person))[passed_on] == (emil, at(32), at(40))
    news = await told(erna_person)
    assert (news["added"], news["changed"], news["cancelled"]) == (0, 1, 1)
    assert (await told(emil_person))["added"] == 1
    again = await publish(lab)
    assert (again["added"], again["changed"], again["cancelled"]) == ([], [], [])


async def test_change_of_a_published_shift_goes_out_and_is_told_at_once(lab: Lab, hire: Hire):
    person = await lab.person()
    erna = await hire(person_id=person.person_id)
    stored = await save(lab, erna, 8, 16)
    assert (await told(person))["added"] == 1
    await lab.owner.patch(f"/shifts/{stored}", json={"starts_at": at(9)})
    # Within ten minutes and unread: in the same notification.
    news = await told(person)
    assert (news["added"], news["changed"]) == (1, 1)
    assert (await person.get("/notifications")).json()["unread_count"] == 1
    await person.post("/notifications/read", json={})
    # Alone, it withdraws the shift.
    await lab.owner.patch(f"/shifts/{stored}", json={"published": False})
    assert (await person.get(f"/shifts/{stored}")).status_code == 404
    assert (await told(person))["cancelled"] == 1
    listed = (await person.get("/notifications")).json()
    assert (len(listed["items"]), listed["unread_count"]) == (2, 1)
    assert (await person.get("/notifications", params={"unread": "true"})).json()["items"] == [
        listed["items"][0]
    ]


async def test_kept_back_shift_that_is_deleted_is_cancelled_as_it_was_seen(lab: Lab, hire: Hire):
    person = await lab.person()
    erna, emil = await hire(person_id=person.person_id), await hire()
    stored = await save(lab, erna, 8, 16)
    change = {"employee_id": emil, "starts_at": at(7), "published": False}
    await lab.owner.patch(f"/shifts/{stored}", json=change)
    await person.post("/notifications/read", json={})
    assert (await lab.owner.delete(f"/shifts/{stored}")).status_code == 204
    assert await seen(person) == {}
    news = await told(person)
    assert (news["cancelled"], news["shifts"][0]["starts_at"]) == (1, at(8))


async def test_notifications_are_ones_own(lab: Lab, hire: Hire):
    person, other = await lab.person(), await lab.person()
    await save(lab, await hire(person_id=person.person_id), 8, 16)
    mine = (await person.get("/notifications")).json()["items"]
    assert (await other.get("/notifications")).json()["items"] == []
    ids = {"ids": [mine[0]["id"]]}
    assert (await other.post("/notifications/read", json=ids)).json() == {"unread_count": 0}
    assert (await person.get("/notifications")).json()["unread_count"] == 1
    assert (await person.post("/notifications/read", json=ids)).json() == {"unread_count": 0}


async def test_past_shifts_and_ones_own_doing_are_no_news(lab: Lab, hire: Hire):
    person, manager = await lab.person(), await lab.person("manager")
    await save(lab, await hire(person_id=person.person_id), -800, -792)
    own = await hire(person_id=manager.person_id)
    body = {"employee_id": own, "starts_at": at(8), "ends_at": at(16)}
    assert (await manager.post("/shifts", json=body)).status_code == 201
    for somebody in (person, manager):
        assert (await somebody.get("/notifications")).json()["items"] == []


async def test_leave_is_told_to_managers_and_its_end_to_the_employee(lab: Lab, hire: Hire):
    person, manager = await lab.person(), await lab.person("manager")
    await hire(person_id=person.person_id)
    days = {"kind": "sick", "first_day": "2026-03-02", "last_day": "2026-03-02"}
    asked = (await person.post("/leave-requests", json=days)).json()["id"]
    assert (await told(manager))["leave_request_id"] == asked
    assert (await person.get("/notifications")).json()["items"] == []
    await manager.patch(f"/leave-requests/{asked}", json={"status": "declined"})
    assert (await told(person))["status"] == "declined"


async def test_publishing_takes_a_range_and_the_role_manager(lab: Lab):
    member = await lab.person()
    body = {"from": at(0), "to": at(240)}
    assert (await member.post("/shifts/publish", json=body)).status_code == 403
    for wrong in ({"from": at(0), "to": at(0)}, {"from": at(0), "to": at(24 * 401)}):
        answer = await lab.owner.post("/shifts/publish", json=wrong)
        assert (answer.status_code, pointers(answer)) == (400, ["/to"])


async def test_calendar_has_what_is_published_and_what_was_cancelled(lab: Lab, hire: Hire):
    person = await lab.person()
    erna, emil = await hire(person_id=person.person_id), await hire()
    place = {"name": "Leeds", "time_zone": "Europe/London"}
    leeds = (await lab.owner.post("/locations", json=place)).json()["id"]
    stays = await save(lab, erna, 8, 16, position="Bench", location_id=leeds)
    goes = await save(lab, erna, 32, 40)
    await save(lab, erna, 56, 64, published=False)
    await save(lab, emil, 8, 16)
    feed = await person.post("/calendar-feeds", json={"name": "Roster", "shows": "shifts"})
    path = feed.json()["url"].removeprefix(ORIGIN)
    async with httpx.AsyncClient(transport=lab.transport, base_url=ORIGIN) as reader:

        async def events() -> dict[str, Any]:
            answer = await reader.get(path)
            assert answer.status_code == 200, answer.text
            calendar = icalendar.Calendar.from_ical(answer.text)
            return {str(event["UID"]): event for event in calendar.walk("VEVENT")}

        before = await events()
        assert set(before) == {stays, goes}
        assert (before[stays]["SUMMARY"], before[stays]["LOCATION"]) == ("Bench", "Leeds")
        same = await reader.get(path)
        assert (
            await reader.get(path, headers={"If-None-Match": same.headers["etag"]})
        ).status_code == 304
        await lab.owner.patch(f"/shifts/{goes}", json={"employee_id": emil})
        await lab.owner.patch(f"/shifts/{stays}", json={"ends_at": at(17)})
        after = await events()
        assert set(after) == {stays, goes}
        assert after[goes]["STATUS"] == "CANCELLED"
        assert after[goes]["SEQUENCE"] > before[goes]["SEQUENCE"]
        assert "STATUS" not in after[stays]
        assert after[stays]["SEQUENCE"] > before[stays]["SEQUENCE"]
        assert after[stays]["DTEND"].dt == DAY + timedelta(hours=17)
        # Kept back, it stays in the calendar as it was; given back, it is no longer cancelled.
        await lab.owner.patch(f"/shifts/{stays}", json={"starts_at": at(9), "published": False})
        assert (await events())[stays]["DTSTART"].dt == DAY + timedelta(hours=8)
        await lab.owner.patch(f"/shifts/{goes}", json={"employee_id": erna})
        back = (await events())[goes]
        assert "STATUS" not in back
        assert back["SEQUENCE"] > after[goes]["SEQUENCE"]
        # Deleted it is cancelled once more; restored it is the same appointment again.
        await lab.owner.delete(f"/shifts/{goes}")
        gone = (await events())[goes]
        assert gone["STATUS"] == "CANCELLED"
        await lab.owner.post(f"/shifts/{goes}/restore")
        restored = (await events())[goes]
        assert "STATUS" not in restored
        assert restored["SEQUENCE"] > gone["SEQUENCE"] > back["SEQUENCE"]
        hours = path.replace("/ical/shifts/", "/ical/hours/")
        assert (await reader.get(hours)).status_code == 404
