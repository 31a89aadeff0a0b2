"""The OpenAPI 3.1 document of the endpoints, made from their operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from gateway_graphql.exchange import JSON
from gateway_graphql.rest.definition.endpoint import (
    PROBLEM_JSON,
    Access,
    Endpoint,
    Parameter,
)
from gateway_graphql.rest.definition.json_types import (
    ANYTHING,
    INT,
    STRING,
    InputReference,
    Items,
    Member,
    Record,
    without_null,
)
from gateway_graphql.rest.describing.schemas import Schema, Schemas, sample
from gateway_graphql.rest.settings import EndpointSettings, SecurityScheme
from gateway_graphql.spelling import tells_options

_JSON: Final = "application/json"

_PROBLEMS: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    401: "Nobody is signed in and somebody must be, or the credential does not hold.",
    403: "Whoever is signed in may not do this.",
    404: "There is no such thing.",
    406: "`Accept` allows no JSON.",
    409: "It contradicts what is there already.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Some values do not fit; `errors` says which and why.",
    429: "That was too often; `Retry-After` says when to come back.",
    500: "The gateway failed.",
    502: "A service behind the gateway failed.",
    503: "The gateway cannot answer at the moment.",
    504: "A service behind the gateway was too slow.",
}
_EVERYWHERE: Final = (400, 401, 403, 404, 406, 422, 429, 500, 502, 503, 504)
_WITH_BODY: Final = (413, 415)

_PROBLEM: Final = Record(
    "Problem",
    (
        Member("type", STRING, description="`about:blank`: the status says it all."),
        Member("title", STRING, description="The status in words."),
        Member("status", INT, description="The HTTP status."),
        Member("detail", STRING, description="What is wrong, in a sentence."),
        Member("code", STRING, description="What is wrong, for programs."),
        Member(
            "errors",
            Items(
                Record(
                    "ProblemEntry",
                    (
                        Member("detail", STRING),
                        Member("code", STRING, is_required=False),
                        Member(
                            "in",
                            STRING,
                            is_required=False,
                            description="`path`, `query` or `body`.",
                        ),
                        Member(
                            "name",
                            STRING,
                            is_required=False,
                            description="The parameter.",
                        ),
                        Member(
                            "pointer",
                            STRING,
                            is_required=False,
                            description="The place in the body, as a JSON pointer.",
                        ),
                        Member(
                            "path",
                            Items(ANYTHING),
                            is_required=False,
                            description="The place in the operation's answer.",
                        ),
                    ),
                )
            ),
            is_required=False,
            description="One entry for each place that is wrong.",
        ),
    ),
    "What went wrong (RFC 9457).",
)


@tells_options
def openapi_document(
    endpoints: Sequence[Endpoint], settings: EndpointSettings
) -> dict[str, Any]:
    """Make the document.

    Args:
        endpoints: In the order in which they are to stand.
        settings: Title, version, and where credentials may be.
    """
    schemas = Schemas()
    problem = schemas.of_answer(_PROBLEM, "")
    paths: dict[str, dict[str, Any]] = {}
    statuses = {int(status) for status in settings.statuses.values()}
    for endpoint in endpoints:
        described = _operation(endpoint, schemas, settings.security, statuses)
        paths.setdefault(endpoint.path.text, {})[endpoint.method.lower()] = described
    used = {
        status
        for methods in paths.values()
        for operation in methods.values()
        for status in operation["responses"]
    }
    info = {"title": settings.title, "version": settings.version}
    if settings.description:
        info["description"] = settings.description
    components: dict[str, Any] = {
        "schemas": schemas.components,
        "responses": {
            _problem_name(status): _problem_response(status, problem)
            for status in sorted(int(one) for one in used)
            if status >= HTTPStatus.BAD_REQUEST
        },
    }
    if settings.security:
        components["securitySchemes"] = {
            scheme.name: _security_scheme(scheme) for scheme in settings.security
        }
    return {
        "openapi": "3.1.0",
        "info": info,
        "paths": paths,
        "components": components,
        "tags": [{"name": name} for name in _tags(endpoints)],
    }


def _operation(
    endpoint: Endpoint,
    schemas: Schemas,
    security: Sequence[SecurityScheme],
    statuses: Iterable[int],
) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": endpoint.name}
    if endpoint.summary:
        described["summary"] = endpoint.summary
    if description := _description(endpoint):
        described["description"] = description
    if endpoint.tags:
        described["tags"] = list(endpoint.tags)
    if endpoint.deprecation is not None:
        described["deprecated"] = True
    parameters = [
        *(_parameter(one, "path", schemas, endpoint) for one in endpoint.in_path),
        *(_parameter(one, "query", schemas, endpoint) for one in endpoint.in_query),
        _preference(endpoint),
    ]
    described["parameters"] = parameters
    if endpoint.body is not None:
        described["requestBody"] = _request_body(endpoint, schemas)
    described["responses"] = _responses(endpoint, schemas, statuses)
    # Operations for everybody ask for nothing, so that pages show no lock on them.
    if security and endpoint.access != Access():
        named: list[dict[str, list[str]]] = [
            {scheme.name: list(endpoint.access.scopes)} for scheme in security
        ]
        described["security"] = named if endpoint.access.is_required else [{}, *named]
    return described


def _description(endpoint: Endpoint) -> str:
    parts = [endpoint.description]
    if endpoint.access.scopes:
        scopes = ", ".join(f"`{scope}`" for scope in endpoint.access.scopes)
        parts.append(f"Needs the scopes {scopes}.")
    if endpoint.deprecation is not None and endpoint.deprecation.reason:
        parts.append(f"Deprecated: {endpoint.deprecation.reason}")
    return "\n\n".join(part for part in parts if part)


def _parameter(
    parameter: Parameter, place: str, schemas: Schemas, endpoint: Endpoint
) -> dict[str, Any]:
    schema = schemas.of_input(parameter.type, endpoint.inputs, is_text=True)
    if parameter.has_default and parameter.default is not None:
        schema = {**schema, "default": parameter.default}
    described: dict[str, Any] = {
        "name": parameter.name,
        "in": place,
        "required": place == "path" or parameter.is_required,
        "schema": schema,
    }
    if parameter.description:
        described["description"] = parameter.description
    match without_null(parameter.type):
        case Items():
            described |= {"style": "form", "explode": True}
        case InputReference():
            described |= {"style": "deepObject", "explode": True}
    if parameter.has_example:
        described["example"] = parameter.example
    return described


def _preference(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.method == "GET":
        name = "If-None-Match"
        text = "The `ETag` of an answer that is there already; the same again is a 304."
    else:
        name = "Prefer"
        text = "`return=minimal` for an answer without content (RFC 7240)."
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": text,
    }


def _request_body(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    body = endpoint.body
    if body is None:
        raise AssertionError("asked only of an endpoint with a body")
    if body.is_whole:
        schema = schemas.of_input(body.variables[0].type, endpoint.inputs)
    else:
        schema = _members(endpoint, body.variables, schemas)
    described: dict[str, Any] = {
        "required": body.is_required,
        "content": {_JSON: {"schema": schema, "example": body_example(endpoint)}},
    }
    if body.is_whole and body.variables[0].description:
        described["description"] = body.variables[0].description
    return described


def _members(
    endpoint: Endpoint, variables: Sequence[Parameter], schemas: Schemas
) -> Schema:
    properties: dict[str, Schema] = {}
    for one in variables:
        made = dict(schemas.of_input(one.type, endpoint.inputs))
        if one.description:
            made["description"] = one.description
        if one.has_default and one.default is not None:
            made["default"] = one.default
        properties[one.name] = made
    schema: Schema = {"type": "object", "properties": properties}
    if required := [one.name for one in variables if one.is_required]:
        schema["required"] = required
    return {**schema, "additionalProperties": False}


def body_example(endpoint: Endpoint) -> JSON:
    """A body that fits the endpoint: what its examples say, else made up."""
    body = endpoint.body
    if body is None:
        return None
    values = {
        one.name: one.example if one.has_example else sample(one.type, endpoint.inputs)
        for one in body.variables
        if one.has_example or one.is_required or body.is_whole
    }
    return values[body.variables[0].name] if body.is_whole else values


def _responses(
    endpoint: Endpoint, schemas: Schemas, statuses: Iterable[int]
) -> dict[str, Any]:
    responses: dict[str, Any] = {str(int(endpoint.status)): _success(endpoint, schemas)}
    if endpoint.method == "GET":
        responses["304"] = {
            "description": "The client has the answer already.",
            "headers": _headers(endpoint, "ETag", "Cache-Control"),
        }
    elif endpoint.status is HTTPStatus.OK and endpoint.answer is not None:
        responses["204"] = {"description": "Done; `Prefer: return=minimal` was sent."}
    failures = {
        *_EVERYWHERE,
        *(_WITH_BODY if endpoint.method != "GET" else ()),
        *statuses,
        *(int(status) for status in endpoint.statuses.values()),
    }
    for status in sorted(failures):
        responses[str(status)] = {
            "$ref": f"#/components/responses/{_problem_name(status)}"
        }
    return responses


def _success(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    names = ["ETag", "Cache-Control"] if endpoint.method == "GET" else []
    names += ["Link"] if endpoint.pagination else []
    names += ["Location"] if endpoint.location else []
    names += ["Deprecation"] if endpoint.deprecation else []
    described: dict[str, Any] = {"description": endpoint.status.phrase}
    if names:
        described["headers"] = _headers(endpoint, *names)
    if endpoint.answer is not None:
        described["content"] = {
            _JSON: {
                "schema": schemas.of_answer(endpoint.answer, endpoint.name),
                "example": sample(endpoint.answer, endpoint.inputs),
            }
        }
    return described


_HEADERS: Final[Mapping[str, str]] = {
    "ETag": "Names this answer, for `If-None-Match`.",
    "Cache-Control": "How long the answer may be kept, and by whom.",
    "Link": "Where the next page is (`rel=next`), and the first one.",
    "Location": "Where to find what was made.",
    "Deprecation": "Since when the endpoint should not be used.",
}


def _headers(endpoint: Endpoint, *names: str) -> dict[str, Any]:
    del endpoint
    return {
        name: {"description": _HEADERS[name], "schema": {"type": "string"}}
        for name in names
    }


def _problem_name(status: int) -> str:
    return f"Problem{status}"


def _problem_response(status: int, schema: Schema) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": _PROBLEMS.get(status, HTTPStatus(status).phrase),
        "content": {
            PROBLEM_JSON: {
                "schema": schema,
                "example": {
                    "type": "about:blank",
                    "title": HTTPStatus(status).phrase,
                    "status": status,
                    "detail": _PROBLEMS.get(status, HTTPStatus(status).phrase),
                    "code": HTTPStatus(status).name,
                },
            }
        },
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        described["headers"] = {
            "Retry-After": {
                "description": "In so many seconds.",
                "schema": {"type": "string"},
            }
        }
    return described


def _security_scheme(scheme: SecurityScheme) -> dict[str, Any]:
    if scheme.place == "header" and scheme.key == "authorization" and scheme.prefix:
        described = {"type": "http", "scheme": scheme.prefix.lower()}
        return {**described, "bearerFormat": "JWT"} if scheme.is_jwt else described
    return {"type": "apiKey", "in": scheme.place, "name": scheme.key}


def _tags(endpoints: Sequence[Endpoint]) -> list[str]:
    return list(dict.fromkeys(tag for one in endpoints for tag in one.tags))
