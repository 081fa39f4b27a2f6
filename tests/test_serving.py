"""`benchbook serve` as a process: starts, stops, is killed, and loses nothing it acknowledged."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import httpx
import pytest

from benchbook.platform.migrations import OWNER_ROLE
from tests.conftest import (
    PASSWORD,
    Server,
    clean_environment,
    free_port,
    installed_postgres_binaries,
    run_cluster,
    run_server,
)

ROUNDS = 3
WRITERS = 4
SECONDS_OF_WRITING = 1.2


def set_up(server: Server) -> str:
    """Set the server up; an API token of its owner."""
    with httpx.Client(base_url=f"{server.url}/api/v1") as browser:
        answer = browser.post(
            "/setup",
            json={
                "organisation": "Lab",
                "name": "Olga Owner",
                "email": "owner@example.org",
                "password": PASSWORD,
            },
        )
        assert answer.status_code == 201, answer.text
        token: str = browser.post("/api-tokens", json={"name": "tests"}).json()["token"]
    return token


def api(server: Server, token: str) -> httpx.Client:
    return httpx.Client(
        base_url=f"{server.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )


def serve(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a server that is not expected to come up."""
    return subprocess.run(
        [sys.executable, "-m", "benchbook.main", "serve", *options],
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Stopping ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_signal_stops_server_and_database_and_exits_with_0(server: Server, number: int):
    postmaster = server.postmaster_pid()
    assert server.process
    server.process.send_signal(number)
    assert server.process.wait(30) == 0
    assert not Path(f"/proc/{postmaster}").exists()
    assert "Traceback" not in server.log.read_text()


def test_request_under_way_is_finished_before_the_server_stops(server: Server):
    token = set_up(server)
    body = b'{"name": "slow", "started_at": "2026-03-02T09:00:00Z", "duration": "1h"}'
    head = (
        "POST /api/v1/sessions HTTP/1.1\r\nHost: benchbook\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    assert server.process
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(head.encode() + body[:20])
        wait_for_requests_in_progress(server)
        server.process.send_signal(signal.SIGTERM)
        slow.sendall(body[20:])
        answer = b""
        while piece := slow.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 201")
    assert server.process.wait(30) == 0


def wait_for_requests_in_progress(server: Server) -> None:
    """Wait until a request beside our own is being answered."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        metrics = httpx.get(f"{server.url}/metrics").text
        if "benchbook_requests_in_progress 2.0" in metrics:
            return
    raise AssertionError("The slow request did not arrive.")


# What cannot be served -----------------------------------------------------------------------------


def test_busy_port_is_said_before_any_data_is_touched(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = serve("--port", port, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 69
    assert f"Port {port} of 127.0.0.1 is in use" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_second_server_on_the_same_data_says_who_has_it(server: Server):
    done = serve("--port", str(free_port()), "--data-dir", str(server.data_dir))
    assert server.process
    assert done.returncode == 75
    assert str(server.process.pid) in done.stderr
    assert httpx.get(f"{server.url}/health/ready").status_code == 200


@pytest.mark.parametrize(
    ("variable", "value", "names"),
    [
        ("BENCHBOOK_PORT", "http", "BENCHBOOK_PORT"),
        ("BENCHBOOK_POOL_SIZE", "0", "BENCHBOOK_POOL_SIZE"),
        ("BENCHBOOK_PUBLIC_URL", "benchbook.example.org", "BENCHBOOK_PUBLIC_URL"),
        ("BENCHBOOK_TRUSTED_PROXIES", "proxy", "BENCHBOOK_TRUSTED_PROXIES"),
        ("BENCHBOOK_MODULES", "hours,games", "BENCHBOOK_MODULES"),
        ("BENCHBOOK_DATABASE_URL", "mysql://x:hunter2@y/z", "BENCHBOOK_DATABASE_URL"),
        ("BENCHBOOK_DATABASE_URL_FILE", "/nowhere/at/all", "BENCHBOOK_DATABASE_URL_FILE"),
    ],
)
def test_setting_that_cannot_be_used_is_named(
    tmp_path: Path, variable: str, value: str, names: str
):
    done = serve("--data-dir", str(tmp_path / "data"), **{variable: value})
    assert done.returncode == 78
    assert names in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_unknown_setting_is_warned_of_with_what_was_meant():
    with run_server(BENCHBOOK_PUBLIC_ULR="https://x.example") as server:
        log = server.log.read_text()
    assert "BENCHBOOK_PUBLIC_ULR" in log
    assert "did you mean BENCHBOOK_PUBLIC_URL" in log


def test_database_that_is_away_is_said_without_its_password(tmp_path: Path):
    port = free_port()
    done = serve(
        "--port",
        str(free_port()),
        BENCHBOOK_DATABASE_URL=f"postgresql://someone:hunter2@127.0.0.1:{port}/benchbook",
    )
    assert done.returncode == 78
    assert "BENCHBOOK_DATABASE_URL" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


# Metrics and health ---------------------------------------------------------------------------------


def test_metrics_are_shown_on_loopback_and_hidden_in_production(server: Server):
    assert "benchbook_request_seconds_count" in httpx.get(f"{server.url}/metrics").text
    with run_server(BENCHBOOK_PUBLIC_URL="https://benchbook.example.org") as public:
        assert httpx.get(f"{public.url}/metrics").status_code == 404


def test_cookie_is_secure_and_transport_is_pinned_where_the_public_address_is_https():
    with run_server(BENCHBOOK_PUBLIC_URL="https://benchbook.example.org") as public:
        answer = httpx.post(
            f"{public.url}/api/v1/setup",
            json={
                "organisation": "Lab",
                "name": "Olga",
                "email": "olga@example.org",
                "password": PASSWORD,
            },
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-benchbook_login=")
        for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert attribute.lower() in cookie.lower()
        assert "max-age=" in answer.headers["strict-transport-security"]


# Killed ---------------------------------------------------------------------------------------------


def test_timer_runs_on_when_everything_was_killed(server: Server):
    token = set_up(server)
    with api(server, token) as owner:
        running = owner.post("/timer/start", json={"name": "PCR"}).json()["running"]
    server.kill_everything()
    server.start()
    with api(server, token) as owner:
        found = owner.get("/timer").json()["running"]
    assert (found["id"], found["started_at"]) == (running["id"], running["started_at"])


def test_server_recovers_by_itself_when_its_database_is_killed(server: Server):
    token = set_up(server)
    os.kill(server.postmaster_pid(), signal.SIGKILL)
    with api(server, token) as owner:
        deadline = time.monotonic() + 40
        statuses = set()
        while time.monotonic() < deadline:
            answer = owner.post("/timer/start", json={"name": "PCR"})
            statuses.add(answer.status_code)
            if answer.status_code == 201:
                break
            assert answer.headers["retry-after"]
            time.sleep(0.1)
    assert 201 in statuses
    assert statuses <= {201, 503}


class Writer:
    """Somebody who adds sessions without pause, and knows which were acknowledged."""

    def __init__(self, server: Server, token: str, number: int) -> None:
        self.server, self.token, self.number = server, token, number
        self.acknowledged: dict[str, str] = {}
        self.unanswered: tuple[str, str] | None = None

    def write(self, stop: threading.Event) -> None:
        """Add sessions until told to stop or cut off; about 15 a second."""
        with api(self.server, self.token) as owner:
            while not stop.is_set():
                name, key = f"{self.number}-{uuid4()}", str(uuid4())
                self.unanswered = (name, key)
                try:
                    answer = self.send(owner, name, key)
                except httpx.TransportError:
                    return
                if answer.status_code != 201:
                    return
                self.acknowledged[name] = self.made(answer)
                self.unanswered = None
                time.sleep(0.05)

    def made(self, answer: httpx.Response) -> str:
        """The id of the session that an answer acknowledges."""
        return str(answer.json()["id"])

    def send(self, owner: httpx.Client, name: str, key: str) -> httpx.Response:
        return owner.post(
            "/sessions",
            json={"name": name, "started_at": "2026-03-02T09:00:00Z", "duration": 60},
            headers={"Idempotency-Key": key},
        )

    def send_again(self) -> None:
        """Repeat what was cut off, as a client with an outbox would."""
        if self.unanswered:
            with api(self.server, self.token) as owner:
                name, key = self.unanswered
                answer = self.send(owner, name, key)
            assert answer.status_code == 201, answer.text
            self.acknowledged[name] = self.made(answer)
            self.unanswered = None


class Switcher(Writer):
    """Somebody who goes from one thing to the next: every start saves the session before it."""

    def made(self, answer: httpx.Response) -> str:
        return str(answer.json()["running"]["id"])

    def send(self, owner: httpx.Client, name: str, key: str) -> httpx.Response:
        return owner.post("/timer/start", json={"name": name}, headers={"Idempotency-Key": key})


def all_sessions(server: Server, token: str) -> list[dict[str, str]]:
    """What is saved, and what runs."""
    found, cursor = [], None
    with api(server, token) as owner:
        while True:
            query = {"limit": "500"} | ({"cursor": cursor} if cursor else {})
            page = owner.get("/sessions", params=query).json()
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                running = owner.get("/timer").json()["running"]
                return [*found, running] if running else found


def test_killing_everything_under_fifty_writes_a_second_loses_no_acknowledged_write(
    server: Server,
):
    token = set_up(server)
    writers = [Writer(server, token, number) for number in range(WRITERS - 1)]
    writers.append(Switcher(server, token, WRITERS))
    rates = []
    for _ in range(ROUNDS):
        stop = threading.Event()
        before = sum(len(writer.acknowledged) for writer in writers)
        with ThreadPoolExecutor(WRITERS) as pool:
            for writer in writers:
                pool.submit(writer.write, stop)
            time.sleep(SECONDS_OF_WRITING)
            server.kill_everything()
            stop.set()
        written = sum(len(writer.acknowledged) for writer in writers) - before
        rates.append(written / SECONDS_OF_WRITING)
        server.start()
        stored = {session["name"]: session["id"] for session in all_sessions(server, token)}
        for writer in writers:
            lost = {n: i for n, i in writer.acknowledged.items() if stored.get(n) != i}
            assert lost == {}
        for writer in writers:
            writer.send_again()
    names = [session["name"] for session in all_sessions(server, token)]
    expected = [name for writer in writers for name in writer.acknowledged]
    assert sorted(names) == sorted(expected), "each once: what was acknowledged, and no more"
    assert max(rates) > 10, f"too few writes to mean anything: {rates}"


# Other databases --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "binaries",
    [
        pytest.param(None, id="wheel"),
        *(
            pytest.param(path, id=f"installed-{path.parent.name}")
            for path in installed_postgres_binaries()
        ),
    ],
)
async def test_any_postgresql_serves_as_the_database(binaries: Path | None, tmp_path: Path):
    async with run_cluster(binaries) as cluster:
        await cluster.create_database("lab")
        endpoint = cluster.endpoint
        place = f"@/lab?host={quote(endpoint.host)}&port={endpoint.port}"
        url_file = tmp_path / "url"
        password = cluster.passwords["benchbook_app"]
        url_file.write_text(f"postgresql://benchbook_app:{password}{place}\n")
        environment = {
            "BENCHBOOK_DATABASE_URL_FILE": str(url_file),
            "BENCHBOOK_DATABASE_OWNER_URL": f"postgresql://postgres:{endpoint.password}{place}",
        }
        await asyncio.to_thread(track_time, environment)
        owner = await asyncpg.connect(**cluster.address("lab", OWNER_ROLE))
        assert await owner.fetchval("SELECT count(*) FROM sessions") == 1
        await owner.close()


def track_time(environment: dict[str, str]) -> None:
    """The journey of the timer on a server with this environment."""
    with run_server(first_start=True, **environment) as server:
        token = set_up(server)
        with api(server, token) as owner:
            assert owner.post("/timer/start", json={"name": "PCR"}).status_code == 201
            switched = owner.post("/timer/start", json={"name": "Gel"}).json()
            assert switched["stopped"]["name"] == "PCR"
            assert len(owner.get("/sessions").json()["items"]) == 1
            assert owner.get("/sessions/totals").json()["count"] == 1
        assert not server.data_dir.exists()
