"""`@external`, `@shareable` and `@interfaceObject` where they mean something.

(Federation specification, `@external`, `@shareable`, `@interfaceObject`, and `@key` on
interfaces.)
"""

from __future__ import annotations

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import Applied, InterfaceType, ObjectType


def check_no_external_on_interfaces(roles: FieldRoles, problems: Problems) -> None:
    """An interface resolves nothing, so none of its fields is external."""
    for interface in roles.schema.each(InterfaceType):
        for field in interface.fields.values():
            if roles.is_external(interface.name, field.name):
                coordinate = f"{interface.name}.{field.name}"
                problems.error(
                    "EXTERNAL_ON_INTERFACE",
                    f'Interface type field "{coordinate}" is marked @external but'
                    " @external is not allowed on interface fields (it is"
                    " nonsensical).",
                    coordinate,
                    roles.schema.name,
                )


def check_externals_are_used(roles: FieldRoles, problems: Problems) -> None:
    """A field is external because some directive or interface needs it."""
    for element in roles.schema.fields_types():
        for field in element.fields.values():
            if not roles.is_external(element.name, field.name):
                continue
            if roles.is_used(element.name, field.name):
                continue
            coordinate = f"{element.name}.{field.name}"
            problems.error(
                "EXTERNAL_UNUSED",
                f'Field "{coordinate}" is marked @external but is not used in any'
                " federation directive (@key, @provides, @requires) or to satisfy an"
                " interface; the field declaration has no use and should be removed"
                " (or the field should not be @external).",
                coordinate,
                roles.schema.name,
            )


def check_interface_keys(roles: FieldRoles, problems: Problems) -> None:
    """Every implementation has the keys of its interface, and may be entered by them."""
    for interface in roles.schema.each(InterfaceType):
        for key in interface.applied("key"):
            if problem := _unlike_keys(roles, interface.name, key):
                problems.error(
                    "INTERFACE_KEY_NOT_ON_IMPLEMENTATION",
                    f'Key @key(fields: "{key.text("fields")}") on interface type'
                    f' "{interface.name}" {problem}.',
                    interface.name,
                    roles.schema.name,
                )


def _unlike_keys(roles: FieldRoles, interface: str, key: Applied) -> str:
    """What is wrong with the implementations for a key; empty when nothing is."""
    found = {
        name: _same_key(roles, name, key)
        for name in roles.schema.possible_types(interface)
    }
    missing = [name for name, same in found.items() if same is None]
    if missing:
        return f"is missing on implementation type(s) {', '.join(missing)}"
    closed = [name for name, same in found.items() if same and not _opens(same)]
    if closed and _opens(key):
        return (
            "should be resolvable on all implementation types, but is declared with"
            f" resolvable: false on {', '.join(closed)}"
        )
    return ""


def _same_key(roles: FieldRoles, type_name: str, key: Applied) -> Applied | None:
    wanted = _words(key.text("fields") or "")
    keys = roles.schema.types[type_name].applied("key")
    return next((k for k in keys if _words(k.text("fields") or "") == wanted), None)


def _opens(key: Applied) -> bool:
    return key.value("resolvable") is not False


def _words(text: str) -> list[str]:
    return sorted(
        text.replace("{", " { ").replace("}", " } ").replace(",", " ").split()
    )


def check_interface_objects(roles: FieldRoles, problems: Problems) -> None:
    """An interface object is an entity."""
    for element in roles.schema.each(ObjectType):
        if element.has("interfaceObject") and not element.has("key"):
            problems.error(
                "INTERFACE_OBJECT_USAGE_ERROR",
                "The @interfaceObject directive can only be applied to entity types but"
                f' type "{element.name}" has no @key in this subgraph.',
                element.name,
                roles.schema.name,
            )


def check_shareable(roles: FieldRoles, problems: Problems) -> None:
    """`@shareable` stands once per element, and never in an interface."""
    for element in roles.schema.fields_types():
        declarations = [a.declaration for a in element.applied("shareable")]
        if len(declarations) != len(set(declarations)):
            _report_shareable(element.name, "is repeated", roles, problems)
        for field in element.fields.values():
            coordinate = f"{element.name}.{field.name}"
            count = len(field.applied("shareable"))
            if count > 1:
                _report_shareable(coordinate, "is repeated", roles, problems)
            if count and isinstance(element, InterfaceType):
                complaint = "has no meaning on fields of interface types"
                _report_shareable(coordinate, complaint, roles, problems)


def _report_shareable(
    coordinate: str, complaint: str, roles: FieldRoles, problems: Problems
) -> None:
    problems.error(
        "INVALID_SHAREABLE_USAGE",
        f'Invalid use of @shareable on "{coordinate}": @shareable {complaint}.',
        coordinate,
        roles.schema.name,
    )
