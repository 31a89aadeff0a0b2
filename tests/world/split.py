"""A world's schema divided between subgraphs.

First every field of `Query` and of an entity gets a subgraph, or several. Then each
subgraph is completed: what its fields lead to is declared there, too, entities as stubs
with a key, value types whole, interfaces and unions with the members that this subgraph
knows. Federation's other directives are put on what has come of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import FieldNode, SelectionSetNode, parse

from tests.world.choices import Choices
from tests.world.schema import (
    ENUM,
    INPUT,
    LEAF_NAMES,
    FieldModel,
    SchemaModel,
    TypeModel,
)

IMPORTS = [
    "@key",
    "@external",
    "@requires",
    "@provides",
    "@shareable",
    "@override",
    "@interfaceObject",
    "@context",
    "@fromContext",
]
MOVED = "percent(30)"


@dataclass(slots=True)
class Claim:
    """What a subgraph says of a field beside its type.

    Attributes:
        is_external: It is named here and not resolved.
        requires: The field set that its resolver needs.
        provides: The field set that comes with it.
        override: The subgraph that it is taken from.
        label: The label of a progressive override.
        is_taken: Another subgraph has taken it: to be asked for it is an error.
        context: What a further argument, `from`, is filled with.
    """

    field: FieldModel
    is_external: bool = False
    requires: str = ""
    provides: str = ""
    override: str = ""
    label: str = ""
    is_taken: bool = False
    context: str = ""


@dataclass(slots=True)
class Part:
    """A type as one subgraph declares it."""

    name: str
    kind: str
    keys: dict[str, bool] = field(default_factory=dict)
    fields: dict[str, Claim] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    is_interface_object: bool = False
    sets_context: bool = False


@dataclass(frozen=True, slots=True)
class Contexts:
    """The one context of a world.

    Attributes:
        readers: Type and name of the fields with the argument `from`.
        value_by_type: Object type that sets the context -> the field that is read.
    """

    readers: frozenset[tuple[str, str]]
    value_by_type: dict[str, str]


@dataclass(slots=True)
class Split:
    """A schema divided.

    Attributes:
        schema: The whole.
        subgraphs: For every subgraph its types.
        provided: Type and name of fields that some `@provides` gives, too.
        contexts: Who reads what from objects further up.
    """

    schema: SchemaModel
    subgraphs: dict[str, dict[str, Part]]
    provided: set[tuple[str, str]] = field(default_factory=set)
    contexts: Contexts | None = None

    def owners(self, type_name: str, field_name: str) -> list[str]:
        """The subgraphs that resolve a field."""
        return [
            name
            for name, parts in self.subgraphs.items()
            if (part := parts.get(type_name))
            and (claim := part.fields.get(field_name))
            and not claim.is_external
            and not claim.is_taken
        ]

    def claims(self) -> Iterator[Claim]:
        """What all subgraphs say of fields."""
        for parts in self.subgraphs.values():
            for part in parts.values():
                yield from part.fields.values()

    def known_types(self, type_name: str, subgraph: str) -> list[str]:
        """The object types that a subgraph knows a composite type to have."""
        part = self.subgraphs[subgraph][type_name]
        if part.is_interface_object:
            return self.schema.types[type_name].members
        return [part.name] if part.kind == "object" else part.members

    def sdl_by_subgraph(self) -> dict[str, str]:
        return {name: self._sdl(name) for name in self.subgraphs}

    def _sdl(self, subgraph: str) -> str:
        imports = ", ".join(f'"{name}"' for name in IMPORTS)
        head = (
            'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
            f"import: [{imports}])"
        )
        types = (self._type(part) for part in self.subgraphs[subgraph].values())
        return "\n\n".join((head, *types, ENUM, INPUT)) + "\n"

    def _type(self, part: Part) -> str:
        if part.kind == "union":
            return f"union {part.name} = {' | '.join(part.members)}"
        keyword = "interface" if part.kind == "interface" else "type"
        interfaces = " & ".join(part.interfaces)
        head = f"{keyword} {part.name}" + (
            f" implements {interfaces}" if interfaces else ""
        )
        for key, is_resolvable in part.keys.items():
            resolvable = "" if is_resolvable else ", resolvable: false"
            head += f' @key(fields: "{key}"{resolvable})'
        if part.is_interface_object:
            head += " @interfaceObject"
        if part.sets_context:
            head += ' @context(name: "around")'
        lines = (self._field(part, claim) for claim in part.fields.values())
        return "\n  ".join((head + " {", *lines)) + "\n}"

    def _field(self, part: Part, claim: Claim) -> str:
        text = str(claim.field)
        if part.kind == "interface":
            return text
        if claim.context:
            own = f'from: String @fromContext(field: "$around {claim.context}")'
            arguments = ", ".join(filter(None, (claim.field.arguments, own)))
            text = f"{claim.field.name}({arguments}): {claim.field.type}"
        if claim.is_external:
            return f"{text} @external"
        if claim.requires:
            text += f" @requires(fields: {json.dumps(claim.requires)})"
        if claim.provides:
            text += f' @provides(fields: "{claim.provides}")'
        if claim.override:
            label = f', label: "{claim.label}"' if claim.label else ""
            text += f' @override(from: "{claim.override}"{label})'
        slot = (part.name, claim.field.name)
        shared = len(self.owners(*slot)) > 1 or slot in self.provided
        return f"{text} @shareable" if shared else text


def draw_split(
    choices: Choices,
    schema: SchemaModel,
    *,
    requirements: int = 30,
    partial_types: int = 30,
) -> Split:
    """Divide a schema between two to five subgraphs.

    Args:
        choices: Decide.
        schema: The whole.
        requirements: How many percent of the fields that may have a `@requires` do.
        partial_types: How many percent of a subgraph's unions and interfaces may lack
            members there.
    """
    return _Splitter(choices, schema, requirements, partial_types).split()


class _Splitter:
    def __init__(
        self,
        choices: Choices,
        schema: SchemaModel,
        requirements: int,
        partial_types: int,
    ) -> None:
        self._choices = choices
        self._schema = schema
        self._requirements = requirements
        self._partial_types = partial_types
        self._names = [f"s{index}" for index in range(choices.number(2, 5))]
        self._split = Split(schema, {name: {} for name in self._names})

    def split(self) -> Split:
        self._deal()
        self._add_interface_object()
        self._override()
        self._require()
        self._provide()
        return self._split

    # Who has what

    def _deal(self) -> None:
        for type_ in self._schema.types.values():
            if type_.kind != "object" or not (type_.name == "Query" or type_.keys):
                continue
            elsewhere = {name for key in type_.keys for name in _names_in(key)}
            elsewhere |= {"qo", *self._added(type_.name)}
            for model in type_.fields.values():
                if model.name not in elsewhere:
                    for name in self._owners():
                        self._own(name, type_.name, model)

    def _added(self, type_name: str) -> list[str]:
        """The fields that a subgraph adds to a type by its interface."""
        types = self._schema.types
        around = (type_name, *types[type_name].interfaces)
        return [name for other in around for name in types[other].added]

    def _add_interface_object(self) -> None:
        """One more subgraph, to which an interface is an object type."""
        for type_ in self._schema.types.values():
            if not type_.added:
                continue
            self._part(self._names[0], type_.name)
            key = type_.fields["id"]
            part = Part(type_.name, "object", is_interface_object=True)
            part.keys["id"] = True
            part.fields = {"id": Claim(key)}
            for name in type_.added:
                part.fields[name] = Claim(type_.fields[name])
            self._split.subgraphs["o"] = {type_.name: part}
            self._require_of_interface(type_, part)
            if model := self._schema.types["Query"].fields.get("qo"):
                query = Part("Query", "object", fields={"qo": Claim(model)})
                self._split.subgraphs["o"]["Query"] = query

    def _require_of_interface(self, type_: TypeModel, part: Part) -> None:
        known = self._split.subgraphs[self._names[0]][type_.name].fields
        names = [name for name in LEAF_NAMES if name in known]
        if names and self._choices.chance(40):
            model = type_.fields[self._choices.one(names)]
            part.fields[model.name] = Claim(model, is_external=True)
            needed = f"{model.name}{self._arguments(model)}"
            part.fields[type_.added[0]].requires = needed

    def _owners(self) -> list[str]:
        return self._choices.several(
            self._names, 1, 2 if self._choices.chance(25) else 1
        )

    def _own(self, subgraph: str, type_name: str, model: FieldModel) -> None:
        """Let a subgraph resolve a field, and declare what that needs."""
        part = self._part(subgraph, type_name)
        claim = part.fields.get(model.name)
        if claim is None or claim.is_external:
            part.fields[model.name] = Claim(model)
            if self._schema.is_composite(model.named_type):
                self._part(subgraph, model.named_type)

    def _part(self, subgraph: str, type_name: str) -> Part:
        parts = self._split.subgraphs[subgraph]
        if (known := parts.get(type_name)) is not None:
            return known
        type_ = self._schema.types[type_name]
        part = parts[type_name] = Part(type_name, type_.kind)
        match type_.kind:
            case "interface":
                self._complete_interface(subgraph, type_, part)
            case "union":
                part.members = self._known_members(type_)
                for member in part.members:
                    self._part(subgraph, member)
            case _ if type_.keys:
                self._choose_keys(subgraph, type_, part)
            case _ if type_name != "Query":
                for model in type_.fields.values():
                    self._own(subgraph, type_name, model)
        return part

    def _known_members(self, type_: TypeModel) -> list[str]:
        if self._choices.chance(100 - self._partial_types):
            return list(type_.members)
        # The first is known everywhere, so that a shared field has something to give.
        return [type_.members[0], *self._choices.some(type_.members[1:])]

    def _complete_interface(self, subgraph: str, type_: TypeModel, part: Part) -> None:
        own = [m for m in type_.fields.values() if m.name not in type_.added]
        models = self._choices.several(own, 1, 3)
        part.members = self._known_members(type_)
        if type_.keys:
            part.keys["id"] = True
            part.members = list(type_.members)
            if type_.fields["id"] not in models:
                models.append(type_.fields["id"])
        part.fields = {model.name: Claim(model) for model in models}
        for model in models:
            if self._schema.is_composite(model.named_type):
                self._part(subgraph, model.named_type)
        for member in part.members:
            self._part(subgraph, member).interfaces.append(part.name)
            for model in models:
                self._own(subgraph, member, model)

    def _choose_keys(self, subgraph: str, type_: TypeModel, part: Part) -> None:
        keys = [type_.keys[0]]
        is_by_id = any(self._schema.types[i].keys for i in type_.interfaces)
        if not is_by_id and self._choices.chance(40):
            keys = self._choices.several(type_.keys, 1, 3)
        for key in keys:
            part.keys[key] = True
            for name in _names_in(key):
                self._own(subgraph, type_.name, type_.fields[name])

    # What directives say

    def _override(self) -> None:
        for part, claim, subgraph in self._claims():
            others = [n for n in self._names if n != subgraph]
            if (
                part.name in self._schema.types
                and (self._schema.types[part.name].keys or part.name == "Query")
                and not self._is_in_key(part.name, claim.field.name)
                and not self._is_in_interface(part.name, claim.field.name)
                and self._split.owners(part.name, claim.field.name) == [subgraph]
                and self._choices.chance(12)
            ):
                other = self._choices.one(others)
                self._own(other, part.name, claim.field)
                taken = self._split.subgraphs[other][part.name].fields
                claim.override = other
                if self._choices.chance(30):
                    claim.label = MOVED
                else:
                    taken[claim.field.name].is_taken = True

    def _require(self) -> None:
        for part, claim, subgraph in self._claims():
            name = claim.field.name
            if (
                self._schema.types[part.name].keys
                and not self._is_in_key(part.name, name)
                and not self._is_in_interface(part.name, name)
                and not claim.override
                and self._split.owners(part.name, name) == [subgraph]
                and self._choices.chance(self._requirements)
            ):
                needed = self._choices.several(
                    [n for n in self._schema.types[part.name].fields if n < name]
                    if name in LEAF_NAMES
                    else [
                        n
                        for n in self._schema.types[part.name].fields
                        if n in LEAF_NAMES or n < name
                    ],
                    1,
                    2,
                )
                claim.requires = "?"  # not to be met again on the way
                texts = [self._needed(subgraph, part.name, n, 2) for n in needed]
                claim.requires = " ".join(text for text in texts if text)

    def _needed(self, subgraph: str, type_name: str, name: str, depth: int) -> str:
        """A field as part of a `@requires`; empty when it will not do."""
        model = self._schema.types[type_name].fields[name]
        part = self._part(subgraph, type_name)
        claim = part.fields.get(name)
        if claim and (claim.requires or claim.override or claim.is_taken):
            return ""
        if not self._split.owners(type_name, name):
            return ""
        if depth == 2 and claim and not claim.is_external:
            return ""  # nothing to ask for: it is resolved here
        below = ""
        if self._schema.is_composite(model.named_type):
            below = depth and self._needed_of(subgraph, model.named_type, depth - 1)
            if not below:
                return ""
            below = f" {{ {below} }}"
        if claim is None:
            part.fields[name] = Claim(model, is_external=True)
        return f"{name}{self._arguments(model)}{below}"

    def _needed_of(self, subgraph: str, type_name: str, depth: int) -> str:
        """Fields of an object as part of a `@requires`; empty when none will do."""
        part = self._part(subgraph, type_name)
        if part.kind == "object":
            names = list(self._schema.types[type_name].fields)
            texts = [
                self._needed(subgraph, type_name, name, depth)
                for name in self._choices.several(names, 1, 2)
            ]
        else:
            texts = [
                f"... on {member} {{ {inner} }}"
                for member in self._choices.several(part.members, 1, 2)
                if (inner := self._needed_of(subgraph, member, depth))
            ]
        return " ".join(text for text in texts if text)

    def _arguments(self, model: FieldModel) -> str:
        name = model.arguments[:1]
        value = {"n": "7", "s": '"t"', "e": "TWO", "w": "{n: 1}"}.get(name)
        return f"({name}: {value})" if value and self._choices.chance(60) else ""

    def _provide(self) -> None:
        for part, claim, subgraph in self._claims():
            if (
                self._schema.is_composite(claim.field.named_type)
                and len(self._split.owners(part.name, claim.field.name)) == 1
                and self._choices.chance(35)
            ):
                inner = claim.field.named_type
                claim.provides = self._provided_of(subgraph, inner, 1)

    def _provided_of(self, subgraph: str, type_name: str, depth: int) -> str:
        """Fields of an object as a `@provides`; empty when none will do."""
        part = self._part(subgraph, type_name)
        if part.kind != "object":
            texts = [
                f"... on {member} {{ {inner} }}"
                for member in self._choices.some(part.members)
                if (inner := self._provided_of(subgraph, member, depth))
            ]
            return " ".join(texts)
        type_ = self._schema.types[type_name]
        models = [m for m in type_.fields.values() if self._may_provide(part, type_, m)]
        texts = []
        for model in self._choices.several(models, 1, 2):
            below = ""
            if self._schema.is_composite(model.named_type):
                below = depth and self._provided_of(subgraph, model.named_type, 0)
                if not below:
                    continue
                below = f" {{ {below} }}"
            part.fields[model.name] = Claim(model, is_external=True)
            self._split.provided.add((type_name, model.name))
            texts.append(f"{model.name}{below}")
        return " ".join(texts)

    def _may_provide(self, part: Part, type_: TypeModel, model: FieldModel) -> bool:
        known = part.fields.get(model.name)
        return bool(
            type_.keys
            and not model.arguments
            and not self._is_in_key(type_.name, model.name)
            and self._split.owners(type_.name, model.name)
            and (known is None or known.is_external)
        )

    def _claims(self) -> list[tuple[Part, Claim, str]]:
        """Fields that are resolved, with type and subgraph."""
        return [
            (part, claim, subgraph)
            for subgraph, parts in self._split.subgraphs.items()
            for part in parts.values()
            if part.kind == "object" and subgraph != "o"
            for claim in part.fields.values()
            if not claim.is_external and not claim.is_taken
        ]

    def _is_in_key(self, type_name: str, name: str) -> bool:
        keys = self._schema.types[type_name].keys
        return any(name in _names_in(key) for key in keys)

    def _is_in_interface(self, type_name: str, name: str) -> bool:
        types = self._schema.types
        return any(name in types[i].fields for i in types[type_name].interfaces)


def _names_in(key: str) -> list[str]:
    """The fields at the top of a key."""
    return key.replace("{ code }", "").split()


def selection_set(text: str) -> SelectionSetNode:
    """A field set, read."""
    return parse("{" + text + "}").definitions[0].selection_set


def fields_of(node: SelectionSetNode) -> Iterator[FieldNode]:
    """Its fields."""
    yield from (child for child in node.selections if isinstance(child, FieldNode))
