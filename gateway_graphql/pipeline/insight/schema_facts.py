"""What documentation does not say of a schema: who serves a field, and what it takes.

Facts go beside the answer to introspection, so they are about what the caller is shown
and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    parse_const_value,
    value_from_ast_untyped,
)

from gateway_graphql.language.type_reference import named_type
from gateway_graphql.pipeline.gate import Gate
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    FieldDefinition,
    FieldJoin,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    TypeJoin,
)


def schema_facts(
    supergraph: Supergraph, visible: GraphQLSchema, gate: Gate
) -> Mapping[str, object]:
    """The facts of all types and fields that are visible.

    Args:
        supergraph: Knows who serves what.
        visible: The part of the API schema that the caller may use.
        gate: Knows what it takes.
    """
    return {
        "types": {
            definition.name: {"subgraphs": _serving_type(definition.joins)}
            for definition, _ in _visible(supergraph, visible)
        },
        "fields": {
            f"{definition.name}.{field.name}": {
                "subgraphs": _serving(field, definition),
                **_cost(supergraph, field),
                **gate.demands(definition.name, field),
            }
            for definition, fields in _visible(supergraph, visible)
            for field in fields
        },
    }


def _visible(
    supergraph: Supergraph, visible: GraphQLSchema
) -> Iterator[tuple[ObjectDefinition | InterfaceDefinition, Sequence[FieldDefinition]]]:
    for name, definition in supergraph.types.items():
        shown = visible.type_map.get(name)
        if isinstance(definition, ObjectDefinition | InterfaceDefinition) and (
            isinstance(shown, GraphQLObjectType | GraphQLInterfaceType)
        ):
            fields = definition.fields.values()
            yield definition, [one for one in fields if one.name in shown.fields]


def _serving_type(joins: Sequence[TypeJoin]) -> list[dict[str, object]]:
    """The subgraphs that have a type, with the keys by which they are asked for it."""
    keys: dict[str, list[str]] = {}
    for join in joins:
        known = keys.setdefault(join.subgraph, [])
        if join.key is not None and join.is_resolvable:
            known.append(join.key.text)
    return [{"name": name, "keys": found} for name, found in keys.items()]


def _serving(
    field: FieldDefinition, definition: ObjectDefinition | InterfaceDefinition
) -> list[dict[str, object]]:
    """The subgraphs that resolve a field, with what they need for it."""
    joins = field.joins or [
        FieldJoin(name) for name in dict.fromkeys(j.subgraph for j in definition.joins)
    ]
    gone = {join.override for join in joins if not join.override_label}
    return [
        {
            "name": join.subgraph,
            **({"requires": join.requires.text} if join.requires else {}),
            **({"override": join.override} if join.override else {}),
        }
        for join in joins
        if not (join.is_external or join.is_used_overridden or join.subgraph in gone)
    ]


def _cost(supergraph: Supergraph, field: FieldDefinition) -> dict[str, object]:
    """`@cost` of the field or its type, and `@listSize`."""
    facts: dict[str, object] = {}
    returned = supergraph.types.get(named_type(field.type))
    for directive in (*(returned.directives if returned else ()), *field.directives):
        arguments = _arguments(directive)
        if directive.name == "cost":
            facts["cost"] = arguments.get("weight")
        elif directive.name == "listSize":
            facts["listSize"] = arguments
    return facts


def _arguments(directive: AppliedDirective) -> dict[str, object]:
    return {
        name: value_from_ast_untyped(parse_const_value(text))
        for name, text in directive.arguments
    }
