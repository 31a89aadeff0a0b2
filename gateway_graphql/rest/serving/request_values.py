"""What an HTTP request gives -> raw values of the operation's variables.

Paths and query strings are text, so text becomes what the variable's type wants where it
can; where it cannot, it stays text, and the gateway's own coercion says what is wrong
with it, as it does for any request. Only what GraphQL would not see is refused here:
parameters and members that are not there, and values given twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from gateway_graphql.errors import MalformedRequest, VariableProblem
from gateway_graphql.exchange import JSON
from gateway_graphql.rest.definition.endpoint import Body, Endpoint, Parameter
from gateway_graphql.rest.definition.input_types import members_of
from gateway_graphql.rest.definition.json_types import (
    InputReference,
    Items,
    JSONType,
    Record,
    Scalar,
    without_null,
)
from gateway_graphql.supergraph.input_coercion import MAX_PROBLEMS
from gateway_graphql.wire.json_body import NESTED_TOO_DEEPLY, decoded

RequestPart: TypeAlias = Literal["path", "query", "body"]
Pairs: TypeAlias = Sequence[tuple[str, str]]

_MAX_QUERY_FIELDS: Final = 100
_PLAIN: Final = re.compile(rb"[A-Za-z0-9_.~=-]+(&[A-Za-z0-9_.~=-]+){0,30}")
"""A query string in which nothing is encoded, and which need only be split."""

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_body_decoder: Final = msgspec.json.Decoder()
_BOOLEANS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """What is wrong with a value of an HTTP request.

    Attributes:
        place: Where it is given.
        name: The parameter; a JSON pointer for the body.
        reason: What was expected, and what was given.
    """

    place: RequestPart
    name: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """The entry of a problem's `errors`."""
        key = "pointer" if self.place == "body" else "name"
        return {"in": self.place, key: self.name, "detail": self.reason}


class ValuesInvalid(Exception):
    """Values of a request are wrong in ways that GraphQL would not see.

    Attributes:
        problems: All of them.
        variables: The values that could be read nevertheless.
    """

    def __init__(
        self, problems: Sequence[ValueProblem], variables: Mapping[str, JSON]
    ) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)
        self.variables = variables


class _Problems:
    """Problems as they are found; at most `MAX_PROBLEMS` are kept.

    Attributes:
        found: Those that are.
    """

    def __init__(self) -> None:
        self.found: list[ValueProblem] = []

    def note(self, place: RequestPart, name: str, reason: str) -> None:
        """Add a problem."""
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(ValueProblem(place, name, reason))


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a query parameter's text goes.

    Attributes:
        variable: The variable.
        member: The member of its input object, if it is one.
        convert: Makes a value of a text.
        is_list: Whether it may be given several times.
    """

    variable: str
    member: str | None
    convert: Callable[[str], JSON]
    is_list: bool


class RequestReader:
    """Reads the values of one endpoint's variables."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._in_path = tuple(
            (one.name, _conversion(one.type)) for one in endpoint.in_path
        )
        self._slots = {
            name: slot
            for parameter in endpoint.in_query
            for name, slot in _slots(parameter, endpoint.inputs)
        }
        self._body = endpoint.body
        self._members = {
            one.name: one.type
            for one in (endpoint.body.variables if endpoint.body else ())
        }
        self._listed = _Listed(endpoint.inputs)
        self._has_lists = any(map(self._listed.has_lists, self._members.values()))
        self._place_by_variable: dict[str, RequestPart] = {
            **{one.name: "path" for one in endpoint.in_path},
            **{one.name: "query" for one in endpoint.in_query},
            **dict.fromkeys(self._members, "body"),
        }

    def read(
        self, in_path: Sequence[str], pairs: Pairs, body: bytes
    ) -> dict[str, JSON]:
        """The variables that a request gives.

        Raises:
            MalformedRequest: The body is not JSON.
            ValuesInvalid: Something is given that has no place.
        """
        problems = _Problems()
        variables: dict[str, JSON] = {
            name: convert(text)
            for (name, convert), text in zip(self._in_path, in_path, strict=True)
        }
        if pairs:
            self._read_query(pairs, variables, problems)
        if self._body is not None:
            try:
                self._read_body(self._body, body, variables, problems)
            except RecursionError:
                raise MalformedRequest(NESTED_TOO_DEEPLY) from None
        if problems.found:
            raise ValuesInvalid(problems.found, variables)
        return variables

    def located(self, problem: VariableProblem) -> ValueProblem:
        """A problem of a variable as one of the HTTP request."""
        name = problem.variable
        match self._place_by_variable.get(name, "query"):
            case "body":
                is_whole = self._body is not None and self._body.is_whole
                path = problem.path if is_whole else (name, *problem.path)
                return ValueProblem("body", pointer(path), problem.reason)
            case "query" if problem.path and isinstance(problem.path[0], str):
                return ValueProblem(
                    "query", f"{name}[{problem.path[0]}]", problem.reason
                )
            case place:
                return ValueProblem(place, name, problem.reason)

    def place_of(self, name: str) -> ValueProblem | None:
        """Where a variable of that name is given, if there is one; without a reason."""
        if name not in self._place_by_variable:
            return None
        return self.located(VariableProblem(name, (), ""))

    def _read_query(
        self, pairs: Pairs, variables: dict[str, JSON], problems: _Problems
    ) -> None:
        for name, text in pairs:
            slot = self._slots.get(name)
            if slot is None:
                problems.note("query", name[:60], "there is no such parameter")
                continue
            target = variables
            key = slot.variable
            if slot.member is not None:
                inner = variables.setdefault(slot.variable, {})
                if not isinstance(inner, dict):
                    raise AssertionError("an input object is filled by member")
                target, key = inner, slot.member
            value = slot.convert(text)
            if slot.is_list:
                values = target.setdefault(key, [])
                if isinstance(values, list):
                    values.append(value)
            elif key in target:
                problems.note("query", name, "it is given twice")
            else:
                target[key] = value

    def _read_body(
        self,
        expected: Body,
        body: bytes,
        variables: dict[str, JSON],
        problems: _Problems,
    ) -> None:
        if not body:
            if expected.is_required:
                problems.note("body", "#", "a JSON body is required")
            return
        value = body_of(body)
        if expected.is_whole:
            given: Mapping[str, JSON] = {expected.variables[0].name: value}
        elif isinstance(value, dict):
            given = value
        else:
            problems.note("body", "#", "expected an object")
            return
        for name, member in given.items():
            if name not in self._members:
                problems.note("body", pointer((name[:60],)), "there is no such member")
                continue
            variables[name] = member
            if self._has_lists:
                at = () if expected.is_whole else (name,)
                self._check_lists(self._members[name], member, at, problems)

    def _check_lists(
        self,
        expected: JSONType,
        value: JSON,
        path: tuple[str | int, ...],
        problems: _Problems,
    ) -> None:
        """GraphQL takes one value for a list of it; what is described here does not."""
        match without_null(expected):
            case Items(item):
                if isinstance(value, list):
                    if self._listed.has_lists(item):
                        for index, one in enumerate(value):
                            self._check_lists(item, one, (*path, index), problems)
                elif value is not None:
                    problems.note("body", pointer(path), "expected a list")
            case InputReference(name):
                if isinstance(value, dict):
                    for member, inner in self._listed.members[name]:
                        if member in value:
                            at = (*path, member)
                            self._check_lists(inner, value[member], at, problems)


