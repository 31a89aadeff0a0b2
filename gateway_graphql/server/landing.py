"""What answers at `/`: a page for people, the same addresses as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from gateway_graphql.server.media_types import wants_page

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

# Address -> its name in JSON, what it is called, and what it is for.
_PLACES = {
    "/graphql": ("graphql", "GraphQL", "Where clients send their operations."),
    "/docs": ("restDocs", "REST", "The same data as plain JSON: addresses to try."),
    "/openapi.json": ("openapi", "OpenAPI", "The REST addresses for programs."),
    "/health/ready": ("health", "Health", "Whether the gateway is ready for requests."),
}

_PLAYGROUND = ("Playground", "Write operations, run them, see how they are answered.")

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


def landing_router(paths: Sequence[str], *, has_playground: bool) -> APIRouter:
    """Make the router for `/`.

    Args:
        paths: The addresses that it leads to; those of `_PLACES` that are served.
        has_playground: Whether a browser gets the playground from GraphQL's address.
    """
    router = APIRouter()

    @router.get("/", include_in_schema=False, response_model=None)
    async def landing(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        if wants_page(request.headers.get("accept", "")):
            page = _page(paths, root, has_playground=has_playground)
            return HTMLResponse(page, headers=_HEADERS)
        named = {_PLACES[path][0]: root + path for path in paths}
        return JSONResponse(named, headers={"vary": "accept"})

    return router


def _page(paths: Sequence[str], root: str, *, has_playground: bool) -> str:
    items = [
        _item(root + path, *_text(path, has_playground=has_playground))
        for path in paths
    ]
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,"><title>GraphQL gateway</title>\n'
        f"<style>{_STYLE}</style></head><body>\n"
        "<h1>GraphQL gateway</h1>\n"
        "<p>One graph over several services.</p>\n"
        f"<ul>{''.join(items)}</ul>\n"
        "</body></html>\n"
    )


def _text(path: str, *, has_playground: bool) -> tuple[str, str]:
    """What a place is called and for; a browser gets the playground from GraphQL's."""
    if path == "/graphql" and has_playground:
        return _PLAYGROUND
    _, name, purpose = _PLACES[path]
    return name, purpose


def _item(href: str, name: str, purpose: str) -> str:
    return (
        f'<li><a href="{escape(href)}"><b>{escape(name)}</b>'
        f"<span>{escape(purpose)}</span><code>{escape(href)}</code></a></li>"
    )
