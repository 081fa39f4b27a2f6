"""Files of sequences: FASTA, FASTQ and GenBank, plain or gzip, read a record at a time.

The readers are our own because of what an import owes people: the line of every record that is
refused, going on after it, and memory that stays the same whatever the file holds; a line of two
gigabytes included. What a record holds is judged by ``rules``, as for a single sequence.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Self, cast
from uuid import UUID

from asyncpg.pgproto import pgproto
from uuid_utils import uuid7

from benchbook.platform.problems import InvalidInput
from benchbook.sequences.errors import EmptyFile, NotASequenceFile
from benchbook.sequences.features import MOST_FEATURES, Feature, FeatureReader
from benchbook.sequences.rules import LONGEST_NAME, LONGEST_SEQUENCE, one_line, prepare
from benchbook.sequences.schemas import ImportRejection
from benchbook.sequences.store import NewRow

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Format = Literal["fasta", "fastq", "genbank"]

# Their keys are sorted in together: more at once in less time for each (decision 46), but searches
# look through two pieces of them.
PIECE_RECORDS = 4_000
PIECE_LETTERS = 2_000_000
PIECE_FEATURES = 20_000
LONGEST_DESCRIPTION = 5_000
# Lines of a table of features have 80 characters.
LONGEST_FEATURE_LINE = 10_000
# No header has more; what a line has beyond is read in steps of this size.
STEP_BYTES = 256 * 1024
_BUFFER_BYTES = 1024 * 1024
_SHOWN_NAME = 100

_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_MAGIC = {
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"BZh": "packed with bzip2: unpack it first, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz: unpack it first, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd: unpack it first, or pack it with gzip",
    b"\xff\xfe": "text in UTF-16: save it as UTF-8 or ASCII",
    b"\xfe\xff": "text in UTF-16: save it as UTF-8 or ASCII",
    b"CRAM": "CRAM: convert it to FASTQ first",
    b"BAM\x01": "BAM: convert it to FASTQ first",
}


class FileBroken(Exception):
    """The file cannot be read on; the message names the place and the remedy."""


@dataclass(slots=True)
class Record:
    """What a file says about one sequence. ``letters`` counts also those that were not kept.

    ``problem`` is what is wrong with the record as such.
    """

    line: int
    header: bytes = b""
    name: str = ""
    description: str = ""
    bases: bytes = b""
    letters: int = 0
    circular: bool = False
    features: FeatureReader | None = None
    problem: str | None = None


@dataclass(slots=True)
class Piece:
    """Some records of a file, in its order: what can be added, and what cannot."""

    rows: list[NewRow]
    rejections: list[ImportRejection]
    bytes_read: int
    # By the id of the row.
    features: dict[UUID, list[Feature]]

    @property
    def records(self) -> int:
        return len(self.rows) + len(self.rejections)


def recognise(path: Path) -> Format:
    """What kind of file it is, by its first letters; raises EmptyFile, NotASequenceFile."""
    if path.stat().st_size == 0:
        raise EmptyFile.at("/file", "The file is empty.")
    try:
        with _File(path) as file:
            start = file.content.read(STEP_BYTES).removeprefix(_BYTE_ORDER_MARK)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise NotASequenceFile.at(
            "/file",
            "The file begins as gzip does, and cannot be unpacked: it is damaged or cut off.",
        ) from None
    for magic, what in _OTHER_MAGIC.items():
        if start.startswith(magic):
            raise NotASequenceFile.at("/file", f"The file is {what}.")
    text = start.lstrip()
    if not text:
        raise EmptyFile.at(
            "/file",
            "There is nothing in the file but blank lines."
            if start
            else "There is nothing in the gzip file.",
        )
    if text[:1] in (b">", b";"):
        return "fasta"
    if text[:1] == b"@":
        return "fastq"
    if text.startswith(b"LOCUS"):
        return "genbank"
    raise NotASequenceFile.at(
        "/file", "The file is neither FASTA (begins with “>”), FASTQ (“@”) nor GenBank (“LOCUS”)."
    )


class Reading:
    """A file being read: pieces of it, from after so many records on. Not for two threads at once."""

    def __init__(self, path: Path, kind: Format, *, circular: bool = False) -> None:
        """``circular`` says that all records are, whatever the file says. Raises FileBroken."""
        with _breaks_told():
            self._file = _File(path)
        self._circular = circular
        self._records = _READERS[kind](_Lines(self._file.content))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.__exit__()

    def skip(self, records: int) -> None:
        """Leave out the records that were read before; raises FileBroken."""
        with _breaks_told():
            for _ in islice(self._records, records):
                pass

    def next_piece(self) -> Piece | None:
        """The next records, ready to be stored; None at the end of the file. Raises FileBroken."""
        rows: list[NewRow] = []
        rejections: list[ImportRejection] = []
        features: dict[UUID, list[Feature]] = {}
        letters = feature_count = 0
        with _breaks_told():
            for record in self._records:
                record.circular |= self._circular
                accepted = _accepted(record)
                if isinstance(accepted, NewRow):
                    rows.append(accepted)
                    letters += record.letters
                    if record.features and record.features.count:
                        features[accepted.id] = record.features.features(
                            record.letters, circular=record.circular
                        )
                        feature_count += record.features.count
                else:
                    rejections.append(accepted)
                if (
                    len(rows) + len(rejections) >= PIECE_RECORDS
                    or letters >= PIECE_LETTERS
                    or feature_count >= PIECE_FEATURES
                ):
                    break
        if not rows and not rejections:
            return None
        return Piece(rows, rejections, self._file.raw.tell(), features)


def _accepted(record: Record) -> NewRow | ImportRejection:
    """The record as a row to add, or what stands against it."""
    try:
        if record.header:
            _name(record)
        if record.problem:
            return ImportRejection(record.line, record.name[:_SHOWN_NAME], record.problem)
        if record.letters > LONGEST_SEQUENCE:
            raise InvalidInput(
                f"A sequence has at most {LONGEST_SEQUENCE:,} letters; this has {record.letters:,}."
            )
        name, description = one_line(record.name, ""), one_line(record.description, "")
        _refuse_longer(name, LONGEST_NAME, "name")
        _refuse_longer(description, LONGEST_DESCRIPTION, "description")
        prepared = prepare(record.bases.decode("latin-1"))
    except InvalidInput as error:
        detail = error.detail
        if error.extra.get("letter") in ("U", "u"):
            detail += " Is it RNA? Write T for U."
        shown = "".join(letter if letter.isprintable() else " " for letter in record.name)
        return ImportRejection(record.line, shown[:_SHOWN_NAME], detail)
    # As asyncpg itself answers ids: made, compared and sent in a third of the time of Python's own.
    row_id = pgproto.UUID(uuid7().bytes)
    return NewRow(row_id, prepared, name, description, record.circular)


def _name(record: Record) -> None:
    try:
        text = record.header.decode("utf-8")
    except UnicodeDecodeError:
        text = record.header.decode("latin-1")
    words = text.split(None, 1)
    record.name = words[0] if words and not text[0].isspace() else ""
    record.description = " ".join(words[1 if record.name else 0 :]).strip().replace("\t", " ")


def _refuse_longer(text: str, most: int, what: str) -> None:
    if len(text) > most:
        raise InvalidInput(f"The {what} has {len(text):,} characters, and at most {most:,} fit.")


# Lines ------------------------------------------------------------------------------------------


class _Lines:
    """The lines of a file, in steps: a long one comes in several.

    After each, ``number`` is its line (from 1), ``begins`` and ``ends`` say whether the step is
    the line's first and its last.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._readline = file.readline
        self.number = 0
        self.begins = True
        self.ends = True

    def next(self) -> bytes:
        """The next step; nothing at the end of the file."""
        line = self._readline(STEP_BYTES)
        self.begins = self.ends
        if self.begins:
            self.number += 1
            if self.number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
        self.ends = line[-1:] == b"\n" or len(line) < STEP_BYTES - len(_BYTE_ORDER_MARK)
        return line

    def next_filled(self) -> bytes:
        """The first step of the next line that is not blank; nothing at the end of the file."""
        while line := self.next():
            if line.strip():
                return line
        return b""

    def whole(self, first: bytes, most: int) -> tuple[bytes, int]:
        """The line that begins with this step, without what ends it, and how long it is.

        Of a longer one than ``most`` only some is kept.
        """
        if self.ends:
            line = first.rstrip()
            return line, len(line)
        kept, length = [first], len(first)
        while not self.ends:
            step = self.next()
            if self.ends:
                step = step.rstrip()
            length += len(step)
            if length <= most:
                kept.append(step)
        return b"".join(kept), length


