"""What a fetch selects, by response keys: nothing else of its reply is taken.

A subgraph that gives more than it was asked for would otherwise give fields that are
another subgraph's to give. Only the name of an object's type is taken unasked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import TYPENAME, Field, Selection

SelectedKeys: TypeAlias = "Mapping[str, SelectedKeys | None]"
"""Response key -> what is selected below it, on any type; `None` below a leaf."""


def selected_keys(selections: Iterable[Selection]) -> SelectedKeys:
    """The keys of selections, type conditions put aside."""
    fields: dict[str, list[Field]] = {}
    _group(selections, fields)
    return {
        key: selected_keys([child for one in group for child in one.selections]) or None
        for key, group in fields.items()
    }


def _group(selections: Iterable[Selection], fields: dict[str, list[Field]]) -> None:
    for selection in selections:
        if isinstance(selection, Field):
            fields.setdefault(selection.response_key, []).append(selection)
        else:
            _group(selection.selections, fields)


def drop_unselected(value: JSON, selected: SelectedKeys) -> None:
    """Take what was not selected out of an object, or of each in a list, in place."""
    if isinstance(value, list):
        for item in value:
            drop_unselected(item, selected)
    elif isinstance(value, dict):
        for key in value.keys() - selected.keys() - {TYPENAME}:
            del value[key]
        for key, below in selected.items():
            if below is not None and key in value:
                drop_unselected(value[key], below)
