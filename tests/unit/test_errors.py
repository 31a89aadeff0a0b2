"""Errors as a client reads them."""

import json

from gateway_graphql.errors import ErrorDetail, Location, errors_to_json
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
