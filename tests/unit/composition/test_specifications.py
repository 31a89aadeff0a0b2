"""Every rule of composition says whose rule it is."""

import importlib
import pkgutil

import pytest

from gateway_graphql.composition import merge, rules, upgrade

MODULES = [
    f"{room.__name__}.{module.name}"
    for room in (rules, merge, upgrade)
    for module in pkgutil.iter_modules(room.__path__)
    if module.name != "changes"  # how a step is written, no rule
]


@pytest.mark.parametrize("name", MODULES)
def test_a_rule_names_the_part_of_the_specification_that_it_follows(name):
    told = importlib.import_module(name).__doc__.lower()

    assert "specification" in told
    assert any(mark in told for mark in ("`@", '"', "https://", "`extend`", "v1", "v2"))
