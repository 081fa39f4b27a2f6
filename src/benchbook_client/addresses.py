"""Reads the address of a server as people type it."""

from urllib.parse import urlsplit, urlunsplit

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def server_url(text: str) -> str:
    """Makes the base URL of a server from what a person typed, without a slash at the end.

    ``lab.example.org`` becomes ``https://lab.example.org``; addresses of this computer become
    ``http://…``. A path is kept (Benchbook may live below one), a trailing ``/api/v1`` is not.

    Raises ValueError with a sentence for the person.
    """
    typed = text.strip()
    if "://" not in typed:
        host = urlsplit(f"//{typed}").hostname
        typed = f"{'http' if host in _LOOPBACK_HOSTS else 'https'}://{typed}"
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"“{text}” is not an address: {error}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"“{text}” is not an address like https://benchbook.example.org.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(
            "The address must be a plain one, like https://benchbook.example.org, "
            "without a user, a question mark or a hash sign."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default_port = 443 if parts.scheme == "https" else 80
    netloc = host if port in {None, default_port} else f"{host}:{port}"
    path = parts.path.rstrip("/").removesuffix("/api/v1").rstrip("/")
    return urlunsplit((parts.scheme, netloc, path, "", ""))


def origin_of(url: str) -> str:
    """Gives the origin (scheme, host and port) of a base URL, as a browser would send it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_sent_in_the_clear(url: str) -> bool:
    """Says whether passwords sent to this address could be read on their way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK_HOSTS
