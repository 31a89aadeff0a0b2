"""What is wrong with the address of something that is asked over HTTP."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_EXAMPLE: Final = "http://127.0.0.1:4001/graphql"
_SCHEMES: Final = frozenset({"http", "https"})
_UNWRITTEN: Final = re.compile(r"[\x00-\x20\x7f\\<>\"{}|^`]")
_HOST: Final = re.compile(
    r"[^\s.:/?#@]{1,63}(\.[^\s.:/?#@]{1,63})*\.?|[0-9a-f.]*:[0-9a-f.:]*(%\w+)?"
)
_SOCKET_EXAMPLE: Final = "unix:///run/reviews.sock:/graphql"
_SOCKET: Final = re.compile(r"unix:///[^:?#]+(:/[^#]*|\?path=/[^#]*)?")


def subgraph_url_problem(url: str) -> str | None:
    """The same of a subgraph's URL, which may also name a Unix socket."""
    if not url.startswith("unix:"):
        return url_problem(url)
    if _UNWRITTEN.search(url):
        return "has a character that no URL has: a space, a brace or the like"
    if not _SOCKET.fullmatch(url):
        return f"names no socket; it should be like {_SOCKET_EXAMPLE}"
    return None


def url_problem(url: str) -> str | None:
    """What is wrong with a URL, to be read after its key; `None` where nothing is.

    The URL is not repeated, as it may hold a password.
    """
    if not url.strip():
        return f"is empty; it should be like {_EXAMPLE}"
    if url != url.strip():
        return "should have no space around it"
    if "://" not in url:
        return "should begin with http:// or https://"
    if _UNWRITTEN.search(url):
        return "has a character that no URL has: a space, a brace or the like"
    return _problem_of_parts(url)


def _problem_of_parts(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no URL: its host or port is malformed"
    if parts.scheme not in _SCHEMES:
        return "should begin with http:// or https://"
    if port == 0 or not _names_host(parts):
        return f"names no host and port; it should be like {_EXAMPLE}"
    return None


def _names_host(parts: SplitResult) -> bool:
    # An empty port (`http://host:/`) is one that somebody forgot to fill in.
    host = parts.hostname or ""
    return _HOST.fullmatch(host) is not None and not parts.netloc.endswith(":")
