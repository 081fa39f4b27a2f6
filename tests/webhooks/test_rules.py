"""Signatures as the standard has them, when to try again, and where nothing is sent to."""

from __future__ import annotations

import base64
import ipaddress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from benchbook.webhooks.errors import AddressNotAllowed
from benchbook.webhooks.rules import (
    MOST_ATTEMPTS,
    RETRIES,
    checked_url,
    literal_address,
    may_connect,
    new_secret,
    seal,
    signatures,
    unseal,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LAN = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("127.0.0.0/8"))


def test_signature_is_that_of_the_standards_own_example():
    assert (
        signatures(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_each_secret_signs():
    one, two = new_secret(), new_secret()
    both = signatures([one, two], "id", 1, b"{}")
    assert both == f"{signatures([one], 'id', 1, b'{}')} {signatures([two], 'id', 1, b'{}')}"


def test_secret_is_long_and_never_the_same():
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(len(base64.b64decode(each.removeprefix("whsec_"))) == 32 for each in made)


def test_sealed_secret_opens_for_its_webhook_alone():
    key, webhook_id, secret = b"k" * 32, uuid4(), new_secret()
    sealed = seal(secret, key, webhook_id)
    assert secret.encode() not in sealed
    assert unseal(sealed, key, webhook_id) == secret
    with pytest.raises(InvalidTag):
        unseal(sealed, key, uuid4())


def test_attempts_become_rarer_and_end_after_about_a_day():
    instant, delays = NOW, []
    for attempts in range(1, MOST_ATTEMPTS):
        again = RETRIES.next_attempt(attempts, instant, chance=0.5)
        assert again is not None
        delays.append((again - instant).total_seconds())
        instant = again
    assert delays == [5, 20, 80, 320, 1280, 5120, 20480, 28800, 28800]
    assert timedelta(hours=22) < instant - NOW < timedelta(hours=25)
    assert RETRIES.next_attempt(MOST_ATTEMPTS, instant, chance=0.5) is None


@pytest.mark.parametrize(("chance", "seconds"), [(0, 4), (0.5, 5), (1, 6)])
def test_attempts_are_spread(chance: float, seconds: float):
    assert RETRIES.next_attempt(1, NOW, chance) == NOW + timedelta(seconds=seconds)


def test_receiver_that_says_later_is_believed_within_reason():
    def again(retry_after: timedelta) -> datetime | None:
        return RETRIES.next_attempt(1, NOW, 0.5, retry_after)

    assert again(timedelta(minutes=10)) == NOW + timedelta(minutes=10)
    assert again(timedelta(seconds=1)) == NOW + timedelta(seconds=5)
    assert again(timedelta(days=9)) == NOW + timedelta(hours=8)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00::1",
        "ff02::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2001:0:7f00:1::",
    ],
)
def test_address_that_is_not_public_is_refused(address: str):
    assert may_connect(ipaddress.ip_address(address), "https", ()) is False


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_address_takes_https_alone(address: str):
    assert may_connect(ipaddress.ip_address(address), "https", ()) is True
    assert may_connect(ipaddress.ip_address(address), "http", LAN) is False


def test_what_the_operator_allows_is_reached_with_either_scheme():
    for scheme in ("http", "https"):
        assert may_connect(ipaddress.ip_address("10.1.2.3"), scheme, LAN) is True
        assert may_connect(ipaddress.ip_address("::ffff:10.1.2.3"), scheme, LAN) is True
        assert may_connect(ipaddress.ip_address("10.2.2.3"), scheme, LAN) is False


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("localhost", "127.0.0.1"),
        ("LOCALHOST.", "127.0.0.1"),
        ("box.localhost", "127.0.0.1"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_address_in_disguise_is_seen_through(host: str, address: str):
    assert literal_address(host) == ipaddress.ip_address(address)
    url = f"https://[{host}]/" if ":" in host else f"https://{host}/"
    with pytest.raises(AddressNotAllowed):
        checked_url(url, ())


@pytest.mark.parametrize("host", ["example.org", "1.example.org", "127.0.0.1.example.org", "cafe"])
def test_name_is_no_address(host: str):
    assert literal_address(host) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://example.org/",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://example.org/#fragment",
        "https://example.org:99999/",
        "https://[::1/",
        "https://[::ffff:127.0.0.1]/",
        "https://example.org/a b",
        "https://example.org\\@127.0.0.1/",
        "https://exämple.org/",
        "https://example.org/\r\nHost: other",
        "https://" + "a" * 70 + ".org/",
        "https://..org/",
    ],
)
def test_url_that_cannot_be_sent_to_is_refused(url: str):
    with pytest.raises(AddressNotAllowed) as refused:
        checked_url(url, ())
    assert [error.pointer for error in refused.value.errors] == ["/url"]


def test_good_urls_are_kept_as_they_are():
    for url in (
        "https://example.org",
        "https://hooks.example.org:8443/a/b?c=d%20e",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/x",
        "https://xn--exmple-cua.org/",
    ):
        assert checked_url(f" {url} ", ()) == url
    assert checked_url("http://10.1.0.9:8000/x", LAN) == "http://10.1.0.9:8000/x"
    with pytest.raises(AddressNotAllowed):
        checked_url("http://10.2.0.9:8000/x", LAN)
