"""From a document's text to what is executed, and the sockets around an operation.

A *middleware* is around an operation, a *guard* sees it prepared and may refuse it, the
*gate* decides what of it the caller gets.
"""

from gateway_graphql.pipeline.answering import Answering, AnsweringSettings
from gateway_graphql.pipeline.documents import Documents
from gateway_graphql.pipeline.gate import (
    Admission,
    FieldDemand,
    Gate,
    GateFactory,
    Report,
    Settle,
    Settlement,
    open_gate,
)
from gateway_graphql.pipeline.gates import GateAround, GuardedGate, OpenGate
from gateway_graphql.pipeline.middleware import Middleware, Next, wrap
from gateway_graphql.pipeline.preparing.background import Waiting
from gateway_graphql.pipeline.preparing.cache_limits import CacheLimits
from gateway_graphql.pipeline.preparing.introspecting import Introspector
from gateway_graphql.pipeline.preparing.known import KnownDocument
from gateway_graphql.pipeline.preparing.prepared import (
    NO_STUDIES,
    Guard,
    PlanFor,
    PreparedDocument,
    PreparedOperation,
    Studies,
    Variant,
)
from gateway_graphql.pipeline.preparing.preparer import Preparer, Validation
from gateway_graphql.pipeline.sharing import Adopting, Sharing, SharingSettings
from gateway_graphql.pipeline.visibility import AllVisible, Visibility

__all__ = [
    "NO_STUDIES",
    "Admission",
    "Adopting",
    "AllVisible",
    "Answering",
    "AnsweringSettings",
    "CacheLimits",
    "Documents",
    "FieldDemand",
    "Gate",
    "GateAround",
    "GateFactory",
    "Guard",
    "GuardedGate",
    "Introspector",
    "KnownDocument",
    "Middleware",
    "Next",
    "OpenGate",
    "PlanFor",
    "PreparedDocument",
    "PreparedOperation",
    "Preparer",
    "Report",
    "Settle",
    "Settlement",
    "Sharing",
    "SharingSettings",
    "Studies",
    "Validation",
    "Variant",
    "Visibility",
    "Waiting",
    "open_gate",
    "wrap",
]
