"""`holdfast show`: results, or one customer with reasons."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    TenantName,
    cell,
    command,
    opened,
    say,
    say_json,
    table,
)

if TYPE_CHECKING:
    from holdfast.service.contacts.win_back import WinBackList
    from holdfast.service.customer import CustomerForecast

# The second of one customer, the third with --lapsed.
RESULTS = ("service.results.ContactList", "service.customer.CustomerForecast", "service.contacts.win_back.WinBackList")
_OF_LAPSED = {
    "rank": "rank",
    "customer_id": "customer",
    "days_since": "days silent",
    "purchases": "purchases",
    "spend": "spent so far",
    "return_probability": "returns within {days} days",
    "value_if_returns": "brings in those days if so",
    "expected_return_value": "expected of the return",
}
_COLUMNS = {
    "customer_id": "customer",
    "reason_1": "why",
    "next_best_action": "do",
    "action_owner": "who",
    "action_by": "by",
    "churn_probability": "leaves",
    "revenue_at_risk": "at risk",
}


def show(
    project: ProjectFolder,
    customer: Annotated[str | None, typer.Argument(help="A customer's id.", show_default=False)] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many customers to list.")] = 20,
    lapsed: Annotated[
        bool, typer.Option("--lapsed", help="List the customers who have lapsed: the win-back list.")
    ] = False,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show whom to contact first, or what is expected of one customer, and why.

    Example: holdfast show shop 17850
    """
    opened_project = opened(project, config, tenant=tenant)
    if lapsed:
        _say_lapsed(opened_project.lapsed(top), as_json=as_json)
        return
    if customer is not None:
        _show_customer(
            opened_project.customer(customer), command("show", project, config, tenant=tenant), as_json=as_json
        )
        return
    first = opened_project.to_contact(top)
    if as_json:
        say_json(first.to_record())
        return
    for line in first.summary.lines:
        say(line)
    say()
    rows = first.table.to_dicts()
    if rows:
        order = f" {first.order} {first.horizons}" if first.summary.revenue_at_risk is not None else ""
        say(f"The first {len(rows):,} of {first.listed:,} on the list.{order}")
        rows = [row | {"reason_1": first.why(row)} for row in rows]
        cells = [tuple(cell(name, _shown(row, name), first.currency) for name in _COLUMNS) for row in rows]
        table(cells, tuple(_COLUMNS.values()))
    else:
        say("Nobody is on the list.")
    if first.outside:
        say()
        say("Not on the list:")
        for line in first.not_listed:
            say(f"- {line}")
    say(f"Next: {command('show', project, config, rows[0]['customer_id'] if rows else 'CUSTOMER', tenant=tenant)}")


def _shown(row: dict[str, Any], name: str) -> Any:
    """A value of the list; where the records know no day, within how many days to act."""
    if name == "action_by" and row[name] is None and row["action_days"] is not None:
        return f"within {plural(row['action_days'], 'day')}"
    return row[name]


def _show_customer(forecast: "CustomerForecast", back: str, *, as_json: bool) -> None:
    if as_json:
        say_json(forecast.to_record())
        return
    for notice in forecast.notices:
        say(notice)
    say(f"Customer {forecast.values['customer_id']}")
    table(forecast.lines, ("", ""))
    for note in forecast.notes:
        say(note)
    say(f"Next: {back}")


def _say_lapsed(lapsed: "WinBackList", *, as_json: bool) -> None:
    if as_json:
        say_json(lapsed.to_record())
        return
    for line in (lapsed.sentence, *lapsed.words):
        say(line)
    if lapsed.lapsed:
        say()
        rows = lapsed.table.to_dicts()
        cells = [tuple(cell(name, row[name], lapsed.currency) for name in _OF_LAPSED) for row in rows]
        table(cells, tuple(heading.format(days=lapsed.within_days) for heading in _OF_LAPSED.values()))
        say(f"All of them: {lapsed.folder / 'lapsed.parquet'}  (as CSV: {lapsed.folder / 'bi' / 'lapsed.csv'})")
