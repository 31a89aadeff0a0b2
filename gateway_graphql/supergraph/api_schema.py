"""What clients see: the supergraph without federation machinery and hidden parts.

The schema serves validation and introspection, and `schema/api.graphql`. Its types are
made in `api_types`.
"""

from __future__ import annotations

from graphql import GraphQLError, GraphQLInputObjectType, GraphQLSchema, validate_schema

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.supergraph.api_types import make_schema
from gateway_graphql.supergraph.model import Supergraph

_ABOUT_DEPRECATION = "be deprecated."
_MAX_PROBLEMS = 20


def build_api_schema(supergraph: Supergraph) -> GraphQLSchema:
    """Build the schema that client operations are validated against.

    Raises:
        SupergraphInvalid: Something refers to a type that is not there, or clients see
            a type and nothing of it.
    """
    try:
        schema = make_schema(supergraph)
    except (TypeError, GraphQLError) as error:
        raise SupergraphInvalid(f"The supergraph is not whole: {error}") from error
    _tell_strawberry(schema)
    return schema


def checked_api_schema(supergraph: Supergraph) -> GraphQLSchema:
    """Build it, and hold it to the rules for schemas (specification section 3).

    Where deprecations stand is not looked at: it changes no answer, and supergraphs
    composed elsewhere have them where newer rules would not.

    Raises:
        SupergraphInvalid: It breaks a rule, so that operations could not be answered as
            the schema says.
    """
    schema = build_api_schema(supergraph)
    # A schema that is assumed to be valid is never looked at, so it is another one.
    parts = schema.to_kwargs()
    parts["assume_valid"] = False
    problems = [
        error.message
        for error in validate_schema(GraphQLSchema(**parts))
        if not error.message.endswith(_ABOUT_DEPRECATION)
    ]
    if problems:
        told = "\n".join(problems[:_MAX_PROBLEMS])
        raise SupergraphInvalid(f"The supergraph's API schema is not valid:\n{told}")
    return schema


def _tell_strawberry(schema: GraphQLSchema) -> None:
    """Let `isOneOf` be answered where Strawberry is in the same process.

    It replaces the field's resolver for all schemas by one that asks this extension.
    """
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType) and type_.is_one_of:
            type_.extensions["strawberry-definition"] = type_
