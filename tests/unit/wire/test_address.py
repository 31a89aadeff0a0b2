"""Addresses as they are compared and counted, however they are written."""

import pytest

from gateway_graphql.wire.address import address_of, host_of, network_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("[2001:DB8::ffff:ffff:ffff:ffff]:80", "2001:db8::/64"),
        ("2001:db8:0:1::", "2001:db8:0:1::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_stands_for_its_host(text, expected):
    assert expected == host_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::ffff:0:0/95", None),
        ("::fffe:0:0/95", "::fffe:0:0/95"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("10.0.0.1/8", None),
        ("nonsense", None),
    ],
)
def test_a_network_of_mapped_addresses_is_the_one_they_stand_for(text, expected):
    if expected is not None:
        assert expected == str(network_of(text))
        return
    with pytest.raises(ValueError, match=r"does not appear to be|has host bits"):
        network_of(text)


def test_what_is_longer_than_any_address_is_none():
    port = "0" * (128 - len("[::1]:"))

    assert "::1" == str(address_of(f"[::1]:{port}"))
    assert address_of(f"[::1]:{port}0") is None
