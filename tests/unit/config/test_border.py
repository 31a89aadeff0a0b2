"""Sections that are about the HTTP border: what is refused, and what comes of them."""

import json
from pathlib import Path

import httpx
import pytest
import yaml

from gateway_graphql.config import load_config, make_gateway, printed
from gateway_graphql.config.assembly.application import application
from gateway_graphql.errors import ConfigInvalid

SUPERGRAPH = Path(__file__).parents[2] / "data" / "shop.graphql"
ASK = {"query": "{ __typename }"}


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "gateway.yaml"
        path.write_text(text)
        return load_config(path)

    return read


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "server:\n  cors:\n    - origins: ['*']\n      allow_credentials: true",
            ":3: server.cors.0: '*' cannot go with allow_credentials; name the origins",
        ),
        (
            "server:\n  cors:\n    - origins:\n      - https://a.example/path",
            (
                ":4: server.cors.0.origins.0: should be like https://shop.example, "
                "without a path, or *"
            ),
        ),
        (
            "server:\n  cors:\n    - allow_credentials: true",
            ":3: server.cors.0: should have origins or matching",
        ),
        (
            "server:\n  trusted_proxies: [10.0.0.1/8]",
            ":2: server.trusted_proxies.0: should be a network such as 10.0.0.0/8",
        ),
        (
            "server:\n  cors:\n    - origins: [https://a.example]\n      max_age: 1y",
            (
                ":4: server.cors.0.max_age: "
                "should be a number of seconds or like 500ms, 10s, 1m, 2h, 1d"
            ),
        ),
        (
            "headers:\n  all:\n    request:\n      - propagate: {named: te}",
            ":4: headers.all.request.0.propagate.named",
        ),
        (
            "headers:\n  all:\n    request:\n      - propagate: {matching: '('}",
            (
                ":4: headers.all.request.0.propagate.matching: "
                "should be a regular expression"
            ),
        ),
        (
            "headers:\n  all:\n    request:\n      - {}",
            (
                ":4: headers.all.request.0: "
                "should have one of propagate, remove and insert"
            ),
        ),
        (
            "headers:\n  all:\n    request:\n      - insert:\n          name: x",
            (
                ":4: headers.all.request.0.insert: "
                "should have one of value, from_file and expression"
            ),
        ),
        (
            "headers:\n all:\n  request:\n   - insert: {name: x, expression: '{me}'}",
            ":4: headers.all.request.0.insert: The header template '{me}' has",
        ),
        (
            'headers:\n  all:\n    request:\n    - insert: {name: x, value: "a\\nb"}',
            ":4: headers.all.request.0.insert.value: should be one line of visible",
        ),
        (
            "headers:\n  all:\n    request:\n    - insert: {name: x, from_file: absent}",
            ":4: headers.all.request.0.insert.from_file: cannot be read: ",
        ),
        (
            "persisted:\n  operations:\n    files:\n      - absent.json",
            ":4: persisted.operations.files.0: cannot be read: ",
        ),
        (
            "persisted:\n  operations:\n    files: [gateway.yaml]",
            ":2: persisted.operations: ",
        ),
        (
            "errors:\n  subgraphs:\n    a:\n      redacted: true",
            ":4: errors.subgraphs.a.redacted: unknown key",
        ),
    ],
)
def test_a_wrong_setting_names_its_line(read, tmp_path, text, complaint):
    with pytest.raises(ConfigInvalid) as caught:
        read(text)

    assert f"{tmp_path / 'gateway.yaml'}{complaint}" in str(caught.value)


def test_two_ways_of_known_documents_exclude_each_other(read, tmp_path):
    (tmp_path / "operations.json").write_text("{}")
    operations = "operations: {files: [operations.json], level: ids_only}"

    assert "ids_only" == read(f"persisted: {{{operations}}}").persisted.operations.level
    with pytest.raises(ConfigInvalid, match="exclude each other"):
        read(f"persisted: {{automatic: {{enabled: true}}, {operations}}}")


def test_no_secret_of_these_sections_is_shown_or_complained_of(read, monkeypatch):
    monkeypatch.setenv("API_KEY", "first-hidden")
    config = read(
        """
headers:
  all:
    request:
      - insert: {name: x-api-key, value: "${env.API_KEY}"}
      - insert: {name: x-other, value: second-hidden}
persisted:
  automatic: {redis: "redis://:third-hidden@localhost"}
"""
    )

    assert "hidden" not in printed(config) + repr(config)
    rules = yaml.safe_load(printed(config))["headers"]["all"]["request"]
    assert "**********" == rules[1]["insert"]["value"]
    with pytest.raises(ConfigInvalid) as caught:
        read("headers: {all: {request: [{insert: {name: x, value: [a-hidden]}}]}}")
    assert "hidden" not in str(caught.value)


def client(config):
    app = application(config, make_gateway(config, SUPERGRAPH))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://gateway"
    )


async def test_settings_reach_the_server(read, tmp_path):
    (tmp_path / "operations.json").write_text(json.dumps({"ask": ASK["query"]}))
    it = client(
        read(
            """
server:
  csrf: {applies_to: all, headers: [X-Mine]}
  cors: [{origins: [https://a.example], allow_credentials: true}]
  batching: {enabled: true, max_size: 2}
persisted:
  operations: {files: [operations.json], level: ids_only}
"""
        )
    )
    origin = {"origin": "https://a.example"}
    responses = [
        await it.get("/graphql", params={"id": "ask"}),
        await it.get("/graphql", params={"id": "ask"}, headers={"x-mine": "1"}),
        await it.post("/graphql", json=ASK),
        await it.post("/graphql", json=[{"id": "ask"}, {"id": "ask"}], headers=origin),
        await it.post("/graphql", json=[{"id": "ask"}] * 3),
    ]

    assert [403, 200, 400, 200, 200] == [it.status_code for it in responses]
    assert "https://a.example" == responses[3].headers["access-control-allow-origin"]
    assert [
        "CSRF_PREVENTION",
        None,
        "PERSISTED_QUERY_ID_REQUIRED",
        None,
        "MAX_BATCH_SIZE_LIMIT",
    ] == [_code(response.json()) for response in responses]


def _code(body):
    if isinstance(body, dict) and "errors" in body:
        return body["errors"][0]["extensions"]["code"]
    return None


async def test_queries_are_persisted_in_memory_unless_that_is_off(read):
    codes = [
        _code(
            (
                await client(read(text)).post(
                    "/graphql",
                    json={"documentId": "0" * 64},
                )
            ).json()
        )
        for text in ("", "persisted: {automatic: {enabled: false}}")
    ]

    assert ["PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED"] == codes
