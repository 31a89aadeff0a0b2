"""Keys that are down, slow, rotated, huge, redirected or nonsense; real servers."""

import asyncio
import json
import socket
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.utils import to_base64url_uint

from gateway_graphql.errors import AuthenticationUnavailable, InvalidToken
from gateway_graphql.policy.authentication import Issuer, JWTSettings
from gateway_graphql.policy.authentication.documents import MAX_BYTES
from gateway_graphql.policy.authentication.jwt_verifier import JWTVerifier
from gateway_graphql.policy.authentication.key_set import KeySet

from .conftest import SigningKey


@pytest.fixture
def keys(issuer, monotonic):
    return KeySet(issuer, clock=monotonic)


@pytest.fixture
def nobody():
    """A URL at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/keys"


async def settled():
    """Let refreshes in the background end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.wait(others, timeout=10) if others else None


async def test_many_unknown_keys_cost_one_request(
    verifier, endpoint, rsa_key, monotonic
):
    await verifier.caller(rsa_key.token())
    monotonic.now += 31
    tokens = [rsa_key.token(header={"kid": f"unknown-{n}"}) for n in range(60)]

    answers = await asyncio.gather(
        *(verifier.caller(token) for token in tokens), return_exceptions=True
    )
    for token in tokens:
        with pytest.raises(InvalidToken):
            await verifier.caller(token)

    assert {"The token is signed with an unknown key."} == set(map(str, answers))
    assert 2 == len(endpoint.requests)


async def test_unknown_keys_on_a_cold_start_cost_one_request(
    verifier, endpoint, rsa_key
):
    tokens = [rsa_key.token(header={"kid": f"unknown-{n}"}) for n in range(60)]

    await asyncio.gather(
        *(verifier.caller(token) for token in tokens), return_exceptions=True
    )

    assert 1 == len(endpoint.requests)


async def test_a_new_key_is_found_when_a_token_names_it(
    keys, endpoint, rsa_key, other_rsa_key, monotonic
):
    await keys.key("r1")
    endpoint.publish(rsa_key, other_rsa_key)

    too_early = [await keys.key("r2")]
    monotonic.now += 29
    too_early.append(await keys.key("r2"))
    monotonic.now += 1
    found = await keys.key("r2")

    assert [None, None] == too_early
    assert found is not None
    assert "r2" == found.kid


async def test_many_requests_at_once_share_one_fetch(keys, endpoint):
    endpoint.delay_s = 0.1

    found = await asyncio.gather(*(keys.key("r1") for _ in range(50)))

    assert ["r1"] * 50 == [key.kid for key in found]
    assert 1 == len(endpoint.requests)


async def test_a_client_that_goes_away_does_not_end_the_fetch(keys, endpoint):
    endpoint.delay_s = 0.2
    first = asyncio.create_task(keys.key("r1"))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(keys.key("r1"))
    await asyncio.sleep(0.05)
    first.cancel()

    found = await second

    assert "r1" == found.kid
    assert 1 == len(endpoint.requests)


async def test_known_keys_work_while_the_endpoint_fails(
    verifier, endpoint, rsa_key, monotonic
):
    await verifier.caller(rsa_key.token(sub="0"))
    endpoint.status = 500

    subjects = []
    for number in range(1, 5):
        monotonic.now += 61
        subjects.append((await verifier.caller(rsa_key.token(sub=str(number)))).subject)
        await settled()

    assert ["1", "2", "3", "4"] == subjects
    assert 5 == len(endpoint.requests)


async def test_nobody_waits_for_a_poll_that_hangs(
    verifier, endpoint, rsa_key, monotonic, caplog
):
    await verifier.caller(rsa_key.token(sub="0"))
    endpoint.hangs = True
    monotonic.now += 61

    async with asyncio.timeout(1):
        caller = await verifier.caller(rsa_key.token(sub="1"))
    await settled()

    assert "1" == caller.subject
    assert 2 == len(endpoint.requests)
    assert [f"The keys of issuer: {endpoint.url}: no answer in 2 s"] == caplog.messages


