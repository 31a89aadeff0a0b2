"""Cost formulas: sums and products in which a request's variables are the unknowns.

A formula is built once per plan. Whatever does not depend on variables is computed while
it is built (`total`, `times` and `largest` fold constants), so that most operations come
out as a number and the others as a handful of terms. Printed, a formula is what an
operator reads in an explanation: `$first * (1 + 3)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from gateway_graphql.errors import SlicingArgumentsInvalid
from gateway_graphql.execution.shape import holds
from gateway_graphql.planning.plan import AnyOf
from gateway_graphql.request import JSON

Variables: TypeAlias = Mapping[str, JSON]


class Term(Protocol):
    """A part of a formula."""

    def value(self, variables: Variables) -> float:
        """What it comes to with a request's coerced variables."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that no request changes."""

    number: float

    def value(self, variables: Variables) -> float:  # noqa: ARG002 - as every term
        """The number."""
        return self.number

    def __str__(self) -> str:
        return f"{self.number:g}"


ZERO = Constant(0)
ONE = Constant(1)


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms that all apply."""

    terms: tuple[Term, ...]

    def value(self, variables: Variables) -> float:
        """All terms together."""
        return sum([term.value(variables) for term in self.terms])

    def __str__(self) -> str:
        told = [str(term) for term in self.terms if not isinstance(term, OneSlice)]
        return f"({' + '.join(told)})" if len(told) > 1 else "".join(told)


@dataclass(frozen=True, slots=True)
class Product:
    """So many times the same."""

    count: Term
    inner: Term

    def value(self, variables: Variables) -> float:
        """The one times the other."""
        return self.count.value(variables) * self.inner.value(variables)

    def __str__(self) -> str:
        return f"{self.count} * {self.inner}"


@dataclass(frozen=True, slots=True)
class Largest:
    """Terms of which one applies, and nobody knows which."""

    terms: tuple[Term, ...]

    def value(self, variables: Variables) -> float:
        """The largest of the terms."""
        return max([term.value(variables) for term in self.terms])

    def __str__(self) -> str:
        return f"max({', '.join(str(term) for term in self.terms)})"


@dataclass(frozen=True, slots=True)
class When:
    """A term that applies when one of its conditions holds."""

    conditions: AnyOf
    inner: Term

    def value(self, variables: Variables) -> float:
        """The term, or nothing."""
        if any(holds(condition, variables) for condition in self.conditions):
            return self.inner.value(variables)
        return 0

    def __str__(self) -> str:
        conditions = " or ".join(
            " and ".join(
                f"{'' if term.value else 'not '}${term.variable}"
                for term in sorted(condition, key=lambda term: term.variable)
            )
            for condition in self.conditions
        )
        return f"[if {conditions}] {self.inner}"


@dataclass(frozen=True, slots=True)
class Slice:
    """One slicing argument of a field.

    Attributes:
        name: The argument's name, with the members that lead to the number.
        given: The number in the document, if it is there.
        variable: The variable, without `$`, that has the number or contains it.
        members: The way from the variable's value to the number.
        default: What applies when the argument is not given.
    """

    name: str
    given: int | None = None
    variable: str | None = None
    members: tuple[str, ...] = ()
    default: int | None = None

    def number(self, variables: Variables) -> int | None:
        """The number that the request gives, `None` when it gives none."""
        if self.variable is None:
            return self.given
        value = variables.get(self.variable)
        for member in self.members:
            value = value.get(member) if isinstance(value, Mapping) else None
        return value if type(value) is int else None

    def __str__(self) -> str:
        if self.variable is None:
            return str(self.default if self.given is None else self.given)
        return ".".join((f"${self.variable}", *self.members))


def _numbers(slices: tuple[Slice, ...], variables: Variables) -> list[int]:
    """The slicing arguments that are given; without any, those with defaults."""
    given = [n for s in slices if (n := s.number(variables)) is not None]
    return given or [s.default for s in slices if s.default is not None]


@dataclass(frozen=True, slots=True)
class SliceSize:
    """The length of a list, as its slicing arguments say.

    Attributes:
        slices: The arguments; the largest counts.
        otherwise: The length without any of them.
    """

    slices: tuple[Slice, ...]
    otherwise: int

    def value(self, variables: Variables) -> float:
        """The length."""
        if len(self.slices) == 1:
            number = self.slices[0].number(variables)
            if number is not None:
                return max(number, 0)
        numbers = _numbers(self.slices, variables)
        return max(0, *numbers) if numbers else self.otherwise

    def __str__(self) -> str:
        named = [str(s) for s in self.slices if s.variable is not None or s.given]
        return named[0] if len(named) == 1 else f"max({', '.join(named)})"


@dataclass(frozen=True, slots=True)
class OneSlice:
    """Costs nothing, and refuses a field that is not sliced by exactly one argument.

    Attributes:
        coordinate: The field.
        slices: Its slicing arguments.
    """

    coordinate: str
    slices: tuple[Slice, ...]

    def value(self, variables: Variables) -> float:
        """Nothing.

        Raises:
            SlicingArgumentsInvalid: None is given, or several are.
        """
        if (count := self.count(variables)) != 1:
            names = tuple(s.name for s in self.slices)
            raise SlicingArgumentsInvalid(self.coordinate, names, count)
        return 0

    def count(self, variables: Variables) -> int:
        """How many of the arguments are given."""
        return len(_numbers(self.slices, variables))

    def __str__(self) -> str:
        return "0"


@dataclass(frozen=True, slots=True)
class InputWeight:
    """What a value of an input type costs.

    Attributes:
        weight: Of the value itself.
        members: Of an input object's members; shared by all values of the type, since
            input objects may contain themselves.
    """

    weight: float = 0
    members: Mapping[str, InputWeight] = field(
        default_factory=dict, repr=False, compare=False
    )

    def cost(self, value: JSON) -> float:
        """The cost of a coerced value; a list costs what its items cost."""
        if value is None:
            return 0
        if isinstance(value, list | tuple):
            return sum(self.cost(item) for item in value)
        if not isinstance(value, Mapping):
            return self.weight
        return self.weight + sum(
            weight.cost(value[name])
            for name, weight in self.members.items()
            if name in value
        )


@dataclass(frozen=True, slots=True)
class VariableCost:
    """What a variable's value costs as an argument or inside one."""

    variable: str
    weight: InputWeight

    def value(self, variables: Variables) -> float:
        """The cost of the value; nothing when there is none."""
        return self.weight.cost(variables.get(self.variable))

    def __str__(self) -> str:
        return f"cost(${self.variable})"


