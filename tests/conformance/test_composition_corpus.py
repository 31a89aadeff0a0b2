"""The composition corpus: thousands of subgraph sets with a reference's outcome.

What agrees today must agree tomorrow: the floors only rise. The numbers are printed, so
a change that helps one set and hurts another is seen.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from dataclasses import dataclass

import pytest

from gateway_graphql.addresses import url_problem
from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.supergraph.writing import write_supergraph

OUTCOMES = 2045
CODE_SETS = 1077
SUPERGRAPHS = 945
WRITTEN_AGAIN = 954
LARGE = ("dgs", "huge-schema")


@dataclass(frozen=True, slots=True)
class Judged:
    outcome: bool
    codes: bool
    supergraph: bool


@pytest.fixture(scope="module")
def corpus(shared):
    with gzip.open(shared / "composition" / "corpus.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def differences(shared):
    """The semantic comparison, as a list of differences that matter."""
    path = shared / "composition" / "diff_supergraph.py"
    spec = importlib.util.spec_from_file_location("diff_supergraph", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)

    def compare(expected, actual):
        found = module.diff_supergraphs(expected, actual)
        return [d for d in found if d["severity"] == "hard" and not keeps_one_of(d)]

    return compare


def keeps_one_of(difference):
    """`@oneOf`, which the reference drops: clients and gateway have to know it."""
    texts = [*(difference["left"] or ()), *(difference["right"] or ())]
    return texts == ["@oneOf"] or difference["path"] == "@oneOf"


def test_outcomes_agree_with_the_reference(corpus, differences, record_property):
    judged = [judge(case, differences) for case in corpus]
    reached = {
        "outcomes": sum(j.outcome for j in judged),
        "code sets": sum(j.codes for j in judged),
        "supergraphs": sum(j.supergraph for j in judged),
    }
    print(reached, "of", len(corpus))  # noqa: T201 - the figures are the point
    record_property("composition", reached)

    assert reached["outcomes"] >= OUTCOMES
    assert reached["code sets"] >= CODE_SETS
    assert reached["supergraphs"] >= SUPERGRAPHS


def judge(case, differences):
    result = compose([subgraph_of(subgraph) for subgraph in case["subgraphs"]])
    composed = not result.errors
    if not case["ok"]:
        expected = {error["code"] or "INVALID_GRAPHQL" for error in case["errors"]}
        actual = {error.code for error in result.errors}
        is_judged = case["judge"]["codes"]
        return Judged(not composed, is_judged and expected == actual, supergraph=False)
    same = composed and not differences(case["supergraph"], result.supergraph_sdl)
    return Judged(composed, codes=False, supergraph=same)


def subgraph_of(given):
    """The corpus names some addresses that nobody could ask; nobody has to here."""
    url = given["url"] if given["url"] and not url_problem(given["url"]) else None
    return Subgraph(name=given["name"], url=url, sdl=given["sdl"])


def test_supergraphs_are_written_as_they_were_read(corpus, differences):
    same = 0
    for case in corpus:
        if case["ok"]:
            written = write_supergraph(read_supergraph(case["supergraph"]))
            same += not differences(case["supergraph"], written)
    print(same, "written again")  # noqa: T201 - the figure is the point

    assert same >= WRITTEN_AGAIN


@pytest.mark.parametrize("name", LARGE)
def test_large_schema_composes_to_the_same_supergraph(name, shared, differences):
    folder = shared / "composition" / "large"
    with gzip.open(folder / f"{name}.subgraphs.json.gz", "rt") as file:
        subgraphs = json.load(file)
    with gzip.open(folder / f"{name}.supergraph.graphql.gz", "rt") as file:
        expected = file.read()

    result = compose(
        [Subgraph(name=s["name"], url=s.get("url"), sdl=s["sdl"]) for s in subgraphs]
    )

    assert result.errors == ()
    assert differences(expected, result.supergraph_sdl) == []
