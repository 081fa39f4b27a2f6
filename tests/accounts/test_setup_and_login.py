"""The first run, signing in and out, and what a sign-in is protected by."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from tests.accounts.conftest import browser
from tests.conftest import ORIGIN, PASSWORD, Lab

from benchbook.platform.database import Database

NEW = {
    "organisation": "Nucleic Lab",
    "name": "Olga Owner",
    "email": "Olga@Example.org",
    "password": PASSWORD,
    "time_zone": "Europe/Berlin",
}
MakeApp = Callable[..., Awaitable[httpx.ASGITransport]]


def credentials(lab: Lab, **more: Any) -> dict[str, Any]:
    return {"email": lab.owner_email, "password": PASSWORD, **more}


# The first run ---------------------------------------------------------------------------------


async def test_first_run_creates_the_organisation_and_signs_its_owner_in(make_app: MakeApp):
    async with browser(await make_app()) as owner:
        assert (await owner.get("/setup")).json() == {"needed": True}
        answer = await owner.post("/setup", json=NEW)
        assert answer.status_code == 201
        signed_in = answer.json()
        assert signed_in["organisation"]["name"] == "Nucleic Lab"
        assert signed_in["role"] == signed_in["person"]["role"] == "owner"
        assert signed_in["person"]["email"] == "olga@example.org"
        assert signed_in["person"]["time_zone"] == "Europe/Berlin"
        assert (await owner.get("/me")).json() == signed_in
        assert (await owner.get("/setup")).json() == {"needed": False}


async def test_second_setup_is_refused(make_app: MakeApp):
    app = await make_app()
    async with browser(app) as owner, browser(app) as intruder:
        await owner.post("/setup", json=NEW)
        answer = await intruder.post("/setup", json=NEW | {"email": "intruder@example.org"})
        assert (answer.status_code, answer.json()["code"]) == (409, "already_set_up")
        assert "set-cookie" not in answer.headers


async def test_of_setups_at_the_same_instant_one_succeeds(make_app: MakeApp):
    app = await make_app()
    async with browser(app) as first:
        answers = await asyncio.gather(
            *(first.post("/setup", json=NEW | {"organisation": f"Lab {n}"}) for n in range(6))
        )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organisation", " "),
        ("organisation", "x" * 201),
        ("name", ""),
        ("email", "no address"),
        ("email", "a@b@c"),
        ("email", "x" * 250 + "@example.org"),
        ("password", "1234567"),
        ("password", "x" * 1001),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
    ],
)
async def test_wrong_field_of_the_first_run_is_named_and_nothing_is_created(
    field: str, value: str, make_app: MakeApp
):
    async with browser(await make_app()) as owner:
        answer = await owner.post("/setup", json=NEW | {field: value})
        assert answer.status_code == 400
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
        assert (await owner.get("/setup")).json() == {"needed": True}


async def test_first_run_from_another_sites_page_is_refused(make_app: MakeApp):
    async with browser(await make_app()) as owner:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await owner.post("/setup", json=NEW, headers={"Sec-Fetch-Site": "", **headers})
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")


# Signing in and out ----------------------------------------------------------------------------


async def test_signing_in_sets_a_cookie_that_is_good_until_signing_out(
    lab: Lab, visitor: httpx.AsyncClient
):
    answer = await visitor.post("/login", json=credentials(lab))
    assert answer.status_code == 200
    assert answer.json()["organisation"]["id"] == lab.organisation_id
    assert (await visitor.get("/me")).json() == answer.json()
    cookie = visitor.cookies["benchbook_login"]
    assert (await visitor.post("/logout")).status_code == 204
    assert (await visitor.get("/me")).status_code == 401
    # Not only forgotten by the browser: ended.
    visitor.cookies.set("benchbook_login", cookie, domain="benchbook.test")
    assert (await visitor.get("/me")).status_code == 401


async def test_address_is_taken_in_either_case_and_with_spaces(
    lab: Lab, visitor: httpx.AsyncClient
):
    answer = await visitor.post(
        "/login", json=credentials(lab, email=f" {lab.owner_email.upper()} ")
    )
    assert answer.status_code == 200


async def test_cookie_is_out_of_reach_of_scripts_and_other_sites(
    lab: Lab, visitor: httpx.AsyncClient
):
    cookie = (await visitor.post("/login", json=credentials(lab))).headers["set-cookie"]
    name, attributes = (
        cookie.split("=", 1)[0],
        {part.strip().lower() for part in cookie.split(";")[1:]},
    )
    assert name == "benchbook_login"
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    # The server decides when a login ends; the browser keeps the cookie for at least as long.
    [age] = [part.partition("=")[2] for part in attributes if part.startswith("max-age")]
    assert int(age) >= 30 * 86_400
    assert "secure" not in attributes, "it would not come back over plain HTTP"
    assert not any(attribute.startswith("domain") for attribute in attributes)


async def test_cookie_over_tls_is_secure_and_bound_to_the_host(make_app: MakeApp):
    origin = "https://benchbook.test"
    async with browser(await make_app(public_url=origin), origin) as owner:
        answer = await owner.post("/setup", json=NEW)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-benchbook_login=")
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/", "secure"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
        assert "strict-transport-security" in answer.headers
        assert (await owner.get("/me")).status_code == 200
        # A cookie of the plain name, which another host could have set, is not looked at.
        value = owner.cookies["__Host-benchbook_login"]
        owner.cookies.clear()
        owner.cookies.set("benchbook_login", value, domain="benchbook.test")
        assert (await owner.get("/me")).status_code == 401


async def test_wrong_password_and_unknown_address_cannot_be_told_apart(
    lab: Lab, transport: httpx.ASGITransport
):
    async with browser(transport) as one, browser(transport) as other:
        wrong = await one.post("/login", json=credentials(lab, password="a wrong one"))
        unknown = await other.post(
            "/login", json={"email": "nobody-at-all@example.org", "password": "a wrong one"}
        )
    for answer in (wrong, unknown):
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
        assert "set-cookie" not in answer.headers
    told = [answer.json() | {"request_id": ""} for answer in (wrong, unknown)]
    assert told[0] == told[1]
    assert set(wrong.headers) == set(unknown.headers)


async def test_unknown_address_takes_as_long_as_a_known_one(
    lab: Lab, transport: httpx.ASGITransport
):
    async def seconds(email: str) -> float:
        async with browser(transport) as somebody:
            begun = time.perf_counter()
            await somebody.post("/login", json={"email": email, "password": "a wrong one"})
            return time.perf_counter() - begun

    await seconds("first@example.org")  # the first one makes the hash of nobody's password
    known = min([await seconds(lab.owner_email) for _ in range(4)])
    unknown = min([await seconds("nobody@example.org") for _ in range(4)])
    # argon2 takes most of either; skipping it would be faster by an order of magnitude.
    assert unknown > known / 3


async def test_invited_person_cannot_sign_in_before_choosing_a_password(
    lab: Lab, visitor: httpx.AsyncClient
):
    email = "invited@example.org"
    await lab.owner.post("/people", json={"name": "Ida", "email": email})
    for password in ("", "x", "None", "null"):
        answer = await visitor.post("/login", json={"email": email, "password": password})
        assert answer.status_code in (400, 401)


async def test_expired_login_is_refused(
    lab: Lab, visitor: httpx.AsyncClient, owner_database: Database
):
    await visitor.post("/login", json=credentials(lab))
    async with owner_database.transaction() as tx:
        await tx.execute(
            "UPDATE logins SET expires_at = now() - interval '1 second' WHERE organisation_id = $1::uuid",
            lab.organisation_id,
        )
    assert (await visitor.get("/me")).status_code == 401


async def test_login_that_is_used_lives_on(
    lab: Lab, visitor: httpx.AsyncClient, owner_database: Database
):
    await visitor.post("/login", json=credentials(lab))
    async with owner_database.transaction() as tx:
        await tx.execute(
            """
            UPDATE logins SET expires_at = now() + interval '1 minute', last_used_at = now() - interval '1 hour'
            WHERE organisation_id = $1::uuid
            """,
            lab.organisation_id,
        )
    assert (await visitor.get("/me")).status_code == 200
    async with owner_database.transaction() as tx:
        days = await tx.fetchval(
            "SELECT extract(day FROM expires_at - now()) FROM logins WHERE organisation_id = $1::uuid",
            lab.organisation_id,
        )
    assert days >= 29


async def test_changing_the_password_signs_out_everywhere_else(
    lab: Lab, transport: httpx.ASGITransport
):
    async with browser(transport) as here, browser(transport) as there:
        for opened in (here, there):
            assert (await opened.post("/login", json=credentials(lab))).status_code == 200
        change = {"current_password": PASSWORD, "new_password": "quite another phrase"}
        assert (await here.post("/me/password", json=change)).status_code == 204
        assert (await here.get("/me")).status_code == 200
        assert (await there.get("/me")).status_code == 401
        assert (await there.post("/login", json=credentials(lab))).status_code == 401
        renewed = credentials(lab, password="quite another phrase")
        assert (await there.post("/login", json=renewed)).status_code == 200


async def test_password_is_changed_only_by_who_knows_it(lab: Lab):
    change = {"current_password": "a wrong one", "new_password": "quite another phrase"}
    answer = await lab.owner.post("/me/password", json=change)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/current_password"


# Several organisations -------------------------------------------------------------------------


async def test_address_of_several_organisations_asks_which(
    make_lab: Callable[..., Any], visitor: httpx.AsyncClient
):
    first, second = await make_lab(), await make_lab()
    email = f"both-{first.organisation_id}@example.org"
    for lab in (first, second):
        body = {"name": "Bo", "email": email, "password": PASSWORD}
        assert (await lab.owner.post("/people", json=body)).status_code == 201
    answer = await visitor.post("/login", json={"email": email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "choose_organisation")
    assert "set-cookie" not in answer.headers
    choices = {choice["id"]: choice["name"] for choice in answer.json()["organisations"]}
    assert choices == {lab.organisation_id: lab.organisation for lab in (first, second)}
    for lab in (first, second):
        chosen = {"email": email, "password": PASSWORD, "organisation_id": lab.organisation_id}
        signed_in = await visitor.post("/login", json=chosen)
        assert signed_in.status_code == 200
        assert signed_in.json()["organisation"]["id"] == lab.organisation_id


async def test_password_decides_between_organisations(
    make_lab: Callable[..., Any], visitor: httpx.AsyncClient
):
    first, second = await make_lab(), await make_lab()
    email = f"both-{first.organisation_id}@example.org"
    for lab, password in ((first, PASSWORD), (second, "another phrase")):
        body = {"name": "Bo", "email": email, "password": password}
        await lab.owner.post("/people", json=body)
    answer = await visitor.post("/login", json={"email": email, "password": "another phrase"})
    assert answer.json()["organisation"]["id"] == second.organisation_id
    elsewhere = {"email": email, "password": PASSWORD, "organisation_id": second.organisation_id}
    assert (await visitor.post("/login", json=elsewhere)).status_code == 401


# Throttling ------------------------------------------------------------------------------------


async def test_after_ten_failures_the_address_has_to_wait(lab: Lab, transport: httpx.ASGITransport):
    for _ in range(10):
        async with browser(transport) as somebody:  # from everywhere
            answer = await somebody.post("/login", json=credentials(lab, password="a wrong one"))
            assert answer.status_code == 401
    async with browser(transport) as somebody:
        for password in ("a wrong one", PASSWORD):
            answer = await somebody.post("/login", json=credentials(lab, password=password))
            assert (answer.status_code, answer.json()["code"]) == (429, "too_many_logins")
            assert 1 <= int(answer.headers["retry-after"]) <= 900


async def test_attempts_at_the_same_instant_cannot_slip_past_the_limit(
    lab: Lab, transport: httpx.ASGITransport
):
    async with browser(transport) as somebody:
        answers = await asyncio.gather(
            *(
                somebody.post("/login", json=credentials(lab, password="a wrong one"))
                for _ in range(25)
            )
        )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [401] * 10 + [429] * 15


async def test_success_takes_the_failures_back(lab: Lab, visitor: httpx.AsyncClient):
    for _ in range(3):
        for _ in range(9):
            wrong = await visitor.post("/login", json=credentials(lab, password="a wrong one"))
            assert wrong.status_code == 401
        assert (await visitor.post("/login", json=credentials(lab))).status_code == 200


async def test_client_that_tries_many_addresses_has_to_wait(make_app: MakeApp):
    app = await make_app(login_attempts=1)  # ten for the client
    async with browser(app) as guesser, browser(app) as another:
        for number in range(10):
            guess = {"email": f"guess{number}@example.org", "password": "a wrong one"}
            assert (await guesser.post("/login", json=guess)).status_code == 401
        guess = {"email": "last@example.org", "password": "a wrong one"}
        assert (await guesser.post("/login", json=guess)).status_code == 429
        assert (await another.post("/login", json=guess | {"email": "x@y.z"})).status_code == 401


async def test_wait_ends(make_app: MakeApp):
    app = await make_app(login_attempts=1, login_window_seconds=1)
    async with browser(app) as owner:
        await owner.post("/setup", json=NEW)
        login = {"email": NEW["email"], "password": "a wrong one"}
        assert (await owner.post("/login", json=login)).status_code == 401
        waiting = await owner.post("/login", json=login)
        assert waiting.status_code == 429
        assert waiting.headers["retry-after"] == "1"
        await asyncio.sleep(1.2)
        assert (await owner.post("/login", json=login | {"password": PASSWORD})).status_code == 200


async def test_twenty_people_sign_in_at_once_from_one_address(
    lab: Lab, transport: httpx.ASGITransport
):
    emails = []
    for number in range(6):
        email = f"crowd{number}-{lab.organisation_id}@example.org"
        body = {"name": "C", "email": email, "password": PASSWORD}
        await lab.owner.post("/people", json=body)
        emails.append(email)
    async with browser(transport) as office:
        answers = await asyncio.gather(
            *(
                office.post("/login", json={"email": email, "password": PASSWORD})
                for email in emails * 3
            )
        )
    assert {answer.status_code for answer in answers} == {200}


# Other sites -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, False),
        ({"Origin": ORIGIN}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://benchbook.test.evil.example"}, False),
        ({"Origin": "http://benchbook.test:8080"}, False),
        ({"Origin": "null"}, False),
        ({}, True),
    ],
)
async def test_changes_by_cookie_come_from_our_own_pages(
    headers: dict[str, str], allowed: bool, lab: Lab, transport: httpx.ASGITransport
):
    async with browser(transport) as person:
        await person.post("/login", json=credentials(lab))
        del person.headers["Origin"], person.headers["Sec-Fetch-Site"]
        answer = await person.post("/timer/start", headers=headers)
        assert (answer.status_code == 201) is allowed
        assert allowed or answer.json()["code"] == "cross_origin"
        changed = await person.patch("/me", json={"name": "Changed"}, headers=headers)
        assert changed.status_code == (200 if allowed else 403)
        # Reading is no change; what is read stays with the browser's same-origin policy.
        assert (await person.get("/me", headers=headers)).status_code == 200
        login = await person.post("/login", json=credentials(lab), headers=headers)
        assert login.status_code == (200 if allowed else 403)


async def test_programs_with_a_token_come_from_anywhere(lab: Lab):
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert (await lab.owner.post("/timer/start", headers=headers)).status_code == 201


async def test_own_public_address_is_our_own_behind_a_proxy(make_app: MakeApp):
    public = "https://hours.example.org"
    app = await make_app(public_url=public)
    async with browser(app, "https://internal.test") as owner:
        del owner.headers["Sec-Fetch-Site"]
        owner.headers["Origin"] = public
        assert (await owner.post("/setup", json=NEW)).status_code == 201
        assert (await owner.post("/timer/start")).status_code == 201


async def test_bad_token_is_refused_even_beside_a_good_cookie(lab: Lab, visitor: httpx.AsyncClient):
    await visitor.post("/login", json=credentials(lab))
    answer = await visitor.get("/me", headers={"Authorization": "Bearer bbt_nonsense"})
    assert answer.status_code == 401


async def test_login_cookie_is_no_token_and_a_token_no_cookie(lab: Lab, visitor: httpx.AsyncClient):
    await visitor.post("/login", json=credentials(lab))
    cookie = visitor.cookies["benchbook_login"].strip('"')
    assert re.fullmatch(r"bbl_[A-Za-z0-9_-]+=*", cookie)
    visitor.cookies.clear()
    answer = await visitor.get("/me", headers={"Authorization": f"Bearer {cookie}"})
    assert answer.status_code == 401
    token = lab.owner.headers["Authorization"].removeprefix("Bearer ")
    visitor.cookies.set("benchbook_login", token, domain="benchbook.test")
    assert (await visitor.get("/me")).status_code == 401
