import pytest

from gateway_graphql.errors import InvalidToken
from gateway_graphql.policy.authentication import CookieSource, HeaderSource
from gateway_graphql.policy.authentication.sources import (
    find_credential,
    headers_of_init_payload,
)

BEARER = HeaderSource()
UNREADABLE = "The credential is not in a form that can be read."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER abc", "abc"),
        ("Bearer    abc  ", "abc"),
        ("  Bearer abc", "abc"),
        ("", None),
        ("   ", None),
    ],
)
def test_a_header_holds_a_token_after_its_scheme(value, expected):
    found = find_credential({"authorization": value}, [BEARER])

    assert expected == found


@pytest.mark.parametrize(
    "value",
    [
        *("Bearer", "Bearer ", "Bearer abc def", "Bearer abc, Bearer def"),
        *("Bearer\tabc", "Bearerabc", "Bearer abc\x00", "Bearer ab\u00e9"),
        *("Basic abc", "abc", "Bearer abc,def", "Bearer \u00a0abc", ", Bearer abc"),
    ],
)
def test_a_header_that_cannot_be_read_is_a_bad_credential(value):
    with pytest.raises(InvalidToken):
        find_credential({"authorization": value}, [BEARER])


def test_other_schemes_may_be_passed_over():
    found = find_credential(
        {"authorization": "Basic abc"}, [BEARER], ignore_other_prefixes=True
    )

    assert found is None


def test_a_malformed_token_of_the_own_scheme_is_never_passed_over():
    with pytest.raises(InvalidToken):
        find_credential(
            {"authorization": "Bearer "}, [BEARER], ignore_other_prefixes=True
        )


def test_one_header_may_have_several_schemes():
    sources = [BEARER, HeaderSource("authorization", "Token")]

    assert "abc" == find_credential({"authorization": "token abc"}, sources)


def test_a_header_may_have_no_scheme():
    sources = [HeaderSource("x-token", "")]

    assert "abc" == find_credential({"x-token": " abc "}, sources)


def test_the_first_source_decides():
    headers = {"authorization": "Bearer first", "cookie": "token=second"}
    sources = [BEARER, CookieSource("token")]

    assert "first" == find_credential(headers, sources)
    assert "second" == find_credential(headers, sources[::-1])
    assert "second" == find_credential({"cookie": "token=second"}, sources)


@pytest.mark.parametrize(
    ("cookies", "expected"),
    [
        ("token=abc", "abc"),
        ("a=1; token=abc; b=2", "abc"),
        ("a=1;token=abc", "abc"),
        ('token="abc"', "abc"),
        ("token=abc; token=abc", "abc"),
        ("a=1; token = abc ;b=2", "abc"),
        ("token=a=b=", "a=b="),
        ("Token=abc", None),
        ("xtoken=abc", None),
        ("token=", None),
        ("token", None),
        ("", None),
    ],
)
def test_a_cookie_holds_a_token(cookies, expected):
    found = find_credential({"cookie": cookies}, [CookieSource("token")])

    assert expected == found


def test_without_cookies_there_is_no_token():
    assert find_credential({}, [CookieSource("token")]) is None


def test_two_cookies_of_one_name_that_differ_are_refused():
    with pytest.raises(InvalidToken) as caught:
        find_credential({"cookie": "token=a; token=b"}, [CookieSource("token")])

    assert UNREADABLE == str(caught.value)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"Authorization": "Bearer a"}, {"authorization": "Bearer a"}),
        ({"headers": {"authorization": "Bearer a"}}, {"authorization": "Bearer a"}),
        ({"token": 5, "headers": [1]}, {}),
        (None, {}),
        ("Bearer a", {}),
        ([], {}),
    ],
)
def test_a_payload_is_read_as_headers(payload, expected):
    assert expected == headers_of_init_payload(payload)


def test_a_payload_that_says_two_things_is_refused():
    payload = {"Authorization": "Bearer a", "headers": {"authorization": "Bearer b"}}

    with pytest.raises(InvalidToken):
        headers_of_init_payload(payload)
