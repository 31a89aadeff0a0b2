"""What resolvers in this process find in their context, and what they may let out."""

import re
from pathlib import Path

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.federation import Schema

from gateway_graphql import Caller, Gateway, RequestContext, Subgraph
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.policy.errors import ErrorMasking, SubgraphMasking

LOGGER = "gateway_graphql.execution.run.failures"
GUIDE = (
    Path(__file__).parents[2] / "docs" / "how-to" / "use-your-own-subgraphs.md"
).read_text()


@strawberry.federation.type(name="Book", keys=["id"])
class Book:
    id: strawberry.ID


@strawberry.type(name="Query")
class BooksQuery:
    @strawberry.field
    def book(self) -> Book:
        return Book(id=strawberry.ID("1"))

    @strawberry.field
    def books(self) -> list[Book]:
        return [Book(id=strawberry.ID(name)) for name in "12"]


@strawberry.federation.type(name="Book", keys=["id"])
class Rated:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID):  # noqa: A002 - the key's name
        return cls(id=id)

    @strawberry.field
    def missing(self, info: strawberry.Info) -> str | None:
        return info.context["posts_by_author"]

    @strawberry.field
    def seen(self, info: strawberry.Info) -> str:
        return info.context["made"]


@strawberry.type(name="Query")
class RatingsQuery:
    @strawberry.field
    def asked_by(self, info: strawberry.Info) -> str:
        return info.context["made"]

    @strawberry.field
    def missing(self, info: strawberry.Info) -> str | None:
        return info.context["posts_by_author"]

    @strawberry.field
    def refused(self) -> str | None:
        raise GraphQLError("Not today.", extensions={"code": "CLOSED"})


def gateway(context, **options):
    return Gateway.compose(
        Subgraph("books", schema=Schema(query=BooksQuery, types=[Book])),
        Subgraph(
            "ratings",
            schema=Schema(query=RatingsQuery, types=[Rated]),
            context=context,
        ),
        **options,
    )


class Counting:
    def __init__(self):
        self.calls = 0

    def make(self, request):
        self.calls += 1
        who = request.caller.subject if request.caller else "nobody"
        return {"made": f"{self.calls} {who} {request.headers.get('authorization')}"}

    async def make_async(self, request):
        return self.make(request)


@pytest.mark.parametrize("name", ["make", "make_async"])
async def test_one_context_is_made_for_all_fetches_of_a_client_request(name):
    counting = Counting()
    asked = RequestContext({"authorization": "Bearer x"}, caller=Caller("alice"))
    async with gateway(getattr(counting, name)) as served:
        first = await served.execute("{ askedBy book { seen } }", context=asked)
        second = await served.execute("{ askedBy book { seen } }")

    assert {
        "askedBy": "1 alice Bearer x",
        "book": {"seen": "1 alice Bearer x"},
    } == first.data
    assert {"askedBy": "2 nobody None", "book": {"seen": "2 nobody None"}} == (
        second.data
    )


async def test_a_key_that_a_context_lacks_is_told_to_the_log_alone(caplog):
    async with gateway(lambda _: {}) as served:
        result = await served.execute("{ missing }")

    assert {"missing": None} == result.data
    assert "posts_by_author" not in str(result)
    assert "posts_by_author" in caplog.text


@pytest.mark.parametrize(
    "mask", [None, ErrorMasking(SubgraphMasking(redact=True))], ids=["no mask", "mask"]
)
async def test_what_a_resolver_raises_is_logged_once_under_the_id_the_client_gets(
    caplog, mask
):
    async with gateway(lambda _: {}, mask=mask) as served:
        result = await served.execute(
            "query Shelf { missing books { missing } refused }"
        )

    accidents = [one for one in result.errors if one["path"] != ["refused"]]
    assert 3 == len(accidents)
    assert {"Subgraph 'ratings' failed."} == {one["message"] for one in accidents}
    id_of = {one["path"][0]: one["extensions"]["errorId"] for one in accidents}
    assert 2 == len({one["extensions"]["errorId"] for one in accidents})
    assert [
        f"Error {id_of[field]} of subgraph 'ratings' in operation 'Shelf': {cause}"
        for field, cause in (
            ("missing", "an exception was raised: KeyError at missing"),
            ("books", "an exception was raised: KeyError at _entities.missing"),
        )
    ] == [one.getMessage() for one in caplog.records if one.name == LOGGER]
    assert all(one.exc_info for one in caplog.records if one.name == LOGGER)


async def test_what_a_resolver_says_on_purpose_reaches_the_client():
    async with gateway(None) as served:
        result = await served.execute("{ refused }")

    assert [("Not today.", "CLOSED")] == [
        (error["message"], error["extensions"]["code"]) for error in result.errors
    ]


async def test_what_the_making_of_a_context_raises_is_told_to_the_log_alone(caplog):
    def broken(_):
        raise KeyError("posts_by_author")

    async with gateway(broken) as served:
        result = await served.execute("{ missing }")

    assert ["SUBREQUEST_HTTP_ERROR"] == [
        error["extensions"]["code"] for error in result.errors
    ]
    assert "posts_by_author" not in str(result)
    assert "posts_by_author" in caplog.text


def test_a_context_for_a_subgraph_elsewhere_is_refused():
    with pytest.raises(ConfigInvalid, match="for a schema in this process"):
        Subgraph("a", url="http://a/", context=lambda _: None)


async def test_the_guides_example_works():
    (code,) = (
        block
        for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
        if "make_context" in block
    )
    names = {"__name__": __name__}
    exec(compile(code, "guide", "exec"), names)
    async with names["gateway"] as served:
        result = await served.execute("{ posts { id author } }")

    assert [
        {"id": 1, "author": "author 1"},
        {"id": 2, "author": "author 2"},
    ] == result.data["posts"]
