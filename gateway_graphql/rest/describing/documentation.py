"""Swagger UI and Redoc for people, from files inside the package: no CDN.

FastAPI's own pages are used, with local addresses. Their inline script is allowed by its
hash, which lets the content security policy forbid all others.
"""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from gateway_graphql.wire.accept import accepted

SWAGGER_PATH: Final = "/docs"
REDOC_PATH: Final = "/redoc"
OPENAPI_PATH: Final = "/openapi.json"
_STATIC_PATH: Final = "/docs/static"

_STATIC: Final = files("gateway_graphql.rest.describing") / "static"
_MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
}
_INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def documentation_router(title: str) -> APIRouter:
    """Make the router of the two pages and their files."""
    router = APIRouter(include_in_schema=False)

    @router.head(SWAGGER_PATH, response_model=None)
    @router.get(SWAGGER_PATH, response_model=None)
    async def swagger(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        static = f"{root}{_STATIC_PATH}"
        return _page(
            get_swagger_ui_html(
                openapi_url=f"{root}{OPENAPI_PATH}",
                title=title,
                swagger_js_url=f"{static}/{_file('swagger-ui', 'js')}",
                swagger_css_url=f"{static}/{_file('swagger-ui', 'css')}",
                swagger_favicon_url="data:,",
                swagger_ui_parameters={"validatorUrl": None},
            )
        )

    @router.head(REDOC_PATH, response_model=None)
    @router.get(REDOC_PATH, response_model=None)
    async def redoc(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        return _page(
            get_redoc_html(
                openapi_url=f"{root}{OPENAPI_PATH}",
                title=title,
                redoc_js_url=f"{root}{_STATIC_PATH}/{_file('redoc', 'js')}",
                redoc_favicon_url="data:,",
                with_google_fonts=False,
            )
        )

    @router.head(f"{_STATIC_PATH}/{{name}}", response_model=None)
    @router.get(f"{_STATIC_PATH}/{{name}}", response_model=None)
    async def static(name: str, request: Request) -> Response:
        compressed = _files().get(f"{name}.gz")
        if compressed is None:
            return PlainTextResponse("Not found", HTTPStatus.NOT_FOUND)
        headers = {
            # The version is in the name, so the content never changes.
            "cache-control": "public, max-age=31536000, immutable",
            "x-content-type-options": "nosniff",
            "vary": "accept-encoding",
        }
        media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
        if accepted(request.headers.get("accept-encoding", "")).get("gzip", 0) > 0:
            headers["content-encoding"] = "gzip"
            return Response(compressed, headers=headers, media_type=media_type)
        body = gzip.decompress(compressed)
        return Response(body, headers=headers, media_type=media_type)

    return router


@cache
def _files() -> dict[str, bytes]:
    """The compressed files by name, read when somebody first asks for a page."""
    return {
        entry.name: entry.read_bytes()
        for entry in _STATIC.iterdir()
        if entry.name.endswith(".gz")
    }


def _file(name: str, suffix: str) -> str:
    """The name of a file without its compression's; it has a version in it."""
    return next(
        one.removesuffix(".gz")
        for one in sorted(_files())
        if one.startswith(f"{name}-") and one.endswith(f".{suffix}.gz")
    )


def _page(page: HTMLResponse) -> Response:
    """A page of FastAPI's with the headers that keep it to itself."""
    html = bytes(page.body).decode()
    hashes = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE.findall(html)
    )
    policy = (
        "default-src 'none'; "
        f"script-src 'self' {hashes}; "
        "style-src 'self' 'unsafe-inline'; "  # both write style elements
        "img-src 'self' data:; "
        "font-src 'self' data:; "
        "connect-src 'self'; "
        "worker-src blob:; "
        "base-uri 'none'; "
        "form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return HTMLResponse(
        html,
        headers={
            "content-security-policy": policy,
            "cache-control": "no-cache",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        },
    )
