"""Labels of `@override` that are active for a share of the requests."""

import pytest

from gateway_graphql import Gateway, Subgraph, compose
from gateway_graphql.exchange import RequestContext
from gateway_graphql.pipeline.rollout import Rollout
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.transport.mock import MockTransport

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@override"]
)
"""
CATALOG = f"{LINK} type Query {{ stars: Int pages: Int notes: Int }}"
REVIEWS = f"""{LINK}
type Query {{
  stars: Int @override(from: "catalog", label: "percent(20)")
  pages: Int @override(from: "catalog", label: "percent(0.5)")
  notes: Int @override(from: "catalog", label: "fast-notes")
}}
"""


@pytest.fixture(scope="module")
def sdl():
    composed = compose(
        [
            Subgraph(name="catalog", url="http://catalog.example", sdl=CATALOG),
            Subgraph(name="reviews", url="http://reviews.example", sdl=REVIEWS),
        ]
    )
    assert () == tuple(composed.errors)
    return composed.supergraph_sdl


@pytest.fixture(scope="module")
def rollout(sdl):
    return Rollout(read_supergraph(sdl))


@pytest.mark.parametrize(
    ("place", "active"),
    [
        (0, {"percent(20)", "percent(0.5)"}),
        (0.5, {"percent(20)"}),
        (19.999, {"percent(20)"}),
        (20, set()),
        (100, set()),
    ],
)
def test_a_request_below_the_percentage_has_the_label(rollout, place, active):
    context = rollout.applied(RequestContext(override_percentage=place))

    assert active == context.override_labels


def test_a_label_without_percentage_is_active_when_the_context_says_so(rollout):
    context = RequestContext(
        override_labels=frozenset({"fast-notes"}), override_percentage=50
    )

    assert {"fast-notes"} == rollout.applied(context).override_labels


def test_about_the_share_of_requests_that_the_label_names_has_it(rollout):
    """Of 2 000 draws at 20 %, 250 to 550 are within eight standard deviations."""
    drawn = [rollout.applied(RequestContext()).override_labels for _ in range(2000)]

    assert 250 < sum("percent(20)" in labels for labels in drawn) < 550


def test_the_least_share_has_its_requests_too(rollout):
    """Of 5 000 draws at 0.5 %, none at all has a chance of one in 76 thousand million."""
    drawn = (rollout.applied(RequestContext()).override_labels for _ in range(5000))

    assert any("percent(0.5)" in labels for labels in drawn)


@pytest.mark.parametrize(("place", "answer"), [(10, "reviews"), (30, "catalog")])
async def test_the_share_decides_which_subgraph_is_asked(sdl, place, answer):
    numbers = {"catalog": 1, "reviews": 2}
    transports = {
        name: MockTransport(lambda _, number=number: {"data": {"stars": number}})
        for name, number in numbers.items()
    }
    async with Gateway.from_supergraph(sdl, transports=transports) as gateway:
        result = await gateway.execute(
            "{ stars }", context=RequestContext(override_percentage=place)
        )

    assert {"stars": numbers[answer]} == result.data
