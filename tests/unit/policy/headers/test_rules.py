"""What ordered rules make of headers."""

import re

import pytest

from gateway_graphql.exchange import Caller
from gateway_graphql.policy.headers import (
    Insert,
    Names,
    Propagate,
    Remove,
    merged_cache_control,
)
from gateway_graphql.policy.headers.rules import applied

ALL = Propagate(Names(matching=re.compile(".*")))


def named(*names, **options):
    return Propagate(Names(named=names), **options)


def remove(*names, matching=None):
    return Remove(Names(names, re.compile(matching) if matching else None))


def subject(caller):
    return None if caller is None else caller.subject


def test_no_pattern_is_tried_on_a_name_that_no_header_has():
    headers = {"a" * 256: "1", "a" * 257: "2"}

    assert {"a" * 256: "1"} == made([ALL], headers)


def made(rules, headers, caller=None):
    return {n: value.text for n, value in applied(rules, headers, caller).items()}


@pytest.mark.parametrize(
    ("rules", "headers", "expected"),
    [
        ([], {"a": "1"}, {}),
        ([named("a", "b")], {"a": "1", "c": "3"}, {"a": "1"}),
        ([named("a", rename="b")], {"a": "1"}, {"b": "1"}),
        ([named("a", default="0")], {}, {"a": "0"}),
        ([named("a", default="0")], {"a": "1"}, {"a": "1"}),
        ([named("a", rename="b", default="0")], {}, {"b": "0"}),
        (
            [
                Propagate(
                    Names(matching=re.compile("x-.*"), exclude=(re.compile("x-b"),))
                )
            ],
            {"x-a": "1", "x-b": "2", "y-x-a": "3"},
            {"x-a": "1"},
        ),
        # The first rule that sets a header counts.
        (
            [named("a", rename="c"), named("b", rename="c")],
            {"a": "1", "b": "2"},
            {"c": "1"},
        ),
        ([Insert("a", "0"), named("a")], {"a": "1"}, {"a": "0"}),
        # Rules that are made in code may name headers as they like.
        (
            [named("A"), named("b", rename="C")],
            {"a": "1", "b": "2"},
            {"a": "1", "c": "2"},
        ),
        ([ALL, remove("A")], {"a": "1"}, {}),
        ([ALL, Insert("Date", "0")], {"date": "1"}, {"date": "0"}),
        # An insertion goes before what was set.
        ([named("a"), Insert("a", "0")], {"a": "1"}, {"a": "0"}),
        ([ALL, Insert("x-user", "0")], {"x_user": "1"}, {"x-user": "0"}),
        ([Insert("x-user", "0"), ALL], {"x_user": "1"}, {"x-user": "0"}),
        # What is removed stays away from patterns after it, and before.
        ([ALL, remove("a")], {"a": "1", "b": "2"}, {"b": "2"}),
        ([remove("a"), ALL], {"a": "1", "b": "2"}, {"b": "2"}),
        ([remove(matching="a.*"), ALL], {"aa": "1", "b": "2"}, {"b": "2"}),
        ([remove("a"), named("a")], {"a": "1"}, {"a": "1"}),
        # So does what has its name from a rule.
        ([named("a", rename="b"), remove(matching="b")], {"a": "1"}, {}),
    ],
)
def test_rules_are_applied_in_order(rules, headers, expected):
    assert expected == made(rules, headers)


@pytest.mark.parametrize(
    "name",
    [
        "connection",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "content-encoding",
        "content-type",
        "host",
    ],
)
def test_headers_of_one_connection_are_never_let_through(name):
    assert {} == made([ALL, named(name), named(name, rename="x")], {name: "1"})


def test_headers_that_the_connection_names_are_its_own():
    headers = {"connection": "close, X-Secret", "x-secret": "1", "x-open": "2"}

    assert {"x-open": "2"} == made([ALL, named("x-secret")], headers)


def test_what_is_inserted_from_the_caller_cannot_be_supplied_by_the_client():
    rules = [ALL, Insert("x-user", subject)]
    headers = {"x-user": "admin", "x_user": "admin"}

    assert {"x-user": "ada"} == made(rules, headers, Caller("ada"))
    assert {} == made(rules, headers)
    assert {} == made(rules[::-1], headers)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], "no-store"),
        ([None], "no-store"),
        (["max-age=60"], "max-age=60"),
        (["max-age=60", "max-age=30"], "max-age=30"),
        (["public, max-age=60", "public, max-age=30"], "public, max-age=30"),
        (["public, max-age=60", "max-age=30"], "max-age=30"),
        (["public, max-age=60", "private, max-age=90"], "private, max-age=60"),
        (["public, max-age=60", "no-store"], "no-store"),
        (["public, max-age=60", None], "no-store"),
        (["public, max-age=60", ""], "no-store"),
        (["public, max-age=60", " "], "no-store"),
        (["max-age=60", "no-cache"], "no-cache, max-age=0"),
        (["max-age=60", "public"], "max-age=0"),
        (["s-maxage=10, max-age=60", "max-age=30"], "max-age=30, s-maxage=10"),
        (["private, max-age=5", "s-maxage=9, max-age=9"], "private, max-age=5"),
        (["max-age=x"], "max-age=0"),
        (["max-age=-1"], "max-age=0"),
        (["max-age=\u00b2"], "max-age=0"),
        (["max-age=99999999999"], "max-age=99999999999"),
        (["max-age=100000000000"], "max-age=0"),
        (["max-age=" + "9" * 5000], "max-age=0"),
        (['max-age = "60"'], "max-age=60"),
        (["MAX-AGE=60, Public"], "public, max-age=60"),
        (["max-age=60, max-age=5"], "max-age=60"),
        (["unknown"], "no-store"),
    ],
)
def test_cache_control_is_what_is_true_of_all_parts(parts, expected):
    assert expected == merged_cache_control(parts)
