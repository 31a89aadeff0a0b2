"""What the supergraph demands of callers: `@authenticated`, `@requiresScopes`, `@policy`.

A demand is a set of rules that must all hold. Rules are kept apart rather than multiplied
out into one "or" of "and"s, since the product over an interface's implementations grows
beyond all bounds while their number does not.

(Federation specification, `@authenticated`, `@requiresScopes`, `@policy`. The supergraph's
directives carry the specification's names here, whatever the subgraphs called them.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final, TypeAlias

from graphql import parse_const_value, value_from_ast_untyped

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)

OneOfSets: TypeAlias = tuple[frozenset[str], ...]
"""One of these sets must be had whole. An empty tuple can never be satisfied."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Somebody must be signed in."""


@dataclass(frozen=True, slots=True)
class RequiresScopes:
    """The caller must have one of these sets of scopes."""

    any_of: OneOfSets


@dataclass(frozen=True, slots=True)
class RequiresPolicies:
    """One of these sets of policies must agree."""

    any_of: OneOfSets


AccessRule: TypeAlias = Authenticated | RequiresScopes | RequiresPolicies
RuleSet: TypeAlias = frozenset[AccessRule]
"""All of them must hold."""

FREE: Final[RuleSet] = frozenset()

_MAX_COMBINATIONS = 4096


class AccessRules:
    """The rules of one supergraph, by type and by field.

    What an interface demands follows from its implementations and from which of them a
    selection can reach, so it is worked out for each selection. Only what an interface
    states beyond that (old compositions allow it) counts as its own.
    """

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._of_type = {
            name: _read(definition.directives, name)
            for name, definition in supergraph.types.items()
        }
        self._of_field = {
            (name, field.name): self._stated(definition, field)
            for name, definition in supergraph.types.items()
            if isinstance(definition, ObjectDefinition | InterfaceDefinition)
            for field in definition.fields.values()
        }
        self.possible = {
            name: tuple(m for m in members if not self._is_hidden(m))
            for name, members in supergraph.possible_types.items()
        }
        for definition in supergraph.types.values():
            if isinstance(definition, InterfaceDefinition):
                self._keep_own(definition.name, definition.fields)
        self.all: RuleSet = FREE.union(
            *self._of_type.values(), *self._of_field.values()
        )

    def of_type(self, name: str) -> RuleSet:
        """What every field that returns the type demands."""
        return self._of_type.get(name, FREE)

    def of_field(self, type_name: str, field_name: str) -> RuleSet:
        """What a field itself demands, its type aside."""
        return self._of_field.get((type_name, field_name), FREE)

    def of_selection(
        self, type_name: str, field_name: str, reach: Iterable[str]
    ) -> dict[str, RuleSet]:
        """What selecting a field demands, by the type that demands it.

        Args:
            type_name: The type on which it is selected.
            field_name: The field.
            reach: The object types that may be there.
        """
        demands = {type_name: self.of_field(type_name, field_name)}
        if not isinstance(self._supergraph.types.get(type_name), ObjectDefinition):
            for member in reach:
                own = self.of_field(member, field_name)
                demands[member] = own | self.of_type(member)
        return {name: rules for name, rules in demands.items() if rules}

    def _is_hidden(self, type_name: str) -> bool:
        definition = self._supergraph.types.get(type_name)
        return definition is None or definition.is_inaccessible

    def _stated(
        self,
        definition: ObjectDefinition | InterfaceDefinition,
        field: FieldDefinition,
    ) -> RuleSet:
        """A field's rules; one that an interface object gives may leave them there."""
        rules = _read(field.directives, f"{definition.name}.{field.name}")
        if rules or field.joins or isinstance(definition, InterfaceDefinition):
            return rules
        inherited = [
            _read(promised.directives, f"{name}.{field.name}")
            for name in definition.interfaces
            if isinstance(
                interface := self._supergraph.types.get(name), InterfaceDefinition
            )
            and (promised := interface.fields.get(field.name)) is not None
            and any(join.is_interface_object for join in interface.joins)
        ]
        return FREE.union(*inherited)

    def _keep_own(self, name: str, fields: Iterable[str]) -> None:
        members = self.possible.get(name, ())
        derived = FREE.union(*(self.of_type(m) for m in members))
        self._of_type[name] = _beyond(self._of_type[name], derived)
        for field in fields:
            derived_of_field = derived.union(
                *(self.of_field(m, field) for m in members)
            )
            key = (name, field)
            self._of_field[key] = _beyond(self._of_field[key], derived_of_field)


def _read(directives: Sequence[AppliedDirective], where: str) -> RuleSet:
    rules: set[AccessRule] = set()
    for directive in directives:
        match directive.name:
            case "authenticated":
                rules.add(Authenticated())
            case "requiresScopes":
                rules.add(RequiresScopes(_any_of(directive, "scopes", where)))
            case "policy":
                rules.add(RequiresPolicies(_any_of(directive, "policies", where)))
    return frozenset(rules)


def _any_of(directive: AppliedDirective, argument: str, where: str) -> OneOfSets:
    text = dict(directive.arguments).get(argument, "null")
    value = value_from_ast_untyped(parse_const_value(text))
    match value:
        case str(one):
            value = [[one]]
        case list():
            # A single value stands for a list of it (specification, section 3.11).
            value = [[item] if isinstance(item, str) else item for item in value]
    if not _is_nested_list(value):
        raise SupergraphInvalid(
            f"@{directive.name} on {where} needs `{argument}`, a list of lists."
        )
    return tuple(dict.fromkeys(frozenset(names) for names in value))


def _is_nested_list(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in value
    )


def _beyond(rules: RuleSet, others: RuleSet) -> RuleSet:
    """The rules that do not follow from the others."""
    return frozenset(rule for rule in rules if not _follows(rule, others))


def _follows(rule: AccessRule, others: RuleSet) -> bool:
    """Whether a rule holds for everybody for whom the others hold."""
    if rule in others:
        return True
    if isinstance(rule, Authenticated):
        return False
    alike = [
        other.any_of
        for other in others
        if not isinstance(other, Authenticated) and type(other) is type(rule)
    ]
    if prod(map(len, alike)) > _MAX_COMBINATIONS:
        return False
    return all(
        any(wanted <= frozenset().union(*combination) for wanted in rule.any_of)
        for combination in product(*alike)
    )
