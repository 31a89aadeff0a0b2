"""The middleware: anonymous, known, refused, or nobody can tell."""

import hashlib

import pytest
from msgspec.structs import replace

from gateway_graphql.errors import (
    AuthenticationUnavailable,
    InvalidToken,
    Unauthenticated,
)
from gateway_graphql.exchange import (
    Caller,
    GatewayResponse,
    GraphQLRequest,
    RequestContext,
)
from gateway_graphql.policy.authentication import (
    APIKey,
    Authentication,
    AuthenticationSettings,
    CookieSource,
    HeaderSource,
    IntrospectionSettings,
    JWTSettings,
)

NOW = 1_700_000_000
REQUEST = GraphQLRequest("{ a }")
RESPONSE = GatewayResponse(b"{}", has_errors=False)


class Inside:
    """What the middleware is around; remembers the contexts it saw."""

    def __init__(self):
        self.contexts = []

    async def __call__(self, request, context):
        assert request is REQUEST
        self.contexts.append(context)
        return RESPONSE


@pytest.fixture
async def authenticating(issuer, clock, monotonic):
    """Sends requests with headers through a middleware; gives the caller inside."""
    opened = []

    def make(**settings):
        given = {"jwt": JWTSettings((issuer,)), **settings}
        authentication = Authentication(
            AuthenticationSettings(**given), clock=clock, monotonic=monotonic
        )
        opened.append(authentication)

        async def ask(**headers):
            inside = Inside()
            named = {name.replace("_", "-"): text for name, text in headers.items()}
            assert RESPONSE is await authentication(
                REQUEST, RequestContext(named), inside
            )
            (context,) = inside.contexts
            return context.caller

        ask.authentication = authentication
        return ask

    yield make
    for authentication in opened:
        await authentication.aclose()


async def test_without_a_token_a_request_is_anonymous(authenticating, endpoint):
    assert await authenticating()() is None
    assert [] == endpoint.requests


async def test_with_a_token_the_context_has_its_caller(authenticating, rsa_key):
    ask = authenticating()

    caller = await ask(authorization=f"Bearer {rsa_key.token()}")

    assert "7" == caller.subject


async def test_what_else_is_in_the_context_stays(authenticating, rsa_key):
    inside = Inside()
    headers = {"authorization": f"Bearer {rsa_key.token()}"}
    context = RequestContext(headers, address="192.0.2.1", deadline=5.0)

    await authenticating().authentication(REQUEST, context, inside)

    (seen,) = inside.contexts
    assert context == replace(seen, caller=None)


async def test_a_caller_whom_the_application_names_stays(authenticating):
    inside = Inside()
    caller = Caller("8")
    ask = authenticating(require_authentication=True)

    await ask.authentication(REQUEST, RequestContext(caller=caller), inside)

    assert caller is inside.contexts[0].caller


async def test_who_comes_with_a_token_that_was_seen_goes_on_without_waiting(
    authenticating, rsa_key, clock
):
    authentication = authenticating().authentication
    context = RequestContext({"authorization": f"Bearer {rsa_key.token()}"})
    seen = []

    def inside(_request, context):
        seen.append(context.caller)
        return answer()

    async def answer():
        return RESPONSE

    first = authentication(REQUEST, context, inside)
    assert [] == seen
    await first
    second = authentication(REQUEST, context, inside)
    assert ["7", "7"] == [caller.subject for caller in seen]
    assert RESPONSE is await second

    clock.now += 3600
    with pytest.raises(InvalidToken):
        await authentication(REQUEST, context, inside)


@pytest.mark.parametrize("value", ["Basic! {}", "{}", "Bearer {0} {0}"])
async def test_a_token_that_was_seen_still_needs_its_scheme(
    authenticating, rsa_key, value
):
    token = rsa_key.token()
    ask = authenticating()
    await ask(authorization=f"Bearer {token}")

    with pytest.raises(InvalidToken):
        await ask(authorization=value.format(token))


async def test_authentication_may_be_demanded(authenticating):
    with pytest.raises(Unauthenticated) as caught:
        await authenticating(require_authentication=True)()

    error = caught.value
    assert (401, "UNAUTHENTICATED") == (error.status, error.code)
    assert {"www-authenticate": "Bearer"} == error.headers


@pytest.mark.parametrize("require", [True, False])
async def test_a_bad_token_is_never_anonymous(authenticating, require):
    with pytest.raises(InvalidToken) as caught:
        await authenticating(require_authentication=require)(authorization="Bearer x")

    error = caught.value
    assert (401, "UNAUTHENTICATED") == (error.status, error.code)
    challenge = (
        'Bearer error="invalid_token", error_description="The token is not valid."'
    )
    assert {"www-authenticate": challenge} == error.headers


async def test_nobody_can_tell_without_keys(authenticating, endpoint, rsa_key):
    endpoint.status = 500

    with pytest.raises(AuthenticationUnavailable):
        await authenticating()(authorization=f"Bearer {rsa_key.token()}")


