"""A customer all of whose rows were set aside: a run and an id in; why nothing counts this customer, out."""

import json
from collections import Counter
from pathlib import Path

import polars as pl

from holdfast.formatting import plural
from holdfast.quality.parsing.texts import without_points
from holdfast.settings import Settings

FILE = "set_aside.parquet"


def set_aside_in_words(run: Path, settings: Settings, customer_id: str) -> str:
    """Why all rows that name a customer were set aside, by reason; "" where none does.

    Args:
        run: its folder.
        settings: which column of each table names the customer.
        customer_id: as the run's tables would have it.
    """
    if not (run / FILE).is_file():
        return ""
    rows = pl.scan_parquet(run / FILE).filter(pl.col("content").str.contains(customer_id, literal=True)).collect()
    own = []
    for table, reason, content in rows.select("table", "reason", "content").iter_rows():
        column = settings.tables[table].columns.get("customer_id") if table in settings.tables else None
        names = (column.source, *column.otherwise) if column is not None else ()
        values = json.loads(content)
        ids = pl.Series([str(values.get(name)).strip() for name in names], dtype=pl.String)
        if customer_id in without_points(ids):
            own.append(reason)
    if not own:
        return ""
    reasons = "; ".join(
        f"{plural(rows, 'row')}: {reason[0].lower()}{reason[1:].rstrip('.')}"
        for reason, rows in Counter(own).most_common()
    )
    return f"Customer {customer_id!r} is in the files, but not in the run: {_all_rows(len(own))} set aside ({reasons})."


def _all_rows(number: int) -> str:
    return "the only row of this customer was" if number == 1 else f"all {number:,} rows of this customer were"
