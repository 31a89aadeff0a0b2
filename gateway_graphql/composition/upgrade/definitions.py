"""Directives of a subgraph's own that federation 2 has by the same name.

(Federation specification v2, its directive definitions.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway_graphql.composition.federation import directive_names
from gateway_graphql.composition.schema import Applied, SubgraphSchema
from gateway_graphql.composition.upgrade.changes import (
    Others,
    changed_fields,
    changed_types,
)

UPGRADED = (2, 4)
"""The version of federation that is upgraded to."""


def take_over_definitions(schema: SubgraphSchema, _: Others) -> SubgraphSchema:
    """A directive that federation 2 knows is federation 2's from now on."""
    names = {f"@{name}" for name in directive_names(UPGRADED)}

    def known(directives: Iterable[Applied]) -> tuple[Applied, ...]:
        return tuple(
            replace(a, name=a.name[1:]) if a.name in names else a for a in directives
        )

    with_fields = changed_fields(
        schema, lambda _, field: replace(field, directives=known(field.directives))
    )
    return changed_types(
        with_fields,
        lambda element: replace(element, directives=known(element.directives)),
    )
