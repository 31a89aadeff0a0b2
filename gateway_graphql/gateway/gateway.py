"""The gateway: one current runtime, swapped as a whole.

Everything made from a supergraph (API schema, preparer, transports, the folded
middleware) is one `Runtime`. A request takes the current one once and keeps it, so a
reload cannot change the schema under it; the old runtime lives until its last request
is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, Unpack

import msgspec

from gateway_graphql.errors import (
    ClientError,
    ErrorLimits,
    NoSupergraph,
    OperationNotSupported,
    SubscriptionEnded,
    errors_to_json,
)
from gateway_graphql.exchange import (
    JSON,
    GatewayAnswer,
    GatewayResponse,
    GatewayStream,
    GraphQLRequest,
    RequestContext,
)
from gateway_graphql.gateway.deadlines import Deadlines
from gateway_graphql.gateway.derived import Derived, Made, Make
from gateway_graphql.gateway.options import GatewayOptions, OptionKeywords
from gateway_graphql.gateway.runtime import Runtime
from gateway_graphql.gateway.sources import SupergraphSource, supergraph_from
from gateway_graphql.spelling import refuse_unknown

if TYPE_CHECKING:
    from gateway_graphql.composition import Subgraph


@dataclass(frozen=True, slots=True)
class GraphQLResult:
    """An answer as Python values.

    Attributes:
        data: `None` when nothing was executed, or a null reached the root.
        errors: The response's `errors`, empty without any.
    """

    data: Mapping[str, JSON] | None
    errors: tuple[Mapping[str, object], ...] = ()


class _Made(NamedTuple):
    runtime: Runtime
    swaps: Sequence[Callable[[], None]]


class _Response(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: tuple[dict[str, Any], ...] = ()


_decoder = msgspec.json.Decoder(_Response)


class Gateway:
    """Answers GraphQL requests over subgraphs.

    Make one with `from_supergraph` or `compose`; one made directly has no supergraph
    until `reload` gives it one. Use it as an async context manager, or pass `lifespan`
    to FastAPI, so that its connections are closed in the end.
    """

    def __init__(self, **options: Unpack[OptionKeywords]) -> None:
        refuse_unknown(type(self).__name__, options, OptionKeywords.__annotations__)
        self._options = GatewayOptions(**options)
        # Emptied by `aclose`.
        self._resources = tuple(self._options.resources)
        # Swapped by `_serve` and `aclose` alone.
        self._runtime: Runtime | None = None
        # Made anew with every runtime; only added to.
        self._derived: list[Derived[Any]] = []
        self._deadlines = Deadlines()
        # One at a time, so that the supergraph that was given last is served last.
        self._reloading = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<Gateway {self._runtime!r}>"

    @property
    def error_limits(self) -> ErrorLimits:
        """How much an answer tells of what is wrong."""
        return self._options.error_limits

    @classmethod
    def from_supergraph(
        cls, source: SupergraphSource, **options: Unpack[OptionKeywords]
    ) -> Self:
        """Make a gateway for a supergraph.

        Args:
            source: The supergraph SDL, the path of a file with it, or a supergraph that
                was composed here (`CompositionResult.supergraph`).
            **options: See `GatewayOptions`.

        Raises:
            SupergraphInvalid: It cannot be read or served.
        """
        gateway = cls(**options)
        gateway._serve(gateway._made_from(source))
        return gateway

    @classmethod
    def compose(cls, *subgraphs: Subgraph, **options: Unpack[OptionKeywords]) -> Self:
        """Make a gateway for subgraphs, composing them here.

        A subgraph without an SDL is asked for it: over HTTP at its URL (this call waits
        for it), or of its schema in this process.

        Raises:
            CompositionFailed: The subgraphs do not compose.
            SubgraphFailed: A subgraph could not be asked for its SDL.
        """
        refuse_unknown(
            cls.compose.__qualname__, options, OptionKeywords.__annotations__
        )
        # Who serves a composed supergraph does not wait for what composes.
        from gateway_graphql.gateway.composing import composed, in_process  # noqa: PLC0415

        supergraph = composed(subgraphs)
        options["transports"] = {
            **in_process(subgraphs),
            **options.get("transports", {}),
        }
        return cls.from_supergraph(supergraph, **options)

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

    async def reload(self, source: SupergraphSource) -> None:
        """Serve another supergraph from now on.

        It is read in a thread while the old one answers; then the swap is atomic. The
        call returns when the last request to the old supergraph is answered and its
        connections are closed; subscriptions to it are ended, with an error that says
        so. Of several calls the last one counts.

        Raises:
            SupergraphInvalid: It cannot be served; the old one is kept.
        """
        async with self._reloading:
            made = await asyncio.to_thread(self._made_from, source)
            old = self._serve(made)
        if old is not None:
            await old.aclose(SubscriptionEnded())

    def derived(self, make: Make[Made]) -> Derived[Made]:
        """Have something made of the supergraph that is served, and of each new one.

        Args:
            make: Makes it; what it raises of the current one is raised here.
        """
        derived = Derived(make)
        if self._runtime is not None:
            derived.made_of(self._runtime)()
        self._derived.append(derived)
        return derived

    async def handle(
        self, request: GraphQLRequest, context: RequestContext
    ) -> GatewayResponse:
        """Answer a request in bytes, all at once: a query or a mutation.

        Raises:
            ClientError: The request was refused as a whole.
            PlanningFailed: The supergraph cannot answer a valid operation.
        """
        runtime = self.runtime
        with runtime.in_use():
            answer = await self._in_time(runtime, request, context)
        if isinstance(answer, GatewayStream):
            await answer.responses.aclose()
            raise OperationNotSupported("The answer would be a stream.")
        return answer

    async def answer(
        self, request: GraphQLRequest, context: RequestContext
    ) -> GatewayAnswer:
        """Answer a request in bytes: a subscription by a stream of responses.

        The stream keeps open what serves it: read it to its end, or close it
        (`async with aclosing(answer.responses)`).

        Raises:
            ClientError: The request was refused as a whole.
            PlanningFailed: The supergraph cannot answer a valid operation.
        """
        runtime = self.runtime
        begun: list[GatewayStream] = []

        def keep(stream: GatewayStream) -> GatewayStream:
            begun.append(runtime.kept_by(stream))
            return begun[-1]

        context = msgspec.structs.replace(context, keep_stream=keep)
        answer: GatewayAnswer | None = None
        with runtime.in_use():
            try:
                answer = await self._in_time(runtime, request, context)
            finally:
                # A middleware may have failed since, or answered something else.
                if not isinstance(answer, GatewayStream):
                    for stream in begun:
                        await stream.responses.aclose()
        return answer

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
            return self._refused(error)
        return _decoded(response)

    async def subscribe(
        self,
        query: str,
        variables: Mapping[str, JSON] | None = None,
        operation_name: str | None = None,
        context: RequestContext | None = None,
    ) -> AsyncGenerator[GraphQLResult, None]:
        """Give what a subscription brings, event by event, in Python values.

        A refusal is one result with `errors`. Who stops before the end closes it:

            async with aclosing(gateway.subscribe("subscription { ... }")) as events:
                async for event in events:
                    ...

        Raises:
            PlanningFailed: The supergraph cannot answer a valid operation.
        """
        request = GraphQLRequest(query, operation_name, variables or {})
        try:
            answer = await self.answer(request, context or RequestContext())
        except ClientError as error:
            yield self._refused(error)
            return
        if isinstance(answer, GatewayResponse):
            yield _decoded(answer)
            return
        async with aclosing(answer.responses) as responses:
            async for response in responses:
                yield _decoded(response)

    async def _in_time(
        self, runtime: Runtime, request: GraphQLRequest, context: RequestContext
    ) -> GatewayAnswer:
        """The answer of a runtime; a stream must have begun in time.

        Raises:
            RequestTimedOut: It was not there before the deadline.
        """
        work = runtime.handle(request, context)
        if context.deadline is None:
            return await work
        return await self._deadlines.keep(context.deadline, work)

    def _refused(self, error: ClientError) -> GraphQLResult:
        errors = errors_to_json(error.details, self.error_limits)
        return GraphQLResult(None, tuple(errors))

    async def aclose(self) -> None:
        """Take no more requests, finish the running ones, close the connections.

        Subscriptions end.
        """
        async with self._reloading:
            old, self._runtime = self._runtime, None
        if old is not None:
            await old.aclose()
        resources, self._resources = self._resources, ()
        for resource in resources:
            await resource.aclose()

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

    def _made_from(self, source: SupergraphSource) -> _Made:
        """All that a supergraph needs to be served; heavy, and changes nothing yet."""
        runtime = Runtime(supergraph_from(source), self._options)
        return _Made(runtime, [one.made_of(runtime) for one in self._derived])

    def _serve(self, made: _Made) -> Runtime | None:
        """Serve what was made; what served before is returned."""
        old, self._runtime = self._runtime, made.runtime
        for swap in made.swaps:
            swap()
        return old


def _decoded(response: GatewayResponse) -> GraphQLResult:
    decoded = _decoder.decode(response.body)
    return GraphQLResult(decoded.data, decoded.errors)
