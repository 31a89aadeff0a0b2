"""From a document's text to a prepared operation, once per document.

Preparing (parse, validate, normalize, plan, compile) costs milliseconds and depends on
the document and on what of it the caller may have; executing costs microseconds and
depends on the request. So the preparer remembers what it made: a document by its text,
and with the document its plans, so a request for a known document is two look-ups.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    parse,
    validate,
)

from gateway_graphql.errors import (
    ErrorDetail,
    Location,
    ParseFailed,
    ValidationFailed,
)
from gateway_graphql.execution import compile_coercer, compile_plan
from gateway_graphql.execution.shape import INTROSPECTION_FIELDS
from gateway_graphql.language.normalize import normalize, select_operation
from gateway_graphql.language.operation import Field, Operation, OperationKind
from gateway_graphql.language.pruning import extend, prune, withhold
from gateway_graphql.language.validation import rules_for
from gateway_graphql.pipeline.prepared import (
    PreparedDocument,
    PreparedOperation,
    Variant,
)
from gateway_graphql.planning import Planner
from gateway_graphql.supergraph.model import Supergraph

MAX_TOKENS = 15_000
"""Lexical tokens in a document; the same number bounds its comments."""

MAX_VALIDATION_ERRORS = 100


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much the preparer remembers.

    Attributes:
        max_entries: How many documents.
        max_text_bytes: How many bytes they may have together.
        max_plans_per_document: How many plans of each: one for all who may have all of
            it, and one for every set of places that somebody may not have.
    """

    max_entries: int = 1024
    max_text_bytes: int = 16 * 1024 * 1024
    max_plans_per_document: int = 32


class Preparer:
    """Prepares operations for one supergraph, and remembers them.

    The cache belongs to one schema, so a new schema starts with a new preparer and the
    schema's hash need not be part of the key. It is an LRU bounded by entries and by
    the documents' bytes, with so many plans for each; a document that fails is not
    remembered.

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
        self._rules = tuple(rules)
        self._planner = Planner(supergraph)
        self._limits = limits or CacheLimits()
        # Changed by `document` alone; a document's plans by `plan` alone.
        self._cache = _LRU(self._limits)

    def __repr__(self) -> str:
        return f"<Preparer {self._cache!r}>"

    def prepare(
        self,
        text: str,
        operation_name: str | None = None,
        override_labels: frozenset[str] = frozenset(),
    ) -> PreparedOperation:
        """Prepare one operation of a document as a whole, or find it prepared.

        Raises:
            ParseFailed: The text is no GraphQL document, too long or too deep.
            ValidationFailed: It does not fit the API schema.
            UnknownOperationName: It has no such operation.
            PlanningFailed: A valid operation has no plan.
        """
        document = self.document(text, operation_name)
        return self.plan(document, Variant(override_labels=override_labels))

    def document(
        self, text: str, operation_name: str | None = None
    ) -> PreparedDocument:
        """Read one operation of a document, or find it read; nothing is planned.

        Raises:
            ParseFailed: The text is no GraphQL document, too long or too deep.
            ValidationFailed: It does not fit the API schema.
            UnknownOperationName: It has no such operation.
        """
        key = (text, operation_name)
        document = self._cache.get(key)
        if document is None:
            try:
                document = self._read(text, operation_name)
            except RecursionError:
                # Every stage recurses with the document's depth, so this is the
                # client's doing; what the interpreter can take is the limit.
                raise _too_deep() from None
            self._cache.put(key, document)
        return document

    def plan(self, document: PreparedDocument, variant: Variant) -> PreparedOperation:
        """Plan a document, or find it planned.

        Raises:
            ParseFailed: It is too deep.
            PlanningFailed: A valid operation has no plan.
        """
        plans = document.plans
        prepared = plans.get(variant)
        if prepared is None:
            try:
                prepared = self._plan(document, variant)
            except RecursionError:
                raise _too_deep() from None
            plans[variant] = prepared
            if len(plans) > self._limits.max_plans_per_document:
                plans.popitem(last=False)
        else:
            plans.move_to_end(variant)
        return prepared

    def refused_by(self, schema: GraphQLSchema, text: str) -> tuple[ErrorDetail, ...]:
        """What is wrong with a document for somebody who knows this schema only."""
        return self._problems(schema, _parse(text), text)

    def _read(self, text: str, operation_name: str | None) -> PreparedDocument:
        document = _parse(text)
        if problems := self._problems(self._api_schema, document, text):
            raise ValidationFailed(problems)
        operation = self._normalize(document, operation_name)
        return PreparedDocument(
            operation,
            compile_coercer(operation, self._supergraph),
            has_introspection=any(
                isinstance(selection, Field) and selection.name in INTROSPECTION_FIELDS
                for selection in operation.selections
            ),
        )

    def _plan(self, document: PreparedDocument, variant: Variant) -> PreparedOperation:
        asked = planned = document.operation
        if variant.removals:
            planned = prune(asked, variant.removals)
            asked = withhold(asked, variant.removals)
        is_withheld = not planned.selections
        if variant.additions:
            planned = extend(planned, variant.additions)
        plan = self._planner.plan(planned, variant.override_labels)
        return PreparedOperation(
            document.operation,
            plan,
            compile_plan(
                plan,
                self._supergraph,
                variant.api_schema or self._api_schema,
                answer=asked,
            ),
            document.coercer,
            is_withheld,
        )

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

    def _problems(
        self, schema: GraphQLSchema, document: DocumentNode, text: str
    ) -> tuple[ErrorDetail, ...]:
        errors = validate(
            schema,
            document,
            (*rules_for(text), *self._rules),
            max_errors=MAX_VALIDATION_ERRORS,
            allow_empty_selection_sets=False,
        )
        return tuple(_detail(error, ValidationFailed.code) for error in errors)


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


_Key: TypeAlias = tuple[str, str | None]


class _LRU:
    """Least recently used goes first, by number and by bytes of text."""

    def __init__(self, limits: CacheLimits) -> None:
        self._limits = limits
        # Oldest first; `_text_bytes` is the sum over the entries.
        self._entries: OrderedDict[_Key, tuple[PreparedDocument, int]] = OrderedDict()
        self._text_bytes = 0

    def __repr__(self) -> str:
        return f"{len(self._entries)} operations, {self._text_bytes} bytes of text"

    def get(self, key: _Key) -> PreparedDocument | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: _Key, prepared: PreparedDocument) -> None:
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
