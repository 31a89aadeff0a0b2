"""An endpoint: a named operation with an address, checked, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.rest.definition.json_types import JSONType, Record
from gateway_graphql.rest.definition.path import PathTemplate
from gateway_graphql.rest.definition.select import Reshaping

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

PROBLEM_JSON: Final = "application/problem+json"
"""What a failure is answered in (RFC 9457)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of the operation that an HTTP request gives.

    Attributes:
        name: The variable's name, and the parameter's.
        type: Its values.
        is_required: Whether it must be given.
        description: What it means.
        has_default: Whether leaving it out means `default`.
        default: Its default.
        example: A value for the documentation, if `has_example`.
        has_example: Whether there is one.
    """

    name: str
    type: JSONType
    is_required: bool
    description: str = ""
    has_default: bool = False
    default: JSON = None
    example: JSON = None
    has_example: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """What the JSON body of a request holds.

    Attributes:
        variables: Those that are filled from it.
        is_whole: Whether it is the value of the only variable, rather than an object
            with a member for each.
    """

    variables: tuple[Parameter, ...]
    is_whole: bool

    @property
    def is_required(self) -> bool:
        """Whether a request without a body must be wrong."""
        return any(variable.is_required for variable in self.variables)


@dataclass(frozen=True, slots=True)
class Turn:
    """How to turn pages in one direction.

    Attributes:
        relation: `next` or `prev`.
        parameter: The query parameter that takes the cursor.
        has_more: Response key of the page info's `hasNextPage` or `hasPreviousPage`.
        cursor: Response key of its `endCursor` or `startCursor`.
    """

    relation: Literal["next", "prev"]
    parameter: str
    has_more: str
    cursor: str


@dataclass(frozen=True, slots=True)
class Pagination:
    """A connection whose pages the `Link` header leads through.

    Attributes:
        page_info: Response keys from `data` down to the page info.
        turns: The directions in which pages can be turned; at least one.
    """

    page_info: tuple[str, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Deprecation:
    """That an endpoint should not be used any more (RFC 9745, RFC 8594)."""

    since: date
    sunset: date | None = None
    reason: str = ""
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """What the schema demands of the caller.

    Attributes:
        is_required: Whether nobody without a credential gets an answer.
        scopes: Scopes that are enough for all of it.
    """

    is_required: bool = False
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A named operation with an address.

    Attributes:
        name: The operation's.
        kind: Query or mutation.
        text: The document that is executed, without directives of endpoints.
        method: The HTTP method; an endpoint with GET answers HEAD, too.
        path: Where it is, the settings' prefix included.
        in_path: What the path gives, in its order.
        in_query: What the query string gives.
        body: What the body gives, `None` if it is not read.
        unwrap: Response keys down to the part of `data` that is the answer.
        answer: The answer's type; `None` when it has no content.
        reshaping: What `select` makes of the unwrapped part.
        status: Of success.
        cache: `Cache-Control` of success, empty for none of its own.
        allows_partial: Whether what could be had is an answer.
        location: Where to find what was made, filled from the unwrapped part.
        pagination: Leads through pages.
        statuses: Code of an error -> status, before those of all endpoints.
        access: What is demanded of callers.
        summary: In one line.
        description: In full.
        tags: What it belongs to.
        deprecation: That it should not be used any more.
        origin: File, line and column.
        inputs: The input objects of its parameters, by name.
    """

    name: str
    kind: OperationKind
    text: str
    method: Method
    path: PathTemplate
    answer: JSONType | None
    in_path: tuple[Parameter, ...] = ()
    in_query: tuple[Parameter, ...] = ()
    body: Body | None = None
    unwrap: tuple[str, ...] = ()
    reshaping: Reshaping | None = None
    status: HTTPStatus = HTTPStatus.OK
    cache: str = ""
    allows_partial: bool = False
    location: PathTemplate | None = None
    pagination: Pagination | None = None
    statuses: Mapping[str, HTTPStatus] = field(default_factory=dict)
    access: Access = Access()
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    deprecation: Deprecation | None = None
    origin: str = ""
    inputs: Mapping[str, Record] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All that requests give."""
        in_body = self.body.variables if self.body else ()
        return (*self.in_path, *self.in_query, *in_body)
