"""What went wrong in fetches -> the client's errors, each at its place.

Which place, in the order of preference:

1. A subgraph's error with a path: the same place in the client's answer. List indices are
   kept; `_entities/3/name` becomes the path of every object that representation 3 stands
   for; internal aliases get their real keys; and where the path leaves what the client
   asked for (keys, requirements), it ends.
2. A fetch that failed: each field that the client asked for and the fetch would have
   given, at every object that it was sent for, as many as are told. Where the fetch gives
   the client nothing itself, the fields of the fetches that wait for it, as far as the
   way there is known.
3. A subgraph's error without a usable path: the nearest parent that is in no list, once.

An error keeps its message and code; locations are dropped, since they are about a
document that the client never saw, and so are other extensions, which may tell too much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import chain
from types import MappingProxyType
from typing import Final

from gateway_graphql.errors import (
    ERROR_ID,
    ErrorDetail,
    RequirementIsNull,
    SubgraphFailed,
)
from gateway_graphql.execution.compiled.answer_places import Asked, ResponsePath
from gateway_graphql.execution.compiled.plan import CompiledFetch, CompiledInput
from gateway_graphql.execution.run.coverage import Coverage
from gateway_graphql.execution.run.entities import Occurrence
from gateway_graphql.execution.run.fault_paths import paths_at, paths_below
from gateway_graphql.execution.run.replies import DecodedReply, SubgraphError
from gateway_graphql.execution.run.targets import Targets
from gateway_graphql.planning.plan import Rename, ResponseKeys, keys_of

DEFAULT_CODE: Final = SubgraphFailed.code
NOTHING_MORE: Final[Mapping[str, object]] = MappingProxyType({})
_OWN_EXTENSIONS: Final = frozenset({"code", "serviceName", "http"})


@dataclass(slots=True)
class FetchFaults:
    """The client's errors of one fetch, as they are found.

    Attributes:
        fetch: The fetch.
        asked: The places of the client's answer.
        coverage: Told of every place that an error speaks for.
        max_errors: How many are kept at most.
        errors: By what makes them differ, in order.
    """

    fetch: CompiledFetch
    asked: Asked
    coverage: Coverage
    max_errors: int
    errors: dict[tuple[object, ...], ErrorDetail] = field(default_factory=dict)

    def fetch_failed(
        self, failure: SubgraphFailed, targets: Targets, error_id: str | None
    ) -> None:
        """The whole fetch came to nothing; the log has it under the id."""
        self._add_at(failure, self._missed(targets), error_id)
        self._cover_absence()

    def answered(self, reply: DecodedReply, targets: Targets) -> None:
        """The subgraph reported errors."""
        for error in reply.errors:
            for path in self._client_paths(error, targets):
                self._add(
                    error.message,
                    error.code or DEFAULT_CODE,
                    path,
                    reply.http_status,
                    error.extensions,
                )
                self._cover(path)
        if reply.errors:
            self._cover_absence()

    def input_failed(
        self,
        failure: SubgraphFailed,
        compiled: CompiledInput,
        missed: Iterable[Occurrence],
        error_id: str | None,
    ) -> None:
        """The answer for one entity input is unusable for these objects."""
        paths = paths_at(missed, compiled.places)
        self._add_at(failure, _first_of(paths, iter((compiled.parent,))), error_id)
        self._cover_absence()

    def lacked(
        self,
        compiled: CompiledInput,
        lacking: Iterable[tuple[Occurrence, ResponseKeys]],
    ) -> None:
        """Objects were not asked for, since a value that they need must not be null.

        Where the client asked for that value itself, the error is its own.
        """
        for occurrence, keys in lacking:
            place = self.asked.at(keys[:-1])
            if len(self.errors) < self.max_errors and keys[-1] not in place.fields:
                failure = RequirementIsNull(self.fetch.node.subgraph, keys[-1])
                places = compiled.places
                paths = _first_of(
                    paths_at((occurrence,), places),
                    paths_below((occurrence,), self.fetch.later_places, self.asked),
                )
                for path in paths:
                    if not self.coverage.covers_null(path):
                        self._add_at(failure, (path,))
                        self.coverage.add(path)

    def _missed(self, targets: Targets) -> Iterator[ResponsePath]:
        """The fields that the client does not get, nearest first."""
        fetch = self.fetch
        own = chain(
            paths_at(targets.roots, fetch.places),
            *(
                paths_at(batch.all_occurrences, compiled.places)
                for compiled, batch in targets.batches.values()
            ),
        )
        later = paths_below(targets.occurrences, fetch.later_places, self.asked)
        return _first_of(own, later, iter((fetch.parent,)))

    def _add_at(
        self,
        failure: SubgraphFailed,
        paths: Iterable[ResponsePath],
        error_id: str | None = None,
    ) -> None:
        more = NOTHING_MORE if error_id is None else {ERROR_ID: error_id}
        for path in paths:
            if len(self.errors) >= self.max_errors:
                break
            self._add(str(failure), failure.code, path, failure.http_status, more)

    def _client_paths(
        self, error: SubgraphError, targets: Targets
    ) -> Iterable[ResponsePath]:
        if not error.path:
            return (self.fetch.parent,)
        path = _renamed(error.path, self.fetch.node.renames)
        if targets.roots:
            return [
                self.asked.cut((*place, *path)) or self.fetch.parent
                for _, place in targets.roots[: self.max_errors]
            ]
        batches = targets.batches
        match path:
            case [str(alias), int(index), *rest] if alias in batches:
                compiled, batch = batches[alias]
                if 0 <= index < len(batch.occurrences):
                    return [
                        self.asked.cut((*place, *rest))
                        for _, place in batch.occurrences[index][: self.max_errors]
                    ]
                return (compiled.parent,)
            case [str(alias), *_] if alias in batches:
                return (batches[alias][0].parent,)
            case _:
                return (self.fetch.parent,)

    def _cover(self, path: ResponsePath) -> None:
        # An error without any place speaks for what its fetch gives, not for all.
        for place in (path,) if path else self.fetch.places:
            self.coverage.add(place)

    def _cover_absence(self) -> None:
        for place in (*self.fetch.places, *self.fetch.later_places):
            self.coverage.add_absent(place)

    def _add(
        self,
        message: str,
        code: str,
        path: ResponsePath,
        http_status: int | None,
        more: Mapping[str, object] = NOTHING_MORE,
    ) -> None:
        if len(self.errors) < self.max_errors:
            self.errors.setdefault(
                (message, code, path),
                ErrorDetail(
                    message,
                    code,
                    path or None,
                    extensions=_extensions(self.fetch.node.subgraph, http_status, more),
                ),
            )


def _first_of(*choices: Iterator[ResponsePath]) -> Iterator[ResponsePath]:
    """The first of several that has any paths."""
    for paths in choices:
        first = next(paths, None)
        if first is not None:
            return chain((first,), paths)
    return iter(())


def _extensions(
    subgraph: str, http_status: int | None, more: Mapping[str, object]
) -> tuple[tuple[str, object], ...]:
    own: dict[str, object] = {"serviceName": subgraph}
    if http_status is not None and http_status != HTTPStatus.OK:
        own["http"] = {"status": http_status}
    # What the gateway says of an error is not for the subgraph to say.
    others = {name: more[name] for name in more if name not in _OWN_EXTENSIONS}
    return tuple((own | others).items())


def _renamed(path: ResponsePath, renames: Iterable[Rename]) -> ResponsePath:
    """An error's path with the real keys in place of internal aliases."""
    steps = list(path)
    for rename in renames:
        keys = [*keys_of(rename.path), rename.alias]
        positions = [at for at, step in enumerate(steps) if isinstance(step, str)]
        if [steps[at] for at in positions[: len(keys)]] == keys:
            steps[positions[len(keys) - 1]] = rename.key
    return tuple(steps)
