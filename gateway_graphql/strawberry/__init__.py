"""Schema directives for subgraphs written with Strawberry.

They reach the gateway by `@composeDirective`, which Strawberry writes into the SDL by
itself for every directive that is used.
"""

from gateway_graphql.strawberry.rate_limit import RateLimit

__all__ = ["RateLimit"]
