"""Whatever subgraphs answer, the client's answer is well formed."""

from __future__ import annotations

import asyncio
import socket

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_graphql.execution import ForRequest, compile_plan, encode_result, execute
from gateway_graphql.planning.plan import (
    FetchNode,
    QueryPlan,
    Rename,
)
from gateway_graphql.transport import HTTPTransport, MockTransport, SubgraphReply
from tests.subgraph_operations import sent

KEYS = st.sampled_from(
    [
        "data",
        "errors",
        "message",
        "path",
        "extensions",
        "code",
        "products",
        "_entities",
        "__typename",
        "id",
        "name",
        "reviews",
        "latest",
        "body",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "Product", "Review", "1", "products", "_entities"]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)
PATHS = st.lists(st.one_of(st.integers(-1, 3), KEYS, SCALARS), max_size=5)
ERRORS = st.one_of(
    st.none(),
    ANYTHING,
    st.lists(
        st.fixed_dictionaries(
            {"message": st.one_of(st.text(max_size=3), SCALARS)},
            optional={"path": PATHS, "extensions": ANYTHING},
        ),
        max_size=3,
    ),
)


def bodies(data):
    return st.one_of(
        ANYTHING,
        st.fixed_dictionaries({}, optional={"data": data, "errors": ERRORS}),
    ).map(msgspec.json.encode)


PRODUCT = st.fixed_dictionaries(
    {"__typename": st.sampled_from(["Product", "Odd", None, 7]), "id": SCALARS},
    optional={"name": ANYTHING},
)
REVIEW = st.fixed_dictionaries({"id": SCALARS}, optional={"body": ANYTHING})
ENTITY = st.fixed_dictionaries(
    {}, optional={"reviews": st.lists(REVIEW, max_size=2), "latest": REVIEW}
)
PRODUCTS_BODIES = bodies(
    st.one_of(
        ANYTHING, st.fixed_dictionaries({"products": st.lists(PRODUCT, max_size=3)})
    )
)
REVIEWS_BODIES = bodies(
    st.one_of(
        ANYTHING,
        st.fixed_dictionaries(
            {"_entities": st.lists(st.one_of(ENTITY, st.none(), ANYTHING), max_size=4)}
        ),
    )
)
STATUSES = st.sampled_from([200, 200, 200, 404, 500])


def check_product(product):
    if product is None:
        return
    assert {"id", "name", "reviews", "latest"} == set(product)
    assert isinstance(product["id"], str)
    assert isinstance(product["name"], str | None)
    assert isinstance(product["latest"]["id"], str)
    for review in product["reviews"] or ():
        assert review is None or {"id", "body"} == set(review)


def check_error(error):
    assert {"message", "extensions"} <= set(error) <= {"message", "path", "extensions"}
    assert isinstance(error["message"], str)
    assert 1 <= len(error["message"]) <= 200
    assert isinstance(error["extensions"]["code"], str)
    assert set(error["extensions"]) <= {"code", "serviceName", "http", "errorId"}
    path = error.get("path", ["products"])
    assert path[0] == "products"
    assert {"products", "id", "name", "reviews", "latest", "body"} >= {
        step for step in path if isinstance(step, str)
    }
    assert all(isinstance(step, str | int) for step in path)


def test_any_answer_of_subgraphs_makes_a_well_formed_answer(plan_of_shop):
    compiled = plan_of_shop(
        "products { id name reviews { id body } latest { id } }",
        "reviews { id body } latest { id }",
    )

    @settings(max_examples=300, deadline=None)
    @given(PRODUCTS_BODIES, REVIEWS_BODIES, STATUSES)
    def check(products, reviews, status):
        transports = {
            "products": MockTransport(lambda _: SubgraphReply(200, products)),
            "reviews": MockTransport(lambda _: SubgraphReply(status, reviews)),
        }
        result = asyncio.run(
            execute(compiled, ForRequest(variables={}, transports=transports))
        )
        answer = msgspec.json.decode(encode_result(result))

        for product in answer["data"]["products"] or ():
            check_product(product)
        for error in answer.get("errors", ()):
            check_error(error)
        if None in (answer["data"]["products"] or ()):
            # Only an error takes a whole object along; a null in the data is none.
            items = msgspec.json.decode(products)["data"]["products"]
            assert None in items or "errors" in answer

    check()


def test_an_error_at_an_internal_alias_is_told_by_its_real_key(shop, operation):
    plan = QueryPlan(
        operation("products { name }"),
        (
            FetchNode(
                0,
                "products",
                "root",
                sent("{ products { _1: name } }"),
                renames=(Rename(("products", "@"), "_1", "name"),),
            ),
        ),
    )
    body = {
        "data": {"products": [{"_1": None}, {"_1": "Phone"}]},
        "errors": [{"message": "No.", "path": ["products", 0, "_1"]}],
    }
    result = asyncio.run(
        execute(
            compile_plan(plan, shop),
            ForRequest(
                variables={}, transports={"products": MockTransport(lambda _: body)}
            ),
        )
    )

    assert {"products": [{"name": None}, {"name": "Phone"}]} == result.data
    assert [("products", 0, "name")] == [error.path for error in result.errors]


@pytest.mark.parametrize(
    ("name", "code"),
    [("refusing", "SUBREQUEST_HTTP_ERROR"), ("hanging", "SUBREQUEST_TIMEOUT")],
)
async def test_a_real_server_that_fails_costs_only_its_own_fields(
    products_and_reviews, two_products, name, code
):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        if name == "refusing":
            listening.close()
        async with HTTPTransport(f"http://127.0.0.1:{port}/", timeout_s=0.2) as reviews:
            result = await execute(
                products_and_reviews,
                ForRequest(
                    variables={},
                    transports={
                        "products": MockTransport(lambda _: two_products),
                        "reviews": reviews,
                    },
                ),
            )

    assert ["Laptop", "Phone"] == [p["name"] for p in result.data["products"]]
    assert [(code, ("products", index, "reviews")) for index in (0, 1)] == [
        (error.code, error.path) for error in result.errors
    ]
    assert str(port) not in result.errors[0].message
