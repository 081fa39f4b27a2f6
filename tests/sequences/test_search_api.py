"""The search over HTTP: what it answers, what it refuses, and how it uses the index."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.conftest import Lab, client
from tests.sequences.conftest import added, letters
from tests.sequences.test_search import Reader

from benchbook.accounts.commands import create_token_for
from benchbook.platform.database import Database
from benchbook.sequences import search as searching
from benchbook.sequences.keys import codes_of_row
from benchbook.sequences.rules import prepare, reverse_complement
from benchbook.sequences.search_plan import Plan, plan_parts, plan_whole
from benchbook.sequences.search_store import (
    containing_query,
    similar_query,
    take_census,
)
from benchbook.sequences.store import (
    NewRow,
    insert_sequences,
    sort_in_keys,
    sort_in_keys_later,
)

ROW = letters(120, seed=1)


async def found(lab: Lab, **asked: Any) -> dict[str, Any]:
    """What a search answers."""
    answer = await lab.owner.get("/sequences/search", params=asked)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def places(answer: dict[str, Any]) -> list[tuple[str, int, str, int, int, str]]:
    return [
        (
            hit["sequence"]["name"],
            hit["distance"],
            hit["strand"],
            hit["start"],
            hit["end"],
            hit["cigar"],
        )
        for hit in answer["items"]
    ]


class TestContaining:
    async def test_first_place_is_answered_0_based_and_half_open(self, lab: Lab):
        await added(lab, "ACGTTTACGT", name="a")
        await added(lab, "GGGG", name="b")
        answer = await found(lab, query="acgt")
        assert places(answer) == [("a", 0, "forward", 0, 4, "4=")]
        assert (answer["truncated"], answer["next_cursor"]) == (False, None)
        assert answer["took_ms"] > 0

    async def test_nothing_found_is_an_empty_list(self, lab: Lab):
        assert (await found(lab, query="ACGT"))["items"] == []

    async def test_both_strands(self, lab: Lab):
        await added(lab, ROW, name="a")
        query = reverse_complement(ROW[30:60])
        assert places(await found(lab, query=query)) == []
        hit = ("a", 0, "reverse", 30, 60, "30=")
        assert places(await found(lab, query=query, strand="reverse")) == [hit]
        assert places(await found(lab, query=query, strand="both")) == [hit]

    async def test_own_reverse_complement_is_found_once(self, lab: Lab):
        await added(lab, "CCACGTCC", name="a")
        hits = places(await found(lab, query="ACGT", strand="both"))
        assert hits == [("a", 0, "forward", 2, 6, "4=")]

    @pytest.mark.parametrize("size", [8, 40])
    async def test_circular_sequences_go_on_over_their_origin(self, lab: Lab, size: int):
        await added(lab, ROW, name="plasmid", circular=True)
        await added(lab, ROW[60:] + ROW[:59], name="linear")
        query = (ROW + ROW)[120 - size // 2 : 120 + size // 2]
        within = [("linear", 0, "forward", 60 - size // 2, 60 + size // 2, f"{size}=")]
        over = ("plasmid", 0, "forward", 120 - size // 2, 120 + size // 2, f"{size}=")
        assert places(await found(lab, query=query)) == [*within, over]
        assert places(await found(lab, query=query, distance=1, mode="within")) == [*within, over]
        # Once around, and no farther.
        assert places(await found(lab, query=ROW[1:] + ROW[0])) == [
            ("plasmid", 0, "forward", 1, 121, "120=")
        ]
        assert places(await found(lab, query=ROW[1:] + ROW[:2])) == []


class TestSimilar:
    async def test_order_is_distance_then_name_then_id(self, lab: Lab):
        await added(lab, ROW, name="same")
        await added(lab, ROW[1:], name="b")
        await added(lab, ROW + "A", name="a")
        await added(lab, ROW[:50] + ROW[52:], name="A")
        answer = await found(lab, query=ROW, distance=2)
        assert [(place[0], place[1]) for place in places(answer)] == [
            ("same", 0),
            ("a", 1),
            ("b", 1),
            ("A", 2),
        ]
        assert answer["strategy"] == "index"
        assert (await found(lab, query=ROW, distance=0))["strategy"] == "exact"
        assert (await found(lab, query=ROW[:9], distance=9))["strategy"] == "scan"

    async def test_cursor_leads_through_all_hits(self, lab: Lab):
        names = [f"n{number}" for number in range(9)]
        for number, name in enumerate(names):
            await added(lab, ROW + "ACGT"[number % 4] * (1 + number // 4), name=name)
        everything = places(await found(lab, query=ROW, distance=3))
        seen: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = await found(lab, query=ROW, distance=3, limit=2, **cursor)
            seen += places(page)
            assert page["truncated"] == (page["next_cursor"] is not None)
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
            # What is added before the page's end does not come, and moves nothing.
            if len(seen) == 2:
                await added(lab, ROW, name="new")
        assert seen == everything
        assert len(seen) == 9

    async def test_new_ones_are_found_at_once_and_deleted_ones_never(self, lab: Lab):
        for mode in ("whole", "within"):
            asked = {"query": ROW[:100], "distance": 1, "mode": mode}
            made = await added(lab, ROW[:50] + ROW[51:100], name="new")
            assert [place[0] for place in places(await found(lab, **asked))] == ["new"]
            await lab.owner.delete(f"/sequences/{made['id']}")
            assert places(await found(lab, **asked)) == []

    async def test_made_circular_it_is_found_over_its_origin(self, lab: Lab):
        made = await added(lab, ROW, name="a")
        query = ROW[-30:] + ROW[:30]
        assert places(await found(lab, query=query)) == []
        await lab.owner.patch(f"/sequences/{made['id']}", json={"circular": True})
        assert places(await found(lab, query=query)) == [("a", 0, "forward", 90, 150, "60=")]

    async def test_collections_narrow_it(self, lab: Lab):
        other = (await lab.owner.post("/collections", json={"name": "other"})).json()["id"]
        await added(lab, ROW, name="here")
        await added(lab, ROW, name="there", collection_id=other)
        for asked in (
            {"query": ROW[:30]},
            {"query": ROW, "distance": 0},
            {"query": ROW, "distance": 2},
            {"query": ROW[:60], "distance": 1, "mode": "within"},
            {"query": ROW, "distance": 60},
        ):
            names = [place[0] for place in places(await found(lab, **asked))]
            assert names == ["here", "there"]
            answer = await found(lab, **asked, collection_id=other)
            assert [place[0] for place in places(answer)] == ["there"]

    async def test_long_sequences(self, lab: Lab):
        genome = letters(60_000, seed=2)
        await added(lab, genome, name="genome", circular=True)
        query = genome[-40:] + "G" + genome[:40] + genome[41:60]
        [hit] = places(await found(lab, query=query, distance=3, mode="within", strand="both"))
        assert hit[:5] == ("genome", 2, "forward", 59_960, 60_060)
        whole = genome[:30_000] + genome[30_001:]
        too_long = await lab.owner.post("/sequences/search", json={"query": whole, "distance": 2})
        assert too_long.status_code == 400
        assert too_long.json()["errors"][0]["pointer"] == "/query"
        [hit] = places(
            (await lab.owner.post("/sequences/search", json={"query": genome[9:50_000]})).json()
        )
        assert hit[:5] == ("genome", 0, "forward", 9, 50_000)
        # Whole sequences of more letters than lists show.
        await added(lab, genome[:12_000], name="long")
        answer = await lab.owner.post(
            "/sequences/search",
            json={"query": genome[:6_000] + genome[6_001:12_000], "distance": 2},
        )
        [hit] = places(answer.json())
        assert hit[:2] == ("long", 1)
        assert "1D" in hit[5]

    async def test_what_takes_too_long_is_said_to_be_truncated(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ):
        await added(lab, ROW, name="a")
        monkeypatch.setattr(searching, "SCAN_SECONDS", -1.0)
        for asked in (
            {"query": "ACG", "distance": 2, "mode": "within"},
            {"query": ROW, "distance": 100},
        ):
            answer = await found(lab, **asked)
            assert (answer["items"], answer["truncated"]) == ([], True)
            assert (answer["strategy"], answer["next_cursor"]) == ("scan", None)


class TestNeighbours:
    async def test_others_within_the_distance_are_answered(self, lab: Lab):
        made = await added(lab, ROW, name="itself")
        other = (await lab.owner.post("/collections", json={"name": "other"})).json()["id"]
        await added(lab, ROW, name="copy", collection_id=other)
        await added(lab, ROW[1:], name="near")
        await added(lab, reverse_complement(ROW[3:]), name="strand")
        await added(lab, ROW[9:], name="far")
        near = f"/sequences/{made['id']}/neighbours"
        answer = (await lab.owner.get(near, params={"distance": 3})).json()
        assert [place[:3] for place in places(answer)] == [
            ("copy", 0, "forward"),
            ("near", 1, "forward"),
            ("strand", 3, "reverse"),
        ]
        first = (await lab.owner.get(near, params={"distance": 3, "limit": 1})).json()
        rest = await lab.owner.get(near, params={"distance": 3, "cursor": first["next_cursor"]})
        assert places(first) + places(rest.json()) == places(answer)

    async def test_absent_sequence_is_404_and_too_many_edits_400(self, lab: Lab):
        answer = await lab.owner.get(f"/sequences/{uuid4()}/neighbours")
        assert (answer.status_code, answer.json()["code"]) == (404, "sequence_not_found")
        made = await added(lab, "ACGT")
        answer = await lab.owner.get(f"/sequences/{made['id']}/neighbours", params={"distance": 5})
        assert answer.json()["errors"][0]["pointer"] == "?distance"


class TestRefusals:
    @pytest.mark.parametrize(
        ("asked", "pointer"),
        [
            ({}, "?query"),
            ({"distance": "1"}, "?query"),
            ({"query": ""}, "?query"),
            ({"query": "ACGN"}, "?query"),
            ({"query": "ACG T"}, "?query"),
            ({"query": "ACGT\n"}, "?query"),
            ({"query": "ACGT", "distance": "-1"}, "?distance"),
            ({"query": "ACGT", "distance": "1.5"}, "?distance"),
            ({"query": "ACGT", "distance": "1.0"}, "?distance"),
            ({"query": "ACGT", "distance": "1e0"}, "?distance"),
            ({"query": "ACGT", "distance": "two"}, "?distance"),
            ({"query": "ACGT", "distance": "5"}, "?distance"),
            ({"query": "ACGT", "distance": "99999999999999999999"}, "?distance"),
            ({"query": "ACGT", "mode": "around"}, "?mode"),
            ({"query": "ACGT", "strand": "left"}, "?strand"),
            ({"query": "ACGT", "limit": "0"}, "?limit"),
            ({"query": "ACGT", "cursor": "nonsense"}, "?cursor"),
            ({"query": "ACGT", "collection_id": "x"}, "?collection_id"),
        ],
    )
    async def test_what_makes_no_sense_is_400(self, lab: Lab, asked: dict[str, str], pointer: str):
        answer = await lab.owner.get("/sequences/search", params=asked)
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
        if "limit" not in asked:
            body: dict[str, Any] = dict(asked)
            if asked.get("distance", "").lstrip("-").isdigit():
                body["distance"] = int(asked["distance"])
            posted = await lab.owner.post("/sequences/search", json=body)
            assert posted.status_code == 400, posted.text
            assert posted.json()["errors"][0]["pointer"] == pointer.replace("?", "/")

    async def test_wrong_letter_is_named_with_its_place(self, lab: Lab):
        answer = await lab.owner.get("/sequences/search", params={"query": "ACGUT"})
        problem = answer.json()
        assert (problem["code"], problem["letter"], problem["place"]) == ("wrong_letter", "U", 4)

    async def test_unknown_collection_is_404(
        self, lab: Lab, make_lab: Callable[..., Any], default_collection: str
    ):
        other = await make_lab()
        for one in (str(uuid4()), default_collection):
            asked = {"query": "ACGT", "collection_id": one}
            answer = await other.owner.get("/sequences/search", params=asked)
            assert (answer.status_code, answer.json()["code"]) == (404, "collection_not_found")

    async def test_token_that_may_read_may_post_a_search(self, lab: Lab):
        for scopes, status in ((["sequences:read"], 200), (["hours:read"], 403)):
            token = await create_token_for(
                lab.past_security,
                lab.app,
                lab.owner_email,
                lab.organisation_id,
                "tests",
                scopes,
            )
            async with client(lab.transport, token) as reader:
                answer = await reader.post("/sequences/search", json={"query": "ACGT"})
                assert answer.status_code == status


class TestIndex:
    async def test_database_makes_the_keys_that_plans_look_up(self, database: Database):
        randomly = random.Random(5)
        organisation_id = UUID("01900000-0000-7000-8000-0000fedcba98")
        for length in [*range(1, 60), 100, 255, 1_000]:
            row = "".join(randomly.choices("ACGT", k=length))
            for circular in (False, True):
                async with database.connection() as connection:
                    keys = await connection.fetchval(
                        "SELECT sequence_search_keys($1, $2, $3)", organisation_id, row, circular
                    )
                assert [key & 0xFFFFFFFF for key in keys] == codes_of_row(row, circular=circular)
                assert {key >> 32 & 0xFFFFFFFF for key in keys} <= {0xFEDCBA98}

    async def test_no_row_of_others_is_looked_at(
        self, lab: Lab, make_lab: Callable[..., Any], owner_database: Database
    ):
        other = await make_lab()
        for number in range(5):
            await added(other, ROW + "A" * number, name="theirs")
        mine = await added(lab, ROW[:-1], name="mine")
        codes = [code for code in codes_of_row(ROW) if code >> 28 == 0]
        async with lab.app.transaction(Reader(UUID(lab.organisation_id), uuid4())) as tx:
            before = await _rows_fetched(tx)
            rows = await tx.fetch("SELECT * FROM sequences_with_codes($1, 1, 1000)", codes)
            assert [str(row["id"]) for row in rows] == [mine["id"]]
            # As PostgreSQL counts what it fetched from the table.
            assert await _rows_fetched(tx) - before == 1
        async with lab.app.transaction() as tx:
            assert await tx.fetch("SELECT * FROM sequences_with_codes($1, 1, 1000)", codes) == []

    async def test_searches_of_the_application_use_the_index(self, lab: Lab):
        made = await added(lab, ROW, name="a")
        organisation_id = UUID(lab.organisation_id)
        context = Reader(organisation_id, uuid4())
        async with lab.app.transaction(context) as tx:
            census = await take_census(tx, organisation_id)
        whole = plan_whole(ROW, 3, census)
        part = plan_parts(ROW[20:50], 0, census)
        assert not whole.scanned
        assert not part.scans_everything
        narrowing: dict[str, Any] = {"collection_id": None, "after": None, "limit": 51}
        for sql, values in (
            similar_query(organisation_id, ROW, 3, whole, **narrowing),
            containing_query(organisation_id, ROW[20:50], part, **narrowing),
        ):
            async with lab.app.transaction(context) as tx:
                plan = "\n".join(row[0] for row in await tx.fetch(f"EXPLAIN {sql}", *values))
                assert "Seq Scan" not in plan
                assert "sequences_pkey" in plan
                scans = await _scans(tx)
                assert [str(row["id"]) for row in await tx.fetch(sql, *values)] == [made["id"]]
                keys, table = [
                    after - before for after, before in zip(await _scans(tx), scans, strict=True)
                ]
                assert keys > 0
                assert table == 0

    async def test_keys_are_sorted_in_by_the_end_of_a_statement(
        self, lab: Lab, owner_database: Database
    ):
        made = await added(lab, ROW, name="a")
        assert await _pages_not_sorted_in(owner_database) == 0
        answer = await lab.owner.patch(f"/sequences/{made['id']}", json={"name": "b"})
        assert answer.status_code == 200
        assert await _pages_not_sorted_in(owner_database) == 0

    async def test_what_is_not_sorted_in_yet_is_found(self, lab: Lab, owner_database: Database):
        organisation_id = UUID(lab.organisation_id)
        context = Reader(organisation_id, uuid4())
        async with lab.app.transaction(context) as tx:
            await sort_in_keys_later(tx)
            rows = [NewRow(uuid4(), prepare(ROW + letter), letter) for letter in "ACGT"]
            collection_id = await tx.fetchval("SELECT id FROM collections WHERE is_default")
            await insert_sequences(
                tx, organisation_id, rows, collection_id=collection_id, created_by=None
            )
        for _ in range(2):
            for parameters in ({"distance": 1}, {"distance": 1, "mode": "within"}, {}):
                answer = await lab.owner.get(
                    "/sequences/search", params={"query": ROW, **parameters}
                )
                found = [hit["sequence"]["name"] for hit in answer.json()["items"]]
                assert found == ["A", "C", "G", "T"]
                assert answer.json()["strategy"] == "index"
            async with lab.app.connection() as connection:
                await sort_in_keys(connection)
            assert await _pages_not_sorted_in(owner_database) == 0

    async def test_scanned_lengths_are_read_by_the_index_of_lengths(self, lab: Lab):
        organisation_id = UUID(lab.organisation_id)
        sql, values = similar_query(
            organisation_id,
            ROW,
            8,
            Plan(scanned=[range(112, 129)]),
            collection_id=None,
            after=None,
            limit=51,
        )
        async with lab.app.transaction(Reader(organisation_id, uuid4())) as tx:
            await tx.execute("SET LOCAL enable_seqscan = off")
            plan = "\n".join(row[0] for row in await tx.fetch(f"EXPLAIN {sql}", *values))
        assert "sequences_by_length" in plan


async def _pages_not_sorted_in(owner: Database) -> int:
    """How many pages of keys wait to be sorted into the index; none do any more afterwards."""
    async with owner.connection() as connection:
        return int(
            await connection.fetchval("SELECT gin_clean_pending_list('sequences_by_search_key')")
        )


async def _rows_fetched(tx: Any) -> int:
    """How many rows of the table this transaction has fetched by an index."""
    return int(await tx.fetchval("SELECT pg_stat_get_xact_tuples_fetched('sequences'::regclass)"))


async def _scans(tx: Any) -> tuple[int, int]:
    """How often this transaction has used the index of keys, and read the table without any."""
    row = await tx.fetchrow("""
        SELECT pg_stat_get_xact_numscans('sequences_by_search_key'::regclass) AS keys,
               pg_stat_get_xact_numscans('sequences'::regclass) AS table
    """)
    return row["keys"], row["table"]
