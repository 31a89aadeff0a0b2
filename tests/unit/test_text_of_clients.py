"""Calls on text of clients: none takes more than in proportion, or it has a bound.

Each row of the table in docs/decisions/text-of-clients.md has a case here, or several.
Instructions are counted at two sizes. Where a call of the interpreter's own does the work,
which has none, the case shows that a longer text does not come to it.
"""

import asyncio
import gzip
import importlib
import json
import pkgutil
import re
from base64 import urlsafe_b64encode
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import pytest
from graphql import Source, build_schema

import gateway_graphql
from gateway_graphql import Gateway, GraphQLRequest, Subgraph
from gateway_graphql.errors import ClientError
from gateway_graphql.exchange import RequestContext
from gateway_graphql.execution.compiled.variables import compile_coercer
from gateway_graphql.language.limits import (
    UNLIMITED,
    OperationLimits,
    check_limits,
    check_variables,
    parse_within,
)
from gateway_graphql.language.printing import print_operation
from gateway_graphql.language.validating import Deadline, validated
from gateway_graphql.language.validation import rules_for
from gateway_graphql.pipeline.preparing.preparer import _places
from gateway_graphql.policy.asker import user_of
from gateway_graphql.policy.authentication import Authentication
from gateway_graphql.policy.authentication.api_keys import MAX_KEY_BYTES, APIKeyVerifier
from gateway_graphql.policy.authentication.introspection import (
    MAX_TOKEN_BYTES,
    IntrospectionVerifier,
)
from gateway_graphql.policy.authentication.settings import (
    AuthenticationSettings,
    CookieSource,
    HeaderSource,
    IntrospectionSettings,
)
from gateway_graphql.policy.authentication.sources import find_credential, is_jwt
from gateway_graphql.policy.authentication.tokens import read_unverified
from gateway_graphql.policy.authorization.operation_rules import _is_one_of
from gateway_graphql.policy.headers import HeaderPropagation
from gateway_graphql.policy.headers.rules import (
    MAX_MATCHED,
    HeaderRules,
    Names,
    Propagate,
    SubgraphRules,
)
from gateway_graphql.policy.persisted.ids import document_id
from gateway_graphql.policy.persisted.manifest import Manifest
from gateway_graphql.policy.rate_limit.arguments import MAX_NORMALIZED, value_name
from gateway_graphql.rest import RestSettings, world_of
from gateway_graphql.rest.definition.files import endpoints_of
from gateway_graphql.rest.definition.path import Router, parse_path
from gateway_graphql.rest.serving.request_values import (
    RequestReader,
    ValuesInvalid,
    query_pairs,
)
from gateway_graphql.server import create_app
from gateway_graphql.server.border.compression import coding_for
from gateway_graphql.server.border.cors import MAX_MATCHED as MAX_ORIGIN
from gateway_graphql.server.border.cors import OriginPolicy
from gateway_graphql.server.border.revalidation import names
from gateway_graphql.server.border.rules import Border
from gateway_graphql.server.graphql.endpoint import headers_of
from gateway_graphql.server.graphql.request_body import (
    MAX_HEADERS,
    check_content_type,
    check_head,
    read_body,
    request_from_body,
    request_from_query_string,
    requests_from_batch,
)
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.transport.http_message import named_by_connection
from gateway_graphql.transport.mock import MockTransport
from gateway_graphql.wire.accept import negotiate, wants_page
from gateway_graphql.wire.content_coding import CodingBroken, decoder
from gateway_graphql.wire.forwarded import client_address
from tests.counting import instructions, regex_steps

PAGE = Path(__file__).resolve().parents[2] / "docs/decisions/text-of-clients.md"
SDL = """
type Query { list(of: [String]): Int a(text: String, number: Float, in: In, ins: [In]): A }
type Mutation { put(in: In, ins: [In]): A }
type A { a: A b: String }
input In { n: [Int] f: Float s: String }
"""
SCHEMA = build_schema(SDL)
RUNTIME = Gateway.compose(Subgraph("a", sdl=SDL, url="http://a")).runtime
FOREVER = Deadline.of(None)

