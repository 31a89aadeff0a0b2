"""One checked operation and what `@rest` says of it -> an endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    VariableDefinitionNode,
    print_ast,
)

from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import ALWAYS, Field, Operation, OperationKind
from gateway_graphql.language.pruning import path_of
from gateway_graphql.language.type_reference import type_from_node
from gateway_graphql.pipeline import FieldDemand, PreparedDocument
from gateway_graphql.rest.definition.answer_types import (
    UnwrapInvalid,
    data_type,
    unwrapped,
)
from gateway_graphql.rest.definition.directives import (
    RestArguments,
    description_of,
    is_from_body,
)
from gateway_graphql.rest.definition.endpoint import (
    Access,
    Body,
    Deprecation,
    Endpoint,
    Pagination,
    Parameter,
    Turn,
)
from gateway_graphql.rest.definition.input_types import InputTypes, members_of
from gateway_graphql.rest.definition.json_types import (
    Enumeration,
    InputReference,
    Items,
    JSONType,
    Nullable,
    Record,
    Scalar,
    alternatives_of,
    without_null,
)
from gateway_graphql.rest.definition.path import PathInvalid, PathTemplate, parse_path
from gateway_graphql.rest.definition.select import (
    Reshaping,
    SelectInvalid,
    compile_select,
)
from gateway_graphql.supergraph.input_coercion import InputCoercion, InputProblems
from gateway_graphql.supergraph.model import Supergraph

_CACHE_CONTROL: Final = re.compile(r"[a-z-]+(=\d{1,9})?(\s*,\s*[a-z-]+(=\d{1,9})?)*")
_LINE: Final = re.compile(r"[\x20-\x7e]*")
_SUCCESSES: Final = frozenset(
    int(status)
    for status in HTTPStatus
    if 200 <= status < 300 and status != 206  # noqa: PLR2004 - the class of success, without parts of content
)
_FAILURES: Final = frozenset(int(status) for status in HTTPStatus if status >= 400)  # noqa: PLR2004 - the classes of failure
_WITHOUT_CONTENT: Final = frozenset({204, 205})


@dataclass(frozen=True, slots=True)
class World:
    """What operations are about.

    Attributes:
        supergraph: What is served.
        api_schema: What clients see of it.
        document: Prepares the named operation of a document, as for any request.
        demands: What the fields of an operation take of who asks for them.
    """

    supergraph: Supergraph
    api_schema: GraphQLSchema
    document: Callable[[str, str | None], PreparedDocument]
    demands: Callable[[Operation], Sequence[FieldDemand]]


@dataclass(frozen=True, slots=True)
class Draft:
    """An operation that is to become an endpoint.

    Attributes:
        node: As written.
        rest: The arguments of its `@rest`.
        text: The document that is executed.
        operation: The same, normalized.
        prefix: What every path begins with.
    """

    node: OperationDefinitionNode
    rest: RestArguments
    text: str
    operation: Operation
    prefix: str


@dataclass(frozen=True, slots=True)
class _Inputs:
    in_path: tuple[Parameter, ...]
    in_query: tuple[Parameter, ...]
    body: Body | None
    records: Mapping[str, Record]


def make_endpoint(draft: Draft, world: World) -> Endpoint:
    """Make the endpoint of an operation.

    Raises:
        GraphQLError: Something that `@rest` or `@body` says does not fit, and where.
    """
    rest = draft.rest
    _check_method(draft)
    with _problems_at(rest, "path"):
        path = parse_path(f"{draft.prefix}{rest.value_of('path')}")
    inputs = _inputs(draft, world, path)
    unwrap = tuple(filter(None, (rest.value_of("unwrap") or "").split(".")))
    with _problems_at(rest, "unwrap"):
        part = unwrapped(data_type(draft.operation, world.api_schema), unwrap)
    name = draft.node.name.value if draft.node.name else ""
    reshaping = _reshaping(rest, part, name)
    answer = reshaping.type if reshaping else part
    status = _status(rest)
    description = description_of(draft.node)
    return Endpoint(
        name=name,
        kind=draft.operation.kind,
        text=draft.text,
        method=rest.value_of("method"),
        path=path,
        in_path=inputs.in_path,
        in_query=inputs.in_query,
        body=inputs.body,
        unwrap=unwrap,
        answer=None if status in _WITHOUT_CONTENT else answer,
        reshaping=reshaping,
        status=status,
        cache=_cache(rest),
        allows_partial=rest.value_of("partial") == "allow",
        location=_location(draft, part),
        pagination=_pagination(draft.operation, unwrap, inputs.in_query),
        statuses=_statuses(rest),
        access=_access(draft, world, unwrap),
        summary=description.partition("\n")[0].rstrip("."),
        description=description,
        tags=tuple(rest.value_of("tags") or _usual_tags(rest.value_of("path"))),
        deprecation=_deprecation(rest),
        origin=_origin(draft.node),
        inputs=inputs.records,
    )


def _check_method(draft: Draft) -> None:
    is_mutation = draft.operation.kind is OperationKind.MUTATION
    if draft.operation.kind is OperationKind.SUBSCRIPTION:
        raise GraphQLError("A subscription cannot be an endpoint.", draft.node)
    if is_mutation and draft.rest.value_of("method") == "GET":
        raise GraphQLError(
            "A mutation needs a method other than GET.", draft.rest.node_of("method")
        )


def _inputs(draft: Draft, world: World, path: PathTemplate) -> _Inputs:
    types = InputTypes(world.api_schema)
    coercion = InputCoercion(world.supergraph)
    examples = _examples(draft)
    parameters: dict[str, Parameter] = {}
    from_body: list[Parameter] = []
    nodes: dict[str, VariableDefinitionNode] = {}
    for node in draft.node.variable_definitions or ():
        parameter = _parameter(node, types, coercion, examples)
        nodes[parameter.name] = node
        if is_from_body(node):
            if draft.rest.value_of("method") == "GET":
                raise GraphQLError("A GET has no body; take @body away.", node)
            from_body.append(parameter)
        else:
            parameters[parameter.name] = parameter
    at_path = draft.rest.node_of("path")
    for name in path.names:
        if name not in parameters:
            raise GraphQLError(
                f"The path has '{{{name}}}', and the operation no variable '${name}' "
                "that is not from the body.",
                at_path,
            )
        if isinstance(parameters[name].type, Items | Nullable | InputReference):
            raise GraphQLError(
                f"'${name}' is in the path, so it must be one value and not null.",
                nodes[name],
            )
    in_query = tuple(one for one in parameters.values() if one.name not in path.names)
    for parameter in in_query:
        if not _fits_query(parameter.type, types.records):
            raise GraphQLError(
                f"'${parameter.name}' has parts that a query string cannot give; "
                "take it from the body (@body).",
                nodes[parameter.name],
            )
    return _Inputs(
        tuple(parameters[name] for name in path.names),
        in_query,
        _body(from_body),
        types.records,
    )


def _parameter(
    node: VariableDefinitionNode,
    types: InputTypes,
    coercion: InputCoercion,
    examples: dict[str, JSON],
) -> Parameter:
    name = node.variable.name.value
    made = types.of_node(node.type)
    reference = type_from_node(node.type)
    has_default = node.default_value is not None
    default: JSON = None
    if node.default_value is not None:
        default = coercion.literal(print_ast(node.default_value), reference)
    has_example = name in examples
    example = examples.get(name)
    if has_example:
        problems = InputProblems()
        coercion.coerce(reference)(example, (), problems)
        for problem in problems:
            raise GraphQLError(f"The example of '${name}': {problem.expected}.", node)
    return Parameter(
        name,
        made,
        not has_default and not isinstance(made, Nullable),
        description_of(node),
        has_default,
        default,
        example,
        has_example,
    )


def _examples(draft: Draft) -> dict[str, JSON]:
    given: Any = draft.rest.value_of("examples")
    if given is None:
        return {}
    known = {n.variable.name.value for n in draft.node.variable_definitions or ()}
    if not isinstance(given, dict) or not given.keys() <= known:
        raise GraphQLError(
            "`examples` is an object with values of the operation's variables.",
            draft.rest.node_of("examples"),
        )
    return given


def _body(variables: list[Parameter]) -> Body | None:
    """One variable with parts is the whole body; else each one is a member of it."""
    if not variables:
        return None
    is_whole = len(variables) == 1 and isinstance(
        without_null(variables[0].type), InputReference | Items
    )
    return Body(tuple(variables), is_whole)


def _fits_query(one: JSONType, records: Mapping[str, Record]) -> bool:
    match without_null(one):
        case Scalar() | Enumeration():
            return True
        case Items(item):
            return isinstance(without_null(item), Scalar | Enumeration)
        case InputReference():
            return all(_is_flat(member.type) for member in members_of(one, records))
        case _:
            return False


def _is_flat(one: JSONType) -> bool:
    plain = without_null(one)
    if isinstance(plain, Items):
        plain = without_null(plain.item)
    return isinstance(plain, Scalar | Enumeration)


def _reshaping(rest: RestArguments, part: JSONType, name: str) -> Reshaping | None:
    expression = rest.value_of("select")
    if expression is None:
        return None
    with _problems_at(rest, "select"):
        return compile_select(expression, part, f"{name}Answer")


def _status(rest: RestArguments) -> HTTPStatus:
    status = rest.value_of("status")
    if status not in _SUCCESSES:
        raise GraphQLError(
            f"{status} is not a status of success.", rest.node_of("status")
        )
    return HTTPStatus(status)


def _statuses(rest: RestArguments) -> dict[str, HTTPStatus]:
    statuses: dict[str, HTTPStatus] = {}
    for one in rest.value_of("errors"):
        statuses[one["code"]] = error_status(one["status"], rest.node_of("errors"))
    return statuses


def error_status(status: int, node: Node | None = None) -> HTTPStatus:
    """A status of failure.

    Raises:
        GraphQLError: It is none.
    """
    if status not in _FAILURES:
        raise GraphQLError(f"{status} is not a status of failure.", node)
    return HTTPStatus(status)


def _cache(rest: RestArguments) -> str:
    cache: str = rest.value_of("cache") or ""
    if cache and _CACHE_CONTROL.fullmatch(cache) is None:
        raise GraphQLError(
            "`cache` is a Cache-Control header, like 'public, max-age=60'.",
            rest.node_of("cache"),
        )
    return cache


def _location(draft: Draft, part: JSONType) -> PathTemplate | None:
    text = draft.rest.value_of("location")
    if text is None:
        return None
    with _problems_at(draft.rest, "location"):
        location = parse_path(f"{draft.prefix}{text}")
    for name in location.names:
        if not all(_has_value(one, name) for one in alternatives_of(part)):
            raise GraphQLError(
                f"`location` has '{{{name}}}', and the answer no such member that is "
                "one value and not null.",
                draft.rest.node_of("location"),
            )
    return location


def _has_value(part: JSONType, name: str) -> bool:
    member = part.member(name) if isinstance(part, Record) else None
    return member is not None and isinstance(member.type, Scalar)


def _pagination(
    operation: Operation, unwrap: tuple[str, ...], in_query: tuple[Parameter, ...]
) -> Pagination | None:
    """The outermost connection on the way to the answer whose page info is selected."""
    roots = [one for one in operation.selections if isinstance(one, Field)]
    if not unwrap and len(roots) == 1:
        unwrap = (roots[0].answer_key,)
    selections = operation.selections
    parameters = {f"${one.name}": one.name for one in in_query}
    for depth, key in enumerate(unwrap, 1):
        field = _field(selections, _has_key(key))
        if field is None:
            return None
        selections = field.selections
        info = _field(selections, lambda one: one.name == "pageInfo")
        if info is None:
            continue
        turns = tuple(_turns(field, info, parameters))
        if turns:
            return Pagination((*unwrap[:depth], info.answer_key), turns)
    return None


def _has_key(key: str) -> Callable[[Field], bool]:
    return lambda field: field.answer_key == key


def _turns(
    connection: Field, info: Field, parameters: Mapping[str, str]
) -> Iterator[Turn]:
    given = {argument.name: argument.text for argument in connection.arguments}
    after = parameters.get(given.get("after", ""))
    if after and (keys := _keys(info, "hasNextPage", "endCursor")):
        yield Turn("next", after, *keys)
    before = parameters.get(given.get("before", ""))
    if before and (keys := _keys(info, "hasPreviousPage", "startCursor")):
        yield Turn("prev", before, *keys)


def _keys(info: Field, flag: str, cursor: str) -> tuple[str, str] | None:
    has_more = _field(info.selections, lambda one: one.name == flag)
    at = _field(info.selections, lambda one: one.name == cursor)
    return (has_more.answer_key, at.answer_key) if has_more and at else None


def _field(selections: Iterable[object], fits: Callable[[Field], bool]) -> Field | None:
    return next(
        (
            one
            for one in selections
            if isinstance(one, Field) and one.condition == ALWAYS and fits(one)
        ),
        None,
    )


def _access(draft: Draft, world: World, unwrap: tuple[str, ...]) -> Access:
    is_partial = draft.rest.value_of("partial") == "allow"
    demands = [
        demand
        for demand in world.demands(draft.operation)
        if demand.condition == ALWAYS
        # Where partial answers are allowed, only what is around the answer counts.
        and (not is_partial or path_of(demand.place) == unwrap[: len(demand.place)])
    ]
    scopes = {
        scope
        for demand in demands
        for any_of in demand.scopes
        if any_of
        for scope in min(any_of, key=lambda names: (len(names), sorted(names)))
    }
    return Access(bool(demands), tuple(sorted(scopes)))


def _deprecation(rest: RestArguments) -> Deprecation | None:
    given = rest.value_of("deprecated")
    if given is None:
        return None
    node = rest.node_of("deprecated")
    try:
        since = date.fromisoformat(given["since"])
        sunset = given.get("sunset") and date.fromisoformat(given["sunset"])
    except ValueError:
        raise GraphQLError("A day is like 2026-01-31.", node) from None
    successor = given.get("successor") or ""
    if _LINE.fullmatch(successor) is None or set(successor) & set("<> "):
        raise GraphQLError("`successor` is a path or a URL.", node)
    return Deprecation(since, sunset or None, given.get("reason") or "", successor)


def _usual_tags(path: str) -> tuple[str, ...]:
    first = path[1:].partition("/")[0]
    return () if first.startswith("{") or not first else (first,)


def _origin(node: OperationDefinitionNode) -> str:
    if node.loc is None:
        return ""
    place = node.loc.source.get_location(node.loc.start)
    return f"{node.loc.source.name}:{place.line}:{place.column}"


@contextmanager
def _problems_at(rest: RestArguments, argument: str) -> Iterator[None]:
    try:
        yield
    except (PathInvalid, SelectInvalid, UnwrapInvalid) as error:
        raise GraphQLError(f"`{argument}`: {error}.", rest.node_of(argument)) from error
