"""`docs/how-to/use-clients.md` shows programs that work, against the demo."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import provisions

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "use-clients.md").read_text()
SHOWN = "http://localhost:4000"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def origin(started_for_module, free_ports, tmp_path_factory):
    port = free_ports(4)[0]
    demo = started_for_module(
        *("python", "-c", "from gateway_graphql.cli import main; main()"),
        *("dev", "--port", str(port)),
        env={
            "DATA_DIR": str(tmp_path_factory.mktemp("demo")),
            "PYTHONPATH": str(ROOT),
        },
    )
    demo.wait_for(f"http://127.0.0.1:{port}/health/ready")
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    "text", blocks("js"), ids=["apollo", "urql", "relay", "request"]
)
def test_programs_in_javascript_print_the_product(node, origin, text):
    # What is printed is read as JSON, so the page's `console.log` gets the quotes.
    program = text.replace(SHOWN, origin).replace("console.log(", "print(")
    program += "\nfunction print(value) { console.log(JSON.stringify(value)); }\n"

    assert ["Laptop"] == node("--input-type=module", "-", program=program)


def test_the_program_in_python_prints_the_product(origin):
    (text,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", text.replace(SHOWN, origin)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ("Laptop\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("text", blocks("console"), ids=["gql-cli", "compressed"])
def test_commands_print_what_the_page_says(origin, text):
    if "curl" in text:
        provisions.program("curl")
    command, answer = re.fullmatch(r"\$ (.*?)\n(\{.*\})\n", text, re.DOTALL).groups()
    command = command.replace(SHOWN, origin)
    command = command.replace("localhost:4000", origin.removeprefix("http://"))
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "LANG": "C.UTF-8"},
    )

    assert json.loads(answer) == json.loads(done.stdout or "null"), done.stderr