CASES = []


def in_proportion(row, size=200):
    """The call takes in proportion to the size of what its case makes."""
    return _case(row, size, growth=4.2)


def bounded(row, size):
    """From that size on, the call takes the same."""
    return _case(row, size, growth=1.01)


def _case(row, size, growth):
    def add(make):
        name = make.__name__.replace("_", " ")
        CASES.append(pytest.param(row, make, size, growth, id=f"{row}: {name}"))
        return make

    return add


def refused(function, *arguments):
    """Call a function that may refuse what it is given."""
    with suppress(ClientError, ValuesInvalid, CodingBroken):
        function(*arguments)


def finished(coroutine):
    """Run what may refuse what it is given."""
    with suppress(ClientError):
        asyncio.run(coroutine)


# What a bucket is named by


@bounded("`unicodedata.normalize`, `casefold`", MAX_NORMALIZED)
def marks_out_of_order(size):
    text = "a" + "\u0301" * size + "\u0316" * size
    return lambda: value_name(text)


@bounded("`unicodedata.normalize`, `casefold`", MAX_NORMALIZED)
def a_list_of_marks(size):
    return lambda: value_name(["\u0301\u0316" * size])


@bounded("what is seen of a text", MAX_NORMALIZED)
def letters_apart(size):
    return lambda: value_name("a\u200b" * size)


@bounded("what is seen of a text", 1)
def blanks_around(size):
    return lambda: value_name("\u200b " * size + "a" + " \x00" * size)


@in_proportion("`ip_address`")
def hops(size):
    trusted = (ip_network("192.0.2.0/24"),)
    hops = ", ".join(["192.0.2.1"] * size)
    return lambda: client_address("192.0.2.1", hops, trusted)


@bounded("`ip_address`", 129)
def one_hop(size):
    trusted = (ip_network("192.0.2.0/24"),)
    return lambda: client_address("192.0.2.1", "1:" * size, trusted)


@bounded("`ip_address`", 129)
def an_address_of_a_caller(size):
    context = RequestContext(address="1:" * size)
    return lambda: user_of(context)


# Heads


@bounded("`int`", 19)
def an_announced_length(size):
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = {"content-length": "9" * size}
    return lambda: finished(read_body(headers, receive, max_body_bytes=10, timeout_s=1))


@bounded("`int`", 20)
def an_integer_in_a_query_string(size):
    return values(GET, query=b"n=" + b"9" * size)


@bounded("`float`", 600)
def a_weight(size):
    return lambda: wants_page("text/html;q=0." + "1" * size)


@in_proportion("`Accept`, `Accept-Encoding`, `Content-Type`, `Prefer`")
def media_types(size):
    accept = "a/b;q=0.5;c=d, " * (300 + size)
    return lambda: refused(negotiate, accept)


@in_proportion("`Accept`, `Accept-Encoding`, `Content-Type`, `Prefer`")
def codings(size):
    accept = ", ".join(f"c{n};q=1" for n in range(300 + size))
    return lambda: coding_for(accept)


@in_proportion("`Accept`, `Accept-Encoding`, `Content-Type`, `Prefer`")
def parameters_of_a_content_type(size):
    headers = {"content-type": "application/json" + "; charset=utf-8" * size}
    return lambda: check_content_type(headers)


@in_proportion("`If-None-Match`")
def tags(size):
    known = 'W/"a", ' * size
    return lambda: names(known, 'W/"b"')


@in_proportion("cookies, `Authorization`")
def cookies(size):
    headers = {"cookie": "; ".join(f"c{n}=v" for n in range(size))}
    return lambda: find_credential(headers, (CookieSource("token"),))


@in_proportion("cookies, `Authorization`")
def a_credential_after_spaces(size):
    headers = {"authorization": "Bearer " + " " * size + "a" * size + "\x80"}
    return lambda: refused(find_credential, headers, (HeaderSource(),))


