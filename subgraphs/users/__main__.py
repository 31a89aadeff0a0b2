"""Serve the users subgraph: `python -m subgraphs.users`."""

from subgraphs.shop.runner import Program, run
from subgraphs.shop.settings import USERS_PORT
from subgraphs.users.app import create_app
from subgraphs.users.schema import schema

if __name__ == "__main__":
    run(Program("users", USERS_PORT, schema, create_app))
