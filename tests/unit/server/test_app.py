"""The application around the endpoint: playground, health, router."""

import json
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway_graphql.gateway import Gateway
from gateway_graphql.rest import RestSettings
from gateway_graphql.server import PlaygroundOptions, create_app, graphql_router
from gateway_graphql.transport.mock import MockTransport

SDL = (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def gateway():
    return Gateway.from_supergraph(
        SDL,
        transports={
            name: MockTransport(lambda _request: {"data": {"books": []}})
            for name in ("books", "reviews")
        },
    )


def client(app):
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://gateway"
    )


def assets(page):
    return [
        part.split('"')[0]
        for part in page.split('="')
        if "/static/" in part.split('"')[0]
    ]


def configuration(page):
    return json.loads(page.split('id="config">')[1].split("</script>")[0])


async def test_a_browser_gets_graphiql_from_the_gateway_alone():
    options = PlaygroundOptions("{ books { id } }")
    async with client(create_app(gateway(), playground=options)) as it:
        page = await it.get("/graphql", headers=BROWSER)
        files = [await it.get(url) for url in assets(page.text)]

    assert 200 == page.status_code
    assert "text/html; charset=utf-8" == page.headers["content-type"]
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert {
        "endpoint": "/graphql",
        "example": "{ books { id } }",
        "examples": [],
        "login": None,
        "traces": False,
    } == configuration(page.text)
    assert "http" not in page.text.replace("http-equiv", "")
    assert [200, 200] == [file.status_code for file in files]
    assert {"text/css; charset=utf-8", "text/javascript; charset=utf-8"} == {
        file.headers["content-type"] for file in files
    }
    assert ["public, max-age=31536000, immutable"] * 2 == [
        file.headers["cache-control"] for file in files
    ]


async def test_an_example_cannot_end_its_script_element():
    async with client(
        create_app(gateway(), playground=PlaygroundOptions("</script><b>"))
    ) as it:
        page = await it.get("/graphql", headers=BROWSER)

    assert "</script><b>" not in page.text


async def test_a_browser_that_follows_a_link_with_a_query_gets_the_page():
    async with client(create_app(gateway())) as it:
        plain = await it.get("/graphql", headers=BROWSER)
        linked = await it.get(
            "/graphql",
            params={"query": "{ __typename }", "extensions": "{}"},
            headers=BROWSER,
        )

    assert (200, plain.text) == (linked.status_code, linked.text)


@pytest.mark.parametrize(
    "headers", [{}, {"accept": "application/json, text/html;q=0.5"}]
)
async def test_a_program_that_sends_a_query_gets_its_answer(headers):
    async with client(create_app(gateway())) as it:
        response = await it.get(
            "/graphql", params={"query": "{ __typename }"}, headers=headers
        )

    assert {"data": {"__typename": "Query"}} == response.json()


@pytest.mark.parametrize("parameter", ["id", "documentId", "extensions"])
async def test_a_browser_that_names_a_stored_document_gets_an_answer(parameter):
    async with client(create_app(gateway())) as it:
        response = await it.get("/graphql", params={parameter: "{}"}, headers=BROWSER)

    assert "json" in response.headers["content-type"]


async def test_without_graphiql_a_browser_is_a_client_like_others():
    async with client(create_app(gateway(), graphiql=False)) as it:
        response = await it.get("/graphql", headers=BROWSER)

    assert 400 == response.status_code


async def test_a_file_that_is_not_in_the_bundle_is_not_found():
    async with client(create_app(gateway())) as it:
        absent = await it.get("/graphql/static/absent.js")
        outside = await it.get("/graphql/static/..%2fapp.py")
        licenses = await it.get("/graphql/static/LICENSES.txt")

    assert [404, 404, 404] == [
        absent.status_code,
        outside.status_code,
        licenses.status_code,
    ]


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [("gzip, br", "br"), ("gzip;q=1, br;q=0", "gzip"), ("identity", None)],
)
async def test_a_file_comes_compressed_as_the_browser_takes_it(accepts, coding):
    async with client(create_app(gateway())) as it:
        page = await it.get("/graphql", headers=BROWSER)
        url = next(url for url in assets(page.text) if url.endswith(".js"))
        plain = await it.get(url, headers={"accept-encoding": "identity"})
        file = await it.get(url, headers={"accept-encoding": accepts})

    assert coding == file.headers.get("content-encoding")
    assert plain.content == file.content
    assert "accept-encoding" == file.headers["vary"]


ADDRESSES = {"graphql": "/graphql", "health": "/health/ready"}


