"""How an answer came about, told beside it: `extensions.gateway`.

    plan      the fetches, and what waits for what
    trace     this very execution: when each fetch was sent, and what came of it
    removed   the fields that policies took out before the plan was made
    limits    the rate limits charged
    cost      the estimated and the actual cost, where demand control is on
    schema    beside introspection: who serves each field, and what it takes

The gateway tells it when both its operator (`GatewayOptions.traces`) and the request
(`X-Gateway-Trace: 1`) want it. All of it is made after the execution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from gateway_graphql.exchange import JSON
from gateway_graphql.execution import ExecutionResult, TracedRequest, Tracer
from gateway_graphql.language.conditions import any_holds
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.pipeline.gate import Admission
from gateway_graphql.planning.plan import FetchNode, QueryPlan
from gateway_graphql.planning.render import as_dict, condition_text, path_text

EXTENSION: Final = "gateway"
REQUEST_HEADER: Final = "x-gateway-trace"
"""Asks for the report, whatever its value (unless that is `false` or `0`)."""

_SHOWN_REPRESENTATIONS: Final = 20


def asks_for_trace(headers: Mapping[str, str]) -> bool:
    """Whether a request wants the report."""
    asked = headers.get(REQUEST_HEADER, "false")
    return asked.strip().lower() not in ("false", "0")


def with_report(
    result: ExecutionResult,
    variables: Mapping[str, JSON],
    admission: Admission,
    tracer: Tracer,
) -> ExecutionResult:
    """The answer with the report beside it.

    Args:
        result: The answer.
        variables: Coerced.
        admission: What the gate let through, and what it said.
        tracer: What became of the fetches.
    """
    plan = admission.prepared.plan
    report: dict[str, object] = {
        "plan": _plan(plan),
        "trace": _trace(plan, variables, tracer),
        "removed": [error.to_json() for error in admission.errors],
        "limits": [],
        "cost": None,
    }
    if admission.report is not None:
        report |= admission.report()
    return replace(result, extensions={**result.extensions, EXTENSION: report})


def with_facts(result: ExecutionResult, facts: Mapping[str, object]) -> ExecutionResult:
    """The answer with facts of the schema in its report."""
    report = result.extensions[EXTENSION]
    if not isinstance(report, dict):
        raise AssertionError("facts come into a report")
    extensions = {**result.extensions, EXTENSION: {**report, "schema": facts}}
    return replace(result, extensions=extensions)


def _plan(plan: QueryPlan) -> Mapping[str, object]:
    return {
        "operation": plan.operation.kind,
        "depth": plan.depth,
        "fetches": [_fetch(fetch) for fetch in plan.fetches],
    }


def _fetch(fetch: FetchNode) -> Mapping[str, object]:
    """A fetch of the plan, as the command `plan` gives it, and what it is asked with."""
    inputs = [entity.variable for entity in fetch.entities]
    context = [value.variable for value in fetch.context]
    paths = [path for entity in fetch.entities for path in entity.paths] or [fetch.at]
    return {
        **as_dict(fetch),
        "paths": list(dict.fromkeys(path_text(path) for path in paths)),
        "isMutation": fetch.operation.kind is OperationKind.MUTATION,
        "variables": [*fetch.operation.variables, *inputs, *context],
        "condition": condition_text(fetch.when) or None,
    }


def _trace(
    plan: QueryPlan, variables: Mapping[str, JSON], tracer: Tracer
) -> Mapping[str, object]:
    requests = [one for several in tracer.requests.values() for one in several]
    first_ms = min((one.start_ms for one in requests), default=tracer.elapsed_ms())
    return {
        "durationMs": _ms(tracer.elapsed_ms()),
        "beforeFetchesMs": _ms(first_ms),
        "fetches": [_traced(fetch, variables, tracer) for fetch in plan.fetches],
    }


def _traced(
    fetch: FetchNode, variables: Mapping[str, JSON], tracer: Tracer
) -> Mapping[str, object]:
    requests = tracer.requests.get(fetch.id, [])
    errors = tracer.errors.get(fetch.id, ())
    return {
        "id": fetch.id,
        "outcome": _outcome(fetch, variables, requests, has_errors=bool(errors)),
        "requests": [_request(request) for request in requests],
        "errors": [error.to_json() for error in errors],
    }


def _outcome(
    fetch: FetchNode,
    variables: Mapping[str, JSON],
    requests: list[TracedRequest],
    *,
    has_errors: bool,
) -> str:
    """What became of a fetch.

    1. `unwanted`: its `@skip` or `@include` left it out.
    2. `idle`: the fetches before it gave nothing to ask for.
    3. `refused`: it was not sent, its subgraph being skipped, out of reach or too late.
    4. `failed`: there were errors.
    5. `answered`.
    """
    if not any_holds(fetch.when, variables):
        return "unwanted"
    if not requests and not has_errors:
        return "idle"
    if all(request.is_refused for request in requests):
        return "refused"
    return "failed" if has_errors else "answered"


def _request(request: TracedRequest) -> Mapping[str, object]:
    return {
        "startMs": _ms(request.start_ms),
        "durationMs": _ms(request.duration_ms),
        "bytesOut": request.bytes_out,
        "bytesIn": request.bytes_in,
        "status": request.status,
        "entities": request.entities,
        "deduplicated": request.objects - request.entities,
        "variables": dict(_shown(request.variables)),
    }


def _shown(variables: Mapping[str, JSON]) -> Iterator[tuple[str, JSON]]:
    """The values sent, of long lists the beginning."""
    for name, value in variables.items():
        is_long = isinstance(value, list) and len(value) > _SHOWN_REPRESENTATIONS
        yield name, value[:_SHOWN_REPRESENTATIONS] if is_long else value  # type: ignore[index]


def _ms(milliseconds: float) -> float:
    return round(milliseconds, 3)
