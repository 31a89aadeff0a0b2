"""Endpoints -> a Python module: a typed client of one class, over httpx.

What all clients have in common (sending, reading, errors) is the text `runtime.txt`;
written here are the types of what goes in and comes out, as dataclasses, and a method for
each endpoint. The module needs nothing but httpx, and may be changed as if written by
hand.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Final

from gateway_graphql.rest.definition.endpoint import Endpoint, Parameter
from gateway_graphql.rest.definition.json_types import (
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
)

_RUNTIME: Final = files("gateway_graphql.rest.describing.clients") / "runtime.txt"
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TAKEN: Final = frozenset(
    {"Client", "ProblemError", "Any", "Iterator", "Literal", "Self", "Union"}
)

_MAX_LINE: Final = 88
_ABSENT: Final = {"UNSET": " | _Unset", "None": " | None"}

_SCALARS: Final[Mapping[str, str]] = {
    "Int": "int",
    "Float": "float",
    "String": "str",
    "ID": "str",
    "Boolean": "bool",
    "DateTime": "str",
    "Date": "str",
    "Time": "str",
    "UUID": "str",
    "Decimal": "str",
}

_HEAD: Final = '''\
"""{title}: a client, written by `gateway-graphql client --python`."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from typing import Any, Literal, Self, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote

import httpx

BASE_URL = {base_url!r}


