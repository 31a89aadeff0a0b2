"""`gateway.yaml` and the environment -> settings -> a gateway.

Each section of the file is a module here and a field of `Config`. A section is a frozen
pydantic model; what a policy needs of it leaves by a `to_...()` method as that policy's
own record, so nothing below this package knows pydantic.
"""

from gateway_graphql.config.assembly.gateway import make_gateway
from gateway_graphql.config.config import ENVIRONMENT_PREFIX, Config
from gateway_graphql.config.dev import DevConfig
from gateway_graphql.config.loading import load_config
from gateway_graphql.config.mode import Mode
from gateway_graphql.config.printing import printed
from gateway_graphql.config.server import ServerConfig
from gateway_graphql.config.subgraphs import DevProcess, SubgraphConfig

__all__ = [
    "ENVIRONMENT_PREFIX",
    "Config",
    "DevConfig",
    "DevProcess",
    "Mode",
    "ServerConfig",
    "SubgraphConfig",
    "load_config",
    "make_gateway",
    "printed",
]
