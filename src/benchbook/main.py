"""The operator's command: serve, migrate, accounts, a test of e-mail, demo, openapi."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from benchbook import __version__
from benchbook.platform.embedded_postgres import EmbeddedPostgresError
from benchbook.platform.migrations import MigrationError
from benchbook.platform.problems import Problem
from benchbook.platform.settings import SettingsError, read_settings

Result = TypeVar("Result")

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Where the embedded database lives (BENCHBOOK_DATA_DIR).",
)


class CommandFailed(Exception):
    """A command cannot do what it was asked; the message says why."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="benchbook")
def commands() -> None:
    """Benchbook: hours, shifts and sequences for a working lab, on your own server.

    Settings are environment variables named BENCHBOOK_…; options win over them.
    """


@commands.command()
@click.option("--host", help="Address to listen on (BENCHBOOK_HOST).  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port (BENCHBOOK_PORT).  [default: 8000]"
)
@data_dir_option
def serve(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Serve the API and the web application.

    Starts the embedded PostgreSQL unless BENCHBOOK_DATABASE_URL is set, migrates the database,
    prints the address. SIGTERM and Ctrl-C let running requests finish and exit with 0.
    """
    from benchbook.serving import serve_until_stopped

    settings = read_settings(host=host, port=port, data_dir=data_dir)
    serve_until_stopped(settings)


@commands.command()
@data_dir_option
def migrate(data_dir: Path | None) -> None:
    """Bring the database up to date and say what was run."""
    from benchbook.serving import open_databases

    async def work() -> list[str]:
        async with open_databases(settings) as databases:
            return databases.migrations_run

    settings = read_settings(data_dir=data_dir)
    ran = _run(work())
    for name in ran:
        click.echo(f"ran {name}")
    click.echo("The database is up to date.")


@commands.command("create-owner")
@click.option("--organisation", required=True, help="The organisation's name.")
@click.option("--name", required=True, help="The owner's name.")
@click.option("--email", required=True, help="The owner's e-mail address.")
@click.option("--time-zone", default="UTC", show_default=True, help="IANA name.")
@data_dir_option
def create_owner(
    organisation: str, name: str, email: str, time_zone: str, data_dir: Path | None
) -> None:
    """Create an organisation and its owner.

    The password comes from BENCHBOOK_PASSWORD (or BENCHBOOK_PASSWORD_FILE), or is asked for.
    """
    from benchbook.accounts.commands import create_organisation_with_owner
    from benchbook.serving import open_databases

    settings = read_settings(data_dir=data_dir)
    password = _password()

    async def work() -> str:
        async with open_databases(settings) as databases:
            organisation_id = await create_organisation_with_owner(
                databases.app, organisation, name, email, password, time_zone
            )
            return str(organisation_id)

    organisation_id = _run(work())
    click.echo(f"Created the organisation {organisation!r} ({organisation_id}) and its owner.")


@commands.command("create-token")
@click.option("--email", required=True, help="Whose token: an e-mail address.")
@click.option("--organisation", help="Name or id, where the address belongs to several.")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, help="hours:read, say; all unless given.")
@data_dir_option
def create_token(
    email: str,
    organisation: str | None,
    name: str,
    scopes: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Create an API token for a person and print it, alone on standard output."""
    from benchbook.accounts.commands import create_token_for
    from benchbook.serving import open_databases

    settings = read_settings(data_dir=data_dir)

    async def work() -> str:
        async with open_databases(settings) as databases:
            return await create_token_for(
                databases.owner, databases.app, email, organisation, name, list(scopes) or None
            )

    click.echo(_run(work()))


@commands.command("send-test-email")
@click.argument("address")
def send_test_email(address: str) -> None:
    """Send an e-mail to ADDRESS, to see whether the settings of e-mail are right."""
    from datetime import UTC, datetime
    from uuid import uuid4

    from benchbook.accounts.rules import normal_email
    from benchbook.platform.mail import Letter, Mailer, NotSent, Section

    settings = read_settings()
    if not settings.sends_email:
        raise SettingsError("BENCHBOOK_SMTP_HOST is not set: say which server takes the e-mail.")
    address = normal_email(address)
    mailer = Mailer(settings)
    letter = Letter(
        to_name="",
        to_address=address,
        subject="A test of Benchbook’s e-mail",
        sections=(
            Section(
                ("E-mail from Benchbook arrives here.",),
                link=("Open Benchbook", str(settings.public_url)),
            ),
        ),
    )
    try:
        message = mailer.compose(letter, str(uuid4()), datetime.now(UTC))
        _run(mailer.send(message))
    except NotSent as error:
        detail = f" It said: {error.detail}" if error.detail else ""
        raise CommandFailed(f"{error.reason}{detail}") from None
    click.echo(
        f"{settings.smtp_host}, port {mailer.port} ({settings.smtp_security}), took an e-mail to "
        f"{address}."
    )


@commands.command()
@data_dir_option
def demo(data_dir: Path | None) -> None:
    """Add a lab to try Benchbook with: people, projects and months of hours.

    Prints how to sign in. Run it once, also beside real organisations: it adds its own.
    """
    from benchbook.demo import create_demo
    from benchbook.serving import open_databases

    settings = read_settings(data_dir=data_dir)

    async def work() -> str:
        async with open_databases(settings) as databases:
            return await create_demo(databases.app)

    click.echo(_run(work()))


@commands.command()
def openapi() -> None:
    """Print the API's OpenAPI document."""
    from benchbook.app import contract

    sys.stdout.buffer.write(contract())
    sys.stdout.buffer.flush()


def main() -> NoReturn:
    """Run a command; what goes wrong is one sentence on standard error and an exit code."""
    try:
        commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except (SettingsError, MigrationError, EmbeddedPostgresError, CommandFailed) as error:
        click.echo(f"benchbook: {error}", err=True)
        sys.exit(error.exit_code)
    except Problem as problem:
        click.echo(f"benchbook: {problem.detail}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        _write_no_more()
        sys.exit(141)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_no_more()
        click.echo(f"benchbook: {error.strerror}.", err=True)
        sys.exit(74)
    sys.exit(0)


def _write_no_more() -> None:
    """Let what is still to be written go into nothing, instead of failing once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)


def _password() -> str:
    if path := os.environ.get("BENCHBOOK_PASSWORD_FILE"):
        try:
            password = Path(path).read_text(encoding="utf-8").strip("\r\n")
        except OSError as error:
            raise SettingsError(
                f"BENCHBOOK_PASSWORD_FILE names {path}, which cannot be read: {error.strerror}."
            ) from None
    else:
        password = os.environ.get("BENCHBOOK_PASSWORD") or _asked_for_password()
    if len(password) < 8:
        raise CommandFailed("A password has at least 8 characters.", 64)
    return str(password)


def _asked_for_password() -> str:
    if not sys.stdin.isatty():
        raise CommandFailed(
            "There is no terminal to ask for the password on: set BENCHBOOK_PASSWORD or "
            "BENCHBOOK_PASSWORD_FILE.",
            64,
        )
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


if __name__ == "__main__":
    main()
