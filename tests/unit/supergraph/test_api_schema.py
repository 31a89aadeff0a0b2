"""What clients see is held to the rules for schemas before it is served."""

import pytest

from gateway_graphql import Gateway
from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.transport import MockTransport

SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
type Query @join__type(graph: A) { pet: Pet }
interface Pet @join__type(graph: A) { name(short: Boolean): String! }
type Cat implements Pet @join__type(graph: A) @join__implements(graph: A, interface: "Pet") {
  name(short: Boolean): String! %s
  %s
}
"""


def test_a_whole_supergraph_is_served():
    assert Gateway.from_supergraph(SUPERGRAPH % ("", "")).is_ready


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  name(short: Boolean): String! \n", "  age: Int\n", "Pet.name expected but Cat does not provide it"),
        ("String! \n", "String \n", "Pet.name expects type String! but Cat.name is type String"),
        ("name(short: Boolean): String! \n", "name: String! \n", "Pet.name(short:) expected"),
        ("  \n}", "  __own: Int\n}", "must not begin with '__'"),
    ],
    ids=["no field", "wider type", "no argument", "reserved name"],
)  # fmt: skip
def test_a_supergraph_whose_schema_breaks_a_rule_is_refused(old, new, told):
    sdl = SUPERGRAPH % ("", "")
    assert 1 == sdl.count(old)

    with pytest.raises(SupergraphInvalid, match="API schema is not valid") as caught:
        Gateway.from_supergraph(sdl.replace(old, new))

    assert told in str(caught.value)


async def test_a_deprecation_that_newer_rules_forbid_is_served():
    transports = {"a": MockTransport(lambda _: {"data": {"pet": None}})}
    sdl = SUPERGRAPH % ("@deprecated", "")
    async with Gateway.from_supergraph(sdl, transports=transports) as gateway:
        result = await gateway.execute("{ pet { name } }")

    assert ({"pet": None}, ()) == (result.data, result.errors)
