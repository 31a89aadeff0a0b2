"""Coerce variables, by a coercer compiled once per operation.

This is CoerceVariableValues (specification section 6.1.2) with the input coercion of
section 3. Values stay JSON: a gateway sends them on. Every problem is reported, each with
the variable, the place inside it, what was expected and what was given.

What clients do not know (inaccessible input fields and enum values) does not exist here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from gateway_graphql.errors import (
    ErrorDetail,
    Location,
    VariableProblem,
    VariablesInvalid,
)
from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import Operation, VariableDefinition
from gateway_graphql.language.type_reference import NonNullType
from gateway_graphql.supergraph.input_coercion import (
    Coerce,
    InputCoercion,
    InputProblem,
    InputProblems,
)
from gateway_graphql.supergraph.model import Supergraph

Coercer: TypeAlias = Callable[[Mapping[str, JSON]], dict[str, JSON]]
"""Raw variables -> coerced ones; raises `VariablesInvalid`."""

_MAX_GIVEN_LENGTH: Final = 60
_NOWHERE: Final[Mapping[str, Location]] = MappingProxyType({})


def compile_coercer(
    operation: Operation,
    supergraph: Supergraph,
    places: Mapping[str, Location] = _NOWHERE,
) -> Coercer:
    """Compile the coercer of an operation's variables.

    Args:
        operation: Whose variables.
        supergraph: What knows their types.
        places: Where the document defines them, for errors to tell.

    The coercer gives every variable that has a value; one that the client left out and
    that has no default is left out. It raises `VariablesInvalid` with one detail per
    problem.
    """
    coercion = InputCoercion(supergraph)
    variables = tuple(
        _Variable(definition, coercion) for definition in operation.variables
    )
    if not variables:
        return _nothing

    def coerce(given: Mapping[str, JSON]) -> dict[str, JSON]:
        coerced: dict[str, JSON] = {}
        problems: list[VariableProblem] = []
        for variable in variables:
            problems.extend(variable.coerce_into(coerced, given))
        if problems:
            raise VariablesInvalid(
                [_detail(one, places.get(one.variable)) for one in problems], problems
            )
        return coerced

    return coerce


def _nothing(_given: Mapping[str, JSON]) -> dict[str, JSON]:
    return {}


class _Variable:
    """One variable: its definition, and how its values are coerced."""

    def __init__(self, definition: VariableDefinition, coercion: InputCoercion) -> None:
        self._name = definition.name
        self._type = definition.type
        self._is_nullable = not isinstance(definition.type, NonNullType)
        self._coerce: Coerce = coercion.coerce(definition.type)
        self._has_default = definition.default is not None
        self._default: JSON = None
        if definition.default is not None:
            self._default = coercion.literal(definition.default, definition.type)

    def coerce_into(
        self, coerced: dict[str, JSON], given: Mapping[str, JSON]
    ) -> list[VariableProblem]:
        if self._name not in given:
            return self._left_out(coerced)
        problems = InputProblems()
        try:
            coerced[self._name] = self._coerce(given[self._name], (), problems)
        except RecursionError:
            return [self._problem("it is nested too deeply")]
        return [self._problem_at(problem) for problem in problems]

    def _left_out(self, coerced: dict[str, JSON]) -> list[VariableProblem]:
        if self._has_default:
            coerced[self._name] = self._default
        elif not self._is_nullable:
            return [self._problem(f"a value of type {self._type} is required")]
        return []

    def _problem_at(self, problem: InputProblem) -> VariableProblem:
        return VariableProblem(
            self._name, problem.path, f"{problem.expected}, got {shown(problem.given)}"
        )

    def _problem(self, reason: str) -> VariableProblem:
        return VariableProblem(self._name, (), reason)


def _detail(problem: VariableProblem, defined: Location | None) -> ErrorDetail:
    place = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.path
    )
    name = problem.variable
    at = f" at ${name}{place}" if place else ""
    return ErrorDetail(
        f'Variable "${name}" is invalid: {problem.reason}{at}.',
        VariablesInvalid.code,
        locations=() if defined is None else (defined,),
    )


def shown(value: JSON) -> str:
    """A value as a message shows it: its kind if it has parts, shortened otherwise."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "an object"
        case list():
            return "a list"
        case str():
            cut = value[:_MAX_GIVEN_LENGTH]
            return f'"{cut}"' if cut == value else f'"{cut}..."'
        case _:
            return _shown_number(value)


def _shown_number(value: float) -> str:
    try:
        text = str(value)
    except ValueError:  # CPython refuses to print integers of thousands of digits
        return "a very large number"
    return text if len(text) <= _MAX_GIVEN_LENGTH else f"{text[:_MAX_GIVEN_LENGTH]}..."
