import re
import subprocess
import sys
from pathlib import Path

import graphql
import pytest

from subgraphs.orders.schema import schema as orders_schema
from subgraphs.products.schema import schema as products_schema
from subgraphs.users.schema import schema as users_schema

SCHEMAS = {
    "users": users_schema,
    "products": products_schema,
    "orders": orders_schema,
}
FOLDER = Path(__file__).parents[2] / "schema"
DIRECTIVES = {
    "authenticated",
    "external",
    "inaccessible",
    "interfaceObject",
    "key",
    "listSize",
    "override",
    "provides",
    "rateLimit",
    "requires",
    "requiresScopes",
    "shareable",
    "tag",
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_checked_in_schema_is_what_the_code_says(name):
    checked_in = (FOLDER / f"{name}.graphql").read_text()

    assert checked_in == f"{SCHEMAS[name].as_str()}\n", (
        f"run: python -m subgraphs.{name} --print-sdl > schema/{name}.graphql"
    )


@pytest.mark.parametrize("name", SCHEMAS)
async def test_service_answers_the_checked_in_schema(shop, name):
    data = await shop.data(name, "{ _service { sdl } }")

    assert data["_service"]["sdl"] == (FOLDER / f"{name}.graphql").read_text().strip()


@pytest.mark.parametrize("name", SCHEMAS)
def test_print_sdl_prints_the_checked_in_schema_and_starts_nothing(name, tmp_path):
    printed = subprocess.run(
        [sys.executable, "-m", f"subgraphs.{name}", "--print-sdl"],
        check=True,
        capture_output=True,
        text=True,
        cwd=FOLDER.parent,
        env={"DATA_DIR": str(tmp_path / "untouched")},
    )

    assert printed.stdout == (FOLDER / f"{name}.graphql").read_text()
    assert printed.stderr == ""
    assert not (tmp_path / "untouched").exists()


def test_together_they_use_every_directive_of_the_demo():
    used = set()
    for name in SCHEMAS:
        text = (FOLDER / f"{name}.graphql").read_text()
        body = text.partition("{\n  query: Query")[2]
        used |= set(re.findall(r"@(\w+)", re.sub(r'"""[^"]*"""', "", body)))

    assert used == DIRECTIVES


def test_keys_are_single_compound_and_several():
    sdl = {name: (FOLDER / f"{name}.graphql").read_text() for name in SCHEMAS}

    assert 'type Order @key(fields: "id") {' in sdl["orders"]
    assert 'type DeliveryZone @key(fields: "country postcode") {' in sdl["orders"]
    assert (
        'interface Product @key(fields: "id") @key(fields: "sku") {' in sdl["products"]
    )


@pytest.mark.parametrize("name", SCHEMAS)
def test_field_sets_name_fields_of_their_type(name):
    document = graphql.parse((FOLDER / f"{name}.graphql").read_text())
    fields_by_type = {
        node.name.value: {field.name.value for field in node.fields}
        for node in document.definitions
        if isinstance(
            node,
            graphql.ObjectTypeDefinitionNode | graphql.InterfaceTypeDefinitionNode,
        )
    }
    for node in document.definitions:
        for directive in getattr(node, "directives", None) or ():
            if directive.name.value == "key":
                key = set(directive.arguments[0].value.value.split())
                assert key <= fields_by_type[node.name.value]


def test_each_type_that_several_services_resolve_is_shared_alike():
    for type_name, services in {
        "Money": ("products", "orders"),
        "PageInfo": ("users", "products", "orders"),
    }.items():
        pattern = re.compile(rf"type {type_name} @shareable {{.*?\n}}", re.DOTALL)
        definitions = {
            pattern.search((FOLDER / f"{name}.graphql").read_text()).group()
            for name in services
        }
        assert len(definitions) == 1
