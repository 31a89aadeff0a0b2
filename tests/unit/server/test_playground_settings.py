"""What of the settings the playground shows, and to whom."""

import pytest

from gateway_graphql.config import Config
from gateway_graphql.config.assembly.server import playground_of
from gateway_graphql.server import Account, Example, Login, PlaygroundOptions

SETTINGS = {
    "server": {"example": "{ a }", "trace": True},
    "playground": {
        "examples": [{"name": "One", "query": "{ b }", "variables": {"c": 1}}],
        "login": {
            "query": "mutation { logIn }",
            "token": "logIn",
            "accounts": [{"name": "Alice", "variables": {"password": "p"}}],
        },
    },
}


def settings(**playground):
    return Config(
        **{**SETTINGS, "playground": {**SETTINGS["playground"], **playground}}
    )


def test_all_of_it_is_shown_where_the_settings_want_it():
    assert PlaygroundOptions(
        "{ a }",
        (Example("One", "{ b }", {"c": 1}),),
        Login(
            "mutation { logIn }",
            "logIn",
            accounts=(Account("Alice", {"password": "p"}),),
        ),
        traces=True,
    ) == playground_of(settings(offers_login=True))


@pytest.mark.parametrize("offers_login", [None, False])
def test_accounts_are_not_shown_to_everybody_unless_it_is_said(offers_login):
    assert playground_of(settings(offers_login=offers_login)).login is None


@pytest.mark.parametrize(("trace", "traces"), [(None, False), (False, False)])
def test_nothing_is_traced_unless_it_is_said(trace, traces):
    assert traces is playground_of(Config(server={"trace": trace})).traces
