"""`gateway-graphql plan`: show how an operation would be answered."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import typer

from gateway_graphql.cli.console import CommandFailed
from gateway_graphql.pipeline import Preparer
from gateway_graphql.planning.explaining.explain import Explanation
from gateway_graphql.planning.explaining.explain import explain as explain_plan
from gateway_graphql.planning.explaining.render import render_explanation, to_json
from gateway_graphql.planning.plan import QueryPlan
from gateway_graphql.planning.render import render_json, render_mermaid, render_text
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph


class PlanFormat(StrEnum):
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"


def plan_command(
    supergraph: Annotated[Path, typer.Option(help="The supergraph SDL.")],
    operation: Annotated[Path, typer.Option(help="The document to plan.")],
    operation_name: Annotated[
        str | None, typer.Option(help="Which of its operations.")
    ] = None,
    override_label: Annotated[
        list[str] | None,
        typer.Option(help="A label of @override that is active; may be given again."),
    ] = None,
    format: Annotated[PlanFormat, typer.Option()] = PlanFormat.TEXT,  # noqa: A002 - the option's name
    *,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Say why each fetch exists, and what was refused."
        ),
    ] = False,
) -> None:
    """Print the query plan of an operation."""
    if explain and format is PlanFormat.MERMAID:
        raise typer.BadParameter("--explain is for the formats text and json")
    labels = frozenset(override_label or ())
    world = read_supergraph(_text(supergraph))
    preparer = Preparer(world, build_api_schema(world))
    plan = preparer.prepare(_text(operation), operation_name, labels).plan
    text = (
        _explained(explain_plan(plan, world, labels), format)
        if explain
        else _render(plan, format)
    )
    typer.echo(text.rstrip("\n"))


def _explained(explanation: Explanation, form: PlanFormat) -> str:
    as_json = form is PlanFormat.JSON
    return to_json(explanation) if as_json else render_explanation(explanation)


def _render(plan: QueryPlan, form: PlanFormat) -> str:
    match form:
        case PlanFormat.TEXT:
            return render_text(plan)
        case PlanFormat.JSON:
            return render_json(plan)
        case PlanFormat.MERMAID:
            return render_mermaid(plan)
        case _:
            assert_never(form)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{path} cannot be read: {error}") from error
