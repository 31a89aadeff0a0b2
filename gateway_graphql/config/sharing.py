"""Section `sharing`: what is done once for all who want the same at the same time."""

from __future__ import annotations

from pydantic import ValidationError, ValidatorFunctionWrapHandler, field_validator

from gateway_graphql.config.section import Section
from gateway_graphql.pipeline import SharingSettings


class SharingConfig(Section):
    """What is done once for all who want the same at the same time.

    Only queries are, only while they are under way, and only for who would get the very
    same alone; see [how to share](../how-to/share-what-is-identical.md).

    Attributes:
        operations: Whether identical queries of clients are executed once.
        subgraphs: The names of the subgraphs that identical queries are sent to once;
            `true` for all.
    """

    operations: bool = False
    subgraphs: bool | tuple[str, ...] = False

    @field_validator("subgraphs", mode="wrap")
    @classmethod
    def _is_all_or_names(
        cls, subgraphs: object, read: ValidatorFunctionWrapHandler
    ) -> object:
        """Say one thing of what is neither."""
        try:
            return read(subgraphs)
        except ValidationError:
            raise ValueError("should be a list of names, or true for all") from None

    def to_settings(self) -> SharingSettings:
        """The settings as the gateway takes them."""
        return SharingSettings(self.operations, self.subgraphs)
