"""What a request asks for, as its caller may know it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
from graphql import GraphQLSchema

from gateway_graphql.errors import (
    ErrorDetail,
    MethodNotAllowed,
    OperationNotSupported,
    ValidationFailed,
    VariablesInvalid,
)
from gateway_graphql.exchange import JSON, GraphQLRequest, RequestContext
from gateway_graphql.execution import Coercer
from gateway_graphql.language.limits import OperationLimits, check_variables
from gateway_graphql.language.operation import Operation, OperationKind
from gateway_graphql.language.pruning import NOTHING, Addition, Place
from gateway_graphql.pipeline.preparing.background import Waiting
from gateway_graphql.pipeline.preparing.known import KnownDocument
from gateway_graphql.pipeline.preparing.prepared import (
    PlanFor,
    PreparedDocument,
    PreparedOperation,
    Variant,
)
from gateway_graphql.pipeline.preparing.preparer import Preparer
from gateway_graphql.pipeline.visibility import Visibility

_WHOLE: Final = Variant()


class AskedDocument(msgspec.Struct, frozen=True):
    """One request, read.

    Attributes:
        document: What can be asked of its document with its variables.
        variables: Coerced.
        failing: The errors of what cannot be asked with them.
        plan_for: Plans the document for the gate.
    """

    document: PreparedDocument
    variables: Mapping[str, JSON]
    failing: tuple[ErrorDetail, ...]
    plan_for: PlanFor


class Documents:
    """Reads what requests ask, each as its caller may see the schema.

    Attributes:
        api_schema: The whole schema.

    Args:
        preparer: Reads and plans documents, and remembers them.
        api_schema: The whole schema.
        visibility: Who sees what of it.
        before_reading: Refuses who may not have a document read that nobody knows.
        limits: How much one request may ask for.
        waiting_of: Who waits for a document.
    """

    def __init__(
        self,
        preparer: Preparer,
        api_schema: GraphQLSchema,
        visibility: Visibility,
        before_reading: Callable[[RequestContext], Awaitable[None]],
        limits: OperationLimits,
        waiting_of: Callable[[RequestContext], Waiting],
    ) -> None:
        self._preparer = preparer
        self.api_schema = api_schema
        self._visibility = visibility
        self._before_reading = before_reading
        self._limits = limits
        self._waiting_of = waiting_of

    def __repr__(self) -> str:
        return f"<Documents {self._preparer!r}>"

    async def read(
        self, request: GraphQLRequest, context: RequestContext
    ) -> AskedDocument:
        """Read a request, document and variables.

        Raises:
            ClientError: It cannot be asked, or not so.
        """
        if request.refusal is not None:
            raise request.refusal
        check_variables(request.variables, self._limits)
        document = await self._document(request, context)
        prepared = document.prepared
        _refuse_unservable(prepared.operation, context)
        variables = _coerced(prepared.coercer, request.variables)
        failing: tuple[ErrorDetail, ...] = ()
        if nulls := prepared.nulls_given(variables):
            document = await self._preparer.without_nulls(
                document, nulls, self._waiting_of(context)
            )
            failing = tuple(null.error() for null in nulls)
        return AskedDocument(
            document.prepared, variables, failing, self._plan_for(document, context)
        )

    async def _document(
        self, request: GraphQLRequest, context: RequestContext
    ) -> KnownDocument:
        known = self._preparer.known_document(request.query, request.operation_name)
        if known is not None and await self._is_visible(known, context):
            return known
        await self._before_reading(context)
        return await self._unknown(request, context)

    async def _is_visible(
        self, document: KnownDocument, context: RequestContext
    ) -> bool:
        """Whether the caller is known to see all of a document, if that matters."""
        if not self._visibility.hides:
            return True
        visible = await self._visibility.visible_schema(context)
        return visible is self.api_schema or visible in document.accepted_by

    async def _unknown(
        self, request: GraphQLRequest, context: RequestContext
    ) -> KnownDocument:
        waiting = self._waiting_of(context)
        schema = self.api_schema
        if self._visibility.hides:
            schema = await self._visibility.visible_schema(context)
        try:
            return await self._preparer.read(
                request.query, request.operation_name, waiting, schema
            )
        except ValidationFailed:
            if self._visibility.hides:
                raise
            # What the caller may not see does not show in what is wrong, either.
            hidden = await self._visibility.hidden_names(context)
            if not hidden:
                raise
            problems = await self._preparer.refused_without(
                hidden, request.query, waiting
            )
            if not problems:
                raise
            raise ValidationFailed(problems) from None

    def _plan_for(self, document: KnownDocument, context: RequestContext) -> PlanFor:
        async def plan_for(
            removals: frozenset[Place] = NOTHING,
            additions: tuple[Addition, ...] = (),
        ) -> PreparedOperation:
            labels = context.override_labels
            variant = _WHOLE
            if removals or additions or labels:
                variant = Variant(removals, additions, labels)
            known = self._preparer.known(document, variant)
            return known or await self._preparer.planned(
                document, variant, self._waiting_of(context)
            )

        return plan_for


def _refuse_unservable(operation: Operation, context: RequestContext) -> None:
    match operation.kind:
        case OperationKind.MUTATION if not context.may_mutate:
            raise MethodNotAllowed(
                "A mutation must be sent by POST.", allowed=("POST",)
            )
        case OperationKind.SUBSCRIPTION if context.keep_stream is None:
            raise OperationNotSupported(
                "A subscription is answered by a stream, which must be asked for: "
                "by `Accept: text/event-stream` or "
                "`Accept: multipart/mixed;subscriptionSpec=1.0`."
            )


def _coerced(coercer: Coercer, variables: Mapping[str, JSON]) -> Mapping[str, JSON]:
    try:
        return coercer(variables)
    except RecursionError:
        raise VariablesInvalid(
            [ErrorDetail("The variables are nested too deeply.", VariablesInvalid.code)]
        ) from None
