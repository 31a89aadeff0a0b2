"""One function makes the whole server: of a file, of settings, of a gateway."""

from pathlib import Path

import httpx
import pytest

import gateway_graphql
from gateway_graphql import ConfigInvalid, Gateway, GatewayError, create_app
from gateway_graphql.config import load_config
from gateway_graphql.rest import RestSettings

SUPERGRAPH = Path(__file__).resolve().parents[2] / "data" / "shop.graphql"
SETTINGS = """
supergraph: shop.graphql
rest:
  endpoints: [rest]
"""
OPERATION = 'query Kind @rest(path: "/kind") { kind: __typename }'


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in ("GATEWAY_CONFIG", "GATEWAY_SUPERGRAPH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path):
    """A file of settings with a supergraph and an endpoint beside it."""
    (tmp_path / "shop.graphql").write_text(SUPERGRAPH.read_text())
    (tmp_path / "rest").mkdir()
    (tmp_path / "rest" / "kind.graphql").write_text(OPERATION)
    (tmp_path / "gateway.yaml").write_text(SETTINGS)
    return tmp_path / "gateway.yaml"


def client(app):
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


async def answers(app):
    """What each face answers."""
    async with app.router.lifespan_context(app), client(app) as http:
        asked = await http.post("/graphql", json={"query": "{ __typename }"})
        page = await http.get("/graphql", headers={"accept": "text/html"})
        return {
            "graphql": asked.json(),
            "rest": (await http.get("/kind")).status_code,
            "docs": (await http.get("/docs")).status_code,
            "playground": "<html" in page.text,
            "health": (await http.get("/health/ready")).status_code,
        }


EVERY_FACE = {
    "graphql": {"data": {"__typename": "Query"}},
    "rest": 200,
    "docs": 200,
    "playground": True,
    "health": 200,
}


@pytest.mark.parametrize(
    "given", [str, Path, load_config], ids=lambda one: one.__name__
)
async def test_a_file_or_settings_give_every_face(settings, given):
    assert EVERY_FACE == await answers(create_app(given(settings)))


async def test_a_gateway_has_the_faces_that_it_is_given(settings):
    gateway = Gateway.from_supergraph(SUPERGRAPH)
    rest = RestSettings((settings.parent / "rest",))

    assert EVERY_FACE == await answers(create_app(gateway, rest=rest))


async def test_a_gateway_alone_has_no_endpoints():
    app = create_app(Gateway.from_supergraph(SUPERGRAPH))

    assert {**EVERY_FACE, "rest": 404, "docs": 404} == await answers(app)


async def test_what_is_given_goes_before_the_settings(settings):
    app = create_app(settings, graphiql=False, rest=None)
    wanted = {**EVERY_FACE, "rest": 404, "docs": 404, "playground": False}

    assert wanted == await answers(app)


async def test_without_a_source_the_environment_says_what_is_served(
    settings, monkeypatch
):
    monkeypatch.setenv("GATEWAY_CONFIG", str(settings))

    assert EVERY_FACE == await answers(create_app())


async def test_the_gateway_is_closed_when_the_application_ends():
    gateway = Gateway.from_supergraph(SUPERGRAPH)
    await answers(create_app(gateway))

    assert not gateway.is_ready


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigInvalid, match=r"absent\.yaml"):
        create_app(tmp_path / "absent.yaml")


def test_a_wrong_setting_is_told_with_its_line(settings):
    settings.write_text(f"{SETTINGS}sever: {{}}\n")

    with pytest.raises(ConfigInvalid, match=r"gateway\.yaml:5: .*'server'"):
        create_app(settings)


def test_a_supergraph_that_is_not_there_is_named(settings):
    (settings.parent / "shop.graphql").unlink()

    with pytest.raises(GatewayError, match=r"shop\.graphql cannot be read"):
        create_app(settings)


def test_settings_without_a_supergraph_are_told_how_to_name_one(settings):
    settings.write_text("server: {port: 1}\n")

    with pytest.raises(ConfigInvalid, match="name one by `supergraph`"):
        create_app(settings)


def test_an_endpoint_that_does_not_fit_is_told_with_its_place(settings):
    (settings.parent / "rest" / "kind.graphql").write_text(
        OPERATION.replace("kind: __typename", "knd")
    )

    with pytest.raises(ConfigInvalid, match=r"kind\.graphql:1:"):
        create_app(settings)


def test_an_option_that_does_not_exist_is_told_with_the_one_that_is_meant(settings):
    with pytest.raises(TypeError, match="did you mean 'graphiql'"):
        create_app(settings, graphical=True)


def test_what_cannot_be_served_is_refused_by_its_type():
    with pytest.raises(TypeError, match="not int"):
        create_app(4000)


def test_the_root_names_it():
    assert gateway_graphql.create_app is create_app
