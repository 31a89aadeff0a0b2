"""A subgraph that is asked over TLS must be vouched for by an authority."""

import contextlib
import ssl
from datetime import timedelta

import pytest

from gateway_graphql.errors import FailureKind, SubgraphUnreachable
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import HTTPTransport, HTTPXTransport, SubgraphRequest
from gateway_graphql.transport.http1.tls import private_context
from tests.certificates import Authority
from tests.scripted_server import BODY, http, listening, port_of, read_request

QUERY = SubgraphRequest("books", OperationKind.QUERY, "{ a }")


@pytest.fixture(params=[HTTPTransport, HTTPXTransport])
def client(request):
    return request.param


@pytest.fixture
def authority(tmp_path):
    return Authority.made(tmp_path / "authority.pem")


class Subgraph:
    """A server with a certificate, which counts the requests that it reads."""

    def __init__(self, certificate, *, clients=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        if clients is not None:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(clients.file)
        self.asked = 0
        self.connections = 0

    async def __call__(self, reader, writer):
        self.connections += 1
        while True:
            await read_request(reader)
            self.asked += 1
            writer.write(http())

    @contextlib.asynccontextmanager
    async def asked_by(self, client, host="localhost", tls=None):
        async with listening(self, host="localhost", ssl=self.context) as server:
            url = f"https://{host}:{port_of(server)}/graphql"
            async with client(url, tls=tls) as transport:
                yield transport


@pytest.fixture
def localhost(authority, tmp_path):
    return Subgraph(authority.vouch(tmp_path / "localhost.pem", "localhost"))


async def cause_of_failure(subgraph, client, **options):
    async with subgraph.asked_by(client, **options) as transport:
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(QUERY)
    assert 0 == subgraph.asked
    return raised.value.cause


async def test_a_certificate_of_a_known_authority_is_believed_and_the_connection_kept(
    client, authority, localhost
):
    tls = private_context(authorities=authority.file)
    async with localhost.asked_by(client, tls=tls) as transport:
        bodies = [(await transport.send(QUERY)).body for _ in range(3)]

    assert [BODY] * 3 == bodies
    assert 1 == localhost.connections


async def test_a_certificate_that_no_known_authority_signed_is_refused(
    client, localhost
):
    cause = await cause_of_failure(localhost, client)

    assert FailureKind.TLS == cause.kind
    assert "unable to get local issuer certificate" in cause.detail


async def test_a_certificate_for_another_host_is_refused(client, authority, tmp_path):
    subgraph = Subgraph(authority.vouch(tmp_path / "other.pem", "books.example"))
    tls = private_context(authorities=authority.file)

    cause = await cause_of_failure(subgraph, client, tls=tls)

    assert FailureKind.TLS == cause.kind
    assert "certificate refused" in cause.detail


async def test_a_certificate_for_a_name_does_not_do_for_an_address(
    client, authority, localhost
):
    tls = private_context(authorities=authority.file)

    cause = await cause_of_failure(localhost, client, tls=tls, host="127.0.0.1")

    assert FailureKind.TLS == cause.kind


async def test_a_certificate_for_an_address_does(client, authority, tmp_path):
    subgraph = Subgraph(authority.vouch(tmp_path / "address.pem", "127.0.0.1"))
    tls = private_context(authorities=authority.file)
    async with subgraph.asked_by(client, "127.0.0.1", tls) as transport:
        reply = await transport.send(QUERY)

    assert BODY == reply.body


async def test_a_certificate_that_has_ended_is_refused(client, authority, tmp_path):
    ended = authority.vouch(tmp_path / "old.pem", "localhost", age=timedelta(days=9))
    tls = private_context(authorities=authority.file)

    cause = await cause_of_failure(Subgraph(ended), client, tls=tls)

    assert "certificate has expired" in cause.detail


async def test_the_gateway_shows_who_it_is_where_it_has_a_certificate(
    client, authority, tmp_path
):
    subgraph = Subgraph(
        authority.vouch(tmp_path / "localhost.pem", "localhost"), clients=authority
    )
    tls = private_context(
        authorities=authority.file,
        certificate=authority.vouch(tmp_path / "gateway.pem", "gateway"),
    )
    async with subgraph.asked_by(client, tls=tls) as transport:
        reply = await transport.send(QUERY)

    assert BODY == reply.body


async def test_a_gateway_that_shows_nothing_is_refused_where_one_must(
    client, authority, tmp_path
):
    subgraph = Subgraph(
        authority.vouch(tmp_path / "localhost.pem", "localhost"), clients=authority
    )
    tls = private_context(authorities=authority.file)

    await cause_of_failure(subgraph, client, tls=tls)


async def test_a_subgraph_that_speaks_no_tls_fails_as_such(client):
    async def handler(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with (
        listening(handler) as server,
        client(f"https://localhost:{port_of(server)}/") as transport,
    ):
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(QUERY)

    assert FailureKind.TLS == raised.value.cause.kind


async def test_a_subgraph_that_closes_in_the_handshake_is_unreachable(client):
    async def handler(reader, _):
        await reader.read(1)

    async with (
        listening(handler) as server,
        client(f"https://localhost:{port_of(server)}/") as transport,
    ):
        for _ in range(2):
            with pytest.raises(SubgraphUnreachable):
                await transport.send(QUERY)
