"""A case of execution: a folder with subgraphs, an operation and the client's answer.

    case.md             a title, and what the case shows
    subgraphs/*.graphql the schemas
    data.json           subgraph -> its data (see `data_subgraph`)
    replies.json        subgraph -> its replies in order, where it misbehaves
    operation.graphql, variables.json, labels.txt
    expected.json       requests by subgraph, mutations in order, and the answer

A reply is a body, `{"status": 500, "text": "..."}`, or `{"raises": "..."}`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, parse, validate

from gateway_graphql.errors import ClientError
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.gateway import Gateway
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import (
    MockTransport,
    SchemaTransport,
    SubgraphReply,
    SubgraphRequest,
    Transport,
)
from tests.cases.data_subgraph import DataSubgraph
from tests.cases.plan_case import PlanCase
from tests.cases.subgraph_schemas import subgraph_schema

FOLDER = Path(__file__).resolve().parent / "execution"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case.

    Attributes:
        text: As `expected.json` has it.
        problems: What was wrong with requests, however good the answer was.
    """

    text: str
    problems: list[str]


class _Watched:
    """A transport that counts and validates the requests that go through it."""

    def __init__(
        self, schema: GraphQLSchema, inner: Transport, log: list[SubgraphRequest]
    ) -> None:
        self._schema = schema
        self._inner = inner
        self._log = log
        self.problems: list[str] = []

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        self._log.append(request)
        self.problems += (
            f"{request.subgraph}: {error.message} in {request.query}"
            for error in validate(self._schema, parse(request.query))
        )
        return await self._inner.send(request)


class ExecutionCase(PlanCase):
    """The files of one folder, as they are."""

    def load(self, name: str) -> Mapping[str, Any]:
        """A JSON file of the folder; empty when it is not there."""
        return json.loads(self.read(name) or "{}")

    async def run(self) -> Outcome:
        """Ask a gateway over the case's subgraphs."""
        data, replies = self.load("data.json"), self.load("replies.json")
        log: list[SubgraphRequest] = []
        watched: dict[str, _Watched] = {}
        subgraphs: list[DataSubgraph] = []
        for name, sdl in self.sdl_by_subgraph.items():
            schema = subgraph_schema(sdl)
            if name in replies:
                transport: Transport = _scripted(name, replies[name])
            else:
                subgraphs.append(DataSubgraph(sdl, schema, data.get(name, {})))
                transport = SchemaTransport(subgraphs[-1].execute)
            watched[name] = _Watched(schema, transport, log)
        answer = await self._ask(watched)
        problems = [
            p for each in (*watched.values(), *subgraphs) for p in each.problems
        ]
        return Outcome(_as_text({**_counted(log), "answer": answer}), problems)

    async def _ask(self, transports: Mapping[str, Transport]) -> Any:
        request = GraphQLRequest(
            self.read("operation.graphql"), variables=self.load("variables.json")
        )
        labels = frozenset(self.read("labels.txt").split())
        async with Gateway.from_supergraph(
            self.compose(), transports=transports
        ) as gateway:
            try:
                response = await gateway.handle(
                    request,
                    RequestContext(override_labels=labels, override_percentage=100),
                )
            except ClientError as error:
                return {"errors": [detail.to_json() for detail in error.details]}
        return _without_ids(json.loads(response.body))


def _without_ids(answer: Any) -> Any:
    """The answer with one and the same id for every error of the log."""
    for error in answer.get("errors", ()):
        if "errorId" in error["extensions"]:
            error["extensions"]["errorId"] = "(drawn at random)"
    return answer


def _counted(log: list[SubgraphRequest]) -> dict[str, Any]:
    counts = Counter(request.subgraph for request in log)
    series = [r.subgraph for r in log if r.kind is OperationKind.MUTATION]
    return {
        "requests": dict(sorted(counts.items())),
        **({"mutations in order": series} if series else {}),
    }


def _scripted(name: str, replies: list[Any]) -> MockTransport:
    left = iter(replies)

    def reply(_: SubgraphRequest) -> SubgraphReply | Mapping[str, Any]:
        match next(left, None):
            case None:
                raise AssertionError(f"{name} is asked more often than it has replies")
            case {"raises": message}:
                raise ValueError(message)
            case {"status": status, "text": text}:
                return SubgraphReply(status, text.encode())
            case body:
                return body

    return MockTransport(reply)


def _as_text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def execution_cases() -> list[ExecutionCase]:
    """Every case there is."""
    return [ExecutionCase(path) for path in sorted(FOLDER.iterdir()) if path.is_dir()]
