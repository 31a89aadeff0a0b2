"""Measure what planning costs (`make bench-planning`).

Planning happens once per document, but cold starts and reloads feel it. Two tables: CPU
per plan (parse + validate + plan) over all shared operations, and the large
supergraphs one by one: until the first plan can be made, and then per plan. Targets and
the reference planners' own figures stand beside. The references' figures are those of
the shared data: planning alone, without parsing and validation, on another machine.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.plans import SHARED, api_schema_of, operation_of
from gateway_graphql.cli.garbage import keep_what_is_there
from gateway_graphql.errors import GatewayError
from gateway_graphql.planning import Planner
from gateway_graphql.supergraph.reading import read_supergraph

LARGE = {"dgs": "large:dgs", "huge-schema": "large:huge-schema"}
"""File name of a large supergraph -> where its operations are from."""

TARGETS = {"median": 3.0, "p99": 60.0, "p50 large": 20.0, "build": 3.0, "CPU": 20.0}
"""Milliseconds per plan; seconds per query graph."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A reading of wall and CPU time; what has passed is the difference of two."""

    wall_s: float
    cpu_s: float

    @classmethod
    def read(cls) -> Clock:
        """The time now."""
        return cls(time.perf_counter(), time.process_time())

    def passed(self) -> Clock:
        """The time since."""
        now = Clock.read()
        return Clock(now.wall_s - self.wall_s, now.cpu_s - self.cpu_s)


class World:
    """A supergraph, ready to plan operations.

    Attributes:
        reading: What it took to read the supergraph.
        schema_building: What it took to build the API schema, which validation needs.
        graph_building: What it took to build the planner and its query graph.
    """

    def __init__(self, sdl: str) -> None:
        start = Clock.read()
        self._supergraph = read_supergraph(sdl)
        self.reading = start.passed()
        start = Clock.read()
        self._schema = api_schema_of(self._supergraph)
        self.schema_building = start.passed()
        start = Clock.read()
        self._planner = Planner(self._supergraph)
        self.graph_building = start.passed()

    def cpu_ms(self, pair: dict[str, Any]) -> float:
        """CPU to parse, validate and plan an operation, whether it has a plan or not."""
        start = Clock.read()
        # Some of the shared operations are there because they have no plan.
        with contextlib.suppress(GatewayError):
            self._plan(pair)
        return start.passed().cpu_s * 1000

    def _plan(self, pair: dict[str, Any]) -> None:
        operation = operation_of(pair["operation"], self._supergraph, self._schema)
        self._planner.plan(operation, pair["overrideLabels"] or ())


def _pairs(shared: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(shared / "plans" / "plans.jsonl.gz") as file:
        for line in file:
            yield json.loads(line)


def _percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def _references(pairs: Sequence[dict[str, Any]]) -> list[list[float]]:
    """The CPU figures of each reference planner, those of the first one first."""
    found: list[list[float]] = [[], []]
    for pair in pairs:
        for figures, reference in zip(found, pair["references"], strict=False):
            figures.append(reference["cpuMs"])
    return [figures for figures in found if figures]


def _row(name: str, values: Sequence[float]) -> str:
    return (
        f"  {name:<22}{statistics.median(values):>9.2f}{_percentile(values, 0.99):>10.1f}"
        f"{max(values):>10.1f}{len(values):>7}"
    )


def _print_plans(title: str, own: Sequence[float], pairs: list[dict[str, Any]]) -> None:
    print(f"\n{title:<24}{'median':>9}{'p99':>10}{'max':>10}{'plans':>7}")
    print(_row("gateway_graphql", own))
    for number, figures in enumerate(_references(pairs), 1):
        print(_row(f"reference {number} (plan)", figures))


def measure_all(shared: Path) -> None:
    """Every shared operation, each planned once, in the order given."""
    pairs = list(_pairs(shared))
    with gzip.open(shared / "plans" / "supergraphs.json.gz") as file:
        sdl_by_id: dict[str, str] = json.load(file)
    worlds: dict[str, World] = {}
    own: list[float] = []
    for pair in pairs:
        name = pair["supergraph"]
        if name not in worlds:
            worlds[name] = World(sdl_by_id[name])
            keep_what_is_there()  # as the server does
        own.append(worlds[name].cpu_ms(pair))
    _print_plans("CPU ms per plan", own, pairs)
    print(
        f"  target: median <= {TARGETS['median']:g}, p99 <= {TARGETS['p99']:g}; "
        "the references' figures are planning alone"
    )


def measure_large(shared: Path, name: str, origin: str) -> None:
    """One large supergraph: until the first plan, cold plans, then warm ones."""
    path = shared / "composition" / "large" / f"{name}.supergraph.graphql.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        world = World(file.read())
    keep_what_is_there()
    pairs = [pair for pair in _pairs(shared) if pair["from"] == origin]
    print(f"\n{name}: s wall / s CPU")
    for what, clock, target in (
        ("read the supergraph", world.reading, ""),
        ("build the API schema", world.schema_building, ""),
        (
            "build the query graph",
            world.graph_building,
            f"  target: < {TARGETS['build']:g} / < {TARGETS['CPU']:g}; plans build more",
        ),
    ):
        print(f"  {what:<24}{clock.wall_s:>8.3f} / {clock.cpu_s:.3f}{target}")
    cold = [world.cpu_ms(pair) for pair in pairs]
    warm = [world.cpu_ms(pair) for pair in pairs]
    print(f"  first plan: {cold[0]:.1f} ms CPU")
    _print_plans("CPU ms per plan, cold", cold, pairs)
    _print_plans("CPU ms per plan, warm", warm, [])
    print(f"  target: p50 <= {TARGETS['p50 large']:g}")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    shared: Path = parser.parse_args().shared
    measure_all(shared)
    for name, origin in LARGE.items():
        measure_large(shared, name, origin)


if __name__ == "__main__":
    main()
