"""What is known of a request."""

from msgspec.structs import asdict, fields

from gateway_graphql.exchange import Caller, RequestContext


def test_a_context_with_a_caller_is_otherwise_the_same():
    caller = Caller("alice")
    context = RequestContext(*(object() for _ in fields(RequestContext)))

    assert {**asdict(context), "caller": caller} == asdict(context.with_caller(caller))
