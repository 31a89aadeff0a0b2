"""Worlds at the border of what composes.

Something is taken from federations that compose: a key, the way in by a key, a field in
one of the subgraphs that resolve it. Or subgraphs know parts of types and nobody has
looked whether these can be put together.
"""

from __future__ import annotations

import re

from tests.world.choices import Choices
from tests.world.interface_values import draw_interface_values
from tests.world.nested_keys import draw_nested_keys
from tests.world.partial import world_of_parts
from tests.world.schema import draw_schema
from tests.world.split import Part, Split, draw_split
from tests.world.world import World, world_of

MOST_LOSSES = 3


def choose_border(choices: Choices) -> World | None:
    """Make a world that composes all the same; there is none where it does not."""
    if choices.chance(50):
        return world_of_parts(choices, _draw_parts(choices))
    return world_of(choices, _draw_losses(choices))


def draw_border(choices: Choices) -> Split:
    """Choose subgraphs that compose or do not."""
    return _draw_parts(choices) if choices.chance(50) else _draw_losses(choices)


def _draw_parts(choices: Choices) -> Split:
    draw = choices.one((draw_nested_keys, draw_interface_values))
    made = draw(choices)
    made.settle()
    return made.split


def _draw_losses(choices: Choices) -> Split:
    split = draw_split(choices, draw_schema(choices))
    for _ in range(choices.number(1, MOST_LOSSES)):
        _lose_something(choices, split)
    return split


def _lose_something(choices: Choices, split: Split) -> None:
    parts = [
        part
        for subgraph in split.subgraphs.values()
        for part in subgraph.values()
        if part.kind == "object"
    ]
    part = choices.one(parts)
    if part.keys and not part.is_interface_object and choices.chance(60):
        _lose_key(choices, part)
    else:
        _lose_field(choices, split, part)


def _lose_key(choices: Choices, part: Part) -> None:
    key = choices.one(list(part.keys))
    if len(part.keys) > 1 and choices.chance(50):
        del part.keys[key]
    else:
        part.keys[key] = False


def _lose_field(choices: Choices, split: Split, part: Part) -> None:
    """A field that nothing else names."""
    sets = [*part.keys]
    for claim in split.claims():
        sets += (claim.requires, claim.provides)
    named = {name for text in sets for name in re.findall(r"\w+", text)}
    free = [
        name
        for name, claim in part.fields.items()
        if name not in named and not (claim.is_external or claim.override)
    ]
    if free and len(part.fields) > 1:
        del part.fields[choices.one(free)]
