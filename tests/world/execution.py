"""A world at work: its subgraphs and its monolith, executed by graphql-core.

A subgraph here knows no more than a real one would. It finds an object by a key of its
own in the representation, takes required fields from there alone and compares them with
the truth, and refuses fields that it does not resolve. So a plan that asks something
wrong gives an error, even where the answer would happen to be right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    execute_sync,
    parse,
    validate,
    value_from_ast_untyped,
)

from gateway_graphql.transport import SchemaTransport
from tests.cases.subgraph_schemas import subgraph_schema
from tests.world.data import Data, Entity, value_of
from tests.world.split import Claim, Contexts, Part, Split, selection_set


@dataclass(frozen=True, slots=True)
class _Handle:
    """An object in the hands of a subgraph.

    Attributes:
        entity: The object.
        provided: What `@provides` gives of it here.
        representation: What it was asked with, where it came as an entity.
    """

    entity: Entity
    provided: tuple[SelectionSetNode, ...] = ()
    representation: Mapping[str, object] | None = None


class SubgraphService:
    """One subgraph, ready to execute operations.

    Attributes:
        asked: Every operation that it was sent.
        resolved: Type and name of every field that it resolved.
    """

    def __init__(self, name: str, split: Split, sdl: str, data: Data) -> None:
        self._name = name
        self._parts = split.subgraphs[name]
        self._members = {t.name: t.members for t in split.schema.types.values()}
        self._data = data
        self.schema = subgraph_schema(sdl)
        self.asked: list[str] = []
        self.resolved: set[tuple[str, str]] = set()

    def transport(self) -> SchemaTransport:
        """How a gateway in this process asks it."""

        async def execute(query, variables, _operation_name, _headers):
            return self.execute(query, variables)

        return SchemaTransport(execute)

    def execute(self, query: str, variables: Mapping[str, object]) -> dict:
        """Answer an operation; one that does not validate is an error."""
        self.asked.append(query)
        document = parse(query)
        if errors := validate(self.schema, document):
            return {"errors": [error.formatted for error in errors]}
        return execute_sync(
            self.schema,
            document,
            root_value=_Handle(self._data.root),
            variable_values=dict(variables),
            field_resolver=self._resolve,
            type_resolver=lambda handle, *_: self._typename(handle),
        ).formatted

    def _typename(self, handle: _Handle) -> str:
        name = handle.entity.type_name
        if name in self._parts:
            return name
        return next(
            part.name
            for part in self._parts.values()
            if part.is_interface_object and name in self._members[part.name]
        )

    def _resolve(self, source: _Handle, info, **arguments):
        if info.field_name == "_entities":
            return [self._find(one) for one in arguments["representations"]]
        part = self._parts[info.parent_type.name]
        claim = part.fields[info.field_name]
        self.resolved.add((part.name, info.field_name))
        provided = list(
            provided_below(source.provided, info.field_name, source.entity.type_name)
        )
        if claim.is_taken or (claim.is_external and not provided):
            raise GraphQLError(
                f"{self._name} does not resolve {part.name}.{claim.field}"
            )
        if claim.requires:
            self._check_requirement(source, part, claim)
        if claim.context:
            arguments.setdefault("from", None)
        if claim.provides:
            provided.append(selection_set(claim.provides))
        value = value_of(source.entity, info.field_name, arguments)
        return _handed(value, tuple(provided))

    # Entities

    def _find(self, representation: Mapping[str, object]) -> _Handle | None:
        name = representation["__typename"]
        part = self._parts.get(name)
        keys = (
            [k for k, is_resolvable in part.keys.items() if is_resolvable]
            if part
            else []
        )
        types = self._members[name] or [name]
        for key in keys:
            wanted = selection_set(key)
            for entity in (e for t in types for e in self._data.objects[t]):
                try:
                    same = not any(_unlike(entity, wanted, representation))
                except LookupError:
                    break
                if same:
                    return _Handle(entity, (), representation)
        raise GraphQLError(f"{self._name} has no key for {representation}")

    def _check_requirement(self, source: _Handle, part: Part, claim: Claim) -> None:
        wanted = selection_set(claim.requires)
        if self._has(wanted, part.name, source.provided):
            return
        if source.representation is None:
            raise GraphQLError(f"{self._name} needs {claim.requires}")
        try:
            unlike = list(_unlike(source.entity, wanted, source.representation))
        except LookupError:
            unlike = ["something absent"]
        if unlike:
            raise GraphQLError(
                f"{self._name} got wrong {unlike} for {claim.requires} of "
                f"{source.entity} in {source.representation}"
            )

    def _has(
        self,
        wanted: SelectionSetNode,
        type_name: str,
        provided: tuple[SelectionSetNode, ...],
    ) -> bool:
        """Whether the subgraph resolves a requirement by itself."""
        for node in wanted.selections:
            if isinstance(node, InlineFragmentNode):
                narrowed = node.type_condition.name.value
                if not self._has(node.selection_set, narrowed, provided):
                    return False
                continue
            claim = self._parts[type_name].fields[node.name.value]
            below = tuple(provided_below(provided, node.name.value, type_name))
            if claim.is_external and not below:
                return False
            if node.selection_set and not self._has(
                node.selection_set, claim.field.named_type, below
            ):
                return False
        return True


def provided_below(
    provided: tuple[SelectionSetNode, ...], name: str, type_name: str
) -> Iterator[SelectionSetNode]:
    """What is provided of a field's value, empty where it is a leaf."""
    for selections in provided:
        for node in selections.selections:
            if isinstance(node, InlineFragmentNode):
                if node.type_condition.name.value == type_name:
                    yield from provided_below((node.selection_set,), name, type_name)
            elif node.name.value == name:
                yield node.selection_set or SelectionSetNode(selections=())


