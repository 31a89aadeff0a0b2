"""What a fetch provides and what it reads, as places in the response tree.

A place is the response keys down to a field; list items and type conditions are left
out. A fetch may only read places that fetches which it waits for provide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from graphql import (
    FieldNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    parse,
)

from gateway_graphql.planning.plan import (
    EACH,
    FetchNode,
    Path,
    QueryPlan,
    RepresentationField,
)

Place: TypeAlias = tuple[str, ...]
Types: TypeAlias = "frozenset[str] | None"


def unprovided_reads(
    plan: QueryPlan, schemas: Mapping[str, GraphQLSchema] | None = None
) -> list[str]:
    """Every read of a fetch that nothing in its transitive `after` provides.

    Args:
        plan: The plan.
        schemas: The subgraphs'; with them, what is read of objects of a type counts
            only where such an object may be: what several subgraphs resolve is an
            object of a type that all of them know there.
    """
    provided = [dict(_provided(fetch, schemas or {})) for fetch in plan.fetches]
    problems: list[str] = []
    for fetch in plan.fetches:
        known: dict[Place, Types] = {(): None}
        for other in _ancestors(plan, fetch):
            for place, types in provided[other].items():
                before = known.get(place, frozenset())
                known[place] = (
                    None if before is None or types is None else before | types
                )
        problems += [
            f"[{fetch.id}] {fetch.subgraph} reads {'.'.join(place)}"
            for place, of_types in _read(fetch)
            if place not in known and _may_be(known.get(place[:-1]), of_types)
        ]
    return problems


def _may_be(given: Types, of_types: Types) -> bool:
    """Whether an object of one of the types may be at a place."""
    return given is None or of_types is None or bool(given & of_types)


def _ancestors(plan: QueryPlan, fetch: FetchNode) -> set[int]:
    found: set[int] = set()
    pending = list(fetch.after)
    while pending:
        other = pending.pop()
        if other not in found:
            found.add(other)
            pending += plan.fetches[other].after
    return found


def _place(path: Path) -> Place:
    return tuple(step for step in path if isinstance(step, str) and step != EACH)


def _read(fetch: FetchNode) -> Iterator[tuple[Place, Types]]:
    """What it reads, and of objects of which types; `None` for all."""
    yield _place(fetch.at), None
    for entity in fetch.entities:
        for path in entity.paths:
            place = _place(path)
            yield place, None
            if entity.typename is None:
                yield (*place, "__typename"), None
            yield from _read_fields(entity.requires, place)


def _read_fields(
    fields: Iterable[RepresentationField], at: Place
) -> Iterator[tuple[Place, Types]]:
    for field in fields:
        types = None if field.on_types is None else frozenset(field.on_types)
        yield (*at, field.key), types
        yield from _read_fields(field.fields, (*at, field.key))


def _provided(
    fetch: FetchNode, schemas: Mapping[str, GraphQLSchema]
) -> Iterator[tuple[Place, Types]]:
    """What it provides, and the types of the objects there; `None` if unknown."""
    schema = schemas.get(fetch.subgraph)
    (definition,) = parse(fetch.operation.text).definitions
    renames = {(_place(r.path), r.alias): r.key for r in fetch.renames}
    if not fetch.entities:
        root = schema and schema.get_root_type(definition.operation)
        at = [_place(fetch.at)]
        yield from _Selected(schema, schemas, renames)(
            definition.selection_set, (), root, at
        )
    inputs = {entity.alias: entity for entity in fetch.entities}
    for node in definition.selection_set.selections if inputs else ():
        alias = _key(node)
        places = [_place(path) for path in inputs[alias].paths]
        yield from _Selected(schema, schemas, renames)(
            node.selection_set, (alias,), None, places
        )


class _Selected:
    """The places below a place in a reply, as they are once it is merged."""

    def __init__(
        self,
        schema: GraphQLSchema | None,
        schemas: Mapping[str, GraphQLSchema],
        renames: dict[tuple[Place, str], str],
    ) -> None:
        self._schema = schema
        self._schemas = schemas
        self._renames = renames

    def __call__(
        self,
        selection_set: SelectionSetNode,
        at: Place,
        parent: GraphQLNamedType | None,
        merged_at: list[Place],
    ) -> Iterator[tuple[Place, Types]]:
        for node in selection_set.selections:
            if not isinstance(node, FieldNode):
                yield from self(
                    node.selection_set, at, self._narrowed(node, parent), merged_at
                )
                continue
            key = self._renames.get((at, _key(node)), _key(node))
            below = [(*place, key) for place in merged_at]
            type_ = self._type_of(parent, node.name.value)
            types = self._possible(parent, node.name.value)
            for place in below:
                yield place, types
            if node.selection_set:
                yield from self(node.selection_set, (*at, key), type_, below)

    def _narrowed(
        self, node: InlineFragmentNode, parent: GraphQLNamedType | None
    ) -> GraphQLNamedType | None:
        if self._schema is None or node.type_condition is None:
            return parent
        return self._schema.get_type(node.type_condition.name.value)

    @staticmethod
    def _type_of(
        parent: GraphQLNamedType | None, field: str
    ) -> GraphQLNamedType | None:
        found = getattr(parent, "fields", {}).get(field)
        return None if found is None else get_named_type(found.type)

    def _possible(self, parent: GraphQLNamedType | None, field: str) -> Types:
        """The types of objects that all subgraphs know that resolve a field."""
        if parent is None:
            return None
        common: Types = None
        for schema in self._schemas.values():
            type_ = self._type_of(schema.get_type(parent.name), field)
            if type_ is not None:
                types = frozenset({type_.name})
                if is_abstract_type(type_):
                    types = frozenset(
                        one.name for one in schema.get_possible_types(type_)
                    )
                common = types if common is None else common & types
        return common


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value
