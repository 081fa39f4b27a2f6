"""The documentation says what is: links, settings, commands, paths, codes, events and numbers."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import prometheus_client
import pytest

import benchbook.app
import benchbook.serving  # for the errors that it adds
from benchbook.accounts.rules import SCOPES
from benchbook.main import commands as benchbook_commands
from benchbook.platform import health, metrics
from benchbook.platform.embedded_postgres import EmbeddedPostgresError
from benchbook.platform.migrations import MigrationError
from benchbook.platform.problems import Problem
from benchbook.platform.settings import (
    COMMAND_VARIABLES,
    PARSERS,
    PREFIX,
    Settings,
    SettingsError,
    default_data_directory,
)
from benchbook.timetracking.rules import read_duration
from benchbook_client.main import bb

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {"node_modules", "dist", "build"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _documents() -> list[Path]:
    found = []
    for path in ROOT.rglob("*.md"):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in NOT_OURS for part in parts):
            found.append(path)
    return sorted(found)


DOCUMENTS = _documents()
every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def read(path: str | Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


# Reading Markdown ---------------------------------------------------------------------------------


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The fenced blocks as (language, content)."""
    for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL):
        yield match[2], match[3]


def prose(text: str) -> str:
    """The text without fenced blocks."""
    return re.sub(r"^( *)```\w*\n.*?^\1```", "", text, flags=re.MULTILINE | re.DOTALL)


def spans(text: str) -> list[str]:
    """The inline code."""
    return [span.replace("\\|", "|") for span in re.findall(r"`([^`\n]+)`", prose(text))]


def slugs(text: str) -> set[str]:
    """What headings are linked by, as code hosts make it."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", prose(text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = 0
        while (unique := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(unique)
    return found


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of every table row under a heading, without the tables' own headings."""
    section = re.split(r"^#+ ", text, flags=re.MULTILINE)
    [content] = [part for part in section if part.startswith(f"{heading}\n")]
    found = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in content.splitlines()
        if line.startswith("|")
    ]
    return [
        row
        for row, following in zip(found, [*found[1:], [""]], strict=True)
        if set("".join(row)) != {"-"} and set("".join(following)) != {"-"}
    ]


def code(cell: str) -> str:
    """What stands in backticks first in a cell."""
    match = re.search(r"`([^`]+)`", cell)
    assert match, cell
    return match[1]


def shell_commands(text: str) -> Iterator[list[str]]:
    """The words of every shell command, in blocks and in inline code."""
    lines: list[tuple[str, bool]] = [(span, False) for span in spans(text)]
    for language, content in blocks(text):
        content = re.sub(r"\\\n\s*", " ", content)
        if language in ("sh", "bash"):
            lines += [(line, True) for line in content.splitlines()]
        elif language == "console":
            lines += [(line[2:], True) for line in content.splitlines() if line.startswith("$ ")]
        elif language == "ini":
            lines += [
                (line, True) for line in re.findall(r"^ExecStart=(.*)$", content, re.MULTILINE)
            ]
    for line, is_shell in lines:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            # A quotation over several lines has no command of ours after it.
            assert not (is_shell and re.match(r"(benchbook|bb|make) ", line)), line
            continue
        command: list[str] = []
        for word in [*words, ";"]:
            if word and set(word) <= set("();<>|&"):
                if command := _without_wrappers(command):
                    yield command
                command = []
            else:
                command.append(word)


def _without_wrappers(words: list[str]) -> list[str]:
    """The command itself, without assignments before it, sudo and exec."""
    while words:
        if re.match(r"\w+=", words[0]) or words[0] in ("sudo", "exec", "export"):
            words = words[1:]
        elif words[0] == "-u":
            words = words[2:]
        else:
            break
    return words


# Links --------------------------------------------------------------------------------------------


@every_document
def test_relative_links_lead_somewhere(document: Path):
    broken = []
    text = re.sub(r"`[^`\n]+`", "", prose(document.read_text(encoding="utf-8")))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / unquote(path)).resolve() if path else document
        if not linked.exists() or (
            anchor and anchor not in slugs(linked.read_text(encoding="utf-8"))
        ):
            broken.append(target)
    assert broken == []


