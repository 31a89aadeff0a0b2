"""An explanation for people and programs: text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from gateway_graphql.planning.explaining.explain import (
    Alternative,
    Brought,
    Explanation,
    PassedOn,
    PlanCost,
    Reason,
    Role,
)
from gateway_graphql.planning.plan import FetchNode
from gateway_graphql.planning.render import as_dict, headline, path_text

_WIDTH = 76


def render_explanation(explanation: Explanation) -> str:
    """The reasons, fetch by fetch, as indented text."""
    plan = explanation.plan
    if not plan.fetches:
        return "No requests: the gateway answers this operation itself.\n"
    lines = [headline(plan)]
    for reason in explanation.reasons:
        lines += ["", *_reason(reason, explanation.cost)]
    return "\n".join(lines) + "\n"


def _reason(reason: Reason, cost: PlanCost) -> Iterator[str]:
    yield _head(reason.fetch)
    by_others: dict[tuple[str, ...], list[Brought]] = {}
    for field in reason.brings:
        by_others.setdefault(field.also_in, []).append(field)
    for others, fields in by_others.items():
        verdict = f"({_named(others)} could, too)" if others else "(nobody else could)"
        paths = dict.fromkeys(field.path for field in fields)
        yield from _paragraph("brings", f"{', '.join(paths)} {verdict}")
    for use, given_paths in _by_use(reason.gives).items():
        yield from _paragraph("gives", f"{', '.join(given_paths)} {use}")
    for alternative in reason.alternatives:
        yield from _paragraph("refused", _refusal(alternative, cost))


def _head(fetch: FetchNode) -> str:
    waits = ", ".join(f"[{other}]" for other in fetch.after)
    after = f", after {waits}" if waits else ""
    if fetch.kind == "root" and fetch.at:
        after += f", for the query root at {path_text(fetch.at)}"
    elif fetch.kind == "root" and fetch.after:
        after += ", since mutations run one after the other"
    return f"[{fetch.id}] {fetch.subgraph}{after}"


def _by_use(gives: Iterable[PassedOn]) -> dict[str, list[str]]:
    """What is given -> the paths; what several fetches read alike is said once."""
    readers: dict[tuple[str, Role, tuple[str, ...]], list[int]] = {}
    for given in gives:
        slot = (given.path, given.role, given.required_by)
        readers.setdefault(slot, []).append(given.to)
    by_use: dict[str, list[str]] = {}
    for (path, role, required_by), ids in readers.items():
        to = _named(f"[{number}]" for number in dict.fromkeys(ids))
        by_use.setdefault(f"to {to}, {_role(role, required_by)}", []).append(path)
    return by_use


def _role(role: Role, required_by: tuple[str, ...]) -> str:
    match role:
        case "key":
            return "as a key"
        case "type":
            return "to tell the type"
        case "context":
            return "as an argument from further up"
        case "requires":
            return f"for @requires of {_named(required_by)}"


def _refusal(alternative: Alternative, cost: PlanCost) -> str:
    what = f"{_named(alternative.coordinates)} from {alternative.subgraph}"
    match alternative.verdict:
        case "key":
            return f"{what}: keys come with the object"
        case "not planned":
            return f"{what}: not planned, there are too many alternatives"
        case "no plan":
            return f"{what}: no plan leads there"
        case "planned":
            return f"{what}: {_comparison(alternative.cost or cost, cost)}"


def _comparison(other: PlanCost, own: PlanCost) -> str:
    requests = _counted(other.requests, "request")
    if other == own:
        return f"{requests} and a chain of {other.chain} as well"
    if other.chain == own.chain:
        return f"{requests} instead of {own.requests}"
    chain = f"a chain of {other.chain} instead of {own.chain}"
    if other.requests == own.requests:
        return chain
    return f"{requests} instead of {own.requests}, {chain}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _named(names: Iterable[str]) -> str:
    *most, last = list(names) or ["something else"]
    return f"{', '.join(most)} and {last}" if most else last


def _paragraph(label: str, text: str) -> Iterator[str]:
    """A label with text beside it, broken at spaces."""
    line = f"    {label:<8}"
    for word in text.split():
        if len(line) + len(word) > _WIDTH and line.strip() not in ("", label):
            yield line.rstrip()
            line = " " * 12
        line += f"{word} "
    yield line.rstrip()


def to_json(explanation: Explanation) -> str:
    """The plan's JSON, with the reasons in each fetch."""
    return json.dumps(
        {"fetches": [_as_dict(reason) for reason in explanation.reasons]}, indent=2
    )


def _as_dict(reason: Reason) -> dict[str, object]:
    return {
        **as_dict(reason.fetch),
        "brings": [
            {"path": f.path, "field": f.coordinate, "alsoIn": list(f.also_in)}
            for f in reason.brings
        ],
        "gives": [
            {
                "path": given.path,
                "field": given.coordinate,
                "to": given.to,
                "as": given.role,
                "requiredBy": list(given.required_by),
            }
            for given in reason.gives
        ],
        "alternatives": [
            {
                "subgraph": alternative.subgraph,
                "fields": list(alternative.coordinates),
                "verdict": alternative.verdict,
                "cost": alternative.cost and alternative.cost._asdict(),
            }
            for alternative in reason.alternatives
        ],
    }
