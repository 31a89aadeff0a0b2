"""graphql-core's selection sets -> our selections, as written.

Nothing is merged or dropped here; named fragments must be gone or be given. That is the
work of `normalize`, which knows the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    print_ast,
)

from gateway_graphql.language.conditions import can_hold
from gateway_graphql.language.operation import (
    ALWAYS,
    Argument,
    Condition,
    Directive,
    Field,
    Fragment,
    Selection,
    VariableIs,
)

_DECIDING: Final = frozenset({"skip", "include"})
"""The directives that the gateway carries out itself."""


def argument_from_node(node: ArgumentNode) -> Argument:
    """Convert an argument; its value is printed."""
    return Argument(
        node.name.value, print_ast(node.value), tuple(_variables_in(node.value))
    )


def directives_from_nodes(
    nodes: Iterable[DirectiveNode] | None,
) -> tuple[Directive, ...]:
    """Convert the directives that are not the gateway's to carry out."""
    return tuple(
        Directive(
            node.name.value, tuple(argument_from_node(a) for a in node.arguments or ())
        )
        for node in nodes or ()
        if node.name.value not in _DECIDING
    )


def _variables_in(node: ValueNode) -> list[str]:
    match node:
        case VariableNode():
            return [node.name.value]
        case ListValueNode():
            inner = [_variables_in(item) for item in node.values]
        case ObjectValueNode():
            inner = [_variables_in(field.value) for field in node.fields]
        case _:
            return []
    return list(dict.fromkeys(name for names in inner for name in names))


def condition_from_directives(
    directives: tuple[DirectiveNode, ...],
) -> Condition | None:
    """Read `@skip` and `@include`; `None` when they can never hold."""
    terms: set[VariableIs] = set()
    for directive in directives:
        name = directive.name.value
        if name not in _DECIDING:
            continue
        wanted = name == "include"
        match next(a.value for a in directive.arguments or () if a.name.value == "if"):
            case VariableNode(name=variable):
                terms.add(VariableIs(variable.value, wanted))
            case BooleanValueNode(value=value) if value != wanted:
                return None
    return conjunction(ALWAYS, frozenset(terms))


def deciding_variables(
    node: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> set[str]:
    """The variables that some `@skip` or `@include` in a selection set asks.

    All that is written counts, also what can never be selected.
    """
    variables: set[str] = set()
    spread: set[str] = set()
    waiting = [node]
    while waiting:
        for child in waiting.pop().selections:
            variables.update(_asked_by(child.directives))
            match child:
                case FieldNode(selection_set=inner) if inner:
                    waiting.append(inner)
                case InlineFragmentNode(selection_set=inner):
                    waiting.append(inner)
                case FragmentSpreadNode(name=name) if name.value not in spread:
                    spread.add(name.value)
                    waiting.append(fragments[name.value].selection_set)
    return variables


def _asked_by(directives: Iterable[DirectiveNode] | None) -> Iterator[str]:
    for directive in directives or ():
        if directive.name.value in _DECIDING:
            for argument in directive.arguments or ():
                yield from _variables_in(argument.value)


def conjunction(one: Condition, other: Condition) -> Condition | None:
    """Both conditions together; `None` when they contradict each other."""
    if not other:
        return one
    both = one | other
    return both if can_hold(both) else None


def selections_from_node(node: SelectionSetNode) -> tuple[Selection, ...]:
    """Convert a selection set without named fragments, such as a field set.

    Raises:
        ValueError: It has a named fragment.
    """
    return tuple(_selections(node))


def _selections(node: SelectionSetNode) -> Iterator[Selection]:
    for child in node.selections:
        match child:
            case FieldNode():
                yield Field(
                    child.name.value,
                    child.alias.value if child.alias else child.name.value,
                    tuple(argument_from_node(a) for a in child.arguments or ()),
                    selections_from_node(child.selection_set)
                    if child.selection_set
                    else (),
                )
            case InlineFragmentNode(type_condition=None):
                yield from _selections(child.selection_set)
            case InlineFragmentNode(type_condition=named) if named:
                inner = selections_from_node(child.selection_set)
                yield Fragment(named.name.value, inner)
            case _:
                raise ValueError("A field set has no named fragments.")
