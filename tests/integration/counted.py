"""Serve a subgraph of the demo and print a line for each GraphQL request it gets.

A request to `/mark` prints another line: what was printed before it is complete then.

python counted.py subgraphs.users --port 4001
"""

import argparse
import importlib
import os

import uvicorn

from subgraphs.shop.settings import Settings


def counted(app):
    async def count(scope, receive, send):
        if scope["type"] == "http" and scope["path"] == "/graphql":
            print("asked", flush=True)  # noqa: T201 - what the test reads
        if scope["type"] == "http" and scope["path"] == "/mark":
            print("marked", flush=True)  # noqa: T201 - what the test waits for
        await app(scope, receive, send)

    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    module = importlib.import_module(f"{options.module}.app")
    app = module.create_app(Settings.from_environment(os.environ))
    uvicorn.run(counted(app), port=options.port, access_log=False)


if __name__ == "__main__":
    main()
