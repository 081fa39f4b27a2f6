"""What is around every answer: the request's id, the security headers, caching, compression."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import brotli
import httpx
import pytest
from tests.conftest import ORIGIN, Lab, client
from tests.platform.conftest import Logs

from benchbook.app import create_app
from benchbook.platform.settings import Settings
from benchbook.timetracking import store

HELMET = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
    "x-download-options": "noopen",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
    "x-xss-protection": "0",
}


@pytest.fixture(scope="module")
def web_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built web application in small."""
    root = tmp_path_factory.mktemp("web")
    (root / "index.html").write_text("<!doctype html><title>Benchbook</title>")
    (root / "icon.svg").write_text("<svg/>")
    (root / "assets").mkdir()
    script = "console.log(1);" * 200
    (root / "assets" / "index-Ab12_-xY.js").write_text(script)
    (root / "assets" / "index-Ab12_-xY.js.br").write_bytes(brotli.compress(script.encode()))
    (root / "assets" / "index-Ab12_-xY.js.gz").write_bytes(gzip.compress(script.encode()))
    (root / "reference").mkdir()
    (root / "reference" / "index.html").write_text("<!doctype html><title>Reference</title>")
    return root


async def _never() -> None:
    raise AssertionError("files need no database")


@pytest.fixture
async def pages(web_root: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The web application, over plain HTTP."""
    app = create_app(Settings(), _never, web_root=web_root)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as opened:
        yield opened


@pytest.fixture
async def pages_over_tls(web_root: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The web application, where people reach it over TLS."""
    settings = Settings(public_url="https://benchbook.test")
    app = create_app(settings, _never, web_root=web_root)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as opened:
        yield opened


def check_security(answer: httpx.Response) -> None:
    assert {name: answer.headers.get(name) for name in HELMET} == HELMET
    assert "permissions-policy" in answer.headers
    assert "server" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    scripts = next((part for part in policy.split("; ") if part.startswith("script-src")), "")
    assert "unsafe" not in scripts
    for name in HELMET:
        assert len(answer.headers.get_list(name)) == 1


# The request's id ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent", ["1", "a.b_c:d-E", "x" * 128, "01a20033-a02b-7566-87fc-c42296c39cc9"]
)
async def test_request_id_is_echoed(sent: str, anonymous: httpx.AsyncClient):
    for path in ("/setup", "/me", "/nothing"):
        answer = await anonymous.get(path, headers={"X-Request-ID": sent})
        assert answer.headers.get_list("x-request-id") == [sent]
        assert answer.status_code < 400 or answer.json()["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "<script>", "é", 'a"b', "a\tb"])
async def test_request_id_that_could_do_harm_is_replaced(sent: str, anonymous: httpx.AsyncClient):
    answer = await anonymous.get("/setup", headers={"X-Request-ID": sent.encode()})
    assert UUID(answer.headers["x-request-id"]).version == 7


async def test_each_request_has_an_id_of_its_own(anonymous: httpx.AsyncClient):
    ids = {(await anonymous.get("/setup")).headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


async def test_trace_of_the_client_is_in_the_log(logs: Logs, own_app: httpx.ASGITransport):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with client(own_app) as anonymous:
        await anonymous.get("/setup", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        for wrong in ("", "nonsense", f"00-{trace}", f"zz-{trace}-00f067aa0ba902b7-01"):
            assert (
                await anonymous.get("/setup", headers={"traceparent": wrong})
            ).status_code == 200
    first, *others = logs.events("request")
    assert first["trace_id"] == trace
    assert not any("trace_id" in event for event in others)


# Headers ---------------------------------------------------------------------------------------


async def test_every_kind_of_answer_carries_the_security_headers(
    lab: Lab, anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    session = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    made = await lab.owner.post("/sessions", json=session)
    path = f"/sessions/{made.json()['id']}"
    json = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    answers = {
        200: await lab.owner.get("/sessions"),
        201: made,
        204: await lab.owner.delete("/timer"),
        304: await lab.owner.get(path, headers={"If-None-Match": made.headers["etag"]}),
        400: await lab.owner.post("/sessions", **json),
        401: await anonymous.get("/me"),
        404: await anonymous.get("/nothing"),
        405: await anonymous.put("/setup"),
        412: await lab.owner.patch(path, json={}, headers={"If-Match": '"99"'}),
        413: await lab.owner.post("/sessions", content=b"x" * 2_000_000),
        415: await lab.owner.post("/sessions", content=b"{}"),
    }

    async def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(store, "find_running", crash)
    answers[500] = await lab.owner.get("/timer")
    for status, answer in answers.items():
        assert answer.status_code == status
        check_security(answer)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        expected = "private, no-cache" if status == 304 else "no-store"
        assert answer.headers["cache-control"] == expected


@pytest.mark.parametrize("path", ["/", "/hours", "/hours/2026/11", "/icon.svg", "/docs"])
async def test_pages_and_files_carry_the_security_headers(path: str, pages: httpx.AsyncClient):
    answer = await pages.get(path)
    assert answer.status_code == 200
    check_security(answer)
    assert answer.headers["x-request-id"]


async def test_browsers_are_told_to_insist_on_tls_only_over_tls(
    pages: httpx.AsyncClient, pages_over_tls: httpx.AsyncClient
):
    for path in ("/", "/api/v1/nothing"):
        assert "strict-transport-security" not in (await pages.get(path)).headers
        insisted = (await pages_over_tls.get(path)).headers["strict-transport-security"]
        assert insisted == "max-age=31536000; includeSubDomains"


# The web application ---------------------------------------------------------------------------


async def test_index_is_asked_for_anew_each_time_and_not_sent_again(pages: httpx.AsyncClient):
    for path in ("/", "/hours"):
        first = await pages.get(path)
        assert first.headers["cache-control"] == "no-cache"
        tag = first.headers["etag"]
        again = await pages.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")


async def test_hashed_files_are_kept_for_ever(pages: httpx.AsyncClient):
    answer = await pages.get("/assets/index-Ab12_-xY.js")
    assert "immutable" in answer.headers["cache-control"]
    assert "max-age=3" in answer.headers["cache-control"]


async def test_other_files_are_asked_for_anew(pages: httpx.AsyncClient):
    assert (await pages.get("/icon.svg")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("coding", ["br", "gzip"])
async def test_files_are_sent_as_the_build_compressed_them(coding: str, pages: httpx.AsyncClient):
    path = "/assets/index-Ab12_-xY.js"
    plain = await pages.get(path, headers={"Accept-Encoding": "identity"})
    packed = await pages.get(path, headers={"Accept-Encoding": coding})
    assert packed.headers["content-encoding"] == coding
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert "accept-encoding" in packed.headers["vary"].lower()


async def test_file_that_is_not_there_is_a_404_and_no_page(pages: httpx.AsyncClient):
    for path in (
        "/assets/index-00000000.js",
        "/favicon.png",
        "/../pyproject.toml",
        "/%2e%2e/x.sql",
    ):
        answer = await pages.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api", "/health", "/health/nothing"])
async def test_unknown_path_of_the_api_is_a_problem_and_no_page(
    path: str, pages: httpx.AsyncClient
):
    answer = await pages.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_page_cannot_be_posted_to(pages: httpx.AsyncClient):
    answer = await pages.post("/hours")
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_reference_is_at_docs(pages: httpx.AsyncClient):
    for path in ("/docs", "/docs/"):
        assert "Reference" in (await pages.get(path)).text


# Compression -----------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["br", "gzip"])
async def test_large_answers_are_compressed(coding: str, lab: Lab):
    for number in range(12):
        session = {"name": "x" * 400, "started_at": f"2026-03-02T{number:02}:00:00Z", "duration": 9}
        await lab.owner.post("/sessions", json=session)
    packed = await lab.owner.get("/sessions", headers={"Accept-Encoding": coding})
    plain = await lab.owner.get("/sessions", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == coding
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert "accept-encoding" in packed.headers["vary"].lower()


# Health ----------------------------------------------------------------------------------------


async def test_health_is_told_to_anybody(transport: httpx.ASGITransport):
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as anonymous:
        for path in ("/health/live", "/health/ready"):
            answer = await anonymous.get(path)
            assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
            check_security(answer)


async def test_metrics_name_routes_and_never_paths(lab: Lab, transport: httpx.ASGITransport):
    unknown = "01900000-0000-7000-8000-00000000dead"
    await lab.owner.get(f"/sessions/{unknown}")
    await lab.owner.get("/sessions?q=findme")
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as anonymous:
        answer = await anonymous.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
    assert 'route="/api/v1/sessions/{session_id}"' in answer.text.replace(":uuid", "")
    assert unknown not in answer.text
    assert "findme" not in answer.text


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (Settings(), True),
        (Settings(host="::1"), True),
        (Settings(host="0.0.0.0"), False),
        (Settings(public_url="https://benchbook.test"), False),
        (Settings(host="0.0.0.0", metrics="on"), True),
        (Settings(metrics="off"), False),
    ],
)
async def test_metrics_are_not_on_a_public_port_unless_wanted(
    settings: Settings, shown: bool, web_root: Path
):
    app = create_app(settings, _never, web_root=web_root)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as anonymous:
        assert (await anonymous.get("/metrics")).status_code == (200 if shown else 404)
