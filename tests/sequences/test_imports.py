"""Imports through the API: a file goes in, is followed, cancelled, taken back, and survives a crash."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from tests.conftest import Cluster, Lab, Server, client, run_app, run_server
from tests.sequences.conftest import added

from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.settings import Settings
from benchbook.sequences import import_worker
from benchbook.sequences.import_worker import ImportWorker
from benchbook.sequences.spool import Spool, Waiting

FASTA = b">a first\nACGTACGT\n>b\r\nttgg\r\n>c\nACNT\n>d\nACGTACGT\n>e\n\n"


async def send(api: httpx.AsyncClient, content: bytes, **parameters: str) -> dict[str, Any]:
    """An import that has begun."""
    answer = await api.post("/sequences/imports", content=content, params=parameters)
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/v1/sequences/imports/{made['id']}"
    assert answer.headers["etag"]
    return made


async def ended(api: httpx.AsyncClient, import_id: str, seconds: float = 60) -> dict[str, Any]:
    """An import when it runs no longer."""
    async with asyncio.timeout(seconds):
        while True:
            answer = await api.get(f"/sequences/imports/{import_id}")
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            if found["status"] != "running":
                return found
            await asyncio.sleep(0.02)


async def imported(api: httpx.AsyncClient, content: bytes, **parameters: str) -> dict[str, Any]:
    """What came of a file."""
    return await ended(api, (await send(api, content, **parameters))["id"])


async def everything(api: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    """The lab's sequences by name."""
    answer = await api.get("/sequences", params={"limit": 500})
    return {item["name"]: item for item in answer.json()["items"]}


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    return tuple(found[name] for name in ("records_read", "added", "duplicates", "rejected"))


def fasta(amount: int, *, length: int = 40, seed: int = 0) -> bytes:
    """A file of so many sequences, none like another."""
    of = random.Random(seed)
    return b"".join(
        b">s%d\n%s\n" % (number, "".join(of.choices("ACGT", k=length)).encode())
        for number in range(amount)
    )


# What is in a file ------------------------------------------------------------------------------


async def test_file_is_imported_and_what_cannot_be_is_named(lab: Lab, default_collection: str):
    found = await imported(lab.owner, FASTA, filename="/home/me/reads.fa")
    assert counts(found) == (5, 2, 1, 2)
    assert (found["status"], found["format"], found["failure"]) == ("done", "fasta", None)
    assert found["filename"] == "reads.fa"
    assert found["collection_id"] == default_collection
    assert found["bytes_read"] == found["bytes_total"] == len(FASTA)
    assert [(error["line"], error["name"]) for error in found["errors"]] == [(5, "c"), (9, "e")]
    assert "Letter 3 is “N”" in found["errors"][0]["detail"]
    kept = await everything(lab.owner)
    assert set(kept) == {"a", "b"}
    assert (kept["a"]["description"], kept["b"]["bases"]) == ("first", "TTGG")
    assert {item["import_id"] for item in kept.values()} == {found["id"]}
    details = (await lab.owner.get(f"/sequences/{kept['a']['id']}")).json()
    assert details["aliases"] == ["d"]
    [listed] = (await lab.owner.get("/sequences/imports")).json()["items"]
    assert listed == {
        name: value for name, value in found.items() if name not in ("errors", "rejections_kept")
    }


@pytest.mark.parametrize("media_type", ["text/x-fasta", "application/octet-stream", "text/csv", ""])
async def test_any_media_type_will_do_as_gzip_too(media_type: str, lab: Lab):
    answer = await lab.owner.post(
        "/sequences/imports",
        content=gzip.compress(b"@r\nACGT\n+\nIIII\n", mtime=0),
        headers={"Content-Type": media_type},
    )
    assert answer.status_code == 202
    found = await ended(lab.owner, answer.json()["id"])
    assert (found["format"], found["added"]) == ("fastq", 1)


async def test_form_with_a_file_will_do(lab: Lab):
    files = {"file": ("C:\\data\\lab.fasta", b">a\n" + b"ACGT" * 100_000 + b"\n", "text/plain")}
    answer = await lab.owner.post("/sequences/imports", files=files)
    assert answer.status_code == 202, answer.text
    found = await ended(lab.owner, answer.json()["id"])
    assert (found["filename"], found["added"]) == ("lab.fasta", 1)


