"""What the client asked for, typed: the shape that an answer must have.

A shape is the operation's selections (CollectFields, specification section 6.3.2) with the
supergraph's types written beside them. Which fields an object has depends on its runtime
type and on the Boolean variables of `@skip` and `@include`. Both are settled before
projection looks at data: there is one shape per assignment of those variables, and in it
an object's fields are collected once per runtime type and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from gateway_graphql.exchange import JSON
from gateway_graphql.language.conditions import condition_variables, holds
from gateway_graphql.language.operation import (
    TYPENAME,
    Field,
    Operation,
    Selection,
    key_in_answer,
)
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
)
from gateway_graphql.remembered import Remembered
from gateway_graphql.supergraph.model import (
    EnumDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    UnionDefinition,
)
from gateway_graphql.supergraph.typed_operation import field_definition

INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})
_KEPT_ASSIGNMENTS = 16


class LeafKind(StrEnum):
    """How a leaf's value is checked."""

    INT = "Int"
    FLOAT = "Float"
    STRING = "String"
    BOOLEAN = "Boolean"
    ID = "ID"
    CUSTOM = "custom scalar"


_PASSING_TYPES: Mapping[LeafKind, frozenset[type]] = {
    LeafKind.INT: frozenset(),
    LeafKind.FLOAT: frozenset({int, float}),
    LeafKind.STRING: frozenset({str}),
    LeafKind.BOOLEAN: frozenset({bool}),
    LeafKind.ID: frozenset({str}),
    LeafKind.CUSTOM: frozenset({bool, int, float, str}),
}


@dataclass(frozen=True, slots=True)
class LeafShape:
    """A scalar.

    Attributes:
        passes: The Python types whose values are right as they are, so most values need
            one look-up; other values are looked at more closely.
    """

    kind: LeafKind
    is_nullable: bool
    passes: frozenset[type] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "passes", _PASSING_TYPES[self.kind])


@dataclass(frozen=True, slots=True)
class EnumShape:
    """An enum; `values` are those that clients know, `hidden` those that they do not."""

    values: frozenset[str]
    is_nullable: bool
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TypenameShape:
    """`__typename`: the gateway says it itself."""

    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class ReadyShape:
    """A value that is complete already: what introspection answered."""

    is_nullable: bool = True


@dataclass(frozen=True, slots=True)
class WithheldShape:
    """A field that the caller may not have: null, whatever was fetched.

    Whoever withheld it has reported it, so its null is no further error.
    """

    is_nullable: bool


@dataclass(frozen=True, slots=True)
class ListShape:
    """A list of `item`."""

    item: ValueShape
    is_nullable: bool


class ObjectShape:
    """An object: its fields by runtime type.

    Attributes:
        type_name: The static type at this place.
        is_abstract: Whether the runtime type must be read from the data.
        is_nullable: Whether null may stand here.
    """

    __slots__ = (
        "_fields_by_type",
        "_selections",
        "_shaper",
        "is_abstract",
        "is_nullable",
        "type_name",
    )

    def __init__(
        self,
        type_name: str,
        selections: tuple[Selection, ...],
        shaper: Shaper,
        *,
        is_nullable: bool,
    ) -> None:
        self.type_name = type_name
        self.is_abstract = not shaper.is_object(type_name)
        self.is_nullable = is_nullable
        self._selections = selections
        self._shaper = shaper
        # Grows while executions meet runtime types; bounded by the supergraph's types.
        self._fields_by_type: dict[str, tuple[FieldShape, ...] | None] = {}

    def __repr__(self) -> str:
        return f"<ObjectShape {self.type_name}{'' if self.is_nullable else '!'}>"

    def is_like(self, other: ObjectShape) -> bool:
        """Whether the same is asked for here and there, of one operation."""
        return (self.type_name, self.is_nullable, self._selections) == (
            other.type_name,
            other.is_nullable,
            other._selections,
        )

    def hides(self, runtime_type: str) -> bool:
        """Whether an object of this type may stand here, but clients do not know it."""
        return self._shaper.hides(self.type_name, runtime_type)

    def fields(self, runtime_type: str) -> tuple[FieldShape, ...] | None:
        """The fields of an object of this type, in the order of the answer.

        `None` when no client-visible object of that type can stand here.
        """
        try:
            return self._fields_by_type[runtime_type]
        except KeyError:
            pass
        if not self._shaper.may_be(self.type_name, runtime_type):
            # Not kept: the name comes from a subgraph, so there is no bound on them.
            return None
        fields = self._shaper.collect(runtime_type, self._selections)
        self._fields_by_type[runtime_type] = fields
        return fields