def _read_fasta(lines: _Lines) -> Iterator[Record]:
    line = lines.next()
    while line:
        if line[:1] == b";" or not line.strip():
            _, _ = lines.whole(line, 0)
            line = lines.next()
            continue
        if line[:1] == b">":
            record = Record(lines.number)
            header, length = lines.whole(line, STEP_BYTES)
            record.header = header[1:]
            if length > STEP_BYTES:
                record.header = record.header[:_SHOWN_NAME]
                record.problem = f"The first line has {length:,} characters."
            line = lines.next()
        else:
            record = Record(
                lines.number, problem="There is no line that begins with “>” before it."
            )
        kept: list[bytes] = []
        letters = 0
        while line and not (lines.begins and line[:1] == b">"):
            if lines.begins and line[:1] == b";":
                lines.whole(line, 0)
            else:
                text = line.rstrip() if lines.ends else line
                letters += len(text)
                if letters <= LONGEST_SEQUENCE:
                    kept.append(text)
            line = lines.next()
        record.bases = kept[0] if len(kept) == 1 else b"".join(kept)
        record.letters = letters
        yield record


def _read_fastq(lines: _Lines) -> Iterator[Record]:
    while line := lines.next_filled():
        if line[:1] != b"@":
            raise FileBroken(
                f"Line {lines.number:,} should begin a record with “@”: a record of FASTQ is four "
                "lines, its letters on one of them."
            )
        record = Record(lines.number)
        header, length = lines.whole(line, STEP_BYTES)
        record.header = header[1:]
        if length > STEP_BYTES:
            record.header = record.header[:_SHOWN_NAME]
            record.problem = f"The first line has {length:,} characters."
        record.bases, record.letters = lines.whole(lines.next(), LONGEST_SEQUENCE)
        plus = lines.next()
        if plus[:1] != b"+":
            raise FileBroken(
                f"The file is cut off within the record of line {record.line:,}: get it again."
                if not plus
                else f"Line {lines.number:,} should begin with “+”: a record of FASTQ is four "
                "lines, its letters on one of them."
            )
        lines.whole(plus, 0)
        first = lines.next()
        if not first:
            raise FileBroken(
                f"The file is cut off within the record of line {record.line:,}: get it again."
            )
        _, qualities = lines.whole(first, 0)
        if qualities != record.letters and not record.problem:
            record.problem = (
                f"There are {record.letters:,} letters and {qualities:,} qualities: as many are "
                "needed of both."
            )
        yield record


