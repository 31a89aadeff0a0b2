"""The query plan: how to answer one operation, frozen.

A plan has one node kind, the fetch, in a flat tuple in topological order. `after` says
which fetches' data a fetch reads, so independent chains never wait for each other; an
executor starts a fetch the moment all of `after` is merged. A plan holds no run state
and may be shared by any number of executions.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from gateway_graphql.language.operation import (
    Condition,
    Field,
    Operation,
    OperationKind,
    Selection,
)

EACH = "@"
"""The path step that goes through every item of a list (nested lists: one per level)."""


class OnTypes(msgspec.Struct, frozen=True):
    """The path step that keeps only objects of these concrete types."""

    type_names: tuple[str, ...]

    def __str__(self) -> str:
        return f"<{'|'.join(self.type_names)}>"


PathStep: TypeAlias = str | OnTypes
Path: TypeAlias = tuple[PathStep, ...]
"""Response keys, `EACH` and `OnTypes`, from the root of the response tree."""

ResponseKeys: TypeAlias = tuple[str, ...]
"""Response keys from the root of the response tree, list items not told apart."""


def keys_of(path: Path) -> ResponseKeys:
    """A path without its list and type steps."""
    return tuple(step for step in path if isinstance(step, str) and step != EACH)


AnyCondition: TypeAlias = tuple[Condition, ...]
"""At least one of these conditions holds. Empty: unconditional, always."""


class RepresentationField(msgspec.Struct, frozen=True):
    """One field of a representation (federation specification, `_Any`).

    Attributes:
        name: The field's name in the representation.
        key: Where its value is in the response tree, under the object: the response
            key, which is an internal alias where the plain name was taken.
        fields: The members copied of an object value, or of each item of a list;
            empty for a leaf, which is copied as it is.
        on_types: Concrete types of the surrounding object to which this applies;
            `None` for all.
        is_key: Whether it is part of the entity's key: where all of a key is null,
            there is nothing to ask by.
        never_null: Where its type forbids null: 0 for the value, 1 for a list's items,
            2 for their items. A null there is a subgraph's mistake and not passed on.
    """

    name: str
    key: str
    fields: tuple[RepresentationField, ...] = ()
    on_types: tuple[str, ...] | None = None
    is_key: bool = False
    never_null: tuple[int, ...] = ()


class EntityInput(msgspec.Struct, frozen=True):
    """One aliased `_entities` field of an entity fetch, and what it is asked with.

    Attributes:
        alias: The response key of the `_entities` field in the subgraph operation.
        variable: The variable, without `$`, that takes the representations.
        paths: Where the objects are in the response tree. The answer for a
            representation is merged into every object that has it.
        requires: The representation's fields beside `__typename`.
        typename: The representation's `__typename` when it is not the object's own
            (an interface object's name) or is known beforehand (a concrete type);
            `None` to read `__typename` from the object.
        when: Without any of these, no representation is sent for it.
    """

    alias: str
    variable: str
    paths: tuple[Path, ...]
    requires: tuple[RepresentationField, ...]
    typename: str | None = None
    when: AnyCondition = ()


class ContextValue(msgspec.Struct, frozen=True):
    """An argument of an entity fetch that comes from an object further up.

    Attributes:
        variable: The variable, without `$`, that takes the value.
        steps: How many steps of the entities' paths, type conditions aside, lead to
            the object that has the value.
        value: The way from that object to the value, a field on each level; several
            where it depends on the object's type.
        never_null: Where the argument's type forbids null; such a null is not passed on.
    """

    variable: str
    steps: int
    value: tuple[RepresentationField, ...]
    never_null: tuple[int, ...] = ()


class SubgraphOperation(msgspec.Struct, frozen=True):
    """What a fetch sends.

    Whoever wants to know what is asked reads the selections. The text is printed from
    them once, to be sent.

    Attributes:
        kind: Query, mutation or subscription.
        selections: On the root type; those of an entity fetch are `_entities` fields.
        text: The document; it has exactly one operation.
        variables: Names of the client's variables that the text uses; their coerced
            values are sent along (left out when the client gave none).
    """

    kind: OperationKind
    selections: tuple[Selection, ...]
    text: str
    variables: tuple[str, ...] = ()

    def below(self, key: str) -> tuple[Selection, ...]:
        """What is selected below the root field with this response key."""
        for selection in self.selections:
            if isinstance(selection, Field) and selection.response_key == key:
                return selection.selections
        raise AssertionError(f"the operation has no root field {key}")


class Rename(msgspec.Struct, frozen=True):
    """A rewrite of a reply before it is merged: an internal alias gets its real key.

    Attributes:
        path: From the reply's `data` (for an entity fetch it starts with the alias of
            the `_entities` field and `EACH`) to the object that holds the alias.
        alias: The response key in the reply.
        key: The response key in the response tree.
    """

    path: Path
    alias: str
    key: str


class FetchNode(msgspec.Struct, frozen=True):
    """One HTTP request to one subgraph.

    Attributes:
        id: Its index in the plan.
        subgraph: The subgraph's name.
        kind: A root fetch or an entity fetch.
        operation: What is sent.
        entities: `()` for a root fetch; one per aliased `_entities` field otherwise.
        after: Ids of the fetches whose data it reads, ascending.
        when: Without any of these, the fetch is not sent.
        renames: Applied to the reply before merging, in order.
        at: Where a root fetch's data is merged: the root, or every object at a path
            where a field gives the query root again.
        context: Arguments from objects further up (`@fromContext`). Such a fetch has
            one entity input, and is sent once for every different set of values.
    """

    id: int
    subgraph: str
    kind: Literal["root", "entity"]
    operation: SubgraphOperation
    entities: tuple[EntityInput, ...] = ()
    after: tuple[int, ...] = ()
    when: AnyCondition = ()
    renames: tuple[Rename, ...] = ()
    at: Path = ()
    context: tuple[ContextValue, ...] = ()


class QueryPlan(msgspec.Struct, frozen=True):
    """How to answer one operation.

    Attributes:
        operation: What the client asked, normalized. Its selections, in order, are
            the shape of the answer; what fetches select beyond it is machinery.
        fetches: In topological order; a fetch's `after` names earlier ones only. None
            at all for an operation that asks only `__typename` or introspection.
        unreachable: Root fields that no way through the subgraphs resolves;
            then there are no fetches, and the answer is null with an error for each.
            Composition refuses nearly all supergraphs that can lead here.
    """

    operation: Operation
    fetches: tuple[FetchNode, ...]
    unreachable: tuple[Field, ...] = ()

    @property
    def depth(self) -> int:
        """The length of the longest chain of fetches that wait for each other."""
        depths: list[int] = []
        for fetch in self.fetches:
            depths.append(1 + max((depths[i] for i in fetch.after), default=0))
        return max(depths, default=0)
