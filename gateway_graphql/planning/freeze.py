"""Fetch graph -> `QueryPlan`: numbers, texts and variables are settled here."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import count

import msgspec
from msgspec.structs import replace

from gateway_graphql.language.operation import (
    ALWAYS,
    Argument,
    Condition,
    Directive,
    Field,
    Fragment,
    Operation,
    OperationKind,
    Selection,
    VariableDefinition,
)
from gateway_graphql.language.printing import print_directives, print_selections
from gateway_graphql.planning.builders import EntityBuilder, FetchBuilder
from gateway_graphql.planning.internal_aliases import alias_conflicts
from gateway_graphql.planning.plan import (
    EACH,
    AnyCondition,
    EntityInput,
    FetchNode,
    Path,
    QueryPlan,
    Rename,
    RepresentationField,
    SubgraphOperation,
)
from gateway_graphql.query_graph.graph import QueryGraph

_ENTITIES = "_entities"


def freeze(
    operation: Operation, fetches: list[FetchBuilder], graph: QueryGraph
) -> QueryPlan:
    """Freeze fetches, given in topological order, into a plan."""
    freezer = _Freezer(operation, graph)
    ids = {fetch: number for number, fetch in enumerate(fetches)}
    return QueryPlan(operation, tuple(freezer.fetch(fetch, ids) for fetch in fetches))


class _Asked(msgspec.Struct, frozen=True):
    """What an `_entities` field asks."""

    typename: str | None
    requires: tuple[RepresentationField, ...]
    selections: tuple[Selection, ...]
    renames: tuple[Rename, ...]
    when: AnyCondition

    @property
    def whatever_the_order(self) -> Hashable:
        """What is the same for all that become one field.

        In which order one asks changes nothing but the order of a reply, which is put
        into the client's in any case.
        """
        return (
            self.typename,
            _unordered_requires(self.requires),
            _unordered(self.selections),
            frozenset(self.renames),
            self.when,
        )


class _Freezer:
    def __init__(self, operation: Operation, graph: QueryGraph) -> None:
        self._operation = operation
        self._graph = graph
        self._variables = {v.name: v for v in operation.variables}

    def fetch(self, fetch: FetchBuilder, ids: dict[FetchBuilder, int]) -> FetchNode:
        after = tuple(sorted(ids[other] for other in fetch.after if other in ids))
        node = self._entity_fetch(fetch) if fetch.entities else self._root_fetch(fetch)
        return replace(node, id=ids[fetch], after=after)

    def _root_fetch(self, fetch: FetchBuilder) -> FetchNode:
        kind = OperationKind.QUERY if fetch.at else self._operation.kind
        root = self._graph.supergraph.roots[kind]
        selections, renames = self._aliased(fetch, fetch.selections.finish(), root)
        return FetchNode(
            id=0,
            subgraph=fetch.subgraph,
            kind="root",
            operation=self._sent(kind, selections),
            when=_any_of(fetch.selections.conditions()),
            renames=renames,
            at=fetch.at,
        )

    def _entity_fetch(self, fetch: FetchBuilder) -> FetchNode:
        asked_once: dict[Hashable, tuple[_Asked, list[Path]]] = {}
        for entity in fetch.entities:
            asked = self._asked(fetch, entity)
            same = asked_once.setdefault(asked.whatever_the_order, (asked, []))
            same[1].append(entity.path)
        names = self._names(len(asked_once))
        inputs: list[EntityInput] = []
        selections: list[Field] = []
        renames: list[Rename] = []
        for (asked, paths), (alias, variable) in zip(
            asked_once.values(), names, strict=True
        ):
            inputs.append(
                EntityInput(
                    alias=alias,
                    variable=variable,
                    paths=tuple(dict.fromkeys(paths)),
                    requires=asked.requires,
                    typename=asked.typename,
                    when=asked.when,
                )
            )
            selections.append(_entities_field(alias, variable, asked.selections))
            renames += (
                replace(rename, path=(alias, EACH, *rename.path))
                for rename in asked.renames
            )
        filled = [f"${i.variable}: [_Any!]!" for i in inputs]
        filled += (
            f"${value.variable}: {argument.type}"
            for argument, value in fetch.context.items()
        )
        when = {c for i in inputs for c in i.when or (ALWAYS,)}
        return FetchNode(
            id=0,
            subgraph=fetch.subgraph,
            kind="entity",
            operation=self._sent(OperationKind.QUERY, tuple(selections), filled),
            entities=tuple(inputs),
            when=_any_of(when),
            renames=tuple(renames),
            context=tuple(fetch.context.values()),
        )

    def _sent(
        self,
        kind: OperationKind,
        selections: tuple[Selection, ...],
        filled: Iterable[str] = (),
    ) -> SubgraphOperation:
        """The operation, and its text.

        Args:
            kind: Query, mutation or subscription.
            selections: On the root type.
            filled: The definitions of the variables that the gateway fills.
        """
        directives = self._directives(kind)
        variables = self._used(selections, directives)
        head = _head(kind, (*filled, *map(str, variables)), directives)
        return SubgraphOperation(
            kind,
            selections,
            f"{head}{print_selections(selections)}",
            tuple(variable.name for variable in variables),
        )

    def _asked(self, fetch: FetchBuilder, entity: EntityBuilder) -> _Asked:
        selections, renames = self._aliased(
            fetch, entity.selections.finish(), entity.type_name
        )
        return _Asked(
            typename=entity.typename,
            requires=merge_fields(entity.requires),
            selections=(Fragment(entity.type_name, selections),),
            renames=renames,
            when=_any_of(entity.selections.conditions()),
        )

    def _aliased(
        self, fetch: FetchBuilder, selections: tuple[Selection, ...], type_name: str
    ) -> tuple[tuple[Selection, ...], tuple[Rename, ...]]:
        supergraph = self._graph.supergraph
        return alias_conflicts(selections, type_name, fetch.subgraph, supergraph)

    def _names(self, number: int) -> Iterator[tuple[str, str]]:
        """Aliases and variables for `_entities` fields, beside the client's names."""
        if number == 1:
            yield _ENTITIES, next(self._free("representations"))
            return
        free = self._free("representations")
        for index in range(number):
            yield f"_e{index}", next(free)

    def _free(self, name: str) -> Iterator[str]:
        candidates = (f"{name}{number or ''}" for number in count())
        return (name for name in candidates if name not in self._variables)

    def _directives(self, kind: OperationKind) -> tuple[Directive, ...]:
        """The client's directives that may stand on an operation of this kind."""
        if not self._operation.directives:
            return ()
        locations = {d.name: d.locations for d in self._graph.supergraph.directives}
        return tuple(
            directive
            for directive in self._operation.directives
            if kind.name in locations.get(directive.name, ())
        )

    def _used(
        self, selections: Iterable[Selection], directives: Iterable[Directive]
    ) -> list[VariableDefinition]:
        used = {*_variables_in(selections), *_variables_of(directives)}
        return [v for name, v in self._variables.items() if name in used]


