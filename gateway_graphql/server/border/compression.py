"""Answers compressed for those who accept it (RFC 9110, section 12.5.3).

Levels are the lowest ones: 76 kB of JSON become 12 kB in 0.16 ms by zstd, 13.5 in 0.25 by
br and 17 in 0.53 by gzip; the levels that most servers take cost 2 to 8 times as much for
a tenth off. Long answers are compressed in a thread, so that nobody else waits for them.
"""

from __future__ import annotations

import asyncio
import sys
import zlib
from enum import StrEnum
from typing import Final

import brotli

from gateway_graphql.remembered import once_per_text
from gateway_graphql.wire.accept import accepted

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_IN_A_THREAD_FROM: Final = 256 * 1024
_GZIP_FORMAT: Final = 16 + zlib.MAX_WBITS


class Coding(StrEnum):
    """The codings of answers, the one that costs least first."""

    ZSTD = "zstd"
    BROTLI = "br"
    GZIP = "gzip"


@once_per_text()
def coding_for(accept_encoding: str) -> Coding | None:
    """Choose a coding from the `Accept-Encoding` header; `None` for none.

    The weights decide; at equal weight, the one that costs least.
    """
    weights = accepted(accept_encoding)
    others = weights.get("*", 0.0)
    best = max(Coding, key=lambda coding: weights.get(coding, others))
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else None


async def compressed(body: bytes, coding: Coding) -> bytes:
    """The body in a coding."""
    if len(body) < _IN_A_THREAD_FROM:
        return _compressed(body, coding)
    return await asyncio.to_thread(_compressed, body, coding)


def _compressed(body: bytes, coding: Coding) -> bytes:
    match coding:
        case Coding.ZSTD:
            return zstd.compress(body, 1)
        case Coding.BROTLI:
            return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=1))
        case Coding.GZIP:
            return zlib.compress(body, 1, _GZIP_FORMAT)