@pytest.mark.parametrize("is_last", [True, False])
async def test_form_says_beside_its_file_what_the_address_may_say(is_last: bool, lab: Lab):
    made = await lab.owner.post("/collections", json={"name": "Form"})
    said: list[tuple[str, Any]] = [
        ("collection_id", (None, made.json()["id"])),
        ("tag", (None, "reef")),
        ("tag", (None, "18S")),
        ("filename", (None, "named.fa")),
        ("circular", (None, "true")),
    ]
    file = [("file", ("a.fa", b">a\nACGT\n"))]
    key = {"Idempotency-Key": os.urandom(8).hex()}
    parts = said + file if is_last else file + said
    answer = await lab.owner.post("/sequences/imports", files=parts, headers=key)
    assert answer.status_code == 202, answer.text
    found = await ended(lab.owner, answer.json()["id"])
    assert (found["collection_id"], found["filename"]) == (made.json()["id"], "named.fa")
    assert (found["tags"], found["circular"], found["added"]) == (["reef", "18S"], True, 1)
    other = await lab.owner.post("/sequences/imports", files=file, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("fields", "pointer", "status"),
    [
        ([("other", "x")], "/other", 400),
        ([("collection_id", "x")], "/collection_id", 400),
        ([("collection_id", "01a20033-a02b-7566-87fc-c42296c39cc9")], "/collection_id", 404),
        ([("circular", "maybe")], "/circular", 400),
        ([("filename", "a"), ("filename", "b")], "/filename", 400),
        ([("filename", "x" * 2_000)], "/filename", 400),
        ([("tag", "x" * 51)], "/tag", 400),
        ([("tag", "x")] * 60, "/file", 400),
    ],
)
async def test_field_of_a_form_that_does_not_fit_is_named(
    fields: list[tuple[str, str]], pointer: str, status: int, lab: Lab
):
    parts: list[tuple[str, Any]] = [(name, (None, text)) for name, text in fields]
    answer = await lab.owner.post(
        "/sequences/imports", files=[("file", ("a.fa", b">a\nACGT\n")), *parts]
    )
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await lab.owner.get("/sequences/imports")).json()["items"] == []


@pytest.mark.parametrize(
    "request_",
    [
        {"files": {"other": ("a.fa", b">a\nACGT\n")}},
        {"files": [("file", ("a", b">a\nAC\n")), ("file", ("b", b">a\nAC\n"))]},
        {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}},
        {
            "content": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n>a',
            "headers": {"Content-Type": "multipart/form-data; boundary=x"},
        },
    ],
)
async def test_form_that_is_broken_is_400(request_: dict[str, Any], lab: Lab):
    answer = await lab.owner.post("/sequences/imports", **request_)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (gzip.compress(b"", mtime=0), "empty_file"),
        (b"name,start\n", "not_a_sequence_file"),
        (b"PK\x03\x04", "not_a_sequence_file"),
    ],
)
async def test_what_cannot_be_read_at_all_is_refused_at_once(content: bytes, code: str, lab: Lab):
    answer = await lab.owner.post("/sequences/imports", content=content)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await lab.owner.get("/sequences/imports")).json()["items"] == []


async def test_collection_that_is_not_there_is_named(lab: Lab, make_lab: Any):
    other = await make_lab()
    [theirs] = (await other.owner.get("/collections")).json()["items"]
    for collection_id in (str(uuid4()), theirs["id"]):
        answer = await lab.owner.post(
            "/sequences/imports", content=FASTA, params={"collection_id": collection_id}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "collection_not_found")


async def test_same_key_is_imported_once(lab: Lab):
    headers = {"Idempotency-Key": "once"}
    first = await lab.owner.post("/sequences/imports", content=FASTA, headers=headers)
    again = await lab.owner.post("/sequences/imports", content=FASTA, headers=headers)
    other = await lab.owner.post("/sequences/imports", content=FASTA + b"\n", headers=headers)
    assert (again.json()["id"], again.status_code) == (first.json()["id"], 202)
    assert other.json()["code"] == "idempotency_key_reused"
    await ended(lab.owner, first.json()["id"])
    assert len((await lab.owner.get("/sequences/imports")).json()["items"]) == 1


async def test_tags_and_circularity_are_those_of_all_sequences_of_a_file(lab: Lab):
    answer = await lab.owner.post(
        "/sequences/imports",
        content=b">a\nACGT\n>b\nTTGG\n",
        params={"tag": ["reef ", "18S", "reef"], "circular": "true"},
    )
    assert answer.status_code == 202, answer.text
    found = await ended(lab.owner, answer.json()["id"])
    assert (found["tags"], found["circular"]) == (["reef", "18S"], True)
    kept = await everything(lab.owner)
    assert [(one["tags"], one["circular"]) for one in kept.values()] == [
        (["reef", "18S"], True)
    ] * 2
    refused = await lab.owner.post("/sequences/imports", content=FASTA, params={"tag": "x" * 51})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "?tag"


