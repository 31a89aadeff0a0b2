"""Who is believed to be a subgraph, and who the gateway says it is itself."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import certifi

from gateway_graphql.spelling import tells_options


@cache
def public_authorities() -> ssl.SSLContext:
    """The authorities that browsers believe; reading them takes 0.04 s of CPU."""
    return _speaking_http1(_believing_browsers())


@tells_options
def private_context(
    *,
    authorities: str | Path | None = None,
    certificate: str | Path | None = None,
    key: str | Path | None = None,
) -> ssl.SSLContext:
    """A context for subgraphs that have authorities of their own, or ask for ours.

    Args:
        authorities: A PEM file of the only ones that are believed; without it, those
            that browsers believe.
        certificate: A PEM file with what the gateway shows of itself (mutual TLS).
        key: The certificate's private key, if it is not in the same file.

    Raises:
        OSError: A file cannot be read, or has not in it what it should
            (`ssl.SSLError`).
    """
    context = (
        _believing_browsers()
        if authorities is None
        else ssl.create_default_context(cafile=authorities)
    )
    if certificate is not None:
        # Without a password, OpenSSL would ask for that of a key on the terminal.
        context.load_cert_chain(certificate, key, password="")
    return _speaking_http1(context)


def _believing_browsers() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


def _speaking_http1(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_alpn_protocols(["http/1.1"])
    return context
