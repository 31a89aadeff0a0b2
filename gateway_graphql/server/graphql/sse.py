"""Server-sent events, as graphql-sse has them in its distinct-connections mode.

One connection is one operation: `next` with each response, `complete` at the end. A
comment keeps the connection open while nothing happens.
"""

from __future__ import annotations

from gateway_graphql.exchange import GatewayResponse


class EventStream:
    """`text/event-stream`."""

    content_type = b"text/event-stream; charset=utf-8"
    start = b":\n\n"
    heartbeat = b":\n\n"
    # A browser drops an event that has no data.
    end = b"event: complete\ndata:\n\n"

    def part(self, response: GatewayResponse) -> bytes:
        """One event; JSON as it is encoded here has no line breaks."""
        return b"event: next\ndata: %b\n\n" % response.body
