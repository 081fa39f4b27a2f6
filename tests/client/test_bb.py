"""bb, as a person or a script uses it, against a real server."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.client.conftest import (
    BB,
    BERLIN,
    Bb,
    Run,
    ServedLab,
    Somebody,
    TerminalRun,
    all_sessions,
    days_ago,
    saved,
)
from tests.conftest import PASSWORD, run_server

from benchbook_client import Client, NotSignedIn, exit_codes

Terminal = Callable[..., TerminalRun]


# Signing in and out


def test_login_asks_for_the_password_and_keeps_only_a_token(
    ada: Somebody, terminal: Terminal, config_home: Path, bb: Bb
) -> None:
    login = terminal("login", ada.url)
    login.expect("E-mail address")
    login.type(f"{ada.email}\n")
    login.expect_password()
    login.type(f"{PASSWORD}\n")
    assert login.finish() == exit_codes.DONE
    assert f"Signed in to {ada.url} as Ada Byron ({ada.email}), Shared Lab." in login.plain
    assert PASSWORD not in login.shown
    path = config_home / "benchbook" / "credentials.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_text()
    assert PASSWORD not in content
    assert json.loads(content)["token"] not in login.shown
    assert bb("status").exit_code == exit_codes.NOTHING_RUNNING
    with ada.client() as client:
        names = [token.name for token in client.api_tokens()]
    assert [name for name in names if name.startswith("bb on ")]


def test_login_without_a_terminal_takes_the_password_from_the_environment(
    ada: Somebody, bb: Bb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHBOOK_PASSWORD", PASSWORD)
    login = bb("login", ada.url, "--email", ada.email, "--json")
    assert login.exit_code == exit_codes.DONE
    assert login.document["person"]["email"] == ada.email  # type: ignore[index]
    assert "token" not in login.out
    assert bb("start", "Gel").exit_code == exit_codes.DONE


def test_a_wrong_password_stores_nothing(
    ada: Somebody, bb: Bb, monkeypatch: pytest.MonkeyPatch, config_home: Path
) -> None:
    monkeypatch.setenv("BENCHBOOK_PASSWORD", "not it")
    login = bb("login", ada.url, "--email", ada.email)
    assert login.exit_code == exit_codes.NOT_SIGNED_IN
    assert login.err == "bb: The e-mail address or the password is wrong.\n"
    assert not config_home.exists()


def test_ctrl_c_at_the_password_leaves_nothing_behind(
    ada: Somebody, terminal: Terminal, config_home: Path
) -> None:
    login = terminal("login", ada.url, "--email", ada.email)
    login.expect_password()
    login.type("secret\x03")
    assert login.finish() == exit_codes.INTERRUPTED
    assert "Traceback" not in login.shown
    assert "secret" not in login.shown
    assert not config_home.exists()


def test_an_address_of_two_organisations_is_asked_which(
    ada: Somebody,
    served_lab: ServedLab,
    terminal: Terminal,
    bb: Bb,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = f"Other Lab of {ada.email}"
    created = served_lab.server.run(
        *("create-owner", "--organisation", other, "--name", "Ada", "--email", ada.email),
        BENCHBOOK_PASSWORD=PASSWORD,
    )
    assert created.returncode == 0, created.stderr
    monkeypatch.setenv("BENCHBOOK_PASSWORD", PASSWORD)

    unasked = bb("login", ada.url, "--email", ada.email)
    assert unasked.exit_code == exit_codes.USAGE
    assert "--organisation" in unasked.err
    assert other in unasked.err

    named = bb("login", ada.url, "--email", ada.email, "--organisation", "shared lab", "--json")
    assert named.document["organisation"]["name"] == "Shared Lab"  # type: ignore[index]

    mistaken = bb("login", ada.url, "--email", ada.email, "--organisation", "No Lab")
    assert mistaken.exit_code == exit_codes.USAGE
    assert "Shared Lab" in mistaken.err

    login = terminal("login", ada.url, "--email", ada.email)
    login.expect("Which one")
    number = next(line for line in login.plain.splitlines() if line.endswith(other)).split()[0]
    login.type(f"{number}\n")
    assert login.finish() == exit_codes.DONE
    assert other in login.plain.splitlines()[-2]


def test_signing_in_again_revokes_the_former_token(
    ada: Somebody, bb: Bb, monkeypatch: pytest.MonkeyPatch, config_home: Path
) -> None:
    monkeypatch.setenv("BENCHBOOK_PASSWORD", PASSWORD)
    path = config_home / "benchbook" / "credentials.json"
    bb("login", ada.url, "--email", ada.email)
    former = json.loads(path.read_text())["token"]
    # The address is known from before.
    assert bb("login", "--email", ada.email).exit_code == exit_codes.DONE
    assert json.loads(path.read_text())["token"] != former
    with Client(ada.url, token=former) as client, pytest.raises(NotSignedIn):
        client.me()
    assert bb("status").exit_code == exit_codes.NOTHING_RUNNING


def test_a_token_may_be_read_from_standard_input(ada: Somebody, bb: Bb) -> None:
    login = subprocess.run(
        [*BB, "login", ada.url, "--token", "-"],
        input=f"{ada.token}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Signed in to" in login.stdout
    assert ada.token not in login.stdout + login.stderr
    assert bb("status").exit_code == exit_codes.NOTHING_RUNNING
    # It is the person's own token: signing out here does not revoke it.
    assert "still valid" in bb("logout").out
    with ada.client() as client:
        assert client.me().data.person.id == ada.person.id


def test_a_token_that_is_not_accepted_is_not_stored(
    ada: Somebody, bb: Bb, config_home: Path
) -> None:
    login = bb("login", ada.url, "--token", "made-up")
    assert login.exit_code == exit_codes.NOT_SIGNED_IN
    assert "does not accept this token" in login.err
    assert not config_home.exists()


def test_logout_revokes_the_token_and_removes_it(
    ada: Somebody, bb: Bb, monkeypatch: pytest.MonkeyPatch, config_home: Path
) -> None:
    monkeypatch.setenv("BENCHBOOK_PASSWORD", PASSWORD)
    path = config_home / "benchbook" / "credentials.json"
    bb("login", ada.url, "--email", ada.email)
    token = json.loads(path.read_text())["token"]
    assert bb("logout").out == "Signed out; this computer's token is revoked.\n"
    assert not path.exists()
    with Client(ada.url, token=token) as client, pytest.raises(NotSignedIn):
        client.me()
    assert bb("status").exit_code == exit_codes.NOT_SIGNED_IN


def test_logout_keeps_the_token_if_it_could_not_be_revoked(
    ada: Somebody, bb: Bb, monkeypatch: pytest.MonkeyPatch, config_home: Path
) -> None:
    monkeypatch.setenv("BENCHBOOK_PASSWORD", PASSWORD)
    path = config_home / "benchbook" / "credentials.json"
    bb("login", ada.url, "--email", ada.email)
    path.write_text(path.read_text().replace(ada.url, "http://127.0.0.1:9"))
    assert bb("logout").exit_code == exit_codes.NOT_REACHABLE
    assert path.exists()
    forgotten = bb("logout", "--forget")
    assert forgotten.exit_code == exit_codes.DONE
    assert "still valid" in forgotten.out
    assert not path.exists()


def test_a_server_that_wants_https_says_so_over_http(
    bb: Bb, monkeypatch: pytest.MonkeyPatch, config_home: Path
) -> None:
    with run_server(BENCHBOOK_PUBLIC_URL="https://lab.example.org") as server:
        server.run(
            *("create-owner", "--organisation", "L", "--name", "O", "--email", "o@example.org"),
            BENCHBOOK_PASSWORD=PASSWORD,
        )
        monkeypatch.setenv("BENCHBOOK_PASSWORD", PASSWORD)
        login = bb("login", server.url, "--email", "o@example.org")
    assert login.exit_code == exit_codes.NOT_SIGNED_IN
    assert "sign in at its https:// address" in login.err
    assert not config_home.exists()


def test_a_token_that_was_revoked_is_said_to_be(
    as_ada: Somebody, bb: Bb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHBOOK_TOKEN", f"{as_ada.token[:-6]}AAAA==")
    status = bb("status", "--json")
    assert status.exit_code == exit_codes.NOT_SIGNED_IN
    assert "Sign in again with: bb login URL" in status.err
    assert status.document["status"] == 401


# The timer


def test_a_session_is_started_shown_and_stopped(as_ada: Somebody, bb: Bb) -> None:
    assert bb("status") == Run(exit_codes.NOTHING_RUNNING, "Nothing is running.\n", "")
    started = bb("start", "Plate", "3", "--tag", "pcr", "--tag", "urgent", "--billable")
    assert started.exit_code == exit_codes.DONE
    assert started.out.startswith("Started “Plate 3” #pcr #urgent at ")
    status = bb("status")
    assert status.exit_code == exit_codes.DONE
    assert status.out.startswith("Running: “Plate 3” #pcr #urgent, since ")
    assert status.out.endswith(" so far.\n")
    stopped = bb("stop")
    assert stopped.out.startswith("Stopped “Plate 3”, ")
    assert bb("stop") == Run(exit_codes.DONE, "Nothing was running.\n", "")
    [session] = all_sessions(as_ada)
    assert session.tags == ("pcr", "urgent")
    assert session.billable


def test_a_start_says_what_it_ended(as_ada: Somebody, bb: Bb) -> None:
    bb("start", "one")
    switched = bb("start", "two").out.splitlines()
    assert switched[0].startswith("Stopped “one”, ")
    assert switched[1].startswith("Started “two” at ")


def test_json_is_what_the_api_answered(as_ada: Somebody, bb: Bb) -> None:
    assert bb("status", "--json") == Run(exit_codes.NOTHING_RUNNING, '{"running":null}\n', "")
    assert bb("--json", "status") == bb("status", "--json")
    started = bb("start", "Gel", "--json").document
    assert set(started) == {"running", "stopped"}
    assert bb("status", "--json").document["running"]["name"] == "Gel"  # type: ignore[index]
    stopped = bb("stop", "--json").document["stopped"]
    identifier = stopped["id"]  # type: ignore[index]
    assert bb("edit", identifier, "--name", "Gel 2", "--json").document["name"] == "Gel 2"
    assert bb("delete", identifier, "--json").out == "null\n"
    assert bb("restore", identifier, "--json").document["id"] == identifier
    assert bb("stop", "--json").document == {"stopped": None}


def test_a_refusal_is_a_sentence_a_code_and_in_json_the_problem(as_ada: Somebody, bb: Bb) -> None:
    future = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    refused = bb("start", "Gel", "--at", future, "--json")
    assert refused.exit_code == exit_codes.REFUSED
    assert refused.document["status"] == 400
    assert refused.err.startswith("bb: ")
    assert "(started_at)" in refused.err
    assert refused.err.count("\n") == 1
    assert bb("status").exit_code == exit_codes.NOTHING_RUNNING


def test_times_are_those_of_the_persons_account(
    served_lab: ServedLab, bb: Bb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    somebody = served_lab.new_person(time_zone="Asia/Kathmandu")
    monkeypatch.setenv("BENCHBOOK_URL", somebody.url)
    monkeypatch.setenv("BENCHBOOK_TOKEN", somebody.token)
    kathmandu = ZoneInfo("Asia/Kathmandu")
    added = bb("add", "Gel", "--from", "yesterday 09:30", "--to", "11:00")
    assert added.out.startswith("Saved “Gel”, yesterday 09:30–11:00, 1:30:00 [")
    [session] = all_sessions(somebody)
    assert session.started_at == days_ago(1, 9, 30, kathmandu)
    assert session.ended_at == days_ago(1, 11, 0, kathmandu)
    assert "T09:30:00+05:45\t" in bb("sessions").out


def test_a_forgotten_timer_is_stopped_at_the_time_it_should_have_been(
    as_ada: Somebody, bb: Bb
) -> None:
    bb("start", "Gel", "--at", "2 days ago 14:00")
    stopped = bb("stop", "--at", "18:00")
    assert ", 4:00:00 [" in stopped.out
    [session] = all_sessions(as_ada)
    assert session.ended_at == days_ago(2, 18)


def test_the_running_session_is_edited(as_ada: Somebody, bb: Bb) -> None:
    assert bb("edit", "--name", "x") == Run(
        exit_codes.NOTHING_RUNNING, "", "bb: Nothing is running.\n"
    )
    bb("start", "Plate", "--tag", "pcr")
    edited = bb("edit", "--name", "Plate 3", "--from", "yesterday 09:00", "--no-tags")
    assert edited.out.startswith("Running: “Plate 3”, since yesterday 09:00, ")
    with as_ada.client() as client:
        running = client.timer().data.running
    assert running is not None
    assert running.started_at == days_ago(1, 9)
    assert running.tags == ()


def test_the_latest_session_is_continued(as_ada: Somebody, bb: Bb) -> None:
    refused = bb("continue")
    assert refused.exit_code == exit_codes.REFUSED
    assert "no saved sessions yet" in refused.err
    older = saved(as_ada, "older", days_ago(3, 9))
    saved(as_ada, "newer", days_ago(2, 9))
    assert bb("continue").out.startswith("Started “newer” at ")
    assert "Started “older” at " in bb("continue", older.id[-8:]).out


def test_discarding_asks_first(as_ada: Somebody, bb: Bb, terminal: Terminal) -> None:
    assert bb("discard", "--yes").exit_code == exit_codes.NOTHING_RUNNING
    bb("start", "Mistake")
    unasked = subprocess.run(
        [*BB, "discard"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert unasked.returncode == exit_codes.USAGE
    assert "--yes" in unasked.stderr

    declined = terminal("discard")
    declined.expect("Throw away “Mistake”")
    declined.type("n\n")
    assert declined.finish() == exit_codes.INTERRUPTED
    assert bb("status").exit_code == exit_codes.DONE

    agreed = terminal("discard")
    agreed.expect("Throw away “Mistake”")
    agreed.type("y\n")
    assert agreed.finish() == exit_codes.DONE
    assert bb("status").exit_code == exit_codes.NOTHING_RUNNING
    assert all_sessions(as_ada) == []


# Saved sessions


def test_a_list_into_a_pipe_is_one_line_a_session(as_ada: Somebody, bb: Bb) -> None:
    first = saved(as_ada, "tab\there", days_ago(2, 9), 5400)
    second = saved(as_ada, "Füße", days_ago(1, 9), 60)
    listed = [line.split("\t") for line in bb("sessions").out.splitlines()]
    assert [fields[0] for fields in listed] == [second.id, first.id]
    assert [fields[3] for fields in listed] == ["60", "5400"]
    assert [fields[4] for fields in listed] == ["Füße", "tab here"]
    assert {len(fields) for fields in listed} == {6}
    start = datetime.fromisoformat(listed[1][1])
    assert start == first.started_at
    assert start.utcoffset() == first.started_at.astimezone(BERLIN).utcoffset()


def test_a_list_on_a_terminal_has_days_and_totals_of_all_that_matches(
    as_ada: Somebody, terminal: Terminal
) -> None:
    for number in range(3):
        saved(as_ada, f"Plate {number}", days_ago(1, 9 + number), 3600)
    saved(as_ada, "Gel\x1b[31m", days_ago(2, 9), 90)
    shown = terminal("sessions", "--limit", "2", columns=100)
    assert shown.finish() == exit_codes.DONE
    lines = shown.plain.splitlines()
    # The day's total counts all three, though two are shown.
    assert lines[0].endswith("3:00:00")
    assert [line.split()[-1] for line in lines[1:3]] == ["2", "1"]
    assert lines[-1] == (
        "The newest 2 of 4 sessions, 3:01:30 in all. See more with --limit or --all."
    )
    assert "\x1b[1m" in shown.shown

    everything = terminal("sessions", "--all", columns=100)
    assert everything.finish() == exit_codes.DONE
    assert everything.plain.splitlines()[-1] == "4 sessions, 3:01:30 in all."
    assert "\x1b[31m" not in everything.shown


def test_no_color_is_honoured(
    as_ada: Somebody, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(as_ada, "Gel", days_ago(1, 9))
    monkeypatch.setenv("NO_COLOR", "1")
    shown = terminal("sessions")
    assert shown.finish() == exit_codes.DONE
    assert "Gel" in shown.shown
    assert "\x1b" not in shown.shown


def test_an_empty_list_says_how_to_begin(as_ada: Somebody, bb: Bb, terminal: Terminal) -> None:
    assert bb("sessions") == Run(exit_codes.DONE, "", "")
    assert bb("sessions", "--json").document == {"items": [], "next_cursor": None}
    shown = terminal("sessions")
    assert shown.finish() == exit_codes.DONE
    assert shown.plain == "No sessions found. Start one with: bb start NAME\n"


def test_who_sees_everybody_still_lists_their_own(
    served_lab: ServedLab, ada: Somebody, bb: Bb, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(ada, "Somebody else's", days_ago(1, 9))
    manager = served_lab.new_person(role="manager")
    mine = saved(manager, "Mine", days_ago(5, 9))
    monkeypatch.setenv("BENCHBOOK_URL", manager.url)
    monkeypatch.setenv("BENCHBOOK_TOKEN", manager.token)
    assert [line.split("\t")[0] for line in bb("sessions").out.splitlines()] == [mine.id]
    assert bb("continue").out.startswith("Started “Mine” at ")


def test_ranges_of_days_include_their_last_day(as_ada: Somebody, bb: Bb) -> None:
    for day in ("2026-05-10", "2026-05-11", "2026-05-12"):
        start = datetime.fromisoformat(f"{day}T23:30").replace(tzinfo=BERLIN)
        saved(as_ada, day, start)
    saved(as_ada, "2025", datetime(2025, 5, 12, 12, tzinfo=UTC))

    def names(*arguments: str) -> list[str]:
        listed = bb("sessions", *arguments)
        assert listed.exit_code == exit_codes.DONE, listed.err
        return [line.split("\t")[4] for line in listed.out.splitlines()]

    assert names("--from", "2026-05-10", "--to", "2026-05-11") == ["2026-05-11", "2026-05-10"]
    assert names("--from", "2026-05-11 23:31") == ["2026-05-12"]
    assert names("--from", "2026-05-01", "--to", "2026-05-11 23:30") == ["2026-05-10"]
    assert names("--year", "2025") == ["2025"]
    assert names("--year", "2026", "--month", "5", "-q", "-12") == ["2026-05-12"]
    assert names("--to", "2025-12-31") == ["2025"]
    unread = bb("sessions", "--from", "soon")
    assert unread.exit_code == exit_codes.USAGE
    assert "Days are written like" in unread.err


def test_a_month_alone_is_of_this_year(as_ada: Somebody, bb: Bb) -> None:
    now = datetime.now(BERLIN)
    session = saved(as_ada, "now", now.astimezone(UTC) - timedelta(seconds=5), 1)
    start = session.started_at.astimezone(BERLIN)
    assert session.id in bb("sessions", "--month", str(start.month)).out
    other = start.month % 12 + 1
    assert bb("sessions", "--month", str(other)).out == ""


def test_all_pages_come_as_one_document(
    as_ada: Somebody, bb: Bb, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = [saved(as_ada, f"s{n}", days_ago(9 - n, 9)) for n in range(5)]
    monkeypatch.setattr("benchbook_client.client.LARGEST_PAGE", 2)
    everything = bb("sessions", "--all", "--json").document
    assert [item["id"] for item in everything["items"]] == [  # type: ignore[attr-defined]
        session.id for session in reversed(sessions)
    ]
    assert everything["next_cursor"] is None
    some = bb("sessions", "--limit", "3", "--json").document
    assert len(some["items"]) == 3  # type: ignore[arg-type]
    assert some["next_cursor"] is not None


def test_head_may_stop_reading(as_ada: Somebody) -> None:
    for number in range(3):
        saved(as_ada, f"s{number} " + "x" * 400, days_ago(1, number))
    read_end, write_end = os.pipe()
    process = subprocess.Popen([*BB, "sessions"], stdout=write_end, stderr=subprocess.PIPE)
    os.close(write_end)
    os.close(read_end)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == exit_codes.OUTPUT_CLOSED
    assert errors == b""


def test_a_saved_session_is_edited_by_the_end_of_its_id(as_ada: Somebody, bb: Bb) -> None:
    session = saved(as_ada, "Gel", days_ago(3, 22), 3600)
    edited = bb("edit", session.id[-6:], "--from", "21:30", "--to", "01:00", "--tag", "pcr")
    assert edited.exit_code == exit_codes.DONE, edited.err
    assert edited.out.startswith("Changed to “Gel”, ")
    [changed] = all_sessions(as_ada)
    assert changed.started_at == days_ago(3, 21, 30)
    assert changed.ended_at == days_ago(2, 1)
    assert changed.tags == ("pcr",)
    bb("edit", session.id, "--duration", "1h30", "--name", "Gel 2", "--billable")
    [changed] = all_sessions(as_ada)
    assert (changed.duration_seconds, changed.name, changed.billable) == (5400, "Gel 2", True)
    assert changed.tags == ("pcr",)


def test_a_deleted_session_is_taken_back(as_ada: Somebody, bb: Bb) -> None:
    empty = bb("restore")
    assert empty.exit_code == exit_codes.REFUSED
    assert "bin is empty" in empty.err
    newer = saved(as_ada, "newer", days_ago(1, 9))
    older = saved(as_ada, "older", days_ago(2, 9))
    bb("delete", newer.id)
    deleted = bb("delete", older.id[-8:])
    assert deleted.out.startswith("Deleted “older”, ")
    assert deleted.out.endswith(f"bb restore {older.id[-8:]}\n")
    assert all_sessions(as_ada) == []
    in_the_bin = {line.split("\t")[0] for line in bb("sessions", "--deleted").out.splitlines()}
    assert in_the_bin == {newer.id, older.id}
    # The last one deleted, though the other one started later.
    assert bb("restore").out.startswith("Restored “older”, ")
    assert bb("restore", newer.id[-8:]).exit_code == exit_codes.DONE
    assert {session.id for session in all_sessions(as_ada)} == {newer.id, older.id}


@pytest.mark.parametrize(
    ("reference", "exit_code", "message"),
    [
        ("ffffffff", exit_codes.REFUSED, "No id among your latest 2,000 sessions ends with"),
        ("0196c0de-0000-7000-8000-000000000001", exit_codes.REFUSED, ""),
        ("abc", exit_codes.USAGE, "four or more letters"),
        ("../people", exit_codes.USAGE, "is not an id"),
    ],
)
def test_an_id_that_is_not_there_is_refused(
    reference: str, exit_code: int, message: str, as_ada: Somebody, bb: Bb
) -> None:
    deleted = bb("delete", reference)
    assert deleted.exit_code == exit_code
    assert deleted.out == ""
    assert message in deleted.err


def test_adding_reads_durations_as_people_type_them(as_ada: Somebody, bb: Bb) -> None:
    for text, seconds in (("90m", 5400), ("1h30", 5400), ("1:30", 5400), ("1,5", 5400)):
        added = bb("add", "Gel", "--from", "yesterday 09:00", "--duration", text, "--json")
        assert added.document["duration_seconds"] == seconds
    wrong = bb("add", "Gel", "--from", "yesterday 09:00", "--duration", "long")
    assert wrong.exit_code == exit_codes.REFUSED
    backwards = bb("add", "Gel", "--from", "yesterday 09:00", "--to", "yesterday 08:00")
    assert backwards.exit_code == exit_codes.REFUSED
    assert "ends after it starts" in backwards.err


def test_bb_runs_from_the_installed_script(as_ada: Somebody) -> None:
    script = Path(sys.executable).with_name("bb")
    if not script.exists():
        pytest.skip("the package is not installed here")
    finished = subprocess.run(
        [str(script), "status", "--json"], capture_output=True, text=True, check=False
    )
    assert finished.returncode == exit_codes.NOTHING_RUNNING
    assert json.loads(finished.stdout) == {"running": None}
