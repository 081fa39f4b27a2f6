"""``bb export`` and ``bb import``: sessions as files; ``sequence_files`` has those of sequences."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

import click

from benchbook_client import exit_codes
from benchbook_client.commands.filters import FilterOptions, filter_options
from benchbook_client.commands.sequence_files import (
    SequenceOptions,
    collection_id_of,
    holds_sequences,
    import_sequences,
)
from benchbook_client.invocation import (
    Invocation,
    OutputClosedError,
    json_option,
    pass_invocation,
    warn,
)

if TYPE_CHECKING:
    from benchbook_client.client import Client, Download, ExportFormat, ImportFormat, SequenceFormat
    from benchbook_client.schemas import SessionImport

DateOrder = Literal["ymd", "dmy", "mdy"]
SESSION_FORMATS = ("csv", "xlsx", "json", "pdf")
SEQUENCE_FORMATS = ("fasta", "genbank")
EXPORT_FORMATS = (*SESSION_FORMATS, *SEQUENCE_FORMATS)
# What else names of files end with.
SUFFIXES = {"gb": "genbank", "gbk": "genbank", "fa": "fasta"}
BINARY_FORMATS = ("xlsx", "pdf")
SEQUENCES = "sequences"
IMPORT_FORMATS = ("toggl", "clockify", "benchbook")
DATE_ORDERS = ("ymd", "dmy", "mdy")
SHOWN_LINES = 20
_SNIFFED_BYTES = 64 * 1024


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "export_format",
    type=click.Choice(EXPORT_FORMATS),
    help="What kind of file; usually what the name of FILE ends with, else csv.",
)
@filter_options
@click.option("--everybody", is_flag=True, help="Everybody's sessions, if you may see them.")
@click.option(
    "--collection", metavar="NAME", help="Only the sequences in this one; with fasta or genbank."
)
@click.option("--force", is_flag=True, help="Overwrite FILE if it is there.")
@json_option
@pass_invocation
def export(
    invocation: Invocation,
    file: Path | None,
    export_format: str | None,
    filters: FilterOptions,
    everybody: bool,
    collection: str | None,
    force: bool,
) -> None:
    """Write your sessions, or the sequences, to FILE or to standard output.

    Sessions are written unless the kind of file is fasta or genbank. All that the filters match is written, however much it is (a pdf, a timesheet to print, holds at
    most 5,000 sessions). FILE appears when it is whole: an export that breaks off leaves none
    behind. What bb wrote as csv, fasta or genbank, bb import reads again. Of the filters only --tag is for
    sequences.

    With --json what is printed is the sessions, as with --format json.

    \b
    Examples:
      bb export hours-2026.xlsx --year 2026
      bb export may.pdf --year 2026 --month 5
      bb export --from monday > week.csv
      bb export --format json | jq '.items[].name'
      bb export reef.fasta --collection Reef
      bb export plasmids.gb --tag plasmid
    """
    kind = _export_format(file, export_format, invocation.answers_in_json)
    if file is not None and file.exists() and not force:
        raise click.UsageError(f"{file} is there already. Give another name, or --force.")
    if file is None and kind in BINARY_FORMATS and sys.stdout.isatty():
        raise click.UsageError(f"A {kind} file is not for a terminal: give a FILE.")
    if kind in SEQUENCE_FORMATS:
        _require_no_session_filter(kind, filters, everybody)
    elif collection is not None:
        raise click.UsageError("--collection is for sequences: give --format fasta or genbank.")
    with (
        invocation.connect() as client,
        _exported(invocation, client, kind, filters, everybody, collection) as download,
    ):
        if file is None:
            write_to_output(download)
            return
        written = _write_to_file(download, file)
    if not invocation.answers_in_json:
        invocation.say(f"Wrote {file} ({_size_text(written)}).")


def _require_no_session_filter(kind: str, filters: FilterOptions, everybody: bool) -> None:
    given = [name for name, value in vars(filters).items() if value and name != "tag"]
    if given or everybody:
        option = "everybody" if everybody else given[0].rstrip("_")
        raise click.UsageError(f"--{option} is for sessions, and {kind} is a file of sequences.")


@contextlib.contextmanager
def _exported(
    invocation: Invocation,
    client: Client,
    kind: str,
    filters: FilterOptions,
    everybody: bool,
    collection: str | None,
) -> Iterator[Download]:
    if kind in SEQUENCE_FORMATS:
        parameters = {
            "collection_id": collection and collection_id_of(client, collection),
            "tag": filters.tag,
        }
        given = {name: value for name, value in parameters.items() if value}
        with client.export_sequences(cast("SequenceFormat", kind), given) as download:
            yield download
        return
    which = filters.read(invocation, client, everybody=everybody)
    with client.export_sessions(cast("ExportFormat", kind), which) as download:
        yield download


@dataclass(frozen=True)
class _SessionOptions:
    """What the command line says about files of sessions."""

    format: str | None
    time_zone: str | None
    date_order: str | None
    dry_run: bool

    @property
    def first_given(self) -> str | None:
        """An option that was given, if any was."""
        return next(
            (f"--{name.replace('_', '-')}" for name, value in vars(self).items() if value), None
        )


@click.command("import")
@click.argument(
    "files", nargs=-1, metavar="[FILE]...", type=click.Path(allow_dash=True, path_type=Path)
)
@click.option(
    "--format",
    "import_format",
    type=click.Choice(IMPORT_FORMATS),
    help="Who wrote files of sessions; usually seen from their first line.",
)
@click.option("--time-zone", metavar="ZONE", help="Of its times, if not yours: Europe/Berlin.")
@click.option(
    "--date-order",
    type=click.Choice(DATE_ORDERS),
    help="How its dates are written, if that is not clear: dmy is 12.5.2026.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@click.option("--collection", metavar="NAME", help="Where sequences go, if not the default one.")
@click.option(
    "--tag",
    "tags",
    metavar="TAG",
    multiple=True,
    help="A tag for the sequences that are added; may be given several times.",
)
@click.option(
    "--circular", is_flag=True, help="The sequences are circular; GenBank says so itself."
)
@click.option("--take-back", metavar="ID", help="Take back the import with this ID instead.")
@click.option(
    "--rejected", metavar="ID", help="Write all records that this import rejected, as CSV, instead."
)
@json_option
@pass_invocation
def import_(
    invocation: Invocation,
    files: tuple[Path, ...],
    import_format: str | None,
    time_zone: str | None,
    date_order: str | None,
    dry_run: bool,
    collection: str | None,
    tags: tuple[str, ...],
    circular: bool,
    take_back: str | None,
    rejected: str | None,
) -> int:
    """Add the sessions or the sequences of each FILE.

    Sessions come as CSV of Toggl, Clockify or bb export, sequences as FASTA, FASTQ or GenBank, plain
    or gzip; which it is is seen from the first bytes.

    “-” reads standard input. What can be read is added; lines that cannot are named, and the exit
    code is then 4. What is there already is counted and left out, so that the same file can be
    imported twice. Files are imported one after the other, each by itself; one that is refused is
    named, and the others go on. --json writes a document for each.

    \b
    Examples:
      bb import Toggl_time_entries.csv --dry-run
      bb import Toggl_time_entries.csv
      bb import *.fasta.gz --collection Reef --tag "run 12"
      bb import plasmids.fasta --circular --tag plasmid --tag lab
      bb import --take-back 0196c0de-5b1c-7d3a-9c41-1f0c9a2b77aa
      bb import --rejected 0196c0de-5b1c-7d3a-9c41-1f0c9a2b77aa > rejected.csv
    """
    if [bool(files), take_back is not None, rejected is not None].count(True) != 1:
        raise click.UsageError("Give either a FILE, --take-back ID or --rejected ID.")
    if rejected is not None and invocation.answers_in_json:
        raise click.UsageError("--rejected writes CSV: --json does not go with it.")
    if [str(file) for file in files].count("-") > 1:
        raise click.UsageError("Standard input can only be read once.")
    of_sessions = _SessionOptions(import_format, time_zone, date_order, dry_run)
    of_sequences = SequenceOptions(collection, tags, circular)
    for file in files:
        if str(file) != "-":
            with _opened(file) as source:
                _kind_of(source, file, of_sessions, of_sequences)
    with invocation.connect() as client:
        if take_back is not None:
            _take_back(invocation, client, take_back.strip())
            return exit_codes.DONE
        if rejected is not None:
            _write_rejected(client, rejected.strip())
            return exit_codes.DONE
        return _import_all(invocation, client, files, of_sessions, of_sequences)


def _kind_of(
    source: BinaryIO, file: Path, of_sessions: _SessionOptions, of_sequences: SequenceOptions
) -> str:
    """Sees what a file holds, which is at its beginning then: SEQUENCES, or sessions of whom.

    Raises click.UsageError for what is neither, and for options of the other kind.
    """
    name = "Standard input" if str(file) == "-" else file.name
    if of_sessions.format is None and holds_sequences(source):
        if option := of_sessions.first_given:
            raise click.UsageError(f"{option} is for sessions, and {name} holds sequences.")
        return SEQUENCES
    if option := of_sequences.first_given:
        raise click.UsageError(f"{option} is for sequences, and {name} holds none.")
    kind = of_sessions.format or _guessed_format(source, name)
    source.seek(0)
    return kind


def _import_all(
    invocation: Invocation,
    client: Client,
    files: Sequence[Path],
    of_sessions: _SessionOptions,
    of_sequences: SequenceOptions,
) -> int:
    """Imports file after file; the worst of their exit codes. What is refused stops no other."""
    from benchbook_client.errors import BenchbookError, Problem
    from benchbook_client.failures import explain

    exit_code = exit_codes.DONE
    for number, file in enumerate(files):
        if len(files) > 1:
            invocation.say(f"{file}:")
        try:
            done = _import_one(invocation, client, file, of_sessions, of_sequences)
        except BenchbookError as error:
            explanation = explain(error)
            if len(files) == 1 or explanation is None:
                raise
            if explanation[1] != exit_codes.REFUSED:
                left = ", ".join(map(str, files[number:]))
                warn(f"Not imported: {left}.")
                raise
            if isinstance(error, Problem) and error.body:
                invocation.answer(error.body)
            warn(f"{file}: {explanation[0]}")
            done = exit_codes.REFUSED
        exit_code = max(exit_code, done)
    return exit_code


def _import_one(
    invocation: Invocation,
    client: Client,
    file: Path,
    of_sessions: _SessionOptions,
    of_sequences: SequenceOptions,
) -> int:
    with _opened(file) as source:
        kind = _kind_of(source, file, of_sessions, of_sequences)
        if kind == SEQUENCES:
            return import_sequences(invocation, client, source, file, of_sequences)
        with shown_progress(source, invocation) as watched:
            answer = client.import_sessions(
                watched,
                "standard-input.csv" if str(file) == "-" else file.name,
                cast("ImportFormat", kind),
                time_zone=of_sessions.time_zone,
                date_order=cast("DateOrder | None", of_sessions.date_order),
                dry_run=of_sessions.dry_run,
            )
    invocation.answer(answer.body)
    _tell(invocation, answer.data, dry_run=of_sessions.dry_run)
    return exit_codes.REFUSED if answer.data.rejected else exit_codes.DONE


def _write_rejected(client: Client, import_id: str) -> None:
    try:
        with client.export_rejections(import_id) as download:
            write_to_output(download)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _take_back(invocation: Invocation, client: Client, import_id: str) -> None:
    from benchbook_client.errors import NotFound

    what = "sessions"
    try:
        try:
            answer = client.take_back_import(import_id)
        except NotFound:
            answer, what = client.take_back_sequence_import(import_id), "sequences"
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    invocation.answer(answer.body)
    invocation.say(f"Took it back: its {what} are gone.")


def _export_format(file: Path | None, given: str | None, in_json: bool) -> str:
    if given is not None:
        if in_json and given != "json":
            raise click.UsageError(f"Give either --json or --format {given}.")
        return given
    if in_json:
        return "json"
    suffix = "" if file is None else file.suffix.lower().lstrip(".")
    suffix = SUFFIXES.get(suffix, suffix)
    if file is not None and suffix not in EXPORT_FORMATS:
        raise click.UsageError(
            f"What kind of file is {file.name}? Give --format, or a name that ends with "
            f"{', '.join('.' + kind for kind in EXPORT_FORMATS)}."
        )
    return suffix or "csv"


def write_to_output(download: Download, *, without_first_line: bool = False) -> None:
    """Writes a file to standard output. Raises OutputClosedError if nobody reads it any more."""
    output = sys.stdout.buffer
    is_wanted = not without_first_line
    try:
        for piece in download.pieces:
            if is_wanted:
                output.write(piece)
                continue
            _, line_end, rest = piece.partition(b"\n")
            is_wanted = bool(line_end)
            output.write(rest)
        output.flush()
    except BrokenPipeError:
        raise OutputClosedError from None


def _write_to_file(download: Download, file: Path) -> int:
    """Writes beside the file and puts it into its place when it is whole; answers its bytes."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise click.FileError(str(file), error.strerror or str(error)) from None
    partial = Path(name)
    written = 0
    try:
        with os.fdopen(descriptor, "wb") as output:
            for piece in download.pieces:
                written += output.write(piece)
        # mkstemp lets nobody else read; a file of one's own is as the umask wants it.
        umask = os.umask(0)
        os.umask(umask)
        partial.chmod(0o666 & ~umask)
        partial.replace(file)
    except OSError as error:
        raise click.FileError(str(file), error.strerror or str(error)) from None
    finally:
        partial.unlink(missing_ok=True)
    return written


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """Opens the file, or a copy of standard input, which cannot be read twice."""
    if str(file) == "-":
        with tempfile.TemporaryFile() as copy:
            while piece := sys.stdin.buffer.read(1024 * 1024):
                copy.write(piece)
            copy.seek(0)
            yield cast("BinaryIO", copy)
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise click.FileError(str(file), error.strerror or str(error)) from None
    with opened:
        yield opened


