"""A field that is computed from guarded data is guarded as well.

`@requires` hands data of other fields to a resolver. Whoever may read the result could
otherwise read what the access rules of those fields withhold.
(Federation specification, `@requires` with `@authenticated`, `@requiresScopes`,
`@policy`.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.merge.access import ACCESS
from gateway_graphql.composition.merge.directives import MERGERS, argument_value
from gateway_graphql.composition.problems import Problems
from gateway_graphql.language.operation import TYPENAME, Field, Selection
from gateway_graphql.language.type_reference import named_type
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)

Directives = tuple[AppliedDirective, ...]


def check_transitive_access(
    supergraph: Supergraph, _facts: Sequence[FieldRoles], problems: Problems
) -> None:
    """Every field with `@requires` demands what the required fields demand."""
    for definition in supergraph.types.values():
        if not isinstance(definition, ObjectDefinition):
            continue
        for field in definition.fields.values():
            own = (*field.directives, *definition.directives)
            for join in field.joins:
                if join.requires is None:
                    continue
                for coordinate, needed in _guarded(
                    supergraph, definition.name, join.requires.selections
                ):
                    if not _covers(own, needed):
                        problems.error(
                            "MISSING_TRANSITIVE_AUTH_REQUIREMENTS",
                            f'Field "{definition.name}.{field.name}" does not specify'
                            " necessary @authenticated, @requiresScopes and/or @policy"
                            " auth requirements to access the transitive field"
                            f' "{coordinate}" data from @requires selection set.',
                            f"{definition.name}.{field.name}",
                            join.subgraph,
                        )


def _guarded(
    supergraph: Supergraph, type_name: str, selections: Sequence[Selection]
) -> Iterator[tuple[str, Directives]]:
    """Every selected field with all access rules on it and on its type."""
    definition = supergraph.types.get(type_name)
    for selection in selections:
        if not isinstance(selection, Field):
            condition = supergraph.types[selection.type_condition]
            yield selection.type_condition, condition.directives
            yield from _guarded(
                supergraph, selection.type_condition, selection.selections
            )
        elif selection.name != TYPENAME and isinstance(
            definition, ObjectDefinition | InterfaceDefinition
        ):
            field = definition.fields.get(selection.name)
            if field is None:
                continue
            inner = named_type(field.type)
            target = supergraph.types.get(inner)
            of_type = target.directives if target is not None else ()
            yield f"{type_name}.{field.name}", (*field.directives, *of_type)
            yield from _guarded(supergraph, inner, selection.selections)


def _covers(own: Directives, needed: Directives) -> bool:
    """Whether whoever satisfies the own rules satisfies the needed ones, too."""
    for name in ACCESS:
        wanted = [applied for applied in needed if applied.name == name]
        given = [applied for applied in own if applied.name == name]
        if wanted and not given:
            return False
        if name in MERGERS and wanted:
            ((argument, merge),) = MERGERS[name].items()
            values = [argument_value(a, argument) for a in given]
            more = [argument_value(a, argument) for a in wanted]
            if merge(values) != merge([*values, *more]):
                return False
    return True
