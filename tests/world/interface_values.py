"""Worlds of interfaces whose values subgraphs know in part.

A subgraph resolves a field of an interface for all its types, but of the value it tells
less than those subgraphs that are entered with the key of one of these types. Some tell
more of it on the way from one of these types (`@provides`), and some need what is told of
it through the interface (`@requires`).
"""

from __future__ import annotations

from tests.world.choices import Choices
from tests.world.partial import PartialSplit, object_type, partial_world
from tests.world.schema import FieldModel, SchemaModel, TypeModel
from tests.world.world import World

WRAPS = ("{}", "[{}]", "[{}!]!")
TYPES = ("E0", "E1")
INTERFACES = ("I", "J")


def choose_interface_values(choices: Choices) -> World | None:
    """Make a world of interfaces; there is none where nothing composes."""
    return partial_world(choices, draw_interface_values(choices), mutates=True)


def draw_interface_values(choices: Choices) -> PartialSplit:
    """Choose interfaces, and who has what of their values."""
    made = PartialSplit(choices, _draw_schema(choices), choices.number(2, 4))
    for interface in INTERFACES[: choices.number(1, 2)]:
        _declare(made, "s0", interface)
    for root, name in (("Query", "q"), ("Query", "qs"), ("Mutation", "do")):
        made.own("s0", root, name)
    for subgraph in made.names[1:]:
        for name in choices.several(TYPES, 1, 2):
            _enter(choices, made, subgraph, name)
    for subgraph in made.names:
        _deal_values(choices, made, subgraph)
    for subgraph in made.names:
        _provide(choices, made, subgraph)
    if choices.chance(50):
        _require(choices, made, choices.one(made.names[1:]), choices.one(TYPES))
    return made


def _draw_schema(choices: Choices) -> SchemaModel:
    wrap = choices.one(WRAPS)
    types = [
        object_type("V", a="ID!", b="String", c="String", e="E0", **{"in": "Inner"}),
        object_type("Inner", a="ID!", b="String"),
        object_type("Query", q="I", qs=wrap.format("I")),
        object_type("Mutation", do=wrap.format("I")),
    ]
    value = wrap.format("V")
    for name in TYPES:
        entity = object_type(name, ("id",), id="ID!", s=value, m="String")
        entity.fields |= object_type("", near="I", f="String").fields
        entity.interfaces = list(INTERFACES)
        types.append(entity)
    for name in INTERFACES:
        fields = {"s": FieldModel("s", value)}
        types.append(TypeModel(name, "interface", fields, members=list(TYPES)))
    return SchemaModel({type_.name: type_ for type_ in types})


def _declare(made: PartialSplit, subgraph: str, interface: str) -> None:
    """An interface in a subgraph, with all its types."""
    part = made.part(subgraph, interface)
    part.members = list(TYPES)
    made.own(subgraph, interface, "s")
    for name in TYPES:
        entity = made.part(subgraph, name)
        entity.keys["id"] = True
        entity.interfaces.append(interface)
        made.own_set(subgraph, name, "id s near")


def _enter(choices: Choices, made: PartialSplit, subgraph: str, name: str) -> None:
    made.part(subgraph, name).keys["id"] = True
    made.own(subgraph, name, "id")
    for field in choices.several(("s", "m"), 1, 2):
        made.own(subgraph, name, field)


def _deal_values(choices: Choices, made: PartialSplit, subgraph: str) -> None:
    parts = made.split.subgraphs[subgraph]
    if "V" in parts or any("s" in parts[n].fields for n in TYPES if n in parts):
        for name in choices.several(("a", "b", "c", "in", "e"), 1, 3):
            made.own(subgraph, "V", name)
            if name == "e":
                made.part(subgraph, "E0").keys["id"] = True
                made.own(subgraph, "E0", "id")
    if "V" in parts and "in" in parts["V"].fields:
        for name in choices.several(("a", "b"), 1, 2):
            made.own(subgraph, "Inner", name)


def _provide(choices: Choices, made: PartialSplit, subgraph: str) -> None:
    """Let a subgraph tell more of a value where it is one type's."""
    parts = made.split.subgraphs[subgraph]
    for name in TYPES:
        claim = parts[name].fields.get("s") if name in parts else None
        if claim is None or not choices.chance(40):
            continue
        others = [
            field
            for field in ("a", "b", "c")
            if (owners := made.split.owners("V", field)) and subgraph not in owners
        ]
        if others:
            claim.provides = choices.one(others)
            made.split.provided.add(("V", claim.provides))
            made.need(subgraph, "V", claim.provides)


def _require(choices: Choices, made: PartialSplit, subgraph: str, name: str) -> None:
    """Let a field of a type need what another object's value is, of whichever type."""
    inner = choices.one(("a", "b", "c"))
    made.part(subgraph, name).keys["id"] = True
    made.own(subgraph, name, "id")
    part = made.part(subgraph, "I")
    part.members = list(TYPES)
    made.own(subgraph, "I", "s")
    for member in TYPES:
        entity = made.part(subgraph, member)
        if "I" not in entity.interfaces:
            entity.interfaces.append("I")
        made.need(subgraph, member, "s")
    made.need(subgraph, "V", inner)
    made.need(subgraph, name, "near")
    made.own(subgraph, name, "f")
    entity = made.part(subgraph, name)
    entity.fields["f"].requires = f"near {{ s {{ {inner} }} }}"
