"""Ports and placeholders of `dev`."""

import pytest

from gateway_graphql.cli.console import CommandFailed
from gateway_graphql.cli.placement import place
from gateway_graphql.cli.processes import ChildCommand
from gateway_graphql.config import load_config
from gateway_graphql.errors import ConfigInvalid

FILE = """
subgraphs:
  a:
    url: http://a.example/api/graphql
    schema: a.graphql
    dev:
      command: [python, -m, a, --port, "{port}"]
  elsewhere:
    url: https://elsewhere.example/graphql
  b:
    url: http://b.example/graphql
    dev:
      command: [b, "{subgraphs.a.url}"]
      env: {A: "{subgraphs.a.origin}", E: "{subgraphs.elsewhere.origin}"}
      health: /up
"""


def placed(tmp_path, content=FILE, port=4000):
    path = tmp_path / "gateway.yaml"
    path.write_text(content)
    return place(load_config(path), "127.0.0.1", port)


def test_subgraphs_take_the_ports_after_the_gateways_in_order(tmp_path):
    placement = placed(tmp_path)

    assert {
        "a": "http://127.0.0.1:4001/api/graphql",
        "elsewhere": "https://elsewhere.example/graphql",
        "b": "http://127.0.0.1:4002/graphql",
    } == {name: s.url for name, s in placement.settings.subgraphs.items()}
    assert [("a", 4001), ("b", 4002)] == [(s.name, s.port) for s in placement.subgraphs]


def test_commands_and_environments_are_filled_in(tmp_path):
    a, b = placed(tmp_path).subgraphs

    assert ChildCommand("a", ("python", "-m", "a", "--port", "4001"), {}) == a.command
    assert (
        ChildCommand(
            "b",
            ("b", "http://127.0.0.1:4001/api/graphql"),
            {"A": "http://127.0.0.1:4001", "E": "https://elsewhere.example"},
        )
        == b.command
    )
    assert "http://127.0.0.1:4002/up" == b.health_url


def test_started_subgraphs_are_asked_for_their_schema(tmp_path):
    assert placed(tmp_path).settings.subgraphs["a"].schema_file is None


def test_an_unknown_placeholder_is_an_error(tmp_path):
    with pytest.raises(ConfigInvalid, match=r"subgraphs\.a\.dev: there is no \{prot\}"):
        placed(tmp_path, FILE.replace("{port}", "{prot}"))


def test_ports_must_not_run_out(tmp_path):
    with pytest.raises(CommandFailed, match="no room for 2 subgraphs"):
        placed(tmp_path, port=65534)