async def test_hundred_names_of_a_sequence_are_kept_and_others_counted(lab: Lab):
    content = b"".join(b">n%d\nACGT\n" % number for number in range(105)) + b">n7\nACGT\n"
    found = await imported(lab.owner, content)
    assert (found["added"], found["duplicates"], found["names_not_kept"]) == (1, 105, 4)
    [sequence] = (await everything(lab.owner)).values()
    details = (await lab.owner.get(f"/sequences/{sequence['id']}")).json()
    assert len(details["aliases"]) == 100
    again = await imported(lab.owner, content)
    assert (again["added"], again["duplicates"], again["names_not_kept"]) == (0, 106, 4)


async def rejections_of(api: httpx.AsyncClient, found: dict[str, Any]) -> list[tuple[str, ...]]:
    """What the CSV of an import's rejections says, without its heading."""
    answer = await api.get(f"/sequences/imports/{found['id']}/rejections")
    assert answer.status_code == 200
    heading, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""))
    assert heading == ["line", "name", "reason"]
    return [tuple(row) for row in rows]


async def test_first_thousand_rejections_are_told_and_all_are_in_a_file(lab: Lab):
    found = await imported(lab.owner, b">=bad\nN\n" * 6001 + b">good\nACGT\n")
    assert counts(found) == (6002, 1, 0, 6001)
    assert [error["line"] for error in found["errors"]] == list(range(1, 2001, 2))
    assert found["rejections_kept"] == 6001
    rows = await rejections_of(lab.owner, found)
    assert [row[0] for row in rows] == [str(line) for line in range(1, 12_002, 2)]
    assert {row[1:] for row in rows} == {("'=bad", found["errors"][0]["detail"])}
    few = await imported(lab.owner, b">a\nAC\n>b\nN\n", filename="Réads.fasta.gz")
    assert [row[:2] for row in await rejections_of(lab.owner, few)] == [("3", "b")]
    answer = await lab.owner.get(f"/sequences/imports/{few['id']}/rejections")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"R_ads-rejected.csv\"; filename*=UTF-8''R%C3%A9ads-rejected.csv"
    )
    none = await imported(lab.owner, b">a\nACGG\n")
    assert (none["rejections_kept"], await rejections_of(lab.owner, none)) == (0, [])


async def test_rejections_go_with_their_import(lab: Lab, cluster: Cluster, database_name: str):
    database = await asyncpg.connect(**cluster.address(database_name))
    found = await imported(lab.owner, b">bad\nN\n" * 2500)
    held = "SELECT sum(count) FROM sequence_import_rejections WHERE import_id = $1"
    assert await database.fetchval(held, UUID(found["id"])) == 1500
    await take_back(lab.owner, found["id"])
    assert await database.fetchval(held, UUID(found["id"])) is None
    gone = await lab.owner.get(f"/sequences/imports/{found['id']}/rejections")
    assert (gone.status_code, gone.json()["code"]) == (404, "import_not_found")
    await database.close()


async def test_longest_sequence_goes_in_and_out(lab: Lab):
    found = await imported(lab.owner, b">long\n" + b"ACGTT" * 2_000_000 + b"\n>short\nAC\n")
    assert counts(found) == (2, 2, 0, 0)
    assert (await everything(lab.owner))["long"]["length"] == 10_000_000
    await take_back(lab.owner, found["id"])


# What goes wrong --------------------------------------------------------------------------------


async def test_file_that_is_cut_off_leaves_nothing(lab: Lab):
    packed = gzip.compress(b">a\nACGT\n" + fasta(12_000, length=100), mtime=0)
    await added(lab, "ACGT", name="mine")
    found = await imported(lab.owner, packed[:-200])
    assert found["status"] == "failed"
    assert "cut off" in found["failure"]
    assert found["added"] == 0
    assert set(await everything(lab.owner)) == {"mine"}
    sequence = (await everything(lab.owner))["mine"]
    assert (await lab.owner.get(f"/sequences/{sequence['id']}")).json()["aliases"] == []


