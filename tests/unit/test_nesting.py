"""Documents nested 200 levels deep go through every stage; deeper ones are refused.

The parser counts selection sets, values and types within each other, fragments
included, so what stands around the nested part is part of the 200.
"""

import pytest
from graphql import parse, validate

from gateway_graphql import GatewayError
from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.errors import ClientError, ParseFailed
from gateway_graphql.execution import (
    ForRequest,
    compile_coercer,
    compile_plan,
    encode_result,
    execute,
)
from gateway_graphql.language.printing import print_operation
from gateway_graphql.pipeline import Preparer
from gateway_graphql.planning import Planner, plan_operation
from gateway_graphql.planning.explaining.explain import explain
from gateway_graphql.planning.explaining.render import render_explanation
from gateway_graphql.planning.render import render_json, render_mermaid, render_text
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.transport.mock import MockTransport

DEEPEST = 200
LINK = """extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
"""
FOLDERS = """
type Query { folder(filter: Filter, any: Any): Folder }
scalar Any
input Filter { not: Filter all: [Filter] }
interface Entry { name: String }
type Folder implements Entry @key(fields: "id") { id: ID! name: String parent: Folder }
"""
SIZES = """
type Folder @key(fields: "id") { id: ID! size: Int }
"""
SDL = compose(
    [
        Subgraph(name="folders", url="http://folders/", sdl=LINK + FOLDERS),
        Subgraph(name="sizes", url="http://sizes/", sdl=LINK + SIZES),
    ]
).supergraph_sdl
SUPERGRAPH = read_supergraph(SDL)
API = build_api_schema(SUPERGRAPH)


def wrapped(opening, inside, closing, levels):
    return opening * levels + inside + closing * levels


def fields(depth):
    inside = wrapped("parent { ", "name size ", "} ", depth - 2)
    return f"{{ folder {{ {inside} }} }}"


def fragments_on_a_wider_type(depth):
    inside = wrapped("... on Entry { ", "name ", "} ", depth - 2)
    return f"{{ folder {{ {inside} }} }}"


def fragments_without_a_type(depth):
    return f"{{ folder {{ {wrapped('... { ', 'name size ', '} ', depth - 2)} }} }}"


def named_fragments(depth):
    last = depth - 3
    named = [f"fragment F{i} on Folder {{ name ...F{i + 1} }}" for i in range(last)]
    return " ".join(
        ["{ folder { ...F0 } }", *named, f"fragment F{last} on Folder {{ size }}"]
    )


def named_fragments_on_fields(depth):
    last = (depth - 4) // 2
    named = [
        f"fragment F{i} on Folder {{ parent {{ ...F{i + 1} }} }}" for i in range(last)
    ]
    return " ".join(
        ["{ folder { ...F0 } }", *named, f"fragment F{last} on Folder {{ size }}"]
    )


def objects_in_an_argument(depth):
    value = wrapped("{ not: ", "null", " }", depth - 2)
    return f"{{ folder(filter: {value}) {{ name }} }}"


def lists_in_an_argument(depth):
    return f"{{ folder(any: {wrapped('[', '1', ']', depth - 2)}) {{ name }} }}"


def objects_in_a_default(depth):
    value = wrapped("{ not: ", "null", " }", depth)
    return f"query ($f: Filter = {value}) {{ folder(filter: $f) {{ name }} }}"


DOCUMENTS = (
    fields,
    fragments_on_a_wider_type,
    fragments_without_a_type,
    named_fragments,
    named_fragments_on_fields,
    objects_in_an_argument,
    lists_in_an_argument,
    objects_in_a_default,
)
every_document = pytest.mark.parametrize("write", DOCUMENTS, ids=lambda f: f.__name__)


def nested(key, depth, inside=None):
    for _ in range(depth):
        inside = {key: inside}
    return inside


def normalized(text):
    document = parse(text)
    assert [] == validate(API, document)
    return read_operation(document, SUPERGRAPH)


def a_folder(_request):
    """As many folders within each other as any operation here asks for."""
    last = {"id": "1", "name": "a", "parent": None}
    return {"data": {"folder": nested("parent", DEEPEST - 2, last)}}


def a_size(request):
    sent = request.variables["representations"]
    return {"data": {"_entities": [{"size": 1} for _ in sent]}}


async def answer(operation, plan, variables=None):
    return await execute(
        compile_plan(plan, SUPERGRAPH),
        ForRequest(
            variables=compile_coercer(operation, SUPERGRAPH)(variables or {}),
            transports={
                "folders": MockTransport(a_folder),
                "sizes": MockTransport(a_size),
            },
        ),
    )


@every_document
async def test_the_deepest_document_goes_through_every_stage(write):
    planner = Planner(SUPERGRAPH)
    operation = normalized(write(DEEPEST))
    plan = planner.plan(operation)
    result = await answer(operation, plan)

    assert set(result.data) == {"folder"}
    assert encode_result(result)
    assert parse(print_operation(operation))


@every_document
def test_the_plan_of_the_deepest_document_can_be_shown(write):
    plan = plan_operation(SDL, write(DEEPEST))

    for render in (render_text, render_json, render_mermaid):
        assert render(plan)
    assert render_explanation(explain(plan, SUPERGRAPH))


async def test_the_deepest_field_is_in_the_answer():
    operation = normalized(fields(DEEPEST))
    result = await answer(operation, Planner(SUPERGRAPH).plan(operation))

    assert (
        nested("parent", DEEPEST - 2, {"name": "a", "size": 1}),
        (),
    ) == (result.data["folder"], tuple(result.errors))


@pytest.mark.parametrize(
    ("type_name", "argument", "value"),
    [
        ("Filter", "filter", nested("not", DEEPEST)),
        ("Any", "any", nested("x", DEEPEST)),
    ],
)
async def test_variables_are_as_deep_as_documents(type_name, argument, value):
    text = f"query ($v: {type_name}) {{ folder({argument}: $v) {{ name }} }}"
    operation = normalized(text)
    plan = Planner(SUPERGRAPH).plan(operation)
    result = await answer(operation, plan, {"v": value})

    assert ({"folder": {"name": None}}, ()) == (result.data, tuple(result.errors))


@every_document
@pytest.mark.parametrize("depth", [DEEPEST + 2, 1_000, 5_000])
def test_a_deeper_document_is_refused_with_a_code(write, depth):
    with pytest.raises(ClientError) as caught:
        Preparer(SUPERGRAPH, API).prepare(write(depth))

    assert all(detail.code for detail in caught.value.details)


def test_fragments_that_are_planned_unvalidated_cannot_exhaust_the_stack():
    with pytest.raises(ParseFailed, match="nested too deeply"):
        plan_operation(SDL, named_fragments(20_000))


def test_a_fragment_below_itself_cannot_exhaust_the_stack():
    with pytest.raises(GatewayError):
        plan_operation(
            SDL, "{ folder { ...F } } fragment F on Folder { parent { ...F } }"
        )
