"""Worlds whose subgraphs know parts of types, value types among them.

What is drawn here is declared field by field: a subgraph has of a type what its keys,
its fields and those of others lead to, and no more. So an object of a value type may
have to be put together from several subgraphs, each entered with the object around it.
"""

from __future__ import annotations

import random

from tests.world.choices import Choices
from tests.world.data import Data, Entity
from tests.world.operations import WorldOperation, draw_operation
from tests.world.schema import FieldModel, SchemaModel, TypeModel
from tests.world.split import Claim, Part, Split, fields_of, selection_set
from tests.world.world import OPERATIONS, World, composed, composed_world

POOL = 3
ROUNDS = 8
UNREACHED = "SATISFIABILITY_ERROR"


class PartialSplit:
    """A split in the making."""

    def __init__(self, choices: Choices, schema: SchemaModel, subgraphs: int) -> None:
        self.choices = choices
        self.schema = schema
        self.names = [f"s{index}" for index in range(subgraphs)]
        self.split = Split(schema, {name: {} for name in self.names})

    def part(self, subgraph: str, type_name: str) -> Part:
        """A type in a subgraph; it has no fields when it is new."""
        parts = self.split.subgraphs[subgraph]
        type_ = self.schema.types[type_name]
        return parts.setdefault(type_name, Part(type_name, type_.kind))

    def own(self, subgraph: str, type_name: str, name: str) -> None:
        """Let a subgraph resolve a field; of its value the type is declared."""
        claim = self.part(subgraph, type_name).fields.get(name)
        if claim is None or claim.is_external:
            model = self.schema.types[type_name].fields[name]
            self.part(subgraph, type_name).fields[name] = Claim(model)

    def own_set(self, subgraph: str, type_name: str, field_set: str) -> None:
        """Let a subgraph resolve all of a field set."""
        self._take(subgraph, type_name, selection_set(field_set), is_external=False)

    def require(self, subgraph: str, type_name: str, name: str, needed: str) -> None:
        """Let a subgraph resolve a field that needs what it does not resolve itself."""
        self.own(subgraph, type_name, name)
        self.part(subgraph, type_name).fields[name].requires = needed
        self._take(subgraph, type_name, selection_set(needed), is_external=True)

    def _take(
        self, subgraph: str, type_name: str, wanted, *, is_external: bool
    ) -> None:
        for node in fields_of(wanted):
            name = node.name.value
            if not is_external:
                self.own(subgraph, type_name, name)
            else:
                self.need(subgraph, type_name, name)
            if node.selection_set:
                inner = self.schema.types[type_name].fields[name].named_type
                self._take(subgraph, inner, node.selection_set, is_external=is_external)

    def need(self, subgraph: str, type_name: str, name: str) -> None:
        """Let a subgraph name a field that it does not resolve, if it does not."""
        model = self.schema.types[type_name].fields[name]
        fields = self.part(subgraph, type_name).fields
        fields.setdefault(name, Claim(model, is_external=True))

    def knowing(self, type_name: str) -> list[str]:
        """The subgraphs that have a type."""
        return [
            name for name, parts in self.split.subgraphs.items() if type_name in parts
        ]

    def leave_nothing_external(self) -> None:
        """Let somebody resolve what is external wherever it is named."""
        for parts in list(self.split.subgraphs.values()):
            for part in list(parts.values()):
                for claim in list(part.fields.values()):
                    if claim.is_external:
                        self._find_owner(part.name, claim)

    def _find_owner(self, type_name: str, claim: Claim) -> None:
        if self.split.owners(type_name, claim.field.name):
            return
        others = [
            name
            for name in self.knowing(type_name)
            if claim.field.name not in self.part(name, type_name).fields
        ]
        if others:
            self.own(self.choices.one(others), type_name, claim.field.name)
            self.complete()
        else:
            claim.is_external = False

    def complete(self) -> None:
        """Give something to types that fields lead to and that have nothing."""
        for subgraph, parts in self.split.subgraphs.items():
            pending = [c for part in parts.values() for c in part.fields.values()]
            while pending:
                inner = pending.pop().field.named_type
                if not self.schema.is_composite(inner):
                    continue
                if not self.part(subgraph, inner).fields:
                    names = self._plain_fields(inner)
                    chosen = self.choices.one(names)
                    self.own(subgraph, inner, chosen)
                    pending.append(parts[inner].fields[chosen])

    def _plain_fields(self, type_name: str) -> list[str]:
        fields = self.schema.types[type_name].fields
        return [
            n for n, m in fields.items() if not self.schema.is_composite(m.named_type)
        ]

    def settle(self) -> None:
        """Let what is named be declared, and what is external be resolved."""
        self.complete()
        self.leave_nothing_external()

    def reach_all(self) -> None:
        """Let more subgraphs resolve what cannot be reached, just until it can be."""
        for _ in range(ROUNDS):
            errors = composed(self.split).errors
            if not errors or {error.code for error in errors} != {UNREACHED}:
                return
            for error in errors:
                self._share(*error.coordinate.split("."))

    def _share(self, type_name: str, name: str) -> None:
        others = [
            subgraph
            for subgraph in self.knowing(type_name)
            if name not in self.split.subgraphs[subgraph][type_name].fields
            and self._may_lead(subgraph, type_name, name)
        ]
        if others:
            self.own(self.choices.one(others), type_name, name)
            self.complete()

    def _may_lead(self, subgraph: str, type_name: str, name: str) -> bool:
        """Whether a subgraph has what a field leads to, or can be given some of it."""
        inner = self.schema.types[type_name].fields[name].named_type
        is_abstract = inner in self.schema.types and self.schema.types[inner].members
        return not is_abstract or inner in self.split.subgraphs[subgraph]


