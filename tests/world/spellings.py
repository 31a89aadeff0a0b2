"""Worlds whose subgraphs say the same in other words.

Field sets have braces, commas, line breaks and comments. Defaults that are equal as
values of their type are written as each subgraph likes, and so are the members of input
objects. Fields take arguments and input fields with such defaults, and `@oneOf` inputs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace

from tests.world.choices import Choices
from tests.world.schema import SPELT, FieldModel, SchemaModel, draw_schema
from tests.world.split import Split, draw_split
from tests.world.world import World, world_of

_FIELDS = re.compile(r'fields: ("(?:[^"\\]|\\.)*")')
_TOKEN = re.compile(r'"[^"]*"|\.\.\.|\w+|[^\s\w]')
_BREAKS = (" ", ",", ", ", "\n", " # so\n")
_FRAMES = ("{}", " {} ", "{{{}}}", "\n{{ {} }}\n")
_ONE = ("1", "1.0", "10e-1")
_SEVEN = ("7", '"7"')
_OBJECTS = ('{n: 2, s: "w"}', '{s: "w", n: 2}', '{s: """w""" n: 2}')


@dataclass(slots=True)
class _Respelled(Split):
    """A split whose subgraphs are written as they like."""

    sdls: dict[str, str] = field(default_factory=dict)

    def sdl_by_subgraph(self) -> dict[str, str]:
        return self.sdls


def choose_respelled(choices: Choices) -> World | None:
    """Make a world in which every subgraph has a hand of its own."""
    schema = draw_schema(choices)
    _add_arguments(choices, schema)
    split = draw_split(choices, schema)
    sdls = {
        name: _respelled(choices, sdl) for name, sdl in split.sdl_by_subgraph().items()
    }
    respelled = _Respelled(
        split.schema, split.subgraphs, split.provided, split.contexts, sdls
    )
    return world_of(choices, respelled)


def _add_arguments(choices: Choices, schema: SchemaModel) -> None:
    """Give fields that have arguments those that can be written in many ways.

    A field of an interface and of its implementations is one field.
    """
    changed: dict[FieldModel, FieldModel] = {}
    for type_ in schema.types.values():
        for name, model in type_.fields.items():
            if model not in changed:
                is_spelt = bool(model.arguments) and choices.chance(60)
                new = replace(model, arguments=SPELT) if is_spelt else model
                changed[model] = new
            type_.fields[name] = changed[model]


def _respelled(choices: Choices, sdl: str) -> str:
    """The subgraph, each of its field sets and defaults written anew."""
    sdl = _FIELDS.sub(lambda match: f"fields: {_field_set(choices, match[1])}", sdl)
    sdl = re.sub(re.escape(SPELT), lambda _: _arguments(choices), sdl)
    return sdl + _inputs(choices)


def _field_set(choices: Choices, quoted: str) -> str:
    tokens = _TOKEN.findall(json.loads(quoted))
    text = choices.one(_FRAMES).format(choices.one(_BREAKS).join(tokens))
    is_block = '"' not in text and choices.chance(20)
    return f'"""{text}"""' if is_block else json.dumps(text)


def _arguments(choices: Choices) -> str:
    members = [f"f: {choices.one(_ONE)}", f"i: {choices.one(_SEVEN)}"]
    if choices.chance(50):
        members.reverse()
    return f"v: V = {{{', '.join(members)}}}, o: O, i: ID = {choices.one(_SEVEN)}"


def _inputs(choices: Choices) -> str:
    enums = choices.one(("ONE", "[ONE]"))
    return f"""
directive @oneOf on INPUT_OBJECT

input V {{
  f: Float = {choices.one(_ONE)}
  e: [E!] = {enums}
  w: W = {choices.one(_OBJECTS)}
  i: ID = {choices.one(_SEVEN)}
}}

input O @oneOf {{ n: Int, s: String, w: W }}
"""
