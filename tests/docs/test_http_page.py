"""`docs/reference/http.md` names every code under its status."""

import re
from pathlib import Path

from gateway_graphql import errors
from gateway_graphql.errors import ClientError, SubgraphFailed

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "http.md").read_text()
ROW = re.compile(r"^\| (\d{3})(\*?) \| (.*?) \|", re.MULTILINE)


def below(kind):
    for one in kind.__subclasses__():
        if one.__module__.startswith(errors.__name__) and not one.__name__.startswith(
            "_"
        ):
            yield one
        yield from below(one)


def test_every_code_stands_under_its_status():
    told = {
        (int(status), bool(star), code)
        for status, star, codes in ROW.findall(PAGE)
        for code in re.findall(r"`(\w+)`", codes)
    }

    assert {
        *((int(it.status), it.is_about_document, it.code) for it in below(ClientError)),
        (500, False, "INTERNAL_SERVER_ERROR"),
    } == told


def test_every_code_of_a_failed_subgraph_is_named():
    codes = {SubgraphFailed.code, *(it.code for it in below(SubgraphFailed))}

    assert {code for code in codes if f"`{code}`" in PAGE} == codes
