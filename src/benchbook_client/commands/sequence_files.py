"""The part of ``bb import`` that is about sequences: send a file, and watch the server read it."""

from __future__ import annotations

import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from benchbook_client import exit_codes
from benchbook_client.invocation import Invocation, warn

if TYPE_CHECKING:
    from benchbook_client.client import Answer, Client
    from benchbook_client.schemas import SequenceImport

POLL_SECONDS = 0.5
SHOWN_RECORDS = 20
# What files of sequences begin with; every gzip is taken for one, for no other file comes so.
_BEGINNINGS = (b">", b"@", b";", b"LOCUS")
_GZIP = b"\x1f\x8b"


def holds_sequences(source: BinaryIO) -> bool:
    """Sees from the first bytes whether a file is one of sequences; it is at its beginning then."""
    beginning = source.read(4096)
    source.seek(0)
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    return beginning.startswith(_GZIP) or text.startswith(_BEGINNINGS)


@dataclass(frozen=True)
class SequenceOptions:
    """What the command line says about all sequences of its files."""

    collection: str | None
    tags: tuple[str, ...]
    circular: bool

    @property
    def first_given(self) -> str | None:
        """An option that was given, if any was."""
        given = {"collection": self.collection, "tag": self.tags, "circular": self.circular}
        return next((f"--{name}" for name, value in given.items() if value), None)


def import_sequences(
    invocation: Invocation, client: Client, source: BinaryIO, file: Path, options: SequenceOptions
) -> int:
    """Sends the file, waits until it is read, and says what came of it."""
    from benchbook_client.commands.transfer import shown_progress

    collection = options.collection
    name = "standard-input" if str(file) == "-" else file.name
    with shown_progress(source, invocation) as watched:
        begun = client.import_sequences(
            watched,
            name,
            collection_id=None if collection is None else collection_id_of(client, collection),
            tags=options.tags,
            circular=options.circular,
        ).data
    try:
        answer = _wait(invocation, client, begun)
    except KeyboardInterrupt:
        warn(f"The server goes on by itself. Stop it with: bb import --take-back {begun.id}")
        raise
    invocation.answer(answer.body)
    return _tell(invocation, answer.data)


def collection_id_of(client: Client, wanted: str) -> str:
    """The id of the collection with this id or name. Raises click.UsageError."""
    try:
        return str(uuid.UUID(wanted))
    except ValueError:
        pass
    known = {collection.name: collection.id for collection in client.collections()}
    for name, collection_id in known.items():
        if name.lower() == wanted.strip().lower():
            return collection_id
    there_are = ", ".join(sorted(known)[:10])
    raise click.UsageError(f"There is no collection “{wanted}”. There are: {there_are}.")


def _wait(invocation: Invocation, client: Client, begun: SequenceImport) -> Answer[SequenceImport]:
    if invocation.answers_in_json or not sys.stderr.isatty():
        while (answer := client.sequence_import(begun.id)).data.status == "running":
            time.sleep(POLL_SECONDS)
        return answer
    with click.progressbar(
        length=max(1, begun.bytes_total),
        label="Importing",
        file=sys.stderr,
        item_show_func=lambda text: text,
    ) as bar:
        while True:
            answer = client.sequence_import(begun.id)
            found = answer.data
            bar.update(found.bytes_read - bar.pos, f"{found.records_read:,} records")
            if found.status != "running":
                return answer
            time.sleep(POLL_SECONDS)


def _tell(invocation: Invocation, done: SequenceImport) -> int:
    if done.status != "done":
        reason = done.failure or "It was cancelled."
        warn(f"{reason} Nothing of the file was added.")
        return exit_codes.REFUSED
    said = [f"Added {done.added:,} sequence{'s' * (done.added != 1)}."]
    if done.duplicates:
        were = "were" if done.duplicates != 1 else "was"
        said.append(f"{done.duplicates:,} {were} there already.")
    invocation.say(" ".join(said))
    invocation.say(f"Take it back with: bb import --take-back {done.id}")
    if not done.rejected:
        return exit_codes.DONE
    if not invocation.answers_in_json:
        from benchbook_client.display import one_line

        warn(f"{done.rejected:,} record{'s' * (done.rejected != 1)} could not be added:")
        for error in done.errors[:SHOWN_RECORDS]:
            name = f" ({one_line(error.name)})" if error.name else ""
            click.echo(f"  line {error.line:,}{name}: {error.detail}", err=True)
        if done.rejected > SHOWN_RECORDS:
            click.echo(
                f"  and {done.rejected - SHOWN_RECORDS:,} more: bb import --rejected {done.id}",
                err=True,
            )
    return exit_codes.REFUSED
