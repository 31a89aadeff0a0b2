"""What one execution is given beside its plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from gateway_graphql.errors import DEFAULT_ERROR_LIMITS, ErrorLimits
from gateway_graphql.exchange import JSON, Caller
from gateway_graphql.execution.compiled.introspection import IntrospectionAnswer
from gateway_graphql.execution.run.inspection import Inspector
from gateway_graphql.execution.run.replies import Mask
from gateway_graphql.execution.run.tracing import Tracer
from gateway_graphql.planning.plan import FetchNode, ResponseKeys
from gateway_graphql.transport.base import SubgraphRequest, Transport

Introspected: TypeAlias = Sequence[tuple[ResponseKeys, IntrospectionAnswer]]
"""Answers about the schema, each by the keys that lead to where it is asked."""
Observe: TypeAlias = Callable[[FetchNode, dict[str, JSON] | None], None]
"""Is called with a fetch and its reply's `data`, as the subgraph gave it."""


class ForRequest(msgspec.Struct, frozen=True):
    """The facts of one request that its execution needs.

    Attributes:
        transports: Subgraph name -> how to reach it.
        variables: Coerced variables.
        headers: Sent along with every fetch.
        deadline: When all fetches must be done, on the clock of `time.monotonic`.
        caller: On whose behalf the fetches are sent.
        inspector: Judges values that are known only when they are fetched.
        observe: Sees the data of every reply; none where a fetch was sent in vain.
        mask: Makes errors of subgraphs fit for clients.
        tracer: Notes when which request was sent, and what came of it.
        error_limits: How much is told of what went wrong.
        introspected: What the schema has to say, by place.
        hidden_types: Types of objects that the caller does not know; null stands for
            such an object.
    """

    transports: Mapping[str, Transport]
    variables: Mapping[str, JSON] = msgspec.field(default_factory=dict)
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    deadline: float | None = None
    caller: Caller | None = None
    inspector: Inspector | None = None
    observe: Observe | None = None
    mask: Mask | None = None
    tracer: Tracer | None = None
    error_limits: ErrorLimits = DEFAULT_ERROR_LIMITS
    introspected: Introspected = ()
    hidden_types: Collection[str] = ()

    def request_of(
        self, fetch: FetchNode, more: Mapping[str, JSON], kept: dict[object, Any]
    ) -> SubgraphRequest:
        """The request of a fetch.

        Args:
            fetch: The fetch.
            more: Variables beside the client's: what it is about.
            kept: What transports keep for one execution.
        """
        operation = fetch.operation
        variables = {
            name: self.variables[name]
            for name in operation.variables
            if name in self.variables
        }
        variables |= more
        return SubgraphRequest(
            subgraph=fetch.subgraph,
            kind=operation.kind,
            query=operation.text,
            variables=variables,
            headers=self.headers,
            deadline=self.deadline,
            caller=self.caller,
            kept=kept,
        )
