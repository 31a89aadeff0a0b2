"""Rules about whole operations: by name, kind, client and scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from gateway_graphql.errors import Forbidden
from gateway_graphql.exchange import RequestContext
from gateway_graphql.language.operation import Operation
from gateway_graphql.policy.authorization.settings import OperationRule


def refuse_by_rules(
    rules: Sequence[OperationRule],
    operation: Operation,
    context: RequestContext,
    client: str,
) -> None:
    """Refuse an operation that the rules deny.

    Raises:
        Forbidden: The first rule that applies denies it.
    """
    for rule in rules:
        if _applies(rule, operation, context, client):
            if rule.effect == "deny":
                raise Forbidden("This operation is not allowed.")
            return


def client_name(headers: Mapping[str, str], names: Sequence[str]) -> str:
    """What the client calls itself; empty when it does not."""
    return next((headers[name] for name in names if name in headers), "")


def _applies(
    rule: OperationRule, operation: Operation, context: RequestContext, client: str
) -> bool:
    scopes = context.caller.scopes if context.caller is not None else frozenset()
    return (
        (not rule.kinds or operation.kind in rule.kinds)
        and _is_one_of(operation.name or "", rule.names)
        and _is_one_of(client, rule.clients)
        and rule.scopes <= scopes
        and (not rule.lacks_scopes or not rule.lacks_scopes <= scopes)
    )


def _is_one_of(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