ValueShape: TypeAlias = (
    LeafShape
    | EnumShape
    | TypenameShape
    | ReadyShape
    | WithheldShape
    | ListShape
    | ObjectShape
)


@dataclass(frozen=True, slots=True)
class FieldShape:
    """A field of an object of one runtime type.

    Attributes:
        key: Its key in the response tree.
        coordinate: `Type.field`, for messages.
        value: What its value must look like.
        answer_key: Its key in the answer.
    """

    key: str
    coordinate: str
    value: ValueShape
    answer_key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer_key", key_in_answer(self.key))


def are_alike(one: ValueShape, other: ValueShape) -> bool:
    """Whether what is right for one place of an operation is right for another."""
    if isinstance(one, ListShape) and isinstance(other, ListShape):
        same = one.is_nullable == other.is_nullable
        return same and are_alike(one.item, other.item)
    if isinstance(one, ObjectShape) and isinstance(other, ObjectShape):
        return one.is_like(other)
    return one == other


class Shapes:
    """The shapes of one operation, by assignment of its `@skip`/`@include` variables."""

    def __init__(self, operation: Operation, supergraph: Supergraph) -> None:
        self._operation = operation
        self._supergraph = supergraph
        self._variables = tuple(sorted(condition_variables(operation.selections)))
        # Filled by executions.
        self._by_assignment: Remembered[tuple[bool, ...], ObjectShape] = Remembered(
            _KEPT_ASSIGNMENTS
        )

    def shape(self, variables: Mapping[str, JSON]) -> ObjectShape:
        """The shape of the answer for these (coerced) variables."""
        assignment = self.assignment(variables)
        shape = self._by_assignment.get(assignment)
        if shape is None:
            shape = self._build(assignment)
            self._by_assignment.put(assignment, shape)
        return shape

    def assignment(self, variables: Mapping[str, JSON]) -> tuple[bool, ...]:
        """What (coerced) variables say of the conditions."""
        return tuple([variables.get(name) is True for name in self._variables])

    def values(self, assignment: tuple[bool, ...]) -> Mapping[str, bool]:
        """The same, by variable."""
        return dict(zip(self._variables, assignment, strict=True))

    def _build(self, assignment: tuple[bool, ...]) -> ObjectShape:
        root = self._supergraph.roots[self._operation.kind]
        shaper = Shaper(self._supergraph, self.values(assignment))
        return ObjectShape(root, self._operation.selections, shaper, is_nullable=True)


