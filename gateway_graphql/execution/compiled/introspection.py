"""`__schema` and `__type` are answered by the gateway, from the API schema.

The introspection part of an operation is cut out of it and run by graphql-core: it is off
the hot path, and nobody knows the rules of introspection better. What a request asks is a
*question*: equal ones have one answer in one schema, whichever operation they came in. An
answer is bytes, which projection passes through and the encoder copies.

`fields { type { fields { type ...` names few things and gives many, the same ones again
and again: what is selected of a type is made and encoded once, and put wherever the type
is. So the work grows with what is written and with the schema, never with their powers;
what grows is the bytes, and they are limited, as is the time.

Where a field gives the query root again, these two fields may be asked below the root. The
places of such parts are known from the operation; their answers are put there at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec
from graphql import GraphQLObjectType, GraphQLSchema, execute_sync, parse
from graphql.execution import Executor
from graphql.type import introspection_types
from msgspec.structs import replace

from gateway_graphql.errors import (
    GatewayError,
    IntrospectionTookTooLong,
    LimitExceeded,
)
from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.shape import INTROSPECTION_FIELDS
from gateway_graphql.language.conditions import condition_variables, holds
from gateway_graphql.language.limits import OperationLimits
from gateway_graphql.language.operation import (
    ALWAYS,
    CLIENT_TYPENAME,
    TYPENAME,
    Field,
    Operation,
    OperationKind,
    Selection,
    key_in_answer,
)
from gateway_graphql.language.printing import print_operation
from gateway_graphql.language.size import MAX_NESTING
from gateway_graphql.language.validating import Deadline
from gateway_graphql.planning.plan import ResponseKeys
from gateway_graphql.remembered import Remembered

IntrospectionAnswer: TypeAlias = Mapping[str, msgspec.Raw]
"""Introspection fields by their keys in the response tree, encoded."""

_KEPT_ASSIGNMENTS: Final = 16
_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a schema; equal ones have the same answer.

    Attributes:
        text: An operation of introspection fields alone, conditions settled.
        variables: Those that its arguments read, as JSON.
    """

    text: str
    variables: bytes


class Introspection:
    """The introspection fields that an operation asks in one place.

    Attributes:
        place: The keys that lead there; `()` for the operation's root.
    """

    def __init__(self, operation: Operation, place: ResponseKeys) -> None:
        self.place = place
        self._operation = operation
        used = set(_argument_variables(operation.selections))
        self._definitions = tuple(v for v in operation.variables if v.name in used)
        self._names = tuple(variable.name for variable in self._definitions)
        self._conditions = tuple(sorted(condition_variables(operation.selections)))
        # By assignment of the `@skip`/`@include` variables.
        self._texts: Remembered[tuple[bool, ...], str] = Remembered(_KEPT_ASSIGNMENTS)
        if not self._conditions:
            self._text({})

    def __repr__(self) -> str:
        return f"<Introspection at {'.'.join(self.place) or 'the root'}>"

    def question(self, variables: Mapping[str, JSON]) -> Question | None:
        """What a request asks; `None` where all of it is skipped.

        Args:
            variables: Coerced.
        """
        text = self._text(variables)
        if not text:
            return None
        given = {name: variables[name] for name in self._names if name in variables}
        return Question(text, _encoder.encode(given))

    def _text(self, variables: Mapping[str, JSON]) -> str:
        assignment = tuple(variables.get(name) is True for name in self._conditions)
        text = self._texts.get(assignment)
        if text is None:
            text = self._print(variables)
            self._texts.put(assignment, text)
        return text

    def _print(self, variables: Mapping[str, JSON]) -> str:
        selected = _settled(self._operation.selections, variables)
        if not selected:
            return ""
        return print_operation(
            replace(self._operation, variables=self._definitions, selections=selected)
        )


def compile_introspection(operation: Operation) -> tuple[Introspection, ...]:
    """Find the introspection fields of an operation, place by place."""
    fields_by_place: dict[ResponseKeys, list[Field]] = {}
    for place, field in _fields(operation.selections, ()):
        fields_by_place.setdefault(place, []).append(field)
    return tuple(
        Introspection(
            replace(
                operation,
                kind=OperationKind.QUERY,
                name=None,
                selections=tuple(fields),
            ),
            place,
        )
        for place, fields in fields_by_place.items()
    )


