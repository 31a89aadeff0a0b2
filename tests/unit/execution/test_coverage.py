from __future__ import annotations

import pytest

from gateway_graphql.execution.run.coverage import Coverage


@pytest.mark.parametrize(
    ("path", "is_covered"),
    [
        (("a", 0, "b"), True),
        (("a", 0, "b", "c"), True),
        (("a", 0), True),
        (("a",), True),
        (("a", 1, "b"), False),
        (("a", 0, "x"), False),
        (("x",), False),
    ],
)
def test_an_error_speaks_for_its_place_and_what_its_null_takes_along(path, is_covered):
    coverage = Coverage()
    coverage.add(("a", 0, "b"))

    assert (is_covered, is_covered) == (
        coverage.covers_null(path),
        coverage.covers_absence(path),
    )


def test_a_failed_fetch_speaks_for_absence_at_every_item_but_for_no_null():
    coverage = Coverage()
    coverage.add_absent(("a", "b"))

    assert coverage.covers_absence(("a", 7, 1, "b"))
    assert coverage.covers_absence(("a", "b", 0, "c"))
    assert not coverage.covers_absence(("a", 7, "c"))
    assert not coverage.covers_null(("a", 7, "b"))


def test_without_errors_nothing_is_covered():
    assert not Coverage().covers_null(())
    assert not Coverage().covers_absence(())
