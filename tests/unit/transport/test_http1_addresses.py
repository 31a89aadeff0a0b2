"""Where a URL leads, and what the subgraph is told of it."""

import asyncio
import contextlib
import socket

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_graphql.errors import FailureKind, SubgraphFailed, SubgraphUnreachable
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import HTTPTransport, HTTPXTransport, SubgraphRequest
from gateway_graphql.transport.http1.address import Address, address_of
from gateway_graphql.transport.http1.dialing import first_connected
from gateway_graphql.transport.sdl import fetch_sdl
from tests.scripted_server import BODY, http, listening, port_of, read_request

QUERY = SubgraphRequest("s", OperationKind.QUERY, "{ a }")
A_SOCKET = "/run/reviews.sock"


@pytest.fixture(params=[HTTPTransport, HTTPXTransport])
def client(request):
    return request.param


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://a", Address("a", 80, "a", "/")),
        ("http://a:80/graphql", Address("a", 80, "a", "/graphql")),
        ("http://a:8080/g?x=1&y#z", Address("a", 8080, "a:8080", "/g?x=1&y")),
        ("HTTPS://A/", Address("a", 443, "a", "/", is_tls=True)),
        ("http://a_b.c./", Address("a_b.c.", 80, "a_b.c.", "/")),
        ("https://a:80/", Address("a", 80, "a:80", "/", is_tls=True)),
        ("http://[::1]:4001/g", Address("::1", 4001, "[::1]:4001", "/g")),
        (
            "http://b\xfccher.example/\xfc",
            Address("xn--bcher-kva.example", 80, "xn--bcher-kva.example", "/%C3%BC"),
        ),
        (
            "http://me:p%40ss@a/",
            Address("a", 80, "a", "/", authorization="Basic bWU6cEBzcw=="),
        ),
        (
            f"unix://{A_SOCKET}",
            Address("localhost", 0, "localhost", "/", socket_path=A_SOCKET),
        ),
        (
            f"unix://{A_SOCKET}:/graphql?a=b",
            Address("localhost", 0, "localhost", "/graphql?a=b", socket_path=A_SOCKET),
        ),
        (
            f"unix://{A_SOCKET}?path=/graphql",
            Address("localhost", 0, "localhost", "/graphql", socket_path=A_SOCKET),
        ),
        ("", None),
        ("/graphql", None),
        ("ftp://a/", None),
        ("http:///graphql", None),
        ("unix://relative.sock", None),
        (f"unix://{A_SOCKET}:graphql", None),
    ],
)
def test_a_url_is_read(url, address):
    assert address == address_of(url)


def hosts():
    octets = st.integers(0, 300).map(str)
    addresses = st.lists(octets, min_size=4, max_size=4).map(".".join)
    return st.text("ab0-_.A", min_size=1, max_size=8) | addresses


@given(
    scheme=st.sampled_from(["http", "https"]),
    host=hosts(),
    port=st.sampled_from(["", ":", ":0", ":080"])
    | st.integers(1, 65535).map(":{}".format),
    path=st.text("/a0.~-_%?#A ", max_size=8).map("/{}".format) | st.just(""),
)
def test_a_url_is_read_as_httpx_reads_it(scheme, host, port, path):
    url = f"{scheme}://{host}{port}{path}"
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        with pytest.raises(httpx.InvalidURL):
            address_of(url)
        return

    address = address_of(url)

    own_port = {"http": 80, "https": 443}[scheme]
    assert (parts.raw_host, parts.port or own_port, parts.netloc, parts.raw_path) == (
        address.host.encode(),
        address.port,
        address.authority.encode(),
        address.target.encode(),
    )
    assert (scheme == "https") == address.is_tls


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a/", "http:///", "unix://a.sock", "http://a:65616/", "http://A:65616/"],
)
async def test_a_url_that_cannot_be_asked_is_a_failure_of_each_request(client, url):
    async with client(url) as transport:
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(QUERY)

    assert FailureKind.BAD_URL == raised.value.cause.kind


class Recording:
    """A subgraph that keeps the heads of what it is asked."""

    def __init__(self, body=BODY):
        self.body = body
        self.heads = []

    async def __call__(self, reader, writer):
        while True:
            head, _ = await read_request(reader)
            self.heads.append(head)
            writer.write(http(self.body))


@pytest.mark.parametrize(
    "form", ["unix://{}:/graphql?a=b", "unix://{}?path=/graphql?a=b"]
)
async def test_a_subgraph_behind_a_unix_socket_is_asked(client, tmp_path, form):
    path, subgraph = tmp_path / "s.sock", Recording()
    async with listening(subgraph, path=path), client(form.format(path)) as transport:
        bodies = [(await transport.send(QUERY)).body for _ in range(2)]

    assert [BODY, BODY] == bodies
    assert subgraph.heads[0].startswith(b"POST /graphql?a=b HTTP/1.1\r\n")
    assert b"host: localhost\r\n" in subgraph.heads[0].lower()


