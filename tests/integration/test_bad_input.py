"""A gateway process, asked wrongly and answered wrongly: every case states its answer."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from unittest.mock import ANY

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
SUPERGRAPH = ROOT / "tests" / "data" / "shop.graphql"
SUBGRAPH_TIMEOUT_S = 1


class CannedSubgraph:
    """A server that answers every request with the same bytes, whatever they are."""

    def __init__(self):
        self.answer = b""
        self.delay_s = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(
                    target=self._reply, args=(connection,), daemon=True
                ).start()

    def _reply(self, connection):
        with connection, suppress(OSError):
            connection.recv(65536)
            time.sleep(self.delay_s)
            connection.sendall(self.answer)

    def close(self):
        self._listener.close()


def http(body, status="200 OK", media_type="application/json"):
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


@pytest.fixture(scope="module")
def subgraph():
    it = CannedSubgraph()
    yield it
    it.close()


@pytest.fixture(scope="module")
def url(subgraph, started_for_module, free_ports, way):
    (port,) = free_ports(1)
    gateway = started_for_module(
        "python",
        "-c",
        "from gateway_graphql.cli import main; main()",
        "serve",
        "--supergraph",
        str(SUPERGRAPH),
        "--port",
        str(port),
        env=way
        | {
            "GATEWAY_SUBGRAPHS__BOOKS__URL": f"http://127.0.0.1:{subgraph.port}/graphql",
            "GATEWAY_SUBGRAPHS__REVIEWS__URL": "http://127.0.0.1:1/graphql",
            "GATEWAY_SERVER__SUBGRAPH_TIMEOUT_S": str(SUBGRAPH_TIMEOUT_S),
        },
    )
    gateway.wait_for(f"http://127.0.0.1:{port}/health/ready")
    return f"http://127.0.0.1:{port}/graphql"


def post(url, **request):
    response = httpx.post(url, json=request, trust_env=False, timeout=30)
    return response.status_code, response.json()


def failed(message, code, **extensions):
    return (
        200,
        {
            "errors": [
                {
                    "message": message,
                    "path": ["book"],
                    "extensions": {
                        "code": code,
                        "serviceName": "books",
                        **extensions,
                        "errorId": ANY,
                    },
                }
            ],
            "data": {"__typename": "Query", "book": None},
        },
    )


QUERY = "{ __typename book(id: 1) { title } }"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            http(b'{"data":{"book":{"title":"Dune"}}}'),
            (200, {"data": {"__typename": "Query", "book": {"title": "Dune"}}}),
        ),
        (
            http(b"<html>It works</html>", media_type="text/html"),
            failed(
                "Subgraph 'books' gave a malformed answer: it is not JSON.",
                "SUBREQUEST_MALFORMED_RESPONSE",
            ),
        ),
        (
            http(b"<html>Bad gateway</html>", "502 Bad Gateway", "text/html"),
            failed(
                "Subgraph 'books' answered with HTTP status 502.",
                "SUBREQUEST_HTTP_ERROR",
                http={"status": 502},
            ),
        ),
        (
            http(b"[1, 2]"),
            failed(
                "Subgraph 'books' gave a malformed answer: it is not an object.",
                "SUBREQUEST_MALFORMED_RESPONSE",
            ),
        ),
        (
            b"\x00\x01\x02 garbage \xff\r\n\r\n",
            failed("Subgraph 'books' could not be reached.", "SUBREQUEST_HTTP_ERROR"),
        ),
        (
            http(b'{"data":{"book":{"title":"Dune"}}}')[:-9],
            failed("Subgraph 'books' could not be reached.", "SUBREQUEST_HTTP_ERROR"),
        ),
        (
            b"",
            failed("Subgraph 'books' could not be reached.", "SUBREQUEST_HTTP_ERROR"),
        ),
    ],
    ids=["sound", "html", "html-502", "list", "garbage", "cut-short", "hang-up"],
)
def test_a_subgraph_that_answers_wrongly_costs_its_own_part_only(
    url, subgraph, answer, expected
):
    subgraph.answer, subgraph.delay_s = answer, 0.0

    assert expected == post(url, query=QUERY)


def test_a_slow_subgraph_costs_its_own_part_only(url, subgraph):
    subgraph.answer, subgraph.delay_s = http(b"{}"), SUBGRAPH_TIMEOUT_S * 3

    assert failed(
        "Subgraph 'books' did not answer in time.", "SUBREQUEST_TIMEOUT"
    ) == post(url, query=QUERY)


def test_a_subgraph_that_is_down_leaves_the_other_subgraphs_data(url, subgraph):
    subgraph.answer = http(
        b'{"data":{"book":{"title":"Dune","id":"1","__typename":"Book"}}}'
    )
    subgraph.delay_s = 0.0

    assert (
        200,
        {
            "errors": [
                {
                    "message": "Subgraph 'reviews' could not be reached.",
                    "path": ["book", "stars"],
                    "extensions": {
                        "code": "SUBREQUEST_HTTP_ERROR",
                        "serviceName": "reviews",
                        "errorId": ANY,
                    },
                }
            ],
            "data": {"book": {"title": "Dune", "stars": None}},
        },
    ) == post(url, query="{ book(id: 1) { title stars } }")


def refused(message, code, *locations):
    error = {"message": message, "extensions": {"code": code}}
    if locations:
        error["locations"] = [{"line": line, "column": c} for line, c in locations]
    return {"errors": [error]}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            {"query": "{ book("},
            refused(
                "Syntax Error: Expected Name, found <EOF>.",
                "GRAPHQL_PARSE_FAILED",
                (1, 8),
            ),
        ),
        (
            {"query": "{ unknown }"},
            refused(
                "Cannot query field 'unknown' on type 'Query'.",
                "GRAPHQL_VALIDATION_FAILED",
                (1, 3),
            ),
        ),
        (
            {"query": "query A { __typename }", "operationName": "B"},
            refused(
                "The document has no operation named 'B'.",
                "GRAPHQL_UNKNOWN_OPERATION_NAME",
            ),
        ),
        (
            {"query": "query ($id: ID!) { book(id: $id) { title } }"},
            refused(
                'Variable "$id" is invalid: a value of type ID! is required.',
                "BAD_USER_INPUT",
                (1, 8),
            ),
        ),
        (
            {
                "query": "query ($id: ID!) { book(id: $id) { title } }",
                "variables": {"id": None},
            },
            refused(
                'Variable "$id" is invalid: expected a value of type ID!, got null.',
                "BAD_USER_INPUT",
                (1, 8),
            ),
        ),
        (
            {
                "query": "query ($n: Int) { books(first: $n) { title } }",
                "variables": {"n": "three"},
            },
            refused(
                'Variable "$n" is invalid: expected a value of type Int, got "three".',
                "BAD_USER_INPUT",
                (1, 8),
            ),
        ),
    ],
    ids=["syntax", "field", "operation", "absent", "null", "wrong"],
)
def test_a_request_that_cannot_be_executed_says_why(url, request_, expected):
    plain = httpx.post(url, json=request_, trust_env=False)
    newer = httpx.post(
        url,
        json=request_,
        headers={"accept": "application/graphql-response+json"},
        trust_env=False,
    )

    assert (200, expected) == (plain.status_code, plain.json())
    assert (400, expected) == (newer.status_code, newer.json())


def test_a_body_that_is_no_json_is_refused(url):
    response = httpx.post(
        url,
        content=b"query=1",
        headers={"content-type": "application/json"},
        trust_env=False,
    )

    assert (
        400,
        refused(
            "The request body is not JSON: "
            "what stands at line 1, column 1 does not belong there.",
            "BAD_REQUEST",
        ),
    ) == (response.status_code, response.json())


def test_a_body_of_ten_megabytes_is_refused(url):
    response = httpx.post(
        url,
        content=b'{"query": "' + b" " * 10_000_000 + b'"}',
        headers={"content-type": "application/json"},
        trust_env=False,
        timeout=30,
    )

    assert (
        413,
        refused("The request body is larger than 2000000 bytes.", "PAYLOAD_TOO_LARGE"),
    ) == (response.status_code, response.json())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "error: The supergraph is empty."),
        ("type Query {", "Syntax Error"),
        ("type Query { a: Int }", "error: "),
    ],
    ids=["empty", "syntax", "no-supergraph"],
)
def test_a_supergraph_that_cannot_be_served_ends_the_process_with_the_reason(
    start, gateway_command, tmp_path, content, message
):
    path = tmp_path / "supergraph.graphql"
    path.write_text(content)

    it = start(*gateway_command, "serve", "--supergraph", str(path), "--port", "65001")
    code = it.process.wait(60)

    assert 1 == code
    assert message in it.output
    assert "Traceback" not in it.output
