"""`@override`: a field moves from one subgraph to another, at once or by a label.

(Federation specification, `@override`; progressive override since federation 2.7.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway_graphql.composition.merge.context import Merging, Sources, present
from gateway_graphql.composition.schema import Applied, FieldElement, InterfaceType

_LABEL = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*")
_PERCENT = re.compile(r"percent\((\d{1,2}(\.\d{1,8})?|100)\)")


@dataclass(slots=True)
class FieldOverrides:
    """What overriding means for each subgraph's claim on one field.

    Attributes:
        used: Overridden, yet the subgraph still needs its own field.
        unused: Overridden for good.
        labels: Index -> label, for both ends of a gradual override.
    """

    used: set[int] = field(default_factory=set)
    unused: set[int] = field(default_factory=set)
    labels: dict[int, str] = field(default_factory=dict)


def read_overrides(
    merging: Merging, type_name: str, name: str, sources: Sources[FieldElement]
) -> FieldOverrides:
    """Check every `@override` of a field and say what follows."""
    result = FieldOverrides()
    overriding = {
        index: source.applied("override")[0]
        for index, source in present(sources)
        if source.has("override")
    }
    for index, applied in overriding.items():
        case = _Case(merging, type_name, name, sources, index, applied)
        case.judge(result, set(overriding))
    return result


@dataclass(frozen=True, slots=True)
class _Case:
    """One `@override` of one field."""

    merging: Merging
    type_name: str
    name: str
    sources: Sources[FieldElement]
    index: int
    applied: Applied

    @property
    def coordinate(self) -> str:
        return f"{self.type_name}.{self.name}"

    def judge(self, result: FieldOverrides, overriding: set[int]) -> None:
        """Report what is wrong, or record what follows."""
        merging, index = self.merging, self.index
        subgraph = merging.name(index)
        schema = merging.roles[index].schema
        if isinstance(schema.types.get(self.type_name), InterfaceType):
            self._error(
                "OVERRIDE_ON_INTERFACE",
                f'@override cannot be used on field "{self.coordinate}" on subgraph'
                f' "{subgraph}": @override is not supported on interface type fields.',
            )
            return
        if merging.roles[index].is_interface_object(self.type_name):
            self._error(
                "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
                f"@override is not yet supported on fields of @interfaceObject types:"
                f' cannot be used on field "{self.coordinate}" on subgraph'
                f' "{subgraph}".',
            )
            return
        origin = self.applied.text("from") or ""
        names = [roles.schema.name for roles in merging.roles]
        if origin not in names:
            self._hint(
                "FROM_SUBGRAPH_DOES_NOT_EXIST",
                f'Source subgraph "{origin}" for field "{self.coordinate}" on subgraph'
                f' "{subgraph}" does not exist.',
            )
            return
        self._judge_origin(result, names.index(origin), overriding)

    def _judge_origin(
        self, result: FieldOverrides, origin: int, overriding: set[int]
    ) -> None:
        subgraph, source = self.merging.name(self.index), self.merging.name(origin)
        if origin == self.index:
            self._error(
                "OVERRIDE_FROM_SELF_ERROR",
                f'Source and destination subgraphs "{source}" are the same for'
                f' overridden field "{self.coordinate}"',
            )
        elif origin in overriding:
            self._error(
                "OVERRIDE_SOURCE_HAS_OVERRIDE",
                f'Field "{self.coordinate}" on subgraph "{subgraph}" is also marked'
                f' with directive @override in subgraph "{source}". Only one @override'
                " directive is allowed per field.",
            )
        elif self.sources[origin] is None:
            if self.merging.abstracted(self.type_name, self.name, origin):
                self._error(
                    "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
                    f'Invalid @override on field "{self.coordinate}" of subgraph'
                    f' "{subgraph}": source subgraph "{source}" abstracts it in an'
                    " interface object and overriding abstracted fields is not"
                    " supported.",
                )
                return
            self._can_be_removed()
        elif complaint := next(self._collisions(origin), None):
            self._error("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", complaint)
        else:
            self._take_over(result, origin)

    def _collisions(self, origin: int) -> Iterator[str]:
        source = self.sources[origin]
        taken = (
            (d, origin) for d in ("requires", "provides") if source and source.has(d)
        )
        found = list(taken)
        if self.merging.roles[self.index].is_external(self.type_name, self.name):
            found.append(("external", self.index))
        for directive, where in found:
            yield (
                f'@override cannot be used on field "{self.coordinate}" on subgraph'
                f' "{self.merging.name(self.index)}" since "{self.coordinate}" on'
                f' "{self.merging.name(where)}" is marked with directive "@{directive}"'
            )

    def _take_over(self, result: FieldOverrides, origin: int) -> None:
        roles = self.merging.roles[origin]
        if roles.is_external(self.type_name, self.name):
            self._can_be_removed()
        elif roles.is_used(self.type_name, self.name):
            result.used.add(origin)
            self._field_can_be_removed(origin)
        else:
            result.unused.add(origin)
            self._field_can_be_removed(origin)
        label = self.applied.text("label")
        if label is None:
            return
        if _LABEL.fullmatch(label) or _PERCENT.fullmatch(label):
            result.labels[self.index] = result.labels[origin] = label
        else:
            self._error(
                "OVERRIDE_LABEL_INVALID",
                f'Invalid @override label "{label}" on field "{self.coordinate}" on'
                f' subgraph "{self.merging.name(self.index)}": labels must start with a'
                " letter and after that may contain alphanumerics, underscores,"
                " minuses, colons, periods, or slashes. Alternatively, labels may be of"
                ' the form "percent(x)" where x is a float between 0-100 inclusive.',
            )
        self._hint(
            "OVERRIDE_MIGRATION_IN_PROGRESS",
            f'Field "{self.coordinate}" is currently being migrated with progressive'
            " @override. Once the migration is complete, remove the field from"
            f' subgraph "{self.merging.name(origin)}".',
        )

    def _can_be_removed(self) -> None:
        self._hint(
            "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED",
            f'Field "{self.coordinate}" on subgraph'
            f' "{self.applied.text("from")}" is not resolved there anymore. The'
            " @override directive can be removed.",
        )

    def _field_can_be_removed(self, origin: int) -> None:
        self._hint(
            "OVERRIDDEN_FIELD_CAN_BE_REMOVED",
            f'Field "{self.coordinate}" on subgraph "{self.merging.name(origin)}" is'
            " overridden. Consider removing it.",
        )

    def _error(self, code: str, message: str) -> None:
        names = (self.merging.name(self.index), self.applied.text("from") or "")
        self.merging.problems.error(code, message, self.coordinate, *names)

    def _hint(self, code: str, message: str) -> None:
        self.merging.problems.hint(code, message, self.coordinate)