@bounded("JWTs: Base64, JSON, `kid`", 8193)
def a_token(size):
    header = segment({"alg": "RS256", "kid": "a" * size})
    text = f"{header}.{segment({'iss': 'a'})}.a"
    return lambda: refused(lambda: read_unverified(text, max_token_bytes=8192))


@in_proportion("JWTs: Base64, JSON, `kid`")
def claims(size):
    header = segment({"alg": "RS256", "kid": "a"})
    members = {f"claim{n}": [[n]] for n in range(size)}
    text = f"{header}.{segment({'iss': 'a', **members})}.a"
    return lambda: read_unverified(text, max_token_bytes=10**6)


@in_proportion("JWTs: Base64, JSON, `kid`")
def dots(size):
    return lambda: is_jwt("ey" + "." * size)


@bounded("API keys, opaque tokens", max(MAX_KEY_BYTES, MAX_TOKEN_BYTES) + 1)
def an_api_key(size):
    verifier = APIKeyVerifier(())
    return lambda: refused(verifier.caller, "a" * size)


@bounded("API keys, opaque tokens", MAX_TOKEN_BYTES + 1)
def an_opaque_token(size):
    return lambda: finished(IntrospectionVerifier(OPAQUE).caller("a" * size))


@in_proportion("headers' names: repeated, forwarded, named by `Connection`")
def connection(size):
    headers = {"connection": ", ".join(f"x{n}" for n in range(size))}
    return lambda: named_by_connection(headers)


@in_proportion("headers' names: repeated, forwarded, named by `Connection`")
def one_header_many_times(size):
    scope = {"headers": [(b"a", b"b")] * size}
    return lambda: headers_of(scope)


@bounded("headers' names: repeated, forwarded, named by `Connection`", MAX_HEADERS + 1)
def too_many_headers(size):
    scope = {"headers": [(b"a", b"b")] * size}
    return lambda: refused(check_head, scope)


@bounded("patterns of the settings", MAX_MATCHED + 1)
def a_header_s_name(size):
    pattern = Names(matching=re.compile("(x|xx)*y"))
    return lambda: pattern.matches("x" * size)


@bounded("patterns of the settings", MAX_ORIGIN + 1)
def an_origin(size):
    policy = OriginPolicy(patterns=(re.compile("https://(x|xx)*y"),))
    return lambda: policy.allows("https://" + "x" * size)


@in_proportion("patterns of the settings")
def an_operation_s_name(size):
    return lambda: _is_one_of("ab" * size, ("*a*b*c",))


# Addresses


@in_proportion("REST paths")
def a_path(size):
    return lambda: ROUTER.match("/a/a" * size + "%41" * size)


@in_proportion("REST paths")
def a_path_that_goes_back(size):
    return lambda: ROUTER.match("/a" * 6 + "/%41" * size)


@in_proportion("URL decoding")
def a_query(size):
    text = b"query={a{b}}&variables=%7B%7D" + b"%41%C3%A9+" * size
    return lambda: refused(request_from_query_string, text)


@bounded("URL decoding", 100)
def members_of_a_query(size):
    text = b"&".join(b"a%d=b" % n for n in range(size))
    return lambda: refused(request_from_query_string, text)


@in_proportion("URL decoding")
def parameters_of_an_endpoint(size):
    return lambda: refused(query_pairs, b"text=%41%C3%A9" * size)


@in_proportion("values of REST requests")
def a_body_of_lists(size):
    ins = [{"n": [1, 2]}, {"n": 1}] * size
    return values(PUT, body=json.dumps({"ins": ins}).encode())


@in_proportion("values of REST requests")
def members_that_are_not_there(size):
    return values(PUT, body=json.dumps({f"x{n}": 1 for n in range(size)}).encode())


@in_proportion("values of REST requests")
def a_parameter_many_times(size):
    return values(GET, query=b"&".join([b"texts=a"] * min(size, 900)))


# Bodies


