"""Compressed bodies on the wire, to and from a gateway process."""

import asyncio
import re
import sys
import zlib
from pathlib import Path

import aiohttp
import brotli
import pytest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUPERGRAPH = Path(__file__).resolve().parents[1] / "data" / "shop.graphql"
SCHEMA = "{ __schema { types { name fields { name type { name } } } } }"
BOMB = b'{"query": "' + b" " * 200_000_000 + b'"}'


def gzip(plain):
    return zlib.compress(plain, 9, 31)


COMPRESS = {"gzip": gzip, "br": brotli.compress, "zstd": zstd.compress}


@pytest.fixture(scope="module")
def gateway(started_for_module, free_ports, way):
    (port,) = free_ports(1)
    it = started_for_module(
        *("python", "-c", "from gateway_graphql.cli import main; main()", "serve"),
        *("--supergraph", str(SUPERGRAPH), "--port", str(port)),
        env=way,
    )
    it.wait_for(f"http://127.0.0.1:{port}/health/ready")
    it.url = f"http://127.0.0.1:{port}/graphql"
    return it


def peak_mb(process):
    """The most memory that the process has had."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1000


async def post(url, body, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            url,
            data=body,
            headers={"content-type": "application/json", **named},
            compress=False,
        ) as response,
    ):
        return response.status, response.headers, await response.json()


@pytest.mark.parametrize("coding", COMPRESS)
async def test_a_bomb_is_refused_and_takes_no_memory(gateway, coding):
    bomb = COMPRESS[coding](BOMB)
    before = peak_mb(gateway.process)

    status, _, body = await post(gateway.url, bomb, content_encoding=coding)

    assert (413, "PAYLOAD_TOO_LARGE") == (
        status,
        body["errors"][0]["extensions"]["code"],
    )
    assert peak_mb(gateway.process) - before < 20


async def test_nobody_waits_for_bombs(gateway):
    bombs = [(coding, compress(BOMB)) for coding, compress in COMPRESS.items()] * 5
    answers = await asyncio.gather(
        *(post(gateway.url, bomb, content_encoding=coding) for coding, bomb in bombs),
        post(gateway.url, b'{"query": "{ __typename }"}'),
    )

    assert [413] * len(bombs) + [200] == [status for status, *_ in answers]


@pytest.mark.parametrize("coding", COMPRESS)
async def test_a_client_that_compresses_is_answered_compressed(gateway, coding):
    body = COMPRESS[coding](f'{{"query": "{SCHEMA}"}}'.encode())

    status, headers, answer = await post(
        gateway.url, body, content_encoding=coding, accept_encoding=coding
    )

    assert (200, coding) == (status, headers["content-encoding"])
    assert "Book" in {kind["name"] for kind in answer["data"]["__schema"]["types"]}
