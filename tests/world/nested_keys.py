"""Worlds of keys that are made of other objects' fields, and of each other.

Keys are nested, compound and lists, lead through value types that each subgraph knows
in part, and through entities that have such keys themselves.
"""

from __future__ import annotations

from tests.world.choices import Choices
from tests.world.partial import PartialSplit, object_type, partial_world
from tests.world.schema import SchemaModel, TypeModel
from tests.world.world import World

KEYS = (
    "id",
    "sku",
    "v { a }",
    "v { b }",
    "v { a w { a } }",
    "v { w { b } }",
    "sku v { b }",
    "id sku",
    "ws { a }",
    "t { id }",
    "t { v { a } }",
    "id t { sku }",
    "t { t { id } }",
)
VALUE_FIELDS = {"V": ("a", "b", "c", "w"), "Inner": ("a", "b", "c")}
NEEDED = (
    "v { c }",
    "v { w { c } }",
    "sku",
    "ws { b }",
    "t { m }",
    "t { v { b } }",
    "m",
)


def choose_nested_keys(choices: Choices) -> World | None:
    """Make a world of nested keys; there is none where nothing composes."""
    return partial_world(choices, draw_nested_keys(choices))


def draw_nested_keys(choices: Choices) -> PartialSplit:
    """Choose keys, and who has what."""
    count = choices.number(1, 3)
    schema = _draw_schema(choices, count)
    made = PartialSplit(choices, schema, choices.number(3, 5))
    entities = [type_ for type_ in schema.types.values() if type_.keys]
    for type_ in entities:
        made.own("s0", "Query", f"q{type_.name[1:]}")
        for subgraph in made.names:
            if choices.chance(80):
                _deal(choices, made, subgraph, type_)
    _deal_values(choices, made)
    for type_ in entities:
        _require(choices, made, type_)
    return made


def _draw_schema(choices: Choices, count: int) -> SchemaModel:
    types = [
        object_type("V", a="ID!", b="String!", c="String", w="Inner!"),
        object_type("Inner", a="ID!", b="String!", c="String"),
    ]
    query = TypeModel("Query", "object")
    for index in range(count):
        keys = tuple(choices.several(KEYS, 2, 4))
        fields = {"id": "ID!", "sku": "String!", "v": "V!", "ws": "[Inner!]!"}
        fields |= {"t": f"T{(index + 1) % count}!", "m": "String", "f": "String"}
        types.append(object_type(f"T{index}", keys, **fields))
        wrap = choices.one(("{}", "[{}]", "[{}!]!"))
        root = object_type("Query", **{f"q{index}": wrap.format(f"T{index}")})
        query.fields |= root.fields
    return SchemaModel({type_.name: type_ for type_ in (*types, query)})


def _deal(
    choices: Choices, made: PartialSplit, subgraph: str, type_: TypeModel
) -> None:
    for key in choices.several(type_.keys, 1, 2):
        made.part(subgraph, type_.name).keys[key] = choices.chance(90)
        made.own_set(subgraph, type_.name, key)
    for name in choices.some(("id", "sku", "v", "ws", "t", "m"), 25):
        made.own(subgraph, type_.name, name)


def _deal_values(choices: Choices, made: PartialSplit) -> None:
    for subgraph, parts in made.split.subgraphs.items():
        for type_name, names in VALUE_FIELDS.items():
            if type_name in parts:
                for name in choices.some(names, 40):
                    made.own(subgraph, type_name, name)


def _require(choices: Choices, made: PartialSplit, type_: TypeModel) -> None:
    entered = made.knowing(type_.name)
    if not entered:
        return
    subgraph = choices.one(entered)
    needed = choices.one(NEEDED)
    if choices.chance(60) and not _knows(made, subgraph, type_.name, needed):
        made.require(subgraph, type_.name, "f", needed)
    else:
        made.own(subgraph, type_.name, "f")


def _knows(made: PartialSplit, subgraph: str, type_name: str, needed: str) -> bool:
    """Whether the subgraph resolves the last field of a field set itself."""
    *around, last = needed.replace("{", "").replace("}", "").split()
    fields = made.schema.types
    for name in around:
        type_name = fields[type_name].fields[name].named_type
    part = made.split.subgraphs[subgraph].get(type_name)
    return part is not None and last in part.fields
