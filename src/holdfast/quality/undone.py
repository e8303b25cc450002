"""Sales that were undone in whole: as they stood at the project's cutoff, where the day of it is known.

An export holds one row an order, as it stands on the day of the export. `cancelled_at` says since when it is undone.
"""

from dataclasses import replace

import polars as pl

from holdfast.column_types import TIME, Kind
from holdfast.cutoffs.schedule import cutoff_of
from holdfast.meanings import Meaning
from holdfast.quality.money import means
from holdfast.quality.table_state import TableState, entered
from holdfast.settings import Settings

CANCELLED_AT = "cancelled_at"


def as_at_the_cutoff(state: TableState, settings: Settings) -> TableState:
    """The state with sales undone at the cutoff or later as they stood before: sold, nothing given back.

    Of an order that is given back in part nothing is changed: that may have happened on another day.

    Args:
        state: as read, before its money is settled.
        settings: `cutoff`; without one all that the export says was known.
    """
    cutoff, table = cutoff_of(settings), state.table
    if cutoff is None or state.contract.name != "transactions" or table.schema.get(CANCELLED_AT) != TIME:
        return state
    money = state.settings.money
    refunds = [name for name in (money.refunds if money is not None else ()) if name in table.columns]
    void = _undone_by(state)
    is_undone = [*void.values()]
    if refunds and "amount" in table.columns:
        back = pl.sum_horizontal([pl.col(name).abs().fill_null(0.0) for name in refunds])
        is_undone.append(((back > 0) & (back >= pl.col("amount"))).fill_null(value=False))
    if not is_undone:
        return state
    later = (pl.col(CANCELLED_AT) >= cutoff) & pl.any_horizontal(is_undone)
    stood = table.select(later.fill_null(value=False).alias("stood")).to_series()
    if not stood.any():
        return state
    then = [pl.when(stood).then(None).otherwise(pl.col(name)).alias(name) for name in (CANCELLED_AT, *refunds)]
    then += [
        pl.when(stood & test).then(None).otherwise(pl.col(name)).alias(name)
        for name, test in void.items()
        if name != CANCELLED_AT
    ]
    count = int(stood.sum())
    what = "Cancelled at the cutoff or later: sold as far as it was known then."
    return entered(replace(state, table=table.with_columns(then)), "cancelled_later", what, count, 0.0)


def without_days_of_undoing(settings: Settings) -> Settings:
    """The settings by which every sale counts as the export says, whatever the cutoff."""
    tables = dict(settings.tables)
    for name, table in settings.tables.items():
        column = table.columns.get(CANCELLED_AT)
        if table.holds == "transactions" and column is not None and column.kind is Kind.TIME:
            columns = {**table.columns, CANCELLED_AT: column.model_copy(update={"kind": Kind.TEXT})}
            tables[name] = table.model_copy(update={"columns": columns})
    return settings.model_copy(update={"tables": tables})


def _undone_by(state: TableState) -> dict[str, pl.Expr]:
    """Column of a status -> whether it says of a row that the sale was undone."""
    tests = {}
    for status in state.settings.statuses:
        alone = replace(state, settings=state.settings.model_copy(update={"statuses": (status,)}))
        test = means(alone, Meaning.VOID, Meaning.REVERSED)
        if test is not None:
            tests[status.column] = test.fill_null(value=False)
    return tests
