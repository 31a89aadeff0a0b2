"""Alternatives of scopes from several subgraphs."""

from __future__ import annotations

import pytest

from gateway_graphql.composition.merge.directives import all_of


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[["a"], ["b"]], [["a"]]], [["a"]]),
        ([[["a"]], [["b"]]], [["a", "b"]]),
        ([[["a"], ["b"]], [["c"]]], [["a", "c"], ["b", "c"]]),
        ([[["a", "b"]], [["b"], ["c"]]], [["a", "b"]]),
    ],
)
def test_every_subgraphs_demand_is_met_and_no_more(values, expected):
    assert expected == all_of(values)
