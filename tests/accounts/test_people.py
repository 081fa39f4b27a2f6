"""People and roles: who may invite, change and see whom, invitations, deactivation, the audit."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.accounts.conftest import browser
from tests.conftest import PASSWORD, Lab

from benchbook.accounts.caller import RANK
from benchbook.platform.database import Database

ROLES = sorted(RANK, key=RANK.__getitem__)  # member, manager, admin, owner


def email() -> str:
    return f"{uuid4().hex}@example.org"


def allowed(role: str, least: str) -> bool:
    return RANK[role] >= RANK[least]  # type: ignore[index]


async def caller(lab: Lab, role: str) -> httpx.AsyncClient:
    return lab.owner if role == "owner" else await lab.person(role)


# Roles -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
async def test_what_a_role_may_do_with_people(role: str, lab: Lab):
    someone = await lab.person("member")
    person = await caller(lab, role)
    path = f"/people/{someone.person_id}"  # type: ignore[attr-defined]
    new = {"name": "New", "email": email()}
    requests: list[tuple[str, str, dict[str, Any], str]] = [
        ("GET", "/people", {}, "manager"),
        ("GET", path, {}, "manager"),
        ("POST", "/people", {"json": new}, "admin"),
        ("PATCH", path, {"json": {"name": "Renamed"}}, "admin"),
        ("POST", f"{path}/invitation", {}, "admin"),
        ("GET", "/audit-events", {}, "admin"),
    ]
    for method, url, request, least in requests:
        answer = await person.request(method, url, **request)
        assert answer.is_success is allowed(role, least), f"{role}: {method} {url}: {answer.text}"
        assert allowed(role, least) or answer.status_code == 403
    # Everybody looks after themselves.
    assert (await person.get("/me")).status_code == 200
    assert (await person.patch("/me", json={"locale": "de-DE"})).status_code == 200
    assert (await person.get("/api-tokens")).status_code == 200


@pytest.mark.parametrize("granted", ROLES)
@pytest.mark.parametrize("role", ["admin", "owner"])
async def test_nobody_grants_a_role_above_their_own(role: str, granted: str, lab: Lab):
    person = await caller(lab, role)
    someone = await lab.person("member")
    added = await person.post("/people", json={"name": "N", "email": email(), "role": granted})
    changed = await person.patch(f"/people/{someone.person_id}", json={"role": granted})  # type: ignore[attr-defined]
    for answer, status in ((added, 201), (changed, 200)):
        assert answer.status_code == (status if allowed(role, granted) else 403)
        if answer.is_success:
            assert answer.json()["role"] == granted
        else:
            assert answer.json()["code"] == "role_too_high"


async def test_nobody_touches_a_role_above_their_own(lab: Lab):
    admin = await lab.person("admin")
    owner_id = (await lab.owner.get("/me")).json()["person"]["id"]
    for request in (
        admin.patch(f"/people/{owner_id}", json={"name": "x"}),
        admin.patch(f"/people/{owner_id}", json={"active": False}),
        admin.patch(f"/people/{owner_id}", json={"role": "member"}),
        admin.post(f"/people/{owner_id}/invitation"),
    ):
        answer = await request
        assert (answer.status_code, answer.json()["code"]) == (403, "role_too_high")
    assert (await lab.owner.get("/me")).json()["role"] == "owner"


async def test_changed_role_counts_from_the_next_request(lab: Lab):
    person = await lab.person("member")
    assert (await person.get("/people")).status_code == 403
    await lab.owner.patch(f"/people/{person.person_id}", json={"role": "manager"})  # type: ignore[attr-defined]
    assert (await person.get("/people")).status_code == 200
    await lab.owner.patch(f"/people/{person.person_id}", json={"role": "member"})  # type: ignore[attr-defined]
    assert (await person.get("/people")).status_code == 403


@pytest.mark.parametrize("change", [{"role": "admin"}, {"active": False}])
async def test_last_owner_stays(change: dict[str, Any], lab: Lab):
    me = (await lab.owner.get("/me")).json()["person"]["id"]
    answer = await lab.owner.patch(f"/people/{me}", json=change)
    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    assert (await lab.owner.get("/me")).json()["role"] == "owner"
    # An owner who cannot sign in is none.
    second = await lab.person("owner")
    path = f"/people/{second.person_id}"  # type: ignore[attr-defined]
    assert (await lab.owner.patch(path, json={"active": False})).status_code == 200
    assert (await lab.owner.patch(f"/people/{me}", json=change)).status_code == 409
    # Nor is one who was invited and has not come yet.
    invited = {"name": "To come", "email": f"to.come.{me}@example.org", "role": "owner"}
    made = await lab.owner.post("/people", json=invited)
    assert (await lab.owner.patch(f"/people/{me}", json=change)).status_code == 409
    accept = f"/invitations/{made.json()['invitation_token']}/accept"
    assert (await lab.owner.post(accept, json={"password": PASSWORD})).status_code == 200
    assert (await lab.owner.patch(f"/people/{me}", json=change)).status_code == 200


async def test_two_owners_who_demote_each_other_leave_one(lab: Lab):
    for _ in range(3):
        second = await lab.person("owner")
        ids = [(await one.get("/me")).json()["person"]["id"] for one in (lab.owner, second)]
        answers = await asyncio.gather(
            lab.owner.patch(f"/people/{ids[1]}", json={"role": "admin"}),
            second.patch(f"/people/{ids[0]}", json={"role": "admin"}),
        )
        # The slower one finds itself an admin, or the last owner.
        assert [answer.status_code for answer in answers].count(200) == 1
        assert {answer.status_code for answer in answers} <= {200, 403, 409}
        roles = [(await one.get("/me")).json()["role"] for one in (lab.owner, second)]
        assert sorted(roles) == ["admin", "owner"]
        if roles[0] == "admin":
            await second.patch(f"/people/{ids[0]}", json={"role": "owner"})
            await lab.owner.patch(f"/people/{ids[1]}", json={"role": "admin"})


async def test_owners_who_all_leave_at_once_leave_one(lab: Lab):
    owners = [lab.owner, await lab.person("owner"), await lab.person("owner")]
    ids = [(await one.get("/me")).json()["person"]["id"] for one in owners]
    answers = await asyncio.gather(
        *(
            one.patch(f"/people/{id_}", json={"active": False})
            for one, id_ in zip(owners, ids, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]


# Adding and inviting ---------------------------------------------------------------------------


async def test_added_person_with_a_password_signs_in(lab: Lab, visitor: httpx.AsyncClient):
    address = email()
    body = {"name": "Mia", "email": address.upper(), "password": PASSWORD, "role": "manager"}
    added = await lab.owner.post("/people", json=body)
    assert added.json()["invitation_token"] is None
    assert added.headers["location"] == f"/api/v1/people/{added.json()['id']}"
    signed_in = await visitor.post("/login", json={"email": address, "password": PASSWORD})
    assert signed_in.json()["role"] == "manager"


async def test_address_is_used_once_in_an_organisation(lab: Lab):
    address = email()
    assert (await lab.owner.post("/people", json={"name": "A", "email": address})).is_success
    for again in (address, address.upper(), f" {address} "):
        answer = await lab.owner.post("/people", json={"name": "B", "email": again})
        assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


async def test_one_of_many_takes_an_address(lab: Lab):
    body = {"name": "A", "email": email()}
    answers = await asyncio.gather(*(lab.owner.post("/people", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_invited_person_chooses_a_password_and_is_signed_in(
    lab: Lab, visitor: httpx.AsyncClient
):
    address = email()
    body = {"name": "Ida Invited", "email": address}
    token = (await lab.owner.post("/people", json=body)).json()["invitation_token"]
    invitation = await visitor.get(f"/invitations/{token}")
    assert invitation.json() == {
        "organisation": lab.organisation,
        "name": "Ida Invited",
        "email": address,
    }
    accepted = await visitor.post(f"/invitations/{token}/accept", json={"password": PASSWORD})
    assert accepted.status_code == 200
    assert (await visitor.get("/me")).json()["person"]["email"] == address
    login = {"email": address, "password": PASSWORD}
    assert (await visitor.post("/login", json=login)).status_code == 200


async def _invited(lab: Lab) -> tuple[str, str]:
    answer = await lab.owner.post("/people", json={"name": "Ida", "email": email()})
    return answer.json()["id"], answer.json()["invitation_token"]


async def _is_gone(visitor: httpx.AsyncClient, token: str) -> None:
    read = await visitor.get(f"/invitations/{token}")
    accepted = await visitor.post(f"/invitations/{token}/accept", json={"password": PASSWORD})
    for answer in (read, accepted):
        assert (answer.status_code, answer.json()["code"]) == (404, "invitation_not_found")
        assert "set-cookie" not in answer.headers


async def test_invitation_is_good_once(lab: Lab, visitor: httpx.AsyncClient):
    _, token = await _invited(lab)
    body = {"password": PASSWORD}
    answers = await asyncio.gather(
        *(visitor.post(f"/invitations/{token}/accept", json=body) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]
    visitor.cookies.clear()
    await _is_gone(visitor, token)


async def test_expired_invitation_is_gone(
    lab: Lab, visitor: httpx.AsyncClient, owner_database: Database
):
    person_id, token = await _invited(lab)
    async with owner_database.transaction() as tx:
        await tx.execute(
            "UPDATE invitations SET expires_at = now() - interval '1 second' WHERE person_id = $1::uuid",
            person_id,
        )
    await _is_gone(visitor, token)


async def test_new_invitation_takes_the_place_of_the_old(lab: Lab, visitor: httpx.AsyncClient):
    person_id, old = await _invited(lab)
    new = (await lab.owner.post(f"/people/{person_id}/invitation")).json()["invitation_token"]
    await _is_gone(visitor, old)
    accepted = await visitor.post(f"/invitations/{new}/accept", json={"password": PASSWORD})
    assert accepted.status_code == 200


async def test_invitation_renews_a_forgotten_password_and_ends_old_logins(
    lab: Lab, transport: httpx.ASGITransport
):
    address = email()
    body = {"name": "Mia", "email": address, "password": PASSWORD}
    person_id = (await lab.owner.post("/people", json=body)).json()["id"]
    async with browser(transport) as old, browser(transport) as new:
        assert (await old.post("/login", json={"email": address, "password": PASSWORD})).is_success
        renewed = await lab.owner.post(f"/people/{person_id}/invitation")
        token = renewed.json()["invitation_token"]
        accepted = await new.post(f"/invitations/{token}/accept", json={"password": "remembered"})
        assert accepted.status_code == 200
        assert (await old.get("/me")).status_code == 401
        for password, status in ((PASSWORD, 401), ("remembered", 200)):
            login = {"email": address, "password": password}
            assert (await new.post("/login", json=login)).status_code == status


async def test_invitation_of_a_deactivated_person_is_gone(lab: Lab, visitor: httpx.AsyncClient):
    person_id, token = await _invited(lab)
    await lab.owner.patch(f"/people/{person_id}", json={"active": False})
    await _is_gone(visitor, token)


@pytest.mark.parametrize("token", ["x", "bbi_", "bbt_AAAA", "bbi_" + "A" * 54, "%00", "é" * 50])
async def test_what_is_no_invitation_is_not_found(token: str, visitor: httpx.AsyncClient):
    await _is_gone(visitor, token)


# Deactivation ----------------------------------------------------------------------------------


async def test_deactivated_person_is_refused_at_once_and_let_in_again(
    lab: Lab, transport: httpx.ASGITransport
):
    address = email()
    person = await lab.person("manager", email=address, password=PASSWORD)
    path = f"/people/{person.person_id}"  # type: ignore[attr-defined]
    login = {"email": address, "password": PASSWORD}
    async with browser(transport) as signed_in:
        assert (await signed_in.post("/login", json=login)).status_code == 200
        deactivated = await lab.owner.patch(path, json={"active": False})
        assert deactivated.json()["active"] is False
        assert (await signed_in.get("/me")).status_code == 401
        assert (await person.get("/me")).status_code == 401
        refused = await signed_in.post("/login", json=login)
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong_credentials")

        await lab.owner.patch(path, json={"active": True})
        assert (await person.get("/me")).status_code == 200
        assert (await signed_in.get("/me")).status_code == 401, "an ended login stays ended"
        assert (await signed_in.post("/login", json=login)).status_code == 200


async def test_deactivated_persons_hours_stay(lab: Lab):
    person = await lab.person("member")
    session = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    made = (await person.post("/sessions", json=session)).json()
    await lab.owner.patch(f"/people/{person.person_id}", json={"active": False})  # type: ignore[attr-defined]
    assert (await lab.owner.get(f"/sessions/{made['id']}")).json() == made


# Profiles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "   "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": None}, "/name"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"time_zone": None}, "/time_zone"),
        ({"time_zone": "localtime"}, "/time_zone"),
        ({"locale": "not a tag"}, "/locale"),
        ({"locale": "x"}, "/locale"),
        ({"week_start": "tuesday"}, "/week_start"),
        ({"role": "owner"}, "/role"),
        ({"email": "new@example.org"}, "/email"),
        ({"password": "a long enough one"}, "/password"),
    ],
)
async def test_profile_takes_what_it_should_and_no_more(
    change: dict[str, Any], pointer: str, lab: Lab
):
    before = (await lab.owner.get("/me")).json()
    answer = await lab.owner.patch("/me", json={"week_start": "sunday"} | change)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await lab.owner.get("/me")).json() == before


async def test_profile_keeps_what_is_absent(lab: Lab):
    before = (await lab.owner.get("/me")).json()["person"]
    change = {"name": " Ólga 漢 ", "time_zone": "Asia/Kolkata", "week_start": "saturday"}
    after = (await lab.owner.patch("/me", json=change)).json()["person"]
    expected = before | change | {"name": "Ólga 漢", "updated_at": after["updated_at"]}
    assert after == expected
    assert after["updated_at"] > before["updated_at"]


async def test_new_person_has_the_time_zone_of_who_added_them(lab: Lab):
    await lab.owner.patch("/me", json={"time_zone": "Asia/Kolkata"})
    body = {"name": "Mia", "email": email()}
    assert (await lab.owner.post("/people", json=body)).json()["time_zone"] == "Asia/Kolkata"


# The audit -------------------------------------------------------------------------------------


async def test_what_is_done_with_people_is_in_the_audit(lab: Lab, visitor: httpx.AsyncClient):
    me = (await lab.owner.get("/me")).json()["person"]["id"]
    before = len((await lab.owner.get("/audit-events")).json()["items"])
    body = {"name": "Mia", "email": email()}
    headers = {"X-Request-ID": "adds-mia"}
    added = (await lab.owner.post("/people", json=body, headers=headers)).json()
    path = f"/people/{added['id']}"
    await lab.owner.patch(path, json={"role": "admin"})
    await visitor.post(
        f"/invitations/{added['invitation_token']}/accept", json={"password": PASSWORD}
    )
    await lab.owner.patch(path, json={"active": False})
    token = (await lab.owner.post("/api-tokens", json={"name": "t"})).json()
    await lab.owner.delete(f"/api-tokens/{token['id']}")
    events = (await lab.owner.get("/audit-events")).json()["items"][:-before]
    newest_last = [event["action"] for event in reversed(events)]
    assert newest_last == [
        "person.added",
        "person.changed",
        "invitation.accepted",
        "person.signed_in",
        "person.changed",
        "api_token.created",
        "api_token.revoked",
    ]
    by_action = {event["action"]: event for event in events}
    added_event = by_action["person.added"]
    assert added_event["actor_id"] == me
    assert added_event["subject_id"] == added["id"]
    assert added_event["request_id"] == "adds-mia"
    assert added_event["details"] == {"role": "member"}
    assert by_action["invitation.accepted"]["actor_id"] == added["id"]
    for secret in (added["invitation_token"], token["token"], PASSWORD, body["email"]):
        assert secret not in str(events)


async def test_refused_change_is_not_in_the_audit(lab: Lab):
    me = (await lab.owner.get("/me")).json()["person"]["id"]
    before = (await lab.owner.get("/audit-events")).json()
    await lab.owner.patch(f"/people/{me}", json={"role": "member"})
    await lab.owner.post("/people", json={"name": "x", "email": lab.owner_email})
    assert (await lab.owner.get("/audit-events")).json() == before


async def test_audit_is_the_organisations_own(make_lab: Any):
    first, second = await make_lab(), await make_lab()
    before = (await second.owner.get("/audit-events")).json()
    assert before["items"][-1]["action"] == "organisation.created"
    await first.owner.post("/people", json={"name": "x", "email": email()})
    assert (await second.owner.get("/audit-events")).json() == before
