"""Our operations as GraphQL text, compact: what a subgraph is sent.

The text is stable (the same operation gives the same text), so it can be compared,
hashed and cached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway_graphql.language.operation import (
    Argument,
    Condition,
    Directive,
    Field,
    Fragment,
    Operation,
    Selection,
)


def print_operation(operation: Operation) -> str:
    """Print an operation on one line."""
    variables = ", ".join(str(variable) for variable in operation.variables)
    name = f" {operation.name}" if operation.name else ""
    head = f"{operation.kind}{name}{f'({variables})' if variables else ''}"
    return f"{head} {print_selections(operation.selections)}"


def print_selections(selections: Iterable[Selection]) -> str:
    """Print a selection set with its braces, on one line."""
    return f"{{ {' '.join(_print_selection(s) for s in selections)} }}"


def _print_selection(selection: Selection) -> str:
    match selection:
        case Field():
            inner = selection.selections
            return print_field(selection, print_selections(inner) if inner else "")
        case Fragment():
            inner = selection.selections
            return f"... on {selection.type_condition} {print_selections(inner)}"


def print_field(field: Field, selection_set: str = "") -> str:
    """Print a field, its selection set given as text (empty for a leaf)."""
    alias = "" if field.response_key == field.name else f"{field.response_key}: "
    own, outer = _split(field.condition)
    if field.directives:
        own = f"{print_directives(field.directives)}{own}"
    text = f"{alias}{field.name}{print_arguments(field.arguments)}{own}"
    if selection_set:
        text = f"{text} {selection_set}"
    for directive in outer:
        text = f"...{directive} {{ {text} }}"
    return text


def print_directives(directives: Sequence[Directive]) -> str:
    """Print directives, each with a space before it."""
    if not directives:
        return ""
    return "".join(f" @{d.name}{print_arguments(d.arguments)}" for d in directives)


def print_arguments(arguments: Iterable[Argument]) -> str:
    """Print arguments in parentheses, nothing when there are none."""
    given = ", ".join(str(argument) for argument in arguments)
    return f"({given})" if given else ""


def _split(condition: Condition) -> tuple[str, tuple[str, ...]]:
    """The directives that fit on a field, and those that need a fragment around it.

    `@skip` and `@include` may each stand once at a place, so any further term of the
    same kind goes on a fragment of its own.
    """
    own: dict[bool, str] = {}
    outer: list[str] = []
    for term in sorted(condition, key=lambda term: (term.variable, term.value)):
        text = f" @{'include' if term.value else 'skip'}(if: ${term.variable})"
        if own.setdefault(term.value, text) is not text:
            outer.append(text)
    return "".join(own.values()), tuple(outer)
