"""`holdfast show`: results, or one customer with reasons."""

from datetime import datetime
from typing import Annotated

import typer

from holdfast.interfaces.cli.terminal import AsJson, ProjectFolder, say, say_json, table


def show(
    project: ProjectFolder,
    customer: Annotated[str | None, typer.Argument(help="A customer's id.", show_default=False)] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many customers to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show whom to contact first, or what is expected of one customer, and why.

    Example: holdfast show shop 17850
    """
    from holdfast.decisions.risk import AT_RISK_ABOVE_VALUE
    from holdfast.service.project import open_project

    opened = open_project(project)
    if customer is not None:
        expected = opened.customer(customer)
        if as_json:
            say_json(expected)
            return
        table([(name.replace("_", " "), _text(name, value)) for name, value in expected.items()], ("", ""))
        at_risk, value = expected.get("revenue_at_risk"), expected.get("expected_value")
        if at_risk is not None and value is not None and at_risk > value:
            say(AT_RISK_ABOVE_VALUE)
        say(f"Next: holdfast plan {project} --budget 1000")
        return
    first = opened.to_contact().head(top)
    if as_json:
        say_json({"summary": opened.summary(), "customers": first.to_dicts()})
        return
    for line in opened.summary()["lines"]:
        say(line)
    say()
    columns = (
        "priority",
        "customer_id",
        "churn_probability",
        "risk_band",
        "revenue_at_risk",
        "next_best_action",
        "reason_1",
    )
    shown = [name for name in columns if name in first.columns]
    table(
        [tuple(_text(name, row[name]) for name in shown) for row in first.to_dicts()],
        tuple(name.replace("_", " ") for name in shown),
    )
    say(f"Next: holdfast show {project} {first['customer_id'][0] if first.height else 'CUSTOMER'}")


def _text(name: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:.3f}" if name == "churn_probability" else f"{value:,.2f}"
    return str(value)
