"""Plans as text, JSON and Mermaid."""

import json
import re
from pathlib import Path

import pytest

from gateway_graphql.language.operation import Operation, OperationKind
from gateway_graphql.planning import plan_operation
from gateway_graphql.planning.plan import (
    EACH,
    ContextValue,
    EntityInput,
    FetchNode,
    OnTypes,
    QueryPlan,
    RepresentationField,
)
from gateway_graphql.planning.render import render_json, render_mermaid, render_text
from tests.subgraph_operations import sent

CASES = Path(__file__).parents[2] / "cases" / "plans"
FOLDERS = sorted(CASES.iterdir())
ASKED = Operation(OperationKind.QUERY, None, (), ())


def plan_of(name):
    folder = CASES / name
    return plan_operation(
        (folder / "supergraph.graphql").read_text(),
        (folder / "operation.graphql").read_text(),
    )


def fetch(number, subgraph, *paths, after=(), context=()):
    text = "{ _entities { a } }" if paths else "{ a }"
    return FetchNode(
        id=number,
        subgraph=subgraph,
        kind="entity" if paths else "root",
        operation=sent(text),
        entities=tuple(
            EntityInput("_entities", "representations", (path,), (), "A")
            for path in paths
        ),
        after=after,
        context=context,
    )


def test_json_has_one_element_of_a_fixed_shape_per_request():
    assert {
        "fetches": [
            {
                "id": 0,
                "subgraph": "catalog",
                "kind": "root",
                "path": "",
                "after": [],
                "operation": "{ newBooks { title isbn } }",
            },
            {
                "id": 1,
                "subgraph": "reviews",
                "kind": "entity",
                "path": "newBooks.@",
                "after": [0],
                "operation": (
                    "query($representations: [_Any!]!) { _entities(representations: "
                    "$representations) { ... on Book { stars } } }"
                ),
            },
        ]
    } == json.loads(render_json(plan_of("keys-single")))


def test_arguments_from_further_up_are_part_of_the_text():
    value = ContextValue("_context_unit", 1, (RepresentationField("unit", "unit"),))
    plan = QueryPlan(
        ASKED,
        (
            fetch(0, "shelves"),
            fetch(
                1,
                "prices",
                ("shelf", "books", EACH),
                after=(0,),
                context=(value,),
            ),
        ),
    )

    assert "        $_context_unit from shelf { unit }\n" in render_text(plan)


def test_a_chart_names_the_places_and_what_waits_for_what():
    assert """\
flowchart LR
  client([client])
  f0["0: library<br/>query"]
  client --> f0
  f1["1: reviews<br/>shelf.@.#60;Book#62;"]
  f0 --> f1
  f2["2: survey<br/>shelf.@.#60;Map#62;"]
  f0 --> f2
""" == render_mermaid(plan_of("union-members-elsewhere"))


def test_a_chart_says_when_a_fetch_is_sent():
    assert '["1: reviews if not $brief and $rated<br/>books.@"]' in render_mermaid(
        plan_of("conditions-both-directives")
    )


def test_names_cannot_break_out_of_a_charts_label():
    plan = QueryPlan(
        ASKED,
        (fetch(0, 'a"]; click f0 href "x'), fetch(1, "b#lt;", (OnTypes(("C", "D")),))),
    )
    labels = re.findall(r'\["(.*)"\]', render_mermaid(plan))

    assert [
        "0: a#34;#93;#59; click f0 href #34;x<br/>query",
        "1: b#35;lt#59;<br/>#60;C#124;D#62;",
    ] == labels


NODE = r'f\d+\["[\w .:@$-]([\w .:@$-]|#\d+;|<br/>)*"\]'
LINE = re.compile(rf"flowchart LR|  client\(\[client\]\)|  {NODE}|  \w+ --> f\d+")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_charts_use_only_syntax_that_every_renderer_knows(folder):
    lines = render_mermaid(plan_of(folder.name)).splitlines()

    assert [] == [line for line in lines if not LINE.fullmatch(line)]
