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
    ("content", "complaint"),
    [
        ("nonsense: 1", ":1: nonsense: unknown key"),
        ("\nserver:\n  host: x\n  prot: 1", ":4: server.prot: unknown key"),
        ("subgraphs:\n  a: {}", ":2: subgraphs.a.url: Field required"),
        ("subgraphs: {a: {url: x, sdl: y}}", ":1: subgraphs.a.sdl: unknown key"),
        (
            "server: {port: 70000}",
            ":1: server.port: Input should be less than or equal to 65535",
        ),
        (
            "server:\n  forward_headers:\n    - a\n    - 1",
            ":4: server.forward_headers.1: Input should be a valid string",
        ),
        (
            "server: {example: 'x ${PORT}'}",
            (":1: server.example: ${PORT} is neither ${env.NAME} nor ${file.PATH}"),
        ),
        (
            "server: {example: '${env.NO_SUCH_NAME}'}",
            ":1: server.example: the environment variable NO_SUCH_NAME is not set",
        ),
        ("[1]", ": must hold keys and values."),
    ],
)
def test_a_wrong_file_is_named_with_line_and_key(path, content, complaint):
    path.write_text(content)

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert f"{path}{complaint}" == str(caught.value)


def test_all_complaints_come_at_once(path):
    path.write_text("a: 1\nserver:\n  port: x\n")

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert [f"{path}:3: server.port", f"{path}:1: a"] == [
        line.rsplit(": ", 1)[0] for line in str(caught.value).splitlines()
    ]


def test_a_file_that_is_not_yaml_is_named(path):
    path.write_text("a: [")

    with pytest.raises(ConfigInvalid, match="is not YAML"):
        load_config(path)


def test_a_wrong_variable_is_blamed_and_not_the_file(path, monkeypatch):
    monkeypatch.setenv("GATEWAY_SERVER__PORT", "none")

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert str(caught.value).startswith("Environment: GATEWAY_SERVER__PORT: ")


def test_references_are_filled_in(path, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_PORT", "4300")
    (tmp_path / "example.graphql").write_text("{ me }\n")
    path.write_text(
        """
server:
  port: ${env.SHOP_PORT}
  host: ${env.SHOP_HOST:-localhost}
  example: "${file.example.graphql} # $${env.SHOP_PORT}"
"""
    )

    server = load_config(path).server

    assert (4300, "localhost", "{ me } # ${env.SHOP_PORT}") == (
        server.port,
        server.host,
        server.example,
    )


def test_an_unreadable_reference_names_the_line(path, tmp_path):
    path.write_text("server:\n  example: ${file.absent}\n")

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert (
        f"{path}:2: server.example: cannot be read: {tmp_path / 'absent'}: "
        "No such file or directory"
    ) == str(caught.value)


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
