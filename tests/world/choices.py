"""Choices that Hypothesis makes, in the words that the generators need.

Every choice shrinks towards the plain thing: `False`, the first, the fewest.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choices:
    """Draws from Hypothesis."""

    def __init__(self, draw: Callable) -> None:
        self._draw = draw

    def chance(self, percent: int) -> bool:
        """Whether something happens that does in so many of a hundred cases."""
        return self.number(0, 99) >= 100 - percent

    def number(self, least: int, most: int) -> int:
        """A whole number."""
        return self._draw(_integers(least, most)) if least < most else least

    def one(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.number(0, len(items) - 1)]

    def some(self, items: Sequence[T], percent: int = 50) -> list[T]:
        """Some of the items, perhaps none, in their order."""
        return [item for item in items if self.chance(percent)]

    def several(self, items: Sequence[T], least: int, most: int) -> list[T]:
        """Different items, at least and at most so many."""
        left = list(items)
        count = self.number(min(least, len(left)), min(most, len(left)))
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(count)]


class SeededChoices(Choices):
    """Draws from a seed: for a program that makes the same worlds every time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, least: int, most: int) -> int:
        """A whole number."""
        return self._random.randint(least, most)


@lru_cache
def _integers(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)
