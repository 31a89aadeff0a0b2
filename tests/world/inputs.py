"""Input types, the literals and variables that are valid for them, and who gets them.

One subgraph has one field `report`, whose resolver keeps the arguments that graphql-core
gives it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphql import build_schema, execute_sync, parse

from gateway_graphql.transport.mock import MockTransport
from tests.world.choices import Choices

LEAVES = ("Int", "Float", "String", "ID", "Boolean", "Color", "Any")
LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@policy", "@inaccessible", "@cost"])
"""
LONG_NUMBER = "9" * 5_000
LITERALS = {
    "Int": ("0", "7", "-3"),
    "Float": ("1", "2.5", "1e3", "9007199254740993"),
    "String": ('"a"', '""', '"""b"""', '"7"'),
    "ID": ("7", '"7"', LONG_NUMBER),
    "Boolean": ("true", "false"),
    "Color": ("RED", "GREEN"),
    "Any": ("1", '"a"', "RED", "2.5", "null", "[1, [2]]", "{a: {b: [true]}}"),
}
VALUES = {
    "Int": (0, 7, -3, 5.0),
    "Float": (1, 2.5, 1000),
    "String": ("a", "", "7"),
    "ID": (7, "7", LONG_NUMBER),
    "Boolean": (True, False),
    "Color": ("RED", "GREEN"),
    "Any": (1, "a", 2.5, None, [1, [2]], {"a": {"b": [True]}}),
}


@dataclass(frozen=True, slots=True)
class InputField:
    """An argument or an input field.

    Attributes:
        wrapped: Its type as written.
        default: As written; `None` without one.
    """

    name: str
    wrapped: str
    default: str | None = None
    is_hidden: bool = False

    def __str__(self) -> str:
        default = "" if self.default is None else f" = {self.default}"
        hidden = " @inaccessible" if self.is_hidden else ""
        weight = f" @cost(weight: {len(self.name) + len(self.wrapped)})"
        return f"{self.name}: {self.wrapped}{default}{hidden}{weight}"

    @property
    def may_be_left_out(self) -> bool:
        return not self.wrapped.endswith("!") or self.default is not None


