"""Where bb keeps its token, and whose token goes to which server."""

import os
import stat
from pathlib import Path

import pytest

from benchbook_client import credentials
from benchbook_client.credentials import (
    Credentials,
    CredentialsFileError,
    NotSignedInHereError,
    StoredSignIn,
    file_path,
    find_credentials,
    forget,
    read_stored,
    store,
)

LAB = StoredSignIn(url="https://lab.example.org", token="stored", token_id="1", email="a@b.org")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_is_readable_by_its_owner_only(config_home: Path) -> None:
    before = os.umask(0)
    try:
        path = store(LAB)
    finally:
        os.umask(before)
    assert path == config_home / "benchbook" / "credentials.json"
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700
    assert read_stored() == LAB


def test_storing_again_replaces_the_file_and_leaves_nothing_beside_it() -> None:
    store(LAB)
    path = store(StoredSignIn(url="http://localhost:8000", token="new"))
    assert read_stored() == StoredSignIn(url="http://localhost:8000", token="new")
    assert [entry.name for entry in path.parent.iterdir()] == ["credentials.json"]


def test_a_failed_write_keeps_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    path = store(LAB)

    def disk_is_full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(credentials.os, "fsync", disk_is_full)
    with pytest.raises(CredentialsFileError, match="No space left on device"):
        store(StoredSignIn(url="http://localhost:8000", token="new"))
    assert read_stored() == LAB
    assert [entry.name for entry in path.parent.iterdir()] == ["credentials.json"]


def test_a_file_that_others_could_read_is_closed_to_them() -> None:
    path = store(LAB)
    path.chmod(0o644)
    assert read_stored() == LAB
    assert mode_of(path) == 0o600


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"url": 1, "token": "x"}', '{"url": "ftp://x", "token": "x"}', "[]", "\x00"],
)
def test_a_damaged_file_says_what_to_do(content: str) -> None:
    path = store(LAB)
    path.write_text(content)
    with pytest.raises(CredentialsFileError, match=r"is damaged.*bb login"):
        read_stored()


def test_forgetting_says_whether_there_was_anything_to_forget() -> None:
    store(LAB)
    assert forget() is True
    assert not file_path().exists()
    assert forget() is False


def test_without_file_and_environment_one_is_asked_to_sign_in() -> None:
    with pytest.raises(NotSignedInHereError, match="bb login URL"):
        find_credentials()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    store(LAB)
    monkeypatch.setenv("BENCHBOOK_URL", "localhost:8000")
    monkeypatch.setenv("BENCHBOOK_TOKEN", "from-environment")
    assert find_credentials() == Credentials("http://localhost:8000", "from-environment")


def test_a_stored_token_is_never_sent_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    store(LAB)
    monkeypatch.setenv("BENCHBOOK_URL", "https://elsewhere.example.org")
    with pytest.raises(NotSignedInHereError, match="another server"):
        find_credentials()
    monkeypatch.setenv("BENCHBOOK_URL", "https://lab.example.org/")
    assert find_credentials() == Credentials("https://lab.example.org", "stored")


def test_a_token_alone_in_the_environment_goes_to_the_stored_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENCHBOOK_TOKEN", "from-environment")
    with pytest.raises(NotSignedInHereError, match="set BENCHBOOK_URL too"):
        find_credentials()
    store(LAB)
    assert find_credentials() == Credentials("https://lab.example.org", "from-environment")


def test_a_url_alone_in_the_environment_asks_for_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENCHBOOK_URL", "https://lab.example.org")
    with pytest.raises(NotSignedInHereError, match="set BENCHBOOK_TOKEN too"):
        find_credentials()
