"""The audits of the GraphQL over HTTP specification, against a gateway process."""

from pathlib import Path

import pytest

SUPERGRAPH = Path(__file__).resolve().parents[1] / "data" / "shop.graphql"
BARE_GETS = {
    "5A70": "MAY accept application/x-www-form-urlencoded formatted GET requests",
    "D6D5": "MAY allow URL-encoded JSON string {variables} parameter in GETs when "
    "accepting application/graphql-response+json",
    "6A70": "MAY allow URL-encoded JSON string {variables} parameter in GETs when "
    "accepting application/json",
}
"""Audits that send a GET without anything to show that no foreign page is behind it."""


@pytest.fixture
def audit(start, gateway_command, free_ports, node, tmp_path):
    def run(csrf):
        (port,) = free_ports(1)
        config = tmp_path / "gateway.yaml"
        config.write_text(f"server: {{csrf: {{applies_to: {csrf}}}}}\n")
        gateway = start(
            *gateway_command,
            *("serve", "--config", str(config)),
            *("--supergraph", str(SUPERGRAPH), "--port", str(port)),
        )
        gateway.wait_for(f"http://127.0.0.1:{port}/health/ready")
        audits = node("audits.mjs", f"http://127.0.0.1:{port}/graphql")
        missing = {it["id"]: it["name"] for it in audits if it["status"] != "ok"}
        return len(audits), missing

    return run


@pytest.mark.parametrize("csrf", ["none", "browsers"])
def test_all_audits_pass(audit, csrf):
    assert (61, {}) == audit(csrf)


def test_with_csrf_prevention_for_all_clients_only_bare_gets_are_missing(audit):
    assert (61, BARE_GETS) == audit("all")
