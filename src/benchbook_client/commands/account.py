"""``bb login`` and ``bb logout``: how a computer comes by a token, and how it loses it again."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import TYPE_CHECKING

import click

from benchbook_client.invocation import Invocation, json_option, pass_invocation, warn

if TYPE_CHECKING:
    from benchbook_client.client import Answer, Client
    from benchbook_client.credentials import StoredSignIn
    from benchbook_client.errors import Conflict
    from benchbook_client.schemas import SignedIn

PASSWORD_VARIABLE = "BENCHBOOK_PASSWORD"  # noqa: S105
LONGEST_TOKEN_NAME = 100


@click.command()
@click.argument("url", required=False)
@click.option("--email", metavar="ADDRESS", help="Your e-mail address; asked if not given.")
@click.option(
    "--organisation",
    metavar="NAME",
    help="Name or id of the organisation, if your address belongs to several; asked if needed.",
)
@click.option(
    "--token",
    metavar="TOKEN",
    help="Use this API token instead of a password; “-” reads it from standard input.",
)
@json_option
@pass_invocation
def login(
    invocation: Invocation,
    url: str | None,
    email: str | None,
    organisation: str | None,
    token: str | None,
) -> None:
    """Sign in to the Benchbook server at URL.

    Asks for your e-mail address and password, makes an API token for this computer and keeps only
    that token, in a file that nobody but you can read. The token is listed in Benchbook under the
    name of this computer, where you can revoke it; bb logout does that too.

    Without URL it signs in again to the server used before. For scripts, give --token, set
    BENCHBOOK_PASSWORD, or do without bb login and set BENCHBOOK_URL and BENCHBOOK_TOKEN.

    \b
    Examples:
      bb login https://benchbook.example.org
      bb login localhost:8000 --email ada@example.org
      bb login benchbook.example.org --token - < token.txt
    """
    from benchbook_client.addresses import is_sent_in_the_clear, server_url
    from benchbook_client.credentials import TOKEN_VARIABLE, URL_VARIABLE, file_path
    from benchbook_client.display import one_line

    before = _stored_before()
    typed = url or os.environ.get(URL_VARIABLE) or (before.url if before else None)
    if typed is None:
        raise click.UsageError("Which server? For example: bb login https://benchbook.example.org")
    try:
        address = server_url(typed)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    if is_sent_in_the_clear(address):
        warn(f"{address} is not encrypted: others on the way can read what you send.")

    if token is not None:
        answer = _sign_in_with_token(invocation, address, token)
    else:
        answer = _sign_in_with_password(invocation, address, email, organisation)
    if before is not None and before.token_id is not None:
        _revoke_former(invocation, before)

    invocation.answer(answer.body)
    who = answer.data
    invocation.say(
        f"Signed in to {address} as {one_line(who.person.name)} ({who.person.email}), "
        f"{one_line(who.organisation.name)}.\nThe token is kept in {file_path()}."
    )
    if os.environ.get(TOKEN_VARIABLE):
        warn(f"{TOKEN_VARIABLE} is set in the environment and wins over this sign-in.")


@click.command()
@click.option(
    "--forget",
    is_flag=True,
    help="Only remove the token from this computer, if the server cannot be reached.",
)
@json_option
@pass_invocation
def logout(invocation: Invocation, forget: bool) -> None:
    """Revoke this computer's token and remove it.

    A token that you gave with bb login --token is removed here, but stays valid: you may use it
    elsewhere. Exit code 5 means that the server was not reached; the token is then still here.
    """
    from benchbook_client import credentials
    from benchbook_client.errors import NotFound, NotSignedIn

    stored = credentials.read_stored() if not forget else None
    revoked = False
    if stored is not None and stored.token_id is not None:
        # An answer of 401 or 404 means that it is revoked already.
        with (
            invocation.client(stored.url, token=stored.token) as client,
            contextlib.suppress(NotSignedIn, NotFound),
        ):
            client.delete_api_token(stored.token_id)
        revoked = True
    was_there = credentials.forget()
    invocation.answer(b"")
    if revoked:
        invocation.say("Signed out; this computer's token is revoked.")
    elif was_there:
        invocation.say("Signed out here. The token itself is still valid until it is revoked.")
    else:
        invocation.say("Nobody is signed in on this computer.")
    if os.environ.get(credentials.TOKEN_VARIABLE):
        warn(f"{credentials.TOKEN_VARIABLE} is still set in the environment.")


def _stored_before() -> StoredSignIn | None:
    from benchbook_client.credentials import CredentialsFileError, read_stored

    try:
        return read_stored()
    except CredentialsFileError:
        return None  # a damaged file is replaced by the new sign-in


def _sign_in_with_token(invocation: Invocation, address: str, token: str) -> Answer[SignedIn]:
    from benchbook_client.credentials import NotSignedInHereError, StoredSignIn, store
    from benchbook_client.errors import NotSignedIn

    secret = sys.stdin.readline().strip() if token == "-" else token.strip()  # noqa: S105
    if not secret:
        raise click.BadParameter("The token is empty.", param_hint="--token")
    try:
        with invocation.client(address, token=secret) as client:
            answer = client.me()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--token") from None
    except NotSignedIn as problem:
        raise NotSignedInHereError(f"{address} does not accept this token: {problem}") from problem
    store(
        StoredSignIn(
            url=address,
            token=secret,
            email=answer.data.person.email,
            organisation=answer.data.organisation.name,
        )
    )
    return answer


def _sign_in_with_password(
    invocation: Invocation, address: str, email: str | None, organisation: str | None
) -> Answer[SignedIn]:
    from benchbook_client.credentials import NotSignedInHereError
    from benchbook_client.errors import BenchbookError, NotSignedIn

    password = os.environ.get(PASSWORD_VARIABLE)
    if (email is None or password is None) and not sys.stdin.isatty():
        raise click.UsageError(
            "There is no terminal to ask for your e-mail address and password on: give --email "
            f"and set {PASSWORD_VARIABLE}, or give --token."
        )
    if email is None:
        email = click.prompt("E-mail address", err=True, type=str)
    if password is None:
        password = click.prompt("Password", hide_input=True, err=True, type=str)
    with invocation.client(address) as client:
        try:
            answer = _choose_and_sign_in(client, email, password, organisation)
        except NotSignedIn as problem:
            raise NotSignedInHereError(str(problem)) from problem
        try:
            _keep_a_token(client, address, answer.data)
        finally:
            # The cookie has done its work; if it cannot be ended now, it expires.
            with contextlib.suppress(BenchbookError):
                client.sign_out()
    return answer


def _keep_a_token(client: Client, address: str, who: SignedIn) -> None:
    """Makes a token with the login that the client has, and stores it."""
    from benchbook_client.credentials import (
        CredentialsFileError,
        NotSignedInHereError,
        StoredSignIn,
        store,
    )
    from benchbook_client.errors import NotSignedIn

    try:
        created = client.create_api_token(_token_name()).data
    except NotSignedIn as problem:
        # The login cookie did not come back: the server marks it for HTTPS only.
        raise NotSignedInHereError(
            f"The password is right, but the server keeps sign-ins to HTTPS, and {address} is "
            "not: sign in at its https:// address."
        ) from problem
    try:
        store(
            StoredSignIn(
                url=address,
                token=created.token,
                token_id=created.id,
                email=who.person.email,
                organisation=who.organisation.name,
            )
        )
    except CredentialsFileError:
        client.delete_api_token(created.id)
        raise


def _choose_and_sign_in(
    client: Client, email: str, password: str, organisation: str | None
) -> Answer[SignedIn]:
    from benchbook_client.errors import Conflict

    try:
        return client.sign_in(email, password)
    except Conflict as conflict:
        if conflict.code != "choose_organisation":
            raise
        chosen = _choose_organisation(conflict, organisation)
    return client.sign_in(email, password, organisation_id=chosen)


def _choose_organisation(conflict: Conflict, wanted: str | None) -> str:
    """Finds the id of the organisation that was named, or asks for it."""
    from benchbook_client.display import one_line

    offered = conflict.extensions.get("organisations")
    choices = [
        (str(item.get("id", "")), one_line(str(item.get("name", ""))))
        for item in (offered if isinstance(offered, list) else [])
        if isinstance(item, dict)
    ]
    if not choices:
        raise conflict
    names = ", ".join(f"“{name}”" for _, name in choices)
    if wanted is not None:
        matching = [
            identifier
            for identifier, name in choices
            if wanted == identifier or wanted.casefold() == name.casefold()
        ]
        if len(matching) == 1:
            return matching[0]
        raise click.BadParameter(
            f"Your address belongs to {names}; give one of these names, or an id "
            f"({', '.join(identifier for identifier, _ in choices)}).",
            param_hint="--organisation",
        )
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"Your address belongs to several organisations: say which with --organisation "
            f"({names})."
        )
    click.echo("Your address belongs to several organisations:", err=True)
    for number, (_, name) in enumerate(choices, start=1):
        click.echo(f"  {number}  {name}", err=True)
    number = click.prompt("Which one", type=click.IntRange(1, len(choices)), err=True)
    return choices[number - 1][0]


def _revoke_former(invocation: Invocation, former: StoredSignIn) -> None:
    """Revokes the token that the new one replaces, if its server is there to be asked."""
    from benchbook_client.errors import BenchbookError
    from benchbook_client.retries import NEVER_AGAIN

    if former.token_id is None:
        return
    with (
        contextlib.suppress(BenchbookError, ValueError),
        invocation.client(former.url, token=former.token) as client,
    ):
        client.delete_api_token(former.token_id, retry_policy=NEVER_AGAIN)


def _token_name() -> str:
    return f"bb on {socket.gethostname() or 'a computer'}"[:LONGEST_TOKEN_NAME]
