"""What an operator decides about authorization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.authorization.policies import Policy
from gateway_graphql.spelling import tells_options

CLIENT_NAME_HEADERS = ("apollographql-client-name", "graphql-client-name")


class Enforcement(StrEnum):
    """What happens with fields that a caller may not have."""

    FILTER = "filter"
    """They are null, and the rest is answered."""

    REJECT = "reject"
    """The whole operation is refused with 403."""

    HIDE = "hide"
    """They are not there: who asks for one is answered as if the schema lacked it."""

    DRY_RUN = "dry_run"
    """They are answered, and reported in the answer's `extensions`."""


@tells_options
@dataclass(frozen=True, slots=True)
class OperationRule:
    """Allows or denies whole operations.

    A rule applies to operations that have all that it states. The first rule that
    applies decides; without one the operation is allowed.

    Attributes:
        effect: What it decides.
        names: Operation names, `*` and `?` as in shells; empty for all. An operation
            without a name has the name `""`.
        kinds: Kinds of operation; empty for all.
        clients: Client names, `*` and `?` as in shells; empty for all.
        scopes: The caller has all of these.
        lacks_scopes: The caller lacks at least one of these.
    """

    effect: Literal["allow", "deny"]
    names: tuple[str, ...] = ()
    kinds: tuple[OperationKind, ...] = ()
    clients: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    lacks_scopes: frozenset[str] = frozenset()


@tells_options
@dataclass(frozen=True, slots=True)
class AuthorizationSettings:
    """How callers are held to the access rules.

    Attributes:
        mode: What happens with what a caller may not have.
        policies: The functions behind `@policy`, by name.
        operation_rules: In order; the first that applies decides.
        client_name_headers: The first of these headers that is there names the client.
        shows_required_scopes: Whether an error says which scopes it would have taken:
            useful in development, and a description of the policy for everybody.
        filters_introspection: Whether callers are shown only what they may use.
    """

    mode: Enforcement = Enforcement.FILTER
    policies: Mapping[str, Policy] = field(default_factory=dict)
    operation_rules: tuple[OperationRule, ...] = ()
    client_name_headers: tuple[str, ...] = CLIENT_NAME_HEADERS
    shows_required_scopes: bool = False
    filters_introspection: bool = True
