"""Section `rest`, and what the server makes of it."""

from http import HTTPStatus

import pytest

from gateway_graphql.config import load_config
from gateway_graphql.config.assembly.rest import rest_of
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.rest import RestSettings, SecurityScheme

KEY = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def settings_of(tmp_path, text):
    (tmp_path / "endpoints").mkdir(exist_ok=True)
    path = tmp_path / "gateway.yaml"
    path.write_text(text)
    config = load_config(path)
    return rest_of(config.rest, config)


def test_all_of_it_reaches_the_server(tmp_path):
    made = settings_of(
        tmp_path,
        f"""
rest:
  endpoints: [endpoints]
  prefix: /api
  statuses: {{LENT: 409}}
  documentation: false
  title: Library
  version: "3"
  description: Books.
authentication:
  api_keys:
    - {{sha256: {KEY}, client: robot}}
""",
    )

    assert (
        RestSettings(
            (tmp_path / "endpoints",),
            "/api",
            {"LENT": HTTPStatus.CONFLICT},
            (SecurityScheme("apiKey", "header", "x-api-key", ""),),
            has_documentation=False,
            title="Library",
            version="3",
            description="Books.",
        )
        == made
    )


def test_every_place_of_a_credential_is_described(tmp_path):
    made = settings_of(
        tmp_path,
        f"""
rest:
  endpoints: [endpoints]
authentication:
  sources: [{{header: authorization}}, {{cookie: session}}]
  introspection:
    url: https://id.example.com/introspect
    client_id: gateway
    client_secret: secret
  api_key_sources: [{{header: x-api-key}}, {{header: authorization, prefix: Key}}]
  api_keys:
    - {{sha256: {KEY}, client: robot}}
""",
    )

    assert (
        SecurityScheme("token", "header", "authorization", "Bearer"),
        SecurityScheme("token2", "cookie", "session", ""),
        SecurityScheme("apiKey", "header", "x-api-key", ""),
        SecurityScheme("apiKey2", "header", "authorization", "Key"),
    ) == made.security


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rest: {}", "rest.endpoints: is required"),
        ("rest: {endpoints: [nothing]}", "cannot be read"),
        ("rest: {endpoints: [endpoints], prefix: api}", "should be like /api"),
        ("rest: {endpoints: [endpoints], statuses: {A: 200}}", "at least 400"),
        (
            "rest: {endpoints: [endpoints], statuses: {A: 499}}",
            "HTTP status of failure",
        ),
    ],
)
def test_what_is_wrong_is_told(tmp_path, text, complaint):
    with pytest.raises(ConfigInvalid) as caught:
        settings_of(tmp_path, text)

    assert complaint in str(caught.value)
