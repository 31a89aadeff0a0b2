"""The gateway: one current runtime, swapped as a whole.

Everything made from a supergraph (API schema, preparer, transports, the folded
middleware) is one `Runtime`. A request takes the current one once and keeps it, so a
reload cannot change the schema under it; the old runtime lives until its last request
is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

import msgspec
from graphql import ASTValidationRule, GraphQLSchema, validate_schema

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.errors import (
    ClientError,
    CompositionFailed,
    ErrorDetail,
    MethodNotAllowed,
    NoSupergraph,
    OperationNotSupported,
    RequestTimedOut,
    SupergraphInvalid,
    VariablesInvalid,
)
from gateway_graphql.execution import encode_result, execute
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.pipeline import (
    CacheLimits,
    Guard,
    Middleware,
    Next,
    PreparedOperation,
    Preparer,
    wrap,
)
from gateway_graphql.request import (
    JSON,
    GatewayResponse,
    GraphQLRequest,
    RequestContext,
)
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.transport.base import Transport
from gateway_graphql.transport.http import HTTPTransport
from gateway_graphql.transport.introspection import fetch_sdl
from gateway_graphql.transport.schema_object import ExecutableSchema, transport_to

_GRACE_S = 1.0
"""Fetches may outlive the request's deadline by this much, so that it is always the
request that is late and never, by a hair, one of its fetches."""


class GatewayOptions(TypedDict, total=False):
    """What an operator may set of a gateway; every member is optional.

    Attributes:
        transports: Subgraph name -> how to reach it; HTTP to the supergraph's URL for
            the others. The gateway does not close the ones given.
        urls: Subgraph name -> where it answers, in place of the supergraph's URL.
        subgraph_timeout_s: How long one HTTP request to a subgraph may take.
        middleware: Around every operation, the first one outermost.
        guards: Asked once per request, in order, when the operation is prepared.
        rules: Validation rules beyond those of the GraphQL specification.
        forward_headers: Names of client headers that subgraphs receive; by default
            `authorization`.
        cache_limits: How many prepared operations are remembered.
    """

    transports: Mapping[str, Transport]
    urls: Mapping[str, str]
    subgraph_timeout_s: float
    middleware: Sequence[Middleware]
    guards: Sequence[Guard]
    rules: Sequence[type[ASTValidationRule]]
    forward_headers: Sequence[str]
    cache_limits: CacheLimits


@dataclass(frozen=True, slots=True)
class GraphQLResult:
    """An answer as Python values.

    Attributes:
        data: `None` when nothing was executed, or a null reached the root.
        errors: The response's `errors`, empty without any.
    """

    data: Mapping[str, JSON] | None
    errors: tuple[Mapping[str, object], ...] = ()


class _Response(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: tuple[dict[str, Any], ...] = ()


_decoder = msgspec.json.Decoder(_Response)


class Runtime:
    """All that serves one supergraph.

    Attributes:
        supergraph: What is served.
        api_schema: What clients see of it.
        preparer: Prepares and remembers operations.
        transports: Subgraph name -> how to reach it.
        handle: The folded middleware around the operation.
    """

    def __init__(self, supergraph: Supergraph, options: GatewayOptions) -> None:
        self.supergraph = supergraph
        self.api_schema = _valid_api_schema(supergraph)
        self.preparer = Preparer(
            supergraph,
            self.api_schema,
            rules=options.get("rules", ()),
            limits=options.get("cache_limits"),
        )
        given = options.get("transports", {})
        urls = options.get("urls", {})
        self._own_transports = {
            name: HTTPTransport(
                urls.get(name, subgraph.url),
                timeout_s=options.get("subgraph_timeout_s", 30),
            )
            for name, subgraph in supergraph.subgraphs.items()
            if name not in given
        }
        self.transports: Mapping[str, Transport] = {**self._own_transports, **given}
        self.handle: Next = wrap(self._answer, options.get("middleware", ()))
        self._guards = tuple(options.get("guards", ()))
        self._forward_headers = tuple(
            name.lower() for name in options.get("forward_headers", ("authorization",))
        )
        # How many requests are inside `in_use`; the event is set while there are none.
        self._requests = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def __repr__(self) -> str:
        names = ", ".join(self.supergraph.subgraphs)
        return f"<Runtime {names}; {self._requests} requests; {self.preparer!r}>"

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the runtime open for a request."""
        self._requests += 1
        self._is_idle.clear()
        try:
            yield
        finally:
            self._requests -= 1
            if not self._requests:
                self._is_idle.set()

    async def aclose(self) -> None:
        """Wait for the last request, then close the transports made here."""
        await self._is_idle.wait()
        for transport in self._own_transports.values():
            await transport.aclose()

    async def _answer(
        self, request: GraphQLRequest, context: RequestContext
    ) -> GatewayResponse:
        """Prepare, guard, coerce, execute, encode: the inside of the onion."""
        prepared = self.preparer.prepare(
            request.query, request.operation_name, context.override_labels
        )
        _refuse_unservable(prepared, context)
        for guard in self._guards:
            guard(prepared, context)
        result = await execute(
            prepared.compiled,
            variables=_coerce(prepared, request.variables),
            transports=self.transports,
            headers=self._forwarded(context.headers),
            deadline=None if context.deadline is None else context.deadline + _GRACE_S,
        )
        return GatewayResponse(
            encode_result(result), has_data=True, has_errors=bool(result.errors)
        )

    def _forwarded(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {
            name: headers[name] for name in self._forward_headers if name in headers
        }


class Gateway:
    """Answers GraphQL requests over subgraphs.

    Make one with `from_supergraph` or `compose`; one made directly has no supergraph
    until `reload` gives it one. Use it as an async context manager, or pass `lifespan`
    to FastAPI, so that its connections are closed in the end.
    """

    def __init__(self, **options: Unpack[GatewayOptions]) -> None:
        self._options = options
        # Swapped by `reload` and `aclose` alone.
        self._runtime: Runtime | None = None

    def __repr__(self) -> str:
        return f"<Gateway {self._runtime!r}>"

    @classmethod
    def from_supergraph(
        cls, source: str | Path, **options: Unpack[GatewayOptions]
    ) -> Self:
        """Make a gateway for a supergraph.

        Args:
            source: The supergraph SDL, or the path of a file with it.
            **options: See `GatewayOptions`.

        Raises:
            SupergraphInvalid: The SDL cannot be read or served.
        """
        gateway = cls(**options)
        gateway._runtime = gateway._runtime_for(source)
        return gateway

    @classmethod
    def compose(cls, *subgraphs: Subgraph, **options: Unpack[GatewayOptions]) -> Self:
        """Make a gateway for subgraphs, composing them here.

        A subgraph without an SDL is asked for it: over HTTP at its URL (this call waits
        for it), or of its schema in this process.

        Raises:
            CompositionFailed: The subgraphs do not compose.
            SubgraphFailed: A subgraph could not be asked for its SDL.
        """
        composed = compose([with_sdl(subgraph) for subgraph in subgraphs])
        if composed.supergraph_sdl is None:
            raise CompositionFailed([str(error) for error in composed.errors])
        in_process = {
            subgraph.name: transport_to(subgraph.schema)
            for subgraph in subgraphs
            if isinstance(subgraph.schema, ExecutableSchema)
        }
        options["transports"] = {**in_process, **options.get("transports", {})}
        return cls.from_supergraph(composed.supergraph_sdl, **options)

    @property
    def runtime(self) -> Runtime:
        """What serves requests at this moment.

        Raises:
            NoSupergraph: Nothing does.
        """
        if self._runtime is None:
            raise NoSupergraph
        return self._runtime

    @property
    def is_ready(self) -> bool:
        """Whether requests can be answered: there is a supergraph, and no shutdown."""
        return self._runtime is not None

    async def reload(self, source: str | Path) -> None:
        """Serve another supergraph from now on.

        The swap is atomic and comes first; the call returns when the last request to
        the old supergraph is answered and its connections are closed.

        Raises:
            SupergraphInvalid: The SDL cannot be served; the old one is kept.
        """
        old, self._runtime = self._runtime, self._runtime_for(source)
        if old is not None:
            await old.aclose()

    async def handle(
        self, request: GraphQLRequest, context: RequestContext
    ) -> GatewayResponse:
        """Answer a request in bytes.

        Raises:
            ClientError: The request was refused as a whole.
            PlanningFailed: The supergraph cannot answer a valid operation.
        """
        runtime = self.runtime
        with runtime.in_use():
            if (remaining_s := context.remaining_s()) is None:
                return await runtime.handle(request, context)
            try:
                async with asyncio.timeout(remaining_s):
                    return await runtime.handle(request, context)
            except TimeoutError as error:
                raise RequestTimedOut from error

    async def execute(
        self,
        query: str,
        variables: Mapping[str, JSON] | None = None,
        operation_name: str | None = None,
        context: RequestContext | None = None,
    ) -> GraphQLResult:
        """Answer a request in Python values; refusals are `errors`, too.

        Raises:
            PlanningFailed: The supergraph cannot answer a valid operation.
        """
        request = GraphQLRequest(query, operation_name, variables or {})
        try:
            response = await self.handle(request, context or RequestContext())
        except ClientError as error:
            return GraphQLResult(
                None, tuple(detail.to_json() for detail in error.details)
            )
        decoded = _decoder.decode(response.body)
        return GraphQLResult(decoded.data, decoded.errors)

    async def aclose(self) -> None:
        """Take no more requests, finish the running ones, close the connections."""
        old, self._runtime = self._runtime, None
        if old is not None:
            await old.aclose()

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:  # noqa: ARG002 - what ASGI frameworks call it with
        """Close the gateway when an application ends: `FastAPI(lifespan=...)`."""
        async with self:
            yield

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _runtime_for(self, source: str | Path) -> Runtime:
        return Runtime(read_supergraph(_supergraph_sdl(source)), self._options)


def with_sdl(subgraph: Subgraph) -> Subgraph:
    """The subgraph with its SDL, asked for at its URL if it has none here.

    Raises:
        SubgraphFailed: It could not be asked.
    """
    if subgraph.to_sdl() or not subgraph.url:
        return subgraph
    return replace(subgraph, sdl=fetch_sdl(subgraph.name, subgraph.url))


def _supergraph_sdl(source: str | Path) -> str:
    """The SDL itself: a string without a brace is a path, as no SDL is without one."""
    if isinstance(source, str) and ("{" in source or not source.strip()):
        return source
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SupergraphInvalid(
            f"The supergraph file {source} cannot be read: {error}"
        ) from error


def _valid_api_schema(supergraph: Supergraph) -> GraphQLSchema:
    schema = build_api_schema(supergraph)
    if errors := validate_schema(schema):
        raise SupergraphInvalid(
            "The supergraph's API schema is not valid:\n"
            + "\n".join(error.message for error in errors)
        )
    return schema


def _refuse_unservable(prepared: PreparedOperation, context: RequestContext) -> None:
    match prepared.operation.kind:
        case OperationKind.MUTATION if not context.may_mutate:
            raise MethodNotAllowed(
                "A mutation must be sent by POST.", allowed=("POST",)
            )
        case OperationKind.SUBSCRIPTION:
            raise OperationNotSupported("Subscriptions are not supported.")


def _coerce(
    prepared: PreparedOperation, variables: Mapping[str, JSON]
) -> Mapping[str, JSON]:
    try:
        return prepared.coercer(variables)
    except RecursionError:
        raise VariablesInvalid(
            [ErrorDetail("The variables are nested too deeply.", VariablesInvalid.code)]
        ) from None
