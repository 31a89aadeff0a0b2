"""What an operator may set, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

USERS_PORT = 4001
PRODUCTS_PORT = 4002
ORDERS_PORT = 4003


@dataclass(frozen=True, slots=True)
class Settings:
    """How one service runs and where it finds the others.

    Attributes:
        data_dir: Where SQLite files, the signing key and the service secret live.
        database_url: The database; None means an SQLite file in `data_dir`.
        users_jwks_url: Where the public keys of the users service are published.
        products_url: The GraphQL endpoint of the products service.
        service_secret: What services sign calls to each other with; None means
            the secret kept in `data_dir`.
        gateway_secret: What the gateway signs its requests with; None means that
            anybody may ask.
        issuer: Who issues access tokens.
        audience: Whom access tokens are for.
    """

    data_dir: Path = Path("var")
    database_url: str | None = None
    users_jwks_url: str = f"http://127.0.0.1:{USERS_PORT}/.well-known/jwks.json"
    products_url: str = f"http://127.0.0.1:{PRODUCTS_PORT}/graphql"
    service_secret: str | None = field(default=None, repr=False)
    gateway_secret: str | None = field(default=None, repr=False)
    issuer: str = "demo-shop-users"
    audience: str = "demo-shop"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; what is absent or empty keeps its default."""
        default = cls()
        read = environment.get
        return cls(
            data_dir=Path(read("DATA_DIR") or default.data_dir),
            database_url=read("DATABASE_URL") or None,
            users_jwks_url=read("USERS_JWKS_URL") or default.users_jwks_url,
            products_url=read("PRODUCTS_URL") or default.products_url,
            service_secret=read("SERVICE_SECRET") or None,
            gateway_secret=read("GATEWAY_SECRET") or None,
            issuer=read("JWT_ISSUER") or default.issuer,
            audience=read("JWT_AUDIENCE") or default.audience,
        )

    def database_url_for(self, service: str) -> str:
        """Return the database of a service: as set, or a file of its own."""
        return self.database_url or f"sqlite:///{self.data_dir / service}.db"
