"""Parts of field sets that a subgraph resolves by itself, and the rest.

Federation 1 let `@requires` and `@provides` name fields that the subgraph has anyway;
federation 2 asks for what others resolve, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    SelectionSetNode,
    print_ast,
)

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.schema import (
    Applied,
    InterfaceType,
    ObjectType,
    UnionType,
)
from gateway_graphql.language.type_reference import named_type


def external_part(roles: FieldRoles, type_name: str, applied: Applied) -> str | None:
    """The field set without non-external leaves; `None` to leave it as it is."""
    try:
        selections = applied.field_set
    except GraphQLSyntaxError:
        return None
    for node in _leaves(roles, type_name, selections):
        if node is None:
            return None
    kept = _external_selections(roles, type_name, selections, inherited=False)
    if kept == " ".join((applied.text("fields") or "").split()):
        return None
    return kept


def _leaves(
    roles: FieldRoles, type_name: str, selections: SelectionSetNode
) -> Iterable[bool | None]:
    """`None` where a selection is not valid; the rules will say so."""
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            inner = node.type_condition.name.value if node.type_condition else type_name
            yield from _leaves(roles, inner, node.selection_set)
        elif isinstance(node, FieldNode) and node.name.value != "__typename":
            field = roles.schema.fields_of(type_name).get(node.name.value)
            is_complete = field is not None and (
                node.selection_set is not None
                or not isinstance(
                    roles.schema.types.get(named_type(field.type)),
                    ObjectType | InterfaceType | UnionType,
                )
            )
            yield True if is_complete else None
            if field is not None and node.selection_set is not None:
                yield from _leaves(roles, named_type(field.type), node.selection_set)


def _external_selections(
    roles: FieldRoles, type_name: str, selections: SelectionSetNode, *, inherited: bool
) -> str:
    parts: list[str] = []
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            inner = node.type_condition.name.value if node.type_condition else type_name
            body = _external_selections(
                roles, inner, node.selection_set, inherited=inherited
            )
            if body:
                parts.append(f"... on {inner} {{ {body} }}")
        elif isinstance(node, FieldNode):
            external = inherited or is_external_somewhere(
                roles, type_name, node.name.value
            )
            head = print_ast(
                FieldNode(name=node.name, alias=node.alias, arguments=node.arguments)
            )
            if node.selection_set is None:
                parts += [head] if external else []
                continue
            field = roles.schema.fields_of(type_name)[node.name.value]
            body = _external_selections(
                roles, named_type(field.type), node.selection_set, inherited=external
            )
            if body:
                parts.append(f"{head} {{ {body} }}")
    return " ".join(parts)


def is_external_somewhere(roles: FieldRoles, type_name: str, field: str) -> bool:
    """Whether the field is external here or on an implementation."""
    if roles.is_external(type_name, field):
        return True
    element = roles.schema.types.get(type_name)
    return isinstance(element, InterfaceType) and any(
        roles.is_external(name, field)
        for name in roles.schema.possible_types(type_name)
    )
