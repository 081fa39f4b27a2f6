"""bb report, projects, export, import and completion, against a real server."""

import csv
import gzip
import io
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from tests.client.conftest import (
    BB,
    Bb,
    ServedLab,
    Somebody,
    TerminalRun,
    all_sessions,
    days_ago,
    saved,
)

from benchbook_client import exit_codes

TOGGL = """\
User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags
Ada,ada@example.org,,,,Plate 1,No,2026-05-11,09:00:00,2026-05-11,10:30:00,01:30:00,pcr
Ada,ada@example.org,,,,Plate 2,No,2026-05-12,23:30:00,2026-05-13,00:30:00,01:00:00,
"""
BAD_LINE = "Ada,ada@example.org,,,,Plate 3,No,2026-05-12,25:30:00,2026-05-13,00:30:00,01:00:00,\n"


@pytest.fixture
def projects(served_lab: ServedLab) -> dict[str, str]:
    """Two projects and a client, whose names no other test uses, by what they are for."""
    unique = os.urandom(4).hex()
    names = {
        "amplicons": f"Amplicons {unique}",
        "methods": f"Methods {unique}",
        "client": f"Clinic {unique}",
    }
    with served_lab.owner.client() as client:
        made = client.request("POST", "/clients", dict, body={"name": names["client"]}).data
        client.request(
            "POST", "/projects", dict, body={"name": names["amplicons"], "client_id": made["id"]}
        )
        client.request("POST", "/projects", dict, body={"name": names["methods"]})
    return names


# Projects


def test_a_part_of_a_projects_name_is_enough(as_ada: Somebody, bb: Bb, projects: dict[str, str]):
    unique = projects["amplicons"].split()[1]
    started = bb("start", "Gel", "--project", f"amplicons {unique[:6]}", "--json")
    assert started.exit_code == exit_codes.DONE
    with as_ada.client() as client:
        running = client.timer().data.running
        assert running is not None
        names = {project.id: project.name for project in client.projects()}
    assert running.project_id is not None
    assert names[running.project_id] == projects["amplicons"]
    assert bb("edit", "--no-project").exit_code == exit_codes.DONE
    with as_ada.client() as client:
        running = client.timer().data.running
    assert running is not None
    assert running.project_id is None


def test_a_name_that_two_projects_could_have_is_asked_back(
    as_ada: Somebody, bb: Bb, projects: dict[str, str]
):
    unique = projects["amplicons"].split()[1]
    refused = bb("start", "Gel", "--project", unique)
    assert refused.exit_code == exit_codes.REFUSED
    assert f"“{projects['client']} / {projects['amplicons']}”" in refused.err
    assert f"“{projects['methods']}”" in refused.err
    with as_ada.client() as client:
        assert client.timer().data.running is None


def test_an_unknown_project_is_refused_and_nothing_saved(
    as_ada: Somebody, bb: Bb, projects: dict[str, str]
):
    refused = bb("add", "Gel", "--from", "09:30", "--duration", "1h", "--project", "no such one")
    assert refused.exit_code == exit_codes.REFUSED
    assert "No project is called “no such one”" in refused.err
    assert all_sessions(as_ada) == []


def test_projects_are_listed_with_their_clients(as_ada: Somebody, bb: Bb, projects: dict[str, str]):
    rows = [line.split("\t") for line in bb("projects").out.splitlines()]
    assert [projects["amplicons"], projects["client"]] in [row[1:] for row in rows]
    assert [projects["methods"], ""] in [row[1:] for row in rows]


