"""Authentication: who asks, how subgraphs learn of it, and why they can believe it."""

from gateway_graphql.policy.authentication.middleware import Authentication
from gateway_graphql.policy.authentication.propagation import (
    Propagation,
    PropagationSettings,
)
from gateway_graphql.policy.authentication.settings import (
    APIKey,
    AuthenticationSettings,
    CookieSource,
    HeaderSource,
    IntrospectionSettings,
    Issuer,
    JWTSettings,
)
from gateway_graphql.wire.signature import RequireSignature

__all__ = [
    "APIKey",
    "Authentication",
    "AuthenticationSettings",
    "CookieSource",
    "HeaderSource",
    "IntrospectionSettings",
    "Issuer",
    "JWTSettings",
    "Propagation",
    "PropagationSettings",
    "RequireSignature",
]
