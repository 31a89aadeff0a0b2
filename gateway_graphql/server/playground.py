"""GraphiQL for browsers, from files inside the package: no CDN, so it works offline.

The files are built from `playground/` and have a hash of their content in their names,
so a browser may keep them for ever. The page itself is made here; what it must know of
the gateway travels as inert JSON, which lets the content security policy forbid inline
scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

import msgspec

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
        "x-content-type-options": "nosniff",
    }
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the bundle."""

    body: bytes
    media_type: str


class Playground:
    """The GraphiQL page and its files.

    Args:
        example: The operation that the first tab shows, if any.
    """

    def __init__(self, example: str = "") -> None:
        self._example = example
        self._assets = {
            entry.name: _asset(entry, media_type)
            for entry in _STATIC.iterdir()
            if (media_type := _media_type(entry.name)) is not None
        }

    def __repr__(self) -> str:
        return f"<Playground {len(self._assets)} files>"

    def asset(self, name: str) -> Asset | None:
        """The file of that name, `None` without one."""
        return self._assets.get(name)

    def page(self, path: str) -> str:
        """The HTML page for the GraphQL endpoint at `path`."""
        config = msgspec.json.encode({"endpoint": path, "example": self._example})
        # Inside a script element, only `</` and `<!--` could end or confuse it.
        inert = config.decode().replace("<", "\\u003c")
        base = f"{escape(path.rstrip('/'))}/static"
        return (
            "<!doctype html>\n"
            '<html lang="en"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<link rel="icon" href="data:,">\n'
            "<title>GraphiQL</title>\n"
            f'<link rel="stylesheet" href="{base}/{self._only(".css")}">\n'
            f'<script type="application/json" id="config">{inert}</script>\n'
            f'<script type="module" src="{base}/{self._only(".js")}"></script>\n'
            '</head><body><div id="graphiql">Loading GraphiQL</div></body></html>\n'
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


def _asset(entry: Traversable, media_type: str) -> Asset:
    return Asset(entry.read_bytes(), media_type)
