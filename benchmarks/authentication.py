"""What a token costs: checked for the first time, and seen before.

python benchmarks/authentication.py
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gateway_graphql.exchange import GatewayResponse, GraphQLRequest, RequestContext
from gateway_graphql.policy.authentication import (
    Authentication,
    AuthenticationSettings,
    Issuer,
    JWTSettings,
)

REPEATS = 20_000
KEYS: dict[
    str,
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
REQUEST = GraphQLRequest("{ a }")
RESPONSE = GatewayResponse(b"{}", has_errors=False)


async def inside(request: GraphQLRequest, context: RequestContext) -> GatewayResponse:
    """What every request comes to in the end."""
    del request, context
    return RESPONSE


async def cost_us(
    authentication: Authentication, contexts: Sequence[RequestContext]
) -> float:
    """CPU microseconds of one request through the middleware."""
    start = time.process_time()
    for context in contexts:
        await authentication(REQUEST, context, inside)
    return (time.process_time() - start) / len(contexts) * 1e6


def token(algorithm: str, subject: str) -> str:
    """A token with the claims of a common identity provider."""
    claims = {
        "iss": "issuer",
        "aud": "api",
        "sub": subject,
        "exp": time.time() + 3600,
        "iat": time.time(),
        "jti": "0123456789abcdef",
        "scope": "openid profile orders:read orders:write",
        "roles": ["CUSTOMER"],
    }
    return jwt.encode(
        claims, KEYS[algorithm], algorithm=algorithm, headers={"kid": algorithm}
    )


def context(text: str) -> RequestContext:
    """What the server knows of a request with a token."""
    return RequestContext({"authorization": f"Bearer {text}", "accept": "*/*"})


def key_set() -> str:
    """What the issuer publishes."""
    return json.dumps(
        {
            "keys": [
                {
                    **json.loads(
                        jwt.get_algorithm_by_name(name).to_jwk(key.public_key())
                    ),
                    "kid": name,
                    "key_ops": ["verify"],
                }
                for name, key in KEYS.items()
            ]
        }
    )


async def measure(path: Path) -> None:
    """Print the figures."""
    issuer = Issuer(("issuer",), ("api",), tuple(KEYS), path)
    authentication = Authentication(AuthenticationSettings(jwt=JWTSettings((issuer,))))
    await authentication(REQUEST, context(token("RS256", "0")), inside)
    anonymous = await cost_us(authentication, [RequestContext()] * REPEATS)
    print(f"no token          {anonymous:7.1f} us")
    for name in KEYS:
        new = [context(token(name, str(number))) for number in range(500)]
        first = await cost_us(authentication, new)
        again = await cost_us(authentication, new[:1] * REPEATS)
        print(f"{name} first       {first:7.1f} us")
        print(f"{name} again       {again:7.1f} us")


def main() -> None:
    """Publish keys in a file and measure."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "keys.json")
        path.write_text(key_set(), encoding="utf-8")
        asyncio.run(measure(path))


if __name__ == "__main__":
    main()
