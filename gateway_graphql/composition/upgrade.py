"""Federation 1 -> federation 2: what the old version meant, said in the new one's words.

A subgraph without a link to federation 2 follows federation 1's looser rules: value
types are shared without a word, `@external` on the key fields of an extension means
nothing, unused externals are tolerated. Each step below removes one such habit, so that
every later stage knows federation 2 only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from graphql import (
    EnumValueNode,
    ListValueNode,
    StringValueNode,
    ValueNode,
)

from gateway_graphql.composition.external_parts import external_part
from gateway_graphql.composition.facts import Facts
from gateway_graphql.composition.federation import directive_names
from gateway_graphql.composition.field_sets import coordinates
from gateway_graphql.composition.problems import Problems, listed
from gateway_graphql.composition.schema import (
    Applied,
    FieldElement,
    FieldsType,
    InterfaceType,
    ObjectType,
    SubgraphSchema,
    UnionType,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.language.type_reference import named_type

_UPGRADED = (2, 4)
_FIELD_SET_DIRECTIVES = frozenset({"key", "requires", "provides"})

FieldChange = Callable[[FieldsType, FieldElement], FieldElement | None]


def upgrade_all(
    schemas: Sequence[SubgraphSchema], problems: Problems
) -> tuple[SubgraphSchema, ...]:
    """Upgrade those subgraphs that are federation 1."""
    if all(schema.is_federation_2 for schema in schemas):
        return tuple(schemas)
    upgraded = tuple(
        schema if schema.is_federation_2 else _Upgrade(schema, schemas, problems).run()
        for schema in schemas
    )
    _check_interface_objects(schemas, problems)
    return upgraded


def _check_interface_objects(
    schemas: Sequence[SubgraphSchema], problems: Problems
) -> None:
    users = [
        s.name
        for s in schemas
        if s.is_federation_2
        and any(t.has("interfaceObject") for t in s.each(ObjectType))
    ]
    old = [s.name for s in schemas if not s.is_federation_2]
    if users and old and not problems.errors:
        problems.error(
            "INTERFACE_OBJECT_USAGE_ERROR",
            "The @interfaceObject directive can only be used if all subgraphs have"
            " federation 2 subgraph schema: @interfaceObject is used in"
            f" {listed(users)} but {listed(old)} is not a federation 2 subgraph"
            " schema.",
            None,
            *users,
            *old,
        )


def is_extension(element: object) -> bool:
    """Whether an object or interface type is an extension in federation 1's sense."""
    return isinstance(element, ObjectType | InterfaceType) and (
        element.has("extends") or not element.is_defined
    )


