"""Settings from a file and the environment."""

import pytest

from gateway_graphql.config import load_config
from gateway_graphql.config.assembly.subgraphs import read_subgraphs
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
        (
            "\nserver:\n  host: x\n  prot: 1",
            ":4: server.prot: unknown key; did you mean 'port'?",
        ),
        ("subgraphs:\n  a: {}", ":2: subgraphs.a.url: is required"),
        (
            'subgraphs: {a: {url: "http://x", sdl: y}}',
            ":1: subgraphs.a.sdl: unknown key",
        ),
        (
            "server: {port: 70000}",
            ":1: server.port: should be at most 65535",
        ),
        (
            "server:\n  forward_headers:\n    - a\n    - 1",
            ":4: server.forward_headers.1: should be text; quote it",
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

    assert [f"{path}:1: a", f"{path}:3: server.port"] == [
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


def complaints(path, content):
    path.write_text(content)
    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "server: {port: 1}\nserver: {timeout_s: 9}",
            ["2: server: is given twice, first in line 1"],
        ),
        (
            "server:\n  port: 1\n  host: x\n  'port': 2\n  port: 3",
            [
                "4: server.port: is given twice, first in line 2",
                "5: server.port: is given twice, first in line 2",
            ],
        ),
        (
            "subgraphs: {a: {url: http://a}, b: {url: http://b}, a: {url: http://c}}",
            ["1: subgraphs.a: is given twice, first in line 1"],
        ),
        (
            "rate_limits:\n  tiers:\n    - claim: a\n      value: b\n      claim: c",
            ["5: rate_limits.tiers.0.claim: is given twice, first in line 3"],
        ),
    ],
)
def test_a_key_that_is_given_twice_is_named_with_both_lines(path, content, expected):
    assert expected == complaints(path, content)


@pytest.mark.parametrize(
    ("one", "other"), [("user-service", "user_service"), ("users", "Users")]
)
def test_subgraphs_that_the_environment_cannot_tell_apart_are_refused(path, one, other):
    content = f"subgraphs:\n  {one}: {{url: http://a}}\n  {other}: {{url: http://b}}"

    (complaint,) = complaints(path, content)

    assert complaint.startswith(f"3: subgraphs.{other}: is the subgraph '{one}' again")


@pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "2020-01-01", "0x1F"])
def test_a_name_that_yaml_takes_for_no_text_is_told_with_line_and_key(path, key):
    path.write_text(
        f"server: {{port: x}}\nsubgraphs:\n  {key}: {{url: http://users/}}\n"
    )

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert [
        f"{path}:1: server.port: should be a whole number",
        f"{path}:3: subgraphs.{key}: is a key that YAML takes for no text; quote it",
    ] == str(caught.value).splitlines()


def test_a_merged_key_may_be_given_again(path):
    path.write_text(
        "subgraphs:\n  a: &a {url: http://a, schema: x}\n  b: {<<: *a, url: http://b}"
    )

    assert "http://b" == load_config(path).subgraphs["b"].url


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("", "is empty"),
        ("' '", "is empty"),
        ("127.0.0.1:4001/graphql", "should begin with http:// or https://"),
        ("users/graphql", "should begin with http:// or https://"),
        ("//users/graphql", "should begin with http:// or https://"),
        ("http:/users", "should begin with http:// or https://"),
        ("ftp://users", "should begin with http:// or https://"),
        ("htp://users", "should begin with http:// or https://"),
        ("ws://users", "should begin with http:// or https://"),
        ("' http://users'", "should have no space around it"),
        ("'http://us ers'", "has a character that no URL has"),
        ("'http://users\\graphql'", "has a character that no URL has"),
        ("'http://[::1/graphql'", "is no URL"),
        ("http://users:port/", "is no URL"),
        ("http://users:70000/", "is no URL"),
        ("http://users:0/", "names no host and port"),
        ("http://users:/", "names no host and port"),
        ("http:///graphql", "names no host and port"),
        ("http://:4001/", "names no host and port"),
        ("http://a..b/", "names no host and port"),
        ("'unix:'", "names no socket; it should be like unix:///run/reviews.sock:/"),
        ("unix://run/a.sock", "names no socket"),
        ("unix:///run/a.sock:graphql", "names no socket"),
        ("unix:///run/a.sock?query=a", "names no socket"),
        ("'unix:///run/a b.sock'", "has a character that no URL has"),
    ],
)
def test_a_url_that_cannot_be_asked_is_named_with_line_and_key(path, url, complaint):
    url = url or "''"
    (told,) = complaints(path, f"subgraphs:\n  a:\n    url: {url}")

    assert told.startswith(f"3: subgraphs.a.url: {complaint}")


@pytest.mark.parametrize(
    "url",
    [
        "http://users",
        "HTTPS://users.example:8443/graphql?x=1",
        "http://user:secret@10.0.0.1:4001/",
        "http://[::1]:4001/graphql",
        "http://user_service.svc.cluster.local./graphql",
        "http://bücher.example/graphql",
        "unix:///run/reviews.sock",
        "unix:///run/reviews.sock:/graphql?x=1",
        "unix:///run/reviews.sock?path=/graphql",
    ],
)
def test_a_url_that_can_be_asked_is_taken(path, url):
    path.write_text(f"subgraphs: {{a: {{url: '{url}'}}}}")

    assert url == load_config(path).subgraphs["a"].url


def test_a_subgraph_behind_a_socket_is_not_started_at_a_port(path):
    (told,) = complaints(
        path, "subgraphs:\n  a:\n    url: unix:///a.sock\n    dev: {command: [a]}"
    )

    assert told.endswith("dev starts subgraphs at a port, not behind a Unix socket")


