"""Ask a subgraph for its SDL (federation specification, `Query._service`).

This is work for schema time: it happens before there is anything to serve, so it waits.
"""

from __future__ import annotations

import ssl

import httpx
import msgspec

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphHTTPError,
    SubgraphReplyMalformed,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.transport.base import RequestSigner
from gateway_graphql.transport.causes_in_httpx import cause_of
from gateway_graphql.transport.http1.address import address_of, httpx_url

_QUERY = b'{"query":"{ _service { sdl } }"}'


class _Service(msgspec.Struct):
    sdl: str


class _Data(msgspec.Struct):
    service: _Service = msgspec.field(name="_service")


class _Reply(msgspec.Struct):
    data: _Data


_decoder = msgspec.json.Decoder(_Reply)


def fetch_sdl(
    subgraph: str,
    url: str,
    *,
    timeout_s: float = 10,
    sign: RequestSigner | None = None,
    tls: ssl.SSLContext | None = None,
    proxy: str | None = None,
) -> str:
    """Fetch the SDL of the subgraph at `url`.

    Args:
        subgraph: Its name.
        url: Where it answers.
        timeout_s: How long each step of the exchange may take.
        sign: Signs the request, for a subgraph that answers its gateway only.
        tls: Who is believed, where those are not whom browsers believe.
        proxy: A proxy that is asked in its place.

    Raises:
        SubgraphFailed: There is no SDL to be had there.
    """
    headers = {"content-type": "application/json", "accept": "application/json"}
    try:
        address = address_of(url)
        if address is None:
            raise SubgraphUnreachable(subgraph, FailureCause(FailureKind.BAD_URL))
        signed = sign(address.target, _QUERY) if sign else {}
        transport = httpx.HTTPTransport(
            verify=tls or True,
            proxy=proxy,
            uds=address.socket_path,
            trust_env=False,
        )
        with httpx.Client(transport=transport, timeout=timeout_s) as client:
            reply = client.post(
                httpx_url(url, address), content=_QUERY, headers={**headers, **signed}
            )
    except httpx.TimeoutException as error:
        raise SubgraphTimedOut(subgraph) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SubgraphUnreachable(subgraph, cause_of(error)) from error
    if not reply.is_success:
        raise SubgraphHTTPError(subgraph, reply.status_code)
    try:
        return _decoder.decode(reply.content).data.service.sdl
    except msgspec.DecodeError as error:
        raise SubgraphReplyMalformed(
            subgraph, "it has no `_service { sdl }`"
        ) from error
