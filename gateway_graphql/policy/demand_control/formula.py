"""Cost formulas: sums and products in which a request's variables are the unknowns.

A formula is built once per plan. Whatever does not depend on variables is computed while
it is built (`total`, `times` and `largest` fold constants), so that most operations come
out as a number and the others as a handful of terms. Printed, a formula is what an
operator reads in an explanation: `$first * (1 + 3)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway_graphql.errors import SlicingArgumentsInvalid
from gateway_graphql.exchange import JSON
from gateway_graphql.language.conditions import holds
from gateway_graphql.planning.plan import AnyCondition
from gateway_graphql.supergraph.input_literals import (
    CoercedValue,
    Known,
    Reader,
    Variables,
    is_given,
)


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
class AtLeastZero:
    """A sum that negative weights may make less than nothing."""

    inner: Term

    def value(self, variables: Variables) -> float:
        """The sum, or nothing."""
        return max(0, self.inner.value(variables))

    def __str__(self) -> str:
        return f"max(0, {self.inner})"


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

    conditions: AnyCondition
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

    What is written counts before the schema's defaults, of arguments and of members, so
    both are read.

    Attributes:
        name: The argument's name, with the members that lead to the number.
        given: Reads what is written, the number or an object around it.
        below: The members that lead from there to the number.
        value: Reads the argument as a resolver gets it.
        path: The members that lead from there to the number.
    """

    name: str
    given: Reader
    below: tuple[str, ...]
    value: Reader
    path: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether no variable changes the number."""
        return isinstance(self.given, Known) and isinstance(self.value, Known)

    def written(self, variables: Variables) -> int | None:
        """The number that the request gives, `None` when it gives none."""
        return _number(self.given.read(variables), self.below)

    def number(self, variables: Variables) -> int | None:
        """The number that the resolver gets, `None` when it gets none."""
        return _number(self.value.read(variables), self.path)

    def __str__(self) -> str:
        if isinstance(self.given, Known):
            return str(self.number({}))
        return ".".join((str(self.given), *self.below))


def _number(value: CoercedValue, path: tuple[str, ...]) -> int | None:
    for member in path:
        value = value.get(member) if isinstance(value, Mapping) else None
    return value if type(value) is int else None


def _numbers(slices: tuple[Slice, ...], variables: Variables) -> list[int]:
    """The slicing arguments that are given; without any, those with defaults."""
    given = [n for s in slices if (n := s.written(variables)) is not None]
    return given or [n for s in slices if (n := s.number(variables)) is not None]


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
            return self.otherwise if number is None else max(number, 0)
        numbers = _numbers(self.slices, variables)
        return max(0, *numbers) if numbers else self.otherwise

    def __str__(self) -> str:
        named = [str(s) for s in self.slices if not s.is_known or s.number({})]
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

    def may_be_negative(self) -> bool:
        """Whether there is a negative weight anywhere in it."""
        met: dict[int, InputWeight] = {}
        waiting = [self]
        while waiting:
            weight = waiting.pop()
            if id(weight) not in met:
                met[id(weight)] = weight
                waiting += weight.members.values()
        return any(weight.weight < 0 for weight in met.values())

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
class ArgumentCost:
    """What an argument's value costs, the parts of it included."""

    reader: Reader
    weight: InputWeight

    def value(self, variables: Variables) -> float:
        """The cost of the value; nothing when there is none."""
        value = self.reader.read(variables)
        return self.weight.cost(value) if is_given(value) else 0

    def __str__(self) -> str:
        return f"cost({self.reader})"


def total(terms: Iterable[Term]) -> Term:
    """The sum of terms, numbers added up."""
    # In one pass: each field of a plan asks for some three sums.
    number: float = 0
    unknown: list[Term] = []
    for term in terms:
        for part in term.terms if isinstance(term, Sum) else (term,):
            if isinstance(part, Constant):
                number += part.number
            else:
                unknown.append(part)
    if not unknown:
        return Constant(number)
    if number:
        unknown.insert(0, Constant(number))
    return unknown[0] if len(unknown) == 1 else Sum(tuple(unknown))


def cost_of(terms: Iterable[Term]) -> Term:
    """The sum of what one field, object or fetch costs: never less than nothing.

    Negative weights take off what stands beside them, and no more (cost specification,
    section 3: a negative sum is rounded up to zero).
    """
    sum_ = total(terms)
    if isinstance(sum_, Constant):
        return Constant(max(0, sum_.number))
    return AtLeastZero(sum_) if _may_be_negative(sum_) else sum_


def _may_be_negative(term: Term) -> bool:
    match term:
        case Constant(number):
            return number < 0
        case ArgumentCost(weight=weight):
            return weight.may_be_negative()
        case Sum(terms) | Largest(terms):
            return any(map(_may_be_negative, terms))
        case Product(inner=inner) | When(inner=inner):
            return _may_be_negative(inner)
        case _:
            return False


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


def when(conditions: AnyCondition, inner: Term) -> Term:
    """A term under conditions, of which none means always."""
    if not conditions or inner == ZERO:
        return inner
    if isinstance(inner, When) and inner.conditions == conditions:
        return inner
    return When(conditions, inner)


def size(slices: tuple[Slice, ...], otherwise: int) -> Term:
    """The length of a list by its slicing arguments, a number where they are known."""
    term = SliceSize(slices, otherwise)
    return Constant(term.value({})) if all(s.is_known for s in slices) else term