def test_key_sets_are_not_asked_for_through_a_socket(path):
    path.write_text(
        "subgraphs: {a: {url: 'unix:///a.sock'}}\n"
        "authentication:\n  jwt:\n    issuers:\n"
        "      - {issuers: [i], audiences: [a], algorithms: [ES256],"
        " jwks_url: '{subgraphs.a.origin}/jwks'}\n"
    )
    config = load_config(path)

    with pytest.raises(ConfigInvalid, match="behind a Unix socket"):
        config.authentication.to_settings({"a": config.subgraphs["a"].url})


def test_a_wrong_url_of_the_environment_names_the_variable(path, monkeypatch):
    monkeypatch.setenv("GATEWAY_SUBGRAPHS__USER_SERVICE__URL", "users:4001")

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert (
        "Environment: GATEWAY_SUBGRAPHS__USER_SERVICE__URL: "
        "subgraphs.user-service.url: should begin with http:// or https://"
    ) == str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("subgraphs: {a: {url: ${env.URL}}}", '1: url: quote it, like "${env.URL}"'),
        ("subgraphs:\n  a: {url: ${env.URL:-x}}", '2: url: quote it, like "${env.URL'),
        (
            "server:\n  forward_headers: [${env.A}]",
            '2: forward_headers: quote it, like "${env.A}"',
        ),
        ("server:\n  host: ${env.A:-b: c}", '2: host: quote it, like "${env.A:-b: c}"'),
    ],
)
def test_a_reference_that_must_be_quoted_says_so(path, content, told):
    (complaint,) = complaints(path, content)

    assert complaint.startswith(told)


def test_all_problems_are_told_in_the_order_of_the_file(path):
    content = """\
server:
  prt: 1
  port: x
  timeout_s: 0
  graphiql: perhaps
  host: 5
  port: 70000
subgraph: {}
port: 4000
1: x
_env_file: x
rate_limits: 5
limits: {max_depth: -1, max_heigth: ${env.NO_SUCH_NAME}}
errors:
  all: ["a"]
mode: prodution
persisted:
  extra: ${env.NO_SUCH_NAME}
""".replace("${env.NO_SUCH_NAME}}", "'${env.NO_SUCH_NAME}'}")

    assert [
        "2: server.prt: unknown key; did you mean 'port'?",
        "4: server.timeout_s: should be more than 0",
        "5: server.graphiql: should be true or false",
        "6: server.host: should be text; quote it",
        "7: server.port: is given twice, first in line 3",
        "8: subgraph: unknown key; did you mean 'subgraphs'?",
        "9: port: unknown key; did you mean 'server.port'?",
        "10: 1: is a key that YAML takes for no text; quote it",
        "11: _env_file: unknown key",
        "12: rate_limits: should be keys and values",
        "13: limits.max_depth: should be at least 1",
        "13: limits.max_heigth: the environment variable NO_SUCH_NAME is not set",
        "15: errors.all: should be keys and values",
        "16: mode: should be one of production, development; did you mean 'production'?",
        "18: persisted.extra: the environment variable NO_SUCH_NAME is not set",
    ] == complaints(path, content)


@pytest.mark.parametrize(
    "content",
    [
        "a: &a {b: *a}",
        "a: &a [*a]",
        "[" * 5000,
        "a: " + "{b: " * 3000 + "1" + "}" * 3000,
        "a: [1\n",
        "a: 'x",
        "\tserver: 1",
        "a: @x",
        "--- {}\n--- {}",
        "{[a]: 1}",
        "? {a: 1}\n: 2",
        "!!python/object:os.system x",
        "x: 2026-13-41",
        "a: *b",
        "<<: 5",
    ],
)
def test_what_is_no_file_of_keys_and_values_is_one_line(path, content):
    (complaint,) = complaints(path, content)

    assert 300 > len(complaint)


def test_aliases_of_aliases_do_not_fill_the_memory(path):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    (complaint,) = complaints(path, "\n".join(lines))

    assert "has too many values" in complaint


def test_a_header_name_may_be_one_or_several_and_is_complained_of_once(path):
    rule = "headers: {all: {request: [{propagate: {named: %s}}]}}"
    at = "1: headers.all.request.0.propagate.named"

    assert [f"{at}: should be the name of a header"] == complaints(path, rule % "'a b'")
    assert [f"{at}.0: should be the name of a header"] == complaints(
        path, rule % "['a b']"
    )


def test_a_variable_that_should_be_json_is_named(path, monkeypatch):
    monkeypatch.setenv("GATEWAY_SERVER__CORS", "[{")

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert "Environment: GATEWAY_SERVER__CORS: should be JSON" == str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "server:\n  example: '${env.SHOP'",
            ":2: server.example: ${env.SHOP has no closing brace; a plain ${ is written $${",
        ),
        (
            "server:\n  example: '${env.SHOP:-a} ${file.x'",
            ":2: server.example: ${file.x has no closing brace; a plain ${ is written $${",
        ),
        (
            "server:\n  timeout_s: .inf",
            ":2: server.timeout_s: should be a finite number",
        ),
        (
            "server:\n  timeout_s: .nan",
            ":2: server.timeout_s: should be a finite number",
        ),
        (
            "server:\n  head_timeout_s: .inf",
            ":2: server.head_timeout_s: should be a finite number",
        ),
    ],
)
def test_what_has_no_end_is_a_problem(path, text, problem):
    path.write_text(text)

    with pytest.raises(ConfigInvalid) as caught:
        load_config(path)

    assert problem in str(caught.value)


def test_a_plain_brace_needs_no_other(path):
    path.write_text("server:\n  example: '{ me } # $${env'")

    assert "{ me } # ${env" == load_config(path).server.example
