"""The gateway as a library, over schemas served in this very process."""

import httpx
import pytest
import strawberry
from fastapi import FastAPI
from strawberry.federation import Schema

import gateway_graphql
from gateway_graphql import (
    CompositionFailed,
    Gateway,
    GraphQLResult,
    RequestContext,
    Subgraph,
    compose,
)
from gateway_graphql.server import graphql_router


@strawberry.federation.type(name="Book", keys=["id"])
class BookOfBooks:
    id: strawberry.ID
    title: str


@strawberry.type(name="Query")
class BooksQuery:
    @strawberry.field
    def books(self, first: int) -> list[BookOfBooks]:
        return [
            BookOfBooks(id=strawberry.ID(str(i)), title=f"No. {i}")
            for i in range(first)
        ]

    @strawberry.field
    def caller(self, info: strawberry.Info) -> str:
        return info.context["headers"].get("authorization", "nobody")

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("out of books")


@strawberry.federation.type(name="Book", keys=["id"])
class BookOfReviews:
    id: strawberry.ID
    stars: int

    @classmethod
    def resolve_reference(cls, id: strawberry.ID):  # noqa: A002 - the key's name
        return cls(id=id, stars=int(id) % 5)


@strawberry.type(name="Query")
class ReviewsQuery:
    best: BookOfReviews | None = None


def books():
    return Subgraph(name="books", schema=Schema(query=BooksQuery))


def reviews():
    return Subgraph(
        name="reviews", schema=Schema(query=ReviewsQuery, types=[BookOfReviews])
    )


async def test_strawberry_schemas_are_composed_and_served_in_process():
    async with Gateway.compose(books(), reviews()) as gateway:
        result = await gateway.execute(
            "query ($n: Int!) { books(first: $n) { title stars } }", {"n": 2}
        )

    assert (
        GraphQLResult(
            {"books": [{"title": "No. 0", "stars": 0}, {"title": "No. 1", "stars": 1}]}
        )
        == result
    )


async def test_resolvers_in_process_find_forwarded_headers():
    context = RequestContext({"authorization": "Bearer x"})
    async with Gateway.compose(books()) as gateway:
        result = await gateway.execute("{ caller }", context=context)

    assert {"caller": "Bearer x"} == result.data


async def test_errors_of_resolvers_in_process_are_field_errors(caplog):
    async with Gateway.compose(books()) as gateway:
        result = await gateway.execute("{ broken }")

    assert {"broken": None} == result.data
    assert [
        ("Subgraph 'books' failed.", "INTERNAL_SERVER_ERROR", ["broken"], "books")
    ] == [
        (
            error["message"],
            error["extensions"]["code"],
            error["path"],
            error["extensions"]["serviceName"],
        )
        for error in result.errors
    ]
    assert "out of books" not in str(result)
    assert "out of books" in caplog.text


async def test_a_gateway_lives_in_ones_own_application():
    gateway = Gateway.compose(books(), reviews())
    app = FastAPI(lifespan=gateway.lifespan)
    app.include_router(graphql_router(gateway, graphiql=True), prefix="/graphql")

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://test"
        ) as client,
    ):
        response = await client.post(
            "/graphql", json={"query": "{ books(first: 1) { stars } }"}
        )

    assert {"data": {"books": [{"stars": 0}]}} == response.json()


def test_subgraphs_that_do_not_compose_are_refused_with_the_reasons():
    link = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
        'import: ["@key"]) '
    )
    subgraphs = [
        Subgraph(name=name, url="http://x/", sdl=link + "type Query { same: Int }")
        for name in ("a", "b")
    ]

    with pytest.raises(CompositionFailed) as caught:
        Gateway.compose(*subgraphs)

    assert 1 == len(caught.value.problems)
    assert caught.value.problems[0].startswith("INVALID_FIELD_SHARING: ")


def test_composition_alone_needs_no_gateway():
    result = compose([books(), reviews()])

    assert "join__Graph" in result.supergraph_sdl
    assert () == tuple(result.errors)


def test_the_public_names_are_sorted_and_exist():
    names = gateway_graphql.__all__

    assert sorted(names) == names
    assert all(hasattr(gateway_graphql, name) for name in names)
