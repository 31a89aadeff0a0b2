"""GraphiQL for browsers, from files inside the package: no CDN, so it works offline.

The files are built from `playground/` and have a hash of their content in their names,
so a browser may keep them for ever. They lie here compressed by Brotli, as nearly all
browsers take them; for others they are made from that when somebody asks. The page itself
is made here; what it must know of the gateway travels as inert JSON, which lets the
content security policy forbid inline scripts.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from importlib.resources import files
from types import MappingProxyType

import brotli
import msgspec

from gateway_graphql.spelling import tells_options
from gateway_graphql.wire.accept import accepted

_STATIC = files("gateway_graphql.server") / "static"

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "  # the editor writes style elements
    "font-src 'self' data:; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "worker-src 'self' blob:; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'"
)

PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        # One URL answers browsers and GraphQL clients differently.
        "vary": "accept",
    }
)

ASSET_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "cache-control": "public, max-age=31536000, immutable",
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
)


_COMPRESSED = ".br"


@tells_options
@dataclass(frozen=True, slots=True)
class Example:
    """An operation to begin with.

    Attributes:
        name: What it is called.
        query: Its document.
        variables: The values of its variables.
    """

    name: str
    query: str
    variables: Mapping[str, object] = field(default_factory=dict)


@tells_options
@dataclass(frozen=True, slots=True)
class Account:
    """Somebody to log in as.

    Attributes:
        name: Who it is.
        variables: The log-in's variables.
    """

    name: str
    variables: Mapping[str, object] = field(default_factory=dict)


@tells_options
@dataclass(frozen=True, slots=True)
class Login:
    """How the page gets a token.

    Attributes:
        query: The mutation that logs in.
        token: Where the token is in the mutation's data, names joined by dots.
        header: The header that takes it.
        prefix: What stands before it in the header.
        accounts: Whom to log in as; the page shows all of it.
    """

    query: str
    token: str
    header: str = "Authorization"
    prefix: str = "Bearer "
    accounts: tuple[Account, ...] = ()


@tells_options
@dataclass(frozen=True, slots=True)
class PlaygroundOptions:
    """What the page offers beside an editor.

    Attributes:
        example: The operation that the first tab shows, if any.
        examples: Operations to begin with.
        login: How it gets a token; `None` for no log-in.
        traces: Whether the gateway tells how answers come about, which the page shows.
    """

    example: str = ""
    examples: tuple[Example, ...] = ()
    login: Login | None = None
    traces: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the bundle.

    Attributes:
        media_type: What it is.
        encoded: Its content compressed by Brotli.
    """

    media_type: str
    encoded: bytes

    def body(self, accept_encoding: str) -> tuple[bytes, Mapping[str, str]]:
        """The content for who accepts some codings, with the headers that go with it."""
        weights = accepted(accept_encoding)
        if weights.get("br", weights.get("*", 0.0)) > 0:
            return self.encoded, {**ASSET_HEADERS, "content-encoding": "br"}
        if weights.get("gzip", 0.0) > 0:
            return _gzipped(self.encoded), {**ASSET_HEADERS, "content-encoding": "gzip"}
        return brotli.decompress(self.encoded), ASSET_HEADERS


class Playground:
    """The GraphiQL page and its files.

    Args:
        options: What the page offers.
    """

    def __init__(self, options: PlaygroundOptions | None = None) -> None:
        self._options = options or PlaygroundOptions()
        self._assets = {
            name: Asset(media_type, entry.read_bytes())
            for entry in _STATIC.iterdir()
            if (name := entry.name.removesuffix(_COMPRESSED)) != entry.name
            if (media_type := _media_type(name)) is not None
        }

    def __repr__(self) -> str:
        return f"<Playground {len(self._assets)} files>"

    def asset(self, name: str) -> Asset | None:
        """The file of that name, `None` without one."""
        return self._assets.get(name)

    def page(self, path: str) -> str:
        """The HTML page for the GraphQL endpoint at `path`."""
        config = msgspec.json.encode(
            {"endpoint": path, **msgspec.to_builtins(self._options)}
        )
        # Inside a script element, only `</` and `<!--` could end or confuse it.
        inert = config.decode().replace("<", "\\u003c")
        base = f"{escape(path.rstrip('/'))}/static"
        return (
            "<!doctype html>\n"
            '<html lang="en"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<link rel="icon" href="data:,">\n'
            "<title>Playground</title>\n"
            f'<link rel="stylesheet" href="{base}/{self._only(".css")}">\n'
            f'<script type="application/json" id="config">{inert}</script>\n'
            f'<script type="module" src="{base}/{self._only(".js")}"></script>\n'
            '</head><body><div id="graphiql">Loading …</div></body></html>\n'
        )

    def _only(self, suffix: str) -> str:
        """The page's own file of a kind; workers and chunks have other names."""
        return next(
            name
            for name in self._assets
            if name.startswith("playground-") and name.endswith(suffix)
        )


def _media_type(name: str) -> str | None:
    return _MEDIA_TYPES.get(name[name.rfind(".") :])


@lru_cache(maxsize=64)
def _gzipped(encoded: bytes) -> bytes:
    return gzip.compress(brotli.decompress(encoded), mtime=0)
