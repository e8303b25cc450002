"""Items and payments of orders in; the orders with the sum of their parts as their amount out."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.table_state import TableState
from holdfast.settings import FILE_NAME

KEY = "order_id"  # our name of the column by which parts find their order


def add_parts(states: Mapping[str, TableState]) -> dict[str, TableState]:
    """Sum each table of parts into the rows of the table that its `parts_of` names.

    An order that says its own amount keeps it; of several tables of parts the first with amounts counts. Parts of
    orders that are not there are counted in the ledger, for their money is nobody's.

    Raises:
        HoldfastError: parts of a table that does not exist, or that holds no order_id.
    """
    result = dict(states)
    for state in states.values():
        link = state.settings.parts_of
        if state.contract.name != "parts" or link is None:
            continue
        whole = result.get(link.table)
        if whole is None or KEY not in whole.table.columns:
            raise HoldfastError(
                f'{FILE_NAME}: tables.{state.name}.parts_of.table is "{link.table}", '
                f"{'which holds no order_id' if whole else 'no table of the project'}.",
                fix=f"In {FILE_NAME}, tables.{state.name}.parts_of: {{table: YOUR_ORDERS, on: order_id}}, "
                "with order_id among the columns of both.",
            )
        if {KEY, "amount"} <= set(state.table.columns):
            result[link.table] = _with_amounts(whole, state)
    return result


def _with_amounts(whole: TableState, parts: TableState) -> TableState:
    sums = parts.table.drop_nulls(KEY).group_by(KEY, maintain_order=True).agg(pl.col("amount").sum().alias("_sum"))
    joined = whole.table.join(sums, on=KEY, how="left", maintain_order="left")
    amount = pl.col("amount") if "amount" in whole.table.columns else pl.lit(None, pl.Float64)
    table = joined.with_columns(amount.fill_null(pl.col("_sum").round(6)).alias("amount")).drop("_sum")
    orphans = parts.table.join(whole.table.select(KEY), on=KEY, how="anti").height
    what = f"Amount summed from {parts.name}; {plural(orphans, 'row')} of it belong to no order."
    height = table.height
    entry = LedgerEntry(whole.name, f"parts:{parts.name}", what, height, height, values_changed=height)
    return replace(whole, table=table, ledger=(*whole.ledger, entry))
