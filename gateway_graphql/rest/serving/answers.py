"""A gateway's answer -> what the endpoint answers over HTTP.

The gateway gives encoded GraphQL. The part that the endpoint is about is cut out of it
without decoding what is inside; only `select` needs values, and pays for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import msgspec

from gateway_graphql.exchange import JSON, GatewayResponse
from gateway_graphql.rest.definition.endpoint import Deprecation, Endpoint
from gateway_graphql.rest.serving.problems import (
    NOT_FOUND,
    ProblemDetails,
    most_telling,
    status_of_code,
)
from gateway_graphql.rest.serving.request_values import ValueProblem
from gateway_graphql.server.border.revalidation import (
    UNLESS_SOMEBODY_SAYS,
    kept,
    not_kept,
)

JSON_TYPE: Final = "application/json"

_NULL: Final = b"null"
_NOT_CODE: Final = re.compile(r"[^A-Za-z0-9_.-]")
_MAX_NAMED_CODES: Final = 5
_MS: Final = 1000

Extract: TypeAlias = Callable[[bytes], "_Extracted"]
PlaceOf: TypeAlias = Callable[[str], ValueProblem | None]


class HTTPAnswer(msgspec.Struct, frozen=True):
    """What is written as the answer of an endpoint.

    Attributes:
        status: The HTTP status.
        body: Empty when there is no content.
        headers: Names in lower case.
        media_type: The body's.
    """

    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    media_type: str = JSON_TYPE


class RequestHead(msgspec.Struct, frozen=True):
    """What of a request its answer depends on.

    Attributes:
        method: The HTTP method.
        path: The path, still encoded.
        query_string: Still encoded.
        headers: Names in lower case.
    """

    method: str
    path: str
    query_string: bytes
    headers: Mapping[str, str]


class _Extracted(msgspec.Struct, frozen=True):
    """Parts of a response; `None` for what is null or not there.

    Attributes:
        part: What `unwrap` leads to, encoded.
        page_info: Where the page stands.
    """

    part: bytes | None
    page_info: Mapping[str, JSON] | None = None


class _Error(msgspec.Struct):
    message: str = ""
    path: list[Any] | None = None
    extensions: dict[str, Any] = {}


class _Errors(msgspec.Struct):
    errors: list[_Error] = []


_errors = msgspec.json.Decoder(_Errors)


class Answerer:
    """Makes the answers of one endpoint.

    Args:
        endpoint: The endpoint.
        statuses: Code of an error -> status, the endpoint's own included.
        place_of: Where a variable is given.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        statuses: Mapping[str, HTTPStatus],
        place_of: PlaceOf,
    ) -> None:
        self._endpoint = endpoint
        self._statuses = statuses
        self._place_of = place_of
        self._extract = _extraction(endpoint)
        pagination = endpoint.pagination
        self._cursors = (
            {turn.parameter for turn in pagination.turns} if pagination else ()
        )
        self._deprecation = (
            _deprecation_headers(endpoint.deprecation) if endpoint.deprecation else {}
        )

    def answer(
        self, response: GatewayResponse, asked: RequestHead
    ) -> HTTPAnswer | ProblemDetails:
        """The answer to a request that was executed."""
        extracted = self._extract(response.body)
        errors: Sequence[_Error] = ()
        if response.has_errors:
            errors = _errors.decode(response.body).errors
        if errors and (not self._endpoint.allows_partial or extracted.part is None):
            return self._failure(errors, response)
        if extracted.part is None:
            return self._with_headers(NOT_FOUND, response)
        return self._success(extracted, extracted.part, errors, response, asked)

    @property
    def deprecation(self) -> Mapping[str, str]:
        """Headers that say that the endpoint should not be used any more."""
        return self._deprecation

    def _success(
        self,
        extracted: _Extracted,
        part: bytes,
        errors: Sequence[_Error],
        response: GatewayResponse,
        asked: RequestHead,
    ) -> HTTPAnswer:
        endpoint = self._endpoint
        headers = {**response.headers, **self._deprecation}
        if extracted.page_info is not None:
            _add_link(headers, self._page_links(extracted.page_info, asked))
        if endpoint.location is not None:
            headers["location"] = self._location(part)
        if errors:
            headers["gateway-partial"] = _codes(errors)
        body = part
        if endpoint.answer is None:
            body = b""
        elif endpoint.reshaping is not None:
            reshaped = endpoint.reshaping(msgspec.json.decode(part))
            body = msgspec.json.encode(reshaped)
        if asked.method in ("GET", "HEAD"):
            own = endpoint.cache or UNLESS_SOMEBODY_SAYS
            told = kept(response, body, asked.headers, own)
            headers |= told.headers
            if told.is_known:
                return HTTPAnswer(HTTPStatus.NOT_MODIFIED, b"", headers)
            return HTTPAnswer(endpoint.status, body, headers)
        headers = not_kept(headers)
        status = endpoint.status
        if _wants_minimal(asked.headers) and body:
            headers["preference-applied"] = "return=minimal"
            body = b""
            if status is HTTPStatus.OK:
                status = HTTPStatus.NO_CONTENT
        return HTTPAnswer(status, body, headers)

    def _failure(
        self, errors: Sequence[_Error], response: GatewayResponse
    ) -> ProblemDetails:
        is_anonymous = response.caller is None
        statuses = [
            status_of_code(_code(one), self._statuses, is_anonymous=is_anonymous)
            for one in errors
        ]
        status = most_telling(statuses)
        telling = errors[statuses.index(status)]
        problem = ProblemDetails(
            status,
            telling.message,
            _code(telling),
            [self._entry(one) for one in errors],
            _retry_after(errors) if status == HTTPStatus.TOO_MANY_REQUESTS else {},
        )
        return self._with_headers(problem, response)

    def _entry(self, error: _Error) -> dict[str, object]:
        """An error as an entry; subgraphs may name the field that was wrong."""
        entry: dict[str, object] = {"detail": error.message, "code": _code(error)}
        place = self._place_of(str(error.extensions.get("field", "")))
        if place is not None:
            return {**place.to_json(), **entry}
        if error.path is not None:
            entry["path"] = error.path
        return entry

    def _with_headers(
        self, problem: ProblemDetails, response: GatewayResponse
    ) -> ProblemDetails:
        headers = {**response.headers, **self._deprecation, **problem.headers}
        return ProblemDetails(
            problem.status, problem.detail, problem.code, problem.errors, headers
        )

    def _location(self, part: bytes) -> str:
        location = self._endpoint.location
        if location is None:
            raise AssertionError("asked only of an endpoint with a location")
        return location.filled(msgspec.json.decode(part) if location.names else {})

    def _page_links(
        self, page_info: Mapping[str, JSON], asked: RequestHead
    ) -> list[str]:
        pagination = self._endpoint.pagination
        if pagination is None:
            return []
        given = asked.query_string.decode("latin-1")
        pieces = given.split("&") if given else []
        kept = [one for one in pieces if one.partition("=")[0] not in self._cursors]
        links = [
            _link(
                asked.path,
                [*kept, f"{turn.parameter}={quote(str(cursor), '')}"],
                turn.relation,
            )
            for turn in pagination.turns
            if page_info.get(turn.has_more)
            and (cursor := page_info.get(turn.cursor)) is not None
        ]
        if len(kept) < len(pieces):
            links.append(_link(asked.path, kept, "first"))
        return links


