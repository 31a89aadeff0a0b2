"""A gateway process that is told when to go on: `held_gateway.py PORT DIRECTORY WAY`.

Validating an operation `Hold` waits for somebody to open the FIFO `go-on` in the
directory. `/requests` tells how many requests are being answered, and `/read` which
operations were validated, in their order. WAY is `short` for POSTs that go past ASGI.
"""

import re
import sys
from pathlib import Path

import uvicorn
from graphql import ASTValidationRule

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.rest import RestSettings
from gateway_graphql.server import create_app
from gateway_graphql.server.border.rules import Border
from gateway_graphql.server.head_limit import HeadLimits
from gateway_graphql.server.whole_post import whole_post_protocol
from gateway_graphql.transport.mock import MockTransport

ENDPOINT = 'query Endpoint @rest(method: GET, path: "/a") { a }'


def main():
    port, directory = int(sys.argv[1]), Path(sys.argv[2])
    read = []

    class Told(ASTValidationRule):
        def enter_operation_definition(self, node, *_):
            read.append(node.name.value)
            if node.name.value == "Hold":
                (directory / "go-on").read_bytes()

    (directory / "endpoints.graphql").write_text(ENDPOINT)
    gateway = Gateway.compose(
        Subgraph("a", sdl="type Query { a: Int }", url="http://a"),
        transports={"a": MockTransport(lambda _: {"data": {"a": 1}})},
        rules=[Told],
    )
    app = create_app(
        gateway, border=Border(max_batch=10), rest=RestSettings((directory,))
    )
    read.clear()

    @app.get("/requests")
    async def requests() -> int:
        return int(re.search(r"(\d+) requests", repr(gateway.runtime))[1])

    @app.get("/read")
    async def read_operations() -> list[str]:
        return read

    # A protocol of uvicorn's own knows of ASGI alone.
    http = whole_post_protocol(HeadLimits()) if sys.argv[3] == "short" else "auto"
    uvicorn.run(
        app,
        port=port,
        http=http,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