def test_note_and_project_are_saved_changed_and_filtered(
    as_ada: Somebody, bb: Bb, projects: dict[str, str]
):
    added = bb(
        *("add", "Gel", "--from", "yesterday 09:30", "--duration", "1h"),
        *("--project", projects["methods"], "--note", "lane 3 smeared", "--json"),
    )
    assert added.document["note"] == "lane 3 smeared"
    saved(as_ada, "Other", days_ago(1, 14))
    listed = bb("sessions", "--project", projects["methods"])
    assert [line.split("\t")[4] for line in listed.out.splitlines()] == ["Gel"]
    changed = bb("edit", str(added.document["id"]), "--note", "", "--no-project", "--json")
    assert changed.document["note"] == ""
    assert changed.document["project_id"] is None


# Reports


def test_report_of_a_day_sums_by_tag_and_agrees_with_the_list(
    as_ada: Somebody, bb: Bb, terminal: Callable[..., TerminalRun]
):
    with as_ada.client() as client:
        client.create_session("Gel", started_at=days_ago(1, 9), duration=3600, tags=["pcr"])
        client.create_session("Plate", started_at=days_ago(1, 11), duration=1800, tags=["pcr"])
        client.create_session("Mail", started_at=days_ago(1, 13), duration=600)
    reported = bb("report", "day", "--date", "yesterday", "--by", "tag")
    rows = [line.split("\t") for line in reported.out.splitlines()]
    assert {row[2]: int(row[1]) for row in rows if row[2] == "pcr"} == {"pcr": 5400}
    assert sum(int(row[1]) for row in rows) == 6000
    document = bb("report", "day", "--date", "yesterday", "--json").document
    assert document["total_seconds"] == 6000
    shown = terminal("report", "day", "--date", "yesterday", "--by", "tag")
    assert shown.finish() == exit_codes.DONE
    assert "1:40:00" in shown.plain
    assert "pcr" in shown.plain
    assert "█" in shown.plain
    assert all(len(line) <= 80 for line in shown.plain.splitlines())


def test_a_report_without_hours_says_so_in_figures(
    as_ada: Somebody, bb: Bb, terminal: Callable[..., TerminalRun]
):
    shown = terminal("report", "year", "--date", "2001-01-01")
    assert shown.finish() == exit_codes.DONE
    assert shown.plain.strip() == "Mon 1 Jan 2001 – Mon 31 Dec 2001: 0:00:00"
    assert bb("report", "year", "--date", "2001-01-01").out == ""


def test_a_year_is_shown_by_months(as_ada: Somebody, terminal: Callable[..., TerminalRun]):
    saved(as_ada, "Gel", datetime(2025, 3, 3, 9, tzinfo=UTC))
    saved(as_ada, "Gel", datetime(2025, 11, 3, 9, tzinfo=UTC), seconds=7200)
    shown = terminal("report", "year", "--date", "2025-06-01")
    assert shown.finish() == exit_codes.DONE
    lines = [line.split() for line in shown.plain.splitlines()]
    assert ["Mar", "2025", "1:00:00"] in [line[:3] for line in lines]
    assert ["Nov", "2025", "2:00:00"] in [line[:3] for line in lines]


def test_a_member_cannot_report_on_everybody(as_ada: Somebody, served_lab: ServedLab, bb: Bb):
    other = served_lab.new_person()
    saved(other, "Secret", days_ago(1, 9))
    saved(as_ada, "Mine", days_ago(1, 9), seconds=60)
    document = bb("report", "day", "--date", "yesterday", "--everybody", "--json").document
    assert document["total_seconds"] == 60


# Export


def test_export_to_a_file_and_to_output_are_the_same(as_ada: Somebody, bb: Bb, tmp_path: Path):
    saved(as_ada, "=Gel", days_ago(2, 9))
    saved(as_ada, "Plate", days_ago(1, 9))
    file = tmp_path / "hours.csv"
    said = bb("export", str(file))
    assert said.exit_code == exit_codes.DONE
    assert str(file) in said.out
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert [row["name"] for row in rows] == ["Plate", "'=Gel"]
    piped = subprocess.run([*BB, "export"], capture_output=True, check=True)
    assert piped.stdout == file.read_bytes()
    assert list(tmp_path.glob(".hours*")) == []


