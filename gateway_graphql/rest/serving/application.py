"""The endpoints as one ASGI callable in front of an application.

A framework's route costs more than all of this, so requests are matched, read and
answered on bare ASGI. What has no endpoint goes on to the application. Between reading
and answering stands `gateway.handle`: the same door that GraphQL goes through, so what
holds there holds here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from graphql import Source
from msgspec.structs import replace

from gateway_graphql.errors import (
    CallerGone,
    ClientError,
    ConfigInvalid,
    ErrorDetail,
    MethodNotAllowed,
    NotAcceptable,
    UnsupportedMediaType,
    ValidationFailed,
    VariablesInvalid,
)
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.execution.compiled.variables import Coercer
from gateway_graphql.gateway import Gateway, Runtime
from gateway_graphql.remembered import once_per_text
from gateway_graphql.rest.definition.compile import World
from gateway_graphql.rest.definition.endpoint import PROBLEM_JSON, Endpoint
from gateway_graphql.rest.definition.files import endpoints_of, read_sources
from gateway_graphql.rest.definition.path import Router, shape_of
from gateway_graphql.rest.serving.answers import Answerer, HTTPAnswer, RequestHead
from gateway_graphql.rest.serving.problems import (
    INTERNAL,
    NOT_FOUND,
    ProblemDetails,
    status_of_refusal,
)
from gateway_graphql.rest.serving.request_values import (
    RequestReader,
    ValuesInvalid,
    query_pairs,
)
from gateway_graphql.rest.settings import EndpointSettings
from gateway_graphql.server.border.compression import coding_for, compressed
from gateway_graphql.server.border.revalidation import not_kept
from gateway_graphql.server.border.rules import Border, peer_of
from gateway_graphql.server.graphql.answers import raw_headers
from gateway_graphql.server.graphql.endpoint import RequestLimits, headers_of
from gateway_graphql.server.graphql.request_body import (
    ClientDisconnected,
    Departure,
    Receive,
    Scope,
    Send,
    check_content_type,
    check_head,
    read_body,
)
from gateway_graphql.spelling import tells_options
from gateway_graphql.wire.accept import MediaType, accepted, weight_of

_logger = logging.getLogger(__name__)


_UNFIT: Final = "Some values do not fit; `errors` says which and why."


class _Unfit(VariablesInvalid):
    """Values of a request do not fit, in ways that GraphQL would not see."""

    def __init__(self, errors: Sequence[Mapping[str, object]]) -> None:
        super().__init__([ErrorDetail(_UNFIT, self.code)])
        self.errors = errors


class _Handler:
    """One endpoint, compiled."""

    def __init__(
        self, endpoint: Endpoint, statuses: Mapping[str, HTTPStatus], coercer: Coercer
    ) -> None:
        self.endpoint = endpoint
        self.coercer = coercer
        self.reader = RequestReader(endpoint)
        self.statuses = {**statuses, **endpoint.statuses}
        self.answerer = Answerer(endpoint, self.statuses, self.reader.place_of)


_Resource = dict[str, _Handler]
"""What answers at one path, by method."""


@dataclass(frozen=True, slots=True)
class _Site:
    """The endpoints as they are for one supergraph."""

    endpoints: tuple[Endpoint, ...]
    router: Router[_Resource]


@tells_options
class RestEndpoints:
    """Answers at the endpoints' paths; anything else is left to the application.

    Args:
        gateway: Executes the operations.
        settings: Which endpoints there are.
        limits: What a client may ask.
        border: Who may ask, and from where.

    Raises:
        ConfigInvalid: An endpoint is wrong.
    """

    def __init__(
        self,
        gateway: Gateway,
        settings: EndpointSettings,
        limits: RequestLimits | None = None,
        border: Border | None = None,
    ) -> None:
        self._gateway = gateway
        self._settings = settings
        self._limits = limits or RequestLimits()
        self._border = border or Border()
        self._sources = read_sources(settings.paths)
        self._credentials = tuple(scheme.header for scheme in settings.security) or (
            "authorization",
        )
        # Made anew when the gateway serves another supergraph.
        self._site = gateway.derived(self._site_of)

    def __repr__(self) -> str:
        return f"<RestEndpoints {len(self.endpoints)} endpoints of {self._gateway!r}>"

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All of them, as they are for the current supergraph."""
        site = self._site.current
        return site.endpoints if site else ()

    def match(self, scope: Scope) -> tuple[_Resource, tuple[str, ...]] | None:
        """What answers at the path of a request, and the values in the path."""
        site = self._site.current
        return None if site is None else site.router.match(_path(scope))

    async def answer(
        self,
        matched: tuple[_Resource, tuple[str, ...]],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer a request that `match` has found an endpoint for."""
        headers = headers_of(scope)
        method: str = scope["method"]
        resource, in_path = matched
        handler = resource.get("GET" if method == "HEAD" else method)
        if handler is None:
            await self._write(_other_method(method, resource), headers, method, send)
            return
        try:
            answer = await self._answer(handler, in_path, scope, headers, receive)
        except (ClientDisconnected, CallerGone):
            return
        await self._write(answer, headers, method, send)

    async def _answer(
        self,
        handler: _Handler,
        in_path: Sequence[str],
        scope: Scope,
        headers: Mapping[str, str],
        receive: Receive,
    ) -> HTTPAnswer | ProblemDetails:
        try:
            return await self._executed(handler, in_path, scope, headers, receive)
        except VariablesInvalid as error:
            return _invalid(handler, error)
        except ClientError as error:
            return self._refusal(handler, error, headers)
        except (ClientDisconnected, CallerGone):
            raise
        except Exception:
            _logger.exception("Endpoint %s failed", handler.endpoint.name)
            return INTERNAL

    async def _executed(
        self,
        handler: _Handler,
        in_path: Sequence[str],
        scope: Scope,
        headers: Mapping[str, str],
        receive: Receive,
    ) -> HTTPAnswer | ProblemDetails:
        deadline = time.monotonic() + self._limits.timeout_s
        check_head(scope)
        _check_accept(headers)
        pairs = query_pairs(scope["query_string"])
        body = await self._body(handler, headers, receive)
        refusal = None
        try:
            variables = handler.reader.read(in_path, pairs, body)
        except ValuesInvalid as error:
            variables, refusal = {}, _Unfit(_all_problems(handler, error))
        context = RequestContext(
            headers,
            address=self._border.address_of(peer_of(scope), headers),
            deadline=deadline,
            may_mutate=scope["method"] not in ("GET", "HEAD"),
            gone=Departure(receive),
        )
        response = await self._gateway.handle(
            GraphQLRequest(
                handler.endpoint.text,
                handler.endpoint.name,
                variables,
                is_published=True,
                refusal=refusal,
            ),
            context,
        )
        asked = RequestHead(
            scope["method"], _path(scope), scope["query_string"], headers
        )
        return handler.answerer.answer(response, asked)

    async def _body(
        self, handler: _Handler, headers: Mapping[str, str], receive: Receive
    ) -> bytes:
        if handler.endpoint.method == "GET":
            return b""
        if handler.endpoint.body is None:
            self._border.csrf.check(headers)
            if "content-type" in headers:
                check_content_type(headers)
            return b""
        try:
            check_content_type(headers)
        except NotAcceptable as error:
            raise UnsupportedMediaType(str(error)) from error
        return await read_body(
            headers,
            receive,
            max_body_bytes=self._limits.max_body_bytes,
            timeout_s=self._limits.timeout_s,
        )

    def _refusal(
        self, handler: _Handler, error: ClientError, headers: Mapping[str, str]
    ) -> ProblemDetails:
        if self._is_hidden(handler, error):
            return replace(NOT_FOUND, headers=_lower(error.headers))
        is_anonymous = not any(name in headers for name in self._credentials)
        status = status_of_refusal(error, handler.statuses, is_anonymous=is_anonymous)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            _logger.error(
                "Endpoint %s has an operation that cannot be served: %s",
                handler.endpoint.name,
                error,
            )
            return INTERNAL
        own = _lower(error.headers)
        detail = error.details[0]
        return ProblemDetails(
            status,
            str(error),
            detail.code,
            headers={**handler.answerer.deprecation, **own},
        )

    def _is_hidden(self, handler: _Handler, error: ClientError) -> bool:
        """Whether the operation fits, but not the schema that the caller may see."""
        return (
            isinstance(error, ValidationFailed)
            and self._gateway.runtime.gate.visibility.hides
            and error.code not in handler.statuses
        )

    def _site_of(self, runtime: Runtime, before: _Site | None) -> _Site:
        try:
            return _site(runtime, self._sources, self._settings)
        except ConfigInvalid as error:
            if before is None:
                raise
            _logger.error("Endpoints do not fit the new supergraph: %s", error)  # noqa: TRY400 - the message says it all
            return before

    async def _write(
        self,
        answer: HTTPAnswer | ProblemDetails,
        headers: Mapping[str, str],
        method: str,
        send: Send,
    ) -> None:
        if isinstance(answer, ProblemDetails):
            max_errors = self._gateway.error_limits.max_errors
            answer = _of_problem(answer, max_errors)
        body, more = answer.body, {}
        compress_from = self._border.compress_from
        if compress_from is not None and len(body) >= compress_from:
            coding = coding_for(headers.get("accept-encoding", ""))
            if coding is not None:
                body = await compressed(body, coding)
                more["content-encoding"] = str(coding)
            if "vary" not in answer.headers:
                more["vary"] = "accept-encoding"
        raw = raw_headers({**answer.headers, **more})
        if body:
            raw.append((b"content-type", answer.media_type.encode()))
        if answer.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            raw.append((b"content-length", str(len(body)).encode()))
        start = {
            "type": "http.response.start",
            "status": int(answer.status),
            "headers": raw,
        }
        await send(start)
        await send(
            {"type": "http.response.body", "body": b"" if method == "HEAD" else body}
        )


@tells_options
def world_of(runtime: Runtime) -> World:
    """What the operations of endpoints are about."""
    return World(
        runtime.supergraph,
        runtime.api_schema,
        lambda text, name: runtime.preparer.document(text, name).prepared,
        runtime.gate.demands_of,
    )


def _site(
    runtime: Runtime, sources: Sequence[Source], settings: EndpointSettings
) -> _Site:
    world = world_of(runtime)
    endpoints = endpoints_of(sources, world, prefix=settings.prefix)
    resources: dict[str, tuple[Endpoint, _Resource]] = {}
    for endpoint in endpoints:
        _, resource = resources.setdefault(shape_of(endpoint.path), (endpoint, {}))
        coercer = world.document(endpoint.text, endpoint.name).coercer
        resource[endpoint.method] = _Handler(endpoint, settings.statuses, coercer)
    routes = [(endpoint.path, found) for endpoint, found in resources.values()]
    return _Site(endpoints, Router(routes))


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _path(scope: Scope) -> str:
    """The path of a request inside this application, still encoded."""
    raw: bytes | None = scope.get("raw_path")
    path: str = (
        scope["path"] if raw is None else raw.partition(b"?")[0].decode("latin-1")
    )
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _check_accept(headers: Mapping[str, str]) -> None:
    if not _is_acceptable(headers.get("accept", "")):
        raise NotAcceptable("Answers are application/json.")


@once_per_text()
def _is_acceptable(accept: str) -> bool:
    weights = accepted(accept)
    if not weights or weight_of(MediaType.JSON, weights) > 0:
        return True
    # Who names problems alone reads JSON, unless it says that it does not.
    return MediaType.JSON not in weights and weights.get(PROBLEM_JSON, 0) > 0


def _other_method(method: str, resource: _Resource) -> HTTPAnswer | ProblemDetails:
    allowed = [*resource, *(["HEAD"] if "GET" in resource else []), "OPTIONS"]
    allow = {"allow": ", ".join(allowed)}
    if method == "OPTIONS":
        return HTTPAnswer(HTTPStatus.NO_CONTENT, headers=allow)
    error = MethodNotAllowed(f"{method} is not supported here.", allowed=allowed)
    return ProblemDetails(error.status, str(error), error.code, headers=allow)


def _all_problems(
    handler: _Handler, error: ValuesInvalid
) -> list[Mapping[str, object]]:
    """What has no place in the request, and what is wrong with the rest of it."""
    problems = list(error.problems)
    known = {problem.name for problem in problems}
    try:
        handler.coercer(error.variables)
    except VariablesInvalid as more:
        located = map(handler.reader.located, more.problems)
        problems += [one for one in located if one.name not in known]
    return [one.to_json() for one in problems]


def _invalid(handler: _Handler, error: VariablesInvalid) -> ProblemDetails:
    if isinstance(error, _Unfit):
        errors = error.errors
    else:
        located = [handler.reader.located(one).to_json() for one in error.problems]
        errors = located or [{"detail": str(error)}]
    return ProblemDetails(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _UNFIT,
        VariablesInvalid.code,
        errors,
        error.headers,
    )


def _of_problem(problem: ProblemDetails, max_errors: int) -> HTTPAnswer:
    headers = not_kept(problem.headers)
    if problem.status is HTTPStatus.UNAUTHORIZED:
        headers.setdefault("www-authenticate", "Bearer")
    body = problem.encoded(max_errors)
    return HTTPAnswer(problem.status, body, headers, PROBLEM_JSON)
