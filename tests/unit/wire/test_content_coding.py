"""Content codings decoded part by part, with a bound."""

import gzip
import sys
import tracemalloc
import zlib

import brotli
import pytest

from gateway_graphql.wire.content_coding import (
    CodingBroken,
    CodingUnknown,
    decoder,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PLAIN = bytes(n * n % 251 for n in range(5000))
CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": lambda plain: gzip.compress(plain[:10]) + gzip.compress(plain[10:]),
    "deflate": zlib.compress,
    " Deflate ": lambda plain: zlib.compress(plain, wbits=-15),
    "br": brotli.compress,
    "zstd": zstd.compress,
    "ZSTD": lambda plain: zstd.compress(plain[:10]) + zstd.compress(plain[10:]),
}
BROKEN = [
    ("gzip", b"\x1f\x8bnonsense"),
    ("br", b"nonsense"),
    ("br", brotli.compress(PLAIN) + b"more"),
    ("zstd", b"nonsense"),
    ("gzip", gzip.compress(b"") * 1001),
    ("zstd", zstd.compress(b"") * 1001),
    (
        "zstd",
        zstd.compress(
            bytes(1 << 24), options={zstd.CompressionParameter.window_log: 24}
        ),
    ),
]


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("name", CODINGS)
def test_a_body_is_decoded_however_it_is_cut(name, size):
    body = CODINGS[name](PLAIN)
    it = decoder(name)

    plain = b"".join(
        it.decode(body[at : at + size], 10_000) for at in range(0, len(body), size)
    )

    assert (PLAIN, True) == (plain, it.is_whole)


@pytest.mark.parametrize("name", CODINGS)
def test_a_body_that_is_cut_off_is_not_whole(name):
    it = decoder(name)
    it.decode(CODINGS[name](PLAIN)[:-1], 10_000)

    assert not it.is_whole


@pytest.mark.parametrize("name", CODINGS)
def test_no_more_is_made_than_is_of_use(name):
    bomb = CODINGS[name](bytes(200_000_000))
    it = decoder(name)

    tracemalloc.start()
    try:
        plain = b""
        for at in range(0, len(bomb), 65536):
            plain += it.decode(bomb[at : at + 65536], 2_000_001 - len(plain))
            if len(plain) > 2_000_000:
                break
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 2_000_000 < len(plain) < 2_500_000
    assert peak < 12_000_000


@pytest.mark.parametrize("name", ["x-gzip", "ZSTD"])
def test_of_several_members_as_much_is_made_as_is_of_use(name):
    body = CODINGS[name](PLAIN)

    for size in (1, 9, 10, 11, 12, 5000):
        assert PLAIN[:size] == decoder(name).decode(body, size)


@pytest.mark.parametrize(("name", "body"), BROKEN)
def test_what_is_not_in_the_coding_or_not_modest_is_refused(name, body):
    with pytest.raises(CodingBroken):
        decoder(name).decode(body, 10_000_000)


@pytest.mark.parametrize("name", ["compress", "gzip, gzip", "identity, gzip"])
def test_other_codings_and_several_are_unknown(name):
    with pytest.raises(CodingUnknown):
        decoder(name)


@pytest.mark.parametrize("name", ["", "identity"])
def test_a_body_may_be_as_it_is(name):
    assert decoder(name) is None


def test_an_empty_body_is_whole_in_every_coding():
    assert [True] * len(CODINGS) == [decoder(name).is_whole for name in CODINGS]
