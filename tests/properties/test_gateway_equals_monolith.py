"""Whatever the schema and however it is divided: the gateway answers as one service."""

import json

from hypothesis import given

from tests.world.answers import both_answers
from tests.world.world import worlds


@given(world=worlds())
def test_gateway_answers_as_the_monolith_does(world):
    for operation, expected, answered in both_answers(world):
        # As text, since the order of keys counts.
        assert json.dumps(expected.data) == json.dumps(answered.data), operation.text
        assert ((), ()) == (expected.errors, answered.errors), operation.text


@given(world=worlds(violations=6))
def test_null_where_none_may_be_takes_along_the_same(world):
    for operation, expected, answered in both_answers(world):
        assert json.dumps(expected.data) == json.dumps(answered.data), operation.text
