"""Policies about objects: asked when the object's keys are in the response tree.

Before a fetch for entities and at the end, every object that a policy is about is found
in the response tree, the policy is asked for those that it was not asked for yet, and the
fields it guards are denied. An object whose key never came cannot be judged and is
denied in the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.run.inspection import Denial
from gateway_graphql.execution.run.merging import Tree
from gateway_graphql.language.conditions import holds
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.language.pruning import OnType, Place
from gateway_graphql.policy.authorization.demands import (
    EntityCheck,
    PolicyUse,
    denial_error,
)
from gateway_graphql.policy.authorization.policies import PolicyDesk, PolicyQuestion
from gateway_graphql.supergraph.arguments import Arguments

_Holder: TypeAlias = "dict[str, JSON] | list[JSON]"
_Value: TypeAlias = tuple[_Holder, str | int, tuple[str | int, ...]]
"""What holds a value, where in it, and the value's path in the answer."""


@dataclass(frozen=True, slots=True)
class OpenUse:
    """A use of policies that is not decided yet.

    Attributes:
        use: The use.
        check: Its entity check.
        arguments: What the field is given.
        agreed: Those of its policies that were asked before, and agree.
    """

    use: PolicyUse
    check: EntityCheck
    arguments: Arguments
    agreed: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Case:
    """One object that one use is about; `entity` is `None` while a key is missing."""

    open_use: OpenUse
    value: _Value
    entity: Mapping[str, JSON] | None


class EntityPolicies:
    """Judges the objects of one request."""

    def __init__(
        self,
        desk: PolicyDesk,
        uses: Sequence[OpenUse],
        variables: Mapping[str, JSON],
        possible: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._desk = desk
        self._uses = [u for u in uses if holds(u.check.condition, variables)]
        self._variables = variables
        self._possible = possible

    def anew(self) -> EntityPolicies:
        """The same, with nobody asked yet."""
        desk = self._desk.anew()
        return EntityPolicies(desk, self._uses, self._variables, self._possible)

    async def denials(self, tree: Tree, *, is_complete: bool) -> list[Denial]:
        """What is denied of what is known so far."""
        cases = [case for use in self._uses for case in self._cases(tree, use)]
        known = [case for case in cases if case.entity is not None]
        denied = [case for case in cases if case.entity is None and is_complete]
        agreements = await self._agreements(known)
        denied += [case for case, ok in zip(known, agreements, strict=True) if not ok]
        return [_denial(case) for case in denied]

    async def _agreements(self, cases: Sequence[_Case]) -> list[bool]:
        questions = [
            (name, self._question(case))
            for case in cases
            for name in sorted(case.open_use.check.names)
        ]
        answers = iter(await self._desk.ask(questions))
        agreements = []
        for case in cases:
            asked = sorted(case.open_use.check.names)
            agreed = {name for name in asked if next(answers)} | case.open_use.agreed
            agreements.append(
                any(names <= agreed for names in case.open_use.use.any_of)
            )
        return agreements

    @staticmethod
    def _question(case: _Case) -> PolicyQuestion:
        open_use = case.open_use
        return PolicyQuestion(open_use.use.coordinate, open_use.arguments, case.entity)

    def _cases(self, tree: Tree, open_use: OpenUse) -> Iterator[_Case]:
        check = open_use.check
        for holder, key, path in self._values(tree, check.subject):
            node = holder[key]  # type: ignore[index] # the key is the holder's
            if not isinstance(node, dict) or _named(node) in check.unconcerned:
                continue
            value: _Value = (holder, key, path)
            if not check.is_about_value:
                field = check.place[-1]
                if not isinstance(field, str):
                    raise AssertionError("a place ends at a field")
                value = (node, field, (*path, field))
            yield _Case(open_use, value, _entity(node, check))

    def _values(self, tree: Tree, place: Place) -> Iterator[_Value]:
        """The objects at a place, in the order of the data."""
        first, *rest = place
        if not isinstance(first, str):
            raise AssertionError("there are no fragments on a root type")
        if first in tree:
            yield from self._below(tree, first, (first,), tuple(rest))

    def _below(
        self,
        holder: _Holder,
        key: str | int,
        path: tuple[str | int, ...],
        rest: Place,
    ) -> Iterator[_Value]:
        value: JSON = holder[key]  # type: ignore[index] # the key is the holder's
        if isinstance(value, list):
            for index in range(len(value)):
                yield from self._below(value, index, (*path, index), rest)
        elif not isinstance(value, dict):
            return
        elif not rest:
            yield holder, key, path
        elif isinstance(step := rest[0], OnType):
            if self._applies(step.type_condition, value):
                yield from self._below(holder, key, path, rest[1:])
        elif step in value:
            yield from self._below(value, step, (*path, step), rest[1:])

    def _applies(self, type_condition: str, node: Tree) -> bool:
        """Whether the object may be of a type; only a type of this schema says no."""
        named = _named(node)
        if named is None or named not in self._possible:
            return True
        return not set(self._possible.get(type_condition, ())).isdisjoint(
            self._possible[named]
        )


def _named(node: Tree) -> str | None:
    """The type that an object says it has; a subgraph may send anything there."""
    named = node.get(TYPENAME)
    return named if isinstance(named, str) else None


def _entity(node: Tree, check: EntityCheck) -> Mapping[str, JSON] | None:
    entity: dict[str, JSON] = {
        TYPENAME: check.object_type or _named(node) or check.type_name
    }
    for name, key in check.keys:
        value = node.get(key)
        if value is None:
            return None
        entity[name] = value
    return entity


def _denial(case: _Case) -> Denial:
    check = case.open_use.check
    return Denial(*case.value, denial_error(check.place, check.path))
