"""Multipart forms, read strictly: a field that nobody asked for is an error, as in JSON bodies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import cast

from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException

from benchbook.platform.http import ApiRequest
from benchbook.platform.problems import FieldError, InvalidInput, TooLarge, UnsupportedMediaType

MULTIPART = "multipart/form-data"


@dataclass
class Form:
    """The fields of a multipart form; whoever reads one closes it."""

    fields: dict[str, list[str | UploadFile]]
    _known: set[str] = field(default_factory=set)

    @classmethod
    async def of(cls, request: ApiRequest) -> Form:
        """The request's form; raises UnsupportedMediaType, InvalidInput, TooLarge."""
        media_type, options = request.content_type
        if media_type != MULTIPART:
            raise UnsupportedMediaType(
                f"The body must be {MULTIPART}; this one says it is {media_type or 'of no type'}."
            )
        if not options.get("boundary"):
            raise InvalidInput("The multipart form does not name its boundary.")
        try:
            form = await request.form()
        except (ValueError, LookupError):
            raise InvalidInput("The multipart form holds text that is not UTF-8.") from None
        except ClientException as error:
            # What should be 413, says the framework, and is 400.
            if error.detail == "Request Entity Too Large":
                raise TooLarge("The multipart form has too many fields.") from None
            raise
        fields: dict[str, list[str | UploadFile]] = {}
        for name, value in form.multi_items():
            fields.setdefault(name, []).append(value)
        return cls(fields)

    def text(self, name: str) -> str | None:
        """A field's text; None where it is absent or empty."""
        self._known.add(name)
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise InvalidInput.at(f"/{name}", "This is in the form more than once.")
        if values and not isinstance(values[0], str):
            raise InvalidInput.at(f"/{name}", "This is a text, not a file.")
        return cast("str", values[0]) or None if values else None

    def choice(self, name: str, choices: tuple[str, ...], *, optional: bool = False) -> str | None:
        """A field that is one of these texts."""
        text = self.text(name)
        if text is None and optional:
            return None
        if text not in choices:
            raise InvalidInput.at(f"/{name}", f"This takes one of {', '.join(choices)}.")
        return text

    def flag(self, name: str) -> bool:
        """A field that is yes or no, as in a query: `true` or `1`, `false` or `0`; no if absent."""
        text = self.text(name)
        if text is not None and text.lower() not in ("true", "false", "1", "0"):
            raise InvalidInput.at(f"/{name}", "This takes true or false.")
        return text is not None and text.lower() in ("true", "1")

    def file(self, name: str) -> UploadFile:
        """A field that is a file."""
        self._known.add(name)
        values = self.fields.get(name, [])
        if len(values) != 1 or not isinstance(values[0], UploadFile):
            raise InvalidInput.at(f"/{name}", "Send one file here, with its file name.")
        return values[0]

    def refuse_others(self) -> None:
        """Raise InvalidInput for a field that nobody asked for."""
        if others := sorted(set(self.fields) - self._known):
            raise InvalidInput(
                f"The form holds an unknown field: {others[0][:100]}.",
                errors=[FieldError(f"/{name[:100]}", "There is no such field.") for name in others],
            )

    def digest(self) -> bytes:
        """A hash of names and contents; how the form was put together does not matter."""
        total = hashlib.sha256()
        for name, values in sorted(self.fields.items()):
            for value in values:
                if isinstance(value, str):
                    content = hashlib.sha256(value.encode()).digest()
                else:
                    content = _file_digest(value)
                total.update(hashlib.sha256(name.encode()).digest() + content)
        return total.digest()

    async def close(self) -> None:
        """Let go of the files."""
        for values in self.fields.values():
            for value in values:
                if isinstance(value, UploadFile):
                    await value.close()


def _file_digest(upload: UploadFile) -> bytes:
    content = hashlib.sha256()
    upload.file.seek(0)
    while piece := upload.file.read(1024 * 1024):
        content.update(piece)
    return content.digest()