def test_the_kind_of_file_is_what_its_name_says(as_ada: Somebody, bb: Bb, tmp_path: Path):
    saved(as_ada, "Gel", days_ago(1, 9))
    assert bb("export", str(tmp_path / "h.xlsx")).exit_code == exit_codes.DONE
    sheet = openpyxl.load_workbook(tmp_path / "h.xlsx").worksheets[0]
    assert sheet.cell(2, 2).value == "Gel"
    assert bb("export", str(tmp_path / "h.json")).exit_code == exit_codes.DONE
    assert json.loads((tmp_path / "h.json").read_text())["items"][0]["name"] == "Gel"
    assert bb("export", str(tmp_path / "h.pdf")).exit_code == exit_codes.DONE
    assert (tmp_path / "h.pdf").read_bytes().startswith(b"%PDF-")
    refused = bb("export", str(tmp_path / "h.txt"))
    assert refused.exit_code == exit_codes.USAGE
    assert "Give --format" in refused.err
    assert not (tmp_path / "h.txt").exists()


def test_a_file_that_is_there_is_kept_unless_forced(as_ada: Somebody, bb: Bb, tmp_path: Path):
    file = tmp_path / "hours.csv"
    file.write_text("precious")
    refused = bb("export", str(file))
    assert refused.exit_code == exit_codes.USAGE
    assert file.read_text() == "precious"
    assert bb("export", str(file), "--force").exit_code == exit_codes.DONE
    assert file.read_text() != "precious"


def test_a_new_file_may_be_read_by_whom_the_umask_lets(as_ada: Somebody, bb: Bb, tmp_path: Path):
    before = os.umask(0o027)
    try:
        bb("export", str(tmp_path / "hours.csv"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "hours.csv").stat().st_mode) == 0o640


def test_a_folder_that_is_not_there_is_named(as_ada: Somebody, bb: Bb, tmp_path: Path):
    failed = bb("export", str(tmp_path / "none" / "hours.csv"))
    assert failed.exit_code != exit_codes.DONE
    assert "No such file or directory" in failed.err


def test_filters_restrict_the_export(as_ada: Somebody, bb: Bb, tmp_path: Path):
    saved(as_ada, "Old", datetime(2025, 3, 3, 9, tzinfo=UTC))
    saved(as_ada, "New", days_ago(1, 9))
    exported = bb("export", str(tmp_path / "h.json"), "--year", "2025")
    assert exported.exit_code == exit_codes.DONE
    items = json.loads((tmp_path / "h.json").read_text())["items"]
    assert [item["name"] for item in items] == ["Old"]


# Import


def test_import_sees_whose_file_it_is_and_can_be_taken_back(
    as_ada: Somebody, bb: Bb, tmp_path: Path
):
    file = tmp_path / "toggl.csv"
    file.write_text(TOGGL)
    dry = bb("import", str(file), "--dry-run")
    assert dry.exit_code == exit_codes.DONE
    assert "Would add 2 sessions." in dry.out
    assert all_sessions(as_ada) == []
    done = bb("import", str(file))
    assert done.exit_code == exit_codes.DONE
    assert "Added 2 sessions." in done.out
    sessions = {session.name: session for session in all_sessions(as_ada)}
    assert sessions["Plate 1"].started_at == datetime(2026, 5, 11, 7, tzinfo=UTC)
    assert sessions["Plate 2"].ended_at == datetime(2026, 5, 12, 22, 30, tzinfo=UTC)
    again = bb("import", str(file))
    assert "Added 0 sessions. 2 were there already." in again.out
    command = done.out.splitlines()[1].split("bb ")[1].split()
    assert bb(*command).exit_code == exit_codes.DONE
    assert all_sessions(as_ada) == []


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_added(
    as_ada: Somebody, bb: Bb, tmp_path: Path
):
    file = tmp_path / "toggl.csv"
    file.write_text(TOGGL + BAD_LINE)
    done = bb("import", str(file))
    assert done.exit_code == exit_codes.REFUSED
    assert "Added 2 sessions." in done.out
    assert "1 line could not be read" in done.err
    assert "line 4:" in done.err
    assert len(all_sessions(as_ada)) == 2


