"""Answers that need each other: the least ones that fit together.

A question is answered by a function that asks others. Where these come back to the first
one there is no order in which to answer them, and to follow each of the ways around
takes time without bound. So they are answered together: each starts with the least
answer, sees of the others what there is, and is asked again while any of them grows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Question = TypeVar("_Question", bound=Hashable)
_Answer = TypeVar("_Answer")


class FixedPoint(Generic[_Question, _Answer]):
    """Answers questions, and remembers the answers.

    Args:
        improve: Gives a better answer than the one at hand, or the same. It may ask for
            other answers; the better these are, the better must be its own.
    """

    def __init__(self, improve: Callable[[_Question, _Answer], _Answer]) -> None:
        self._improve = improve
        self._known: dict[_Question, _Answer] = {}
        # What is as good as it can be only when all of them are.
        self._open: dict[_Question, _Answer] = {}

    def __repr__(self) -> str:
        return f"<FixedPoint {len(self._known)} known, {len(self._open)} open>"

    def answer(self, question: _Question, least: _Answer) -> _Answer:
        """The answer; what there is of it, where it is asked for its own sake.

        Args:
            question: What is asked.
            least: What is true in any case.
        """
        if question in self._known:
            return self._known[question]
        if question not in self._open:
            is_first = not self._open
            self._open[question] = least
            self._grow(question)
            if not is_first:
                return self._open[question]
            self._settle()
            return self._known[question]
        return self._open[question]

    def _settle(self) -> None:
        """Improve all that is open until nothing grows; then it is known."""
        grew = [True]
        while any(grew):
            grew = [self._grow(one) for one in reversed(tuple(self._open))]
        self._known.update(self._open)
        self._open.clear()

    def _grow(self, question: _Question) -> bool:
        """Improve one answer with what there is of others; whether it grew."""
        before = value = self._open[question]
        while (better := self._improve(question, value)) != value:
            value = self._open[question] = better
        return value != before
