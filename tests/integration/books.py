"""A subgraph of books, for clients of all kinds: `books.py PORT`.

It gives data, a list that is long, an error, and says how long answers may be kept.
"""

import sys
from typing import Annotated

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.federation import Schema

TITLES = ["Emma", "Persuasion", "Lady Susan"]


@strawberry.federation.type(keys=["id"])
class Book:
    id: strawberry.ID
    title: str


@strawberry.type
class Query:
    @strawberry.field
    def book(self, info: strawberry.Info, id: strawberry.ID) -> Book | None:  # noqa: A002 - the argument's name
        info.context["response"].headers["cache-control"] = "public, max-age=60"
        index = int(id) - 1
        return Book(id=id, title=TITLES[index]) if index < len(TITLES) else None

    @strawberry.field
    def books(self, first: int) -> list[Book]:
        return [
            Book(id=strawberry.ID(str(n + 1)), title=TITLES[n % len(TITLES)])
            for n in range(first)
        ]

    @strawberry.field
    def lost(
        self, _title: Annotated[str, strawberry.argument(name="title")]
    ) -> Book | None:
        raise LookupError("The book is lost.")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add_book(self, title: str) -> Book:
        return Book(id=strawberry.ID("9"), title=title)


def main():
    schema = Schema(query=Query, mutation=Mutation)
    app = Starlette(
        routes=[
            Route("/health", lambda _: PlainTextResponse("ok")),
            Route("/graphql", GraphQL(schema, graphql_ide=None)),
        ]
    )
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
