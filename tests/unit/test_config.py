"""Settings from a file and the environment."""

import pytest

from gateway_graphql.config import load_config, read_subgraphs
from gateway_graphql.errors import ConfigInvalid

FILE = """
supergraph: supergraph.graphql
subgraphs:
  user-service:
    url: http://users/graphql
    schema: users.graphql
server:
  port: 4100
"""


@pytest.fixture
def path(tmp_path):
    it = tmp_path / "gateway.yaml"
    it.write_text(FILE)
    return it


def test_settings_are_read_and_paths_start_at_the_file(path):
    config = load_config(path)

    assert 4100 == config.server.port
    assert "127.0.0.1" == config.server.host
    assert ["user-service"] == list(config.subgraphs)
    assert path.parent / "supergraph.graphql" == config.path_of(config.supergraph)


def test_without_a_file_there_are_defaults():
    config = load_config(None)

    assert ({}, 4000, ("authorization",)) == (
        config.subgraphs,
        config.server.port,
        config.server.forward_headers,
    )


def test_the_environment_goes_before_the_file(path, monkeypatch):
    monkeypatch.setenv("GATEWAY_SERVER__PORT", "4200")
    monkeypatch.setenv("GATEWAY_SUBGRAPHS__USER_SERVICE__URL", "http://elsewhere/")
    monkeypatch.setenv("GATEWAY_SERVER__HOST", "")

    config = load_config(path)

    assert (4200, "127.0.0.1") == (config.server.port, config.server.host)
    assert ["user-service"] == list(config.subgraphs)
    assert "http://elsewhere/" == config.subgraphs["user-service"].url
    assert config.subgraphs["user-service"].schema_file is not None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nonsense: 1", "nonsense: unknown key"),
        ("server: {prot: 1}", "server.prot: unknown key"),
        ("subgraphs: {a: {}}", "subgraphs.a.url: Field required"),
        (
            "subgraphs: {a: {url: x, sdl: y}}",
            "subgraphs.a.sdl: unknown key",
        ),
        (
            "server: {port: 70000}",
            "server.port: Input should be less than or equal to 65535",
        ),
        ("[1]", "must hold keys and values"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_file_is_named_with_the_key(path, content, message):
    path.write_text(content)

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert str(caught.value).startswith(f"{path}: {message}")


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ConfigInvalid, match=r"absent\.yaml: cannot be read"):
        load_config(tmp_path / "absent.yaml")


def test_an_empty_file_is_all_defaults(path):
    path.write_text("")

    assert {} == load_config(path).subgraphs


def test_an_absent_schema_file_names_the_subgraph(path):
    with pytest.raises(ConfigInvalid, match="subgraph 'user-service'"):
        read_subgraphs(load_config(path))


def test_settings_without_subgraphs_cannot_be_composed():
    with pytest.raises(ConfigInvalid, match="name no subgraphs"):
        read_subgraphs(load_config(None))
