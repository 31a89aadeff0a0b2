"""Answer what operations ask of the schema, beside the event loop and once.

A tool asks for the whole schema in one operation, and many ask the same. So answers are
remembered whatever operation they were made for, by the schema that the caller is shown,
the question and its variables: in bytes, and within a number of them that all share.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias, TypeVar
from weakref import ref

from graphql import GraphQLSchema

from gateway_graphql.exchange import JSON
from gateway_graphql.execution import (
    Introspected,
    Introspection,
    IntrospectionAnswer,
    Question,
    introspect,
)
from gateway_graphql.language.limits import OperationLimits
from gateway_graphql.pipeline.preparing.background import Background, Waiting
from gateway_graphql.pipeline.preparing.cache_limits import CacheLimits
from gateway_graphql.remembered import Remembered

_Result = TypeVar("_Result")
_ANYBODY: Final = Waiting()
# Schemas are forgotten by those who make them; their answers then go as they age.
_Known: TypeAlias = "tuple[ref[GraphQLSchema], Question]"


class Introspector:
    """Answers questions about schemas, and remembers the answers.

    It has a thread of its own, so that documents are prepared while a large schema is
    told.
    """

    def __init__(
        self,
        limits: CacheLimits | None = None,
        operation_limits: OperationLimits | None = None,
    ) -> None:
        self._operation_limits = operation_limits or OperationLimits()
        self._background = Background("introspect")
        # Changed by `answer` alone.
        self._answers: Remembered[_Known, IntrospectionAnswer] = Remembered(
            max_bytes=(limits or CacheLimits()).max_introspection_bytes, size=_size
        )

    def __repr__(self) -> str:
        return f"<Introspector {self._answers!r}>"

    async def introspected(
        self,
        asked: Sequence[Introspection],
        schema: GraphQLSchema,
        variables: Mapping[str, JSON],
        waiting: Waiting = _ANYBODY,
    ) -> Introspected:
        """Answer all that an operation asks of the schema, by place.

        Args:
            asked: The operation's introspection fields.
            schema: What the caller is shown.
            variables: Coerced.
            waiting: Who asks.

        Raises:
            CallerGone: Who asks does not wait any more.
            IntrospectionTookTooLong: It takes longer than it may.
            LimitExceeded: It gives more than it may.
        """
        questions = [(one.place, one.question(variables)) for one in asked]
        return [
            (place, await self.answer(question, schema, waiting))
            for place, question in questions
            if question is not None
        ]

    async def answer(
        self, question: Question, schema: GraphQLSchema, waiting: Waiting = _ANYBODY
    ) -> IntrospectionAnswer:
        """Answer one question."""
        key = (ref(schema), question)
        known = self._answers.get(key)
        if known is not None:
            return known
        return await self._background.run(
            (schema, question),
            partial(introspect, question, schema, self._operation_limits),
            partial(self._answers.put, key),
            waiting,
        )

    async def in_background(
        self, key: Hashable, compute: Callable[[], _Result], waiting: Waiting
    ) -> _Result:
        """Find out something else about a schema, in the same thread."""
        return await self._background.run(key, compute, _forget, waiting)

    def close(self) -> None:
        """Let the thread go; nothing is answered in it any more."""
        self._background.close()


def _size(known: _Known, answer: IntrospectionAnswer) -> int:
    size = sum(len(key) + len(memoryview(value)) for key, value in answer.items())
    return size + len(known[1].text)


def _forget(_result: object) -> None:
    """What is not remembered."""
