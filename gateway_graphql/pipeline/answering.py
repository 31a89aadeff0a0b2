"""A request's way to its answer: read, admit, execute, settle, encode.

This is the inside of the onion of middleware. What each step needs was made for the
supergraph that is served; what it knows of the request is handed from step to step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec
from msgspec.structs import replace

from gateway_graphql.errors import ClientError, ErrorDetail, ErrorLimits
from gateway_graphql.exchange import (
    GatewayAnswer,
    GatewayResponse,
    GatewayStream,
    GraphQLRequest,
    RequestContext,
)
from gateway_graphql.execution import (
    Event,
    ExecutionResult,
    ForRequest,
    Introspected,
    Tracer,
    execute,
    source_of,
    subscribe,
)
from gateway_graphql.execution.compiled.plan import CompiledFetch
from gateway_graphql.execution.run.replies import Mask
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.pipeline.documents import AskedDocument, Documents
from gateway_graphql.pipeline.gate import Admission, Gate
from gateway_graphql.pipeline.insight.explanation import explained, is_asked_for
from gateway_graphql.pipeline.insight.report import (
    asks_for_trace,
    with_facts,
    with_report,
)
from gateway_graphql.pipeline.insight.schema_facts import schema_facts
from gateway_graphql.pipeline.preparing.background import Waiting
from gateway_graphql.pipeline.preparing.introspecting import Introspector
from gateway_graphql.pipeline.rollout import Rollout
from gateway_graphql.pipeline.sharing import Executed, Sharing
from gateway_graphql.pipeline.visibility import HiddenTypes
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.transport.around.refuse import RefusingTransport
from gateway_graphql.transport.base import Transport
from gateway_graphql.transport.http_message import named_by_connection

_GRACE_S = 1.0
"""Fetches may outlive the request's deadline by this much, so that it is always the
request that is late and never, by a hair, one of its fetches."""


@dataclass(frozen=True, slots=True)
class AnsweringSettings:
    """What an operator may set of how requests are answered.

    Attributes:
        forward_headers: Names of client headers that subgraphs receive, in lower case;
            `*` is all.
        mask: Makes errors of subgraphs fit for clients.
        error_limits: How much an answer tells of what is wrong.
        explains: Whether requests may ask for their plan in place of data.
        traces: Whether requests may ask how their answer came about.
    """

    forward_headers: tuple[str, ...]
    mask: Mask | None
    error_limits: ErrorLimits
    explains: bool
    traces: bool


class _Admitted(msgspec.Struct, frozen=True):
    """A request that was let through, and what its execution is given.

    Attributes:
        is_last: Whether its subscription has failed with this.
    """

    asked: AskedDocument
    context: RequestContext
    admission: Admission
    given: ForRequest
    is_last: bool = False

    def by(self, event: Event, allowed_s: float | None) -> _Admitted:
        """The same once more, for an event of its subscription.

        Args:
            event: What has come.
            allowed_s: How long an answer to it may take.
        """
        anew = self.admission.anew
        # What was charged for the subscription is not given back.
        admission = replace(self.admission, settle=None) if anew is None else anew()
        given = replace(
            event.among(self.given),
            deadline=None if allowed_s is None else time.monotonic() + allowed_s,
            inspector=admission.inspector,
            observe=admission.observe,
        )
        return _Admitted(self.asked, self.context, admission, given, event.is_fatal)


class Answering:
    """Answers the requests to one supergraph.

    Args:
        supergraph: What is served.
        documents: Reads what is asked.
        gate: Decides what of it the caller gets.
        introspector: Answers what is asked of the schema.
        transports: Subgraph name -> how to reach it.
        waiting_of: Who waits for what takes long.
        settings: What the operator has set.
        sharing: What requests share; `None` for nothing.
    """

    def __init__(  # noqa: PLR0913 - the parts that a request meets
        self,
        supergraph: Supergraph,
        documents: Documents,
        gate: Gate,
        introspector: Introspector,
        transports: Mapping[str, Transport],
        *,
        waiting_of: Callable[[RequestContext], Waiting],
        settings: AnsweringSettings,
        sharing: Sharing | None = None,
    ) -> None:
        self._supergraph = supergraph
        self._rollout = Rollout(supergraph)
        self._documents = documents
        self._gate = gate
        self._visibility = gate.visibility
        self._hidden_types = HiddenTypes(gate.visibility, documents.api_schema)
        self._introspector = introspector
        self._transports = transports
        self._waiting_of = waiting_of
        self._settings = settings
        self._sharing = sharing

    def __repr__(self) -> str:
        return f"<Answering by {self._gate!r}>"

    async def __call__(
        self, request: GraphQLRequest, context: RequestContext
    ) -> GatewayAnswer:
        """Answer a request.

        Raises:
            ClientError: It is refused as a whole.
            PlanningFailed: The supergraph cannot answer a valid operation.
        """
        context = self._rollout.applied(context)
        tracer = None
        if self._settings.traces and asks_for_trace(context.headers):
            tracer, context = Tracer(), replace(context, is_traced=True)
        try:
            asked = await self._documents.read(request, context)
            if self._settings.explains and is_asked_for(context.headers):
                return await self._explained(asked, context)
            admission = await self._gate.admit(
                asked.document, asked.variables, context, asked.plan_for
            )
        except ClientError as refusal:
            if refusal.is_charged:
                raise
            raise refusal.charged(await self._gate.refused(context)) from refusal
        given = await self._given(asked, context, admission)
        admitted = _Admitted(asked, context, admission, given)
        source = None
        if asked.document.operation.kind is OperationKind.SUBSCRIPTION:
            source = source_of(admission.prepared.compiled, asked.variables)
        if source is not None:
            return await self._subscribed(admitted, source)
        return await self._response(admitted, tracer)

    async def _subscribed(
        self, admitted: _Admitted, source: CompiledFetch
    ) -> GatewayAnswer:
        """A response for each event; one alone where the source gives no stream."""
        allowed_s = admitted.context.remaining_s()

        async def respond(event: Event) -> GatewayResponse:
            tracer = Tracer() if admitted.context.is_traced else None
            return await self._response(admitted.by(event, allowed_s), tracer)

        began = await subscribe(source, admitted.given)
        if isinstance(began, Event):
            return await respond(began)
        stream = GatewayStream(
            began.stream.mapped(respond),
            headers=admitted.admission.headers,
            caller=admitted.context.caller,
            replies=(began.head,),
        )
        keep = admitted.context.keep_stream
        return stream if keep is None else keep(stream)

    async def _response(
        self, admitted: _Admitted, tracer: Tracer | None
    ) -> GatewayResponse:
        """Execute what was admitted, settle with the gate, and encode."""
        asked, admission, given = admitted.asked, admitted.admission, admitted.given
        if tracer is not None:
            given = replace(given, tracer=tracer)
        executed = await self._executed(admission, given)
        result, headers = _settled(executed.result, asked.failing, admission)
        if tracer is not None:
            result = with_report(result, asked.variables, admission, tracer)
            if given.introspected:
                result = with_facts(result, await self._schema_facts(admitted.context))
            headers = {**headers, "cache-control": "no-store"}
        return GatewayResponse(
            executed.body_of(result, self._settings.error_limits),
            has_errors=bool(result.errors),
            headers=headers,
            caller=admitted.context.caller,
            replies=result.replies,
            is_fatal=admitted.is_last,
        )

    async def _executed(self, admission: Admission, given: ForRequest) -> Executed:
        prepared = admission.prepared
        if prepared.is_withheld:
            return Executed(ExecutionResult(None))
        if self._sharing is None:
            return Executed(await execute(prepared.compiled, given))
        return await self._sharing.execute(prepared.compiled, given)

    async def _explained(
        self, asked: AskedDocument, context: RequestContext
    ) -> GatewayResponse:
        report = await self._gate.explain(
            asked.document, asked.variables, context, asked.plan_for
        )
        return explained(report, asked.failing)

    async def _introspected(
        self, asked: AskedDocument, context: RequestContext, admission: Admission
    ) -> Introspected:
        prepared = admission.prepared
        questions = prepared.compiled.introspections
        if not questions or prepared.is_withheld:
            return ()
        visible = await self._visibility.visible_schema(context)
        try:
            return await self._introspector.introspected(
                questions, visible, asked.variables, self._waiting_of(context)
            )
        except ClientError as refusal:
            # It was charged when it was admitted.
            raise refusal.charged(admission.headers) from refusal

    async def _given(
        self, asked: AskedDocument, context: RequestContext, admission: Admission
    ) -> ForRequest:
        """What an execution of what was admitted is given."""
        deadline = context.deadline
        return ForRequest(
            transports=self._transports_for(admission),
            variables=asked.variables,
            headers=self._forwarded(context.headers),
            deadline=None if deadline is None else deadline + _GRACE_S,
            caller=context.caller,
            inspector=admission.inspector,
            observe=admission.observe,
            mask=self._settings.mask,
            error_limits=self._settings.error_limits,
            introspected=await self._introspected(asked, context, admission),
            hidden_types=await self._hidden_types.of(context),
        )

    def _transports_for(self, admission: Admission) -> Mapping[str, Transport]:
        if not admission.skipped_subgraphs:
            return self._transports
        skipped = {
            name: RefusingTransport(failure)
            for name, failure in admission.skipped_subgraphs.items()
        }
        return {**self._transports, **skipped}

    def _forwarded(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        # `connection` itself stays, which no transport sends: rules read it, too.
        hidden = named_by_connection(headers) - {"connection"}
        forwarded = self._settings.forward_headers
        return {
            name: headers[name]
            for name in (headers if "*" in forwarded else forwarded)
            if name in headers and name not in hidden
        }

    async def _schema_facts(self, context: RequestContext) -> Mapping[str, object]:
        visible = await self._visibility.visible_schema(context)
        return await self._introspector.in_background(
            ("facts", visible),
            partial(schema_facts, self._supergraph, visible, self._gate),
            self._waiting_of(context),
        )


def _settled(
    result: ExecutionResult, failing: tuple[ErrorDetail, ...], admission: Admission
) -> tuple[ExecutionResult, Mapping[str, str]]:
    """The answer with what was known before it and what the gate says; its headers."""
    headers, extensions = admission.headers, admission.extensions
    if admission.settle is not None:
        settlement = admission.settle(result)
        headers = {**headers, **settlement.headers}
        extensions = {**extensions, **settlement.extensions}
    errors = (*failing, *admission.errors)
    if errors or extensions:
        result = replace(
            result, errors=(*errors, *result.errors), extensions=extensions
        )
    return result, headers
