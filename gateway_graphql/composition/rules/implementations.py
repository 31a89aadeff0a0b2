"""Every type of the merged whole keeps what its interfaces promise.

The types of each subgraph do. Merged, a field may be wider than its interface's, or lack
an argument that only some subgraphs know.
(GraphQL specification, 3.6 "Objects" and 3.7 "Interfaces": IsValidImplementation.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.merge.context import start_merging
from gateway_graphql.composition.problems import Problems
from gateway_graphql.language.type_reference import NonNullType
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)

_Implementing: TypeAlias = ObjectDefinition | InterfaceDefinition


def check_implementations(
    supergraph: Supergraph, roles: Sequence[FieldRoles], problems: Problems
) -> None:
    """Every type has the fields of its interfaces, of their types and arguments.

    What lacks a field is told alone: a whole that is not merged is no schema to judge.
    """
    pairs = list(_implementations(supergraph))
    for definition, interface in pairs:
        for promised in interface.fields.values():
            if promised.name not in definition.fields:
                _report_missing(definition, interface, promised, problems)
    if problems.errors:
        return
    merging = start_merging(tuple(roles), Problems())
    for definition, interface in pairs:
        _check_ancestors(definition, interface, problems)
        for promised in interface.fields.values():
            own = definition.fields[promised.name]
            coordinate = f"{definition.name}.{own.name}"
            place = f"{interface.name}.{own.name}"
            if not merging.is_subtype(promised.type, own.type):
                complaint = (
                    f"Interface field {place} expects type {promised.type} but"
                    f" {coordinate} of type {own.type} is not a proper subtype."
                )
                problems.error("INVALID_GRAPHQL", complaint, coordinate)
            for complaint in _argument_complaints(coordinate, own, place, promised):
                problems.error("INVALID_GRAPHQL", complaint, coordinate)


def _check_ancestors(
    definition: _Implementing, interface: InterfaceDefinition, problems: Problems
) -> None:
    """A type names all the interfaces of its interfaces."""
    for name in interface.interfaces:
        if name not in definition.interfaces:
            problems.error(
                "INVALID_GRAPHQL",
                f"Type {definition.name} must implement {name} because"
                f" {interface.name}, which it implements, does so in some subgraphs.",
                definition.name,
            )


def _implementations(
    supergraph: Supergraph,
) -> Iterator[tuple[_Implementing, InterfaceDefinition]]:
    for definition in supergraph.types.values():
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            for name in definition.interfaces:
                interface = supergraph.types.get(name)
                if isinstance(interface, InterfaceDefinition):
                    yield definition, interface


def _report_missing(
    definition: _Implementing,
    interface: InterfaceDefinition,
    promised: FieldDefinition,
    problems: Problems,
) -> None:
    problems.error(
        "INTERFACE_FIELD_NO_IMPLEM",
        f'Interface field "{interface.name}.{promised.name}" is declared in some'
        f' subgraphs but type "{definition.name}", which implements'
        f' "{interface.name}", does not have field "{promised.name}".',
        f"{definition.name}.{promised.name}",
    )


def _argument_complaints(
    coordinate: str, own: FieldDefinition, place: str, promised: FieldDefinition
) -> Iterator[str]:
    given = {argument.name: argument for argument in own.arguments}
    for wanted in promised.arguments:
        argument = given.pop(wanted.name, None)
        if argument is None:
            yield (
                f"Interface field argument {place}({wanted.name}:) is not in all the"
                f" subgraphs that resolve {coordinate}, so that {coordinate} does not"
                " provide it."
            )
        elif argument.type != wanted.type:
            yield (
                f"Interface field argument {place}({wanted.name}:) expects type"
                f" {wanted.type} but {coordinate}({wanted.name}:) is type"
                f" {argument.type}."
            )
    for argument in given.values():
        if isinstance(argument.type, NonNullType) and argument.default is None:
            yield (
                f"Field {coordinate} includes required argument {argument.name} that is"
                f" missing from the interface field {place}."
            )
