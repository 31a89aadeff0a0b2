"""What an operation demands, place by place: worked out once per document.

Each field of the operation is a place with demands: the field's own rules, those of its
type, those of every implementation it can reach through an interface, and those of the
fragments' types around it. Who fails which rules is then enough to know what is removed,
so what is withheld is remembered by the set of failing rules, and all callers who fail the
same rules share it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.exchange import JSON
from gateway_graphql.language.conditions import holds
from gateway_graphql.language.operation import (
    Condition,
    Field,
    Operation,
    Selection,
)
from gateway_graphql.language.pruning import (
    NOTHING,
    Addition,
    OnType,
    Place,
    affected,
    path_of,
)
from gateway_graphql.policy.authorization.policies import Policy
from gateway_graphql.policy.authorization.rules import (
    FREE,
    AccessRules,
    Authenticated,
    OneOfSets,
    RequiresPolicies,
    RequiresScopes,
    RuleSet,
)
from gateway_graphql.remembered import Remembered
from gateway_graphql.supergraph.arguments import (
    Arguments,
    ReadArguments,
    compile_arguments,
)
from gateway_graphql.supergraph.input_literals import InputLiterals
from gateway_graphql.supergraph.model import FieldDefinition, Supergraph
from gateway_graphql.supergraph.typed_operation import (
    FieldOnType,
    TypedField,
    field_definition,
    typed_fields,
)

CODE: Final = "UNAUTHORIZED_FIELD_OR_TYPE"
MESSAGE: Final = "Unauthorized field or type"

_KEPT_WITHHOLDINGS = 64


@dataclass(frozen=True, slots=True)
class EntityCheck:
    """A decision that waits until an object is known.

    Attributes:
        names: The policies that must see the object.
        place: The field that is withheld when they deny.
        path: Where an error about it is in the answer.
        subject: The selection set of the object: around the field, or its own.
        type_name: The type that demands it.
        unconcerned: The types whose objects can be at the subject without being of the
            type that demands it. Whatever is not said to be one of them is concerned.
        object_type: The type of all objects at the subject, where there is only one:
            then it is not read from data.
        keys: The object's fields that the policies see, each with its response key.
        condition: When the field is selected at all.
    """

    names: frozenset[str]
    place: Place
    path: tuple[str, ...]
    subject: Place
    type_name: str
    unconcerned: frozenset[str]
    object_type: str | None
    keys: tuple[tuple[str, str], ...]
    condition: Condition

    @property
    def is_about_value(self) -> bool:
        """Whether the object is the field's own value."""
        return self.subject[: len(self.place)] == self.place

    @property
    def additions(self) -> tuple[Addition, ...]:
        """What must be fetched for it."""
        return tuple(
            Addition(self.subject, Field(name, alias)) for name, alias in self.keys
        )


@dataclass(frozen=True, slots=True)
class PolicyUse:
    """Policies as one place demands them.

    Attributes:
        any_of: One of these sets must agree.
        coordinate: The field that is asked for.
        arguments: What it is given, as text.
        entity: What must be known first, for policies that are about an object.
    """

    any_of: OneOfSets
    coordinate: str
    arguments: tuple[tuple[str, str], ...]
    entity: EntityCheck | None = None

    @property
    def early_names(self) -> frozenset[str]:
        """The policies that can be asked before anything is fetched."""
        names: frozenset[str] = frozenset().union(*self.any_of)
        return names if self.entity is None else names - self.entity.names


Need: TypeAlias = Authenticated | RequiresScopes | PolicyUse
"""A rule at a place."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What having the field at a place needs.

    Attributes:
        place: The field.
        needs: All of them.
        path: Where an error about it is in the answer: down to the first list.
        condition: When it is selected at all.
    """

    place: Place
    needs: frozenset[Need]
    path: tuple[str, ...]
    condition: Condition

    def error(self, *, shows_scopes: bool) -> ErrorDetail:
        """The entry of the answer's `errors`."""
        if not shows_scopes:
            return denial_error(self.place, self.path)
        scopes = sorted(
            sorted(sorted(names) for names in need.any_of)
            for need in self.needs
            if isinstance(need, RequiresScopes)
        )
        return denial_error(self.place, self.path, scopes)


def denial_error(
    place: Place, path: tuple[str, ...], scopes: Collection[object] = ()
) -> ErrorDetail:
    """The entry of the answer's `errors` for a place that is withheld."""
    required = (("requiredScopes", tuple(scopes)),) if scopes else ()
    extensions = (*affected(place, path), *required)
    return ErrorDetail(MESSAGE, CODE, path, extensions=extensions)


