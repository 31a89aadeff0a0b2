"""Endpoints -> a Postman collection (format v2.1): one request each, ready to send.

Requests are filled with the endpoints' examples. Where to send them and as whom are
variables of the collection, `baseUrl` and `token`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gateway_graphql.exchange import JSON
from gateway_graphql.rest.definition.endpoint import Endpoint, Parameter
from gateway_graphql.rest.definition.json_types import (
    InputReference,
    Items,
    without_null,
)
from gateway_graphql.rest.describing.openapi import body_example
from gateway_graphql.rest.describing.schemas import sample

_FORMAT: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def postman_collection(
    endpoints: Sequence[Endpoint], *, title: str, base_url: str
) -> str:
    """Write the collection.

    Args:
        endpoints: In the order in which they are to stand; folders are their tags.
        title: What the collection is called.
        base_url: Where requests go, without a slash at its end.
    """
    folders: dict[str, list[dict[str, Any]]] = {}
    for endpoint in endpoints:
        folder = endpoint.tags[0] if endpoint.tags else title
        folders.setdefault(folder, []).append(_item(endpoint))
    collection = {
        "info": {"name": title, "schema": _FORMAT},
        "item": [{"name": name, "item": items} for name, items in folders.items()],
        "auth": {
            "type": "bearer",
            "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}],
        },
        "variable": [
            {"key": "baseUrl", "value": base_url, "type": "string"},
            {"key": "token", "value": "", "type": "string"},
        ],
    }
    text = msgspec.json.format(msgspec.json.encode(collection), indent=2).decode()
    return f"{text}\n"


def _item(endpoint: Endpoint) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": endpoint.method,
        "header": [{"key": "Accept", "value": "application/json"}],
        "url": _url(endpoint),
    }
    if endpoint.description:
        request["description"] = endpoint.description
    if not endpoint.access.is_required:
        request["auth"] = {"type": "noauth"}
    if endpoint.body is not None:
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        encoded = msgspec.json.encode(body_example(endpoint))
        request["body"] = {
            "mode": "raw",
            "raw": msgspec.json.format(encoded, indent=2).decode(),
            "options": {"raw": {"language": "json"}},
        }
    return {
        "name": endpoint.summary or endpoint.name,
        "request": request,
        "response": [],
    }


def _url(endpoint: Endpoint) -> dict[str, Any]:
    path = [
        f":{segment[1:-1]}" if segment.startswith("{") else segment
        for segment in endpoint.path.text[1:].split("/")
    ]
    url: dict[str, Any] = {
        "raw": "{{baseUrl}}/" + "/".join(path),
        "host": ["{{baseUrl}}"],
        "path": path,
    }
    query = [
        entry
        for parameter in endpoint.in_query
        for entry in _query_entries(parameter, endpoint)
    ]
    if query:
        url["query"] = query
    if endpoint.in_path:
        url["variable"] = [
            {
                "key": one.name,
                "value": _text(_example(one, endpoint)),
                "description": one.description,
            }
            for one in endpoint.in_path
        ]
    return url


def _query_entries(parameter: Parameter, endpoint: Endpoint) -> list[dict[str, Any]]:
    """One entry for each value; what need not be given is there, switched off."""
    value = _example(parameter, endpoint)
    given: list[tuple[str, JSON]]
    match without_null(parameter.type), value:
        case Items(), list():
            given = [(parameter.name, one) for one in value]
        case InputReference(), dict():
            given = [(f"{parameter.name}[{key}]", one) for key, one in value.items()]
        case _:
            given = [(parameter.name, value)]
    is_off = not (parameter.has_example or parameter.is_required)
    return [
        {
            "key": key,
            "value": _text(one),
            "description": parameter.description,
            **({"disabled": True} if is_off else {}),
        }
        for key, one in given
    ]


def _example(parameter: Parameter, endpoint: Endpoint) -> JSON:
    if parameter.has_example:
        return parameter.example
    if parameter.has_default and parameter.default is not None:
        return parameter.default
    return sample(parameter.type, endpoint.inputs)


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
