"""What is said of a name that does not exist."""

import pytest
from graphql import build_schema

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.server import create_app
from gateway_graphql.server.app import graphql_router
from gateway_graphql.spelling import nearest

SDL = "type Query { a: Int }"


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Gateway(gaurds=[]), "guards"),
        (lambda: Gateway(forwardHeaders=["a"]), "forward_headers"),
        (lambda: Gateway.from_supergraph(SDL, transport={}), "transports"),
        (lambda: Gateway.compose(Subgraph("a", sdl=SDL), middlewares=[]), "middleware"),
        (lambda: create_app(Gateway(), graphql=True), "graphiql"),
        (lambda: graphql_router(Gateway(), limit=None), "limits"),
        (lambda: Subgraph("a", uri="http://a"), "url"),
        (lambda: Subgraph("a", schemas=build_schema(SDL)), "schema"),
    ],
)
def test_an_unknown_option_is_refused_with_the_one_that_is_meant(make, name):
    with pytest.raises(TypeError, match=f"did you mean '{name}'"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Gateway(nonsense=1),
        lambda: Gateway.compose(nonsense=1),
        lambda: Subgraph("a", nonsense=1),
        lambda: graphql_router(Gateway(), nonsense=1),
    ],
)
def test_an_unknown_option_that_is_like_no_other_is_named(make):
    with pytest.raises(TypeError, match=r"has no option 'nonsense'$"):
        make()


@pytest.mark.parametrize(
    "url", ["", "a:4001", "ftp://a", "http://[::1", " http://a", 5]
)
def test_a_subgraph_whose_url_cannot_be_asked_is_refused(url):
    with pytest.raises(ConfigInvalid, match=r"^Subgraph 'a': url "):
        Subgraph("a", url=url, sdl=SDL)


@pytest.mark.parametrize("url", ["", "a:4001", "http://[::1"])
def test_a_gateway_whose_url_cannot_be_asked_is_refused(url):
    with pytest.raises(ConfigInvalid, match=r"^The URL of subgraph 'a' "):
        Gateway.compose(Subgraph("a", sdl=SDL), urls={"a": url})


def test_a_name_is_found_in_another_spelling_and_a_long_one_is_cut():
    assert "max_depth" == nearest("maxDepth", ["max_height", "max_depth"])
    assert nearest("x" * 10_000_000, ["max_depth"]) is None
