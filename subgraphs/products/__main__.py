"""Serve the products subgraph: `python -m subgraphs.products`."""

from subgraphs.products.app import create_app
from subgraphs.products.schema import schema
from subgraphs.shop.runner import Program, run
from subgraphs.shop.settings import PRODUCTS_PORT

if __name__ == "__main__":
    run(Program("products", PRODUCTS_PORT, schema, create_app))
