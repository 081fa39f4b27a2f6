"""``bb search``: which sequences have these letters, or letters like these."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from benchbook_client import exit_codes
from benchbook_client.invocation import Invocation, json_option, pass_invocation, warn, write

if TYPE_CHECKING:
    from io import BufferedReader

    from msgspec import Raw

    from benchbook_client.client import Answer, Client, HitFormat
    from benchbook_client.errors import Problem
    from benchbook_client.schemas import SearchHit, SearchPage

Strand = Literal["forward", "reverse", "both"]
FORMATS = ("fasta", "csv", "genbank", "outfmt6")
SHOWN_CIGAR = 40
# What letters are called that have no name.
QUERY_NAME = "query"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class _Wanted:
    """How to search, whatever the query is."""

    distance: int | None
    mode: Literal["whole", "within"]
    strand: Strand
    collection_id: str | None


@click.command()
@click.argument("query", required=False)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Search for each record of this FASTA file instead; “-” is standard input.",
)
@click.option(
    "--distance", "-k", type=click.IntRange(0), metavar="EDITS", help="At most so many edits."
)
@click.option("--within", is_flag=True, help="Find places inside sequences, not whole ones.")
@click.option("--strand", type=click.Choice(("forward", "reverse", "both")), default="forward")
@click.option("--collection", metavar="NAME", help="Only in this collection.")
@click.option(
    "--limit", type=click.IntRange(1), help="At most so many hits a query; all unless given."
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    help="Write all hits as such a file instead; outfmt6 is BLAST's table.",
)
@json_option
@pass_invocation
def search(
    invocation: Invocation,
    query: str | None,
    file: Path | None,
    distance: int | None,
    within: bool,
    strand: str,
    collection: str | None,
    limit: int | None,
    file_format: str | None,
) -> int:
    """Search the sequences for QUERY, or for each record of a file.

    QUERY is made of A, C, G and T. Without --distance it is looked for as it is, anywhere in a
    sequence and in its first place. With --distance sequences are found that become QUERY by so
    many letters replaced, inserted or left out, or with --within the places in them that do. No hit
    is missed; if there was no time to read everything, bb says so, and the exit code is 5.

    A file is FASTA, plain or gzip, or bare letters; “-” instead of QUERY reads one from standard
    input. Its records are searched for in turn, as they are read. One that cannot be searched for
    is named, the others go on, and the exit code is then 4.

    Into a pipe or a file goes one line a hit, with tabs between: query, distance, strand, start,
    end, CIGAR, sequence, name, length. Places count from 0, and the end is the letter after the
    last. --json writes a line a query, --format one file with the hits of all queries.

    \b
    Examples:
      bb search ACGTTGCAACGTTGCAACGTTGCA
      bb search ACGTTGCAACGTTGCAACGTTGCA --distance 2 --strand both
      bb search --file queries.fasta --distance 2 --format outfmt6 > hits.tsv
      zcat primers.fasta.gz | bb search - -k 3 --within
    """
    if (query is None) == (file is None):
        raise click.UsageError("Give either a QUERY or --file FILE.")
    if within and distance is None:
        raise click.UsageError("--within finds similar places: give --distance, 0 for equal ones.")
    if file_format is not None and (limit is not None or invocation.answers_in_json):
        raise click.UsageError("--format writes all hits: neither --limit nor --json go with it.")
    from_file = Path("-") if query == "-" else file
    with _queries(query, from_file) as queries, invocation.connect() as client:
        wanted = _Wanted(
            distance,
            "within" if within else "whole",
            cast("Strand", strand),
            None if collection is None else _collection_id(client, collection),
        )
        run = _Run(invocation, client, wanted, limit, file_format)
        if from_file is None:
            assert query is not None
            run.search(QUERY_NAME, query)
        elif not run.search_all(queries):
            raise click.UsageError("There is nothing to search for: no letters came.")
    return run.exit_code


def _collection_id(client: Client, name: str) -> str:
    from benchbook_client.commands.sequence_files import collection_id_of

    return collection_id_of(client, name)


class _Run:
    """The searches of one command, and what is to be said at their end."""

    def __init__(
        self,
        invocation: Invocation,
        client: Client,
        wanted: _Wanted,
        limit: int | None,
        file_format: str | None,
    ) -> None:
        self._invocation = invocation
        self._client = client
        self._wanted = wanted
        self._limit = limit
        self._format = file_format
        self._files_written = 0
        self.exit_code = exit_codes.DONE

    def search_all(self, queries: Iterable[tuple[str, str]]) -> int:
        """Searches for each; answers how many there were. One that is refused stops no other."""
        from benchbook_client.errors import Problem
        from benchbook_client.failures import explain

        count = 0
        for name, bases in queries:
            count += 1
            if self._format is None and not self._invocation.answers_in_json and _is_terminal():
                write(f"{_shown(name)}:")
            try:
                self.search(name, bases)
            except Problem as problem:
                explanation = explain(problem)
                if explanation is None or explanation[1] != exit_codes.REFUSED:
                    raise
                self._tell_problem(name, problem)
                warn(f"{_shown(name)}: {explanation[0]}")
                self._ends_with(exit_codes.REFUSED)
        return count

    def search(self, name: str, bases: str) -> None:
        """Searches for one query, and writes what it finds."""
        if self._format is not None:
            self._write_file(name, bases)
            return
        wanted = self._wanted
        pages = self._client.search_sequences(
            bases,
            distance=wanted.distance,
            mode=wanted.mode,
            strand=wanted.strand,
            collection_id=wanted.collection_id,
            limit=self._limit,
        )
        if not _tell(self._invocation, name, pages):
            warn(f"{_shown(name)}: time was up before everything was read; there may be more.")
            self._ends_with(exit_codes.NOT_REACHABLE)

    def _write_file(self, name: str, bases: str) -> None:
        from benchbook_client.commands.transfer import write_to_output

        wanted = self._wanted
        with self._client.export_hits(
            bases,
            cast("HitFormat", self._format),
            query_name=name,
            distance=wanted.distance,
            mode=wanted.mode,
            strand=wanted.strand,
            collection_id=wanted.collection_id,
        ) as download:
            # All queries make one table, which has one heading.
            is_repeated = self._format == "csv" and self._files_written > 0
            write_to_output(download, without_first_line=is_repeated)
        self._files_written += 1

    def _tell_problem(self, name: str, problem: Problem) -> None:
        import msgspec

        if problem.body:
            told = {"query": name, "problem": msgspec.Raw(problem.body)}
            self._invocation.answer(msgspec.json.encode(told))

    def _ends_with(self, exit_code: int) -> None:
        self.exit_code = max(self.exit_code, exit_code)


def _tell(invocation: Invocation, query: str, pages: Iterator[Answer[SearchPage]]) -> bool:
    """Writes the hits of a query; answers whether everything was read for them."""
    hits: list[Raw] = []
    complete, found = True, 0
    for page in pages:
        complete = not (page.data.truncated and page.data.next_cursor is None)
        found += len(page.data.items)
        if invocation.answers_in_json:
            hits += page.data.items
        else:
            _show(query, page.data.items)
    if invocation.answers_in_json:
        import msgspec

        told = {"query": query, "items": hits, "complete": complete}
        invocation.answer(msgspec.json.encode(told))
    elif not found and _is_terminal():
        write("There is no such sequence.")
    return complete


# What is searched for ---------------------------------------------------------------------------


@contextmanager
def _queries(query: str | None, file: Path | None) -> Iterator[Iterator[tuple[str, str]]]:
    """The records of the file (names and letters), read as they are wanted."""
    if file is None:
        yield iter(())
        return
    if str(file) == "-":
        yield _records(_text(cast("BufferedReader", sys.stdin.buffer)))
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise click.FileError(str(file), error.strerror or str(error)) from None
    with opened:
        yield _records(_text(opened))


def _text(source: BufferedReader) -> Iterator[str]:
    """The lines of a file, plain or gzip. Raises click.UsageError for a broken one."""
    is_packed = source.peek(len(_GZIP)).startswith(_GZIP)
    try:
        for line in gzip.GzipFile(fileobj=source) if is_packed else source:
            yield line.decode("utf-8", errors="replace")
    except (EOFError, OSError) as error:
        raise click.UsageError(f"The file cannot be read to its end: {error}.") from None


def _records(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    name: str | None = None
    parts: list[str] = []
    for line in lines:
        text = line.strip().removeprefix("\ufeff")
        if text.startswith(">"):
            if name is not None or parts:
                yield name or QUERY_NAME, "".join(parts)
            name, parts = next(iter(text[1:].split()), QUERY_NAME), []
        elif text and not text.startswith(";"):
            parts.append(text)
    if name is not None or parts:
        yield name or QUERY_NAME, "".join(parts)


# How hits are shown -----------------------------------------------------------------------------


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _shown(name: str) -> str:
    from benchbook_client.display import one_line

    return one_line(name)


def _show(query: str, hits: tuple[Raw, ...]) -> None:
    import msgspec

    from benchbook_client.display import one_line, shortened
    from benchbook_client.schemas import SearchHit

    for raw in hits:
        hit = msgspec.json.decode(raw, type=SearchHit)
        if not _is_terminal():
            write("\t".join(map(str, _cells(query, hit))))
            continue
        name = one_line(hit.sequence.name) or hit.sequence.digest
        edits = "equal" if hit.distance == 0 else f"{hit.distance} edit{'s' * (hit.distance != 1)}"
        place = f"{hit.start + 1:,}–{hit.end:,} of {hit.sequence.length:,}"
        side = "" if hit.strand == "forward" else "  reverse"
        write(f"{edits:>9}  {name}  {place}{side}  {shortened(hit.cigar, SHOWN_CIGAR)}")


def _cells(query: str, hit: SearchHit) -> tuple[object, ...]:
    from benchbook_client.display import one_line

    sequence = hit.sequence
    return (
        *(one_line(query), hit.distance, hit.strand, hit.start, hit.end, hit.cigar),
        *(sequence.id, one_line(sequence.name), sequence.length),
    )
