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
from dataclasses import dataclass, field, replace

from gateway_graphql.language.operation import (
    TYPENAME,
    Field,
    Fragment,
    OperationKind,
    Selection,
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
    DefinedArguments,
    FieldArguments,
    GivenArguments,
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
from gateway_graphql.supergraph.input_literals import InputLiterals
from gateway_graphql.supergraph.model import Supergraph

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


@dataclass(frozen=True, slots=True)
class _Here:
    """Where a selection set stands.

    Attributes:
        fetch: The fetch that it is part of.
        parent: The type of the objects.
        places: Where they are in the answer; several for an entity with several paths.
        reply_keys: Where they are in the reply.
        sized: The lengths that the parent's `sizedFields` pass down.
    """

    fetch: FetchNode
    parent: str
    places: tuple[ResponseKeys, ...]
    reply_keys: ResponseKeys = ()
    sized: Mapping[str, Term] = field(default_factory=dict)

    def below(self, key: str, parent: str, sized: Mapping[str, Term]) -> _Here:
        """The same for the objects of a field."""
        key = self.answer_key(key)
        return _Here(
            self.fetch,
            parent,
            tuple((*place, key) for place in self.places),
            (*self.reply_keys, key),
            sized,
        )

    def answer_key(self, alias: str) -> str:
        """The real key of a field that is asked under an internal alias."""
        for rename in self.fetch.renames:
            if rename.alias == alias and keys_of(rename.path) == self.reply_keys:
                return rename.key
        return alias


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
            root = self._supergraph.roots[fetch.operation.kind]
            here = _Here(fetch, root, (keys_of(fetch.at),))
            parts = self._parts(fetch.operation.selections, here)
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
        here = _Here(fetch, "", tuple(map(keys_of, given.paths)), (given.alias,))
        parts = self._parts(fetch.operation.below(given.alias), here)
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

    def _parts(self, selections: Iterable[Selection], here: _Here) -> list[_Part]:
        """The fields of selections, fragments opened."""
        parts: list[_Part] = []
        for selection in selections:
            if isinstance(selection, Fragment):
                parts += self._fragment(selection, here)
            elif selection.name != TYPENAME:
                parts.append(self._field(selection, here))
        return parts

    def _fragment(self, fragment: Fragment, here: _Here) -> list[_Part]:
        name = fragment.type_condition
        types = self._weights.possible_types(name)
        return [
            replace(part, types=types if part.types is None else types & part.types)
            for part in self._parts(fragment.selections, replace(here, parent=name))
        ]

    def _field(self, selected: Field, here: _Here) -> _Part:
        name, key = selected.name, selected.response_key
        weight = self._weights.field(here.fetch.subgraph, here.parent, name)
        given = {argument.name: argument for argument in selected.arguments}
        lengths = self._stated_lengths(weight, given, here, name)
        below = here.below(key, weight.type_name, _sized(lengths))
        length = self._length(weight, lengths, here, name)
        if weight.list_depth:
            self._remember(below.places, length)
        parts = self._parts(selected.selections, below)
        each = cost_of((Constant(weight.weight), _of_one_object(parts)))
        once = self._once(weight, given)
        demands = (stated.demand for stated in lengths)
        measures = merge_measures(part.measure for part in parts)
        cost = cost_of((times(length, each), once, *demands))
        return _Part(
            when((selected.condition,) if selected.condition else (), cost),
            Measure(key, weight.weight, once, measures),
        )

    def _once(self, weight: FieldWeight, given: GivenArguments) -> Term:
        """What a field costs once, however many items it gives."""
        costs = largest(
            self._of_arguments(given, defined)
            for defined in weight.arguments_of_objects
        )
        return total((Constant(weight.once), costs))

    def _of_arguments(self, given: GivenArguments, defined: DefinedArguments) -> Term:
        """What the arguments cost that an object's resolver gets."""
        arguments = FieldArguments(given, defined, self._literals)
        return total(
            argument_cost(name, arguments, self._weights.input(definition))
            for name, definition in defined.items()
        )

    def _stated_lengths(
        self, weight: FieldWeight, given: GivenArguments, here: _Here, name: str
    ) -> list[Length]:
        lengths = [
            length_of(
                stated,
                FieldArguments(given, defined, self._literals),
                f"{here.parent}.{name}",
                self._settings.list_size_of(here.fetch.subgraph),
            )
            for stated, defined in weight.sizes
        ]
        if self._settings.mode == "enforce":
            return lengths
        return [replace(length, demand=ZERO) for length in lengths]

    def _length(
        self, weight: FieldWeight, lengths: list[Length], here: _Here, name: str
    ) -> Term:
        """How many items a field has, through all lists that are around them."""
        if not weight.list_depth:
            return ONE
        unknown = Constant(self._settings.list_size_of(here.fetch.subgraph))
        own = [s.length for s in lengths if s.length is not None and not s.of]
        length = here.sized.get(name) or (largest(own) if own else unknown)
        for _ in range(weight.list_depth - 1):
            length = times(length, unknown)
        return length

    def _remember(self, places: Iterable[ResponseKeys], length: Term) -> None:
        for place in places:
            known = self._lengths.get(place)
            self._lengths[place] = length if known is None else largest((known, length))


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
