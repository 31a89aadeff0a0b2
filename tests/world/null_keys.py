"""Worlds in which a key of several fields may have a null in one of them."""

from __future__ import annotations

from tests.world.choices import Choices
from tests.world.schema import FieldModel, SchemaModel, draw_schema
from tests.world.split import draw_split
from tests.world.world import World, world_of

_LOOSE = {"region": "String", "number": "Int", "zone": "ID"}
"""Fields that are never a key by themselves; data keep what is left unlike."""


def choose_world_with_null_keys(choices: Choices) -> World | None:
    """Make a world of objects some of which lack a part of a key."""
    schema = draw_schema(choices)
    if not any(name in type_.fields for name in _LOOSE for type_ in schema.entities()):
        return None
    _loosen(schema)
    return world_of(choices, draw_split(choices, schema))


def _loosen(schema: SchemaModel) -> None:
    for type_ in schema.types.values():
        for name, type_name in _LOOSE.items():
            if name in type_.fields:
                type_.fields[name] = FieldModel(name, type_name)
