"""Run a compiled plan: the only part of execution that waits.

Each fetch starts the moment the fetches it reads from are merged; there are no waves. A
fetch that fails becomes errors, and fetches that read from it find nothing to send. All
fetches live in one task group, so when the caller goes away they are cancelled, and when
the deadline comes they fail one by one and the rest of the answer stands.

A mutation is not cancelled with its caller: stopped between two of its steps it would be
done by half, and nobody would know which half. It runs on until it is done or late.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from gateway_graphql.errors import (
    ERROR_ID,
    ErrorDetail,
    FailureCause,
    SubgraphCostTooHigh,
    SubgraphFailed,
    SubgraphReplyMalformed,
    new_error_id,
)
from gateway_graphql.exchange import JSON, ReplyHead
from gateway_graphql.execution.compiled.plan import (
    CompiledFetch,
    CompiledInput,
    CompiledPlan,
)
from gateway_graphql.execution.compiled.selected_keys import drop_unselected
from gateway_graphql.execution.result import ExecutionResult
from gateway_graphql.execution.run.coverage import Coverage
from gateway_graphql.execution.run.entities import (
    Batch,
    merge_into_all,
    objects_below,
)
from gateway_graphql.execution.run.failures import log_failure, raised_at
from gateway_graphql.execution.run.fast import FastExecution, fast_plan_for
from gateway_graphql.execution.run.faults import FetchFaults
from gateway_graphql.execution.run.fetch_order import FetchOrder
from gateway_graphql.execution.run.for_request import ForRequest
from gateway_graphql.execution.run.inspection import Denial, spare
from gateway_graphql.execution.run.merging import Tree, apply_renames
from gateway_graphql.execution.run.projection import project
from gateway_graphql.execution.run.replies import (
    DecodedReply,
    SubgraphError,
    decode_reply,
)
from gateway_graphql.execution.run.sending import Sending, head_of
from gateway_graphql.execution.run.targets import (
    Targets,
    collect_targets,
)
from gateway_graphql.language.conditions import any_holds
from gateway_graphql.language.operation import (
    CLIENT_TYPENAME,
    Field,
    OperationKind,
    key_in_answer,
)
from gateway_graphql.transport.base import SubgraphReply

_logger = logging.getLogger(__name__)
_mutations: Final[set[asyncio.Task[ExecutionResult]]] = set()
"""Those that run now, because the event loop alone would not keep a task alive."""


async def execute(compiled: CompiledPlan, given: ForRequest) -> ExecutionResult:
    """Execute a plan.

    Args:
        compiled: The plan.
        given: The facts of the request.

    Returns:
        The data and the errors. Subgraphs that fail are errors; nothing is raised.
    """
    if compiled.plan.unreachable:
        return ExecutionResult(
            None, tuple(map(_unreachable, compiled.plan.unreachable))
        )
    work = _run(compiled, given)
    if compiled.plan.operation.kind is OperationKind.MUTATION:
        return await _run_to_the_end(work)
    return await work


async def _run(compiled: CompiledPlan, given: ForRequest) -> ExecutionResult:
    """Take the fast path as far as it leads."""
    exact = partial(_run_exactly, compiled, given)
    sending = Sending(given)
    fast = fast_plan_for(compiled, given)
    if fast is None:
        return await exact(sending)
    return await FastExecution(fast, compiled, given, sending, exact).run()


async def _run_exactly(
    compiled: CompiledPlan, given: ForRequest, sending: Sending
) -> ExecutionResult:
    execution = _Execution(compiled, given, sending)
    await execution.run()
    if given.tracer is not None:
        given.tracer.errors = execution.errors_by_fetch()
    return execution.result()


async def _run_to_the_end(
    work: Coroutine[object, object, ExecutionResult],
) -> ExecutionResult:
    """Wait for work that goes on when its caller is cancelled."""
    task = asyncio.ensure_future(work)
    _mutations.add(task)
    task.add_done_callback(_mutations.discard)
    return await asyncio.shield(task)


class _Execution:
    """The state of one execution: the response tree, and what is still waited for.

    Tasks of one event loop change it, and only between their awaits.
    """

    def __init__(
        self, compiled: CompiledPlan, given: ForRequest, sending: Sending
    ) -> None:
        self._compiled = compiled
        self._given = given
        self._variables = given.variables
        self._sending = sending
        self._tree: Tree = {}
        self._coverage = Coverage()
        self._faults: dict[int, FetchFaults] = {}
        # Errors that no fetch has reported.
        self._own_errors: dict[ErrorDetail, None] = {}
        self._replies: list[ReplyHead] = []
        # Of failures that are logged, by fetch and cause.
        self._error_ids: dict[tuple[int, FailureCause], str] = {}

    async def run(self) -> None:
        """Run all fetches."""
        if not self._compiled.fetches:
            return
        await FetchOrder(self._compiled, self._run_fetch).run()
        for denial in await self._denials(is_complete=True):
            denial.take_away()
            self._coverage.add(denial.path)
            self._own_errors[denial.error] = None

    async def _denials(self, *, is_complete: bool) -> Sequence[Denial]:
        if self._given.inspector is None:
            return ()
        return await self._given.inspector.denials(self._tree, is_complete=is_complete)

    def result(self) -> ExecutionResult:
        """Project what has come together."""
        for place, answer in self._given.introspected:
            for node in objects_below(self._tree, place):
                node.update(answer)  # type: ignore[arg-type] # encoded already
        shape = self._compiled.shapes.shape(self._variables)
        errors = [
            error
            for fetch_id in sorted(self._faults)
            for error in self._faults[fetch_id].errors.values()
        ]
        max_errors = self._given.error_limits.max_errors
        hidden = self._given.hidden_types
        data, field_errors = project(
            self._tree, shape, self._coverage, max_errors, hidden
        )
        told = (*self._own_errors, *errors, *field_errors)[:max_errors]
        return ExecutionResult(
            data, tuple(map(_in_answer, told)), replies=tuple(self._replies)
        )

    def errors_by_fetch(self) -> dict[int, tuple[ErrorDetail, ...]]:
        """The errors that each fetch has reported."""
        return {
            fetch_id: tuple(map(_in_answer, faults.errors.values()))
            for fetch_id, faults in self._faults.items()
        }

    async def _run_fetch(self, fetch: CompiledFetch) -> bool:
        """Run a fetch; what waits for it finds nothing to send if it fails."""
        if any_holds(fetch.node.when, self._variables):
            await self._ask(fetch)
        return True

    async def _ask(self, fetch: CompiledFetch) -> None:
        denials = await self._denials(is_complete=False) if fetch.inputs else ()
        targets = collect_targets(fetch, self._tree, self._variables)
        if denials:
            targets = spare(fetch, targets, denials)
        parts = [targets] if targets else []
        if fetch.node.context:
            parts = list(targets.divided(self._tree, fetch.node.context))
        for compiled, batch in targets.batches.values():
            if batch.lacking:
                self._faults_of(fetch).lacked(compiled, batch.lacking)
        if len(parts) == 1:
            await self._exchange(fetch, parts[0])
        elif parts:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(self._exchange(fetch, part))

    async def _exchange(self, fetch: CompiledFetch, targets: Targets) -> None:
        """Send one request and take its reply, whatever it is."""
        try:
            reply = await self._sending.send(fetch, targets)
            self._replies.append(head_of(fetch, reply))
            self._take(fetch, self._decoded(fetch, reply), targets)
        except SubgraphFailed as failure:
            if failure.was_sent:
                self._observe(fetch, None)
            self._fail(fetch, failure, targets)
        except RecursionError:
            self._fail(fetch, _too_deep(fetch.node.subgraph), targets)

    def _observe(self, fetch: CompiledFetch, data: dict[str, JSON] | None) -> None:
        if self._given.observe is not None:
            self._given.observe(fetch.node, data)

    def _decoded(self, fetch: CompiledFetch, reply: SubgraphReply) -> DecodedReply:
        told = self._given
        decoded = decode_reply(fetch.node.subgraph, reply, told.mask, told.error_limits)
        if not reply.raised:
            return decoded
        return decoded.with_errors(
            self._with_id(fetch, error) for error in decoded.errors
        )

    def _with_id(self, fetch: CompiledFetch, error: SubgraphError) -> SubgraphError:
        """An error with the id under which the log has what was raised, if it was."""
        if error.cause is None:
            return error
        failure = raised_at(fetch.node.subgraph, error.path, error.cause)
        more = {**error.extensions, ERROR_ID: self._logged(fetch, failure)}
        return replace(error, extensions=more)

    def _take(
        self, fetch: CompiledFetch, reply: DecodedReply, targets: Targets
    ) -> None:
        """Merge a reply, and note its errors."""
        if reply.errors:
            self._faults_of(fetch).answered(reply, targets)
        self._observe(fetch, reply.data)
        if reply.data is None:
            return
        drop_unselected(reply.data, fetch.selected)
        object_types = self._compiled.object_types
        apply_renames(reply.data, fetch.node.renames, object_types)
        if targets.roots:
            merge_into_all(targets.roots, reply.data, object_types)
        for alias, (compiled, batch) in targets.batches.items():
            if batch.representations:
                answer = reply.data.get(alias)
                self._take_entities(fetch, compiled, batch, answer, reply)

    def _take_entities(
        self,
        fetch: CompiledFetch,
        compiled: CompiledInput,
        batch: Batch,
        answer: JSON,
        reply: DecodedReply,
    ) -> None:
        if answer is None and reply.errors:
            return
        problem = _problem_of_entities(answer, len(batch.representations))
        if problem is not None:
            failure = SubgraphReplyMalformed(fetch.node.subgraph, problem)
            missed = batch.missed_by(answer)
            error_id = self._logged(fetch, failure)
            self._faults_of(fetch).input_failed(failure, compiled, missed, error_id)
        # In a list of another length, which entity answers which is anyone's guess.
        if isinstance(answer, list) and len(answer) == len(batch.representations):
            batch.merge(answer, self._compiled.object_types)

    def _fail(
        self, fetch: CompiledFetch, failure: SubgraphFailed, targets: Targets
    ) -> None:
        error_id = self._logged(fetch, failure)
        self._faults_of(fetch).fetch_failed(failure, targets, error_id)

    def _logged(self, fetch: CompiledFetch, failure: SubgraphFailed) -> str | None:
        """Log why a fetch failed, once, and give the id that the log has it under.

        What was refused by a limit of the client is no failure of the subgraph.
        """
        if isinstance(failure, SubgraphCostTooHigh):
            return None
        ids = self._error_ids
        name = self._compiled.plan.operation.name
        what = (fetch.node.id, failure.cause)
        if what not in ids:
            ids[what] = new_error_id()
            log_failure(failure, ids[what], name)
        return ids[what]

    def _faults_of(self, fetch: CompiledFetch) -> FetchFaults:
        return self._faults.setdefault(
            fetch.node.id,
            FetchFaults(
                fetch,
                self._compiled.asked,
                self._coverage,
                self._given.error_limits.max_errors,
            ),
        )


def _problem_of_entities(answer: JSON, count: int) -> str | None:
    """What is wrong with the value of an `_entities` field."""
    if not isinstance(answer, list):
        return "its entities are not a list"
    if len(answer) < count:
        return "it has fewer entities than were asked for"
    if len(answer) > count:
        return "it has more entities than were asked for"
    if not all(entity is None or isinstance(entity, dict) for entity in answer):
        return "an entity is not an object"
    return None


def _unreachable(field: Field) -> ErrorDetail:
    message = "No way through the subgraphs resolves all that is selected here."
    _logger.error("No way through the subgraphs resolves '%s'", field.name)
    return _in_answer(ErrorDetail(message, "FIELD_UNREACHABLE", (field.response_key,)))


def _in_answer(error: ErrorDetail) -> ErrorDetail:
    """The error with its place as the client calls it."""
    if error.path is None or CLIENT_TYPENAME not in error.path:
        return error
    path = (key_in_answer(s) if isinstance(s, str) else s for s in error.path)
    return replace(error, path=tuple(path))


def _too_deep(subgraph: str) -> SubgraphReplyMalformed:
    return SubgraphReplyMalformed(subgraph, "it is nested too deeply")
