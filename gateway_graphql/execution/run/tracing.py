"""Look on while one plan is executed: which request went out when, and what came back.

A tracer is around the sending of each request and sees nothing else, so an execution
without one does nothing more than ask whether there is one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.exchange import JSON
from gateway_graphql.execution.run.targets import Targets
from gateway_graphql.planning.plan import FetchNode
from gateway_graphql.transport.around.refuse import RefusingTransport
from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphReply,
    SubgraphRequest,
    Transport,
)
from gateway_graphql.transport.http_message import encode_body


@dataclass(slots=True)
class TracedRequest:
    """One request of a fetch; nearly always the only one.

    Attributes:
        start_ms: When it was sent, since the tracer was made.
        bytes_out: The length of its body, before anything that transports add.
        variables: The values sent.
        entities: How many entities it asks for; 0 for a root fetch.
        objects: How many objects of the answer those entities stand for.
        duration_ms: Until the whole reply was read, or it failed.
        bytes_in: The length of the reply's body, decompressed; `None` without a reply.
        status: The reply's HTTP status; `None` without a reply.
        is_refused: Whether it was not sent at all, its subgraph being skipped.
    """

    start_ms: float
    bytes_out: int
    variables: Mapping[str, JSON]
    entities: int
    objects: int
    duration_ms: float = 0
    bytes_in: int | None = None
    status: int | None = None
    is_refused: bool = False


@dataclass(slots=True)
class Tracer:
    """Notes the requests of one execution; tasks of one event loop fill it.

    Attributes:
        started: When the operation was taken up, on the clock of `time.perf_counter`.
        requests: By the id of the fetch, in the order in which they were sent.
        errors: By the id of the fetch, as clients see them; filled in the end.
    """

    started: float = field(default_factory=time.perf_counter)
    requests: dict[int, list[TracedRequest]] = field(default_factory=dict)
    errors: dict[int, tuple[ErrorDetail, ...]] = field(default_factory=dict)

    def elapsed_ms(self) -> float:
        """How long ago the operation was taken up."""
        return (time.perf_counter() - self.started) * 1000

    def around(
        self, transport: Transport, fetch: FetchNode, targets: Targets
    ) -> Transport:
        """A transport that sends a request of a fetch, and notes what becomes of it."""
        return _TracedTransport(self, transport, fetch, targets)


@dataclass(frozen=True, slots=True)
class _TracedTransport:
    """Sends one request of one fetch."""

    tracer: Tracer
    inner: Transport
    fetch: FetchNode
    targets: Targets

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Send it, and note when, and what came."""
        tracer = self.tracer
        batches = [batch for _, batch in self.targets.batches.values()]
        traced = TracedRequest(
            start_ms=tracer.elapsed_ms(),
            bytes_out=len(encode_body(request)),
            variables=request.variables,
            entities=sum(len(batch.representations) for batch in batches),
            objects=sum(len(place) for batch in batches for place in batch.occurrences),
            is_refused=isinstance(self.inner, RefusingTransport),
        )
        tracer.requests.setdefault(self.fetch.id, []).append(traced)
        try:
            reply = await self.inner.send(request)
            if isinstance(reply, SubgraphReply):
                traced.bytes_in, traced.status = len(reply.body), reply.status
        finally:
            traced.duration_ms = tracer.elapsed_ms() - traced.start_ms
        return reply
