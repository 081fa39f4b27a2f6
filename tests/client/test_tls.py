"""Whom the client trusts: nobody unknown, a lab's own authority once it is told of it."""

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchbook_client import Client, NotReachable


class Timer(BaseHTTPRequestHandler):
    """Answers everything with a timer that does not run."""

    def do_GET(self) -> None:
        body = b'{"running":null}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Says nothing."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this computer that no authority has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "lab.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """The port of a server that speaks TLS with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HTTPServer(("127.0.0.1", 0), Timer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield server.server_port
    server.shutdown()
    serving.join()
    server.server_close()


def test_a_certificate_that_nobody_signed_is_not_trusted(port: int) -> None:
    with (
        Client(f"https://127.0.0.1:{port}", token="t") as client,
        pytest.raises(NotReachable, match="its certificate is not trusted"),
    ):
        client.timer()


def test_an_authority_of_ones_own_is_trusted_when_named(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Client(f"https://127.0.0.1:{port}", token="t") as client:
        assert client.timer().data.running is None


def test_https_to_a_server_that_speaks_http_is_explained() -> None:
    server = HTTPServer(("127.0.0.1", 0), Timer)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        with (
            Client(f"https://127.0.0.1:{server.server_port}", token="t") as client,
            pytest.raises(NotReachable, match="does not answer over HTTPS"),
        ):
            client.timer()
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
