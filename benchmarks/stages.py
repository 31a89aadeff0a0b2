"""Measure what each stage of a request costs (`make bench-stages`).

A gateway over a small shop (`workload.py`) answers a light and a heavier operation from
subgraphs in memory, on the fast path and on the exact one. Each stage is timed where it
stands: its functions are measured from without, less what other stages do within them,
and the least of many requests counts. A stage is far shorter than a slice of the
scheduler, and so is a request: its least time of the clock is time of the CPU, however
busy the machine; collections of garbage are not in it.

What is left of a request when its stages are taken away is the way between them: records
of the pipeline, tasks, and the event loop. The last rows are of no such request:
`transport` is one exchange over loopback with the client of `make bench-transport`,
`prepare, unseen` a document that nobody has asked before.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from inspect import iscoroutinefunction
from itertools import product
from typing import Any, Final, TypeAlias
from unittest.mock import patch

import uvloop

from benchmarks import workload
from benchmarks.transport import answering_server, cpu_us
from gateway_graphql import Gateway, HTTPTransport
from gateway_graphql.cli.garbage import keep_what_is_there
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.execution.run import executor, fast, sending
from gateway_graphql.pipeline import answering, documents
from gateway_graphql.server import create_app
from gateway_graphql.transport.base import SubgraphReply, SubgraphRequest
from gateway_graphql.transport.http_message import encode_body

Ask: TypeAlias = Callable[[], Awaitable[object]]
_Least: TypeAlias = "defaultdict[tuple[str, str], float]"
"""Microseconds by row and column."""

# Where a stage is, by the owner and the name of its functions. What the fast path does
# with a reply beside what is named otherwise is to decode it.
STAGES: Final[tuple[tuple[str, Any, str], ...]] = (
    ("prepare, known", documents.Documents, "read"),
    ("coerce", documents, "_coerced"),
    ("represent", fast.FastExecution, "_ask"),
    ("represent", fast._Asked, "representations"),
    ("represent", executor, "collect_subjects"),
    ("send", sending.Sending, "_exchange"),
    ("decode", fast.FastExecution, "_run_fetch"),
    ("decode", executor, "decode_reply"),
    ("merge", fast._Asked, "take"),
    ("merge", fast.FastExecution, "_take_root"),
    ("merge", fast.FastExecution, "_finish"),
    ("merge", executor._Execution, "_take"),
    ("project", executor, "project"),
    ("encode", answering, "encode_result"),
)
OPERATIONS: Final = {"light": workload.LIGHT, "heavy": workload.HEAVY}
PATHS: Final = ("fast", "exact")
NAMED: Final = tuple(dict.fromkeys(stage for stage, _, _ in STAGES))
ROWS: Final = (
    *NAMED,
    "between them",
    "handle, whole",
    "server (ASGI)",
    "encode requests",
    "transport",
    "prepare, unseen",
)


class Stopwatch:
    """Adds up what stages take, each without those within it."""

    def __init__(self) -> None:
        self.spent_us: defaultdict[str, float] = defaultdict(float)
        # Of each stage that runs now, what those within it have taken.
        self._within: list[int] = []

    @contextmanager
    def on(self) -> Iterator[None]:
        """Measure all stages meanwhile."""
        with ExitStack() as patched:
            for stage, owner, name in STAGES:
                timed = self._timed(stage, vars(owner)[name])
                patched.enter_context(patch.object(owner, name, timed))
            yield

    def _timed(self, stage: str, function: Any) -> Any:
        if isinstance(function, property):
            return property(self._timed(stage, function.fget))

        @wraps(function)
        def call(*args: Any) -> Any:
            began = self._begin()
            try:
                return function(*args)
            finally:
                self._end(stage, began)

        @wraps(function)
        async def wait(*args: Any) -> Any:
            began = self._begin()
            try:
                # Nothing of these requests is waited for: subgraphs are in memory.
                return await function(*args)
            finally:
                self._end(stage, began)

        return wait if iscoroutinefunction(function) else call

    def _begin(self) -> int:
        self._within.append(0)
        return time.perf_counter_ns()

    def _end(self, stage: str, began: int) -> None:
        took = time.perf_counter_ns() - began
        self.spent_us[stage] += (took - self._within.pop()) / 1000
        if self._within:
            self._within[-1] += took


class Measuring:
    """Measures rounds, and keeps the least of each figure."""

    def __init__(self, url: str, requests: int) -> None:
        self.least: _Least = defaultdict(lambda: math.inf)
        self._gateway = workload.gateway()
        self._app = create_app(self._gateway)
        self._url = url
        self._requests = requests
        self._unseen = 0

    async def round(self) -> None:
        """Measure everything once."""
        for (name, request), path in product(OPERATIONS.items(), PATHS):
            with _only(path):
                await self._request(f"{name}, {path}", request)
        for name, request in OPERATIONS.items():
            self._prepare(f"{name}, fast", request)
            await self._transport(f"{name}, fast", request)

    async def _request(self, column: str, request: GraphQLRequest) -> None:
        handle = partial(_handled, self._gateway, request)
        post = partial(workload.posted, self._app, request)
        for ask in (handle, post):
            await _least_us(ask, 3)  # decoders are compiled, and all is warm
        whole = await _least_us(handle, self._requests)
        self._note("handle, whole", column, whole)
        self._note("posted", column, await _least_us(post, self._requests))
        watch = Stopwatch()
        with watch.on():
            for _ in range(self._requests):
                watch.spent_us.clear()
                await handle()
                for stage, spent in watch.spent_us.items():
                    self._note(stage, column, spent)

    def _prepare(self, column: str, request: GraphQLRequest) -> None:
        self._unseen += 1
        kind, rest = request.query.split("query", 1)
        text = f"{kind}query Unseen{self._unseen}{rest.lstrip()}"
        began = time.process_time_ns()
        self._gateway.runtime.preparer.prepare(text)
        passed_us = (time.process_time_ns() - began) / 1000
        self._note("prepare, unseen", column, passed_us)

    async def _transport(self, column: str, request: GraphQLRequest) -> None:
        sent = await _sent(request)
        began = time.perf_counter_ns()
        for one in sent:
            encode_body(one)
        passed_us = (time.perf_counter_ns() - began) / 1000
        self._note("encode requests", column, passed_us)
        async with HTTPTransport(self._url) as transport:
            await transport.send(sent[0])
            each = await cpu_us(transport, tasks=8, requests=self._requests)
        self._note("transport", column, each * len(sent))

    def _note(self, row: str, column: str, us: float) -> None:
        self.least[row, column] = min(us, self.least[row, column])


@contextmanager
def _only(path: str) -> Iterator[None]:
    """Take one path, whatever the plan."""
    if path == "fast":
        yield
        return
    with patch.object(executor, "fast_plan_for", lambda *_: None):
        yield


async def _handled(gateway: Gateway, request: GraphQLRequest) -> None:
    response = await gateway.handle(request, RequestContext())
    if response.has_errors:
        sys.exit(f"The operation failed: {response.body.decode()}")


async def _sent(request: GraphQLRequest) -> list[SubgraphRequest]:
    """The requests to subgraphs that answer an operation."""
    sent: list[SubgraphRequest] = []
    answer = workload.FromMemory.send

    async def noted(
        subgraph: workload.FromMemory, one: SubgraphRequest
    ) -> SubgraphReply:
        sent.append(one)
        return await answer(subgraph, one)

    with patch.object(workload.FromMemory, "send", noted):
        await _handled(workload.gateway(), request)
    return sent


async def _least_us(ask: Ask, times: int) -> float:
    least = math.inf
    for _ in range(times):
        began = time.perf_counter_ns()
        await ask()
        least = min(least, (time.perf_counter_ns() - began) / 1000)
    return least


def table(least: _Least) -> Iterator[str]:
    """What was measured, as a table of Markdown."""
    columns = [f"{name}, {path}" for name, path in product(OPERATIONS, PATHS)]
    for column in columns:
        whole = least["handle, whole", column]
        named = sum(least[stage, column] for stage in NAMED if (stage, column) in least)
        least["between them", column] = whole - named
        least["server (ASGI)", column] = least["posted", column] - whole
    yield "| CPU us | " + " | ".join(columns) + " |"
    yield "|---|" + "---:|" * len(columns)
    for row in ROWS:
        cells = (
            f"{least[row, column]:.1f}" if (row, column) in least else ""
            for column in columns
        )
        yield f"| {row} | " + " | ".join(cells) + " |"


async def measure(url: str, *, rounds: int, requests: int) -> _Least:
    """Measure rounds in which all take turns: a busy machine slows all alike."""
    measuring = Measuring(url, requests)
    await measuring.round()
    keep_what_is_there()
    for _ in range(rounds):
        await measuring.round()
    return measuring.least


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--requests", type=int, default=100, help="in a round")
    chosen = parser.parse_args()
    with answering_server() as url:
        measured = measure(url, rounds=chosen.rounds, requests=chosen.requests)
        least = uvloop.run(measured)
    print(*table(least), sep="\n")


if __name__ == "__main__":
    main()