@dataclass(frozen=True, slots=True)
class Withholding:
    """What is removed for callers who fail some needs.

    Attributes:
        removals: The outermost places.
        errors: One per query path, in the operation's order, each with the conditions
            under which the path is asked at all: one of them must hold.
        remaining: The policies of the places that are left.
        additions: What is fetched for those that are about objects.
    """

    removals: frozenset[Place] = NOTHING
    errors: tuple[tuple[ErrorDetail, tuple[Condition, ...]], ...] = ()
    remaining: tuple[PolicyUse, ...] = ()
    additions: tuple[Addition, ...] = ()

    def errors_for(self, variables: Mapping[str, JSON]) -> tuple[ErrorDetail, ...]:
        """The errors about what is asked with these variables."""
        return tuple(
            error
            for error, conditions in self.errors
            if any(holds(condition, variables) for condition in conditions)
        )


class OperationDemands:
    """The demands of one operation.

    Attributes:
        demands: Of all places that have any, outer ones before inner ones.
        facts: The needs that the caller's credential decides alone.
    """

    def __init__(
        self,
        demands: tuple[Demand, ...],
        readers: Mapping[PolicyUse, ReadArguments],
        *,
        shows_scopes: bool,
    ) -> None:
        self.demands = demands
        self.facts = tuple(
            dict.fromkeys(
                need
                for demand in demands
                for need in demand.needs
                if not isinstance(need, PolicyUse)
            )
        )
        self._readers = readers
        self._shows_scopes = shows_scopes
        # Filled by `withholding` alone.
        self._withholdings: Remembered[frozenset[Need], Withholding] = Remembered(
            _KEPT_WITHHOLDINGS
        )

    def __repr__(self) -> str:
        return f"<OperationDemands of {len(self.demands)} guarded places>"

    def arguments(self, use: PolicyUse, variables: Mapping[str, JSON]) -> Arguments:
        """What the field is given in a request."""
        return self._readers[use](variables)

    def withholding(self, failing: frozenset[Need]) -> Withholding:
        """What is removed when these needs are not met."""
        withholding = self._withholdings.get(failing)
        if withholding is None:
            withholding = self._work_out(failing)
            self._withholdings.put(failing, withholding)
        return withholding

    def _work_out(self, failing: frozenset[Need]) -> Withholding:
        removals: set[Place] = set()
        errors: dict[tuple[str, ...], tuple[ErrorDetail, list[Condition]]] = {}
        remaining: dict[PolicyUse, None] = {}
        for demand in self.demands:
            place = demand.place
            if any(place[:end] in removals for end in range(1, len(place))):
                continue
            if demand.needs & failing:
                removals.add(place)
                error = demand.error(shows_scopes=self._shows_scopes)
                entry = errors.setdefault(path_of(place), (error, []))
                entry[1].append(demand.condition)
            else:
                uses = (n for n in demand.needs if isinstance(n, PolicyUse))
                remaining.update(dict.fromkeys(sorted(uses, key=repr)))
        additions = dict.fromkeys(
            addition
            for use in remaining
            if use.entity is not None
            for addition in use.entity.additions
        )
        return Withholding(
            frozenset(removals),
            tuple((error, tuple(when)) for error, when in errors.values()),
            tuple(remaining),
            tuple(additions),
        )


class DemandFinder:
    """Finds what the operations of one supergraph demand."""

    def __init__(
        self,
        supergraph: Supergraph,
        rules: AccessRules,
        policies: Mapping[str, Policy],
        *,
        shows_scopes: bool,
    ) -> None:
        self._supergraph = supergraph
        self._rules = rules
        self._policies = policies
        self._literals = InputLiterals(supergraph)
        self._shows_scopes = shows_scopes

    def study(self, operation: Operation) -> OperationDemands:
        """Find the demands of an operation."""
        if not self._rules.all:
            return OperationDemands((), {}, shows_scopes=False)
        search = _Search(self._supergraph, self._rules, self._policies, operation)
        demands = tuple(search.demands())
        uses = {n for d in demands for n in d.needs if isinstance(n, PolicyUse)}
        readers = {use: self._reader(*search.fields[use]) for use in uses}
        return OperationDemands(demands, readers, shows_scopes=self._shows_scopes)

    def _reader(self, field: Field, definition: FieldDefinition) -> ReadArguments:
        return compile_arguments(field.arguments, definition.arguments, self._literals)


@dataclass(frozen=True, slots=True)
class _Objects:
    """Objects that a rule is about.

    Attributes:
        type_name: Their static type.
        reach: The object types that they may be of.
        place: Their selection set.
    """

    type_name: str
    reach: tuple[str, ...]
    place: Place


