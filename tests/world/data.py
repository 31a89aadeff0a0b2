"""The data of a world: a few objects of each type, which refer to each other.

Values follow from a seed, so that data cost few of Hypothesis's choices; seed 0 is the
plain world without nulls. An object refers only to types that every subgraph which
resolves the field knows.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.world.schema import FieldModel, SchemaModel
from tests.world.split import Split

POOL = 3
_ENUM_VALUES = ("ONE", "TWO", "THREE")


@dataclass(eq=False, slots=True)
class Entity:
    """An object of the world; objects are equal only when they are the same."""

    type_name: str
    index: int
    values: dict[str, object] = field(default_factory=dict)
    defaults: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<{self.type_name} {self.index}>"


@dataclass(frozen=True, slots=True)
class Data:
    """All objects by type, and the root."""

    objects: Mapping[str, list[Entity]]

    @property
    def root(self) -> Entity:
        return self.objects["Query"][0]


def value_of(entity: Entity, name: str, arguments: Mapping[str, object]) -> object:
    """The value of a field; arguments are told back by it."""
    value = entity.values[name]
    arguments = {**entity.defaults.get(name, {}), **arguments}
    if not arguments or value is None:
        return value
    given = ", ".join(f"{key}={arguments[key]!r}" for key in sorted(arguments))
    return f"{value}({given})"


def make_data(split: Split, seed: int, violations: int = 0) -> Data:
    """Make objects and let them refer to each other.

    Args:
        split: Which subgraphs know which types.
        seed: Decides everything.
        violations: How many percent of values are null that may not be. What some
            `@requires` names is spared: its null would take objects along of which the
            client asked nothing that is null.
    """
    return _Maker(split, seed, violations).make()


def _is_null_in_key(entity: Entity, model: FieldModel) -> bool:
    """Whether a part of a key that may be null is; what is left of the key tells."""
    null_at = {"region": 1, "zone": 1, "number": 2}.get(model.name)
    return not model.type.endswith("!") and null_at == entity.index


class _Maker:
    def __init__(self, split: Split, seed: int, violations: int) -> None:
        self._split = split
        self._schema: SchemaModel = split.schema
        self._random = random.Random(seed)
        self._nulls = 15 if seed else 0
        self._violations = violations
        self._required = {
            name
            for claim in split.claims()
            for name in re.findall(r"\w+", claim.requires)
        }
        self._objects = {
            name: [
                Entity(name, index) for index in range(1 if name == "Query" else POOL)
            ]
            for name, type_ in self._schema.types.items()
            if type_.kind == "object"
        }

    def make(self) -> Data:
        for name, entities in self._objects.items():
            for entity in entities:
                for model in self._schema.types[name].fields.values():
                    value = self._value(entity, model)
                    is_null = _is_null_in_key(entity, model)
                    entity.values[model.name] = None if is_null else value
                    entity.defaults[model.name] = model.defaults
        return Data(self._objects)

    def _value(self, entity: Entity, model: FieldModel) -> object:
        match model.name:
            case "id" | "sku" | "zone" | "code":
                return f"{entity.type_name}-{model.name}-{entity.index}"
            case "region":
                return f"region-{entity.index % 2}"
            case "number":
                return entity.index // 2
            case "part":
                index = list(self._objects).index(entity.type_name)
                part = Entity("Part", index * POOL + entity.index)
                part.values["code"] = f"part-{part.index}"
                return part
        return self._of_type(entity, model, model.type)

    def _of_type(self, entity: Entity, model: FieldModel, type_: str) -> object:
        percent = self._nulls
        if type_.endswith("!"):
            percent = 0 if model.name in self._required else self._violations
        if self._random.randrange(100) < percent:
            return None
        type_ = type_.removesuffix("!")
        if type_.startswith("["):
            count = self._random.randrange(3) if self._nulls else 2
            return [self._of_type(entity, model, type_[1:-1]) for _ in range(count)]
        if self._schema.is_composite(type_):
            return self._random.choice(self._allowed(entity, model))
        return self._leaf(entity, model, type_)

    def _leaf(self, entity: Entity, model: FieldModel, type_: str) -> object:
        match type_:
            case "Int":
                return self._random.randrange(100)
            case "Float":
                return self._random.randrange(100) + 0.5
            case "Boolean":
                return self._random.random() < 0.5
            case "E":
                return self._random.choice(_ENUM_VALUES)
            case _:
                number = self._random.randrange(10)
                return f"{entity.type_name}{entity.index}.{model.name}{number}"

    def _allowed(self, entity: Entity, model: FieldModel) -> list[Entity]:
        """The objects that a field may refer to."""
        owners = self._split.owners(entity.type_name, model.name)
        types = self._schema.types[model.named_type]
        known = set(types.members or [types.name])
        for owner in owners:
            known &= set(self._split.known_types(model.named_type, owner))
        return [entity for name in sorted(known) for entity in self._objects[name]]
