"""The account of a table's money: from gross to net, each cause on its own line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from holdfast.formatting import plural
from holdfast.quality.money import NOT_PAID, PARTS_OF_NET
from holdfast.quality.table_state import TableState
from holdfast.stats.sums import total_of


@dataclass(frozen=True)
class MoneyLine:
    """One line of the account from gross to net."""

    table: str
    line: str  # gross; refunds, failed, void ...; net; pending, tax, shipping (parts of net)
    rows: int
    amount: float


def money_lines(state: TableState, amounts: pl.Series | None) -> tuple[MoneyLine, ...]:
    """From gross to net, each cause on its own line; empty for tables without an amount.

    Args:
        state: after all its steps; its ledger holds the amount of each.
        amounts: of its rows; None: it has no such column.
    """
    if amounts is None or amounts.dtype != pl.Float64:
        return ()
    # Payments that failed stay as rows, so the amounts hold theirs: the net is what was received.
    net = total_of(amounts) - sum(entry.amount for entry in state.ledger if entry.step == NOT_PAID)
    causes: dict[str, MoneyLine] = {}
    for entry in state.ledger:
        if entry.amount and entry.step not in PARTS_OF_NET:
            before = causes.get(entry.step, MoneyLine(state.name, entry.step, 0, 0.0))
            rows = before.rows + (entry.set_aside or entry.rows_changed)
            causes[entry.step] = replace(before, rows=rows, amount=round(before.amount + entry.amount, 2))
    gross = round(net + sum(line.amount for line in causes.values()), 2) or 0.0  # never -0.0
    lines = [MoneyLine(state.name, "gross", state.rows_in, gross), *causes.values()]
    lines.append(MoneyLine(state.name, "net", len(amounts), round(net, 2)))
    parts = [entry for entry in state.ledger if entry.step in PARTS_OF_NET]
    return (*lines, *(MoneyLine(state.name, entry.step, entry.rows_changed, entry.amount) for entry in parts))


def report_of(lines: Sequence[MoneyLine]) -> dict[str, Any]:
    """Line -> rows and amount, for reports/cleaning.json."""
    return {line.line: {"rows": line.rows, "amount": round(line.amount, 2)} for line in lines}


def lines_from_record(table: str, record: Mapping[str, Mapping[str, Any]]) -> tuple[MoneyLine, ...]:
    """The lines that `report_of` wrote."""
    return tuple(MoneyLine(table, line, each["rows"], each["amount"]) for line, each in record.items())


def sum_in_words(account: Sequence[MoneyLine], currency: str) -> str:
    """One table's account as a sum: gross 120.00 - refunds 20.00 (1 row) = net 100.00 EUR."""
    amounts = {each.line: each.amount for each in account}
    taken_off = "".join(
        f" - {each.line.replace('_', ' ')} {each.amount:,.2f} ({plural(each.rows, 'row')})"
        for each in account
        if each.line not in {"gross", "net", *PARTS_OF_NET}
    )
    return f"gross {amounts['gross']:,.2f}{taken_off} = net {amounts['net']:,.2f} {currency}"
