"""A plan for people and programs: text, JSON and Mermaid.

The text hangs each fetch under the last one that it waits for, so that the longest
chain reads from left to right; what else it waits for is named. Texts are stable: the
same plan gives the same text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from graphql import parse, print_ast

from gateway_graphql.planning.plan import (
    EACH,
    AnyCondition,
    ContextValue,
    EntityInput,
    FetchNode,
    Path,
    QueryPlan,
    RepresentationField,
)


def render_text(plan: QueryPlan) -> str:
    """The plan as an indented tree."""
    if plan.unreachable:
        names = ", ".join(field.answer_key for field in plan.unreachable)
        return f"No requests: no way leads to all that is selected in {names}.\n"
    if not plan.fetches:
        return "No requests: the gateway answers this operation itself.\n"
    lines = [headline(plan), ""]
    for fetch in plan.fetches:
        if not fetch.after:
            lines += _tree(plan, fetch, indent="")
    return "\n".join(lines) + "\n"


def headline(plan: QueryPlan) -> str:
    """What the plan costs, in one line."""
    number = len(plan.fetches)
    requests = "1 request" if number == 1 else f"{number} requests"
    return f"{requests}, {plan.depth} in the longest chain"


def _tree(plan: QueryPlan, fetch: FetchNode, indent: str) -> Iterator[str]:
    yield f"{indent}[{fetch.id}] {fetch.subgraph}{_waits(fetch)}{_when(fetch.when)}"
    body = indent + "    "
    if fetch.at:
        yield f"{body}at {path_text(fetch.at)}"
    for entity in fetch.entities:
        yield from (f"{body}{line}" for line in _entity(entity))
    for value in fetch.context:
        yield f"{body}{_context(fetch, value)}"
    yield from (f"{body}{line}" for line in _pretty(fetch))
    for rename in fetch.renames:
        where = path_text(rename.path) or "the root"
        yield f"{body}rename {rename.alias} to {rename.key} at {where}"
    for child in plan.fetches:
        if child.after and child.after[-1] == fetch.id:
            yield from _tree(plan, child, body)


def _waits(fetch: FetchNode) -> str:
    others = fetch.after[:-1]
    if not others:
        return ""
    return f" (also after {', '.join(f'[{other}]' for other in others)})"


def _when(when: AnyCondition) -> str:
    return f" if {condition_text(when)}" if when else ""


def condition_text(when: AnyCondition) -> str:
    """When a fetch is sent; empty for always."""
    alternatives = (
        " and ".join(
            f"{'' if term.value else 'not '}${term.variable}"
            for term in sorted(condition, key=lambda term: term.variable)
        )
        for condition in when
    )
    return " or ".join(alternatives)


def _entity(entity: EntityInput) -> Iterator[str]:
    typename = entity.typename or "its own type"
    needs = " ".join(("__typename", *_fields_text(entity.requires)))
    name = "" if entity.alias == "_entities" else f"{entity.alias}: "
    for path in entity.paths:
        yield f"{name}for {path_text(path)} as {typename}{_when(entity.when)}"
    yield f"{' ' * len(name)}with {{ {needs} }}"


def _context(fetch: FetchNode, value: ContextValue) -> str:
    # Steps count list items, too; keys do not.
    above = fetch.entities[0].paths[0]
    steps = [step for step in above if isinstance(step, str)][: value.steps]
    path = ".".join(step for step in steps if step != EACH) or "the root"
    fields = " ".join(_fields_text(value.value))
    return f"${value.variable} from {path} {{ {fields} }}"


def _fields_text(fields: Iterable[RepresentationField]) -> Iterator[str]:
    for field in fields:
        name = field.name if field.name == field.key else f"{field.name} <- {field.key}"
        below = " ".join(_fields_text(field.fields))
        text = f"{name} {{ {below} }}" if below else name
        on_types = field.on_types
        yield text if on_types is None else f"... on {'|'.join(on_types)} {{ {text} }}"


def _pretty(fetch: FetchNode) -> list[str]:
    return print_ast(parse(fetch.operation.text, no_location=True)).splitlines()


def path_text(path: Path) -> str:
    """A path as text, steps joined by dots; empty for the root."""
    return ".".join(str(step) for step in path)


def render_json(plan: QueryPlan) -> str:
    """The plan as JSON: `{"fetches": [...]}`, one element per HTTP request."""
    return json.dumps({"fetches": [as_dict(fetch) for fetch in plan.fetches]}, indent=2)


def as_dict(fetch: FetchNode) -> dict[str, object]:
    """A fetch as JSON. Of several places the first one stands for all."""
    paths = [path for entity in fetch.entities for path in entity.paths]
    return {
        "id": fetch.id,
        "subgraph": fetch.subgraph,
        "kind": fetch.kind,
        "path": path_text(paths[0] if paths else fetch.at),
        "after": list(fetch.after),
        "operation": fetch.operation.text,
    }


def render_mermaid(plan: QueryPlan) -> str:
    """The plan as a Mermaid flow chart: fetches, and what waits for what."""
    lines = ["flowchart LR", "  client([client])"]
    for fetch in plan.fetches:
        lines.append(f'  f{fetch.id}["{_label(fetch)}"]')
        lines += [f"  f{other} --> f{fetch.id}" for other in fetch.after]
        if not fetch.after:
            lines.append(f"  client --> f{fetch.id}")
    return "\n".join(lines) + "\n"


def _label(fetch: FetchNode) -> str:
    """Number and subgraph, then a line for every place; no place is the root."""
    paths = [path for entity in fetch.entities for path in entity.paths] or [fetch.at]
    places = dict.fromkeys(path_text(path) or fetch.operation.kind for path in paths)
    head = f"{fetch.id}: {fetch.subgraph}{_when(fetch.when)}"
    return "<br/>".join(_escaped(line) for line in (head, *places))


def _escaped(text: str) -> str:
    """Text as Mermaid's entity codes; everything that it could take for syntax."""
    return "".join(
        char if char.isalnum() or char in " .:_-@$" else f"#{ord(char)};"
        for char in text
    )
