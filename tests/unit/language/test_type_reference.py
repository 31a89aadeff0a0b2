"""References to types: their text, their name, where lists and non-nulls are."""

import pytest

from gateway_graphql.language.type_reference import (
    list_depth,
    named_type,
    never_null,
    type_from_text,
)


@pytest.mark.parametrize(
    ("text", "depth", "forbidden"),
    [
        ("A", 0, ()),
        ("A!", 0, (0,)),
        ("[A]", 1, ()),
        ("[A!]", 1, (1,)),
        ("[A]!", 1, (0,)),
        ("[[A!]!]!", 2, (0, 1, 2)),
        ("[[[A]!]]", 3, (2,)),
    ],
)
def test_a_reference_is_read_as_it_is_written(text, depth, forbidden):
    reference = type_from_text(text)

    assert (text, "A", depth, forbidden) == (
        str(reference),
        named_type(reference),
        list_depth(reference),
        never_null(reference),
    )
