"""A subgraph as plain GraphQL: the rules of the GraphQL specification itself.

graphql-core has them all, for the document (validation of type system definitions) and
for the schema built from it. A document that breaks the first kind cannot be built.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    build_ast_schema,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    validate_schema,
    validate_input_value,
)
from graphql.validation.validate import validate_sdl

from gateway_graphql.composition.problems import Problems

_NO_QUERY = "Query root type must be provided."


def check_graphql(document: DocumentNode, subgraph: str, problems: Problems) -> None:
    """The completed document is a valid GraphQL schema."""
    for message in _messages(document):
        problems.error("INVALID_GRAPHQL", message, None, subgraph)


def _messages(document: DocumentNode) -> Iterator[str]:
    try:
        errors = validate_sdl(document)
        if not errors:
            schema = build_ast_schema(document, assume_valid_sdl=True)
            errors = validate_schema(schema)
    except (GraphQLError, TypeError, KeyError) as error:
        yield str(error)
        return
    for message in dict.fromkeys(e.message for e in errors):
        if message != _NO_QUERY:
            yield message
