"""What is worked out for a document: once, and remembered within bounds."""

import pytest

from gateway_graphql.pipeline import Preparer
from gateway_graphql.policy.authorization.demands import DemandFinder
from gateway_graphql.policy.authorization.rules import AccessRules, RequiresScopes
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph

from .conftest import supergraph_of

SDL = """
  type Query { node: Node, open: Node, closed: Node @authenticated }
  type Node { next: Node, other: Node, label: String, secret: String @authenticated }
"""
KEPT = 64


@pytest.fixture
def study_of():
    supergraph = read_supergraph(supergraph_of({"a": SDL}))
    preparer = Preparer(supergraph, build_api_schema(supergraph))
    finder = DemandFinder(supergraph, AccessRules(supergraph), {}, shows_scopes=False)

    def study(query):
        return finder.study(preparer.prepare(query).operation)

    return study


def failing(number):
    return frozenset({RequiresScopes((frozenset({f"s{number}"}),))})


def test_of_the_outcomes_for_callers_the_last_used_are_kept(study_of):
    study = study_of("{ closed { label } open { secret } }")
    first, second = study.withholding(failing(0)), study.withholding(failing(1))
    for number in range(2, KEPT):
        study.withholding(failing(number))

    assert first is study.withholding(failing(0))
    study.withholding(failing(KEPT))
    assert first is study.withholding(failing(0))
    assert second is not study.withholding(failing(1))
