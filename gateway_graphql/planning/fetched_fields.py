"""The fields that a fetch asks for, and where they get in the response tree.

A fetch asks in its subgraph's types and, where two subgraphs' fields would meet under one
key, under aliases of its own. Whoever wants to know what a fetch is for (why it exists,
what it costs) has them here with their types, and with the keys that they get.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from gateway_graphql.planning.plan import (
    EntityInput,
    FetchNode,
    ResponseKeys,
    keys_of,
)
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.typed_operation import TypedField, typed_selections


class FetchedField(msgspec.Struct, frozen=True):
    """A field of a fetch.

    Attributes:
        typed: As the subgraph is asked for it.
        keys: Its place in the response tree, from the objects that the fetch is about.
    """

    typed: TypedField
    keys: ResponseKeys


def root_fields(fetch: FetchNode, supergraph: Supergraph) -> Iterator[FetchedField]:
    """The fields of a root fetch, outer ones first."""
    root = supergraph.roots[fetch.operation.kind]
    fields = typed_selections(
        fetch.operation.selections,
        supergraph,
        parent=root,
        reach=(root,),
        subgraph=fetch.subgraph,
    )
    return _with_keys(fetch, fields, ())


def entity_fields(
    fetch: FetchNode, entity: EntityInput, supergraph: Supergraph
) -> Iterator[FetchedField]:
    """The fields of entities, outer ones first."""
    fields = typed_selections(
        fetch.operation.below(entity.alias),
        supergraph,
        parent="",
        reach=tuple(supergraph.object_types),
        subgraph=fetch.subgraph,
    )
    return _with_keys(fetch, fields, (entity.alias,))


def _with_keys(
    fetch: FetchNode, fields: Sequence[TypedField], at: ResponseKeys
) -> Iterator[FetchedField]:
    keys_by_alias = {(keys_of(r.path), r.alias): r.key for r in fetch.renames}
    # By identity: all fields of a walk are kept as long as it is.
    replies: dict[int, ResponseKeys] = {id(None): at}
    for typed in fields:
        above = replies[id(typed.above)]
        key = typed.field.response_key
        reply = (*above, keys_by_alias.get((above, key), key))
        replies[id(typed)] = reply
        yield FetchedField(typed, reply[len(at) :])
