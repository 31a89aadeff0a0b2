"""Why fetches exist, on the cases that are written down in `tests/cases/plans`."""

import json
from pathlib import Path

import pytest

from gateway_graphql.planning import plan_operation
from gateway_graphql.planning.explaining.explain import (
    MAX_PRICED,
    Alternative,
    Brought,
    PassedOn,
    PlanCost,
    explain,
)
from gateway_graphql.planning.explaining.render import render_explanation, to_json
from gateway_graphql.supergraph.reading import read_supergraph

CASES = Path(__file__).parents[2] / "cases" / "plans"
FOLDERS = sorted(CASES.iterdir())


def explained(name, operation=""):
    folder = CASES / name
    sdl = (folder / "supergraph.graphql").read_text()
    path = folder / "labels.txt"
    labels = path.read_text().split() if path.exists() else ()
    text = operation or (folder / "operation.graphql").read_text()
    plan = plan_operation(sdl, text, override_labels=labels)
    return explain(plan, read_supergraph(sdl), labels)


def test_a_fetch_is_there_for_what_only_its_subgraph_resolves():
    _, stars = explained("keys-single").reasons

    assert (
        (Brought("newBooks.@.stars", "Book.stars"),),
        (),
        (),
    ) == (stars.brings, stars.gives, stars.alternatives)


def test_a_fetch_is_there_for_what_it_gives_to_later_ones():
    museum, appraisers, _ = explained("requires-third-subgraph").reasons

    assert (
        PassedOn("vases.@.id", "Vase.id", 1, "key"),
        PassedOn("vases.@.id", "Vase.id", 2, "key"),
    ) == museum.gives
    assert (
        PassedOn("vases.@.value", "Vase.value", 2, "requires", ("Vase.premium",)),
    ) == appraisers.gives
    assert () == appraisers.brings


def test_an_alternative_is_refused_for_what_the_plan_would_cost_with_it():
    explanation = explained("shareable-chosen-together")

    assert PlanCost(2, 2) == explanation.cost
    assert (
        Alternative("board", ("Train.delay", "Train.speed"), "planned", PlanCost(3, 2)),
        Alternative(
            "sensors", ("Train.delay", "Train.load"), "planned", PlanCost(3, 2)
        ),
    ) == explanation.reasons[1].alternatives


def test_an_alternative_without_a_plan_is_said_to_have_none():
    (atlas,) = explained("aliases-different-nullability").reasons

    assert (Alternative("books", ("Book.title",), "no plan"),) == atlas.alternatives


def test_fields_of_keys_are_not_moved_to_other_subgraphs():
    gallery, _ = explained("keys-first-of-two").reasons

    assert (Alternative("archive", ("Painting.path",), "key"),) == gallery.alternatives


def test_a_required_field_under_an_internal_alias_is_not_the_clients():
    catalog, _ = explained("requires-with-argument").reasons

    assert ["books", "books.@.price"] == [field.path for field in catalog.brings]
    assert (
        PassedOn("books.@._0_price", "Book.price", 1, "requires", ("Book.insured",))
        == (catalog.gives[1])
    )


def test_a_renamed_field_is_brought_to_where_the_client_wants_it():
    (atlas,) = explained("aliases-different-nullability").reasons

    assert ["Query.shelf", "Book.title", "Map.title"] == [
        field.coordinate for field in atlas.brings
    ]


def test_the_type_is_given_to_fetches_that_ask_with_it():
    museum, _ = explained("interface-entity").reasons

    assert (
        PassedOn("pieces.@.__typename", "Piece.__typename", 1, "type")
        == (museum.gives[0])
    )


def test_no_more_than_a_few_alternatives_are_planned():
    fields = " ".join(
        f'f{i}: train(number: "{i}") {{ delay }}' for i in range(MAX_PRICED + 1)
    )
    explanation = explained("shareable-chosen-together", f"{{ {fields} }}")
    planned = [
        alternative
        for reason in explanation.reasons
        for alternative in reason.alternatives
        if alternative.verdict == "planned"
    ]

    assert len(planned) <= MAX_PRICED


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_fetch_of_every_case_has_a_reason(folder):
    explanation = explained(folder.name)

    assert [] == [
        reason.fetch.id
        for reason in explanation.reasons
        if not reason.brings and not reason.gives
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_case_has_an_alternative_that_beats_its_plan(folder):
    explanation = explained(folder.name)
    own = explanation.cost

    assert [] == [
        alternative
        for reason in explanation.reasons
        for alternative in reason.alternatives
        if (other := alternative.cost)
        and other != own
        and other.requests <= own.requests
        and other.chain <= own.chain
    ]


def test_the_text_says_what_is_brought_given_and_refused():
    text = render_explanation(explained("shareable-chosen-together"))

    assert (
        """\
2 requests, 2 in the longest chain

[0] trains
    brings  train (nobody else could)
    gives   train.number to [1], as a key

[1] centre, after [0]
    brings  train.delay (board and sensors could, too)
    brings  train.speed (board could, too)
    brings  train.load (sensors could, too)
    refused Train.delay and Train.speed from board: 3 requests instead of 2
    refused Train.delay and Train.load from sensors: 3 requests instead of 2
"""
        == text
    )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("mutation-series", "[1] kitchen, after [0], since mutations run one after"),
        ("root-reentry-query", "[2] catalog, after [1], for the query root at self"),
        ("interface-entity", "gives   pieces.@.__typename to [1], to tell the type"),
        ("keys-first-of-two", "refused Painting.path from archive: keys come with"),
        ("aliases-different-nullability", "from books: no plan leads there"),
        ("introspection-only", "No requests: the gateway answers this operation"),
        ("shareable-instead-of-a-hop", "a chain of 2 instead of 1"),
        ("shareable-root-divided", "2 requests, 1 in the longest chain"),
    ],
)
def test_the_text_names_what_is_special(name, line):
    assert line in render_explanation(explained(name))


def test_the_json_is_the_plans_with_the_reasons_beside():
    _, centre = json.loads(to_json(explained("shareable-chosen-together")))["fetches"]

    assert ["id", "subgraph", "kind", "path", "after", "operation"] == list(centre)[:6]
    assert {
        "path": "train.delay",
        "field": "Train.delay",
        "alsoIn": ["board", "sensors"],
    } == centre["brings"][0]
    assert {
        "subgraph": "board",
        "fields": ["Train.delay", "Train.speed"],
        "verdict": "planned",
        "cost": {"requests": 3, "chain": 2},
    } == centre["alternatives"][0]