def _guessed_format(source: BinaryIO, name: str) -> str:
    """Sees from the first line who wrote the file. Raises click.UsageError."""
    import csv

    beginning = source.read(_SNIFFED_BYTES)
    encoding = "utf-16" if beginning[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    first = beginning.decode(encoding, errors="replace").split("\n", 1)[0].strip()
    delimiter = max(",;\t", key=first.count)
    columns = {name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])}
    if {"name", "start"} <= columns:
        return "benchbook"
    if "start date" in columns:
        of_clockify = {"group", "duration (h)", "time (h)", "duration (decimal)"}
        return "clockify" if columns & of_clockify else "toggl"
    raise click.UsageError(
        f"{name} begins neither with the columns of Toggl, Clockify or Benchbook nor as a file of "
        f"sequences. If it is one of theirs, give --format ({', '.join(IMPORT_FORMATS)})."
    )


class _Watched:
    """A file that tells how much of it was read."""

    def __init__(self, source: BinaryIO, tell: Callable[[int], None]) -> None:
        self._source = source
        self._tell = tell

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self._tell(self._source.tell())
        return piece

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)


@contextlib.contextmanager
def shown_progress(source: BinaryIO, invocation: Invocation) -> Iterator[BinaryIO]:
    """Draws how much was sent on standard error, where a person sees it."""
    total = source.seek(0, os.SEEK_END)
    source.seek(0)
    if not sys.stderr.isatty() or invocation.answers_in_json or not total:
        yield source
        return
    with click.progressbar(
        length=total,
        label="Sending",
        file=sys.stderr,
        show_eta=False,
        update_min_steps=total // 200,
    ) as bar:

        def tell(position: int) -> None:
            bar.update(position - bar.pos)
            if position >= total and not bar.finished:
                bar.label = "Reading"
                bar.render_progress()

        yield cast("BinaryIO", _Watched(source, tell))