def _extraction(endpoint: Endpoint) -> Extract:
    """Compile what cuts the endpoint's part, and the page info, out of a response."""
    pagination = endpoint.pagination
    info_path = pagination.page_info if pagination else None
    if not endpoint.unwrap:
        return _whole_extraction(info_path)
    within = info_path is not None and info_path[: len(endpoint.unwrap)] == (
        endpoint.unwrap
    )
    outside = info_path if info_path is not None and not within else None
    decoder = msgspec.json.Decoder(_level(_tree(endpoint.unwrap, outside)))
    to_part, to_info = ("data", *endpoint.unwrap), ("data", *(outside or ()))

    def extract(body: bytes) -> _Extracted:
        response = decoder.decode(body)
        part = _get(response, to_part)
        if part is None or (encoded := bytes(part)) == _NULL:
            return _Extracted(None)
        if outside is not None:
            return _Extracted(encoded, _get(response, to_info))
        if info_path is not None:
            inner = info_path[len(endpoint.unwrap) :]
            return _Extracted(encoded, _walk(msgspec.json.decode(encoded), inner))
        return _Extracted(encoded)

    return extract


class _Whole(msgspec.Struct):
    data: dict[str, msgspec.Raw] | None = None


def _whole_extraction(info_path: tuple[str, ...] | None) -> Extract:
    decoder = msgspec.json.Decoder(_Whole)

    def extract(body: bytes) -> _Extracted:
        data = decoder.decode(body).data
        if data is None or all(bytes(one) == _NULL for one in data.values()):
            return _Extracted(None)
        encoded = msgspec.json.encode(data)
        if info_path is None:
            return _Extracted(encoded)
        return _Extracted(encoded, _walk(msgspec.json.decode(encoded), info_path))

    return extract


