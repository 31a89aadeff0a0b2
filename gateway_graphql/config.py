"""`gateway.yaml` and the environment -> settings.

One file says which subgraphs there are and how the gateway is served; what differs from
place to place (addresses, ports) can be set by environment variables named after the
key, `GATEWAY_SUBGRAPHS__USERS__URL` for `subgraphs.users.url`. An unknown key is an
error, so that a slip of the pen does not silently leave a default in force.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from gateway_graphql.composition import Subgraph
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.gateway import Gateway
from gateway_graphql.transport.introspection import fetch_sdl

ENVIRONMENT_PREFIX = "GATEWAY_"

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DevProcess(_Section):
    """How `gateway-graphql dev` starts a subgraph.

    Placeholders in braces are filled in: `{port}` is the subgraph's own port,
    `{subgraphs.NAME.origin}` and `{subgraphs.NAME.url}` where another one answers, and
    `{directory}` the directory of the file.

    Attributes:
        command: Program and arguments; `python` means the running interpreter.
        env: Environment variables beside those of the gateway's own process.
        health: The path that answers 2xx when the subgraph is ready.
    """

    command: tuple[str, ...] = Field(min_length=1)
    env: dict[str, str] = {}
    health: str = "/health"


class SubgraphConfig(_Section):
    """One subgraph.

    Attributes:
        url: Where its GraphQL endpoint answers.
        schema_file: Its SDL (key `schema`), relative to the file; without it, the
            subgraph is asked for its SDL.
        dev: How `gateway-graphql dev` starts it.
    """

    url: str
    schema_file: Path | None = Field(default=None, alias="schema")
    dev: DevProcess | None = None


class ServerConfig(_Section):
    """How the gateway is served.

    Attributes:
        host: The address to listen on.
        port: The port to listen on.
        workers: How many processes.
        graphiql: Whether browsers get GraphiQL.
        example: The operation that GraphiQL's first tab shows.
        timeout_s: How long a request may take in all.
        subgraph_timeout_s: How long one request to a subgraph may take.
        max_body_bytes: The largest request body that is read.
        access_log: Whether each HTTP request is logged.
        forward_headers: Client headers that subgraphs receive.
    """

    host: str = "127.0.0.1"
    port: Port = 4000
    workers: Annotated[int, Field(ge=1)] = 1
    graphiql: bool = True
    example: str = ""
    timeout_s: Seconds = 60
    subgraph_timeout_s: Seconds = 30
    max_body_bytes: Annotated[int, Field(ge=1)] = 2_000_000
    access_log: bool = False
    forward_headers: tuple[str, ...] = ("authorization",)


class DevConfig(_Section):
    """What `gateway-graphql dev` shows beside addresses.

    Attributes:
        notes: Lines to print at start, such as demo accounts.
        start_timeout_s: How long a subgraph may take to become healthy.
    """

    notes: tuple[str, ...] = ()
    start_timeout_s: Seconds = 60


class Config(BaseSettings):
    """All settings of a gateway.

    Attributes:
        subgraphs: By name, in the order in which they are composed and started.
        supergraph: The supergraph SDL's file, relative to the settings' own file.
        server: How the gateway is served.
        dev: What `gateway-graphql dev` shows.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    subgraphs: dict[str, SubgraphConfig] = {}
    supergraph: Path | None = None
    server: ServerConfig = ServerConfig()
    dev: DevConfig = DevConfig()
    _directory: Path = PrivateAttr(default=Path())

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
            first = name_by_folded.setdefault(_folded(name), name)
            joined[first] = _merged(joined.get(first), members)
        return joined

    def path_of(self, relative: Path) -> Path:
        """The path of a file that the settings name."""
        return self._directory / relative

    @property
    def directory(self) -> Path:
        """Where relative paths start: the directory of the settings' file."""
        return self._directory


def load_config(path: Path | None) -> Config:
    """Read the settings of a file and the environment; without a file, of the latter.

    Raises:
        ConfigInvalid: The file cannot be read, or a key is unknown, missing or wrong.
    """
    content = {} if path is None else _content(path)
    try:
        config = Config(**content)
    except ValidationError as error:
        raise ConfigInvalid(_complaints(path, error)) from error
    except SettingsError as error:
        raise ConfigInvalid(f"Environment: {error}") from error
    config._directory = Path() if path is None else path.parent  # noqa: SLF001 - its only maker
    return config


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"{path}: is not YAML: {error}") from error
    match content:
        case None:
            return {}
        case dict() if all(isinstance(key, str) for key in content):
            return content
        case _:
            raise ConfigInvalid(f"{path}: must hold keys and values.")


def _complaints(path: Path | None, error: ValidationError) -> str:
    where = "Environment" if path is None else str(path)
    return "\n".join(
        f"{where}: {'.'.join(str(key) for key in problem['loc'])}: {_message(problem)}"
        for problem in error.errors(include_url=False)
    )


def _message(problem: ErrorDetails) -> str:
    return "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _merged(members: object, more: object) -> object:
    """Both mappings as one, what comes later winning; else what came later."""
    if not (isinstance(members, dict) and isinstance(more, dict)):
        return more
    return {**members, **more}


def read_subgraphs(config: Config) -> tuple[Subgraph, ...]:
    """The subgraphs with their SDLs, from files or by asking them.

    Raises:
        ConfigInvalid: There are none, or a schema file cannot be read.
        SubgraphFailed: A subgraph without a schema file could not be asked.
    """
    if not config.subgraphs:
        raise ConfigInvalid("The settings name no subgraphs (key `subgraphs`).")
    return tuple(
        Subgraph(name=name, url=subgraph.url, sdl=_sdl(config, name))
        for name, subgraph in config.subgraphs.items()
    )


def make_gateway(config: Config, source: str | Path) -> Gateway:
    """Make the gateway for a supergraph; where settings give a URL, it is the one used.

    Raises:
        SupergraphInvalid: The supergraph cannot be read or served.
    """
    timeout_s = config.server.subgraph_timeout_s
    return Gateway.from_supergraph(
        source,
        urls={name: subgraph.url for name, subgraph in config.subgraphs.items()},
        subgraph_timeout_s=timeout_s,
        forward_headers=config.server.forward_headers,
    )


def _sdl(config: Config, name: str) -> str:
    subgraph = config.subgraphs[name]
    if subgraph.schema_file is None:
        return fetch_sdl(name, subgraph.url)
    path = config.path_of(subgraph.schema_file)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(
            f"The schema file of subgraph '{name}' cannot be read: {error}"
        ) from error
