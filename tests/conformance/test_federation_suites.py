"""Every case of the federation suites, asked of a gateway process over HTTP."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import httpx
import pytest

SHARED = Path(
    os.environ.get(
        "GATEWAY_SHARED", Path(__file__).resolve().parents[2].parent / "shared"
    )
)
SUITES = sorted(
    path.parent.name for path in SHARED.glob("conformance/fixtures/*/cases.json")
)
FAILING: dict[tuple[str, int], str] = {}
"""Cases that do not pass, with the reason. There are none."""


def test_the_suites_are_there(shared):
    assert len(SUITES) == 24, shared


@pytest.mark.parametrize("suite", SUITES)
def test_suite_passes(suite, fixtures_url, serve, shared, record_property):
    cases = json.loads(
        (shared / "conformance" / "fixtures" / suite / "cases.json").read_text()
    )
    url = serve(httpx.get(f"{fixtures_url}/{suite}/supergraph.graphql").text)
    unique = secrets.token_hex(6)
    wrong = {}
    with httpx.Client(timeout=30) as client:
        for number, case in enumerate(cases):
            client.post(f"{fixtures_url}/_reset")
            text = json.dumps(case).replace("__UNIQUE__", unique)
            problem = ask(client, url, json.loads(text))
            if problem:
                wrong[number] = problem
    expected = {n for s, n in FAILING if s == suite}
    record_property("passed", len(cases) - len(wrong))

    assert set(wrong) == expected, wrong


def ask(client, url, case):
    """Ask a case's query; what is wrong with the answer, empty when nothing is."""
    answer = client.post(url, json={"query": case["query"]}).json()
    expected = case["expected"]
    if answer.get("data") != expected.get("data"):
        return f"{answer} instead of {expected}"
    has_errors = expected.get("errors")
    if isinstance(has_errors, bool) and has_errors != bool(answer.get("errors")):
        return f"{answer}: errors should be {has_errors}"
    return ""
