"""A server on a real socket that does with each connection what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

BODY = b'{"data":{"a":1}}'


def http(body: bytes = BODY, *, status: str = "200 OK", headers: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode()
        + body
    )


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    )
    return head, await reader.readexactly(length)


@asynccontextmanager
async def listening(
    handler: Handler, **where: object
) -> AsyncIterator[asyncio.AbstractServer]:
    """A server that handles each connection by `handler`, and closes it then."""

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    if "path" in where:
        server = await asyncio.start_unix_server(handle, **where)
    else:
        server = await asyncio.start_server(
            handle, **{"host": "127.0.0.1", "port": 0, **where}
        )
    async with server:
        yield server


def port_of(server: asyncio.AbstractServer) -> int:
    return server.sockets[0].getsockname()[1]


def answering(*parts: bytes, times: int = 1) -> Handler:
    """Answer some requests with these bytes each, then close."""

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for _ in range(times):
            await read_request(reader)
            for part in parts:
                writer.write(part)
                await writer.drain()

    return handler


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await reader.read()