_Tree: TypeAlias = "dict[str, _Tree | object]"


def _tree(unwrap: tuple[str, ...], info: tuple[str, ...] | None) -> _Tree:
    """The parts of a response that are looked at."""
    tree: _Tree = {}
    _put(tree, ("data", *unwrap), msgspec.Raw)
    if info is not None:
        _put(tree, ("data", *info), dict[str, Any])
    return tree


def _put(tree: _Tree, path: tuple[str, ...], leaf: object) -> None:
    for step in path[:-1]:
        inner = tree.setdefault(step, {})
        if not isinstance(inner, dict):
            raise AssertionError("the page info is beside the part, not in it")
        tree = inner
    tree[path[-1]] = leaf


def _level(tree: _Tree) -> type[msgspec.Struct]:
    """A typed decoder's level; its members have made-up names, keys being any names."""
    fields = [(f"at_{key}", *_field(inner)) for key, inner in tree.items()]
    return msgspec.defstruct("Level", fields, rename=lambda name: name[len("at_") :])


def _field(inner: _Tree | object) -> tuple[Any, Any]:
    """A member's type and default; what is not there is null."""
    if inner is msgspec.Raw:
        return msgspec.Raw, msgspec.Raw(_NULL)
    level: Any = _level(inner) if isinstance(inner, dict) else inner
    return level | None, None


def _get(level: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if level is None:
            return None
        level = getattr(level, f"at_{step}")
    return level


def _walk(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if value is None:
            return None
        value = value[step]
    return value


def _link(path: str, pieces: Sequence[str], relation: str) -> str:
    query = "&".join(pieces)
    return f'<{path}{"?" if query else ""}{query}>; rel="{relation}"'


def _add_link(headers: dict[str, str], links: Sequence[str]) -> None:
    if links:
        before = [headers["link"]] if "link" in headers else []
        headers["link"] = ", ".join((*before, *links))


def _deprecation_headers(deprecation: Deprecation) -> dict[str, str]:
    since = _midnight(deprecation.since)
    headers = {"deprecation": f"@{int(since.timestamp())}"}
    if deprecation.sunset is not None:
        sunset = _midnight(deprecation.sunset)
        headers["sunset"] = format_datetime(sunset, usegmt=True)
    if deprecation.successor:
        headers["link"] = f'<{deprecation.successor}>; rel="successor-version"'
    return headers


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _wants_minimal(headers: Mapping[str, str]) -> bool:
    """Whether the client prefers no content (RFC 7240, section 4.2)."""
    preferences = headers.get("prefer", "").lower().replace('"', "").split(",")
    return any(
        one.partition(";")[0].replace(" ", "") == "return=minimal"
        for one in preferences
    )


def _code(error: _Error) -> str:
    return str(error.extensions.get("code", ""))


def _codes(errors: Sequence[_Error]) -> str:
    """The codes of errors as a header's value."""
    codes = dict.fromkeys(_NOT_CODE.sub("", _code(one)) for one in errors)
    return ", ".join(list(codes)[:_MAX_NAMED_CODES])


def _retry_after(errors: Sequence[_Error]) -> dict[str, str]:
    """When all limits that were reached have room again, as far as they say so."""
    waits = []
    for error in errors:
        match error.extensions.get("rateLimit"):
            case {"retryAfterMs": int(wait_ms)}:
                waits.append(wait_ms)
    return {"retry-after": str(max(1, -(-max(waits) // _MS)))} if waits else {}
