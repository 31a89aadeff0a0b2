"""`Supergraph` -> SDL in the join specification, which any federation router reads.

The text is a function of the supergraph alone: types by name, members in their own
order, joins in the order of the subgraphs. Claims that hold for every subgraph of a
type are left out, as the specification has them implied. The lowest join version that
says everything is used: 0.3, or 0.5 for override labels and context arguments.
(Join specification, https://specs.apollo.dev/join.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway_graphql.language.operation import OperationKind
from gateway_graphql.supergraph.definitions import (
    JOIN_V03,
    JOIN_V05,
    LINK,
    ONE_OF,
    SPEC_DEFINITIONS,
)
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    ContextArgument,
    DirectiveDefinition,
    EnumDefinition,
    FieldDefinition,
    FieldJoin,
    InputObjectDefinition,
    InputValue,
    InterfaceDefinition,
    ObjectDefinition,
    ScalarDefinition,
    SpecLink,
    Supergraph,
    TypeDefinition,
    TypeJoin,
    UnionDefinition,
)

_SPECS = "https://specs.apollo.dev/"


def write_supergraph(supergraph: Supergraph) -> str:
    """Write a supergraph as SDL."""
    return "\n\n".join(_Writer(in_order(supergraph)).blocks()) + "\n"


def in_order(supergraph: Supergraph) -> Supergraph:
    """The same supergraph, its types and directives by name, as in its text.

    Plans depend on the order of types, so that who has the supergraph and who reads its
    text must have one order.
    """
    return replace(
        supergraph,
        types=dict(sorted(supergraph.types.items())),
        directives=tuple(sorted(supergraph.directives, key=lambda d: d.name)),
    )


def graph_names(subgraphs: Iterable[str]) -> dict[str, str]:
    """Subgraph name -> its value of `join__Graph`: upper case, valid and unique."""
    wanted: dict[str, list[str]] = {}
    for name in subgraphs:
        value = re.sub(r"[^A-Z0-9_]", "_", name.upper())
        if not value or value[0].isdigit():
            value = f"_{value}"
        # A trailing `_1` is what duplicates get, so it is not left to a name.
        if re.search(r"_\d+$", value):
            value += "_"
        wanted.setdefault(value, []).append(name)
    return {
        name: value if len(names) == 1 else f"{value}_{number}"
        for value, names in wanted.items()
        for number, name in enumerate(names, start=1)
    }


@dataclass(frozen=True, slots=True)
class _Names:
    """What the supergraph calls the directives of its features."""

    local: Mapping[str, str]

    def of(self, directive: str) -> str:
        return self.local.get(directive, directive)


def _local_names(links: Iterable[SpecLink]) -> _Names:
    local: dict[str, str] = {}
    for link in links:
        if not link.url.startswith(_SPECS):
            continue
        name = _feature_name(link)
        if link.alias:
            local[name] = link.alias
        for element, renamed in link.imports:
            if element.startswith("@"):
                local[element[1:]] = (renamed or element)[1:]
    return _Names(local)


def _feature_name(link: SpecLink) -> str:
    parts = link.url.rstrip("/").split("/")
    return parts[-2] if len(parts) > 1 else parts[-1]


class _Writer:
    """Writes one supergraph; holds the names that all parts need."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._graphs = graph_names(supergraph.subgraphs)
        self._names = _local_names(supergraph.links)
        self._needs_v05 = any(
            join.override_label or join.context_arguments
            for join in _all_joins(supergraph)
        )

    def blocks(self) -> Iterator[str]:
        """The definitions, in a fixed order."""
        yield self._schema()
        yield from self._machinery()
        if any(_is_one_of(type_) for type_ in self._supergraph.types.values()):
            yield ONE_OF
        for definition in self._supergraph.directives:
            yield self._directive_definition(definition)
        for type_ in self._supergraph.types.values():
            yield self._type(type_)

    # Schema and machinery

    def _schema(self) -> str:
        join = "v0.5" if self._needs_v05 else "v0.3"
        links = (
            SpecLink(f"{_SPECS}link/v1.0"),
            SpecLink(f"{_SPECS}join/{join}", purpose="EXECUTION"),
            *self._supergraph.links,
        )
        lines = [f"  {_link(link)}" for link in links]
        lines += [f"  {self._applied(a)}" for a in self._supergraph.schema_directives]
        roots = [
            f"  {kind}: {self._supergraph.roots[kind]}"
            for kind in OperationKind
            if kind in self._supergraph.roots
        ]
        head = _description(self._supergraph.description, "")
        return "\n".join([f"{head}schema", *lines, "{", *roots, "}"])

    def _machinery(self) -> Iterator[str]:
        yield LINK
        yield JOIN_V05 if self._needs_v05 else JOIN_V03
        values = "\n".join(
            f"  {self._graphs[name]} @join__graph(name: {_text(name)},"
            f" url: {_text(reference.url)})"
            for name, reference in self._supergraph.subgraphs.items()
        )
        yield f"enum join__Graph {{\n{values}\n}}"
        own = {definition.name for definition in self._supergraph.directives}
        for link in self._supergraph.links:
            if not link.url.startswith(_SPECS):
                continue
            for element, template in SPEC_DEFINITIONS.get(_feature_name(link), ()):
                name = self._names.local.get(element, element)
                if element == "listSize" and "listSize" not in self._names.local:
                    name = "cost__listSize"
                if name not in own:
                    yield template.replace("{name}", name)

    def _directive_definition(self, definition: DirectiveDefinition) -> str:
        repeatable = " repeatable" if definition.is_repeatable else ""
        return (
            f"{_description(definition.description, '')}directive @{definition.name}"
            f"{self._arguments(definition.arguments, '')}{repeatable} on "
            + " | ".join(definition.locations)
        )

    # Types

    def _type(self, definition: TypeDefinition) -> str:
        match definition:
            case ScalarDefinition():
                return self._head("scalar", definition)
            case ObjectDefinition():
                return self._fields_type("type", definition)
            case InterfaceDefinition():
                return self._fields_type("interface", definition)
            case UnionDefinition():
                return self._union(definition)
            case EnumDefinition():
                return self._enum(definition)
            case InputObjectDefinition():
                return self._input(definition)

    def _head(
        self,
        keyword: str,
        definition: TypeDefinition,
        *,
        after_name: str = "",
        claims: Sequence[str] = (),
    ) -> str:
        lines = [f"{_description(definition.description, '')}{keyword} "]
        lines[0] += f"{definition.name}{after_name}"
        lines += [f"  {claim}" for claim in claims]
        lines += [f"  {self._type_join(join)}" for join in definition.joins]
        lines += [
            f"  {text}"
            for text in self._directives(
                definition.directives, definition.is_inaccessible
            )
        ]
        return "\n".join(lines)

    def _type_join(self, join: TypeJoin) -> str:
        facts = [f"graph: {self._graphs[join.subgraph]}"]
        if join.key is not None:
            facts.append(f"key: {_text(join.key.text)}")
        if join.is_extension:
            facts.append("extension: true")
        if not join.is_resolvable:
            facts.append("resolvable: false")
        if join.is_interface_object:
            facts.append("isInterfaceObject: true")
        return f"@join__type({', '.join(facts)})"

    def _fields_type(
        self, keyword: str, definition: ObjectDefinition | InterfaceDefinition
    ) -> str:
        interfaces = " & ".join(definition.interfaces)
        head = self._head(
            keyword,
            definition,
            after_name=f" implements {interfaces}" if interfaces else "",
            claims=[
                f"@join__implements(graph: {self._graphs[claim.subgraph]},"
                f" interface: {_text(claim.interface)})"
                for claim in definition.implements
            ],
        )
        owners = _owners(definition)
        lines = [
            f"{_description(field.description, '  ')}  {self._field(field, owners)}"
            for field in definition.fields.values()
        ]
        return "\n".join([head, "{", *lines, "}"])

    def _field(self, field: FieldDefinition, owners: tuple[str, ...]) -> str:
        return " ".join(
            [
                f"{field.name}{self._arguments(field.arguments, '  ')}: {field.type}",
                *self._field_joins(field.joins, owners),
                *self._directives(field.directives, field.is_inaccessible),
            ]
        )

    def _field_joins(
        self, joins: tuple[FieldJoin, ...], owners: tuple[str, ...]
    ) -> Iterator[str]:
        if not joins:
            yield "@join__field"
            return
        plain = {FieldJoin(owner) for owner in owners}
        if set(joins) == plain:
            return
        for join in joins:
            yield f"@join__field({', '.join(self._field_join(join))})"

    def _field_join(self, join: FieldJoin) -> Iterator[str]:
        yield f"graph: {self._graphs[join.subgraph]}"
        if join.requires is not None:
            yield f"requires: {_text(join.requires.text)}"
        if join.provides is not None:
            yield f"provides: {_text(join.provides.text)}"
        if join.type is not None:
            yield f"type: {_text(str(join.type))}"
        if join.is_external:
            yield "external: true"
        if join.override is not None:
            yield f"override: {_text(join.override)}"
        if join.is_used_overridden:
            yield "usedOverridden: true"
        if join.override_label is not None:
            yield f"overrideLabel: {_text(join.override_label)}"
        if join.context_arguments:
            items = ", ".join(map(_context_argument, join.context_arguments))
            yield f"contextArguments: [{items}]"

    def _union(self, definition: UnionDefinition) -> str:
        claims = [
            f"@join__unionMember(graph: {self._graphs[claim.subgraph]},"
            f" member: {_text(claim.member)})"
            for claim in definition.members
        ]
        members = " | ".join(dict.fromkeys(m.member for m in definition.members))
        return f"{self._head('union', definition, claims=claims)}\n = {members}"

    def _enum(self, definition: EnumDefinition) -> str:
        lines: list[str] = []
        for value in definition.values:
            claims = [
                f"@join__enumValue(graph: {self._graphs[name]})"
                for name in value.subgraphs
            ]
            applied = self._directives(value.directives, value.is_inaccessible)
            text = " ".join([value.name, *claims, *applied])
            lines.append(f"{_description(value.description, '  ')}  {text}")
        return "\n".join([self._head("enum", definition), "{", *lines, "}"])

    def _input(self, definition: InputObjectDefinition) -> str:
        owners = _owners(definition)
        lines: list[str] = []
        for field in definition.fields.values():
            joins = tuple(self._field_joins(field.joins, owners))
            text = " ".join([self._input_value(field, joins)])
            lines.append(f"{_description(field.description, '  ')}  {text}")
        return "\n".join([self._head("input", definition), "{", *lines, "}"])

    # Arguments and directives

    def _arguments(self, arguments: Sequence[InputValue], indent: str) -> str:
        if not arguments:
            return ""
        if all(argument.description is None for argument in arguments):
            return f"({', '.join(self._input_value(a) for a in arguments)})"
        inner = f"{indent}  "
        lines = [
            f"{_description(a.description, inner)}{inner}{self._input_value(a)}"
            for a in arguments
        ]
        return "(\n" + "\n".join(lines) + f"\n{indent})"

    def _input_value(self, value: InputValue, joins: Iterable[str] = ()) -> str:
        default = "" if value.default is None else f" = {value.default}"
        return " ".join(
            [
                f"{value.name}: {value.type}{default}",
                *joins,
                *self._directives(value.directives, value.is_inaccessible),
            ]
        )

    def _directives(
        self, directives: Iterable[AppliedDirective], is_inaccessible: bool
    ) -> Iterator[str]:
        names: set[str] = set()
        for applied in directives:
            names.add(applied.name)
            yield self._applied(applied)
        if is_inaccessible and "inaccessible" not in names:
            yield f"@{self._names.of('inaccessible')}"

    def _applied(self, applied: AppliedDirective) -> str:
        arguments = ", ".join(f"{name}: {value}" for name, value in applied.arguments)
        name = self._names.of(applied.name)
        return f"@{name}({arguments})" if arguments else f"@{name}"


