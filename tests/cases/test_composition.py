"""Composition cases: a folder of subgraphs, and what composing them comes to.

A folder holds `subgraphs/*.graphql` and, rewritten by `--update-cases`, the supergraph
in `supergraph.graphql` or the errors in `errors.json`, and hints in `hints.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway_graphql.composition import Subgraph, compose

FOLDER = Path(__file__).parent / "composition"
CASES = sorted(path for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case, request):
    result = compose(
        [
            Subgraph(name=path.stem, url=f"http://{path.stem}", sdl=path.read_text())
            for path in sorted((case / "subgraphs").glob("*.graphql"))
        ]
    )
    actual = {
        "supergraph.graphql": result.supergraph_sdl,
        "errors.json": as_text(result.errors),
        "hints.json": as_text(result.hints),
    }
    if request.config.getoption("--update-cases", default=False):
        update(case, actual)

    assert {name: read(case / name) for name in actual} == actual


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
