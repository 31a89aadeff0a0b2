"""A query plan -> its cost formula.

The cost of a plan is the sum over its fetches, on the fields that each subgraph is really
asked for, and what introspection costs:

    cost(fetch) = (10 for a mutation) + sum of cost(field)
    cost(field) = once + n * (w + sum of cost(child)) + sum of cost(argument)

`w` is the weight of the field or its type; `n` is 1 where there is no list, else what the
parent's `sizedFields` pass down, what `@listSize` says, or the subgraph's list size. A
list field is resolved once, however many items it gives: its own weight counts `once`, and
each item weighs what its type does. Of selections on different types, only those count
that one object can have together. No sum is less than nothing.

An entity fetch is asked for as many entities as the fetches before it give at its paths,
and these numbers are known: `n` of `_entities` is the product of the lists on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from gateway_graphql.language.operation import (
    TYPENAME,
    Argument,
    OperationKind,
)
from gateway_graphql.planning.fetched_fields import (
    FetchedField,
    entity_fields,
    root_fields,
)
from gateway_graphql.planning.plan import (
    EACH,
    EntityInput,
    FetchNode,
    Path,
    QueryPlan,
    ResponseKeys,
    keys_of,
)
from gateway_graphql.policy.demand_control.arguments import (
    Length,
    argument_cost,
    length_of,
)
from gateway_graphql.policy.demand_control.cost import CostFormula, FetchCost
from gateway_graphql.policy.demand_control.formula import (
    ONE,
    ZERO,
    Constant,
    Term,
    cost_of,
    largest,
    times,
    total,
    when,
)
from gateway_graphql.policy.demand_control.introspection import IntrospectionCosts
from gateway_graphql.policy.demand_control.measure import Measure, merge_measures
from gateway_graphql.policy.demand_control.settings import DemandControlSettings
from gateway_graphql.policy.demand_control.weights import FieldWeight, Weights
from gateway_graphql.supergraph.arguments import FieldArguments
from gateway_graphql.supergraph.input_literals import InputLiterals
from gateway_graphql.supergraph.model import InputValue, Supergraph
from gateway_graphql.supergraph.typed_operation import TypedField, folded

MUTATION_COST = 10


def compile_cost(
    plan: QueryPlan,
    supergraph: Supergraph,
    settings: DemandControlSettings,
    introspection: IntrospectionCosts | None = None,
) -> CostFormula:
    """Make the formula of a plan.

    Args:
        plan: The fetches to be made.
        supergraph: Has the weights and sizes.
        settings: The lengths of lists of which nothing is said; in mode `enforce` the
            formula refuses fields that are not sliced as they must be.
        introspection: Knows what it costs to be told of the schema.
    """
    compiler = _Compiler(supergraph, settings)
    return CostFormula(
        tuple(compiler.fetch(fetch) for fetch in plan.fetches),
        (introspection or IntrospectionCosts(supergraph)).of(plan.operation),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A selected field: what it costs, and on which objects it is selected.

    Attributes:
        types: The object types of its type conditions, `None` for all.
    """

    cost: Term
    measure: Measure
    types: frozenset[str] | None = None


@dataclass(frozen=True)
class _Itself:
    """A field, what is below it aside.

    Attributes:
        weight: Of each of its objects or values.
        length: How many there are.
        once: What the field costs, however many.
        stated: What is said of lengths: its own, and those of the lists in its objects.
    """

    weight: float
    length: Term
    once: Term
    stated: tuple[Length, ...]

    @cached_property
    def sized(self) -> Mapping[str, Term]:
        """The lengths that it passes down to the lists in its objects."""
        return _sized(self.stated)


_NOTHING_ABOVE: Final = _Itself(0, ONE, ZERO, ())


