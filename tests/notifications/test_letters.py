"""What people are told goes to them by e-mail: once, gathered, and not lost on the way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.conftest import client
from tests.notifications.conftest import DAY, PUBLIC_URL, Office, OpenOffice, Post
from tests.platform.conftest import Logs

from benchbook.notifications.letter_worker import LEASE
from benchbook.notifications.letters import MOST_ATTEMPTS, News, Recipient, news_letter
from benchbook.platform.settings import Settings


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part
    return str(part.get_content())


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part
    return str(part.get_content())


async def test_published_shifts_reach_those_who_have_them_in_one_letter(office: Office, post: Post):
    erna = await office.employee(time_zone="Europe/Berlin")
    await office.employee()
    await office.publish(erna, 8, position="Microscope <1>")
    cancelled = await office.publish(erna, 32)
    await office.publish(erna, 56)
    assert (await office.owner.delete(f"/shifts/{cancelled}")).status_code == 204
    assert await office.send() == 1, "one letter, to the one whom it concerns"
    [message] = post.messages
    assert post.envelopes[0].rcpt_tos == ["member0@example.org"]
    assert post.envelopes[0].mail_from == "benchbook@example.org"
    assert message["To"] == "A member <member0@example.org>"
    assert message["From"] == "Benchbook <benchbook@example.org>"
    assert message["Subject"] == "Your shifts: 3 added, 1 cancelled – Reef Lab"
    assert message["List-Unsubscribe"] == f"<{PUBLIC_URL}/settings/profile>"
    assert message["Auto-Submitted"] == "auto-generated"
    text = plain(message)
    there = (DAY + timedelta(hours=8)).astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{there:%a} {there.day} {there:%b %Y}, {there:%H:%M} – " in text
    assert "Microscope <1>" in text
    assert f"{PUBLIC_URL}/shifts/mine" in text
    assert "Microscope &lt;1&gt;" in html(message)
    assert await office.send() == 0
    [letter] = await office.letters()
    assert (letter["status"], letter["attempts"]) == ("sent", 1)
    async with office.past_security.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM letter_news") == 0, "what was told is gone"


async def test_news_is_gathered_until_it_is_quiet_or_has_waited_for_long(
    office: Office, post: Post
):
    erna = await office.employee()
    worker = office.worker(gather_seconds=60)
    await office.publish(erna, 8)
    assert await worker.send_due() == 0
    await office.age("61 seconds")
    await office.publish(erna, 32)
    assert await worker.send_due() == 0, "there is news of this moment"
    await office.age("61 seconds")
    assert await worker.send_due() == 1
    assert post.messages[0]["Subject"].startswith("Your shifts: 2 added")
    # The same notification grows, and the next letter tells what the first did not.
    await office.publish(erna, 56)
    await office.age("10 minutes")
    await office.publish(erna, 80)
    assert await worker.send_due() == 1, "ten times the quiet is the longest wait"
    assert post.messages[1]["Subject"].startswith("Your shifts: 2 added")
    assert len((await erna.get("/notifications")).json()["items"]) == 1


async def test_what_was_read_in_the_application_needs_no_letter(office: Office, post: Post):
    erna = await office.employee()
    await office.publish(erna, 8)
    assert (await erna.post("/notifications/read", json={})).status_code == 200
    assert await office.send() == 0
    assert post.messages == []


async def test_who_wants_no_email_gets_none(office: Office, post: Post):
    erna, emil = await office.employee(), await office.employee()
    answer = await erna.patch("/me", json={"email_notifications": False})
    assert answer.status_code == 200, answer.text
    assert answer.json()["person"]["email_notifications"] is False
    assert answer.json()["sends_email"] is True
    await office.publish(erna, 8)
    await office.publish(emil, 8)
    # This one changes his mind while the letter waits.
    post.answers["RCPT"] = ["451 Later"]
    assert await office.send() == 1
    await emil.patch("/me", json={"email_notifications": False})
    await office.hasten()
    await office.send()
    assert post.messages == []
    assert [letter["status"] for letter in await office.letters()] == ["dropped"]
    assert len((await erna.get("/notifications")).json()["items"]) == 1, "told all the same"
    refused = await erna.patch("/me", json={"email_notifications": None})
    assert refused.status_code == 400


async def test_who_is_deactivated_gets_none(office: Office, post: Post):
    erna = await office.employee()
    await office.publish(erna, 8)
    me = (await erna.get("/me")).json()["person"]["id"]
    assert (await office.owner.patch(f"/people/{me}", json={"active": False})).status_code == 200
    assert await office.send() == 0
    assert post.messages == []


async def test_leave_and_its_decision_are_told_with_names_and_days(office: Office, post: Post):
    erna = await office.employee()
    manager = await office.employee("manager")
    asked = await erna.post(
        "/leave-requests",
        json={
            "employee_id": erna.employee_id,  # type: ignore[attr-defined]
            "kind": "vacation",
            "first_day": "2027-03-01",
            "last_day": "2027-03-05",
        },
    )
    assert asked.status_code == 201, asked.text
    assert await office.send() == 2, "the owner and the manager"
    assert {message["To"].addresses[0].addr_spec for message in post.messages} == {
        "owner@example.org",
        "manager1@example.org",
    }
    sentence = "Erna E0 asks for leave from Mon 1 Mar 2027 to Fri 5 Mar 2027."
    assert all(sentence in plain(message) for message in post.messages)
    decided = await manager.patch(
        f"/leave-requests/{asked.json()['id']}", json={"status": "approved"}
    )
    assert decided.status_code == 200, decided.text
    assert await office.send() == 1
    assert "is approved" in plain(post.messages[2])
    assert post.messages[2]["To"].addresses[0].addr_spec == "member0@example.org"


# On the way ----------------------------------------------------------------------------------------


async def test_what_the_server_puts_off_is_sent_again_under_the_same_id(
    logs: Logs, office: Office, post: Post
):
    erna = await office.employee()
    await office.publish(erna, 8)
    post.answers = {"RCPT": ["451 Try later, member0@example.org"], "DATA": ["452 Full"]}
    assert await office.send() == 1
    [letter] = await office.letters()
    assert (letter["status"], letter["failure"]) == (
        "pending",
        "The mail server refused the recipient (451).",
    )
    wait = letter["next_attempt_at"] - datetime.now(UTC)
    assert timedelta(seconds=40) < wait < timedelta(seconds=75)
    assert await office.send() == 0, "it is not due yet"
    # What happens meanwhile is in a letter of its own: the first one stays as it was.
    await office.publish(erna, 32)
    for _ in range(2):
        await office.hasten()
        await office.send()
    assert sorted(letter["status"] for letter in await office.letters()) == ["sent", "sent"]
    assert len(post.messages) == 2
    assert len({message["Message-ID"] for message in post.messages}) == 2
    assert f"<{letter['id']}@example.org>" in {message["Message-ID"] for message in post.messages}
    assert "member0@example.org" not in logs.text
    assert "letter_not_sent" in logs.text


async def test_letter_that_is_refused_for_good_is_given_up_with_the_reason(
    office: Office, post: Post
):
    erna = await office.employee()
    await office.publish(erna, 8)
    post.answers = {"RCPT": ["550 No such user"]}
    assert await office.send() == 1
    await office.hasten()
    assert await office.send() == 0
    [letter] = await office.letters()
    assert (letter["status"], letter["attempts"], letter["failure"]) == (
        "failed",
        1,
        "The mail server refused the recipient (550).",
    )
    events = (await office.owner.get("/audit-events?limit=1")).json()["items"]
    assert (events[0]["action"], events[0]["details"]["reason"]) == (
        "email.given_up",
        "The mail server refused the recipient (550).",
    )


async def test_letter_is_given_up_after_the_last_attempt(office: Office, post: Post):
    erna = await office.employee()
    await office.publish(erna, 8)
    post.answers = {"DATA": ["451 No"] * (MOST_ATTEMPTS + 1)}
    for _ in range(MOST_ATTEMPTS):
        assert await office.send() == 1
        await office.hasten()
    assert await office.send() == 0
    [letter] = await office.letters()
    assert (letter["status"], letter["attempts"]) == ("failed", MOST_ATTEMPTS)


async def test_old_news_is_not_sent(office: Office, post: Post):
    erna = await office.employee()
    await office.publish(erna, 8)
    post.answers = {"DATA": ["451 No"]}
    assert await office.send() == 1
    await office.publish(erna, 32)
    await office.age("2 days")
    await office.hasten()
    assert await office.send() == 0
    assert post.messages == []
    assert [letter["status"] for letter in await office.letters()] == ["failed"]


async def test_server_that_is_away_loses_nothing(office: Office, post: Post):
    erna = await office.employee()
    await office.publish(erna, 8)
    port, post.port = post.port, 1
    assert await office.send() == 1
    assert [letter["failure"] for letter in await office.letters()] == [
        "The mail server could not be reached."
    ]
    post.port = port
    await office.hasten()
    assert await office.send() == 1
    assert len(post.messages) == 1


async def test_two_servers_send_nothing_twice(office: Office, post: Post):
    people = [await office.employee() for _ in range(6)]
    for person in people:
        await office.publish(person, 8)
    sent = await asyncio.gather(*(office.worker().send_due() for _ in range(3)))
    assert sum(sent) == 6
    assert sorted(envelope.rcpt_tos[0] for envelope in post.envelopes) == sorted(office.letters_to)


async def test_server_that_ends_before_it_noted_the_sending_sends_again_under_the_same_id(
    office: Office, post: Post
):
    erna = await office.employee()
    await office.publish(erna, 8)
    post.answers_when = asyncio.Event()
    killed = office.worker()
    run = asyncio.create_task(killed.send_due())
    await asyncio.wait_for(post.taken.wait(), 30)
    # The mail server has it; before its answer is noted, this server is gone.
    for task in killed._under_way:
        task.cancel()
    await asyncio.gather(run, return_exceptions=True)
    post.answers_when.set()
    assert await office.send() == 0, "its lease has not run out"
    async with office.past_security.transaction() as tx:
        await tx.execute("UPDATE letters SET claimed_until = claimed_until - $1::interval", LEASE)
    assert await office.send() == 1
    first, second = post.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert [letter["status"] for letter in await office.letters()] == ["sent"]


async def test_what_is_not_committed_is_not_told(office: Office, post: Post):
    erna = await office.employee()
    one = {
        "employee_id": erna.employee_id,  # type: ignore[attr-defined]
        "starts_at": (DAY + timedelta(hours=8)).isoformat(),
        "ends_at": (DAY + timedelta(hours=16)).isoformat(),
        "published": True,
    }
    refused = await office.owner.post("/shifts/batch", json={"create": [one, one]})
    assert refused.status_code == 409
    assert await office.send() == 0


async def test_without_a_mail_server_nothing_is_kept(open_office: OpenOffice, tmp_path: Path):
    office: Office = await open_office(Settings(data_dir=tmp_path))
    erna = await office.employee()
    assert (await erna.get("/me")).json()["sends_email"] is False
    await office.publish(erna, 8)
    invited = await office.owner.post("/people", json={"name": "Ina", "email": "ina@example.org"})
    assert invited.json()["invitation_sent"] is False
    async with office.past_security.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM letter_news") == 0
        assert await tx.fetchval("SELECT count(*) FROM letters") == 0


# Invitations ----------------------------------------------------------------------------------------


async def test_invitation_goes_to_its_person_and_its_link_works(
    logs: Logs, office: Office, post: Post
):
    body = {"name": "Ina\r\nBcc: eve@example.org", "email": "ina@example.org"}
    invited = (await office.owner.post("/people", json=body)).json()
    assert invited["invitation_sent"] is True
    async with office.past_security.transaction() as tx:
        sealed = await tx.fetchval("SELECT sealed_secret FROM letters")
    assert invited["invitation_token"].encode() not in bytes(sealed)
    assert await office.send() == 1
    [message] = post.messages
    assert message["Bcc"] is None, "a name begins no header"
    assert post.envelopes[0].rcpt_tos == ["ina@example.org"]
    link = f"{PUBLIC_URL}/invitation/{invited['invitation_token']}"
    assert link in plain(message).replace("\n", "")
    assert link in html(message)
    assert invited["invitation_token"] not in logs.text
    [letter] = await office.letters()
    assert (letter["status"], letter["sealed_secret"]) == ("sent", None)
    async with client(office.transport) as anybody:
        opened = await anybody.get(f"/invitations/{invited['invitation_token']}")
        assert opened.json()["email"] == "ina@example.org"


async def test_renewed_invitation_takes_the_place_of_the_one_that_waits(office: Office, post: Post):
    invited = (
        await office.owner.post("/people", json={"name": "Ina", "email": "ina@example.org"})
    ).json()
    renewed = (await office.owner.post(f"/people/{invited['id']}/invitation")).json()
    assert renewed["invitation_sent"] is True
    assert await office.send() == 1
    assert renewed["invitation_token"] in html(post.messages[0])


async def test_somebody_with_a_password_is_not_invited(office: Office, post: Post):
    await office.employee()
    assert await office.send() == 0


# What letters say -----------------------------------------------------------------------------------

READER = Recipient("Ina", "ina@example.org", "Europe/Berlin", "Reef Lab", PUBLIC_URL)


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        (
            "shift_request_waits",
            {"kind": "swap", "status": "accepted", "employee": "Emil Essig",
             "starts_at": "2026-03-29T00:30:00+00:00"},
            "Emil Essig’s swap on Sun 29 Mar 2026, 01:30 waits for you to decide.",
        ),
        (
            "shift_request",
            {"kind": "offer", "status": "done", "employee": "Emil Essig",
             "starts_at": "2026-03-29T01:30:00+00:00"},
            "Emil Essig’s offer on Sun 29 Mar 2026, 03:30 is done.",
        ),
        (
            "leave_decided",
            {"status": "approved", "employee": "Ina",
             "leave": {"whole_days": False, "time_zone": "UTC",
                       "starts_at": "2026-07-01T08:00:00+00:00",
                       "ends_at": "2026-07-01T10:00:00+00:00"}},
            "Leave, Wed 1 Jul 2026, 10:00 – 12:00 is approved.",
        ),
        ("something_new", {}, "There is news for you."),
    ],
)  # fmt: skip
def test_each_kind_of_news_has_its_sentence(kind: str, data: dict[str, object], sentence: str):
    letter = news_letter(READER, [News(kind, data)])
    assert sentence in [line for section in letter.sections for line in section.lines]
    assert letter.subject == f"{sentence.rstrip('.')} – Reef Lab"


async def test_shifts_that_anybody_may_have_are_in_one_letter(office: Office, post: Post):
    erna, emil = await office.employee(), await office.employee()
    offered = await office.publish(erna, 8, position="Bench")
    assert await office.send() == 1
    answer = await erna.post("/shift-requests", json={"kind": "offer", "shift_id": offered})
    assert answer.status_code == 201, answer.text
    for start in (24, 48):
        body = {
            "starts_at": (DAY + timedelta(hours=start)).isoformat(),
            "ends_at": (DAY + timedelta(hours=start + 8)).isoformat(),
        }
        assert (await office.owner.post("/open-shifts", json=body)).status_code == 201
    await erna.post("/notifications/read", json={})
    assert await office.send() == 1
    message = post.messages[-1]
    assert post.envelopes[-1].rcpt_tos == ["member1@example.org"]
    assert message["Subject"] == "2 notifications – Reef Lab"
    text = plain(message)
    first, then = DAY + timedelta(hours=8), DAY + timedelta(hours=48)
    for line in (
        "Offered to everybody",
        f"{first:%a} {first.day} {first:%b %Y}, 08:00 – 16:00, Bench",
        "Open shifts",
        f"{then:%a} {then.day} {then:%b %Y}, 00:00 – 08:00",
    ):
        assert line in text
    told = (await emil.get("/notifications")).json()["items"]
    assert [(one["kind"], one["data"]["count"]) for one in told] == [
        ("open_shifts", 2),
        ("shifts_offered", 1),
    ]


def test_shifts_to_take_are_in_the_subject():
    shift = {
        "shift_id": "s",
        "starts_at": "2026-03-02T08:00:00Z",
        "ends_at": "2026-03-02T16:00:00Z",
    }
    letter = news_letter(READER, [News("open_shifts", {"count": 1, "shifts": [shift]})])
    assert letter.subject == "You could take: an open shift – Reef Lab"
    assert letter.sections[-1].link == ("Open Benchbook", f"{READER.public_url}/shifts/open")
    letter = news_letter(READER, [News("shifts_offered", {"count": 22, "shifts": [shift]})])
    assert letter.subject == "You could take: 22 shifts that are offered – Reef Lab"
    assert letter.sections[1].lines[-1] == "and 21 more"


def test_long_news_is_counted_not_listed():
    shifts = [
        {"change": "added", "starts_at": f"2026-03-{day:02}T08:00:00Z",
         "ends_at": f"2026-03-{day:02}T16:00:00Z", "position": None}
        for day in range(1, 21)
    ]  # fmt: skip
    news = News("shifts", {"added": 300, "changed": 0, "cancelled": 0, "shifts": shifts})
    letter = news_letter(READER, [news])
    assert letter.sections[1].lines[-1] == "and 280 more"
    assert letter.subject.startswith("Your shifts: 300 added –")