async def test_an_api_key_is_the_second_way(authenticating, rsa_key):
    digest = hashlib.sha256(b"k-1").hexdigest()
    ask = authenticating(api_keys=(APIKey(digest, "reports"),))

    by_key = await ask(x_api_key="k-1")
    by_token = await ask(authorization=f"Bearer {rsa_key.token()}")
    with pytest.raises(InvalidToken):
        await ask(x_api_key="k-2", authorization=f"Bearer {rsa_key.token()}")

    assert ["api_key", "jwt"] == [by_key.credential, by_token.credential]


async def test_an_api_key_expires(authenticating, clock):
    digest = hashlib.sha256(b"k-1").hexdigest()
    ask = authenticating(api_keys=(APIKey(digest, "reports", expires_at=NOW + 60),))

    assert "api_key" == (await ask(x_api_key="k-1")).credential
    clock.now += 60
    with pytest.raises(InvalidToken):
        await ask(x_api_key="k-1")


async def test_keys_and_tokens_may_share_a_header(authenticating, rsa_key):
    digest = hashlib.sha256(b"k-1").hexdigest()
    ask = authenticating(
        api_keys=(APIKey(digest, "reports"),),
        key_sources=(HeaderSource("authorization", "ApiKey"),),
    )

    by_key = await ask(authorization="apikey k-1")
    by_token = await ask(authorization=f"Bearer {rsa_key.token()}")
    with pytest.raises(InvalidToken):
        await ask(authorization="Basic k-1")

    assert ["api_key", "jwt"] == [by_key.credential, by_token.credential]


async def test_another_scheme_where_only_keys_are_is_a_bad_credential(authenticating):
    digest = hashlib.sha256(b"k-1").hexdigest()
    ask = authenticating(
        jwt=None,
        api_keys=(APIKey(digest, "reports"),),
        key_sources=(HeaderSource("authorization", "ApiKey"),),
    )

    with pytest.raises(InvalidToken):
        await ask(authorization="Bearer k-1")


async def test_a_cookie_of_the_name_makes_no_token_of_a_bad_key(authenticating):
    digest = hashlib.sha256(b"k-1").hexdigest()
    ask = authenticating(
        api_keys=(APIKey(digest, "reports"),),
        key_sources=(HeaderSource("key", "Key"),),
        token_sources=(CookieSource("key"),),
    )

    with pytest.raises(InvalidToken):
        await ask(key="Bearer k-1")


async def test_a_key_header_means_nothing_without_keys(authenticating):
    assert await authenticating()(x_api_key="k-1") is None


async def test_a_token_may_come_in_a_cookie(authenticating, rsa_key):
    ask = authenticating(token_sources=(HeaderSource(), CookieSource("session")))

    caller = await ask(cookie=f"session={rsa_key.token()}")

    assert "7" == caller.subject


async def test_tokens_that_are_no_jwts_are_asked_about(
    authenticating, endpoint, rsa_key
):
    jwks = endpoint.body
    introspection = IntrospectionSettings(endpoint.url, "gateway", "secret")
    ask = authenticating(introspection=introspection)

    by_jwt = await ask(authorization=f"Bearer {rsa_key.token()}")
    endpoint.answer({"active": True, "sub": "9"})
    opaque = [
        (await ask(authorization=f"Bearer {token}")).credential
        for token in ("2YotnFZFEjr1zCsicMWpAA", "a.b.c", "eyJhbGciOiJ", "eyJ.b.c.d")
    ]
    endpoint.body = jwks

    assert ("jwt", ["opaque"] * 4) == (by_jwt.credential, opaque)


async def test_where_nobody_is_asked_every_token_is_read_as_a_jwt(
    authenticating, rsa_key
):
    claims = {"iss": "issuer", "aud": "api", "sub": "7", "exp": NOW + 600}
    token = rsa_key.sign('\n{"alg": "RS256", "kid": "r1"}', claims)

    caller = await authenticating()(authorization=f"Bearer {token}")

    assert "7" == caller.subject


async def test_a_jwt_that_does_not_hold_is_not_asked_about(
    authenticating, endpoint, rsa_key
):
    introspection = IntrospectionSettings(endpoint.url, "gateway", "secret")
    ask = authenticating(introspection=introspection)

    with pytest.raises(InvalidToken):
        await ask(authorization=f"Bearer {rsa_key.token(aud='other')}")

    assert ["GET"] == ["POST" if form else "GET" for _, _, form in endpoint.requests]


async def test_without_jwts_every_token_is_asked_about(
    authenticating, endpoint, rsa_key
):
    endpoint.answer({"active": True, "sub": "9"})
    introspection = IntrospectionSettings(endpoint.url, "gateway", "secret")
    ask = authenticating(jwt=None, introspection=introspection)

    caller = await ask(authorization=f"Bearer {rsa_key.token()}")

    assert "9" == caller.subject


async def test_a_websocket_may_bring_its_token_in_its_first_message(
    authenticating, rsa_key
):
    authentication = authenticating().authentication
    token = f"Bearer {rsa_key.token()}"

    caller = await authentication.caller_of_init_payload({"Authorization": token})
    nobody = await authentication.caller_of_init_payload(None)
    with pytest.raises(InvalidToken):
        await authentication.caller_of_init_payload({"Authorization": "Bearer x"})

    assert ("7", None) == (caller.subject, nobody)
