"""A subgraph as plain GraphQL: the rules of the GraphQL specification itself.

graphql-core has them, for the document (validation of type system definitions) and for
the schema built from it; values of directive arguments it leaves unchecked, so they are
checked here. Where composition tools agree to be more lenient than the specification,
so are we (each is a pattern below): a repeated enum value, an enum default in quotes, a
whole number written as a float, a deprecated implementation of a field that is not, and
a query root that holds nothing but federation's own fields.

(GraphQL specification, 3 "Type System", and 5.6.1 "Values of Correct Type".)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    TypeDefinitionNode,
    ValueNode,
    Visitor,
    build_ast_schema,
    validate_schema,
    visit,
)
from graphql.utilities import validate_input_literal
from graphql.validation.validate import validate_sdl

from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import BUILT_IN_SCALARS

_TOLERATED = re.compile(
    r"""Query\ root\ type\ must\ be\ provided\.
    | Enum\ value\ '[^']+'\ can\ only\ be\ defined\ once\.
    | .*cannot\ represent\ non-enum\ value:\ "(\w+)"\.\ Did\ you\ mean
      \ the\ enum\ value\ '\1'.*
    | .*\ so\ implementation\ field\ .*\ must\ not\ be\ deprecated\.
    | .*Int\ cannot\ represent\ non-integer\ value:\ \d+\.0+""",
    re.VERBOSE,
)


def check_graphql(
    document: DocumentNode, query: str, subgraph: str, problems: Problems
) -> None:
    """The completed document is a valid GraphQL schema.

    Args:
        document: With federation's own definitions.
        query: The query root's name, which may hold only federation's fields.
        subgraph: The subgraph's name.
        problems: Where errors go.
    """
    empty_query = f"Type {query} must define one or more fields."
    for message in dict.fromkeys((*_redefined(document), *_messages(document))):
        if message != empty_query and not _TOLERATED.fullmatch(message):
            problems.error("INVALID_GRAPHQL", message, None, subgraph)


def _redefined(document: DocumentNode) -> Iterator[str]:
    """Types that every schema has (3.5); graphql-core drops a definition of them."""
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode) and node.name.value in BUILT_IN_SCALARS:
            yield f"Type {node.name.value} is built in: it cannot be defined again."


def _messages(document: DocumentNode) -> Iterator[str]:
    try:
        errors = validate_sdl(document)
        if any(not _TOLERATED.fullmatch(error.message) for error in errors):
            yield from (error.message for error in errors)
            return
        schema = build_ast_schema(document, assume_valid_sdl=True)
        yield from (error.message for error in validate_schema(schema))
    except (GraphQLError, TypeError, KeyError, ValueError) as error:
        yield str(error)
        return
    values = _DirectiveValues(schema)
    visit(document, values)
    yield from values.messages


class _DirectiveValues(Visitor):
    """Collects directive arguments whose values are not of their types."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.messages: list[str] = []
        self._schema = schema

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        definition = self._schema.get_directive(node.name.value)
        if definition is None:
            return
        for argument in node.arguments or ():
            expected = definition.args.get(argument.name.value)
            if expected is None:
                continue
            errors = _literal_errors(argument.value, expected.type)
            if errors and not _TOLERATED.fullmatch(errors[0].message):
                self.messages.append(
                    f'Invalid value for "@{node.name.value}({argument.name.value}:)" of'
                    f' type "{expected.type}": {errors[0].message}'
                )


def _literal_errors(value: ValueNode, expected: GraphQLInputType) -> list[GraphQLError]:
    errors: list[GraphQLError] = []
    validate_input_literal(value, expected, lambda error, _: errors.append(error))
    return errors
