"""What is asked of a schema is answered beside the event loop, once, within bounds."""

import asyncio
import gc
import threading
from weakref import ref

import msgspec
import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, GraphQLString

from gateway_graphql.errors import CallerGone, IntrospectionTookTooLong, LimitExceeded
from gateway_graphql.execution import Question
from gateway_graphql.language.limits import OperationLimits
from gateway_graphql.pipeline import CacheLimits, Introspector, Waiting

PATIENCE_S = 20


class Watched(GraphQLSchema):
    """A schema that knows how often it was asked for its description."""

    def __init__(self, text="About."):
        self.asked = 0
        self.tell = lambda: text
        query = GraphQLObjectType("Query", {"a": GraphQLField(GraphQLString)})
        super().__init__(query)

    @property
    def description(self):
        self.asked += 1
        return self.tell()

    @description.setter
    def description(self, _text):
        pass


def question(key="__schema"):
    alias = "" if key == "__schema" else f"{key}: "
    return Question(f"{{ {alias}__schema {{ description }} }}", b"{}")


def told(answer):
    return {key: msgspec.json.decode(value) for key, value in answer.items()}


@pytest.fixture
def introspector():
    made = []

    def make(max_bytes=1_000, **limits):
        made.append(
            Introspector(
                CacheLimits(max_introspection_bytes=max_bytes),
                OperationLimits(**limits),
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


async def test_a_question_is_answered_once_however_many_ask(introspector):
    it, schema = introspector(), Watched()

    first, second = await asyncio.gather(
        it.answer(question(), schema), it.answer(question(), schema)
    )
    later = await it.answer(question(), schema)

    assert {"__schema": {"description": "About."}} == told(first)
    assert first is second is later
    assert 1 == schema.asked


async def test_each_schema_has_its_own_answer(introspector):
    it = introspector()

    assert ["One.", "Other."] == [
        told(await it.answer(question(), Watched(text)))["__schema"]["description"]
        for text in ("One.", "Other.")
    ]


async def test_variables_make_another_question(introspector):
    it, schema = introspector(), Watched()
    text = "query ($name: String!) { __type(name: $name) { name } }"

    assert [{"__type": {"name": "Query"}}, {"__type": None}] == [
        told(await it.answer(Question(text, variables), schema))
        for variables in (b'{"name":"Query"}', b'{"name":"None"}')
    ]


async def test_what_is_remembered_is_bounded_in_bytes(introspector):
    it = introspector(max_bytes=1_000)
    schema = Watched("x" * 300)
    for key in "abc":
        await it.answer(question(key), schema)
    assert 3 == schema.asked

    await it.answer(question("c"), schema)
    assert 3 == schema.asked
    await it.answer(question("a"), schema)
    assert 4 == schema.asked
    assert repr(it).startswith("<Introspector <Remembered 2 entries, ")


async def test_an_answer_larger_than_the_bound_is_given_and_not_remembered(
    introspector,
):
    it, schema = introspector(max_bytes=200), Watched("x" * 300)

    assert 300 == len(
        told(await it.answer(question(), schema))["__schema"]["description"]
    )
    await it.answer(question(), schema)
    assert 2 == schema.asked


async def test_the_event_loop_goes_on_while_a_schema_is_told(introspector):
    it, schema = introspector(), Watched()
    loop_went_on = threading.Event()
    schema.tell = lambda: str(loop_went_on.wait(PATIENCE_S))

    asking = asyncio.ensure_future(it.answer(question(), schema))
    await asyncio.sleep(0)
    loop_went_on.set()

    assert {"__schema": {"description": "True"}} == told(await asking)


async def test_what_nobody_waits_for_is_not_told(introspector):
    it, schema = introspector(), Watched()
    may_go_on = threading.Event()
    schema.tell = lambda: str(may_go_on.wait(PATIENCE_S))
    first = asyncio.ensure_future(it.answer(question(), schema))
    await asyncio.sleep(0)

    async def gone():
        pass

    other = Watched()
    with pytest.raises(CallerGone):
        await it.answer(question(), other, Waiting(gone=gone))
    may_go_on.set()
    await first
    await it.answer(question("a"), schema)

    assert 0 == other.asked


async def test_what_takes_too_long_or_gives_too_much_is_refused_each_time(introspector):
    with pytest.raises(IntrospectionTookTooLong):
        await introspector(max_introspection_ms=0).answer(question(), Watched())
    few, schema = introspector(max_introspection_bytes=10), Watched()
    for _ in range(2):
        with pytest.raises(LimitExceeded, match="introspection bytes"):
            await few.answer(question(), schema)


async def test_answers_do_not_keep_a_schema(introspector):
    it, schema = introspector(), Watched()
    await it.answer(question(), schema)
    gone = ref(schema)

    del schema
    await asyncio.sleep(0)
    gc.collect()

    assert gone() is None