@in_proportion("JSON decoding")
def a_list_of_requests(size):
    body = json.dumps([{"query": "{a}", "variables": {"a": 1}}] * size).encode()
    return lambda: requests_from_batch(body, 10**6)


@in_proportion("JSON decoding")
def variables(size):
    request = request_from_body(
        json.dumps({"query": "", "variables": {"a": [[1, "b"]] * size}}).encode()
    )
    return lambda: check_variables(request.variables, UNLIMITED)


@in_proportion("JSON decoding")
def a_body_that_does_not_fit(size):
    values = b'{"a": [1, "b"]}, ' * size
    body = b'{"query": "{a}", "variables": {"a": [' + values + b"1e999]}}"
    return lambda: refused(request_from_body, body)


@in_proportion("JSON decoding")
def a_body_that_ends_too_early(size):
    body = b'{"query": "{a}", "variables": {"a": [' + b'{"a": 1},\n' * size
    return lambda: refused(request_from_body, body)


@bounded("JSON decoding", 20_001)
def too_many_values(size):
    return lambda: refused(check_variables, {"a": [1] * size}, OperationLimits())


@in_proportion("input coercion")
def values_of_types(size):
    operation = read("query A($ins: [In]) { a(ins: $ins) { b } }")
    coerce = compile_coercer(operation, RUNTIME.supergraph)
    ins = [{"n": [1, 1.0], "f": 10**400, "s": "a"}] * size
    return lambda: refused(coerce, {"ins": ins})


@in_proportion("input coercion")
def fields_that_are_not_there(size):
    operation = read("query A($in: In) { a(in: $in) { b } }")
    coerce = compile_coercer(operation, RUNTIME.supergraph)
    return lambda: refused(coerce, {"in": {f"x{n}": 1 for n in range(size)}})


@bounded("content codings", 5000)
def members_of_a_body(size):
    coding = "gzip"
    body = GZIP_MEMBER * size
    return lambda: refused(decoder(coding).decode, body, 10**9)


# Documents


@in_proportion("lexer, parser", 100)
def tokens(size):
    return lambda: parse_within(
        "{" + 'a(text: "\\u0041", number: 1.5) ' * size + "}", UNLIMITED
    )


@in_proportion("lexer, parser")
def one_token(size):
    escaped = '\\"""' * size
    return lambda: parse_within(f'{{a(text: """{escaped}""")}}', UNLIMITED)


@bounded("lexer, parser", 15_001)
def too_many_tokens(size):
    return lambda: refused(parse_within, "{" + "a " * size, OperationLimits())


@bounded("places of errors", 1000)
def lines_before_an_error(size):
    return validation("\n" * size + "{ x y z }")


@in_proportion("overlapping fields", 50)
def one_field_many_times(size):
    document = parse_within("{" + "a { a { b } } " * size + "}", UNLIMITED)
    return lambda: refused(check_limits, document, OperationLimits(max_overlaps=1))


@in_proportion("validation", 50)
def what_is_valid(size):
    fields = " ".join(f'x{n}: a(text: "a") {{ b }}' for n in range(size))
    return validation(f"query A($a: Int) {{ {fields} ...F }} fragment F on A {{ b }}")


@in_proportion("validation", 50)
def errors(size):
    text = "{ " + " ".join(f"x{n} {{ y }}" for n in range(size)) + " }"
    return validation(text)


@bounded("names like an unknown one", 600)
def names_of_a_schema(size):
    members = " ".join(f"field{n}: Int" for n in range(size))
    return validation("{ field }", build_schema(f"type Query {{ {members} }}"))


@in_proportion("names like an unknown one")
def a_long_name(size):
    return validation("{ " + "a" * size + " }")


@in_proportion("normal form, printing", 50)
def fields_and_literals(size):
    text = (
        "{"
        + " ".join(
            f'x{n}: a(text: "a\\n", ins: [{{n: [1, 2]}}]) {{ b }}' for n in range(size)
        )
        + "}"
    )
    document = parse_within(text, UNLIMITED)
    return lambda: print_operation(read_operation(document, RUNTIME.supergraph))


