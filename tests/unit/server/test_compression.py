"""Bodies compressed on their way in and out."""

import gzip
import json
import sys
import zlib
from pathlib import Path

import brotli
import httpx
import pytest

from gateway_graphql.gateway import Gateway
from gateway_graphql.server import Border, create_app
from gateway_graphql.server.border.compression import Coding, coding_for
from gateway_graphql.transport.mock import MockTransport

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SDL = (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()
COMPRESS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
EXPAND = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}
BOOKS = {"data": {"books": [{"id": str(n)} for n in range(200)]}}


def client(border=None, books=BOOKS):
    gateway = Gateway.from_supergraph(
        SDL, transports={"books": MockTransport(lambda _: books)}
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(gateway, border=border)),
        base_url="http://gateway",
    )


async def ask(it, accept_encoding, query="{ books { id } }", method="POST"):
    """The answer's headers, and its body as it was sent."""
    arguments = (
        {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
    )
    headers = {"accept-encoding": accept_encoding}
    async with it.stream(method, "/graphql", headers=headers, **arguments) as response:
        body = b"".join([part async for part in response.aiter_raw()])
    return response.headers, body


async def send(body, coding):
    response = await client().post(
        "/graphql",
        content=body,
        headers={"content-type": "application/json", "content-encoding": coding},
    )
    return response.status_code, response.headers, response.json()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", None),
        ("identity", None),
        ("deflate", None),
        ("gzip", Coding.GZIP),
        ("gzip, deflate, br", Coding.BROTLI),
        ("gzip, deflate, br, zstd", Coding.ZSTD),
        ("GZIP;q=1.0, br;q=0.5", Coding.GZIP),
        ("*", Coding.ZSTD),
        ("zstd;q=0, *;q=0.5", Coding.BROTLI),
        ("gzip;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=nonsense", None),
    ],
)
def test_the_coding_that_weighs_most_is_chosen(accept, expected):
    assert expected == coding_for(accept)


@pytest.mark.parametrize("coding", EXPAND)
async def test_a_long_answer_is_compressed_for_who_accepts_it(coding):
    headers, body = await ask(client(), coding)

    assert BOOKS == json.loads(EXPAND[coding](body))
    assert (coding, "accept-encoding", str(len(body))) == (
        headers["content-encoding"],
        headers["vary"],
        headers["content-length"],
    )


async def test_a_very_long_answer_is_compressed_as_well():
    books = {"data": {"books": [{"id": str(n)} for n in range(30_000)]}}
    _, body = await ask(client(books=books), "gzip")

    assert books == json.loads(gzip.decompress(body))


@pytest.mark.parametrize("accept", ["identity", "gzip;q=0"])
async def test_who_does_not_accept_it_gets_the_answer_as_it_is(accept):
    headers, body = await ask(client(), accept)

    assert BOOKS == json.loads(body)
    assert "content-encoding" not in headers


async def test_a_short_answer_is_sent_as_it_is():
    headers, body = await ask(client(), "gzip", "{ __typename }")

    assert {"data": {"__typename": "Query"}} == json.loads(body)
    assert {"content-encoding", "vary"}.isdisjoint(headers)


async def test_compression_can_be_switched_off():
    headers, body = await ask(client(Border(compress_from=None)), "gzip")

    assert BOOKS == json.loads(body)
    assert "content-encoding" not in headers


async def test_a_get_says_in_any_case_what_its_answer_depends_on():
    headers, body = await ask(client(), "br", method="GET")

    assert BOOKS == json.loads(brotli.decompress(body))
    assert ("br", "accept, accept-encoding, authorization") == (
        headers["content-encoding"],
        headers["vary"],
    )


@pytest.mark.parametrize("coding", COMPRESS)
async def test_a_compressed_request_is_answered(coding):
    body = COMPRESS[coding](b'{"query": "{ __typename }"}')

    status, _, answer = await send(body, coding)

    assert (200, {"data": {"__typename": "Query"}}) == (status, answer)


@pytest.mark.parametrize("coding", COMPRESS)
async def test_a_request_is_counted_decompressed(coding):
    bomb = COMPRESS[coding](b'{"query": "' + b" " * 100_000_000 + b'{ a }"}')

    status, _, answer = await send(bomb, coding)

    assert len(bomb) < 2_000_000
    assert (413, "PAYLOAD_TOO_LARGE") == (
        status,
        answer["errors"][0]["extensions"]["code"],
    )


@pytest.mark.parametrize("coding", ["compress", "gzip, br"])
async def test_an_unknown_coding_is_415_and_says_which_are_known(coding):
    status, headers, answer = await send(b"x", coding)

    assert (415, "gzip, deflate, br, zstd", "UNSUPPORTED_MEDIA_TYPE") == (
        status,
        headers["accept-encoding"],
        answer["errors"][0]["extensions"]["code"],
    )


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"nonsense"),
        ("zstd", b"nonsense"),
        ("br", brotli.compress(b'{"query": "{ __typename }"}')[:-2]),
    ],
)
async def test_a_body_that_is_not_in_its_coding_is_400(coding, body):
    status, _, answer = await send(body, coding)

    assert (400, "The request body is not in its Content-Encoding.") == (
        status,
        answer["errors"][0]["message"],
    )
