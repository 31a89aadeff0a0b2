"""Worlds in which much is selected under conditions, and required at the same places.

The objects of an abstract type have fields of one name and unlike types. Several fields
require some of them through fragments, and the client selects the same field itself,
with a condition and without: whatever is asked of a subgraph has to be valid together.
"""

from __future__ import annotations

from tests.world.choices import Choices
from tests.world.schema import (
    LEAF_NAMES,
    LEAF_TYPES,
    LEAF_WRAPS,
    OBJECT_WRAPS,
    FieldModel,
    SchemaModel,
    TypeModel,
    draw_schema,
)
from tests.world.split import draw_split
from tests.world.world import World, world_of

CONDITIONS = 45
REQUIREMENTS = 85


def choose_conditional(choices: Choices) -> World | None:
    """Fields of an entity that require what its abstract fields have."""
    schema = _draw_schema(choices)
    split = draw_split(choices, schema, requirements=REQUIREMENTS, partial_types=0)
    return world_of(choices, split, conditions=CONDITIONS)


def choose_interface_objects(choices: Choices) -> World | None:
    """Interfaces that are object types elsewhere, so that types are found out late."""
    split = draw_split(choices, draw_schema(choices, entity_interfaces=100))
    return world_of(choices, split, conditions=CONDITIONS)


def _draw_schema(choices: Choices) -> SchemaModel:
    members = [_draw_member(choices, f"T{index}") for index in (1, 2, 3)]
    names = [member.name for member in members]
    union = TypeModel("U0", "union", members=choices.several(names, 2, 3))
    owner = TypeModel("T0", "object", keys=("id",))
    owner.fields["id"] = FieldModel("id", "ID!")
    for name in ("x", "y")[: choices.number(1, 2)]:
        owner.fields[name] = FieldModel(name, choices.one(OBJECT_WRAPS).format("U0"))
    # After `x` and `y` in the alphabet: a field requires what comes before it.
    for index in range(choices.number(1, 3)):
        owner.fields[f"z{index}"] = FieldModel(f"z{index}", "String")
    query = TypeModel("Query", "object", {"q0": FieldModel("q0", "[T0!]!")})
    types = (owner, *members, union, query)
    part = TypeModel("Part", "object", {"code": FieldModel("code", "ID!")})
    return SchemaModel({type_.name: type_ for type_ in (*types, part)})


def _draw_member(choices: Choices, name: str) -> TypeModel:
    """An object type; what its fields are called others are called, too."""
    member = TypeModel(name, "object")
    if choices.chance(40):
        member.keys = ("id",)
        member.fields["id"] = FieldModel("id", "ID!")
    for leaf in choices.several(LEAF_NAMES, 1, 3):
        type_ = choices.one(LEAF_WRAPS).format(choices.one(LEAF_TYPES))
        member.fields[leaf] = FieldModel(leaf, type_)
    return member