@in_proportion("normal form, printing", 50)
def fragments(size):
    text = "{" + "...F " * size + "} fragment F on Query { a { b } }"
    document = parse_within(text, UNLIMITED)
    return lambda: read_operation(document, RUNTIME.supergraph)


@bounded("the safelist: parsing, printing, sorting", 100)
def definitions(size):
    text = " ".join(f"query A{n} {{ a }}" for n in range(size))
    manifest = Manifest({}, frozenset(), frozenset(), 50)
    return lambda: manifest.knows(text)


@bounded("ids of documents", 513)
def an_id(size):
    request = GraphQLRequest("", document_id="a" * size)
    return lambda: refused(document_id, request)


@bounded("ids of documents", 513)
def a_hash(size):
    hashed = {"version": 1, "sha256Hash": "a" * size}
    request = GraphQLRequest("", extensions={"persistedQuery": hashed})
    return lambda: refused(document_id, request)


OPAQUE = IntrospectionSettings("https://tokens.example", "gateway", "secret")
GZIP_MEMBER = gzip.compress(b"")
ROUTER = Router(
    [(parse_path("".join(f"/a/{{x{m}}}" for m in range(n))), n) for n in range(1, 5)]
)
PUT = """
mutation Put($in: In @body, $ins: [In] @body) @rest(method: PUT, path: "/a") {
  put(in: $in, ins: $ins) { b }
}
"""
GET = """
query Get($n: Int, $texts: [String]) @rest(method: GET, path: "/a") {
  a(in: {n: [$n]}) { b } list(of: $texts)
}
"""


def values(operation, query=b"", body=b""):
    """Reads the values of a request to an endpoint."""
    (endpoint,) = endpoints_of((Source(operation),), world_of(RUNTIME), prefix="")
    reader = RequestReader(endpoint)
    return lambda: refused(lambda: reader.read((), query_pairs(query), body))


def read(text):
    return read_operation(parse_within(text, UNLIMITED), RUNTIME.supergraph)


def segment(value):
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def validation(text, schema=SCHEMA):
    """Validates a document, and finds the places of what is wrong."""

    def validate(document):
        return [
            list(_places(error))
            for error in validated(
                schema,
                document,
                rules_for(text),
                max_errors=10,
                suggests=True,
                deadline=FOREVER,
            )
        ]

    document = parse_within(text, UNLIMITED)
    return lambda: validate(document)


@pytest.mark.parametrize(("row", "make", "size", "growth"), CASES)
def test_four_times_the_text_takes_in_proportion_or_no_more(row, make, size, growth):
    for warming in (size, 4 * size):
        make(warming)()
    small, large = (instructions(make(of)) for of in (size, 4 * size))

    assert large <= growth * small, (row, small, large)


HEADERS = [
    b"accept",
    b"accept-encoding",
    b"apollographql-client-name",
    b"authorization",
    b"connection",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"cookie",
    b"forwarded",
    b"host",
    b"if-none-match",
    b"origin",
    b"prefer",
    b"user-agent",
    b"x-api-key",
    b"x-forwarded-for",
    b"x-gateway-explain",
    b"x-gateway-trace",
]
TEXTS = [b"1", b"a/b;q=1, ", b"a=b; ", b"a.", b" "]


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """One that looks at all headers that the gateway knows."""
    file = tmp_path_factory.mktemp("endpoints") / "endpoints.graphql"
    file.write_text(GET)
    authentication = Authentication(
        AuthenticationSettings(
            introspection=OPAQUE,
            token_sources=(HeaderSource(), CookieSource("token")),
        )
    )
    every = Names(matching=re.compile(".*"))
    header_border = HeaderPropagation(HeaderRules(SubgraphRules((Propagate(every),))))
    gateway = Gateway.compose(
        Subgraph("a", sdl=SDL, url="http://a"),
        transports={"a": MockTransport(lambda _: {"data": {"a": None, "list": 1}})},
        middleware=[header_border, authentication],
        around_transports=[header_border.around],
        forward_headers=("*",),
        explains=True,
        traces=True,
    )
    border = Border(
        origins=(OriginPolicy(patterns=(re.compile("https://[a-z.]+"),)),),
        trusted_proxies=(ip_network("192.0.2.0/24"),),
    )
    return create_app(gateway, border=border, rest=RestSettings((file,)))


