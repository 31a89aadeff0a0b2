"""What is said of a name that does not exist."""

from enum import Enum
from importlib import import_module
from inspect import isclass, isfunction

import pytest
from graphql import build_schema
from msgspec import Struct

from gateway_graphql import Gateway, HTTPTransport, Subgraph, compose
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.policy.errors import SubgraphMasking
from gateway_graphql.policy.headers import Insert
from gateway_graphql.server import Border, RequestLimits, create_app
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
        (lambda: compose(subgraph=[]), "subgraphs"),
        (lambda: RequestLimits(max_body=1), "max_body_bytes"),
        (lambda: Border(crsf=None), "csrf"),
        (lambda: HTTPTransport("http://a", timeout=1), "timeout_s"),
        (lambda: Insert("date", valeu="0"), "value"),
        (lambda: SubgraphMasking(redacts=True), "redact"),
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


ROOMS = (
    *("", ".server", ".rest", ".strawberry", ".transport"),
    *(
        f".policy.{name}"
        for name in (
            *("authentication", "authorization", "demand_control", "errors"),
            *("headers", "persisted", "rate_limit"),
        )
    ),
)
NOT_FOR_USERS = frozenset(
    {
        # What the gateway makes, many of them for each request.
        *("ErrorDetail", "GraphQLResult", "PreparedOperation", "Endpoint", "World"),
        *("Judgement", "PolicyQuestion", "CostFormula", "CountedOperation"),
        *("Health", "Standing"),
        # What takes a thing or two, and no options.
        *("compile_cost", "merged_cache_control", "parse_identifier", "parse_window"),
        *("refuse_ids", "Stream", "with_headers"),
        # What services copy, with the standard library alone.
        "RequireSignature",
    }
)


def for_users():
    """All public functions and classes that take options, but those made per request.

    Structs are made in C for each request, and so are tuples with names: what they say
    of an unknown option is not worth what saying it would cost.
    """
    for room in ROOMS:
        module = import_module(f"gateway_graphql{room}")
        for name in module.__all__:
            one = getattr(module, name)
            if not (isclass(one) or isfunction(one)) or name in NOT_FOR_USERS:
                continue
            if isclass(one) and (
                issubclass(one, Struct | Enum | BaseException | tuple | dict)
                or getattr(one, "_is_protocol", False)
            ):
                continue
            yield pytest.param(one, id=f"{room[1:]} {name}")


@pytest.mark.parametrize("make", [*for_users()])
def test_everything_public_that_takes_options_names_itself_and_an_unknown_one(make):
    with pytest.raises(TypeError, match=rf"^{make.__name__}\(\) has no option 'x_y'$"):
        make(x_y=1)


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