class _Compiler:
    """Compiles the fetches of one plan, in the plan's order."""

    def __init__(self, supergraph: Supergraph, settings: DemandControlSettings) -> None:
        self._supergraph = supergraph
        self._settings = settings
        self._weights = Weights(supergraph)
        self._literals = InputLiterals(supergraph)
        # How long the lists are that the fetches so far give.
        self._lengths: dict[ResponseKeys, Term] = {}

    def fetch(self, fetch: FetchNode) -> FetchCost:
        """Compile one fetch; those that it reads from have been compiled."""
        if fetch.kind == "entity":
            parts = [self._entities(fetch, given) for given in fetch.entities]
        else:
            fields = root_fields(fetch, self._supergraph)
            parts = self._parts(fetch, fields, (keys_of(fetch.at),))
        is_mutation = fetch.operation.kind is OperationKind.MUTATION
        surcharge = MUTATION_COST if is_mutation else 0
        cost = cost_of((Constant(surcharge), *(part.cost for part in parts)))
        return FetchCost(
            subgraph=fetch.subgraph,
            estimate=when(fetch.when, cost),
            surcharge=surcharge,
            measures=merge_measures(part.measure for part in parts),
        )

    def _entities(self, fetch: FetchNode, given: EntityInput) -> _Part:
        """One `_entities` field: each entity costs what its type and fields do."""
        fields = entity_fields(fetch, given, self._supergraph)
        parts = self._parts(fetch, fields, tuple(map(keys_of, given.paths)))
        types = [part.types for part in parts if part.types is not None]
        weight = max(map(self._weights.type, frozenset().union(*types)), default=1)
        each = cost_of((Constant(weight), _of_one_object(parts)))
        count = total(self._count(path, fetch.subgraph) for path in given.paths)
        measures = merge_measures(part.measure for part in parts)
        return _Part(
            when(given.when, times(count, each)),
            Measure(given.alias, weight, ZERO, measures),
        )

    def _count(self, path: Path, subgraph: str) -> Term:
        """How many objects there are at a path of the answer."""
        count: Term = ONE
        lists = {
            keys_of(path[:index]) for index, step in enumerate(path) if step == EACH
        }
        unknown = Constant(self._settings.list_size_of(subgraph))
        for place in sorted(lists):
            count = times(self._lengths.get(place, unknown), count)
        return count

    def _parts(
        self,
        fetch: FetchNode,
        fields: Iterable[FetchedField],
        places: tuple[ResponseKeys, ...],
    ) -> list[_Part]:
        """The outermost fields of a fetch, with what is below them.

        Args:
            fetch: Which.
            fields: All of them, outer ones first.
            places: Where the objects with them are in the answer; several for an entity
                with several paths.
        """
        # By identity: all fields of a walk are kept as long as it is.
        found: dict[int, _Itself] = {id(None): _NOTHING_ABOVE}
        walk: list[TypedField] = []
        for typed, keys in ((one.typed, one.keys) for one in fields):
            if typed.field.name != TYPENAME:
                above = found[id(typed.above)]
                itself = self._itself(typed, fetch.subgraph, above)
                if typed.lists:
                    self._remember(((*at, *keys) for at in places), itself.length)
                found[id(typed)] = itself
                walk.append(typed)
        return folded(walk, lambda typed, below: _part(typed, found[id(typed)], below))

    def _itself(self, typed: TypedField, subgraph: str, above: _Itself) -> _Itself:
        weight = self._weights.field(subgraph, typed.parent, typed.field.name)
        stated = self._stated_lengths(weight, typed, subgraph)
        return _Itself(
            weight.weight,
            self._length(weight, stated, above.sized.get(typed.field.name), subgraph),
            self._once(weight, typed.field.arguments),
            stated,
        )

    def _once(self, weight: FieldWeight, given: tuple[Argument, ...]) -> Term:
        """What a field costs once, however many items it gives."""
        costs = largest(
            self._of_arguments(given, defined)
            for defined in weight.arguments_of_objects
        )
        return total((Constant(weight.once), costs))

    def _of_arguments(
        self, given: tuple[Argument, ...], defined: Mapping[str, InputValue]
    ) -> Term:
        """What the arguments cost that an object's resolver gets."""
        arguments = FieldArguments(given, defined, self._literals)
        return total(
            argument_cost(name, arguments, self._weights.input(definition))
            for name, definition in defined.items()
        )

    def _stated_lengths(
        self, weight: FieldWeight, typed: TypedField, subgraph: str
    ) -> tuple[Length, ...]:
        lengths = tuple(
            length_of(
                stated,
                FieldArguments(typed.field.arguments, defined, self._literals),
                typed.coordinate,
                self._settings.list_size_of(subgraph),
            )
            for stated, defined in weight.sizes
        )
        if self._settings.mode == "enforce":
            return lengths
        return tuple(replace(length, demand=ZERO) for length in lengths)

    def _length(
        self,
        weight: FieldWeight,
        stated: Iterable[Length],
        passed_down: Term | None,
        subgraph: str,
    ) -> Term:
        """How many items a field has, through all lists that are around them."""
        if not weight.list_depth:
            return ONE
        unknown = Constant(self._settings.list_size_of(subgraph))
        own = [s.length for s in stated if s.length is not None and not s.of]
        length = passed_down or (largest(own) if own else unknown)
        for _ in range(weight.list_depth - 1):
            length = times(length, unknown)
        return length

    def _remember(self, places: Iterable[ResponseKeys], length: Term) -> None:
        for place in places:
            known = self._lengths.get(place)
            self._lengths[place] = length if known is None else largest((known, length))


def _part(typed: TypedField, itself: _Itself, below: list[_Part]) -> _Part:
    each = cost_of((Constant(itself.weight), _of_one_object(below)))
    demands = (stated.demand for stated in itself.stated)
    cost = cost_of((times(itself.length, each), itself.once, *demands))
    condition = typed.field.condition
    return _Part(
        when((condition,) if condition else (), cost),
        Measure(
            typed.field.response_key,
            itself.weight,
            itself.once,
            merge_measures(part.measure for part in below),
        ),
        frozenset(typed.reach) if typed.around else None,
    )


def _sized(lengths: Iterable[Length]) -> Mapping[str, Term]:
    """The lengths that a field passes down to the lists in its object."""
    terms: dict[str, list[Term]] = {}
    for stated in lengths:
        if stated.length is not None:
            for name in stated.of:
                terms.setdefault(name, []).append(stated.length)
    return {name: largest(known) for name, known in terms.items()}


def _of_one_object(parts: list[_Part]) -> Term:
    """What the selections cost that one object has, at most."""
    every = total(part.cost for part in parts if part.types is None)
    types = frozenset().union(*(part.types for part in parts if part.types is not None))
    if not types:
        return every
    by_type = [
        total(p.cost for p in parts if p.types is not None and name in p.types)
        for name in sorted(types)
    ]
    return total((every, largest(by_type)))
