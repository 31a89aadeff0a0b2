"""What may be set of a gateway stands once, and as keyword arguments for checkers."""

from dataclasses import fields
from typing import get_type_hints

from gateway_graphql.gateway import GatewayOptions, OptionKeywords


def test_keyword_arguments_are_the_options():
    assert {one.name for one in fields(GatewayOptions)} == set(
        OptionKeywords.__annotations__
    )
    assert get_type_hints(GatewayOptions) == get_type_hints(OptionKeywords)
