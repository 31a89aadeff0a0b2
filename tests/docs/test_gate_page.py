"""`docs/concepts/gate.md` shows a gate that works."""

import re
from pathlib import Path

from gateway_graphql import Subgraph
from gateway_graphql.composition import compose
from gateway_graphql.pipeline.gate import Gate
from gateway_graphql.transport import MockTransport

PAGE = (Path(__file__).parents[2] / "docs" / "concepts" / "gate.md").read_text()


async def test_the_gate_of_the_page_refuses_what_it_says(tmp_path, monkeypatch):
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    many = [
        Subgraph(f"s{n}", sdl=f"type Query {{ f{n}: Int }}", url="http://nowhere")
        for n in range(11)
    ]
    (tmp_path / "supergraph.graphql").write_text(compose(many).supergraph_sdl)
    monkeypatch.chdir(tmp_path)
    named = {}
    exec(block, named)
    gateway = type(named["gateway"]).from_supergraph(
        "supergraph.graphql",
        gate=named["FewFetches"].around(named["Policies"]()),
        transports={one.name: MockTransport(lambda _: {"data": {}}) for one in many},
    )
    await named["gateway"].aclose()

    async with gateway:
        ten = await gateway.execute("{" + " ".join(f"f{n}" for n in range(10)) + "}")
        eleven = await gateway.execute("{" + " ".join(f"f{n}" for n in range(11)) + "}")

    assert () == ten.errors
    assert ["TOO_MANY_FETCHES"] == [
        error["extensions"]["code"] for error in eleven.errors
    ]


def test_the_page_names_all_that_a_gate_is_asked():
    members = {name for name in vars(Gate) if not name.startswith("_")}

    assert set() == {name for name in members if f"`{name}" not in PAGE}
