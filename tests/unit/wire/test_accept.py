"""Content negotiation."""

import pytest

from gateway_graphql.errors import NotAcceptable
from gateway_graphql.wire.accept import (
    Accepted,
    MediaType,
    StreamFormat,
    accepted_answers,
    negotiate,
    wants_page,
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", MediaType.JSON),
        ("*/*", MediaType.JSON),
        ("application/*", MediaType.JSON),
        ("application/json", MediaType.JSON),
        ("application/json; charset=utf-8", MediaType.JSON),
        ("application/graphql-response+json", MediaType.GRAPHQL_RESPONSE),
        (
            "application/graphql-response+json, application/json",
            MediaType.GRAPHQL_RESPONSE,
        ),
        (
            "application/json, application/graphql-response+json",
            MediaType.GRAPHQL_RESPONSE,
        ),
        (
            "application/graphql-response+json;q=0.9, application/json",
            MediaType.JSON,
        ),
        ("application/json, */*", MediaType.JSON),
        ("application/graphql-response+json;q=0.5, */*;q=0.1", "graphql"),
        ("text/html, */*;q=0.8", MediaType.JSON),
        ("APPLICATION/JSON", MediaType.JSON),
        # The most specific range wins, whatever the others weigh.
        ("application/json;q=0, */*", "graphql"),
        ("application/json;q=0.1, application/*", "graphql"),
        ("application/graphql-response+json;q=0, */*", MediaType.JSON),
        (
            "application/graphql-response+json;q=0.1, application/json;q=0.2, */*",
            MediaType.JSON,
        ),
        ("application/*;q=0.1, */*;q=0", MediaType.JSON),
        ("application/json;q=7", MediaType.JSON),
    ],
)
def test_the_media_type_that_weighs_most_is_chosen(accept, expected):
    wanted = MediaType.GRAPHQL_RESPONSE if expected == "graphql" else expected

    assert wanted == negotiate(accept)


def test_a_header_longer_than_any_real_one_is_read_as_well():
    assert MediaType.GRAPHQL_RESPONSE == negotiate(
        "image/png, " * 100 + "application/graphql-response+json"
    )


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/json;q=0",
        "image/*",
        "*/*;q=wrong",
        "*/*;q=nan",
        "*/*;q=-1",
        "application/*;q=0, */*",
        "application/json;q=0, application/graphql-response+json;q=0, */*",
    ],
)
def test_an_accept_that_allows_no_answer_is_refused(accept):
    with pytest.raises(NotAcceptable):
        negotiate(accept)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("", False),
        ("*/*", False),
        ("application/json, text/html;q=0.5", False),
        ("text/html;q=0", False),
    ],
)
def test_browsers_are_told_by_their_accept(accept, expected):
    assert expected is wants_page(accept)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", Accepted(MediaType.JSON)),
        ("*/*", Accepted(MediaType.JSON)),
        ("text/*, application/json", Accepted(MediaType.JSON)),
        ("application/json", Accepted(MediaType.JSON)),
        (
            "text/event-stream",
            Accepted(MediaType.JSON, False, StreamFormat.EVENT_STREAM),
        ),
        (
            "TEXT/Event-Stream, application/json",
            Accepted(MediaType.JSON, True, StreamFormat.EVENT_STREAM),
        ),
        (
            'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json',
            Accepted(MediaType.JSON, True, StreamFormat.MULTIPART),
        ),
        (
            'multipart/mixed; subscriptionSpec="1.0"',
            Accepted(MediaType.JSON, False, StreamFormat.MULTIPART),
        ),
        (
            "application/graphql-response+json, text/event-stream, multipart/mixed",
            Accepted(MediaType.GRAPHQL_RESPONSE, True, StreamFormat.EVENT_STREAM),
        ),
        (
            "text/event-stream;q=0.5, multipart/mixed;subscriptionSpec=1.0;q=0.9",
            Accepted(MediaType.JSON, False, StreamFormat.MULTIPART),
        ),
        (
            "text/event-stream, multipart/mixed;subscriptionSpec=1.0",
            Accepted(MediaType.JSON, False, StreamFormat.EVENT_STREAM),
        ),
        ("text/event-stream;q=0, application/json", Accepted(MediaType.JSON)),
        (
            "multipart/mixed;deferSpec=20220824, application/json",
            Accepted(MediaType.JSON),
        ),
    ],
)
def test_a_stream_is_taken_by_who_names_one(accept, wanted):
    assert wanted == accepted_answers(accept)


@pytest.mark.parametrize("accept", ["text/html", "multipart/mixed", "image/png;q=1"])
def test_who_takes_neither_a_response_nor_a_stream_is_told_both(accept):
    with pytest.raises(NotAcceptable, match="text/event-stream"):
        accepted_answers(accept)
