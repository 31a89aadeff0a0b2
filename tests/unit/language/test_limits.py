"""Limits: what a document may expand to is known before anything else reads it."""

from dataclasses import replace

import pytest
from graphql import GraphQLSyntaxError, get_introspection_query, parse

from gateway_graphql.errors import ErrorDetail, LimitExceeded, VariablesInvalid
from gateway_graphql.language.limits import (
    UNLIMITED,
    OperationLimits,
    check_limits,
    check_variables,
    parse_within,
)


def check(text, **limits):
    limits = replace(UNLIMITED, **limits) if limits else OperationLimits()
    check_limits(parse(text), limits)


def exceeded(text, **limits):
    with pytest.raises(LimitExceeded) as caught:
        check(text, **limits)
    return caught.value.what, caught.value.limit, caught.value.actual


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("{ a { b { c } } }", {"max_depth": 3}),
        ("{ a { ... { ... { b } } } }", {"max_depth": 2}),
        ("{ a { ...F } } fragment F on A { b { c } }", {"max_depth": 3}),
        ("{ a { b b b c } }", {"max_height": 3}),
        ("{ x: a y: b c }", {"max_aliases": 2}),
        ("{ a a x: a }", {"max_root_fields": 2}),
        ("query @a { b @a ... @a { c } }", {"max_directives": 3}),
        ("query ($v: Int @a) { b }", {"max_directives": 1}),
        ("{ a { b b } }", {"max_fields": 3}),
        ("query A { a } query B { b { c } }", {"max_fields": 3}),
        ("{ a a a b }", {"max_overlaps": 3}),
        ("{ a a { b } a: c { b b } }", {"max_overlaps": 3 + 3}),
        ("{ a { b ...F ...F ... { b } } } fragment F on A { b }", {"max_overlaps": 3}),
        ("{ a { b b ...Unknown } }", {"max_overlaps": 1}),
        ("{ x: a { y: b } x: a { z: b } }", {"max_height": 3}),
        ("query ($v: Int, $w: Int) { b }", {"max_variables": 2}),
        ("{ a12: b }", {"max_name_bytes": 3}),
        ("query A12 { b ...F }  fragment F on A { c }", {"max_name_bytes": 8}),
        ('{ a(b: "12345") }', {"max_string_bytes": 5}),
        ('{ a(b: """\n  12345\n""") }', {"max_string_bytes": 5}),
        ('{ a(b: [{c: "\u00e9\U0001f600"}]) }', {"max_string_bytes": 6}),
        ('query ($v: S = "abc") { a }', {"max_string_bytes": 3}),
        ('{ ...F } fragment F on A { b @c(d: "abc") }', {"max_string_bytes": 3}),
    ],
)
def test_as_much_as_the_limit_is_accepted_and_one_more_is_not(text, limits):
    check(text, **limits)
    ((name, limit),) = limits.items()
    what = name.removeprefix("max_").replace("_", " ")

    assert (what, limit - 1, limit) == exceeded(text, **{name: limit - 1})


def test_a_fragment_counts_every_time_it_is_spread():
    text = "{ a { ...F ...F b { ...F } } } fragment F on A { x: c @d }"

    assert ("aliases", 2, 3) == exceeded(text, max_aliases=2)
    assert ("directives", 2, 3) == exceeded(text, max_directives=2)
    assert ("fields", 4, 5) == exceeded(text, max_fields=4)


def test_root_fields_in_fragments_count():
    text = "{ a ...F ... { b } } fragment F on Query { c d }"

    assert ("root fields", 3, 4) == exceeded(text, max_root_fields=3)


def test_the_message_and_its_extensions_say_the_numbers():
    with pytest.raises(LimitExceeded) as caught:
        check("{ a { b { c } } }", max_depth=2)

    assert (
        ErrorDetail(
            "The operation is too large: the limit of depth is 2, and it has 3.",
            "MAX_DEPTH_LIMIT",
            extensions=(("limit", 2), ("actual", 3)),
        ),
    ) == caught.value.details


def test_a_fragment_that_is_never_spread_is_held_to_the_limits():
    text = "{ a } fragment F on A { b { c { d } } }"

    assert ("depth", 2, 3) == exceeded(text, max_depth=2)


def test_every_operation_of_a_document_is_held_to_the_limits():
    assert ("depth", 1, 2) == exceeded("query A { a } query B { b { c } }", max_depth=1)


def test_a_place_that_is_merged_twice_is_counted_once():
    fragments = "".join(
        f"fragment F{i} on A {{ a {{ ...F{i + 1} }} b {{ ...F{i + 1} }} }}"
        for i in range(60)
    )

    check(
        "{ a { ...F0 } } " + fragments + "fragment F60 on A { c c }", max_overlaps=9_000
    )


def test_cycles_and_unknown_fragments_are_left_to_validation():
    check("{ a { ...F ...Unknown } } fragment F on A { b { ...F b { c } } }")
    check("type A { b: C }")


def test_a_full_introspection_query_is_within_the_limits():
    check(
        get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
        )
    )


