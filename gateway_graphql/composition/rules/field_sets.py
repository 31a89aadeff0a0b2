"""`@key`, `@requires` and `@provides` name fields that exist and make sense.

Federation specification, https://specs.apollo.dev/federation: a key identifies, so it
selects plain local fields; `@requires` and `@provides` speak of what others resolve, so
their leaves are external.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    SelectionSetNode,
    print_ast,
)

from gateway_graphql.composition.external_parts import is_external_somewhere
from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.field_sets import walk
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import (
    Applied,
    FieldElement,
    InterfaceType,
    ObjectType,
    UnionType,
    is_required,
)
from gateway_graphql.composition.values import complaints
from gateway_graphql.language.type_reference import named_type

_INTERFACE_KEYS_SINCE = (2, 3)


@dataclass(frozen=True, slots=True)
class _Use:
    """A field set where it is used: what may be in it, and where it starts."""

    directive: str
    applied: Applied
    start: str
    where: str
    coordinate: str
    leaves_are_external: bool = False
    allows_arguments: bool = False

    @property
    def prefix(self) -> str:
        return self.directive.upper()


def check_keys(roles: FieldRoles, problems: Problems) -> None:
    """Keys are on entities, and select fields that identify them."""
    schema = roles.schema
    for element in schema.fields_types():
        for key in element.applied("key"):
            if (
                isinstance(element, InterfaceType)
                and schema.federation < _INTERFACE_KEYS_SINCE
            ):
                problems.error(
                    "KEY_UNSUPPORTED_ON_INTERFACE",
                    f'Cannot use @key on interface "{element.name}": @key is not yet'
                    " supported on interfaces",
                    element.name,
                    schema.name,
                )
                continue
            use = _Use("key", key, element.name, f'type "{element.name}"', element.name)
            _check(use, roles, problems)


def check_requires(roles: FieldRoles, problems: Problems) -> None:
    """`@requires` is on object fields and selects external fields."""
    for element, field in roles.fields_with("requires"):
        if isinstance(element, InterfaceType):
            _unsupported("requires", element.name, field, roles, problems)
        for applied in field.applied("requires"):
            use = _Use(
                "requires",
                applied,
                element.name,
                f'field "{element.name}.{field.name}"',
                f"{element.name}.{field.name}",
                leaves_are_external=True,
                allows_arguments=True,
            )
            _check(use, roles, problems)


def check_provides(roles: FieldRoles, problems: Problems) -> None:
    """`@provides` is on fields with selections and selects external fields."""
    for element, field in roles.fields_with("provides"):
        start = named_type(field.type)
        coordinate = f"{element.name}.{field.name}"
        if not isinstance(
            roles.schema.types.get(start), ObjectType | InterfaceType | UnionType
        ):
            problems.error(
                "PROVIDES_ON_NON_OBJECT_FIELD",
                f'Invalid @provides directive on field "{coordinate}": field has type'
                f' "{field.type}" which is not a Composite Type',
                coordinate,
                roles.schema.name,
            )
            continue
        if isinstance(element, InterfaceType):
            _unsupported("provides", element.name, field, roles, problems)
        for applied in field.applied("provides"):
            use = _Use(
                "provides",
                applied,
                start,
                f'field "{coordinate}"',
                coordinate,
                leaves_are_external=True,
            )
            _check(use, roles, problems)


def _unsupported(
    directive: str,
    type_name: str,
    field: FieldElement,
    roles: FieldRoles,
    problems: Problems,
) -> None:
    problems.error(
        f"{directive.upper()}_UNSUPPORTED_ON_INTERFACE",
        f'Cannot use @{directive} on field "{type_name}.{field.name}" of parent type'
        f' "{type_name}": @{directive} is not yet supported within interfaces',
        f"{type_name}.{field.name}",
        roles.schema.name,
    )


def _check(use: _Use, roles: FieldRoles, problems: Problems) -> None:
    """Report everything that is wrong with one field set."""
    node = use.applied.arguments.get("fields")
    shown = print_ast(node) if node is not None else ""
    if use.applied.text("fields") is None:
        code, complaint = (
            f"{use.prefix}_INVALID_FIELDS_TYPE",
            'Invalid value for argument "fields": must be a string.',
        )
        _report(use, code, complaint, shown, roles, problems)
        return
    try:
        selections = use.applied.field_set
    except GraphQLSyntaxError as error:
        code = f"{use.prefix}_INVALID_FIELDS"
        _report(use, code, error.message, shown, roles, problems)
        return
    abstract = list(_abstract_in_key(use, roles))
    if abstract:
        for complaint in abstract:
            code = "KEY_FIELDS_SELECT_INVALID_TYPE"
            _report(use, code, complaint, shown, roles, problems)
        return
    invalid = list(_invalid(roles, use.start, selections))
    for complaint in invalid:
        code = f"{use.prefix}_INVALID_FIELDS"
        _report(use, code, complaint, shown, roles, problems)
    if not invalid:
        for code, complaint in _misuses(use, roles, use.start, selections):
            _report(use, code, complaint, shown, roles, problems)


def _report(
    use: _Use,
    code: str,
    complaint: str,
    shown: str,
    roles: FieldRoles,
    problems: Problems,
) -> None:
    problems.error(
        code,
        f"On {use.where}, for @{use.directive}(fields: {shown}): {complaint}",
        use.coordinate,
        roles.schema.name,
    )


def _abstract_in_key(use: _Use, roles: FieldRoles) -> Iterator[str]:
    """Key fields of an abstract type, which cannot be compared."""
    if use.directive != "key":
        return
    for parent, field, _ in walk(roles.schema, use.start, use.applied):
        element = roles.schema.types.get(named_type(field.type))
        if isinstance(element, InterfaceType | UnionType):
            kind = "Union" if isinstance(element, UnionType) else "Interface"
            yield (
                f'field "{parent.name}.{field.name}" is a {kind} type which is not'
                " allowed in @key"
            )


def _invalid(
    roles: FieldRoles, type_name: str, selections: SelectionSetNode
) -> Iterator[str]:
    """Why the selections are no selections on the type."""
    schema = roles.schema
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            inner = node.type_condition.name.value if node.type_condition else type_name
            if inner not in schema.types:
                yield f'Unknown type "{inner}" in selection set.'
            else:
                yield from _invalid(roles, inner, node.selection_set)
        elif not isinstance(node, FieldNode):
            yield "named fragments are not supported in a field set."
        elif node.name.value != "__typename":
            yield from _invalid_field(roles, type_name, node)


def _invalid_field(roles: FieldRoles, type_name: str, node: FieldNode) -> Iterator[str]:
    schema = roles.schema
    name = node.name.value
    field = schema.fields_of(type_name).get(name)
    if field is None:
        yield (
            f'Cannot query field "{name}" on type "{type_name}" (if the field is defined'
            " in another subgraph, you need to add it to this subgraph with @external)."
        )
        return
    if node.alias is not None:
        yield f'Cannot use alias "{node.alias.value}" in "{print_ast(node)}".'
    yield from _invalid_arguments(roles, f"{type_name}.{name}", field, node)
    inner = named_type(field.type)
    is_composite = isinstance(
        schema.types.get(inner), ObjectType | InterfaceType | UnionType
    )
    if node.selection_set is None:
        if is_composite:
            yield (
                f'Invalid empty selection set for field "{type_name}.{name}" of'
                f" non-leaf type {field.type}"
            )
    elif is_composite:
        yield from _invalid(roles, inner, node.selection_set)
    else:
        yield f'Field "{type_name}.{name}" of leaf type {field.type} has no selections.'


def _invalid_arguments(
    roles: FieldRoles, coordinate: str, field: FieldElement, node: FieldNode
) -> Iterator[str]:
    for argument in node.arguments or ():
        known = field.arguments.get(argument.name.value)
        if known is None:
            yield f'Unknown argument "{argument.name.value}" on "{coordinate}".'
            continue
        for complaint in complaints(argument.value, known.type, roles.schema.types):
            yield (
                f"Invalid value {print_ast(argument.value)} for argument"
                f' "{coordinate}({known.name}:)" of type {known.type}:'
                f" {complaint}."
            )
    given = {argument.name.value for argument in node.arguments or ()}
    for name_needed, needed in field.arguments.items():
        if name_needed not in given and is_required(needed):
            yield (
                f'Missing mandatory value for argument "{name_needed}" of field'
                f' "{coordinate}"'
            )


def _misuses(
    use: _Use,
    roles: FieldRoles,
    type_name: str,
    selections: SelectionSetNode,
    *,
    below_external: bool = False,
) -> Iterator[tuple[str, str]]:
    """Selections that exist but that the directive does not allow."""
    for node in selections.selections:
        if isinstance(node, FieldNode | InlineFragmentNode) and node.directives:
            found = ", ".join(print_ast(d) for d in node.directives)
            yield (
                f"{use.prefix}_DIRECTIVE_IN_FIELDS_ARG",
                (
                    "cannot have directive applications in the"
                    f" @{use.directive}(fields:) argument but found {found}."
                ),
            )
        if isinstance(node, InlineFragmentNode):
            inner = node.type_condition.name.value if node.type_condition else type_name
            yield from _misuses(
                use, roles, inner, node.selection_set, below_external=below_external
            )
        elif isinstance(node, FieldNode) and node.name.value == "__typename":
            if use.leaves_are_external and not below_external:
                yield _not_external(use, f"{type_name}.__typename")
        elif isinstance(node, FieldNode):
            yield from _field_misuses(
                use, roles, type_name, node, below_external=below_external
            )


def _field_misuses(
    use: _Use,
    roles: FieldRoles,
    type_name: str,
    node: FieldNode,
    *,
    below_external: bool,
) -> Iterator[tuple[str, str]]:
    field = roles.schema.fields_of(type_name)[node.name.value]
    coordinate = f"{type_name}.{field.name}"
    inner = named_type(field.type)
    if field.arguments and not use.allows_arguments:
        yield (
            f"{use.prefix}_FIELDS_HAS_ARGS",
            (
                f"field {coordinate} cannot be included because it has arguments (fields"
                f" with argument are not allowed in @{use.directive})"
            ),
        )
    if node.selection_set is not None:
        yield from _misuses(
            use,
            roles,
            inner,
            node.selection_set,
            below_external=below_external
            or is_external_somewhere(roles, type_name, field.name),
        )
    elif (
        use.leaves_are_external
        and not below_external
        and not roles.is_external(type_name, field.name)
    ):
        yield _not_external(use, coordinate)


def _not_external(use: _Use, coordinate: str) -> tuple[str, str]:
    return (
        f"{use.prefix}_FIELDS_MISSING_EXTERNAL",
        (
            f'field "{coordinate}" should not be part of a @{use.directive} since it is'
            " already provided by this subgraph (it is not marked @external)"
        ),
    )
