"""Refusals of a whole request, which clients may read and can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import ClassVar, Self

from gateway_graphql.errors.base import GatewayError
from gateway_graphql.errors.details import ErrorDetail


class ClientError(GatewayError):
    """The client can act on this; its message is sent as it stands.

    Attributes:
        code: The `extensions.code` of the answer.
        status: The HTTP status when no data was produced.
        is_about_document: Whether plain `application/json` answers it with 200, as
            the GraphQL-over-HTTP specification asks for well-formed requests.
    """

    code: ClassVar[str] = "BAD_REQUEST"
    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    is_about_document: ClassVar[bool] = False

    @property
    def details(self) -> tuple[ErrorDetail, ...]:
        """The entries of the answer's `errors`, at least one."""
        return (ErrorDetail(str(self), self.code),)

    _charged: Mapping[str, str] | None = None

    @property
    def own_headers(self) -> Mapping[str, str]:
        """HTTP headers that every refusal of this kind has."""
        return {}

    @property
    def headers(self) -> Mapping[str, str]:
        """All HTTP headers that belong to the answer."""
        return {**(self._charged or {}), **self.own_headers}

    @property
    def is_charged(self) -> bool:
        """Whether it is settled which limits the refusal counts for."""
        return self._charged is not None

    def charged(self, headers: Mapping[str, str]) -> Self:
        """The refusal that also says how the limits stand that it was charged to.

        It is another one, as those who wait for one document share its refusal.
        """
        told = type(self).__new__(type(self), *self.args)
        told.__dict__.update(self.__dict__, _charged=headers)
        return told


class MalformedRequest(ClientError):
    """The HTTP request does not hold a GraphQL request."""


class MethodNotAllowed(ClientError):
    """The HTTP method does not fit the operation."""

    code = "METHOD_NOT_ALLOWED"
    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, message: str, *, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)

    @property
    def own_headers(self) -> Mapping[str, str]:
        """`Allow`, which HTTP demands of a 405."""
        return {"allow": ", ".join(self.allowed)}


class NotAcceptable(ClientError):
    """`Accept` names no media type that the gateway can write."""

    code = "NOT_ACCEPTABLE"
    status = HTTPStatus.NOT_ACCEPTABLE


class UnsupportedMediaType(ClientError):
    """The body's media type is not one that the gateway reads."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class UnsupportedContentCoding(UnsupportedMediaType):
    """The body's content coding is not one that the gateway reads."""

    def __init__(self, readable: Sequence[str]) -> None:
        super().__init__(f"The Content-Encoding must be one of {', '.join(readable)}.")
        self.readable = tuple(readable)

    @property
    def own_headers(self) -> Mapping[str, str]:
        """`Accept-Encoding`, which tells the client (RFC 9110, section 15.5.16)."""
        return {"accept-encoding": ", ".join(self.readable)}


class PayloadTooLarge(ClientError):
    """The body is larger than the gateway accepts."""

    code = "PAYLOAD_TOO_LARGE"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, max_body_bytes: int) -> None:
        super().__init__(f"The request body is larger than {max_body_bytes} bytes.")
        self.max_body_bytes = max_body_bytes


class HeadTooLarge(ClientError):
    """The request line and headers are larger than the gateway accepts."""

    code = "REQUEST_HEADER_FIELDS_TOO_LARGE"
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE

    def __init__(self, max_head_bytes: int) -> None:
        super().__init__(f"The request's head is larger than {max_head_bytes} bytes.")
        self.max_head_bytes = max_head_bytes


class TooManyHeaders(ClientError):
    """The request has more headers than the gateway accepts."""

    code = "REQUEST_HEADER_FIELDS_TOO_LARGE"
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE

    def __init__(self, max_headers: int) -> None:
        super().__init__(f"The request has more than {max_headers} headers.")


