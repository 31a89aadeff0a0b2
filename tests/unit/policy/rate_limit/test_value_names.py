"""Which spellings of a value share a bucket, and what finding out may cost."""

import unicodedata

import pytest

from gateway_graphql.policy.rate_limit.arguments import MAX_NORMALIZED, value_name
from gateway_graphql.wire.address import _known_host, host_of


@pytest.mark.parametrize(
    "spelling", ["alice", " Alice ", "\uff21lice", "ALICE", "alice" + " " * 100_000]
)
def test_spellings_of_one_account_meet_in_one_bucket(spelling):
    assert "alice" == value_name(spelling)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (7, "7"),
        (7.0, "7"),
        (-0.5, "-0.5"),
        (True, "true"),
        (["A", 1], '["a",1]'),
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        (None, None),
    ],
)
def test_a_value_of_any_type_has_a_name(value, name):
    assert name == value_name(value)


UNSEEN = [
    chr(point)
    for point in range(0x110000)
    if unicodedata.category(chr(point)) in ("Cf", "Cc")
]
IGNORABLE = ["\u034f", "\u115f", "\u17b4", "\u180b", "\u3164", "\ufe0f", "\uffa0"]


@pytest.mark.parametrize(
    "spelling",
    [
        "".join(f"{character}a" for character in (*UNSEEN, *IGNORABLE, "\U000e0fff")),
        "\u200b \u200b" * 2000 + "a" * (len(UNSEEN) + 8) + "\u2060\u3000\x00" * 2000,
        "a" + "\u200b" * 100_000 + "a" * (len(UNSEEN) + 7),
    ],
)
def test_characters_that_nobody_sees_make_no_other_account(spelling):
    assert "a" * (len(UNSEEN) + 8) == value_name(spelling)


def test_what_is_seen_of_a_letter_makes_another_account():
    assert value_name("a\u0301b") != value_name("ab")
    assert value_name("a b") != value_name("ab")


def test_nothing_but_what_nobody_sees_is_an_empty_value():
    assert "" == value_name(" \u200b\ufeff ")


def test_an_account_of_256_letters_is_one_however_its_marks_are_written():
    composed = "\u1f82" * 256
    decomposed = "\u03b1\u0313\u0300\u0345" * 256

    assert value_name(composed) == value_name(decomposed)


def test_what_is_longer_than_is_normalized_is_named_by_its_digest():
    longest, longer = "É" * MAX_NORMALIZED, "É" * (MAX_NORMALIZED + 1)

    assert "é" * MAX_NORMALIZED == value_name(longest)
    assert 128 == len(value_name(longer))
    assert value_name(longer) == value_name(f" {longer} ")
    assert value_name(longer) != value_name(longer.lower())


def test_marks_without_end_are_not_put_in_order():
    marks = "a" + "\u0301" * 20_000 + "\u0316" * 20_000

    assert 128 == len(value_name(marks))
    assert 128 == len(value_name([marks]))


def test_a_half_of_a_pair_is_a_value_like_others():
    assert value_name("\ud800" * 2000) != value_name("\ud801" * 2000)


def test_an_address_that_is_none_is_not_remembered():
    _known_host.cache_clear()

    assert "x" * 5000 == host_of("x" * 5000)
    assert 0 == _known_host.cache_info().currsize
