"""Whatever the kind of federation: plans are right, and answers are the one service's.

A few worlds of each kind, the same ones each time; `make worlds` looks at thousands.
"""

from itertools import count, islice

import pytest

from tests.world.choices import SeededChoices
from tests.world.findings import findings
from tests.world.kinds import KINDS

WORLDS = 25


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_wrong_with_worlds_of_a_kind(kind):
    drawn = (KINDS[kind](SeededChoices(seed)) for seed in count())
    worlds = islice((world for world in drawn if world is not None), WORLDS)

    assert [] == [(world, found) for world in worlds for found in findings(world)]
