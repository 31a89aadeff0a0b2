"""What of a subgraph's error reaches the client, and what the log."""

import logging
from pathlib import Path

import pytest

from gateway_graphql.gateway import Gateway
from gateway_graphql.policy.errors import ErrorMasking, SubgraphMasking
from gateway_graphql.transport.mock import MockTransport

SDL = (Path(__file__).parents[3] / "data" / "shop.graphql").read_text()
SECRET = "connection to db-7.internal refused"


async def errors(mask, *given):
    gateway = Gateway.from_supergraph(
        SDL,
        transports={
            "books": MockTransport(
                lambda _: {"errors": list(given), "data": {"books": None}}
            )
        },
        **({} if mask is None else {"mask": mask}),
    )
    return (await gateway.execute("{ books { id } }")).errors


def given(**extensions):
    return {"message": SECRET, "path": ["books"], "extensions": extensions}


def shown(message=SECRET, code="DOWNSTREAM_SERVICE_ERROR", **more):
    return {
        "message": message,
        "path": ["books"],
        "extensions": {"code": code, "serviceName": "books", **more},
    }


@pytest.mark.parametrize("mask", [None, ErrorMasking()])
async def test_by_default_message_and_code_are_shown_and_nothing_else(mask):
    (error,) = await errors(mask, given(code="BUSY", stacktrace=["a"], host="db-7"))

    assert shown(code="BUSY") == error


async def test_a_redacted_error_is_found_in_the_log_by_its_id(caplog):
    mask = ErrorMasking(SubgraphMasking(redact=True, message="Something failed."))

    with caplog.at_level(logging.WARNING):
        (error,) = await errors(mask, given(code="BUSY", host="db-7"))

    error_id = error["extensions"]["errorId"]
    assert shown("Something failed.", "BUSY", errorId=error_id) == error
    assert [
        (
            f"Error {error_id} of subgraph 'books': "
            f'{{"message":"{SECRET}","path":["books"],'
            '"extensions":{"code":"BUSY","host":"db-7"}}'
        )
    ] == caplog.messages


async def test_two_redacted_errors_have_different_ids():
    mask = ErrorMasking(SubgraphMasking(redact=True))
    found = await errors(mask, given(code="A"), given(code="B"))

    assert 2 == len({error["extensions"]["errorId"] for error in found})


async def test_a_redacted_error_has_what_is_allowed_beside_its_id():
    mask = ErrorMasking(
        SubgraphMasking(redact=True, allow_extensions=frozenset({"field"}))
    )
    (error,) = await errors(mask, given(field="email", host="db-7"))

    assert {"code", "serviceName", "errorId", "field"} == set(error["extensions"])
    assert "email" == error["extensions"]["field"]


async def test_extensions_are_allowed_by_name():
    mask = ErrorMasking(SubgraphMasking(allow_extensions=frozenset({"field"})))
    (error,) = await errors(mask, given(field="email", host="db-7"))

    assert shown(field="email") == error


async def test_extensions_are_denied_by_name_and_stack_traces_always():
    mask = ErrorMasking(SubgraphMasking(deny_extensions=frozenset({"host", "code"})))
    (error,) = await errors(
        mask, given(code="X", field="email", host="db-7", stacktrace=["a"])
    )

    assert shown(field="email") == error


@pytest.mark.parametrize("name", ["stacktrace", "exception", "debugMessage", "trace"])
async def test_what_servers_tell_while_they_are_developed_is_shown_if_it_is_named(name):
    told = {name: ["a"]}
    denying = SubgraphMasking(deny_extensions=frozenset())
    naming = SubgraphMasking(
        deny_extensions=frozenset(), allow_extensions=frozenset({name})
    )

    for mask, given_as, expected in (
        (denying, {}, {}),
        (denying, {"public": True}, {}),
        (naming, {}, told),
    ):
        (error,) = await errors(ErrorMasking(mask), given(**told, **given_as))
        assert shown(**expected) == error


async def test_of_an_error_without_end_the_beginning_is_logged(caplog):
    mask = ErrorMasking(SubgraphMasking(redact=True))

    await errors(mask, given(big="x" * 20_000))

    start, _, whole = caplog.messages[0].partition("subgraph 'books': ")
    assert start.startswith("Error ")
    assert (10_003, "x...") == (len(whole), whole[-4:])


async def test_a_subgraph_has_rules_of_its_own():
    mask = ErrorMasking(
        SubgraphMasking(redact=True), {"books": SubgraphMasking(redact=False)}
    )

    assert (shown(),) == await errors(mask, given())


async def test_a_public_error_is_shown_whatever_the_rules_say():
    mask = ErrorMasking(SubgraphMasking(redact=True))
    (error,) = await errors(
        mask, given(public=True, code="SOLD_OUT", left=0, stacktrace=["a"])
    )

    assert shown(code="SOLD_OUT", left=0) == error


@pytest.mark.parametrize("public", [False, "true", 1, None])
async def test_only_true_makes_an_error_public(public):
    mask = ErrorMasking(SubgraphMasking(redact=True))
    (error,) = await errors(mask, given(public=public))

    assert "The subgraph reported an error." == error["message"]


async def test_a_subgraph_cannot_speak_for_the_gateway():
    (error,) = await errors(
        ErrorMasking(),
        given(public=True, code="X", serviceName="orders", http={"status": 200}),
    )

    assert shown(code="X") == error


async def test_huge_extensions_are_kept_back():
    longest = "x" * (4096 - len(b'{"big":""}'))
    fits, huge = await errors(
        ErrorMasking(),
        given(public=True, code="A", big=longest),
        given(public=True, code="B", big=f"{longest}x"),
    )

    assert [shown(code="A", big=longest), shown(code="B")] == [fits, huge]
