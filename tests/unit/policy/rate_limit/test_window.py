"""Windows as operators write them."""

import pytest

from gateway_graphql.policy.rate_limit.window import parse_window


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", 250_000),
        ("30s", 30_000_000),
        ("1m", 60_000_000),
        (" 2 h ", 7_200_000_000),
        ("1d", 86_400_000_000),
        ("366d", 31_622_400_000_000),
    ],
)
def test_a_number_and_a_unit_are_a_window(text, expected):
    assert expected == parse_window(text)


@pytest.mark.parametrize(
    "text", ["", "60", "m", "1w", "-1m", "1.5h", "1m30s", "\u0661m"]
)
def test_anything_else_is_refused_by_its_name(text):
    with pytest.raises(ValueError, match="is no window: write a whole number") as error:
        parse_window(text)

    assert f'"{text}"' in str(error.value)


def test_a_window_has_a_length():
    with pytest.raises(ValueError, match='"0s" is no window: it has no length'):
        parse_window("0s")


def test_a_window_ends_within_a_year():
    with pytest.raises(ValueError, match='"367d" is too long a window'):
        parse_window("367d")