class _Listed:
    """Which members of input objects have lists in them, at any depth.

    Attributes:
        members: Name and type of those members, by the input object's name.
    """

    def __init__(self, inputs: Mapping[str, Record]) -> None:
        self._inputs = inputs
        self.members = {
            name: tuple(
                (one.name, one.type)
                for one in record.members
                if self.has_lists(one.type)
            )
            for name, record in inputs.items()
        }

    def has_lists(self, given: JSONType, seen: frozenset[str] = frozenset()) -> bool:
        """Whether values of a type have lists in them."""
        match without_null(given):
            case Items():
                return True
            case InputReference(name) if name not in seen:
                return any(
                    self.has_lists(member.type, seen | {name})
                    for member in self._inputs[name].members
                )
            case _:
                return False


def query_pairs(query_string: bytes) -> Pairs:
    """The names and values of a query string.

    Raises:
        MalformedRequest: It is not URL-encoded UTF-8, or has too many of them.
    """
    if not query_string:
        return ()
    if _PLAIN.fullmatch(query_string):
        pieces = (piece.partition("=") for piece in query_string.decode().split("&"))
        return [(name, text) for name, _, text in pieces]
    try:
        return parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_QUERY_FIELDS,
        )
    except ValueError as error:
        raise MalformedRequest(
            "The query string is not URL-encoded UTF-8, or too long."
        ) from error


def body_of(text: bytes) -> JSON:
    """A JSON body.

    Raises:
        MalformedRequest: It is none.
    """
    value: JSON = decoded(_body_decoder, text, lambda _: None)
    return value


def pointer(path: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) as a URI fragment."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "#" + "".join(f"/{step}" for step in steps)


def _slots(
    parameter: Parameter, inputs: Mapping[str, Record]
) -> Sequence[tuple[str, _Slot]]:
    plain = without_null(parameter.type)
    if not isinstance(plain, InputReference):
        return [(parameter.name, _slot(parameter.name, None, plain))]
    return [
        (f"{parameter.name}[{one.name}]", _slot(parameter.name, one.name, one.type))
        for one in members_of(plain, inputs)
    ]


def _slot(variable: str, member: str | None, given: JSONType) -> _Slot:
    plain = without_null(given)
    if isinstance(plain, Items):
        return _Slot(variable, member, _conversion(plain.item), is_list=True)
    return _Slot(variable, member, _conversion(plain), is_list=False)


def _conversion(given: JSONType) -> Callable[[str], JSON]:
    match without_null(given):
        case Scalar("Int"):
            return _to_integer
        case Scalar("Float"):
            return _to_number
        case Scalar("Boolean"):
            return _to_boolean
        case _:
            return _as_it_is


def _to_integer(text: str) -> JSON:
    return int(text) if _INTEGER.fullmatch(text) else text


def _to_number(text: str) -> JSON:
    return float(text) if _NUMBER.fullmatch(text) else text


def _to_boolean(text: str) -> JSON:
    return _BOOLEANS.get(text, text)


def _as_it_is(text: str) -> JSON:
    return text
