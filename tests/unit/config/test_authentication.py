"""Section `authentication`: from the file to the policy's own records."""

from pathlib import Path

import pytest

from gateway_graphql.config.authentication import AuthenticationConfig
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.policy.authentication import (
    APIKey,
    AuthenticationSettings,
    CookieSource,
    HeaderSource,
    IntrospectionSettings,
    Issuer,
    JWTSettings,
    PropagationSettings,
)

HASH = "0" * 64
ISSUER = {
    "issuers": ["i"],
    "audiences": ["a"],
    "algorithms": ["EdDSA"],
    "jwks_url": "https://id.example.com/keys",
}


def section(**members):
    return AuthenticationConfig.model_validate(members)


def test_without_a_word_everybody_is_anonymous():
    assert AuthenticationSettings() == section().to_settings({})


def test_everything_can_be_said():
    settings = section(
        require_authentication=True,
        ignore_other_prefixes=True,
        sources=[{"header": "Authorization"}, {"cookie": "session"}],
        jwt={
            "leeway": "10s",
            "scope_claims": ["permissions"],
            "issuers": [{**ISSUER, "poll_interval": "5m", "types": ["AT+JWT"]}],
        },
        introspection={
            "url": "https://id.example.com/introspect",
            "client_id": "gateway",
            "client_secret": "secret",
            "max_age": "30s",
        },
        api_key_sources=[{"header": "Authorization", "prefix": "ApiKey"}],
        api_keys=[
            {
                "client": "reports",
                "sha256": HASH,
                "scopes": ["read"],
                "expires_at": "2030-01-01T00:00:00Z",
                "claims": {"tier": "gold"},
            }
        ],
    ).to_settings({})

    expected = AuthenticationSettings(
        jwt=JWTSettings(
            (
                Issuer(
                    ("i",),
                    ("a",),
                    ("EdDSA",),
                    "https://id.example.com/keys",
                    300,
                    ("at+jwt",),
                ),
            ),
            leeway_s=10,
            scope_claims=("permissions",),
        ),
        introspection=IntrospectionSettings(
            "https://id.example.com/introspect", "gateway", "secret", max_cached_s=30
        ),
        api_keys=(
            APIKey(
                HASH,
                "reports",
                scopes=("read",),
                expires_at=1_893_456_000.0,
                claims={"tier": "gold"},
            ),
        ),
        token_sources=(HeaderSource(), CookieSource("session")),
        key_sources=(HeaderSource("authorization", "ApiKey"),),
        require_authentication=True,
        ignore_other_prefixes=True,
    )
    assert expected == settings


def test_keys_may_be_at_a_subgraph_wherever_that_is():
    config = section(
        jwt={"issuers": [{**ISSUER, "jwks_url": "{subgraphs.users.origin}/keys"}]}
    )

    settings = config.to_settings({"users": "http://users:4001/graphql"})

    assert "http://users:4001/keys" == settings.jwt.issuers[0].jwks
    with pytest.raises(ConfigInvalid):
        config.to_settings({"orders": "http://orders:4003/graphql"})


def test_keys_may_be_in_a_file(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text("{}")
    named = {**ISSUER, "jwks_url": None, "jwks_file": str(path)}

    settings = section(jwt={"issuers": [named]}).to_settings({})

    assert path == settings.jwt.issuers[0].jwks


def test_what_subgraphs_are_told():
    config = section(
        propagation={
            "headers": {"x-user-id": "{claims.sub}"},
            "extension": "jwt",
            "secret": "s" * 32,
        }
    )

    expected = PropagationSettings(
        {"x-user-id": "{claims.sub}"}, extension="jwt", secret="s" * 32
    )
    assert expected == config.propagation.to_settings()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"jwt": {"issuers": []}}, "at least 1 item"),
        ({"jwt": {"issuers": [{**ISSUER, "audiences": []}]}}, "at least 1 item"),
        ({"jwt": {"issuers": [{**ISSUER, "algorithms": ["HS256"]}]}}, "HS256"),
        ({"jwt": {"issuers": [{**ISSUER, "algorithms": ["none"]}]}}, "none"),
        ({"jwt": {"issuers": [ISSUER, ISSUER]}}, "the same name"),
        ({"jwt": {"issuers": [ISSUER], "leeway": "61s"}}, "less than or equal to 60"),
        ({"jwt": {"issuers": [{**ISSUER, "jwks_url": None}]}}, "either jwks_url or"),
        ({"jwt": {"issuers": [{**ISSUER, "jwks_url": "ftp://x"}]}}, "http://"),
        (
            {"jwt": {"issuers": [{**ISSUER, "jwks_url": None, "jwks_file": "no"}]}},
            "cannot be read",
        ),
        ({"sources": [{}]}, "either a header or a cookie"),
        ({"sources": [{"header": "a", "cookie": "b"}]}, "either a header or a cookie"),
        ({"sources": [{"cookie": "a", "prefix": "b"}]}, "no prefix"),
        ({"api_keys": [{"client": "a", "sha256": "abc"}]}, "not a SHA-256"),
        ({"api_keys": [{"client": c, "sha256": HASH} for c in "ab"]}, "same hash"),
        ({"propagation": {"headers": {"x": "{nobody}"}}}, "unknown placeholder"),
        ({"propagation": {"secret": "sh0rt"}}, "at least 32 characters"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_what_cannot_be_is_an_error_at_start(members, message):
    with pytest.raises(ValueError, match=message) as caught:
        section(**members)

    assert "sh0rt" not in str(caught.value)


def test_nothing_shows_a_secret():
    config = section(
        introspection={
            "url": "http://u",
            "client_id": "c",
            "client_secret": "hidden-1",
        },
        propagation={"secret": "hidden-2" * 4},
        api_keys=[{"client": "a", "sha256": HASH}],
    )

    shown = repr(config) + config.model_dump_json()

    assert "hidden" not in shown
    assert HASH not in shown


def test_relative_files_start_nowhere_without_a_settings_file():
    with pytest.raises(ValueError, match="cannot be read"):
        section(jwt={"issuers": [{**ISSUER, "jwks_url": None, "jwks_file": Path("n")}]})
