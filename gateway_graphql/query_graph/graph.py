"""`Supergraph` -> `QueryGraph`: which moves each node has.

Moves of a node are made when they are first asked for and kept: a supergraph with
thousands of types costs nothing until operations touch them. The graph of one
supergraph and one set of active override labels never changes.
"""

from __future__ import annotations

from gateway_graphql.query_graph.at_hand import AtHand
from gateway_graphql.query_graph.contexts import Contexts
from gateway_graphql.query_graph.fields import Fields
from gateway_graphql.query_graph.keys import KeyMoves
from gateway_graphql.query_graph.object_types import ObjectTypes
from gateway_graphql.query_graph.overrides import ActiveOverrides
from gateway_graphql.query_graph.roots import Roots
from gateway_graphql.query_graph.unions import PartialUnions
from gateway_graphql.supergraph.model import Supergraph


class QueryGraph:
    """Where one can go from where, for one supergraph and one set of labels.

    Attributes:
        supergraph: What it was made from.
        override_labels: The labels of progressive `@override` that are active.
        types: What objects at a node can be; has the downcasts.
        roots: The root moves.
        keys: The key moves.
        contexts: What is set around an object for the arguments below.
        fields: The field moves.
        at_hand: What a subgraph resolves without another fetch.
    """

    def __init__(
        self, supergraph: Supergraph, override_labels: frozenset[str] = frozenset()
    ) -> None:
        self.supergraph = supergraph
        self.override_labels = override_labels
        self.types = ObjectTypes(supergraph)
        self.roots = Roots(self.types)
        self.keys = KeyMoves(self.types, self.roots)
        self.contexts = Contexts(self.types)
        overrides = ActiveOverrides(override_labels)
        unions = PartialUnions(self.types, self.keys, overrides)
        self.fields = Fields(self.types, overrides, self.contexts, unions)
        self.at_hand = AtHand(self.types, self.fields)

    def __repr__(self) -> str:
        return f"<QueryGraph of {len(self.supergraph.subgraphs)} subgraphs>"