class Shaper:
    """Collects fields with the supergraph's types, the conditions settled."""

    def __init__(self, supergraph: Supergraph, values: Mapping[str, bool]) -> None:
        self._supergraph = supergraph
        self._values = values

    def is_object(self, type_name: str) -> bool:
        """Whether it is an object type."""
        return isinstance(self._supergraph.types.get(type_name), ObjectDefinition)

    def may_be(self, static_type: str, runtime_type: str) -> bool:
        """Whether a client may see an object of the runtime type here.

        An abstract type may stand for itself where objects can come from a subgraph to
        which they are interface objects: it knows no other name for them.
        """
        definition = self._supergraph.types.get(runtime_type)
        if definition is None or definition.is_inaccessible:
            return False
        possible = self._supergraph.possible_types.get(static_type, ())
        if runtime_type == static_type and not self.is_object(static_type):
            return self._has_interface_objects(possible)
        return runtime_type in possible

    def _has_interface_objects(self, possible: tuple[str, ...]) -> bool:
        """Whether some subgraph sees objects of these types as an interface object."""
        return any(
            isinstance(definition, InterfaceDefinition)
            and any(join.is_interface_object for join in definition.joins)
            and set(self._supergraph.possible_types[name]).issubset(possible)
            for name, definition in self._supergraph.types.items()
        )

    def hides(self, static_type: str, runtime_type: str) -> bool:
        """Whether an object may be of the runtime type, which is inaccessible."""
        definition = self._supergraph.types.get(runtime_type)
        return (
            definition is not None
            and definition.is_inaccessible
            and runtime_type in self._supergraph.possible_types.get(static_type, ())
        )

    def collect(
        self, runtime_type: str, selections: tuple[Selection, ...]
    ) -> tuple[FieldShape, ...]:
        """CollectFields (specification section 6.3.2), then the fields' types."""
        groups: dict[str, list[tuple[Field, str]]] = {}
        for one in self.fields_on(runtime_type, selections):
            groups.setdefault(one[0].response_key, []).append(one)
        return tuple(
            self._field(runtime_type, key, group) for key, group in groups.items()
        )

    def fields_on(
        self,
        runtime_type: str,
        selections: Iterable[Selection],
        enclosing_type: str | None = None,
    ) -> Iterator[tuple[Field, str]]:
        """What is selected of objects of a type, each with the type that it is asked on.

        These are the fields that CollectFields visits, not grouped yet.
        """
        enclosing = enclosing_type or runtime_type
        for selection in selections:
            if isinstance(selection, Field):
                if holds(selection.condition, self._values):
                    yield selection, enclosing
            elif self._applies(selection.type_condition, runtime_type):
                yield from self.fields_on(
                    runtime_type, selection.selections, selection.type_condition
                )

    def _applies(self, type_condition: str, runtime_type: str) -> bool:
        """DoesFragmentTypeApply; for an interface that stands for all its objects."""
        if type_condition == runtime_type:
            return True
        allowed = self._supergraph.possible_types.get(type_condition, ())
        if self.is_object(runtime_type):
            return runtime_type in allowed
        possible = self._supergraph.possible_types.get(runtime_type, ())
        return bool(possible) and set(possible).issubset(allowed)

    def _field(
        self, runtime_type: str, key: str, group: list[tuple[Field, str]]
    ) -> FieldShape:
        field, enclosing_type = group[0]
        coordinate = f"{runtime_type}.{field.name}"
        if field.name == TYPENAME:
            return FieldShape(key, coordinate, TypenameShape())
        is_withheld = all(member.is_withheld for member, _ in group)
        if field.name in INTROSPECTION_FIELDS:
            is_nullable = field.name != "__schema"
            ready = WithheldShape(is_nullable) if is_withheld else ReadyShape()
            return FieldShape(key, coordinate, ready)
        definition = field_definition(
            self._supergraph, runtime_type, field.name
        ) or field_definition(self._supergraph, enclosing_type, field.name)
        if definition is None:
            raise AssertionError(f"a validated operation selects no {coordinate}")
        if is_withheld:
            is_nullable = not isinstance(definition.type, NonNullType)
            return FieldShape(key, coordinate, WithheldShape(is_nullable))
        selections = tuple(child for field, _ in group for child in field.selections)
        return FieldShape(key, coordinate, self.value(definition.type, selections))

    def value(
        self, reference: TypeReference, selections: tuple[Selection, ...]
    ) -> ValueShape:
        """What a value of a type must look like, with these selections of its objects."""
        is_nullable = True
        if isinstance(reference, NonNullType):
            is_nullable = False
            reference = reference.item
        match reference:
            case ListType(item):
                return ListShape(self.value(item, selections), is_nullable)
            case NamedType(name):
                return self._named(name, selections, is_nullable=is_nullable)

    def _named(
        self, name: str, selections: tuple[Selection, ...], *, is_nullable: bool
    ) -> ValueShape:
        match self._supergraph.types.get(name):
            case ObjectDefinition() | InterfaceDefinition() | UnionDefinition():
                return ObjectShape(name, selections, self, is_nullable=is_nullable)
            case EnumDefinition(values=values):
                hidden = frozenset(v.name for v in values if v.is_inaccessible)
                known = frozenset(v.name for v in values) - hidden
                return EnumShape(known, is_nullable, hidden)
            case _:
                return LeafShape(_leaf_kind(name), is_nullable)


def _leaf_kind(name: str) -> LeafKind:
    try:
        return LeafKind(name)
    except ValueError:
        return LeafKind.CUSTOM
