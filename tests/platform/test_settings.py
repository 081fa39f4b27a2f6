"""Settings: read from the environment or from files, and refused with a sentence to act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbook.platform.settings import (
    Settings,
    SettingsError,
    is_loopback,
    read_settings,
    unknown_variables,
)


def test_nothing_set_is_a_server_for_this_machine():
    settings = read_settings({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url is None
    assert not settings.is_https
    assert settings.serves_metrics


def test_values_are_read_from_the_environment():
    settings = read_settings(
        {
            "BENCHBOOK_PORT": "9000",
            "BENCHBOOK_DATABASE_URL": "postgresql://app:secret@db/benchbook",
            "BENCHBOOK_PUBLIC_URL": "https://hours.example.org/",
            "BENCHBOOK_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "BENCHBOOK_LOG_LEVEL": "WARNING",
            "BENCHBOOK_HOST": "",
        }
    )
    assert settings.port == 9000
    assert settings.public_url == "https://hours.example.org"
    assert settings.is_https
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert settings.log_level == "warning"
    assert settings.host == "127.0.0.1", "empty is as good as not set"


def test_options_of_the_command_win():
    settings = read_settings({"BENCHBOOK_PORT": "9000"}, port=9001, host=None)
    assert (settings.port, settings.host) == (9001, "127.0.0.1")


def test_every_setting_can_come_from_a_file(tmp_path: Path):
    secret = tmp_path / "url"
    secret.write_text("postgresql://app:secret@db/benchbook\n")
    settings = read_settings({"BENCHBOOK_DATABASE_URL_FILE": str(secret)})
    assert settings.database_url == "postgresql://app:secret@db/benchbook"


def test_value_and_file_together_are_refused(tmp_path: Path):
    file = tmp_path / "port"
    file.write_text("9000")
    with pytest.raises(SettingsError, match="both set"):
        read_settings({"BENCHBOOK_PORT": "1", "BENCHBOOK_PORT_FILE": str(file)})


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="BENCHBOOK_PORT_FILE"):
        read_settings({"BENCHBOOK_PORT_FILE": str(file)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "8000.5"),
        ("POOL_SIZE", "0"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("METRICS", "maybe"),
        ("PUBLIC_URL", "hours.example.org"),
        ("PUBLIC_URL", "ftp://hours.example.org"),
        ("PUBLIC_URL", "https://hours.example.org/benchbook"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("MODULES", "games"),
        ("MODULES", ","),
        ("MAX_BODY_BYTES", "1"),
        ("MAX_IMPORT_BYTES", "0"),
        ("LOGIN_ATTEMPTS", "many"),
    ],
)
def test_value_that_cannot_be_is_named_with_what_it_takes(name: str, value: str):
    with pytest.raises(SettingsError) as refusal:
        read_settings({f"BENCHBOOK_{name}": value})
    assert str(refusal.value).startswith(f"BENCHBOOK_{name} ")
    assert "it takes" in str(refusal.value)
    assert refusal.value.exit_code == 78


def test_address_of_the_database_is_never_repeated():
    for value in ("mysql://app:hunter2@db/benchbook", "app:hunter2@db", "hunter2"):
        with pytest.raises(SettingsError) as refusal:
            read_settings({"BENCHBOOK_DATABASE_URL": value})
        assert "hunter2" not in str(refusal.value)
    settings = read_settings({"BENCHBOOK_DATABASE_URL": "postgresql://app:hunter2@db/x"})
    assert "hunter2" not in repr(settings)


def test_owners_address_alone_is_refused():
    with pytest.raises(SettingsError, match="without BENCHBOOK_DATABASE_URL"):
        read_settings({"BENCHBOOK_DATABASE_OWNER_URL": "postgresql://owner@db/x"})


def test_unknown_setting_is_told_with_what_was_probably_meant():
    environment = {
        "BENCHBOOK_PROT": "1",
        "BENCHBOOK_PORT_FILE": "x",
        "PATH": "",
        "BENCHBOOK_QQQ": "",
    }
    sentences = unknown_variables(environment)
    assert len(sentences) == 2
    assert "did you mean BENCHBOOK_PORT?" in sentences[0]
    assert "did you mean" not in sentences[1]


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.2", False), ("example.org", False)],
)  # fmt: skip
def test_metrics_stay_on_this_machine_unless_asked_for(host: str, loopback: bool):
    assert is_loopback(host) is loopback
    assert Settings(host=host).serves_metrics is loopback
    assert Settings(host=host, metrics="on").serves_metrics
    assert not Settings(host=host, metrics="off").serves_metrics


MAIL = {
    "BENCHBOOK_SMTP_HOST": "mail.example.org",
    "BENCHBOOK_SMTP_SENDER": "Benchbook <benchbook@example.org>",
    "BENCHBOOK_PUBLIC_URL": "https://hours.example.org",
}


def test_email_takes_a_server_a_sender_and_a_public_address(tmp_path: Path):
    password = tmp_path / "password"
    password.write_text("pass phrase\n")
    settings = read_settings(
        MAIL | {"BENCHBOOK_SMTP_USER": "benchbook", "BENCHBOOK_SMTP_PASSWORD_FILE": str(password)}
    )
    assert settings.sends_email
    assert settings.smtp_security == "starttls"
    assert settings.smtp_password == "pass phrase"
    assert "pass phrase" not in repr(settings)
    assert not read_settings({}).sends_email


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SMTP_SENDER": ""}, "BENCHBOOK_SMTP_SENDER"),
        ({"PUBLIC_URL": ""}, "BENCHBOOK_PUBLIC_URL"),
        ({"SMTP_HOST": ""}, "BENCHBOOK_SMTP_HOST"),
        ({"SMTP_HOST": "mail.example.org:587"}, "BENCHBOOK_SMTP_HOST"),
        ({"SMTP_HOST": "smtp://mail.example.org"}, "BENCHBOOK_SMTP_HOST"),
        ({"SMTP_SENDER": "Benchbook"}, "BENCHBOOK_SMTP_SENDER"),
        ({"SMTP_SENDER": "a@example.org\nBcc: eve@example.org"}, "BENCHBOOK_SMTP_SENDER"),
        ({"SMTP_SENDER": "a@example.org, b@example.org"}, "BENCHBOOK_SMTP_SENDER"),
        ({"SMTP_SECURITY": "ssl"}, "starttls, tls, none"),
        ({"SMTP_PORT": "0"}, "BENCHBOOK_SMTP_PORT"),
        ({"SMTP_USER": "benchbook"}, "BENCHBOOK_SMTP_PASSWORD"),
        (
            {"SMTP_USER": "u", "SMTP_PASSWORD": "secret", "SMTP_SECURITY": "none"},
            "sent in clear",
        ),
    ],
)
def test_settings_of_email_that_do_not_go_together_are_refused(changes: dict[str, str], named: str):
    changed = {f"BENCHBOOK_{name}": value for name, value in changes.items()}
    with pytest.raises(SettingsError, match=named) as refused:
        read_settings(MAIL | changed)
    assert "secret" not in str(refused.value)


def test_shifts_are_dropped_from_the_archive_only():
    archive, keep = "BENCHBOOK_ARCHIVE_SHIFTS_MONTHS", "BENCHBOOK_KEEP_SHIFTS_MONTHS"
    settings = read_settings({archive: "3", keep: "24"})
    assert (settings.archive_shifts_months, settings.keep_shifts_months) == (3, 24)
    for wrong in ({keep: "24"}, {archive: "25", keep: "24"}, {archive: "0"}, {keep: "11"}):
        with pytest.raises(SettingsError, match="SHIFTS_MONTHS"):
            read_settings(wrong)
