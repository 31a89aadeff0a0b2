"""From a document's text to a prepared operation, once per document.

Preparing (parse, validate, normalize, plan, compile) costs milliseconds and depends on
the document only, executing costs microseconds and depends on the request: so the
preparer remembers what it made, and a request for a known document is one look-up.

The sockets around an operation are types here, too: a *middleware* is around it, a
*guard* sees it prepared and may refuse it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    parse,
    specified_rules,
    validate,
)

from gateway_graphql.errors import (
    ErrorDetail,
    Location,
    ParseFailed,
    ValidationFailed,
)
from gateway_graphql.execution import (
    Coercer,
    CompiledPlan,
    compile_coercer,
    compile_plan,
)
from gateway_graphql.language.normalize import normalize, select_operation
from gateway_graphql.language.operation import Operation, OperationKind
from gateway_graphql.planning import Planner
from gateway_graphql.planning.plan import QueryPlan
from gateway_graphql.request import GatewayResponse, GraphQLRequest, RequestContext
from gateway_graphql.supergraph.model import Supergraph

MAX_TOKENS = 15_000
"""Lexical tokens in a document; the same number bounds its comments."""

MAX_VALIDATION_ERRORS = 100

Next: TypeAlias = Callable[[GraphQLRequest, RequestContext], Awaitable[GatewayResponse]]
"""The rest of the onion, seen from a middleware."""

Middleware: TypeAlias = Callable[
    [GraphQLRequest, RequestContext, Next], Awaitable[GatewayResponse]
]
"""Runs around an operation: `async (request, context, proceed) -> response`.

It may change what it passes on, answer by itself, or raise a `ClientError`.
"""


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """All that can be known of an operation before a request.

    Attributes:
        operation: What the client asks, normalized.
        plan: The fetches that answer it.
        compiled: The plan, ready to run.
        coercer: Turns the request's raw variables into values of their types.
    """

    operation: Operation
    plan: QueryPlan
    compiled: CompiledPlan
    coercer: Coercer


Guard: TypeAlias = Callable[[PreparedOperation, RequestContext], None]
"""Sees every prepared operation once per request; raises a `ClientError` to refuse."""


def wrap(handler: Next, middleware: Sequence[Middleware]) -> Next:
    """Fold middleware around a handler, the first one outermost."""
    for layer in reversed(middleware):
        handler = _layer(layer, handler)
    return handler


def _layer(layer: Middleware, proceed: Next) -> Next:
    async def handle(
        request: GraphQLRequest, context: RequestContext
    ) -> GatewayResponse:
        return await layer(request, context, proceed)

    return handle


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much the preparer remembers.

    Attributes:
        max_entries: How many prepared operations.
        max_text_bytes: How many bytes their documents may have together.
    """

    max_entries: int = 1024
    max_text_bytes: int = 16 * 1024 * 1024


class Preparer:
    """Prepares operations for one supergraph, and remembers them.

    The cache belongs to one schema, so a new schema starts with a new preparer and the
    schema's hash need not be part of the key. It is an LRU bounded by entries and by
    the documents' bytes; a document that fails is not remembered.

    Preparing is synchronous and runs where it is called. It is pure computing, which a
    thread would not speed up (the interpreter lock) but would make every other request
    pay for with switches; and since nothing is awaited, a second request for the same
    document cannot begin before the first has filled the cache. That is single flight
    without a lock or a future.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        api_schema: GraphQLSchema,
        *,
        rules: Sequence[type[ASTValidationRule]] = (),
        limits: CacheLimits | None = None,
    ) -> None:
        self._supergraph = supergraph
        self._api_schema = api_schema
        self._rules = (*specified_rules, *rules)
        self._planner = Planner(supergraph)
        # Changed by `prepare` alone, always together.
        self._cache = _LRU(limits or CacheLimits())

    def __repr__(self) -> str:
        return f"<Preparer {self._cache!r}>"

    def prepare(
        self,
        text: str,
        operation_name: str | None = None,
        override_labels: frozenset[str] = frozenset(),
    ) -> PreparedOperation:
        """Prepare one operation of a document, or find it prepared.

        Raises:
            ParseFailed: The text is no GraphQL document, too long or too deep.
            ValidationFailed: It does not fit the API schema.
            UnknownOperationName: It has no such operation.
            PlanningFailed: A valid operation has no plan.
        """
        key = (text, operation_name, override_labels)
        prepared = self._cache.get(key)
        if prepared is None:
            prepared = self._prepare(text, operation_name, override_labels)
            self._cache.put(key, prepared)
        return prepared

    def _prepare(
        self, text: str, operation_name: str | None, override_labels: frozenset[str]
    ) -> PreparedOperation:
        try:
            document = _parse(text)
            self._validate(document)
            operation = self._normalize(document, operation_name)
            plan = self._planner.plan(operation, override_labels)
            return PreparedOperation(
                operation,
                plan,
                compile_plan(plan, self._supergraph, self._api_schema),
                compile_coercer(operation, self._supergraph),
            )
        except RecursionError:
            # Every stage recurses with the document's depth, so this is the client's
            # doing; what the interpreter can take is the only limit on depth.
            raise _too_deep() from None

    def _normalize(
        self, document: DocumentNode, operation_name: str | None
    ) -> Operation:
        node = select_operation(document, operation_name)
        return normalize(
            document,
            node,
            root=self._supergraph.roots[OperationKind(node.operation.value)],
            field_types=self._supergraph.field_types,
            possible_types=self._supergraph.possible_types,
        )

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(
            self._api_schema,
            document,
            self._rules,
            max_errors=MAX_VALIDATION_ERRORS,
            allow_empty_selection_sets=False,
        )
        if errors:
            raise ValidationFailed(
                [_detail(error, ValidationFailed.code) for error in errors]
            )


def _parse(text: str) -> DocumentNode:
    try:
        return parse(
            text,
            max_lexical_tokens=MAX_TOKENS,
            max_comments=MAX_TOKENS,
            allow_empty_selection_sets=False,
        )
    except GraphQLSyntaxError as error:
        raise ParseFailed([_detail(error, ParseFailed.code)]) from error


def _detail(error: GraphQLError, code: str) -> ErrorDetail:
    return ErrorDetail(
        error.message,
        code,
        locations=tuple(
            Location(place.line, place.column) for place in error.locations or ()
        ),
    )


def _too_deep() -> ParseFailed:
    return ParseFailed(
        [ErrorDetail("The document is nested too deeply.", ParseFailed.code)]
    )


_Key: TypeAlias = tuple[str, str | None, frozenset[str]]


class _LRU:
    """Least recently used goes first, by number and by bytes of text."""

    def __init__(self, limits: CacheLimits) -> None:
        self._limits = limits
        # Oldest first; `_text_bytes` is the sum over the entries.
        self._entries: OrderedDict[_Key, tuple[PreparedOperation, int]] = OrderedDict()
        self._text_bytes = 0

    def __repr__(self) -> str:
        return f"{len(self._entries)} operations, {self._text_bytes} bytes of text"

    def get(self, key: _Key) -> PreparedOperation | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: _Key, prepared: PreparedOperation) -> None:
        size = len(key[0].encode(errors="surrogatepass"))
        if size > self._limits.max_text_bytes:
            return
        self._entries[key] = (prepared, size)
        self._text_bytes += size
        while (
            len(self._entries) > self._limits.max_entries
            or self._text_bytes > self._limits.max_text_bytes
        ):
            _, (_, freed) = self._entries.popitem(last=False)
            self._text_bytes -= freed