async def test_file_that_is_too_large_is_413_and_leaves_none(
    lab: Lab, cluster: Cluster, database_name: str, tmp_path: Path
):
    settings = Settings(data_dir=tmp_path, max_import_bytes=2000)
    async with run_app(lambda: opened(cluster, database_name), settings) as transport:
        token = lab.owner.headers["authorization"].removeprefix("Bearer ")
        async with client(transport, token) as api:

            async def chunks() -> Any:
                for _ in range(100):
                    yield b">a\n" + b"A" * 50 + b"\n"

            for content in (b">a\n" + b"A" * 2000, chunks()):
                answer = await api.post("/sequences/imports", content=content)
                assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not list((tmp_path / "imports").iterdir())


async def test_full_disk_is_said(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):  # fmt: skip
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    answer = await lab.owner.post("/sequences/imports", content=FASTA)
    assert answer.status_code == 503
    assert "disk" in answer.json()["detail"]


# Taking back ------------------------------------------------------------------------------------


async def take_back(api: httpx.AsyncClient, import_id: str) -> None:
    answer = await api.delete(f"/sequences/imports/{import_id}")
    assert answer.status_code == 204, answer.text


async def test_import_is_taken_back_with_all_that_it_added_and_nothing_else(lab: Lab):
    mine = await added(lab, "ACGTACGT", name="mine")
    found = await imported(lab.owner, FASTA)
    [brought] = [
        item for item in (await everything(lab.owner)).values() if item["id"] != mine["id"]
    ]
    answer = await lab.owner.patch(f"/sequences/{brought['id']}", json={"name": "renamed"})
    assert answer.status_code == 200
    assert (await lab.owner.get(f"/sequences/{mine['id']}")).json()["aliases"] == ["a", "d"]
    later = await imported(lab.owner, b">later\nACGTACGT\n")
    await take_back(lab.owner, found["id"])
    details = (await lab.owner.get(f"/sequences/{mine['id']}")).json()
    assert details["aliases"] == ["later"]
    assert set(await everything(lab.owner)) == {"mine"}
    assert (await lab.owner.get(f"/sequences/imports/{found['id']}")).status_code == 404
    assert (await lab.owner.delete(f"/sequences/imports/{found['id']}")).status_code == 404
    assert (await lab.owner.get(f"/sequences/imports/{later['id']}")).status_code == 200
    [collection] = (await lab.owner.get("/collections")).json()["items"]
    assert collection["sequence_count"] == 1


async def test_import_in_another_state_is_not_taken_back(lab: Lab):
    found = await imported(lab.owner, FASTA)
    path = f"/sequences/imports/{found['id']}"
    answer = await lab.owner.delete(path, headers={"If-Match": '"1"'})
    assert answer.status_code == 412
    tag = (await lab.owner.get(path)).headers["etag"]
    assert (await lab.owner.get(path, headers={"If-None-Match": tag})).status_code == 304
    assert (await lab.owner.delete(path, headers={"If-Match": tag})).status_code == 204


async def test_running_import_is_cancelled(lab: Lab, slowly: None):
    begun = await send(lab.owner, fasta(3000))
    await some_added(lab.owner, begun["id"])
    await take_back(lab.owner, begun["id"])
    found = (await lab.owner.get(f"/sequences/imports/{begun['id']}")).json()
    assert (found["status"], found["added"]) == ("cancelled", 0)
    await asyncio.sleep(0.3)
    assert await everything(lab.owner) == {}
    assert (await ended(lab.owner, begun["id"]))["status"] == "cancelled"
    await take_back(lab.owner, begun["id"])
    assert (await lab.owner.get(f"/sequences/imports/{begun['id']}")).status_code == 404


