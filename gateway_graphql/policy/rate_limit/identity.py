"""Whose bucket it is: what `by` names, and its value in a request.

| `by` | who shares a bucket |
|---|---|
| `user` | the requests of one subject of one issuer |
| `client` | the requests of one application, if the settings say which claim names it; otherwise as `user` |
| `ip` | the requests from one address; an IPv6 network of 64 bits is one address |
| `claim:x` | those whose verified credential says the same of `x` |
| `header:x` | those that send the same header |
| `arg:x` | those that give the field the same argument (`arg:input.email` inside one) |

Nobody escapes by leaving something out: who has no subject is told apart by address,
and who has not the claim or header that is asked for is told apart as a user.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from gateway_graphql.exchange import JSON, RequestContext
from gateway_graphql.policy.asker import address_of, text_of, user_of


@dataclass(frozen=True, slots=True)
class User:
    """The subject of a credential."""

    def __str__(self) -> str:
        return "user"


@dataclass(frozen=True, slots=True)
class Client:
    """The application that asks."""

    def __str__(self) -> str:
        return "client"


@dataclass(frozen=True, slots=True)
class CallerAddress:
    """Where the request comes from."""

    def __str__(self) -> str:
        return "ip"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of a verified credential, by its name or by a path of names with dots."""

    name: str

    def __str__(self) -> str:
        return f"claim:{self.name}"


@dataclass(frozen=True, slots=True)
class Header:
    """A header; its name in lower case."""

    name: str

    def __str__(self) -> str:
        return f"header:{self.name}"


@dataclass(frozen=True, slots=True)
class ArgumentAt:
    """An argument of the field, or a place inside it."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"arg:{'.'.join(self.path)}"


CallerIdentifier: TypeAlias = User | Client | CallerAddress | Claim | Header
Identifier: TypeAlias = CallerIdentifier | ArgumentAt

Identify: TypeAlias = Callable[[RequestContext], str]
"""Who asks, as a value that nobody else has."""

_PLAIN: Final[Mapping[str, Identifier]] = {
    "user": User(),
    "client": Client(),
    "ip": CallerAddress(),
}
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ARGUMENT: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*(\.[_A-Za-z][_0-9A-Za-z]*)*")


def parse_identifier(text: str) -> Identifier:
    """Read one entry of `by`.

    Raises:
        ValueError: It is none; the message says what would be.
    """
    if (plain := _PLAIN.get(text)) is not None:
        return plain
    match text.partition(":"):
        case ("claim", _, name) if name:
            return Claim(name)
        case ("header", _, name) if _HEADER_NAME.fullmatch(name):
            return Header(name.lower())
        case ("arg", _, path) if _ARGUMENT.fullmatch(path):
            return ArgumentAt(tuple(path.split(".")))
        case _:
            raise ValueError(
                f'"{text}" names nobody: use user, client, ip, claim:NAME, header:NAME'
                " or arg:NAME"
            )


def compile_identifier(
    identifier: CallerIdentifier, client_claim: str | None
) -> Identify:
    """Compile an identifier: who asks, in its sense.

    Args:
        identifier: One entry of `by`.
        client_claim: The claim that names the application, if any does.
    """
    match identifier:
        case CallerAddress():
            return address_of
        case User():
            return user_of
        case Client():
            return (
                user_of if client_claim is None else _by_claim("client", client_claim)
            )
        case Claim(name):
            return _by_claim(str(identifier), name)
        case Header(name):
            return _by_header(name)
        case _:
            assert_never(identifier)


def _by_claim(kind: str, name: str) -> Identify:
    def identify(context: RequestContext) -> str:
        value = claim_of(context, name)
        return user_of(context) if value is None else f"{kind} {text_of(value)}"

    return identify


def _by_header(name: str) -> Identify:
    def identify(context: RequestContext) -> str:
        value = context.headers.get(name)
        return user_of(context) if value is None else f"header:{name} {value}"

    return identify


def claim_of(context: RequestContext, name: str) -> JSON:
    """A claim of the caller's credential, `None` where there is none."""
    if context.caller is None:
        return None
    claims = context.caller.claims
    if name in claims:
        return claims[name]
    value: JSON = claims
    for step in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value
