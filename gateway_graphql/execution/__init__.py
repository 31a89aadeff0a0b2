"""Execution: run a compiled plan, from coerced variables to the answer's bytes.

This is the exact path: interpretive, small, and what every fault goes through.
"""

from gateway_graphql.execution.compile import CompiledPlan, compile_plan
from gateway_graphql.execution.executor import Observe, execute
from gateway_graphql.execution.result import ExecutionResult, encode_result
from gateway_graphql.execution.tracing import TracedRequest, Tracer
from gateway_graphql.execution.variables import Coercer, compile_coercer

__all__ = [
    "Coercer",
    "CompiledPlan",
    "ExecutionResult",
    "Observe",
    "TracedRequest",
    "Tracer",
    "compile_coercer",
    "compile_plan",
    "encode_result",
    "execute",
]
