"""A parsed document -> one normalized operation.

Named fragments are inlined, fragments that change nothing are flattened, those that
can never apply are dropped, `@skip` and `@include` with constants are decided, those
with variables move down to the fields, and equal fields are merged. What is left says
the same in the fewest selections (specification, section 6.3.2), so that planning and
projection need to know only fields and narrowing type conditions.

Equal selections are one object, wherever they stand: what is worked out for one of them
is known for all (the planner looks selections up by identity).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    print_ast,
)
from msgspec.structs import replace

from gateway_graphql.errors import UnknownOperationName
from gateway_graphql.language.from_ast import (
    argument_from_node,
    condition_from_directives,
    conjunction,
    deciding_variables,
    directives_from_nodes,
)
from gateway_graphql.language.operation import (
    ALWAYS,
    Condition,
    Directive,
    Field,
    Fragment,
    Operation,
    OperationKind,
    Selection,
    VariableDefinition,
    key_in_tree,
)
from gateway_graphql.language.type_reference import NonNullType, type_from_node

FieldTypes: TypeAlias = Mapping[str, Mapping[str, str]]
"""Composite type name -> field name -> the name under the field's type."""

PossibleTypes: TypeAlias = Mapping[str, tuple[str, ...]]
"""Composite type name -> the object types it can be."""

_Source: TypeAlias = tuple[SelectionSetNode, Condition]


def select_operation(
    document: DocumentNode, operation_name: str | None
) -> OperationDefinitionNode:
    """Find the operation to run (specification, section 6.1, GetOperation).

    Raises:
        UnknownOperationName: No operation of that name, or several and no name.
    """
    operations = [
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    ]
    if operation_name:
        for node in operations:
            if node.name and node.name.value == operation_name:
                return node
        raise UnknownOperationName(
            f"The document has no operation named '{operation_name}'."
        )
    if len(operations) == 1:
        return operations[0]
    if not operations:
        raise UnknownOperationName("The document has no operation.")
    raise UnknownOperationName(
        "The document has several operations: `operationName` must say which to run."
    )


def normalize(
    document: DocumentNode,
    node: OperationDefinitionNode,
    *,
    root: str,
    field_types: FieldTypes,
    possible_types: PossibleTypes,
) -> Operation:
    """Normalize an operation of a valid document.

    Args:
        document: Has the fragments that the operation uses.
        node: The operation, one of the document's.
        root: The root type's name.
        field_types: The types of all fields.
        possible_types: The object types of every composite type.
    """
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    normalizer = _Normalizer(fragments, field_types, possible_types)
    return Operation(
        kind=OperationKind(node.operation.value),
        name=node.name.value if node.name else None,
        variables=tuple(_variables(node, fragments)),
        selections=normalizer.selections(root, ((node.selection_set, ALWAYS),)),
        directives=directives_from_nodes(node.directives),
    )