async def test_collection_that_is_deleted_ends_its_import(lab: Lab, slowly: None):
    made = (await lab.owner.post("/collections", json={"name": "short-lived"})).json()
    begun = await send(lab.owner, fasta(3000), collection_id=made["id"])
    await some_added(lab.owner, begun["id"])
    answer = await lab.owner.delete(f"/collections/{made['id']}", params={"with_sequences": "true"})
    assert answer.status_code == 204, answer.text
    assert (await lab.owner.get(f"/sequences/imports/{begun['id']}")).status_code == 404
    await asyncio.sleep(0.2)
    assert await everything(lab.owner) == {}


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports go on a few records at a time, with a pause after each few."""
    from benchbook.sequences import import_formats

    next_piece = import_formats.Reading.next_piece

    def wait(self: Any) -> Any:
        time.sleep(0.02)
        return next_piece(self)

    monkeypatch.setattr(import_formats, "PIECE_RECORDS", 20)
    monkeypatch.setattr(import_formats.Reading, "next_piece", wait)


async def some_added(api: httpx.AsyncClient, import_id: str) -> None:
    async with asyncio.timeout(30):
        while True:
            answer = await api.get(f"/sequences/imports/{import_id}")
            if answer.json()["added"]:
                return
            await asyncio.sleep(0.01)


# Following --------------------------------------------------------------------------------------


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    told = []
    for block in text.strip().split("\n\n"):
        name, _, data = block.partition("\n")
        told.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return told


async def test_import_is_followed_to_its_end(lab: Lab, slowly: None):
    begun = await send(lab.owner, fasta(1000))
    answer = await lab.owner.get(f"/sequences/imports/{begun['id']}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    *progress, last = events(answer.text)
    assert last == ("end", {"reason": "done"})
    assert {name for name, _ in progress} == {"progress"}
    assert len(progress) >= 3
    told = [data["records_read"] for _, data in progress]
    assert told == sorted(told)
    assert (told[-1], progress[-1][1]["status"]) == (1000, "done")
    under_way = [data for _, data in progress[1:-1] if data["records_per_second"]]
    assert under_way
    assert all(data["seconds_left"] is None or data["seconds_left"] >= 0 for data in under_way)
    again = await lab.owner.get(f"/sequences/imports/{begun['id']}/events")
    assert [name for name, _ in events(again.text)] == ["progress", "end"]


# Crashes ----------------------------------------------------------------------------------------


async def opened(cluster: Cluster, database_name: str) -> Database:
    return await Database.connect(size=5, **cluster.address(database_name, APPLICATION_ROLE))


async def test_another_worker_goes_on_where_the_first_one_was_lost(
    lab: Lab, tmp_path: Path, slowly: None, monkeypatch: pytest.MonkeyPatch
):
    """The first is stopped dead between two pieces, its lease still running."""
    monkeypatch.setattr(import_worker, "LEASE", timedelta(seconds=0.5))
    spool = Spool(tmp_path, 10**9)
    import_id, content = uuid4(), fasta(1000) + b">bad\nN\n>again\n" + b"A" * 40 + b"\n"
    context = import_worker._Organisation(UUID(lab.organisation_id))
    person_id = (await lab.owner.get("/me")).json()["person"]["id"]
    async with lab.app.transaction(context) as tx:
        await tx.execute(
            "INSERT INTO sequence_imports (organisation_id, id, collection_id, person_id, format,"
            " filename, bytes_total) SELECT organisation_id, $2, id, $3, 'fasta', '', $4"
            " FROM collections WHERE organisation_id = $1",
            context.organisation_id,
            import_id,
            person_id,
            len(content),
        )
    spool.place(context.organisation_id, import_id).write_bytes(content)
    lost = ImportWorker(lab.app, spool)
    monkeypatch.setattr(lost, "_release", lambda _: asyncio.sleep(0))
    running = asyncio.create_task(lost.run())
    await some_added(lab.owner, str(import_id))
    running.cancel()
    await lost.close()
    before = (await lab.owner.get(f"/sequences/imports/{import_id}")).json()
    assert before["status"] == "running"
    assert 0 < before["records_read"] < 1000
    second = ImportWorker(lab.app, spool)
    running = asyncio.create_task(second.run())
    try:
        found = await ended(lab.owner, str(import_id))
        # The file goes once the end is there for all to see.
        async with asyncio.timeout(30):
            while True:
                if not spool.waiting():
                    break
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await second.close()
    assert found["status"] == "done"
    assert counts(found) == (1002, 1001, 0, 1)
    [collection] = (await lab.owner.get("/collections")).json()["items"]
    assert collection["sequence_count"] == 1001


async def test_pieces_that_a_crash_of_postgresql_undid_are_read_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    """They do not wait for the disk: the worker lives on, and the last of them are gone."""
    from benchbook.sequences import import_formats

    monkeypatch.setattr(import_formats, "PIECE_RECORDS", 20)
    monkeypatch.setattr(import_worker, "POLL_SECONDS", 0.05)
    undone: list[int] = []
    add, finish = ImportWorker._add, ImportWorker._finish

    async def undo_once(waiting: Waiting, records_read: int) -> None:
        if records_read not in (100, 200) or records_read in undone:
            return
        undone.append(records_read)
        async with lab.app.transaction(import_worker._Organisation(waiting.organisation_id)) as tx:
            await tx.execute(
                "DELETE FROM sequences WHERE id IN"
                " (SELECT id FROM sequences ORDER BY id DESC LIMIT 40)"
            )
            await tx.execute(
                "UPDATE sequence_imports SET records_read = records_read - 40, added = added - 40"
            )

    async def add_after_undoing(
        self: ImportWorker, waiting: Waiting, piece: Any, records_read: int, tx: Any
    ) -> None:
        await undo_once(waiting, records_read)
        await add(self, waiting, piece, records_read, tx)

    async def finish_after_undoing(
        self: ImportWorker, waiting: Waiting, records_read: int, tx: Any
    ) -> None:
        await undo_once(waiting, records_read)
        await finish(self, waiting, records_read, tx)

    monkeypatch.setattr(ImportWorker, "_add", add_after_undoing)
    monkeypatch.setattr(ImportWorker, "_finish", finish_after_undoing)
    found = await imported(lab.owner, fasta(200))
    assert undone == [100, 200]
    assert found["status"] == "done"
    assert counts(found) == (200, 200, 0, 0)
    assert len(await everything(lab.owner)) == 200


async def test_import_whose_file_is_nowhere_fails_and_leaves_nothing(
    lab: Lab, tmp_path: Path, slowly: None, cluster: Cluster, database_name: str
):
    settings = Settings(data_dir=tmp_path)
    async with run_app(lambda: opened(cluster, database_name), settings) as transport:
        token = lab.owner.headers["authorization"].removeprefix("Bearer ")
        async with client(transport, token) as api:
            begun = await send(api, fasta(3000))
            await some_added(api, begun["id"])
    [file] = (tmp_path / "imports").iterdir()
    worker = ImportWorker(lab.app, Spool(tmp_path / "imports", 10**9))
    await worker.end_forsaken(timedelta(0))
    assert (await lab.owner.get(f"/sequences/imports/{begun['id']}")).json()["status"] == "running"
    file.unlink()
    await worker.end_forsaken(timedelta(hours=1))
    assert (await lab.owner.get(f"/sequences/imports/{begun['id']}")).json()["status"] == "running"
    await worker.end_forsaken(timedelta(0))
    found = (await lab.owner.get(f"/sequences/imports/{begun['id']}")).json()
    assert (found["status"], found["added"]) == ("failed", 0)
    assert "send it again" in found["failure"]
    assert await everything(lab.owner) == {}


def test_files_that_never_arrived_are_removed_in_time(tmp_path: Path):
    (tmp_path / "new.part").touch()
    (tmp_path / "old.part").touch()
    (tmp_path / f"{uuid4()}.{uuid4()}").touch()
    os.utime(tmp_path / "old.part", (0, 0))
    assert len(Spool(tmp_path, 1).waiting()) == 1
    assert not (tmp_path / "old.part").exists()
    assert (tmp_path / "new.part").exists()


@pytest.fixture
def prepared_server() -> Iterator[Server]:
    """A server to kill, with a database that is there already."""
    with run_server() as running:
        yield running


async def test_killed_server_goes_on_after_its_next_start(prepared_server: Server):
    """The server is killed in the middle of a file, and nothing is there twice or missing."""
    setup = {
        "organisation": "Lab",
        "name": "Olga",
        "email": "olga@example.org",
        "password": "correct horse battery",
    }
    amount, server = 40_000, prepared_server
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=60) as api:
        assert (await api.post("/setup", json=setup)).status_code < 300
        api.headers["Origin"] = server.url
        begun = await send(api, fasta(amount))
        await some_added(api, begun["id"])
        server.kill()
        server.start()
        before = (await api.get(f"/sequences/imports/{begun['id']}")).json()
        assert before["status"] == "running", "the file was too small to be interrupted"
        found = await ended(api, begun["id"], 120)
        assert counts(found) == (amount, amount, 0, 0)
        [collection] = (await api.get("/collections")).json()["items"]
        assert collection["sequence_count"] == amount


async def test_import_of_another_organisation_is_not_there(lab: Lab, make_lab: Any):
    found = await imported(lab.owner, FASTA)
    other = await make_lab()
    for path in (f"/sequences/imports/{found['id']}", f"/sequences/imports/{found['id']}/events"):
        answer = await other.owner.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "import_not_found")
    answer = await other.owner.delete(f"/sequences/imports/{found['id']}")
    assert answer.status_code == 404
    assert len(await everything(lab.owner)) == 2
