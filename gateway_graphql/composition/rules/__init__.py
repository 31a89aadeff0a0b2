"""Rules of composition, grouped by subject; each list is a stage's rules, in order.

Each file names the part of the specification that its rules follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.rules.access import (
    check_no_access_rules_on_interfaces,
)
from gateway_graphql.composition.rules.contexts import (
    check_context_names,
    check_contextual_arguments,
)
from gateway_graphql.composition.rules.cost import check_cost, check_list_size
from gateway_graphql.composition.rules.field_sets import (
    check_keys,
    check_provides,
    check_requires,
)
from gateway_graphql.composition.rules.fields import (
    check_externals_are_used,
    check_interface_keys,
    check_interface_objects,
    check_no_external_on_interfaces,
    check_shareable,
)
from gateway_graphql.composition.rules.implementations import (
    check_implementations,
)
from gateway_graphql.composition.rules.supergraph import (
    check_inaccessible,
    check_input_objects,
)
from gateway_graphql.composition.rules.transitive_access import (
    check_transitive_access,
)
from gateway_graphql.supergraph.model import Supergraph

SubgraphRule = Callable[[FieldRoles, Problems], None]

SUBGRAPH_RULES: tuple[SubgraphRule, ...] = (
    check_keys,
    check_requires,
    check_provides,
    check_no_external_on_interfaces,
    check_externals_are_used,
    check_interface_keys,
    check_interface_objects,
    check_shareable,
    check_cost,
    check_list_size,
    check_no_access_rules_on_interfaces,
    check_context_names,
    check_contextual_arguments,
)

SupergraphRule = Callable[[Supergraph, Sequence[FieldRoles], Problems], None]

SUPERGRAPH_RULES: tuple[SupergraphRule, ...] = (
    check_implementations,
    check_input_objects,
    check_inaccessible,
    check_transitive_access,
)
