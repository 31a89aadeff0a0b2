"""Field sets: the selection strings of `@key`, `@requires` and `@provides`.

A field set is a selection set without braces (federation specification, scalar
`FieldSet`). It is read once, at schema time, into the same selections that operations
are made of, so keys and requirements are planned by the code that plans operations.
"""

from __future__ import annotations

from functools import lru_cache

from graphql import parse

from gateway_graphql.language.operation import Selection
from gateway_graphql.language.reading import selections_from_node


@lru_cache(maxsize=8192)
def parse_field_set(text: str) -> tuple[Selection, ...]:
    """Read a field set such as `id organization { id }`.

    Raises:
        graphql.GraphQLSyntaxError: The text is not a selection set.
    """
    document = parse("{" + text + "}", no_location=True)
    return selections_from_node(document.definitions[0].selection_set)  # type: ignore[attr-defined]
