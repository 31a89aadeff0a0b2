"""Each room can be had alone: it loads no library that it does not need."""

import ast
import pickle
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

import gateway_graphql
from gateway_graphql import transport
from gateway_graphql.cli import worker
from gateway_graphql.cli.commands import COMMANDS, loaded

HTTP_AND_FORMS = {"httpx", "fastapi", "starlette", "pydantic"}


def loaded_by(statement):
    """What a fresh process has loaded after a statement, by the first part of names."""
    code = f"import sys\nbefore = set(sys.modules)\n{statement}\n"
    told = subprocess.run(
        [sys.executable, "-c", code + "print(sorted(set(sys.modules) - before))"],
        check=True,
        capture_output=True,
        text=True,
    )
    modules = ast.literal_eval(told.stdout.splitlines()[-1])
    return {name.partition(".")[0] for name in modules}, modules


def foreign(names):
    return names - sys.stdlib_module_names - {"gateway_graphql"}


@pytest.mark.parametrize("room", ["planning", "composition", "query_graph"])
def test_planning_and_composing_need_no_http_and_no_forms(room):
    names, _ = loaded_by(f"import gateway_graphql.{room}")

    assert set() == names & HTTP_AND_FORMS
    assert {"graphql", "msgspec"} >= foreign(names) - {"typing_extensions"}


def test_a_service_that_checks_signatures_needs_the_standard_library_alone():
    names, modules = loaded_by("import gateway_graphql.wire.signature")

    assert set() == foreign(names)
    assert {
        "gateway_graphql",
        "gateway_graphql.wire",
        "gateway_graphql.wire.headers",
        "gateway_graphql.wire.nonces",
        "gateway_graphql.wire.signature",
    } == {name for name in modules if name.startswith("gateway_graphql")}


def test_the_root_loads_nothing_until_it_is_asked():
    names, modules = loaded_by("import gateway_graphql")

    assert set() == foreign(names)
    assert ["gateway_graphql"] == [one for one in modules if one.startswith("gateway")]


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_whoever_asks_for_the_commands_loads_none(option):
    names, modules = loaded_by(
        f"sys.argv = ['gateway-graphql', '{option}']\n"
        "from gateway_graphql.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )

    assert {
        "gateway_graphql",
        "gateway_graphql.cli",
        "gateway_graphql.cli.commands",
        "gateway_graphql.cli.garbage",
    } == {
        name
        for name in modules
        if name.startswith("gateway_graphql") and ".errors" not in name
    }
    heavy = {*HTTP_AND_FORMS, "graphql", "msgspec", "uvicorn", "redis", "rich"}
    assert set() == names & heavy


SUPERGRAPH = Path(__file__).parents[1] / "data" / "shop.graphql"
OF_NO_USE = {
    "gateway_graphql.composition",
    "gateway_graphql.config.assembly.rest",
    "gateway_graphql.config.assembly.subgraphs",
    "gateway_graphql.policy.authentication.jwt_verifier",
    "gateway_graphql.rest",
}
LIBRARIES_OF_NO_USE = {
    "cryptography",
    "httpx",
    "jmespath",
    "jwt",
    "redis",
    "strawberry",
}


def test_serving_a_supergraph_loads_only_what_the_settings_ask_for():
    names, modules = loaded_by(
        "import os\n"
        f"os.environ['GATEWAY_SUPERGRAPH'] = {str(SUPERGRAPH)!r}\n"
        "from gateway_graphql.cli import serve\n"
        "serve.create_application()"
    )

    assert "fastapi" in names
    assert set() == OF_NO_USE & set(modules)
    assert set() == LIBRARIES_OF_NO_USE & names


CONFIGURED = """
subgraphs:
  users: {url: "https://users.example/graphql", tls: {authorities_file: %s}}
  plain: {url: "http://plain.example:8080/graphql"}
  socket: {url: "unix:///run/reviews.sock:/graphql"}
limits: {max_depth: 20}
"""


def test_subgraphs_are_asked_without_httpx(tmp_path):
    settings = tmp_path / "gateway.yaml"
    settings.write_text(CONFIGURED % certifi.where())

    names, modules = loaded_by(
        "import os\n"
        f"os.environ['GATEWAY_SUPERGRAPH'] = {str(SUPERGRAPH)!r}\n"
        f"os.environ['GATEWAY_CONFIG'] = {str(settings)!r}\n"
        "from gateway_graphql.cli import serve\n"
        "serve.create_application()"
    )

    assert "gateway_graphql.transport.http1.tls" in modules
    assert set() == {"httpx", "httpcore"} & names


@pytest.mark.parametrize(
    "wants", ['proxy: "http://proxy:3128"', 'url: "http://b\u00fccher"']
)
def test_httpx_is_loaded_for_what_it_alone_can_do(tmp_path, wants):
    settings = tmp_path / "gateway.yaml"
    url = "" if "url" in wants else 'url: "https://users.example", '
    settings.write_text(f"subgraphs: {{users: {{{url}{wants}}}}}")

    names, _ = loaded_by(
        "from pathlib import Path\n"
        "from gateway_graphql.config import load_config\n"
        "from gateway_graphql.config.assembly.transports import transports_of\n"
        f"transports_of(load_config(Path({str(settings)!r})))"
    )

    assert "httpx" in names


def test_composing_what_is_at_hand_loads_no_httpx():
    names, _ = loaded_by(
        "from gateway_graphql import Gateway, Subgraph\n"
        "Gateway.compose(Subgraph('a', url='http://a', sdl='type Query { a: Int }'))"
    )

    assert "httpx" not in names


@pytest.mark.parametrize("name", transport.__all__)
def test_every_transport_is_there(name):
    assert getattr(transport, name) is not None


def test_a_transport_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'HTTP3Transport'"):
        transport.HTTP3Transport  # noqa: B018 - it is the look-up that fails


def test_what_is_sent_to_a_worker_loads_no_server():
    sent = pickle.dumps((worker.create_in_worker, worker.protocol_in_worker))

    names, _ = loaded_by(f"import pickle\npickle.loads({sent!r})")

    assert set() == names & {*HTTP_AND_FORMS, "graphql", "msgspec", "uvicorn"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_as_it_describes_itself(name):
    assert COMMANDS[name] == loaded(name).help.partition("\n")[0]


@pytest.mark.parametrize("name", gateway_graphql.__all__)
def test_every_public_name_is_there(name):
    assert getattr(gateway_graphql, name) is not None
    assert name in dir(gateway_graphql)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Gatway'"):
        gateway_graphql.Gatway  # noqa: B018 - it is the look-up that fails
