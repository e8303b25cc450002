"""`holdfast show`: results, or one customer with reasons."""

from typing import Annotated

import typer

from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    cell,
    command,
    opened,
    say,
    say_json,
    table,
)

RESULTS = ("service.results.ContactList", "service.results.CustomerForecast")  # the second of one customer
_COLUMNS = (
    "priority",
    "customer_id",
    "churn_probability",
    "risk_band",
    "revenue_at_risk",
    "next_best_action",
    "reason_1",
)


def show(
    project: ProjectFolder,
    customer: Annotated[str | None, typer.Argument(help="A customer's id.", show_default=False)] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many customers to list.")] = 20,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show whom to contact first, or what is expected of one customer, and why.

    Example: holdfast show shop 17850
    """
    opened_project = opened(project, config)
    if customer is not None:
        forecast = opened_project.customer(customer)
        if as_json:
            say_json(forecast.to_record())
            return
        values = forecast.values.items()
        table([(name.replace("_", " "), cell(name, value, forecast.currency)) for name, value in values], ("", ""))
        for note in forecast.notes:
            say(note)
        say(f"Next: {command('plan', project, config, '--budget', '1000')}")
        return
    first = opened_project.to_contact(top)
    if as_json:
        say_json(first.to_record())
        return
    for line in first.summary.lines:
        say(line)
    say()
    rows = first.table.to_dicts()
    shown = [name for name in _COLUMNS if name in first.table.columns]
    cells = [tuple(cell(name, row[name], first.currency) for name in shown) for row in rows]
    table(cells, tuple(name.replace("_", " ") for name in shown))
    say(f"Next: {command('show', project, config, rows[0]['customer_id'] if rows else 'CUSTOMER')}")
