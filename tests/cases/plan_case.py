"""A case of the planner: a folder with subgraphs, an operation and its plan.

`python -m tests.cases.plan_case` prints the plans of all cases, for comparing them
between processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from graphql import parse, validate

from gateway_graphql.composition.compose import compose
from gateway_graphql.composition.subgraph import Subgraph
from gateway_graphql.planning import Planner, QueryPlan, plan_operation
from gateway_graphql.planning.render import render_text
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.supergraph.reading import read_supergraph

FOLDER = Path(__file__).resolve().parent / "plans"


@dataclass(frozen=True, slots=True)
class PlanCase:
    """The files of one folder, as they are."""

    folder: Path

    def __str__(self) -> str:
        return self.folder.name

    def read(self, name: str) -> str:
        """A file of the folder; empty when it is not there."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def sdl_by_subgraph(self) -> dict[str, str]:
        """The subgraphs' schemas by name."""
        paths = sorted((self.folder / "subgraphs").glob("*.graphql"))
        return {path.stem: path.read_text(encoding="utf-8") for path in paths}

    def compose(self) -> str:
        """The supergraph that the subgraphs make."""
        result = compose(
            [
                Subgraph(name=name, url=f"http://{name}.example/graphql", sdl=sdl)
                for name, sdl in self.sdl_by_subgraph.items()
            ]
        )
        if result.supergraph_sdl is None:
            raise AssertionError("\n".join(str(error) for error in result.errors))
        return result.supergraph_sdl

    def plan(self) -> QueryPlan:
        """The plan of the operation against the checked-in supergraph."""
        return plan_operation(
            self.read("supergraph.graphql"),
            self.read("operation.graphql"),
            override_labels=self.read("labels.txt").split(),
        )

    def hurried_plan(self) -> QueryPlan:
        """The plan of a planner that may not try much."""
        supergraph = read_supergraph(self.read("supergraph.graphql"))
        document = parse(self.read("operation.graphql"))
        operation = read_operation(document, supergraph)
        labels = self.read("labels.txt").split()
        return Planner(supergraph, effort=0).plan(operation, labels)

    def invalid(self) -> list[str]:
        """What the API schema says against the operation."""
        schema = build_api_schema(read_supergraph(self.read("supergraph.graphql")))
        document = parse(self.read("operation.graphql"))
        return [error.message for error in validate(schema, document)]


@lru_cache
def plan_of(case: PlanCase) -> QueryPlan:
    """The plan of a case, made once."""
    return case.plan()


def plan_cases() -> list[PlanCase]:
    """Every case there is."""
    return [PlanCase(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()]


def all_plans() -> str:
    """The plans of all cases as one text."""
    return "\n".join(f"{case}\n{render_text(case.plan())}" for case in plan_cases())


if __name__ == "__main__":
    print(all_plans())  # noqa: T201 - what this module does as a program
