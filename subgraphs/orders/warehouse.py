"""The products service, as far as orders need it: taking stock and giving it back.

Every call is safe to repeat, because it names a reservation: a broken connection
is tried once more, and what happens after that is settled later.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from gateway_graphql.wire.signature import SIGNATURE_HEADER, sign
from subgraphs.orders.models import OrderLine
from subgraphs.shop.errors import ServiceUnavailable, ShopError
from subgraphs.shop.service_calls import HEADER, sign_call

logger = logging.getLogger(__name__)

TIMEOUT_S = 5.0
ATTEMPTS = 2
CLOSED = "RESERVATION_CLOSED"
UNKNOWN_PRODUCT = "UNKNOWN_PRODUCT"
REFUSALS = frozenset({UNKNOWN_PRODUCT, "OUT_OF_STOCK", CLOSED})

RESERVE = """
mutation Reserve($id: ID!, $items: [StockItemInput!]!) {
  reserveStock(reservationId: $id, items: $items) {
    lines { productId unitPrice { amount } }
  }
}
"""
RELEASE = """
mutation Release($id: ID!) {
  releaseStock(reservationId: $id) { id }
}
"""


class Refused(ShopError):
    """The products service will not set this stock aside; its words are kept."""

    def __init__(self, code: str, message: str, facts: Mapping[str, Any]) -> None:
        super().__init__(message, **{**facts, "code": code})
        self.closed = code == CLOSED

    @classmethod
    def unknown_product(cls, product_id: str) -> Self:
        """Return the refusal of a product that cannot exist."""
        message = f"There is no product {product_id}."
        return cls(UNKNOWN_PRODUCT, message, {"productId": product_id})


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Talks to the products service.

    Attributes:
        client: Sends the requests.
        url: The GraphQL endpoint of the products service.
        secret: What services sign calls with.
        gateway_secret: What requests to subgraphs are signed with, if they must be.
    """

    client: httpx.AsyncClient
    url: str
    secret: str = field(repr=False)
    gateway_secret: str | None = field(default=None, repr=False)

    async def reserve(
        self, reservation_id: str, lines: Sequence[OrderLine]
    ) -> Mapping[int, int]:
        """Take stock for all lines and return the price of each product in cents.

        Raises:
            Refused: A product is unknown or there is too little of it.
            ServiceUnavailable: Nobody knows whether stock was taken.
        """
        items = [
            {"productId": str(line.product_id), "quantity": line.quantity}
            for line in lines
        ]
        data = await self._call(RESERVE, {"id": reservation_id, "items": items})
        try:
            return {
                int(line["productId"]): int(line["unitPrice"]["amount"])
                for line in data["reserveStock"]["lines"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise ServiceUnavailable("products") from error

    async def release(self, reservation_id: str) -> None:
        """Give back what was taken, and see that it is not taken any more.

        Raises:
            ServiceUnavailable: Nobody knows whether stock was given back.
        """
        await self._call(RELEASE, {"id": reservation_id})

    async def _call(self, query: str, variables: Mapping[str, Any]) -> Any:
        answer = await self._post({"query": query, "variables": variables})
        for error in answer.get("errors") or ():
            raise _translate(error)
        return answer.get("data")

    async def _post(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        content = json.dumps(body).encode()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = await self.client.post(
                    self.url,
                    content=content,
                    headers=self._headers(content),
                    timeout=TIMEOUT_S,
                )
                response.raise_for_status()
                answer = response.json()
            except (httpx.HTTPError, ValueError) as error:
                logger.warning("products, attempt %d: %r", attempt, error)
                continue
            if isinstance(answer, dict):
                return answer
        raise ServiceUnavailable("products")

    def _headers(self, content: bytes) -> Mapping[str, str]:
        """What one attempt is sent with: a signature holds once."""
        headers = {
            "Content-Type": "application/json",
            HEADER: sign_call(self.secret, caller="orders", callee="products"),
        }
        if self.gateway_secret is not None:
            path = httpx.URL(self.url).raw_path.decode("ascii")
            headers[SIGNATURE_HEADER] = sign(
                self.gateway_secret, content, subgraph="products", path=path
            )
        return headers


def _translate(error: Mapping[str, Any]) -> ShopError:
    """Return what an error of the products service means to an order."""
    facts = error.get("extensions") or {}
    code = facts.get("code")
    if code in REFUSALS:
        return Refused(code, str(error.get("message")), facts)
    logger.error("products answered %s", error)
    return ServiceUnavailable("products")
