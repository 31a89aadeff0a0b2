"""Operations whose aliases are names that the gateway might use itself."""

from __future__ import annotations

from dataclasses import replace

from graphql import DocumentNode, FieldNode, NameNode, Visitor, parse, print_ast, visit

from tests.world.choices import Choices
from tests.world.operations import WorldOperation
from tests.world.schema import ADDED_NAMES, LEAF_NAMES, OBJECT_NAMES
from tests.world.world import World, choose_world

NAMES = (
    "__typename",
    "_typename",
    "_typename_",
    "__schema",
    "__type",
    "_entities",
    "_e0",
    "_e1",
    "_service",
    "representations",
    "_policy_id",
    "_policy_id_",
    "_context_a",
    *(f"_{number}_{name}" for number in (0, 1) for name in ("a", "id", "x", "part")),
    *(f"_0_{name}" for name in ("__typename", "_typename", "sku", "code")),
    "id",
    "sku",
    "region",
    "number",
    "part",
    "code",
    "zone",
    *LEAF_NAMES,
    *OBJECT_NAMES,
    *ADDED_NAMES,
)


def choose_hostile(choices: Choices) -> World | None:
    """A world that is asked under such names."""
    world = choose_world(choices)
    if world is None:
        return None
    operations = tuple(with_hostile_aliases(choices, one) for one in world.operations)
    return replace(world, operations=operations)


def with_hostile_aliases(choices: Choices, operation: WorldOperation) -> WorldOperation:
    """The same operation, each response key replaced by another, everywhere alike."""
    return with_aliases(operation, choices.several(NAMES, len(NAMES), len(NAMES)))


def with_aliases(operation: WorldOperation, names: list[str]) -> WorldOperation:
    """The same operation, its response keys replaced by these names in turn."""
    document: DocumentNode = parse(operation.text)
    keys = _Keys()
    visit(document, keys)
    document = visit(document, _Renaming(_chosen(keys.fields_by_key, names)))
    return replace(operation, text=print_ast(document))


def _chosen(fields_by_key: dict[str, set[str]], names: list[str]) -> dict[str, str]:
    """A new name for each response key, but not one that its field is known by.

    A field under its own name, or under an internal alias of its own, is what the
    gateway asks for where it needs that field itself: then it is asked for once.
    """
    left = [*names, *(f"more{index}" for index in range(len(fields_by_key)))]
    chosen: dict[str, str] = {}
    for key, fields in fields_by_key.items():
        name = next(one for one in left if one.lstrip("_01") not in fields)
        left.remove(name)
        chosen[key] = name
    return chosen


class _Keys(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.fields_by_key: dict[str, set[str]] = {}

    def enter_field(self, node: FieldNode, *_: object) -> None:
        key = (node.alias or node.name).value
        self.fields_by_key.setdefault(key, set()).add(node.name.value.lstrip("_01"))


class _Renaming(Visitor):
    def __init__(self, names_by_key: dict[str, str]) -> None:
        super().__init__()
        self._names_by_key = names_by_key

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode:
        key = (node.alias or node.name).value
        alias = NameNode(value=self._names_by_key[key])
        return FieldNode(
            alias=alias,
            name=node.name,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=node.selection_set,
        )
