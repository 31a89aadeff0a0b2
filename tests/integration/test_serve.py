"""`gateway-graphql serve` as a process: workers, signals, ports."""

import signal
import socket
import threading
from pathlib import Path

import httpx
import pytest

SUPERGRAPH = Path(__file__).resolve().parents[1] / "data" / "shop.graphql"


@pytest.fixture
def serve(start, gateway_command, free_ports):
    (port,) = free_ports(1)

    def run(*options, env=None, ready=True):
        it = start(
            *gateway_command,
            *("serve", "--supergraph", str(SUPERGRAPH), "--port", str(port)),
            *options,
            env=env,
        )
        if ready:
            it.wait_for(f"http://127.0.0.1:{port}/health/ready")
        return it

    run.port = port
    run.url = f"http://127.0.0.1:{port}/graphql"
    return run


def ask(url, query):
    return httpx.post(url, json={"query": query}, trust_env=False, timeout=30).json()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_gateway_with_success(serve, workers, number):
    it = serve("--workers", str(workers))
    answer = ask(serve.url, "{ __typename }")

    code = it.end(number)

    assert {"data": {"__typename": "Query"}} == answer
    assert 0 == code
    assert "Traceback" not in it.output
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", serve.port)) != 0


def test_a_running_request_is_answered_before_the_end(serve, way):
    is_asked, may_answer = threading.Event(), threading.Event()
    body = b'{"data":{"books":[]}}'
    subgraph = socket.create_server(("127.0.0.1", 0))

    def answer_slowly():
        connection, _ = subgraph.accept()
        with connection:
            connection.recv(65536)
            is_asked.set()
            may_answer.wait(30)
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)

    answers = []
    with subgraph:
        port = subgraph.getsockname()[1]
        it = serve(
            env=way
            | {"GATEWAY_SUBGRAPHS__BOOKS__URL": f"http://127.0.0.1:{port}/graphql"}
        )
        threads = [
            threading.Thread(target=answer_slowly),
            threading.Thread(
                target=lambda: answers.append(ask(serve.url, "{ books { id } }"))
            ),
        ]
        for thread in threads:
            thread.start()
        is_asked.wait(30)
        it.process.send_signal(signal.SIGTERM)
        may_answer.set()
        for thread in threads:
            thread.join(30)
        code = it.process.wait(30)

    assert ([{"data": {"books": []}}], 0) == (answers, code)


def test_a_taken_port_is_a_clear_message(serve):
    with socket.create_server(("127.0.0.1", serve.port)):
        it = serve(ready=False)
        code = it.process.wait(60)

    assert 1 == code
    assert f"error: The gateway cannot listen on 127.0.0.1:{serve.port}" in it.output
    assert "Traceback" not in it.output


def test_schema_files_are_what_composition_gives(start, gateway_command, tmp_path):
    root = Path(__file__).resolve().parents[2]
    output, api = tmp_path / "supergraph.graphql", tmp_path / "api.graphql"

    it = start(
        *gateway_command,
        *("compose", "--config", str(root / "schema" / "gateway.yaml")),
        *("-o", str(output), "--api", str(api)),
    )

    assert 0 == it.process.wait(60), it.output
    assert (root / "schema" / "supergraph.graphql").read_text() == output.read_text()
    assert (root / "schema" / "api.graphql").read_text() == api.read_text()
