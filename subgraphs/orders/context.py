"""What every resolver of the orders service gets, made once per request."""

from typing import TypeAlias

import strawberry
from strawberry.fastapi import BaseContext

from subgraphs.orders.desk import OrderDesk
from subgraphs.orders.loaders import OrderLoaders
from subgraphs.shop.database import Database
from subgraphs.shop.identity import Viewer


class OrdersContext(BaseContext):
    """Who asks, and where answers come from."""

    def __init__(
        self, viewer: Viewer | None, database: Database, desk: OrderDesk
    ) -> None:
        super().__init__()
        self.viewer = viewer
        self.desk = desk
        self.orders = OrderLoaders(database)


Info: TypeAlias = strawberry.Info[OrdersContext, None]
