"""The kinds of worlds: each a way of making one, for one corner of federation.

A kind is a function from choices to a world, or to `None` where what was drawn does not
compose. To add one is to write it in a module of its own and to name it here: the
property tests then make a few of it, and `make worlds` as many as one likes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from tests.world.border import choose_border
from tests.world.choices import Choices
from tests.world.conditions import choose_conditional, choose_interface_objects
from tests.world.contexts import choose_world_with_contexts
from tests.world.hostile_aliases import choose_hostile
from tests.world.interface_values import choose_interface_values
from tests.world.nested_keys import choose_nested_keys
from tests.world.null_keys import choose_world_with_null_keys
from tests.world.spellings import choose_respelled
from tests.world.world import World, choose_world

MakeWorld: TypeAlias = Callable[[Choices], World | None]

KINDS: Final[Mapping[str, MakeWorld]] = {
    "any": choose_world,
    "nested-keys": choose_nested_keys,
    "contexts": choose_world_with_contexts,
    "null-keys": choose_world_with_null_keys,
    "interface-values": choose_interface_values,
    "conditional-requirements": choose_conditional,
    "conditional-interface-objects": choose_interface_objects,
    "hostile-aliases": choose_hostile,
    "border": choose_border,
    "spellings": choose_respelled,
}