def test_every_document_is_linked_from_another_one():
    linked = {
        (document.parent / target.partition("#")[0]).resolve()
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:|#", target)
    }
    lonely = [
        str(path.relative_to(ROOT))
        for path in DOCUMENTS
        if path.is_relative_to(ROOT / "docs") and path not in linked
    ]
    assert lonely == []


# Settings -----------------------------------------------------------------------------------------


def documented_settings() -> dict[str, tuple[str, str]]:
    """Variable → (default, what it takes), as the table says."""
    return {
        code(variable): (default, takes)
        for variable, default, takes in rows(
            read("docs/operations/settings.md"), heading="Of the server"
        )
    }


def test_settings_table_names_the_settings_of_the_code():
    assert list(documented_settings()) == [
        PREFIX + setting.name.upper() for setting in fields(Settings)
    ]


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_settings_table_tells_the_default_and_what_is_taken(
    setting: Any, monkeypatch: pytest.MonkeyPatch
):
    default, takes = documented_settings()[PREFIX + setting.name.upper()]
    if setting.name == "data_dir":
        monkeypatch.setattr("os.geteuid", lambda: 0)
        assert f"`{default_data_directory()}` for root" in default
        monkeypatch.setattr("os.geteuid", lambda: 1000)
        monkeypatch.setenv("HOME", "/home/ada")
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
        home = str(default_data_directory()).replace("/home/ada", "~")
        assert f"`{home}` for anybody else" in default
    elif setting.name == "database_owner_url":
        assert default == "the same as `BENCHBOOK_DATABASE_URL`"
    elif setting.default in (None, ()):
        assert default == "none"
    elif isinstance(setting.default, tuple):
        assert default == f"`{','.join(setting.default)}`"
    else:
        assert default == f"`{setting.default}`"
    try:
        PARSERS[setting.name]("X", "not this!")
    except SettingsError as error:
        match = re.search(r"it takes ((?:a whole number|one of|some of) .*)\.$", str(error))
        if match:
            assert match[1].lower() in takes.lower()


def test_variables_of_commands_are_in_their_table():
    named = {
        name
        for row in rows(read("docs/operations/settings.md"), heading="Of single commands")
        for name in re.findall(r"`BENCHBOOK_(\w+)`", row[0])
    }
    assert named == COMMAND_VARIABLES


def test_every_variable_that_is_named_is_read_somewhere():
    known = {PREFIX + name.upper() for name in (s.name for s in fields(Settings))}
    known |= {PREFIX + name for name in COMMAND_VARIABLES}
    known |= {f"{name}_FILE" for name in known}
    others = "".join(
        path.read_text(encoding="utf-8")
        for pattern in ("scripts/*.py", "web/*.ts", "web/e2e/*.py", "src/**/*.py", "tests/*.py")
        for path in ROOT.glob(pattern)
        if path != Path(__file__)
    )
    unknown = {
        (document.name, name)
        for document in DOCUMENTS
        for name in re.findall(r"\bBENCHBOOK_[A-Z_]*[A-Z]\b", document.read_text(encoding="utf-8"))
        if name not in known and name not in others
    }
    assert unknown == set()


# Commands -----------------------------------------------------------------------------------------


def wrong_words(program: click.Command, words: list[str]) -> list[str]:
    """The commands and options among ``words`` that the program does not have."""
    command = program
    wrong = []
    for word in words:
        if word.startswith("-") and word != "-":
            options = {"-h", "--help"}
            for parameter in command.params:
                options |= {*parameter.opts, *parameter.secondary_opts}
            if word.partition("=")[0] not in options:
                wrong.append(word)
        elif isinstance(command, click.Group):
            if word.isupper() or word == "…":
                return wrong  # stands for any command
            if word not in command.commands:
                return [*wrong, word]
            command = command.commands[word]
    return wrong


def test_commands_exist_with_their_options():
    programs = {"benchbook": benchbook_commands, "bb": bb}
    seen, wrong = 0, []
    for document in DOCUMENTS:
        for name, *words in shell_commands(document.read_text(encoding="utf-8")):
            program = programs.get(name.rpartition("/")[2])
            if program is None:
                continue
            seen += 1
            if unknown := wrong_words(program, words):
                wrong.append((document.name, name, *words, "→", *unknown))
    assert wrong == []
    assert seen > 20


