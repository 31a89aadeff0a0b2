"""The settings described: as a JSON schema for editors and as a page for people.

Both are made from the sections and their docstrings, so they cannot say what is not so:
`python -m gateway_graphql.config.reference FOLDER` writes them, and a test compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gateway_graphql.config.config import Config
from gateway_graphql.config.description import described

SCHEMA_NAME: Final = "gateway.schema.json"
PAGE_NAME: Final = "config.md"

_PREAMBLE: Final = """\
# Settings

One YAML file, by habit `schema/gateway.yaml`. A key that is unknown or given twice, a wrong value and a file that is
not there are errors at start, each on a line with the file, its line and the key, all of them at once. Paths in the file start at the file's directory.
`gateway-graphql serve --print-config` shows the settings as they came out, defaults included, secrets hidden.

Editors that speak YAML's language server check and complete the file by
[gateway.schema.json](gateway.schema.json):

```yaml
# yaml-language-server: $schema=../docs/reference/gateway.schema.json
supergraph: supergraph.graphql

subgraphs:
  users:
    url: http://127.0.0.1:4001/graphql
    schema: users.graphql
```

**Environment and files.** In any text, `${env.NAME}` stands for an environment variable, `${env.NAME:-text}` for
one with a default, and `${file.PATH}` for a file's content; `$${` is a plain `${`. Secrets belong into the file in
this way only. A variable that is not set and has no default is an error. Within YAML's own braces and brackets a
reference must be quoted: `{url: "${env.USERS_URL}"}`.

Besides, every key can be set by a variable of its own, which goes before the file: the prefix `GATEWAY_`, then the
key, levels joined by two underscores, a name's hyphens as underscores. `GATEWAY_SERVER__PORT=8080` is
`server.port`; `GATEWAY_SUBGRAPHS__USERS__URL=http://users:4001/graphql` is `subgraphs.users.url`. Lists are
JSON. An empty variable counts as none.

**Spans of time** are numbers of seconds or texts such as `500ms`, `10s`, `1m`, `2h`, `1d`.

In the tables, `NAME` stands for a name of your own and `[]` for the items of a list.
"""

_EPILOGUE: Final = """\
## Placeholders of `dev`

In `subgraphs.NAME.dev.command` and `.env`, `{port}` is the subgraph's port, `{subgraphs.NAME.origin}` and
`{subgraphs.NAME.url}` are where another one answers, `{directory}` is the file's directory.
"""

_TEXTS: Final = {"password": "secret", "path": "path", "regex": "pattern"}


def json_schema() -> dict[str, Any]:
    """The JSON schema of the file."""
    schema: dict[str, Any] = _for_editors(
        described(Config, Config.model_json_schema(by_alias=True))
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def page() -> str:
    """The reference page."""
    schema = described(Config, Config.model_json_schema(by_alias=True))
    sections = [
        _section(name, value, schema["$defs"])
        for name, value in schema["properties"].items()
    ]
    return "\n".join([_PREAMBLE, *sections, _EPILOGUE])


def write(folder: Path) -> None:
    """Write both into a folder."""
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    (folder / SCHEMA_NAME).write_text(f"{text}\n", encoding="utf-8")
    (folder / PAGE_NAME).write_text(page(), encoding="utf-8")


def _for_editors(schema: Any) -> Any:
    """Without titles, and with references allowed where a text will become a number."""
    match schema:
        case dict():
            kept = {
                key: _for_editors(value)
                for key, value in schema.items()
                if not (key == "title" and isinstance(value, str))
            }
            if kept.get("type") in ("integer", "number", "boolean"):
                return _or_reference(kept)
            return kept
        case list():
            return [_for_editors(item) for item in schema]
        case _:
            return schema


def _or_reference(schema: dict[str, Any]) -> dict[str, Any]:
    outside = ("description", "default")
    value = {key: schema[key] for key in schema if key not in outside}
    reference = {"type": "string", "pattern": r"\$\{(env|file)\."}
    return {
        "anyOf": [value, reference],
        **{key: schema[key] for key in outside if key in schema},
    }


def _section(name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    rows = [
        f"| `{key}` | {kind} | {default} | {text} |"
        for key, kind, default, text in _rows(name, schema, defs)
    ]
    lines = [f"## {name}", "", _about(schema, defs) or schema["description"]]
    lines += ["", "| Key | Type | Default | Meaning |", "|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _about(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    """What the docstring of the section itself says."""
    objects = list(_objects("", schema, defs))
    return str(objects[0][1].get("description", "")) if objects else ""


def _rows(
    path: str, schema: Mapping[str, Any], defs: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, str]]:
    """One row per key below a key, or for the key itself if it has none below."""
    found = False
    for prefix, one in _objects(path, schema, defs):
        required = one.get("required", ())
        for name, value in one["properties"].items():
            found = True
            key = f"{prefix}.{name}"
            if list(_objects(key, value, defs)):
                yield from _rows(key, value, defs)
                continue
            default = "required" if name in required else _default(value)
            yield key, _kind(value, defs), default, _cell(value["description"])
    if not found:
        yield path, _kind(schema, defs), _default(schema), _cell(schema["description"])


def _objects(
    path: str, schema: Mapping[str, Any], defs: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The sections that a value is made of, with where their keys are."""
    if "$ref" in schema:
        target = defs[schema["$ref"].rsplit("/", 1)[-1]]
        if "properties" in target:
            yield path, target
    for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _objects(path, one, defs)
    if isinstance(schema.get("items"), dict):
        yield from _objects(f"{path}[]", schema["items"], defs)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _objects(f"{path}.NAME", schema["additionalProperties"], defs)


def _kind(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    """A value's type in words."""
    if "$ref" in schema:
        return _kind(defs[schema["$ref"].rsplit("/", 1)[-1]], defs)
    if "anyOf" in schema:
        kinds = dict.fromkeys(_kind(one, defs) for one in schema["anyOf"])
        return " or ".join(kind for kind in kinds if kind != "null")
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if values:
        return " or ".join(f"`{value}`" for value in values)
    return _plain_kind(schema, defs)


def _plain_kind(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    match schema:
        case {"type": "array", "items": dict(items)}:
            return f"list of {_kind(items, defs)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"name to {_kind(values, defs)}"
        case {"type": "string"}:
            return _TEXTS.get(schema.get("format", ""), "text")
        case _:
            return str(schema.get("type", "any"))


def _default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    if default is None or default in ("", [], {}):
        return "none"
    return _cell(f"`{json.dumps(default, ensure_ascii=False)}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
