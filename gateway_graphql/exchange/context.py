"""What is known of a request beside its document."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec

from gateway_graphql.exchange.answer import GatewayStream
from gateway_graphql.exchange.caller import Caller

KeepStream: TypeAlias = Callable[[GatewayStream], GatewayStream]


class RequestContext(msgspec.Struct, frozen=True):
    """Facts about one request that are not in its document.

    Attributes:
        headers: The client's headers, names in lower case.
        caller: Who asks; `None` for somebody without a credential.
        address: The client's IP address, as far as proxies can be trusted.
        deadline: When the answer must be there, on the clock of `time.monotonic`;
            `None` for no deadline.
        override_labels: The labels of progressive `@override` that are active, beside
            those that are by their percentage.
        override_percentage: Where the request falls between 0 and 100: the label
            `percent(n)` is active below n. `None` to draw it; a client that is to get
            the same answer each time needs the same number.
        may_mutate: Whether a mutation may run (not over GET).
        keep_stream: Takes a stream as it begins, and gives what is to be answered in its
            place; `None` if whoever waits takes one response only. The gateway sets it.
        gone: Returns when nobody waits for the answer any more, if that is known.
        is_traced: Whether the answer tells how it came about; the gateway sets it.
    """

    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    caller: Caller | None = None
    address: str | None = None
    deadline: float | None = None
    override_labels: frozenset[str] = frozenset()
    override_percentage: float | None = None
    may_mutate: bool = True
    keep_stream: KeepStream | None = None
    is_traced: bool = False
    gone: Callable[[], Awaitable[None]] | None = None

    def remaining_s(self) -> float | None:
        """Seconds until the deadline, `None` without one; may be negative."""
        return None if self.deadline is None else self.deadline - time.monotonic()

    def with_caller(self, caller: Caller) -> RequestContext:
        """The same context, asked by this caller."""
        return msgspec.structs.replace(self, caller=caller)


MakeContext: TypeAlias = Callable[[RequestContext], object]
"""Makes what resolvers in this process find in their context; may be async."""
