"""All settings: one field per section of the file.

What differs from place to place (addresses, ports) can be set by environment variables
named after the key, `GATEWAY_SUBGRAPHS__USERS__URL` for `subgraphs.users.url`. An
unknown key is an error, so that a slip of the pen does not silently leave a default in
force.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import PrivateAttr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from gateway_graphql.config.authentication import AuthenticationConfig
from gateway_graphql.config.authorization import AuthorizationConfig
from gateway_graphql.config.demand_control import DemandControlConfig
from gateway_graphql.config.dev import DevConfig
from gateway_graphql.config.errors import ErrorsConfig
from gateway_graphql.config.headers import HeadersConfig
from gateway_graphql.config.limits import LimitsConfig
from gateway_graphql.config.mode import Mode
from gateway_graphql.config.persisted import PersistedConfig
from gateway_graphql.config.playground import PlaygroundConfig
from gateway_graphql.config.rate_limits import RateLimitsConfig
from gateway_graphql.config.rest import RestConfig
from gateway_graphql.config.server import ServerConfig
from gateway_graphql.config.sharing import SharingConfig
from gateway_graphql.config.subgraphs import SubgraphConfig

ENVIRONMENT_PREFIX = "GATEWAY_"


class Config(BaseSettings):
    """All settings of a gateway.

    Attributes:
        subgraphs: By name, in the order in which they are composed and started.
        supergraph: The supergraph SDL's file, relative to the settings' own file.
        mode: Who reads the answers. In `production`, messages of subgraphs are redacted
            and names are not suggested, unless `errors` says otherwise; `development`
            shows both. Without this key, `gateway-graphql dev` is development, and
            everything else production.
        server: How the gateway is served.
        authentication: Who asks, and what subgraphs are told of it.
        authorization: What happens with what callers may not have.
        rate_limits: How often who may ask for what.
        limits: How much one request may ask for.
        demand_control: What an operation may cost; without it, nothing is computed.
        sharing: What is done once for all who want the same at the same time.
        persisted: Documents that a client asks for by id.
        headers: Which headers go to subgraphs, and which come back.
        errors: What clients learn from errors.
        playground: What GraphiQL offers beside an editor.
        rest: Operations that have addresses; without it, there are none.
        dev: What `gateway-graphql dev` shows.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    subgraphs: dict[str, SubgraphConfig] = {}
    supergraph: Path | None = None
    mode: Mode | None = None
    server: ServerConfig = ServerConfig()
    authentication: AuthenticationConfig = AuthenticationConfig()
    authorization: AuthorizationConfig = AuthorizationConfig()
    rate_limits: RateLimitsConfig = RateLimitsConfig()
    limits: LimitsConfig = LimitsConfig()
    demand_control: DemandControlConfig | None = None
    sharing: SharingConfig = SharingConfig()
    persisted: PersistedConfig = PersistedConfig()
    headers: HeadersConfig | None = None
    errors: ErrorsConfig = ErrorsConfig()
    playground: PlaygroundConfig = PlaygroundConfig()
    rest: RestConfig | None = None
    dev: DevConfig = DevConfig()
    _directory: Path = PrivateAttr(default=Path())
    _references: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the hook's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file."""
        return env_settings, init_settings

    @field_validator("subgraphs", mode="before")
    @classmethod
    def _join_names(cls, subgraphs: object) -> object:
        """Let `USER_SERVICE` of the environment mean `user-service` of the file."""
        if not isinstance(subgraphs, dict):
            return subgraphs
        # Settings are merged into the file's, so the file's names come first.
        name_by_folded: dict[str, str] = {}
        joined: dict[str, object] = {}
        for name, members in subgraphs.items():
            first = name_by_folded.setdefault(folded(name), name)
            joined[first] = _merged(joined.get(first), members)
        return joined

    def path_of(self, relative: Path) -> Path:
        """The path of a file that the settings name."""
        return self._directory / relative

    @property
    def directory(self) -> Path:
        """Where relative paths start: the directory of the settings' file."""
        return self._directory

    @property
    def references(self) -> Mapping[str, str]:
        """A text with its references filled in -> the text in the file."""
        return self._references

    def set_origin(self, directory: Path, references: Mapping[str, str]) -> None:
        """Say where the settings are from; only who reads them does."""
        self._directory = directory
        self._references = references


def folded(name: str) -> str:
    """A name as environment variables can tell it from others."""
    return name.lower().replace("-", "_")


def _merged(members: object, more: object) -> object:
    """Both mappings as one, what comes later winning; else what came later."""
    if not (isinstance(members, dict) and isinstance(more, dict)):
        return more
    return {**members, **more}
