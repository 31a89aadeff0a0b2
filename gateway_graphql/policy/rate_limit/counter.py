"""A limit where it is, and the bucket that it has for somebody.

The values that tell buckets apart are hashed into keys, so no key tells who it is for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import msgspec

from gateway_graphql.policy.rate_limit.identity import ArgumentAt, Identify
from gateway_graphql.policy.store.buckets.bucket import Bucket, Charge, Rate
from gateway_graphql.supergraph.model import FieldDefinition

_DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Counter:
    """A limit where it is: what its buckets are called, and how they are filled.

    Attributes:
        name: What clients are told it is.
        stem: What the keys of its buckets begin with.
        rate: How much a bucket gives.
        amount: What one call takes.
        policy: Its item of `RateLimit-Policy`.
        identify: Who shares a bucket, as far as that is about the caller.
        arguments: As far as it is about the field's arguments.
        owner: The field on which the limit is, `None` for other limits.
    """

    name: str
    stem: str
    rate: Rate
    amount: int
    policy: str
    identify: tuple[Identify, ...]
    arguments: tuple[ArgumentAt, ...] = ()
    owner: FieldDefinition | None = None


@dataclass(frozen=True, slots=True)
class TierCounters:
    """What a tier's clients have.

    Attributes:
        claim: The claim that says who is in it; empty for everybody.
        value: What the claim says.
        client: Counts requests, if anything does.
        budget: Counts points, if anything does.
    """

    claim: str
    value: str
    client: Counter | None
    budget: Counter | None


def charge_for(counter: Counter, values: Sequence[str], secret: bytes) -> Charge:
    """The charge of one call, to the bucket that these values name.

    Args:
        counter: Counts the call.
        values: Of what it counts by: first the caller's, then the arguments'.
        secret: Makes hashes that nobody can guess; empty for none.
    """
    encoded = _encoded(values)
    digest = blake2b(encoded, digest_size=_DIGEST_BYTES, key=secret).hexdigest()
    return Charge(Bucket(counter.stem + digest, counter.rate), counter.amount)


def _encoded(values: Sequence[str]) -> bytes:
    try:
        return msgspec.json.encode(values)
    except UnicodeEncodeError:
        # Some servers put bytes of headers that are no UTF-8 into strings as surrogates.
        return json.dumps(values).encode()
