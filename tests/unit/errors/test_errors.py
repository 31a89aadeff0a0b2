"""Errors as a client reads them."""

import json

import pytest

from gateway_graphql.errors import (
    ClientError,
    CostTooHigh,
    ErrorDetail,
    InvalidToken,
    Location,
    MethodNotAllowed,
    NoSupergraph,
    OperationNotInList,
    PersistedQueryNotFound,
    RateLimited,
    UnsupportedContentCoding,
    errors_to_json,
)
from gateway_graphql.execution import ExecutionResult, encode_result


def test_an_error_says_where_and_which():
    detail = ErrorDetail("Wrong.", "CODE", ("a", 0), (Location(1, 2),), (("limit", 3),))

    assert {
        "message": "Wrong.",
        "locations": [{"line": 1, "column": 2}],
        "path": ["a", 0],
        "extensions": {"code": "CODE", "limit": 3},
    } == detail.to_json()


def test_a_message_is_cut_at_200_characters():
    lengths = [
        len(ErrorDetail("x" * length, "CODE").to_json()["message"])
        for length in (199, 200, 201, 9999)
    ]

    assert [199, 200, 200, 200] == lengths
    assert "…" == ErrorDetail("x" * 201, "CODE").to_json()["message"][-1]


def test_an_answer_tells_at_most_a_hundred_errors():
    errors = tuple(ErrorDetail(f"{n}", "CODE") for n in range(101))

    assert 100 == len(errors_to_json(errors))
    assert 100 == len(json.loads(encode_result(ExecutionResult({}, errors)))["errors"])


STANDING = {"limit": 1, "remaining": 0, "retryAfterMs": 5, "resetAfterMs": 5}
WITH_HEADERS = [
    MethodNotAllowed("No.", allowed=("POST",)),
    CostTooHigh(9, 5),
    InvalidToken(),
    NoSupergraph(),
    OperationNotInList(),
    PersistedQueryNotFound(),
    RateLimited("client", standing=STANDING, headers={"retry-after": "1"}),
    UnsupportedContentCoding(["gzip"]),
]


@pytest.mark.parametrize("refusal", WITH_HEADERS, ids=lambda it: type(it).__name__)
def test_a_charged_refusal_keeps_what_it_says_by_itself(refusal):
    said = dict(refusal.headers)
    charged = refusal.charged({**refusal.headers, "ratelimit": "r=3"})

    assert said
    assert {**said, "ratelimit": "r=3"} == charged.headers
    assert (str(refusal), refusal.details) == (str(charged), charged.details)
    assert said == refusal.headers


def kinds_below(kind):
    for one in kind.__subclasses__():
        yield one
        yield from kinds_below(one)


def test_headers_of_refusals_are_put_together_in_one_place():
    assert [] == [it for it in kinds_below(ClientError) if "headers" in vars(it)]
