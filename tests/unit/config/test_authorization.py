"""Section `authorization`."""

import re
import sys

import pytest
from pydantic import ValidationError

from gateway_graphql.config.authorization import AuthorizationConfig
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.authorization import (
    AuthorizationSettings,
    Enforcement,
    OperationRule,
)


def test_without_a_section_the_settings_are_the_policys_own():
    assert AuthorizationSettings() == AuthorizationConfig().to_settings()


def test_the_section_is_read_whole():
    config = AuthorizationConfig.model_validate(
        {
            "mode": "reject",
            "operations": [
                {"effect": "allow", "clients": ["web-*"]},
                {"effect": "deny", "kinds": ["mutation"], "lacks_scopes": ["write"]},
            ],
            "client_name_headers": ["X-Client"],
            "show_required_scopes": True,
            "filter_introspection": False,
        }
    )

    assert (
        AuthorizationSettings(
            mode=Enforcement.REJECT,
            operation_rules=(
                OperationRule("allow", clients=("web-*",)),
                OperationRule(
                    "deny",
                    kinds=(OperationKind.MUTATION,),
                    lacks_scopes=frozenset({"write"}),
                ),
            ),
            client_name_headers=("x-client",),
            shows_required_scopes=True,
            filters_introspection=False,
        )
        == config.to_settings()
    )


def test_a_policy_is_imported_from_where_the_settings_say():
    config = AuthorizationConfig.model_validate(
        {
            "policies": {
                "p": {"function": "asyncio:sleep", "keys": ["id"], "timeout": "2s"}
            }
        }
    )

    (policy,) = config.to_settings().policies.values()
    assert ("sleep", ("id",), 2.0) == (
        policy.function.__name__,
        policy.keys,
        policy.timeout_s,
    )


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("no.such.module:name", "cannot be imported"),
        ("asyncio:no_such_name", "cannot be imported"),
        ("asyncio", "cannot be imported"),
        (":name", "cannot be imported"),
        ("math:pi", "is no function"),
    ],
)
def test_a_policy_that_is_not_there_is_an_error_at_start(reference, problem):
    with pytest.raises(ValidationError, match=problem):
        AuthorizationConfig.model_validate({"policies": {"p": {"function": reference}}})


def test_a_policy_in_the_working_directory_is_found(tmp_path, monkeypatch):
    (tmp_path / "policies_of_the_shop.py").write_text("def may_read(): ...\n")
    monkeypatch.setattr("sys.path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    policies = {"read": {"function": "policies_of_the_shop:may_read"}}
    config = AuthorizationConfig.model_validate({"policies": policies})

    assert "policies_of_the_shop:may_read" == config.policies["read"].function


def test_a_policy_that_is_nowhere_is_refused_with_where_was_looked(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("sys.path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    policies = {"read": {"function": "policies_of_nobody:may_read"}}

    with pytest.raises(ValidationError, match=re.escape(f"looked in {tmp_path} and")):
        AuthorizationConfig.model_validate({"policies": policies})
