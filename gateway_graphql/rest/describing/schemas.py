"""JSON types -> JSON Schema (2020-12, as OpenAPI 3.1 uses it), named ones once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from gateway_graphql.exchange import JSON
from gateway_graphql.rest.definition.json_types import (
    Anything,
    Choice,
    Enumeration,
    InputReference,
    Items,
    JSONType,
    Member,
    Null,
    Nullable,
    Record,
    Scalar,
    without_null,
)

Schema: TypeAlias = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/"
_MIN_INT: Final = -(2**31)
_MAX_INT: Final = 2**31 - 1

_BUILT_IN: Final[Mapping[str, Schema]] = {
    "Int": {
        "type": "integer",
        "format": "int32",
        "minimum": _MIN_INT,
        "maximum": _MAX_INT,
    },
    "Float": {"type": "number"},
    "String": {"type": "string"},
    "ID": {"type": "string"},
    "Boolean": {"type": "boolean"},
}

_KNOWN: Final[Mapping[str, Schema]] = {
    "DateTime": {"type": "string", "format": "date-time"},
    "Date": {"type": "string", "format": "date"},
    "Time": {"type": "string"},
    "UUID": {"type": "string", "format": "uuid"},
    "Decimal": {"type": "string"},
}
"""What scalars of these names look like in answers; what goes in is for subgraphs to say."""

_SAMPLES: Final[Mapping[str, JSON]] = {
    "Int": 1,
    "Float": 1.5,
    "String": "text",
    "ID": "1",
    "Boolean": True,
    "DateTime": "2026-01-31T12:00:00Z",
    "Date": "2026-01-31",
    "Time": "12:00:00",
    "UUID": "6f1cbd0e-7f3c-4c3a-9d56-0f6b7a1f2c11",
    "Decimal": "1.50",
}


class Schemas:
    """Makes schemas, and keeps those that have a name.

    Attributes:
        components: The named ones.
    """

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._name_by_type: dict[JSONType, str] = {}

    def of_answer(self, one: JSONType, operation: str) -> Schema:  # noqa: PLR0911 - one case for each kind
        """The schema of what an operation answers.

        Args:
            one: Its type.
            operation: Its name, which tells two objects of one name apart.
        """
        match one:
            case Record():
                return self._record(one, operation)
            case Enumeration():
                return self._enumeration(one)
            case Items(item):
                return {"type": "array", "items": self.of_answer(item, operation)}
            case Choice(alternatives):
                return {"anyOf": [self.of_answer(x, operation) for x in alternatives]}
            case Nullable(inner):
                return _or_null(self.of_answer(inner, operation))
            case Scalar(name, description):
                return _described(
                    _BUILT_IN.get(name, _KNOWN.get(name, {})), description
                )
            case Null():
                return {"type": "null"}
            case Anything() | InputReference():
                return {}

    def of_input(  # noqa: PLR0911 - one case for each kind
        self, one: JSONType, inputs: Mapping[str, Record], *, is_text: bool = False
    ) -> Schema:
        """The schema of what an endpoint takes.

        Args:
            one: Its type.
            inputs: The input objects, by name.
            is_text: Whether it is given in a path or a query string.
        """
        match one:
            case InputReference(name):
                return self._input(inputs[name], inputs)
            case Enumeration():
                return self._enumeration(one)
            case Items(item):
                inner = self.of_input(item, inputs, is_text=is_text)
                return {"type": "array", "items": inner}
            case Nullable(inner_type):
                inner = self.of_input(inner_type, inputs, is_text=is_text)
                return inner if is_text else _or_null(inner)
            case Scalar("ID") if not is_text:
                return {"type": ["string", "integer"]}
            case Scalar(name):
                return dict(_BUILT_IN.get(name, {}))
            case _:
                return {}

    def _record(self, record: Record, operation: str) -> Schema:
        name = self._name_by_type.get(record)
        if name is None:
            name = self._free_name(record.name, operation)
            self._name_by_type[record] = name
            self.components[name] = {}
            self.components[name] = self._object(
                record,
                {
                    one.name: _described(
                        self.of_answer(one.type, operation), one.description
                    )
                    for one in record.members
                },
            )
        return {"$ref": f"{_REFERENCE}{name}"}

    def _input(self, record: Record, inputs: Mapping[str, Record]) -> Schema:
        name = self._name_by_type.get(InputReference(record.name))
        if name is None:
            name = self._free_name(record.name, "Input")
            self._name_by_type[InputReference(record.name)] = name
            # Present before its members are, as they may lead back to it.
            self.components[name] = {}
            made = self._object(
                record,
                {
                    one.name: _with_default(
                        _described(self.of_input(one.type, inputs), one.description),
                        one,
                    )
                    for one in record.members
                },
            )
            made["additionalProperties"] = False
            if record.is_one_of:
                made |= {"minProperties": 1, "maxProperties": 1}
            self.components[name] = made
        return {"$ref": f"{_REFERENCE}{name}"}

    def _object(self, record: Record, properties: Mapping[str, Schema]) -> Schema:
        required = [one.name for one in record.members if one.is_required]
        made: Schema = {"type": "object", "properties": dict(properties)}
        if required:
            made["required"] = required
        return _described(made, record.description)

    def _enumeration(self, one: Enumeration) -> Schema:
        name = self._name_by_type.get(one)
        if name is None:
            name = self._free_name(one.name, "Enum")
            self._name_by_type[one] = name
            made: Schema = {"type": "string", "enum": list(one.values)}
            self.components[name] = _described(made, one.description)
        return {"$ref": f"{_REFERENCE}{name}"}

    def _free_name(self, name: str, operation: str) -> str:
        if name not in self.components:
            return name
        longer = f"{operation}{name}"
        number, free = 1, longer
        while free in self.components:
            number += 1
            free = f"{longer}{number}"
        return free


def sample(one: JSONType, inputs: Mapping[str, Record], depth: int = 0) -> JSON:  # noqa: PLR0911 - one case for each kind
    """A value of a type, for documentation."""
    match without_null(one):
        case Record(members=members):
            return {m.name: sample(m.type, inputs, depth + 1) for m in members}
        case InputReference(name):
            members = inputs[name].members
            return {
                m.name: sample(m.type, inputs, depth + 1)
                for m in members
                if m.is_required
            }
        case Items(item):
            return [sample(item, inputs, depth + 1)]
        case Enumeration(values=values):
            return values[0]
        case Choice(alternatives):
            return sample(alternatives[0], inputs, depth + 1)
        case Scalar(name):
            return _SAMPLES.get(name, "value")
        case _:
            return None


def _or_null(schema: Schema) -> Schema:
    match schema:
        case {"type": str(kind), **rest} if "enum" not in rest:
            return {"type": [kind, "null"], **rest}
        case {"type": list(kinds), **rest}:
            return {"type": [*kinds, "null"], **rest}
        case {} if not schema:
            return {}
        case _:
            return {"anyOf": [schema, {"type": "null"}]}


def _described(schema: Mapping[str, Any], description: str) -> Schema:
    return {**schema, "description": description} if description else dict(schema)


def _with_default(schema: Schema, member: Member) -> Schema:
    # A default of null is what leaving it out means anyway.
    return schema if member.default is None else {**schema, "default": member.default}
