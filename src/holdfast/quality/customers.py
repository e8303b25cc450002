"""The combined table of customers: one row for every customer that any table names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.column_types import DTYPES
from holdfast.cutoffs.schedule import cutoff_of
from holdfast.quality.events import note
from holdfast.quality.ledger import EVERYONE, LedgerEntry
from holdfast.quality.row_shape import names_nobody
from holdfast.quality.table_state import POSITION, TableState
from holdfast.settings import Settings
from holdfast.tables.contracts import CUSTOMERS
from holdfast.tables.mapping import one_row_a_customer, with_lookup

ALL_SET_ASIDE = "customers_set_aside"  # the fact: customers of whom every row was set aside


def hide_later_ends(state: TableState, settings: Settings) -> TableState:
    """Empty the ends at or after the cutoff: they had not happened then."""
    cutoff = cutoff_of(settings)
    if cutoff is None or "ended_at" not in state.table.columns:
        return state
    later = pl.col("ended_at") >= cutoff
    hidden = int(state.table.select(later.sum()).item())
    table = state.table.with_columns(pl.when(later).then(None).otherwise("ended_at").alias("ended_at"))
    what = "Ends at or after the cutoff emptied: they had not happened then."
    return note(replace(state, table=table), "later_ends", what, values=hidden, ends_hidden=hidden)


def merged_spellings(state: TableState, written: pl.Series, ids: pl.Series) -> TableState:
    """Count the rows set aside whose customer id differs from the kept one in blanks or in a decimal point only.

    Args:
        state: a table of customers, after repeated customers were set aside.
        written: the ids as the source wrote them, one a raw row.
        ids: the same ids as read.
    """
    spelt = pl.DataFrame({"written": written.cast(pl.String), "read": ids})
    several = spelt.drop_nulls("read").group_by("read").agg(pl.col("written").n_unique()).filter(pl.col("written") > 1)
    merged = int(several["written"].sum()) - several.height
    last = replace(state.ledger[-1], merged=merged)
    facts = {**state.facts, "ids_merged": several.height}
    return replace(state, ledger=(*state.ledger[:-1], last), facts=facts)


def customers_named(states: Iterable[TableState]) -> pl.Series:
    """Everybody whom a row of these tables of customers or events names, before any row is set aside."""
    ids = [pl.Series("customer_id", [], dtype=pl.String)]
    for state in states:
        is_of_customers = state.contract.is_events or state.contract.name == "customers"
        if not is_of_customers or "customer_id" not in state.table.columns:
            continue
        column, own = state.settings.columns.get("customer_id"), state.table["customer_id"].drop_nulls().unique()
        ids.append(own.filter(~names_nobody(own, column.nobody)) if column is not None and column.nobody else own)
    return pl.concat(ids).unique()


def build_customers(
    customers: Sequence[TableState], events: Mapping[str, TableState], lookups: Sequence[TableState]
) -> tuple[pl.DataFrame, list[LedgerEntry], dict[str, int]]:
    """Put the customers' tables side by side, look up what they refer to, add customers who appear in events only.

    Returns:
        The table; the ledger of what was done to it; facts for the checks.
    """
    facts: dict[str, int] = {"customers_tables": len(customers)}
    ledger: list[LedgerEntry] = []
    if customers:
        joined = one_row_a_customer([state.table.drop(POSITION) for state in customers])
        table = joined.table
        facts["disagreeing"] = joined.disagreeing
    else:
        table = pl.DataFrame(schema={"customer_id": pl.String})
    for lookup in lookups:
        lookup_result = with_lookup(table, lookup.table.drop(POSITION))
        if lookup_result is None:
            continue
        table = lookup_result.table
        facts[f"lookup_not_found:{lookup.name}"] = lookup_result.not_found
        what = f"Columns of {lookup.name} looked up by {', '.join(lookup_result.on)}."
        changed = table.height - lookup_result.not_found
        ledger.append(LedgerEntry(EVERYONE, "lookup", what, table.height, table.height, values_changed=changed))
    listed = table.height
    events_ids = [state.table.lazy().select("customer_id") for state in events.values()]
    if events_ids:
        ids = pl.concat(events_ids).unique().join(table.lazy().select("customer_id"), on="customer_id", how="anti")
        table = pl.concat([table, ids.sort("customer_id").collect()], how="diagonal")
    facts["customers_from_events"] = table.height - listed
    what = "Customers who appear in events only, added without attributes."
    ledger.append(LedgerEntry(EVERYONE, "from_events", what, listed, table.height, rows_changed=table.height - listed))
    promised = [column for column in CUSTOMERS.columns if column.name in table.columns]
    own = [name for name in table.columns if CUSTOMERS.column(name) is None]
    typed = [table[column.name].cast(DTYPES[column.kind]) for column in promised]
    return table.select(*typed, *own), ledger, facts
