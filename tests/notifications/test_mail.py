"""Letters are put together safely, and handed over by TLS, with a password, or not at all."""

from __future__ import annotations

import asyncio
import ssl
import sys
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from tests.conftest import PASSWORD, clean_environment, run_server
from tests.notifications.conftest import Post, run_post, settings_for

from benchbook.platform.mail import Letter, Mailer, NotSent, Section

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def letter(to_name: str = "Ina", to_address: str = "ina@example.org", **more: str) -> Letter:
    return Letter(
        to_name=to_name,
        to_address=to_address,
        subject=more.get("subject", "News"),
        sections=(
            Section(("Hello & <welcome>",), link=("Open", "https://b.example.org/?a=1&b=2")),
        ),
    )


async def deliver(mailer: Mailer, **more: str) -> None:
    await mailer.send(mailer.compose(letter(**more), "an-id", NOW))


@pytest.mark.parametrize(
    "evil",
    ["x\r\nBcc: eve@example.org", "x\nX-Evil: 1", "x\x00\x1b[31m", "x\u2028Bcc: eve@example.org"],
)
def test_no_text_begins_a_header_of_its_own(evil: str):
    mailer = Mailer(settings_for(Post(port=25)))
    message = mailer.compose(letter(to_name=evil, subject=evil), "an-id", NOW, {"X-Own": evil})
    read = message_from_bytes(message.as_bytes(), policy=default)
    assert read["Bcc"] is None
    assert read["X-Evil"] is None
    assert [address.addr_spec for address in read["To"].addresses] == ["ina@example.org"]
    assert len(read.keys()) == 10, read.keys()


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("a,b@example.org", '"a,b"@example.org'),
        ("a<eve@evil.org>,b@example.org", '"a<eve@evil.org>,b"@example.org'),
        ("ina@bücher.example", "ina@xn--bcher-kva.example"),
    ],
)
def test_address_is_one_recipient_however_it_is_written(address: str, written: str):
    mailer = Mailer(settings_for(Post(port=25)))
    message = mailer.compose(letter(to_address=address), "an-id", NOW)
    [recipient] = message["To"].addresses
    assert recipient.addr_spec == written
    read = message_from_bytes(message.as_bytes(), policy=default)
    assert len(read["To"].addresses) == 1


def test_address_that_cannot_be_written_is_refused_for_good():
    mailer = Mailer(settings_for(Post(port=25)))
    with pytest.raises(NotSent) as refused:
        mailer.compose(letter(to_address="ina@ex ample\r\n.org"), "an-id", NOW)
    assert refused.value.is_final


def test_html_is_escaped_and_both_parts_say_the_same():
    mailer = Mailer(settings_for(Post(port=25)))
    message = mailer.compose(letter(), "an-id", NOW)
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    assert html
    assert plain
    assert "Hello &amp; &lt;welcome&gt;" in html.get_content()
    assert 'href="https://b.example.org/?a=1&amp;b=2"' in html.get_content()
    assert "Hello & <welcome>" in plain.get_content()
    assert message["Message-ID"] == "<an-id@example.org>"


async def test_starttls_with_a_password(
    server_tls: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with run_post(tls_context=server_tls, require_starttls=True) as post:
        settings = settings_for(
            post,
            smtp_host="localhost",
            smtp_security="starttls",
            smtp_user="benchbook",
            smtp_password="pass phrase",
        )
        await deliver(Mailer(settings))
        assert post.signed_in_as == ["benchbook"]
        assert len(post.messages) == 1


async def test_tls_from_the_first_byte(
    server_tls: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with run_post(tls=server_tls) as post:
        await deliver(Mailer(settings_for(post, smtp_host="localhost", smtp_security="tls")))
        assert len(post.messages) == 1


async def test_wrong_password_is_said_and_may_be_put_right(post: Post):
    settings = settings_for(post, smtp_user="benchbook", smtp_password="wrong")
    with pytest.raises(NotSent, match=r"refused the sign-in \(535\)") as refused:
        await deliver(Mailer(settings))
    assert not refused.value.is_final


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_certificate_of_nobody_is_refused(
    server_tls: ssl.SSLContext,
    security: str,
):
    options = {"tls": server_tls} if security == "tls" else {"tls_context": server_tls}
    async with run_post(**options) as post:
        settings = settings_for(post, smtp_host="localhost", smtp_security=security)
        with pytest.raises(NotSent, match="certificate"):
            await deliver(Mailer(settings))
        assert post.messages == []


async def test_server_without_starttls_gets_nothing(post: Post):
    with pytest.raises(NotSent, match="STARTTLS"):
        await deliver(Mailer(settings_for(post, smtp_security="starttls")))
    assert post.messages == []


async def test_command_sends_a_test_and_says_what_is_wrong(post: Post):
    environment = clean_environment() | {
        "BENCHBOOK_SMTP_HOST": "127.0.0.1",
        "BENCHBOOK_SMTP_PORT": str(post.port),
        "BENCHBOOK_SMTP_SECURITY": "none",
        "BENCHBOOK_SMTP_SENDER": "benchbook@example.org",
        "BENCHBOOK_PUBLIC_URL": "https://hours.example.org",
    }

    async def run(address: str = "ina@example.org", **more: str) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchbook.main", "send-test-email", address),
            env=environment | more,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
        return process.returncode, out.decode(), errors.decode()

    code, out, _ = await run()
    assert code == 0
    assert f"port {post.port} (none), took an e-mail to ina@example.org" in out
    assert post.envelopes[0].rcpt_tos == ["ina@example.org"]
    post.answers["RCPT"] = ["550 Mailbox unknown"]
    code, _, errors = await run()
    assert code == 1
    assert "refused the recipient (550)" in errors
    assert "Mailbox unknown" in errors
    code, _, errors = await run("nobody")
    assert code == 1
    assert "not an e-mail address" in errors
    code, _, errors = await run(BENCHBOOK_SMTP_HOST="", BENCHBOOK_SMTP_SENDER="",
                                BENCHBOOK_SMTP_PORT="")  # fmt: skip
    assert code == 78
    assert "BENCHBOOK_SMTP_HOST" in errors


async def test_running_server_sends_by_itself(post: Post):
    environment = {
        "BENCHBOOK_SMTP_HOST": "127.0.0.1",
        "BENCHBOOK_SMTP_PORT": str(post.port),
        "BENCHBOOK_SMTP_SECURITY": "none",
        "BENCHBOOK_SMTP_SENDER": "benchbook@example.org",
        "BENCHBOOK_PUBLIC_URL": "http://hours.example.org",
    }
    running = run_server(**environment)
    server = await asyncio.to_thread(running.__enter__)
    try:
        async with httpx.AsyncClient(
            base_url=f"{server.url}/api/v1", headers={"Origin": "http://hours.example.org"}
        ) as owner:
            first = {"organisation": "Lab", "name": "Olga", "email": "olga@example.org"}
            made = await owner.post("/setup", json=first | {"password": PASSWORD}, timeout=60)
            assert made.status_code == 201, made.text
            assert made.json()["sends_email"] is True
            person = {"name": "Ina", "email": "ina@example.org"}
            invited = await owner.post("/people", json=person, timeout=60)
            assert invited.status_code == 201, invited.text
        await asyncio.wait_for(post.taken.wait(), 60)
        assert post.envelopes[0].rcpt_tos == ["ina@example.org"]
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
