"""The fast path: replies decoded as the records of the answer, and encoded as they are.

It is for replies that are what was asked for, as nearly all are. Objects are records with
the client's fields in the client's order, so nothing is merged key by key and nothing is
projected: what an entity fetch gives is put into the records that it is for, and the root
record is the answer.

Whatever is not clean (an error, a null where none may be, a value of another type, a
subgraph that fails) is left to the exact path, which begins anew on the same replies; those
that are on their way are waited for by it. So the exact path alone says what goes wrong,
and either path gives the same answer. Requests are the same, too, in the order of their
representations, or the replies of one would mean nothing to the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from http import HTTPStatus
from itertools import repeat
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

from gateway_graphql.errors import SubgraphFailed
from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.decoders import AnswerRecord
from gateway_graphql.execution.compiled.fast_plan import (
    EntityTarget,
    FastFetch,
    FastInput,
    FastPlan,
    Finish,
    RecordLevel,
)
from gateway_graphql.execution.compiled.plan import CompiledFetch, CompiledPlan
from gateway_graphql.execution.result import ExecutionResult
from gateway_graphql.execution.run.fetch_order import FetchOrder
from gateway_graphql.execution.run.for_request import ForRequest
from gateway_graphql.execution.run.sending import Sending, head_of
from gateway_graphql.planning.plan import FetchNode
from gateway_graphql.transport.base import SubgraphReply

FallBack: TypeAlias = Callable[[Sending], Awaitable[ExecutionResult]]
"""The exact path, with what has been sent."""

_encode = msgspec.json.encode
_decode = msgspec.json.decode


class _NotClean(Exception):
    """A reply, or a value in it, that is for the exact path to judge."""


def fast_plan_for(compiled: CompiledPlan, given: ForRequest) -> FastPlan | None:
    """The fast plan of a request; `None` where it takes the exact path.

    That is so where the request wants more than its answer: a trace, values judged while
    they are fetched, the schema told, types hidden.
    """
    wants_more = (
        given.tracer is not None
        or given.inspector is not None
        or given.introspected
        or given.hidden_types
    )
    return None if wants_more else compiled.fast.plan(given.variables)


class FastExecution:
    """One execution on the fast path.

    Args:
        fast: What is to be done at each fetch.
        compiled: The plan.
        given: The facts of the request.
        sending: Sends the requests.
        fall_back: Takes over.

    Attributes:
        is_clean: Whether the exact path was not needed.
    """

    def __init__(
        self,
        fast: FastPlan,
        compiled: CompiledPlan,
        given: ForRequest,
        sending: Sending,
        fall_back: FallBack,
    ) -> None:
        self._fast = fast
        self._compiled = compiled
        self._given = given
        self._sending = sending
        self._fall_back = fall_back
        self.is_clean = True
        self._exact: ExecutionResult | None = None
        # The fetches that were replied to, in the order in which they were.
        self._replied: list[tuple[CompiledFetch, SubgraphReply]] = []
        # Their data as they gave it, where somebody wants to see it.
        self._observed: list[tuple[FetchNode, dict[str, JSON]]] = []
        self._objects: dict[RecordLevel, list[Any]] = {}
        if fast.make_root is not None:
            self._objects[fast.root] = [fast.make_root()]

    async def run(self) -> ExecutionResult:
        """Run all fetches."""
        await FetchOrder(self._compiled, self._run_fetch).run()
        if self._exact is not None:
            return self._exact
        self._observe()
        for finish in self._fast.finishes:
            self._finish(finish)
        return ExecutionResult(
            self._objects[self._fast.root][0],
            replies=tuple([head_of(fetch, reply) for fetch, reply in self._replied]),
        )

    def _observe(self) -> None:
        if self._given.observe is not None:
            for node, data in self._observed:
                self._given.observe(node, data)

    def _finish(self, finish: Finish) -> None:
        """Leave in records what the client asked for."""
        if finish.final is None:
            for record in self._at(finish.level):
                for attribute in finish.machinery:
                    setattr(record, attribute, msgspec.UNSET)
            return
        make, typename = finish.final, finish.typename
        put = finish.level.put
        for holder, where, record in self._with_holders(finish.level):
            values = [
                typename if name is None else getattr(record, name)
                for name in finish.names
            ]
            put(holder, where, make(*values))

    async def _run_fetch(self, fetch: CompiledFetch) -> bool:
        """Run a fetch; when something is not clean, everything, on the exact path.

        What else is on its way goes to its end here, and no further.
        """
        if self.is_clean:
            try:
                await self._exchange(fetch)
            except (_NotClean, SubgraphFailed, msgspec.MsgspecError, RecursionError):
                if self.is_clean:
                    self.is_clean = False
                    self._exact = await self._fall_back(self._sending)
        return self.is_clean

    async def _exchange(self, fetch: CompiledFetch) -> None:
        fast = self._fast.fetches.get(fetch.node.id)
        if fast is None:
            return
        asked = [self._ask(one) for one in fast.inputs]
        variables: dict[str, JSON] = {name: [] for name in fast.variables}
        for one in asked:
            variables[one.input.variable] = one.representations
        if variables and not any(variables.values()):
            return
        reply = await self._sending.send_early(fetch, variables)
        if reply.status != HTTPStatus.OK or reply.raised or not _is_text(reply.body):
            raise _NotClean
        data = fast.decode(reply.body).data
        self._replied.append((fetch, reply))
        if self._given.observe is not None:
            self._observed.append((fetch.node, _decode(reply.body)["data"]))
        if fast.inputs:
            for one in asked:
                one.take(getattr(data, one.input.attribute))
        else:
            self._take_root(fast, data)

    def _take_root(self, fast: FastFetch, data: AnswerRecord) -> None:
        if self._fast.make_root is None:
            self._objects[self._fast.root] = [data]
            return
        (root,) = self._objects[self._fast.root]
        for name in fast.added:
            setattr(root, name, getattr(data, name))

    def _ask(self, one: FastInput) -> _Asked:
        """Find the objects that an input is for.

        Raises:
            _NotClean: Some may be among them that cannot be asked for.
        """
        asked = _Asked(one)
        for target in one.targets:
            if target.is_shared and target.level not in self._objects:
                self._share(target)
            asked.add(self._at(target.level), target)
        asked.check()
        return asked

    def _at(self, level: RecordLevel) -> list[Any]:
        """The objects of a level, in the order of the answer."""
        found = self._objects.get(level)
        if found is not None:
            return found
        if level.above is None:
            # Until the fetch that makes the root has been replied to, there is nothing.
            return []
        above = self._at(level.above)
        if level.classes is not None:
            found = [one for one in above if type(one) in level.classes]
        elif level.attribute is None:
            found = [one for many in above for one in many if one is not None]
        else:
            values = map(attrgetter(level.attribute), above)
            found = [one for one in values if one is not None]
        self._objects[level] = found
        return found

    def _with_holders(self, level: RecordLevel) -> list[tuple[Any, Any, Any]]:
        """The objects of a level, each with the list or record, and where in it."""
        if level.above is None:
            return [(None, None, one) for one in self._at(level)]
        if level.classes is not None:
            every = self._with_holders(level.above)
            return [one for one in every if type(one[2]) in level.classes]
        above = self._at(level.above)
        if level.attribute is None:
            return [
                (many, index, one)
                for many in above
                for index, one in enumerate(many)
                if one is not None
            ]
        name = level.attribute
        return [
            (holder, name, value)
            for holder in above
            if (value := getattr(holder, name)) is not None
        ]

    def _share(self, target: EntityTarget) -> None:
        """Let objects that are the same be one, so that each is filled once."""
        (how,) = target.by_class.values()
        key_of, first = how.key, dict[Hashable, AnswerRecord]()
        put = target.level.put
        for holder, where, record in self._with_holders(target.level):
            known = first.setdefault(key_of(record), record)
            if known is not record:
                put(holder, where, known)
        self._objects[target.level] = list(first.values())


class _Asked:
    """What one `_entities` field is asked with, and for which objects."""

    def __init__(self, one: FastInput) -> None:
        self.input = one
        # One of the records with each key, in the order of the answer. Keys are those of
        # `Representing`, behind it where there are several.
        self._record_by_key: dict[Any, AnswerRecord] = {}
        self._objects: list[tuple[list[AnswerRecord], list[Any]]] = []

    @property
    def representations(self) -> list[JSON]:
        """What is sent."""
        only = self.input.only
        if only is not None:
            return list(map(only.representation, self._record_by_key.values()))
        return [
            how.representation(one) for (how, _), one in self._record_by_key.items()
        ]

    def add(self, records: list[AnswerRecord], target: EntityTarget) -> None:
        """Ask for some objects."""
        only = self.input.only
        if only is not None:
            keys: list[Any] = list(map(only.key, records))
        else:
            hows = [target.by_class[type(record)] for record in records]
            keys = [(how, how.key(one)) for how, one in zip(hows, records, strict=True)]
        self._record_by_key |= zip(keys, records, strict=True)
        self._objects.append((records, keys))

    def check(self) -> None:
        """See that all of them can be asked for.

        Raises:
            _NotClean: There is a null where none must be.
        """
        only = self.input.only
        if only is not None and only.has_null is None:
            return
        for key, record in self._record_by_key.items():
            if (only or key[0]).has_forbidden_null(record):
                raise _NotClean

    def take(self, entities: list[Any]) -> None:
        """Put what was answered into the objects.

        Raises:
            _NotClean: Which answer is for which object is anyone's guess.
            msgspec.MsgspecError: An entity is not what was asked for.
        """
        if len(entities) != len(self._record_by_key):
            raise _NotClean
        only = self.input.only
        if only is None:
            self._take_by_type(entities)
            return
        if only.absent is not None:
            entities = [only.absent if one is None else one for one in entities]
        entity_by_key = dict(zip(self._record_by_key, entities, strict=True))
        for records, keys in self._objects:
            given = [entity_by_key[key] for key in keys]
            for name in only.added:
                # All in C: this is done for each object and field.
                values = map(attrgetter(name), given)
                deque(map(setattr, records, repeat(name), values), maxlen=0)

    def _take_by_type(self, entities: list[Any]) -> None:
        """Put entities of several types, not decoded yet, into the objects."""
        answers = zip(self._record_by_key, entities, strict=True)
        entity_by_key = {
            key: key[0].decode(entity) or key[0].absent for key, entity in answers
        }
        for records, keys in self._objects:
            for record, key in zip(records, keys, strict=True):
                entity = entity_by_key[key]
                for name in key[0].added:
                    setattr(record, name, getattr(entity, name))


def _is_text(body: bytes) -> bool:
    """Whether a reply is UTF-8; decoders look only at what they are asked for."""
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