def _tell(invocation: Invocation, done: SessionImport, *, dry_run: bool) -> None:
    if invocation.answers_in_json:
        return
    added = f"{done.added:,} session{'s' * (done.added != 1)}"
    said = [f"Would add {added}." if dry_run else f"Added {added}."]
    if done.duplicates:
        said.append(
            f"{done.duplicates:,} {'were' if done.duplicates != 1 else 'was'} there already."
        )
    made = [
        f"{count:,} {word}{'s' * (count != 1)}"
        for count, word in (
            (done.projects_added, "project"),
            (done.clients_added, "client"),
            (done.tags_added, "tag"),
        )
        if count
    ]
    if made:
        said.append(f"{'It would make' if dry_run else 'Made'} {' and '.join(made)}.")
    invocation.say(" ".join(said))
    if done.id is not None:
        invocation.say(f"Take it back with: bb import --take-back {done.id}")
    if done.rejected:
        lines = f"{done.rejected:,} line{'s' * (done.rejected != 1)}"
        warn(f"{lines} could not be read:")
        for error in done.errors[:SHOWN_LINES]:
            click.echo(f"  line {error.line:,}: {error.detail}", err=True)
        if done.rejected > SHOWN_LINES:
            click.echo(f"  and {done.rejected - SHOWN_LINES:,} more (--json shows them)", err=True)


def _size_text(size_bytes: int) -> str:
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