def introspect(
    question: Question, schema: GraphQLSchema, limits: OperationLimits
) -> IntrospectionAnswer:
    """Answer a question.

    Args:
        question: Valid against the schema.
        schema: What it is about.
        limits: How long it may take, and how much it may give.

    Raises:
        IntrospectionTookTooLong: It takes longer.
        LimitExceeded: It gives more, or is nested too deeply.
    """
    try:
        return _answer(question, schema, _Work(limits))
    except _Stopped as stopped:
        raise stopped.why from None


def _answer(
    question: Question, schema: GraphQLSchema, work: _Work
) -> IntrospectionAnswer:
    result = execute_sync(
        schema,
        parse(question.text, no_location=True),
        context_value=work,
        variable_values=_decoder.decode(question.variables),
        executor_class=_EncodingExecutor,
    )
    if result.errors or result.data is None:
        raise _failure(result.errors or ())
    # All of these are introspection fields, whatever the client calls them.
    return {
        CLIENT_TYPENAME if key == TYPENAME else key: work.encoded(value)
        for key, value in result.data.items()
    }


class _Stopped(BaseException):  # graphql-core makes a null of any other
    def __init__(self, why: GatewayError) -> None:
        super().__init__()
        self.why = why


class _Work:
    """What the answering of one question has come to; used in one thread.

    Attributes:
        made: What is selected of a type, by the type and the selected fields. The
            executor keeps the fields, so that ids stay what they are.
    """

    def __init__(self, limits: OperationLimits) -> None:
        self.made: dict[tuple[str, int], msgspec.Raw] = {}
        self._deadline = Deadline.of(limits.max_introspection_ms)
        self._max_bytes = limits.max_introspection_bytes
        self._bytes = 0

    def go_on(self) -> None:
        """Stop here when the time is used up."""
        if self._deadline.is_over and self._deadline.budget_ms is not None:
            raise _Stopped(IntrospectionTookTooLong(self._deadline.budget_ms))

    def encoded(self, value: object) -> msgspec.Raw:
        """Encode a part of the answer, unless there are too many bytes by now."""
        encoded = _encoder.encode(value)
        self._bytes += len(encoded)
        if self._max_bytes is not None and self._bytes > self._max_bytes:
            raise _Stopped(LimitExceeded("introspection bytes", self._max_bytes))
        return msgspec.Raw(encoded)


class _EncodingExecutor(Executor[Any]):
    """Makes what is selected of a type once, in bytes."""

    context_value: _Work

    def execute_collected_subfields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        *rest: Any,
    ) -> Any:
        """Give the fields of one object."""
        work = self.context_value
        work.go_on()
        if parent_type is not _TYPE:
            return super().execute_collected_subfields(parent_type, source_value, *rest)
        _path, selected, *_others = rest
        key = (str(source_value), id(selected))
        made = work.made.get(key)
        if made is None:
            fields = super().execute_collected_subfields(
                parent_type, source_value, *rest
            )
            made = work.made[key] = work.encoded(fields)
        return made


_TYPE: Final = introspection_types["__Type"]


def _failure(errors: Iterable[Any]) -> Exception:
    """Valid questions fail in one way: with limits lifted they may be very deep."""
    for error in errors:
        if isinstance(error.original_error, RecursionError):
            return LimitExceeded("nesting", MAX_NESTING)
    return AssertionError(f"introspection failed: {errors}")


def _fields(
    selections: Iterable[Selection], place: ResponseKeys
) -> Iterable[tuple[ResponseKeys, Field]]:
    for selection in selections:
        if not isinstance(selection, Field):
            yield from _fields(selection.selections, place)
        elif selection.name in INTROSPECTION_FIELDS:
            yield place, selection
        else:
            yield from _fields(selection.selections, (*place, selection.response_key))


def _settled(
    selections: Iterable[Selection], variables: Mapping[str, JSON]
) -> tuple[Selection, ...]:
    """The selections whose conditions hold, without their conditions.

    An object of which nothing is left is selected like a leaf, which graphql-core, when
    it is not asked to validate, answers with an empty object: just what is due.
    """
    settled: list[Selection] = []
    for selection in selections:
        inner = _settled(selection.selections, variables)
        if not isinstance(selection, Field):
            if inner:
                settled.append(replace(selection, selections=inner))
        elif holds(selection.condition, variables):
            key = key_in_answer(selection.response_key)
            settled.append(
                replace(selection, response_key=key, selections=inner, condition=ALWAYS)
            )
    return tuple(settled)


def _argument_variables(selections: Iterable[Selection]) -> Iterable[str]:
    for selection in selections:
        if isinstance(selection, Field):
            for argument in selection.arguments:
                yield from argument.variables
        yield from _argument_variables(selection.selections)
