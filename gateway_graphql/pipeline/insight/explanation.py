"""The answer to a request that asks why, and gets no data.

A request with the header `X-Gateway-Explain` goes all the way that others go, up to the
first fetch: the plan and what every policy found are its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.exchange import GatewayResponse
from gateway_graphql.pipeline.gate import Report
from gateway_graphql.planning.render import as_dict, render_text

EXPLAIN_HEADER: Final = "x-gateway-explain"


def is_asked_for(headers: Mapping[str, str]) -> bool:
    """Whether a request asks to be explained (`false` and `0` do not)."""
    asked = headers.get(EXPLAIN_HEADER, "false")
    return asked.strip().lower() not in ("false", "0", "")


def explained(report: Report, failing: Sequence[ErrorDetail] = ()) -> GatewayResponse:
    """The answer: no data, and `extensions.explain`.

    Args:
        report: What was found.
        failing: The errors of fields that nobody is asked about.
    """
    explain = dict(explanation(report))
    if failing:
        found = explain.get("nulled")
        others = found if isinstance(found, list) else []
        explain["nulled"] = [*map(nulled, failing), *others]
    body = {"data": None, "extensions": {"explain": explain}}
    return GatewayResponse(
        msgspec.json.encode(body),
        has_errors=False,
        headers={"cache-control": "no-store"},
    )


def explanation(report: Report) -> Mapping[str, object]:
    """What is told of a request, ready for JSON: its plan and all that was found."""
    plan: dict[str, object] | None = None
    if report.prepared is not None:
        plan = {
            "text": render_text(report.prepared.plan),
            "fetches": [as_dict(fetch) for fetch in report.prepared.plan.fetches],
        }
    return {"plan": plan, **report.facts}


def nulled(error: ErrorDetail) -> dict[str, object]:
    """A field of which nobody is asked, and why, ready for JSON."""
    return {
        "path": list(error.path or ()),
        "reason": error.message,
        "code": error.code,
        **dict(error.extensions),
    }
