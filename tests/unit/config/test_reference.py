"""The reference and the JSON schema say what the settings are."""

import json
import re
from pathlib import Path

import pytest

from gateway_graphql.config.reference import json_schema, page

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
HOW = "Run `python -m gateway_graphql.config.reference docs/reference`."


def test_the_page_is_made_from_the_settings():
    assert page() == (REFERENCE / "config.md").read_text(), HOW


def test_the_schema_is_made_from_the_settings():
    text = (REFERENCE / "gateway.schema.json").read_text()

    assert json_schema() == json.loads(text), HOW


def sections():
    schema = json_schema()
    yield "Config", schema
    yield from schema["$defs"].items()


@pytest.mark.parametrize(("name", "section"), list(sections()))
def test_every_key_is_described(name, section):
    undescribed = [
        key
        for key, value in section.get("properties", {}).items()
        if not value["description"]
    ]

    assert (name, []) == (name, undescribed)


def test_a_number_may_be_a_reference():
    server = json_schema()["$defs"]["ServerConfig"]["properties"]
    number, reference = server["port"]["anyOf"]

    assert ("integer", 65535) == (number["type"], number["maximum"])
    assert re.search(reference["pattern"], "${env.PORT}")


def test_unknown_keys_are_wrong_in_every_section():
    assert {False} == {
        section["additionalProperties"]
        for _, section in sections()
        if "properties" in section
    }