async def test_an_unknown_key_is_refused_in_time_while_the_endpoint_hangs(
    verifier, endpoint, rsa_key, monotonic
):
    await verifier.caller(rsa_key.token())
    endpoint.hangs = True
    monotonic.now += 31

    async with asyncio.timeout(5):
        with pytest.raises(InvalidToken):
            await verifier.caller(rsa_key.token(header={"kid": "new"}))


async def test_keys_are_polled(keys, endpoint, rsa_key, other_rsa_key, monotonic):
    await keys.key("r1")
    endpoint.publish(rsa_key, other_rsa_key)
    monotonic.now += 61
    await keys.key("r1")
    await settled()

    found = await keys.key("r2")

    assert "r2" == found.kid
    assert 2 == len(endpoint.requests)


async def test_keys_are_polled_when_they_are_older_than_the_interval(
    keys, endpoint, monotonic
):
    asked = []
    found = await keys.key("r1")
    for seconds in (60, 0, 1):
        monotonic.now += seconds
        assert keys.holds(found)
        await keys.key("r1")
        await settled()
        asked.append(len(endpoint.requests))

    assert [1, 1, 2] == asked


@pytest.mark.parametrize(("pause_s", "is_waited_for"), [(120, False), (121, True)])
async def test_a_poll_is_waited_for_after_a_pause_of_more_than_two_intervals(
    keys, endpoint, other_rsa_key, monotonic, pause_s, is_waited_for
):
    await keys.key("r1")
    endpoint.publish(other_rsa_key)
    monotonic.now += pause_s

    found = await keys.key("r1")
    await settled()

    assert is_waited_for is (found is None)
    assert await keys.key("r1") is None


async def test_a_key_that_is_withdrawn_takes_its_tokens_along(
    verifier, endpoint, rsa_key, other_rsa_key, monotonic
):
    token = rsa_key.token()
    await verifier.caller(token)
    endpoint.publish(other_rsa_key)
    monotonic.now += 61
    await verifier.caller(token)
    await settled()

    with pytest.raises(InvalidToken):
        await verifier.caller(token)
    assert "<Remembered 0 entries>" in repr(verifier)


async def test_a_key_that_was_withdrawn_in_a_pause_is_not_used_after_it(
    verifier, endpoint, rsa_key, other_rsa_key, monotonic
):
    await verifier.caller(rsa_key.token(sub="0"))
    endpoint.publish(other_rsa_key)
    monotonic.now += 3600

    with pytest.raises(InvalidToken):
        await verifier.caller(rsa_key.token(sub="1"))


async def test_another_key_under_the_same_name_is_another_key(
    verifier, endpoint, rsa_key, other_rsa_key, monotonic
):
    token = rsa_key.token()
    await verifier.caller(token)
    endpoint.answer({"keys": [{**other_rsa_key.jwk, "kid": "r1"}]})
    monotonic.now += 61
    await verifier.caller(token)
    await settled()

    with pytest.raises(InvalidToken):
        await verifier.caller(token)


async def test_a_set_that_has_not_changed_keeps_verified_tokens(keys, monotonic):
    before = await keys.key("r1")
    monotonic.now += 61
    await keys.key("r1")
    await settled()

    assert before is await keys.key("r1")
    assert keys.holds(before)


async def test_without_any_keys_nobody_can_tell(nobody, issuer, rsa_key, monotonic):
    issuer = replace(issuer, jwks=nobody)
    verifier = JWTVerifier(JWTSettings((issuer,)), monotonic=monotonic)

    with pytest.raises(AuthenticationUnavailable) as caught:
        await verifier.caller(rsa_key.token())

    assert {"retry-after": "5"} == caught.value.headers
    assert 503 == caught.value.status


async def test_keys_that_could_not_be_had_are_tried_again_soon(
    keys, endpoint, monotonic
):
    endpoint.status = 503
    for _ in range(20):
        with pytest.raises(AuthenticationUnavailable):
            await keys.key("r1")
    endpoint.status = 200
    monotonic.now += 5

    found = await keys.key("r1")

    assert "r1" == found.kid
    assert 2 == len(endpoint.requests)


async def test_a_redirect_is_not_followed(keys, endpoint):
    endpoint.status = 302
    endpoint.headers = [(b"location", endpoint.url.encode() + b"/elsewhere")]

    with pytest.raises(AuthenticationUnavailable):
        await keys.key("r1")

    assert ["/keys"] == [path for path, _, _ in endpoint.requests]


