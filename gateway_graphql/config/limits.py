"""Section `limits`: how much one request may ask for."""

from __future__ import annotations

from typing import Final, TypeAlias

from gateway_graphql.config.section import Count, Section
from gateway_graphql.language.limits import OperationLimits

Maximum: TypeAlias = Count | None
"""A number, or null for no limit."""

_DEFAULT: Final = OperationLimits()


class LimitsConfig(Section):
    """How much one request may ask for; null lifts a limit.

    Attributes:
        max_tokens: Lexical tokens of the document.
        max_depth: Fields within each other, fragments opened.
        max_height: Different response keys, summed over all selection sets.
        max_aliases: Fields with an alias.
        max_root_fields: Response keys on the root type.
        max_directives: Applied directives.
        max_fields: Fields, every time they are selected, of all operations of a
            document together.
        max_overlaps: Pairs of fields that have one response key in one place.
        max_name_bytes: One name in the document: of an alias, an operation, a fragment.
        max_string_bytes: One string in the document, encoded in UTF-8.
        max_variables: Variables that an operation defines, or a request gives.
        max_variable_nesting: Lists and objects within each other in a variable.
        max_variable_values: Leaves, lists and objects in all variables together.
        max_variable_string_bytes: One string among the variables' values.
        max_preparing_ms: Milliseconds of computing until a document is read and
            validated.
        max_introspection_ms: Milliseconds of computing what `__schema` and `__type` ask.
        max_introspection_bytes: How much JSON they may give; a part that is repeated is
            counted once.
    """

    max_tokens: Maximum = _DEFAULT.max_tokens
    max_depth: Maximum = _DEFAULT.max_depth
    max_height: Maximum = _DEFAULT.max_height
    max_aliases: Maximum = _DEFAULT.max_aliases
    max_root_fields: Maximum = _DEFAULT.max_root_fields
    max_directives: Maximum = _DEFAULT.max_directives
    max_fields: Maximum = _DEFAULT.max_fields
    max_overlaps: Maximum = _DEFAULT.max_overlaps
    max_name_bytes: Maximum = _DEFAULT.max_name_bytes
    max_string_bytes: Maximum = _DEFAULT.max_string_bytes
    max_variables: Maximum = _DEFAULT.max_variables
    max_variable_nesting: Maximum = _DEFAULT.max_variable_nesting
    max_variable_values: Maximum = _DEFAULT.max_variable_values
    max_variable_string_bytes: Maximum = _DEFAULT.max_variable_string_bytes
    max_preparing_ms: Maximum = _DEFAULT.max_preparing_ms
    max_introspection_ms: Maximum = _DEFAULT.max_introspection_ms
    max_introspection_bytes: Maximum = _DEFAULT.max_introspection_bytes

    def to_limits(self) -> OperationLimits:
        """The limits as the gateway takes them."""
        return OperationLimits(**self.model_dump())
