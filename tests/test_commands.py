"""The operator's commands, beside a running server and without one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.conftest import PASSWORD, Server, clean_environment


def benchbook(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchbook.main", *arguments],
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def me(server: Server, token: str) -> dict[str, dict[str, str]]:
    answer = httpx.get(
        f"{server.url}/api/v1/me", headers={"Authorization": f"Bearer {token.strip()}"}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, dict[str, str]] = answer.json()
    return body


def test_operator_makes_organisations_and_tokens_beside_a_running_server(server: Server):
    for name in ("First Lab", "Second Lab"):
        made = server.run(
            "create-owner",
            "--organisation",
            name,
            "--name",
            "Olga",
            "--email",
            "Olga@Example.org",
            BENCHBOOK_PASSWORD=PASSWORD,
        )
        assert made.returncode == 0, made.stderr
    ambiguous = server.run("create-token", "--email", "olga@example.org")
    assert ambiguous.returncode == 1
    assert "First Lab" in ambiguous.stderr
    assert "--organisation" in ambiguous.stderr
    made = server.run("create-token", "--email", "olga@example.org", "--organisation", "Second Lab")
    assert made.returncode == 0
    assert me(server, made.stdout)["organisation"]["name"] == "Second Lab"
    choice = httpx.post(
        f"{server.url}/api/v1/login", json={"email": "olga@example.org", "password": PASSWORD}
    )
    assert (choice.status_code, choice.json()["code"]) == (409, "choose_organisation")
    assert httpx.get(f"{server.url}/health/ready").status_code == 200


def test_token_with_scopes_reaches_no_further(server: Server):
    server.run(
        "create-owner", "--organisation", "Lab", "--name", "Olga", "--email", "o@example.org",
        BENCHBOOK_PASSWORD=PASSWORD,
    )  # fmt: skip
    made = server.run("create-token", "--email", "o@example.org", "--scope", "hours:read")
    bearer = {"Authorization": f"Bearer {made.stdout.strip()}"}
    assert httpx.get(f"{server.url}/api/v1/timer", headers=bearer).status_code == 200
    assert httpx.post(f"{server.url}/api/v1/timer/start", headers=bearer).status_code == 403
    wrong = server.run("create-token", "--email", "o@example.org", "--scope", "everything")
    assert wrong.returncode == 1
    assert "everything" in wrong.stderr


def test_commands_work_without_a_server_and_leave_nothing_running(tmp_path: Path):
    data = ["--data-dir", str(tmp_path / "data")]
    first = benchbook("migrate", *data)
    assert first.returncode == 0, first.stderr
    assert "ran 0001_accounts" in first.stdout
    again = benchbook("migrate", *data)
    assert again.stdout == "The database is up to date.\n"
    assert not list((tmp_path / "data").rglob("postmaster.pid"))


def test_password_is_read_from_a_file_and_a_short_one_refused(tmp_path: Path):
    short, good = tmp_path / "short", tmp_path / "good"
    short.write_text("secret\n")
    good.write_text(f"{PASSWORD}\n")
    arguments = ["create-owner", "--organisation", "Lab", "--name", "Olga", "--email", "o@x.org"]
    data = ["--data-dir", str(tmp_path / "data")]
    refused = benchbook(*arguments, *data, BENCHBOOK_PASSWORD_FILE=str(short))
    assert refused.returncode == 64
    assert "8 characters" in refused.stderr
    assert benchbook(*arguments, *data, BENCHBOOK_PASSWORD_FILE=str(good)).returncode == 0


def test_password_is_asked_for_on_a_terminal_alone(tmp_path: Path):
    asked = benchbook(
        "create-owner", "--organisation", "Lab", "--name", "O", "--email", "o@example.org",
        "--data-dir", str(tmp_path / "data"),
    )  # fmt: skip
    assert (asked.returncode, asked.stdout) == (64, "")
    assert asked.stderr.startswith("benchbook: There is no terminal")
    assert "BENCHBOOK_PASSWORD" in asked.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only some systems have a full device")
def test_output_that_cannot_be_written_is_one_sentence():
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "benchbook.main", "openapi"],
            env=clean_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (finished.returncode, finished.stderr) == (74, "benchbook: No space left on device.\n")


def test_wrong_address_is_one_sentence_and_an_exit_code(tmp_path: Path):
    data = ["--data-dir", str(tmp_path / "data")]
    done = benchbook(
        "create-owner", "--organisation", "Lab", "--name", "O", "--email", "nobody", *data,
        BENCHBOOK_PASSWORD=PASSWORD,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("benchbook: ")
    unknown = benchbook("create-token", "--email", "nobody@example.org", *data)
    assert unknown.returncode == 1
    assert "nobody@example.org" in unknown.stderr


def test_demo_is_a_lab_one_can_sign_in_to(server: Server):
    made = server.run("demo")
    assert made.returncode == 0, made.stderr
    [password] = [line.split()[5] for line in made.stdout.splitlines() if "password" in line]
    emails = [line.split()[0] for line in made.stdout.splitlines() if "@" in line]
    assert len(emails) == 5
    with httpx.Client(base_url=f"{server.url}/api/v1") as owner:
        answer = owner.post("/login", json={"email": emails[0], "password": password})
        assert answer.status_code == 200, made.stdout
        assert owner.get("/sessions/totals").json()["count"] > 1000
        assert owner.get("/timer").json()["running"]["name"]
        assert len(owner.get("/projects").json()["items"]) == 4
        collections = owner.get("/collections").json()["items"]
        assert {one["name"]: one["sequence_count"] for one in collections} == {
            "Controls": 1,
            "Default": 0,
            "IGHV germline": 342,
            "Reef survey, 18S": 1000,
        }
        [allele] = owner.get("/sequences?name=IGHV3-7*01").json()["items"]
        assert allele["length"] == 296


def test_contract_is_printed_as_json():
    done = benchbook("openapi")
    assert done.returncode == 0
    assert json.loads(done.stdout)["info"]["title"] == "Benchbook"


def test_usage_is_explained():
    done = benchbook("serve", "--port", "many")
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "create-owner" in benchbook("--help").stdout
