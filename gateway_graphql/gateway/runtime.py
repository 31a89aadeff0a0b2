"""All that serves one supergraph, and what an operator may set of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, Protocol, TypedDict, runtime_checkable

from graphql import ASTValidationRule, GraphQLSchema
from msgspec.structs import replace

from gateway_graphql.addresses import url_problem
from gateway_graphql.errors import (
    DEFAULT_ERROR_LIMITS,
    ClientError,
    ConfigInvalid,
    ErrorDetail,
    ErrorLimits,
    MethodNotAllowed,
    OperationNotSupported,
    PersistedQueryNotSupported,
    SupergraphInvalid,
    ValidationFailed,
    VariablesInvalid,
)
from gateway_graphql.exchange import (
    JSON,
    GatewayResponse,
    GraphQLRequest,
    RequestContext,
)
from gateway_graphql.execution import (
    Coercer,
    ExecutionResult,
    ForRequest,
    Introspected,
    Tracer,
    encode_result,
    execute,
)
from gateway_graphql.execution.run.replies import Mask
from gateway_graphql.language.limits import OperationLimits, check_variables
from gateway_graphql.language.operation import Operation, OperationKind
from gateway_graphql.language.pruning import NOTHING, Addition, Place
from gateway_graphql.pipeline import (
    NO_STUDIES,
    Admission,
    CacheLimits,
    GateFactory,
    Guard,
    Introspector,
    Middleware,
    Next,
    PlanFor,
    PreparedDocument,
    PreparedOperation,
    Preparer,
    Report,
    Validation,
    Variant,
    Waiting,
    wrap,
)
from gateway_graphql.pipeline.insight.explanation import explained, is_asked_for
from gateway_graphql.pipeline.insight.report import (
    asks_for_trace,
    with_facts,
    with_report,
)
from gateway_graphql.pipeline.insight.schema_facts import schema_facts
from gateway_graphql.pipeline.rollout import Rollout
from gateway_graphql.policy.headers.caching import AnswerCaching
from gateway_graphql.policy.persisted.ids import document_id
from gateway_graphql.policy.rate_limit import user_of
from gateway_graphql.supergraph.api_schema import checked_api_schema
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.transport.around.refuse import RefusingTransport
from gateway_graphql.transport.base import Transport
from gateway_graphql.transport.http import HTTPTransport
from gateway_graphql.transport.http_message import named_by_connection

_GRACE_S = 1.0
"""Fetches may outlive the request's deadline by this much, so that it is always the
request that is late and never, by a hair, one of its fetches."""


_WHOLE: Final = Variant()


@runtime_checkable
class Resource(Protocol):
    """Something that middleware, gates or transports hold open."""

    async def aclose(self) -> None:
        """Let it go."""
        ...


class GatewayOptions(TypedDict, total=False):
    """What an operator may set of a gateway; every member is optional.

    Attributes:
        transports: Subgraph name -> how to reach it; HTTP to the supergraph's URL for
            the others. The gateway does not close the ones given.
        around_transports: Each makes a transport around a subgraph's, for example to
            tell it who asks; the first one outermost.
        urls: Subgraph name -> where it answers, in place of the supergraph's URL.
        subgraph_timeout_s: How long one HTTP request to a subgraph may take.
        middleware: Around every operation, the first one outermost.
        gate: Makes what decides how much of each operation its caller gets; by default
            `Policies()`, which keeps the access rules and limits of the schema, and
            `open_gate` to keep none.
        guards: Asked once per request, in order, when the operation is prepared.
        rules: Validation rules beyond those of the GraphQL specification.
        suggests: Whether errors suggest names that the schema has ("Did you mean"); by
            default they do.
        forward_headers: Names of client headers that subgraphs receive; by default
            `authorization`. `*` is all, for a transport that chooses.
        mask: Makes errors of subgraphs fit for clients; by default they keep message
            and code.
        cache_limits: How many prepared operations are remembered.
        operation_limits: How much one operation may ask for.
        error_limits: How much an answer tells of what is wrong.
        explains: Whether a request with the header `X-Gateway-Explain` is answered by
            its plan and what its policies find, and not executed.
        traces: Whether a request with the header `X-Gateway-Trace` is told how its
            answer came about: plan, fetches, costs, limits. By default none is; it
            shows what subgraphs are sent, whoever asks.
        resources: What is closed with the gateway, after its last request, in order.
    """

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
    mask: Mask
    cache_limits: CacheLimits
    operation_limits: OperationLimits
    error_limits: ErrorLimits
    explains: bool
    traces: bool
    resources: Sequence[Resource]


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
        self.api_schema = checked_api_schema(supergraph)
        self._operation_limits = options.get("operation_limits", OperationLimits())
        self._error_limits = options.get("error_limits", DEFAULT_ERROR_LIMITS)
        gate = options.get("gate")
        self._gate = None if gate is None else gate(supergraph, self.api_schema)
        self.preparer = Preparer(
            supergraph,
            self.api_schema,
            validation=Validation(
                tuple(options.get("rules", ())),
                suggests=options.get("suggests", True),
                max_errors=self._error_limits.max_errors,
            ),
            limits=options.get("cache_limits"),
            operation_limits=self._operation_limits,
            studies=NO_STUDIES if self._gate is None else self._gate.studies,
        )
        self._introspector = Introspector(
            options.get("cache_limits"), self._operation_limits
        )
        given = options.get("transports", {})
        urls = _checked_urls(options.get("urls", {}))
        self._own_transports = {
            name: HTTPTransport(
                urls.get(name) or _own_url(name, subgraph.url),
                timeout_s=options.get("subgraph_timeout_s", 30),
            )
            for name, subgraph in supergraph.subgraphs.items()
            if name not in given
        }
        around = options.get("around_transports", ())
        self.transports: Mapping[str, Transport] = {
            name: _wrapped(transport, around)
            for name, transport in {**self._own_transports, **given}.items()
        }
        self.handle: Next = wrap(
            self._answer, (AnswerCaching(), *options.get("middleware", ()))
        )
        self._rollout = Rollout(supergraph)
        self._guards = tuple(options.get("guards", ()))
        self._mask = options.get("mask")
        self._traces = options.get("traces", False)
        self._explains = options.get("explains", False)
        self._forward_headers = tuple(
            name.lower() for name in options.get("forward_headers", ("authorization",))
        )
        # How many requests are inside `in_use`; the event is set while there are none.
        self._requests = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def __repr__(self) -> str:
        names = ", ".join(self.supergraph.subgraphs)
        known = f"{self.preparer!r}; {self._introspector!r}"
        return f"<Runtime {names}; {self._requests} requests; {known}>"

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
        """Wait for the last request, then close the gate and what was made here."""
        await self._is_idle.wait()
        self.preparer.close()
        self._introspector.close()
        gate: object = self._gate
        if isinstance(gate, Resource):  # it need not be one
            await gate.aclose()
        for transport in self._own_transports.values():
            await transport.aclose()

    async def _answer(
        self, request: GraphQLRequest, context: RequestContext
    ) -> GatewayResponse:
        """Read, coerce, admit, guard, execute, encode: the inside of the onion."""
        context = self._rollout.applied(context)
        tracer = None
        if self._traces and asks_for_trace(context.headers):
            tracer, context = Tracer(), replace(context, is_traced=True)
        if not request.query and document_id(request) is not None:
            raise PersistedQueryNotSupported
        try:
            if request.refusal is not None:
                raise request.refusal
            check_variables(request.variables, self._operation_limits)
            document = await self._document(request, context)
            _refuse_unservable(document.operation, context)
            variables = _coerce(document.coercer, request.variables)
            document, failing = await self._without_failing(
                document, variables, context
            )
            if self._explains and is_asked_for(context.headers):
                return await self._explained(document, variables, context, failing)
            prepared, admission = await self._admitted(document, variables, context)
        except ClientError as refusal:
            if refusal.is_charged:
                raise
            raise await self._charged(refusal, context) from refusal
        introspected = await self._introspected(prepared, variables, context, admission)
        result = await self._executed(
            prepared, variables, context, admission, tracer, introspected
        )
        result, headers = _settled(result, admission, failing)
        if tracer is not None:
            result = with_report(result, prepared, variables, admission, tracer)
            if introspected:
                result = with_facts(result, await self._schema_facts(context))
            headers = {**headers, "cache-control": "no-store"}
        return GatewayResponse(
            encode_result(result, self._error_limits),
            has_data=True,
            has_errors=bool(result.errors),
            headers=headers,
            caller=context.caller,
            replies=result.replies,
        )

    async def _without_failing(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
    ) -> tuple[PreparedDocument, tuple[ErrorDetail, ...]]:
        """What of a document can be asked with these variables; the errors of the rest."""
        nulls = document.nulls_given(variables)
        if not nulls:
            return document, ()
        errors = tuple(null.error() for null in nulls)
        part = await self.preparer.without_nulls(document, nulls, _waiting(context))
        return part, errors

    async def _admitted(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
    ) -> tuple[PreparedOperation, Admission | None]:
        """What of a document is executed, after the gate and the guards."""
        plan_for = self._plan_for(document, context)
        admission = None
        if self._gate is None:
            prepared = await plan_for()
        else:
            admission = await self._gate.admit(document, variables, context, plan_for)
            prepared = admission.prepared
        try:
            for guard in self._guards:
                guard(prepared, context)
        except ClientError as refusal:
            if admission is None:
                raise
            raise refusal.charged(admission.headers) from refusal
        return prepared, admission

    async def _charged(
        self, refusal: ClientError, context: RequestContext
    ) -> ClientError:
        """The refusal, charged to the limits of who asked.

        Raises:
            RateLimited: They are used up.
        """
        headers = {} if self._gate is None else await self._gate.refused(context)
        return refusal.charged(headers)

    async def _schema_facts(self, context: RequestContext) -> Mapping[str, object]:
        visible = await self._visible_schema(context)
        return await self._introspector.in_background(
            ("facts", visible),
            partial(schema_facts, self.supergraph, visible, self._gate),
            _waiting(context),
        )

    async def _introspected(
        self,
        prepared: PreparedOperation,
        variables: Mapping[str, JSON],
        context: RequestContext,
        admission: Admission | None,
    ) -> Introspected:
        asked = prepared.compiled.introspections
        if not asked or prepared.is_withheld:
            return ()
        visible = await self._visible_schema(context)
        try:
            return await self._introspector.introspected(
                asked, visible, variables, _waiting(context)
            )
        except ClientError as refusal:
            # It was charged when it was admitted.
            if admission is None:
                raise
            raise refusal.charged(admission.headers) from refusal

    async def _explained(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
        failing: tuple[ErrorDetail, ...],
    ) -> GatewayResponse:
        plan_for = self._plan_for(document, context)
        if self._gate is None:
            report = Report(await plan_for())
        else:
            report = await self._gate.explain(document, variables, context, plan_for)
        return explained(report, failing)

    @property
    def hides(self) -> bool:
        """Whether callers ask by the schema that they may see, and no other."""
        return self._gate is not None and self._gate.hides

    async def _document(
        self, request: GraphQLRequest, context: RequestContext
    ) -> PreparedDocument:
        known = self.preparer.known_document(request.query, request.operation_name)
        if known is not None and await self._is_visible(known, context):
            return known
        if self._gate is not None:
            await self._gate.before_reading(context)
        return await self._read(request, context)

    async def _read(
        self, request: GraphQLRequest, context: RequestContext
    ) -> PreparedDocument:
        waiting = _waiting(context)
        schema = self.api_schema
        if self.hides:
            schema = await self._visible_schema(context)
        try:
            return await self.preparer.read(
                request.query, request.operation_name, waiting, schema
            )
        except ValidationFailed:
            # What the caller may not see does not show in what is wrong, either.
            visible = await self._visible_schema(context)
            if visible is schema:
                raise
            problems = await self.preparer.refused_by(visible, request.query, waiting)
            if not problems:
                raise
            raise ValidationFailed(problems) from None

    async def _is_visible(
        self, document: PreparedDocument, context: RequestContext
    ) -> bool:
        """Whether the caller is known to see all of a document, if that matters."""
        if not self.hides:
            return True
        visible = await self._visible_schema(context)
        return visible is self.api_schema or visible in document.accepted_by

    async def _visible_schema(self, context: RequestContext) -> GraphQLSchema:
        if self._gate is None:
            return self.api_schema
        return await self._gate.visible_schema(context)

    def _plan_for(self, document: PreparedDocument, context: RequestContext) -> PlanFor:
        async def plan_for(
            removals: frozenset[Place] = NOTHING,
            additions: tuple[Addition, ...] = (),
        ) -> PreparedOperation:
            labels = context.override_labels
            variant = _WHOLE
            if removals or additions or labels:
                variant = Variant(removals, additions, labels)
            known = self.preparer.known(document, variant)
            return known or await self.preparer.planned(
                document, variant, _waiting(context)
            )

        return plan_for

    async def _executed(
        self,
        prepared: PreparedOperation,
        variables: Mapping[str, JSON],
        context: RequestContext,
        admission: Admission | None,
        tracer: Tracer | None,
        introspected: Introspected,
    ) -> ExecutionResult:
        if prepared.is_withheld:
            return ExecutionResult(None)
        transports = self.transports
        if admission is not None and admission.skipped_subgraphs:
            skipped = {
                name: RefusingTransport(failure)
                for name, failure in admission.skipped_subgraphs.items()
            }
            transports = {**transports, **skipped}
        return await execute(
            prepared.compiled,
            ForRequest(
                variables=variables,
                transports=transports,
                headers=self._forwarded(context.headers),
                caller=context.caller,
                inspector=None if admission is None else admission.inspector,
                observe=None if admission is None else admission.observe,
                mask=self._mask,
                tracer=tracer,
                error_limits=self._error_limits,
                deadline=None
                if context.deadline is None
                else context.deadline + _GRACE_S,
                introspected=introspected,
                hidden_types=await self._hidden_types(context),
            ),
        )

    async def _hidden_types(self, context: RequestContext) -> Collection[str]:
        """The types that the caller does not know, where that is not to show."""
        if not self.hides:
            return ()
        visible = await self._visible_schema(context)
        return self.api_schema.type_map.keys() - visible.type_map.keys()

    def _forwarded(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        # `connection` itself stays, which no transport sends: rules read it, too.
        hidden = named_by_connection(headers) - {"connection"}
        names = headers if "*" in self._forward_headers else self._forward_headers
        return {
            name: headers[name]
            for name in names
            if name in headers and name not in hidden
        }


def _checked_urls(urls: Mapping[str, str]) -> Mapping[str, str]:
    for name, url in urls.items():
        if problem := url_problem(url):
            raise ConfigInvalid(f"The URL of subgraph '{name}' {problem}.")
    return urls


def _own_url(name: str, url: str) -> str:
    """The supergraph's URL of a subgraph; empty for one that has none."""
    if url and (problem := url_problem(url)):
        raise SupergraphInvalid(
            f"The supergraph's URL of subgraph '{name}' {problem}; settings may give "
            "another one."
        )
    return url


