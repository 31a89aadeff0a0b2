"""Take fields out of an operation, put others in, or mark what is withheld.

Policies decide about *places*. A place is where one field stands in a normalized
operation: the response keys and type conditions that lead to it from the root. The same
field asked for under two keys or under two type conditions is at two places, since one
may be allowed and the other not.

Two operations come of one set of removals. The pruned one is planned, so nothing is
fetched for what is gone. The marked one is the shape of the answer: what is withheld is
null there, even where the gateway fetched the value for its own needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from gateway_graphql.language.operation import (
    TYPENAME,
    Field,
    Fragment,
    Operation,
    Selection,
    key_in_answer,
)


class OnType(msgspec.Struct, frozen=True):
    """The step into a fragment, by its type condition."""

    type_condition: str

    def __str__(self) -> str:
        return f"... on {self.type_condition}"


PlaceStep: TypeAlias = str | OnType
Place: TypeAlias = tuple[PlaceStep, ...]
"""Response keys and type conditions from the root to a field; it ends at a key."""

NOTHING: Final[frozenset[Place]] = frozenset()


class Addition(msgspec.Struct, frozen=True):
    """A field that the gateway selects for itself, in addition.

    Attributes:
        place: The selection set that gets it: the root, a field or a fragment, which
            may be one that is not there yet.
        field: What is selected, under a response key that is free there.
    """

    place: Place
    field: Field


def step_of(selection: Selection) -> PlaceStep:
    """The step of a place that leads to a selection."""
    if isinstance(selection, Field):
        return selection.response_key
    return OnType(selection.type_condition)


def path_of(place: Place) -> tuple[str, ...]:
    """The query path of a place: its response keys, as in the answer."""
    return tuple(key_in_answer(step) for step in place if isinstance(step, str))


def affected(place: Place, path: tuple[str, ...]) -> tuple[tuple[str, object], ...]:
    """What an error's extensions say of a place that its path does not reach."""
    asked = path_of(place)
    return () if asked == path else (("affectedPath", ".".join(asked)),)


def prune(operation: Operation, removals: Iterable[Place]) -> Operation:
    """The operation without the fields at these places.

    An object whose fields are all gone is still asked for whether it is there, unless
    nothing else is left of the whole operation: then it has no selections at all.
    """
    selections, has_leaf = _pruned(operation.selections, _branches(removals))
    return replace(operation, selections=selections if has_leaf else ())


def withhold(operation: Operation, removals: Iterable[Place]) -> Operation:
    """The operation with the fields at these places, and all below, marked."""
    marked = _marked(operation.selections, _branches(removals))
    return replace(operation, selections=marked)


def extend(operation: Operation, additions: Iterable[Addition]) -> Operation:
    """The operation with additional fields, where their selection sets still are."""
    selections = operation.selections
    for addition in additions:
        selections = _extended(selections, addition.place, addition.field)
    return replace(operation, selections=selections)


class _Branch:
    """A step in a tree of places."""

    __slots__ = ("branches", "is_end")

    def __init__(self) -> None:
        self.branches: dict[PlaceStep, _Branch] = {}
        self.is_end = False


def _branches(places: Iterable[Place]) -> _Branch:
    root = _Branch()
    for place in places:
        branch = root
        for step in place:
            branch = branch.branches.setdefault(step, _Branch())
        branch.is_end = True
    return root


def _pruned(
    selections: tuple[Selection, ...], here: _Branch
) -> tuple[tuple[Selection, ...], bool]:
    """What is left, and whether there is a leaf of the client's in it."""
    kept: list[Selection] = []
    has_leaf = False
    for selection in selections:
        branch = here.branches.get(step_of(selection))
        if branch is None:
            kept.append(selection)
            has_leaf = True
        elif not branch.is_end:
            inner, inner_has_leaf = _pruned(selection.selections, branch)
            has_leaf = has_leaf or inner_has_leaf
            if isinstance(selection, Field) and not inner:
                inner = (Field(TYPENAME, TYPENAME),)
            if inner:
                kept.append(replace(selection, selections=inner))
    return tuple(kept), has_leaf


def _marked(selections: tuple[Selection, ...], here: _Branch) -> tuple[Selection, ...]:
    marked: list[Selection] = []
    for selection in selections:
        branch = here.branches.get(step_of(selection))
        if branch is None:
            marked.append(selection)
        elif branch.is_end:
            marked.append(_withheld(selection))
        else:
            inner = _marked(selection.selections, branch)
            marked.append(replace(selection, selections=inner))
    return tuple(marked)


def _withheld(selection: Selection) -> Selection:
    """A selection with every field in it marked.

    Where the same response key is granted by another selection, that one's fields are
    answered and those that only this one asks for are null.
    """
    inner = tuple(_withheld(child) for child in selection.selections)
    if isinstance(selection, Field):
        return replace(selection, selections=inner, is_withheld=True)
    return replace(selection, selections=inner)


def _extended(
    selections: tuple[Selection, ...], place: Place, field: Field
) -> tuple[Selection, ...]:
    if not place:
        return selections if field in selections else (*selections, field)
    step = place[0]
    if isinstance(step, OnType) and step not in map(step_of, selections):
        added = Fragment(step.type_condition, (field,))
        return selections if place[1:] else (*selections, added)
    return tuple(
        replace(s, selections=_extended(s.selections, place[1:], field))
        if step_of(s) == step
        else s
        for s in selections
    )
