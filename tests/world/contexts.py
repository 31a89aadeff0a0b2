"""Worlds in which the gateway fills arguments from objects further up.

The query root sets the context, so every reader has one; objects and an interface on the
way set it, too, each with a field of its own, and the nearest counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.world.choices import Choices
from tests.world.schema import FieldModel, draw_schema
from tests.world.split import Claim, Contexts, Part, Split, draw_split
from tests.world.world import World, world_of

ROOT_FIELD = FieldModel("around", "String")


def choose_world_with_contexts(choices: Choices) -> World | None:
    """Make a world of which one subgraph reads from a context."""
    schema = draw_schema(choices)
    schema.types["Query"].fields["around"] = ROOT_FIELD
    split = draw_split(choices, schema)
    names = split.owners("Query", "around")
    if len(names) != 1 or not _set_and_read(choices, split, names[0]):
        return None
    return world_of(choices, split)


def _set_and_read(choices: Choices, split: Split, subgraph: str) -> bool:
    """Put the directives into a subgraph; whether there is anything to read for."""
    parts = split.subgraphs[subgraph]
    readers = choices.some(list(_readers(split, subgraph)), 60)
    if not readers:
        return False
    setters = dict(_setters(choices, split, subgraph)) | {"Query": "around"}
    conditions = [f"... on {name} {{ {field} }}" for name, field in setters.items()]
    selection = " ".join(conditions)
    for name in setters:
        parts[name].sets_context = True
    for _, claim in readers:
        claim.context = f"{{ {selection} }}" if choices.chance(50) else selection
    split.contexts = Contexts(
        frozenset((part.name, claim.field.name) for part, claim in readers),
        {
            member: field
            for name, field in setters.items()
            for member in (split.schema.types[name].members or (name,))
        },
    )
    return True


def _readers(split: Split, subgraph: str) -> Iterator[tuple[Part, Claim]]:
    used = {
        name
        for claim in split.claims()
        for name in re.findall(r"\w+", f"{claim.requires} {claim.provides}")
    }
    for part in split.subgraphs[subgraph].values():
        if part.kind != "object" or not any(part.keys.values()):
            continue
        key_fields = set(re.findall(r"\w+", " ".join(part.keys)))
        promised = {
            name
            for interface in split.schema.types[part.name].interfaces
            for name in split.schema.types[interface].fields
        }
        for name, claim in part.fields.items():
            if name not in used | key_fields | promised and (
                _is_text(split, subgraph, part, claim)
                and split.owners(part.name, name) == [subgraph]
                and not claim.override
            ):
                yield part, claim


def _setters(
    choices: Choices, split: Split, subgraph: str
) -> Iterator[tuple[str, str]]:
    """Types that set the context with a field to read; no object is of two of them."""
    taken: set[str] = set()
    parts = split.subgraphs[subgraph].values()
    for part in sorted(parts, key=lambda one: one.kind):
        members = set(split.schema.types[part.name].members) or {part.name}
        if part.kind == "union" or part.is_interface_object or members & taken:
            continue
        fields = [
            name
            for name, claim in part.fields.items()
            if _is_text(split, subgraph, part, claim) and not claim.field.arguments
        ]
        if part.name != "Query" and fields and choices.chance(60):
            taken |= members
            yield part.name, choices.one(fields)


def _is_text(split: Split, subgraph: str, part: Part, claim: Claim) -> bool:
    is_resolved = part.kind == "interface" or (
        subgraph in split.owners(part.name, claim.field.name)
    )
    return claim.field.type.strip("!") == "String" and is_resolved
