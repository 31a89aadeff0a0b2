"""Multipart subscriptions: `multipart/mixed;subscriptionSpec=1.0`.

Each part is `{"payload": <response>}`, `{}` keeps the connection open, and an error that
ends the subscription stands beside a payload that is null. The delimiter is sent with the
part before it: only by it does a client know that the part is whole.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gateway_graphql.exchange import GatewayResponse

_PART: Final = b"\r\ncontent-type: application/json\r\n\r\n%b\r\n--graphql"


class _Errors(msgspec.Struct):
    errors: msgspec.Raw = msgspec.Raw(b"[]")


_decoder = msgspec.json.Decoder(_Errors)


class Multipart:
    """`multipart/mixed` with the boundary that clients of the protocol expect."""

    content_type = b'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    start = b"\r\n--graphql"
    heartbeat = _PART % b"{}"
    end = b"--\r\n"

    def part(self, response: GatewayResponse) -> bytes:
        """One part."""
        if response.is_fatal:
            errors = bytes(_decoder.decode(response.body).errors)
            return _PART % (b'{"payload":null,"errors":%b}' % errors)
        return _PART % (b'{"payload":%b}' % response.body)
