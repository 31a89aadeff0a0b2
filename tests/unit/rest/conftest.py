"""A library with REST endpoints, its one subgraph answered by the test."""

import httpx
import pytest
from msgspec.structs import replace

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.exchange import Caller
from gateway_graphql.rest import RestSettings, SecurityScheme, world_of
from gateway_graphql.server import create_app
from gateway_graphql.transport.mock import MockTransport

SDL = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@authenticated", "@requiresScopes"]
)

type Query {
  book(id: ID!): Book
  books(
    filter: BookFilter, genres: [Genre!], first: Int = 2, after: String, before: String
  ): BookConnection!
  find(text: String!, exact: Boolean, score: Float): [Found!]
  mine: [Book!] @authenticated
  ledger: String @requiresScopes(scopes: [["ledger"]])
}

type Mutation {
  addBook(book: NewBook!): Book
  rename(id: ID!, title: String!): Book
  touch: Boolean
}

"Something to read."
type Book @key(fields: "id") {
  id: ID!
  "On its cover."
  title: String!
  genre: Genre
  pages: Int
  price: Float
  notes: String @authenticated
  authors: [Author!]
}

type Author { name: String! born: Int }

union Found = Book | Author

enum Genre { NOVEL POETRY }

input BookFilter { genre: Genre minPages: Int words: [String!] }

input NewBook { title: String! genres: [Genre!] pages: Int = 100 parts: [NewBook!] }

type BookConnection { nodes: [Book!]! pageInfo: PageInfo! totalCount: Int! }

type PageInfo {
  hasNextPage: Boolean! hasPreviousPage: Boolean!
  startCursor: String endCursor: String
}
"""


async def sign_in(request, context, proceed):
    """Whoever sends a token is who it says, with the scopes after it."""
    if given := context.headers.get("authorization"):
        subject, *scopes = given.removeprefix("Bearer ").split()
        context = replace(context, caller=Caller(subject, frozenset(scopes)))
    return await proceed(request, context)


class Library:
    """An application over a subgraph that answers what it is told."""

    def __init__(self, directory):
        self._file = directory / "endpoints.graphql"
        self.asked = []

    def gateway(self, answer=None, **options):
        def handle(request):
            self.asked.append(request)
            return answer(request) if callable(answer) else answer

        options.setdefault("middleware", [sign_in])
        return Gateway.compose(
            Subgraph("books", sdl=SDL, url="http://books"),
            transports={"books": MockTransport(handle)},
            **options,
        )

    def settings(self, operations, **more):
        self._file.write_text(operations)
        more.setdefault("security", (SecurityScheme("token"),))
        return RestSettings((self._file,), **more)

    def world(self):
        return world_of(self.gateway().runtime)

    def serve(self, operations, answer=None, *, border=None, rest=None, **options):
        """A client of endpoints; `answer` is the subgraph's, or makes it."""
        app = create_app(
            self.gateway(answer, **options),
            border=border,
            rest=self.settings(operations, **(rest or {})),
        )
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://gateway"
        )


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path)
