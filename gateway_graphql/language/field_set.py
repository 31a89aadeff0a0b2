"""Field sets: the selection strings of `@key`, `@requires` and `@provides`.

A field set is a selection set whose braces may be left out (federation specification,
scalar `FieldSet`); it is one selection set and nothing beside it. Composition, query
graph and explanations all have it from here, so none of them takes what another refuses.
It becomes the same selections that operations are made of, so keys and requirements are
planned by the code that plans operations.
"""

from __future__ import annotations

import msgspec
from graphql import (
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    parse,
)

from gateway_graphql.language.from_ast import selections_from_node
from gateway_graphql.language.operation import Selection


class FieldSet(msgspec.Struct, frozen=True, cache_hash=True):
    """A field set that was read.

    Attributes:
        text: As its subgraph spells it, which is how a supergraph tells it on.
        selections: What it selects.
    """

    text: str
    selections: tuple[Selection, ...]

    def __str__(self) -> str:
        return self.text


class FieldSets:
    """Reads the field sets of one schema, each text once.

    Equal field sets are one object, so that what is found out about the selections of one
    join is known of the same selections of another.
    """

    def __init__(self) -> None:
        # Filled as texts are read; nothing in it ever changes afterwards.
        self._by_text: dict[str, FieldSet] = {}

    def read(self, text: str) -> FieldSet:
        """Read a field set.

        Raises:
            graphql.GraphQLSyntaxError: The text is not one selection set, or has a named
                fragment.
        """
        if (known := self._by_text.get(text)) is None:
            known = self._by_text[text] = parse_field_set(text)
        return known


def parse_field_set(text: str) -> FieldSet:
    """Read a field set such as `id organization { id }`.

    Raises:
        graphql.GraphQLSyntaxError: The text is not one selection set, or has a named
            fragment.
    """
    node = selection_set(text)
    try:
        return FieldSet(text, selections_from_node(node))
    except ValueError as error:
        raise GraphQLSyntaxError(Source(text), 0, str(error)) from error


def selection_set(text: str) -> SelectionSetNode:
    """The same as graphql-core's nodes, for whoever checks it.

    Raises:
        graphql.GraphQLSyntaxError: The text is not one selection set.
    """
    body = text.strip()
    document = parse(
        body if body.startswith("{") else "{" + text + "}", no_location=True
    )
    match document.definitions:
        case (OperationDefinitionNode(selection_set=selections),):
            _check_not_empty(selections)
            return selections
        case definitions:
            raise GraphQLSyntaxError(
                Source(text), 0, f"Expected one selection set, found {len(definitions)}"
            )


def _check_not_empty(selections: SelectionSetNode) -> None:
    """The parser lets empty braces pass; the grammar of field sets does not."""
    if not selections.selections:
        raise GraphQLSyntaxError(Source("{}"), 1, "Expected Name, found '}'.")
    for node in selections.selections:
        inner = getattr(node, "selection_set", None)
        if inner is not None:
            _check_not_empty(inner)
