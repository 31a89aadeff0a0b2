"""Who may have which fields: the access rules of the schema, applied before planning.

`Authorization` judges requests for one supergraph; `Policy` is a function behind
`@policy`, `OperationRule` a rule about whole operations.
"""

from gateway_graphql.policy.authorization.authorization import (
    GRANTED,
    Authorization,
    Judgement,
)
from gateway_graphql.policy.authorization.policies import (
    Policy,
    PolicyFunction,
    PolicyQuestion,
)
from gateway_graphql.policy.authorization.settings import (
    AuthorizationSettings,
    Enforcement,
    OperationRule,
)

__all__ = [
    "GRANTED",
    "Authorization",
    "AuthorizationSettings",
    "Enforcement",
    "Judgement",
    "OperationRule",
    "Policy",
    "PolicyFunction",
    "PolicyQuestion",
]