@dataclass(slots=True)
class Inputs:
    """A schema of inputs as it grows, and an operation on it.

    Attributes:
        objects: The input objects so far; each knows those before it.
        declared: The operation's variables, as they are declared.
        given: Their values in the request.
    """

    choices: Choices
    objects: dict[str, list[InputField]] = field(default_factory=dict)
    arguments: list[InputField] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def drawn(cls, draw) -> Inputs:
        inputs = cls(Choices(draw))
        for index in range(inputs.choices.number(0, 3)):
            inputs.objects[f"In{index}"] = inputs._fields("f")
        inputs.arguments = [
            f for f in inputs._fields("a") if not f.is_hidden or f.default is not None
        ]
        return inputs

    def sdl(self) -> str:
        objects = "\n".join(
            f"input {name} {{ {' '.join(map(str, fields))} }}"
            for name, fields in self.objects.items()
        )
        arguments = ", ".join(map(str, self.arguments))
        return f"""{LINK}
          type Query {{ report({arguments}): Int @policy(policies: [["seen"]]) }}
          enum Color {{ RED GREEN }}
          scalar Any
          {objects}
        """

    def operation(self) -> str:
        """An operation that gives some of the arguments; its variables are in `given`."""
        arguments = self._members(self.arguments, with_variables=True)
        selected = f"report({', '.join(arguments)})" if arguments else "report"
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        return f"query {declared} {{ {selected} }}"

    def _fields(self, prefix: str) -> list[InputField]:
        made = []
        for index in range(self.choices.number(1, 3)):
            wrapped = self._wrapped()
            default = None
            if self.choices.chance(40):
                default = self._literal(wrapped, with_variables=False)
            is_hidden = default is not None and index > 0 and self.choices.chance(20)
            made.append(InputField(f"{prefix}{index}", wrapped, default, is_hidden))
        return made

    def _wrapped(self) -> str:
        wrapped = self.choices.one((*LEAVES, *self.objects))
        for _ in range(self.choices.number(0, 2)):
            wrapped = f"[{wrapped}]" if self.choices.chance(60) else wrapped
            if self.choices.chance(30) and not wrapped.endswith("!"):
                wrapped += "!"
        return wrapped

    def _literal(self, wrapped: str, *, with_variables: bool) -> str:
        if not wrapped.endswith("!") and self.choices.chance(10):
            return "null"
        wrapped = wrapped.removesuffix("!")
        if wrapped.startswith("["):
            item = wrapped[1:-1]
            if not item.endswith("!") and self.choices.chance(30):
                return self._literal(item + "!", with_variables=False)
            items = [
                self._place(InputField("", item), with_variables=with_variables)
                for _ in range(self.choices.number(0, 2))
            ]
            return f"[{', '.join(items)}]"
        if wrapped in self.objects:
            fields = self.objects[wrapped]
            members = self._members(fields, with_variables=with_variables)
            return f"{{{', '.join(members)}}}"
        if wrapped == "Any" and with_variables and self.choices.chance(30):
            return f"{{x: {self._variable('Any!')}}}"
        return self.choices.one(LITERALS[wrapped])

    def _members(self, fields: list[InputField], *, with_variables: bool) -> list[str]:
        return [
            f"{f.name}: {self._place(f, with_variables=with_variables)}"
            for f in fields
            if not f.is_hidden and not (f.may_be_left_out and self.choices.chance(40))
        ]

    def _place(self, at: InputField, *, with_variables: bool) -> str:
        if with_variables and self.choices.chance(35):
            is_loose = at.default is not None and self.choices.chance(50)
            return self._variable(at.wrapped.removesuffix("!" if is_loose else ""))
        literal = self._literal(at.wrapped, with_variables=with_variables)
        if literal == "null" and at.wrapped == "Any!":  # which is no null
            return "1"
        return literal

    def _variable(self, wrapped: str) -> str:
        name = f"v{len(self.declared)}"
        default = ""
        if self.choices.chance(20):
            default = f" = {self._literal(wrapped, with_variables=False)}"
        self.declared.append(f"${name}: {wrapped}{default}")
        can_be_left_out = default or not wrapped.endswith("!")
        if not (can_be_left_out and self.choices.chance(40)):
            self.given[name] = self._value(wrapped)
        return f"${name}"

    def _value(self, wrapped: str) -> Any:
        # A null where a default would do is another matter: it is an error there.
        wrapped = wrapped.removesuffix("!")
        if wrapped.startswith("["):
            item = wrapped[1:-1]
            if self.choices.chance(30):
                return self._value(item)
            return [self._value(item) for _ in range(self.choices.number(0, 2))]
        if wrapped in self.objects:
            return {
                f.name: self._value(f.wrapped)
                for f in self.objects[wrapped]
                if not f.is_hidden
                and not (f.may_be_left_out and self.choices.chance(40))
            }
        value = self.choices.one(VALUES[wrapped])
        return 1 if value is None else value


class Recording:
    """The subgraph: keeps the arguments that its resolver is called with."""

    def __init__(self, sdl: str) -> None:
        self._schema = build_schema(sdl, assume_valid_sdl=True)
        self.received: list[dict[str, Any]] = []

    def transport(self) -> MockTransport:
        return MockTransport(self._answer)

    def _answer(self, request) -> dict[str, Any]:
        class Root:
            def report(_self, _info, **arguments) -> int:  # noqa: N805 - a root value
                self.received.append(arguments)
                return 1

        result = execute_sync(
            self._schema,
            parse(request.query),
            root_value=Root(),
            variable_values=dict(request.variables),
        )
        return {
            "data": result.data,
            "errors": [error.formatted for error in result.errors or ()],
        }
