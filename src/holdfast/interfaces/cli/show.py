"""`holdfast show`: results, or one customer with reasons."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from holdfast.service.win_back import WinBackList

# The second of one customer, the third with --lapsed.
RESULTS = ("service.results.ContactList", "service.results.CustomerForecast", "service.win_back.WinBackList")
_OF_LAPSED = (
    "rank",
    "customer_id",
    "days_since",
    "purchases",
    "spend",
    "return_probability",
    "value_if_returns",
    "expected_return_value",
)
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
    lapsed: Annotated[
        bool, typer.Option("--lapsed", help="List the customers who have lapsed: the win-back list.")
    ] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show whom to contact first, or what is expected of one customer, and why.

    Example: holdfast show shop 17850
    """
    opened_project = opened(project, config)
    if lapsed:
        _say_lapsed(opened_project.lapsed(top), as_json=as_json)
        return
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
    rows = _say_rows(first.table.to_dicts(), [name for name in _COLUMNS if name in first.table.columns], first.currency)
    say(f"Next: {command('show', project, config, rows[0]['customer_id'] if rows else 'CUSTOMER')}")


def _say_rows(rows: list[dict[str, Any]], shown: Sequence[str], currency: str) -> list[dict[str, Any]]:
    cells = [tuple(cell(name, row[name], currency) for name in shown) for row in rows]
    table(cells, tuple(name.replace("_", " ") for name in shown))
    return rows


def _say_lapsed(lapsed: "WinBackList", *, as_json: bool) -> None:
    if as_json:
        say_json(lapsed.to_record())
        return
    for line in (lapsed.sentence, *lapsed.words):
        say(line)
    if lapsed.lapsed:
        say()
        _say_rows(lapsed.table.to_dicts(), _OF_LAPSED, lapsed.currency)
        say(f"All of them: {lapsed.folder / 'lapsed.parquet'}  (as CSV: {lapsed.folder / 'bi' / 'lapsed.csv'})")
