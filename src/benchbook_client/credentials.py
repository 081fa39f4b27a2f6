"""Where ``bb`` finds the server and the token: the environment, or one file that only you can read.

``BENCHBOOK_URL`` and ``BENCHBOOK_TOKEN`` win over the file, so that scripts need no file.
"""

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from benchbook_client.addresses import server_url

URL_VARIABLE = "BENCHBOOK_URL"
TOKEN_VARIABLE = "BENCHBOOK_TOKEN"  # noqa: S105


class StoredSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What ``bb login`` keeps: never the password, only a token that can be revoked.

    ``token_id`` is ``None`` if the person gave a token of their own.
    """

    url: str
    token: str
    token_id: str | None = None
    email: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The server to talk to and the token to show it."""

    url: str
    token: str


class NotSignedInHereError(Exception):
    """There is no usable sign-in on this computer. The text says what to do."""


class CredentialsFileError(Exception):
    """The file cannot be read or written. The text says which file and why."""


def file_path() -> Path:
    """Gives the place of the file, such as ``~/.config/benchbook/credentials.json``."""
    return Path(click.get_app_dir("benchbook")) / "credentials.json"


def find_credentials() -> Credentials:
    """Finds server and token: the environment first, then the file.

    A stored token is only ever sent to the server it was made by. Raises NotSignedInHereError,
    CredentialsFileError, and ValueError if ``BENCHBOOK_URL`` is not an address.
    """
    url_from_environment = os.environ.get(URL_VARIABLE, "").strip()
    token_from_environment = os.environ.get(TOKEN_VARIABLE, "").strip()
    if url_from_environment and token_from_environment:
        return Credentials(url=server_url(url_from_environment), token=token_from_environment)
    stored = read_stored()
    if stored is None:
        if url_from_environment:
            raise NotSignedInHereError(
                f"{URL_VARIABLE} is set, but there is no token for it: set {TOKEN_VARIABLE} too, "
                f"or sign in with: bb login {url_from_environment}"
            )
        if token_from_environment:
            raise NotSignedInHereError(
                f"{TOKEN_VARIABLE} is set, but not which server it is for: set {URL_VARIABLE} too."
            )
        raise NotSignedInHereError(
            "You are not signed in on this computer. Sign in with: bb login URL"
        )
    if url_from_environment and server_url(url_from_environment) != stored.url:
        raise NotSignedInHereError(
            f"{URL_VARIABLE} names another server than the one you are signed in to "
            f"({stored.url}): set {TOKEN_VARIABLE} too, or sign in with: "
            f"bb login {url_from_environment}"
        )
    return Credentials(url=stored.url, token=token_from_environment or stored.token)


def read_stored() -> StoredSignIn | None:
    """Reads the file; ``None`` if there is none. Closes it to others if it was open to them.

    Raises CredentialsFileError if it cannot be read or is not what ``bb login`` wrote.
    """
    path = file_path()
    try:
        content = path.read_bytes()
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CredentialsFileError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        stored = msgspec.json.decode(content, type=StoredSignIn)
        server_url(stored.url)
    except (msgspec.DecodeError, ValueError) as error:
        raise CredentialsFileError(
            f"{path} is damaged. Sign in again with: bb login URL"
        ) from error
    return stored


def store(sign_in: StoredSignIn) -> Path:
    """Writes the file in one step, readable by its owner only, and gives its place.

    Whoever reads at the same time sees the old file or the new one, never half of one. Raises
    CredentialsFileError.
    """
    path = file_path()
    content = msgspec.json.format(msgspec.json.encode(sign_in), indent=2) + b"\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes the file with mode 0600 from the first moment on.
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise CredentialsFileError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def forget() -> bool:
    """Removes the file and says whether it was there. Raises CredentialsFileError."""
    path = file_path()
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise CredentialsFileError(f"{path} cannot be removed: {error.strerror}.") from error
    return True
