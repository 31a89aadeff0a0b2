"""A subgraph that is asked over TLS must be vouched for by an authority."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway_graphql.errors import SubgraphUnreachable
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport.base import SubgraphRequest
from gateway_graphql.transport.http import HTTPTransport


def vouched_for_by_itself(path):
    """A file with a key and a certificate for `localhost` that nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    day = timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def test_a_certificate_that_no_authority_signed_is_refused(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(vouched_for_by_itself(tmp_path / "both.pem"))
    heard = []

    async def answer(reader, writer):
        heard.append(await reader.read(1))
        writer.close()

    async with await asyncio.start_server(
        answer, "localhost", 0, ssl=context
    ) as server:
        port = server.sockets[0].getsockname()[1]
        transport = HTTPTransport(f"https://localhost:{port}/graphql")
        with pytest.raises(SubgraphUnreachable):
            await transport.send(SubgraphRequest("books", OperationKind.QUERY, "{ a }"))
        await transport.aclose()

    assert [] == heard
