"""What pydantic finds wrong with a value, in words for who wrote the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from pydantic_core import ErrorDetails

from gateway_graphql.spelling import meant

_SHOULD_BE: Final[Mapping[str, str]] = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "text",
    "bytes": "text",
    "path": "a path",
    "pattern": "a regular expression",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen": "a list",
    "dict": "keys and values",
    "mapping": "keys and values",
    "model": "keys and values",
    "date": "a date like 2030-01-31",
    "datetime": "a time with its zone, like 2030-01-31T12:00:00Z",
    "timezone": "a time with its zone, like 2030-01-31T12:00:00Z",
}
"""By the first word of pydantic's name for what is wrong."""

_BOUNDS: Final[Mapping[str, str]] = {
    "greater_than_equal": "should be at least {ge}",
    "greater_than": "should be more than {gt}",
    "less_than_equal": "should be at most {le}",
    "less_than": "should be less than {lt}",
    "too_short": "should have at least {min_length} of them",
    "too_long": "should have at most {max_length} of them",
    "string_too_short": "should have at least {min_length} characters",
    "string_too_long": "should have at most {max_length} characters",
}


def worded(problem: ErrorDetails) -> str:
    """What is wrong with a value, to be read after its key; the value is not told."""
    kind, facts = problem["type"], problem.get("ctx", {})
    match kind:
        case "missing":
            return "is required"
        case "value_error":
            return problem["msg"].removeprefix("Value error, ")
        case "literal_error" | "enum":
            return _one_of(problem["input"], str(facts["expected"]))
        case _ if kind in _BOUNDS:
            return _BOUNDS[kind].format(**{k: _told(v) for k, v in facts.items()})
        case _:
            return _should_be(kind, problem["input"])


def is_about_type(problem: ErrorDetails) -> bool:
    """Whether the value is of another kind altogether."""
    return problem["type"].endswith("_type")


def _told(bound: object) -> object:
    """A bound as people write it."""
    if isinstance(bound, float) and bound.is_integer():
        return int(bound)
    return bound


def _should_be(kind: str, value: object) -> str:
    wanted = _SHOULD_BE.get(kind.split("_", maxsplit=1)[0])
    if wanted is None:
        return "is not what belongs here"
    if value is None:
        return f"is empty; it should be {wanted}"
    quote = wanted == "text" and isinstance(value, int | float | date)
    return f"should be {wanted}{'; quote it' if quote else ''}"


def _one_of(value: Any, expected: str) -> str:
    """A choice; pydantic gives it as `'a', 'b' or 'c'`."""
    choices = [name.strip("'") for name in expected.replace(" or ", ", ").split(", ")]
    hint = meant(value, choices) if isinstance(value, str) else ""
    return f"should be one of {', '.join(choices)}{hint}"