def test_what_was_exported_comes_in_again_from_standard_input(
    as_ada: Somebody, served_lab: ServedLab
):
    saved(as_ada, "Gel", days_ago(2, 9))
    saved(as_ada, "Plate", days_ago(1, 9))
    exported = subprocess.run([*BB, "export"], capture_output=True, check=True).stdout
    other = served_lab.new_person()
    imported = subprocess.run(
        [*BB, "import", "-", "--json"],
        input=exported,
        capture_output=True,
        check=True,
        env={**os.environ, "BENCHBOOK_TOKEN": other.token},
    )
    assert json.loads(imported.stdout)["added"] == 2
    assert {(s.name, s.started_at, s.duration_seconds) for s in all_sessions(other)} == {
        (s.name, s.started_at, s.duration_seconds) for s in all_sessions(as_ada)
    }


def test_a_file_of_nobody_known_is_not_sent(as_ada: Somebody, bb: Bb, tmp_path: Path):
    file = tmp_path / "shopping.csv"
    file.write_text("what,how many\nmilk,2\n")
    refused = bb("import", str(file))
    assert refused.exit_code == exit_codes.USAGE
    assert "begins neither with the columns" in refused.err
    assert bb("import", str(tmp_path / "none.csv")).exit_code != exit_codes.DONE


def test_progress_of_a_large_file_is_shown_on_a_terminal(
    as_ada: Somebody, terminal: Callable[..., TerminalRun], tmp_path: Path
):
    start = datetime(2024, 1, 1, tzinfo=UTC)
    lines = [
        f"Ada,ada@example.org,,,,Run {n},No,{moment:%Y-%m-%d},{moment:%H:%M:%S},{moment:%Y-%m-%d},"
        f"{moment + timedelta(minutes=5):%H:%M:%S},00:05:00,\n"
        for n in range(3000)
        if (moment := start + timedelta(minutes=10 * n))
    ]
    file = tmp_path / "toggl.csv"
    file.write_text(TOGGL.splitlines(keepends=True)[0] + "".join(lines))
    run = terminal("import", str(file))
    assert run.finish(120) == exit_codes.DONE
    assert "Sending" in run.plain
    assert "100%" in run.plain
    assert "Added 3,000 sessions." in run.plain


# Sequences


def test_sequences_are_imported_into_a_collection_and_taken_back(
    as_ada: Somebody, bb: Bb, tmp_path: Path
):
    name, file = f"Reef {os.urandom(4).hex()}", tmp_path / "reads.fasta.gz"
    file.write_bytes(gzip.compress(b">a\nACGT\n>b\nTTGG\n>a2\nacgt\n>bad\nACNT\n"))
    with as_ada.client() as client:
        made = client.request("POST", "/collections", dict, body={"name": name}).data

        def held() -> int:
            [count] = [each.sequence_count for each in client.collections() if each.name == name]
            return count

        done = bb("import", str(file), "--collection", name.upper())
        assert done.exit_code == exit_codes.REFUSED
        assert "Added 2 sequences. 1 was there already." in done.out
        assert "1 record could not be added" in done.err
        assert "line 7 (bad): Letter 3 is “N”" in done.err
        assert held() == 2
        again = bb("import", str(file), "--collection", made["id"], "--json")
        assert json.loads(again.out)["duplicates"] == 3
        command = done.out.splitlines()[1].split("bb ")[1].split()
        assert bb(*command).exit_code == exit_codes.DONE
        assert held() == 0


