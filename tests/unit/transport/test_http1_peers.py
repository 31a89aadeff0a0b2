"""The client against servers that others have written: nginx, uvicorn and Node."""

import asyncio
import contextlib
import socket
import subprocess
import threading
import time
from functools import partial
from importlib.util import find_spec

import pytest
import uvicorn
from msgspec.structs import replace

from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import (
    HTTPTransport,
    HTTPXTransport,
    SubgraphRequest,
    private_context,
)
from tests.certificates import Authority
from tests.javascript import node_program
from tests.ports import free_port
from tests.provisions import missing, program
from tests.scripted_server import BODY

QUERY = SubgraphRequest("s", OperationKind.QUERY, "{ a }")
MUTATION = replace(QUERY, kind=OperationKind.MUTATION)

LARGE = b'{"data":"' + b"x" * 300_000 + b'"}'

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{ }}
http {{
  access_log off; gzip on; gzip_types *; gzip_proxied any;
  client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/proxied;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  add_header x-protocol $server_protocol always;
  keepalive_requests 7; keepalive_timeout 1s;
  server {{
    listen 127.0.0.1:{port}; listen unix:{folder}/nginx.sock;
    listen 127.0.0.1:{tls_port} ssl http2;
    ssl_certificate {folder}/localhost.pem; ssl_certificate_key {folder}/localhost.pem;
    root {folder};
    error_page 405 =200 $uri;
    location /graphql {{ return 200 '{{"data":{{"a":1}}}}'; }}
  }}
}}
"""

NODE = """
const http = require("http");
const server = http.createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (request.url === "/graphql") {
      response.setHeader("content-length", 16);
      response.end('{"data":{"a":1}}');
    } else if (request.url === "/large") {  // chunked
      response.write('{"data":"' + "x".repeat(300000));
      response.end('"}');
    } else {
      response.writeHead(404, {connection: "close"});
      response.end();
    }
  });
});
server.keepAliveTimeout = 1500;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


async def application(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    large = scope["path"] == "/large"
    body = LARGE if large else BODY
    headers = [] if large else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for part in (body[:100_000], body[100_000:]):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    port, tls_port = free_port(), free_port()
    authority = Authority.made(folder / "authority.pem")
    authority.vouch(folder / "localhost.pem", "localhost", "127.0.0.1")
    (folder / "large").write_bytes(LARGE)
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, port=port, tls_port=tls_port))
    found = program("nginx", "nginx-light")
    with subprocess.Popen([found, "-c", settings, "-p", folder]) as process:
        try:
            _wait_for(port)
            yield folder, port, tls_port
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def node():
    command = [node_program(), "-e", NODE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def uvicorn_server():
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            application, port=port, log_level="error", lifespan="off", ws="none"
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def _wait_for(port):
    for _ in range(600):
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        time.sleep(0.05)
    raise AssertionError(f"Nothing listens at {port}.")


@pytest.fixture(params=["nginx", "nginx over TLS", "nginx socket", "uvicorn", "Node"])
def peer(request):
    """Where somebody's server answers, and whom one has to believe for it."""
    match request.param:
        case "Node":
            return request.getfixturevalue("node"), None
        case "uvicorn":
            return request.getfixturevalue("uvicorn_server"), None
    folder, port, tls_port = request.getfixturevalue("nginx")
    match request.param:
        case "nginx":
            return f"http://127.0.0.1:{port}", None
        case "nginx socket":
            return f"unix://{folder}/nginx.sock:", None
    tls = private_context(authorities=folder / "authority.pem")
    return f"https://localhost:{tls_port}", tls


def asking(peer, path="/graphql", **options):
    url, tls = peer
    return HTTPTransport(f"{url}{path}", tls=tls, **options)


async def test_many_requests_at_once_are_each_answered_on_few_connections(peer):
    async with asking(peer, max_connections=8) as transport:
        for _ in range(5):
            replies = await asyncio.gather(*(transport.send(QUERY) for _ in range(40)))

    assert [(200, BODY)] * 40 == [(reply.status, reply.body) for reply in replies]


async def test_mutations_meet_no_connection_that_the_peer_will_close(peer):
    """nginx closes each after 7 requests, and announces it in the seventh answer."""
    async with asking(peer) as transport:
        for _ in range(40):
            reply = await transport.send(MUTATION)
            assert BODY == reply.body


async def test_a_large_answer_comes_whole_in_chunks_or_compressed(peer):
    async with asking(peer, "/large") as transport:
        bodies = [(await transport.send(QUERY)).body for _ in range(3)]

    assert [LARGE] * 3 == bodies


async def test_a_connection_that_the_peer_closed_while_idle_is_not_met_again(peer):
    async with asking(peer) as transport:
        replies = [await transport.send(MUTATION)]
        await asyncio.sleep(1.7)
        replies.append(await transport.send(MUTATION))

    assert [BODY, BODY] == [reply.body for reply in replies]


async def test_cancelled_requests_leave_the_others_alone(peer):
    async with asking(peer, max_connections=4) as transport:
        tasks = [asyncio.create_task(transport.send(QUERY)) for _ in range(40)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        replies = await asyncio.gather(*tasks[1::2])
        await asyncio.wait(tasks)

    assert [BODY] * 20 == [reply.body for reply in replies]


@pytest.mark.parametrize(
    ("make", "protocol"),
    [
        (HTTPTransport, "HTTP/1.1"),
        (HTTPXTransport, "HTTP/1.1"),
        (partial(HTTPXTransport, http2=True), "HTTP/2.0"),
    ],
    ids=["own", "httpx", "httpx with HTTP/2"],
)
async def test_http2_is_spoken_only_where_it_is_wanted(nginx, make, protocol):
    if protocol == "HTTP/2.0" and find_spec("h2") is None:
        missing("h2 not found: pip install 'gateway-graphql[http2]'")
    folder, _, tls_port = nginx
    tls = private_context(authorities=folder / "authority.pem")
    async with make(f"https://localhost:{tls_port}/graphql", tls=tls) as transport:
        replies = await asyncio.gather(*(transport.send(QUERY) for _ in range(10)))

    assert [(BODY, protocol)] * 10 == [
        (reply.body, reply.headers["x-protocol"]) for reply in replies
    ]
