"""Answers that need each other are found together, and what that costs."""

from __future__ import annotations

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.composition.fixed_point import FixedPoint
from tests.counting import instructions

ROADS = {"a": "bc", "b": "c", "c": "ad", "d": "", "e": "ea", "f": "d"}


def reached():
    asked = []

    def improve(place, known):
        asked.append(place)
        return known.union(*(it.answer(near, frozenset(near)) for near in ROADS[place]))

    it = FixedPoint(improve)
    return it, asked


def all_of(it, place):
    return "".join(sorted(it.answer(place, frozenset(place))))


@pytest.mark.parametrize("order", ["abcdef", "fedcba", "ecafdb"])
def test_answers_are_the_same_in_whatever_order_they_are_asked(order):
    it, _ = reached()

    assert {
        "a": "abcd",
        "b": "abcd",
        "c": "abcd",
        "d": "d",
        "e": "abcde",
        "f": "df",
    } == {place: all_of(it, place) for place in sorted(order, key=order.index)}


def test_what_is_known_is_not_looked_into_again():
    it, asked = reached()
    all_of(it, "a")
    asked.clear()

    assert ("abcd", []) == (all_of(it, "c"), asked)
    assert "4 known, 0 open" in repr(it)


LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"]
)
"""


def web(count):
    """Subgraphs of which each is entered by what only another one's keys lead to."""
    return [
        Subgraph(
            name=f"s{n}",
            sdl=f"""{LINK}
            type Query {{ a{n}: A }}
            type A @key(fields: "b {{ a {{ id }} }}") {{
              b: B @shareable id: ID @shareable a{n}: Int
            }}
            type B @key(fields: "a {{ b {{ id }} }}") {{
              a: A @shareable id: ID @shareable b{n}: Int
            }}
            """,
        )
        for n in range(count)
    ]


def test_keys_that_need_each_other_cost_no_more_than_their_number_squared():
    few, many = web(2), web(6)
    compose(few)

    assert () == compose(many).errors
    assert instructions(lambda: compose(many)) < 12 * instructions(lambda: compose(few))
