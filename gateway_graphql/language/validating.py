"""Validate a document within bounds: so many errors, suggestions and so much time.

graphql-core looks for names like an unknown one among all names that there are, for each
error anew; in a large schema that costs a thousand times what the rules do. So only the
first errors suggest names, and only where there are not too many to look at.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    KnownTypeNamesRule,
    NamedTypeNode,
    ParallelVisitor,
    TypeInfo,
    TypeInfoVisitor,
    ValidationContext,
    Visitor,
    visit,
)

from gateway_graphql.errors import PreparingTookTooLong

MAX_SUGGESTING_ERRORS: Final = 3
MAX_CANDIDATES: Final = 500


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the computing of one thread has to be done, on that thread's clock.

    Attributes:
        budget_ms: How much there was; `None` for no end.
        at_s: When it is used up.
    """

    budget_ms: int | None
    at_s: float

    @classmethod
    def of(cls, budget_ms: int | None) -> Deadline:
        """A deadline from now on, to be checked in the same thread."""
        return cls(budget_ms, time.thread_time() + (budget_ms or 0) / 1000)

    @property
    def is_over(self) -> bool:
        """Whether the time is used up."""
        return self.budget_ms is not None and time.thread_time() > self.at_s

    def check(self) -> None:
        """Stop here if it is over.

        Raises:
            PreparingTookTooLong: It is.
        """
        if self.budget_ms is not None and self.is_over:
            raise PreparingTookTooLong(self.budget_ms)


class _Enough(Exception):  # no error: more of them are not wanted
    pass


class _Bounded(ValidationContext):
    """Collects errors up to a number, and says when names are not suggested any more.

    Attributes:
        errors: What is wrong, so far.
        candidates: How many names there are to look at; `None` for those of the type
            that is being selected from.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        types: TypeInfo,
        max_errors: int,
        *,
        suggests: bool,
    ) -> None:
        self.errors: list[GraphQLError] = []
        self.candidates: int | None = None
        self._max_errors = max_errors
        self._suggests = suggests
        super().__init__(
            schema,
            document,
            types,
            self._keep,
            allow_empty_selection_sets=False,
        )

    @property
    def hide_suggestions(self) -> bool:
        """Whether the next error is to suggest nothing."""
        if not self._suggests or len(self.errors) >= MAX_SUGGESTING_ERRORS:
            return True
        candidates = self.candidates
        if candidates is None:
            parent = self.get_parent_type()
            candidates = 0
            if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
                candidates = len(parent.fields)
        return candidates > MAX_CANDIDATES

    def _keep(self, error: GraphQLError) -> None:
        if len(self.errors) >= self._max_errors:
            raise _Enough
        self.errors.append(error)


class BoundedKnownTypeNames(KnownTypeNamesRule):
    """The rule of the specification; a large schema's names are not suggested."""

    context: Any

    def enter_named_type(self, node: NamedTypeNode, *rest: Any) -> None:
        """Look at one name, which all names of the schema may be meant by."""
        if isinstance(self.context, _Bounded):
            self.context.candidates = len(self.context.schema.type_map)
        super().enter_named_type(node, *rest)
        if isinstance(self.context, _Bounded):
            self.context.candidates = None


class _OnTime(Visitor):
    """Stops a walk that takes too long."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def enter(self, *_: Any) -> None:
        self._deadline.check()


def validated(
    schema: GraphQLSchema,
    document: DocumentNode,
    rules: Sequence[type[ASTValidationRule]],
    *,
    max_errors: int,
    suggests: bool,
    deadline: Deadline,
) -> list[GraphQLError]:
    """Find what is wrong with a document.

    Args:
        schema: What it is held to; a valid one.
        document: Not nested too deeply.
        rules: What is looked for.
        max_errors: More are not told; the last one says so.
        suggests: Whether errors suggest names that the schema has.
        deadline: When to stop.

    Raises:
        PreparingTookTooLong: It was not done by then.
    """
    types = TypeInfo(schema)
    context = _Bounded(schema, document, types, max_errors, suggests=suggests)

    visitors: list[Visitor] = [_OnTime(deadline)]
    visitors += [rule(context) for rule in rules]
    try:
        visit(document, TypeInfoVisitor(types, ParallelVisitor(visitors)))
    except _Enough:
        context.errors.append(GraphQLError(_TOO_MANY))
    return context.errors


_TOO_MANY: Final = (
    "Too many validation errors, error limit reached. Validation aborted."
)
