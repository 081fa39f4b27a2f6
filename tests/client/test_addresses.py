"""The address of a server, as people type it."""

import pytest

from benchbook_client.addresses import is_sent_in_the_clear, origin_of, server_url


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://lab.example.org", "https://lab.example.org"),
        ("https://lab.example.org/", "https://lab.example.org"),
        ("https://lab.example.org:443/", "https://lab.example.org"),
        ("HTTPS://Lab.Example.ORG/benchbook/api/v1/", "https://lab.example.org/benchbook"),
        ("lab.example.org", "https://lab.example.org"),
        ("lab.example.org:8443", "https://lab.example.org:8443"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("  http://10.0.0.4:8000 ", "http://10.0.0.4:8000"),
    ],
)
def test_an_address_is_completed_as_meant(typed: str, url: str) -> None:
    assert server_url(typed) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "ftp://lab.example.org",
        "https://ada:secret@lab.example.org",
        "https://lab.example.org/?a=1",
        "https://lab.example.org:port",
        "https://[::1",
    ],
)
def test_what_is_not_an_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        server_url(typed)


def test_a_password_in_an_address_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ValueError, match="without a user") as caught:
        server_url("https://ada:secret@lab.example.org")
    assert "secret" not in str(caught.value)


def test_origin_is_what_a_browser_would_send() -> None:
    assert origin_of("https://lab.example.org:8443/benchbook") == "https://lab.example.org:8443"


def test_only_this_computer_may_be_spoken_to_in_the_clear() -> None:
    assert is_sent_in_the_clear("http://lab.example.org")
    assert not is_sent_in_the_clear("https://lab.example.org")
    assert not is_sent_in_the_clear("http://localhost:8000")
    assert not is_sent_in_the_clear("http://[::1]:8000")