class HeadTooSlow(ClientError):
    """The request line and headers did not come in time."""

    code = "REQUEST_TIMEOUT"
    status = HTTPStatus.REQUEST_TIMEOUT

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"The request's head did not come within {timeout_s:g} s.")


class TooManyConnections(ClientError):
    """One address holds more connections than the gateway keeps for it."""

    code = "TOO_MANY_CONNECTIONS"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, max_connections: int) -> None:
        super().__init__(f"An address may hold {max_connections} connections.")


class CrossSiteRequest(ClientError):
    """A browser may have sent this for a foreign page without asking first."""

    code = "CSRF_PREVENTION"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, headers: Sequence[str]) -> None:
        super().__init__(
            "The request might come from a foreign page: "
            f"send one of the headers {', '.join(headers)}."
        )


class PersistedQueryNotFound(ClientError):
    """Nobody has registered a document of that hash; the client sends it next."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    status = HTTPStatus.OK  # the protocol's: part of it, and no failure

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")

    @property
    def own_headers(self) -> Mapping[str, str]:
        """Nobody may keep this: it stops being true at once."""
        return {"cache-control": "private, no-cache, must-revalidate"}


class PersistedQueryNotSupported(ClientError):
    """There are no documents to know by hash; the client sends documents from now on."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    status = HTTPStatus.OK  # as above

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class PersistedQueryHashMismatch(ClientError):
    """The hash is not that of the document beside it."""

    code = "PERSISTED_QUERY_HASH_MISMATCH"

    def __init__(self) -> None:
        super().__init__("provided sha does not match query")


class OperationNotInList(ClientError):
    """No operation known in advance has that id."""

    code = "PERSISTED_QUERY_NOT_IN_LIST"
    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("There is no persisted operation of that id.")

    @property
    def own_headers(self) -> Mapping[str, str]:
        """Nobody may keep this: the operation may be published soon."""
        return {"cache-control": "no-store"}


class OperationNotInSafelist(ClientError):
    """The document is not one that is known in advance."""

    code = "QUERY_NOT_IN_SAFELIST"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("The operation is not in the safelist.")


class OperationIdRequired(ClientError):
    """Operations are asked for by id only."""

    code = "PERSISTED_QUERY_ID_REQUIRED"

    def __init__(self) -> None:
        super().__init__("The operation must be asked for by its id.")


class OperationIdAndBody(ClientError):
    """An id and a document came together: which of them is meant?"""

    code = "CANNOT_SEND_PQ_ID_AND_BODY"

    def __init__(self) -> None:
        super().__init__("Send the operation's id or its text, not both.")


class _DocumentError(ClientError):
    """A well-formed request whose document or variables cannot be executed."""

    is_about_document = True

    def __init__(self, details: Sequence[ErrorDetail]) -> None:
        super().__init__("; ".join(detail.message for detail in details))
        self._details = tuple(details)

    @property
    def details(self) -> tuple[ErrorDetail, ...]:
        """Every problem found, in document order."""
        return self._details


class ParseFailed(_DocumentError):
    """The document is not GraphQL."""

    code = "GRAPHQL_PARSE_FAILED"


class ValidationFailed(_DocumentError):
    """The document does not fit the schema."""

    code = "GRAPHQL_VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class VariableProblem:
    """What is wrong with the value of a variable.

    Attributes:
        variable: Its name.
        path: Input field names and list indices inside the value.
        reason: What was expected, and what was given.
    """

    variable: str
    path: tuple[str | int, ...]
    reason: str


class VariablesInvalid(_DocumentError):
    """A variable is missing or does not fit its type.

    Attributes:
        problems: What is wrong, place by place; one for each detail where it is known.
    """

    code = "BAD_USER_INPUT"

    def __init__(
        self,
        details: Sequence[ErrorDetail],
        problems: Sequence[VariableProblem] = (),
    ) -> None:
        super().__init__(details)
        self.problems = tuple(problems)