class _Upgrade:
    """The upgrade of one subgraph; `schema` is replaced step by step."""

    def __init__(
        self,
        schema: SubgraphSchema,
        schemas: Sequence[SubgraphSchema],
        problems: Problems,
    ) -> None:
        self.original = Facts(schema)
        self.schema = schema
        self.others = tuple(Facts(s) for s in schemas if s.name != schema.name)
        self.problems = problems

    def run(self) -> SubgraphSchema:
        self.check_extensions_have_a_base()
        for step in (
            self.own_definitions_of_federation_2,
            self.unquoted_field_sets,
            self.external_on_interfaces_and_types,
            self.external_on_extensions,
            self.inactive_requires_and_provides,
            self.type_extensions,
            self.directives_on_interfaces,
            self.provides_on_leaves,
            self.unused_externals,
            self.shareable,
            self.tags_on_externals,
        ):
            step()
        return replace(self.schema, federation=_UPGRADED)

    def check_extensions_have_a_base(self) -> None:
        for element in self.schema.types.values():
            if not is_extension(element) or self.schema.is_root(element.name):
                continue
            bases = (o.schema.types.get(element.name) for o in self.others)
            if not any(base is not None and base.is_defined for base in bases):
                self.problems.error(
                    "EXTENSION_WITH_NO_BASE",
                    f'Type "{element.name}" is an extension type, but there is no type'
                    f' definition for "{element.name}" in any subgraph.',
                    element.name,
                    self.schema.name,
                )

    # Changes

    def _change_fields(self, change: FieldChange) -> None:
        """Replace fields; `None` drops one."""
        types = dict(self.schema.types)
        for element in self.schema.fields_types():
            changed = {
                field.name: new
                for field in element.fields.values()
                if (new := change(element, field)) is not None
            }
            if changed != element.fields:
                types[element.name] = replace(element, fields=changed)
        self.schema = replace(self.schema, types=types)

    def _change_types(self, change: Callable[[FieldsType], FieldsType]) -> None:
        types = dict(self.schema.types)
        for element in self.schema.fields_types():
            types[element.name] = change(element)
        self.schema = replace(self.schema, types=types)

    def own_definitions_of_federation_2(self) -> None:
        """A directive that federation 2 knows is federation 2's from now on."""
        names = {f"@{name}" for name in directive_names(_UPGRADED)}

        def known(directives: Iterable[Applied]) -> tuple[Applied, ...]:
            return tuple(
                replace(a, name=a.name[1:]) if a.name in names else a
                for a in directives
            )

        self._change_fields(
            lambda _, field: replace(field, directives=known(field.directives))
        )
        self._change_types(
            lambda element: replace(element, directives=known(element.directives))
        )

    def unquoted_field_sets(self) -> None:
        """Lists and unquoted names count as field sets."""
        self._change_fields(
            lambda _, field: replace(field, directives=_quoted(field.directives))
        )
        self._change_types(
            lambda element: replace(element, directives=_quoted(element.directives))
        )

    def external_on_interfaces_and_types(self) -> None:
        """`@external` meant nothing on interface fields, nor on whole types."""
        self._change_fields(
            lambda element, field: (
                _without(field, "external")
                if isinstance(element, InterfaceType)
                else field
            )
        )
        self._change_types(lambda element: _type_without(element, {"external"}))

    def external_on_extensions(self) -> None:
        """Key fields of an extension are known, whatever they say."""
        known = {
            coordinate
            for element in self.schema.fields_types()
            if is_extension(element) or self._is_root_extension(element)
            for text in self._keys_of_extension(element)
            for coordinate in coordinates(self.schema, element.name, text)
            if coordinate[0] == element.name
        }
        self._change_fields(
            lambda element, field: (
                _without(field, "external")
                if (element.name, field.name) in known
                else field
            )
        )

    def _is_root_extension(self, element: FieldsType) -> bool:
        return self.schema.is_root(element.name) and not element.is_defined

    def _keys_of_extension(self, element: FieldsType) -> list[str]:
        """The extension's keys, else the first key of every other subgraph."""
        own = [key.text("fields") or "" for key in element.applied("key")]
        if own:
            return own
        keys: list[str] = []
        for other in self.others:
            base = other.schema.types.get(element.name)
            if base is not None and base.has("key"):
                keys.append(base.applied("key")[0].text("fields") or "")
        return keys

    def inactive_requires_and_provides(self) -> None:
        """Drop the parts of field sets that the subgraph resolves by itself."""
        facts = Facts(self.schema)

        def change(element: FieldsType, field: FieldElement) -> FieldElement:
            directives: list[Applied] = []
            for applied in field.directives:
                if applied.name not in ("requires", "provides"):
                    directives.append(applied)
                    continue
                start = (
                    element.name
                    if applied.name == "requires"
                    else named_type(field.type)
                )
                text = external_part(facts, start, applied.text("fields"))
                if text is None:
                    directives.append(applied)
                elif text:
                    directives.append(_with_fields(applied, text))
            return replace(field, directives=tuple(directives))

        self._change_fields(change)

    def type_extensions(self) -> None:
        """Extensions become definitions."""

        def change(element: FieldsType) -> FieldsType:
            if not is_extension(element):
                return element
            return replace(
                element,
                is_defined=True,
                is_extended=False,
                directives=tuple(
                    replace(a, is_extension=False) for a in element.directives
                ),
                fields={
                    f.name: replace(f, declaration=0) for f in element.fields.values()
                },
            )

        self._change_types(change)

    def directives_on_interfaces(self) -> None:
        """Keys and field sets meant nothing on interfaces."""
        self._change_types(
            lambda element: (
                _type_without(element, {"key"})
                if isinstance(element, InterfaceType)
                else element
            )
        )
        self._change_fields(
            lambda element, field: (
                _without(field, "requires", "provides")
                if isinstance(element, InterfaceType)
                else field
            )
        )

    def provides_on_leaves(self) -> None:
        """`@provides` on a field without selections meant nothing."""
        self._change_fields(
            lambda _, field: (
                field
                if isinstance(
                    self.schema.types.get(named_type(field.type)),
                    ObjectType | InterfaceType | UnionType,
                )
                else _without(field, "provides")
            )
        )

    def unused_externals(self) -> None:
        """External fields that nothing needs go, and types that are left empty."""
        facts = Facts(self.schema)
        self._change_fields(
            lambda element, field: (
                None
                if facts.is_external(element.name, field.name)
                and not facts.is_used(element.name, field.name)
                else field
            )
        )
        empty = [
            t.name
            for t in self.schema.fields_types()
            if not t.fields and facts.schema.fields_of(t.name)
        ]
        for name in empty:
            if name in _referenced(self.schema):
                self.problems.error(
                    "TYPE_WITH_ONLY_UNUSED_EXTERNAL",
                    f"Type {name} contains only external fields and all those fields"
                    " are all unused (they do not appear in any @key, @provides or"
                    " @requires).",
                    name,
                    self.schema.name,
                )
        types = {n: t for n, t in self.schema.types.items() if n not in empty}
        self.schema = replace(self.schema, types=types)

    def shareable(self) -> None:
        """Value types, and fields that others resolve, too, were shared silently."""
        mark = Applied("shareable")

        def on_type(element: FieldsType) -> FieldsType:
            is_shared = (
                isinstance(element, ObjectType)
                and not element.has("key")
                and not self.schema.is_root(element.name)
                and any(element.name in o.schema.types for o in self.others)
            )
            if not is_shared or element.has("shareable"):
                return element
            return replace(element, directives=(*element.directives, mark))

        def on_field(element: FieldsType, field: FieldElement) -> FieldElement:
            if (
                not isinstance(element, ObjectType)
                or not (element.has("key") or self.schema.is_root(element.name))
                or self.schema.roots.get(OperationKind.SUBSCRIPTION) == element.name
                or field.has("shareable")
                or self.original.is_shareable(element.name, field.name)
                or not any(_resolves(o, element.name, field.name) for o in self.others)
            ):
                return field
            return replace(field, directives=(*field.directives, mark))

        self._change_types(on_type)
        self._change_fields(on_field)

    def tags_on_externals(self) -> None:
        """A tag on an external field goes where another subgraph has the same tag."""
        facts = Facts(self.schema)

        def change(element: FieldsType, field: FieldElement) -> FieldElement:
            if not facts.is_external(element.name, field.name):
                return field
            kept = tuple(
                a
                for a in field.directives
                if a.name != "tag" or not self._is_tagged(element.name, field.name, a)
            )
            return replace(field, directives=kept)

        self._change_fields(change)

    def _is_tagged(self, type_name: str, field: str, tag: Applied) -> bool:
        return any(
            applied.text("name") == tag.text("name")
            for other in self.others
            if (found := other.schema.fields_of(type_name).get(field)) is not None
            for applied in found.applied("tag")
        )