def test_every_command_of_operators_is_named():
    text = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    for name in set(benchbook_commands.commands) - {"openapi"}:
        assert f"benchbook {name}" in text


def test_make_targets_and_npm_scripts_exist():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    scripts = set(json.loads(read("web/package.json"))["scripts"])
    wrong, seen = [], 0
    for document in DOCUMENTS:
        for words in shell_commands(document.read_text(encoding="utf-8")):
            if words[0] == "make":
                named = [word for word in words[1:] if "=" not in word and word != "…"]
                seen += len(named)
                wrong += [(document.name, "make", word) for word in named if word not in targets]
            elif words[:2] == ["npm", "run"] and words[2] not in scripts:
                wrong.append((document.name, "npm run", words[2]))
    assert wrong == []
    assert seen > 10


# The API ------------------------------------------------------------------------------------------


def operations() -> dict[str, set[str]]:
    """Path, with {} for each parameter → methods."""
    found: dict[str, set[str]] = {}
    for path, item in json.loads(read("api/openapi.json"))["paths"].items():
        found[re.sub(r"\{[^}]*\}", "{}", path)] = {method.upper() for method in item}
    for handler in (health.live, health.ready, health.read_metrics, benchbook.app.read_contract):
        for path in handler.paths:
            found[path] = {"GET"}
    return found


def normal(path: str) -> str:
    """A path with {} for what stands for an id: {session_id}, $SESSION_ID."""
    path = re.split(r"[?#]", path)[0]
    return re.sub(r"(?<=/)(\{[^}]*\}|\$\{?\w+\}?)(?=/|$)", "{}", path)


@every_document
def test_paths_of_the_api_exist(document: Path):
    text = document.read_text(encoding="utf-8")
    known = operations()
    wrong = []
    for method, path in re.findall(rf"\b({'|'.join(METHODS)}) (/[\w/{{}}$.-]+)", text):
        path = normal(path)
        full = path if path in known else f"{benchbook.app.API}{path}"
        if method not in known.get(full, ()):
            wrong.append((method, path))
    for path in re.findall(r"/api/v1/[\w/{}$-]+(?:\.json)?", text):
        path = normal(path)
        if path.endswith("/"):  # a prefix of several
            if not any(each.startswith(path) for each in known):
                wrong.append(("", path))
        elif path not in known:
            wrong.append(("", path))
    for words in shell_commands(text):
        if words[0] != "curl":
            continue
        method = words[words.index("--request") + 1] if "--request" in words else "GET"
        for word in words:
            if match := re.search(r"/api/v1/.*", word):
                path = normal(match[0])
                if method not in known.get(path, ()):
                    wrong.append((method, path))
    assert wrong == []


def test_api_guide_names_paths_of_every_kind_of_thing():
    guide = read("docs/guides/api.md")
    for path in operations():
        if path.startswith("/api/v1/"):
            kind = path.split("/")[3]
            if kind not in ("setup", "logout", "invitations", "people", "audit-events"):
                assert f"/api/v1/{kind}" in guide, path


def _kinds_of(problem: type[Problem]) -> Iterator[type[Problem]]:
    for kind in problem.__subclasses__():
        if kind.__module__.startswith("benchbook."):
            yield kind
        yield from _kinds_of(kind)


def test_error_codes_of_the_guide_are_those_of_the_code():
    documented = {
        code(name): int(status)
        for name, status, _ in rows(read("docs/guides/api.md"), heading="Errors")
    }
    assert documented == {kind.code: kind.status for kind in _kinds_of(Problem)}


def test_scopes_of_the_guide_are_those_of_the_code():
    documented = {
        scope
        for row in rows(read("docs/guides/api.md"), heading="Scopes")
        for scope in re.findall(r"`(\w+:\w+)`", row[0])
    }
    assert documented == SCOPES


