"""How subgraphs are reached, as settings say it."""

import asyncio
import contextlib
import ssl

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway_graphql.composition import compose
from gateway_graphql.config import load_config
from gateway_graphql.config.assembly.gateway import make_gateway
from gateway_graphql.config.assembly.subgraphs import read_subgraphs
from gateway_graphql.config.assembly.transports import transports_of
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import HTTPTransport, HTTPXTransport, SubgraphRequest
from tests.certificates import Authority
from tests.scripted_server import BODY, http, listening, port_of, read_request

QUERY = SubgraphRequest("a", OperationKind.QUERY, "{ a }")
SDL = http(b'{"data":{"_service":{"sdl":"type Query { a: Int }"}}}')


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gateway.yaml"


@pytest.fixture
def authority(tmp_path):
    return Authority.made(tmp_path / "authority.pem")


@contextlib.asynccontextmanager
async def reaching(path, text):
    path.write_text(text)
    transports = transports_of(load_config(path))
    try:
        yield transports["a"]
    finally:
        await transports["a"].aclose()


def complaint(path, text):
    path.write_text(text)
    with pytest.raises(ConfigInvalid) as raised:
        load_config(path)
    return str(raised.value)


def mutual(authority, tmp_path):
    """A server that answers the gateway alone: both show who they are."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.vouch(tmp_path / "localhost.pem", "localhost"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    authority.vouch(tmp_path / "gateway.pem", "gateway")
    return context


async def answer(reader, writer):
    while True:
        _, body = await read_request(reader)
        writer.write(SDL if b"_service" in body else http())


async def test_a_subgraph_that_wants_to_know_who_asks_is_shown_a_certificate(
    path, authority, tmp_path
):
    context = mutual(authority, tmp_path)
    async with listening(answer, host="localhost", ssl=context) as server:
        text = f"""
            subgraphs:
              a:
                url: https://localhost:{port_of(server)}/graphql
                tls: {{authorities_file: authority.pem, certificate_file: gateway.pem}}
        """
        async with reaching(path, text) as transport:
            reply = await transport.send(QUERY)
        (subgraph,) = await asyncio.to_thread(read_subgraphs, load_config(path))

    assert BODY == reply.body
    assert "type Query { a: Int }" == subgraph.sdl


async def test_the_gateway_reaches_subgraphs_as_settings_say(path, tmp_path):
    (tmp_path / "a.graphql").write_text("type Query { a: Int }")
    async with listening(answer, path=tmp_path / "a.sock"):
        path.write_text(
            "supergraph: supergraph.graphql\nsubgraphs: {a: {schema: a.graphql,"
            f" url: 'unix://{tmp_path}/a.sock:/graphql', max_connections: 1}}}}"
        )
        config = load_config(path)
        source = compose(list(read_subgraphs(config))).supergraph
        async with make_gateway(config, source) as gateway:
            results = await asyncio.gather(
                *(gateway.execute("{ a }") for _ in range(9))
            )

    assert [{"a": 1}] * 9 == [result.data for result in results]


async def test_a_proxy_is_asked_in_the_subgraphs_place(path):
    lines = []

    async def proxy(reader, writer):
        while True:
            head, body = await read_request(reader)
            lines.append(head.partition(b"\r\n")[0])
            writer.write(SDL if b"_service" in body else http())

    async with listening(proxy) as server:
        text = (
            "subgraphs: {a: {url: 'http://reviews.invalid/graphql',"
            f" proxy: 'http://127.0.0.1:{port_of(server)}'}}}}"
        )
        async with reaching(path, text) as transport:
            reply = await transport.send(QUERY)
        await asyncio.to_thread(read_subgraphs, load_config(path))

    assert BODY == reply.body
    assert [b"POST http://reviews.invalid/graphql HTTP/1.1"] * 2 == lines


@pytest.mark.parametrize(
    ("members", "client"),
    [
        ("", HTTPTransport),
        ("max_connections: 5, tls: {}", HTTPTransport),
        ("proxy: 'http://proxy:3128'", HTTPXTransport),
    ],
)
async def test_httpx_asks_only_where_it_must(path, members, client):
    text = f"subgraphs: {{a: {{url: 'https://a', {members}}}}}"
    async with reaching(path, text) as transport:
        assert client is type(transport)


def test_files_for_tls_that_cannot_be_used_are_told(path, authority, tmp_path):
    (tmp_path / "nothing.pem").write_text("nothing")
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "locked.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    authority.vouch(tmp_path / "gateway.pem", "gateway")
    told = [
        complaint(path, f"subgraphs:\n  a:\n    url: https://a\n    tls: {{{members}}}")
        for members in (
            "authorities_file: missing.pem",
            "authorities_file: nothing.pem",
            "certificate_file: authority.pem",
            "certificate_file: gateway.pem, key_file: locked.pem",
            "key_file: gateway.pem",
        )
    ]

    useless = "cannot be used: a file holds no certificate, or not its key, or the key"
    missing = f"{tmp_path}/missing.pem: No such file or directory"
    assert [
        f"{path}:4: subgraphs.a.tls.authorities_file: cannot be read: {missing}",
        *[f"{path}:4: subgraphs.a.tls: {useless} has a password"] * 3,
        f"{path}:4: subgraphs.a.tls: should have certificate_file where it has key_file",
    ] == told


@pytest.mark.parametrize("proxy", ["proxy:3128", "socks5://proxy", "''"])
def test_a_proxy_that_cannot_be_asked_is_told(path, proxy):
    told = complaint(path, f"subgraphs: {{a: {{url: 'http://a', proxy: {proxy}}}}}")

    assert "subgraphs.a.proxy: " in told