@pytest.mark.parametrize("path", ["missing.sock", "x" * 200])
async def test_a_unix_socket_that_is_not_there_is_unreachable(client, tmp_path, path):
    async with client(f"unix://{tmp_path / path}:/graphql") as transport:
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(QUERY)

    assert "sock" not in str(raised.value)


@pytest.mark.skipif(not socket.has_ipv6, reason="There is no IPv6 here.")
async def test_a_subgraph_at_an_ipv6_address_is_asked(client):
    subgraph = Recording()
    try:
        async with listening(subgraph, host="::1") as server:
            url = f"http://[::1]:{port_of(server)}/graphql"
            async with client(url) as transport:
                await transport.send(QUERY)
    except OSError:
        pytest.skip("There is no IPv6 on loopback here.")

    host = f"host: [::1]:{port_of_url(url)}\r\n".encode()
    assert host in subgraph.heads[0].lower()


def port_of_url(url):
    return url.rpartition(":")[2].partition("/")[0]


async def test_a_name_with_an_address_where_nobody_listens_is_asked_at_the_others(
    client,
):
    """`localhost` is `::1` and `127.0.0.1`; only one of them answers."""
    subgraph = Recording()
    async with (
        listening(subgraph) as server,
        client(f"http://localhost:{port_of(server)}/") as transport,
    ):
        reply = await transport.send(QUERY)

    assert BODY == reply.body


def row(address):
    """As `getaddrinfo` gives them."""
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", address)


@pytest.mark.parametrize("leads", ["to a refusal", "nowhere"])
async def test_the_first_address_that_answers_is_taken(leads):
    with contextlib.ExitStack() as stack:
        dead = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        if leads == "to a refusal":
            dead.close()
        for _ in range(3 if leads == "nowhere" else 0):  # its backlog is full then
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(dead.getsockname())
        where = dead.getsockname() if leads == "nowhere" else ("127.0.0.1", 1)
        async with listening(Recording()) as server:
            alive = ("127.0.0.1", port_of(server))
            for order in ([where, alive], [alive, where]):
                rows = [row(address) for address in order]
                connected = await asyncio.wait_for(first_connected(rows), 20)
                assert alive == connected.getpeername()
                connected.close()


async def test_a_port_that_nobody_listens_at_is_refused_whichever_address(client):
    async with listening(Recording()) as server:
        port = port_of(server)
    async with client(f"http://localhost:{port}/") as transport:
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(QUERY)

    assert FailureKind.REFUSED == raised.value.cause.kind


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 63 + ".invalid"])
async def test_a_host_that_does_not_resolve_is_told_as_such(client, host):
    async with client(f"http://{host}/") as transport:
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(QUERY)

    assert FailureKind.HOST_UNKNOWN == raised.value.cause.kind


async def test_a_host_that_is_no_international_name_is_unreachable():
    async with HTTPTransport("http://xn--.invalid/") as transport:
        with pytest.raises(SubgraphUnreachable):
            await transport.send(QUERY)


async def test_user_and_password_of_the_url_go_before_a_forwarded_credential(client):
    subgraph = Recording()
    request = SubgraphRequest(
        "s", OperationKind.QUERY, "{ a }", headers={"authorization": "Bearer client's"}
    )
    async with listening(subgraph) as server:
        url = f"http://me:pass@127.0.0.1:{port_of(server)}/"
        async with client(url) as transport:
            await transport.send(request)

    lines = subgraph.heads[0].lower().split(b"\r\n")
    assert [b"authorization: basic bwu6cgfzcw=="] == [
        line for line in lines if line.startswith(b"authorization")
    ]
    assert "pass" not in repr(transport)


async def test_the_gateways_user_agent_gives_way_to_a_forwarded_one(client):
    subgraph = Recording()
    request = SubgraphRequest(
        "s", OperationKind.QUERY, "{ a }", headers={"user-agent": "client/1"}
    )
    async with (
        listening(subgraph) as server,
        client(f"http://127.0.0.1:{port_of(server)}/") as transport,
    ):
        await transport.send(request)
        await transport.send(QUERY)

    agents = [
        [line for line in head.split(b"\r\n") if line.lower().startswith(b"user-agent")]
        for head in subgraph.heads
    ]
    assert [[b"client/1"], [b"gateway-graphql"]] == [
        [line.partition(b": ")[2] for line in lines] for lines in agents
    ]


async def test_no_failure_names_host_port_or_path(client):
    async with client("http://secret-host.invalid:4001/secret-path") as transport:
        with pytest.raises(SubgraphFailed) as raised:
            await transport.send(QUERY)

    assert "secret" not in f"{raised.value} {raised.value.cause}"


async def test_the_sdl_of_a_subgraph_behind_a_socket_is_asked_for(tmp_path):
    path, subgraph = (
        tmp_path / "s.sock",
        Recording(b'{"data":{"_service":{"sdl":"!"}}}'),
    )
    async with listening(subgraph, path=path):
        sdl = await asyncio.to_thread(fetch_sdl, "s", f"unix://{path}:/graphql")

    assert "!" == sdl
    assert subgraph.heads[0].startswith(b"POST /graphql HTTP/1.1\r\n")
