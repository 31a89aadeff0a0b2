"""Which keys there are, for whoever has mistyped one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway_graphql.spelling import nearest


def unknown_key(schema: Mapping[str, Any], location: Sequence[str | int]) -> str:
    """What to say of a key that does not exist: also which one may be meant.

    Args:
        schema: The JSON schema of the settings.
        location: From the root down to the key.
    """
    *around, key = location
    beside = {
        name: (*around, name)
        for parent in _below([schema], around, schema)
        for name in parent.get("properties", ())
    }
    found = nearest(str(key), beside)
    if found is not None:
        return f"unknown key; did you mean '{found}'?"
    # A key that is right and in the wrong place.
    elsewhere = [path for path in _paths(schema) if path[-1] == key]
    if len(elsewhere) == 1:
        return f"unknown key; did you mean '{'.'.join(elsewhere[0])}'?"
    return "unknown key"


def _below(
    schemas: Sequence[Mapping[str, Any]],
    steps: Sequence[str | int],
    root: Mapping[str, Any],
) -> list[Mapping[str, Any]]:
    """The objects that a value at the end of these steps may be."""
    found = [one for schema in schemas for one in _alternatives(schema, root)]
    for step in steps[:1]:
        within = [
            inner
            for one in found
            for inner in (
                one.get("properties", {}).get(step),
                one.get("additionalProperties"),
                one.get("items"),
            )
            if isinstance(inner, dict)
        ]
        return _below(within, steps[1:], root)
    return found


def _alternatives(
    schema: Mapping[str, Any], root: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """What a value may be, with references followed."""
    if "$ref" in schema:
        yield from _alternatives(root["$defs"][schema["$ref"].split("/")[-1]], root)
        return
    yield schema
    for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _alternatives(one, root)


def _paths(schema: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every key of the root and of its sections."""
    return [
        path
        for section, value in schema["properties"].items()
        for path in (
            (section,),
            *(
                (section, name)
                for one in _alternatives(value, schema)
                for name in one.get("properties", ())
            ),
        )
    ]
