"""Docstrings of sections -> descriptions of keys, said in one place for all readers."""

from __future__ import annotations

import inspect
import re
from typing import Any

_MEMBER = re.compile(r"    (\w+): (.*)")


def described(section: type, schema: dict[str, Any]) -> dict[str, Any]:
    """A section's JSON schema with what its docstring says of it and its keys."""
    summary, _ = _read(inspect.getdoc(section) or "")
    members: dict[str, str] = {}
    for base in reversed(section.__mro__):
        members.update(_read(inspect.cleandoc(base.__doc__ or ""))[1])
    properties = {
        name: {**value, "description": members.get(_field(section, name), "")}
        for name, value in schema.get("properties", {}).items()
    }
    return {**schema, "description": summary, "properties": properties}


def _field(section: type, key: str) -> str:
    """The field whose key this is."""
    fields: dict[str, Any] = getattr(section, "model_fields", {})
    return next((name for name, field in fields.items() if field.alias == key), key)


def _read(docstring: str) -> tuple[str, dict[str, str]]:
    """The text before `Attributes:`, and the attributes' texts by name."""
    text, _, attributes = docstring.partition("\nAttributes:\n")
    members: dict[str, str] = {}
    name = ""
    for line in attributes.splitlines():
        match = _MEMBER.match(line)
        if match is not None and not line.startswith("        "):
            name = match[1]
            members[name] = match[2]
        elif name and line.strip():
            members[name] += f" {line.strip()}"
    return " ".join(text.split()), members
