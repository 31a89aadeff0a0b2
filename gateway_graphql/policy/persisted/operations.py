"""Persisted operations: documents that the operator has published, by id.

Four levels, to be gone through one after the other when a safelist is introduced: allow
all, log what is unknown, refuse what is unknown, and ids only.

The files are watched: at most once a second a request looks, without waiting for it,
whether they have changed; only a request for an unknown id waits for the look. Files that
cannot be read leave the operations as they are.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from msgspec.structs import replace

from gateway_graphql.errors import (
    ClientError,
    OperationIdAndBody,
    OperationIdRequired,
    OperationNotInList,
    OperationNotInSafelist,
    PersistedQueryNotSupported,
)
from gateway_graphql.exchange import GatewayAnswer, GraphQLRequest, RequestContext
from gateway_graphql.pipeline import Next
from gateway_graphql.pipeline.preparing.background import Background
from gateway_graphql.policy.asker import waiting_of
from gateway_graphql.policy.persisted.ids import document_id
from gateway_graphql.policy.persisted.manifest import (
    Manifest,
    ManifestInvalid,
    read_manifest,
)
from gateway_graphql.policy.store.documents.document import document_hash
from gateway_graphql.remembered import Remembered
from gateway_graphql.spelling import tells_options

_logger = logging.getLogger(__name__)

_MAX_JUDGED: Final = 4096
"""Texts of which it is remembered whether they are known, by their hash."""

_MAX_LOGGED: Final = 200
"""Characters of an operation's name."""

_Signature: TypeAlias = tuple[tuple[str, int, int], ...]


class SafelistLevel(StrEnum):
    """What is done with a document that is not known in advance."""

    ALLOW_ALL = "allow_all"
    LOG_UNKNOWN = "log_unknown"
    SAFELIST = "safelist"
    IDS_ONLY = "ids_only"


@tells_options
class PersistedOperations:
    """The middleware that fills in published documents, and refuses others.

    Args:
        paths: Manifests, maps and folders.
        level: What is done with other documents.
        look_every_s: How often the files are looked at.

    Raises:
        ManifestInvalid: They cannot be read.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        level: SafelistLevel = SafelistLevel.ALLOW_ALL,
        look_every_s: float = 1.0,
    ) -> None:
        self._paths = tuple(paths)
        self._level = level
        self._look_every_s = look_every_s
        # Swapped together by `_look` alone, when files have changed.
        self._signature = _signature(self._paths)
        self._manifest = read_manifest(self._paths)
        self._known: Remembered[str, bool] = Remembered(_MAX_JUDGED)
        self._background = Background("safelist")
        # The look that is under way, and when the next may begin.
        self._looking: asyncio.Task[None] | None = None
        self._next_look_at = time.monotonic() + look_every_s

    def __repr__(self) -> str:
        return (
            f"<PersistedOperations {self._level}, {len(self._manifest.texts)} ids, "
            f"{len(self._manifest.bodies)} documents>"
        )

    async def __call__(
        self, request: GraphQLRequest, context: RequestContext, proceed: Next
    ) -> GatewayAnswer:
        """Fill in the document of an id, or decide about the one that came."""
        looking = self._look_if_due()
        key = document_id(request)
        if key is None:
            refusal = await self._judged(request, context)
            if refusal is None:
                return await proceed(request, context)
            # It is charged to who asks; nobody on the way there lets it pass.
            await proceed(replace(request, refusal=refusal), context)
            raise refusal
        if request.query:
            raise OperationIdAndBody
        text = self._manifest.texts.get(key)
        if text is None and looking is not None:
            await asyncio.shield(looking)
            text = self._manifest.texts.get(key)
        if text is None:
            raise OperationNotInList
        return await proceed(replace(request, query=text), context)

    async def aclose(self) -> None:
        """End the look that is under way, and what is being judged."""
        self._background.close()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _judged(
        self, request: GraphQLRequest, context: RequestContext
    ) -> ClientError | None:
        """Why a document without an id is refused, `None` if it is not."""
        if request.is_published or self._level is SafelistLevel.ALLOW_ALL:
            return None
        if self._level is SafelistLevel.IDS_ONLY:
            return OperationIdRequired()
        if await self._is_known(request.query, context):
            return None
        if self._level is SafelistLevel.SAFELIST:
            return OperationNotInSafelist()
        _logger.warning(
            "Operation %r (document %s) is not in the safelist",
            (request.operation_name or "")[:_MAX_LOGGED],
            document_hash(request.query),
        )
        return None

    async def _is_known(self, text: str, context: RequestContext) -> bool:
        """Whether a document is published, in these words or in others.

        Only what is in no published words is read, in the turn of who sends it and once
        however many do: anybody may send anything.
        """
        manifest, judged, key = self._manifest, self._known, document_hash(text)
        if key in manifest.hashes:
            return True
        known = judged.get(key)
        if known is not None:
            return known
        return await self._background.run(
            (key, judged),
            partial(manifest.knows, text),
            partial(judged.put, key),
            waiting_of(context),
        )

    def _look_if_due(self) -> asyncio.Task[None] | None:
        """The look under way, begun if it is time for one."""
        now = time.monotonic()
        if self._looking is None or self._looking.done():
            if now < self._next_look_at:
                return None
            self._next_look_at = now + self._look_every_s
            self._looking = asyncio.get_running_loop().create_task(self._look())
        return self._looking

    async def _look(self) -> None:
        try:
            signature = await asyncio.to_thread(_signature, self._paths)
            if signature == self._signature:
                return
            # Also when it fails: the same broken file need not be read again.
            self._signature = signature
            manifest: Manifest = await asyncio.to_thread(read_manifest, self._paths)
        except ManifestInvalid as error:
            _logger.warning("Persisted operations are kept as they are: %s", error)
            return
        self._manifest, self._known = manifest, Remembered(_MAX_JUDGED)
        _logger.info("Persisted operations are read anew: %r", self)


async def refuse_ids(
    request: GraphQLRequest, context: RequestContext, proceed: Next
) -> GatewayAnswer:
    """The middleware of a gateway that knows no documents: says so to who asks by id."""
    if document_id(request) is not None:
        raise PersistedQueryNotSupported
    return await proceed(request, context)


def _signature(paths: Sequence[Path]) -> _Signature:
    """What changes when files change: their names, times and sizes.

    Raises:
        ManifestInvalid: They are not there.
    """
    try:
        files = [
            file
            for path in paths
            for file in (sorted(path.rglob("*")) if path.is_dir() else (path,))
        ]
        stats = [(str(file), file.stat()) for file in files]
    except OSError as error:
        raise ManifestInvalid(f"{error.filename}: {error.strerror}") from error
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
