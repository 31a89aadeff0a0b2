from graphql import parse

from gateway_graphql.language.normalize import normalize, select_operation
from gateway_graphql.language.printing import print_selections

FIELD_TYPES = {
    "Query": {"node": "Node"},
    "A": {"a": "String", "b": "String", "o": "Node"},
    "B": {"b": "String"},
    "Node": {"b": "String", "o": "Node"},
}
POSSIBLE_TYPES = {
    "Query": ("Query",),
    "A": ("A",),
    "B": ("B",),
    "Node": ("A", "B"),
}


def normalized(text):
    document = parse(text)
    operation = normalize(
        document,
        select_operation(document, None),
        root="Query",
        field_types=FIELD_TYPES,
        possible_types=POSSIBLE_TYPES,
    )
    return print_selections(operation.selections)


def test_fragments_of_one_type_that_follow_each_other_become_one():
    actual = normalized("{ node { ... on A { a } ... on A { b } } }")

    assert "{ node { ... on A { a b } } }" == actual


def test_fragments_of_one_type_become_one_past_those_of_other_types():
    actual = normalized("{ node { ... on A { a } ... on B { b } ... on A { b } } }")

    assert "{ node { ... on A { a b } ... on B { b } } }" == actual


def test_fragments_of_one_type_do_not_become_one_past_a_field():
    text = "{ node { ... on A { a } __typename ... on A { b } } }"

    assert text == normalized(text)


def test_fragments_of_one_type_do_not_become_one_past_those_of_a_wider_type():
    text = "{ node { ... on A { a } ... on Node { b } ... on A { b } } }"

    actual = normalized(text)

    assert "{ node { ... on A { a } b ... on A { b } } }" == actual


def test_fields_of_one_key_become_one():
    actual = normalized("{ node { b } n: node { b } node { __typename } }")

    assert "{ node { b __typename } n: node { b } }" == actual


def test_fields_of_one_key_do_not_become_one_past_one_with_a_condition():
    text = "{ node { b } node @include(if: $v) { t: __typename } node { __typename } }"

    assert text == normalized(f"query ($v: Boolean!) {text}")


def test_fields_of_one_key_do_not_become_one_past_a_fragment_that_selects_it():
    text = "{ node { o { b } ... on A { ...F } o { __typename } } }"

    actual = normalized(f"{text} fragment F on A {{ o {{ t: __typename }} }}")

    assert (
        "{ node { o { b } ... on A { o { t: __typename } } o { __typename } } }"
        == actual
    )


def test_fragment_that_is_spread_again_adds_nothing():
    text = "{ node { ...F __typename ...F } } fragment F on A { a }"

    assert "{ node { ... on A { a } __typename } }" == normalized(text)


def test_fragments_that_spread_others_twice_cost_what_is_written():
    spreads = (
        f"fragment F{i} on Node {{ ...F{i + 1} ...F{i + 1} }}" for i in range(99)
    )
    text = " ".join(("{ node { ...F0 } }", *spreads, "fragment F99 on Node { b }"))

    assert "{ node { b } }" == normalized(text)