class LimitExceeded(_DocumentError):
    """The document or its variables ask for more than one request may."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, what: str, limit: int, actual: int | None = None) -> None:
        found = "more" if actual is None else str(actual)
        super().__init__(
            [
                ErrorDetail(
                    f"The operation is too large: the limit of {what} is {limit}, "
                    f"and it has {found}.",
                    f"MAX_{what.upper().replace(' ', '_')}_LIMIT",
                    extensions=(("limit", limit),)
                    + (() if actual is None else (("actual", actual),)),
                )
            ]
        )
        self.what = what
        self.limit = limit
        self.actual = actual


class _TookTooLong(_DocumentError):
    """Something took more computing than it may."""

    told: ClassVar[str]

    def __init__(self, budget_ms: int) -> None:
        super().__init__(
            [
                ErrorDetail(
                    f"{self.told}: it may take {budget_ms} ms. Ask for less at once.",
                    self.code,
                    extensions=(("limit", budget_ms),),
                )
            ]
        )


class PreparingTookTooLong(_TookTooLong):
    """Reading and validating the document took more computing than it may."""

    code = "PREPARING_TOOK_TOO_LONG"
    told = "The operation takes too long to prepare"


class IntrospectionTookTooLong(_TookTooLong):
    """What is asked of the schema took more computing than it may."""

    code = "INTROSPECTION_TOOK_TOO_LONG"
    told = "The introspection takes too long to answer"


class CostTooHigh(_DocumentError):
    """The operation would cost more than one operation may."""

    code = "COST_ESTIMATED_TOO_EXPENSIVE"

    def __init__(self, estimated: float, max_cost: float) -> None:
        super().__init__(
            [
                ErrorDetail(
                    f"The operation's estimated cost of {estimated:g} is over the "
                    f"limit of {max_cost:g}.",
                    self.code,
                    extensions=(("cost", {"estimated": estimated, "max": max_cost}),),
                )
            ]
        )
        self.estimated = estimated
        self.max_cost = max_cost

    @property
    def own_headers(self) -> Mapping[str, str]:
        """The same numbers as in the error."""
        return {
            "x-cost-estimated": f"{self.estimated:g}",
            "x-cost-max": f"{self.max_cost:g}",
        }


class SlicingArgumentsInvalid(_DocumentError):
    """A list must be sliced by exactly one argument, and is not."""

    code = "COST_INVALID_SLICING_ARGUMENTS"

    def __init__(self, coordinate: str, names: Sequence[str], count: int) -> None:
        super().__init__(
            [
                ErrorDetail(
                    f"`{coordinate}` takes exactly one of the arguments "
                    f"{', '.join(names)}; {count} are given.",
                    self.code,
                    extensions=(("coordinate", coordinate),),
                )
            ]
        )
        self.coordinate = coordinate


class UnknownOperationName(ClientError):
    """The document has no operation of that name, or several and none was named."""

    code = "GRAPHQL_UNKNOWN_OPERATION_NAME"
    is_about_document = True


class Unauthenticated(ClientError):
    """Nobody is signed in, and somebody must be (RFC 9110, section 11.6.1)."""

    code = "UNAUTHENTICATED"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, message: str = "This needs authentication.") -> None:
        super().__init__(message)

    @property
    def own_headers(self) -> Mapping[str, str]:
        """`WWW-Authenticate`, which HTTP demands of a 401."""
        return {"www-authenticate": "Bearer"}


class InvalidToken(Unauthenticated):
    """There is a credential, and it does not hold (RFC 6750, section 3.1)."""

    def __init__(self, message: str = "The token is not valid.") -> None:
        super().__init__(message)

    @property
    def own_headers(self) -> Mapping[str, str]:
        """`WWW-Authenticate`, saying that another token is needed."""
        return {
            "www-authenticate": 'Bearer error="invalid_token", '
            f'error_description="{self}"'
        }


class Forbidden(ClientError):
    """Whoever asks may not do this."""

    code = "FORBIDDEN"
    status = HTTPStatus.FORBIDDEN


class UnauthorizedFields(Forbidden):
    """Some of the operation is not for the caller, and so nothing of it is."""

    code = "UNAUTHORIZED_FIELD_OR_TYPE"

    def __init__(self, details: Sequence[ErrorDetail]) -> None:
        super().__init__("; ".join(detail.message for detail in details))
        self._details = tuple(details)

    @property
    def details(self) -> tuple[ErrorDetail, ...]:
        """One per query path that the caller may not have."""
        return self._details


class AuthenticationUnavailable(ClientError):
    """Nobody can tell at this moment whether a credential holds."""

    code = "AUTHENTICATION_UNAVAILABLE"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, retry_after_s: int = 5) -> None:
        super().__init__("The token cannot be checked at the moment; try again soon.")
        self.retry_after_s = retry_after_s

    @property
    def own_headers(self) -> Mapping[str, str]:
        """`Retry-After`, in seconds."""
        return {"retry-after": str(self.retry_after_s)}


class OperationNotSupported(ClientError):
    """The operation is valid but cannot be served over this protocol."""

    code = "OPERATION_NOT_SUPPORTED"
    is_about_document = True


class RateLimited(ClientError):
    """The caller has used up an allowance that the whole operation needs.

    Attributes:
        limit_name: Which limit it is.
        standing: `extensions.rateLimit`: `limit`, `remaining`, `retryAfterMs` (`None`
            if the operation takes more than the limit ever gives), `resetAfterMs`.
        headers: `Retry-After`, `RateLimit` and `RateLimit-Policy`.
    """

    code = "RATE_LIMITED"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(
        self,
        limit_name: str,
        *,
        standing: Mapping[str, int | None],
        headers: Mapping[str, str],
    ) -> None:
        retry_after_ms = standing["retryAfterMs"]
        super().__init__(
            f'The operation takes more than limit "{limit_name}" ever gives.'
            if retry_after_ms is None
            else f'Limit "{limit_name}" is reached; retry in'
            f" {-(-retry_after_ms // 1000)} s."
        )
        self.limit_name = limit_name
        self.standing = standing
        self._charged = headers

    @property
    def details(self) -> tuple[ErrorDetail, ...]:
        """One error, which says how the limit stands."""
        extensions = (("rateLimit", dict(self.standing)),)
        return (ErrorDetail(str(self), self.code, extensions=extensions),)


class RateLimitsUnavailable(ClientError):
    """Nobody can tell how the limits stand, and the operator wants that to be known.

    Attributes:
        reason: Why, for operators; the client is not told.
    """

    code = "RATE_LIMITS_UNAVAILABLE"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    _charged = MappingProxyType({})  # there is nothing to charge it to

    def __init__(self, reason: str) -> None:
        super().__init__("Rate limits cannot be checked now; try again soon.")
        self.reason = reason

    @property
    def own_headers(self) -> Mapping[str, str]:
        """`Retry-After`, which tells clients to come back."""
        return {"retry-after": "1"}


class RequestTimedOut(ClientError):
    """The whole request took longer than its deadline."""

    code = "GATEWAY_TIMEOUT"
    status = HTTPStatus.GATEWAY_TIMEOUT

    def __init__(self) -> None:
        super().__init__("The request took too long.")


class NoSupergraph(ClientError):
    """The gateway has no schema to serve yet."""

    code = "NO_SUPERGRAPH"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The gateway has no supergraph yet; try again soon.")

    @property
    def own_headers(self) -> Mapping[str, str]:
        """`Retry-After`, which tells clients to come back."""
        return {"retry-after": "1"}


class SubscriptionEnded(ClientError):
    """A subscription has ended, since the schema that it was asked of has changed."""

    code = "SUBSCRIPTION_SCHEMA_RELOAD"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The schema has changed; subscribe again.")
