"""Refget v2 through HTTP, and version 1 by GA4GH's own compliance suite."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from tests.conftest import ORIGIN, PASSWORD, Lab, Server
from tests.sequences.conftest import added, letters

BASES = letters(1000, seed=7)
V2 = "text/vnd.ga4gh.refget.v2.0.0+plain"
V2_JSON = "application/vnd.ga4gh.refget.v2.0.0+json"
AT = f"{ORIGIN}/refget"


@pytest.fixture
async def published(lab: Lab) -> AsyncIterator[dict[str, Any]]:
    """A sequence of a lab that shows its sequences to everybody, for as long as the test runs."""
    made = await added(lab, BASES, name="mine", aliases=["NC_1"])
    answer = await lab.owner.patch("/sequence-settings", json={"public_refget": True})
    assert answer.status_code == 200
    yield made
    await lab.owner.patch("/sequence-settings", json={"public_refget": False})


async def test_sequence_is_had_by_every_identifier(lab: Lab):
    made = await added(lab, BASES)
    trunc512 = hashlib.sha512(BASES.encode()).hexdigest()[:48]
    for identifier in (
        made["md5"],
        made["md5"].upper(),
        f"md5:{made['md5']}",
        made["digest"],
        f"ga4gh:{made['digest']}",
        trunc512,
    ):
        for root in (AT, f"{ORIGIN}/api/v1/refget"):
            answer = await lab.owner.get(f"{root}/sequence/{identifier}")
            assert (answer.status_code, answer.text) == (200, BASES)
            assert answer.headers["content-type"] == f"{V2}; charset=us-ascii"
            assert answer.headers["content-length"] == "1000"
            assert answer.headers["accept-ranges"] == "bytes"
            assert "content-encoding" not in answer.headers
    again = await lab.owner.get(
        f"{AT}/sequence/{made['md5']}", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_parts_by_parameters_and_by_header(lab: Lab):
    path = f"{AT}/sequence/{(await added(lab, BASES))['md5']}"
    for query, expected in (
        ("start=10&end=20", BASES[10:20]),
        ("start=990", BASES[990:]),
        ("end=5", BASES[:5]),
        ("start=10&end=10", ""),
        ("end=0", ""),
        ("start=0&end=1000", BASES),
    ):
        answer = await lab.owner.get(f"{path}?{query}")
        assert (answer.status_code, answer.text) == (200, expected), query
        assert answer.headers["accept-ranges"] == "none"
        assert answer.headers["content-length"] == str(len(expected))
    for header, expected, told in (
        ("bytes=10-19", BASES[10:20], "bytes 10-19/1000"),
        ("bytes=990-99999", BASES[990:], "bytes 990-999/1000"),
        ("bytes=990-", BASES[990:], "bytes 990-999/1000"),
        ("bytes=-10", BASES[-10:], "bytes 990-999/1000"),
        ("bytes=0-999", BASES, "bytes 0-999/1000"),
    ):
        answer = await lab.owner.get(path, headers={"Range": header})
        assert (answer.status_code, answer.text) == (206, expected), header
        assert answer.headers["content-range"] == told


@pytest.mark.parametrize(
    ("query", "header", "status", "code"),
    [
        ("start=1000", None, 416, "range_not_satisfiable"),
        ("start=5&end=1001", None, 416, "range_not_satisfiable"),
        ("start=20&end=10", None, 416, "range_not_satisfiable"),
        ("start=abc", None, 400, "invalid_input"),
        ("end=-1", None, 400, "invalid_input"),
        ("start=1", "bytes=1-2", 400, "invalid_input"),
        ("end=1", "bytes=1-2", 400, "invalid_input"),
        ("", "bytes=1000-1001", 416, "range_not_satisfiable"),
        ("", "bytes=20-10", 416, "range_not_satisfiable"),
        ("", "units=1-2", 400, "invalid_input"),
    ],
)
async def test_parts_that_cannot_be(
    query: str, header: str | None, status: int, code: str, lab: Lab
):
    path = f"{AT}/sequence/{(await added(lab, BASES))['md5']}?{query}"
    answer = await lab.owner.get(path, headers={"Range": header} if header else {})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_circular_sequence_goes_across_its_origin(lab: Lab):
    made = await added(lab, BASES, circular=True)
    path = f"{AT}/sequence/{made['digest']}"
    for query, expected in (
        ("start=990&end=10", BASES[990:] + BASES[:10]),
        ("start=990&end=0", BASES[990:]),
        ("start=5&end=5", ""),
        ("start=1&end=0", BASES[1:]),
    ):
        answer = await lab.owner.get(f"{path}?{query}")
        assert (answer.status_code, answer.text) == (200, expected), query
    for query, header in (("start=1000&end=5", ""), ("", "bytes=990-10")):
        answer = await lab.owner.get(f"{path}?{query}", headers={"Range": header} if header else {})
        assert answer.status_code == 416


async def test_parts_of_long_sequences_are_those_of_their_text(lab: Lab):
    bases = letters(100_001, seed=3)
    made = await added(lab, bases, circular=True)
    for query, expected in (
        ("", bases),
        ("start=99990&end=100001", bases[99_990:]),
        ("start=100000&end=10", bases[100_000:] + bases[:10]),
    ):
        answer = await lab.owner.get(f"{AT}/sequence/{made['md5']}?{query}")
        assert answer.text == expected


async def test_media_types(lab: Lab):
    path = f"{AT}/sequence/{(await added(lab, BASES))['md5']}"
    for asked, version in (
        ("text/plain", "2.0.0"),
        ("text/vnd.ga4gh.refget.v1.0.0+plain", "1.0.0"),
        ("text/vnd.ga4gh.refget.v1.0.0+plain, text/vnd.ga4gh.refget.v2.0.0+plain", "2.0.0"),
    ):
        plain = await lab.owner.get(path, headers={"Accept": asked})
        expected = f"text/vnd.ga4gh.refget.v{version}+plain; charset=us-ascii"
        assert plain.headers["content-type"] == expected
    for resource in (f"{path}/metadata", f"{AT}/service-info"):
        answer = await lab.owner.get(resource, headers={"Accept": "application/json"})
        assert answer.headers["content-type"] == f"{V2_JSON}; charset=us-ascii"
    for suffix in ("", "/metadata"):
        refused = await lab.owner.get(path + suffix, headers={"Accept": "embl/some_json"})
        assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")


async def test_head_tells_of_the_whole_and_of_parts(lab: Lab):
    path = f"{AT}/sequence/{(await added(lab, BASES))['digest']}"
    whole = await lab.owner.head(path)
    assert (whole.status_code, whole.headers["content-length"]) == (200, "1000")
    part = await lab.owner.head(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.headers["content-range"]) == (206, "bytes 10-19/1000")
    assert (whole.content, part.content) == (b"", b"")


async def test_metadata_name_every_digest_and_alias(lab: Lab):
    made = await added(lab, BASES, name="mine", aliases=["NC_1"])
    answer = await lab.owner.get(f"{AT}/sequence/{made['md5']}/metadata")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{V2_JSON}; charset=us-ascii"
    assert answer.json() == {
        "metadata": {
            "md5": made["md5"],
            "ga4gh": made["digest"],
            "trunc512": hashlib.sha512(BASES.encode()).hexdigest()[:48],
            "length": 1000,
            "aliases": [
                {"alias": "NC_1", "naming_authority": lab.organisation},
                {"alias": "mine", "naming_authority": lab.organisation},
            ],
        }
    }
    for unknown in ("Garbagechecksum", "0" * 32, "0" * 48, f"SQ.{'A' * 32}"):
        for path in (unknown, f"{unknown}/metadata"):
            refused = await lab.owner.get(f"{AT}/sequence/{path}")
            assert (refused.status_code, refused.json()["code"]) == (404, "sequence_not_found")


async def test_service_info_of_both_versions(lab: Lab):
    for path in ("/sequence/service-info", "/service-info"):
        info = await lab.owner.get(AT + path)
        assert info.headers["content-type"] == f"{V2_JSON}; charset=us-ascii"
        answered = info.json()
        assert answered["type"] == {"group": "org.ga4gh", "artifact": "refget", "version": "2.0.0"}
        assert answered["organization"]["name"] == lab.organisation
        assert answered["refget"].pop("identifier_types") == []
        assert answered["refget"] == {
            "circular_supported": True,
            "algorithms": ["md5", "ga4gh", "trunc512"],
            "subsequence_limit": None,
            "supported_api_versions": ["1.0.0", "2.0.0"],
        }
        first = {"Accept": "application/vnd.ga4gh.refget.v1.0.0+json"}
        before = await lab.owner.get(AT + path, headers=first)
        assert before.json() == {"service": answered["refget"]}


async def test_nobody_reads_without_a_credential_unless_the_organisation_says_so(
    published: dict[str, Any], lab: Lab, make_lab: Callable[..., Any], anonymous: httpx.AsyncClient
):
    path = f"{AT}/sequence/{published['digest']}"
    private = await make_lab()
    hidden = await added(private, letters(50, seed=99))
    answer = await anonymous.get(path)
    assert (answer.status_code, answer.text) == (200, BASES)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    metadata = await anonymous.get(f"{path}/metadata")
    assert {one["alias"] for one in metadata.json()["metadata"]["aliases"]} == {"mine", "NC_1"}
    info = await anonymous.get(f"{AT}/service-info")
    assert info.json()["organization"]["name"] == "Benchbook"
    refused = await anonymous.get(f"{AT}/sequence/{hidden['digest']}")
    assert refused.status_code == 404
    assert refused.headers["access-control-allow-origin"] == "*"
    # A credential shows its own organisation, and a bad one nothing.
    assert (await private.owner.get(path)).status_code == 404
    bad = await anonymous.get(path, headers={"Authorization": "Bearer bbt_x"})
    assert bad.status_code == 401
    # The rest of the API stays closed.
    assert (await anonymous.get("/sequences")).status_code == 401
    own = await lab.owner.get(path)
    assert (own.status_code, own.headers["cache-control"]) == (200, "private, no-cache")


async def test_settings_are_for_admins(lab: Lab):
    settings = await lab.owner.get("/sequence-settings")
    assert (settings.json(), settings.headers["etag"]) == ({"public_refget": False}, '"0"')
    manager = await lab.person("manager")
    refused = await manager.patch("/sequence-settings", json={"public_refget": True})
    assert refused.status_code == 403
    assert (await manager.get("/sequence-settings")).json() == {"public_refget": False}
    stale = await lab.owner.patch(
        "/sequence-settings", json={"public_refget": False}, headers={"If-Match": '"7"'}
    )
    assert stale.status_code == 412


def test_compliance_suite_of_version_1_passes(shared_server: Server):
    """The suite knows no credentials, so the server shows its sequences to everybody."""
    from compliance_suite.test_runner import TestRunner

    runner = TestRunner(f"{shared_server.url}/refget/")
    with httpx.Client(base_url=f"{shared_server.url}/api/v1", timeout=60) as owner:
        owner.headers["Origin"] = shared_server.url
        login = {"email": "owner@example.org", "password": PASSWORD}
        assert owner.post("/login", json=login).status_code == 200
        for sequence in runner.test_data:
            body = {"bases": sequence.sequence, "circular": sequence.is_circular}
            answer = owner.post("/sequences", json=body)
            assert answer.status_code in (200, 201)
            assert answer.json()["md5"] == sequence.md5
        public = owner.patch("/sequence-settings", json={"public_refget": True})
        assert public.status_code == 200
        try:
            runner.run_tests()
        finally:
            owner.patch("/sequence-settings", json={"public_refget": False})
    failed = [result for result in runner.results if result["result"] == -1]
    assert failed == []
    # Skipped is what is for servers without circular sequences.
    skipped = {result["name"] for result in runner.results if result["result"] == 0}
    assert skipped == {"test_sequence_circular_support_false_errors"}
    assert len(runner.results) > 25
