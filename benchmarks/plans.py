"""Compare plans with those of the reference planners (`make plans`).

The operations, their supergraphs and the references' counts are shared test data
(`plans/` in the folder that GATEWAY_SHARED names). A plan is *beaten* when some
reference needs fewer requests on a chain that is no longer, or a shorter chain with no
more requests; it is *better* when it beats every reference.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, parse, validate

from gateway_graphql.cli.garbage import keep_what_is_there
from gateway_graphql.errors import GatewayError, SupergraphInvalid
from gateway_graphql.language.operation import Operation
from gateway_graphql.language.validation import rules_for
from gateway_graphql.planning import Planner, QueryPlan
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.supergraph.reading import read_supergraph

SHARED = Path(
    os.environ.get("GATEWAY_SHARED", Path(__file__).resolve().parents[2] / "shared")
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One operation's plan beside the references'.

    Attributes:
        size: Requests and length of the longest chain; `None` without a plan.
        references: The same of each reference planner.
        cpu_ms: Parsing, validation and planning.
    """

    id: str
    test: str
    size: tuple[int, int] | None
    references: tuple[tuple[int, int], ...]
    cpu_ms: float
    problem: str = ""

    @property
    def verdict(self) -> str:
        """How the plan compares."""
        if self.size is None:
            return "no plan" if self.references else "no plan anywhere"
        if any(_beats(other, self.size) for other in self.references):
            return "beaten"
        if self.size in self.references or not self.references:
            return "equal"
        return (
            "better"
            if all(_beats(self.size, other) for other in self.references)
            else "other"
        )


def _beats(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]


def compare(shared: Path = SHARED) -> Iterator[Outcome]:
    """Plan every operation of the shared data."""
    with gzip.open(shared / "plans" / "supergraphs.json.gz") as file:
        supergraphs: dict[str, str] = json.load(file)
    prepared: dict[str, tuple[Supergraph, GraphQLSchema | None, Planner]] = {}
    with gzip.open(shared / "plans" / "plans.jsonl.gz") as file:
        for line in file:
            pair = json.loads(line)
            name = pair["supergraph"]
            if name not in prepared:
                supergraph = read_supergraph(supergraphs[name])
                schema = api_schema_of(supergraph)
                prepared[name] = supergraph, schema, Planner(supergraph)
                keep_what_is_there()  # as the server does
            yield _outcome(pair, *prepared[name])


def api_schema_of(supergraph: Supergraph) -> GraphQLSchema | None:
    """The API schema; `None` for the references' one supergraph that has none."""
    try:
        return build_api_schema(supergraph)
    except SupergraphInvalid:
        return None


def operation_of(
    text: str, supergraph: Supergraph, schema: GraphQLSchema | None
) -> Operation:
    """Parse, validate and normalize; what is wrong is not looked at."""
    document = parse(text)
    if schema is not None:
        validate(schema, document, rules_for(text))
    return read_operation(document, supergraph)


def _outcome(
    pair: dict[str, Any],
    supergraph: Supergraph,
    schema: GraphQLSchema | None,
    planner: Planner,
) -> Outcome:
    started = time.process_time()
    plan: QueryPlan | None = None
    problem = ""
    try:
        operation = operation_of(pair["operation"], supergraph, schema)
        plan = planner.plan(operation, pair["overrideLabels"] or ())
    except GatewayError as error:
        problem = str(error)
    return Outcome(
        id=pair["id"],
        test=pair["test"],
        size=(len(plan.fetches), plan.depth) if plan else None,
        references=tuple((r["fetches"], r["depth"]) for r in pair["references"]),
        cpu_ms=(time.process_time() - started) * 1000,
        problem=problem,
    )


def main() -> None:
    """Print the table, and every plan that is beaten or missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="print every operation")
    options = parser.parse_args()
    outcomes = list(compare())
    counts = Counter(outcome.verdict for outcome in outcomes)
    for outcome in outcomes:
        if options.all or outcome.verdict in ("beaten", "no plan"):
            sizes = " ".join(f"{n}/{depth}" for n, depth in outcome.references)
            own = "-" if outcome.size is None else "{}/{}".format(*outcome.size)
            print(
                f"{outcome.verdict:>8}  {own:>6}  references {sizes:<12} "
                f"{outcome.id}  {outcome.test}  {outcome.problem}"
            )
    print(f"\n{len(outcomes)} operations (requests/chain)")
    for verdict in (
        "better",
        "equal",
        "other",
        "beaten",
        "no plan",
        "no plan anywhere",
    ):
        print(f"  {verdict:<17}{counts[verdict]:>4}")
    for place in (0, 1):
        _print_against(place, outcomes)
    cpu = sorted(outcome.cpu_ms for outcome in outcomes)
    p99 = cpu[int(len(cpu) * 0.99)]
    print(
        f"CPU per parse, validation and plan: median {statistics.median(cpu):.2f} ms, "
        f"p99 {p99:.1f} ms, max {cpu[-1]:.1f} ms"
    )


def _print_against(place: int, outcomes: list[Outcome]) -> None:
    """Print fewer, equal and more requests against one reference."""
    pairs = [
        (outcome.size[0], outcome.references[place][0])
        for outcome in outcomes
        if outcome.size and len(outcome.references) > place
    ]
    fewer = sum(own < other for own, other in pairs)
    equal = sum(own == other for own, other in pairs)
    print(
        f"  against reference {place + 1}: {fewer} fewer requests, {equal} equal, "
        f"{len(pairs) - fewer - equal} more"
    )


if __name__ == "__main__":
    main()