class _Search:
    """Finds what the fields of one operation demand.

    Attributes:
        fields: The field of every policy use, with its definition.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        rules: AccessRules,
        policies: Mapping[str, Policy],
        operation: Operation,
    ) -> None:
        self.fields: dict[PolicyUse, tuple[Field, FieldDefinition]] = {}
        self._supergraph = supergraph
        self._rules = rules
        self._of_root = rules.of_type(supergraph.roots[operation.kind])
        self._policies = policies
        self._operation = operation
        self._taken: set[str] | None = None

    def demands(self) -> Iterator[Demand]:
        for typed in typed_fields(
            self._operation,
            self._supergraph,
            wanted=self._is_guarded,
            wanted_on=lambda name: bool(self._rules.of_type(name)),
        ):
            # A type's name is no data of it; where objects are, the list tells.
            if typed.definition is None:
                continue
            needs = frozenset(self._needs(typed, typed.definition))
            if needs:
                yield Demand(typed.place, needs, typed.path, typed.condition)

    def _is_guarded(self, selected: FieldOnType) -> bool:
        """Whether a field demands something wherever it is selected."""
        if selected.definition is None:
            return False
        return bool(
            self._rules.of_type(selected.type_name) or self._of_selection(selected)
        )

    def _of_selection(self, selected: FieldOnType) -> Mapping[str, RuleSet]:
        reach = self._visible(selected.reach)
        return self._rules.of_selection(selected.parent, selected.field.name, reach)

    def _visible(self, reach: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in reach if self._rules.possible.get(name))

    def _inherited(self, typed: TypedField) -> RuleSet:
        """The rules of the types of the fragments around a field."""
        of_root = self._of_root if typed.above is None else FREE
        return of_root.union(*map(self._rules.of_type, typed.around))

    def _needs(self, typed: TypedField, definition: FieldDefinition) -> Iterator[Need]:
        """The rules here, each with the type that states it and what it is about."""
        inner = typed.type_name
        here = _Objects(typed.parent, self._visible(typed.reach), typed.place[:-1])
        below = _Objects(inner, self._rules.possible.get(inner, ()), typed.place)
        stated = self._of_selection(typed)
        demanded = [(name, rules, here) for name, rules in stated.items()]
        demanded.append((typed.parent, self._inherited(typed), here))
        demanded.append((inner, self._rules.of_type(inner), below))
        for type_name, rules, about in demanded:
            for rule in rules:
                if not isinstance(rule, RequiresPolicies):
                    yield rule
                    continue
                for check in self._checks(rule.any_of, type_name, about, typed):
                    use = PolicyUse(
                        rule.any_of,
                        typed.coordinate,
                        tuple((a.name, a.text) for a in typed.field.arguments),
                        check,
                    )
                    self.fields[use] = (typed.field, definition)
                    yield use

    def _checks(
        self, any_of: OneOfSets, type_name: str, about: _Objects, typed: TypedField
    ) -> list[EntityCheck | None]:
        """What policies must know first: of all objects, or type by type.

        An interface need not have the keys that its objects have: each type then has
        its own selected, and is judged by it.
        """
        keyed = [
            policy
            for name in frozenset().union(*any_of)
            if (policy := self._policies.get(name)) is not None and policy.keys
        ]
        members = self._rules.possible.get(type_name, ())
        narrower = [
            replace(
                about,
                type_name=name,
                reach=(name,),
                place=(*about.place, OnType(name)),
            )
            for name in about.reach
            if name in members
        ]
        has_all = all(self._has_keys(about.type_name, policy) for policy in keyed)
        if has_all or not about.place or not narrower:
            return [self._entity_check(any_of, type_name, about, typed)]
        return [self._entity_check(any_of, n.type_name, n, typed) for n in narrower]

    def _has_keys(self, type_name: str, policy: Policy) -> bool:
        return all(
            field_definition(self._supergraph, type_name, key) for key in policy.keys
        )

    def _entity_check(
        self, any_of: OneOfSets, type_name: str, about: _Objects, typed: TypedField
    ) -> EntityCheck | None:
        """What policies must know first; `None` when they can be asked at once.

        A policy that is about an object which has no such keys (a root field's parent,
        say) is asked at once, too, and judges by the arguments.
        """
        names = [
            name
            for name in sorted(frozenset().union(*any_of))
            if (policy := self._policies.get(name)) is not None
            and policy.keys
            and self._has_keys(about.type_name, policy)
        ]
        if not names or not about.place:
            return None
        keys = dict.fromkeys(key for n in names for key in self._policies[n].keys)
        return EntityCheck(
            frozenset(names),
            typed.place,
            typed.path,
            about.place,
            type_name,
            self._unconcerned(type_name, about),
            about.reach[0] if len(about.reach) == 1 else None,
            tuple((key, self._free_key(key)) for key in keys),
            typed.condition,
        )

    def _unconcerned(self, type_name: str, about: _Objects) -> frozenset[str]:
        """The types that objects here can have without being of the type."""
        possible = self._rules.possible
        others = set(about.reach).difference(possible.get(type_name, ()))
        # An interface object's type is told by the interface's name.
        return frozenset(
            name
            for name, types in possible.items()
            if types and others.issuperset(types)
        )

    def _free_key(self, name: str) -> str:
        """A response key that the client does not use."""
        if self._taken is None:
            self._taken = set(_response_keys(self._operation.selections, set()))
        key = f"_policy_{name}"
        while key in self._taken:
            key += "_"
        return key


def _response_keys(selections: Iterable[Selection], seen: set[int]) -> Iterator[str]:
    for selection in selections:
        if id(selection) in seen:
            continue
        seen.add(id(selection))
        if isinstance(selection, Field):
            yield selection.response_key
        yield from _response_keys(selection.selections, seen)
