"""What every resolver of the users service gets, made once per request."""

from typing import TypeAlias

import strawberry
from strawberry.fastapi import BaseContext

from subgraphs.shop.database import Database
from subgraphs.shop.identity import Viewer
from subgraphs.users.loaders import AccountLoaders
from subgraphs.users.login_limit import LoginLimit
from subgraphs.users.tokens import TokenIssuer


class UsersContext(BaseContext):
    """Who asks, and where answers come from."""

    def __init__(
        self,
        viewer: Viewer | None,
        database: Database,
        issuer: TokenIssuer,
        login_limit: LoginLimit,
    ) -> None:
        super().__init__()
        self.viewer = viewer
        self.database = database
        self.issuer = issuer
        self.login_limit = login_limit
        self.accounts = AccountLoaders(database)


Info: TypeAlias = strawberry.Info[UsersContext, None]
