"""Section `rate_limits`, from YAML to the policy's records."""

from hashlib import sha256

import pytest
import yaml
from pydantic import ValidationError

from gateway_graphql.config.rate_limits import RateLimitsConfig
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.rate_limit import (
    FieldLimit,
    Limit,
    OperationLimit,
    Rate,
    RateLimits,
    Tier,
)
from gateway_graphql.policy.rate_limit.identity import (
    ArgumentAt,
    CallerAddress,
    Claim,
    Client,
    User,
)

MINUTE = 60_000_000


def read(text):
    return RateLimitsConfig.model_validate(yaml.safe_load(text) or {})


def test_nothing_is_limited_by_default():
    config = read("")

    assert RateLimits() == config.to_rate_limits()
    assert "<MemoryStore 0 of 100000 buckets>" == repr(config.make_store())


def test_all_kinds_of_limits_are_read():
    config = read("""
      client: {limit: 100, window: 1m, burst: 20}
      budget: {points: 5000, window: 1h, by: [user, ip]}
      tiers:
        - {claim: plan, value: pro, client: {limit: 1000}}
        - {claim: plan, value: free, budget: {points: 9}}
      operations:
        - {kind: mutation, limit: 10, by: [claim:org]}
        - {name: Export, limit: 1, window: 1d, cost: 1}
      fields:
        Mutation.login:
          - {limit: 5, by: ["arg:username"]}
          - {limit: 50, by: [ip], cost: 2}
      client_claim: azp
      key_prefix: "{shop}:limits"
      key_secret: not told
    """)

    assert (
        RateLimits(
            client=Limit(Rate(100, MINUTE, 20)),
            budget=Limit(Rate(5000, 60 * MINUTE, 5000), (User(), CallerAddress())),
            tiers=(
                Tier("plan", "pro", Limit(Rate(1000, MINUTE, 1000))),
                Tier("plan", "free", None, Limit(Rate(9, MINUTE, 9))),
            ),
            operations=(
                OperationLimit(
                    Limit(Rate(10, MINUTE, 10), (Claim("org"),)),
                    kind=OperationKind.MUTATION,
                ),
                OperationLimit(
                    Limit(Rate(1, 24 * 60 * MINUTE, 1), (Client(),)), "Export"
                ),
            ),
            fields=(
                FieldLimit(
                    "Mutation.login",
                    Limit(Rate(5, MINUTE, 5), (ArgumentAt(("username",)),)),
                ),
                FieldLimit(
                    "Mutation.login", Limit(Rate(50, MINUTE, 50), (CallerAddress(),), 2)
                ),
            ),
            client_claim="azp",
            key_prefix="{shop}:limits",
            key_secret=sha256(b"not told").digest(),
        )
        == config.to_rate_limits()
    )
    assert "not told" not in repr(config)


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        (
            "client: {limit: 5, window: 1 minute}",
            ("client", "window"),
            '"1 minute" is no window: write a whole number and a unit',
        ),
        ("client: {limit: 5, window: 60}", ("client", "window"), "should be a window"),
        ("client: {limit: 0}", ("client", "limit"), "greater than or equal to 1"),
        ("client: {limit: 5, by: [mail]}", ("client", "by", 0), '"mail" names nobody'),
        ("client: {limit: 5, by: []}", ("client", "by"), "at least 1 item"),
        ("client: {limit: 5, max: 1}", ("client", "max"), "Extra inputs"),
        (
            "client: {limit: 2000, window: 1ms}",
            ("client",),
            "the limit is more than one in a microsecond",
        ),
        ("budget: {limit: 5}", ("budget", "points"), "Field required"),
        ("operations: [{kind: read, limit: 5}]", ("operations", 0, "kind"), "Input"),
        (
            'redis: {url: "redis://a", on_failure: hope}',
            ("redis", "on_failure"),
            "'memory' or 'refuse'",
        ),
        (
            '{redis: {url: "redis://a", cluster: true}, key_prefix: limits}',
            (),
            "key_prefix needs a hash tag for a cluster",
        ),
        (
            '{redis: {url: "redis://a", cluster: true}, key_prefix: "{}limits"}',
            (),
            "key_prefix needs a hash tag for a cluster",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(text, place, problem):
    with pytest.raises(ValidationError) as error:
        read(text)

    found = error.value.errors()[0]
    assert place == found["loc"]
    assert problem in found["msg"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'redis: {url: "redis://:pass@host:6379/0"}',
            ("<FailoverStore Redis up, reserve <MemoryStore 0 of 100000 buckets>>"),
        ),
        (
            '{redis: {url: "redis://a", on_failure: refuse}, max_buckets: 5}',
            "<FailoverStore Redis up, reserve None>",
        ),
    ],
)
async def test_redis_stands_before_a_reserve(text, expected):
    config = read(text)
    store = config.make_store()

    assert expected == repr(store)
    assert "pass" not in repr(config)
    await store.aclose()
