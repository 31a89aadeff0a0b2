"""`@context` and `@fromContext`: what is read is set, and is of the argument's type.

The gateway fills a contextual argument from the nearest object further up whose type sets
the context, with one value. So the field must be asked of an entity by itself, its
argument is nobody else's, and the selection comes to one value on each type that sets the
context. (Federation specification, https://specs.apollo.dev/federation, v2.8.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    SelectionSetNode,
)

from gateway_graphql.composition.contexts import ContextReading, reading_of
from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import (
    FieldElement,
    FieldsType,
    InputElement,
    InterfaceType,
    ObjectType,
    SubgraphSchema,
    UnionType,
    is_required,
)
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
    named_type,
)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_FEDERATION = "https://specs.apollo.dev/federation"


class _InvalidSelection(Exception):
    """Why a selection is not one value."""


@dataclass(frozen=True, slots=True)
class _Use:
    """An argument that is filled from a context."""

    owner: FieldsType
    field: FieldElement
    argument: InputElement
    reading: ContextReading

    @property
    def coordinate(self) -> str:
        return f"{self.owner.name}.{self.field.name}({self.argument.name}:)"


def check_context_names(roles: FieldRoles, problems: Problems) -> None:
    """A context's name is of letters and digits, since it gets its subgraph's before it."""
    for element in roles.schema.types.values():
        for applied in element.applied("context"):
            name = applied.text("name") or ""
            if not _NAME.fullmatch(name):
                problems.error(
                    "CONTEXT_NAME_INVALID",
                    f'Context name "{name}" on type "{element.name}" is invalid: it'
                    " starts with a letter and has only letters and digits.",
                    element.name,
                    roles.schema.name,
                )


def check_contextual_arguments(roles: FieldRoles, problems: Problems) -> None:
    """Arguments are filled from contexts that are set, and only where that can be done."""
    for coordinate in _on_directives(roles.schema):
        problems.error(
            "CONTEXT_NOT_SET",
            f'@fromContext cannot be used on a directive\'s argument "{coordinate}".',
            coordinate,
            roles.schema.name,
        )
    for use in _uses(roles.schema):
        for code, complaint in (
            *_misplaced(use, roles.schema),
            *_wrongly_read(use, roles),
        ):
            problems.error(code, complaint, use.coordinate, roles.schema.name)


def _on_directives(schema: SubgraphSchema) -> Iterator[str]:
    names = _local_names(schema)
    for name, definition in schema.definitions.items():
        for argument in definition.arguments or ():
            directives: tuple[DirectiveNode, ...] = tuple(argument.directives or ())
            if any(directive.name.value in names for directive in directives):
                yield f"@{name}({argument.name.value}:)"


def _local_names(schema: SubgraphSchema) -> tuple[str, ...]:
    """What `@fromContext` is called in a schema."""
    feature = schema.features.get(_FEDERATION)
    if feature is None:
        return ()
    imported = feature.imports.get("@fromContext", "").removeprefix("@")
    return (imported, f"{feature.alias}__fromContext")


def _uses(schema: SubgraphSchema) -> Iterator[_Use]:
    for element in schema.fields_types():
        for field in element.fields.values():
            for argument in field.arguments.values():
                reading = reading_of(argument)
                if reading is not None:
                    yield _Use(element, field, argument, reading)


def _misplaced(use: _Use, schema: SubgraphSchema) -> Iterator[tuple[str, str]]:
    """Why the argument cannot be filled here, whatever it is filled with."""
    if isinstance(use.owner, InterfaceType):
        yield (
            "CONTEXT_NOT_SET",
            f'@fromContext cannot be used on an interface\'s field: "{use.coordinate}".',
        )
        return
    for interface in use.owner.interfaces:
        if use.field.name in schema.fields_of(interface):
            yield (
                "CONTEXT_NOT_SET",
                (
                    f'@fromContext cannot be used on a field of an interface: "{interface}"'
                    f' has the field of "{use.coordinate}".'
                ),
            )
    if use.argument.default is not None:
        yield (
            "CONTEXT_NOT_SET",
            f'@fromContext arguments have no default value, as "{use.coordinate}" does.',
        )
    keys = use.owner.applied("key")
    if all(key.value("resolvable") is False for key in keys):
        yield (
            "CONTEXT_NO_RESOLVABLE_KEY",
            (
                f'Object "{use.owner.name}" has no resolvable key but a field with a'
                f' contextual argument, "{use.coordinate}".'
            ),
        )


def _wrongly_read(use: _Use, roles: FieldRoles) -> Iterator[tuple[str, str]]:
    """Why the context or what is selected from it is none."""
    context, selection = use.reading
    if not context:
        yield (
            "NO_CONTEXT_IN_SELECTION",
            (
                f'@fromContext of "{use.coordinate}" does not name a context: its field'
                " starts with $ and the context's name."
            ),
        )
    elif not selection.strip():
        yield (
            "NO_SELECTION_FOR_CONTEXT",
            f'@fromContext of "{use.coordinate}" selects nothing from "{context}".',
        )
    elif not (holders := roles.context_holders(context)):
        yield (
            "CONTEXT_NOT_SET",
            f'Context "{context}" is used at "{use.coordinate}" but is never set.',
        )
    else:
        for complaint in _mismatches(use, roles, holders):
            yield (
                "CONTEXT_INVALID_SELECTION",
                (
                    f'Context "{context}" is used in "{use.coordinate}" but the selection'
                    f" is invalid{complaint}"
                ),
            )


def _mismatches(
    use: _Use, roles: FieldRoles, holders: tuple[str, ...]
) -> Iterator[str]:
    """The first thing that is wrong with the selection on a type that sets the context."""
    schema = roles.schema
    for name in dict.fromkeys(_without_unions(schema, holders)):
        if roles.is_interface_object(name):
            yield f': type "{name}" is an @interfaceObject.'
            return
        try:
            selected = use.reading.field_set
            types = _types_of(schema, name, selected)
        except (GraphQLSyntaxError, _InvalidSelection) as error:
            yield f' for type "{name}": {error}'
            return
        for given in types:
            if not _fits(use.argument.type, given):
                yield (
                    f": the type of the selection on \"{name}\", '{given}', does not match"
                    f" the expected type '{use.argument.type}'."
                )
                return


def _without_unions(schema: SubgraphSchema, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        element = schema.types.get(name)
        yield from element.members if isinstance(element, UnionType) else (name,)


def _types_of(
    schema: SubgraphSchema, type_name: str, selected: SelectionSetNode
) -> list[TypeReference]:
    """The types of the one value that is selected on a type.

    Raises:
        _InvalidSelection: It is none, or not one.
    """
    if any(node.directives for node in selected.selections):
        raise _InvalidSelection("directives are not allowed in it.")
    fragments = [n for n in selected.selections if isinstance(n, InlineFragmentNode)]
    if fragments and len(fragments) == len(selected.selections):
        return _types_by_condition(schema, type_name, fragments)
    match selected.selections:
        case (FieldNode() as node,):
            return _types_of_field(schema, type_name, node)
    raise _InvalidSelection("it selects several fields, or a named fragment.")


def _types_by_condition(
    schema: SubgraphSchema, type_name: str, fragments: list[InlineFragmentNode]
) -> list[TypeReference]:
    conditions = [
        node.type_condition.name.value if node.type_condition else ""
        for node in fragments
    ]
    if "" in conditions or len(set(conditions)) < len(conditions):
        raise _InvalidSelection("each of its fragments is on a type of its own.")
    possible = set(schema.possible_types(type_name))
    matching = [
        (name, node)
        for name, node in zip(conditions, fragments, strict=True)
        if not possible.isdisjoint(schema.possible_types(name))
    ]
    if not matching:
        raise _InvalidSelection("no type condition matches it.")
    return [
        given
        for name, node in matching
        for given in _types_of(schema, name, node.selection_set)
    ]


def _types_of_field(
    schema: SubgraphSchema, type_name: str, node: FieldNode
) -> list[TypeReference]:
    name = node.name.value
    if node.alias is not None:
        raise _InvalidSelection("aliases are not allowed in it.")
    if name == TYPENAME and node.selection_set is None:
        return [NonNullType(NamedType("String"))]
    field = schema.fields_of(type_name).get(name)
    if field is None:
        raise _InvalidSelection(f'Cannot query field "{name}" on type "{type_name}".')
    _check_arguments(field, node)
    inner = named_type(field.type)
    is_composite = isinstance(
        schema.types.get(inner), ObjectType | InterfaceType | UnionType
    )
    if is_composite != (node.selection_set is not None):
        needed = "needs" if is_composite else "has no"
        raise _InvalidSelection(f'field "{type_name}.{name}" {needed} selections.')
    if node.selection_set is None:
        return [field.type]
    below = _types_of(schema, inner, node.selection_set)
    return [_wrapped(field.type, given) for given in below]


def _check_arguments(field: FieldElement, node: FieldNode) -> None:
    given = {argument.name.value for argument in node.arguments or ()}
    needed = {name for name, arg in field.arguments.items() if is_required(arg)}
    if not needed <= given <= set(field.arguments):
        raise _InvalidSelection(f'the arguments of field "{field.name}" do not fit.')


def _wrapped(outer: TypeReference, inner: TypeReference) -> TypeReference:
    """The type of a value that is reached through a field of the outer type."""
    match outer:
        case NonNullType(NamedType()):
            return inner
        case NonNullType(ListType(item)):
            return NonNullType(ListType(_wrapped(item, inner)))
        case ListType(item):
            return ListType(_wrapped(item, inner))
        case _:
            return inner.item if isinstance(inner, NonNullType) else inner


def _fits(wanted: TypeReference, given: TypeReference) -> bool:
    """Whether a value of one type may be given for an argument of another."""
    match wanted, given:
        case NonNullType(some), NonNullType(others):
            return _fits(some, others)
        case NonNullType(), _:
            return False
        case _, NonNullType(others):
            return _fits(wanted, others)
        case ListType(some), ListType(others):
            return _fits(some, others)
        case _:
            return wanted == given
