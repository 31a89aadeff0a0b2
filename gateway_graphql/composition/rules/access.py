"""`@authenticated`, `@requiresScopes` and `@policy` stand where data is resolved.

What an interface demands follows from its implementations; stated on the interface it
could only contradict them (federation 2.9 and later forbid it).

(Federation specification, `@authenticated`, `@requiresScopes`, `@policy`.)
"""

from __future__ import annotations

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import InterfaceType

ACCESS_DIRECTIVES = ("authenticated", "requiresScopes", "policy")


def check_no_access_rules_on_interfaces(roles: FieldRoles, problems: Problems) -> None:
    """No access rule on interfaces, interfaces' fields and interface objects."""
    for element in roles.schema.fields_types():
        is_interface = isinstance(element, InterfaceType)
        if not is_interface and not element.has("interfaceObject"):
            continue
        kind = "interface" if is_interface else "interface object"
        for directive in ACCESS_DIRECTIVES:
            if element.has(directive):
                where = f'{kind} "{element.name}"'
                _report(directive, where, element.name, roles, problems)
            for field in element.fields.values() if is_interface else ():
                if field.has(directive):
                    coordinate = f"{element.name}.{field.name}"
                    where = f'field "{coordinate}"'
                    _report(directive, where, coordinate, roles, problems)


def _report(
    directive: str, where: str, coordinate: str, roles: FieldRoles, problems: Problems
) -> None:
    problems.error(
        "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
        f"Invalid use of @{directive} on {where}: @{directive} cannot be applied on"
        " interfaces, interface fields and interface objects",
        coordinate,
        roles.schema.name,
    )
