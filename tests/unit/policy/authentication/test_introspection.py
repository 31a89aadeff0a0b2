"""Opaque tokens, asked about at a real endpoint."""

import asyncio
import base64
from urllib.parse import parse_qs

import pytest

from gateway_graphql.errors import AuthenticationUnavailable, InvalidToken
from gateway_graphql.policy.authentication import IntrospectionSettings
from gateway_graphql.policy.authentication.introspection import (
    MAX_QUESTIONS,
    IntrospectionVerifier,
)

NOW = 1_700_000_000
ACTIVE = {"active": True, "sub": "7", "scope": "read write", "client_id": "app"}


@pytest.fixture
async def verifying(endpoint, clock):
    """Makes verifiers, and closes them."""
    verifiers = []

    def make(**settings):
        settings = {"client_id": "gateway", "client_secret": "s:e cret", **settings}
        verifier = IntrospectionVerifier(
            IntrospectionSettings(endpoint.url, **settings), clock=clock
        )
        verifiers.append(verifier)
        return verifier

    yield make
    for verifier in verifiers:
        await verifier.aclose()


async def test_an_active_token_names_its_caller(verifying, endpoint):
    endpoint.answer({**ACTIVE, "exp": NOW + 600})

    caller = await verifying().caller("opaque")

    assert ("7", frozenset({"read", "write"})) == (caller.subject, caller.scopes)
    assert (NOW + 600.0, "opaque") == (caller.expires_at, caller.credential)
    assert {**ACTIVE, "exp": NOW + 600} == dict(caller.claims)


async def test_the_question_is_as_the_standard_says(verifying, endpoint):
    endpoint.answer(ACTIVE)
    await verifying().caller("opaque")

    ((_, headers, form),) = endpoint.requests

    credentials = base64.b64encode(b"gateway:s%3Ae+cret").decode()
    assert f"Basic {credentials}" == headers["authorization"]
    assert "application/x-www-form-urlencoded" == headers["content-type"]
    assert {"token": ["opaque"], "token_type_hint": ["access_token"]} == parse_qs(form)


@pytest.mark.parametrize("until", [{}, {"exp": NOW + 600}])
async def test_an_answer_is_believed_for_a_while(verifying, endpoint, clock, until):
    endpoint.answer({**ACTIVE, **until})
    verifier = verifying(max_cached_s=60)
    for second in (0, 59):
        clock.now = NOW + second
        await verifier.caller("opaque")
    endpoint.answer({"active": False})
    clock.now = NOW + 60

    with pytest.raises(InvalidToken):
        await verifier.caller("opaque")

    assert 2 == len(endpoint.requests)


async def test_an_answer_is_not_believed_beyond_the_tokens_end(
    verifying, endpoint, clock
):
    endpoint.answer({**ACTIVE, "exp": NOW + 5})
    verifier = verifying()
    await verifier.caller("opaque")
    clock.now = NOW + 5

    with pytest.raises(InvalidToken):
        await verifier.caller("opaque")


@pytest.mark.parametrize(
    "answer",
    [
        {"active": False},
        {},
        {**ACTIVE, "active": "true"},
        {**ACTIVE, "active": 1},
        {**ACTIVE, "exp": NOW},
        {**ACTIVE, "exp": "soon"},
        {**ACTIVE, "exp": None},
        {**ACTIVE, "nbf": NOW + 1},
    ],
)
async def test_a_token_that_is_not_active_is_refused(verifying, endpoint, answer):
    endpoint.answer(answer)
    verifier = verifying()

    for _ in range(3):
        with pytest.raises(InvalidToken):
            await verifier.caller("opaque")

    assert 1 == len(endpoint.requests)


async def test_a_token_that_was_not_active_is_asked_about_again_after_a_while(
    verifying, endpoint, clock
):
    endpoint.answer({"active": False})
    verifier = verifying(max_cached_s=60)
    with pytest.raises(InvalidToken):
        await verifier.caller("opaque")
    endpoint.answer(ACTIVE)
    clock.now = NOW + 60

    assert "7" == (await verifier.caller("opaque")).subject


