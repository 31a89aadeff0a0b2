import pytest

from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.policy.authentication import Issuer, JWTSettings


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "rs256", "RSA-OAEP"])
def test_only_signatures_with_public_keys_can_be_configured(algorithm):
    with pytest.raises(ConfigInvalid) as caught:
        Issuer(("i",), ("a",), ("RS256", algorithm), "https://example.com/keys")

    assert f"cannot use the algorithm {algorithm};" in str(caught.value)


@pytest.mark.parametrize("missing", ["issuers", "audiences", "algorithms"])
def test_nothing_that_makes_a_token_safe_can_be_left_out(missing):
    given = {"issuers": ("i",), "audiences": ("a",), "algorithms": ("RS256",)}

    with pytest.raises(ConfigInvalid) as caught:
        Issuer(**{**given, missing: ()}, jwks="https://example.com/keys")

    assert f"A JWT issuer needs {missing}." == str(caught.value)


@pytest.mark.parametrize("leeway_s", [-1, 61, float("nan"), float("inf")])
def test_the_leeway_is_a_minute_at_most(leeway_s):
    with pytest.raises(ConfigInvalid):
        JWTSettings((), leeway_s=leeway_s)


def test_an_issuers_name_is_one_issuers():
    issuers = tuple(Issuer(("i",), ("a",), ("RS256",), f"https://{n}") for n in "ab")

    with pytest.raises(ConfigInvalid):
        JWTSettings(issuers)


@pytest.mark.parametrize("leeway_s", [0, 60])
def test_the_leeway_may_be_nothing_or_a_minute(leeway_s):
    assert leeway_s == JWTSettings((), leeway_s=leeway_s).leeway_s
