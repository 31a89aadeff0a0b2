"""Ask a subgraph for its SDL (federation specification, `Query._service`).

This is work for schema time: it happens before there is anything to serve, so it waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import httpx
import msgspec

from gateway_graphql.errors import (
    SubgraphHTTPError,
    SubgraphReplyMalformed,
    SubgraphTimedOut,
    SubgraphUnreachable,
)

BodySigner: TypeAlias = Callable[[bytes], Mapping[str, str]]
"""Gives the headers that prove to a subgraph who sent a body."""

_QUERY = b'{"query":"{ _service { sdl } }"}'


class _Service(msgspec.Struct):
    sdl: str


class _Data(msgspec.Struct):
    service: _Service = msgspec.field(name="_service")


class _Reply(msgspec.Struct):
    data: _Data


_decoder = msgspec.json.Decoder(_Reply)


def fetch_sdl(
    subgraph: str, url: str, *, timeout_s: float = 10, sign: BodySigner | None = None
) -> str:
    """Fetch the SDL of the subgraph at `url`.

    Args:
        subgraph: Its name.
        url: Where it answers.
        timeout_s: How long each step of the exchange may take.
        sign: Signs the request, for a subgraph that answers its gateway only.

    Raises:
        SubgraphFailed: There is no SDL to be had there.
    """
    try:
        reply = httpx.post(
            url,
            content=_QUERY,
            headers={
                "content-type": "application/json",
                "accept": "application/json",
                **(sign(_QUERY) if sign else {}),
            },
            timeout=timeout_s,
            trust_env=False,
        )
    except httpx.TimeoutException as error:
        raise SubgraphTimedOut(subgraph) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SubgraphUnreachable(subgraph) from error
    if not reply.is_success:
        raise SubgraphHTTPError(subgraph, reply.status_code)
    try:
        return _decoder.decode(reply.content).data.service.sdl
    except msgspec.DecodeError as error:
        raise SubgraphReplyMalformed(
            subgraph, "it has no `_service { sdl }`"
        ) from error