def _wrapped(
    transport: Transport, wrappers: Sequence[Callable[[Transport], Transport]]
) -> Transport:
    for wrapper in reversed(wrappers):
        transport = wrapper(transport)
    return transport


def _refuse_unservable(operation: Operation, context: RequestContext) -> None:
    match operation.kind:
        case OperationKind.MUTATION if not context.may_mutate:
            raise MethodNotAllowed(
                "A mutation must be sent by POST.", allowed=("POST",)
            )
        case OperationKind.SUBSCRIPTION:
            raise OperationNotSupported("Subscriptions are not supported.")


def _waiting(context: RequestContext) -> Waiting:
    """Who waits for a document: those who share a limit share their turn."""
    return Waiting(user_of(context), context.gone)


def _coerce(coercer: Coercer, variables: Mapping[str, JSON]) -> Mapping[str, JSON]:
    try:
        return coercer(variables)
    except RecursionError:
        raise VariablesInvalid(
            [ErrorDetail("The variables are nested too deeply.", VariablesInvalid.code)]
        ) from None


def _settled(
    result: ExecutionResult,
    admission: Admission | None,
    failing: tuple[ErrorDetail, ...],
) -> tuple[ExecutionResult, Mapping[str, str]]:
    """The answer with what was known before it and what the gate says; its headers."""
    headers: Mapping[str, str] = {}
    errors, extensions = failing, result.extensions
    if admission is not None:
        headers, extensions = admission.headers, admission.extensions
        errors = (*failing, *admission.errors)
        if admission.settle is not None:
            settlement = admission.settle(result)
            headers = {**headers, **settlement.headers}
            extensions = {**extensions, **settlement.extensions}
    if errors or extensions:
        result = replace(
            result, errors=(*errors, *result.errors), extensions=extensions
        )
    return result, headers
