"""Preparing operations: what is refused, what is remembered."""

import asyncio
import inspect
import sys
import threading
from copy import copy
from pathlib import Path
from weakref import WeakSet

import pytest

from gateway_graphql.errors import (
    ErrorDetail,
    LimitExceeded,
    Location,
    ParseFailed,
    UnknownOperationName,
    ValidationFailed,
)
from gateway_graphql.exchange import GatewayResponse, GraphQLRequest, RequestContext
from gateway_graphql.language.limits import UNLIMITED
from gateway_graphql.pipeline import (
    CacheLimits,
    PreparedDocument,
    Preparer,
    Studies,
    Variant,
    wrap,
)
from gateway_graphql.remembered import Remembered
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph

SDL = (Path(__file__).parents[3] / "data" / "shop.graphql").read_text()
WITHOUT_STARS = Variant(frozenset({("books", "stars")}))


def preparer(**limits):
    supergraph = read_supergraph(SDL)
    return Preparer(
        supergraph, build_api_schema(supergraph), limits=CacheLimits(**limits)
    )


def test_an_operation_is_prepared_with_its_plan():
    prepared = preparer().prepare("{ book(id: 1) { title stars } }")

    assert ["books", "reviews"] == [f.subgraph for f in prepared.plan.fetches]


def test_the_same_document_is_prepared_once():
    it = preparer()

    assert it.prepare("{ books { id } }") is it.prepare("{ books { id } }")


def test_operation_name_and_override_labels_tell_operations_apart():
    it = preparer()
    text = "query A { books { id } } query B { books { title } }"

    assert "A" == it.prepare(text, "A").operation.name
    assert "B" == it.prepare(text, "B").operation.name
    assert it.prepare(text, "A") is not it.prepare(text, "A", frozenset({"x"}))


def test_the_least_recently_used_operation_is_forgotten_first():
    it = preparer(max_entries=2)
    first = it.prepare("{ a: __typename }")
    second = it.prepare("{ b: __typename }")
    it.prepare("{ a: __typename }")

    it.prepare("{ c: __typename }")

    assert it.prepare("{ a: __typename }") is first
    assert it.prepare("{ b: __typename }") is not second
    assert "<Preparer 2 operations, 34 bytes of text>" == repr(it)


def test_the_documents_bytes_are_bounded_together():
    it = preparer(max_text_bytes=40)
    it.prepare("{ a: __typename }")
    it.prepare("{ b: __typename }")

    it.prepare("{ c: __typename }")

    assert "<Preparer 2 operations, 34 bytes of text>" == repr(it)


def test_a_document_larger_than_the_cache_is_prepared_and_not_remembered():
    it = preparer(max_text_bytes=4)

    it.prepare("{ a: __typename }")

    assert "<Preparer 0 operations, 0 bytes of text>" == repr(it)


def test_a_syntax_error_says_where():
    with pytest.raises(ParseFailed) as caught:
        preparer().prepare("{ books { id }")

    assert (
        ErrorDetail(
            "Syntax Error: Expected Name, found <EOF>.",
            "GRAPHQL_PARSE_FAILED",
            locations=(Location(1, 15),),
        ),
    ) == caught.value.details


def test_an_empty_selection_set_is_a_syntax_error():
    with pytest.raises(ParseFailed, match=r"Expected Name, found '\}'"):
        preparer().prepare("{ books { } }")


def test_too_many_tokens_are_refused():
    with pytest.raises(LimitExceeded, match="limit of tokens is 15000"):
        preparer().prepare("{ " + "id " * 15_000 + "}")


@pytest.mark.parametrize("depth", [300, 4_000])
def test_a_document_too_deep_for_the_interpreter_is_refused(depth):
    with pytest.raises(LimitExceeded, match="limit of nesting is 200"):
        preparer().prepare("{ book" * depth + "}" * depth)


def test_deep_fragments_are_refused_and_not_a_crash():
    fragments = "".join(
        f"fragment F{i} on Book {{ ...F{i + 1} }} " for i in range(1_200)
    )
    text = "{ book(id: 1) { ...F0 } } " + fragments + "fragment F1200 on Book { id }"

    with pytest.raises(LimitExceeded, match="limit of nesting is 200"):
        preparer().prepare(text)


def test_a_document_read_on_a_nearly_full_stack_is_refused_and_not_a_crash():
    it, limit = preparer(), sys.getrecursionlimit()
    nested = "{ __schema { types { ofType { ofType { ofType { name } } } } } }"
    sys.setrecursionlimit(len(inspect.stack()) + 25)
    try:
        with pytest.raises(LimitExceeded):
            it.prepare(nested)
    finally:
        sys.setrecursionlimit(limit)


def test_every_validation_error_is_told_with_its_place():
    with pytest.raises(ValidationFailed) as caught:
        preparer().prepare("{ book { id } nonsense }")

    assert (
        ErrorDetail(
            "Argument 'Query.book(id:)' of type 'ID!' is required, "
            "but it was not provided.",
            "GRAPHQL_VALIDATION_FAILED",
            locations=(Location(1, 3),),
        ),
        ErrorDetail(
            "Cannot query field 'nonsense' on type 'Query'.",
            "GRAPHQL_VALIDATION_FAILED",
            locations=(Location(1, 15),),
        ),
    ) == tuple(sorted(caught.value.details, key=lambda d: d.locations[0].column))


