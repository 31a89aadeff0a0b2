"""What is charged is fetched, and what is fetched is charged."""

import asyncio
from itertools import product

import pytest
from graphql import build_schema, execute_sync, parse

from gateway_graphql import Gateway
from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.exchange import RequestContext
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.rate_limit.directive import DEFINITION, FEATURE_URL
from gateway_graphql.transport.mock import MockTransport

TYPES = "type Query { login: String LIMIT other: String }"
SDL = f"""
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"])
  @link(url: "{FEATURE_URL}", import: ["@rateLimit"])
  @composeDirective(name: "@rateLimit")
{DEFINITION}
{TYPES.replace("LIMIT", '@rateLimit(limit: 1, window: "1h", by: ["ip"])')}
"""
LEFT_OUT = object()
DECLARED = "query ($s: Boolean = false, $t: Boolean = true)"
SELECTIONS = [
    "{ other login @skip(if: $s) @include(if: $t) }",
    "{ other ... @include(if: $t) { login @skip(if: $s) } }",
    "{ other login @skip(if: $s) ... @include(if: $t) { login } }",
    "{ other ... @skip(if: $t) { login @skip(if: $s) } }",
    "{ other ...F @skip(if: $s) ...F @include(if: $t) } fragment F on Query { login }",
]


class Shop:
    """A gateway whose field `login` may be asked once, and its subgraph."""

    def __init__(self):
        composed = compose([Subgraph("shop", url="http://shop", sdl=SDL)])
        assert () == tuple(composed.errors)
        self._schema = build_schema(TYPES.replace("LIMIT", ""))
        self.logins = 0
        self._gateway = Gateway.from_supergraph(
            composed.supergraph_sdl,
            transports={"shop": MockTransport(self._answer)},
            gate=Policies(),
        )

    def ask(self, text, variables):
        context = RequestContext(address="192.0.2.1")
        return asyncio.run(self._gateway.execute(text, variables, context=context))

    def _answer(self, request):
        variables = dict(request.variables)
        root = {"login": self._log_in, "other": "o"}
        result = execute_sync(
            self._schema, parse(request.query), root, variable_values=variables
        )
        return {"data": result.data}

    def _log_in(self, _info):
        self.logins += 1
        return "l"


@pytest.mark.parametrize("selections", SELECTIONS)
@pytest.mark.parametrize(
    "values", list(product((True, False, LEFT_OUT), (True, False, LEFT_OUT)))
)
def test_what_is_fetched_is_charged_and_nothing_else(selections, values):
    shop = Shop()
    given = dict(zip("st", values, strict=True))
    variables = {name: v for name, v in given.items() if v is not LEFT_OUT}
    assert not shop.ask(f"{DECLARED} {selections}", variables).errors
    is_fetched = bool(shop.logins)

    is_charged = bool(shop.ask("{ login }", {}).errors)

    assert is_fetched == is_charged


@pytest.mark.parametrize(
    "selections",
    [
        *SELECTIONS,
        "{ login login @skip(if: $s) @include(if: $t) }",
        "{ login ... @skip(if: true) { other @skip(if: $s) @include(if: $t) } }",
        "{ login ... @skip(if: $s) @include(if: $s) { ... @skip(if: $t) { login } } }",
        "{ login ...F } fragment F on Query { login @skip(if: $s) @include(if: $t) }",
    ],
)
@pytest.mark.parametrize("null", ["s", "t"])
def test_a_null_condition_is_an_error_and_nothing_is_fetched(selections, null):
    shop = Shop()

    result = shop.ask(f"{DECLARED} {selections}", {null: None})

    assert result.data is None
    assert [f'Variable "${null}" is invalid'] == [
        error["message"].partition(":")[0] for error in result.errors
    ]
    assert 0 == shop.logins