'''


def python_client(endpoints: Sequence[Endpoint], *, title: str, base_url: str) -> str:
    """Write the module.

    Args:
        endpoints: A method each, in this order.
        title: What its docstring is headed.
        base_url: Where requests go unless the client says otherwise.
    """
    types = _Types()
    methods = [text for one in endpoints for text in _methods(one, types)]
    client = "\n".join(
        [
            "class Client(_Connection):",
            f"    {_docstring(title)}",
            *methods,
        ]
    )
    head = _HEAD.format(title=_line(title), base_url=base_url)
    parts = [
        f"{head}{_RUNTIME.read_text(encoding='utf-8').rstrip()}",
        *types.definitions.values(),
        client,
    ]
    return "\n\n\n".join(parts) + "\n"


class _Types:
    """The classes and aliases of a module, each with a name of its own.

    Attributes:
        definitions: Their texts by name.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, str] = {}
        self._name_by_type: dict[JSONType, str] = {}

    def of(self, one: JSONType, operation: str, inputs: Mapping[str, Record]) -> str:  # noqa: PLR0911 - one case for each kind
        """The annotation of a type."""
        match one:
            case Nullable(inner):
                return f"{self.of(inner, operation, inputs)} | None"
            case Items(item):
                return f"list[{self.of(item, operation, inputs)}]"
            case Choice(alternatives):
                return " | ".join(self.of(x, operation, inputs) for x in alternatives)
            case Record() | Enumeration() | InputReference():
                return self._named(one, operation, inputs)
            case Scalar(name):
                return _SCALARS.get(name, "Any")
            case Null():
                return "None"
            case _:
                return "Any"

    def _named(
        self,
        one: Record | Enumeration | InputReference,
        operation: str,
        inputs: Mapping[str, Record],
    ) -> str:
        name = self._name_by_type.get(one)
        if name is not None:
            return name
        name = self._free_name(one.name, operation)
        self._name_by_type[one] = name
        self.definitions[name] = ""  # keeps the name while members are looked at
        if isinstance(one, Enumeration):
            text = f"{name} = Literal[{', '.join(map(repr, one.values))}]"
        elif isinstance(one, Record):
            text = self._class(name, one, "None", operation, inputs)
        else:
            text = self._class(name, inputs[one.name], "UNSET", operation, inputs)
        # After what it is made of, since an alias must be there before it is used.
        del self.definitions[name]
        self.definitions[name] = text
        return name

    def _class(
        self,
        name: str,
        record: Record,
        absent: str,
        operation: str,
        inputs: Mapping[str, Record],
    ) -> str:
        members = [
            (
                one,
                self.of(one.type, operation, inputs),
                "" if one.is_required else absent,
            )
            for one in record.members
        ]
        return _dataclass(name, record.description, members)

    def _free_name(self, name: str, operation: str) -> str:
        if name not in self.definitions and name not in _TAKEN:
            return name
        longer = f"{operation}{name}"
        number, free = 1, longer
        while free in self.definitions:
            number += 1
            free = f"{longer}{number}"
        return free


def _dataclass(
    name: str, description: str, members: Iterable[tuple[Member, str, str]]
) -> str:
    lines = ["@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)"]
    lines += [f"class {name}:", f"    {_docstring(description or name)}", ""]
    for member, annotation, default in members:
        attribute = _attribute(member.name)
        more = _ABSENT.get(default, "")
        full = (
            annotation
            if annotation.endswith("None") and more == " | None"
            else (f"{annotation}{more}")
        )
        if attribute != member.name:
            given = f"default={default}, " if default else ""
            value = f" = dataclasses.field({given}metadata={{'key': {member.name!r}}})"
        else:
            value = f" = {default}" if default else ""
        lines.append(f"    {attribute}: {full}{value}")
        if member.description:
            lines.append(f"    {_docstring(member.description)}")
    return "\n".join(lines)


def _methods(endpoint: Endpoint, types: _Types) -> list[str]:
    name = _attribute(endpoint.name)
    answer = (
        "None"
        if endpoint.answer is None
        else types.of(endpoint.answer, endpoint.name, endpoint.inputs)
    )
    parameters = _signature(endpoint, types)
    sent = (repr(endpoint.method), _path(endpoint), *_rest(endpoint))
    assigned = "" if answer == "None" else "response = "
    lines = ["", *_wrapped(f"    def {name}", parameters, f" -> {answer}:")]
    lines.append(f"        {_docstring(endpoint.description or endpoint.name)}")
    lines += _wrapped(f"        {assigned}self._send", sent, "")
    if answer != "None":
        lines += [f"        loaded: {answer} = _load({answer}, response.json())"]
        lines += ["        return loaded"]
    if endpoint.pagination is None or endpoint.method != "GET":
        return ["\n".join(lines)]
    pages = [
        "",
        *_wrapped(f"    def {name}_pages", parameters, f" -> Iterator[{answer}]:"),
    ]
    pages.append(
        f"        {_docstring(f'The pages of `{name}`, one after the other.')}"
    )
    paged = (_path(endpoint), _query(endpoint), answer)
    pages += _wrapped("        yield from self._pages", paged, "")
    return ["\n".join(lines), "\n".join(pages)]


def _signature(endpoint: Endpoint, types: _Types) -> list[str]:
    """`self`, what must be given in the path, and the rest by keyword."""
    parts = ["self"]
    parts += [
        f"{_attribute(one.name)}: {types.of(one.type, endpoint.name, endpoint.inputs)}"
        for one in endpoint.in_path
    ]
    in_body = endpoint.body.variables if endpoint.body else ()
    if endpoint.body is not None and endpoint.body.is_whole:
        parts.append(_parameter(in_body[0], endpoint, types))
        in_body = ()
    by_keyword = (*in_body, *endpoint.in_query)
    if by_keyword:
        parts += ["*", *(_parameter(one, endpoint, types) for one in by_keyword)]
    return parts


def _parameter(one: Parameter, endpoint: Endpoint, types: _Types) -> str:
    annotation = types.of(one.type, endpoint.name, endpoint.inputs)
    if one.is_required:
        return f"{_attribute(one.name)}: {annotation}"
    return f"{_attribute(one.name)}: {annotation} | _Unset = UNSET"


def _path(endpoint: Endpoint) -> str:
    text = re.sub(
        r"\{(\w+)\}",
        lambda found: f"{{quote(_text({_attribute(found[1])}), safe='')}}",
        endpoint.path.text,
    )
    return f'f"{text}"' if endpoint.in_path else f'"{text}"'


def _query(endpoint: Endpoint) -> str:
    pairs = ", ".join(
        f"{one.name!r}: {_attribute(one.name)}" for one in endpoint.in_query
    )
    return f"{{{pairs}}}"


def _rest(endpoint: Endpoint) -> list[str]:
    """The arguments of `_send` after the path."""
    arguments = [f"query={_query(endpoint)}"] if endpoint.in_query else []
    if endpoint.body is None:
        return arguments
    variables = endpoint.body.variables
    if endpoint.body.is_whole:
        return [*arguments, f"body={_attribute(variables[0].name)}"]
    members = ", ".join(f"{one.name!r}: {_attribute(one.name)}" for one in variables)
    return [*arguments, f"body={{{members}}}"]


def _wrapped(head: str, arguments: Sequence[str], tail: str) -> list[str]:
    """A definition or a call on one line, or with a line for each argument."""
    line = f"{head}({', '.join(arguments)}){tail}"
    if len(line) <= _MAX_LINE:
        return [line]
    indent = " " * (len(head) - len(head.lstrip()))
    inner = [f"{indent}    {one}," for one in arguments]
    return [f"{head}(", *inner, f"{indent}){tail}"]


def _attribute(name: str) -> str:
    """A name as Python writes it."""
    snake = "_".join(_WORD.split(name)).lower()
    if keyword.iskeyword(snake) or snake in ("self", "response"):
        return f"{snake}_"
    return snake


def _docstring(text: str) -> str:
    return f'"""{_line(text)}"""'


def _line(text: str) -> str:
    """Text inside a docstring: no escapes, no quotes that would end it, no breaks."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', "'")