async def test_nothing_is_taken_from_the_environment(keys, nobody, monkeypatch):
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, nobody)

    assert "r1" == (await keys.key("r1")).kid


@pytest.mark.parametrize(
    "body",
    [
        b"<html>not found</html>",
        b"",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": null}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"keys": [NaN]}',
    ],
)
async def test_nonsense_is_no_key_set(keys, endpoint, body):
    endpoint.body = body

    with pytest.raises(AuthenticationUnavailable):
        await keys.key("r1")


async def test_a_set_of_many_bytes_is_not_read(keys, endpoint, rsa_key):
    padding = "x" * MAX_BYTES
    endpoint.answer({"padding": padding, "keys": [rsa_key.jwk]})

    with pytest.raises(AuthenticationUnavailable):
        await keys.key("r1")


async def test_a_set_without_end_is_read_up_to_the_bound(keys, endpoint, caplog):
    endpoint.is_endless = True

    with pytest.raises(AuthenticationUnavailable):
        await keys.key("r1")

    assert [f"The keys of issuer: {endpoint.url}: more than {MAX_BYTES} bytes"] == (
        caplog.messages
    )


async def test_a_content_coding_that_was_not_asked_for_is_not_undone(
    keys, endpoint, rsa_key
):
    endpoint.publish(rsa_key)
    endpoint.headers = [(b"content-encoding", b"gzip")]

    found = await keys.key("r1")

    assert "r1" == found.kid
    assert "identity" == endpoint.requests[0][1]["accept-encoding"]


@pytest.mark.parametrize(
    "entry",
    [
        1,
        {},
        {"kid": "bad"},
        {"kid": "bad", "kty": "RSA"},
        {"kid": "bad", "kty": "RSA", "n": 1, "e": []},
        {"kid": "bad", "kty": "EC", "crv": ["P-256"], "x": "AA", "y": "AA"},
        {"kid": "bad", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kid": "bad", "kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kid": "bad", "kty": "OKP", "crv": "X25519", "x": "AA"},
        {"kid": "bad", "kty": ["RSA"]},
    ],
)
async def test_an_entry_that_is_no_key_does_not_hurt_the_others(
    keys, endpoint, rsa_key, entry
):
    endpoint.answer({"keys": [entry, rsa_key.jwk]})

    assert "r1" == (await keys.key("r1")).kid
    assert await keys.key("bad") is None


@pytest.mark.parametrize(
    "members", [{"use": "enc"}, {"key_ops": ["sign"]}, {"alg": "RSA-OAEP"}]
)
async def test_a_key_for_another_purpose_is_left_out(keys, endpoint, rsa_key, members):
    endpoint.answer({"keys": [{**rsa_key.jwk, **members}]})

    assert await keys.key("r1") is None


@pytest.mark.parametrize(
    "members", [{"key_ops": ["verify"]}, {"key_ops": None}, {"use": "sig"}]
)
async def test_a_key_that_is_there_to_verify_is_used(keys, endpoint, rsa_key, members):
    endpoint.answer({"keys": [{**rsa_key.jwk, **members}]})

    assert "r1" == (await keys.key("r1")).kid


async def test_a_key_need_not_say_what_it_is_for(keys, endpoint, rsa_key):
    endpoint.answer(
        {"keys": [{name: rsa_key.jwk[name] for name in ("kty", "kid", "n", "e")}]}
    )

    assert "r1" == (await keys.key("r1")).kid


@pytest.mark.parametrize(("bits", "is_used"), [(8192, True), (8193, False)])
async def test_a_key_that_takes_long_to_check_with_is_left_out(
    keys, endpoint, rsa_key, bits, is_used
):
    modulus = to_base64url_uint((1 << bits - 1) + 1).decode()
    endpoint.answer({"keys": [{**rsa_key.jwk, "n": modulus}]})

    assert is_used is (await keys.key("r1") is not None)


@pytest.mark.parametrize("kid", ["", None, 7, ["r1"]])
async def test_a_key_without_a_name_is_left_out(keys, endpoint, rsa_key, ec_key, kid):
    endpoint.answer({"keys": [{**rsa_key.jwk, "kid": kid}, ec_key.jwk]})

    assert await keys.key("") is None
    assert "<KeySet issuer ['e1']>" == repr(keys)


async def test_a_key_of_a_curve_that_no_algorithm_takes_is_left_out(keys, endpoint):
    key = SigningKey("e3", "ES384", ec.generate_private_key(ec.SECP384R1()))
    jwk = {name: value for name, value in key.jwk.items() if name != "alg"}
    endpoint.answer({"keys": [jwk]})

    assert await keys.key("e3") is None


async def test_a_key_may_name_its_curve_as_its_algorithm(keys, endpoint, ed_key):
    endpoint.answer({"keys": [{**ed_key.jwk, "alg": "Ed25519"}]})

    assert frozenset({"EdDSA"}) == (await keys.key("o1")).algorithms


async def test_a_key_serves_algorithms_of_its_own_kind_alone(
    keys, endpoint, rsa_key, ec_key, ed_key
):
    jwks = [
        {name: value for name, value in key.jwk.items() if name != "alg"}
        for key in (rsa_key, ec_key, ed_key)
    ]
    endpoint.answer({"keys": jwks})

    assert [{"RS256"}, {"ES256"}, {"EdDSA"}] == [
        (await keys.key(jwk["kid"])).algorithms for jwk in jwks
    ]


async def test_a_name_that_two_keys_have_names_neither(
    keys, endpoint, rsa_key, other_rsa_key, ec_key
):
    endpoint.answer(
        {"keys": [rsa_key.jwk, {**other_rsa_key.jwk, "kid": "r1"}, ec_key.jwk]}
    )

    assert await keys.key("r1") is None
    assert "e1" == (await keys.key("e1")).kid


async def test_keys_may_be_in_a_file_that_changes(
    tmp_path, rsa_key, other_rsa_key, monotonic
):
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [rsa_key.jwk]}))
    issuer = Issuer(("issuer",), ("api",), ("RS256",), path, poll_interval_s=10)
    keys = KeySet(issuer, clock=monotonic)
    first = await keys.key("r1")
    path.write_text(json.dumps({"keys": [other_rsa_key.jwk]}))
    monotonic.now += 30

    second = await keys.key("r2")

    assert ["r1", "r2"] == [first.kid, second.kid]
    assert not keys.holds(first)


