"""A gateway process whose subgraph fails: what stderr tells, and what the client."""

import datetime as dt
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SUPERGRAPH = Path(__file__).resolve().parents[1] / "data" / "shop.graphql"
SECRETS = ("hunter2", "token=abc", "s3cret-header")


def self_signed(directory):
    """A certificate that nobody trusts, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "elsewhere.test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = directory / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def listening():
    """Start a server that does one thing with every connection; gives its port."""
    listeners = []

    def start(serve):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with suppress(OSError), connection:
                    serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for listener in listeners:
        listener.close()


def status_500(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 500 No\r\ncontent-length: 4\r\n\r\nhost")


def with_tls(path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def serve(connection):
        context.wrap_socket(connection, server_side=True).recv(65536)

    return serve


@pytest.fixture
def place_of(listening, tmp_path):
    """A kind of failure -> scheme, host and port of a subgraph that fails so."""

    def find(kind):
        match kind:
            case "refused":
                return "http", "127.0.0.1:1"
            case "unknown name":
                return "http", "nowhere.invalid"
            case "status":
                return "http", f"127.0.0.1:{listening(status_500)}"
            case "certificate":
                port = listening(with_tls(self_signed(tmp_path)))
                return "https", f"localhost:{port}"
            case _:
                return "https", f"127.0.0.1:{listening(status_500)}"

    return find


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("refused", "the connection was refused"),
        ("unknown name", "the host's name was not found"),
        ("certificate", "TLS failed: certificate refused, self-signed certificate"),
        ("plain HTTP for TLS", "TLS failed: "),
        ("status", "HTTP status: 500"),
    ],
)
def test_stderr_has_the_cause_under_the_id_that_the_client_gets(
    start, gateway_command, free_ports, place_of, kind, cause
):
    (port,) = free_ports(1)
    scheme, place = place_of(kind)
    gateway = start(
        *gateway_command,
        *("serve", "--supergraph", str(SUPERGRAPH), "--port", str(port)),
        env={
            "GATEWAY_SUBGRAPHS__BOOKS__URL": (
                f"{scheme}://user:hunter2@{place}/graphql?token=abc"
            )
        },
    )
    gateway.wait_for(f"http://127.0.0.1:{port}/health/ready")

    answer = httpx.post(
        f"http://127.0.0.1:{port}/graphql",
        json={
            "query": "query Shelf { a: book(id: 1) { title } b: book(id: 2) { id } }"
        },
        headers={"authorization": "Bearer s3cret-header"},
        trust_env=False,
        timeout=30,
    ).json()

    (error_id,) = {error["extensions"]["errorId"] for error in answer["errors"]}
    record = f"Error {error_id} of subgraph 'books' in operation 'Shelf': {cause}"
    assert 1 == gateway.output.count(record)
    assert 1 == gateway.output.count(error_id)
    assert not any(it in gateway.output or it in str(answer) for it in SECRETS)
    assert place not in str(answer)