def _is_one_of(definition: TypeDefinition) -> bool:
    return any(applied.name == "oneOf" for applied in definition.directives)


def _owners(definition: TypeDefinition) -> tuple[str, ...]:
    return tuple(dict.fromkeys(join.subgraph for join in definition.joins))


def _all_joins(supergraph: Supergraph) -> Iterator[FieldJoin]:
    for definition in supergraph.types.values():
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            for field in definition.fields.values():
                yield from field.joins


def _context_argument(argument: ContextArgument) -> str:
    return (
        f"{{context: {_text(argument.context)}, name: {_text(argument.name)}, type:"
        f" {_text(str(argument.type))}, selection: {_text(argument.selection.text)}}}"
    )


def _link(link: SpecLink) -> str:
    facts = [f"url: {_text(link.url)}"]
    if link.alias:
        facts.append(f"as: {_text(link.alias)}")
    if link.imports:
        items = (
            f"{{name: {_text(name)}, as: {_text(renamed)}}}" if renamed else _text(name)
            for name, renamed in link.imports
        )
        facts.append(f"import: [{', '.join(items)}]")
    if link.purpose:
        facts.append(f"for: {link.purpose}")
    return f"@link({', '.join(facts)})"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _description(text: str | None, indent: str) -> str:
    if text is None:
        return ""
    body = text.replace('"""', '\\"""')
    if "\n" not in body and not body.endswith(('"', "\\")) and body.strip() == body:
        return f'{indent}"""{body}"""\n'
    lines = (f"{indent}{line}" if line else "" for line in body.split("\n"))
    return f'{indent}"""\n' + "\n".join(lines) + f'\n{indent}"""\n'
