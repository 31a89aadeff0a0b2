"""What an operator may set of a gateway; the one place with the defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypedDict, runtime_checkable

from graphql import ASTValidationRule

from gateway_graphql.errors import DEFAULT_ERROR_LIMITS, ErrorLimits
from gateway_graphql.execution.run.replies import Mask
from gateway_graphql.language.limits import OperationLimits
from gateway_graphql.pipeline import (
    CacheLimits,
    GateFactory,
    Guard,
    Middleware,
    SharingSettings,
)
from gateway_graphql.policy.gate import Policies
from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.base import Transport


@runtime_checkable
class Resource(Protocol):
    """Something that middleware, gates or transports hold open."""

    async def aclose(self) -> None:
        """Let it go."""
        ...


@tells_options
@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """What an operator may set of a gateway.

    Attributes:
        transports: Subgraph name -> how to reach it; HTTP to the supergraph's URL for
            the others. The gateway does not close the ones given.
        around_transports: Each makes a transport around a subgraph's, for example to
            tell it who asks; the first one outermost.
        urls: Subgraph name -> where it answers, in place of the supergraph's URL.
        subgraph_timeout_s: How long one HTTP request to a subgraph may take.
        middleware: Around every operation, the first one outermost.
        gate: Makes what decides how much of each operation its caller gets; `Policies`
            keeps the access rules and limits of the schema, `open_gate` none.
        guards: Asked about each operation that the gate lets through, in order.
        rules: Validation rules beyond those of the GraphQL specification.
        suggests: Whether errors suggest names that the schema has ("Did you mean").
        forward_headers: Names of client headers that subgraphs receive. `*` is all, for
            a transport that chooses.
        mask: Makes errors of subgraphs fit for clients; `None` keeps message and code.
        cache_limits: How many prepared operations are remembered.
        sharing: What is done once for all who want the same at the same time; nothing
            by default.
        operation_limits: How much one operation may ask for.
        error_limits: How much an answer tells of what is wrong.
        explains: Whether a request with the header `X-Gateway-Explain` is answered by
            its plan and what its policies find, and not executed.
        traces: Whether a request with the header `X-Gateway-Trace` is told how its
            answer came about: plan, fetches, costs, limits. It shows what subgraphs are
            sent, whoever asks.
        resources: What is closed with the gateway, after its last request, in order.
    """

    transports: Mapping[str, Transport] = field(default_factory=dict)
    around_transports: Sequence[Callable[[Transport], Transport]] = ()
    urls: Mapping[str, str] = field(default_factory=dict)
    subgraph_timeout_s: float = 30
    middleware: Sequence[Middleware] = ()
    gate: GateFactory = field(default_factory=Policies)
    guards: Sequence[Guard] = ()
    rules: Sequence[type[ASTValidationRule]] = ()
    suggests: bool = True
    forward_headers: Sequence[str] = ("authorization",)
    mask: Mask | None = None
    cache_limits: CacheLimits = field(default_factory=CacheLimits)
    sharing: SharingSettings = field(default_factory=SharingSettings)
    operation_limits: OperationLimits = field(default_factory=OperationLimits)
    error_limits: ErrorLimits = DEFAULT_ERROR_LIMITS
    explains: bool = False
    traces: bool = False
    resources: Sequence[Resource] = ()


class OptionKeywords(TypedDict, total=False):
    """The same as keyword arguments, for type checkers; each is optional."""

    transports: Mapping[str, Transport]
    around_transports: Sequence[Callable[[Transport], Transport]]
    urls: Mapping[str, str]
    subgraph_timeout_s: float
    middleware: Sequence[Middleware]
    gate: GateFactory
    guards: Sequence[Guard]
    rules: Sequence[type[ASTValidationRule]]
    suggests: bool
    forward_headers: Sequence[str]
    mask: Mask | None
    cache_limits: CacheLimits
    sharing: SharingSettings
    operation_limits: OperationLimits
    error_limits: ErrorLimits
    explains: bool
    traces: bool
    resources: Sequence[Resource]
