"""Which directives go to the supergraph, and the `@link`s that say what they mean.

Federation's own (tags, access rules, costs, ...) go always; a subgraph's custom
directive goes when `@composeDirective` names it, and every subgraph then has to mean
the same thing by it.

(Federation specification, `@composeDirective`; link specification,
https://specs.apollo.dev/link/v1.0.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway_graphql.composition.federation import APOLLO_SPECS, FEDERATION_IDENTITY
from gateway_graphql.composition.merge.context import Merging
from gateway_graphql.composition.merge.definitions import definition_from
from gateway_graphql.composition.problems import listed
from gateway_graphql.composition.schema import Feature, SubgraphSchema
from gateway_graphql.supergraph.model import DirectiveDefinition, SpecLink

BUILT_IN = ("deprecated", "specifiedBy", "oneOf")

SPEC_VERSIONS = {
    "tag": "tag/v0.3",
    "inaccessible": "inaccessible/v0.2",
    "authenticated": "authenticated/v0.1",
    "requiresScopes": "requiresScopes/v0.1",
    "policy": "policy/v0.1",
    "cost": "cost/v0.1",
    "listSize": "cost/v0.1",
    "context": "context/v0.1",
}
_SECURITY = frozenset(
    {"inaccessible", "authenticated", "requiresScopes", "policy", "context"}
)
_COMPOSED_BY_DEFAULT = frozenset(SPEC_VERSIONS)


@dataclass(frozen=True, slots=True)
class MergedFeatures:
    """What the features come to.

    Attributes:
        directives: Canonical names of the directives to merge; custom ones with `@`.
        links: Their specifications.
        definitions: Definitions of the custom ones.
    """

    directives: tuple[str, ...]
    links: tuple[SpecLink, ...]
    definitions: tuple[DirectiveDefinition, ...]


@dataclass(frozen=True, slots=True)
class _Composed:
    """A `@composeDirective` in one subgraph."""

    name: str
    index: int
    feature: Feature


def merge_features(merging: Merging) -> MergedFeatures:
    """Find the directives that go to the supergraph."""
    used = {name for roles in merging.roles for name in _applied_names(roles.schema)}
    own = [name for name in SPEC_VERSIONS if name in used]
    composed = list(_composed(merging))
    groups: dict[str, list[_Composed]] = {}
    for item in composed:
        groups.setdefault(item.name, []).append(item)
    valid = {
        name: items for name, items in groups.items() if _is_consistent(merging, items)
    }
    return MergedFeatures(
        (
            *BUILT_IN,
            *own,
            *(f"@{name}" for name in valid if name != "oneOf"),
        ),
        (*_own_links(merging, own), *_custom_links(valid)),
        tuple(_definition(merging, name, items) for name, items in valid.items()),
    )


def _applied_names(schema: SubgraphSchema) -> Iterator[str]:
    """Canonical names of all directives applied anywhere in the subgraph."""
    yield from (a.name for a in schema.schema_directives)
    for element in schema.types.values():
        yield from (a.name for a in element.directives)
        values = getattr(element, "values", None) or getattr(element, "fields", {})
        for child in values.values():
            yield from (a.name for a in child.directives)
            for argument in getattr(child, "arguments", {}).values():
                yield from (a.name for a in argument.directives)


def _own_links(merging: Merging, names: list[str]) -> Iterator[SpecLink]:
    imports: dict[str, list[tuple[str, str | None]]] = {}
    for name in names:
        local = _local_name(merging, name)
        spec = imports.setdefault(SPEC_VERSIONS[name], [])
        if local != name or name == "listSize":
            spec.append((f"@{name}", None if local == name else f"@{local}"))
    for name in names:
        spec_imports = imports.pop(SPEC_VERSIONS[name], None)
        if spec_imports is not None:
            yield SpecLink(
                url=APOLLO_SPECS + SPEC_VERSIONS[name],
                imports=tuple(spec_imports),
                purpose="SECURITY" if name in _SECURITY else None,
            )


def _local_name(merging: Merging, name: str) -> str:
    """What the subgraphs call a directive of federation; they have to agree."""
    locals_by_name: dict[str, list[int]] = {}
    is_plain = False
    for index, roles in enumerate(merging.roles):
        feature = roles.schema.features.get(FEDERATION_IDENTITY)
        if feature is None or name not in _applied_names(roles.schema):
            is_plain |= feature is None and name in _applied_names(roles.schema)
            continue
        local = feature.imports.get(f"@{name}", f"@{feature.alias}__{name}")
        locals_by_name.setdefault(local.removeprefix("@"), []).append(index)
    imported = {n: i for n, i in locals_by_name.items() if "__" not in n}
    if len(imported) > 1:
        told = " but ".join(
            f'"@{local}" in {listed(merging.names(indexes))}'
            for local, indexes in imported.items()
        )
        merging.problems.error(
            "LINK_IMPORT_NAME_MISMATCH",
            f'The "@{name}" directive is imported with mismatched name between'
            f" subgraphs: it is imported as {told}",
            f"@{name}",
            *merging.names([i for indexes in imported.values() for i in indexes]),
        )
    if imported:
        return next(iter(imported))
    return name if is_plain or not locals_by_name else next(iter(locals_by_name))


# Custom directives


def _composed(merging: Merging) -> Iterator[_Composed]:
    for index, roles in enumerate(merging.roles):
        for applied in roles.schema.schema_directives:
            if applied.name == "composeDirective":
                item = _read(merging, index, applied.text("name"))
                if item is not None:
                    yield item


def _read(merging: Merging, index: int, name: str | None) -> _Composed | None:
    schema = merging.roles[index].schema
    if not name or not name.startswith("@"):
        _error(
            merging,
            f'Argument to @composeDirective "{name or ""}" in subgraph "{schema.name}"'
            " must have a leading " + '"@"',
            index,
        )
        return None
    local = name.removeprefix("@")
    feature = _feature_of(schema, local)
    if local not in schema.definitions and (
        feature is None or feature.identity != FEDERATION_IDENTITY
    ):
        _error(
            merging,
            "Could not find matching directive definition for argument to"
            f' @composeDirective "{name}" in subgraph "{schema.name}".',
            index,
        )
        return None
    if feature is None:
        _error(
            merging,
            f'Directive "{name}" in subgraph "{schema.name}" cannot be composed because'
            " it is not a member of a core feature",
            index,
        )
        return None
    if feature.identity.startswith(APOLLO_SPECS):
        _judge_own(merging, name, index)
        return None
    return _Composed(local, index, feature)


def _judge_own(merging: Merging, name: str, index: int) -> None:
    if name.removeprefix("@") in _COMPOSED_BY_DEFAULT:
        merging.problems.hint(
            "DIRECTIVE_COMPOSITION_INFO",
            f'Directive "{name}" should not be explicitly manually composed since it is'
            " a federation directive composed by default",
            name,
        )
        return
    _error(
        merging,
        f'Composing federation directive "{name}" in subgraph "{merging.name(index)}"'
        " is not supported",
        index,
    )


def _feature_of(schema: SubgraphSchema, local: str) -> Feature | None:
    for feature in schema.features.values():
        if (
            f"@{local}" in feature.imports.values()
            or local == feature.alias
            or local.startswith(f"{feature.alias}__")
        ):
            return feature
    return None


def _is_consistent(merging: Merging, items: list[_Composed]) -> bool:
    """All subgraphs mean the same directive by the name."""
    name, first = items[0].name, items[0].feature
    if len({item.feature.identity for item in items}) > 1:
        _error(
            merging,
            f'Composed directive "@{name}" is not linked by the same core feature in'
            " every subgraph",
            *[item.index for item in items],
        )
        return False
    majors = {item.feature.version[0] for item in items if item.feature.version}
    if len(majors) > 1:
        _error(
            merging,
            f'Core feature "{first.identity}" requested to be merged has major version'
            " mismatch across subgraphs",
            *[item.index for item in items],
        )
        return False
    elements = {
        next(
            (e for e, local in i.feature.imports.items() if local == f"@{name}"),
            f"@{name}",
        )
        for i in items
    }
    if len(elements) > 1:
        _error(
            merging,
            f'Composed directive "@{name}" does not refer to the same directive in'
            " every subgraph",
            *[item.index for item in items],
        )
        return False
    return True


def _error(merging: Merging, message: str, *indexes: int) -> None:
    # Not by `Problems.error`'s short form: the message names the subgraph already.
    merging.problems.error(
        "DIRECTIVE_COMPOSITION_ERROR",
        message,
        None,
        *merging.names(indexes),
    )


def _newest(items: list[_Composed]) -> _Composed:
    """The latest subgraph with the highest version of the feature."""
    return max(items, key=lambda item: (item.feature.version or (0, 0), item.index))


def _custom_links(groups: dict[str, list[_Composed]]) -> Iterator[SpecLink]:
    by_identity: dict[str, list[_Composed]] = {}
    for items in groups.values():
        for item in items:
            by_identity.setdefault(item.feature.identity, []).append(item)
    for items in by_identity.values():
        newest = _newest(items)
        names = {
            item.name: next(
                (
                    e
                    for e, own in item.feature.imports.items()
                    if own == f"@{item.name}"
                ),
                None,
            )
            for item in items
        }
        yield SpecLink(
            url=newest.feature.url,
            alias=newest.feature.alias
            if newest.feature.alias != newest.feature.name
            else None,
            imports=tuple(
                (element, None if element == f"@{name}" else f"@{name}")
                for name, element in names.items()
                if element is not None
            ),
        )


def _definition(
    merging: Merging, name: str, items: list[_Composed]
) -> DirectiveDefinition:
    node = merging.roles[_newest(items).index].schema.definitions[name]
    return definition_from(node, [n.value for n in node.locations])
