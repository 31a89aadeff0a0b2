"""Sections `limits`, `errors` as far as it limits, and `demand_control`."""

import pytest
from pydantic import ValidationError

from gateway_graphql.config.demand_control import DemandControlConfig
from gateway_graphql.config.errors import ErrorsConfig
from gateway_graphql.config.limits import LimitsConfig
from gateway_graphql.errors import ErrorLimits
from gateway_graphql.language.limits import OperationLimits
from gateway_graphql.policy.demand_control import (
    DemandControlSettings,
    SubgraphDemand,
)


def test_without_a_section_the_limits_are_the_gateways_own():
    assert OperationLimits() == LimitsConfig().to_limits()


def test_every_limit_can_be_changed_or_lifted():
    names = OperationLimits.__dataclass_fields__

    assert OperationLimits(*(7 for _ in names)) == (
        LimitsConfig(**dict.fromkeys(names, 7)).to_limits()
    )
    assert OperationLimits(*(None for _ in names)) == (
        LimitsConfig(**dict.fromkeys(names)).to_limits()
    )


def test_a_limit_is_a_positive_number():
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        LimitsConfig(max_depth=0)


def test_how_much_is_told_of_errors_can_be_changed():
    config = ErrorsConfig(max_errors=1000, max_message_length=20)

    assert ErrorLimits() == ErrorsConfig().to_limits()
    assert ErrorLimits(1000, 20) == config.to_limits()


def test_an_empty_section_measures():
    assert DemandControlSettings() == DemandControlConfig().to_settings()


def test_demand_control_is_read_whole():
    config = DemandControlConfig.model_validate(
        {
            "mode": "enforce",
            "list_size": 20,
            "max_cost": 1000,
            "all_subgraphs": {"max_cost": 500},
            "subgraphs": {"users": {"list_size": 5}},
            "reporting": "always",
        }
    )

    assert (
        DemandControlSettings(
            mode="enforce",
            list_size=20,
            max_cost=1000,
            all_subgraphs=SubgraphDemand(max_cost=500),
            subgraphs={"users": SubgraphDemand(list_size=5)},
            reporting="always",
        )
        == config.to_settings()
    )


@pytest.mark.parametrize(
    "section",
    [{"mode": "off"}, {"max_cost": -1}, {"max_cots": 1}, {"reporting": "sometimes"}],
)
def test_a_slip_is_refused(section):
    with pytest.raises(ValidationError):
        DemandControlConfig.model_validate(section)
