"""Execution: run a compiled plan, from coerced variables to the answer's bytes.

This is the exact path: interpretive, small, and what every fault goes through.
"""

from gateway_graphql.execution.compiled.introspection import (
    Introspection,
    IntrospectionAnswer,
    Question,
    introspect,
)
from gateway_graphql.execution.compiled.plan import CompiledPlan, compile_plan
from gateway_graphql.execution.compiled.variables import Coercer, compile_coercer
from gateway_graphql.execution.result import ExecutionResult, encode_result
from gateway_graphql.execution.run.executor import execute
from gateway_graphql.execution.run.for_request import ForRequest, Introspected, Observe
from gateway_graphql.execution.run.subscription import (
    Event,
    Events,
    source_of,
    subscribe,
)
from gateway_graphql.execution.run.tracing import TracedRequest, Tracer

__all__ = [
    "Coercer",
    "CompiledPlan",
    "Event",
    "Events",
    "ExecutionResult",
    "ForRequest",
    "Introspected",
    "Introspection",
    "IntrospectionAnswer",
    "Observe",
    "Question",
    "TracedRequest",
    "Tracer",
    "compile_coercer",
    "compile_plan",
    "encode_result",
    "execute",
    "introspect",
    "source_of",
    "subscribe",
]
