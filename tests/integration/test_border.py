"""The HTTP border of a gateway process: real sockets, real headers."""

import hashlib
import json
import socket
import threading
from pathlib import Path

import httpx
import pytest
import yaml

SUPERGRAPH = Path(__file__).resolve().parents[1] / "data" / "shop.graphql"
TEXT = "{ __typename }"
HASH = hashlib.sha256(TEXT.encode()).hexdigest()
ANSWERED = {"data": {"__typename": "Query"}}


@pytest.fixture
def serve(start, gateway_command, free_ports, tmp_path):
    def serve(settings, *options, env=None):
        (port,) = free_ports(1)
        path = tmp_path / "gateway.yaml"
        path.write_text(yaml.safe_dump(settings))
        it = start(
            *gateway_command,
            *("serve", "--supergraph", str(SUPERGRAPH), "--config", str(path)),
            *("--port", str(port), *options),
            env=env,
        )
        it.origin = f"http://127.0.0.1:{port}"
        return it

    return serve


def client(running):
    running.wait_for(f"{running.origin}/health/ready")
    return httpx.Client(base_url=running.origin, trust_env=False, timeout=30)


def test_the_border_of_a_process(serve):
    running = serve(
        {
            "server": {
                "cors": [{"origins": ["https://a.example"]}],
                "batching": {"enabled": True},
            }
        }
    )
    with client(running) as it:
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
        by_hash = {"extensions": json.dumps(extensions)}
        assert "PersistedQueryNotFound" in it.get("/graphql", params=by_hash).text
        registered = it.post("/graphql", json={"query": TEXT, "extensions": extensions})
        assert ANSWERED == registered.json()
        assert ANSWERED == it.get("/graphql", params=by_hash).json()

        browser = {"user-agent": "Mozilla/5.0", "origin": "https://evil.example"}
        assert 403 == it.get("/graphql", params=by_hash, headers=browser).status_code
        evil = it.post("/graphql", json={"query": TEXT}, headers=browser)
        assert "access-control-allow-origin" not in evil.headers

        preflight = {
            "origin": "https://a.example",
            "access-control-request-method": "POST",
        }
        assert 204 == it.options("/graphql", headers=preflight).status_code
        assert [ANSWERED] * 2 == it.post("/graphql", json=[{"query": TEXT}] * 2).json()
        assert 415 == it.post("/graphql", data={"query": TEXT}).status_code


def test_headers_of_a_real_subgraph(serve):
    subgraph = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{subgraph.getsockname()[1]}/graphql"
    running = serve(
        {
            "subgraphs": {"books": {"url": url}},
            "headers": {
                "all": {
                    "request": [
                        {"propagate": {"matching": "x-.*"}},
                        {"insert": {"name": "x-key", "value": "${env.KEY}"}},
                    ],
                    "response": [
                        {"propagate": {"named": "set-cookie", "algorithm": "append"}},
                        {"propagate": {"named": "cache-control"}},
                    ],
                }
            },
        },
        env={"KEY": "hidden-key"},
    )
    body = b'{"data":{"books":[]}}'
    with client(running) as it, subgraph:
        asked = []

        def answer():
            connection, _ = subgraph.accept()
            with connection:
                asked.append(connection.recv(65536).decode().lower())
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    b"set-cookie: a=1; expires=Wed, 21 Oct 2026 07:28:00 GMT\r\n"
                    b"set-cookie: b=2\r\ncache-control: max-age=9\r\nx-internal: 1\r\n"
                    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
                    % (len(body), body)
                )

        thread = threading.Thread(target=answer)
        thread.start()
        response = it.post(
            "/graphql",
            json={"query": "{ books { id } }"},
            headers={
                "x-a": "1",
                "x-key": "forged",
                "x-hop": "2",
                "connection": "x-hop",
                "cookie": "c=3",
            },
        )
        thread.join(30)

    assert {"data": {"books": []}} == response.json()
    assert [
        "a=1; expires=Wed, 21 Oct 2026 07:28:00 GMT",
        "b=2",
    ] == response.headers.get_list("set-cookie")
    assert "max-age=9" == response.headers["cache-control"]
    assert "x-internal" not in response.headers
    lines = asked[0].split("\r\n")
    assert {"x-a: 1", "x-key: hidden-key"} == {
        line for line in lines if line.startswith(("x-", "cookie"))
    }


def test_settings_are_printed_and_nothing_is_served(serve):
    running = serve(
        {
            "headers": {
                "all": {"request": [{"insert": {"name": "x", "value": "${env.KEY}"}}]}
            }
        },
        "--print-config",
        env={"KEY": "hidden-key"},
    )

    assert 0 == running.process.wait(60)
    assert "hidden-key" not in running.output
    assert "max_body_bytes: 2000000" in running.output


def test_a_wrong_setting_ends_the_process_and_names_the_line(serve):
    running = serve({"server": {"prot": "${env.KEY}"}}, env={"KEY": "hidden-key"})

    assert 1 == running.process.wait(60)
    assert "gateway.yaml:2: server.prot: unknown key" in running.output
    assert "hidden-key" not in running.output
    assert "Traceback" not in running.output
