"""The schema of a world: what one service that has everything would serve.

Entities have keys of all forms; value types have none. Names of fields come from a
small set, so that types share them: this is where response keys meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.world.choices import Choices

LEAF_TYPES = ("String", "Int", "E", "ID", "Float", "Boolean")
LEAF_NAMES = ("a", "b", "c", "d")
OBJECT_NAMES = ("x", "y", "z")
ADDED_NAMES = ("i", "j", "k")
LEAF_WRAPS = ("{}", "{}!", "[{}]", "[{}!]!")
OBJECT_WRAPS = ("{}", "{}!", "[{}]", "[{}!]!", "[[{}]]", "[{}!]")
KEYS = ("id", "sku", "region number", "part { code }", "part { code } zone")
WITH_DEFAULTS = 'n: Int! = 3, s: String = "s"'
SPELT = "v: V = {f: 1, i: 7}, o: O, i: ID = 7"
DEFAULTS = {
    WITH_DEFAULTS: {"n": 3, "s": "s"},
    SPELT: {
        "v": {"f": 1.0, "e": ["ONE"], "w": {"n": 2, "s": "w"}, "i": "7"},
        "i": "7",
    },
}
"""Arguments -> what a resolver gets where they are left out."""
ARGUMENTS = ("n: Int", "s: String", "e: E", "w: W", WITH_DEFAULTS)

ENUM = "enum E { ONE TWO THREE }"
INPUT = "input W { n: Int, e: [E!], s: String }"

KEY_TYPES = {
    "id": "ID!",
    "sku": "String!",
    "region": "String!",
    "number": "Int!",
    "part": "Part!",
    "zone": "ID!",
}


@dataclass(frozen=True, slots=True)
class FieldModel:
    """A field: its type as text, and its arguments as text."""

    name: str
    type: str
    arguments: str = ""

    @property
    def named_type(self) -> str:
        return self.type.strip("[]!")

    @property
    def defaults(self) -> dict[str, object]:
        return dict(DEFAULTS.get(self.arguments, {}))

    def __str__(self) -> str:
        arguments = f"({self.arguments})" if self.arguments else ""
        return f"{self.name}{arguments}: {self.type}"


@dataclass(slots=True)
class TypeModel:
    """An object type, an interface or a union.

    Attributes:
        keys: Of an entity, in order of preference; a value type has none.
        interfaces: What it implements.
        added: Of an interface with a key, the fields that a subgraph adds to all its
            types without knowing them (`@interfaceObject`).
        members: The object types of an interface or a union.
    """

    name: str
    kind: str
    fields: dict[str, FieldModel] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SchemaModel:
    """All types by name, `Query` among them."""

    types: dict[str, TypeModel] = field(default_factory=dict)

    def is_composite(self, name: str) -> bool:
        return name in self.types

    def entities(self) -> list[TypeModel]:
        return [type_ for type_ in self.types.values() if type_.keys]


def draw_schema(choices: Choices, *, entity_interfaces: int = 35) -> SchemaModel:
    """Choose types, then how they refer to each other.

    Args:
        choices: Decide.
        entity_interfaces: How many percent of interfaces get a key, and fields from a
            subgraph to which they are object types.
    """
    schema = SchemaModel()
    for type_ in _draw_types(choices):
        schema.types[type_.name] = type_
    objects = [t for t in schema.types.values() if t.kind == "object"]
    names = list(schema.types)
    by_name = {name: _draw_leaf(choices, name) for name in LEAF_NAMES} | {
        name: _draw_object(choices, name, names) for name in OBJECT_NAMES
    }
    for type_ in schema.types.values():
        if type_.kind == "interface":
            chosen = choices.several((*LEAF_NAMES, *OBJECT_NAMES), 1, 3)
            type_.fields = {name: by_name[name] for name in chosen}
            if choices.chance(entity_interfaces) and not any(
                t.added for t in schema.types.values()
            ):
                _become_entity(choices, schema, type_)
            for member in type_.members:
                schema.types[member].interfaces.append(type_.name)
                schema.types[member].fields |= type_.fields
    for type_ in objects:
        _draw_fields(choices, type_, names, by_name)
    schema.types["Part"] = TypeModel(
        "Part", "object", {"code": FieldModel("code", "ID!")}
    )
    schema.types["Query"] = query = _draw_query(choices, names)
    for type_ in schema.types.values():
        if type_.added and choices.chance(50):
            wrap = choices.one(OBJECT_WRAPS)
            query.fields["qo"] = FieldModel("qo", wrap.format(type_.name))
    return schema


def _become_entity(choices: Choices, schema: SchemaModel, interface: TypeModel) -> None:
    """Give an interface a key, and fields that are added to all its types."""
    interface.keys = ("id",)
    added = [_draw_leaf(choices, name) for name in ADDED_NAMES[:2]]
    if choices.chance(50):
        wrap = choices.one(OBJECT_WRAPS)
        added.append(FieldModel(ADDED_NAMES[2], wrap.format(interface.name)))
    interface.added = [model.name for model in added]
    for model in (FieldModel("id", KEY_TYPES["id"]), *added):
        interface.fields[model.name] = model
    for name in interface.members:
        member = schema.types[name]
        member.keys = tuple(dict.fromkeys(("id", *member.keys)))


def _draw_types(choices: Choices) -> list[TypeModel]:
    objects = [
        TypeModel(
            f"T{index}",
            "object",
            keys=tuple(choices.several(KEYS, 1, 3)) if choices.chance(75) else (),
        )
        for index in range(choices.number(1, 4))
    ]
    names = [type_.name for type_ in objects]
    abstract = [
        TypeModel(f"I{index}", "interface", members=choices.several(names, 1, 3))
        for index in range(choices.number(0, 2))
    ] + [
        TypeModel(f"U{index}", "union", members=choices.several(names, 1, 3))
        for index in range(choices.number(0, 1))
    ]
    return objects + abstract


def _draw_fields(
    choices: Choices,
    type_: TypeModel,
    names: list[str],
    by_name: dict[str, FieldModel],
) -> None:
    for key in type_.keys:
        for name in key.replace("{ code }", "").split():
            type_.fields[name] = FieldModel(name, KEY_TYPES[name])
    for name in choices.several(LEAF_NAMES, 1, 4):
        own = _draw_leaf(choices, name) if choices.chance(30) else by_name[name]
        type_.fields.setdefault(name, own)
    for name in choices.several(OBJECT_NAMES, 0, 3):
        is_own = choices.chance(50)
        own = _draw_object(choices, name, names) if is_own else by_name[name]
        type_.fields.setdefault(name, own)


def _draw_query(choices: Choices, names: list[str]) -> TypeModel:
    fields = [
        _draw_object(choices, f"q{index}", names)
        for index in range(choices.number(1, 4))
    ]
    return TypeModel("Query", "object", {field.name: field for field in fields})


def _draw_leaf(choices: Choices, name: str) -> FieldModel:
    if choices.chance(25):
        return FieldModel(
            name, choices.one(("String", "String!")), choices.one(ARGUMENTS)
        )
    return FieldModel(name, choices.one(LEAF_WRAPS).format(choices.one(LEAF_TYPES)))


def _draw_object(choices: Choices, name: str, names: list[str]) -> FieldModel:
    return FieldModel(name, choices.one(OBJECT_WRAPS).format(choices.one(names)))
