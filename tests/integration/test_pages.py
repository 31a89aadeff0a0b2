"""The README and how-to pages: commands and programs run as they stand, on the demo.

Only ports are replaced, as other demos may run on theirs, and the folder of programs.
"""

import ast
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import strawberry
from strawberry.federation import Schema

from tests import provisions

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
GATEWAY = ("python", "-c", "from gateway_graphql.cli import main; main()")
MARK = "-- the next command --"


class Page:
    """The blocks of a page, by their language."""

    def __init__(self, name):
        self._text = (ROOT / name).read_text()

    def blocks(self, language):
        return re.findall(
            rf"^```{language}\n(.*?)^```$", self._text, re.DOTALL | re.MULTILINE
        )

    def block(self, language, words):
        (found,) = [text for text in self.blocks(language) if words in text]
        return found


README = Page("README.md")
OWN_SUBGRAPHS = Page("docs/how-to/use-your-own-subgraphs.md")
REST = Page("docs/how-to/rest-endpoints.md")


@pytest.fixture(scope="module")
def ports(started_for_module, free_ports, tmp_path_factory):
    """The ports of a demo that runs: of the gateway and of its three subgraphs."""
    ports = free_ports(4)
    demo = started_for_module(
        *GATEWAY,
        "dev",
        "--port",
        str(ports[0]),
        env={
            "DATA_DIR": str(tmp_path_factory.mktemp("demo")),
            "PYTHONPATH": str(ROOT),
        },
    )
    demo.wait_for(f"http://127.0.0.1:{ports[0]}/health/ready")
    return ports


def on(ports, text):
    """A block for a demo on these ports, the shown ones being 4000 to 4003."""
    text = re.sub(r"\b400([0-3])\b", lambda shown: str(ports[int(shown[1])]), text)
    return text.replace(".venv/bin/", f"{PROGRAMS}/")


