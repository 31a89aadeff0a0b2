"""Composition cases: a folder of subgraphs, and what composing them comes to.

A folder holds `subgraphs/*.graphql` and, rewritten by `--update-cases`, the supergraph
in `supergraph.graphql` or the errors in `errors.json`, and hints in `hints.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.supergraph.reading import read_supergraph

FOLDER = Path(__file__).parent / "composition"
CASES = sorted(path for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case, request):
    result = composed(case)
    actual = {
        "supergraph.graphql": result.supergraph_sdl,
        "errors.json": as_text(result.errors),
        "hints.json": as_text(result.hints),
    }
    if request.config.getoption("--update-cases", default=False):
        update(case, actual)

    assert {name: read(case / name) for name in actual} == actual


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if (case / "supergraph.graphql").exists()],
    ids=lambda case: case.name,
)
def test_what_is_composed_is_what_its_text_is_read_as(case):
    result = composed(case)

    # As text, since the order counts, too.
    assert repr(read_supergraph(result.supergraph_sdl)) == repr(result.supergraph)


def composed(case):
    return compose(
        [
            Subgraph(name=path.stem, url=f"http://{path.stem}", sdl=path.read_text())
            for path in sorted((case / "subgraphs").glob("*.graphql"))
        ]
    )


def as_text(problems):
    if not problems:
        return None
    return json.dumps([[p.code, p.coordinate, p.message] for p in problems], indent=2)


def read(path):
    return path.read_text() if path.exists() else None


def update(case, actual):
    for name, text in actual.items():
        if text is None:
            (case / name).unlink(missing_ok=True)
        else:
            (case / name).write_text(text)