def _handed(value: object, provided: tuple[SelectionSetNode, ...]) -> object:
    if isinstance(value, Entity):
        return _Handle(value, provided)
    if isinstance(value, list):
        return [_handed(item, provided) for item in value]
    return value


def _unlike(
    entity: Entity, wanted: SelectionSetNode, given: Mapping[str, object]
) -> Iterator[str]:
    """The fields that a representation tells otherwise than they are.

    Raises:
        LookupError: A field is absent.
    """
    for node in wanted.selections:
        if isinstance(node, InlineFragmentNode):
            if node.type_condition.name.value == entity.type_name:
                yield from _unlike(entity, node.selection_set, given)
            continue
        name = node.name.value
        if name == "__typename":
            continue
        arguments = {
            a.name.value: value_from_ast_untyped(a.value) for a in node.arguments or ()
        }
        truth = value_of(entity, name, arguments)
        if node.selection_set:
            yield from _unlike_below(truth, node.selection_set, given[name], name)
        elif truth != given[name]:
            yield name


def _unlike_below(
    truth: object, wanted: SelectionSetNode, given: object, name: str
) -> Iterator[str]:
    if isinstance(truth, Entity) and isinstance(given, Mapping):
        yield from _unlike(truth, wanted, given)
    elif (
        isinstance(truth, list) and isinstance(given, list) and len(truth) == len(given)
    ):
        for item, told in zip(truth, given, strict=True):
            yield from _unlike_below(item, wanted, told, name)
    elif truth is not None or given is not None:
        yield name


def execute_monolith(
    schema: GraphQLSchema,
    data: Data,
    query: str,
    variables: Mapping[str, object],
    withheld: Collection[str] = (),
    contexts: Contexts | None = None,
) -> dict:
    """What one service that has everything answers.

    Fields with the names that are withheld are errors there.
    """

    def resolve(source: _Placed, info, **arguments):
        if info.field_name in withheld:
            raise GraphQLError("withheld")
        value = _filled_value(source, info.field_name, arguments, contexts)
        return _placed(value, source)

    return execute_sync(
        schema,
        parse(query),
        root_value=_Placed(data.root),
        variable_values=dict(variables),
        field_resolver=resolve,
        type_resolver=lambda source, *_: source.entity.type_name,
    ).formatted


@dataclass(frozen=True, slots=True)
class _Placed:
    """An object where it is in an answer: below another."""

    entity: Entity
    parent: _Placed | None = None


def _placed(value: object, parent: _Placed) -> object:
    if isinstance(value, Entity):
        return _Placed(value, parent)
    if isinstance(value, list):
        return [_placed(item, parent) for item in value]
    return value


def _filled_value(
    source: _Placed,
    name: str,
    arguments: Mapping[str, object],
    contexts: Contexts | None,
) -> object:
    """The value of a field; what clients do not give of its arguments is filled."""
    if contexts is not None and (source.entity.type_name, name) in contexts.readers:
        arguments = {**arguments, "from": _around(source, contexts)}
    return value_of(source.entity, name, arguments)


def _around(source: _Placed, contexts: Contexts) -> object:
    """What the nearest object further up says that sets the context.

    Its field may be filled from further up itself.
    """
    holder = source.parent
    while holder is not None:
        name = contexts.value_by_type.get(holder.entity.type_name)
        if name is not None:
            return _filled_value(holder, name, {}, contexts)
        holder = holder.parent
    return None
