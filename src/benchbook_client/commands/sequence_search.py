"""``bb search``: which sequences have these letters, or letters like these."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, cast

import click

from benchbook_client import exit_codes
from benchbook_client.invocation import Invocation, json_option, pass_invocation, warn, write

if TYPE_CHECKING:
    from msgspec import Raw

    from benchbook_client.client import Answer, SequenceFormat
    from benchbook_client.schemas import SearchHit, SearchPage

Strand = Literal["forward", "reverse", "both"]
FORMATS = ("fasta", "csv", "outfmt6")
SHOWN_CIGAR = 40


@click.command()
@click.argument("query")
@click.option(
    "--distance", "-k", type=click.IntRange(0), metavar="EDITS", help="At most so many edits."
)
@click.option("--within", is_flag=True, help="Find places inside sequences, not whole ones.")
@click.option("--strand", type=click.Choice(("forward", "reverse", "both")), default="forward")
@click.option("--collection", metavar="NAME", help="Only in this collection.")
@click.option("--limit", type=click.IntRange(1), help="At most so many hits; all unless given.")
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
    query: str,
    distance: int | None,
    within: bool,
    strand: str,
    collection: str | None,
    limit: int | None,
    file_format: str | None,
) -> int:
    """Search the sequences for QUERY, or for what “-” reads.

    QUERY is made of A, C, G and T. Without --distance it is looked for as it is, anywhere in a sequence and in its first place.
    With --distance sequences are found that become QUERY by so many letters replaced, inserted or
    left out, or with --within the places in them that do. No hit is missed; if there was no time to
    read everything, bb says so, and the exit code is 5.

    “-” reads standard input. It may be FASTA with many records: each is searched for in turn, and --json has a
    line for each. Into a pipe or a
    file goes one line a hit, with tabs between: query, distance, strand, start, end, CIGAR,
    sequence, name, length. Places count from 0, and the end is the letter after the last.

    \b
    Examples:
      bb search ACGTTGCAACGTTGCAACGTTGCA
      bb search ACGTTGCAACGTTGCAACGTTGCA --distance 2 --strand both
      bb search - -k 3 --within --format outfmt6 < primer.fasta
    """
    if within and distance is None:
        raise click.UsageError("--within finds similar places: give --distance, 0 for equal ones.")
    if file_format is not None and (limit is not None or invocation.answers_in_json):
        raise click.UsageError("--format writes all hits: neither --limit nor --json go with it.")
    queries = list(_read(query))
    if not queries:
        raise click.UsageError("There is nothing on standard input to search for.")
    if file_format is not None and len(queries) > 1:
        raise click.UsageError("--format is for one query, and standard input has several.")
    with invocation.connect() as client:
        collection_id = None
        if collection is not None:
            from benchbook_client.commands.sequence_files import collection_id_of

            collection_id = collection_id_of(client, collection)
        if file_format is not None:
            from benchbook_client.commands.transfer import write_to_output

            parameters = {
                "query": queries[0][1],
                "mode": "within" if within else "whole",
                "strand": strand,
                "distance": None if distance is None else str(distance),
                "collection_id": collection_id,
            }
            given = {name: value for name, value in parameters.items() if value is not None}
            with client.export_sequences(cast("SequenceFormat", file_format), given) as download:
                write_to_output(download)
            return exit_codes.DONE
        complete = True
        for name, bases in queries:
            pages = client.search_sequences(
                bases,
                distance=distance,
                mode="within" if within else "whole",
                strand=cast("Strand", strand),
                collection_id=collection_id,
                limit=limit,
            )
            complete = _tell(invocation, name, pages) and complete
        if not complete:
            warn("Time was up before everything was read: there may be more.")
            return exit_codes.NOT_REACHABLE
    return exit_codes.DONE


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
    elif not found and sys.stdout.isatty():
        write("There is no such sequence.")
    return complete


def _read(query: str) -> Iterator[tuple[str, str]]:
    """The queries with their names."""
    if query != "-":
        yield "query", query
        return
    name = "query"
    parts: list[str] = []
    for line in sys.stdin:
        text = line.strip()
        if text.startswith((">", ";")):
            if parts:
                yield name, "".join(parts)
            name, parts = (text[1:].split() or ["query"])[0], []
        elif text:
            parts.append(text)
    if parts:
        yield name, "".join(parts)


def _show(query: str, hits: tuple[Raw, ...]) -> None:
    import msgspec

    from benchbook_client.display import one_line, shortened
    from benchbook_client.schemas import SearchHit

    for raw in hits:
        hit = msgspec.json.decode(raw, type=SearchHit)
        if not sys.stdout.isatty():
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