@pytest.mark.parametrize(
    ("members", "is_accepted"),
    [
        ({"iss": "i", "aud": "api"}, True),
        ({"iss": "i", "aud": ["x", "api"]}, True),
        ({"iss": "other", "aud": "api"}, False),
        ({"iss": "i", "aud": "other"}, False),
        ({"iss": "i"}, False),
        ({"aud": "api"}, False),
    ],
)
async def test_issuer_and_audience_are_checked_when_they_are_named(
    verifying, endpoint, members, is_accepted
):
    endpoint.answer({**ACTIVE, **members})
    verifier = verifying(issuers=("i",), audiences=("api",))

    if is_accepted:
        assert "7" == (await verifier.caller("opaque")).subject
        return
    with pytest.raises(InvalidToken):
        await verifier.caller("opaque")


async def test_many_requests_with_one_token_share_a_question(verifying, endpoint):
    endpoint.answer(ACTIVE)
    endpoint.delay_s = 0.1
    verifier = verifying()

    callers = await asyncio.gather(*(verifier.caller("opaque") for _ in range(50)))

    assert ["7"] * 50 == [caller.subject for caller in callers]
    assert 1 == len(endpoint.requests)


async def test_a_client_that_goes_away_does_not_end_the_question(verifying, endpoint):
    endpoint.answer(ACTIVE)
    endpoint.delay_s = 0.2
    verifier = verifying()
    first = asyncio.create_task(verifier.caller("opaque"))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(verifier.caller("opaque"))
    await asyncio.sleep(0.05)
    first.cancel()

    assert "7" == (await second).subject
    assert 1 == len(endpoint.requests)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (401, b"{}"),
        (302, b"{}"),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'"active"'),
        (200, b'{"active": true, "x": "' + b"x" * 70_000 + b'"}'),
    ],
)
async def test_an_answer_that_is_none_is_nobodys_fault(
    verifying, endpoint, status, body
):
    endpoint.status, endpoint.body = status, body
    endpoint.headers = [(b"location", endpoint.url.encode())]
    verifier = verifying()

    with pytest.raises(AuthenticationUnavailable):
        await verifier.caller("opaque")

    assert 1 == len(endpoint.requests)


async def test_known_tokens_work_while_the_endpoint_hangs(verifying, endpoint):
    endpoint.answer(ACTIVE)
    verifier = verifying()
    await verifier.caller("known")
    endpoint.hangs = True

    async with asyncio.timeout(5):
        with pytest.raises(AuthenticationUnavailable):
            await verifier.caller("unknown")
    caller = await verifier.caller("known")

    assert "7" == caller.subject


async def test_made_up_tokens_do_not_push_out_real_ones(verifying, endpoint):
    endpoint.answer(ACTIVE)
    verifier = verifying(max_cached=2)
    await verifier.caller("real")
    endpoint.answer({"active": False})
    for number in range(5):
        with pytest.raises(InvalidToken):
            await verifier.caller(f"made-up-{number}")

    caller = await verifier.caller("real")

    assert "7" == caller.subject


async def test_questions_under_way_are_bounded(verifying, endpoint):
    endpoint.answer(ACTIVE)
    endpoint.delay_s = 0.3
    verifier = verifying()

    answers = await asyncio.gather(
        *(verifier.caller(f"t{number}") for number in range(MAX_QUESTIONS + 5)),
        return_exceptions=True,
    )

    refused = [a for a in answers if isinstance(a, AuthenticationUnavailable)]
    # On a busy machine some of the questions may be late as well.
    assert len(refused) >= 5
    assert len(endpoint.requests) <= MAX_QUESTIONS


async def test_a_token_of_many_bytes_is_not_asked_about(verifying, endpoint):
    with pytest.raises(InvalidToken):
        await verifying().caller("x" * 5000)

    assert [] == endpoint.requests


async def test_nothing_shows_the_secret_or_a_token(verifying, endpoint, caplog):
    endpoint.status = 500
    verifier = verifying()
    with pytest.raises(AuthenticationUnavailable) as caught:
        await verifier.caller("opaque-token")

    shown = f"{caplog.text}{verifier!r}{caught.value!r}" + repr(
        IntrospectionSettings("u", "gateway", "s:e cret")
    )

    assert "e cret" not in shown
    assert "opaque-token" not in shown
