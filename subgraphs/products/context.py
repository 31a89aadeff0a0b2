"""What every resolver of the products service gets, made once per request."""

from typing import TypeAlias

import strawberry
from strawberry.fastapi import BaseContext

from subgraphs.products.loaders import ProductLoaders
from subgraphs.shop.database import Database
from subgraphs.shop.identity import Viewer
from subgraphs.shop.service_calls import require_service


class ProductsContext(BaseContext):
    """Who asks, and where answers come from."""

    def __init__(
        self,
        viewer: Viewer | None,
        database: Database,
        *,
        service_header: str | None,
        service_secret: str,
    ) -> None:
        super().__init__()
        self.viewer = viewer
        self.database = database
        self.products = ProductLoaders(database)
        self._service_header = service_header
        self._service_secret = service_secret

    def require_orders_service(self) -> None:
        """Raise `Forbidden` unless the orders service itself is calling."""
        require_service(
            self._service_header,
            self._service_secret,
            caller="orders",
            callee="products",
        )


Info: TypeAlias = strawberry.Info[ProductsContext, None]
