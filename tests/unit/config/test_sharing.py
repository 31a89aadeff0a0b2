"""Section `sharing`."""

from pathlib import Path

import pytest

from gateway_graphql.config import load_config
from gateway_graphql.config.assembly.gateway import make_gateway
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.pipeline import SharingSettings

SDL = (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()


@pytest.fixture
def settings(tmp_path):
    """Reads a file with that text."""

    def read(text):
        path = tmp_path / "gateway.yaml"
        path.write_text(text)
        return load_config(path)

    return read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mode: production", SharingSettings()),
        ("sharing: {operations: true}", SharingSettings(operations=True)),
        ("sharing: {subgraphs: true}", SharingSettings(subgraphs=True)),
        ("sharing: {subgraphs: [books]}", SharingSettings(subgraphs=("books",))),
    ],
)
def test_nothing_is_shared_but_what_is_asked_for(settings, text, expected):
    assert expected == settings(text).sharing.to_settings()


@pytest.mark.parametrize("value", ["books", "7", "[1, [2]]", "{books: true}", "null"])
def test_subgraphs_are_names_or_all(settings, value):
    with pytest.raises(ConfigInvalid) as raised:
        settings(f"sharing: {{subgraphs: {value}}}")

    assert str(raised.value).endswith(
        ":1: sharing.subgraphs: should be a list of names, or true for all"
    )


def test_a_name_that_no_subgraph_has_is_refused_as_the_gateway_is_made(settings):
    config = settings("sharing: {subgraphs: [bookz]}")

    with pytest.raises(ConfigInvalid, match=r"'bookz' .* did you mean 'books'\?"):
        make_gateway(config, SDL)


async def test_a_gateway_of_settings_shares(settings):
    config = settings("sharing: {operations: true, subgraphs: [books]}")

    async with make_gateway(config, SDL) as gateway:
        told = repr(gateway.runtime.transports)

    assert told.count("SharingTransport") == 1
