"""Section `server`: how the gateway is served."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway_graphql.config.border import (
    BatchingConfig,
    CompressionConfig,
    CORSPolicyConfig,
    CSRFConfig,
    TrustedNetwork,
)
from gateway_graphql.config.section import Port, Seconds, Section


class ServerConfig(Section):
    """How the gateway is served.

    Attributes:
        host: The address to listen on.
        port: The port to listen on.
        workers: How many processes.
        graphiql: Whether browsers get GraphiQL.
        example: The operation that GraphiQL's first tab shows.
        timeout_s: How long a request may take in all.
        subgraph_timeout_s: How long one request to a subgraph may take.
        head_timeout_s: How long the request line and the headers may take to come.
        max_connections_per_address: How many connections one address may hold to one
            process, an IPv6 network of 64 bits being one; proxies of `trusted_proxies`
            may hold any number.
        max_body_bytes: The largest request body that is read.
        access_log: Whether each HTTP request is logged.
        forward_headers: Client headers that subgraphs receive; `*` is all of them, but for
            those of one connection.
        explain: Whether clients may ask by the header `X-Gateway-Explain` how a request
            would be answered; it tells how the supergraph is put together.
        trace: Whether clients may ask by the header `X-Gateway-Trace` how an answer came
            about, fetch by fetch; it shows what subgraphs are sent. Without this key,
            they may under `gateway-graphql dev` only.
        csrf: Which GETs must show that no foreign page made a browser send them.
        cors: Pages of other origins that may read answers; the first policy that names
            an origin counts. By default none may.
        trusted_proxies: Networks whose `X-Forwarded-For` is believed.
        batching: Bodies that hold a list of requests.
        compression: Answers compressed for clients that accept it.
    """

    host: str = "127.0.0.1"
    port: Port = 4000
    workers: Annotated[int, Field(ge=1)] = 1
    graphiql: bool = True
    example: str = ""
    timeout_s: Seconds = 60
    subgraph_timeout_s: Seconds = 30
    head_timeout_s: Seconds = 10
    max_connections_per_address: Annotated[int, Field(ge=1)] = 1000
    max_body_bytes: Annotated[int, Field(ge=1)] = 2_000_000
    access_log: bool = False
    forward_headers: tuple[str, ...] = ("authorization",)
    explain: bool = False
    trace: bool | None = None
    csrf: CSRFConfig = CSRFConfig()
    cors: tuple[CORSPolicyConfig, ...] = ()
    trusted_proxies: tuple[TrustedNetwork, ...] = ()
    batching: BatchingConfig = BatchingConfig()
    compression: CompressionConfig = CompressionConfig()
