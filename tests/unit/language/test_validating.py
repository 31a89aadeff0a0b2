"""What validation may take: errors, suggestions, time and places in the text."""

import pytest
from graphql import build_schema

from gateway_graphql.errors import PreparingTookTooLong
from gateway_graphql.language.limits import OperationLimits, parse_within
from gateway_graphql.language.validating import Deadline, validated
from gateway_graphql.language.validation import rules_for
from gateway_graphql.pipeline.preparing.preparer import _places
from tests.counting import instructions

SCHEMA = build_schema("type Query { book: String, film(title: String): String }")
FOREVER = Deadline.of(None)


def problems(schema, text, **options):
    document = parse_within(text, OperationLimits())
    given = {"max_errors": 100, "suggests": True, "deadline": FOREVER, **options}
    return validated(schema, document, rules_for(text), **given)


def test_only_the_first_errors_suggest_names():
    found = problems(SCHEMA, "{ " + " ".join(f"a{n}: boook" for n in range(10)) + " }")

    assert 10 == len(found)
    assert [True] * 3 + [False] * 7 == ["Did you mean" in e.message for e in found]


def test_nothing_is_suggested_where_there_are_too_many_names_to_look_at():
    fields = " ".join(f"field{n}: String" for n in range(501))
    schema = build_schema(f"type Query {{ {fields} }}")

    [found] = problems(schema, "{ field }")

    assert "Cannot query field 'field' on type 'Query'." == found.message


def test_types_of_a_large_schema_are_not_suggested():
    types = " ".join(f"type Type{n} {{ a: String }}" for n in range(501))
    schema = build_schema(f"type Query {{ book: String }} {types}")
    text = "{ book } fragment F on Typo { a }"

    assert not any("Did you mean" in e.message for e in problems(schema, text))


def test_more_errors_than_wanted_are_said_to_be_more():
    found = problems(SCHEMA, "{ a b c d }", max_errors=2)

    assert 3 == len(found)
    assert "error limit reached" in found[-1].message


def test_lines_before_an_error_cost_nothing():
    def told(lines):
        text = "\n" * lines + "{ " + " ".join(f"a{n}: x" for n in range(20)) + " }"
        document = parse_within(text, OperationLimits())
        return instructions(
            lambda: [
                list(_places(error))
                for error in validated(
                    SCHEMA,
                    document,
                    rules_for(text),
                    max_errors=100,
                    suggests=False,
                    deadline=FOREVER,
                )
            ]
        )

    told(1)

    assert told(10_000) <= told(10) * 1.05


def test_places_are_those_of_the_text():
    [error] = problems(SCHEMA, "{\n  book\r\n  nonsense }")

    assert [(3, 3)] == [(place.line, place.column) for place in _places(error)]


def test_validation_stops_when_its_time_is_used_up():
    with pytest.raises(PreparingTookTooLong, match="it may take 5 ms"):
        problems(SCHEMA, "{ book }", deadline=Deadline(5, 0.0))
