"""Which rules a document has to be held to.

Validation is the dearest part of preparing an operation, and some rules cannot be broken
by what a document does not contain; those are left out. All others are the rules of the
specification (section 5), as graphql-core has them.
"""

from __future__ import annotations

from typing import Final

from graphql import (
    ASTValidationRule,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    UniqueVariableNamesRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    specified_rules,
)
from graphql.validation import (
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    StreamDirectiveOnListField,
)

_ABOUT_STREAMS: Final = (
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    StreamDirectiveOnListField,
)
"""An API schema has neither `@defer` nor `@stream`: they are unknown directives."""

_ABOUT_VARIABLES: Final = (
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    UniqueVariableNamesRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
)

RULES: Final[tuple[type[ASTValidationRule], ...]] = tuple(
    rule for rule in specified_rules if rule not in _ABOUT_STREAMS
)

_WITHOUT_VARIABLES: Final = tuple(
    rule for rule in RULES if rule not in _ABOUT_VARIABLES
)


def rules_for(text: str) -> tuple[type[ASTValidationRule], ...]:
    """The rules that a document may break.

    Without a dollar sign there is no variable, and five rules are about nothing else.
    They take a third of the time: 8 of 25 ms for a document of 400 fields (`python -m
    benchmarks.planning`).
    """
    return RULES if "$" in text else _WITHOUT_VARIABLES
