"""One run of ``bb``: what its commands share, from opening the connection to printing an answer.

Imports of the HTTP library and of the API's types stay inside functions, so that ``bb --help``
and shell completion start quickly.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from benchbook_client import exit_codes

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from benchbook_client.client import Client
    from benchbook_client.schemas import SignedIn

Command = TypeVar("Command", bound=Callable[..., Any])
LONG_WAIT_SECONDS = 1.0


class OutputClosedError(Exception):
    """Whoever read the output (``head``, say) has read enough."""


class UnknownTimeZoneError(click.ClickException):
    """This computer's time zone data does not have the person's zone."""

    exit_code = exit_codes.BROKEN


class Invocation:
    """What one run of ``bb`` knows: how to answer, where to connect, whose clock counts."""

    def __init__(self) -> None:
        self.answers_in_json = False
        self._signed_in: SignedIn | None = None

    def connect(self) -> Client:
        """Opens a client with the credentials of the environment or the file.

        Raises NotSignedInHereError, CredentialsFileError, and click.UsageError for a bad address.
        """
        from benchbook_client.credentials import find_credentials

        try:
            credentials = find_credentials()
            return self.client(credentials.url, token=credentials.token)
        except ValueError as error:
            raise click.UsageError(str(error)) from None

    def client(self, url: str, *, token: str | None = None) -> Client:
        """Makes a client that tells the person when it has to wait. Raises ValueError."""
        from benchbook_client.client import Client

        return Client(url, token=token, on_wait=_tell_wait)

    def me(self, client: Client) -> SignedIn:
        """Says who is signed in, asking the server once."""
        if self._signed_in is None:
            self._signed_in = client.me().data
        return self._signed_in

    def zone(self, client: Client) -> ZoneInfo:
        """Gives the person's time zone, in which times are read and shown.

        Raises UnknownTimeZoneError.
        """
        from zoneinfo import ZoneInfo

        name = self.me(client).person.time_zone
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise UnknownTimeZoneError(
                f"This computer does not know your time zone, {name}. Update its tzdata package."
            ) from None

    @staticmethod
    def now() -> datetime:
        """Gives the current instant, aware, in whole seconds."""
        from datetime import UTC, datetime

        return datetime.now(UTC).replace(microsecond=0)

    def say(self, text: str) -> None:
        """Prints text for the person, or nothing where the answer is wanted in JSON."""
        if not self.answers_in_json:
            write(text)

    def answer(self, body: bytes) -> None:
        """Prints the API's answer as one JSON document, where that is wanted.

        As it came for programs, indented on a terminal; an empty answer is ``null``.
        """
        if not self.answers_in_json:
            return
        if sys.stdout.isatty():
            import msgspec

            body = msgspec.json.format(body or b"null", indent=2)
        write(body or b"null")


def write(text: str | bytes) -> None:
    """Writes to standard output. Raises OutputClosedError if nobody reads it any more."""
    try:
        click.echo(text)
    except BrokenPipeError:
        raise OutputClosedError from None


def warn(text: str) -> None:
    """Writes a line to standard error."""
    click.echo(f"bb: {text}", err=True)


def json_option(command: Command) -> Command:
    """Adds ``--json`` to a command."""

    def remember(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value:
            context.ensure_object(Invocation).answers_in_json = True

    return click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=remember,
        help="Print what the API answered, as one JSON document.",
    )(command)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _tell_wait(wait_seconds: float) -> None:
    if wait_seconds >= LONG_WAIT_SECONDS:
        warn(f"The server is busy; trying again in {wait_seconds:.0f} s.")