def partial_world(
    choices: Choices, made: PartialSplit, *, mutates: bool = False
) -> World | None:
    """The world of a split, with objects of their own for all value types."""
    made.settle()
    made.reach_all()
    return world_of_parts(choices, made.split, mutates=mutates)


def world_of_parts(
    choices: Choices, split: Split, *, mutates: bool = False
) -> World | None:
    """The world of a split as it is."""
    data = _Maker(split.schema, choices.number(0, 999)).make()

    def draw(schema) -> tuple[WorldOperation, ...]:
        return tuple(
            draw_operation(choices, schema, mutates=mutates and choices.chance(50))
            for _ in range(choices.number(1, OPERATIONS))
        )

    return composed_world(split, data, draw)


def object_type(name: str, keys: tuple[str, ...] = (), **fields: str) -> TypeModel:
    """An object type with fields by name."""
    models = {field: FieldModel(field, type_) for field, type_ in fields.items()}
    return TypeModel(name, "object", models, keys)


class _Maker:
    """Makes objects such that all field sets tell them apart.

    A value is an object of its own, and what is told of it names the object that has
    it. Entities refer to entities with the same number.
    """

    def __init__(self, schema: SchemaModel, seed: int) -> None:
        self._schema = schema
        self._random = random.Random(seed)
        self._count = 0
        self._objects = {
            name: [Entity(name, index) for index in range(POOL if type_.keys else 1)]
            for name, type_ in schema.types.items()
            if type_.kind == "object"
        }

    def make(self) -> Data:
        for name, entities in self._objects.items():
            if self._schema.types[name].keys or name in ("Query", "Mutation"):
                for entity in entities:
                    self._fill(entity)
        query, mutation = (
            self._objects.get(name, [None])[0] for name in ("Query", "Mutation")
        )
        if mutation is not None:
            query.values |= mutation.values
        return Data(self._objects)

    def _fill(self, entity: Entity) -> Entity:
        for model in self._schema.types[entity.type_name].fields.values():
            entity.values[model.name] = self._value(entity, model, model.type)
        return entity

    def _value(self, entity: Entity, model: FieldModel, type_: str) -> object:
        if not type_.endswith("!") and self._random.randrange(100) < 8:
            return None
        type_ = type_.removesuffix("!")
        if type_.startswith("["):
            count = self._random.randint(1, 2)
            return [self._value(entity, model, type_[1:-1]) for _ in range(count)]
        if not self._schema.is_composite(type_):
            self._count += 1
            return f"{entity.type_name}.{model.name}.{self._count}"
        name = self._random.choice(self._schema.types[type_].members or [type_])
        if not self._schema.types[name].keys:
            self._count += 1
            return self._fill(Entity(name, self._count))
        if entity.type_name in ("Query", "Mutation"):
            return self._random.choice(self._objects[name])
        return self._objects[name][entity.index % POOL]
