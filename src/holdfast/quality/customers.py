"""The one table of customers: every customer any table names, once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.column_types import DTYPES
from holdfast.cutoffs.schedule import cutoff_of
from holdfast.quality.events import note
from holdfast.quality.ledger import EVERYONE, LedgerEntry
from holdfast.quality.table_state import POSITION, Draft
from holdfast.settings import Settings
from holdfast.tables.contracts import CUSTOMERS
from holdfast.tables.mapping import one_row_a_customer, with_lookup


def hide_later_ends(draft: Draft, settings: Settings) -> Draft:
    """What ended at or after the cutoff had not ended then."""
    cutoff = cutoff_of(settings)
    if cutoff is None or "ended_at" not in draft.table.columns:
        return draft
    later = pl.col("ended_at") >= cutoff
    hidden = int(draft.table.select(later.sum()).item())
    table = draft.table.with_columns(pl.when(later).then(None).otherwise("ended_at").alias("ended_at"))
    what = "Ends at or after the cutoff emptied: they had not happened then."
    return note(replace(draft, table=table), "later_ends", what, values=hidden, ends_hidden=hidden)


def merged_spellings(draft: Draft, written: pl.Series, ids: pl.Series) -> Draft:
    """Count the rows set aside whose customer id differs from the kept one in blanks or in a decimal point only.

    Args:
        draft: a table of customers, after repeated customers were set aside.
        written: the ids as the source wrote them, one a raw row.
        ids: the same ids as read.
    """
    spelt = pl.DataFrame({"written": written.cast(pl.String), "read": ids})
    several = spelt.drop_nulls("read").group_by("read").agg(pl.col("written").n_unique()).filter(pl.col("written") > 1)
    merged = int(several["written"].sum()) - several.height
    last = replace(draft.ledger[-1], merged=merged)
    facts = {**draft.facts, "ids_merged": several.height}
    return replace(draft, ledger=(*draft.ledger[:-1], last), facts=facts)


def build_customers(
    customers: Sequence[Draft], events: Mapping[str, Draft], lookups: Sequence[Draft]
) -> tuple[pl.DataFrame, list[LedgerEntry], dict[str, int]]:
    """Put the customers' tables side by side, look up what they refer to, add customers seen in events only.

    Returns:
        The table; the ledger of what was done to it; facts for the checks.
    """
    facts: dict[str, int] = {"customers_tables": len(customers)}
    ledger: list[LedgerEntry] = []
    if customers:
        joined = one_row_a_customer([draft.table.drop(POSITION) for draft in customers])
        table = joined.table
        facts["disagreeing"] = joined.disagreeing
    else:
        table = pl.DataFrame(schema={"customer_id": pl.String})
    for lookup in lookups:
        found = with_lookup(table, lookup.table.drop(POSITION))
        if found is None:
            continue
        table = found.table
        facts[f"lookup_not_found:{lookup.name}"] = found.not_found
        what = f"Columns of {lookup.name} looked up by {', '.join(found.on)}."
        changed = table.height - found.not_found
        ledger.append(LedgerEntry(EVERYONE, "lookup", what, table.height, table.height, values_changed=changed))
    known = table.height
    seen = [draft.table.lazy().select("customer_id") for draft in events.values()]
    if seen:
        ids = pl.concat(seen).unique().join(table.lazy().select("customer_id"), on="customer_id", how="anti")
        table = pl.concat([table, ids.sort("customer_id").collect()], how="diagonal")
    facts["customers_from_events"] = table.height - known
    what = "Customers who appear in events only, added without attributes."
    ledger.append(LedgerEntry(EVERYONE, "from_events", what, known, table.height, rows_changed=table.height - known))
    promised = [column for column in CUSTOMERS.columns if column.name in table.columns]
    own = [name for name in table.columns if CUSTOMERS.column(name) is None]
    typed = [table[column.name].cast(DTYPES[column.kind]) for column in promised]
    return table.select(*typed, *own), ledger, facts
