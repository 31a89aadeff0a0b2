"""The part of the API schema that somebody may use: what introspection shows them.

A field is visible when all its rules hold. A type is visible when something visible leads
to it, so what only hidden fields use goes with them. What is left is a valid schema: an
interface's field demands what all implementations' fields demand, so no implementation
lacks a field that its interface shows; and a type without visible fields goes, too.

A policy that needs an object or arguments to decide may agree for some of them, so it
does not hide a field.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from gateway_graphql.language.narrowed import HiddenNames
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.language.type_reference import NamedType, named_type
from gateway_graphql.policy.authorization.rules import AccessRule, AccessRules, RuleSet
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InputObjectDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    TypeDefinition,
    UnionDefinition,
)

_WithFields: TypeAlias = ObjectDefinition | InterfaceDefinition

_PLACEHOLDER = FieldDefinition(
    "_empty",
    NamedType("Boolean"),
    description="Nothing can be asked with these credentials.",
)
"""A schema must have a query field, even for those who may ask nothing."""


def visible_supergraph(
    supergraph: Supergraph, rules: AccessRules, failing: Collection[AccessRule]
) -> Supergraph:
    """The supergraph with all that somebody may not use made inaccessible.

    Args:
        supergraph: The whole.
        rules: Its access rules.
        failing: The rules that do not hold for them.
    """
    return _Visible(supergraph, rules, frozenset(failing)).supergraph()


def hidden_names(
    supergraph: Supergraph, rules: AccessRules, failing: Collection[AccessRule]
) -> HiddenNames:
    """What of the API schema somebody may not use, as `visible_supergraph` has it."""
    return _Visible(supergraph, rules, frozenset(failing)).hidden_names()


class _Visible:
    def __init__(
        self, supergraph: Supergraph, rules: AccessRules, failing: RuleSet
    ) -> None:
        self._supergraph = supergraph
        self._rules = rules
        self._failing = failing
        self._fields = {
            name: {field.name for field in self._usable(definition)}
            for name, definition in supergraph.types.items()
            if isinstance(definition, ObjectDefinition | InterfaceDefinition)
        }

        self._drop_empty_types()

    def supergraph(self) -> Supergraph:
        lost = self._lost()
        types = {
            name: self._shown(definition, is_hidden=self._hides(name, lost))
            for name, definition in self._supergraph.types.items()
        }
        roots = self._supergraph.roots
        query = types[roots[OperationKind.QUERY]]
        if query.is_inaccessible and isinstance(query, ObjectDefinition):
            types[query.name] = replace(
                query,
                is_inaccessible=False,
                interfaces=(),
                fields={_PLACEHOLDER.name: _PLACEHOLDER},
            )
        return replace(self._supergraph, types=types)

    def hidden_names(self) -> HiddenNames:
        lost = self._lost()
        query = self._supergraph.roots[OperationKind.QUERY]
        shown = {
            name: definition
            for name, definition in self._supergraph.types.items()
            if not definition.is_inaccessible
        }
        types = {name for name in shown if name != query and self._hides(name, lost)}
        fields = {
            name: frozenset(
                field.name
                for field in definition.fields.values()
                if not field.is_inaccessible and field.name not in self._fields[name]
            )
            for name, definition in shown.items()
            if isinstance(definition, ObjectDefinition | InterfaceDefinition)
            and name not in types
        }
        some = {name: names for name, names in fields.items() if names}
        return HiddenNames(frozenset(types), some)

    def _lost(self) -> set[str]:
        """The types that nothing visible leads to, while something leads to them."""
        everything = {
            name: {field.name for field in definition.fields.values()}
            for name, definition in self._supergraph.types.items()
            if isinstance(definition, ObjectDefinition | InterfaceDefinition)
        }
        return self._reachable(everything) - self._reachable(self._fields)

    def _hides(self, name: str, lost: Collection[str]) -> bool:
        return name in lost or (name in self._fields and not self._fields[name])

    def _shown(self, definition: TypeDefinition, *, is_hidden: bool) -> TypeDefinition:
        is_hidden = is_hidden or definition.is_inaccessible
        if not isinstance(definition, ObjectDefinition | InterfaceDefinition):
            return replace(definition, is_inaccessible=is_hidden)
        usable = self._fields[definition.name]
        fields = {
            field.name: replace(
                field,
                is_inaccessible=field.is_inaccessible or field.name not in usable,
            )
            for field in definition.fields.values()
        }
        return replace(definition, is_inaccessible=is_hidden, fields=fields)

    def _usable(self, definition: _WithFields) -> Iterator[FieldDefinition]:
        name = definition.name
        if isinstance(definition, ObjectDefinition) and self._fails(
            self._rules.of_type(name)
        ):
            return
        reach = self._rules.possible.get(name, ())
        for field in definition.fields.values():
            demands = self._rules.of_selection(name, field.name, reach).values()
            of_type = self._rules.of_type(named_type(field.type))
            if not field.is_inaccessible and not self._fails(of_type.union(*demands)):
                yield field

    def _fails(self, rules: RuleSet) -> bool:
        return bool(rules & self._failing)

    def _drop_empty_types(self) -> None:
        """Take away fields that lead to nothing, until there are none."""
        while lost := [gone for gone in self._leading_nowhere() if gone[1]]:
            for type_name, fields in lost:
                self._fields[type_name] -= fields

    def _leading_nowhere(self) -> Iterator[tuple[str, set[str]]]:
        """The fields of each type that cannot stay as things are."""
        empty = {name for name, fields in self._fields.items() if not fields}
        empty |= {
            name
            for name, definition in self._supergraph.types.items()
            if isinstance(definition, UnionDefinition)
            and all(member.member in empty for member in definition.members)
        }
        for name, fields in self._fields.items():
            yield name, {f for f in fields if self._type_of(name, f) in empty}
            # An interface shows nothing that an implementation lacks.
            for interface in self._interfaces(name):
                if name not in empty:
                    yield interface, self._fields[interface] - fields

    def _interfaces(self, name: str) -> tuple[str, ...]:
        definition = self._supergraph.types[name]
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            return definition.interfaces
        return ()

    def _type_of(self, type_name: str, field_name: str) -> str:
        return self._supergraph.field_types[type_name][field_name]

    def _reachable(self, fields: Mapping[str, Collection[str]]) -> set[str]:
        """The types that roots and executable directives lead to."""
        reachable: set[str] = set()
        waiting = list(self._supergraph.roots.values())
        waiting += [
            named_type(argument.type)
            for directive in self._supergraph.directives
            for argument in directive.arguments
        ]
        while waiting:
            name = waiting.pop()
            definition = self._supergraph.types.get(name)
            if name not in reachable and definition is not None:
                reachable.add(name)
                waiting += self._next(definition, fields)
        return reachable

    def _next(
        self, definition: TypeDefinition, fields: Mapping[str, Collection[str]]
    ) -> Iterable[str]:
        match definition:
            case InputObjectDefinition():
                return [named_type(f.type) for f in definition.fields.values()]
            case UnionDefinition():
                members = (member.member for member in definition.members)
                return [name for name in members if fields.get(name)]
            case ObjectDefinition() | InterfaceDefinition():
                return self._next_of_fields(definition, fields)
            case _:
                return []

    def _next_of_fields(
        self, definition: _WithFields, fields: Mapping[str, Collection[str]]
    ) -> Iterator[str]:
        yield from (name for name in definition.interfaces if fields.get(name))
        if isinstance(definition, InterfaceDefinition):
            possible = self._supergraph.possible_types[definition.name]
            yield from (name for name in possible if fields.get(name))
        for name in fields[definition.name]:
            field = definition.fields[name]
            yield named_type(field.type)
            yield from (named_type(argument.type) for argument in field.arguments)
