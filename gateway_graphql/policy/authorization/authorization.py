"""Judge requests by the access rules of the schema and the operator's rules.

Which places of a document demand what is studied once (`OperationDemands`); a request then needs to
know only which of those demands its caller fails. The set of failing demands is all that
ever leads to a plan, so two callers share one exactly when they fail the same.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from graphql import (
    GraphQLSchema,
)

from gateway_graphql.errors import ErrorDetail, UnauthorizedFields
from gateway_graphql.exchange import JSON, Caller, RequestContext
from gateway_graphql.language.narrowed import NOTHING_HIDDEN, HiddenNames
from gateway_graphql.language.operation import Operation
from gateway_graphql.language.pruning import NOTHING, Addition, Place
from gateway_graphql.language.type_reference import named_type
from gateway_graphql.pipeline import FieldDemand, PreparedDocument
from gateway_graphql.policy.authorization.demands import (
    DemandFinder,
    Need,
    OperationDemands,
    PolicyUse,
    Withholding,
)
from gateway_graphql.policy.authorization.entities import EntityPolicies, OpenUse
from gateway_graphql.policy.authorization.operation_rules import (
    client_name,
    refuse_by_rules,
)
from gateway_graphql.policy.authorization.policies import PolicyDesk, PolicyQuestion
from gateway_graphql.policy.authorization.rules import (
    AccessRule,
    AccessRules,
    Authenticated,
    OneOfSets,
    RequiresPolicies,
    RequiresScopes,
)
from gateway_graphql.policy.authorization.schemas import NamesHidden, VisibleSchemas
from gateway_graphql.policy.authorization.settings import (
    AuthorizationSettings,
    Enforcement,
)
from gateway_graphql.policy.authorization.visible import (
    hidden_names,
    visible_supergraph,
)
from gateway_graphql.spelling import tells_options
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a caller may not have of a document.

    Attributes:
        removals: Places to plan without.
        errors: One per query path.
        additions: What must be fetched for policies about objects.
        inspector: Those policies, to be asked when the objects are known.
        extensions: What is said beside the answer.
    """

    removals: frozenset[Place] = NOTHING
    errors: tuple[ErrorDetail, ...] = ()
    additions: tuple[Addition, ...] = ()
    inspector: EntityPolicies | None = None
    extensions: Mapping[str, object] = field(default_factory=dict)

    def anew(self) -> Judgement:
        """The same for one more execution, whose objects nobody was asked about yet."""
        if self.inspector is None:
            return self
        return replace(self, inspector=self.inspector.anew())


GRANTED: Final = Judgement()