def test_many_files_of_sequences_get_tags_and_a_collection(
    as_ada: Somebody, bb: Bb, tmp_path: Path
):
    name = f"Reef {os.urandom(4).hex()}"
    files = [tmp_path / name for name in ("a.fasta", "broken.fastq", "b.fasta.gz")]
    files[0].write_bytes(b">a\nACGT\n")
    files[1].write_bytes(b"@r\nACGT\n+\nIIII\n@s\nAC\n")
    files[2].write_bytes(gzip.compress(b">b\nTTGG\n>a2\nACGT\n"))
    arguments = [str(file) for file in files]
    options = ("--collection", name, "--tag", "reef", "--tag", "run 12", "--circular")
    with as_ada.client() as client:
        made = client.request("POST", "/collections", dict, body={"name": name}).data
        done = bb("import", *arguments, *options)
        assert done.exit_code == exit_codes.REFUSED
        said = [line for line in done.out.splitlines() if "Take it back" not in line]
        assert said == [
            *(f"{files[0]}:", "Added 1 sequence.", f"{files[1]}:"),
            *(f"{files[2]}:", "Added 1 sequence. 1 was there already."),
        ]
        assert "cut off within the record of line 5" in done.err
        listed = client.request(
            "GET", "/sequences", dict, parameters={"collection_id": made["id"]}
        ).data["items"]
    assert [(each["name"], each["tags"], each["circular"]) for each in listed] == [
        ("b", ["reef", "run 12"], True),
        ("a", ["reef", "run 12"], True),
    ]
    told = bb("import", str(files[0]), str(files[2]), "--collection", name, "--json").out
    assert [json.loads(line)["duplicates"] for line in told.splitlines()] == [1, 2]


def test_files_that_do_not_fit_the_options_are_seen_before_anything_is_sent(
    as_ada: Somebody, bb: Bb, tmp_path: Path
):
    fasta, sessions = tmp_path / "a.fasta", tmp_path / "toggl.csv"
    fasta.write_text(">a\nACGT\n")
    sessions.write_text(TOGGL)
    refused = bb("import", str(sessions), str(fasta), "--dry-run")
    assert refused.exit_code == exit_codes.USAGE
    assert "--dry-run is for sessions, and a.fasta holds sequences." in refused.err
    refused = bb("import", str(fasta), str(sessions), "--tag", "reef")
    assert refused.exit_code == exit_codes.USAGE
    assert "--tag is for sequences, and toggl.csv holds none." in refused.err
    assert bb("import", str(fasta), str(tmp_path / "none.fasta")).exit_code != exit_codes.DONE
    assert bb("import", "-", "-").exit_code == exit_codes.USAGE
    both = bb("import", str(sessions), str(fasta))
    assert both.exit_code == exit_codes.DONE
    assert "Added 2 sessions." in both.out


def test_all_records_that_were_rejected_are_written_as_csv(
    as_ada: Somebody, bb: Bb, tmp_path: Path
):
    file = tmp_path / "reads.fasta"
    file.write_bytes(b">bad\nN\n" * 1500)
    done = bb("import", str(file))
    assert done.exit_code == exit_codes.REFUSED
    assert "1,500 records could not be added" in done.err
    command = done.err.splitlines()[-1].split("bb ")[1].split()
    written = bb(*command)
    assert written.exit_code == exit_codes.DONE
    rows = list(csv.DictReader(io.StringIO(written.out.removeprefix("\ufeff"), newline="")))
    assert [row["line"] for row in rows] == [str(line) for line in range(1, 3001, 2)]
    assert bb(*command, "--json").exit_code == exit_codes.USAGE
    assert bb("import", "--rejected", "x y").exit_code == exit_codes.USAGE
    other = "0196c0de-5b1c-7d3a-9c41-1f0c9a2b77aa"
    assert bb("import", "--rejected", other).exit_code == exit_codes.REFUSED