async def test_a_file_of_many_bytes_is_not_read(tmp_path, rsa_key, monotonic):
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [rsa_key.jwk]}).ljust(MAX_BYTES))
    issuer = Issuer(("issuer",), ("api",), ("RS256",), path)
    fits = await KeySet(issuer, clock=monotonic).key("r1")
    path.write_text(f"{path.read_text()} ")

    with pytest.raises(AuthenticationUnavailable):
        await KeySet(issuer, clock=monotonic).key("r1")
    assert "r1" == fits.kid


async def test_a_file_that_is_not_there_is_like_an_endpoint_that_is_down(
    tmp_path, monotonic
):
    issuer = Issuer(("issuer",), ("api",), ("RS256",), tmp_path / "none.json")

    with pytest.raises(AuthenticationUnavailable):
        await KeySet(issuer, clock=monotonic).key("r1")


async def test_the_log_tells_that_no_key_of_a_set_can_verify(keys, endpoint, caplog):
    endpoint.answer({"keys": []})

    assert await keys.key("r1") is None
    assert ["The keys of issuer: none can verify"] == caplog.messages


async def test_the_log_tells_why_and_not_what_may_be_secret_in_the_address(
    issuer, endpoint, monotonic, caplog
):
    endpoint.status = 500
    start, rest = endpoint.url.split("//")
    url = f"{start}//us-r:s-cret@{rest}?key=s-cret#s-cret"

    with pytest.raises(AuthenticationUnavailable):
        await KeySet(replace(issuer, jwks=url), clock=monotonic).key("r1")

    assert [f"The keys of issuer: {endpoint.url}: HTTP status 500"] == caplog.messages


async def test_the_log_tells_why_and_holds_no_key(keys, endpoint, caplog):
    endpoint.status = 500

    with pytest.raises(AuthenticationUnavailable):
        await keys.key("r1")

    assert [f"The keys of issuer: {endpoint.url}: HTTP status 500"] == caplog.messages
    assert "<KeySet issuer []>" == repr(keys)
