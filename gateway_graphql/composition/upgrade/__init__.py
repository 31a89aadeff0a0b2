"""Federation 1 -> federation 2: what the old version meant, said in the new one's words.

A subgraph without a link to federation 2 follows federation 1's looser rules: value
types are shared without a word, `@external` on the key fields of an extension means
nothing, unused externals are tolerated. Each step below removes one such habit, so that
every later stage knows federation 2 only. A step is a function from schema to schema.

(Federation specifications, https://specs.apollo.dev/federation, v1.0 and v2.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems, listed
from gateway_graphql.composition.schema import ObjectType, SubgraphSchema
from gateway_graphql.composition.upgrade.changes import UpgradeStep
from gateway_graphql.composition.upgrade.definitions import (
    UPGRADED,
    take_over_definitions,
)
from gateway_graphql.composition.upgrade.extensions import (
    check_extensions_have_a_base,
    define_extensions,
    know_keys_of_extensions,
)
from gateway_graphql.composition.upgrade.externals import (
    check_no_type_is_missed,
    drop_external_on_interfaces_and_types,
    drop_unused_externals,
    move_tags_on_externals,
)
from gateway_graphql.composition.upgrade.field_sets import (
    drop_field_sets_on_interfaces,
    drop_provides_on_leaves,
    drop_resolved_parts,
    quote_field_sets,
)
from gateway_graphql.composition.upgrade.sharing import share_fields, share_value_types

STEPS: tuple[UpgradeStep, ...] = (
    take_over_definitions,
    quote_field_sets,
    drop_external_on_interfaces_and_types,
    know_keys_of_extensions,
    drop_resolved_parts,
    define_extensions,
    drop_field_sets_on_interfaces,
    drop_provides_on_leaves,
    drop_unused_externals,
    share_value_types,
    share_fields,
    move_tags_on_externals,
)


def upgrade_all(
    schemas: Sequence[SubgraphSchema], problems: Problems
) -> tuple[SubgraphSchema, ...]:
    """Upgrade those subgraphs that are federation 1."""
    if all(schema.is_federation_2 for schema in schemas):
        return tuple(schemas)
    upgraded = tuple(
        schema if schema.is_federation_2 else _upgrade(schema, schemas, problems)
        for schema in schemas
    )
    _check_interface_objects(schemas, problems)
    return upgraded


def _upgrade(
    schema: SubgraphSchema, schemas: Sequence[SubgraphSchema], problems: Problems
) -> SubgraphSchema:
    others = tuple(FieldRoles(other) for other in schemas if other.name != schema.name)
    check_extensions_have_a_base(schema, others, problems)
    upgraded = schema
    for step in STEPS:
        upgraded = step(upgraded, others)
    check_no_type_is_missed(schema, upgraded, problems)
    return replace(upgraded, federation=UPGRADED)


def _check_interface_objects(
    schemas: Sequence[SubgraphSchema], problems: Problems
) -> None:
    users = [
        s.name
        for s in schemas
        if s.is_federation_2
        and any(t.has("interfaceObject") for t in s.each(ObjectType))
    ]
    old = [s.name for s in schemas if not s.is_federation_2]
    if users and old and not problems.errors:
        problems.error(
            "INTERFACE_OBJECT_USAGE_ERROR",
            "The @interfaceObject directive can only be used if all subgraphs have"
            " federation 2 subgraph schema: @interfaceObject is used in"
            f" {listed(users)} but {listed(old)} is not a federation 2 subgraph"
            " schema.",
            None,
            *users,
            *old,
        )
