"""The limits of one supergraph: the schema's and the operator's, by what they are on.

A field has every limit through which it could be asked for. Asked for on an interface,
it is the field of each object that may be there; asked for on an object, it is also the
field of the object's interfaces. So a limit is not escaped by writing the same field
under another type. A limit on an object type counts the fields that return it.

Everything that is wrong with a limit is found here, once, before any request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway_graphql.errors import ConfigInvalid, SupergraphInvalid
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.language.type_reference import named_type
from gateway_graphql.policy.rate_limit.counter import Counter, TierCounters
from gateway_graphql.policy.rate_limit.directive import local_names, read_limit
from gateway_graphql.policy.rate_limit.headers import policy_item
from gateway_graphql.policy.rate_limit.identity import (
    ArgumentAt,
    compile_identifier,
)
from gateway_graphql.policy.rate_limit.requirement import Requirement
from gateway_graphql.policy.rate_limit.settings import Limit, OperationLimit, RateLimits
from gateway_graphql.spelling import tells_options
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    FieldDefinition,
    InputObjectDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    TypeDefinition,
)


@tells_options
class Schedule:
    """All limits of a supergraph.

    Attributes:
        supergraph: Whose.
        settings: The operator's limits.
        tiers: In order; the last is for everybody.
    """

    def __init__(self, settings: RateLimits, supergraph: Supergraph) -> None:
        """Find the limits.

        Raises:
            SupergraphInvalid: A directive is wrong.
            ConfigInvalid: A limit of the settings is.
        """
        self.supergraph = supergraph
        self.settings = settings
        try:
            self.tiers = tuple(self._tiers())
            self._operations = tuple(
                (rule, self._counter(_name_of(rule), rule.limit))
                for rule in settings.operations
            )
        except ValueError as error:
            raise ConfigInvalid(f"Rate limits: {error}.") from error
        # The limits on an operation -> with those of each tier's clients; operations
        # with the same limits share them, so there are only as many as limits combine.
        self._requirements: dict[tuple[Counter, ...], tuple[Requirement, ...]] = {}
        # What a client needs, whatever it asks, by tier.
        self.of_client = tuple(
            Requirement(tier, (), settings.key_secret) for tier in self.tiers
        )
        self._by_type: dict[str, tuple[Counter, ...]] = {}
        self._by_field: dict[tuple[str, str], tuple[Counter, ...]] = {}
        self._read_directives()
        self._read_fields()

    def __repr__(self) -> str:
        return (
            f"<Schedule {len(self._operations)} on operations,"
            f" {len(self._by_field)} fields, {len(self._by_type)} types>"
        )

    def requirements(
        self, kind: OperationKind, name: str | None
    ) -> tuple[Requirement, ...]:
        """What an operation needs in order to run at all, by tier."""
        operation = tuple(self._of_operation(kind, name))
        found = self._requirements.get(operation)
        if found is None:
            secret = self.settings.key_secret
            found = tuple(Requirement(tier, operation, secret) for tier in self.tiers)
            self._requirements[operation] = found
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing is limited."""
        has_tiers = any(tier.client or tier.budget for tier in self.tiers)
        return not (has_tiers or self._operations or self.has_fields)

    @property
    def has_fields(self) -> bool:
        """Whether there is any limit on a field or on what it returns."""
        return bool(self._by_field or self._by_type)

    def of_field(self, parent: str, field: FieldDefinition) -> Iterator[Counter]:
        """The limits on a field that is asked for on a type."""
        for owner in self._owners(parent):
            yield from self._by_field.get((owner, field.name), ())

    def of_types(self, names: Iterable[str]) -> Iterator[Counter]:
        """The limits on object types."""
        for name in names:
            yield from self._by_type.get(name, ())

    def _of_operation(self, kind: OperationKind, name: str | None) -> Iterator[Counter]:
        """The limits on an operation, but for those of its client."""
        for rule, counter in self._operations:
            if rule.kind in (None, kind) and rule.name in (None, name):
                yield counter
        yield from self._by_type.get(self.supergraph.roots[kind], ())

    def _owners(self, parent: str) -> Iterable[str]:
        """The type itself, what it may be, and the interfaces of all these."""
        types = self.supergraph.types
        possible = self.supergraph.possible_types.get(parent, ())
        names = dict.fromkeys((parent, *possible))
        for name in tuple(names):
            definition = types.get(name)
            if isinstance(definition, ObjectDefinition | InterfaceDefinition):
                names.update(dict.fromkeys(definition.interfaces))
        return names

    # Reading

    def _tiers(self) -> Iterator[TierCounters]:
        everybody = self.settings
        for tier in everybody.tiers:
            yield TierCounters(
                tier.claim,
                tier.value,
                self._of_client("client", tier.client or everybody.client),
                self._of_client("cost", tier.budget or everybody.budget),
            )
        yield TierCounters(
            "",
            "",
            self._of_client("client", everybody.client),
            self._of_client("cost", everybody.budget),
        )

    def _of_client(self, name: str, limit: Limit | None) -> Counter | None:
        return None if limit is None else self._counter(name, limit)

    def _counter(
        self, name: str, limit: Limit, owner: FieldDefinition | None = None
    ) -> Counter:
        arguments = tuple(by for by in limit.by if isinstance(by, ArgumentAt))
        for argument in arguments:
            if owner is None:
                raise ValueError(f'limit "{name}" is on no field, so not by {argument}')
            self._check(argument, owner, name)
        rate = limit.rate
        by = ",".join(sorted(map(str, limit.by)))
        return Counter(
            name=name,
            # What shares a key shares a rate: a changed limit starts with new buckets.
            stem=(
                f"{self.settings.key_prefix}:{name}:{by}:"
                f"{rate.limit}/{rate.window_us}/{rate.burst}:"
            ),
            rate=rate,
            amount=limit.cost,
            policy=policy_item(name, rate),
            identify=tuple(
                compile_identifier(by, self.settings.client_claim)
                for by in limit.by
                if not isinstance(by, ArgumentAt)
            ),
            arguments=arguments,
            owner=owner,
        )

    def _check(self, argument: ArgumentAt, owner: FieldDefinition, name: str) -> None:
        """The argument is there, and so is what is asked for inside it."""
        members = {a.name: a for a in owner.arguments}
        for step in argument.path:
            if step not in members:
                raise ValueError(f'{name} has no argument "{".".join(argument.path)}"')
            definition = self.supergraph.types.get(named_type(members[step].type))
            members = {}
            if isinstance(definition, InputObjectDefinition):
                members = dict(definition.fields)

    def _read_directives(self) -> None:
        names = local_names(self.supergraph)
        for name, definition in self.supergraph.types.items():
            if found := self._directives(names, definition.directives, name, None):
                self._by_type[name] = found
            for field in _fields(definition).values():
                coordinate = f"{name}.{field.name}"
                found = self._directives(names, field.directives, coordinate, field)
                if found:
                    self._by_field[name, field.name] = found

    def _directives(
        self,
        names: frozenset[str],
        directives: tuple[AppliedDirective, ...],
        coordinate: str,
        owner: FieldDefinition | None,
    ) -> tuple[Counter, ...]:
        try:
            return tuple(
                self._counter(coordinate, read_limit(applied, coordinate), owner)
                for applied in directives
                if applied.name in names
            )
        except ValueError as error:
            raise SupergraphInvalid(f"@rateLimit is wrong: {error}") from error

    def _read_fields(self) -> None:
        for rule in self.settings.fields:
            type_name, _, field_name = rule.coordinate.partition(".")
            definition = self.supergraph.types.get(type_name)
            field = _fields(definition).get(field_name)
            if field is None:
                raise ConfigInvalid(
                    f"Rate limits: the schema has no field {rule.coordinate}."
                )
            try:
                counter = self._counter(rule.coordinate, rule.limit, field)
            except ValueError as error:
                raise ConfigInvalid(f"Rate limits: {error}.") from error
            known = self._by_field.get((type_name, field_name), ())
            self._by_field[type_name, field_name] = (*known, counter)


def _fields(definition: TypeDefinition | None) -> Mapping[str, FieldDefinition]:
    if isinstance(definition, ObjectDefinition | InterfaceDefinition):
        return definition.fields
    return {}


def _name_of(rule: OperationLimit) -> str:
    return rule.name or (rule.kind.value if rule.kind else "operation")
