"""Settings can be shown to anybody."""

import yaml

from gateway_graphql.config import load_config, printed


def test_all_settings_are_shown_with_their_defaults(tmp_path):
    path = tmp_path / "gateway.yaml"
    path.write_text("server: {port: 4100}\nsubgraphs: {a: {url: http://a, schema: b}}")

    shown = yaml.safe_load(printed(load_config(path)))

    assert (4100, "127.0.0.1") == (shown["server"]["port"], shown["server"]["host"])
    assert {
        "a": {
            "url": "http://a",
            "schema": "b",
            "tls": None,
            "http2": False,
            "proxy": None,
            "max_connections": 100,
            "dev": None,
        }
    } == shown["subgraphs"]


def test_no_secret_is_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "first-secret")
    monkeypatch.setenv("GATEWAY_SUBGRAPHS__B__URL", "http://user:second-secret@b/")
    path = tmp_path / "gateway.yaml"
    path.write_text(
        "subgraphs: {a: {url: 'http://a/${env.TOKEN}', proxy: 'http://me:a-secret@p'}}"
    )

    text = printed(load_config(path))

    assert "-secret" not in text
    assert ["http://a/${env.TOKEN}", "http://**********@b/"] == [
        subgraph["url"] for subgraph in yaml.safe_load(text)["subgraphs"].values()
    ]
