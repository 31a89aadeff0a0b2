"""Files of persisted operations -> documents by id.

Three kinds, told apart by what they are: Apollo's manifest (an object with `format`),
Relay's map (`{id: text}` or `[[id, text], ...]`), and a folder of `.graphql` files, each
known by the SHA-256 of its text without white space around it, and of its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from graphql import DocumentNode, GraphQLError, parse, print_ast

from gateway_graphql.errors import GatewayError
from gateway_graphql.policy.store.documents.document import document_hash
from gateway_graphql.spelling import tells_options

_APOLLO_FORMAT: Final = "apollo-persisted-query-manifest"
_SUFFIXES: Final = (".graphql", ".gql")
_MAX_TOKENS: Final = 15_000


class ManifestInvalid(GatewayError):
    """Persisted operations cannot be read; the message names the file and the reason."""


@tells_options
@dataclass(frozen=True, slots=True)
class Manifest:
    """The operations that are known in advance.

    Attributes:
        texts: Document by id.
        hashes: The SHA-256 of each document as it is written.
        bodies: The documents in normal form.
        max_tokens: How many tokens the longest of them has.
    """

    texts: Mapping[str, str]
    hashes: frozenset[str]
    bodies: frozenset[str]
    max_tokens: int

    def knows(self, text: str) -> bool:
        """Whether a document is one of these, whatever its white space and comments.

        What is longer than all of these is not read to its end.
        """
        document = _parsed(text, self.max_tokens)
        return document is not None and _normal_form(document) in self.bodies


class _Operation(msgspec.Struct):
    """One operation of Apollo's manifest; name, type and client are not used."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    body: str


class _ApolloManifest(msgspec.Struct):
    format: str
    version: int
    operations: list[_Operation]


@tells_options
def read_manifest(paths: Iterable[Path]) -> Manifest:
    """Read all files and folders; what comes later goes before.

    Raises:
        ManifestInvalid: One cannot be read, or a document in it is no GraphQL.
    """
    texts: dict[str, str] = {}
    bodies: set[str] = set()
    max_tokens = 0
    for path in paths:
        for key, text in _operations(path):
            document = _parsed(text, _MAX_TOKENS)
            if document is None:
                raise ManifestInvalid(f"{path}: operation '{key}' is not GraphQL.")
            texts[key] = text
            bodies.add(_normal_form(document))
            max_tokens = max(max_tokens, document.token_count)
    hashes = frozenset(map(document_hash, texts.values()))
    return Manifest(texts, hashes, frozenset(bodies), max_tokens)


def _parsed(text: str, max_tokens: int) -> DocumentNode | None:
    """A document of at most so many tokens; `None` if it is no such GraphQL."""
    try:
        return parse(
            text, no_location=True, max_lexical_tokens=max_tokens, max_comments=10_000
        )
    except (GraphQLError, RecursionError):
        return None


def _normal_form(document: DocumentNode) -> str:
    """A document without what does not matter.

    White space, commas, comments and the order of definitions do not matter; the order
    of fields and arguments does, as answers follow it.
    """
    return "\n".join(sorted(print_ast(node) for node in document.definitions))


def _operations(path: Path) -> Iterator[tuple[str, str]]:
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.suffix in _SUFFIXES:
                    yield from _of_file(file.read_text(encoding="utf-8"))
        else:
            yield from _of_manifest(path.read_bytes())
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestInvalid(f"{path}: cannot be read: {error}") from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ManifestInvalid(f"{path}: is no manifest: {error}") from error


def _of_file(text: str) -> Iterator[tuple[str, str]]:
    yield document_hash(text), text
    yield document_hash(text.strip()), text.strip()


def _of_manifest(content: bytes) -> Iterator[tuple[str, str]]:
    decoded: Any = msgspec.json.decode(content)
    if isinstance(decoded, dict) and "format" in decoded:
        manifest = msgspec.convert(decoded, _ApolloManifest)
        if (manifest.format, manifest.version) != (_APOLLO_FORMAT, 1):
            raise msgspec.ValidationError("unknown format or version")
        for operation in manifest.operations:
            yield operation.id, operation.body
    elif isinstance(decoded, dict):
        yield from msgspec.convert(decoded, dict[str, str]).items()
    else:
        yield from msgspec.convert(decoded, list[tuple[str, str]])