def _variables(
    node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[VariableDefinition]:
    """The variables; those that `@skip` and `@include` ask are never null.

    A default lets a variable of type `Boolean` decide (specification, section 5.8.5), but
    not a null. It is the same to declare it `Boolean!` with that default, wherever it is
    asked and even if what is asked there is selected anyway.
    """
    definitions = node.variable_definitions or ()
    deciding: set[str] = set()
    if any(map(_may_be_null, definitions)):
        deciding = deciding_variables(node.selection_set, fragments)
    for variable in map(_variable, definitions):
        declared = variable.type
        if variable.name in deciding and not isinstance(declared, NonNullType):
            yield replace(variable, type=NonNullType(declared))
        else:
            yield variable


def _may_be_null(node: VariableDefinitionNode) -> bool:
    """Whether a default hides that the variable's type allows null."""
    has_default = node.default_value is not None
    return has_default and not isinstance(node.type, NonNullTypeNode)


def _variable(node: VariableDefinitionNode) -> VariableDefinition:
    return VariableDefinition(
        name=node.variable.name.value,
        type=type_from_node(node.type),
        default=print_ast(node.default_value) if node.default_value else None,
    )


class _Normalizer:
    def __init__(
        self,
        fragments: Mapping[str, FragmentDefinitionNode],
        field_types: FieldTypes,
        possible_types: PossibleTypes,
    ) -> None:
        self._fragments = fragments
        self._field_types = field_types
        self._possible = {k: frozenset(v) for k, v in possible_types.items()}
        # A selection set that is reached twice is normalized once, so a document of
        # fragments within fragments costs what is written, not what it expands to.
        self._keys: dict[int, frozenset[str]] = {}
        self._memo: dict[tuple[object, ...], tuple[Selection, ...]] = {}
        # What was made, by its parts: equal parts are the same object already.
        self._fields: dict[tuple[object, ...], Field] = {}
        self._narrowings: dict[tuple[str, int], Fragment] = {}
        self._selections: dict[tuple[int, ...], tuple[Selection, ...]] = {}

    def selections(
        self, parent: str, sources: tuple[_Source, ...]
    ) -> tuple[Selection, ...]:
        """The merged selections of several selection sets on one type."""
        # By identity: nodes compare by value, which walks all that is below them.
        source_by_identity = {(id(node), c): (node, c) for node, c in sources}
        key = (parent, *source_by_identity)
        if (known := self._memo.get(key)) is None:
            groups = _Groups()
            for node, condition in source_by_identity.values():
                self._collect(parent, node, condition, groups)
            known = self._memo[key] = self._merged(parent, groups)
        return known

    def _collect(
        self, parent: str, node: SelectionSetNode, outer: Condition, into: _Groups
    ) -> None:
        for child in node.selections:
            condition = outer
            if child.directives:
                own = condition_from_directives(child.directives)
                both = None if own is None else conjunction(outer, own)
                if both is None:
                    continue
                condition = both
            match child:
                case FieldNode():
                    into.add_field(child, condition)
                case InlineFragmentNode(type_condition=named, selection_set=inner):
                    narrowed = named.name.value if named else parent
                    self._narrow(parent, narrowed, (inner, condition), into)
                case FragmentSpreadNode(name=name):
                    fragment = self._fragments[name.value]
                    narrowed = fragment.type_condition.name.value
                    inner = fragment.selection_set
                    self._narrow(parent, narrowed, (inner, condition), into)

    def _narrow(
        self, parent: str, narrowed: str, source: _Source, into: _Groups
    ) -> None:
        if self._is_visited(source, into):
            return
        if narrowed == parent or self._is_implied(narrowed, parent):
            self._collect(parent, *source, into)
        elif not self._possible[narrowed].isdisjoint(self._possible[parent]):
            self._add_fragment(narrowed, source, into)

    @staticmethod
    def _is_visited(source: _Source, into: _Groups) -> bool:
        node, condition = source
        slot = (id(node), condition)
        is_visited = slot in into.visited
        into.visited.add(slot)
        return is_visited

    def _add_fragment(self, narrowed: str, source: _Source, into: _Groups) -> None:
        """Add to the last group that the fragment can join without changing the order.

        An answer's fields are in the order in which an object of their type meets them
        (specification, section 6.3.2), so it may only pass what is for other types.
        """
        into.close(self._keys_in(source[0]))
        for key, members in reversed(into.members.items()):
            if isinstance(key, _Narrowing):
                if key.type_condition == narrowed:
                    members.append(source)  # type: ignore[arg-type]
                    return
                if self._possible[key.type_condition].isdisjoint(
                    self._possible[narrowed]
                ):
                    continue
            break
        into.members[_Narrowing(narrowed, len(into.members))] = [source]

    def _keys_in(self, node: SelectionSetNode) -> frozenset[str]:
        """The response keys of a selection set, those in fragments included."""
        if (known := self._keys.get(id(node))) is None:
            keys: set[str] = set()
            for child in node.selections:
                match child:
                    case FieldNode():
                        keys.add(_response_key(child))
                    case InlineFragmentNode(selection_set=inner):
                        keys |= self._keys_in(inner)
                    case FragmentSpreadNode(name=name):
                        keys |= self._keys_in(self._fragments[name.value].selection_set)
            known = self._keys[id(node)] = frozenset(keys)
        return known

    def _is_implied(self, wide: str, parent: str) -> bool:
        """Whether a fragment changes nothing: the parent is an object of its type.

        An abstract parent keeps its fragments even where they cover it, since they
        may select fields that the parent does not have.
        """
        possible = self._possible.get(parent)
        if possible is None:  # introspection types have no subtypes
            return True
        return possible == {parent} and parent in self._possible[wide]

    def _merged(self, parent: str, groups: _Groups) -> tuple[Selection, ...]:
        merged: list[Selection] = []
        for key, members in groups.members.items():
            match key:
                case _Narrowing(narrowed):
                    inner = self.selections(narrowed, tuple(members))  # type: ignore[arg-type]
                    if inner:
                        narrowing = Fragment(narrowed, inner)
                        slot = (narrowed, id(inner))
                        merged.append(self._narrowings.setdefault(slot, narrowing))
                case _Selected(condition=condition):
                    fields: list[FieldNode] = members  # type: ignore[assignment]
                    merged.append(self._field(parent, fields, condition))
        found = tuple(merged)
        return self._selections.setdefault(tuple(map(id, found)), found)

    def _field(
        self, parent: str, nodes: list[FieldNode], condition: Condition
    ) -> Field:
        first = nodes[0]
        sources = tuple((n.selection_set, ALWAYS) for n in nodes if n.selection_set)
        name = first.name.value
        child = self._field_types.get(parent, {}).get(name, "") if sources else ""
        field = Field(
            name=name,
            response_key=_response_key(first),
            arguments=tuple(argument_from_node(a) for a in first.arguments or ()),
            selections=self.selections(child, sources) if sources else (),
            condition=condition,
            directives=directives_from_nodes(first.directives),
        )
        slot = (name, field.response_key, field.arguments, id(field.selections))
        return self._fields.setdefault((*slot, condition, field.directives), field)


class _Narrowing(NamedTuple):
    """A fragment's type condition, and where it stands among the groups."""

    type_condition: str
    position: int


class _Selected(NamedTuple):
    """What fields that are one have in common, and where they stand."""

    key: str
    condition: Condition
    directives: tuple[Directive, ...]
    position: int


class _Groups:
    """Selections that will be one: fields by response key, fragments by type.

    What is selected below a field is in the order in which it was met, so a field joins
    one of its key only if nothing between them selects the same.
    """

    def __init__(self) -> None:
        self.members: dict[_Narrowing | _Selected, list[FieldNode] | list[_Source]] = {}
        # Selection sets that were met with all they have (specification, section 6.3.2:
        # visitedFragments): once more would add nothing.
        self.visited: set[tuple[int, Condition]] = set()
        self._leaves: set[tuple[str, Condition, tuple[Directive, ...]]] = set()
        # By response key the group that another field of the key may still join.
        self._open: dict[str, _Selected] = {}

    def add_field(self, node: FieldNode, condition: Condition) -> None:
        directives = directives_from_nodes(node.directives)
        key = _response_key(node)
        new = _Selected(key, condition, directives, len(self.members))
        if node.selection_set is None:
            self._add_leaf(node, new)
            return
        slot = self._open.get(key)
        if slot is None or (slot.condition, slot.directives) != (condition, directives):
            slot = self._open[key] = new
        self.members.setdefault(slot, []).append(node)  # type: ignore[arg-type]

    def _add_leaf(self, node: FieldNode, new: _Selected) -> None:
        slots = {(new.key, when, new.directives) for when in (ALWAYS, new.condition)}
        if not slots.isdisjoint(self._leaves):
            return  # it is selected anyway
        self._leaves.add((new.key, new.condition, new.directives))
        self.members[new] = [node]

    def close(self, keys: Iterable[str]) -> None:
        """Let no field of these keys join one that was met before."""
        for key in keys:
            self._open.pop(key, None)


def _response_key(node: FieldNode) -> str:
    name = node.name.value
    return key_in_tree(name, node.alias.value) if node.alias else name
