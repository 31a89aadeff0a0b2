"""What subgraphs learn of the caller, seen from a transport."""

import msgspec
import pytest
from msgspec.structs import replace

from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.exchange import Caller
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.authentication import Propagation, PropagationSettings
from gateway_graphql.policy.authentication.header_template import HeaderTemplate
from gateway_graphql.transport import MockTransport, SubgraphReply, SubgraphRequest
from gateway_graphql.transport.http_message import encode_body, encode_message
from gateway_graphql.wire.nonces import Nonces
from gateway_graphql.wire.signature import verify_signature

NOW = 1_700_000_000
SECRET = "s" * 32
CALLER = Caller(
    "7",
    frozenset({"b", "a"}),
    {
        "sub": "7",
        "roles": ["x", "y"],
        "org": {"id": 5},
        "is_admin": True,
        "name": "Zoë",
    },
)
REQUEST = SubgraphRequest(
    "users", OperationKind.QUERY, "{ a }", headers={"authorization": "Bearer x"}
)


async def told(settings, request=REQUEST):
    """The request that arrives."""
    arrived = []

    async def answer(request):
        arrived.append(request)
        return SubgraphReply(200, b"{}")

    propagation = Propagation(PropagationSettings(**settings), clock=lambda: NOW)
    await propagation.around(MockTransport(answer)).send(request)
    return arrived[0]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{claims.sub}", "7"),
        ("{subject}", "7"),
        ("{ claims.sub }", "7"),
        ("{claims.größe}", None),
        ("user {claims.sub}!", "user 7!"),
        ("{scopes}", "a b"),
        ("{credential}", "jwt"),
        ("{claims.org.id}", "5"),
        ("{claims.org}", '{"id":5}'),
        ("{claims.roles}", '["x","y"]'),
        ("{claims.is_admin}", "true"),
        ("{claims.name}", "Zo%C3%AB"),
        ("{claims.nothing}", None),
        ("{claims.sub.deeper}", None),
        ("{claims.sub} {claims.nothing}", None),
        ("fixed", "fixed"),
        ("", ""),
    ],
)
def test_a_template_is_filled_in(template, expected):
    assert expected == HeaderTemplate(template).render(CALLER)


@pytest.mark.parametrize("template", ["{subject} {scopes}", "{scopes} {subject}"])
async def test_what_is_empty_leaves_no_space_that_http_forbids(template):
    nobody_special = replace(REQUEST, caller=Caller("7", frozenset()))

    arrived = await told({"headers": {"x-user": template}}, nobody_special)

    assert "7" == arrived.headers["x-user"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\r\nx-admin: 1", "a%0D%0Ax-admin: 1"),
        ("50%", "50%25"),
        (" 7", "%207"),
        ("7\u00a0", "7%C2%A0"),
        ("\x00", "%00"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_a_value_cannot_break_out_or_be_taken_for_another(value, expected):
    caller = replace(CALLER, claims={"sub": value})

    assert expected == HeaderTemplate("{claims.sub}").render(caller)


@pytest.mark.parametrize(
    "template",
    [
        *("{claims}", "{user}", "{}", "{claims.sub", "claims.sub}", "{{claims.sub}}"),
        *("a\nb", "é", "{subject.x}", " {subject}"),
    ],
)
def test_a_malformed_template_is_an_error_at_start(template):
    with pytest.raises(ConfigInvalid):
        HeaderTemplate(template)


async def test_headers_tell_who_asks():
    request = await told(
        {"headers": {"X-User-Id": "{claims.sub}", "x-none": "{claims.none}"}},
        replace(REQUEST, caller=CALLER),
    )

    assert {"authorization": "Bearer x", "x-user-id": "7"} == request.headers


@pytest.mark.parametrize("caller", [None, Caller(None)])
async def test_a_client_cannot_set_them_itself(caller):
    pretended = {"x-user-id": "1", "X_User_ID": "1", "gateway-signature": "t=1"}

    request = await told(
        {"headers": {"x-user-id": "{claims.sub}"}},
        replace(REQUEST, headers={**REQUEST.headers, **pretended}, caller=caller),
    )

    assert REQUEST.headers == request.headers


async def test_the_body_tells_the_claims():
    given = replace(REQUEST, caller=CALLER, extensions={"other": 1})

    request = await told({"extension": "jwt"}, given)
    chosen = await told({"extension": "jwt", "extension_claims": ("sub", "no")}, given)
    anonymous = await told({"extension": "jwt"})
    unasked = await told({"headers": {"x-user-id": "{subject}"}}, given)

    body = msgspec.json.decode(encode_body(request))
    assert {"other": 1, "jwt": dict(CALLER.claims)} == body["extensions"]
    assert {"other": 1, "jwt": {"sub": "7"}} == chosen.extensions
    assert {"other": 1} == unasked.extensions
    assert {"query": "{ a }"} == msgspec.json.decode(encode_body(anonymous))


async def test_subgraphs_that_are_not_named_learn_nothing_but_are_signed_to():
    settings = {
        "headers": {"x-user-id": "{subject}"},
        "extension": "jwt",
        "subgraphs": ("orders",),
        "secret": SECRET,
    }

    request = await told(settings, replace(REQUEST, caller=CALLER))

    assert {"authorization"} == set(request.headers)
    assert {"gateway-signature"} == set(request.sign("/", b""))
    assert {} == request.extensions


@pytest.mark.parametrize("path", ["/graphql", "/a%20b", "/api/graphql?key=1"])
async def test_what_is_sent_is_what_is_signed(path):
    settings = {
        "headers": {"x-user-id": "{subject}"},
        "extension": "jwt",
        "secret": SECRET,
    }

    request = await told(settings, replace(REQUEST, caller=CALLER))
    nonces = Nonces(60)

    for _ in range(2):  # each time it is sent, it is signed anew
        body, raw_headers = encode_message(request, path)
        names = verify_signature(
            [SECRET],
            body,
            subgraph="users",
            path=path,
            headers={name.decode(): value.decode() for name, value in raw_headers},
            nonces=nonces,
            now=NOW,
        )
        assert frozenset({"x-user-id"}) == names


def test_a_short_secret_is_an_error_at_start():
    with pytest.raises(ConfigInvalid):
        Propagation(PropagationSettings(secret="short"))


def test_nothing_shows_the_secret():
    propagation = Propagation(PropagationSettings(secret=SECRET))

    assert SECRET not in repr(propagation)
