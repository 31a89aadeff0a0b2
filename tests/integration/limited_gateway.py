"""A gateway process that does nothing but limit: `limited_gateway.py PORT REDIS_URL`."""

import sys

import strawberry
import uvicorn
from fastapi import FastAPI
from strawberry.federation import Schema

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.config.rate_limits import RateLimitsConfig
from gateway_graphql.policy.gate import Policies
from gateway_graphql.server import graphql_router
from gateway_graphql.strawberry import RateLimit


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "world"

    @strawberry.field(directives=[RateLimit(limit=3, window="1h", by=["arg:name"])])
    def greet(self, name: str) -> str | None:
        return f"hello {name}"


@strawberry.type
class Mutation:
    @strawberry.mutation(
        directives=[RateLimit(limit=5, window="1h", by=["arg:username"])]
    )
    def login(self, username: str) -> str | None:
        return f"token of {username}"


def make_gateway(config, store=None, demand_control=None):
    policies = Policies(
        rate_limits=config.to_rate_limits(), store=store, demand_control=demand_control
    )
    schema = Schema(query=Query, mutation=Mutation)
    return Gateway.compose(
        Subgraph("shop", schema=schema), gate=policies, resources=[policies]
    )


def main():
    port, url = sys.argv[1:]
    config = RateLimitsConfig.model_validate(
        {
            "client": {"limit": 100, "window": "1h", "by": ["header:x-client"]},
            # Patient, so that a busy machine does not look like an outage.
            "redis": {"url": url, "timeout": "30s"},
        }
    )
    gateway = make_gateway(config, config.make_store())
    app = FastAPI(lifespan=gateway.lifespan)
    app.include_router(graphql_router(gateway, graphiql=False), prefix="/graphql")
    uvicorn.run(app, port=int(port), log_level="warning")


if __name__ == "__main__":
    main()
