"""Field sets: the selection strings of `@key`, `@requires` and `@provides`.

A field set is a selection set whose braces may be left out (federation specification,
scalar `FieldSet`); it is one selection set and nothing beside it. Composition, query
graph and explanations all read it here, so none of them takes what another refuses. It
becomes the same selections that operations are made of, so keys and requirements are
planned by the code that plans operations.
"""

from __future__ import annotations

from functools import lru_cache

from graphql import (
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    parse,
)

from gateway_graphql.language.from_ast import selections_from_node
from gateway_graphql.language.operation import Selection


@lru_cache(maxsize=8192)
def parse_field_set(text: str) -> tuple[Selection, ...]:
    """Read a field set such as `id organization { id }`.

    Raises:
        graphql.GraphQLSyntaxError: The text is not one selection set.
    """
    return selections_from_node(selection_set(text))


@lru_cache(maxsize=16384)
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
