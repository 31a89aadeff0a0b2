"""Operations against a schema, with everything that makes a document hard to read.

What is written may be invalid where response keys meet; then the same is written once
more with an alias of its own for every field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_required_argument,
    parse,
    validate,
)

from tests.world.choices import Choices

ALIASES = ("id", "a", "b", "x", "part", "code", "k", "_0_a", "__typename_")
MOST_SELECTIONS = 25
DIRECTIVES = (
    "@include(if: $yes)",
    "@include(if: $no)",
    "@skip(if: $yes)",
    "@skip(if: $no)",
    "@include(if: $yes) @skip(if: $no)",
    "@skip(if: $no) @include(if: $maybe)",
    "@include(if: true)",
    "@skip(if: true)",
    "@skip(if: $perhaps)",
    "@include(if: $perhaps) @skip(if: $no)",
)
VARIABLES = {
    "$yes": ("Boolean!", True),
    "$no": ("Boolean!", False),
    "$maybe": ("Boolean! = true", None),
    "$perhaps": ("Boolean = false", None),
    "$n": ("Int", 5),
    "$m": ("Int! = 9", None),
    "$s": ("String", "v"),
    "$e": ("E!", "TWO"),
    "$w": ("W", {"n": 2, "e": ["ONE"]}),
    "$v": ("V", {"f": 3, "e": "TWO"}),
    "$o": ("O", {"s": "o"}),
    "$i": ("ID", 9),
    "$representations": ("String", "r"),
}
VALUES = {
    "n": ("1", "$n", "$m", "null"),
    "s": ('"p"', "$s", "$representations"),
    "e": ("ONE", "$e"),
    "w": ("{n: 4}", "$w", "{s: $s, e: [THREE, $e]}"),
    "v": ("{}", "{f: 2}", "{w: {n: 1}, e: THREE, f: null}", "$v", "null"),
    "o": ("{n: 1}", "{w: {s: $s}}", "$o", "null"),
    "i": ("8", '"x"', "$i"),
}
REQUIRED_VALUES = {"n": ("1", "$m")}


@dataclass(slots=True)
class _Field:
    name: str
    alias: str
    arguments: str
    directives: str
    below: list[_Part] = field(default_factory=list)


@dataclass(slots=True)
class _Fragment:
    on: str
    directives: str
    is_named: bool
    below: list[_Part] = field(default_factory=list)


_Part: TypeAlias = "_Field | _Fragment"


@dataclass(frozen=True, slots=True)
class WorldOperation:
    """A document and its variables' values.

    Attributes:
        override_percentage: Where the request falls among those of progressive overrides.
    """

    text: str
    variables: dict[str, object]
    override_percentage: float = 99


def draw_operation(
    choices: Choices,
    schema: GraphQLSchema,
    *,
    mutates: bool = False,
    conditions: int = 12,
) -> WorldOperation:
    """Choose an operation that is valid.

    Args:
        choices: Decide.
        schema: What is asked.
        mutates: Whether it is a mutation.
        conditions: How many percent of fields are under a condition.
    """
    writer = _Writer(choices, schema, conditions)
    root = schema.mutation_type if mutates else schema.query_type
    kind = "mutation" if mutates else "query"
    parts = writer.selections(root, choices.number(1, 4))
    text = _document(parts, kind, is_plain=False)
    if validate(schema, parse(text)):
        text = _document(parts, kind, is_plain=True)
    return _operation(text, 0 if choices.chance(40) else 99)


def _operation(text: str, override_percentage: float = 99) -> WorldOperation:
    used = [name for name in VARIABLES if _uses(text, name)]
    values = {
        name[1:]: VARIABLES[name][1] for name in used if VARIABLES[name][1] is not None
    }
    return WorldOperation(text, values, override_percentage)


def _uses(text: str, name: str) -> bool:
    return any(f"{name}{end}" in text for end in "),] }:")


class _Writer:
    def __init__(
        self, choices: Choices, schema: GraphQLSchema, conditions: int
    ) -> None:
        self._choices = choices
        self._conditions = conditions
        self._schema = schema
        self._left = choices.number(3, MOST_SELECTIONS)

    def selections(
        self, type_: GraphQLNamedType, depth: int, around: int = 0
    ) -> list[_Part]:
        """Selections on a type; at least one."""
        parts: list[_Part] = []
        if isinstance(type_, GraphQLUnionType):
            names = []
        else:
            names = [
                name
                for name, model in type_.fields.items()
                if depth > 0 or not is_composite_type(get_named_type(model.type))
            ]
        for name in self._choices.several(names, 1, max(1, min(4, self._left))):
            parts.append(self._field(type_, name, depth))
            if self._choices.chance(8):
                parts.append(self._field(type_, name, depth))
        narrower = self._narrower(type_)
        many = 60 if not isinstance(type_, GraphQLObjectType) else 6
        for other in narrower:
            if around < 3 and self._left > 0 and self._choices.chance(many):
                below = self.selections(other, depth, around + 1)
                parts.append(
                    _Fragment(
                        other.name,
                        self._directives(10),
                        self._choices.chance(30),
                        below,
                    )
                )
        if not parts or self._choices.chance(25):
            alias = "t" if self._choices.chance(15) else ""
            typename = _Field("__typename", alias, "", self._directives(6))
            parts.insert(self._choices.number(0, len(parts)), typename)
        return parts

    def _narrower(self, type_: GraphQLNamedType) -> list[GraphQLNamedType]:
        """The types that objects here may have, too."""
        own = self._possible(type_)
        return [
            other
            for other in self._schema.type_map.values()
            if is_composite_type(other)
            and not other.name.startswith("__")
            and self._possible(other) & own
        ]

    def _possible(self, type_: GraphQLNamedType) -> set[str]:
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return {t.name for t in self._schema.get_possible_types(type_)}
        return {type_.name}

    def _field(self, type_: GraphQLNamedType, name: str, depth: int) -> _Field:
        model = type_.fields[name]
        self._left -= 1
        depth = depth if self._left > 0 else 1
        alias = self._choices.one(ALIASES) if self._choices.chance(12) else ""
        below: list[_Part] = []
        inner = get_named_type(model.type)
        if is_composite_type(inner):
            below = self.selections(inner, depth - 1)
        given = []
        for argument_name, argument in model.args.items():
            values = VALUES[argument_name]
            if is_required_argument(argument) or str(argument.type).endswith("!"):
                values = REQUIRED_VALUES[argument_name]
            if is_required_argument(argument) or self._choices.chance(60):
                given.append(f"{argument_name}: {self._choices.one(values)}")
        arguments = f"({', '.join(given)})" if given else ""
        return _Field(name, alias, arguments, self._directives(self._conditions), below)

    def _directives(self, percent: int) -> str:
        if not self._choices.chance(percent):
            return ""
        return f" {self._choices.one(DIRECTIVES)}"


def _document(parts: list[_Part], kind: str, *, is_plain: bool) -> str:
    printer = _Printer(is_plain)
    body = printer.selection_set(parts)
    text = " ".join((body, *printer.fragments))
    defined = ", ".join(
        f"{name}: {type_}"
        for name, (type_, _) in VARIABLES.items()
        if _uses(text, name)
    )
    head = f"{kind} ({defined}) " if defined else f"{kind} "
    return " ".join((f"{head}{body}", *printer.fragments))


class _Printer:
    def __init__(self, is_plain: bool) -> None:
        self._is_plain = is_plain
        self._count = 0
        self.fragments: list[str] = []

    def selection_set(self, parts: list[_Part]) -> str:
        return "{ " + " ".join(self._part(part) for part in parts) + " }"

    def _part(self, part: _Part) -> str:
        below = f" {self.selection_set(part.below)}" if part.below else ""
        if isinstance(part, _Fragment):
            if not part.is_named:
                return f"... on {part.on}{part.directives}{below}"
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {part.on}{below}")
            return f"...{name}{part.directives}"
        alias = part.alias
        if self._is_plain:
            self._count += 1
            alias = f"p{self._count}"
        named = f"{alias}: {part.name}" if alias else part.name
        return f"{named}{part.arguments}{part.directives}{below}"
