"""What clients see of the merged whole is valid GraphQL.

Each subgraph is valid by itself; together they may still hide an element that something
visible needs, or leave out what a default names.
(GraphQL specification, 3.6 to 3.10; federation specification, `@inaccessible`.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import EnumValueNode, ObjectValueNode, ValueNode, parse_value

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.language.type_reference import NonNullType, named_type
from gateway_graphql.supergraph.model import (
    EnumDefinition,
    EnumValue,
    FieldDefinition,
    InputObjectDefinition,
    InputValue,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    UnionDefinition,
)

# What clients see


def check_inaccessible(
    supergraph: Supergraph, _facts: Sequence[FieldRoles], problems: Problems
) -> None:
    """Nothing that clients see needs what they do not see."""
    query = supergraph.roots[OperationKind.QUERY]
    if supergraph.types[query].is_inaccessible:
        problems.error(
            "QUERY_ROOT_TYPE_INACCESSIBLE",
            f'Type "{query}" is @inaccessible but is the root query type, which must be'
            " in the API schema.",
            query,
        )
    for definition in supergraph.types.values():
        if definition.is_inaccessible:
            continue
        match definition:
            case ObjectDefinition() | InterfaceDefinition():
                _check_fields(supergraph, definition, problems)
            case UnionDefinition():
                members = {m.member for m in definition.members}
                if all(supergraph.types[m].is_inaccessible for m in members):
                    _report_no_children(definition.name, "members", problems)
            case InputObjectDefinition():
                _check_input_fields(supergraph, definition, problems)
            case EnumDefinition() if all(v.is_inaccessible for v in definition.values):
                _report_no_children(definition.name, "values", problems)
            case _:
                continue


def _report_no_children(name: str, children: str, problems: Problems) -> None:
    problems.error(
        "ONLY_INACCESSIBLE_CHILDREN",
        f'Type "{name}" is in the API schema but all of its {children} are'
        " @inaccessible.",
        name,
    )


def _check_fields(
    supergraph: Supergraph,
    definition: ObjectDefinition | InterfaceDefinition,
    problems: Problems,
) -> None:
    visible = [f for f in definition.fields.values() if not f.is_inaccessible]
    if not visible:
        _report_no_children(definition.name, "fields", problems)
    for field in visible:
        coordinate = f"{definition.name}.{field.name}"
        _check_reference(supergraph, coordinate, field, problems)
        for argument in field.arguments:
            place = f"{coordinate}({argument.name}:)"
            _check_input(supergraph, place, argument, problems, kind="Argument")
    for name in definition.interfaces:
        interface = supergraph.types.get(name)
        if not isinstance(interface, InterfaceDefinition) or interface.is_inaccessible:
            continue
        for promised in interface.fields.values():
            own = definition.fields.get(promised.name)
            if own is not None and not promised.is_inaccessible:
                _check_promise(definition.name, own, name, promised, problems)


def _check_promise(
    type_name: str,
    own: FieldDefinition,
    interface: str,
    promised: FieldDefinition,
    problems: Problems,
) -> None:
    """A visible field of an interface, and its arguments, are visible on the type."""
    coordinate, place = f"{type_name}.{own.name}", f"{interface}.{own.name}"
    if own.is_inaccessible:
        _report_implementation("field", coordinate, place, problems)
        return
    seen = {
        argument.name for argument in promised.arguments if not argument.is_inaccessible
    }
    for argument in own.arguments:
        if argument.is_inaccessible and argument.name in seen:
            end = f"({argument.name}:)"
            _report_implementation("argument", coordinate + end, place + end, problems)


def _report_implementation(
    kind: str, coordinate: str, place: str, problems: Problems
) -> None:
    problems.error(
        "IMPLEMENTED_BY_INACCESSIBLE",
        f'{kind.capitalize()} "{coordinate}" is @inaccessible but implements the'
        f' interface {kind} "{place}", which is in the API schema.',
        coordinate,
    )


def _check_input_fields(
    supergraph: Supergraph, definition: InputObjectDefinition, problems: Problems
) -> None:
    if all(field.is_inaccessible for field in definition.fields.values()):
        _report_no_children(definition.name, "fields", problems)
    for field in definition.fields.values():
        coordinate = f"{definition.name}.{field.name}"
        _check_input(supergraph, coordinate, field, problems, kind="Input field")


def _check_reference(
    supergraph: Supergraph,
    coordinate: str,
    element: FieldDefinition | InputValue,
    problems: Problems,
) -> None:
    name = named_type(element.type)
    target = supergraph.types.get(name)
    if target is not None and target.is_inaccessible:
        problems.error(
            "REFERENCED_INACCESSIBLE",
            f'Type "{name}" is @inaccessible but is referenced by "{coordinate}", which'
            " is in the API schema.",
            coordinate,
        )


def _check_input(
    supergraph: Supergraph,
    coordinate: str,
    element: InputValue,
    problems: Problems,
    *,
    kind: str,
) -> None:
    if element.is_inaccessible:
        if isinstance(element.type, NonNullType) and element.default is None:
            owner = "field" if kind == "Argument" else "type"
            problems.error(
                "REQUIRED_INACCESSIBLE",
                f'{kind} "{coordinate}" is @inaccessible but is a required'
                f" {kind.lower()} of its {owner}.",
                coordinate,
            )
        return
    _check_reference(supergraph, coordinate, element, problems)
    target = supergraph.types.get(named_type(element.type))
    if element.default is None or target is None:
        return
    for hidden in _hidden_in(supergraph, target.name, parse_value(element.default)):
        problems.error(
            "DEFAULT_VALUE_USES_INACCESSIBLE",
            f'"{hidden}" is @inaccessible but is used in the default value of'
            f' "{coordinate}", which is in the API schema.',
            coordinate,
        )


def _hidden_in(
    supergraph: Supergraph, type_name: str, value: ValueNode
) -> Iterator[str]:
    """Hidden enum values and input fields that a default mentions."""
    for owner, member in _mentioned(supergraph, type_name, value):
        found = _member(owner, member)
        if found is not None and found.is_inaccessible:
            yield f"{owner.name}.{member}"


def _mentioned(
    supergraph: Supergraph, type_name: str, value: ValueNode
) -> Iterator[tuple[EnumDefinition | InputObjectDefinition, str]]:
    """Enum values and input fields that a default mentions, outermost first.

    What is below a hidden input field is not looked at: it is hidden with it.
    """
    definition = supergraph.types.get(type_name)
    for item in getattr(value, "values", ()):
        yield from _mentioned(supergraph, type_name, item)
    if isinstance(definition, EnumDefinition) and isinstance(value, EnumValueNode):
        yield definition, value.value
    if isinstance(definition, InputObjectDefinition) and isinstance(
        value, ObjectValueNode
    ):
        for node in value.fields:
            yield definition, node.name.value
            field = definition.fields.get(node.name.value)
            if field is not None and not field.is_inaccessible:
                yield from _mentioned(supergraph, named_type(field.type), node.value)


def _member(
    owner: EnumDefinition | InputObjectDefinition, name: str
) -> EnumValue | InputValue | None:
    if isinstance(owner, InputObjectDefinition):
        return owner.fields.get(name)
    return next((value for value in owner.values if value.name == name), None)


# Defaults


def check_input_objects(
    supergraph: Supergraph, _facts: Sequence[FieldRoles], problems: Problems
) -> None:
    """What clients may send is as GraphQL wants it once it is merged.

    Merging leaves out input fields and enum values that only some subgraphs know, and
    makes input fields non-null that one of them demands.
    """
    for definition in supergraph.types.values():
        match definition:
            case ObjectDefinition() | InterfaceDefinition():
                for field in definition.fields.values():
                    for argument in field.arguments:
                        place = f"{definition.name}.{field.name}({argument.name}:)"
                        _check_default(
                            supergraph, f"argument {place}", argument, problems
                        )
            case InputObjectDefinition():
                for input_field in definition.fields.values():
                    place = f"input field {definition.name}.{input_field.name}"
                    _check_default(supergraph, place, input_field, problems)
                _check_one_of(definition, problems)
            case _:
                continue


def _check_default(
    supergraph: Supergraph, place: str, element: InputValue, problems: Problems
) -> None:
    if element.default is None:
        return
    name = named_type(element.type)
    mentioned = _mentioned(supergraph, name, parse_value(element.default))
    dropped = [f"{o.name}.{m}" for o, m in mentioned if _member(o, m) is None]
    if dropped:
        problems.error(
            "INVALID_GRAPHQL",
            f"Invalid default value (got: {element.default}) provided for {place} of"
            f" type {element.type}: {', '.join(dropped)} is not in all the subgraphs"
            " and so not in the supergraph.",
            place.rpartition(" ")[2],
        )


def _check_one_of(definition: InputObjectDefinition, problems: Problems) -> None:
    if not any(applied.name == "oneOf" for applied in definition.directives):
        return
    for field in definition.fields.values():
        if isinstance(field.type, NonNullType) or field.default is not None:
            coordinate = f"{definition.name}.{field.name}"
            problems.error(
                "INVALID_GRAPHQL",
                f"OneOf input field {coordinate} must be nullable and without a"
                " default in all the subgraphs.",
                coordinate,
            )
