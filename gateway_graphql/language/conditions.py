"""What the conditions of `@skip` and `@include` mean, for all who ask.

What is fetched, answered, charged and costed must be the same selections, so there is one
meaning: a term holds when its variable is `true` or is not, as the term says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import Condition, Field, Selection, VariableIs


def holds(condition: Condition, variables: Mapping[str, JSON]) -> bool:
    """Whether all terms of a condition hold."""
    return all(
        (variables.get(term.variable) is True) == term.value for term in condition
    )


def any_holds(conditions: tuple[Condition, ...], variables: Mapping[str, JSON]) -> bool:
    """Whether one of some conditions holds, or there is none to hold."""
    return not conditions or any(holds(one, variables) for one in conditions)


def can_hold(condition: Condition) -> bool:
    """Whether no two terms of a condition contradict each other."""
    return not any(
        VariableIs(term.variable, not term.value) in condition for term in condition
    )


def condition_variables(selections: Iterable[Selection]) -> set[str]:
    """The variables that decide about selections, at any depth."""
    variables: set[str] = set()
    # By identity, since equal selections are one object wherever they stand.
    met: dict[int, Selection] = {}
    waiting = list(selections)
    while waiting:
        selection = waiting.pop()
        if id(selection) in met:
            continue
        met[id(selection)] = selection
        if isinstance(selection, Field):
            variables.update(term.variable for term in selection.condition)
        waiting.extend(selection.selections)
    return variables
