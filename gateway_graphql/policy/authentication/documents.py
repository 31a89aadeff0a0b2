"""Small JSON documents from elsewhere, read with bounds.

An endpoint that hangs, redirects, answers with a novel or with HTML must cost little and
break nothing: there is a deadline over the whole exchange, a cap on its bytes, and one
error for whatever goes wrong.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import httpx

TIMEOUT_S: Final = 2.0
MAX_BYTES: Final = 64 * 1024
MAX_NESTING: Final = 32
"""Objects and lists around each other in a token or a key set."""


class DocumentUnavailable(Exception):
    """The document cannot be had; the message says why, for the operator."""


async def read_file(path: Path) -> Any:
    """Read a JSON document of a file.

    Raises:
        DocumentUnavailable: It cannot be read, is too large or is not JSON.
    """
    try:
        content = await asyncio.to_thread(_first_bytes, path)
    except OSError as error:
        raise DocumentUnavailable(f"{path}: {error.strerror}") from error
    return _parsed(content, str(path))


async def fetch(
    client: httpx.AsyncClient, url: str, *, form: Mapping[str, str] | None = None
) -> Any:
    """Fetch a JSON document over HTTP: by GET, or by POST with a form.

    Raises:
        DocumentUnavailable: No answer in time, too large, not status 200, or not JSON.
    """
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return _parsed(await _exchange(client, url, form), _shown(url))
    except TimeoutError as error:
        problem = f"{_shown(url)}: no answer in {TIMEOUT_S:.0f} s"
        raise DocumentUnavailable(problem) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise DocumentUnavailable(f"{_shown(url)}: {type(error).__name__}") from error


def make_client(auth: tuple[str, str] | None = None) -> httpx.AsyncClient:
    """A client that follows no redirects and takes nothing from the environment."""
    return httpx.AsyncClient(
        auth=auth,
        timeout=None,  # noqa: S113  the deadline is over the whole exchange, above
        follow_redirects=False,
        trust_env=False,
        verify=_tls(),
        # Without a content coding, the bytes counted are the bytes there are.
        headers={"accept": "application/json", "accept-encoding": "identity"},
    )


async def _exchange(
    client: httpx.AsyncClient, url: str, form: Mapping[str, str] | None
) -> bytes:
    method = "GET" if form is None else "POST"
    async with client.stream(method, url, data=form) as response:
        if response.status_code != HTTPStatus.OK:
            raise DocumentUnavailable(
                f"{_shown(url)}: HTTP status {response.status_code}"
            )
        content = bytearray()
        async for part in response.aiter_raw():
            content += part
            if len(content) > MAX_BYTES:
                raise DocumentUnavailable(f"{_shown(url)}: more than {MAX_BYTES} bytes")
        return bytes(content)


def _shown(url: str) -> str:
    """A URL for the log, without what may be secret in it."""
    _, _, host = urlsplit(url).netloc.rpartition("@")
    return urlsplit(url)._replace(netloc=host, query="", fragment="").geturl()


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _parsed(content: bytes, where: str) -> Any:
    if len(content) > MAX_BYTES:
        raise DocumentUnavailable(f"{where}: more than {MAX_BYTES} bytes")
    try:
        return parse_json(content)
    except ValueError as error:
        raise DocumentUnavailable(f"{where}: not JSON") from error


def parse_json(content: bytes) -> Any:
    """Parse JSON as its RFC has it: no NaN, no Infinity, no name twice in an object.

    Raises:
        ValueError: It is something else, or nested too deeply.
    """
    try:
        document = _decoder.decode(content.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _check_nesting(document)
    return document


def _check_nesting(document: Any) -> None:
    """Hold a document to `MAX_NESTING`, whatever the interpreter has room for."""
    level = [document]
    for _ in range(MAX_NESTING):
        level = [item for value in level for item in _items(value)]
    if level:
        raise ValueError("nested too deeply")


def _items(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is there twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique_members, parse_constant=_refuse_constant
)


@lru_cache(maxsize=1)
def _tls() -> SSLContext:
    """Reading the certificates costs 20 ms, so it is done once."""
    return create_default_context()
