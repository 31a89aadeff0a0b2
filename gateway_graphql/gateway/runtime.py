"""All that serves one supergraph: made here, and let go when nobody uses it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from graphql import GraphQLSchema

from gateway_graphql.addresses import subgraph_url_problem
from gateway_graphql.errors import (
    ClientError,
    ConfigInvalid,
    PersistedQueryNotSupported,
    SupergraphInvalid,
)
from gateway_graphql.exchange import (
    GatewayAnswer,
    GatewayStream,
    GraphQLRequest,
    RequestContext,
)
from gateway_graphql.gateway.live import LiveStreams
from gateway_graphql.gateway.options import GatewayOptions
from gateway_graphql.pipeline import (
    Answering,
    AnsweringSettings,
    Documents,
    Gate,
    GuardedGate,
    Introspector,
    Next,
    OpenGate,
    Preparer,
    Sharing,
    Validation,
    wrap,
)
from gateway_graphql.policy.asker import waiting_of
from gateway_graphql.policy.headers.caching import AnswerCaching
from gateway_graphql.policy.persisted.ids import document_id
from gateway_graphql.supergraph.api_schema import checked_api_schema
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.transport.base import Transport
from gateway_graphql.transport.http import HTTPTransport


class Runtime:
    """All that serves one supergraph.

    Attributes:
        supergraph: What is served.
        api_schema: What clients see of it.
        preparer: Prepares and remembers operations.
        gate: Decides how much of each operation its caller gets.
        documents: Reads what requests ask.
        transports: Subgraph name -> how to reach it.
        handle: The folded middleware around the operation.
    """

    def __init__(self, supergraph: Supergraph, options: GatewayOptions) -> None:
        self.supergraph = supergraph
        self.api_schema = checked_api_schema(supergraph)
        self.gate = _gate(supergraph, self.api_schema, options)
        self.preparer = Preparer(
            supergraph,
            self.api_schema,
            validation=Validation(
                tuple(options.rules),
                suggests=options.suggests,
                max_errors=options.error_limits.max_errors,
            ),
            limits=options.cache_limits,
            operation_limits=options.operation_limits,
            studies=self.gate.studies,
        )
        self.documents = Documents(
            self.preparer,
            self.api_schema,
            self.gate.visibility,
            self.gate.before_reading,
            options.operation_limits,
            waiting_of,
        )
        self._introspector = Introspector(
            options.cache_limits, options.operation_limits
        )
        self._own_transports = _own_transports(supergraph, options)
        self._sharing = _sharing(supergraph, options)
        transports = {**self._own_transports, **options.transports}
        if self._sharing is not None:
            around = self._sharing.around
            transports = {name: around(name, one) for name, one in transports.items()}
        self.transports = _wrapped(transports, options.around_transports)
        self.handle = self._folded(options)
        self._live = LiveStreams(options.error_limits)
        self._requests = _Requests()

    def __repr__(self) -> str:
        names = ", ".join(self.supergraph.subgraphs)
        known = f"{self.preparer!r}; {self._introspector!r}"
        return f"<Runtime {names}; {self._requests!r}; {known}>"

    def in_use(self) -> _Requests:
        """Keep the runtime open for a request: `with runtime.in_use():`."""
        return self._requests

    def kept_by(self, stream: GatewayStream) -> GatewayStream:
        """A stream that keeps the runtime open until it has ended."""
        self._requests.begin()
        return self._live.kept(stream, self._requests.end)

    async def aclose(self, reason: ClientError | None = None) -> None:
        """Wait for the last request, then close the gate and what was made here.

        Args:
            reason: What the readers of streams are told, which are ended.
        """
        await self._live.end(reason)
        await self._requests.are_answered()
        self.preparer.close()
        self._introspector.close()
        await self.gate.aclose()
        for transport in self._own_transports.values():
            await transport.aclose()

    def _folded(self, options: GatewayOptions) -> Next:
        answering = Answering(
            self.supergraph,
            self.documents,
            self.gate,
            self._introspector,
            self.transports,
            waiting_of=waiting_of,
            settings=AnsweringSettings(
                tuple(name.lower() for name in options.forward_headers),
                options.mask,
                options.error_limits,
                options.explains,
                options.traces,
            ),
            sharing=self._sharing,
        )
        return wrap(answering, (AnswerCaching(), *options.middleware, _with_text))


class _Requests:
    """Those under way; one that is answered by a stream is, until that has ended."""

    def __init__(self) -> None:
        # Tasks of one event loop count; the event is set while there are none.
        self._count = 0
        self._are_answered = asyncio.Event()
        self._are_answered.set()

    def __repr__(self) -> str:
        return f"{self._count} requests"

    def begin(self) -> None:
        """Count one more."""
        self._count += 1
        self._are_answered.clear()

    def end(self, *_raised: object) -> None:
        """One is answered, or has failed."""
        self._count -= 1
        if not self._count:
            self._are_answered.set()

    __enter__ = begin
    __exit__ = end

    async def are_answered(self) -> None:
        """Return when there are none."""
        await self._are_answered.wait()


def _gate(
    supergraph: Supergraph, api_schema: GraphQLSchema, options: GatewayOptions
) -> Gate:
    gate = options.gate(supergraph, api_schema) or OpenGate(supergraph, api_schema)
    return GuardedGate(gate, tuple(options.guards)) if options.guards else gate


def _sharing(supergraph: Supergraph, options: GatewayOptions) -> Sharing | None:
    """What its requests share, which none does with a request to another supergraph."""
    settings = options.sharing
    if not (settings.operations or settings.subgraphs):
        return None
    return Sharing(settings, supergraph.subgraphs)


def _own_transports(
    supergraph: Supergraph, options: GatewayOptions
) -> Mapping[str, HTTPTransport]:
    """The transports to subgraphs for which none is given."""
    for name, url in options.urls.items():
        if problem := subgraph_url_problem(url):
            raise ConfigInvalid(f"The URL of subgraph '{name}' {problem}.")
    return {
        name: HTTPTransport(
            options.urls.get(name) or _own_url(name, subgraph.url),
            timeout_s=options.subgraph_timeout_s,
        )
        for name, subgraph in supergraph.subgraphs.items()
        if name not in options.transports
    }


def _own_url(name: str, url: str) -> str:
    """The supergraph's URL of a subgraph; empty for one that has none."""
    if url and (problem := subgraph_url_problem(url)):
        raise SupergraphInvalid(
            f"The supergraph's URL of subgraph '{name}' {problem}; settings may give "
            "another one."
        )
    return url


def _wrapped(
    transports: Mapping[str, Transport],
    wrappers: Sequence[Callable[[Transport], Transport]],
) -> Mapping[str, Transport]:
    wrapped = dict(transports)
    for wrapper in reversed(wrappers):
        wrapped = {name: wrapper(inner) for name, inner in wrapped.items()}
    return wrapped


def _with_text(
    request: GraphQLRequest, context: RequestContext, proceed: Next
) -> Awaitable[GatewayAnswer]:
    """Refuse a request by id of which no middleware has found the document."""
    if not request.query and document_id(request) is not None:
        raise PersistedQueryNotSupported
    return proceed(request, context)
