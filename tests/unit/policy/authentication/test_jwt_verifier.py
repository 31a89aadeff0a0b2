"""The attacks of RFC 8725, and what else a token may try, against real key servers."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from msgspec.structs import replace

from gateway_graphql.errors import InvalidToken
from gateway_graphql.exchange import Caller
from gateway_graphql.policy.authentication import Issuer, JWTSettings
from gateway_graphql.policy.authentication.documents import MAX_NESTING
from gateway_graphql.policy.authentication.jwt_verifier import JWTVerifier

from .conftest import SigningKey

NOW = 1_700_000_000


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def refusal(verifier, token):
    with pytest.raises(InvalidToken) as caught:
        await verifier.caller(token)
    return str(caught.value)


async def test_a_token_that_holds_names_its_caller(verifier, rsa_key):
    caller = await verifier.caller(rsa_key.token(scope="read write", tier="gold"))

    claims = {
        "iss": "issuer",
        "aud": "api",
        "sub": "7",
        "exp": NOW + 600,
        "scope": "read write",
        "tier": "gold",
    }
    expected = Caller("7", frozenset({"read", "write"}), claims, NOW + 600.0, "jwt")
    assert expected == replace(caller, claims=dict(caller.claims))


async def test_a_token_that_was_seen_names_its_caller_again(verifier, rsa_key):
    token = rsa_key.token()

    assert await verifier.caller(token) is await verifier.caller(token)


async def test_each_kind_of_key_verifies(verifier, endpoint, rsa_key, ec_key, ed_key):
    endpoint.publish(rsa_key, ec_key, ed_key)

    subjects = [
        (await verifier.caller(key.token(sub=key.kid))).subject
        for key in (rsa_key, ec_key, ed_key)
    ]

    assert ["r1", "e1", "o1"] == subjects


@pytest.mark.parametrize(
    ("algorithm", "make"),
    [
        *((f"{kind}{bits}", None) for kind in ("RS", "PS") for bits in (256, 384, 512)),
        ("ES256", lambda: ec.generate_private_key(ec.SECP256R1())),
        ("ES384", lambda: ec.generate_private_key(ec.SECP384R1())),
        ("ES512", lambda: ec.generate_private_key(ec.SECP521R1())),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate),
        ("EdDSA", ed448.Ed448PrivateKey.generate),
    ],
)
async def test_each_algorithm_verifies_whatever_else_its_key_tells(
    endpoint, rsa_key, clock, algorithm, make
):
    key = SigningKey("k", algorithm, make() if make else rsa_key.private_key)
    told = json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(key.private_key))
    endpoint.answer({"keys": [{**told, **key.jwk, "key_ops": ["sign", "verify"]}]})
    issuer = Issuer(("issuer",), ("api",), (algorithm,), endpoint.url)
    verifier = JWTVerifier(JWTSettings((issuer,)), clock=clock)

    assert "7" == (await verifier.caller(key.token())).subject


async def test_a_set_may_leave_the_algorithm_to_the_settings(endpoint, rsa_key, clock):
    jwk = {name: value for name, value in rsa_key.jwk.items() if name != "alg"}
    endpoint.answer({"keys": [jwk]})
    issuer = Issuer(("issuer",), ("api",), ("PS256",), endpoint.url)
    verifier = JWTVerifier(JWTSettings((issuer,)), clock=clock)
    claims = {"iss": "issuer", "aud": "api", "exp": NOW + 60, "sub": "1"}
    token = jwt.encode(
        claims, rsa_key.private_key, algorithm="PS256", headers={"kid": "r1"}
    )

    caller = await verifier.caller(token)

    assert "1" == caller.subject


async def test_no_signature_is_refused(verifier, rsa_key):
    payload = rsa_key.token().split(".")[1]

    messages = {
        await refusal(verifier, f"{encoded({'alg': name, 'kid': 'r1'})}.{payload}.")
        for name in ("none", "None", "NONE", "nOnE", "")
    }

    assert {"The token is not valid."} == messages


async def test_a_public_key_used_as_a_secret_is_refused(verifier, rsa_key):
    header = encoded({"alg": "HS256", "kid": "r1", "typ": "JWT"})
    payload = rsa_key.token().split(".")[1]
    secret = jwt.get_algorithm_by_name("HS256")
    signatures = [
        secret.sign(f"{header}.{payload}".encode(), text)
        for text in (rsa_key.public_pem, json.dumps(rsa_key.jwk).encode())
    ]

    messages = {
        await refusal(
            verifier,
            f"{header}.{payload}."
            + base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
        )
        for signature in signatures
    }

    assert {"The token is not valid."} == messages


async def test_a_secret_in_the_key_set_verifies_nothing(endpoint, clock, rsa_key):
    secret = base64.urlsafe_b64encode(b"k" * 32).rstrip(b"=").decode()
    endpoint.answer({"keys": [{"kty": "oct", "k": secret, "kid": "r1"}]})
    issuer = Issuer(("issuer",), ("api",), ("RS256",), endpoint.url)
    verifier = JWTVerifier(JWTSettings((issuer,)), clock=clock)

    message = await refusal(verifier, rsa_key.token())

    assert "The token is signed with an unknown key." == message


async def test_an_algorithm_that_is_not_configured_is_refused(endpoint, clock, ec_key):
    endpoint.publish(ec_key)
    issuer = Issuer(("issuer",), ("api",), ("RS256",), endpoint.url)
    verifier = JWTVerifier(JWTSettings((issuer,)), clock=clock)

    message = await refusal(verifier, ec_key.token())

    assert "The token is not valid." == message
    assert [] == endpoint.requests


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_the_algorithm_must_fit_the_key(verifier, rsa_key, algorithm):
    message = await refusal(verifier, rsa_key.token(header={"alg": algorithm}))

    assert "The token is not valid." == message


async def test_a_key_that_names_its_algorithm_verifies_no_other(
    endpoint, rsa_key, clock
):
    endpoint.publish(rsa_key)
    issuer = Issuer(("issuer",), ("api",), ("RS256", "PS256"), endpoint.url)
    verifier = JWTVerifier(JWTSettings((issuer,)), clock=clock)
    claims = {"iss": "issuer", "aud": "api", "exp": NOW + 60, "sub": "1"}
    tokens = [
        jwt.encode(claims, rsa_key.private_key, algorithm=name, headers={"kid": "r1"})
        for name in ("RS256", "PS256")
    ]

    caller = await verifier.caller(tokens[0])
    message = await refusal(verifier, tokens[1])

    assert ("1", "The token is not valid.") == (caller.subject, message)


@pytest.mark.parametrize(
    "token_header", [{"kid": "r2"}, {"kid": ""}, {"kid": "../../dev/null"}]
)
async def test_an_unknown_kid_is_refused(verifier, rsa_key, token_header):
    message = await refusal(verifier, rsa_key.token(header=token_header))

    assert "The token is signed with an unknown key." == message


async def test_a_kid_is_needed(verifier, rsa_key):
    messages = {
        await refusal(verifier, rsa_key.token(without=["kid"])),
        await refusal(verifier, rsa_key.token(header={"kid": 1})),
        await refusal(verifier, rsa_key.token(header={"kid": None})),
    }

    assert {"The token is not valid."} == messages


async def test_a_kid_of_another_key_is_refused(
    verifier, endpoint, rsa_key, other_rsa_key
):
    endpoint.publish(rsa_key, other_rsa_key)

    message = await refusal(verifier, other_rsa_key.token(header={"kid": "r1"}))

    assert "The token is not valid." == message


async def test_a_key_that_comes_with_the_token_is_not_looked_at(
    verifier, endpoint, other_rsa_key
):
    brought = {
        "jwk": other_rsa_key.jwk,
        "jku": endpoint.url + "/planted",
        "x5u": endpoint.url + "/planted",
        "x5c": ["MIIB"],
    }

    message = await refusal(
        verifier, other_rsa_key.token(header={"kid": "r1", **brought})
    )

    assert "The token is not valid." == message
    assert ["/keys"] == [path for path, _, _ in endpoint.requests]


async def test_what_a_token_brings_does_not_hurt_one_that_holds(verifier, rsa_key):
    header = {"jku": "https://example.com/keys", "jwk": {"kty": "RSA"}}

    caller = await verifier.caller(rsa_key.token(header=header))

    assert "7" == caller.subject


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"crit": None},
        {"b64": False},
        {"b64": True},
        {"crit": ["b64"], "b64": True},
    ],
)
async def test_nothing_may_be_critical(verifier, rsa_key, header):
    message = await refusal(verifier, rsa_key.token(header=header))

    assert "The token is not valid." == message


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("exp", "The token is not valid."),
        ("iss", "The token is not valid."),
        ("aud", "The token is not meant for this API."),
    ],
)
async def test_a_required_claim_that_is_missing_is_refused(
    verifier, rsa_key, missing, expected
):
    message = await refusal(verifier, rsa_key.token(without=[missing]))

    assert expected == message


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iss": "other"}, "The token's issuer is not one that is accepted."),
        ({"iss": ["issuer"]}, "The token is not valid."),
        ({"iss": None}, "The token is not valid."),
        ({"aud": "other"}, "The token is not meant for this API."),
        ({"aud": []}, "The token is not meant for this API."),
        ({"aud": ["api", 1]}, "The token is not meant for this API."),
        ({"aud": {"api": 1}}, "The token is not meant for this API."),
        ({"sub": 7}, "The token is not valid."),
    ],
)
async def test_a_wrong_claim_is_refused(verifier, rsa_key, claims, expected):
    message = await refusal(verifier, rsa_key.token(**claims))

    assert expected == message


async def test_one_of_several_audiences_is_enough(verifier, rsa_key):
    caller = await verifier.caller(rsa_key.token(aud=["other", "api"]))

    assert "7" == caller.subject


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "value",
    [
        *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e300", "-1e300"),
        *("9" * 400, "9" * 5000, '"1800000000"', "true", "null", "[]", "{}"),
    ],
)
async def test_a_date_that_cannot_come_is_refused(verifier, rsa_key, claim, value):
    claims = {"iss": '"issuer"', "aud": '"api"', "exp": str(NOW + 600), claim: value}
    payload = ",".join(f'"{name}":{text}' for name, text in claims.items())
    header = {"alg": "RS256", "kid": "r1"}

    message = await refusal(verifier, rsa_key.sign(header, f"{{{payload}}}"))

    assert "The token is not valid." == message


async def test_the_leeway_is_for_clocks_not_for_tokens(verifier, rsa_key):
    accepted = [{"exp": NOW - 29}, {"nbf": NOW + 30}, {"iat": NOW + 30}]
    for claims in accepted:
        await verifier.caller(rsa_key.token(**claims))

    messages = [
        await refusal(verifier, rsa_key.token(**claims))
        for claims in ({"exp": NOW - 30}, {"nbf": NOW + 31}, {"iat": NOW + 31})
    ]

    assert [
        "The token has expired.",
        "The token is not valid yet.",
        "The token is not valid yet.",
    ] == messages


async def test_a_remembered_token_expires(verifier, rsa_key, clock):
    token = rsa_key.token()
    caller = await verifier.caller(token)
    clock.now = NOW + 629
    assert caller is verifier.known(token)
    clock.now = NOW + 630

    assert verifier.known(token) is None
    assert "The token has expired." == await refusal(verifier, token)


@pytest.mark.parametrize("kind", ["logout+jwt", "secevent+jwt", "dpop+jwt", 1])
async def test_a_token_of_another_type_is_refused(verifier, rsa_key, kind):
    message = await refusal(verifier, rsa_key.token(header={"typ": kind}))

    assert "The token is not valid." == message


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
async def test_a_token_of_an_accepted_type_holds(verifier, rsa_key, kind):
    caller = await verifier.caller(rsa_key.token(header={"typ": kind}))

    assert "7" == caller.subject


def _parts(token):
    return token.split(".")


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: "",
        lambda _: "a.b.c",
        lambda _: "..",
        lambda token: _parts(token)[0],
        lambda token: ".".join(_parts(token)[:2]),
        lambda token: token[:-1],
        lambda token: token + ".",
        lambda token: token + ".e30",
        lambda token: token + "\n",
        lambda token: token + "=",
        lambda token: token.replace(".", "!.", 1),
        lambda token: "é" + token,
        lambda token: token[:20] + "\x00" + token[20:],
        lambda token: ".".join([_parts(token)[0], encoded({"iss": "issuer"}), "AA"]),
        lambda token: ".".join([encoded([]), *_parts(token)[1:]]),
        lambda token: ".".join([encoded("x"), *_parts(token)[1:]]),
        lambda token: ".".join(["_" * 20, *_parts(token)[1:]]),
        lambda token: ".".join([_parts(token)[0], encoded([]), _parts(token)[2]]),
        lambda token: ".".join([*_parts(token)[:2], ""]),
        lambda token: ".".join([*_parts(token)[:2], _parts(token)[2].swapcase()]),
    ],
)
async def test_a_damaged_token_is_refused(verifier, rsa_key, damage):
    message = await refusal(verifier, damage(rsa_key.token()))

    assert message in (
        "The token is not valid.",
        "The token is signed with an unknown key.",
    )


async def test_names_that_are_there_twice_are_refused(verifier, rsa_key):
    payload = f'{{"iss":"issuer","aud":"api","exp":{NOW + 60},"sub":"1","sub":"2"}}'
    messages = {
        await refusal(
            verifier, rsa_key.sign('{"alg":"RS256","alg":"RS256","kid":"r1"}', "{}")
        ),
        await refusal(verifier, rsa_key.sign({"alg": "RS256", "kid": "r1"}, payload)),
    }

    assert {"The token is not valid."} == messages


async def test_deep_nesting_is_refused(verifier, rsa_key):
    bomb = "[" * 2900 + "]" * 2900
    payload = f'{{"iss":"issuer","aud":"api","exp":{NOW + 60},"a":{bomb}}}'

    message = await refusal(
        verifier, rsa_key.sign({"alg": "RS256", "kid": "r1"}, payload)
    )

    assert "The token is not valid." == message


async def test_nesting_has_a_bound_that_does_not_depend_on_the_interpreter(
    verifier, rsa_key
):
    inside = [
        json.loads("[" * depth + "]" * depth)
        for depth in (MAX_NESTING - 1, MAX_NESTING)
    ]

    caller = await verifier.caller(rsa_key.token(a=inside[0]))
    message = await refusal(verifier, rsa_key.token(a=inside[1]))

    assert ("7", "The token is not valid.") == (caller.subject, message)


async def test_a_token_of_many_bytes_is_not_even_read(verifier, endpoint, rsa_key):
    message = await refusal(verifier, rsa_key.token(padding="x" * 9000))

    assert "The token is too long." == message
    assert [] == endpoint.requests


async def test_an_issuer_vouches_for_its_own_tokens_only(
    endpoint, tmp_path, rsa_key, other_rsa_key, clock
):
    endpoint.publish(rsa_key)
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"keys": [{**other_rsa_key.jwk, "kid": "r1"}]}))
    verifier = JWTVerifier(
        JWTSettings(
            (
                Issuer(("issuer",), ("api",), ("RS256",), endpoint.url),
                Issuer(("other",), ("api",), ("RS256",), path),
            )
        ),
        clock=clock,
    )
    header = {"kid": "r1"}

    accepted = [
        (await verifier.caller(rsa_key.token(iss="issuer"))).claims["iss"],
        (await verifier.caller(other_rsa_key.token(header=header, iss="other"))).claims[
            "iss"
        ],
    ]
    messages = {
        await refusal(verifier, rsa_key.token(iss="other")),
        await refusal(verifier, other_rsa_key.token(header=header, iss="issuer")),
    }

    assert ["issuer", "other"] == accepted
    assert {"The token is not valid."} == messages


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, set()),
        ({"scope": "a b"}, {"a", "b"}),
        ({"scope": ["a", "b c"]}, {"a", "b c"}),
        ({"scopes": "a  b"}, {"a", "b"}),
        ({"scopes": ["a"]}, {"a"}),
        ({"scope": "a", "scopes": "b"}, {"a"}),
        ({"scope": "", "scopes": "b"}, set()),
        ({"scope": None, "scopes": ["b"]}, {"b"}),
        ({"scope": 1, "scopes": ["b"]}, set()),
        ({"scope": ["a", 1]}, set()),
        ({"scope": {"a": True}}, set()),
    ],
)
async def test_scopes_are_a_string_or_a_list(verifier, rsa_key, claims, expected):
    caller = await verifier.caller(rsa_key.token(**claims))

    assert frozenset(expected) == caller.scopes


async def test_the_claim_of_scopes_is_the_operators(issuer, rsa_key, clock):
    settings = JWTSettings((issuer,), scope_claims=("permissions",))
    verifier = JWTVerifier(settings, clock=clock)

    caller = await verifier.caller(rsa_key.token(permissions=["x"], scope="y"))

    assert frozenset({"x"}) == caller.scopes


async def test_nobody_can_write_to_the_claims_of_others(verifier, rsa_key):
    caller = await verifier.caller(rsa_key.token())

    with pytest.raises(TypeError):
        caller.claims["sub"] = "8"


async def test_verified_tokens_are_bounded(issuer, rsa_key, clock):
    verifier = JWTVerifier(JWTSettings((issuer,), max_cached=3), clock=clock)

    for number in range(10):
        await verifier.caller(rsa_key.token(sub=str(number)))

    assert "<JWTVerifier ['issuer'] <Remembered 3 entries>>" == repr(verifier)


async def test_a_weak_key_verifies_nothing(verifier, endpoint, rsa_key):
    weak = type(rsa_key)("w1", "RS256", rsa.generate_private_key(65537, 1024))
    endpoint.publish(rsa_key, weak)

    message = await refusal(verifier, weak.token())

    assert "The token is signed with an unknown key." == message
