"""What answers at `/`: a page for people, the same addresses as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from gateway_graphql.wire.accept import wants_page

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "vary": "accept",
}


@dataclass(frozen=True, slots=True)
class _Link:
    """Somewhere to go.

    Attributes:
        path: Its address.
        key: What it is called in JSON.
        name: What it is called on the page.
        purpose: What it is for.
    """

    path: str
    key: str
    name: str
    purpose: str


_GRAPHQL = _Link(
    "/graphql", "graphql", "GraphQL", "Where clients send their operations."
)
_PLAYGROUND = _Link(
    "/graphql",
    "graphql",
    "Playground",
    "Write operations, run them, and see how they are answered.",
)
_DOCS = (
    _Link("/docs", "restDocs", "REST", "The same data at plain addresses, to try."),
    _Link("/openapi.json", "openapi", "OpenAPI", "Those addresses, for programs."),
)
_HEALTH = _Link(
    "/health/ready", "health", "Health", "Whether the gateway is ready for requests."
)

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #777; --accent: #c2185b }
@media (prefers-color-scheme: dark) { :root { --soft: #aaa; --accent: #ff6fa5 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 12vh auto;
  padding: 0 1.5rem }
h1 { font-size: 1.75rem; margin: 0 0 .25rem } p { color: var(--soft); margin: 0 }
ul { list-style: none; padding: 0; margin: 2rem 0 }
li { border-top: 1px solid var(--line) } li:last-child { border-bottom: 1px solid var(--line) }
a { display: flex; gap: 1rem; align-items: baseline; padding: .8rem .25rem;
  color: inherit; text-decoration: none }
a:hover b, a:focus-visible b { text-decoration: underline }
b { color: var(--accent); flex: 0 0 7rem } span { flex: 1; color: var(--soft) }
code { font-size: .85rem }
@media (max-width: 30rem) { code { display: none } }
""".strip()


def landing_router(*, has_playground: bool, has_docs: bool) -> APIRouter:
    """Make the router for `/`.

    Args:
        has_playground: Whether a browser gets the playground from GraphQL's address.
        has_docs: Whether there are REST endpoints with their documentation.
    """
    router = APIRouter()
    places = (
        _PLAYGROUND if has_playground else _GRAPHQL,
        *(_DOCS if has_docs else ()),
        _HEALTH,
    )

    @router.head("/", include_in_schema=False, response_model=None)
    @router.get("/", include_in_schema=False, response_model=None)
    async def landing(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        if wants_page(request.headers.get("accept", "")):
            return HTMLResponse(_page(places, root), headers=_HEADERS)
        named = {place.key: root + place.path for place in places}
        return JSONResponse(named, headers={"vary": "accept"})

    return router


def _page(places: Sequence[_Link], root: str) -> str:
    items = "".join(_item(place, escape(root + place.path)) for place in places)
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,"><title>GraphQL gateway</title>\n'
        f"<style>{_STYLE}</style></head><body>\n"
        "<h1>GraphQL gateway</h1>\n"
        "<p>One graph over several services.</p>\n"
        f"<ul>{items}</ul>\n"
        "</body></html>\n"
    )


def _item(place: _Link, href: str) -> str:
    return (
        f'<li><a href="{href}"><b>{place.name}</b>'
        f"<span>{place.purpose}</span><code>{href}</code></a></li>"
    )
