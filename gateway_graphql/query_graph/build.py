"""`Supergraph` -> `QueryGraph`: which moves each node has.

Moves of a node are made when they are first asked for and kept: a supergraph with
thousands of types costs nothing until operations touch them. The graph of one
supergraph and one set of active override labels never changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import (
    TYPENAME,
    Field,
    Fragment,
    OperationKind,
    Selection,
)
from gateway_graphql.language.type_reference import list_depth, named_type
from gateway_graphql.query_graph.model import (
    Downcast,
    Edge,
    FieldMove,
    KeyMove,
    Node,
    RootMove,
)
from gateway_graphql.supergraph.model import (
    CompositeDefinition,
    FieldDefinition,
    FieldJoin,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    TypeDefinition,
    TypeJoin,
    UnionDefinition,
)


class QueryGraph:
    """Where one can go from where, for one supergraph and one set of labels.

    Attributes:
        supergraph: What it was made from.
        override_labels: The labels of progressive `@override` that are active.
        index_by_subgraph: A small number for every subgraph.
    """

    def __init__(
        self, supergraph: Supergraph, override_labels: frozenset[str] = frozenset()
    ) -> None:
        self.supergraph = supergraph
        self.override_labels = override_labels
        self.index_by_subgraph = {
            name: index for index, name in enumerate(supergraph.subgraphs)
        }
        # Filled as nodes are asked for; nothing in them ever changes afterwards.
        self._field_edges: dict[tuple[Node, str], Edge | None] = {}
        self._key_edges: dict[tuple[str, str, tuple[str, ...]], tuple[Edge, ...]] = {}
        self._possible: dict[tuple[str, str], tuple[str, ...]] = {}
        # By the identity of definitions, which the supergraph keeps alive.
        self._resolvers_by_field: dict[int, frozenset[str]] = {}

    def __repr__(self) -> str:
        return f"<QueryGraph of {len(self.index_by_subgraph)} subgraphs>"

    def root_edges(self, kind: OperationKind) -> tuple[Edge, ...]:
        """The ways in: the root type in every subgraph that has it."""
        root = self.composite(self.supergraph.roots[kind])
        return tuple(
            Edge(RootMove(), Node(root.name, name))
            for name in dict.fromkeys(join.subgraph for join in root.joins)
        )

    def with_field(self, roots: Sequence[Edge], name: str) -> Iterator[Edge]:
        """Those ways in that have a field; most supergraphs have many that do not."""
        root = self.composite(roots[0].head.type_name)
        if not isinstance(root, UnionDefinition) and name in root.fields:
            graphs = {join.subgraph for join in root.fields[name].joins}
            yield from (edge for edge in roots if edge.head.subgraph in graphs)

    def composite(self, name: str) -> CompositeDefinition:
        """The definition of an object, interface or union type."""
        definition = self.supergraph.types[name]
        if isinstance(
            definition, ObjectDefinition | InterfaceDefinition | UnionDefinition
        ):
            return definition
        raise AssertionError(f"`{name}` has no selections")

    def is_abstract(self, node: Node) -> bool:
        """Whether objects at the node have types of their own that it can tell."""
        return not isinstance(
            self.composite(node.type_name), ObjectDefinition
        ) and not self.is_interface_object(node)

    def is_interface_object(self, node: Node) -> bool:
        """Whether the subgraph takes the interface for an object type."""
        return (node.type_name, node.subgraph) in self._interface_objects

    @cached_property
    def _interface_objects(self) -> frozenset[tuple[str, str]]:
        return frozenset(
            (name, join.subgraph)
            for name, definition in self.supergraph.types.items()
            for join in definition.joins
            if join.is_interface_object
        )

    # Possible types

    def possible_types(self, node: Node) -> tuple[str, ...]:
        """The object types that the subgraph knows the node's type to have."""
        if node.members is not None:
            return node.members
        key = (node.type_name, node.subgraph)
        if (known := self._possible.get(key)) is None:
            known = self._possible[key] = tuple(self._members(node))
        return known

    def _members(self, node: Node) -> Iterator[str]:
        match self.composite(node.type_name):
            case ObjectDefinition(name=name):
                yield name
            case UnionDefinition(members=members):
                yield from (m.member for m in members if m.subgraph == node.subgraph)
            case InterfaceDefinition():
                for name in self.supergraph.possible_types[node.type_name]:
                    if self.implements(name, node.type_name, node.subgraph):
                        yield name

    def implements(self, type_name: str, interface: str, subgraph: str) -> bool:
        """Whether a type implements an interface in the eyes of a subgraph."""
        definition = self.supergraph.types[type_name]
        return isinstance(definition, ObjectDefinition | InterfaceDefinition) and any(
            claim.subgraph == subgraph and claim.interface == interface
            for claim in definition.implements
        )

    def downcast(self, node: Node, type_name: str) -> Edge:
        """See objects at an abstract node as one of its possible types."""
        provided = tuple(self._provided_on(node, type_name))
        head = Node(type_name, node.subgraph, provided, contexts=node.contexts)
        if self.is_abstract(head):
            # Two abstract types may have fewer types in common than either has.
            own, around = self.possible_types(head), self.possible_types(node)
            common = tuple(name for name in own if name in around)
            if len(common) < len(own):
                head = replace(head, members=common)
        return Edge(Downcast(type_name), head)

    def _provided_on(self, node: Node, type_name: str) -> Iterator[Selection]:
        for selection in node.provided:
            if isinstance(selection, Field):
                yield selection
            elif self.covers(selection.type_condition, type_name):
                yield from selection.selections
            else:
                yield selection

    def covers(self, wide: str, narrow: str) -> bool:
        """Whether every object of one type is also of the other."""
        possible = self.supergraph.possible_types
        return wide == narrow or set(possible[narrow]) <= set(possible[wide])

    # Contexts

    def sets_context(self, node: Node, context: str) -> bool:
        """Whether every object at a node sets a context."""
        types = self._types_by_context.get(context, frozenset())
        return node.type_name in types or (
            self.is_abstract(node) and types.issuperset(self.possible_types(node))
        )

    def _agree_on_contexts(self, node: Node, field: FieldDefinition) -> bool:
        """Whether all types of an abstract node set the same of what is read below."""
        possible = set(self.possible_types(node))
        return all(
            possible <= types or possible.isdisjoint(types)
            for context in self._contexts_read.get(named_type(field.type), ())
            if (types := self._types_by_context.get(context, frozenset()))
        )

    def _contexts_under(self, node: Node, type_name: str) -> tuple[str, ...]:
        """The contexts that are set around the value of a field at a node."""
        read = self._contexts_read.get(type_name)
        if read is None:
            return ()
        return tuple(
            context
            for context in read
            if context in node.contexts or self.sets_context(node, context)
        )

    @cached_property
    def _contexts_read(self) -> Mapping[str, tuple[str, ...]]:
        """Composite type -> the contexts read by fields of its objects, and below."""
        if not self._types_by_context:
            return {}  # nothing sets any, so nothing can be read
        found = {
            name: set(_contexts_read_on(definition))
            for name, definition in self.supergraph.types.items()
        }
        leads_to = self._leads_to
        pending = True
        while pending:
            pending = False
            for name, targets in leads_to.items():
                new = set().union(*(found.get(t, ()) for t in targets)) - found[name]
                found[name] |= new
                pending = pending or bool(new)
        return {name: tuple(sorted(read)) for name, read in found.items() if read}

    @property
    def _leads_to(self) -> Mapping[str, set[str]]:
        """Composite type -> its fields' types, and what else its objects are."""
        types = self.supergraph.types
        return {
            name: {
                *possible,
                *self.supergraph.field_types.get(name, {}).values(),
                *getattr(types[name], "interfaces", ()),
            }
            for name, possible in self.supergraph.possible_types.items()
        }

    @cached_property
    def _types_by_context(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for name, definition in self.supergraph.types.items():
            for applied in definition.directives:
                if applied.name == "context":
                    context = dict(applied.arguments)["name"].strip('"')
                    types = {name, *self.supergraph.possible_types[name]}
                    found[context] = found.get(context, frozenset()) | types
        return found

    def is_a(self, type_name: str, wide: str) -> bool:
        """Whether a type is another or declares to implement it."""
        definition = self.composite(type_name)
        return wide == type_name or (
            not isinstance(definition, UnionDefinition)
            and wide in definition.interfaces
        )

    # Fields

    def field_edge(self, node: Node, name: str) -> Edge | None:
        """Resolve a field at a node, in its subgraph; `None` where it cannot."""
        key = (node, name)
        if key not in self._field_edges:
            self._field_edges[key] = self._make_field_edge(node, name)
        return self._field_edges[key]

    def _make_field_edge(self, node: Node, name: str) -> Edge | None:
        definition = self.composite(node.type_name)
        if isinstance(definition, UnionDefinition):
            return None
        field = definition.fields.get(name)
        join = field and _join(field, node.subgraph)
        if not field or not join:
            return None
        provided = _provided_field(node.provided, name)
        if provided is None and not self._resolves(field, join):
            return None
        if self.is_abstract(node) and not (
            self._all_resolve(node, name) and self._agree_on_contexts(node, field)
        ):
            return None
        return self._edge_to(node, field, join, provided)

    def _resolves(self, field: FieldDefinition, join: FieldJoin) -> bool:
        return join.subgraph in self._resolvers(field)

    def _resolvers(self, field: FieldDefinition) -> frozenset[str]:
        """The subgraphs that resolve a field, as far as the labels go."""
        if (known := self._resolvers_by_field.get(id(field))) is None:
            known = self._resolvers_by_field[id(field)] = self._find_resolvers(field)
        return known

    def _find_resolvers(self, field: FieldDefinition) -> frozenset[str]:
        overrides = [join for join in field.joins if join.override]
        labelled = {join.override for join in overrides if join.override_label}
        gone = {join.override for join in overrides if self._has_begun(join)}
        return frozenset(
            join.subgraph
            for join in field.joins
            if not join.is_external
            and join.subgraph not in gone
            and self._has_begun(join)
            # What was taken over for good is named by nobody any more.
            and (not join.is_used_overridden or join.subgraph in labelled)
        )

    def _has_begun(self, join: FieldJoin) -> bool:
        """Whether an `@override` with a label is in force; all others are."""
        if not (join.override and join.override_label):
            return True
        return join.override_label in self.override_labels

    def _all_resolve(self, node: Node, name: str) -> bool:
        """Whether the subgraph resolves an interface's field on every implementation."""
        for type_name in self.possible_types(node):
            edge = self.field_edge(self.downcast(node, type_name).head, name)
            if edge is None or (
                isinstance(edge.move, FieldMove)
                and (edge.move.requires or edge.move.context_arguments)
            ):
                return False
        return True

    def has_at_hand(
        self,
        node: Node,
        selections: tuple[Selection, ...],
        asking: tuple[tuple[Node, str], ...] = (),
    ) -> bool:
        """Whether a subgraph resolves selections at a node without another fetch.

        Args:
            node: Where they are selected.
            selections: What is selected.
            asking: The fields on whose account it is asked: none helps itself.
        """
        return all(self._has_one(node, one, asking) for one in selections)

    def _has_one(
        self,
        node: Node,
        selection: Selection,
        asking: tuple[tuple[Node, str], ...],
    ) -> bool:
        if isinstance(selection, Fragment):
            return self._has_fragment(node, selection, asking)
        if selection.name == TYPENAME:
            return not self.is_interface_object(node)
        edge = self.field_edge(node, selection.name)
        if edge is None or not isinstance(edge.move, FieldMove):
            return self.is_abstract(node) and all(
                self._has_one(self.downcast(node, name).head, selection, asking)
                for name in self.possible_types(node)
            )
        key = (node, selection.name)
        if edge.move.context_arguments or key in asking:
            return False
        return self.has_at_hand(
            node, edge.move.requires, (*asking, key)
        ) and self.has_at_hand(edge.head, selection.selections, asking)

    def _has_fragment(
        self,
        node: Node,
        fragment: Fragment,
        asking: tuple[tuple[Node, str], ...],
    ) -> bool:
        if not self.is_abstract(node):
            is_certain = self.covers(fragment.type_condition, node.type_name)
            return is_certain and self.has_at_hand(node, fragment.selections, asking)
        wanted = self.supergraph.possible_types[fragment.type_condition]
        return all(
            self.has_at_hand(
                self.downcast(node, name).head, fragment.selections, asking
            )
            for name in self.possible_types(node)
            if name in wanted
        )

    def _edge_to(
        self,
        node: Node,
        field: FieldDefinition,
        join: FieldJoin,
        provided: tuple[Selection, ...] | None,
    ) -> Edge:
        type_name = named_type(join.type or field.type)
        public = self.supergraph.types.get(named_type(field.type))
        own = parse_field_set(join.provides) if join.provides else ()
        move = FieldMove(
            field=field.name,
            requires=parse_field_set(join.requires) if join.requires else (),
            context_arguments=join.context_arguments,
            list_depth=list_depth(field.type),
            is_leaf=not isinstance(
                public, ObjectDefinition | InterfaceDefinition | UnionDefinition
            ),
            is_abstract=isinstance(public, InterfaceDefinition | UnionDefinition),
            is_shared=len(self._resolvers(field)) > 1,
        )
        head = Node(
            type_name,
            join.subgraph,
            own + (provided or ()),
            contexts=self._contexts_under(node, type_name),
        )
        if type_name in self._above_partial_unions:
            peers = self._peers(node, field)
            head = replace(head, peers=peers, members=self._members_of_all(head, peers))
        return Edge(move, head)

    # Unions that subgraphs know differently

    @cached_property
    def _above_partial_unions(self) -> frozenset[str]:
        """Types from which fields lead to a union that subgraphs know differently."""
        types = self.supergraph.types
        found = {
            name
            for name, definition in types.items()
            if isinstance(definition, UnionDefinition) and _is_partial(definition)
        }
        pending = bool(found)
        while pending:
            new = {
                name
                for name, fields in self.supergraph.field_types.items()
                if name not in found and not found.isdisjoint(fields.values())
            }
            found |= new
            pending = bool(new)
        return frozenset(found)

    def _peers(self, node: Node, field: FieldDefinition) -> tuple[str, ...]:
        """The other subgraphs that resolve a field for the very same object."""
        if node.type_name in self.supergraph.roots.values():
            reached = set(self.index_by_subgraph)
        else:
            reached = {edge.head.subgraph for edge in self.key_edges(node)}
            reached.update(node.peers)
        return tuple(
            join.subgraph
            for join in field.joins
            if join.subgraph != node.subgraph
            and join.subgraph in reached
            and self._resolves(field, join)
        )

    def _members_of_all(
        self, head: Node, peers: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        """The members of a union that its subgraph and all peers know."""
        if not isinstance(self.supergraph.types[head.type_name], UnionDefinition):
            return None
        own = self.possible_types(head)
        others = [self.possible_types(Node(head.type_name, peer)) for peer in peers]
        common = tuple(m for m in own if all(m in other for other in others))
        return common if len(common) < len(own) else None

    # Keys

    def key_edges(self, node: Node) -> tuple[Edge, ...]:
        """Every subgraph that can be entered with the node's object, by every key.

        The node's own subgraph is among them: a field with `@requires` may have to be
        asked of it again, with a representation.
        """
        key = (node.type_name, node.subgraph, node.contexts)
        if (known := self._key_edges.get(key)) is None:
            edges = self._make_key_edges(node)
            if node.contexts:  # the object's place in the answer is the same
                edges = (
                    replace(edge, head=replace(edge.head, contexts=node.contexts))
                    for edge in edges
                )
            known = self._key_edges[key] = tuple(edges)
        return known

    def _make_key_edges(self, node: Node) -> Iterator[Edge]:
        definition = self.composite(node.type_name)
        if definition.name == self.supergraph.roots[OperationKind.QUERY]:
            # The query root needs no key: any subgraph can be asked from anywhere.
            yield from self.root_edges(OperationKind.QUERY)
            return
        is_object = isinstance(definition, ObjectDefinition)
        blind = self.is_interface_object(node)
        for join in definition.joins:
            if join.key and join.is_resolvable:
                known = is_object or blind or join.is_interface_object
                yield _key_edge(definition.name, join, known=known)
        if isinstance(definition, ObjectDefinition):
            for interface in definition.interfaces:
                for join in self.composite(interface).joins:
                    if join.is_interface_object and join.key and join.is_resolvable:
                        yield _key_edge(interface, join, known=True)


def _contexts_read_on(definition: TypeDefinition) -> Iterator[str]:
    if isinstance(definition, ObjectDefinition | InterfaceDefinition):
        for field in definition.fields.values():
            for join in field.joins:
                yield from (argument.context for argument in join.context_arguments)


def _key_edge(type_name: str, join: TypeJoin, *, known: bool) -> Edge:
    move = KeyMove(parse_field_set(join.key or ""), type_name if known else None)
    return Edge(move, Node(type_name, join.subgraph))


def _is_partial(union: UnionDefinition) -> bool:
    """Whether some subgraph of a union lacks a member that another has."""
    names = {member.member for member in union.members}
    graphs = {join.subgraph for join in union.joins}
    return len(set(union.members)) < len(names) * len(graphs)


def _join(field: FieldDefinition, subgraph: str) -> FieldJoin | None:
    return next((join for join in field.joins if join.subgraph == subgraph), None)


def _provided_field(
    provided: tuple[Selection, ...], name: str
) -> tuple[Selection, ...] | None:
    """What a `@provides` selects below a field; `None` when it does not name it."""
    for selection in provided:
        if isinstance(selection, Field) and selection.name == name:
            return selection.selections
    return None


def labels_of(supergraph: Supergraph) -> Mapping[str, tuple[str, ...]]:
    """Override label -> coordinates of the fields that it moves."""
    labels: dict[str, tuple[str, ...]] = {}
    for definition in supergraph.types.values():
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            for field in definition.fields.values():
                for join in field.joins:
                    if join.override_label:
                        coordinate = f"{definition.name}.{field.name}"
                        known = labels.get(join.override_label, ())
                        labels[join.override_label] = (*known, coordinate)
    return labels