@tells_options
class Authorization:
    """Authorization for one supergraph.

    Attributes:
        study: Finds out what a document demands, as it is prepared.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        api_schema: GraphQLSchema,
        settings: AuthorizationSettings | None = None,
    ) -> None:
        self._supergraph = supergraph
        self._api_schema = api_schema
        self._settings = settings or AuthorizationSettings()
        self._rules = AccessRules(supergraph)
        self._finder = DemandFinder(
            supergraph,
            self._rules,
            self._settings.policies,
            shows_scopes=self._settings.shows_required_scopes,
        )
        # One bound method, so that studies are found again under it.
        self.study = self._finder.study
        self._early_policies = self._find_early_policies()
        self._schemas = VisibleSchemas(self._visible)
        self._names = NamesHidden(partial(hidden_names, supergraph, self._rules))

    def __repr__(self) -> str:
        return f"<Authorization {self._settings.mode}, {len(self._rules.all)} rules>"

    @property
    def hides(self) -> bool:
        """Whether callers ask by the schema that they may see."""
        return self._settings.mode == Enforcement.HIDE and bool(self._rules.all)

    @property
    def is_empty(self) -> bool:
        """Whether everybody may have everything."""
        return not (self._rules.all or self._settings.operation_rules)

    def demands(self, type_name: str, field: FieldDefinition) -> dict[str, object]:
        """What a field demands of who asks for it, its type's demands included.

        Scopes and policies are lists of demands, all of which must be met; each is a
        list of sets, one of which must be had whole.
        """
        own = self._rules.of_field(type_name, field.name)
        rules = own | self._rules.of_type(named_type(field.type))
        scopes = [_sets(r.any_of) for r in rules if isinstance(r, RequiresScopes)]
        policies = [_sets(r.any_of) for r in rules if isinstance(r, RequiresPolicies)]
        return {
            **({"authenticated": True} if Authenticated() in rules else {}),
            **({"scopes": sorted(scopes)} if scopes else {}),
            **({"policies": sorted(policies)} if policies else {}),
        }

    def demands_of(self, operation: Operation) -> tuple[FieldDemand, ...]:
        """What the fields of an operation demand, those that demand something."""
        return tuple(
            FieldDemand(
                demand.place,
                demand.condition,
                tuple(n.any_of for n in demand.needs if isinstance(n, RequiresScopes)),
            )
            for demand in self.study(operation).demands
        )

    def is_open(self, document: PreparedDocument) -> bool:
        """Whether everybody may have all of a document, whatever the request."""
        if self._settings.operation_rules:
            return False
        return not document.study(self.study).demands

    async def judge(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
    ) -> Judgement:
        """Decide what of a document the caller may have.

        Raises:
            Forbidden: An operation rule denies the operation.
            UnauthorizedFields: Some places are denied, and the mode is to reject.
        """
        if self._settings.operation_rules:
            client = client_name(context.headers, self._settings.client_name_headers)
            rules = self._settings.operation_rules
            refuse_by_rules(rules, document.operation, context, client)
        study = document.study(self.study)
        if not study.demands:
            return GRANTED
        failing = _failing_facts(study, context.caller)
        withholding = study.withholding(failing)
        if not withholding.remaining:
            return self._judgement(withholding, variables)
        return await self._judge_policies(study, failing, variables, context)

    async def visible_schema(self, context: RequestContext) -> GraphQLSchema:
        """The part of the API schema that the caller may use."""
        failing = await self._hiding_rules(context)
        if not failing:
            return self._api_schema
        return await self._schemas.get(failing)

    async def hidden_names(self, context: RequestContext) -> HiddenNames:
        """The names of the API schema that the caller is not to hear of."""
        failing = await self._hiding_rules(context)
        if not failing:
            return NOTHING_HIDDEN
        return await self._names.get(failing)

    def close(self) -> None:
        """Let go of what builds schemas."""
        self._schemas.close()
        self._names.close()

    async def _hiding_rules(self, context: RequestContext) -> frozenset[AccessRule]:
        """The rules for whose sake something is hidden from the caller."""
        settings = self._settings
        is_held = (
            settings.filters_introspection and settings.mode != Enforcement.DRY_RUN
        )
        is_held = is_held or settings.mode == Enforcement.HIDE
        if not self._rules.all or not is_held:
            return frozenset()
        return await self._failing_rules(context)

    def _visible(self, failing: frozenset[AccessRule]) -> GraphQLSchema:
        visible = visible_supergraph(self._supergraph, self._rules, failing)
        # Where nothing is hidden it is the same one, so that all share what is known.
        if visible == self._supergraph:
            return self._api_schema
        return build_api_schema(visible)

    async def _judge_policies(
        self,
        study: OperationDemands,
        failing: frozenset[Need],
        variables: Mapping[str, JSON],
        context: RequestContext,
    ) -> Judgement:
        desk = PolicyDesk(self._settings.policies, context)
        uses = study.withholding(failing).remaining
        agreed = await _ask(desk, study, uses, variables)
        denied = {
            use
            for use in uses
            if not any(
                names - agreed[use] <= (use.entity.names if use.entity else frozenset())
                for names in use.any_of
            )
        }
        withholding = study.withholding(failing | denied)
        open_uses = [
            OpenUse(use, use.entity, study.arguments(use, variables), agreed[use])
            for use in withholding.remaining
            if use.entity is not None
            and not any(names <= agreed[use] for names in use.any_of)
        ]
        if not open_uses or self._settings.mode == Enforcement.DRY_RUN:
            return self._judgement(withholding, variables)
        inspector = EntityPolicies(desk, open_uses, variables, self._rules.possible)
        return self._judgement(withholding, variables, inspector)

    def _judgement(
        self,
        withholding: Withholding,
        variables: Mapping[str, JSON],
        inspector: EntityPolicies | None = None,
    ) -> Judgement:
        errors = withholding.errors_for(variables)
        if self._settings.mode == Enforcement.DRY_RUN:
            return _reported(errors)
        if errors and self._settings.mode == Enforcement.REJECT:
            raise UnauthorizedFields(errors)
        additions = withholding.additions if inspector is not None else ()
        return Judgement(withholding.removals, errors, additions, inspector)

    async def _failing_rules(self, context: RequestContext) -> frozenset[AccessRule]:
        """The rules of the whole schema that are known not to hold."""
        failing: set[AccessRule] = {
            rule
            for rule in self._rules.all
            if not isinstance(rule, RequiresPolicies) and _fails(rule, context.caller)
        }
        asked = [
            (rule, name, coordinate)
            for rule, coordinate in self._early_policies.items()
            for name in sorted(frozenset().union(*rule.any_of))
        ]
        desk = PolicyDesk(self._settings.policies, context)
        answers = await desk.ask((name, PolicyQuestion(at)) for _, name, at in asked)
        agreed: dict[RequiresPolicies, set[str]] = {
            r: set() for r in self._early_policies
        }
        for (rule, name, _), yes in zip(asked, answers, strict=True):
            if yes:
                agreed[rule].add(name)
        failing.update(
            rule
            for rule, names in agreed.items()
            if not any(wanted <= names for wanted in rule.any_of)
        )
        return frozenset(failing)

    def _find_early_policies(self) -> dict[RequiresPolicies, str]:
        """The policy rules that no object and no argument has a part in."""
        found: dict[RequiresPolicies, str] = {}
        undecided: set[AccessRule] = set()
        for definition in self._supergraph.types.values():
            if not isinstance(definition, ObjectDefinition | InterfaceDefinition):
                continue
            for asked in definition.fields.values():
                rules = self._rules.of_field(definition.name, asked.name)
                for rule in rules:
                    if isinstance(rule, RequiresPolicies):
                        found.setdefault(rule, f"{definition.name}.{asked.name}")
                if asked.arguments:
                    undecided |= rules
        for rule in found:
            names = frozenset().union(*rule.any_of)
            policies = (self._settings.policies.get(name) for name in names)
            if any(policy is not None and policy.keys for policy in policies):
                undecided.add(rule)
        return {rule: where for rule, where in found.items() if rule not in undecided}


async def _ask(
    desk: PolicyDesk,
    study: OperationDemands,
    uses: tuple[PolicyUse, ...],
    variables: Mapping[str, JSON],
) -> dict[PolicyUse, frozenset[str]]:
    """Ask all policies that can be asked now; which agreed, by use."""
    asked = [(use, name) for use in uses for name in sorted(use.early_names)]
    answers = await desk.ask(
        (name, PolicyQuestion(use.coordinate, study.arguments(use, variables)))
        for use, name in asked
    )
    agreed: dict[PolicyUse, set[str]] = {use: set() for use in uses}
    for (use, name), yes in zip(asked, answers, strict=True):
        if yes:
            agreed[use].add(name)
    return {use: frozenset(names) for use, names in agreed.items()}


def _sets(any_of: OneOfSets) -> list[list[str]]:
    return [sorted(names) for names in any_of]


def _failing_facts(study: OperationDemands, caller: Caller | None) -> frozenset[Need]:
    return frozenset(need for need in study.facts if _fails(need, caller))


def _fails(need: Authenticated | RequiresScopes, caller: Caller | None) -> bool:
    if isinstance(need, Authenticated):
        return caller is None
    scopes = caller.scopes if caller is not None else frozenset()
    return not any(wanted <= scopes for wanted in need.any_of)


def _reported(errors: tuple[ErrorDetail, ...]) -> Judgement:
    """Nothing is removed; what would have been is said."""
    if not errors:
        return GRANTED
    _logger.info(
        "Authorization would have withheld %s",
        ", ".join(".".join(map(str, error.path or ())) for error in errors),
    )
    report = [error.to_json() for error in errors]
    return Judgement(extensions={"authorizationErrors": report})