def merge_fields(
    fields: Iterable[RepresentationField],
) -> tuple[RepresentationField, ...]:
    """Make fields of one name one, with all that was wanted below."""
    merged: dict[tuple[str, str, tuple[str, ...] | None], RepresentationField] = {}
    for field in fields:
        slot = (field.name, field.key, field.on_types)
        known = merged.get(slot)
        if known is None:
            merged[slot] = field
        else:
            merged[slot] = replace(
                known,
                fields=merge_fields((*known.fields, *field.fields)),
                is_key=known.is_key or field.is_key,
            )
    return tuple(
        replace(field, fields=merge_fields(field.fields)) for field in merged.values()
    )


def _unordered(selections: Iterable[Selection]) -> Hashable:
    return frozenset(
        (replace(one, selections=()), _unordered(one.selections)) for one in selections
    )


def _unordered_requires(fields: Iterable[RepresentationField]) -> Hashable:
    return frozenset(
        (replace(one, fields=()), _unordered_requires(one.fields)) for one in fields
    )


def _any_of(conditions: set[Condition]) -> AnyCondition:
    if not conditions or ALWAYS in conditions:
        return ()
    return tuple(
        sorted(conditions, key=lambda c: sorted((t.variable, t.value) for t in c))
    )


def _entities_field(
    alias: str, variable: str, selections: tuple[Selection, ...]
) -> Field:
    representations = Argument("representations", f"${variable}", (variable,))
    return Field(_ENTITIES, alias, (representations,), selections)


def _head(
    kind: OperationKind, variables: Iterable[str], directives: Sequence[Directive]
) -> str:
    """The text before the selection set; a plain query needs none."""
    defined = ", ".join(variables)
    given = f"({defined})" if defined else ""
    head = f"{given}{print_directives(directives)}"
    return f"{kind}{head} " if head or kind is not OperationKind.QUERY else ""


def _variables_in(selections: Iterable[Selection]) -> Iterator[str]:
    for selection in selections:
        if isinstance(selection, Field):
            for argument in selection.arguments:
                yield from argument.variables
            if selection.directives:
                yield from _variables_of(selection.directives)
            yield from (term.variable for term in selection.condition)
        yield from _variables_in(selection.selections)


def _variables_of(directives: Iterable[Directive]) -> Iterator[str]:
    for directive in directives:
        for argument in directive.arguments:
            yield from argument.variables