def total(terms: Iterable[Term]) -> Term:
    """The sum of terms, numbers added up."""
    number: float = 0
    unknown: list[Term] = []
    for term in terms:
        match term:
            case Constant(constant):
                number += constant
            case Sum(inner):
                unknown += inner
            case _:
                unknown.append(term)
    if not unknown:
        return Constant(number)
    if number:
        unknown.insert(0, Constant(number))
    return unknown[0] if len(unknown) == 1 else Sum(tuple(unknown))


def times(count: Term, inner: Term) -> Term:
    """The product of two terms, numbers multiplied."""
    match count, inner:
        case Constant(a), Constant(b):
            return Constant(a * b)
        case Constant(1), _:
            return inner
        case (_, Constant(1)):
            return count
        case (_, Constant(0)):
            return ZERO
        case _:
            return Product(count, inner)


def largest(terms: Iterable[Term]) -> Term:
    """The largest of terms, numbers compared; nothing of no terms."""
    unknown = list(dict.fromkeys(terms))
    numbers = [term.number for term in unknown if isinstance(term, Constant)]
    unknown = [term for term in unknown if not isinstance(term, Constant)]
    if numbers:
        unknown.insert(0, Constant(max(numbers)))
    match unknown:
        case []:
            return ZERO
        case [only]:
            return only
        case _:
            return Largest(tuple(unknown))


def when(conditions: AnyOf, inner: Term) -> Term:
    """A term under conditions, of which none means always."""
    if not conditions or inner == ZERO:
        return inner
    if isinstance(inner, When) and inner.conditions == conditions:
        return inner
    return When(conditions, inner)


def size(slices: tuple[Slice, ...], otherwise: int) -> Term:
    """The length of a list by its slicing arguments, a number where they are known."""
    term = SliceSize(slices, otherwise)
    if any(s.variable is not None for s in slices):
        return term
    return Constant(term.value({}))