def test_a_document_is_measured_before_it_is_validated():
    fields = " ".join(f"nonsense{i}" for i in range(21))

    with pytest.raises(LimitExceeded, match="limit of root fields is 20"):
        preparer().prepare("{ " + fields + " }")


def test_validation_stops_after_a_hundred_errors():
    supergraph = read_supergraph(SDL)
    unlimited = Preparer(
        supergraph, build_api_schema(supergraph), operation_limits=UNLIMITED
    )

    with pytest.raises(ValidationFailed) as caught:
        unlimited.prepare("{ " + " ".join(f"f{i}" for i in range(500)) + " }")

    assert 101 == len(caught.value.details)


def test_an_operation_without_a_root_in_the_schema_is_refused():
    with pytest.raises(ValidationFailed, match="not supported by the schema"):
        preparer().prepare("subscription { x: __typename }")


def test_an_unknown_operation_name_is_refused():
    with pytest.raises(UnknownOperationName, match="no operation named 'C'"):
        preparer().prepare("query A { books { id } }", "C")


def test_a_document_that_fails_is_not_remembered():
    it = preparer()
    with pytest.raises(ValidationFailed):
        it.prepare("{ nonsense }")

    assert "<Preparer 0 operations, 0 bytes of text>" == repr(it)


async def test_middleware_is_folded_with_the_first_outermost():
    seen = []

    def layer(name):
        async def run(request, context, proceed):
            seen.append(f"{name} in")
            response = await proceed(request, context)
            seen.append(f"{name} out")
            return response

        return run

    async def inside(request, _context):
        seen.append(request.query)
        return GatewayResponse(b"{}", has_errors=False)

    await wrap(inside, [layer("a"), layer("b")])(
        GraphQLRequest("{ x }"), RequestContext()
    )

    assert ["a in", "b in", "{ x }", "b out", "a out"] == seen


async def test_many_that_read_one_document_at_once_get_the_same():
    it = preparer()

    one, other = await asyncio.gather(
        it.read("{ books { id } }"), it.read("{ books { id } }")
    )

    assert one is other
    assert one is it.document("{ books { id } }")
    assert "<Preparer 1 operations, 16 bytes of text>" == repr(it)
    it.close()


async def test_many_that_plan_one_document_at_once_get_the_same():
    it = preparer()
    document = it.document("{ books { id } }")

    one, other = await asyncio.gather(
        it.planned(document, Variant()), it.planned(document, Variant())
    )

    assert one is other
    assert one is it.plan(document, Variant())
    it.close()


def test_planning_changes_nothing_in_a_prepared_document():
    it = preparer()
    document = it.document("{ books { id stars } }")
    before = copy(document.prepared)

    it.plan(document, Variant())
    it.plan(document, WITHOUT_STARS)

    assert "<KnownDocument 2 plans, 0 parts>" == repr(document)
    for name in PreparedDocument.__slots__:
        assert getattr(before, name) is getattr(document.prepared, name)
        assert not isinstance(getattr(before, name), Remembered | WeakSet)


async def test_the_part_of_a_document_without_some_nulls_is_made_once():
    it = preparer()
    document = it.document("{ books { id } }")

    one = await it.without_nulls(document, ())
    other = await it.without_nulls(document, ())

    assert one is other
    assert "<KnownDocument 0 plans, 1 parts>" == repr(document)
    it.close()


async def test_a_refusal_reaches_all_who_wait_for_it():
    it = preparer()

    one, other = await asyncio.gather(
        it.read("{ nonsense }"), it.read("{ nonsense }"), return_exceptions=True
    )

    assert isinstance(one, ValidationFailed)
    assert isinstance(other, ValidationFailed)
    it.close()


async def test_who_stops_waiting_leaves_the_work_to_the_others():
    it = preparer()
    impatient = asyncio.ensure_future(it.read("{ books { id } }"))
    patient = asyncio.ensure_future(it.read("{ books { id } }"))
    await asyncio.sleep(0)

    impatient.cancel()
    document = await patient

    assert document is it.document("{ books { id } }")
    assert impatient.cancelled()
    it.close()


async def test_the_event_loop_goes_on_while_a_slow_document_is_read():
    it = preparer()
    fragments = "".join(f"fragment F{i} on Book {{ id }} " for i in range(480))
    spreads = " ".join(f"...F{i}" for i in range(480))
    turns = 0

    reading = asyncio.ensure_future(
        it.read("{ book(id: 1) { " + spreads + " } } " + fragments)
    )
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 10
    it.close()


async def test_what_is_studied_is_known_as_soon_as_it_is_prepared():
    threads = []

    def counted(operation):
        threads.append(threading.current_thread())
        return len(operation.selections)

    def fetched(prepared):
        threads.append(threading.current_thread())
        return [fetch.subgraph for fetch in prepared.plan.fetches]

    supergraph = read_supergraph(SDL)
    it = Preparer(
        supergraph,
        build_api_schema(supergraph),
        studies=Studies(of_documents=(counted,), of_plans=(fetched,)),
    )
    document = await it.read("{ books { id stars } }")
    whole = await it.planned(document, Variant())
    part = await it.planned(document, WITHOUT_STARS)
    made = list(threads)

    assert 1 == document.prepared.study(counted)
    assert ["books", "reviews"] == whole.study(fetched)
    assert ["books"] == part.study(fetched)
    assert made == threads
    assert 3 == len(made)
    assert threading.main_thread() not in made
