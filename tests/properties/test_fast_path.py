"""Whatever subgraphs answer, the fast path and the exact path ask and answer the same.

`make worlds` looks at more.
"""

import asyncio
from itertools import count, islice

import pytest

from tests.world.choices import SeededChoices
from tests.world.kinds import KINDS
from tests.world.paths import paths_of, unlike_paths

WORLDS = 5


def worlds_of(kind):
    drawn = (KINDS[kind](SeededChoices(seed)) for seed in count())
    return islice((world for world in drawn if world is not None), WORLDS)


@pytest.mark.parametrize("chance", [0, 0.4], ids=["clean replies", "spoiled replies"])
@pytest.mark.parametrize("kind", KINDS)
def test_both_paths_ask_and_answer_the_same(kind, chance):
    found = [(w, unlike) for w in worlds_of(kind) for unlike in unlike_paths(w, chance)]

    assert [] == found


def test_operations_of_random_federations_mostly_go_the_fast_way():
    every = [one for w in worlds_of("any") for _, one in asyncio.run(paths_of(w, 0))]

    assert sum(one.was_fast for one in every) > len(every) * 0.7