def test_durations_of_the_guide_are_read_as_it_says():
    meanings = {
        "90 minutes": 5400,
        "one and a half hours": 5400,
        "1 hour 30 minutes": 5400,
        "1 hour 30 minutes 15 seconds": 5415,
        "45 seconds": 45,
    }
    table = rows(read("docs/guides/hours.md"), heading="Times and durations")
    assert {meaning for _, meaning in table} == set(meanings)
    for typed, meaning in table:
        for text in re.findall(r"`([^`]+)`", typed):
            assert read_duration(text) == meanings[meaning], text


# Operations ---------------------------------------------------------------------------------------


def _with_subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _with_subclasses(each)


def test_exit_codes_of_the_table_are_those_of_the_code():
    documented = {
        int(number)
        for number, *_ in rows(
            read("docs/operations/troubleshooting.md"), heading="It does not start"
        )
    }
    in_code = {
        kind.exit_code  # type: ignore[attr-defined]
        for root in (EmbeddedPostgresError, SettingsError, MigrationError)
        for kind in _with_subclasses(root)
    }
    in_command = {int(number) for number in re.findall(r"sys\.exit\((\d+)\)", read_main())}
    in_command |= {
        int(number) for number in re.findall(r'CommandFailed\(".*", (\d+)\)', read_main())
    }
    in_command -= {141}  # whoever read the output went away: told by the pipe itself
    assert documented == in_code | in_command | {click.UsageError.exit_code}


def read_main() -> str:
    return read("src/benchbook/main.py")


def test_metrics_of_the_table_are_those_of_the_code():
    documented = {
        code(name): set(re.findall(r"`(\w+)`", labels))
        for name, labels, _ in rows(read("docs/operations/monitoring.md"), heading="Metrics")
    }
    names = {
        family.name
        for family in prometheus_client.REGISTRY.collect()
        if family.name.startswith("benchbook_")
    }
    assert set(documented) == names
    assert documented["benchbook_request_seconds"] == set(metrics.REQUEST_SECONDS._labelnames)


def test_log_events_of_the_table_are_those_of_the_code():
    in_code = {
        (event, level)
        for path in (ROOT / "src/benchbook").rglob("*.py")
        for level, event in re.findall(
            r'(?:get_logger\(\)|self\._log)\.(\w+)\(\s*"([a-z_]+)"', path.read_text()
        )
    }
    documented = {
        (code(event), level)
        for event, level, *rest in rows(read("docs/operations/monitoring.md"), heading="Logs")
        if level in ("debug", "info", "warning", "error")
    }
    assert documented == in_code


# The house ----------------------------------------------------------------------------------------


def decisions() -> list[Path]:
    return sorted((ROOT / "docs/decisions").glob("*.md"))


def test_decisions_have_a_number_each():
    numbers = [int(path.name[:4]) for path in decisions()]
    assert numbers == sorted(set(numbers))


def test_decisions_are_listed_in_the_architecture():
    listed = re.findall(
        r"^(\d+)\. \[[^\]]+\]\(docs/decisions/(\S+)\)$", read("ARCHITECTURE.md"), re.MULTILINE
    )
    assert [(int(number), name) for number, name in listed] == [
        (int(path.name[:4]), path.name) for path in decisions()
    ]


def test_architecture_names_every_file_of_the_platform():
    section = read("ARCHITECTURE.md").split("The platform, by file:")[1].split("\n## ")[0]
    named = {
        name.removesuffix("/")
        for line in section.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([\w./]+)`", line.split("|")[1])
    }
    present = {
        path.name
        for path in (ROOT / "src/benchbook/platform").iterdir()
        if not path.name.startswith("__") and path.name != "py.typed"
    }
    assert named == present


def test_architecture_draws_the_layers_that_are_checked():
    project = tomllib.loads(read("pyproject.toml"))
    [layers] = [
        contract["layers"]
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    ]
    assert f"\n{' → '.join(layers)}\n" in read("ARCHITECTURE.md")


def test_version_in_the_documents_is_that_of_the_project():
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert f"## [{version}]" in read("CHANGELOG.md")
    named = {
        found
        for document in DOCUMENTS
        for found in re.findall(r"benchbook-(\d[\w.]*)-py3", document.read_text(encoding="utf-8"))
    }
    assert named == {version}
