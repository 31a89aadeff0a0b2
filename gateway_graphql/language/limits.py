"""How large a document and its variables may be, before anything else looks at them.

Everything after parsing costs time that grows with what a document *expands to*, so it
is measured first (`language/size.py`), in time that grows with what is *written*.

The limits and their codes are the field's (Apollo Router's `limits`), with total fields,
overlaps, directives and variables added. Every definition of a document is held to them, used or
not, because validation reads them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    Source,
    TokenKind,
    parse,
)

from gateway_graphql.errors import ErrorDetail, LimitExceeded, VariablesInvalid
from gateway_graphql.exchange import JSON, is_unicode
from gateway_graphql.language.size import MAX_NESTING, Measuring, Size


@dataclass(frozen=True, slots=True)
class OperationLimits:
    """What one request may ask for; `None` lifts a limit.

    Attributes:
        max_tokens: Lexical tokens of the document; the same number bounds its comments.
        max_depth: Fields within each other.
        max_height: Different response keys, summed over all selection sets.
        max_aliases: Fields with an alias.
        max_root_fields: Response keys on the root type.
        max_directives: Applied directives.
        max_fields: Fields, every time they are selected; of all operations of a
            document together.
        max_overlaps: Pairs of fields that have one response key in one place.
        max_name_bytes: One name in the document: of an alias, which stands in the answer
            once for each object, of an operation, a fragment or a variable.
        max_string_bytes: One string in the document, encoded in UTF-8.
        max_variables: Variables that an operation defines, or a request gives.
        max_variable_nesting: Lists and objects within each other, in one variable.
        max_variable_values: Leaves, lists and objects in all variables together.
        max_variable_string_bytes: One string among the variables' values.
        max_preparing_ms: Computing until a document is read and validated.
        max_introspection_ms: Computing what is asked of the schema in one place.
        max_introspection_bytes: What it gives, in JSON; repeated types count once.
    """

    max_tokens: int | None = 15_000
    max_depth: int | None = 15
    max_height: int | None = 1_000
    max_aliases: int | None = 30
    max_root_fields: int | None = 20
    max_directives: int | None = 50
    max_fields: int | None = 3_500
    max_overlaps: int | None = 20_000
    max_name_bytes: int | None = 512
    max_string_bytes: int | None = 65_536
    max_variables: int | None = 100
    max_variable_nesting: int | None = 50
    max_variable_values: int | None = 20_000
    max_variable_string_bytes: int | None = 524_288
    max_preparing_ms: int | None = 2_000
    max_introspection_ms: int | None = 5_000
    max_introspection_bytes: int | None = 16 * 1024 * 1024


_STRINGS: Final = (TokenKind.STRING, TokenKind.BLOCK_STRING)
_MAX_BYTES_OF_CHARACTER: Final = 4
_MAX_TOLD: Final = 1_000_000
"""Larger numbers, which may have hundreds of digits, are not told to the client."""

_NO_TEXT: Final = ErrorDetail(
    "The variables have a string that is no Unicode text: half of a surrogate pair stands"
    " alone in it.",
    VariablesInvalid.code,
)

UNLIMITED: Final = OperationLimits(*(None,) * 17)
"""For documents that are trusted; nesting is limited all the same."""


def parse_within(text: str, limits: OperationLimits) -> DocumentNode:
    """Parse a document, stopping where it becomes too long or too deep.

    Raises:
        LimitExceeded: It has too many tokens or is nested too deeply.
        graphql.GraphQLSyntaxError: It is no GraphQL document.
    """
    source = Source(text)
    try:
        document = parse(
            source,
            max_lexical_tokens=limits.max_tokens,
            max_comments=limits.max_tokens,
            allow_empty_selection_sets=False,
        )
    except GraphQLSyntaxError as error:
        # The parser has no error type of its own for these.
        aborted = "Parsing aborted." in error.message
        if aborted and limits.max_tokens is not None and "more than" in error.message:
            raise LimitExceeded("tokens", limits.max_tokens) from error
        if aborted:
            raise LimitExceeded("nesting", MAX_NESTING) from error
        raise
    # An error would count the lines before it in the text, each error from the start:
    # the tokens know their places.
    source.body = ""
    return document


def check_limits(document: DocumentNode, limits: OperationLimits) -> None:
    """Refuse a document that asks for too much; it need not be valid.

    Raises:
        LimitExceeded: A definition is beyond a limit.
    """
    _check_words(document, limits)
    measuring = Measuring(document)
    fields = 0
    for definition in document.definitions:
        match definition:
            case OperationDefinitionNode():
                size = measuring.definition(definition)
                _check("root fields", size.root_fields, limits.max_root_fields)
                variables = len(definition.variable_definitions or ())
                _check("variables", variables, limits.max_variables)
                _check_size(size, limits)
                fields += size.fields
                _check("fields", fields, limits.max_fields)
            case FragmentDefinitionNode():
                _check_size(measuring.definition(definition), limits)
            case _:  # no executable definition, which validation says better
                continue
    if limits.max_overlaps is not None:
        _check("overlaps", measuring.overlaps(document), limits.max_overlaps)


def check_variables(variables: Mapping[str, JSON], limits: OperationLimits) -> None:
    """Refuse variable values that are too many, nested too deeply, too long or no text.

    A string of Python may hold half of a surrogate pair, which no JSON from a client
    does, and no JSON to a subgraph can.

    Raises:
        LimitExceeded: They are too many, too deep or too long.
        VariablesInvalid: A string in them is no Unicode text.
    """
    _check("variables", len(variables), limits.max_variables)
    values, nesting = 0, 0
    level: list[JSON] = list(variables.values())
    while level:
        values += len(level)
        _check("variable values", values, limits.max_variable_values)
        following: list[JSON] = []
        for value in level:
            if isinstance(value, list):
                following.extend(value)
            elif isinstance(value, Mapping):
                for key in value:
                    _check_text(key)
                following.extend(value.values())
            elif isinstance(value, str):
                _check_text(value)
                _check_string(
                    "variable string bytes", value, limits.max_variable_string_bytes
                )
        if following:
            nesting += 1
            _check("variable nesting", nesting, limits.max_variable_nesting)
        level = following


def _check(what: str, actual: int, limit: int | None) -> None:
    if limit is not None and actual > limit:
        raise LimitExceeded(what, limit, actual if actual <= _MAX_TOLD else None)


def _check_words(document: DocumentNode, limits: OperationLimits) -> None:
    """Refuse names and strings that are too long; the lexer knows them all."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind is TokenKind.NAME:
            _check("name bytes", len(token.value or ""), limits.max_name_bytes)
        elif token.kind in _STRINGS:
            _check_string("string bytes", token.value or "", limits.max_string_bytes)
        token = token.next


def _check_string(what: str, string: str, limit: int | None) -> None:
    """Refuse a string that is too long; most need not be encoded to know it."""
    if limit is not None and len(string) * _MAX_BYTES_OF_CHARACTER > limit:
        _check(what, len(string.encode(errors="surrogatepass")), limit)


def _check_text(string: str) -> None:
    if not is_unicode(string):
        raise VariablesInvalid([_NO_TEXT])


def _check_size(size: Size, limits: OperationLimits) -> None:
    _check("nesting", size.nesting, MAX_NESTING)
    _check("depth", size.depth, limits.max_depth)
    _check("fields", size.fields, limits.max_fields)
    _check("height", size.height, limits.max_height)
    _check("aliases", size.aliases, limits.max_aliases)
    _check("directives", size.directives, limits.max_directives)