def _resolves(other: Facts, type_name: str, field: str) -> bool:
    return field in other.schema.fields_of(type_name) and not other.is_fully_external(
        type_name, field
    )


def _referenced(schema: SubgraphSchema) -> set[str]:
    """Names of types that fields, unions or the root operations mention."""
    names = {
        named_type(f.type) for t in schema.fields_types() for f in t.fields.values()
    }
    return names | {m for u in schema.each(UnionType) for m in u.members}


def _without(field: FieldElement, *names: str) -> FieldElement:
    kept = tuple(a for a in field.directives if a.name not in names)
    return replace(field, directives=kept)


def _type_without(element: FieldsType, names: set[str]) -> FieldsType:
    kept = tuple(a for a in element.directives if a.name not in names)
    return replace(element, directives=kept)


def _quoted(directives: Iterable[Applied]) -> tuple[Applied, ...]:
    return tuple(
        _with_fields(a, text)
        if a.name in _FIELD_SET_DIRECTIVES
        and (text := _as_text(a.arguments.get("fields"))) is not None
        else a
        for a in directives
    )


def _as_text(node: ValueNode | None) -> str | None:
    match node:
        case EnumValueNode(value=value):
            return value
        case ListValueNode(values=values) if all(
            isinstance(v, StringValueNode | EnumValueNode) for v in values
        ):
            return " ".join(getattr(v, "value", "") for v in values)
        case _:
            return None


def _with_fields(applied: Applied, text: str) -> Applied:
    arguments: Mapping[str, ValueNode] = {
        **applied.arguments,
        "fields": StringValueNode(value=text, block=False),
    }
    return replace(applied, arguments=MappingProxyType(dict(arguments)))
