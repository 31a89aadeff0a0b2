"""`gateway-graphql dev`: the whole demo, as a newcomer starts it."""

import signal
import socket
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
import yaml

from gateway_graphql.planning import plan_operation

ROOT = Path(__file__).resolve().parents[2]
QUERY = """{ me { orders(first: 3) { nodes { items { quantity
  product { name shippingEstimate { amount } } } } } } }"""
LOGIN = """mutation {
  login(email: "alice@example.com", password: "demo-password") { accessToken } }"""


def ask(url, query, **headers):
    response = httpx.post(
        url, json={"query": query}, headers=headers, trust_env=False, timeout=30
    )
    return response.json()


def alices_token(url):
    return ask(url, LOGIN)["data"]["login"]["accessToken"]


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def has_all_closed(ports):
    end = time.monotonic() + 20
    while any(is_listening(port) for port in ports):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def dev(start, gateway_command, free_ports, tmp_path):
    """Starts `dev` with a data directory of its own."""
    ports = free_ports(4)

    def run(*options, config="schema/gateway.yaml", ready=True):
        it = start(
            *gateway_command,
            "dev",
            "--port",
            str(ports[0]),
            "--config",
            str(config),
            *options,
            env={"DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)},
        )
        if ready:
            it.wait_for(f"http://127.0.0.1:{ports[0]}/health/ready")
        return it

    run.ports = ports
    run.url = f"http://127.0.0.1:{ports[0]}/graphql"
    return run


def demo_config():
    """The demo's settings, to be changed and written elsewhere."""
    config = yaml.safe_load((ROOT / "schema" / "gateway.yaml").read_text())
    endpoints = config["rest"]["endpoints"]
    config["rest"]["endpoints"] = [str(ROOT / "schema" / path) for path in endpoints]
    return config


def counted_config(tmp_path):
    """The demo's settings, the subgraphs printing a line for each request."""
    config = demo_config()
    program = str(Path(__file__).with_name("counted.py"))
    for subgraph in config["subgraphs"].values():
        python, _, *rest = subgraph["dev"]["command"]
        subgraph["dev"]["command"] = [python, program, *rest]
    path = tmp_path / "gateway.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def lines_by_subgraph(output, said):
    lines = (line for line in output.splitlines() if line.endswith(f"| {said}"))
    return Counter(line.split(" ", 1)[0] for line in lines)


def requests_by_subgraph(it, ports):
    """The requests that each subgraph has told of, to the last.

    A child's lines come in their order: when a mark has come, all before it have.
    """
    marked = lines_by_subgraph(it.output, "marked")
    for port in ports:
        httpx.get(f"http://127.0.0.1:{port}/mark", trust_env=False, timeout=30)
    it.wait_until(
        lambda output: (
            len(ports) == (lines_by_subgraph(output, "marked") - marked).total()
        )
    )
    return lines_by_subgraph(it.output, "asked")


def test_the_composite_query_costs_as_many_requests_as_the_plan_says(dev, tmp_path):
    it = dev(config=counted_config(tmp_path))
    token = alices_token(dev.url)
    before = requests_by_subgraph(it, dev.ports[1:])

    answer = ask(dev.url, QUERY, authorization=f"Bearer {token}")
    asked = requests_by_subgraph(it, dev.ports[1:]) - before
    supergraph = (ROOT / "schema" / "supergraph.graphql").read_text()
    plan = plan_operation(supergraph, QUERY)

    assert "errors" not in answer
    orders = answer["data"]["me"]["orders"]["nodes"]
    assert 3 == len(orders)
    assert all(
        item["quantity"] > 0
        and item["product"]["name"]
        and item["product"]["shippingEstimate"]["amount"] >= 0
        for order in orders
        for item in order["items"]
    )
    assert Counter(fetch.subgraph for fetch in plan.fetches) == asked


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_it(dev, number):
    it = dev()
    listened = [is_listening(port) for port in dev.ports]

    code = it.end(number)

    assert [True] * 4 == listened
    assert 0 == code
    assert has_all_closed(dev.ports)
    assert "Traceback" not in it.output


def test_children_do_not_outlive_a_parent_that_is_killed(dev):
    it = dev()

    it.end(signal.SIGKILL)

    assert has_all_closed(dev.ports)


def test_what_runs_where_is_shown(dev):
    it = dev()

    it.wait_until(
        lambda output: all(
            shown in output
            for shown in (
                *(f"http://127.0.0.1:{port}/graphql" for port in dev.ports),
                f"Playground: {dev.url}",
                f"REST: {dev.url.removesuffix('/graphql')}/docs",
                "shippingEstimate",
                "alice@example.com",
            )
        )
    )


@pytest.mark.parametrize(("index", "who"), [(0, "The gateway"), (2, "Subgraph")])
def test_a_taken_port_is_a_clear_message(dev, index, who):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", dev.ports[index]))
        taken.listen()

        it = dev(ready=False)
        code = it.process.wait(60)

    assert 1 == code
    assert f"error: {who}" in it.output
    assert f"cannot listen on 127.0.0.1:{dev.ports[index]}" in it.output
    assert "Traceback" not in it.output


def test_a_subgraph_that_cannot_start_ends_all_of_it(dev, tmp_path):
    config = demo_config()
    config["subgraphs"]["products"]["dev"]["command"] = [
        "python",
        "-c",
        "print('no stock today'); raise SystemExit(7)",
    ]
    path = tmp_path / "gateway.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))

    it = dev(config=path, ready=False)
    code = it.process.wait(60)

    assert 1 == code
    assert "products | no stock today" in it.output
    assert "error: Subgraph 'products' ended with exit code 7." in it.output
    assert "Traceback" not in it.output
    assert has_all_closed(dev.ports)


def test_the_demo_needs_no_data_of_an_earlier_run(dev):
    dev()

    answer = ask(dev.url, "{ products(first: 1) { nodes { name } } }")

    assert {"data"} == set(answer), answer


def test_fields_open_up_with_a_token(dev):
    dev()
    query = "{ me { id } products(first: 1) { nodes { id } } }"
    shown = '{ __type(name: "Query") { fields { name } } }'

    anonymous = ask(dev.url, query)
    token = alices_token(dev.url)
    signed_in = ask(dev.url, query, authorization=f"Bearer {token}")
    seen = [
        {
            field["name"]
            for field in ask(dev.url, shown, **headers)["data"]["__type"]["fields"]
        }
        for headers in ({}, {"authorization": f"Bearer {token}"})
    ]

    assert anonymous["data"]["me"] is None
    assert 1 == len(anonymous["data"]["products"]["nodes"])
    assert [
        {
            "message": "Unauthorized field or type",
            "path": ["me"],
            "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
        }
    ] == anonymous["errors"]
    assert "errors" not in signed_in
    assert signed_in["data"]["me"]["id"]
    assert ["me" in names for names in seen] == [False, True]
    assert seen[0] < seen[1]
