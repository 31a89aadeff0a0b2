"""Gates of one's own stand around those that would decide otherwise."""

import inspect

import pytest
from graphql import build_schema

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.errors import Forbidden
from gateway_graphql.exchange import Caller, RequestContext
from gateway_graphql.pipeline import GateAround, OpenGate, open_gate
from gateway_graphql.pipeline.gate import Gate
from gateway_graphql.policy.gate import Policies, PolicyGate
from gateway_graphql.transport import MockTransport

SDL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
type Query { open: Int secret: Int @authenticated }
"""
ALICE = RequestContext(caller=Caller("alice"))


class FewFields(GateAround):
    """At most one field."""

    async def admit(self, document, variables, context, plan_for):
        admission = await super().admit(document, variables, context, plan_for)
        if len(document.operation.selections) > 1:
            raise Forbidden("One field at a time.")
        return admission


def gateway(gate):
    data = {"data": {"open": 1, "secret": 2}}
    return Gateway.compose(
        Subgraph("a", sdl=SDL),
        transports={"a": MockTransport(lambda _: data)},
        gate=gate,
    )


async def asked(it, query, context):
    result = await it.execute(query, context=context)
    return result.data, [error["message"] for error in result.errors]


async def test_a_gate_around_the_policies_has_them_and_its_own():
    async with gateway(FewFields.around(Policies())) as it:
        assert ({"secret": 2}, []) == await asked(it, "{ secret }", ALICE)
        assert (None, ["One field at a time."]) == await asked(
            it, "{ open secret }", ALICE
        )
        data, errors = await asked(it, "{ secret }", RequestContext())

    assert (None, 1) == (data, len(errors))


@pytest.mark.parametrize("factory", [OpenGate, open_gate, FewFields.around(open_gate)])
async def test_an_open_gate_keeps_no_rule_of_the_schema(factory):
    async with gateway(factory) as it:
        assert ({"secret": 2}, []) == await asked(it, "{ secret }", RequestContext())


class OpenAlone:
    """Nobody sees more than `open`."""

    hides = True
    schema = build_schema("type Query { open: Int }")

    async def visible_schema(self, _context):
        return self.schema


class Blinds(GateAround):
    visibility = OpenAlone()


async def test_a_gate_says_who_sees_what_of_the_schema():
    async with gateway(Blinds.around(open_gate)) as it:
        assert ({"open": 1}, []) == await asked(it, "{ open }", ALICE)
        data, (message,) = await asked(it, "{ secret }", ALICE)
        shown, _ = await asked(
            it, "{ __schema { queryType { fields { name } } } }", ALICE
        )

    assert (None, "Cannot query field 'secret' on type 'Query'.") == (data, message)
    assert [{"name": "open"}] == shown["__schema"]["queryType"]["fields"]


class NothingNew(OpenGate):
    """Has no document read."""

    async def before_reading(self, _context):
        raise Forbidden("Nothing new.")


async def test_a_gate_around_another_lets_it_refuse_to_have_a_document_read():
    async with gateway(GateAround.around(NothingNew)) as it:
        assert (None, ["Nothing new."]) == await asked(it, "{ open }", ALICE)


def test_every_gate_has_all_that_a_gate_is_asked():
    members = {name for name in vars(Gate) if not name.startswith("_")}

    for kind in (OpenGate, GateAround, PolicyGate):
        assert {"studies", "visibility"} >= {
            name for name in members if not hasattr(kind, name)
        }
    for name in members - {"studies", "visibility"}:
        expected = inspect.signature(getattr(Gate, name)).parameters
        for kind in (GateAround, PolicyGate):
            assert list(expected) == list(
                inspect.signature(getattr(kind, name)).parameters
            )
