"""One walk over an operation, with the supergraph's types written beside each field.

Whoever wants to know something of an operation's fields (what they demand, what they are
charged, where their errors go) asks here and looks up no type. The fields come in the
order of the document, outer ones before inner ones, each with the way to it.

Equal selections are one object wherever they stand, so fragments within fragments are
many places and few selections. Whoever wants few fields says which: then selections that
lead to none of them are looked at once, and the walk is as long as the document is
written and not as what it expands to.

The walk is a list, since most questions are about one field after the other. What is
made of a field and of all below it, is folded from the list.
"""

from __future__ import annotations

from collections.abc import Callable, Reversible, Sequence
from typing import TypeAlias, TypeVar

import msgspec

from gateway_graphql.language.operation import (
    ALWAYS,
    META_FIELDS,
    Condition,
    Field,
    Operation,
    Selection,
    key_in_answer,
)
from gateway_graphql.language.pruning import OnType, Place
from gateway_graphql.language.type_reference import (
    TypeReference,
    list_depth,
    named_type,
)
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)


class FieldOnType(msgspec.Struct, frozen=True):
    """A field as it is selected on a type, wherever that is.

    Attributes:
        field: As it is asked for.
        parent: The type that it is selected on.
        reach: The object types that the objects with it can be of.
        definition: `None` for what is in no schema: `__typename` and introspection, and
            what only a subgraph knows.
        type_name: The type of its value, lists aside; empty without a definition.
    """

    field: Field
    parent: str
    reach: tuple[str, ...]
    definition: FieldDefinition | None
    type_name: str

    @property
    def coordinate(self) -> str:
        """`Type.field`."""
        return f"{self.parent}.{self.field.name}"


class TypedField(FieldOnType, frozen=True):
    """A field at one place of an operation.

    Attributes:
        around: The type conditions around it, inside the field above it.
        place: The steps to it.
        path: Where its errors are in the answer: down to the first list.
        condition: When it is selected at all.
        above: The field whose objects have it; `None` for a root field.
        is_below_list: Whether the path ended at a list above it.
        lists: How many lists are around its values.
    """

    around: tuple[str, ...]
    place: Place
    path: tuple[str, ...]
    condition: Condition
    above: TypedField | None
    is_below_list: bool
    lists: int

    @property
    def lineage(self) -> tuple[TypedField, ...]:
        """The fields around it, outermost first, and itself."""
        return (*(self.above.lineage if self.above else ()), self)


_Made = TypeVar("_Made")

Wanted: TypeAlias = Callable[[FieldOnType], bool]
"""Whether a field is wanted, by what is the same wherever it is selected."""


def _everything(_selected: FieldOnType) -> bool:
    return True


def _nothing(_type_condition: str) -> bool:
    return False


def typed_fields(
    operation: Operation,
    supergraph: Supergraph,
    *,
    wanted: Wanted = _everything,
    wanted_on: Callable[[str], bool] = _nothing,
) -> Sequence[TypedField]:
    """The fields of an operation with their types, place by place.

    Args:
        operation: Valid by the supergraph's API schema.
        supergraph: Has the types.
        wanted: Which fields are given.
        wanted_on: The types inside whose fragments all fields are, those below other
            fields aside.
    """
    root = supergraph.roots[operation.kind]
    walk = _Walk(supergraph, root, wanted, wanted_on)
    here = _Here(root, (root,), is_wanted=wanted_on(root))
    walk.selections(operation.selections, here)
    return walk.found


def typed_selections(
    selections: tuple[Selection, ...],
    supergraph: Supergraph,
    *,
    parent: str,
    reach: tuple[str, ...],
    subgraph: str,
) -> Sequence[TypedField]:
    """The fields of what a subgraph is asked, with the types that it has them in.

    Args:
        selections: Valid in the subgraph.
        supergraph: Has the types.
        parent: The type that they are selected on; empty for `_entities`, which are of
            no one type.
        reach: The object types that the objects can be of.
        subgraph: Whose they are.
    """
    walk = _Walk(supergraph, parent, _everything, _nothing, subgraph)
    walk.selections(selections, _Here(parent, reach))
    return walk.found


def folded(
    fields: Reversible[TypedField], combine: Callable[[TypedField, list[_Made]], _Made]
) -> list[_Made]:
    """Make something of each field of a walk and of what was made below it.

    Args:
        fields: Of a walk, in its order; fields without any below may be left out.
        combine: Makes it of a field and of what came of the fields below, in order.

    Returns:
        What came of the outermost fields, in order.
    """
    # By the identity of the field above; inner fields come before it in this direction.
    below: dict[int, list[_Made]] = {}
    for typed in reversed(fields):
        made = combine(typed, below.pop(id(typed), [])[::-1])
        below.setdefault(id(typed.above), []).append(made)
    return below.get(id(None), [])[::-1]


def field_definition(
    supergraph: Supergraph, type_name: str, field_name: str
) -> FieldDefinition | None:
    """The definition of a type's field; `None` where the type has no such field."""
    match supergraph.types.get(type_name):
        case ObjectDefinition(fields=fields) | InterfaceDefinition(fields=fields):
            return fields.get(field_name)
        case _:
            return None


