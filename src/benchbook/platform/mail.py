"""E-mail: letters are put together safely and handed to one server, by SMTP."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from functools import cached_property
from html import escape
from urllib.parse import urlsplit

import aiosmtplib
import msgspec

from benchbook.platform.settings import Settings

TIMEOUT_SECONDS = 60
PORTS = {"starttls": 587, "tls": 465, "none": 25}
_PARTING_SECONDS = 5
_REFUSED_FOR_GOOD = 500


class NotSent(Exception):
    """A letter was not taken. The message says why and names nobody.

    ``is_final``: the server has refused this letter, and would again. ``detail`` is what the server
    or the library said: for who runs the command, not for logs, since it repeats addresses.
    """

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.detail = ""


class Section(msgspec.Struct, frozen=True):
    """A part of a letter: lines under a heading, and where to go from there."""

    lines: tuple[str, ...]
    heading: str = ""
    link: tuple[str, str] | None = None


class Letter(msgspec.Struct, frozen=True):
    """What a letter says, and to whom."""

    to_name: str
    to_address: str
    subject: str
    sections: tuple[Section, ...]
    # Why one gets it, and what one can do about that.
    footer: str = ""


class Mailer:
    """Hands letters to the server of the settings."""

    def __init__(self, settings: Settings) -> None:
        assert settings.smtp_host
        assert settings.smtp_sender
        self._settings = settings
        self.port = settings.smtp_port or PORTS[settings.smtp_security]
        name, self.sender_address = parseaddr(settings.smtp_sender)
        self._sender = Address(name, addr_spec=self.sender_address)
        self._hello = urlsplit(settings.public_url or "").hostname or "localhost"

    def compose(
        self,
        letter: Letter,
        message_id: str,
        now: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> EmailMessage:
        """The message, as plain text and as HTML.

        ``message_id`` is the part before the @: the same for each attempt, so that whoever gets a
        letter twice can tell. Raises NotSent for an address that no letter can be sent to.
        """
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = self._sender
        message["To"] = _recipient(letter)
        message["Subject"] = one_line(letter.subject)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{message_id}@{self._sender.domain.strip('[]')}>"
        # No reply by a machine, please: RFC 3834, and the same for Exchange.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        for name, value in (headers or {}).items():
            message[name] = one_line(value)
        message.set_content(_plain(letter), cte="quoted-printable")
        message.add_alternative(_html(letter), subtype="html", cte="quoted-printable")
        return message

    async def send(self, message: EmailMessage) -> None:
        """Hand a message over; raises NotSent."""
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=self.port,
            username=settings.smtp_user,
            password=settings.smtp_password,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            tls_context=None if settings.smtp_security == "none" else self._tls,
            local_hostname=self._hello,
            timeout=TIMEOUT_SECONDS / 2,
        )
        [recipient] = message["To"].addresses
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await client.connect()
                await client.send_message(
                    message, sender=self.sender_address, recipients=[recipient.addr_spec]
                )
            # It is taken: whatever happens at the parting, it must not be sent again.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                async with asyncio.timeout(_PARTING_SECONDS):
                    await client.quit()
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            failure = _failure(error)
            failure.detail = str(error)
            raise failure from None
        finally:
            client.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Authorities are those of the system, and of SSL_CERT_FILE.
        return ssl.create_default_context()


def one_line(text: str) -> str:
    """``text`` without line breaks and control characters: nothing begins a header of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _recipient(letter: Letter) -> Address:
    local, _, domain = letter.to_address.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        return Address(one_line(letter.to_name), username=local, domain=domain)
    except (ValueError, UnicodeError):
        raise NotSent("The address cannot be written in an e-mail.", is_final=True) from None


def _plain(letter: Letter) -> str:
    parts = []
    for section in letter.sections:
        lines = [one_line(line) for line in section.lines]
        if section.heading:
            lines = [one_line(section.heading), *(f"  {line}" for line in lines)]
        if section.link:
            lines += ["", f"{section.link[0]}: {section.link[1]}"]
        parts.append("\n".join(lines))
    if letter.footer:
        parts.append(f"-- \n{letter.footer}")
    return "\n\n".join(parts) + "\n"


_TEXT = "font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif"
_BUTTON = (
    "display:inline-block;padding:8px 16px;border-radius:8px;background:#1f5f5b;color:#ffffff;"
    "text-decoration:none"
)


def _html(letter: Letter) -> str:
    parts = []
    for section in letter.sections:
        lines = [escape(one_line(line)) for line in section.lines]
        if section.heading:
            items = "".join(f"<li>{line}</li>" for line in lines)
            parts.append(f"<p><strong>{escape(one_line(section.heading))}</strong></p>")
            parts.append(f"<ul>{items}</ul>" if items else "")
        else:
            parts += [f"<p>{line}</p>" for line in lines]
        if section.link:
            label, address = section.link
            parts.append(
                f'<p><a href="{escape(address)}" style="{_BUTTON}">{escape(label)}</a></p>'
            )
    if letter.footer:
        parts.append(f'<p style="font-size:13px;color:#5c6470">{escape(letter.footer)}</p>')
    body = "\n".join(part for part in parts if part)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(one_line(letter.subject))}</title></head>\n"
        f'<body style="{_TEXT};max-width:36em;margin:0 auto;padding:16px">\n{body}\n</body></html>\n'
    )


def _failure(error: Exception) -> NotSent:
    """What an error means, without what the server says: that repeats addresses."""
    if isinstance(error.__cause__, ssl.SSLError):
        return _failure(error.__cause__)
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return NotSent(f"The mail server refused the sign-in ({error.code}).")
        case aiosmtplib.SMTPSenderRefused():
            return NotSent(f"The mail server refused the sender ({error.code}).")
        case aiosmtplib.SMTPRecipientsRefused():
            code = error.recipients[0].code
            return NotSent(
                f"The mail server refused the recipient ({code}).",
                is_final=code >= _REFUSED_FOR_GOOD,
            )
        case aiosmtplib.SMTPDataError():
            return NotSent(
                f"The mail server refused the message ({error.code}).",
                is_final=error.code >= _REFUSED_FOR_GOOD,
            )
        case aiosmtplib.SMTPResponseException():
            return NotSent(f"The mail server answered {error.code}.")
        case aiosmtplib.SMTPNotSupported():
            return NotSent("The mail server does not offer what the message needs.")
        case aiosmtplib.SMTPException() if "STARTTLS" in str(error):
            return NotSent("The mail server does not offer STARTTLS.")
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            return NotSent("The mail server did not answer in time.")
        case ssl.SSLCertVerificationError():
            return NotSent("The mail server's certificate could not be verified.")
        case ssl.SSLError():
            return NotSent("No secure connection to the mail server came about.")
        case aiosmtplib.SMTPServerDisconnected():
            return NotSent("The mail server broke the connection off.")
        case aiosmtplib.SMTPConnectError() | OSError():
            return NotSent("The mail server could not be reached.")
        case _:
            return NotSent(f"The message could not be sent ({type(error).__name__}).")
