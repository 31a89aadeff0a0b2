"""The rules that are left out could not have been broken."""

import pytest
from graphql import build_schema, parse, specified_rules, validate

from gateway_graphql.language.validation import rules_for

SCHEMA = build_schema(
    """
    type Query { a(x: Int, y: [Int!]): A  b: Int  u: U }
    type A { b: Int a: A }
    type B { c: Int }
    union U = A | B
    """
)


@pytest.mark.parametrize(
    "text",
    [
        "{ a { b } }",
        "{ nope }",
        "{ a }",
        "{ b { c } }",
        "{ a(x: true) { b } }",
        "{ a(nope: 1) { b } }",
        "{ a(x: 1, x: 2) { b } }",
        "{ x: a(x: 1) { b } x: b }",
        "query One { b } query One { b }",
        "{ b } { b }",
        "mutation { b }",
        "type T { b: Int }",
        "{ a(x: $x) { b } }",
        "query ($x: Int) { b }",
        "query ($x: A) { a(x: $x) { b } }",
        "query ($x: Int, $x: Int) { a(x: $x) { b } }",
        "query ($x: String) { a(x: $x) { b } }",
        "query ($x: Nope) { a(x: $x) { b } }",
        "{ b @nope }",
        "{ b @skip }",
        "{ b @skip(if: true) @skip(if: true) }",
        "query @include(if: true) { b }",
        "{ ...F }",
        "{ b } fragment F on Query { b }",
        "fragment F on Query { ...F } { ...F }",
        "{ ...F } fragment F on Query { b } fragment F on Query { b }",
        "{ ... on Int { b } }",
        "{ ... on Nope { b } }",
        "{ u { ... on Query { b } } }",
        "{ u { ... on A { b } ... on B { c } } }",
    ],
)
def test_what_is_found_is_what_all_rules_find(text):
    document = parse(text)
    expected = [error.message for error in validate(SCHEMA, document, specified_rules)]

    assert expected == [
        error.message for error in validate(SCHEMA, document, rules_for(text))
    ]


@pytest.mark.parametrize("text", ["{ b @defer }", "{ a @stream { b } }"])
def test_directives_of_streams_are_unknown(text):
    messages = [
        error.message for error in validate(SCHEMA, parse(text), rules_for(text))
    ]

    assert [f"Unknown directive '@{text.split('@')[1].split()[0]}'."] == messages


def test_a_document_with_all_of_it_is_held_to_all_rules():
    text = "query ($x: Int) { a(x: $x) { ... on A { b @skip(if: true) } } }"

    assert 28 == len(rules_for(text))
    assert 15 == len(rules_for("{ b }"))
