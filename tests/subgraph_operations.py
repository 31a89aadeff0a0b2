"""What a fetch sends, by its text: for plans that a test writes down itself."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse
from msgspec.structs import replace

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
from gateway_graphql.planning.plan import FetchNode, SubgraphOperation


def sent(text: str, variables: tuple[str, ...] = ()) -> SubgraphOperation:
    """The operation that a plan would have for a text."""
    node = _definition(text)
    kind = OperationKind(node.operation.value)
    return SubgraphOperation(kind, selections_in(text), text, variables)


def selections_in(text: str) -> tuple[Selection, ...]:
    """What a text selects."""
    return tuple(_selections(_definition(text).selection_set))


def selections_of(fetch: FetchNode) -> tuple[Selection, ...]:
    """What a fetch's text selects, read back from it.

    Variables that the gateway fills from contexts are none of the client's.
    """
    own = {value.variable for value in fetch.context}
    return tuple(_without(own, one) for one in selections_in(fetch.operation.text))


def _without(variables: set[str], selection: Selection) -> Selection:
    below = tuple(_without(variables, one) for one in selection.selections)
    if isinstance(selection, Fragment):
        return replace(selection, selections=below)
    arguments = tuple(
        replace(
            one,
            variables=tuple(name for name in one.variables if name not in variables),
        )
        for one in selection.arguments
    )
    return replace(selection, selections=below, arguments=arguments)


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