def _read_genbank(lines: _Lines) -> Iterator[Record]:
    while line := lines.next_filled():
        if not line.startswith(b"LOCUS"):
            raise FileBroken(f"Line {lines.number:,} should begin a record with “LOCUS”.")
        record = Record(lines.number)
        text, _ = lines.whole(line, STEP_BYTES)
        words = text.decode("latin-1").split()
        record.name = words[1] if len(words) > 1 else ""
        record.circular = "circular" in (word.lower() for word in words[2:])
        record.features = FeatureReader()
        kept: list[bytes] = []
        part = b""
        while True:
            step = lines.next()
            if not step:
                raise FileBroken(
                    f"The file is cut off within the record of line {record.line:,}, before its "
                    "“//”: get it again."
                )
            if lines.begins and step.startswith(b"//"):
                lines.whole(step, 0)
                break
            if lines.begins and not step[:1].isspace():
                part = step.split(None, 1)[0]
                said = step[len(part) :].decode("utf-8", "replace").strip()
                if part == b"VERSION" and said.strip("."):
                    record.name = said.split()[0]
                elif part == b"DEFINITION":
                    record.description = said
            elif part == b"DEFINITION" and len(record.description) <= LONGEST_DESCRIPTION:
                record.description += f" {step.decode('utf-8', 'replace').strip()}"
            elif part == b"FEATURES":
                table, _ = lines.whole(step, STEP_BYTES)
                record.features.feed(table[:LONGEST_FEATURE_LINE].decode("utf-8", "replace"))
            elif part == b"ORIGIN":
                letters = step.translate(None, b" 0123456789\t\r\n")
                record.letters += len(letters)
                if record.letters <= LONGEST_SEQUENCE:
                    kept.append(letters)
        record.description = record.description.strip(" .")
        record.bases = b"".join(kept)
        if record.features.count > MOST_FEATURES:
            record.problem = (
                f"A sequence has at most {MOST_FEATURES:,} features; this has "
                f"{record.features.count:,}."
            )
        yield record


_READERS = {"fasta": _read_fasta, "fastq": _read_fastq, "genbank": _read_genbank}


# Packed files -----------------------------------------------------------------------------------


class _File:
    """A file and its ``content``, unpacked where it is gzip; ``raw`` is the file itself."""

    def __init__(self, path: Path) -> None:
        self.raw = path.open("rb", buffering=_BUFFER_BYTES)
        self.is_packed = self.raw.read(len(_GZIP)) == _GZIP
        self.raw.seek(0)
        self.content: BinaryIO = self.raw
        if self.is_packed:
            unzipping = gzip.GzipFile(fileobj=self.raw, mode="rb")
            self.content = cast("BinaryIO", io.BufferedReader(unzipping, _BUFFER_BYTES))
        if self._ends_lines_by_returns():
            lines = _ReturnsAsLineBreaks(self.content)
            self.content = cast("BinaryIO", io.BufferedReader(lines, _BUFFER_BYTES))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.content.close()
        self.raw.close()

    def _ends_lines_by_returns(self) -> bool:
        """Whether lines end as they did on old Macintoshes, as far as the beginning shows."""
        start = cast("io.BufferedReader", self.content).peek()
        # The return at the end may be half of a line break.
        return b"\r" in start[:-1] and b"\n" not in start


class _ReturnsAsLineBreaks(io.RawIOBase):
    """A file in which carriage returns read as line breaks."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        content = self._file.read(len(view)).replace(b"\r", b"\n")
        view[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def _breaks_told() -> Iterator[None]:
    """What goes wrong in unpacking, as FileBroken."""
    try:
        yield
    except EOFError:
        raise FileBroken("The gzip file is cut off before its end: get it again.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise FileBroken("The gzip file is damaged: get it again.") from None
