"""Every error of the package, in one tree.

    GatewayError
    ├── ClientError              the client can act on it; sent as it stands
    │   ├── MalformedRequest
    │   ├── MethodNotAllowed
    │   ├── NotAcceptable
    │   ├── UnsupportedMediaType
    │   │   └── UnsupportedContentCoding
    │   ├── PayloadTooLarge
    │   ├── HeadTooLarge
    │   ├── TooManyHeaders
    │   ├── HeadTooSlow
    │   ├── TooManyConnections
    │   ├── CrossSiteRequest
    │   ├── PersistedQueryNotFound
    │   ├── PersistedQueryNotSupported
    │   ├── PersistedQueryHashMismatch
    │   ├── OperationNotInList
    │   ├── OperationNotInSafelist
    │   ├── OperationIdRequired
    │   ├── OperationIdAndBody
    │   ├── ParseFailed
    │   ├── ValidationFailed
    │   ├── UnknownOperationName
    │   ├── VariablesInvalid
    │   ├── LimitExceeded
    │   ├── PreparingTookTooLong
    │   ├── IntrospectionTookTooLong
    │   ├── CostTooHigh
    │   ├── SlicingArgumentsInvalid
    │   ├── Unauthenticated
    │   │   └── InvalidToken
    │   ├── Forbidden
    │   │   └── UnauthorizedFields
    │   ├── AuthenticationUnavailable
    │   ├── OperationNotSupported
    │   ├── RateLimited
    │   ├── RateLimitsUnavailable
    │   ├── RequestTimedOut
    │   ├── SubscriptionEnded
    │   └── NoSupergraph
    ├── SubgraphFailed           one fetch came to nothing; becomes errors[] and nulls
    │   ├── SubgraphUnreachable
    │   ├── SubgraphTimedOut
    │   ├── SubgraphHTTPError
    │   ├── SubgraphReplyMalformed
    │   ├── SubgraphCannotStream
    │   ├── RequirementIsNull
    │   ├── SubgraphReplyTooLarge
    │   └── SubgraphCostTooHigh
    ├── CallerGone               nobody waits for the answer any more
    ├── SupergraphInvalid        the supergraph SDL cannot be served
    ├── CompositionFailed        the subgraphs do not compose
    ├── ConfigInvalid            the operator's settings are wrong
    └── PlanningFailed           an operation has no plan: a bug or a bad supergraph

The split says who may read the message: a `ClientError` goes to the client, a
`SubgraphFailed` has a message without hosts, ports or stacks and goes there as a field
error; the rest is for operators and logs.
"""

from gateway_graphql.errors.base import (
    CallerGone,
    GatewayError,
)
from gateway_graphql.errors.client import (
    AuthenticationUnavailable,
    ClientError,
    CostTooHigh,
    CrossSiteRequest,
    Forbidden,
    HeadTooLarge,
    HeadTooSlow,
    IntrospectionTookTooLong,
    InvalidToken,
    LimitExceeded,
    MalformedRequest,
    MethodNotAllowed,
    NoSupergraph,
    NotAcceptable,
    OperationIdAndBody,
    OperationIdRequired,
    OperationNotInList,
    OperationNotInSafelist,
    OperationNotSupported,
    ParseFailed,
    PayloadTooLarge,
    PersistedQueryHashMismatch,
    PersistedQueryNotFound,
    PersistedQueryNotSupported,
    PreparingTookTooLong,
    RateLimited,
    RateLimitsUnavailable,
    RequestTimedOut,
    SlicingArgumentsInvalid,
    SubscriptionEnded,
    TooManyConnections,
    TooManyHeaders,
    Unauthenticated,
    UnauthorizedFields,
    UnknownOperationName,
    UnsupportedContentCoding,
    UnsupportedMediaType,
    ValidationFailed,
    VariableProblem,
    VariablesInvalid,
)
from gateway_graphql.errors.details import (
    DEFAULT_ERROR_LIMITS,
    ErrorDetail,
    ErrorLimits,
    Location,
    errors_to_json,
)
from gateway_graphql.errors.operator import (
    CompositionFailed,
    ConfigInvalid,
    PlanningFailed,
    SupergraphInvalid,
)
from gateway_graphql.errors.subgraph import (
    ERROR_ID,
    FailureCause,
    FailureKind,
    RequirementIsNull,
    SubgraphCannotStream,
    SubgraphCostTooHigh,
    SubgraphFailed,
    SubgraphHTTPError,
    SubgraphReplyMalformed,
    SubgraphReplyTooLarge,
    SubgraphTimedOut,
    SubgraphUnreachable,
    new_error_id,
)

__all__ = [
    "DEFAULT_ERROR_LIMITS",
    "ERROR_ID",
    "AuthenticationUnavailable",
    "CallerGone",
    "ClientError",
    "CompositionFailed",
    "ConfigInvalid",
    "CostTooHigh",
    "CrossSiteRequest",
    "ErrorDetail",
    "ErrorLimits",
    "FailureCause",
    "FailureKind",
    "Forbidden",
    "GatewayError",
    "HeadTooLarge",
    "HeadTooSlow",
    "IntrospectionTookTooLong",
    "InvalidToken",
    "LimitExceeded",
    "Location",
    "MalformedRequest",
    "MethodNotAllowed",
    "NoSupergraph",
    "NotAcceptable",
    "OperationIdAndBody",
    "OperationIdRequired",
    "OperationNotInList",
    "OperationNotInSafelist",
    "OperationNotSupported",
    "ParseFailed",
    "PayloadTooLarge",
    "PersistedQueryHashMismatch",
    "PersistedQueryNotFound",
    "PersistedQueryNotSupported",
    "PlanningFailed",
    "PreparingTookTooLong",
    "RateLimited",
    "RateLimitsUnavailable",
    "RequestTimedOut",
    "RequirementIsNull",
    "SlicingArgumentsInvalid",
    "SubgraphCannotStream",
    "SubgraphCostTooHigh",
    "SubgraphFailed",
    "SubgraphHTTPError",
    "SubgraphReplyMalformed",
    "SubgraphReplyTooLarge",
    "SubgraphTimedOut",
    "SubgraphUnreachable",
    "SubscriptionEnded",
    "SupergraphInvalid",
    "TooManyConnections",
    "TooManyHeaders",
    "Unauthenticated",
    "UnauthorizedFields",
    "UnknownOperationName",
    "UnsupportedContentCoding",
    "UnsupportedMediaType",
    "ValidationFailed",
    "VariableProblem",
    "VariablesInvalid",
    "errors_to_json",
    "new_error_id",
]
