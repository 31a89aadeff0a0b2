"""Plans as files: adding a case is adding a folder under `plans/`.

A folder has the subgraphs' schemas, the supergraph that they make, an operation, its
plan, and what it shows. `pytest tests/cases --update-cases` rewrites supergraphs and
plans; the diff is the review.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from graphql import parse, validate

from gateway_graphql.planning.render import render_text
from tests.cases.coverage_of_reads import unprovided_reads
from tests.cases.plan_case import all_plans, plan_cases, plan_of
from tests.cases.subgraph_schemas import subgraph_schema
from tests.subgraph_operations import selections_of

CASES = plan_cases()
every_case = pytest.mark.parametrize("case", CASES, ids=str)


@every_case
def test_supergraph_is_what_the_subgraphs_make(case, update_cases):
    composed = case.compose()
    if update_cases:
        (case.folder / "supergraph.graphql").write_text(composed, encoding="utf-8")

    assert case.read("supergraph.graphql") == composed


@every_case
def test_operation_is_planned_as_written_down(case, update_cases):
    text = render_text(case.plan())
    if update_cases:
        (case.folder / "plan.txt").write_text(text, encoding="utf-8")

    assert case.read("plan.txt") == text


@every_case
def test_operation_is_valid_for_clients(case):
    assert [] == case.invalid()


@every_case
def test_the_text_that_is_sent_selects_what_the_plan_says(case):
    fetches = plan_of(case).fetches

    assert [fetch.operation.selections for fetch in fetches] == [
        selections_of(fetch) for fetch in fetches
    ]


@every_case
def test_each_fetch_is_valid_in_its_subgraph(case):
    schemas = {name: subgraph_schema(sdl) for name, sdl in case.sdl_by_subgraph.items()}

    assert [] == [
        (fetch.subgraph, error.message)
        for fetch in plan_of(case).fetches
        for error in validate(schemas[fetch.subgraph], parse(fetch.operation.text))
    ]


@every_case
def test_each_fetch_waits_for_all_that_it_reads(case):
    assert [] == unprovided_reads(plan_of(case))


@every_case
def test_case_says_in_a_few_lines_what_it_shows(case):
    title, blank, *text = case.read("case.md").splitlines()

    assert (True, "", True) == (title.startswith("# "), blank, bool(text))


@every_case
def test_hurried_plan_is_a_plan(case):
    plan = case.hurried_plan()
    schemas = {name: subgraph_schema(sdl) for name, sdl in case.sdl_by_subgraph.items()}
    invalid = [
        (fetch.subgraph, error.message)
        for fetch in plan.fetches
        for error in validate(schemas[fetch.subgraph], parse(fetch.operation.text))
    ]

    assert ([], []) == (invalid, unprovided_reads(plan))


@pytest.fixture(scope="module")
def plans_here():
    return all_plans()


@pytest.mark.parametrize("seed", ["0", "1", "2026"])
def test_plans_do_not_depend_on_the_hash_seed(seed, plans_here):
    run = subprocess.run(
        [sys.executable, "-m", "tests.cases.plan_case"],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
        text=True,
    )

    assert plans_here == run.stdout.removesuffix("\n")


@every_case
def test_planning_twice_gives_the_same_plan(case):
    assert plan_of(case) == case.plan()
