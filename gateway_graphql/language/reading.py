"""graphql-core's selection sets -> our selections, as written.

Nothing is merged or dropped here; named fragments must be gone or be given. That is the
work of `normalize`, which knows the schema.
"""

from __future__ import annotations

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    print_ast,
)

from gateway_graphql.language.operation import (
    ALWAYS,
    Argument,
    Condition,
    Field,
    Fragment,
    Selection,
    VariableIs,
)


def argument_from_node(node: ArgumentNode) -> Argument:
    """Convert an argument; its value is printed."""
    return Argument(
        node.name.value, print_ast(node.value), tuple(_variables_in(node.value))
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
        if name not in ("skip", "include"):
            continue
        wanted = name == "include"
        match next(a.value for a in directive.arguments or () if a.name.value == "if"):
            case VariableNode(name=variable):
                terms.add(VariableIs(variable.value, wanted))
            case BooleanValueNode(value=value) if value != wanted:
                return None
    return conjunction(ALWAYS, frozenset(terms))


def conjunction(one: Condition, other: Condition) -> Condition | None:
    """Both conditions together; `None` when they contradict each other."""
    if not other:
        return one
    both = one | other
    if any(VariableIs(term.variable, not term.value) in both for term in both):
        return None
    return both


def selections_from_node(node: SelectionSetNode) -> tuple[Selection, ...]:
    """Convert a selection set without named fragments, such as a field set."""
    return tuple(_selection(child) for child in node.selections)


def _selection(node: object) -> Selection:
    match node:
        case FieldNode():
            return Field(
                node.name.value,
                node.alias.value if node.alias else node.name.value,
                tuple(
                    argument_from_node(argument) for argument in node.arguments or ()
                ),
                selections_from_node(node.selection_set) if node.selection_set else (),
            )
        case InlineFragmentNode(type_condition=condition) if condition is not None:
            return Fragment(
                condition.name.value, selections_from_node(node.selection_set)
            )
        case _:
            raise ValueError(
                "A field set holds fields and fragments with a type condition only."
            )
