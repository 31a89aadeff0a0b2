"""A federation schema that tells clients their mistakes and nobody its own.

Errors the client can act on (`ShopError`, and what GraphQL itself says about the
document or its variables) are sent as they stand. Everything else is logged with
its traceback and leaves as "Internal server error.".
"""

import logging
from collections.abc import Callable, Iterable
from typing import Final

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaskErrors, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

logger = logging.getLogger(__name__)

INTERNAL_MESSAGE = "Internal server error."
INTERNAL_CODE = "INTERNAL_SERVER_ERROR"
FEDERATION_VERSION: Final = "2.11"


def is_unexpected(error: GraphQLError) -> bool:
    """Tell whether an error is ours to repair and not the client's."""
    cause = error.original_error
    return cause is not None and not isinstance(cause, GraphQLError)


class HideUnexpectedErrors(MaskErrors):
    """Replaces what clients must not read."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=is_unexpected)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """Keep the place of the error and nothing else."""
        return GraphQLError(
            INTERNAL_MESSAGE,
            nodes=error.nodes,
            path=error.path,
            extensions={"code": INTERNAL_CODE},
        )


EXTENSIONS: tuple[Callable[[], SchemaExtension], ...] = (HideUnexpectedErrors,)


class ShopSchema(strawberry.federation.Schema):
    """The schema of one service."""

    def __init__(
        self, *, query: type, mutation: type | None = None, types: Iterable[type] = ()
    ) -> None:
        super().__init__(
            query=query,
            mutation=mutation,
            types=types,
            extensions=EXTENSIONS,
            config=StrawberryConfig(),
            federation_version=FEDERATION_VERSION,
        )

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,
    ) -> None:
        """Log what is ours to repair; what clients did wrong is no news."""
        name = execution_context.operation_name if execution_context else None
        for error in errors:
            if is_unexpected(error):
                logger.error(
                    "Resolver failed at %s in operation %s",
                    error.path,
                    name,
                    exc_info=error.original_error,
                )


def sdl(schema: ShopSchema) -> str:
    """Return the SDL exactly as `_service { sdl }` answers it."""
    return schema.as_str()
