"""Cost formulas of operations over subgraphs that are composed here."""

from __future__ import annotations

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.pipeline import Preparer
from gateway_graphql.policy.demand_control import DemandControlSettings, compile_cost
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@requires", "@external", "@shareable", "@cost", "@listSize"]
)
"""


class Costs:
    """Formulas over one supergraph."""

    def __init__(self, supergraph):
        self.supergraph = supergraph
        self._preparer = Preparer(supergraph, build_api_schema(supergraph))

    def plan(self, query):
        return self._preparer.prepare(query).plan

    def formula(self, query, **settings):
        return compile_cost(
            self.plan(query), self.supergraph, DemandControlSettings(**settings)
        )

    def estimate(self, query, variables=None, **settings):
        return self.formula(query, **settings).estimate(variables or {})

    def total(self, query, variables=None, **settings):
        return self.estimate(query, variables, **settings).total


@pytest.fixture
def costs_of():
    def make(*, link=LINK, **sdls):
        composed = compose(
            [Subgraph(name=name, sdl=link + sdl) for name, sdl in sdls.items()]
        )
        assert () == composed.errors
        return Costs(read_supergraph(composed.supergraph_sdl))

    return make