def shell(script, cwd=ROOT):
    """What a script prints; each of its commands must succeed."""
    if "curl" in script:
        provisions.program("curl")
    done = subprocess.run(
        ["sh", "-ec", script],
        cwd=cwd,
        env={**os.environ, "PATH": f"{PROGRAMS}:{os.environ.get('PATH', os.defpath)}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


def told(block):
    """The commands of a block with prompts, and what it says that each prints."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    for part in parts:
        command, output = re.fullmatch(
            r"((?:[^\n]*\\\n)*[^\n]*\n)(.*)", part, re.DOTALL
        ).groups()
        yield command, output


def is_shortened(shown, printed):
    """Whether lines of a page are those printed, in order, `...` standing for some."""
    lines = iter(printed.splitlines())
    return all(line in lines for line in shown.splitlines() if line.strip() != "...")


def from_shown_json(text):
    """JSON as it is shown: lines broken anywhere, and long lists cut by `...`."""
    text = " ".join(text.splitlines())
    return json.loads(re.sub(r",\s*\.\.\.(?=\s*\])", "", text))


def test_the_first_two_commands_are_targets_of_make():
    demo, test = README.block("sh", "make demo").splitlines()
    # Told and not run, as they would set up what these tests run in.
    demo, moved, test = (
        shell(re.sub(r"\bmake\b", "make --dry-run", command, count=1))
        for command in (demo, "PORT=5000 make demo", test)
    )

    assert "gateway-graphql dev --port 4000" in demo
    assert "gateway-graphql dev --port 5000" in moved
    assert "pytest" in test


def test_the_log_in_gives_the_token_for_what_is_asked_then(ports):
    script = README.block("sh", "TOKEN=$") + README.block("sh", "$TOKEN")
    shown = from_shown_json(README.block("json", "Backup Tool"))["data"]["me"]["orders"]
    answer = json.loads(shell(on(ports, script)))
    orders = answer["data"]["me"]["orders"]

    assert ["data"] == list(answer)
    assert 3 == len(orders["nodes"])
    for wanted, order in zip(shown["nodes"], orders["nodes"], strict=False):
        assert wanted["items"] == order["items"][: len(wanted["items"])]


def test_the_plan_is_what_its_command_prints():
    ((command, shown),) = told(README.block("sh", "longest chain"))

    assert is_shortened(shown, shell(on([], command)))


PERSISTED = Page("docs/how-to/use-persisted-operations.md")
CALLS = {
    "README": README.block("sh", "$ curl"),
    "wrong values": REST.block("console", "colour=red"),
    "persisted operations": PERSISTED.block("console", "HASH"),
}


@pytest.mark.parametrize("block", CALLS.values(), ids=CALLS.keys())
def test_calls_give_what_the_page_says(ports, block):
    commands, shown = zip(*told(block), strict=True)
    printed = shell(on(ports, f"echo '{MARK}'\n".join(commands))).split(MARK)

    assert [from_shown_json(text) for text in shown if text] == [
        json.loads(text) for text in printed if text.strip()
    ]


def test_the_plan_of_a_trace_is_told(ports):
    page = Page("docs/how-to/use-the-playground.md")
    answer = json.loads(shell(on(ports, page.block("sh", "X-Gateway-Trace"))))

    assert {"plan", "trace", "cost", "limits"} <= set(answer["extensions"]["gateway"])


def test_an_operation_gets_the_address_that_it_names(
    ports, started_for_module, free_ports, tmp_path
):
    numbers = (*free_ports(1), *ports[1:])
    (tmp_path / "rest").mkdir()
    document = REST.block("graphql", "query GetProduct(")
    (tmp_path / "rest" / "products.graphql").write_text(document)
    (tmp_path / "gateway.yaml").write_text(REST.blocks("yaml")[0])
    server = started_for_module(
        *(*GATEWAY, "serve", "--config", "gateway.yaml", "--port", str(numbers[0])),
        *("--supergraph", str(ROOT / "schema" / "supergraph.graphql")),
        cwd=tmp_path,
        env={
            f"GATEWAY_SUBGRAPHS__{name}__URL": f"http://127.0.0.1:{port}/graphql"
            for name, port in zip(
                ("USERS", "PRODUCTS", "ORDERS"), ports[1:], strict=True
            )
        },
    )
    server.wait_for(f"http://127.0.0.1:{numbers[0]}/health/ready")
    ((command, shown),) = told(REST.block("console", "/products/1"))

    assert from_shown_json(shown) == json.loads(shell(on(numbers, command)))


def test_own_subgraphs_are_composed_served_and_planned(
    ports, started_for_module, free_ports, tmp_path
):
    """The demo's services are the subgraphs: one is asked for its SDL, one has a file."""
    numbers = (*free_ports(1), *ports[1:])
    settings = README.block("yaml", "# gateway.yaml")
    (tmp_path / "gateway.yaml").write_text(on(numbers, settings))
    shutil.copy(ROOT / "schema" / "products.graphql", tmp_path / "reviews.graphql")
    (tmp_path / "query.graphql").write_text("{ products { totalCount } }")
    compose, serve, plan = on(
        numbers, README.block("sh", "gateway-graphql serve")
    ).splitlines()

    shell(compose, tmp_path)
    server = started_for_module(*GATEWAY, *serve.split()[1:], cwd=tmp_path)
    url = f"http://127.0.0.1:{numbers[0]}"
    server.wait_for(f"{url}/health/ready")
    answer = httpx.post(
        f"{url}/graphql", json={"query": "{ products { totalCount } }"}, trust_env=False
    )

    assert "1 request" in shell(plan, tmp_path)
    assert 0 < answer.json()["data"]["products"]["totalCount"]


@strawberry.federation.type(keys=["id"])
class Order:
    id: strawberry.ID


@strawberry.type
class Query:
    @strawberry.field
    def orders(self) -> list[Order]:
        return [Order(id="1")]


NAMES = {
    "users_sdl": (ROOT / "schema" / "users.graphql").read_text(),
    "orders_schema": Schema(query=Query),
}


async def run(program, **names):
    """Run a program that may await at its top, and give the names that it made."""
    names = {**NAMES, **names}
    code = compile(program, "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code, names)  # the page's own program
    if inspect.isawaitable(waiting):
        await waiting
    return names


@pytest.mark.parametrize("words", ["main:app", "--factory"])
def test_the_whole_server_runs_under_another_server(start, free_ports, tmp_path, words):
    (tmp_path / "gateway.yaml").write_text("supergraph: supergraph.graphql\n")
    shutil.copy(ROOT / "schema" / "supergraph.graphql", tmp_path)
    (tmp_path / "main.py").write_text(OWN_SUBGRAPHS.block("python", "# main.py"))
    ports = free_ports(1)
    command = on(ports, OWN_SUBGRAPHS.block("sh", words)).replace(
        "uvicorn", f"exec {PROGRAMS}/uvicorn"
    )
    server = start("sh", "-c", command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    url = f"http://127.0.0.1:{ports[0]}"
    server.wait_for(f"{url}/health/ready")
    answer = httpx.post(
        f"{url}/graphql", json={"query": "{ __typename }"}, trust_env=False
    )

    assert {"data": {"__typename": "Query"}} == answer.json()
    assert 0 == server.end(signal.SIGINT)
    assert "Traceback" not in server.output


def test_wrong_settings_are_told_before_another_server_starts(start, tmp_path):
    server = start(
        *("python", "-m", "uvicorn", "--factory", "gateway_graphql:create_app"),
        env={"PYTHONPATH": str(ROOT), "GATEWAY_CONFIG": str(tmp_path / "absent.yaml")},
    )

    assert 0 != server.process.wait(60)
    assert f"{tmp_path / 'absent.yaml'}" in server.output.splitlines()[-1]


async def test_the_library_serves_in_an_application(capsys):
    made = await run(README.block("python", "FastAPI"))
    transport = httpx.ASGITransport(made["app"])
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        answer = await client.post("/graphql", json={"query": "{ orders { id } }"})
    await run(README.block("python", "await gateway"), gateway=made["gateway"])

    assert {"data": {"orders": [{"id": "1"}]}} == answer.json()
    assert f"{answer.json()['data']} ()\n" == capsys.readouterr().out


def test_the_rest_client_is_written_and_works(ports, tmp_path):
    ((command, _),) = told(REST.block("console", "gateway-graphql client"))
    made = tmp_path / "shop_client.py"
    shell(
        command.replace("shop_client.py", str(made)).replace(
            "shop.json", str(tmp_path / "shop.json")
        )
    )
    program = on(ports, REST.block("python", "shop_client"))
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert all(ast.literal_eval(line) for line in done.stdout.splitlines())
    assert done.stdout
    assert "item" in json.loads((tmp_path / "shop.json").read_text())