async def test_somebody_who_opens_the_root_gets_a_page_that_leads_on():
    async with client(create_app(gateway())) as it:
        page = await it.get("/", headers=BROWSER)

    assert "text/html; charset=utf-8" == page.headers["content-type"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 'href="/graphql"><b>Playground' in page.text
    assert 'href="/health/ready"' in page.text


async def test_a_page_without_a_playground_does_not_promise_one():
    async with client(create_app(gateway(), graphiql=False)) as it:
        page = await it.get("/", headers=BROWSER)

    assert "Playground" not in page.text


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
async def test_a_program_gets_the_same_addresses_as_json(accept):
    async with client(create_app(gateway())) as it:
        answer = await it.get("/", headers={"accept": accept})

    assert ADDRESSES == answer.json()
    assert "accept" == answer.headers["vary"]


async def test_what_leads_to_rest_is_there_with_it():
    app = create_app(gateway(), rest=RestSettings(()))
    async with client(app) as it:
        addresses = (await it.get("/")).json()
        answers = [
            (await it.get(path, headers=BROWSER)).status_code
            for path in addresses.values()
        ]

    assert {**ADDRESSES, "restDocs": "/docs", "openapi": "/openapi.json"} == addresses
    assert [200] * 4 == answers


async def test_health_tells_life_and_readiness():
    it = gateway()
    async with client(create_app(it)) as http:
        live, ready = [
            await http.get(path) for path in ("/health/live", "/health/ready")
        ]
        await it.aclose()
        still_live, closed = [
            await http.get(path) for path in ("/health/live", "/health/ready")
        ]

    assert (200, {"status": "UP"}) == (live.status_code, live.json())
    assert (200, {"status": "UP"}) == (ready.status_code, ready.json())
    assert 200 == still_live.status_code
    assert (503, {"status": "DOWN"}) == (closed.status_code, closed.json())


async def test_what_answers_get_answers_head_alike(tmp_path):
    (tmp_path / "books.graphql").write_text(
        'query Books @rest(path: "/books") { books { id } }'
    )
    app = create_app(gateway(), rest=RestSettings((tmp_path,)))
    async with client(app) as http:
        page = await http.get("/graphql", headers=BROWSER)
        docs = await http.get("/docs")
        paths = [
            *("/", "/health/live", "/health/ready", "/docs", "/redoc"),
            *("/openapi.json", "/books", assets(page.text)[0]),
            re.search(r'"(/docs/static/[^"]+)"', docs.text)[1],
        ]
        pairs = [[await ask(path) for ask in (http.get, http.head)] for path in paths]

    assert [200] * len(paths) == [get.status_code for get, _ in pairs]
    assert [dict(get.headers) for get, _ in pairs] == [
        dict(head.headers) for _, head in pairs
    ]


@pytest.mark.parametrize("prefix", ["/graphql", "/api/v1/graph"])
async def test_a_router_serves_inside_ones_own_application(prefix):
    it = gateway()
    app = FastAPI(lifespan=it.lifespan)
    app.include_router(graphql_router(it), prefix=prefix)
    async with client(app) as http:
        post = await http.post(prefix, json={"query": "{ books { id } }"})
        page = await http.get(prefix, headers=BROWSER)
        files = [await http.get(url) for url in assets(page.text)]

    assert {"data": {"books": []}} == post.json()
    assert f'"endpoint":"{prefix}"' in page.text
    assert [200, 200] == [file.status_code for file in files]


async def test_the_lifespan_closes_the_gateway():
    it = gateway()
    app = create_app(it)
    async with app.router.lifespan_context(app):
        is_ready_inside = it.is_ready

    assert (True, False) == (is_ready_inside, it.is_ready)


@pytest.mark.parametrize("rest", [None, {}, {"prefix": "/api"}])
@pytest.mark.parametrize(
    "path",
    [
        *("/graphql/", "/health/live/", "/docs/", "/redoc/", "/openapi.json/"),
        *("/docs//evil.example/", "/docs/static/"),
        *("/books/", "/api/", "/api/books/"),
    ],
)
async def test_no_answer_leads_to_the_host_that_the_client_names(path, rest, tmp_path):
    (tmp_path / "books.graphql").write_text(
        'query Books @rest(path: "/books") { books { id } }'
    )
    settings = None if rest is None else RestSettings((tmp_path,), **rest)
    app = create_app(gateway(), rest=settings)

    async with client(app) as http:
        answer = await http.get(path, headers={"host": "evil.example"})

    assert 404 == answer.status_code
    assert "evil" not in answer.headers.get("location", "")
