"""`@rest` and `@body`: what a document says of an endpoint, read and taken out.

The directives are for the gateway alone. They are read as GraphQL reads directives, by
their definition, and what is executed is the operation without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from graphql import (
    DirectiveNode,
    GraphQLDirective,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    StringValueNode,
    VariableDefinitionNode,
    build_schema,
)
from graphql.execution import get_argument_values

from gateway_graphql.exchange import JSON

DEFINITIONS: Final = '''\
"""Answers HTTP requests at an address with what the operation gives."""
directive @rest(
  """Begins with a slash; `{name}` is the operation's variable of that name."""
  path: String!

  method: RestMethod! = GET

  """The part of `data` that is the answer: response keys, joined by dots."""
  unwrap: String

  """Reshapes the answer: a JMESPath expression, applied after `unwrap`."""
  select: String

  """The status of success."""
  status: Int! = 200

  """The `Cache-Control` of answers."""
  cache: String

  """What to do when some of the answer could not be had."""
  partial: RestPartial! = fail

  """The `Location` of what was made: a path, `{name}` a member of the answer."""
  location: String

  """Statuses for codes of errors, before those of the settings."""
  errors: [RestError!]! = []

  tags: [String!]

  """Values of variables for the documentation, by name."""
  examples: RestExamples

  deprecated: RestDeprecation
) on QUERY | MUTATION

"""Takes the variable's value from the JSON body."""
directive @body on VARIABLE_DEFINITION

enum RestMethod { GET POST PUT PATCH DELETE }

enum RestPartial {
  """Answer with what there is."""
  allow

  """Answer with the error."""
  fail
}

"""An error's `extensions.code` and the status that it means."""
input RestError { code: String! status: Int! }

input RestDeprecation {
  """The day since when, like 2026-01-31."""
  since: String!

  """The day on which it ends to answer."""
  sunset: String

  """Why, and what to use."""
  reason: String

  """The path or URL of what to use in its place."""
  successor: String
}

scalar RestExamples
'''

_schema = build_schema(DEFINITIONS, assume_valid=True)
_directives = {directive.name: directive for directive in _schema.directives}

REST: Final = "rest"
BODY: Final = "body"

_Directed = TypeVar("_Directed", OperationDefinitionNode, VariableDefinitionNode)


@dataclass(frozen=True, slots=True)
class RestArguments:
    """The arguments of `@rest`, as given.

    Attributes:
        node: The directive, which says where they stand.
        values: By name; a default where nothing is given.
    """

    node: DirectiveNode
    values: Mapping[str, Any]

    def node_of(self, name: str) -> Node:
        """Where an argument is given; the directive if it is not."""
        return next(
            (one.value for one in self.node.arguments or () if one.name.value == name),
            self.node,
        )

    def value_of(self, name: str) -> Any:
        """An argument's value, `None` without one."""
        return self.values.get(name)


def rest_arguments(operation: OperationDefinitionNode) -> RestArguments | None:
    """The arguments of an operation's `@rest`; `None` without one.

    Raises:
        GraphQLError: There are two, or an argument is unknown, missing or wrong.
    """
    nodes = [one for one in operation.directives or () if one.name.value == REST]
    if not nodes:
        return None
    if len(nodes) > 1:
        raise GraphQLError("An operation has one @rest.", nodes[1])
    return RestArguments(nodes[0], _values(_directives[REST], nodes[0]))


def is_from_body(variable: VariableDefinitionNode) -> bool:
    """Whether a variable has `@body`.

    Raises:
        GraphQLError: It has arguments.
    """
    for node in variable.directives or ():
        if node.name.value == BODY:
            _values(_directives[BODY], node)
            return True
    return False


def without_directives(operation: OperationDefinitionNode) -> OperationDefinitionNode:
    """The operation as it is executed; descriptions are for people and go, too."""
    variables = tuple(map(_undirected, operation.variable_definitions or ()))
    return replace(_undirected(operation), variable_definitions=variables)


def description_of(node: OperationDefinitionNode | VariableDefinitionNode) -> str:
    """What a document says of a definition."""
    description: StringValueNode | None = node.description
    return description.value if description else ""


def _undirected(node: _Directed) -> _Directed:
    kept = tuple(
        one for one in node.directives or () if one.name.value not in (REST, BODY)
    )
    return replace(node, directives=kept, description=None)


def _values(definition: GraphQLDirective, node: DirectiveNode) -> dict[str, JSON]:
    given: Sequence[Any] = node.arguments or ()
    for argument in given:
        if argument.name.value not in definition.args:
            known = ", ".join(definition.args) or "none"
            raise GraphQLError(
                f"@{definition.name} has no argument '{argument.name.value}'; "
                f"there are {known}.",
                argument,
            )
    return get_argument_values(definition, node)
