"""A subgraph that is data: its schema, run by graphql-core over plain JSON.

The data names, by type, what there is:

    {"Query": {"works": [{"id": "1"}]}, "Work": [{"id": "1", "title": "Nocturne"}]}

A root type has the values of its fields; any other type has rows, found by a `@key` whose
fields they share with a representation, or with an object that lacks a field. Values are
as they are, but for these:

- `"field(argument: 1)"` as a name is the field when it is asked with these arguments.
- `"= {title}, {size}"` is filled from the object's other values (those of the
  representation among them) and the arguments. Only what was really sent can be used, so
  such a field shows that `@requires` works.
- `{"!": "message", "code": "CODE"}` is an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    Node,
    StringValueNode,
    execute,
    get_named_type,
    get_nullable_type,
    parse,
)

from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import Field, Selection

Object = dict[str, Any]
_NUMBERS = {"Int": int, "Float": float}


class DataSubgraph:
    """A subgraph over data.

    Attributes:
        problems: What was asked of it that it has no data for; none in a good case.
    """

    def __init__(self, sdl: str, schema: GraphQLSchema, data: Mapping[str, Any]):
        self._schema = schema
        self._data = data
        self._keys = dict(_keys(sdl))
        self.problems: list[str] = []

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any],
        operation_name: str | None,
        headers: Mapping[str, str],  # noqa: ARG002 - what a schema executor is given
    ) -> Mapping[str, object]:
        """Execute a document, as a schema executor does."""
        result = execute(
            self._schema,
            parse(query),
            variable_values=json.loads(json.dumps(variables)),
            operation_name=operation_name,
            field_resolver=self._resolve,
        )
        return result.formatted

    def _resolve(
        self, source: Object | None, info: GraphQLResolveInfo, **arguments: Any
    ) -> Any:
        name, type_name = info.field_name, info.parent_type.name
        if name == "_entities":
            return [self._entity(each) for each in arguments["representations"]]
        source = self._data.get(type_name, {}) if source is None else source
        if info.parent_type is self._schema.query_type:
            source = self._data[type_name]  # the root below the root is the root
        value = self._value(source, type_name, name, arguments)
        if isinstance(value, dict) and "!" in value:
            raise GraphQLError(value["!"], extensions={"code": value["code"]})
        if isinstance(value, str) and value.startswith("= "):
            text = self._filled(value[2:], {**source, **arguments})
            number = _NUMBERS.get(get_named_type(info.return_type).name, str)
            return number(text)
        return self._of_list(value, info)

    @staticmethod
    def _of_list(value: Any, info: GraphQLResolveInfo) -> Any:
        """Errors among the items of a list."""
        if isinstance(value, list) and hasattr(
            get_nullable_type(info.return_type), "of_type"
        ):
            return [
                GraphQLError(item["!"], extensions={"code": item["code"]})
                if isinstance(item, dict) and "!" in item
                else item
                for item in value
            ]
        return value

    def _value(
        self, source: Object, type_name: str, name: str, arguments: Object
    ) -> Any:
        given = ", ".join(f"{key}: {json.dumps(v)}" for key, v in arguments.items())
        for each in (source, self._row(type_name, source) or {}):
            for key in (f"{name}({given})", name):
                if key in each:
                    return each[key]
        return self._problem(f"no data for {type_name}.{name}({given}) in {source}")

    def _entity(self, representation: Object) -> Object | None:
        type_name = representation["__typename"]
        if not any(name in self._data for name in self._names(type_name)):
            return representation
        row = self._row(type_name, representation)
        if row is None:
            return None
        entity = _merged(representation, row)
        return {**entity, "__typename": row.get("__typename", type_name)}

    def _row(self, type_name: str, wanted: Object) -> Object | None:
        for name in self._names(type_name):
            if not isinstance(self._data.get(name), list):
                continue
            for key in (*self._keys.get(type_name, ()), *self._keys.get(name, ())):
                part = _part(wanted, key)
                for row in self._data[name] if part is not None else ():
                    if _part(row, key) == part:
                        return {"__typename": name, **row}
        return None

    def _names(self, type_name: str) -> list[str]:
        """A type's name, and those of its objects if it is abstract."""
        type_ = self._schema.get_type(type_name)
        if type_ in self._schema.type_map.values() and hasattr(type_, "resolve_type"):
            return [t.name for t in self._schema.get_possible_types(type_)]
        return [type_name]

    def _filled(self, template: str, values: Object) -> str:
        try:
            return template.format_map(values)
        except (LookupError, TypeError) as error:
            return self._problem(f"cannot fill '{template}' from {values}: {error!r}")

    def _problem(self, problem: str) -> str:
        self.problems.append(problem)
        raise GraphQLError(problem)


def _merged(one: Any, other: Any) -> Any:
    """Two values of one thing; where they differ, the other's."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = {key: _merged(one[key], other[key]) for key in one if key in other}
        return {**one, **other, **both}
    return other


def _part(value: Any, selections: tuple[Selection, ...]) -> Any:
    """What a field set selects of a value; `None` where something of it is missing."""
    if isinstance(value, list):
        parts = [_part(item, selections) for item in value]
        return None if None in parts else parts
    if not isinstance(value, dict):
        return None
    part: Object = {}
    for selection in selections:
        if not isinstance(selection, Field) or value.get(selection.name) is None:
            return None
        inner = value[selection.name]
        part[selection.name] = (
            _part(inner, selection.selections) if selection.selections else str(inner)
        )
    return None if None in part.values() else part


def _keys(sdl: str) -> Iterator[tuple[str, list[tuple[Selection, ...]]]]:
    """The field sets of each type's keys."""
    keys: dict[str, list[tuple[Selection, ...]]] = {}
    for node in parse(sdl).definitions:
        for directive in getattr(node, "directives", None) or ():
            if directive.name.value == "key":
                keys.setdefault(_name(node), []).append(_fields(directive))
    yield from keys.items()


def _fields(directive: Any) -> tuple[Selection, ...]:
    for argument in directive.arguments:
        if argument.name.value == "fields" and isinstance(
            argument.value, StringValueNode
        ):
            return parse_field_set(argument.value.value).selections
    raise AssertionError("a key without fields")


def _name(node: Node) -> str:
    return node.name.value  # type: ignore[attr-defined]
