"""Headers by name, as servers give them in lines."""

import pytest

from gateway_graphql.wire.headers import headers_by_name


@pytest.mark.parametrize(
    ("name", "joined"),
    [("x-tag", "a=1, b=2"), ("cookie", "a=1; b=2"), ("Cookie", "a=1; b=2")],
)
def test_lines_of_one_name_are_joined_as_its_values_are(name, joined):
    lines = [(name.encode(), b"a=1"), (b"host", b"x"), (name.encode(), b"b=2")]

    assert {name: joined, "host": "x"} == headers_by_name(lines)
