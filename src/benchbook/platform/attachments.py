"""What a file is called that a browser saves."""

from __future__ import annotations

from urllib.parse import quote


def attachment(file_name: str) -> str:
    """The Content-Disposition of a file to save under this name.

    RFC 6266: a plain name for all, and one with every character for those who can read it.
    """
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "_"
        for letter in file_name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
