"""Executable directives that every subgraph knows, merged by intersection.

A client may put such a directive anywhere, so it can travel to any subgraph.

(GraphQL specification, 3.13 "Directives": executable directive locations.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from graphql import DirectiveDefinitionNode, DirectiveLocation, print_ast

from gateway_graphql.composition.merge.context import Merging
from gateway_graphql.language.type_reference import type_from_node
from gateway_graphql.supergraph.model import DirectiveDefinition, InputValue

_EXECUTABLE = frozenset(
    location.name
    for location in (
        DirectiveLocation.QUERY,
        DirectiveLocation.MUTATION,
        DirectiveLocation.SUBSCRIPTION,
        DirectiveLocation.FIELD,
        DirectiveLocation.FRAGMENT_DEFINITION,
        DirectiveLocation.FRAGMENT_SPREAD,
        DirectiveLocation.INLINE_FRAGMENT,
        DirectiveLocation.VARIABLE_DEFINITION,
    )
)
_BUILT_IN = frozenset({"skip", "include", "deprecated", "specifiedBy", "oneOf"})


def merge_executable_definitions(
    merging: Merging, composed: Collection[str]
) -> tuple[DirectiveDefinition, ...]:
    """The executable directives of all subgraphs, but for those composed already."""
    names = dict.fromkeys(
        name
        for roles in merging.roles
        for name, node in roles.schema.definitions.items()
        if _executable_locations(node) and name not in {*_BUILT_IN, *composed}
    )
    merged = (_merge_definition(merging, name) for name in names)
    return tuple(definition for definition in merged if definition is not None)


def _executable_locations(node: DirectiveDefinitionNode) -> list[str]:
    return [n.value for n in node.locations if n.value in _EXECUTABLE]


def _merge_definition(merging: Merging, name: str) -> DirectiveDefinition | None:
    nodes = [
        node
        for roles in merging.roles
        if (node := roles.schema.definitions.get(name)) is not None
    ]
    if len(nodes) < len(merging.roles):
        merging.problems.hint(
            "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE",
            f'Executable directive "@{name}" will not be part of the supergraph as it'
            " does not appear in all subgraphs.",
            f"@{name}",
        )
        return None
    everywhere = [_executable_locations(node) for node in nodes]
    shared = [n for n in everywhere[0] if all(n in other for other in everywhere)]
    if not shared:
        merging.problems.hint(
            "NO_EXECUTABLE_DIRECTIVE_INTERSECTION",
            f'Executable directive "@{name}" has no location that is common to all'
            " subgraphs: it will not appear in the supergraph.",
            f"@{name}",
        )
        return None
    if any(set(locations) != set(shared) for locations in everywhere):
        merging.problems.hint(
            "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS",
            f'Executable directive "@{name}" has inconsistent locations across'
            " subgraphs and will use the intersection.",
            f"@{name}",
        )
    return definition_from(nodes[0], shared, _shared_arguments(nodes))


def _shared_arguments(nodes: list[DirectiveDefinitionNode]) -> list[str]:
    names = [[a.name.value for a in node.arguments or ()] for node in nodes]
    return [name for name in names[0] if all(name in other for other in names)]


def definition_from(
    node: DirectiveDefinitionNode,
    locations: Iterable[str],
    arguments: Iterable[str] | None = None,
) -> DirectiveDefinition:
    """A definition with some of its locations and arguments."""
    kept = None if arguments is None else set(arguments)
    return DirectiveDefinition(
        name=node.name.value,
        locations=tuple(locations),
        arguments=tuple(
            InputValue(
                name=a.name.value,
                type=type_from_node(a.type),
                default=print_ast(a.default_value) if a.default_value else None,
                description=a.description.value if a.description else None,
            )
            for a in node.arguments or ()
            if kept is None or a.name.value in kept
        ),
        is_repeatable=node.repeatable,
        description=node.description.value if node.description else None,
    )
