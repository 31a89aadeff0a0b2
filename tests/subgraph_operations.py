"""What a fetch sends, by its text: for plans that a test writes down itself."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse

from gateway_graphql.language.from_ast import (
    argument_from_node,
    condition_from_directives,
    directives_from_nodes,
)
from gateway_graphql.language.operation import (
    ALWAYS,
    Condition,
    Field,
    Fragment,
    OperationKind,
    Selection,
)
from gateway_graphql.planning.plan import SubgraphOperation


def sent(text: str, variables: tuple[str, ...] = ()) -> SubgraphOperation:
    """The operation that a plan would have for a text."""
    node = _definition(text)
    kind = OperationKind(node.operation.value)
    return SubgraphOperation(kind, selections_in(text), text, variables)


def selections_in(text: str) -> tuple[Selection, ...]:
    """What a fetch's text selects, read back from it."""
    return tuple(_selections(_definition(text).selection_set))


def _definition(text: str) -> OperationDefinitionNode:
    (node,) = parse(text, no_location=True).definitions
    assert isinstance(node, OperationDefinitionNode)
    return node


def _selections(
    node: SelectionSetNode, around: Condition = ALWAYS
) -> Iterator[Selection]:
    for child in node.selections:
        own = condition_from_directives(tuple(child.directives or ()))
        assert own is not None, "a plan asks for nothing that can never be"
        if isinstance(child, FieldNode):
            below = child.selection_set
            yield Field(
                child.name.value,
                child.alias.value if child.alias else child.name.value,
                tuple(argument_from_node(a) for a in child.arguments or ()),
                tuple(_selections(below)) if below else (),
                around | own,
                directives=directives_from_nodes(child.directives),
            )
        elif child.type_condition is None:
            yield from _selections(child.selection_set, around | own)
        else:
            below = tuple(_selections(child.selection_set))
            yield Fragment(child.type_condition.name.value, below)
