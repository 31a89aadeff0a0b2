"""From a document's text to a prepared operation, once per document.

Preparing (parse, validate, normalize, plan, compile) costs milliseconds and depends on
the document and on what of it the caller may have; executing costs microseconds and
depends on the request. So the preparer remembers what it made: a document by its text,
and with the document its plans, so a request for a known document is two look-ups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
)

from gateway_graphql.errors import (
    DEFAULT_ERROR_LIMITS,
    ErrorDetail,
    LimitExceeded,
    Location,
    ParseFailed,
    ValidationFailed,
)
from gateway_graphql.execution import compile_coercer, compile_plan
from gateway_graphql.language.limits import (
    OperationLimits,
    check_limits,
    parse_within,
)
from gateway_graphql.language.narrowed import HiddenNames, NarrowedSchema
from gateway_graphql.language.normalize import select_operation
from gateway_graphql.language.operation import Operation
from gateway_graphql.language.pruning import Place, extend, prune, withhold
from gateway_graphql.language.size import MAX_NESTING
from gateway_graphql.language.validating import Deadline, validated
from gateway_graphql.language.validation import rules_for
from gateway_graphql.pipeline.preparing.background import Background, Waiting
from gateway_graphql.pipeline.preparing.cache_limits import CacheLimits
from gateway_graphql.pipeline.preparing.known import KnownDocument
from gateway_graphql.pipeline.preparing.prepared import (
    NO_STUDIES,
    PreparedDocument,
    PreparedOperation,
    Studies,
    Variant,
)
from gateway_graphql.planning import Planner
from gateway_graphql.remembered import Remembered
from gateway_graphql.supergraph.forbidden_nulls import ForbiddenNull, forbidden_nulls
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.operations import read_operation

_ANYBODY: Final = Waiting()
_DocumentKey: TypeAlias = tuple[str, str | None]


@contextmanager
def _refusing_depth() -> Iterator[None]:
    """Every stage recurses with the document's depth, so failing is the client's doing.

    Documents as deep as the limits allow do not get here, unless the stack was nearly
    full before.
    """
    try:
        yield
    except RecursionError:
        raise LimitExceeded("nesting", MAX_NESTING) from None


@dataclass(frozen=True, slots=True)
class Validation:
    """How documents are held to a schema.

    Attributes:
        rules: Rules beyond those of the GraphQL specification.
        suggests: Whether errors suggest names that the schema has ("Did you mean").
        max_errors: How many errors are told of one document.
    """

    rules: tuple[type[ASTValidationRule], ...] = ()
    suggests: bool = True
    max_errors: int = DEFAULT_ERROR_LIMITS.max_errors


class Preparer:
    """Prepares operations for one supergraph, and remembers them.

    The cache belongs to one schema, so a new schema starts with a new preparer and the
    schema's hash need not be part of the key. It is an LRU bounded by entries and by
    the documents' bytes, with so many plans for each; a document that fails is not
    remembered.

    A server asks with `read` and `planned`: what is not known is made in a thread, once
    however many ask, and no other request waits for it. `document` and `plan` do the
    same where they are called.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        api_schema: GraphQLSchema,
        *,
        validation: Validation | None = None,
        limits: CacheLimits | None = None,
        operation_limits: OperationLimits | None = None,
        studies: Studies = NO_STUDIES,
    ) -> None:
        self._supergraph = supergraph
        self._api_schema = api_schema
        self._validation = validation or Validation()
        self._planner = Planner(supergraph)
        self._limits = limits or CacheLimits()
        self._operation_limits = operation_limits or OperationLimits()
        self._studies = studies
        self._background = Background("prepare")
        # By text and operation name. Changed by `document` and `read` alone; what is
        # known of a document by `plan`, `planned` and `without_nulls`.
        self._documents: Remembered[_DocumentKey, KnownDocument] = Remembered(
            self._limits.max_entries,
            max_bytes=self._limits.max_text_bytes,
            size=lambda key, _: len(key[0].encode(errors="surrogatepass")),
        )

    def __repr__(self) -> str:
        known = self._documents
        return f"<Preparer {len(known)} operations, {known.bytes} bytes of text>"

    def prepare(
        self,
        text: str,
        operation_name: str | None = None,
        override_labels: frozenset[str] = frozenset(),
    ) -> PreparedOperation:
        """Prepare one operation of a document as a whole, or find it prepared.

        Raises:
            ParseFailed: The text is no GraphQL document.
            LimitExceeded: It is too large.
            ValidationFailed: It does not fit the API schema.
            UnknownOperationName: It has no such operation.
            PlanningFailed: A valid operation has no plan.
        """
        document = self.document(text, operation_name)
        return self.plan(document, Variant(override_labels=override_labels))

    def document(self, text: str, operation_name: str | None = None) -> KnownDocument:
        """Read one operation of a document, or find it read; nothing is planned.

        Raises:
            ParseFailed: The text is no GraphQL document.
            LimitExceeded: It is too large.
            ValidationFailed: It does not fit the API schema.
            UnknownOperationName: It has no such operation.
        """
        key = (text, operation_name)
        document = self._documents.get(key)
        if document is None:
            document = self._read(text, operation_name, self._api_schema)
            self._documents.put(key, document)
        return document

    def known_document(
        self, text: str, operation_name: str | None
    ) -> KnownDocument | None:
        """One operation of a document, if it was read already."""
        return self._documents.get((text, operation_name))

    async def read(
        self,
        text: str,
        operation_name: str | None = None,
        waiting: Waiting = _ANYBODY,
        schema: GraphQLSchema | None = None,
    ) -> KnownDocument:
        """The same as `document`, without holding up the event loop.

        Args:
            text: The document.
            operation_name: Which operation of it.
            waiting: Who asks.
            schema: What they are shown, to which the document is held; by default the
                whole API schema.

        Raises:
            CallerGone: Who asks does not wait any more.
        """
        key = (text, operation_name)
        schema = schema or self._api_schema
        known = self._documents.get(key)
        if known is not None and self._accepts(schema, known):
            return known
        document = await self._background.run(
            (*key, schema),
            partial(self._read, text, operation_name, schema),
            partial(self._keep_document, key, schema),
            waiting,
        )
        # Another may have been kept meanwhile, and have plans.
        return self._documents.get(key) or document

    def plan(self, document: KnownDocument, variant: Variant) -> PreparedOperation:
        """Plan a document, or find it planned.

        Raises:
            LimitExceeded: It is too deep.
            PlanningFailed: A valid operation has no plan.
        """
        prepared = self.known(document, variant)
        if prepared is None:
            prepared = self._plan(document.prepared, variant)
            document.plans.put(variant, prepared)
        return prepared

    async def without_nulls(
        self,
        document: KnownDocument,
        nulls: Iterable[ForbiddenNull],
        waiting: Waiting = _ANYBODY,
    ) -> KnownDocument:
        """The document without the fields that are given a null which they must not.

        Nobody decides about them and nobody is asked for them; they are null in the
        answer.
        """
        places = frozenset(null.place for null in nulls)
        part = document.parts.get(places)
        if part is not None:
            return part
        return await self._background.run(
            (document, places),
            partial(self._part, document, places),
            partial(document.parts.put, places),
            waiting,
        )

    def known(
        self, document: KnownDocument, variant: Variant
    ) -> PreparedOperation | None:
        """The plan of a document, if there is one already."""
        return document.plans.get(variant)

    async def planned(
        self,
        document: KnownDocument,
        variant: Variant,
        waiting: Waiting = _ANYBODY,
    ) -> PreparedOperation:
        """The same as `plan`, without holding up the event loop."""
        known = self.known(document, variant)
        if known is not None:
            return known
        return await self._background.run(
            (document, variant),
            partial(self._plan, document.prepared, variant),
            partial(document.plans.put, variant),
            waiting,
        )

    async def refused_without(
        self, hidden: HiddenNames, text: str, waiting: Waiting = _ANYBODY
    ) -> tuple[ErrorDetail, ...]:
        """What is wrong with a document for somebody who does not know some names."""
        return await self._background.run(
            (hidden, text),
            partial(self._refused_without, hidden, text),
            lambda _: None,
            waiting,
        )

    def close(self) -> None:
        """Let the thread go; nothing is read or planned in it any more."""
        self._background.close()

    def _accepts(self, schema: GraphQLSchema, document: KnownDocument) -> bool:
        """Whether a document is known to be valid by a schema.

        What is valid by a part is valid by the whole.
        """
        return schema is self._api_schema or schema in document.accepted_by

    def _keep_document(
        self,
        key: _DocumentKey,
        schema: GraphQLSchema,
        document: KnownDocument,
    ) -> None:
        known = self._documents.get(key)
        if known is None:
            self._documents.put(key, document)
            known = document
        if schema is not self._api_schema:
            known.accepted_by.add(schema)

    @_refusing_depth()
    def _read(
        self, text: str, operation_name: str | None, schema: GraphQLSchema
    ) -> KnownDocument:
        deadline = Deadline.of(self._operation_limits.max_preparing_ms)
        document = self._parse(text)
        deadline.check()
        check_limits(document, self._operation_limits)
        for held_to in self._held_to(schema):
            # Nothing is suggested that somebody is not shown.
            suggests = self._validation.suggests and held_to is schema
            if problems := self._problems(
                held_to, document, text, deadline, suggests=suggests
            ):
                raise ValidationFailed(problems)
        operation = read_operation(document, self._supergraph, operation_name)
        prepared = PreparedDocument(
            operation,
            operation,
            compile_coercer(
                operation,
                self._supergraph,
                _variable_places(select_operation(document, operation_name)),
            ),
            forbidden_nulls(operation, self._supergraph),
            found=self._found(operation),
        )
        return KnownDocument(prepared, self._limits.max_plans_per_document)

    @_refusing_depth()
    def _part(self, document: KnownDocument, places: frozenset[Place]) -> KnownDocument:
        whole = document.prepared
        operation = prune(whole.operation, places)
        part = PreparedDocument(
            operation,
            withhold(whole.answer, places),
            whole.coercer,
            found=self._found(operation),
        )
        return KnownDocument(part, self._limits.max_plans_per_document)

    def _found(self, operation: Operation) -> Mapping[object, object]:
        """What the studies make of an operation."""
        return {make: make(operation) for make in self._studies.of_documents}

    @_refusing_depth()
    def _plan(self, document: PreparedDocument, variant: Variant) -> PreparedOperation:
        planned, asked = document.operation, document.answer
        if variant.removals:
            planned = prune(planned, variant.removals)
            asked = withhold(asked, variant.removals)
        is_withheld = bool(variant.removals) and not planned.selections
        if variant.additions:
            planned = extend(planned, variant.additions)
        plan = self._planner.plan(planned, variant.override_labels)
        prepared = PreparedOperation(
            document.operation,
            plan,
            compile_plan(plan, self._supergraph, answer=asked),
            document.coercer,
            is_withheld,
        )
        of_plans = self._studies.of_plans
        found: Mapping[object, object] = {make: make(prepared) for make in of_plans}
        return replace(prepared, found=found)

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse_within(text, self._operation_limits)
        except GraphQLSyntaxError as error:
            raise ParseFailed([_detail(error, ParseFailed.code)]) from error

    def _held_to(self, schema: GraphQLSchema) -> Iterator[GraphQLSchema]:
        """What a document must be valid by for somebody who is shown a schema.

        A part of the whole is enough. One of which nothing is left has a field that the
        whole lacks, since a schema must have one.
        """
        yield schema
        shown, whole = schema.query_type, self._api_schema.query_type
        if shown and whole and not shown.fields.keys() <= whole.fields.keys():
            yield self._api_schema

    def _refused_without(
        self, hidden: HiddenNames, text: str
    ) -> tuple[ErrorDetail, ...]:
        schema = NarrowedSchema(self._api_schema, hidden)
        deadline = Deadline.of(self._operation_limits.max_preparing_ms)
        suggests = self._validation.suggests
        document = self._parse(text)
        return self._problems(schema, document, text, deadline, suggests=suggests)

    def _problems(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        text: str,
        deadline: Deadline,
        *,
        suggests: bool,
    ) -> tuple[ErrorDetail, ...]:
        validation = self._validation
        errors = validated(
            schema,
            document,
            (*rules_for(text), *validation.rules),
            max_errors=validation.max_errors,
            suggests=suggests,
            deadline=deadline,
        )
        return tuple(_detail(error, ValidationFailed.code) for error in errors)


def _variable_places(node: OperationDefinitionNode) -> dict[str, Location]:
    """Where an operation defines its variables."""
    places: dict[str, Location] = {}
    for definition in node.variable_definitions or ():
        if definition.loc is not None:
            # Tokens know their places; in the text they would have to be counted.
            token = definition.loc.start_token
            places[definition.variable.name.value] = Location(token.line, token.column)
    return places


def _detail(error: GraphQLError, code: str) -> ErrorDetail:
    return ErrorDetail(
        error.message,
        code,
        locations=tuple(_places(error)),
    )


def _places(error: GraphQLError) -> Iterator[Location]:
    """Where it is; tokens know their places, in the text they would be counted."""
    if error.nodes:
        for node in error.nodes:
            if node.loc is not None:
                token = node.loc.start_token
                yield Location(token.line, token.column)
    else:
        for place in error.locations or ():
            yield Location(place.line, place.column)
