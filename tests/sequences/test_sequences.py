"""Sequences through the API: added once, named often, found, changed, deleted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.conftest import Lab
from tests.sequences.conftest import added, letters

from benchbook.sequences.rules import LONGEST_SEQUENCE, reverse_complement

BASES = "ACGTTGCAAC"


async def test_sequence_is_stored_in_upper_case_with_its_digests(lab: Lab, default_collection: str):
    body = {
        "bases": BASES.lower(),
        "name": " 18S-1 ",
        "description": "From the reef",
        "tags": ["reef", " 18S "],
        "circular": True,
    }
    answer = await lab.owner.post("/sequences", json=body)
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/sequences/{made['id']}"
    expected = {
        "bases": BASES,
        "length": 10,
        "md5": hashlib.md5(BASES.encode()).hexdigest(),
        "name": "18S-1",
        "description": "From the reef",
        "tags": ["reef", "18S"],
        "circular": True,
        "collection_id": default_collection,
        "import_id": None,
        "aliases": [],
        "copies": [],
        "reverse_complements": [],
    }
    assert {name: made[name] for name in expected} == expected
    assert made["digest"].startswith("SQ.")
    assert len(made["digest"]) == 35
    read = await lab.owner.get(answer.headers["location"].removeprefix("/api/v1"))
    assert read.json() == made
    assert read.headers["etag"] == answer.headers["etag"]


async def test_digest_is_that_of_the_specification(lab: Lab):
    made = await added(lab, "ACGT")
    assert made["digest"] == "SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2"
    assert made["md5"] == "f1f8f4bf413b16ad135722aa4591043e"


@pytest.mark.parametrize(
    ("bases", "place"),
    [("ACTG\n", 5), (" ACTG", 1), ("ACUG", 3), ("ACNG", 3), ("AC-G", 3), ("\u00c1C", 1)],
)
async def test_first_wrong_letter_is_named(bases: str, place: int, lab: Lab):
    answer = await lab.owner.post("/sequences", json={"bases": bases})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "wrong_letter")
    assert (problem["letter"], problem["place"]) == (bases[place - 1], place)
    assert [error["pointer"] for error in problem["errors"]] == ["/bases"]


@pytest.mark.parametrize("body", [{}, {"bases": ""}, {"bases": None}, {"bases": 1}])
async def test_sequence_needs_bases(body: dict[str, Any], lab: Lab):
    answer = await lab.owner.post("/sequences", json=body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/bases"]


async def test_same_bases_are_answered_with_the_stored_one_and_its_new_name(lab: Lab):
    first = await added(lab, BASES, name="first", tags=["kept"])
    again = await lab.owner.post(
        "/sequences", json={"bases": BASES.lower(), "name": "second", "tags": ["left aside"]}
    )
    assert again.status_code == 200
    assert again.headers["location"].endswith(first["id"])
    assert again.json()["id"] == first["id"]
    assert again.json()["aliases"] == ["second"]
    assert again.json()["tags"] == ["kept"]
    assert again.headers["etag"] == '"2"'
    for known in ("first", "second", None):
        answer = await lab.owner.post("/sequences", json={"bases": BASES, "name": known})
        assert (answer.status_code, answer.json()["aliases"]) == (200, ["second"])
        assert answer.headers["etag"] == '"2"'
    failed = await lab.owner.post("/sequences", json={"bases": BASES, "on_duplicate": "fail"})
    assert (failed.status_code, failed.json()["code"]) == (409, "sequence_exists")
    assert failed.json()["sequence_id"] == first["id"]
    listed = (await lab.owner.get("/sequences")).json()["items"]
    assert len(listed) == 1


async def test_the_same_bases_at_the_same_instant_become_one_sequence(lab: Lab):
    answers = await asyncio.gather(
        *(
            lab.owner.post("/sequences", json={"bases": BASES, "name": f"name {number % 3}"})
            for number in range(12)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    [stored] = (await lab.owner.get("/sequences")).json()["items"]
    read = (await lab.owner.get(f"/sequences/{stored['id']}")).json()
    assert len({*read["aliases"], read["name"]}) == 3
    assert len(read["aliases"]) == 2


async def test_adding_and_deleting_at_the_same_instant_never_fails(lab: Lab):
    made = await added(lab, BASES)

    async def replace() -> int:
        gone = await lab.owner.delete(f"/sequences/{made['id']}")
        assert gone.status_code in (204, 404)
        return (await lab.owner.post("/sequences", json={"bases": BASES, "name": "x"})).status_code

    assert set(await asyncio.gather(*(replace() for _ in range(8)))) <= {200, 201}


async def test_same_bases_may_be_in_two_collections(lab: Lab, default_collection: str):
    other = (await lab.owner.post("/collections", json={"name": "Other"})).json()["id"]
    first = await added(lab, BASES, name="here")
    second = await added(lab, BASES, name="there", collection_id=other)
    assert second["copies"] == [
        {"id": first["id"], "name": "here", "collection_id": default_collection}
    ]
    moved = await lab.owner.patch(f"/sequences/{first['id']}", json={"collection_id": other})
    assert (moved.status_code, moved.json()["code"]) == (409, "sequence_exists")
    nowhere = {"bases": "TTT", "collection_id": str(uuid4())}
    refused = await lab.owner.post("/sequences", json=nowhere)
    assert (refused.status_code, refused.json()["code"]) == (404, "collection_not_found")


async def test_other_strand_is_pointed_out(lab: Lab, default_collection: str):
    first = await added(lab, "AAACCC", name="plus")
    second = await added(lab, reverse_complement("AAACCC"), name="minus")
    reference = {"id": first["id"], "name": "plus", "collection_id": default_collection}
    assert second["reverse_complements"] == [reference]
    read = await lab.owner.get(f"/sequences/{first['id']}")
    assert [one["id"] for one in read.json()["reverse_complements"]] == [second["id"]]
    palindrome = await added(lab, "GAATTC")
    assert palindrome["reverse_complements"] == []


async def test_etag_follows_the_other_strand_and_if_match_does_not(lab: Lab):
    first = await lab.owner.post("/sequences", json={"bases": "AAACCC"})
    path, tag = f"/sequences/{first.json()['id']}", first.headers["etag"]
    unchanged = await lab.owner.get(path, headers={"If-None-Match": tag})
    assert unchanged.status_code == 304
    await added(lab, "GGGTTT")
    changed = await lab.owner.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["etag"] != tag) == (200, True)
    for sent in (changed.headers["etag"], '"1"'):
        named = {"name": f"named with {sent}"}
        first = await lab.owner.patch(path, json=named, headers={"If-Match": sent})
        if sent == changed.headers["etag"]:
            assert first.status_code == 200
        else:
            assert (first.status_code, first.json()["code"]) == (412, "stale")
    gone = await lab.owner.delete(path, headers={"If-Match": tag})
    assert gone.status_code == 412


async def test_change_sets_what_is_sent_and_never_the_bases(lab: Lab):
    other = (await lab.owner.post("/collections", json={"name": "Other"})).json()["id"]
    made = await added(lab, BASES, name="old", description="x", tags=["a"], aliases=["new", "b"])
    path = f"/sequences/{made['id']}"
    refused = await lab.owner.patch(path, json={"bases": "A"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/bases")
    changed = await lab.owner.patch(
        path, json={"name": "new", "tags": ["b"], "circular": True, "collection_id": other}
    )
    assert changed.status_code == 200
    now = changed.json()
    assert (now["name"], now["tags"], now["circular"]) == ("new", ["b"], True)
    assert (now["collection_id"], now["description"]) == (other, "x")
    # An alias that became the name is none any more.
    assert now["aliases"] == ["b"]
    nothing = await lab.owner.patch(path, json={"name": "new"})
    assert nothing.headers["etag"] == changed.headers["etag"]
    cleared = await lab.owner.patch(
        path, json={"name": None, "description": None, "tags": None, "aliases": ["c", "c"]}
    )
    now = cleared.json()
    assert (now["name"], now["description"], now["tags"]) == ("", "", [])
    assert now["aliases"] == ["c"]
    elsewhere = await lab.owner.patch(path, json={"collection_id": str(uuid4())})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "collection_not_found")


async def test_deleted_sequence_is_gone_with_its_aliases_and_comes_back_by_adding_it(lab: Lab):
    made = await added(lab, BASES, name="one", aliases=["two"])
    assert (await lab.owner.delete(f"/sequences/{made['id']}")).status_code == 204
    assert (await lab.owner.get(f"/sequences/{made['id']}")).status_code == 404
    assert (await lab.owner.delete(f"/sequences/{made['id']}")).status_code == 404
    again = await added(lab, made["bases"], name=made["name"], aliases=made["aliases"])
    assert (again["name"], again["aliases"]) == ("one", ["two"])


async def test_several_are_deleted_together_or_not_at_all(lab: Lab):
    ids = [(await added(lab, letters(20, seed)))["id"] for seed in range(3)]
    refused = await lab.owner.delete("/sequences", params={"id": [ids[0], str(uuid4())]})
    assert (refused.status_code, refused.json()["code"]) == (404, "sequence_not_found")
    assert len((await lab.owner.get("/sequences")).json()["items"]) == 3
    assert (await lab.owner.delete("/sequences", params={"id": ids[:2]})).status_code == 204
    assert [one["id"] for one in (await lab.owner.get("/sequences")).json()["items"]] == [ids[2]]
    assert (await lab.owner.delete("/sequences")).status_code == 400


async def test_list_is_newest_first_in_pages(lab: Lab):
    ids = [(await added(lab, letters(20, seed)))["id"] for seed in range(5)]
    seen, cursor = [], None
    for _ in range(3):
        page = (
            await lab.owner.get(
                "/sequences", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
            )
        ).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (ids[::-1], None)


async def test_filters_by_name_alias_tag_collection_and_length(lab: Lab):
    other = (await lab.owner.post("/collections", json={"name": "Other"})).json()["id"]
    await added(lab, "A" * 10, name="Reef-10", tags=["reef"])
    await added(lab, "A" * 20, name="twenty", tags=["reef", "18S"], aliases=["REEF alias"])
    await added(lab, "A" * 30, name="thirty", collection_id=other)

    async def shown(**filters: Any) -> list[int]:
        answer = await lab.owner.get("/sequences", params=filters)
        assert answer.status_code == 200, answer.text
        return sorted(one["length"] for one in answer.json()["items"])

    assert await shown(name="reef") == [10, 20]
    assert await shown(name="%") == []
    assert await shown(tag="reef") == [10, 20]
    assert await shown(tag="18S") == [20]
    assert await shown(collection_id=other) == [30]
    assert await shown(collection_id=str(uuid4())) == []
    assert await shown(min_length=20) == [20, 30]
    assert await shown(max_length=20) == [10, 20]
    assert await shown(min_length=11, max_length=20, name="t") == [20]
    wrong = await lab.owner.get("/sequences", params={"min_length": 2, "max_length": 1})
    assert wrong.status_code == 400


async def test_long_sequence_is_whole_by_itself_and_without_bases_in_lists(lab: Lab):
    bases = letters(10_001)
    made = await added(lab, bases)
    assert made["bases"] == bases
    assert (await lab.owner.get(f"/sequences/{made['id']}")).json()["bases"] == bases
    [listed] = (await lab.owner.get("/sequences")).json()["items"]
    assert (listed["bases"], listed["length"]) == (None, 10_001)


async def test_ten_million_letters_are_taken_and_no_more(lab: Lab):
    bases = letters(100_000) * (LONGEST_SEQUENCE // 100_000)
    answer = await lab.owner.post("/sequences", json={"bases": bases, "name": "chromosome"})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["length"], made["bases"] == bases) == (LONGEST_SEQUENCE, True)
    longer = await lab.owner.post("/sequences", json={"bases": bases + "A"})
    assert (longer.status_code, longer.json()["code"]) == (400, "sequence_too_long")
    larger = await lab.owner.post("/sequences", json={"bases": bases + "A" * 1_000_000})
    assert (larger.status_code, larger.json()["code"]) == (413, "too_large")
    wrong = await lab.owner.post("/sequences", json={"bases": bases[:-1] + "N"})
    assert wrong.json()["place"] == LONGEST_SEQUENCE


async def test_same_key_adds_once(lab: Lab):
    body, headers = {"bases": BASES}, {"Idempotency-Key": str(uuid4())}
    answers = [await lab.owner.post("/sequences", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


async def test_every_member_keeps_sequences_and_scopes_hold(lab: Lab):
    member = await lab.person("member")
    answer = await member.post("/sequences", json={"bases": BASES})
    assert answer.status_code == 201
    assert answer.json()["created_by"] == member.person_id  # type: ignore[attr-defined]
    token = {"name": "reader", "scopes": ["sequences:read"]}
    secret = (await member.post("/api-tokens", json=token)).json()["token"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await member.get("/sequences", headers=headers)).status_code == 200
    refused = await member.post("/sequences", json={"bases": "A"}, headers=headers)
    assert refused.status_code == 403


async def test_another_organisation_has_its_own(lab: Lab, make_lab: Callable[..., Any]):
    theirs = await make_lab()
    made = await added(theirs, BASES)
    assert (await added(lab, BASES))["copies"] == []
    assert (await lab.owner.get(f"/sequences/{made['id']}")).status_code == 404
    elsewhere = {"bases": "AC", "collection_id": made["collection_id"]}
    assert (await lab.owner.post("/sequences", json=elsewhere)).status_code == 404


async def test_audit_names_the_sequence_and_never_its_bases(lab: Lab):
    made = await added(lab, letters(50))
    await lab.owner.patch(f"/sequences/{made['id']}", json={"name": "renamed"})
    await lab.owner.delete(f"/sequences/{made['id']}")
    events = await lab.owner.get("/audit-events")
    actions = [one["action"] for one in events.json()["items"] if one["subject_id"] == made["id"]]
    assert actions == ["sequence.deleted", "sequence.changed", "sequence.created"]
    assert made["bases"][:20] not in events.text


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE sequences SET bases = lower(bases)",
        "UPDATE sequences SET bases = bases || 'N', length = length + 1",
        "UPDATE sequences SET bases = bases || E'\\n', length = length + 1",
        "UPDATE sequences SET length = length + 1",
        "UPDATE sequences SET bases = '', length = 0",
        "UPDATE sequences SET digest = '\\x00'",
    ],
)
async def test_database_refuses_what_is_no_sequence(wrong: str, lab: Lab):
    import asyncpg

    from benchbook.accounts.caller import Caller

    await added(lab, BASES)
    me = (await lab.owner.get("/me")).json()["person"]["id"]
    caller = Caller(UUID(lab.organisation_id), UUID(me), "owner", None)
    with pytest.raises(asyncpg.CheckViolationError):
        async with lab.app.transaction(caller) as tx:
            await tx.execute(wrong)