def test_sequences_come_from_standard_input(as_ada: Somebody):
    bases = "".join("ACGT"[byte & 3] for byte in os.urandom(40))
    imported = subprocess.run(
        [*BB, "import", "-", "--json"],
        input=f"@r\n{bases}\n+\n{'I' * 40}\n".encode(),
        capture_output=True,
        check=True,
    )
    answer = json.loads(imported.stdout)
    assert (answer["status"], answer["added"], answer["format"]) == ("done", 1, "fastq")


def test_a_file_of_sequences_that_cannot_go_in_is_refused(as_ada: Somebody, bb: Bb, tmp_path: Path):
    file = tmp_path / "reads.fastq"
    file.write_bytes(b"@r\nACGT\n+\nIIII\n@s\nAC\n")
    cut = bb("import", str(file))
    assert cut.exit_code == exit_codes.REFUSED
    assert "cut off within the record of line 5" in cut.err
    file.write_bytes(b">a\nACGT\n")
    wrong = bb("import", str(file), "--collection", "no such one")
    assert wrong.exit_code == exit_codes.USAGE
    assert "There is no collection “no such one”. There are: " in wrong.err
    assert bb("import", str(file), "--dry-run").exit_code == exit_codes.USAGE
    file.write_text(TOGGL)
    assert bb("import", str(file), "--collection", "Default").exit_code == exit_codes.USAGE


def test_progress_of_sequences_is_shown_on_a_terminal(
    as_ada: Somebody, terminal: Callable[..., TerminalRun], tmp_path: Path
):
    file = tmp_path / "reads.fasta"
    start = int.from_bytes(os.urandom(4), "big")
    digits = (f"{start + number:b}".translate({48: "A", 49: "C"}) for number in range(3000))
    file.write_text("".join(f">s\n{bases}\n" for bases in digits))
    run = terminal("import", str(file))
    assert run.finish(120) == exit_codes.DONE
    assert "Sending" in run.plain
    assert "Importing" in run.plain
    assert "3,000 records" in run.plain
    assert "Added 3,000 sequences." in run.plain


# Completion


def completed(*words: str, shell: str = "zsh") -> list[str]:
    """What Tab offers after these words, as the shell would ask for it."""
    environment = {
        **os.environ,
        "_BB_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(["bb", *words]),
        "COMP_CWORD": str(len(words)),
    }
    asked = subprocess.run(
        [sys.executable, "-c", "from benchbook_client.main import bb; bb(prog_name='bb')"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert asked.stderr == ""
    return asked.stdout.splitlines()


def test_tab_offers_projects_tags_and_sessions(as_ada: Somebody, projects: dict[str, str]):
    with as_ada.client() as client:
        tag = f"tag{os.urandom(3).hex()}"
        session = client.create_session(
            "Gel", started_at=days_ago(1, 9), duration=3600, tags=[tag]
        ).data
    unique = projects["amplicons"].split()[1]
    assert projects["amplicons"] in completed("start", "--project", unique)
    escaped = projects["methods"].replace(" ", "\\ ")
    assert f"plain,{escaped}" in completed("start", "--project", unique, shell="bash")
    assert tag in completed("start", "--tag", tag[:5])
    ids = completed("edit", "")
    assert session.id[-8:] in ids
    assert "Gel, 1:00:00" in ids


def test_tab_is_silent_without_a_server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BENCHBOOK_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("BENCHBOOK_TOKEN", "nobody's")
    assert completed("start", "--tag", "p") == [""]
    assert "report" in completed("rep")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_every_shell_is_accepted_by_it(bb: Bb, shell: str):
    script = bb("completion", shell).out
    assert "_BB_COMPLETE" in script
    if executable := shutil.which(shell):
        checked = subprocess.run(
            [executable, "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


def test_the_shell_in_use_is_found(bb: Bb, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert "fish_complete" in bb("completion").out
    monkeypatch.setenv("SHELL", "/bin/ksh")
    assert bb("completion").exit_code == exit_codes.USAGE