@pytest.mark.parametrize("path", ["/graphql", "/a"])
@pytest.mark.parametrize("name", HEADERS, ids=bytes.decode)
def test_no_header_takes_more_than_in_proportion(application, path, name):
    def request(text):
        given = {b"host": b"a", b"content-type": b"application/json", name: text}
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"query={list}" if path == "/graphql" else b"",
            "root_path": "",
            "client": ("192.0.2.1", 1),
            "headers": list(given.items()),
        }
        return lambda: asyncio.run(application(scope, receive, send))

    async def receive():
        await asyncio.sleep(3600)

    async def send(message):
        answered.append(message)

    answered = []
    request(b"1")()
    for text in TEXTS:
        small, large = (instructions(request(text * n)) for n in (200, 800))

        assert large <= 4.2 * small, (text, small, large)
    assert all(one["status"] < 500 for one in answered if "status" in one)


OURS = {
    "arguments._BLANK": ["\u200b \x00" * 200 + "a"],
    "arguments._SEEN": ["a" * 500, "\u200b" * 500],
    "automatic._HASH": ["0" * 64, "f" * 512],
    "request_values._INTEGER": ["-" + "9" * 500 + "x"],
    "request_values._NUMBER": ["1" * 200 + "." + "1" * 200 + "e" + "1" * 200 + "x"],
    "request_values._PLAIN": [("a=b&" * 100) + "%", "=" * 500 + "%", "a&" * 31 + "a"],
    "signature._FORM": [f"t=1;n={'0' * 32};h={'a,' * 250}"],
    "sources._VISIBLE": ["a" * 500 + "\x80"],
}
"""Regular expressions that text of clients is matched with, and texts to go back in."""

OTHERS = {
    "address._PLAIN",
    "answers._CONTROLS",
    "answers._NOT_CODE",
    "compile._CACHE_CONTROL",
    "compile._LINE",
    "documentation._INLINE",
    "header_template._PLACEHOLDER",
    "identity._ARGUMENT",
    "identity._HEADER_NAME",
    "keep_alive._TIMEOUT",
    "path._LITERAL",
    "path._NAME",
    "python._WORD",
    "replies._LINE_BREAK",
    "rollout._PERCENT",
    "window._WINDOW",
}
"""Those that only settings, endpoints, schemas and subgraphs come to."""

WITHOUT_CLIENTS = ("addresses", "cli", "composition", "config")
"""Rooms in which there is no client."""


def patterns():
    """The regular expressions of all modules to which text of clients may come."""
    found = {}
    for module in pkgutil.walk_packages(
        gateway_graphql.__path__, f"{gateway_graphql.__name__}."
    ):
        if module.name.split(".")[1] in WITHOUT_CLIENTS:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                found[f"{module.name.rpartition('.')[2]}.{name}"] = value
    return found


def test_every_regular_expression_is_known_to_be_of_clients_or_not():
    assert set(patterns()) == {*OURS, *OTHERS}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name in OURS for text in OURS[name]]
)
def test_no_regular_expression_goes_back_further_than_it_came(name, text):
    assert regex_steps(patterns()[name], text) <= 3 * len(text) + 10


def test_every_call_that_is_listed_is_counted_and_every_one_counted_is_listed():
    rows = re.findall(
        r"^\| ([^|]+?) \| [^|]+ \| [^|]+ \|$", PAGE.read_text(), re.MULTILINE
    )

    assert set(rows) - {"Call", "---"} == {case.values[0] for case in CASES}
