"""Section `authorization`: what happens with what callers may not have."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from gateway_graphql.config.section import Section, Window
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.authorization import (
    AuthorizationSettings,
    Enforcement,
    OperationRule,
    Policy,
)
from gateway_graphql.policy.authorization.settings import CLIENT_NAME_HEADERS

_DEFAULT = AuthorizationSettings()


def _importable_directory() -> str:
    """The working directory, from now on searched after what is installed.

    A console script's own search path is without it, unlike that of `python -m`.
    """
    directory = str(Path.cwd())
    if directory not in sys.path:
        sys.path.append(directory)
    return directory


def _function(reference: str) -> Callable[..., object]:
    """The function that `package.module:name` names."""
    module_name, _, name = reference.partition(":")
    directory = _importable_directory()
    try:
        function = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"cannot be imported: {reference}: {error} "
            f"(looked in {directory} and among the installed packages)"
        ) from None
    if not callable(function):
        raise ValueError(f"is no function: {reference}")
    return function  # type: ignore[no-any-return] # callable, as was seen


class PolicyConfig(Section):
    """A function behind `@policy`.

    Attributes:
        function: Where it is, as `package.module:name`.
        keys: Fields of the object that it must see. With them it is asked when the
            object is known, without them before anything is fetched.
        timeout: How long it may take for one batch; then it denies.
    """

    function: str
    keys: tuple[str, ...] = ()
    timeout: Window = 1.0

    @field_validator("function")
    @classmethod
    def _can_be_imported(cls, value: str) -> str:
        _function(value)
        return value

    def to_policy(self) -> Policy:
        """The policy's own record."""
        return Policy(_function(self.function), self.keys, self.timeout)  # type: ignore[arg-type] # what it returns is seen when it is asked


class OperationRuleConfig(Section):
    """Allows or denies whole operations that have all that it states.

    Attributes:
        effect: `allow` or `deny`.
        names: Operation names, `*` and `?` as in shells; an operation without a name
            has the name `""`. All operations without this key.
        kinds: `query`, `mutation`, `subscription`; all without this key.
        clients: Client names, `*` and `?` as in shells; all without this key.
        scopes: The caller has all of these.
        lacks_scopes: The caller lacks at least one of these.
    """

    effect: Literal["allow", "deny"]
    names: tuple[str, ...] = ()
    kinds: tuple[OperationKind, ...] = ()
    clients: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    lacks_scopes: frozenset[str] = frozenset()

    def to_rule(self) -> OperationRule:
        """The policy's own record."""
        return OperationRule(
            self.effect,
            self.names,
            self.kinds,
            self.clients,
            self.scopes,
            self.lacks_scopes,
        )


class AuthorizationConfig(Section):
    """How callers are held to the access rules of the schema.

    Attributes:
        mode: What happens with fields that a caller may not have: `filter` answers
            null for them, `reject` refuses the operation, `hide` answers as if the
            schema lacked them, `dry_run` only reports.
        policies: The functions behind `@policy`, by name; one that is missing denies.
        operations: Rules about whole operations; the first that applies decides, and
            without one the operation is allowed.
        client_name_headers: The first of these headers that is sent names the client.
        show_required_scopes: Whether errors say which scopes it would have taken.
        filter_introspection: Whether callers are shown only what they may use.
    """

    mode: Enforcement = _DEFAULT.mode
    policies: Mapping[str, PolicyConfig] = {}
    operations: tuple[OperationRuleConfig, ...] = ()
    client_name_headers: Annotated[tuple[str, ...], Field(min_length=1)] = (
        CLIENT_NAME_HEADERS
    )
    show_required_scopes: bool = _DEFAULT.shows_required_scopes
    filter_introspection: bool = _DEFAULT.filters_introspection

    def to_settings(self) -> AuthorizationSettings:
        """The settings as the policy takes them."""
        return AuthorizationSettings(
            mode=self.mode,
            policies={name: one.to_policy() for name, one in self.policies.items()},
            operation_rules=tuple(rule.to_rule() for rule in self.operations),
            client_name_headers=tuple(n.lower() for n in self.client_name_headers),
            shows_required_scopes=self.show_required_scopes,
            filters_introspection=self.filter_introspection,
        )