class _Here(msgspec.Struct, frozen=True):
    """A selection set on the way; mostly as in `TypedField`.

    Attributes:
        is_wanted: Whether it is in a fragment inside which all fields are wanted.
    """

    type_name: str
    reach: tuple[str, ...]
    around: tuple[str, ...] = ()
    place: Place = ()
    path: tuple[str, ...] = ()
    condition: Condition = ALWAYS
    above: TypedField | None = None
    is_below_list: bool = False
    is_wanted: bool = False


class _Walk:
    """One walk through an operation; it knows which selections lead nowhere.

    Attributes:
        found: The fields that are wanted.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        root: str,
        wanted: Wanted,
        wanted_on: Callable[[str], bool],
        subgraph: str | None = None,
    ) -> None:
        self.found: list[TypedField] = []
        self._supergraph = supergraph
        self._root = root
        self._subgraph = subgraph
        self._possible = supergraph.possible_types
        self._wanted = wanted
        self._wants_all = wanted is _everything
        self._wanted_on = wanted_on
        # By identity, type and reach, which is all that wanting goes by.
        self._leads: dict[tuple[int, str, tuple[str, ...]], bool] = {}

    def selections(self, selections: tuple[Selection, ...], here: _Here) -> None:
        """Find the fields of selections, and all below."""
        if not (
            self._wants_all
            or here.is_wanted
            or self._leads_on(selections, here.type_name, here.reach)
        ):
            return
        for selection in selections:
            if isinstance(selection, Field):
                self._field(selection, here)
            else:
                inner = self._narrowed(selection.type_condition, here)
                self.selections(selection.selections, inner)

    def _narrowed(self, type_condition: str, here: _Here) -> _Here:
        return _Here(
            type_condition,
            self._reach(type_condition, here.reach),
            (*here.around, type_condition),
            (*here.place, OnType(type_condition)),
            here.path,
            here.condition,
            here.above,
            here.is_below_list,
            here.is_wanted or self._wanted_on(type_condition),
        )

    def _field(self, field: Field, here: _Here) -> None:
        path, key = here.path, field.response_key
        definition = self._definition(field, here)
        reference = None if definition is None else self._type(definition)
        typed = TypedField(
            field,
            here.type_name,
            here.reach,
            definition,
            "" if reference is None else named_type(reference),
            here.around,
            (*here.place, key),
            path if here.is_below_list else (*path, key_in_answer(key)),
            here.condition | field.condition,
            here.above,
            here.is_below_list,
            0 if reference is None else list_depth(reference),
        )
        if here.is_wanted or self._wanted(typed):
            self.found.append(typed)
        if field.selections and definition is not None:
            self.selections(field.selections, self._below(typed))

    def _below(self, typed: TypedField) -> _Here:
        return _Here(
            typed.type_name,
            self._possible.get(typed.type_name, ()),
            (),
            typed.place,
            typed.path,
            typed.condition,
            typed,
            typed.is_below_list or typed.lists > 0,
        )

    def _reach(self, type_condition: str, around: tuple[str, ...]) -> tuple[str, ...]:
        possible = self._possible.get(type_condition, ())
        within = frozenset(around)
        return tuple(name for name in possible if name in within)

    def _type(self, definition: FieldDefinition) -> TypeReference:
        if self._subgraph is None:
            return definition.type
        return definition.type_in(self._subgraph)

    def _definition(self, field: Field, here: _Here) -> FieldDefinition | None:
        if field.name in META_FIELDS:
            return None
        found = field_definition(self._supergraph, here.type_name, field.name)
        return found or self._outer_definition(field, here)

    def _outer_definition(self, field: Field, here: _Here) -> FieldDefinition | None:
        """That of a type around, for an object that does not list its interface's."""
        outermost = self._root if here.above is None else here.above.type_name
        for type_name in (*reversed(here.around), outermost):
            found = field_definition(self._supergraph, type_name, field.name)
            if found is not None:
                return found
        if self._subgraph is not None:  # only the subgraph itself knows it
            return None
        raise AssertionError(
            f"a validated operation selects no {here.type_name}.{field.name}"
        )

    def _leads_on(
        self, selections: tuple[Selection, ...], type_name: str, reach: tuple[str, ...]
    ) -> bool:
        """Whether there is a field that is wanted, at any depth."""
        key = (id(selections), type_name, reach)
        known = self._leads.get(key)
        if known is None:
            known = self._leads[key] = self._finds(selections, type_name, reach)
        return known

    def _finds(
        self, selections: tuple[Selection, ...], type_name: str, reach: tuple[str, ...]
    ) -> bool:
        for selection in selections:
            if isinstance(selection, Field):
                if self._leads_to(selection, type_name, reach):
                    return True
                continue
            narrowed = selection.type_condition
            if self._wanted_on(narrowed) or self._leads_on(
                selection.selections, narrowed, self._reach(narrowed, reach)
            ):
                return True
        return False

    def _leads_to(self, field: Field, type_name: str, reach: tuple[str, ...]) -> bool:
        if field.name in META_FIELDS:
            return self._wanted(FieldOnType(field, type_name, reach, None, ""))
        definition = field_definition(self._supergraph, type_name, field.name)
        if definition is None:  # the types around, which are not known here, have it
            return True
        below = named_type(definition.type)
        if self._wanted(FieldOnType(field, type_name, reach, definition, below)):
            return True
        return self._leads_on(field.selections, below, self._possible.get(below, ()))
