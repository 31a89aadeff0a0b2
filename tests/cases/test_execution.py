"""Answers as files: adding a case is adding a folder under `execution/`.

What a folder holds is said in `execution_case`. `pytest tests/cases --update-cases`
rewrites the expectations; the diff is the review.
"""

from __future__ import annotations

import pytest

from tests.cases.execution_case import execution_cases

every_case = pytest.mark.parametrize("case", execution_cases(), ids=str)


@every_case
async def test_client_is_answered_as_written_down(case, update_cases):
    outcome = await case.run()
    if update_cases:
        (case.folder / "expected.json").write_text(outcome.text, encoding="utf-8")

    assert case.read("expected.json") == outcome.text
    assert outcome.problems == []


@every_case
def test_case_says_in_a_few_lines_what_it_shows(case):
    title, blank, *text = case.read("case.md").splitlines()

    assert (True, "", True) == (title.startswith("# "), blank, bool(text))
