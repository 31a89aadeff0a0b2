"""Execution: run a compiled plan, from coerced variables to the answer's bytes.

This is the exact path: interpretive, small, and what every fault goes through.
"""

from gateway_graphql.execution.compile import CompiledPlan, compile_plan
from gateway_graphql.execution.executor import Introspected, Observe, execute
from gateway_graphql.execution.introspection import (
    Answer,
    Introspection,
    Question,
    introspect,
)
from gateway_graphql.execution.result import ExecutionResult, encode_result
from gateway_graphql.execution.tracing import TracedRequest, Tracer
from gateway_graphql.execution.variables import Coercer, compile_coercer

__all__ = [
    "Answer",
    "Coercer",
    "CompiledPlan",
    "ExecutionResult",
    "Introspected",
    "Introspection",
    "Observe",
    "Question",
    "TracedRequest",
    "Tracer",
    "compile_coercer",
    "compile_plan",
    "encode_result",
    "execute",
    "introspect",
]
