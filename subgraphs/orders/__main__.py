"""Serve the orders subgraph: `python -m subgraphs.orders`."""

from subgraphs.orders.app import create_app
from subgraphs.orders.schema import schema
from subgraphs.shop.runner import Program, run
from subgraphs.shop.settings import ORDERS_PORT

if __name__ == "__main__":
    run(Program("orders", ORDERS_PORT, schema, create_app))