def fragments_within_fragments(count):
    return "{ me { ...F0 } }" + "".join(
        f"fragment F{i} on User {{ ...F{i + 1} ...F{i + 1} }}" for i in range(count)
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            fragments_within_fragments(100) + "fragment F100 on User { id }",
            "MAX_FIELDS_LIMIT",
        ),
        (
            fragments_within_fragments(1_000) + "fragment F1000 on User { id }",
            "MAX_NESTING_LIMIT",
        ),
        (
            "{ me { " + "...D " * 20 + "} } fragment D on User {" + " id @a @b @c }",
            "MAX_DIRECTIVES_LIMIT",
        ),
        (
            "{" + " ".join(f"a{i}: __typename" for i in range(4_000)) + "}",
            "MAX_ROOT_FIELDS_LIMIT",
        ),
        (
            "{ me {" + " ".join(f"a{i}: id" for i in range(31)) + "} }",
            "MAX_ALIASES_LIMIT",
        ),
        ("{ me {" + "id " * 14_000 + "} }", "MAX_FIELDS_LIMIT"),
        (
            "{ me {" + "orders { id } " * 300 + "} }",
            "MAX_OVERLAPS_LIMIT",
        ),
        (
            "{ me {"
            + " ".join(f"...F{i}" for i in range(300))
            + "} }"
            + "".join(f"fragment F{i} on User {{ a {{ id }} }}" for i in range(300)),
            "MAX_OVERLAPS_LIMIT",
        ),
        ("{ me" * 16 + "{ id }" + "}" * 16, "MAX_DEPTH_LIMIT"),
        ("{ me { id " + "@skip(if: false) " * 51 + "} }", "MAX_DIRECTIVES_LIMIT"),
    ],
)
def test_an_attack_is_refused_before_validation(text, code):
    with pytest.raises(LimitExceeded) as caught:
        check(text)

    (detail,) = caught.value.details
    assert code == detail.code
    assert len(detail.message) < 200


def test_a_fragment_known_from_further_up_still_counts_its_nesting():
    chain = "".join(f"fragment F{i} on A {{ ...F{i + 1} }}" for i in range(150))
    text = (
        chain + "fragment F150 on A { b } query " + "{ a" * 60 + "{ ...F0 }" + "}" * 60
    )

    assert ("nesting", 200, 212) == exceeded(text, max_depth=None)


def test_too_many_tokens_stop_the_parser():
    with pytest.raises(LimitExceeded) as caught:
        parse_within("{ " + "id " * 15_000 + "}", OperationLimits())

    assert (
        ErrorDetail(
            "The operation is too large: the limit of tokens is 15000, and it has more.",
            "MAX_TOKENS_LIMIT",
            extensions=(("limit", 15_000),),
        ),
    ) == caught.value.details


@pytest.mark.parametrize(
    "text", ["{ a" * 250 + "}" * 250, "{ a(b: " + "[" * 250 + "]" * 250 + ") }"]
)
def test_too_deep_nesting_stops_the_parser(text):
    with pytest.raises(LimitExceeded) as caught:
        parse_within(text, OperationLimits())

    assert "MAX_NESTING_LIMIT" == caught.value.details[0].code


def test_comments_count_like_tokens():
    with pytest.raises(LimitExceeded) as caught:
        parse_within("#\n" * 15_001 + "{ a }", OperationLimits())

    assert "MAX_TOKENS_LIMIT" == caught.value.details[0].code


def test_a_syntax_error_stays_a_syntax_error():
    with pytest.raises(GraphQLSyntaxError):
        parse_within("{ a", OperationLimits())


def test_long_strings_are_refused_by_default_and_longer_ones_fit_in_variables():
    limits = OperationLimits()
    check('{ a(b: "' + "x" * 65_536 + '") }')
    check_variables({"a": "x" * 524_288}, limits)

    assert ("string bytes", 65_536, 65_537) == exceeded(
        '{ a(b: "' + "x" * 65_537 + '") }'
    )
    with pytest.raises(LimitExceeded) as caught:
        check_variables({"a": "x" * 524_289}, limits)
    assert "MAX_VARIABLE_STRING_BYTES_LIMIT" == caught.value.details[0].code


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("variables", "limits"),
    [
        ({"a": 1, "b": 2}, {"max_variables": 2}),
        ({"a": [[{"b": 1}]]}, {"max_variable_nesting": 3}),
        ({"a": [1, {"b": 2}]}, {"max_variable_values": 4}),
        ({"a": "12345"}, {"max_variable_string_bytes": 5}),
        ({"a": [{"b": "\u00e9\U0001f600"}]}, {"max_variable_string_bytes": 6}),
    ],
)
def test_variables_are_held_to_their_limits(variables, limits):
    check_variables(variables, replace(UNLIMITED, **limits))
    ((name, limit),) = limits.items()

    with pytest.raises(LimitExceeded):
        check_variables(variables, replace(UNLIMITED, **{name: limit - 1}))


def test_hostile_variables_are_refused():
    with pytest.raises(LimitExceeded, match="variable nesting is 50"):
        check_variables({"a": nested(100_000)}, OperationLimits())
    with pytest.raises(LimitExceeded, match="variable values is 20000"):
        check_variables({"a": [0] * 1_000_000}, OperationLimits())


@pytest.mark.parametrize(
    "value", ["\ud83d", "a\udc00b", ["\ud83d\ud83d"], {"a": [{"\udc00": 1}]}]
)
def test_half_of_a_surrogate_pair_is_no_text(value):
    with pytest.raises(VariablesInvalid, match="no Unicode text"):
        check_variables({"a": value}, UNLIMITED)


def test_text_of_any_plane_is_accepted():
    check_variables({"a": ["\U0001f600", {"\u00e9": "\uffff"}]}, OperationLimits())
