"""Whose connections are counted together, and whose are not counted."""

import asyncio

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from gateway_graphql.server.head_limit import HeadLimits, bounded_protocol
from gateway_graphql.wire.address import network_of


class FromAddress(asyncio.Transport):
    """A connection from an address; what is written to it is kept."""

    def __init__(self, address):
        super().__init__({"peername": (address, 1)})
        self.written = b""
        self._is_closing = False

    def write(self, data):
        self.written += data

    def close(self):
        self._is_closing = True

    def is_closing(self):
        return self._is_closing


async def refused(addresses, *networks):
    """Which addresses are refused, each holding the connection that it made."""
    limits = HeadLimits(max_connections=1, proxies=tuple(map(network_of, networks)))
    made = bounded_protocol(limits)
    config = Config(lambda _scope, _receive, _send: None, log_config=None)
    held = [FromAddress(address) for address in addresses]
    protocols = [made(config, ServerState(), {}) for _ in held]
    for protocol, connection in zip(protocols, held, strict=True):
        protocol.connection_made(connection)
    for protocol in protocols:
        protocol.connection_lost(None)
    assert not made.held
    return [
        address
        for address, connection in zip(addresses, held, strict=True)
        if connection.written.startswith(b"HTTP/1.1 503 ")
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::2"),
        ("2001:db8::1", "2001:db8:0:0:ffff::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::2%eth0"),
    ],
)
async def test_addresses_of_one_host_share_the_connections_it_may_hold(first, second):
    assert [second] == await refused([first, second])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("192.0.2.1", "192.0.2.2"),
        ("2001:db8::1", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2"),
    ],
)
async def test_hosts_do_not_take_connections_from_each_other(first, second):
    assert [] == await refused([first, second])


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.0/8"),
        ("::ffff:10.0.0.1", "10.0.0.0/8"),
        ("10.0.0.1", "::ffff:10.0.0.0/104"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("2001:db8::1", "2001:db8::/32"),
    ],
)
async def test_a_trusted_proxy_holds_any_number_however_its_address_is_written(
    address, network
):
    assert [] == await refused([address, address], network)
