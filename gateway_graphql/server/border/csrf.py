"""Requests that a foreign page makes a browser send, cookies and all (CSRF).

A browser asks the gateway first (a CORS preflight) before it sends anything but a
*simple* request for a foreign page. So a request is safe if it cannot be a simple one:
its content type is JSON, which every POST here must be, or it has a header that only
code which may talk to the gateway can add. That is Apollo's rule, and its headers.

Whoever is not a browser need not add the header to a GET: a page cannot make a browser
leave out all of what tells it apart (`User-Agent` begins with `Mozilla/` in every
browser, and pages cannot change it without a preflight).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gateway_graphql.errors import CrossSiteRequest
from gateway_graphql.spelling import tells_options

_OF_BROWSERS = ("origin", "referer", "sec-fetch-site")


@tells_options
@dataclass(frozen=True, slots=True)
class CSRFRule:
    """Which requests must show that they are not simple ones.

    Attributes:
        applies_to: All clients, those that may be browsers, or none.
        headers: Any of these, not empty, is enough; names are kept in lower case.
    """

    applies_to: Literal["all", "browsers", "none"] = "browsers"
    headers: tuple[str, ...] = (
        "apollo-require-preflight",
        "x-apollo-operation-name",
        "graphql-require-preflight",
    )

    def __post_init__(self) -> None:
        """Names are compared in lower case."""
        names = tuple(name.lower() for name in self.headers)
        object.__setattr__(self, "headers", names)

    def check(self, headers: Mapping[str, str]) -> None:
        """Let a request pass that is not simple; its content type is JSON or absent.

        Raises:
            CrossSiteRequest: It may be a foreign page's.
        """
        if self.applies_to == "none" or "content-type" in headers:
            return
        if any(headers.get(name, "").strip() for name in self.headers):
            return
        if self.applies_to == "all" or may_be_browser(headers):
            raise CrossSiteRequest(self.headers)


def may_be_browser(headers: Mapping[str, str]) -> bool:
    """Whether anything says that a browser sent these headers."""
    return any(name in headers for name in _OF_BROWSERS) or headers.get(
        "user-agent", ""
    ).startswith("Mozilla/")
