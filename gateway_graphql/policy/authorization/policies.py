"""Policies: plain async functions that say yes or no, asked in batches.

A schema names policies (`@policy(policies: [["order:owner"]])`), the application gives a
function for each name. One function sees all the questions that a request has for it at
that moment, so it can look everything up at once:

    async def order_owner(
        context: RequestContext, questions: Sequence[PolicyQuestion]
    ) -> Sequence[bool]:
        owners = await orders.owners_of([q.entity["id"] for q in questions])
        return [owner == context.caller.subject for owner in owners]

    Policy(order_owner, keys=("id",))

Only `True` is a yes. A policy that nobody registered, that fails, is late, or answers
anything else denies: what guards must not open when it breaks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

import msgspec
from aiodataloader import DataLoader

from gateway_graphql.exchange import JSON, RequestContext
from gateway_graphql.spelling import tells_options

_logger = logging.getLogger(__name__)

DEFAULT_TIMEOUT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """One thing that a policy decides.

    Attributes:
        coordinate: The field that is asked for, as `Type.field`.
        arguments: What the field is given, coerced.
        entity: The object that it is about: its `__typename` and the keys that the
            policy is registered with; `None` when the decision comes before any fetch.
    """

    coordinate: str
    arguments: Mapping[str, JSON] = field(default_factory=dict)
    entity: Mapping[str, JSON] | None = None


PolicyFunction: TypeAlias = Callable[
    [RequestContext, Sequence[PolicyQuestion]], Awaitable[Sequence[bool]]
]
"""Answers questions in their order."""


@tells_options
@dataclass(frozen=True, slots=True)
class Policy:
    """A registered policy.

    Attributes:
        function: Decides.
        keys: Fields of the object that it must see. With them it is asked when the
            object is known, without them before anything is fetched.
        timeout_s: How long it may take for one batch.
    """

    function: PolicyFunction
    keys: tuple[str, ...] = ()
    timeout_s: float = DEFAULT_TIMEOUT_S


class PolicyDesk:
    """Asks the policies on behalf of one request; equal questions are asked once."""

    def __init__(self, policies: Mapping[str, Policy], context: RequestContext) -> None:
        self._policies = policies
        self._context = context
        self._loaders: dict[str, DataLoader[PolicyQuestion, bool]] = {}

    def __repr__(self) -> str:
        return f"<PolicyDesk asked {', '.join(self._loaders) or 'nobody'}>"

    def anew(self) -> PolicyDesk:
        """A desk for the same caller that has asked nobody yet."""
        return PolicyDesk(self._policies, self._context)

    async def ask(self, asked: Iterable[tuple[str, PolicyQuestion]]) -> list[bool]:
        """Ask policies by name, all at once."""
        return await asyncio.gather(
            *(self._loader(name).load(question) for name, question in asked)
        )

    def _loader(self, name: str) -> DataLoader[PolicyQuestion, bool]:
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loaders[name] = DataLoader(
                partial(self._decide, name),
                get_cache_key=msgspec.json.encode,
            )
        return loader

    async def _decide(self, name: str, questions: list[PolicyQuestion]) -> list[bool]:
        policy = self._policies.get(name)
        if policy is None:
            _logger.warning("Policy %s is not registered and denies", name)
            return [False] * len(questions)
        answers = await _answers(name, policy, self._context, questions)
        return [answer is True for answer in answers]


async def _answers(
    name: str,
    policy: Policy,
    context: RequestContext,
    questions: Sequence[PolicyQuestion],
) -> Sequence[object]:
    """What a policy says; no for all when it says nothing that can be used."""
    denied = [False] * len(questions)
    call = asyncio.ensure_future(_call(policy.function, context, questions))
    try:
        await asyncio.wait({call}, timeout=policy.timeout_s)
        if not call.done():
            _logger.warning("Policy %s is late and denies", name)
            return denied
        failure = None if call.cancelled() else call.exception()
        if call.cancelled() or failure is not None:
            _logger.warning("Policy %s failed and denies", name, exc_info=failure)
            return denied
        answers: object = call.result()
    finally:
        call.cancel()
    if not isinstance(answers, Sequence) or len(answers) != len(questions):
        _logger.warning(
            "Policy %s did not answer %d questions and denies", name, len(questions)
        )
        return denied
    return answers


async def _call(
    function: PolicyFunction,
    context: RequestContext,
    questions: Sequence[PolicyQuestion],
) -> Sequence[bool]:
    """The call as a coroutine, so that whatever goes wrong in it goes wrong there."""
    return await function(context, questions)
