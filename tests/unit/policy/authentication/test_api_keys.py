import hashlib

import pytest

from gateway_graphql.errors import ConfigInvalid, InvalidToken
from gateway_graphql.exchange import Caller
from gateway_graphql.policy.authentication import APIKey
from gateway_graphql.policy.authentication.api_keys import (
    MAX_KEY_BYTES,
    APIKeyVerifier,
)

NOW = 1_700_000_000


def hash_of(key):
    return hashlib.sha256(key.encode()).hexdigest()


def test_a_key_names_its_client(clock):
    key = APIKey(
        hash_of("k-1"),
        "reports",
        subject="service:reports",
        scopes=("read", "export"),
        claims={"tier": "gold"},
    )
    verifier = APIKeyVerifier([APIKey(hash_of("k-2"), "other"), key], clock=clock)

    caller = verifier.caller("k-1")

    claims = {
        "tier": "gold",
        "sub": "service:reports",
        "client": "reports",
        "scope": "read export",
    }
    expected = Caller(
        "service:reports", frozenset({"read", "export"}), claims, None, "api_key"
    )
    assert (expected.subject, expected.scopes) == (caller.subject, caller.scopes)
    assert claims == dict(caller.claims)
    assert (None, "api_key") == (caller.expires_at, caller.credential)


@pytest.mark.parametrize("key", ["k-2", "", "K-1", hash_of("k-1"), "x" * 100_000])
def test_an_unknown_key_is_refused(key, clock):
    verifier = APIKeyVerifier([APIKey(hash_of("k-1"), "reports")], clock=clock)

    with pytest.raises(InvalidToken) as caught:
        verifier.caller(key)

    assert "The API key is not valid." == str(caught.value)


def test_a_key_expires(clock):
    key = APIKey(hash_of("k-1"), "reports", expires_at=NOW + 1.0)
    verifier = APIKeyVerifier([key], clock=clock)
    verifier.caller("k-1")
    clock.now = NOW + 1

    with pytest.raises(InvalidToken) as caught:
        verifier.caller("k-1")

    assert "The API key has expired." == str(caught.value)


def test_the_settings_claims_cannot_change_who_it_is(clock):
    key = APIKey(
        hash_of("k"), "reports", subject="a", claims={"client": "x", "sub": "b"}
    )

    caller = APIKeyVerifier([key], clock=clock).caller("k")

    assert ("reports", "a") == (caller.claims["client"], caller.claims["sub"])


@pytest.mark.parametrize("digits", ["", "abc", "g" * 64, hash_of("k")[:-1]])
def test_a_hash_must_be_one(digits):
    with pytest.raises(ConfigInvalid) as caught:
        APIKey(digits, "reports")

    assert "The hash of the API key of 'reports' is not a SHA-256 in hex." == str(
        caught.value
    )


def test_two_clients_cannot_share_a_key():
    keys = [APIKey(hash_of("k"), "a"), APIKey(hash_of("k").upper(), "b")]

    with pytest.raises(ConfigInvalid):
        APIKeyVerifier(keys)


def test_nothing_shows_a_hash():
    key = APIKey(hash_of("k"), "reports")

    shown = repr((key, APIKeyVerifier([key])))

    assert hash_of("k") not in shown
    assert "<APIKeyVerifier 1 keys>" in shown


def test_a_key_is_looked_at_up_to_its_bound():
    keys = ["k" * MAX_KEY_BYTES, "k" * (MAX_KEY_BYTES + 1)]
    verifier = APIKeyVerifier([APIKey(hash_of(key), key[:1]) for key in keys])

    assert "k" == verifier.caller(keys[0]).claims["client"]
    with pytest.raises(InvalidToken):
        verifier.caller(keys[1])
